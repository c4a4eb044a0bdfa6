"""Requests for the staff: the ward enters and hands over slips, the legal office decides and passes on, the visiting room opens the terminal."""

from datetime import date
from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext
from sqlalchemy import select

from consult.directory import places
from consult.directory import queries as directory
from consult.requests import paper, queries, rules, service, terminal, words
from consult.requests.forms import CodeForm, EnterForm, FindForm, HoldForm, PassForm, PostponeForm, TriageForm
from consult.requests.models import HelpRequest, RequestSlip
from consult.requests.rules import Proposal
from visitation.kernel.errors import NotFound, Refused
from visitation.kernel.identity import Identity, Role
from visitation.kernel.interval import local_day
from visitation.people.models import Inmate, Kinship
from visitation.people.queries import numbered
from visitation.people.queries_staff import inmate_by_id
from visitation.people.rules import masked, tidy_number
from visitation.store.transaction import perform, reader
from visitation.web.acting import acted
from visitation.web.addresses import row_number
from visitation.web.choices import choices
from visitation.web.door import door
from visitation.web.forms import ActForm
from visitation.web.request import now, see

blueprint = Blueprint("help_requests", __name__, url_prefix="/help-requests")
OFFICE = (Role.LEGAL_OFFICE, Role.BUREAU)
ENTERING = (Role.WARD_OFFICER, Role.LEGAL_OFFICE)
OPENING = (Role.WARD_OFFICER, Role.OFFICER, Role.DUTY_CHIEF)
NEAR = 8


def may_see(who: Identity, row: HelpRequest) -> bool:
    return rules.may_see(who, queries.seen(row))


def may_hand(who: Identity, slip: RequestSlip) -> bool:
    return rules.may_hand(who, queries.seen(slip.request))


def own_inmate(who: Identity, inmate: Inmate) -> bool:
    return rules.may_open(who, inmate.prison_id, inmate.ward_id)


@blueprint.get("")
@door(*OFFICE, Role.WARD_OFFICER)
def index(who: Identity) -> str:
    """The piles with their lamps, and the slips to hand over."""
    session, moment = reader(), now()
    counts = queries.counts(session, who)
    asked = request.args.get("pile", "")
    name = asked if asked in queries.PILES else next((pile for pile in ("decide", "pass") if counts[pile]), "decide")
    rows = [(row, rules.lamp(row.state, row.due_at, moment)) for row in queries.pile(session, who, name)]
    slips = queries.slips_to_hand(session, who)
    shown = {"rows": rows, "pile": name, "slips": slips, "counts": counts, "words": words, "who": who, "act": ActForm(formdata=None)}
    return render_template("prison/requests_help/index.html", **shown)


# -- entering


@blueprint.route("/new", methods=["GET", "POST"])
@door(*ENTERING, Role.OFFICER, Role.DUTY_CHIEF)
def find(who: Identity) -> ResponseReturnValue:
    """Whose request? Then the form, or the code for the terminal."""
    form = FindForm()
    if form.validate_on_submit():
        query = select(Inmate).where(numbered(who.prison_id, tidy_number(form.number.data or "")))
        inmate = reader().scalar(query)
        if inmate is not None and own_inmate(who, inmate):
            at_terminal = request.form.get("act") == "terminal" or not who.has(*ENTERING)
            return redirect(url_for("help_requests.code" if at_terminal else "help_requests.enter", inmate_id=inmate.id))
        form.refuse(Refused("HELP_NO_INMATE"))
    may = {"may_enter": who.has(*ENTERING), "may_open": who.has(*OPENING)}
    return render_template("prison/requests_help/find.html", form=form, **may)


@blueprint.route("/new/<int:inmate_id>", methods=["GET", "POST"])
@door(*ENTERING, subject=inmate_by_id, check=own_inmate)
def enter(who: Identity, inmate: Inmate) -> ResponseReturnValue:
    """What the inmate asks, typed by an officer."""
    see("inmate", inmate.id)
    inmate_id, relatives = inmate.id, [(str(row.id), _relative(row)) for row in queries.relatives(reader(), inmate.id)]
    form = EnterForm(not who.has(Role.LEGAL_OFFICE), relatives)
    if not form.is_submitted():
        form.language.data = inmate.language if inmate.language in words.LANGUAGES else "other"
    if form.validate_on_submit():
        try:
            made = perform(lambda session: service.enter(session, who, inmate_id, form.whole(), now(), form.request_key.data))
        except Refused as refused:
            form.refuse(refused)
        else:
            flash(gettext("The request is entered under number %(ref)s. Please hand the slip to the inmate.", ref=made.ref))
            return redirect(url_for("help_requests.index") if made.path else url_for("help_requests.show", ref=made.ref))
    found = inmate_by_id(reader(), inmate_id)
    return render_template("prison/requests_help/enter.html", form=form, inmate=found, relatives=relatives, rules=rules, masked=masked)


def _relative(kinship: Kinship) -> str:
    return f"{kinship.visitor.name} · {words.RELATIONS.get(kinship.relation, kinship.relation)}"


@blueprint.route("/code/<int:inmate_id>", methods=["GET", "POST"])
@door(*OPENING, subject=inmate_by_id, check=own_inmate)
def code(who: Identity, inmate: Inmate) -> ResponseReturnValue:
    """A code with which this inmate writes at the terminal; shown once, to the officer beside the inmate."""
    see("inmate", inmate.id)
    form, inmate_id, made = CodeForm(), inmate.id, ""
    waiting = {row.ref: row.id for row in queries.without_letter(reader(), inmate.id)}
    named = [(ref, gettext("The letter of request %(ref)s", ref=ref)) for ref in waiting]
    form.request.choices = choices(named, first=gettext("A new request"))
    if form.validate_on_submit():
        try:
            made = perform(lambda session: terminal.open_for(session, who, inmate_id, waiting.get(form.request.data), now()))
        except NotFound:
            abort(404)
    minutes = int(rules.CODE_LIVES.total_seconds()) // 60
    found = inmate_by_id(reader(), inmate_id)
    return render_template("prison/requests_help/code.html", form=form, inmate=found, made=made, minutes=minutes, waiting=waiting, masked=masked)


# -- one request


@blueprint.get("/<ref>")
@door(*OFFICE, Role.WARD_OFFICER, subject=queries.by_ref, check=may_see)
def show(who: Identity, row: HelpRequest) -> str:
    return _page(who, row)


def _page(who: Identity, row: HelpRequest, **forms: Any) -> str:
    see("help_request", row.ref)
    see("inmate", row.inmate_id)
    office = who.has(*OFFICE)
    proposal = rules.propose(row.asks_for, queries.stops(reader(), row, now()), local_day(now())) if office and row.state in rules.OPEN else None
    shown = {
        "triage": None,
        "postpone": PostponeForm(formdata=None),
        "pass_on": _pass_form(row, None),
        "withdraw": ActForm(formdata=None),
        "hold": HoldForm(formdata=None),
        **forms,
    }
    shown["triage"] = shown["triage"] or TriageForm(formdata=None)
    _fill_in(shown["triage"], shown["postpone"], row, proposal)
    return render_template(
        "prison/requests_help/show.html",
        papers=len(queries.papers_of_family(reader(), [row.id]).get(row.id, ())),
        row=row,
        decidable=row.state in ("received", "waiting", "to_pass", "postponed") and not service.is_own_mark(row),
        lamp=rules.lamp(row.state, row.due_at, now()),
        office=office,
        ward=who.has(Role.WARD_OFFICER),
        proposal=proposal,
        place=places.place(row.concerned_place),
        number_of=paper.number_of,
        words=words,
        masked=masked,
        here=rules.HERE,
        open=rules.OPEN,
        **shown,
    )


def _fill_in(triage: TriageForm, postpone: PostponeForm, row: HelpRequest, proposal: Proposal | None) -> None:
    """What the facts suggest is chosen already; the officer decides."""
    if proposal is None:
        return
    if triage.path.data is None:
        triage.path.data = row.path or (proposal.path if proposal.path in rules.PATHS else "helpday")
    if proposal.path == "postpone" and not postpone.is_submitted():
        postpone.until.data, postpone.reason.data = proposal.until, str(words.WHY[proposal.why])


def _pass_form(row: HelpRequest, formdata: Any) -> PassForm:
    """The legal-aid centres nearest to whom it concerns, or all of them."""
    form = PassForm() if formdata is not None else PassForm(formdata=None)
    here = places.place(row.concerned_place)
    if row.path != "legal_aid":
        found = []
    elif here is not None:
        found = [one.row for one in directory.nearest(reader(), here, ("legal_aid",), NEAR)]
    else:
        found = directory.listed(reader(), "", "legal_aid", None, 50)
    form.institution.choices = choices([(one.ref, f"{one.name} {one.phone}") for one in found], first=gettext("Please choose"))
    return form


@blueprint.post("/<ref>/<act>")
@door(*OFFICE, subject=queries.by_ref, check=may_see)
def decide(who: Identity, row: HelpRequest, act: str) -> ResponseReturnValue:
    """What the legal office decides: triage, postpone, pass."""
    request_id, ref, moment = row.id, row.ref, now()
    triage, postpone, pass_on = TriageForm(), PostponeForm(), _pass_form(row, request.form)
    chosen = {value: label for value, label, *_rest in pass_on.institution.iter_choices()}
    where = pass_on.where.data or (str(chosen.get(pass_on.institution.data, "")) if pass_on.institution.data else "")
    works: dict[str, Any] = {
        "triage": (triage, lambda session: service.triage(session, who, request_id, triage.path.data, moment)),
        "postpone": (postpone, lambda session: service.postpone(session, who, request_id, _day(postpone), postpone.reason.data or "", moment)),
        "pass": (pass_on, lambda session: service.pass_on(session, who, request_id, where, moment)),
    }
    if act not in works:
        abort(404)
    form, work = works[act]
    if acted(form, work):
        flash(gettext("It is done. The slip for the inmate is with the ward."))
        again = queries.by_ref(reader(), ref)
        mine = again is not None and may_see(who, again)
        return redirect(url_for("help_requests.show", ref=ref) if mine else url_for("help_requests.index"))
    again = queries.by_ref(reader(), ref)
    assert again is not None
    return _page(who, again, **{"pass_on" if act == "pass" else act: form})


def _day(form: PostponeForm) -> date | None:
    found: date | None = form.until.data
    return found


@blueprint.post("/<ref>/withdraw")
@door(*ENTERING, Role.BUREAU, subject=queries.by_ref, check=may_see)
def withdraw(who: Identity, row: HelpRequest) -> ResponseReturnValue:
    """The inmate takes it back."""
    form, request_id, ref = ActForm(), row.id, row.ref
    if form.validate_on_submit():
        try:
            perform(lambda session: service.withdraw(session, who, request_id, now()))
        except Refused as refused:
            form.refuse(refused)
            again = queries.by_ref(reader(), ref)
            assert again is not None
            return _page(who, again, withdraw=form)
        flash(gettext("The request is withdrawn."))
    return redirect(url_for("help_requests.show", ref=ref))


@blueprint.post("/<ref>/hold")
@door(*OFFICE, subject=queries.by_ref, check=may_see)
def hold(who: Identity, row: HelpRequest) -> ResponseReturnValue:
    """What is written for it is kept beyond its time; or, by a second person, let go again."""
    form, request_id, ref, kept = HoldForm(), row.id, row.ref, row.hold_at is not None
    if form.validate_on_submit():
        try:
            if kept:
                perform(lambda session: service.lift_hold(session, who, request_id, now()))
            else:
                perform(lambda session: service.hold(session, who, request_id, form.reason.data or "", now()))
        except Refused as refused:
            if refused.status == 409:
                raise
            form.refuse(refused)
        else:
            flash(gettext("It goes after its time again.") if kept else gettext("It is kept until somebody else ends this."))
            return redirect(url_for("help_requests.show", ref=ref))
    again = queries.by_ref(reader(), ref)
    assert again is not None
    return _page(who, again, hold=form), 422


# -- slips


@blueprint.get("/slips/<int:slip_id>.pdf")
@door(*ENTERING, subject=queries.slip_by_id, check=may_hand)
def slip(_who: Identity, row: RequestSlip) -> Response:
    """The slip to print; of a request about the prison, in closed form."""
    see("help_request", row.request.ref)
    name = f"inline; filename={paper.number_of(row)}.pdf"
    return Response(paper.draw(row), mimetype="application/pdf", headers={"Content-Disposition": name})


@blueprint.post("/slips/<int:slip_id>/hand-over")
@door(*ENTERING, subject=queries.slip_by_id, check=may_hand)
def hand_over(who: Identity, row: RequestSlip) -> ResponseReturnValue:
    slip_id = row.id
    if ActForm().validate_on_submit():
        perform(lambda session: service.hand_over(session, who, slip_id, now()))
        flash(gettext("Noted: the slip is in the inmate's hands."))
    return redirect(url_for("help_requests.index"))


@blueprint.get("/slips.pdf")
@door(*ENTERING)
def slips(who: Identity) -> ResponseReturnValue:
    """All that are to be handed over, on one paper; those in closed form are printed one by one."""
    rows = [row for row in queries.slips_to_hand(reader(), who) if row.request.path != "about_prison"]
    if not rows:
        return redirect(url_for("help_requests.index"))
    for row in rows:
        see("help_request", row.request.ref)
    return Response(paper.draw_all(rows, now()), mimetype="application/pdf", headers={"Content-Disposition": "inline; filename=slips.pdf"})


@blueprint.post("/slips/handed-over")
@door(*ENTERING)
def hand_over_all(who: Identity) -> ResponseReturnValue:
    """Those that the page showed."""
    chosen = request.form.getlist("slip", type=row_number)
    if ActForm().validate_on_submit():
        number = perform(lambda session: service.hand_over_all(session, who, chosen, now()))
        flash(ngettext("Noted: %(num)d slip is handed over.", "Noted: %(num)d slips are handed over.", number))
    return redirect(url_for("help_requests.index"))
