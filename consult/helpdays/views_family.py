"""A lawyer's own legal-help days: answering, handing a day over to a colleague, dropping out."""

from datetime import date

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from consult.helpdays import mine, queries, roster, words
from consult.helpdays.forms import AnswerForm, DropForm, SwapForm
from consult.helpdays.models import HelpDuty, HelpSwap
from consult.lawyers import queries as lawyers
from consult.lawyers.signed_in import verified
from visitation.kernel.errors import Refusal, Refused
from visitation.kernel.identity import Identity, Role
from visitation.notices.queries import unread_count
from visitation.store.transaction import perform, reader
from visitation.web.acting import acted
from visitation.web.door import door
from visitation.web.forms import ActForm
from visitation.web.i18n import show_day
from visitation.web.request import now

blueprint = Blueprint("lawyer_days", __name__, url_prefix="/lawyer/days")


@blueprint.get("")
@door(Role.LAWYER)
def index(who: Identity) -> str:
    """What I am asked, and the days on which I serve."""
    return _page(who)


def _page(who: Identity, refusals: tuple[Refusal, ...] = ()) -> str:
    lawyer = verified(who)
    found = mine.days(reader(), lawyer, now())
    unread, act = unread_count(reader(), who), AnswerForm(formdata=None)
    return render_template("family/helpdays/days.html", lawyer=lawyer, mine=found, act=act, unread=unread, refusals_=refusals, words=words)


@blueprint.post("/<ref>/answer")
@door(Role.LAWYER, subject=queries.duty_by_ref, check=mine.is_my_duty)
def answer(who: Identity, duty: HelpDuty) -> ResponseReturnValue:
    """Yes or no to a day."""
    form, duty_id, said = AnswerForm(), duty.id, request.form.get("said", "")
    if said not in ("yes", "no"):
        abort(400)
    if form.validate_on_submit():
        try:
            perform(lambda session: roster.answer(session, who, duty_id, said == "yes", form.reason.data or "", now()))
        except Refused as refused:
            return _page(who, refused.refusals), refused.status
        flash(gettext("Thank you. The day stands in your calendar.") if said == "yes" else gettext("Thank you. The legal office asks somebody else."))
    return redirect(url_for("lawyer_days.index"))


@blueprint.route("/<ref>/swap", methods=["GET", "POST"])
@door(Role.LAWYER, subject=queries.duty_by_ref, check=mine.is_my_duty)
def swap(who: Identity, duty: HelpDuty) -> ResponseReturnValue:
    """Ask a colleague to take a day over."""
    form, duty_id, ref = _swap_form(duty), duty.id, duty.ref
    if form.validate_on_submit():
        try:
            perform(lambda session: roster.offer(session, who, duty_id, form.colleague.data, form.back.data or None, now()))
        except Refused as refused:
            form.refuse(refused)
        else:
            flash(gettext("Your colleague has been asked. Until the answer comes you serve on this day as before."))
            return redirect(url_for("lawyer_days.index"))
    return _handing_over(ref, form, DropForm(formdata=None))


def _swap_form(duty: HelpDuty) -> SwapForm:
    """Colleagues, and the days of theirs that could be taken in exchange; what does not fit is refused by name."""
    form, session = SwapForm(), reader()
    colleagues = [row for row in lawyers.lawyers(session, "verified") if row.id != duty.lawyer_id]
    form.colleague.choices = [(row.id, f"{row.name} · {row.firm.name}") for row in colleagues]
    theirs = mine.exchangeable(session, duty, now())
    named = [(one.id, f"{show_day(_date(one))} · {one.lawyer.name}") for one in theirs]
    form.back.choices = [(0, gettext("nothing in exchange")), *named]
    return form


def _date(duty: HelpDuty) -> date:
    return queries.hours(duty.day)[0]


def _handing_over(ref: str, form: SwapForm, drop: DropForm) -> ResponseReturnValue:
    duty = queries.duty_by_ref(reader(), ref)
    assert duty is not None
    hours = int(roster.notice(reader(), duty.day, now()).total_seconds() // 3600)
    return render_template("family/helpdays/swap.html", duty=duty, form=form, drop=drop, hours=hours, words=words)


@blueprint.post("/<ref>/drop")
@door(Role.LAWYER, subject=queries.duty_by_ref, check=mine.is_my_duty)
def drop(who: Identity, duty: HelpDuty) -> ResponseReturnValue:
    """I cannot come, and have nobody to take over."""
    form, duty_id, ref = DropForm(), duty.id, duty.ref
    if acted(form, lambda session: roster.drop(session, who, duty_id, form.reason.data, now())):
        flash(gettext("The legal office has been told that you cannot come; it looks for a substitute."))
        return redirect(url_for("lawyer_days.index"))
    duty = reader().get_one(HelpDuty, duty_id)
    swapping = _swap_form(duty)
    swapping.process(formdata=None)
    return _handing_over(ref, swapping, form)


@blueprint.post("/swaps/<ref>/answer")
@door(Role.LAWYER, subject=queries.swap_by_ref, check=mine.is_my_swap_to_answer)
def answer_swap(who: Identity, asked: HelpSwap) -> ResponseReturnValue:
    """A colleague has asked me to take over."""
    swap_id, said = asked.id, request.form.get("said", "")
    if said not in ("yes", "no"):
        abort(400)
    if ActForm().validate_on_submit():
        try:
            perform(lambda session: roster.answer_swap(session, who, swap_id, said == "yes", now()))
        except Refused as refused:
            return _page(who, refused.refusals), refused.status
        flash(gettext("You take over. The day stands in your calendar.") if said == "yes" else gettext("Your colleague is told that you cannot."))
    return redirect(url_for("lawyer_days.index"))


@blueprint.post("/swaps/<ref>/withdraw")
@door(Role.LAWYER, subject=queries.swap_by_ref, check=mine.is_my_swap)
def withdraw(who: Identity, asked: HelpSwap) -> ResponseReturnValue:
    """I take my question back."""
    swap_id = asked.id
    if ActForm().validate_on_submit():
        try:
            perform(lambda session: roster.withdraw(session, who, swap_id, now()))
        except Refused as refused:
            return _page(who, refused.refusals), refused.status
        flash(gettext("The question is taken back. You serve on this day as before."))
    return redirect(url_for("lawyer_days.index"))
