"""The family's first page: what happens next, what waits, what to do now."""

from datetime import timedelta

from flask import Blueprint, render_template
from sqlalchemy import select

from visitation.bookings import queries, rules, waiting, words
from visitation.bookings.reaching import moves_not_known
from visitation.kernel.identity import Identity, Role
from visitation.notices.queries import unread_count
from visitation.people.models import Kinship
from visitation.store.transaction import reader
from visitation.web.door import door
from visitation.web.request import now

blueprint = Blueprint("home", __name__)
JOINABLE = timedelta(hours=3)


@blueprint.get("/")
@door(Role.FAMILY)
def index(who: Identity) -> str:
    """Everything a person opens the page for, in the order of its urgency."""
    rows = queries.mine(reader(), who, limit=20)
    coming = sorted((row for row in rows if row.state in rules.LIVING and row.ends_at + JOINABLE > now()), key=lambda row: row.starts_at)
    people = queries.people_of(reader(), who)
    claims = list(reader().scalars(select(Kinship).where(Kinship.visitor_id.in_([row.id for row in people])).order_by(Kinship.id.desc())))
    visits = [row for row in coming if row.state == "confirmed"]
    moves = moves_not_known(reader(), [row.id for row in coming])
    return render_template(
        "family/home/index.html",
        next_visit=visits[0] if visits else None,
        later=visits[1:],
        moved=[(row, moves[row.id]) for row in coming if row.id in moves],
        requested=[row for row in coming if row.state == "requested"],
        held=next((row for row in coming if row.state == "held" and row.hold_expires_at and row.hold_expires_at > now()), None),
        claims=[row for row in claims if row.state == "submitted"],
        refused=[row for row in claims if row.state == "refused"][:3],
        approved=[row for row in claims if row.state == "approved"],
        offers=waiting.open_offers(reader(), who, now()),
        unread=unread_count(reader(), who),
        states=words.STATES,
        now=now(),
        ready=timedelta(minutes=int(visits[0].terms.get("ready_minutes", 30))) if visits else timedelta(),
    )
