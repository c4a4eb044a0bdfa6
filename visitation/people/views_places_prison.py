"""Places: prisons, their wards, and the treatment levels."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from visitation.kernel.errors import Refused
from visitation.kernel.identity import Identity, Role
from visitation.people import queries_staff, service_places
from visitation.people.forms_staff import LevelForm, NewPrisonForm, PrisonForm, WardForm
from visitation.people.models import Prison, Ward
from visitation.people.service_places import PrisonData
from visitation.store.transaction import perform, reader
from visitation.web.door import door
from visitation.web.forms import ActForm
from visitation.web.local_names import local_name
from visitation.web.request import now

blueprint = Blueprint("places", __name__)
KEEPERS = (Role.ADMINISTRATOR, Role.BUREAU, Role.OPERATOR)
FOUNDERS = (Role.BUREAU, Role.OPERATOR)


def own_prison(who: Identity, prison: Prison) -> bool:
    return who.prison_id is None or who.prison_id == prison.id


def own_ward(who: Identity, ward: Ward) -> bool:
    return who.prison_id is None or who.prison_id == ward.prison_id


def above_prisons(who: Identity, _nothing: object) -> bool:
    """Whoever belongs to one prison does not found another, nor change what all share."""
    return who.prison_id is None


@blueprint.get("/prisons")
@door(*KEEPERS)
def index(who: Identity) -> ResponseReturnValue:
    """All prisons; who belongs to one goes straight to it."""
    prisons = queries_staff.prisons(reader(), who)
    if who.prison_id is not None and len(prisons) == 1:
        return redirect(url_for("places.prison", code=prisons[0].code))
    return render_template("prison/people/prisons.html", prisons=prisons, local_name=local_name)


@blueprint.route("/prisons/new", methods=["GET", "POST"])
@door(*FOUNDERS, check=above_prisons)
def create(who: Identity) -> ResponseReturnValue:
    form = NewPrisonForm()
    if form.validate_on_submit():
        code = form.code.data
        try:
            perform(lambda session: service_places.create_prison(session, who, code, _prison_data(form), now()))
        except Refused as refused:
            form.refuse(refused)
        else:
            flash(gettext("The prison is entered. Next: its wards and terminals."))
            return redirect(url_for("places.prison", code=code))
    return render_template("prison/people/prison_form.html", form=form)


@blueprint.route("/prisons/<code>", methods=["GET", "POST"])
@door(*KEEPERS, subject=queries_staff.prison_by_code, check=own_prison)
def prison(who: Identity, place: Prison) -> ResponseReturnValue:
    """A prison's own data, its wards, and a way to its terminals."""
    form, prison_id, code = PrisonForm(obj=place), place.id, place.code
    if form.validate_on_submit():
        try:
            perform(lambda session: service_places.change_prison(session, who, prison_id, _prison_data(form), now()))
        except Refused as refused:
            form.refuse(refused)
        else:
            flash(gettext("The changes are saved."))
            return redirect(url_for("places.prison", code=code))
    wards = queries_staff.wards(reader(), who, prison_id)
    return render_template("prison/people/prison.html", form=form, place=place, wards=wards, ward_form=WardForm(formdata=None))


def _prison_data(form: PrisonForm) -> PrisonData:
    return PrisonData(
        name=form.name.data or "",
        name_en=form.name_en.data or "",
        province=form.province.data or "",
        phone=form.phone.data or "",
        address=form.address.data or "",
        inmate_number_pattern=form.inmate_number_pattern.data or "",
        uplink_sessions=form.uplink_sessions.data or 1,
    )


@blueprint.post("/prisons/<code>/wards")
@door(Role.ADMINISTRATOR, Role.BUREAU, subject=queries_staff.prison_by_code, check=own_prison)
def add_ward(who: Identity, place: Prison) -> ResponseReturnValue:
    form, prison_id, code = WardForm(), place.id, place.code
    if form.validate_on_submit():
        try:
            perform(lambda session: service_places.save_ward(session, who, prison_id, None, form.name.data, form.name_en.data, now()))
        except Refused as refused:
            form.refuse(refused)
        else:
            flash(gettext("The ward is added."))
            return redirect(url_for("places.prison", code=code))
    wards = queries_staff.wards(reader(), who, prison_id)
    return render_template("prison/people/prison.html", form=PrisonForm(formdata=None, obj=place), place=place, wards=wards, ward_form=form)


@blueprint.route("/wards/<int:ward_id>", methods=["GET", "POST"])
@door(Role.ADMINISTRATOR, Role.BUREAU, subject=queries_staff.ward_by_id, check=own_ward)
def ward(who: Identity, place: Ward) -> ResponseReturnValue:
    """New names of a ward."""
    form, ward_id, prison_id, code = WardForm(obj=place), place.id, place.prison_id, place.prison.code
    if form.validate_on_submit():
        try:
            perform(lambda session: service_places.save_ward(session, who, prison_id, ward_id, form.name.data, form.name_en.data, now()))
        except Refused as refused:
            form.refuse(refused)
        else:
            flash(gettext("The changes are saved."))
            return redirect(url_for("places.prison", code=code))
    return render_template("prison/people/ward_form.html", form=form, place=place)


@blueprint.route("/levels", methods=["GET", "POST"])
@door(*KEEPERS)
def levels(who: Identity) -> ResponseReturnValue:
    """The treatment levels, shared by all prisons. Who belongs to one prison only reads them."""
    form = LevelForm()
    if form.validate_on_submit():
        if who.prison_id is not None:
            abort(403)
        perform(lambda session: service_places.save_level(session, who, form.code.data, form.name.data, form.name_en.data, form.rank.data, now()))
        flash(gettext("The level is saved. How many visits it has stands among the policies."))
        return redirect(url_for("places.levels"))
    may_change = who.prison_id is None
    return render_template("prison/people/levels.html", form=form, levels=queries_staff.levels(reader()), may_change=may_change, act=ActForm(formdata=None))


@blueprint.post("/levels/<code>/remove")
@door(*FOUNDERS, check=above_prisons)
def remove_level(who: Identity, code: str) -> ResponseReturnValue:
    if ActForm().validate_on_submit():
        perform(lambda session: service_places.remove_level(session, who, code, now()))
        flash(gettext("The level is removed."))
    return redirect(url_for("places.levels"))
