"""What an inmate asks a relative for, with the inmate's consent: the relative reads it and says when it is done."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from consult.requests import queries, service, words
from consult.requests.forms import ActForm
from visitation.kernel.identity import Identity, Role
from visitation.store.transaction import perform, reader
from visitation.web.door import door
from visitation.web.request import now

blueprint = Blueprint("help_asked", __name__, url_prefix="/legal-help/asked")


@blueprint.get("")
@door(Role.FAMILY)
def index(who: Identity) -> str:
    rows = queries.asked_of_family(reader(), who.account_id, who.visitor_id)
    return render_template("family/requests_help/index.html", rows=rows, words=words, act=ActForm(formdata=None))


@blueprint.post("/<ref>/done")
@door(Role.FAMILY)
def done(who: Identity, ref: str) -> ResponseReturnValue:
    """A relative has done it. What they are not asked for is not there."""
    if ActForm().validate_on_submit():
        perform(lambda session: service.family_done(session, who, ref, now()))
        flash(gettext("Thank you. The legal office sees that it is done."))
    return redirect(url_for("help_asked.index"))
