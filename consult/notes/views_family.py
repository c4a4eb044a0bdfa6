"""A lawyer's cases in the family zone: what was asked, the notes, papers, files, and what is still to be done."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from flask import Blueprint, Response, abort, current_app, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from config import FamilySettings
from consult.lawyers.models import Lawyer
from consult.lawyers.signed_in import verified
from consult.notes import boxes, queries, rules, service, words
from consult.notes.forms import DocumentForm, FollowUpForm, NoteForm, PaperForm, TakeOverForm
from consult.notes.models import AdviceNote, FollowUp
from consult.notes.queries import Case
from consult.requests import letters
from consult.requests import queries as requests
from consult.requests.models import HelpRequest
from visitation.kernel.errors import Refused
from visitation.kernel.identity import Identity, Role
from visitation.kernel.interval import local_day
from visitation.store.transaction import perform, reader
from visitation.uploads.content import cleaned
from visitation.uploads.pages import shown_file
from visitation.uploads.queries import content
from visitation.uploads.rules import LARGEST
from visitation.web.acting import acted
from visitation.web.door import door
from visitation.web.forms import ActForm, Form
from visitation.web.limits import limiter
from visitation.web.request import now, see
from visitation.web.sentences import sentence

blueprint = Blueprint("cases", __name__, url_prefix="/lawyer/cases")
SAVES = "60/minute"
FORMS = {"note": NoteForm, "paper": PaperForm, "document": DocumentForm, "follow": FollowUpForm, "over": TakeOverForm}


def is_in_family_zone(_who: Identity, _request: HelpRequest) -> bool:
    """Whether it is this lawyer's case is asked in the view, of the roster."""
    return True


def own_case(who: Identity, asked: HelpRequest, handles: bool = True) -> tuple[Lawyer, Case]:
    """The signed-in lawyer and their case, or 404."""
    lawyer = verified(who)
    case = queries.case_of(reader(), lawyer, asked)
    if case is None or (handles and not case.part.handles):
        abort(404)
    return lawyer, case


@dataclass(frozen=True)
class Shown:
    """Notes that this lawyer may read. text: None while another lawyer's notes are not taken over."""

    note: AdviceNote
    text: str | None
    mine: bool


def readable(lawyer: Lawyer, request_id: int) -> list[Shown]:
    """Who wrote notes of a request, opened where the reader may read them."""
    session = reader()
    after = queries.successions(session, request_id)
    found = []
    for note in queries.notes_of(session, request_id):
        successors = [row.lawyer_id for row in after if row.from_lawyer_id == note.lawyer_id]
        may = rules.may_read(note.lawyer_id, lawyer.id, successors)
        found.append(Shown(note, boxes.opened(note.box, f"note:{note.uid}") if may else None, note.lawyer_id == lawyer.id))
    return found


def note_form(shown: list[Shown]) -> NoteForm:
    """The note field with what is kept."""
    own = next((one for one in shown if one.mine), None)
    return NoteForm(formdata=None, text=own.text if own else "", version=own.note.version if own else 0)


def promised(lawyer: Lawyer, request_id: int | None = None) -> list[tuple[FollowUp, str]]:
    """What this lawyer still has to do in all cases; in one case what is done too."""
    return [(row, boxes.opened(row.box, f"follow_up:{row.uid}")) for row in queries.follow_ups(reader(), lawyer.id, request_id)]


@blueprint.get("")
@door(Role.LAWYER)
def index(who: Identity) -> str:
    """My cases, the next first, those of days that are over behind them; and what I have promised to do."""
    lawyer, session, moment = verified(who), reader(), now()
    seats = queries.cases_of(session, lawyer)
    coming = [seat for seat in reversed(seats) if seat.day.ends_at > moment]
    over = [seat for seat in seats if seat.day.ends_at <= moment]
    shown = {"coming": coming, "over": over, "promised": promised(lawyer), "words": words, "today": local_day(moment)}
    return render_template("family/notes/index.html", act=ActForm(formdata=None), **shown)


@blueprint.get("/<ref>")
@door(Role.LAWYER, subject=queries.request_by_ref, check=is_in_family_zone)
def show(who: Identity, asked: HelpRequest) -> str:
    """One case."""
    return case_page(who, asked)


def case_page(who: Identity, asked: HelpRequest, **typed: Form) -> str:
    """The page of a case; `typed`: forms that were refused, by their names in FORMS, with what was typed."""
    lawyer, case = own_case(who, asked, handles=False)
    session, shown = reader(), readable(lawyer, asked.id)
    see("help_request", asked.ref)
    forms: dict[str, Any] = {name: form(formdata=None) for name, form in FORMS.items()} | {"note": note_form(shown)} | typed
    handles = case.part.handles
    return render_template(
        "family/notes/case.html",
        row=asked,
        case=case,
        letter=letters.read(asked, cast(FamilySettings, current_app.extensions["settings"])) if handles else None,
        others=[one for one in shown if not one.mine],
        own=next((one for one in shown if one.mine), None),
        successors=[one for one in queries.successions(session, asked.id) if one.from_lawyer_id == lawyer.id],
        from_family=requests.papers_of_family(session, [asked.id]).get(asked.id, []) if handles else [],
        papers=queries.papers_of(session, asked.id) if handles else [],
        documents=queries.documents_of(session, asked.id) if handles else [],
        promised=promised(lawyer, asked.id),
        forms=forms,
        act=ActForm(formdata=None),
        words=words,
        rules=rules,
        today=local_day(now()),
    )


@blueprint.post("/<ref>/note")
@limiter.limit(SAVES)
@door(Role.LAWYER, subject=queries.request_by_ref, check=is_in_family_zone)
def note(who: Identity, asked: HelpRequest) -> ResponseReturnValue:
    """Keep the notes: every few seconds by script, or with the button. A script is answered with the version that is kept now."""
    lawyer, case = own_case(who, asked)
    form, lawyer_id, request_id, ref = NoteForm(), lawyer.id, case.request.id, asked.ref
    scripted = request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json"
    if not form.validate_on_submit():
        return (jsonify(reasons=[]), 422) if scripted else case_page(who, asked, note=form)
    try:
        text, version = form.text.data or "", form.version.data or 0
        kept = perform(lambda session: service.save(session, who, session.get_one(Lawyer, lawyer_id), request_id, text, version, now()))
    except Refused as refused:
        if scripted:
            return jsonify(reasons=[sentence(one) for one in refused.refusals], codes=list(refused.codes)), refused.status
        form.refuse(refused)
        return case_page(who, asked, note=form)
    if scripted:
        return jsonify(version=kept.version, saved=gettext("Saved"))
    flash(gettext("The notes are saved. Only you can read them, and a lawyer who takes the case over."))
    return redirect(url_for("cases.show", ref=ref))


def _act(who: Identity, asked: HelpRequest, name: str, work: Callable[[Session, Lawyer, int, Any], Any], said: str) -> ResponseReturnValue:
    """One of the page's other forms: done and said, or shown again with everything that was typed."""
    lawyer, case = own_case(who, asked)
    form, lawyer_id, request_id, ref = FORMS[name](), lawyer.id, case.request.id, asked.ref
    if acted(form, lambda session: work(session, session.get_one(Lawyer, lawyer_id), request_id, form)):
        flash(said)
        return redirect(url_for("cases.show", ref=ref))
    return case_page(who, asked, **{name: form})


@blueprint.post("/<ref>/take-over")
@door(Role.LAWYER, subject=queries.request_by_ref, check=is_in_family_zone)
def take_over(who: Identity, asked: HelpRequest) -> ResponseReturnValue:
    """Read another lawyer's notes as the successor; it is on record, and the other one sees it."""
    said = gettext("You have taken the case over, and read the notes from now on. This is on record.")
    return _act(who, asked, "over", lambda session, lawyer, number, form: service.take_over(session, who, lawyer, number, form.reason.data, now()), said)


@blueprint.post("/<ref>/paper")
@door(Role.LAWYER, subject=queries.request_by_ref, check=is_in_family_zone)
def paper(who: Identity, asked: HelpRequest) -> ResponseReturnValue:
    """Advice in writing, for the inmate."""
    said = gettext("The paper is written. The prison prints it and hands it over.")
    return _act(who, asked, "paper", lambda session, lawyer, number, form: _write(session, who, lawyer, number, form), said)


def _write(session: Session, who: Identity, lawyer: Lawyer, number: int, form: Any) -> None:
    service.write_paper(session, who, lawyer, number, form.text.data, now(), key=form.request_key.data)


@blueprint.post("/<ref>/document")
@limiter.limit("60/hour")
@door(Role.LAWYER, subject=queries.request_by_ref, check=is_in_family_zone)
def document(who: Identity, asked: HelpRequest) -> ResponseReturnValue:
    """A file for the inmate."""

    def work(session: Session, lawyer: Lawyer, number: int, form: Any) -> None:
        service.give_document(session, who, lawyer, number, form.title.data or "", name, data, looked, now())

    given = request.files.get("file")
    data = given.stream.read(LARGEST + 1) if given else b""
    name = (given.filename or "") if given else ""
    looked = cleaned(data) if data and len(data) <= LARGEST else None
    return _act(who, asked, "document", work, gettext("The file has arrived. The prison checks it before it is handed over."))


@blueprint.get("/<ref>/from-family/<paper>")
@door(Role.LAWYER, subject=queries.request_by_ref, check=is_in_family_zone)
def from_family(who: Identity, asked: HelpRequest, paper: str) -> Response:
    """A file that a relative sent because the inmate asked for it: opened for whoever has the case."""
    own_case(who, asked)
    sent = {one.ref: one.upload for one in requests.papers_of_family(reader(), [asked.id]).get(asked.id, [])}
    upload = sent.get(paper.upper())
    if upload is None:
        abort(404)
    see("upload", upload.id)
    return shown_file(upload, content(reader(), upload), upload.uid[:8])


@blueprint.post("/<ref>/follow-up")
@door(Role.LAWYER, subject=queries.request_by_ref, check=is_in_family_zone)
def follow_up(who: Identity, asked: HelpRequest) -> ResponseReturnValue:
    """Something to do by a day."""

    def work(session: Session, lawyer: Lawyer, number: int, form: Any) -> None:
        service.follow_up(session, who, lawyer, number, form.what.data, form.due_on.data, now(), form.request_key.data)

    return _act(who, asked, "follow", work, gettext("It is on your list."))


@blueprint.post("/<ref>/again")
@door(Role.LAWYER, subject=queries.request_by_ref, check=is_in_family_zone)
def again(who: Identity, asked: HelpRequest) -> ResponseReturnValue:
    """A second talk is needed."""
    lawyer, case = own_case(who, asked)
    lawyer_id, request_id, ref = lawyer.id, case.request.id, asked.ref
    if ActForm().validate_on_submit():
        perform(lambda session: service.again(session, who, session.get_one(Lawyer, lawyer_id), request_id, now()))
        flash(gettext("The request waits for a legal-help day again, with priority. The inmate is told."))
    return redirect(url_for("cases.show", ref=ref))


@blueprint.post("/follow-ups/<ref>/done")
@door(Role.LAWYER)
def done(who: Identity, ref: str) -> ResponseReturnValue:
    """Tick what is done."""
    lawyer_id = verified(who).id
    if ActForm().validate_on_submit():
        perform(lambda session: service.done(session, who, session.get_one(Lawyer, lawyer_id), ref, now()))
        flash(gettext("Done."))
    return redirect(url_for("cases.index"))
