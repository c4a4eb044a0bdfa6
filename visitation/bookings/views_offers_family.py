"""Places that are kept for a family: from the waiting list, instead of a visit that must be moved, or again after the line has failed."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from visitation.bookings import offering, queries, reaching, rebooking, rules, waiting, words
from visitation.bookings.confirming import terms_shown
from visitation.bookings.forms import AnswerForm, CancelForm, RebookForm
from visitation.bookings.models import Booking, Offer
from visitation.bookings.terms import fingerprint
from visitation.kernel.errors import Refused, StateChanged
from visitation.kernel.identity import Identity, Role
from visitation.store.transaction import perform, reader
from visitation.web.door import door
from visitation.web.request import now, see

blueprint = Blueprint("offers", __name__)


@blueprint.get("/offers/<ref>")
@door(Role.FAMILY, subject=offering.offer_by_ref, check=offering.is_for_me)
def show(_who: Identity, offer: Offer) -> ResponseReturnValue:
    """The places, until when they are kept, and what to do."""
    return _page(offer, AnswerForm(formdata=None), 200)


def _page(offer: Offer, form: Any, status: int) -> ResponseReturnValue:
    see("booking", (offer.booking or offer.places[0].booking).ref)
    is_open = offer.state == "open" and offer.expires_at > now()
    taken = next((one.booking for one in offer.places if one.booking.state not in ("offered", "expired")), None)
    return render_template("family/bookings/offer.html", offer=offer, form=form, is_open=is_open, taken=taken, kinds=words.KINDS, now=now()), status


@blueprint.post("/offers/<ref>")
@door(Role.FAMILY, subject=offering.offer_by_ref, check=offering.is_for_me)
def answer(who: Identity, offer: Offer) -> ResponseReturnValue:
    """Take a place, or none of them."""
    form, offer_id, kind = AnswerForm(), offer.id, offer.kind
    if not form.validate_on_submit():
        return _page(offer, form, 422)
    try:
        if form.decline.data == "1":
            perform(lambda session: _decline(session, who, offer_id, kind))
            flash(gettext("The places are free for others again."))
            return redirect(url_for("waiting.mine") if kind == "waiting" else url_for("home.index"))
        if form.place.data not in {one.booking.ref for one in offer.places}:
            return redirect(url_for("offers.show", ref=offer.ref))
        return _take(who, offer, form.place.data or "")
    except Refused as refused:
        form.refuse(refused)
        return _page(offering.offer_by_ref(reader(), offer.ref) or offer, form, refused.status)


def _decline(session: Any, who: Identity, offer_id: int, kind: str) -> None:
    if kind == "waiting":
        waiting.pass_on(session, who, offer_id, now())
    else:
        offering.decline(session, who, offer_id, now())


def _take(who: Identity, offer: Offer, place_ref: str) -> ResponseReturnValue:
    offer_id = offer.id
    if offer.kind == "waiting":
        held = perform(lambda session: waiting.accept(session, who, offer_id, now()))
        return redirect(url_for("bookings.confirm" if held.state == "held" else "bookings.show", ref=held.ref))
    if offer.kind == "move":
        moved = perform(lambda session: offering.choose(session, who, offer_id, place_ref, now()))
        flash(gettext("The visit has its new time. The reference is the same."))
        return redirect(url_for("bookings.show", ref=moved.ref))
    return redirect(url_for("offers.again", ref=offer.ref, place=place_ref))


@blueprint.route("/offers/<ref>/again", methods=["GET", "POST"])
@door(Role.FAMILY, subject=offering.offer_by_ref, check=offering.is_for_me)
def again(who: Identity, offer: Offer) -> ResponseReturnValue:
    """One place with the notice; accepting it books the visit for the same people."""
    form, offer_id = RebookForm(data={"place": request.args.get("place", "")}), offer.id
    place = next((one.booking for one in offer.places if one.booking.ref == form.place.data), None)
    if offer.kind != "rebook" or place is None:
        return redirect(url_for("offers.show", ref=offer.ref))
    if request.method == "POST" and form.validate():
        seen = form.terms_seen.data or ""
        try:
            booked = perform(lambda session: rebooking.take(session, who, offer_id, place.ref, bool(form.accept.data), seen, now()))
        except StateChanged:
            return redirect(url_for("offers.show", ref=offer.ref))
        except Refused as refused:
            form.refuse(refused)
        else:
            return redirect(url_for("bookings.show", ref=booked.ref, new=1))
    if offer.state != "open" or place.state != "offered":
        return redirect(url_for("offers.show", ref=offer.ref))
    return _again_page(offer, place, form)


def _again_page(offer: Offer, place: Booking, form: RebookForm) -> ResponseReturnValue:
    terms = terms_shown(reader(), place)
    form.terms_seen.data = fingerprint(terms)
    people = [person.visitor.name for person in place.party]
    status = 422 if form.refusals or form.errors else 200
    return render_template("family/bookings/again.html", offer=offer, place=place, form=form, terms=terms, people=people, kinds=words.KINDS), status


@blueprint.post("/visits/<ref>/again")
@door(Role.FAMILY, subject=queries.booking_by_ref, check=rules.may_change)
def rebook(who: Identity, booking: Booking) -> ResponseReturnValue:
    """One tap: the next three places are kept."""
    try:
        offer = perform(lambda session: rebooking.start(session, who, booking.id, now()))
    except Refused as refused:
        return render_template("family/bookings/again_not.html", booking=booking, refusals_found=refused.refusals), refused.status
    return redirect(url_for("offers.show", ref=offer.ref))


@blueprint.post("/visits/<ref>/known")
@door(Role.FAMILY, subject=queries.booking_by_ref, check=rules.may_change)
def known(who: Identity, booking: Booking) -> ResponseReturnValue:
    """The family knows that the prison has moved the visit, and will come."""
    if CancelForm().validate_on_submit():
        perform(lambda session: reaching.reached(session, who, booking.id, "confirmed", "", now()))
        flash(gettext("Thank you. The prison knows that you will come at the new time."))
    return redirect(url_for("bookings.show", ref=booking.ref))
