"""What lawyers hand to inmates, on its way through the prison: printed, checked, handed over. The lawyers' notes are not among it."""

from flask import Blueprint, Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from consult.notes import paper, queries, service, words
from consult.notes.forms import DocumentActForm
from consult.notes.models import AdviceDocument, AdvicePaper
from consult.requests import queries as requests
from consult.requests import rules as request_rules
from visitation.kernel.errors import Refused
from visitation.kernel.identity import Identity, Role
from visitation.store.transaction import perform, reader
from visitation.uploads.pages import shown_file
from visitation.uploads.queries import content
from visitation.web.door import door
from visitation.web.forms import ActForm
from visitation.web.local_names import local_name
from visitation.web.request import now, see

blueprint = Blueprint("advice", __name__, url_prefix="/advice")
HANDS = (Role.WARD_OFFICER, Role.LEGAL_OFFICE)


def may_see(who: Identity, given: AdvicePaper | AdviceDocument) -> bool:
    """As the request itself (consult.requests.rules.may_see)."""
    return request_rules.may_see(who, requests.seen(given.request))


@blueprint.get("")
@door(*HANDS)
def index(who: Identity) -> str:
    """What waits to be handed over."""
    return _list(who, DocumentActForm(formdata=None), "")


def _list(who: Identity, form: DocumentActForm, refused: str) -> str:
    session = reader()
    papers, documents = queries.papers_to_hand(session, who), queries.documents_to_hand(session, who)
    for inmate_id in [one.request.inmate_id for one in papers] + [one.request.inmate_id for one in documents]:
        see("inmate", inmate_id)
    shown = {"papers": papers, "documents": documents, "words": words, "local_name": local_name}
    return render_template("prison/notes/index.html", form=form, refused=refused, act=ActForm(formdata=None), **shown)


@blueprint.get("/papers/<ref>.pdf")
@door(*HANDS, subject=queries.paper_by_ref, check=may_see)
def sheet(_who: Identity, given: AdvicePaper) -> Response:
    """A paper to print."""
    see("inmate", given.request.inmate_id)
    return Response(paper.printed(given), mimetype="application/pdf", headers={"Content-Disposition": f"inline; filename={given.ref}.pdf"})


@blueprint.post("/papers/<ref>/handed")
@door(*HANDS, subject=queries.paper_by_ref, check=may_see)
def handed(who: Identity, given: AdvicePaper) -> ResponseReturnValue:
    """The inmate has it."""
    paper_id = given.id
    if ActForm().validate_on_submit():
        perform(lambda session: service.hand_paper(session, who, paper_id, now()))
        flash(gettext("Handed over."))
    return redirect(url_for("advice.index"))


@blueprint.get("/documents/<ref>")
@door(*HANDS, subject=queries.document_by_ref, check=may_see)
def file(_who: Identity, given: AdviceDocument) -> Response:
    """The file itself, to be looked at: a photo on the page, a PDF as a download."""
    see("upload", given.upload_id)
    return shown_file(given.upload, content(reader(), given.upload), given.ref)


@blueprint.post("/documents/<ref>/decide")
@door(*HANDS, subject=queries.document_by_ref, check=may_see)
def decide(who: Identity, given: AdviceDocument) -> ResponseReturnValue:
    """Hand it over, or send it back with a reason."""
    form, document_id, ref = DocumentActForm(), given.id, given.ref
    if form.validate_on_submit():
        try:
            hand_over = form.act.data == "hand"
            perform(lambda session: service.decide_document(session, who, document_id, hand_over, form.reason.data or "", now()))
        except Refused as refused:
            if refused.status == 409:
                raise
            form.refuse(refused)
            return _list(who, form, ref)
        flash(gettext("Handed over.") if hand_over else gettext("The file goes back to the lawyer with your reason."))
    return redirect(url_for("advice.index"))
