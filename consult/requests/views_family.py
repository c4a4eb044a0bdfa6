"""What an inmate asks a relative for, with the inmate's consent: the relative reads it, sends a paper to the lawyer, or says when it is done."""

from typing import cast

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from config import FamilySettings
from consult.notes import service as notes
from consult.requests import letters, queries, rules, service, words
from consult.requests.forms import PapersForm
from consult.requests.models import HelpRequest
from visitation.kernel.errors import Refused
from visitation.kernel.identity import Identity, Role
from visitation.store.transaction import perform, reader
from visitation.uploads import queries as uploads
from visitation.uploads.rules import split_uids
from visitation.web.browser import file_owner
from visitation.web.door import door
from visitation.web.forms import ActForm
from visitation.web.request import now

blueprint = Blueprint("help_asked", __name__, url_prefix="/legal-help/asked")


@blueprint.get("")
@door(Role.FAMILY)
def index(who: Identity) -> str:
    rows = queries.asked_of_family(reader(), who.account_id, who.visitor_id)
    sent = queries.papers_of_family(reader(), [row.id for row in rows])
    asked = {row.id: _asked_words(row) for row in rows}
    return render_template("family/requests_help/index.html", rows=rows, sent=sent, asked=asked, words=words, rules=rules, act=ActForm(formdata=None))


@blueprint.route("/<ref>/papers", methods=["GET", "POST"])
@door(Role.FAMILY)
def papers(who: Identity, ref: str) -> ResponseReturnValue:
    """Photos or a PDF of what was asked for, for the lawyer. What they are not asked for is not there."""
    form = PapersForm()
    if form.validate_on_submit():
        uids, owner = split_uids(form.papers.data or "", rules.MOST_PAPERS + 1), file_owner(who)
        try:
            perform(lambda session: notes.tell_of_papers(session, service.send_papers(session, who, ref, uids, owner, now()), now()))
        except Refused as refused:
            form.refuse(refused)
        else:
            flash(gettext("Thank you. The paper is with the lawyer of the case; nobody in the prison can open it."))
            return redirect(url_for("help_asked.index"))
    row = next((one for one in queries.asked_of_family(reader(), who.account_id, who.visitor_id) if one.ref == ref.upper()), None)
    if row is None or row.family_part != "paper":
        abort(404)
    if request.method == "GET":
        form.papers.data = ",".join(one.uid for one in uploads.waiting(reader(), *file_owner(who), "legal_paper")[: rules.MOST_PAPERS])
    files = uploads.chosen(reader(), split_uids(form.papers.data or "", rules.MOST_PAPERS), *file_owner(who))
    page = render_template("family/requests_help/papers.html", row=row, asked=_asked_words(row), form=form, files=files, rules=rules, here=request.path)
    return (page, 422) if form.refusals or form.errors else page


@blueprint.post("/<ref>/done")
@door(Role.FAMILY)
def done(who: Identity, ref: str) -> ResponseReturnValue:
    """A relative has done it. What they are not asked for is not there."""
    if ActForm().validate_on_submit():
        perform(lambda session: service.family_done(session, who, ref, now()))
        flash(gettext("Thank you. The legal office sees that it is done."))
    return redirect(url_for("help_asked.index"))


def _asked_words(row: HelpRequest) -> str:
    """What is asked for, in the inmate's words; those of a letter for the lawyer only are opened here, for the relative they are meant for."""
    return letters.read(row, cast(FamilySettings, current_app.extensions["settings"])).family
