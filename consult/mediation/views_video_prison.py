"""Mediation by video for the legal office: whom, when and where; another time; called off; and the agreement as a paper."""

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from consult.arranging import choice, day_shown
from consult.mediation import paper, places, queries, video, words
from consult.mediation.forms import PlaceForm
from consult.mediation.models import MediationCase
from visitation.kernel.errors import Refused
from visitation.kernel.identity import Identity, Role
from visitation.kernel.interval import Interval
from visitation.store.transaction import perform, reader
from visitation.timetable.models import Terminal
from visitation.web.door import door
from visitation.web.forms import ActForm
from visitation.web.i18n import show_clock
from visitation.web.local_names import local_name
from visitation.web.request import now, see

blueprint = Blueprint("mediation_video", __name__, url_prefix="/mediation")


def of_my_office(who: Identity, case: MediationCase) -> bool:
    return who.prison_id is None or who.prison_id == case.prison_id


@blueprint.route("/<ref>/video", methods=["GET", "POST"])
@door(Role.LEGAL_OFFICE, subject=queries.by_ref, check=of_my_office)
def arrange(who: Identity, case: MediationCase) -> ResponseReturnValue:
    """The free times of a day; one of them is taken."""
    form, case_id, ref = PlaceForm(), case.id, case.ref
    if form.is_submitted() and form.validate():
        try:
            booking = perform(lambda session: video.arrange(session, who, case_id, *form.chosen(), now()))
        except Refused as refused:
            if refused.codes == ("STATE_CHANGED",):
                raise
            form.refuse(refused)
        else:
            flash(
                gettext("The session is arranged under %(ref)s. The relative is told and joins as for a visit; the ward has it on its list.", ref=booking.ref)
            )
            return redirect(url_for("mediation.show", ref=ref))
    return _page(ref, form)


def _page(ref: str, form: PlaceForm) -> str:
    session = reader()
    case = queries.by_ref(session, ref)
    assert case is not None
    see("mediation", case.ref)
    see("inmate", case.inmate_id)
    relatives = places.relatives(session, case)
    asked = request.values.get("kinship", "") or str(case.kinship_id or "")
    chosen = next((one for one in relatives if str(one.kinship.id) == asked), relatives[0] if relatives else None)
    day, attempt, terminal = day_shown(request.values.get("day", ""), now()), video.planned(case), request.values.get("terminal", "")
    own = attempt.booking_id if attempt else None
    found = places.free(session, case, chosen.kinship.visitor_id, day, own, now()) if chosen and case.state == "open" else []
    lines = [(one.visit, place) for one in found if (place := next((room for room in one.terminals if terminal in ("", str(room.id))), None))]
    form.kinship.data = str(chosen.kinship.id) if chosen else ""
    form.place.choices = [(choice(place.id, visit.start), _words(visit, place)) for visit, place in lines]
    rooms = {place.id: place for one in found for place in one.terminals}
    shown = {"relatives": relatives, "chosen": chosen, "day": day, "rooms": list(rooms.values()), "terminal": terminal, "attempt": attempt}
    return render_template("prison/mediation/video.html", row=case, form=form, words=words, local_name=local_name, **shown)


def _words(visit: Interval, place: Terminal) -> str:
    return f"{show_clock(visit.start)}–{show_clock(visit.end)} · {place.name}"


@blueprint.post("/<ref>/call-off")
@door(Role.LEGAL_OFFICE, subject=queries.by_ref, check=of_my_office)
def call_off(who: Identity, case: MediationCase) -> ResponseReturnValue:
    case_id, ref = case.id, case.ref
    if ActForm().validate_on_submit():
        perform(lambda session: video.call_off(session, who, case_id, now()))
        flash(gettext("The session is called off; everybody is told. The next talk is due on the next workday."))
    return redirect(url_for("mediation.show", ref=ref))


@blueprint.get("/<ref>/agreement.pdf")
@door(Role.LEGAL_OFFICE, subject=queries.by_ref, check=of_my_office)
def agreement(_who: Identity, case: MediationCase) -> Response:
    """What they agreed, to sign."""
    if not case.agreement:
        abort(404)
    see("mediation", case.ref)
    return Response(paper.agreement(case), mimetype="application/pdf", headers={"Content-Disposition": f"inline; filename=agreement-{case.ref}.pdf"})
