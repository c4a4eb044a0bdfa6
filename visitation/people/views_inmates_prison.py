"""Inmates: the list with its filter, one inmate, the form, and who is kept apart from whom."""

from datetime import datetime
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from visitation.kernel.errors import Refused, StateChanged
from visitation.kernel.identity import Identity, Role
from visitation.people import labels_staff, queries_staff, queries_suspensions, rules_staff, service_inmates
from visitation.people.forms_staff import ApartForm, InmateForm
from visitation.people.models import Inmate, Ward
from visitation.people.queries_staff import PAGE, Filter
from visitation.people.rules import masked
from visitation.people.service_inmates import InmateData
from visitation.store.transaction import perform, reader
from visitation.web.addresses import row_number
from visitation.web.door import door
from visitation.web.forms import ActForm
from visitation.web.local_names import local_name
from visitation.web.request import now, see

blueprint = Blueprint("inmates", __name__, url_prefix="/inmates")
READERS = (Role.WARD_OFFICER, Role.OFFICER, Role.DUTY_CHIEF, Role.ADMINISTRATOR, Role.LEGAL_OFFICE, Role.BUREAU)
APART = (Role.ADMINISTRATOR, Role.DUTY_CHIEF)


def own_inmate(who: Identity, inmate: Inmate) -> bool:
    return rules_staff.sees_inmate(who, inmate)


@blueprint.get("")
@door(*READERS)
def index(who: Identity) -> str:
    """Inmates by ward; numbers are not shown whole."""
    session, args = reader(), request.args
    chosen = Filter(
        words=args.get("q", "").strip()[:60],
        prison_id=args.get("prison", type=row_number),
        ward_id=args.get("ward", type=row_number),
        level_code=args.get("level", ""),
        status=args.get("status", ""),
    )
    page = max(1, args.get("page", 1, type=row_number))
    rows, total = queries_staff.inmates(session, who, chosen, page)
    prisons = queries_staff.prisons(session, who) if who.prison_id is None else []
    see("inmate_list", who.prison_id or 0)
    return render_template(
        "prison/people/inmates.html",
        rows=rows,
        total=total,
        page=page,
        pages=-(-total // PAGE),
        chosen=chosen,
        prisons=prisons,
        prison_options=[(prison.id, local_name(prison)) for prison in prisons],
        ward_options=[(ward.id, _ward_name(ward, who)) for ward in queries_staff.wards(session, who)],
        level_options=[(level.code, local_name(level)) for level in queries_staff.levels(session)],
        page_url=_page_url,
        masked=masked,
        words=labels_staff,
    )


def _ward_name(ward: Ward, who: Identity) -> str:
    return local_name(ward) if who.prison_id is not None else f"{local_name(ward.prison)} · {local_name(ward)}"


def _page_url(page: int) -> str:
    """The same list, another page of it."""
    kept: dict[str, Any] = {**request.args.to_dict(), "page": page}
    return url_for("inmates.index", **kept)


@blueprint.route("/new", methods=["GET", "POST"])
@door(Role.ADMINISTRATOR)
def create(who: Identity) -> ResponseReturnValue:
    form, wards = InmateForm(), queries_staff.wards(reader(), who)
    form.offer(wards, queries_staff.levels(reader()))
    if form.validate_on_submit():
        prison_id = next(ward.prison_id for ward in wards if ward.id == form.ward.data)
        try:
            inmate_id = perform(lambda session: service_inmates.create_inmate(session, who, prison_id, _data(form), now()).id)
        except Refused as refused:
            form.refuse(refused)
        else:
            flash(gettext("The inmate is entered."))
            return redirect(url_for("inmates.show", inmate_id=inmate_id))
    return render_template("prison/people/inmate_form.html", form=form, inmate=None, no_wards=not wards)


@blueprint.get("/<int:inmate_id>")
@door(*READERS, subject=queries_staff.inmate_by_id, check=own_inmate)
def show(who: Identity, inmate: Inmate) -> ResponseReturnValue:
    """A record that was merged into another one is a signpost to it."""
    if inmate.merged_into_id is not None:
        return redirect(url_for("inmates.show", inmate_id=inmate.merged_into_id))
    return _page(who, inmate, ApartForm())


@blueprint.route("/<int:inmate_id>/edit", methods=["GET", "POST"])
@door(Role.ADMINISTRATOR, subject=queries_staff.inmate_by_id, check=own_inmate)
def edit(who: Identity, inmate: Inmate) -> ResponseReturnValue:
    form = InmateForm(data=_typed(inmate))
    form.offer(queries_staff.wards(reader(), who, inmate.prison_id), queries_staff.levels(reader()), inmate)
    see("inmate", inmate.id)
    inmate_id = inmate.id
    if form.validate_on_submit():
        seen_at = _moment(form.version.data)
        try:
            perform(lambda session: service_inmates.change_inmate(session, who, inmate_id, _data(form), seen_at, now()))
        except StateChanged:
            raise
        except Refused as refused:
            form.refuse(refused)
        else:
            flash(gettext("The changes are saved."))
            return redirect(url_for("inmates.show", inmate_id=inmate_id))
    return render_template("prison/people/inmate_form.html", form=form, inmate=inmate, no_wards=False)


@blueprint.post("/<int:inmate_id>/apart")
@door(*APART, subject=queries_staff.inmate_by_id, check=own_inmate)
def keep_apart(who: Identity, inmate: Inmate) -> ResponseReturnValue:
    """Name another inmate who must not share waiting space on the same day."""
    form, inmate_id = ApartForm(), inmate.id
    if form.validate_on_submit():
        try:
            perform(lambda session: service_inmates.keep_apart(session, who, inmate_id, form.other.data, form.note.data or "", now()))
        except Refused as refused:
            form.refuse(refused)
        else:
            flash(gettext("The two are kept apart from now on."))
            return redirect(url_for("inmates.show", inmate_id=inmate_id))
    return _page(who, inmate, form)


@blueprint.post("/<int:inmate_id>/apart/<int:pair_id>/end")
@door(*APART, subject=queries_staff.inmate_by_id, check=own_inmate)
def end_apart(who: Identity, inmate: Inmate, pair_id: int) -> ResponseReturnValue:
    inmate_id = inmate.id
    if ActForm().validate_on_submit():
        perform(lambda session: service_inmates.end_keeping_apart(session, who, inmate_id, pair_id, now()))
        flash(gettext("The two need no longer be kept apart."))
    return redirect(url_for("inmates.show", inmate_id=inmate_id))


def _page(_who: Identity, inmate: Inmate, form: ApartForm) -> str:
    session = reader()
    see("inmate", inmate.id)
    return render_template(
        "prison/people/inmate.html",
        inmate=inmate,
        apart=queries_staff.apart_from(session, inmate),
        suspensions=queries_suspensions.current_of(session, inmate.id, None, inmate.prison_id, now()),
        form=form,
        act=ActForm(formdata=None),
        words=labels_staff,
    )


def _typed(inmate: Inmate) -> dict[str, Any]:
    """An inmate as the form would have been filled in."""
    kept = ("number", "name", "birth_date", "status", "language", "foreign", "staff_note")
    return {name: getattr(inmate, name) for name in kept} | {"ward": inmate.ward_id, "level": inmate.level_code}


def _data(form: InmateForm) -> InmateData:
    return InmateData(
        ward_id=form.ward.data,
        number=form.number.data,
        name=form.name.data,
        birth_date=form.birth_date.data,
        level_code=form.level.data,
        status=form.status.data,
        language=form.language.data,
        foreign=form.foreign.data,
        staff_note=form.staff_note.data or "",
    )


def _moment(text: str | None) -> datetime:
    """The version that the form was made from; whoever sends something else gets 400."""
    try:
        found = datetime.fromisoformat(text or "")
    except ValueError:
        abort(400)
    return found if found.tzinfo is not None else abort(400)
