"""Holding and confirming on a real database: claims, ledger, keys, late confirms, and every repeat harmless."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.conftest import House
from tests.factories import make_companion, make_family, make_kinship
from tests.scenes import NINE, Scene, acceptance, book, identity, make_scene, neighbour, relative
from visitation.audit.models import AuditEntry
from visitation.bookings import service
from visitation.bookings.models import Booking, Claim, QuotaEntry
from visitation.bookings.rules import PlaceTaken
from visitation.kernel.errors import NotFound, Refused, StateChanged
from visitation.notices.models import Notice


@pytest.fixture
def scene(house: House) -> Scene:
    return house.write(make_scene)


def resources(session: Session, booking_id: int) -> list[str]:
    return sorted(set(session.scalars(select(Claim.resource).where(Claim.booking_id == booking_id))))


def lines(session: Session, inmate_id: int) -> list[tuple[str, int]]:
    return [(row.kind, row.units) for row in session.scalars(select(QuotaEntry).where(QuotaEntry.inmate_id == inmate_id).order_by(QuotaEntry.id))]


def refusal_codes(house: House, work) -> tuple[str, ...]:  # type: ignore[no-untyped-def]
    with pytest.raises(Refused) as caught:
        house.write(work)
    return caught.value.codes


def test_a_hold_claims_terminal_inmate_visitor_watch_and_uplink_for_every_tick(house: House, scene: Scene) -> None:
    held = house.write(lambda s: service.hold(s, scene.who, scene.wanted(), "k", house.now))
    names = house.read(lambda s: resources(s, held.id))
    kinds = [name.split(":")[0] for name in names]
    assert kinds == ["inmate", "terminal", "uplink", "visitor", "watch"]
    count = house.read(lambda s: s.scalar(select(func.count()).select_from(Claim)))
    assert count == 6 * 4 + 8  # 30 minutes are 6 ticks; the terminal also its 10 minutes of turnaround
    assert held.state == "held"
    assert held.hold_expires_at == house.now + timedelta(minutes=10)


def test_a_confirmed_booking_is_whole(house: House, scene: Scene) -> None:
    booking = house.write(lambda s: book(s, scene, house.now))
    assert booking.state == "confirmed"
    assert booking.terms["minutes"] == 30
    assert booking.terms["record"] is True
    assert house.read(lambda s: lines(s, scene.inmate.id)) == [("granted", 2), ("used", 1)]
    assert house.read(lambda s: s.scalars(select(Notice.kind)).all()) == ["booking_confirmed"]
    acts = house.read(lambda s: s.scalars(select(AuditEntry.act).where(AuditEntry.subject_id == booking.ref)).all())
    assert acts == ["booking.hold", "booking.confirm"]


def test_two_terminals_carry_two_visits_at_once_and_no_third(house: House, scene: Scene) -> None:
    others = [house.write(lambda s: neighbour(s, scene)) for _ in range(2)]
    first = house.write(lambda s: book(s, scene, house.now))
    second = house.write(lambda s: book(s, others[0], house.now))
    assert {first.terminal_id, second.terminal_id} == {row.id for row in scene.terminals}
    with pytest.raises(PlaceTaken):
        house.write(lambda s: book(s, others[1], house.now))


def test_a_repeated_hold_and_confirm_return_the_first_result(house: House, scene: Scene) -> None:
    first = house.write(lambda s: book(s, scene, house.now))
    again = house.write(lambda s: service.hold(s, scene.who, scene.wanted(), "k", house.now))
    assert again.ref == first.ref
    repeat = house.write(lambda s: service.confirm(s, scene.who, first.id, acceptance(s, first), "k", house.now))
    other_key = house.write(lambda s: service.confirm(s, scene.who, first.id, acceptance(s, first), "k2", house.now))
    assert repeat.ref == other_key.ref == first.ref
    assert house.read(lambda s: s.scalar(select(func.count()).select_from(Booking))) == 1
    assert house.read(lambda s: lines(s, scene.inmate.id)).count(("used", 1)) == 1


def test_ones_own_abandoned_hold_does_not_block(house: House, scene: Scene) -> None:
    first = house.write(lambda s: service.hold(s, scene.who, scene.wanted(), "a", house.now))
    second = house.write(lambda s: service.hold(s, scene.who, scene.wanted(), "b", house.now))
    assert house.read(lambda s: s.get(Booking, first.id).state) == "expired"
    assert second.state == "held"


def test_an_expired_hold_of_somebody_else_gives_way_and_an_unexpired_one_does_not(house: House, scene: Scene) -> None:
    other = house.write(lambda s: relative(s, scene))
    first = house.write(lambda s: service.hold(s, scene.who, scene.wanted(), "a", house.now))
    assert refusal_codes(house, lambda s: service.hold(s, other.who, other.wanted(), "b", house.now)) == ("INMATE_BUSY",)
    house.clock.advance(timedelta(minutes=10))
    second = house.write(lambda s: service.hold(s, other.who, other.wanted(), "b", house.now))
    assert second.state == "held"
    assert refusal_codes(house, lambda s: service.confirm(s, scene.who, first.id, acceptance(s, first), "a", house.now)) == ("INMATE_BUSY",)


def test_a_late_confirm_succeeds_while_nobody_has_taken_the_place(house: House, scene: Scene) -> None:
    held = house.write(lambda s: service.hold(s, scene.who, scene.wanted(), "a", house.now))
    house.clock.advance(timedelta(minutes=25))
    booking = house.write(lambda s: service.confirm(s, scene.who, held.id, acceptance(s, held), "a", house.now))
    assert booking.state == "confirmed"


def test_a_swept_hold_is_taken_anew_while_its_time_is_free(house: House, scene: Scene) -> None:
    held = house.write(lambda s: service.hold(s, scene.who, scene.wanted(), "a", house.now))
    house.clock.advance(timedelta(minutes=25))
    house.write(lambda s: service.sweep(s, house.now))
    booking = house.write(lambda s: service.confirm(s, scene.who, held.id, acceptance(s, held), "a", house.now))
    assert (booking.state, booking.starts_at) == ("confirmed", NINE)
    assert booking.id != held.id
    repeat = house.write(lambda s: service.confirm(s, scene.who, held.id, acceptance(s, held), "a", house.now))
    assert repeat.ref == booking.ref


def test_one_page_offers_many_times_with_one_key(house: House, scene: Scene) -> None:
    first = house.write(lambda s: service.hold(s, scene.who, scene.wanted(), "page", house.now))
    second = house.write(lambda s: service.hold(s, scene.who, scene.wanted(NINE + timedelta(minutes=40)), "page", house.now))
    third = house.write(lambda s: service.hold(s, scene.who, scene.wanted(), "page", house.now))
    assert [row.starts_at for row in (first, second, third)] == [NINE, NINE + timedelta(minutes=40), NINE]
    assert third.state == "held"


def test_the_sweep_ends_holds_once(house: House, scene: Scene) -> None:
    house.write(lambda s: service.hold(s, scene.who, scene.wanted(), "a", house.now))
    assert house.write(lambda s: service.sweep(s, house.now)) == 0
    house.clock.advance(timedelta(minutes=10))
    assert house.write(lambda s: service.sweep(s, house.now)) == 1
    assert house.write(lambda s: service.sweep(s, house.now)) == 0
    assert house.read(lambda s: s.scalar(select(func.count()).select_from(Claim))) == 0


def test_a_strange_kinship_is_not_found(house: House, scene: Scene) -> None:
    stranger = house.write(make_family)
    with pytest.raises(NotFound):
        house.write(lambda s: service.hold(s, identity(stranger), scene.wanted(), "a", house.now))


def test_the_notice_must_be_the_one_that_was_read(house: House, scene: Scene) -> None:
    held = house.write(lambda s: service.hold(s, scene.who, scene.wanted(), "a", house.now))
    stale = service.Party((), "zh", True, "other")
    assert refusal_codes(house, lambda s: service.confirm(s, scene.who, held.id, stale, "a", house.now)) == ("NOTICE_CHANGED",)
    missing = service.Party((), "zh", False, "")
    assert refusal_codes(house, lambda s: service.confirm(s, scene.who, held.id, missing, "a", house.now)) == ("NOTICE_NOT_ACCEPTED",)
    assert house.read(lambda s: s.get(Booking, held.id).state) == "held"


def test_a_companion_comes_along_and_is_claimed(house: House, scene: Scene) -> None:
    def child(session: Session) -> str:
        person = make_companion(session, scene.family)
        make_kinship(session, person, scene.inmate)
        return person.ref

    code = house.write(child)
    booking = house.write(lambda s: book(s, scene, house.now, codes=(code,)))
    assert [person.place for person in booking.party] == [0, 1]
    assert len([name for name in house.read(lambda s: resources(s, booking.id)) if name.startswith("visitor:")]) == 2


def test_all_refusals_come_together_and_nothing_is_written(house: House, scene: Scene) -> None:
    held = house.write(lambda s: service.hold(s, scene.who, scene.wanted(), "a", house.now))

    def spoil(session: Session) -> None:
        session.get(type(scene.kinship), scene.kinship.id).inmate_answer = "withdrawn"
        session.get(type(scene.inmate), scene.inmate.id).status = "released"

    house.write(spoil)
    party = service.Party(("NOBODY22",), "zh", False, "")
    codes = refusal_codes(house, lambda s: service.confirm(s, scene.who, held.id, party, "a", house.now))
    assert codes == ("VISITOR_CODE_UNKNOWN", "INMATE_LEFT", "PARTICIPANT_RESTRICTED", "NOTICE_NOT_ACCEPTED")
    assert house.read(lambda s: lines(s, scene.inmate.id)) == []


def test_the_allowance_of_a_month_is_one_lock_per_inmate(house: House) -> None:
    scene = house.write(lambda s: make_scene(s, level="general"))
    house.write(lambda s: book(s, scene, house.now, start=NINE + timedelta(days=1), key="a"))
    assert refusal_codes(house, lambda s: book(s, scene, house.now, start=NINE + timedelta(days=2), key="b")) == ("QUOTA_USED",)
    house.write(lambda s: book(s, scene, house.now, start=NINE, key="c"))  # 30 November is another month than 1 December


def test_cancelling_in_time_gives_the_visit_back_and_frees_the_claims(house: House, scene: Scene) -> None:
    booking = house.write(lambda s: book(s, scene, house.now))
    house.write(lambda s: service.cancel(s, scene.who, booking.id, house.now))
    again = house.write(lambda s: service.cancel(s, scene.who, booking.id, house.now))
    assert (again.state, again.outcome, again.sequence) == ("cancelled", "cancelled_by_visitor", 1)
    assert house.read(lambda s: lines(s, scene.inmate.id)) == [("granted", 2), ("used", 1), ("returned", 1)]
    assert house.read(lambda s: s.scalar(select(func.count()).select_from(Claim))) == 0


def test_a_late_cancellation_is_possible_recorded_and_costs_the_visit(house: House, scene: Scene) -> None:
    booking = house.write(lambda s: book(s, scene, house.now))
    house.clock.advance(NINE - timedelta(hours=23) - house.now)
    late = house.write(lambda s: service.cancel(s, scene.who, booking.id, house.now))
    assert (late.state, late.reason_code) == ("cancelled", "CANCELLED_LATE")
    assert house.read(lambda s: lines(s, scene.inmate.id)) == [("granted", 2), ("used", 1)]


def test_a_started_visit_is_not_cancelled(house: House, scene: Scene) -> None:
    booking = house.write(lambda s: book(s, scene, house.now))
    house.clock.advance(NINE - house.now)
    assert refusal_codes(house, lambda s: service.cancel(s, scene.who, booking.id, house.now)) == ("ALREADY_STARTED",)


@pytest.mark.parametrize(
    ("outcome", "seconds", "cause", "returned"),
    [
        ("completed", 1800, None, False),
        ("technical", 899, "OUTSIDE_LOST", True),
        ("technical", 900, "OUTSIDE_LOST", False),
        ("technical", 1700, "TERMINAL_LOST", True),
        ("no_show_visitor", 0, None, False),
        ("no_show_inmate", 0, None, True),
        ("refused_by_inmate", 0, None, True),
    ],
)
def test_an_outcome_gives_the_visit_back_by_itself(house: House, scene: Scene, outcome: str, seconds: int, cause: str | None, returned: bool) -> None:
    booking = house.write(lambda s: book(s, scene, house.now))
    house.clock.advance(NINE + timedelta(minutes=25) - house.now)
    for _ in range(2):
        ended = house.write(lambda s: service.record_outcome(s, booking.id, outcome, seconds, cause, house.now))
    assert (ended.state, ended.outcome) == ("ended", outcome)
    assert (("returned", 1) in house.read(lambda s: lines(s, scene.inmate.id))) is returned
    assert house.read(lambda s: resources(s, booking.id)) == [f"terminal:{booking.terminal_id}"]
    assert house.write(lambda s: service.return_quota(s, scene.who, booking.id, "kind", house.now)) is not returned


def test_an_outcome_needs_a_known_name_and_a_confirmed_visit(house: House, scene: Scene) -> None:
    held = house.write(lambda s: service.hold(s, scene.who, scene.wanted(), "a", house.now))
    with pytest.raises(ValueError, match="fine"):
        house.write(lambda s: service.record_outcome(s, held.id, "fine", 0, None, house.now))
    with pytest.raises(StateChanged):
        house.write(lambda s: service.record_outcome(s, held.id, "completed", 0, None, house.now))


def test_an_extension_claims_more_and_moves_the_hard_end(house: House) -> None:
    scene = house.write(lambda s: make_scene(s, terminals=1))
    booking = house.write(lambda s: book(s, scene, house.now))
    end = house.write(lambda s: service.extend(s, scene.who, booking.id, 10, house.now))
    assert house.read(lambda s: s.get(Booking, booking.id).ends_at) == NINE + timedelta(minutes=40)
    assert end > NINE + timedelta(minutes=40)


def test_an_extension_into_another_visit_is_refused(house: House) -> None:
    scene = house.write(lambda s: make_scene(s, terminals=1))
    booking = house.write(lambda s: book(s, scene, house.now))

    other = house.write(lambda s: neighbour(s, scene))
    house.write(lambda s: book(s, other, house.now, start=NINE + timedelta(minutes=40)))
    assert refusal_codes(house, lambda s: service.extend(s, scene.who, booking.id, 5, house.now)) == ("SLOT_TAKEN",)
