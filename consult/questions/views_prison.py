"""Questions for the staff: the legal office's lamps and decisions; the ward's asking and handing over; the answer rate as a chart."""

from datetime import date, datetime, timedelta
from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy import select

from consult.lawyers import queries as lawyers
from consult.questions import chart, paper, queries, rules, service, words
from consult.questions.forms import CloseForm, ReturnForm, RouteForm, WardAskForm
from consult.questions.models import Question
from visitation.kernel.errors import Refused
from visitation.kernel.identity import Identity, Role
from visitation.kernel.interval import local_day, month_start
from visitation.people.models import Inmate
from visitation.people.queries import numbered
from visitation.people.rules import tidy_number
from visitation.policies import queries as policies
from visitation.store.transaction import perform, reader
from visitation.web.acting import acted
from visitation.web.door import door
from visitation.web.forms import ActForm
from visitation.web.request import now, see

blueprint = Blueprint("questions", __name__, url_prefix="/legal-questions")
OFFICE = (Role.LEGAL_OFFICE, Role.BUREAU)
READERS = (*OFFICE, Role.WARD_OFFICER)
MONTHS = 6


def may_see(who: Identity, question: Question) -> bool:
    """The legal office: all of the prison. A ward's officer: those of the own inmates."""
    if who.prison_id is not None and question.prison_id != who.prison_id:
        return False
    return who.has(*OFFICE) or (question.inmate is not None and question.inmate.ward_id in who.ward_ids)


@blueprint.get("")
@door(*READERS)
def index(who: Identity) -> str:
    """The piles; the reddest first."""
    name = request.args.get("pile", "open")
    name = name if name in queries.PILES else "open"
    session, moment = reader(), now()
    rows = [(row, rules.lamp(row.state, row.due_at, moment), _acknowledge(row, moment)) for row in queries.pile(session, who, name, moment)]
    rate, target = (_rates(who, 1)[-1], _target(who)) if who.has(*OFFICE) else (None, 0)
    to_hand = queries.to_hand_over(session, who) if who.has(Role.WARD_OFFICER) else []
    shown = {"rows": rows, "pile": name, "rate": rate, "target": target, "to_hand": to_hand, "words": words}
    return render_template("prison/questions/index.html", **shown, act=ActForm(formdata=None))


def _acknowledge(row: Question, moment: datetime) -> str:
    return rules.acknowledge_lamp(row.state, row.acknowledge_by, row.acknowledged_at, moment)


def _rates(who: Identity, count: int = MONTHS) -> list[tuple[date, rules.Rate]]:
    """(first day, rate) of the last months, the present one last."""
    months = [month_start(local_day(now()))]
    while len(months) < count:
        months.insert(0, month_start(months[0] - timedelta(days=1)))
    return list(zip(months, queries.rates(reader(), who.prison_id, months, now()), strict=True))


def _target(who: Identity) -> int:
    target: int = policies.value(reader(), "answer_rate_target", who.prison_id, local_day(now()))
    return target


@blueprint.get("/rate")
@door(*OFFICE)
def rate(who: Identity) -> str:
    """The answer rate by month, with both counts."""
    return render_template("prison/questions/rate.html", months=_rates(who), target=_target(who))


@blueprint.get("/rate.svg")
@door(*OFFICE)
def rate_chart(who: Identity) -> Response:
    return Response(chart.draw(_rates(who), _target(who)), mimetype="image/svg+xml")


@blueprint.route("/new", methods=["GET", "POST"])
@door(Role.WARD_OFFICER)
def ask(who: Identity) -> ResponseReturnValue:
    """An inmate's question, entered by the ward."""
    form = WardAskForm()
    if form.validate_on_submit():
        try:
            key, asked = form.request_key.data, form.asked(form.form.data)
            question = perform(lambda session: service.ask_for_inmate(session, who, _inmate(who, form.number.data), asked, now(), key))
        except Refused as refused:
            form.refuse(refused)
        else:
            flash(gettext("The question is entered. Please hand the slip to the inmate."))
            return redirect(url_for("questions.show", ref=question.ref))
    return render_template("prison/questions/ask.html", form=form)


def _inmate(who: Identity, number: str) -> int:
    query = select(Inmate.id).where(numbered(who.prison_id, tidy_number(number)), Inmate.ward_id.in_(who.ward_ids))
    found = reader().scalar(query)
    if found is None:
        raise Refused("INMATE_NOT_IN_WARD")
    return found


@blueprint.get("/<ref>")
@door(*READERS, subject=queries.by_ref, check=may_see)
def show(who: Identity, question: Question) -> str:
    return _page(who, question)


def _page(who: Identity, question: Question, **forms: Any) -> str:
    see("question", question.ref)
    if question.inmate_id is not None:
        see("inmate", question.inmate_id)
    route = forms.pop("route", None) or RouteForm(formdata=None)
    route.firm.choices = [("", gettext("the one with the fewest open questions")), *((str(firm.id), firm.name) for firm in lawyers.firms(reader()))]
    shown = {"back": ReturnForm(formdata=None), "close": CloseForm(formdata=None), **forms}
    asked = next((one for one in question.extensions if one.state == "asked"), None)
    colour = rules.lamp(question.state, question.due_at, now())
    office = who.has(*OFFICE)
    return render_template(
        "prison/questions/show.html",
        row=question,
        lamp=colour,
        acknowledge=_acknowledge(question, now()),
        office=office,
        asked=asked,
        route=route,
        act=ActForm(formdata=None),
        words=words,
        may_hand=who.has(Role.WARD_OFFICER),
        may_withdraw=who.has(Role.WARD_OFFICER, Role.LEGAL_OFFICE) and asked_by_inmate(who, question),
        **shown,
    )


@blueprint.get("/<ref>/slip.pdf")
@door(*READERS, subject=queries.by_ref, check=may_see)
def slip(_who: Identity, question: Question) -> Response:
    """The numbered slip, with the answer once there is one."""
    see("question", question.ref)
    return Response(paper.slip(question), mimetype="application/pdf", headers={"Content-Disposition": f"inline; filename={question.ref}.pdf"})


@blueprint.post("/<ref>/<act>")
@door(*OFFICE, subject=queries.by_ref, check=may_see)
def decide(who: Identity, question: Question, act: str) -> ResponseReturnValue:
    """What the legal office decides: route, deliver, return, merge, transfer, grant, refuse."""
    question_id, ref = question.id, question.ref
    route, back, close = RouteForm(), ReturnForm(), CloseForm()
    route.firm.choices = [("", ""), *((str(firm.id), firm.name) for firm in lawyers.firms(reader()))]
    works: dict[str, Any] = {
        "route": (route, lambda s: service.route(s, who, question_id, int(route.firm.data) if route.firm.data else None, now())),
        "deliver": (ActForm(), lambda s: service.deliver(s, who, question_id, now())),
        "return": (back, lambda s: service.send_back(s, who, question_id, back.note.data or "", now())),
        "merge": (close, lambda s: service.merge(s, who, question_id, close.into.data or "", now())),
        "transfer": (close, lambda s: service.transfer(s, who, question_id, close.where.data or "", now())),
        "grant": (ActForm(), lambda s: service.decide_extension(s, who, question_id, True, now())),
        "refuse": (ActForm(), lambda s: service.decide_extension(s, who, question_id, False, now())),
    }
    if act not in works:
        abort(404)
    form, work = works[act]
    if acted(form, work):
        flash(gettext("It is done."))
        return redirect(url_for("questions.show", ref=ref))
    again = queries.by_ref(reader(), ref)
    assert again is not None
    shown = {"route": route} if act == "route" else {"back": back} if act == "return" else {"close": close} if act in ("merge", "transfer") else {}
    return _page(who, again, **shown)


def asked_by_inmate(who: Identity, question: Question) -> bool:
    """Only an inmate's question is taken back through the prison: a relative does it alone."""
    return question.inmate_id is not None and may_see(who, question)


@blueprint.post("/<ref>/withdraw")
@door(Role.WARD_OFFICER, Role.LEGAL_OFFICE, subject=queries.by_ref, check=asked_by_inmate)
def withdraw(who: Identity, question: Question) -> ResponseReturnValue:
    """The inmate takes it back."""
    question_id, ref = question.id, question.ref
    if ActForm().validate_on_submit():
        perform(lambda session: service.withdraw(session, who, question_id, now()))
        flash(gettext("The question is withdrawn."))
    return redirect(url_for("questions.show", ref=ref))


@blueprint.post("/<ref>/hand-over")
@door(Role.WARD_OFFICER, subject=queries.by_ref, check=may_see)
def hand_over(who: Identity, question: Question) -> ResponseReturnValue:
    question_id = question.id
    if ActForm().validate_on_submit():
        perform(lambda session: service.hand_over(session, who, question_id, now()))
        flash(gettext("Noted: the answer is in the inmate's hands."))
    return redirect(url_for("questions.index"))
