"""Two records of one person become one: everything that names the one that goes moves along, nothing doubles, nothing is lost (rules.md §5.20)."""

from collections import Counter
from datetime import date, timedelta
from typing import Any

import pytest
from flask_babel import force_locale
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.conftest import House
from tests.factories import make_companion, make_family, make_inmate, make_kinship, make_staff
from tests.scenes import NINE, Scene, book, make_scene, officer_identity
from tests.web.browsing import browser
from visitation.accounts.models import Account
from visitation.audit.models import AuditEntry
from visitation.bookings import ledger, service
from visitation.bookings.models import Appointment, Booking, BookingVisitor, Claim, QuotaEntry, Wish
from visitation.kernel.errors import Refused, StateChanged
from visitation.kernel.identity import Identity, Role
from visitation.notices.models import Delivery, Notice
from visitation.notices.wording import short_text
from visitation.people import queries, queries_merging, queries_seen, service_merging
from visitation.people.models import Inmate, Kinship, NonAssociation, PersonMerge, Prison, Suspension, Visitor, Ward
from visitation.store.db import Base
from visitation.store.moving import Part

HOUR = timedelta(minutes=40)


def parts(house: House) -> tuple[Part, ...]:
    found: tuple[Part, ...] = house.prison.extensions["merge_parts"]
    return found


def test_every_key_to_a_person_is_answered_for(shared_house: House) -> None:
    """Whoever adds a table that names a person says here what becomes of it: add it to the PARTS of the room (store/moving.py)."""
    answered = Counter(column for part in parts(shared_house) if part.kind != "account" for column in part.columns)
    tables = Base.metadata.sorted_tables
    wanted = {f"{table.name}.{key.parent.name}" for table in tables for key in table.foreign_keys if key.column.table.name in ("inmate", "visitor", "kinship")}
    assert len(wanted) > 15
    assert (wanted - answered.keys(), answered.keys() - wanted) == (set(), set())
    assert [column for column, times in answered.items() if times > 1] == []


@pytest.fixture
def scene(house: House) -> Scene:
    return house.write(make_scene)


def admin(house: House, scene: Scene, *roles: Role) -> Identity:
    wanted = roles or (Role.ADMINISTRATOR,)
    return officer_identity(house.write(lambda s: make_staff(s, wanted, s.get_one(Prison, scene.prison.id))), *wanted)


def twin(session: Session, scene: Scene, **values: Any) -> Inmate:
    """The same inmate once more, under a number with a slip."""
    row = session.get_one(Inmate, scene.inmate.id)
    row.birth_date = date(1990, 2, 28)
    digits = row.number[:-2] + row.number[:-3:-1] if row.number[-1] != row.number[-2] else row.number[:-1] + str((int(row.number[-1]) + 1) % 10)
    given = {"name": row.name, "birth_date": row.birth_date, "level_code": row.level_code, "number": digits}
    return make_inmate(session, session.get_one(Ward, row.ward_id), **given | values)


def seen(house: House, who: Identity, names: tuple[str, int, int]) -> service_merging.Plan:
    def look(session: Session) -> service_merging.Plan:
        pair = queries_merging.pair(session, *names)
        assert pair is not None
        return service_merging.plan(session, who, parts(house), pair, house.now)

    return house.read(look)


def merge(house: House, who: Identity, *names: Any) -> PersonMerge:
    found = seen(house, who, names)
    return house.write(lambda s: service_merging.merge(s, who, parts(house), names, found.fingerprint, house.now))


def second(house: House, asks: Identity, decides: Identity, *names: Any) -> None:
    found = seen(house, asks, names)
    row = house.write(lambda s: service_merging.ask(s, asks, parts(house), names, found.fingerprint, "the same face", house.now).id)
    house.write(lambda s: service_merging.approve(s, decides, parts(house), row, found.fingerprint, house.now) and None)


def test_an_inmate_entered_twice_becomes_one(house: House, scene: Scene) -> None:
    """Two relatives booked with one record each; the visits, their claims, the ledger, appointments, wishes, suspensions and pairs become one inmate's."""

    def world(session: Session) -> tuple[Inmate, Scene]:
        other = twin(session, scene)
        family = make_family(session)
        mine = Scene(scene.prison, scene.terminals, other, family, make_kinship(session, family.visitor, other))
        book(session, scene, house.now, NINE)
        book(session, mine, house.now, NINE + HOUR)
        third = make_inmate(session, session.get_one(Ward, other.ward_id))
        lower, higher = sorted((other.id, third.id))
        session.add(NonAssociation(inmate_id=lower, other_id=higher))
        by = {"decided_by": family.account.id, "decided_at": house.now}
        session.add(Suspension(prison_id=other.prison_id, inmate_id=other.id, code="other", starts_on=date(2027, 1, 1), **by))
        when = {"starts_at": NINE, "ends_at": NINE + HOUR, "entered_by": family.account.id, "entered_at": house.now}
        session.add(Appointment(prison_id=other.prison_id, inmate_id=other.id, kind="court", cancelled_at=house.now, **when))
        return other, mine

    other, mine = house.write(world)
    keep, gone = scene.inmate.id, other.id
    who = admin(house, scene)
    found = seen(house, who, ("inmate", keep, gone))
    assert (found.refusals, found.differences) == ((), ())
    moves = {column: line.count for line in found.lines for column in line.columns if line.count}
    assert moves == {
        "booking.inmate_id": 1,
        "quota_entry.inmate_id": 2,
        "appointment.inmate_id": 1,
        "kinship.inmate_id": 1,
        "suspension.inmate_id": 1,
        "non_association.inmate_id": 1,
        "non_association.other_id": 1,
    }
    merge(house, who, "inmate", keep, gone)

    def after(session: Session) -> None:
        bookings = session.scalars(select(Booking).order_by(Booking.starts_at)).all()
        assert [row.inmate_id for row in bookings] == [keep, keep]
        names = Counter(session.scalars(select(Claim.resource).where(Claim.resource.like("inmate:%"))))
        assert names == {f"inmate:{keep}": 12}
        month = date(2026, 11, 1)
        lines = ledger.totals(session, keep, "visit", [month])[month]
        assert lines == {"granted": 2, "used": 2}
        assert ledger.allowance(2, lines).left == 0
        assert session.scalar(select(func.count()).where(QuotaEntry.inmate_id == gone)) == 0
        assert set(session.scalars(select(Kinship.inmate_id))) == {keep}
        pair = session.scalars(select(NonAssociation)).one()
        assert keep in (pair.inmate_id, pair.other_id)
        assert gone not in (pair.inmate_id, pair.other_id)
        assert {session.scalars(select(Suspension.inmate_id)).one(), session.scalars(select(Appointment.inmate_id)).one()} == {keep}
        old = session.get_one(Inmate, gone)
        assert (old.merged_into_id, old.status, old.number) == (keep, "merged", other.number)
        entry = session.scalars(select(AuditEntry).where(AuditEntry.act == "person.merge")).one()
        assert (entry.subject_id, entry.detail["gone"]) == (str(keep), gone)

    house.read(after)
    with pytest.raises(Refused) as refused:
        house.write(lambda s: service.hold(s, mine.who, mine.wanted(NINE + 2 * HOUR), "n", house.now) and None)
    assert "QUOTA_USED" in refused.value.codes


def test_the_old_number_still_finds_the_person(house: House, scene: Scene) -> None:
    """For a claim, for the auditor, for the wards; a chain of merges leads to its end. A file that still has the old number is told."""
    other = house.write(lambda s: twin(s, scene))
    third = house.write(lambda s: twin(s, scene, number="99999999", name="张三"))
    who, chief = admin(house, scene), admin(house, scene)
    second(house, who, chief, "inmate", other.id, third.id)
    merge(house, who, "inmate", scene.inmate.id, other.id)

    def after(session: Session) -> None:
        for number, name in (("99999999", "张三"), (other.number, other.name), ("99999999", scene.inmate.name)):
            found = queries.inmate_matching(session, scene.prison.id, number, name)
            assert found is not None
            assert found.id == scene.inmate.id
        assert queries.inmate_matching(session, scene.prison.id, "99999999", "李四") is None
        assert session.scalars(select(Inmate.id).where(queries.numbered(scene.prison.id, "99999999"))).one() == scene.inmate.id
        person = queries_seen.find(session, who, "inmate", other.number)
        assert [one.id for one in person] == [scene.inmate.id]
        assert set(queries_seen.records_of(session, "inmate", scene.inmate.id)) == {str(one.id) for one in (scene.inmate, other, third)}

    house.read(after)


def test_what_is_in_the_way_is_named_and_nothing_moves(house: House, scene: Scene) -> None:
    """Both have a visit at the same time; the plan has changed; records differ; kept apart; under way. Each refusal leaves everything as it was."""

    def world(session: Session) -> tuple[int, str]:
        other = twin(session, scene)
        family = make_family(session)
        make_kinship(session, family.visitor, other)
        mine = Scene(scene.prison, scene.terminals, other, family, session.scalars(select(Kinship).where(Kinship.inmate_id == other.id)).one())
        book(session, scene, house.now, NINE)
        return other.id, book(session, mine, house.now, NINE).ref

    gone, ref = house.write(world)
    who, names = admin(house, scene), ("inmate", scene.inmate.id, gone)
    found = seen(house, who, names)
    assert [one.code for one in found.refusals] == ["MERGE_SAME_TIME"]
    assert ref in str(found.refusals[0].facts["refs"])

    def refused(fingerprint: str, code: str) -> None:
        with pytest.raises(Refused) as raised:
            house.write(lambda s: service_merging.merge(s, who, parts(house), names, fingerprint, house.now) and None)
        assert raised.value.codes == (code,)
        assert house.read(lambda s: s.scalar(select(func.count()).where(Booking.inmate_id == gone))) == 1

    refused(found.fingerprint, "MERGE_SAME_TIME")
    house.write(lambda s: service.cancel(s, scene.who, s.scalars(select(Booking.id).where(Booking.inmate_id == scene.inmate.id)).one(), house.now) and None)
    refused(found.fingerprint, "PLAN_CHANGED")
    house.clock.advance(NINE - house.now - timedelta(minutes=5))
    refused(seen(house, who, names).fingerprint, "MERGE_RUNNING")
    house.clock.advance(timedelta(hours=2))
    house.write(lambda s: setattr(s.get_one(Inmate, gone), "name", "别人"))
    refused(seen(house, who, names).fingerprint, "MERGE_SECOND")


def test_a_person_with_two_telephones_becomes_one(house: House, scene: Scene) -> None:
    """Two accounts and two documents: a second person decides. The other account is closed, its visits, child and wishes go to the one that stays."""

    def world(session: Session) -> tuple[Any, Any]:
        again = make_family(session, name=scene.family.visitor.name, birth_date=scene.family.visitor.birth_date)
        mine = Scene(
            scene.prison, scene.terminals, session.get_one(Inmate, scene.inmate.id), again, make_kinship(session, again.visitor, scene.inmate, approved=False)
        )
        mine.kinship.state, mine.kinship.inmate_answer = "approved", "accepted"
        mine.kinship.restriction, mine.kinship.decided_at = "none", house.now
        child = make_companion(session, again)
        booked = book(session, mine, house.now, NINE)
        wish = {
            "prison_id": scene.prison.id,
            "inmate_id": scene.inmate.id,
            "kind": "family_visit",
            "weekdays": "0",
            "parts": "morning",
            "created_at": house.now,
        }
        days = {"first_day": date(2026, 12, 1), "last_day": date(2026, 12, 2)}
        session.add(Wish(account_id=again.account.id, kinship_id=mine.kinship.id, **wish, **days))
        return again, (booked.id, child.id)

    again, (booking_id, child_id) = house.write(world)
    keep, gone = scene.family.visitor.id, again.visitor.id
    mobile = house.read(lambda s: s.get_one(Account, again.account.id).mobile)
    asks, decides = admin(house, scene), admin(house, scene)
    names = ("visitor", keep, gone)
    found = seen(house, asks, names)
    assert found.differences == ("DOCUMENT", "ACCOUNTS")
    assert found.ending == 1
    row = house.write(lambda s: service_merging.ask(s, asks, parts(house), names, found.fingerprint, "seen at the counter", house.now).id)
    with pytest.raises(Refused, match="MERGE_OWN_REQUEST"):
        house.write(lambda s: service_merging.approve(s, asks, parts(house), row, found.fingerprint, house.now) and None)
    house.write(lambda s: service_merging.approve(s, decides, parts(house), row, found.fingerprint, house.now) and None)
    with pytest.raises(StateChanged):
        house.write(lambda s: service_merging.approve(s, decides, parts(house), row, found.fingerprint, house.now) and None)

    def after(session: Session) -> None:
        booking = session.get_one(Booking, booking_id)
        assert (booking.account_id, [person.visitor_id for person in booking.party]) == (scene.family.account.id, [keep])
        assert session.get_one(Account, again.account.id).closed_at == house.now
        assert session.get_one(Visitor, child_id).manager_id == scene.family.account.id
        living = session.scalars(select(Kinship).where(Kinship.state == "approved")).one()
        assert (living.id, living.visitor_id, booking.party[0].kinship_id) == (scene.kinship.id, keep, living.id)
        assert session.scalars(select(Wish)).one().kinship_id == living.id
        assert set(session.scalars(select(Claim.resource).where(Claim.resource.like("visitor:%")))) == {f"visitor:{keep}"}
        found = queries.visitor_by_ref(session, again.visitor.ref)
        assert found is not None
        assert found.id == keep
        by_document = queries.visitor_by_document(session, again.visitor.document_kind, session.get_one(Visitor, gone).document_number or "")
        assert by_document is not None
        assert by_document.id == keep

    house.read(after)
    told = select(Delivery).join(Notice).where(Notice.kind == "account_joined")
    sent = house.read(lambda s: [(row.channel, row.address, row.notice.account_id) for row in s.scalars(told) if row.notice])
    assert sent == [("sms", mobile, again.account.id)], "by the closed account's own number, and only by that"
    with house.family.app_context(), force_locale("en"):
        said = short_text("account_joined", {})
    assert "was joined with your other one" in said
    for hidden in (scene.prison.name, scene.inmate.name, scene.family.visitor.name):
        assert hidden not in said
    house.write(lambda s: service.cancel(s, scene.who, booking_id, house.now) and None)  # the one account acts on the other's visit


def test_a_child_entered_by_both_parents(house: House, scene: Scene) -> None:
    """No document on one record: it takes over the other's. Whoever had no account is looked after by the one who did; the old code still brings the child."""

    def world(session: Session) -> tuple[Visitor, Visitor]:
        father = make_family(session)
        born = date(2019, 5, 1)
        mine = make_companion(session, scene.family, name="小明", birth_date=born, document_number=None)
        theirs = make_companion(session, father, name="小明", birth_date=born)
        for child in (mine, theirs):
            make_kinship(session, child, scene.inmate)
        return mine, theirs

    mine, theirs = house.write(world)
    number = house.read(lambda s: s.get_one(Visitor, theirs.id).document_number)
    who = admin(house, scene)
    likely = house.read(lambda s: queries_merging.likely(s, scene.prison.id))
    assert [(row.kind, row.one.id, row.other.id, row.alike) for row in likely] == [("visitor", mine.id, theirs.id, ("SAME_NAME", "SAME_BIRTH"))]
    merge(house, who, "visitor", mine.id, theirs.id)

    def after(session: Session) -> None:
        kept, old = session.get_one(Visitor, mine.id), session.get_one(Visitor, theirs.id)
        assert (kept.document_number, old.document_number, kept.manager_id, old.manager_id) == (number, None, scene.family.account.id, None)

    house.read(after)
    booked = house.write(lambda s: book(s, scene, house.now, codes=(theirs.ref,)).id)
    people = house.read(lambda s: s.scalars(select(BookingVisitor.visitor_id).where(BookingVisitor.booking_id == booked)).all())
    assert sorted(people) == sorted((scene.family.visitor.id, mine.id))
    assert house.read(lambda s: queries_merging.likely(s, scene.prison.id)) == []


def test_a_run_out_hold_is_in_nobodys_way(house: House, scene: Scene) -> None:
    gone = house.write(lambda s: twin(s, scene).id)
    house.write(lambda s: make_kinship(s, make_family(s).visitor, s.get_one(Inmate, gone)) and None)
    tie = house.read(lambda s: s.scalars(select(Kinship).where(Kinship.inmate_id == gone)).one())
    account = house.read(lambda s: s.scalars(select(Account).where(Account.visitor_id == tie.visitor_id)).one())
    other = Identity(account.id, frozenset({Role.FAMILY}), "f", scene.who.zone, visitor_id=tie.visitor_id)
    house.write(lambda s: book(s, scene, house.now) and None)
    house.write(lambda s: service.hold(s, other, service.Wanted(tie.ref, "family_visit", NINE), "h", house.now) and None)
    who = admin(house, scene)
    assert [one.code for one in seen(house, who, ("inmate", scene.inmate.id, gone)).refusals] == ["MERGE_SAME_TIME"]
    house.clock.advance(timedelta(minutes=11))
    merge(house, who, "inmate", scene.inmate.id, gone)
    states = house.read(lambda s: sorted(s.scalars(select(Booking.state))))
    assert states == ["confirmed", "expired"]


def test_the_pages(house: House, scene: Scene) -> None:
    """The list names the pair; side by side; one tap; what is typed by hand finds a pair; two people are not proposed again; the old page leads to the new."""
    other = house.write(lambda s: twin(s, scene))
    stranger = house.write(lambda s: twin(s, scene, name="别人", number="11112222"))
    account = house.write(lambda s: make_staff(s, (Role.ADMINISTRATOR,), s.get_one(Prison, scene.prison.id)))
    page = browser(house, "prison", account)
    page.speak("en")
    page.get("/duplicates")
    assert "numbers one slip apart" in page.page.text
    page.get(f"/duplicates/inmate/{scene.inmate.id}/{stranger.id}")
    page.submit({"do": "ask", "note": ""}, form="merge")
    assert "how you know that they are one person" in page.page.text
    page.submit({"do": "apart"}, form="merge")
    page.get("/duplicates")
    page.submit({"kind": "inmate", "keep": "00000000", "gone": other.number}, form="two")
    assert "cannot be found here" in page.page.text
    assert other.number in page.page.text
    page.submit({"kind": "inmate", "keep": scene.inmate.number, "gone": other.number}, form="two")
    assert "Merging cannot be taken back" in page.page.text
    page.submit({"do": "merge"}, form="merge")
    assert "The two records are one now" in page.page.text
    page.get(f"/inmates/{other.id}")
    assert scene.inmate.number in page.page.text
    assert house.read(lambda s: s.scalars(select(PersonMerge.state).order_by(PersonMerge.id)).all()) == ["apart", "done"]
