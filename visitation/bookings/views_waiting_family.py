"""The waiting list as a family sees it: join, see one's place honestly, leave."""

from datetime import timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from visitation.bookings import queries, waiting, words
from visitation.bookings.forms import CancelForm, WishForm
from visitation.bookings.models import Wish
from visitation.bookings.rules_waiting import Days
from visitation.kernel.errors import Refused
from visitation.kernel.identity import Identity, Role
from visitation.kernel.interval import local_day
from visitation.people.models import Kinship
from visitation.store.transaction import perform, reader
from visitation.web.choices import choices
from visitation.web.door import door
from visitation.web.request import now, see

blueprint = Blueprint("waiting", __name__)


def is_my_wish(who: Identity, wish: Wish) -> bool:
    """Of this account; a clerk acts for the person who would visit."""
    return wish.account_id == who.account_id or (who.visitor_id is not None and wish.kinship.visitor_id == who.visitor_id)


@blueprint.get("/waiting")
@door(Role.FAMILY)
def mine(who: Identity) -> ResponseReturnValue:
    """What one waits for, how many wait before, and what is offered just now."""
    rows = waiting.of_person(reader(), who)
    living = [row for row in rows if row.state in waiting.LIVING]
    lines = {row.id: waiting.place_in_line(reader(), row) for row in living}
    offers = {offer.wish_id: offer for offer in waiting.open_offers(reader(), who, now()) if offer.wish_id}
    shown = {"living": living, "past": [row for row in rows if row not in living][:10], "lines": lines, "offers": offers}
    words_shown = {"states": words.WISH_STATES, "parts": words.PARTS, "weekdays": words.WEEKDAYS, "kinds": words.KINDS}
    return render_template("family/bookings/waiting.html", act=CancelForm(formdata=None), **shown, **words_shown)


@blueprint.route("/waiting/new", methods=["GET", "POST"])
@door(Role.FAMILY)
def join(who: Identity) -> ResponseReturnValue:
    """Which days and times of day would do."""
    kinships = queries.bookable(reader(), queries.people_of(reader(), who))
    form = _form(kinships)
    if not kinships:
        return render_template("family/bookings/waiting_new.html", form=form, kinships=kinships)
    if not form.validate_on_submit():
        return render_template("family/bookings/waiting_new.html", form=form, kinships=kinships), 422 if request.method == "POST" else 200
    chosen = Days(form.first.data, form.last.data, frozenset(form.weekdays.data), frozenset(form.parts.data))
    wanted = waiting.Wanted(form.kinship.data, form.kind.data, chosen)
    try:
        perform(lambda session: waiting.join(session, who, wanted, form.request_key.data, now()))
    except Refused as refused:
        form.refuse(refused)
        return render_template("family/bookings/waiting_new.html", form=form, kinships=kinships), refused.status
    flash(gettext("You are on the waiting list. As soon as a place is free for you, you get a message."))
    return redirect(url_for("waiting.mine"))


def _form(kinships: list[Kinship]) -> WishForm:
    today = local_day(now())
    given = {"kinship": request.args.get("with", ""), "kind": request.args.get("kind", "family_visit"), "first": today, "last": today + timedelta(days=30)}
    form = WishForm(data=given | {"weekdays": [0, 1, 2, 3, 4], "parts": list(words.PARTS)})
    form.kinship.choices = choices([(row.ref, gettext("%(inmate)s, visited by %(name)s", inmate=row.inmate_name, name=row.visitor.name)) for row in kinships])
    for row in kinships:
        see("inmate", row.inmate_id)
    return form


@blueprint.post("/waiting/<ref>/leave")
@door(Role.FAMILY, subject=waiting.wish_by_ref, check=is_my_wish)
def leave(who: Identity, wish: Wish) -> ResponseReturnValue:
    """Off the list."""
    if CancelForm().validate_on_submit():
        perform(lambda session: waiting.leave(session, who, wish.id, now()))
        flash(gettext("You have left the waiting list."))
    return redirect(url_for("waiting.mine"))
