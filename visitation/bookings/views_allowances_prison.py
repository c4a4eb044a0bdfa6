"""An inmate's allowance as the staff see it: each month with every line and its reason; visits on other channels and corrections are entered here."""

from datetime import date
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from visitation.bookings import allowances, words
from visitation.bookings.forms_staff import CorrectionForm, ExternalForm
from visitation.kernel.errors import Refused
from visitation.kernel.identity import Identity, Role
from visitation.kernel.interval import local_day
from visitation.people import rules_staff
from visitation.people.models import Inmate
from visitation.store.transaction import perform, reader
from visitation.web.choices import choices
from visitation.web.door import door
from visitation.web.request import now, see

blueprint = Blueprint("allowances", __name__, url_prefix="/inmates")
blueprint.add_app_template_filter(words.show_month, "month")
READERS = (Role.WARD_OFFICER, Role.OFFICER, Role.DUTY_CHIEF, Role.ADMINISTRATOR)
WRITERS = (Role.OFFICER, Role.DUTY_CHIEF)


def inmate_by_id(session: Session, inmate_id: int) -> Inmate | None:
    return session.get(Inmate, inmate_id)


def own_inmate(who: Identity, inmate: Inmate) -> bool:
    return rules_staff.sees_inmate(who, inmate)


@blueprint.get("/<int:inmate_id>/allowance")
@door(*READERS, subject=inmate_by_id, check=own_inmate)
def show(who: Identity, inmate: Inmate) -> ResponseReturnValue:
    """Every month, the latest first."""
    return _page(who, inmate, ExternalForm(formdata=None, data={"held_on": local_day(now())}), _correction(None))


@blueprint.post("/<int:inmate_id>/allowance/external")
@door(*WRITERS, subject=inmate_by_id, check=own_inmate)
def external(who: Identity, inmate: Inmate) -> ResponseReturnValue:
    """A visit that was held on another channel."""
    form, inmate_id = ExternalForm(), inmate.id
    if not form.validate_on_submit():
        return _page(who, inmate, form, _correction(None)), 422
    wanted = allowances.External(form.purse.data, form.held_on.data, form.note.data or "")
    try:
        perform(lambda session: allowances.enter_external(session, who, inmate_id, wanted, form.request_key.data, now()))
    except Refused as refused:
        form.refuse(refused)
        return _page(who, reader().get_one(Inmate, inmate_id), form, _correction(None)), refused.status
    flash(gettext("It is entered and counts in its month."))
    return redirect(url_for("allowances.show", inmate_id=inmate_id))


@blueprint.post("/<int:inmate_id>/allowance/correction")
@door(Role.DUTY_CHIEF, subject=inmate_by_id, check=own_inmate)
def correct(who: Identity, inmate: Inmate) -> ResponseReturnValue:
    """More or less for a month, with a reason."""
    form, inmate_id = _correction(request.form), inmate.id
    if not form.validate_on_submit():
        return _page(who, inmate, ExternalForm(formdata=None), form), 422
    wanted = allowances.Correction(form.purse.data, date.fromisoformat(form.month.data), form.units.data, form.note.data or "")
    try:
        perform(lambda session: allowances.adjust(session, who, inmate_id, wanted, form.request_key.data, now()))
    except Refused as refused:
        form.refuse(refused)
        return _page(who, reader().get_one(Inmate, inmate_id), ExternalForm(formdata=None), form), refused.status
    flash(gettext("The month is corrected."))
    return redirect(url_for("allowances.show", inmate_id=inmate_id))


def _correction(formdata: Any) -> CorrectionForm:
    form = CorrectionForm(formdata=formdata)
    months = sorted(month for month in allowances.shown_months(now()) if month >= local_day(now()).replace(day=1))
    form.month.choices = choices([(month.isoformat(), words.show_month(month)) for month in months])
    return form


def _page(who: Identity, inmate: Inmate, external_form: ExternalForm, correction: CorrectionForm) -> str:
    see("inmate", inmate.id)
    return render_template(
        "prison/bookings/allowance.html",
        inmate=inmate,
        months=allowances.months_of(reader(), inmate, allowances.shown_months(now())),
        this_month=local_day(now()).replace(day=1),
        external=external_form,
        correction=correction,
        kinds=words.LEDGER,
        purses=words.PURSES,
        may_enter=who.has(*WRITERS),
        may_correct=who.has(Role.DUTY_CHIEF),
    )
