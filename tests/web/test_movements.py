"""The wards' pages on a real database: telling inmates, the list of the day, its steps, its paper, and what a refusal does."""

import io
from dataclasses import dataclass
from datetime import time, timedelta
from typing import Any

import pytest
from pypdf import PdfReader
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from tests.conftest import House
from tests.factories import Family, make_booking, make_family, make_inmate, make_kinship, make_prison, make_staff, make_terminal, make_ward
from tests.web.browsing import Browser, browser
from visitation.accounts.models import Account
from visitation.accounts.queries import identity_of
from visitation.audit.models import AuditEntry
from visitation.bookings.models import Booking, Claim, QuotaEntry
from visitation.bookings.service import cancel
from visitation.kernel.errors import Refused
from visitation.kernel.identity import SYSTEM, Role
from visitation.kernel.interval import at_local, local_day
from visitation.movements import queries, service
from visitation.movements.models import MovementPrint, MovementStep, VisitAnswer
from visitation.notices.models import Notice
from visitation.people.models import Inmate, NonAssociation, Prison, Ward
from visitation.supervision.models import BrokerCommand, DeskChange, LiveSession
from visitation.supervision.service import open_session
from visitation.timetable.models import Terminal

SOON = timedelta(minutes=20)


@dataclass
class Scene:
    """A prison with two wards, an inmate in each, and a visit of the first one in twenty minutes."""

    prison: Prison
    ward: Ward
    other_ward: Ward
    inmate: Inmate
    other: Inmate
    family: Family
    terminal: Terminal
    booking: Booking
    warder: Account
    officer: Account


@pytest.fixture
def scene(house: House) -> Scene:
    def make(session: Session) -> Scene:
        prison = make_prison(session)
        ward, other_ward = make_ward(session, prison, name="一监区", name_en="Ward One"), make_ward(session, prison, name="二监区", name_en="Ward Two")
        inmate, other = make_inmate(session, ward, name="沈一"), make_inmate(session, other_ward, name="魏二")
        family, terminal = make_family(session, name="沈家属"), make_terminal(session, prison)
        make_kinship(session, family.visitor, inmate)
        booking = make_booking(session, family, inmate, terminal, house.now + SOON)
        warder = make_staff(session, [Role.WARD_OFFICER], prison, wards=[ward], name="钱管教")
        officer = make_staff(session, [Role.OFFICER], prison, name="孙民警")
        return Scene(prison, ward, other_ward, inmate, other, family, terminal, booking, warder, officer)

    return house.write(make)


@pytest.fixture
def warder(house: House, scene: Scene) -> Browser:
    made = browser(house, "prison", scene.warder)
    made.speak("en")
    return made


@pytest.fixture
def officer(house: House, scene: Scene) -> Browser:
    made = browser(house, "prison", scene.officer)
    made.speak("en")
    return made


def tap(page: Browser, scene: Scene, step: str, **more: str) -> Any:
    page.get("/movements")
    return page.post(f"/movements/{scene.booking.ref}/step", {"step": step, **more})


def fresh(house: House, scene: Scene) -> Booking:
    return house.read(lambda s: s.get_one(Booking, scene.booking.id, populate_existing=True))


def steps(house: House) -> list[str]:
    return house.read(lambda s: list(s.scalars(select(MovementStep.step).where(MovementStep.undone_at.is_(None)).order_by(MovementStep.id))))


def run(house: House) -> int:
    return house.write(lambda s: service.settle(s, house.now))


def say(page: Browser, scene: Scene, answer: str, **more: str) -> Any:
    page.get("/movements/tell")
    return page.submit({"answer": answer, **more}, form=f"{scene.booking.ref}/answer")


# -- the list and its steps


def test_a_whole_way_by_taps(house: House, scene: Scene, warder: Browser, officer: Browser) -> None:
    for page, step, said in (
        (warder, "called", "Called"),
        (warder, "left", "On the way"),
        (officer, "arrived", "Arrived"),
        (warder, "returned", "Back in the ward"),
    ):
        answer = tap(page, scene, step)
        assert answer.status_code == 200
        assert said in answer.text
        house.clock.advance(timedelta(minutes=1))
    assert steps(house) == ["called", "left", "arrived", "returned"]
    assert [row.by for row in house.read(lambda s: s.scalars(select(MovementStep)).all())] == [scene.warder.id] * 2 + [scene.officer.id, scene.warder.id]
    assert house.read(lambda s: s.scalar(select(func.count(AuditEntry.id)).where(AuditEntry.act == "movement.step"))) == 4
    assert house.read(lambda s: s.scalars(select(DeskChange.kind).where(DeskChange.ref == scene.booking.ref)).all()) == ["movement"] * 4


def test_the_order_holds_and_a_refusal_says_so(house: House, scene: Scene, warder: Browser) -> None:
    answer = tap(warder, scene, "arrived")
    assert answer.status_code == 422
    assert "The steps go in their order" in answer.text
    assert not steps(house)


def test_a_tap_is_taken_back_within_a_minute_by_who_made_it(house: House, scene: Scene, warder: Browser, officer: Browser) -> None:
    tap(warder, scene, "called")
    assert "Take back" in warder.page.text
    officer.get("/movements")
    assert "Take back" not in officer.page.text
    assert officer.post(f"/movements/{scene.booking.ref}/undo").status_code == 422
    assert warder.post(f"/movements/{scene.booking.ref}/undo").status_code == 200
    assert not steps(house)
    assert house.read(lambda s: s.scalar(select(func.count(MovementStep.id)))) == 1, "what was taken back stays on record"
    tap(warder, scene, "called")
    house.clock.advance(timedelta(seconds=61))
    assert "more than a minute ago" in warder.post(f"/movements/{scene.booking.ref}/undo").text
    assert steps(house) == ["called"]


def test_a_refusal_on_the_day_cancels_the_visit_after_a_minute_and_the_family_reads_no_reason(house: House, scene: Scene, warder: Browser) -> None:
    assert tap(warder, scene, "refused").status_code == 422
    assert tap(warder, scene, "refused", reason="upset").status_code == 200
    assert run(house) == 0
    assert fresh(house, scene).state == "confirmed"
    house.clock.advance(timedelta(seconds=61))
    assert run(house) == 1
    assert run(house) == 0
    booking = fresh(house, scene)
    assert (booking.state, booking.outcome, booking.reason_code, booking.sequence) == ("ended", "refused_by_inmate", None, 1)
    told = house.read(lambda s: s.scalars(select(Notice).where(Notice.account_id == scene.family.account.id)).one())
    assert (told.kind, told.facts["reason_code"]) == ("booking_cancelled", "OUTCOME_REFUSED_BY_INMATE")
    assert "upset" not in str(told.facts)
    page = browser(house, "family", scene.family.account)
    page.speak("en")
    shown = page.get(f"/visits/{scene.booking.ref}").text + page.get("/visits").text + page.get("/notices").text
    for word in ("refused", "Refused", "upset", "does not wish"):
        assert word not in shown
    assert "VISIT_GONE" not in tap(warder, scene, "called").text
    assert warder.page.status_code == 422


def test_a_refusal_taken_back_has_no_effect(house: House, scene: Scene, warder: Browser) -> None:
    tap(warder, scene, "refused", reason="unwell")
    warder.post(f"/movements/{scene.booking.ref}/undo")
    house.clock.advance(timedelta(minutes=5))
    assert run(house) == 0
    assert fresh(house, scene).state == "confirmed"


def test_a_refusal_while_the_session_is_open_ends_it_at_the_broker(house: House, scene: Scene, warder: Browser) -> None:
    def opened(session: Session) -> None:
        live = open_session(session, session.get_one(Booking, scene.booking.id), house.now)
        live.broker_id = None
        session.flush()

    house.write(opened)
    tap(warder, scene, "refused", reason="unwell")
    house.clock.advance(timedelta(seconds=61))
    run(house)
    live = house.read(lambda s: s.scalars(select(LiveSession)).one())
    assert live.ended_at is not None
    assert fresh(house, scene).outcome == "refused_by_inmate"
    assert house.read(lambda s: s.scalar(select(func.count(BrokerCommand.number)))) == 0, "no broker carried it"


def concern(house: House, scene: Scene) -> None:
    def work(session: Session) -> None:
        booking = session.get_one(Booking, scene.booking.id)
        live = open_session(session, booking, house.now)
        live.stage, live.ended_at, live.concern = "ended", house.now, True
        live.outcome_at, live.outcome_by, live.officer_note = house.now, scene.officer.id, "只给民警看的话"
        booking.state, booking.outcome = "ended", "completed"

    house.write(work)


def test_a_concern_is_acknowledged_before_the_return_closes(house: House, scene: Scene, warder: Browser) -> None:
    for step in ("called", "left", "arrived"):
        tap(warder, scene, step)
    concern(house, scene)
    answer = tap(warder, scene, "returned")
    assert answer.status_code == 422
    assert "Please acknowledge it first" in answer.text
    assert "孙民警" in answer.text
    assert "只给民警看的话" not in answer.text
    assert tap(warder, scene, "concern_seen").status_code == 200
    assert tap(warder, scene, "returned").status_code == 200


def test_a_concern_written_late_stays_until_somebody_has_seen_it(house: House, scene: Scene, warder: Browser) -> None:
    for step in ("called", "left", "arrived", "returned"):
        tap(warder, scene, step)
    concern(house, scene)
    assert "Back; concern to acknowledge" in warder.get("/movements").text
    house.clock.advance(timedelta(days=1))
    again = browser(house, "prison", scene.warder)
    again.speak("en")
    assert "Concerns of earlier days" in again.get("/movements").text
    assert again.post(f"/movements/{scene.booking.ref}/step", {"step": "concern_seen"}).status_code == 200
    assert "Concerns of earlier days" not in again.get("/movements").text


def test_nobody_leaves_a_running_visit_on_paper(house: House, scene: Scene, warder: Browser) -> None:
    for step in ("called", "left", "arrived"):
        tap(warder, scene, step)

    def live(session: Session) -> None:
        open_session(session, session.get_one(Booking, scene.booking.id), house.now).stage = "live"

    house.write(live)
    assert "still going on" in tap(warder, scene, "returned").text


def test_two_tap_at_once_and_one_row_is_there(house: House, scene: Scene, warder: Browser, officer: Browser) -> None:
    warder.get("/movements")
    officer.get("/movements")
    warder.post(f"/movements/{scene.booking.ref}/step", {"step": "called"})
    assert officer.post(f"/movements/{scene.booking.ref}/step", {"step": "called"}).status_code == 422
    assert steps(house) == ["called"]


# -- who sees and does what


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.LEGAL_OFFICE, Role.AUDITOR, Role.BUREAU, Role.OPERATOR])
def test_other_roles_do_not_come_in(house: House, scene: Scene, role: Role) -> None:
    page = browser(house, "prison", house.write(lambda s: make_staff(s, [role], scene.prison if role in (Role.AUDITOR, Role.ADMINISTRATOR) else None)))
    assert page.get("/movements").status_code == 403
    assert page.post(f"/movements/{scene.booking.ref}/step", {"step": "called"}).status_code in (400, 403)


def test_another_ward_sees_nobody_and_does_nothing(house: House, scene: Scene) -> None:
    page = browser(house, "prison", house.write(lambda s: make_staff(s, [Role.WARD_OFFICER], scene.prison, wards=[scene.other_ward])))
    page.speak("en")
    shown = page.get("/movements")
    assert "Nobody moves on this day." in shown.text
    assert scene.inmate.name not in shown.text
    assert page.post(f"/movements/{scene.booking.ref}/step", {"step": "called"}).status_code == 404
    assert page.get(f"/movements?ward={scene.ward.id}").status_code == 404
    assert scene.inmate.name not in page.get("/movements/tell").text


def test_wards_are_told_of_each_other_no_more_than_is_needed(house: House, scene: Scene, warder: Browser, officer: Browser) -> None:
    def pair(session: Session) -> None:
        family = make_family(session)
        make_booking(session, family, scene.other, make_terminal(session, scene.prison), at_local(local_day(house.now), time(16)))
        session.add(NonAssociation(inmate_id=min(scene.inmate.id, scene.other.id), other_id=max(scene.inmate.id, scene.other.id), note="机密"))

    house.write(pair)
    text = warder.get("/movements").text
    assert "Keep apart all day from: 魏* · 二监区 · 16:00" in text
    assert "魏二" not in text
    assert "Keep apart all day from: 魏二" in officer.get("/movements").text
    assert "机密" not in officer.page.text


@pytest.mark.parametrize("query", ["day=nonsense", "day=2026-02-30", "day=0001-01-01", "ward=x", "ward=99999999999", "day=9999-12-31"])
def test_strange_wishes_show_a_page(officer: Browser, query: str) -> None:
    assert officer.get(f"/movements?{query}").status_code == 200
    assert officer.get("/movements?ward=4711").status_code == 404


def test_the_number_of_queries_does_not_grow_with_the_list(house: House, scene: Scene) -> None:
    """No query for each line."""

    def count() -> int:
        seen: list[str] = []

        def read(session: Session) -> int:
            engine = session.get_bind()
            listen = lambda *args: seen.append(args[2])  # noqa: E731
            event.listen(engine, "before_cursor_execute", listen)
            scope = queries.scope_of(session, person, None)
            rows = queries.rows(session, scope, local_day(house.now), house.now)
            event.remove(engine, "before_cursor_execute", listen)
            assert rows
            return len(seen)

        return house.read(read)

    person = house.read(lambda s: identity_of(s.get_one(Account, scene.officer.id), "prison"))
    before = count()

    def more(session: Session) -> None:
        for number in range(12):
            inmate = make_inmate(session, scene.ward)
            make_booking(session, make_family(session), inmate, make_terminal(session, scene.prison), house.now + timedelta(minutes=30 + 5 * number))

    house.write(more)
    assert count() == before <= 14, "two of them begin the transaction"


# -- paper


def words_of(data: bytes) -> str:
    return "\n".join(page.extract_text().replace("\0", "") for page in PdfReader(io.BytesIO(data)).pages)  # two bytes a letter


def print_now(page: Browser) -> str:
    page.get("/movements")
    answer = page.submit({}, form="/movements/print")
    assert answer.mimetype == "application/pdf"
    return words_of(answer.data)


def keep_now(page: Browser) -> str:
    """Keep a version without looking at its paper, which costs more than everything else here; its address."""
    page.get("/movements")
    return str(page.submit({}, form="/movements/print", follow=False).headers["Location"])


def test_paper_has_a_version_and_shows_what_has_changed(house: House, scene: Scene, warder: Browser) -> None:
    first = keep_now(warder)
    assert "still right" in warder.get("/movements").text
    assert keep_now(warder) == first, "the same list is the same version"

    def change(session: Session) -> None:
        later = make_inmate(session, scene.ward, name="韩三")
        make_booking(session, make_family(session), later, make_terminal(session, scene.prison), house.now + timedelta(hours=1))
        session.get_one(Booking, scene.booking.id).starts_at += timedelta(minutes=10)

    house.write(change)
    page = warder.get("/movements").text
    assert "2 changes since" in page
    assert "New since the print" in page
    assert "Changed since the print" in page
    second = keep_now(warder)
    house.write(lambda s: cancel(s, SYSTEM, scene.booking.id, house.now))
    assert "Cancelled since the print" in warder.get("/movements").text
    third = keep_now(warder)
    assert len({second, third}) == 2
    read = words_of(warder.get(second).data)
    assert "version 2" in read
    assert "＋" in read
    assert "△" in read
    read = words_of(warder.get(third).data)
    assert "version 3" in read
    assert "×" in read
    read = words_of(warder.get(first).data)  # as it was printed, whatever has changed since
    for part in ("Movement list", "Ward One", "version 1", "Page 1 of 1", scene.inmate.name, "12:05", "12:20–12:50", f"…{scene.inmate.number[-3:]}"):
        assert part in read
    assert scene.inmate.number not in read
    assert scene.family.visitor.name not in read, "who comes is no business of who fetches"


def test_a_long_list_has_pages_and_a_person_of_two_hosts_prints_once(house: House, scene: Scene, warder: Browser) -> None:
    def many(session: Session) -> None:
        for number in range(60):
            inmate = make_inmate(session, scene.ward)
            make_booking(session, make_family(session), inmate, make_terminal(session, scene.prison), house.now + timedelta(minutes=5 * (number % 12)))

    house.write(many)
    text = print_now(warder)
    assert "Page 1 of 2" in text
    assert "Page 2 of 2" in text


def test_paper_of_another_ward_is_not_there(house: House, scene: Scene, warder: Browser, officer: Browser) -> None:
    keep_now(officer)
    whole = house.read(lambda s: s.scalars(select(MovementPrint)).one())
    assert (whole.scope, whole.ward_id) == ("prison", None)
    assert warder.get(f"/movements/prints/{whole.id}.pdf").status_code == 404
    assert warder.get("/movements/prints/4711.pdf").status_code == 404


def test_who_keeps_two_wards_prints_one_at_a_time(house: House, scene: Scene) -> None:
    page = browser(house, "prison", house.write(lambda s: make_staff(s, [Role.WARD_OFFICER], scene.prison, wards=[scene.ward, scene.other_ward])))
    page.speak("en")
    assert "Print the list" not in page.get("/movements").text
    assert page.post("/movements/print").status_code == 422
    assert "Print the list" in page.get(f"/movements?ward={scene.ward.id}").text


def test_without_the_typeface_there_is_a_sentence_and_no_page_of_boxes(
    house: House, scene: Scene, warder: Browser, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("visitation.web.paper.FACE", tmp_path / "none.ttc")
    warder.get("/movements")
    answer = warder.submit({}, form="/movements/print")
    assert answer.status_code == 422
    assert "fonts-noto-cjk" in answer.text


# -- telling


def test_an_inmate_is_told_and_accepts(house: House, scene: Scene, warder: Browser) -> None:
    page = warder.get("/movements/tell").text
    assert scene.family.visitor.name in page
    assert "Recorded for 沈一: Told, accepts." in say(warder, scene, "accepted").text
    assert "Everybody has been told" in warder.page.text
    assert "Told, accepts" in warder.get("/movements").text
    row = house.read(lambda s: s.scalars(select(VisitAnswer)).one())
    assert (row.answer, row.by, row.told["stands"]) == ("accepted", scene.warder.id, True)


def test_a_change_and_a_cancellation_are_told_anew(house: House, scene: Scene, warder: Browser) -> None:
    say(warder, scene, "accepted")

    def move(session: Session) -> None:
        booking = session.get_one(Booking, scene.booking.id)
        booking.starts_at, booking.ends_at = booking.starts_at + timedelta(hours=1), booking.ends_at + timedelta(hours=1)

    house.write(move)
    page = warder.get("/movements/tell").text
    assert "Was told before: 2026-11-24 12:20" in page
    assert "Not told yet" in warder.get("/movements").text
    say(warder, scene, "accepted")
    house.write(lambda s: cancel(s, SYSTEM, scene.booking.id, house.now))
    assert "Has been told" in warder.get("/movements/tell").text
    assert say(warder, scene, "accepted").status_code == 422
    say(warder, scene, "heard")
    assert "Everybody has been told" in warder.page.text
    assert house.read(lambda s: s.scalar(select(func.count(VisitAnswer.id)))) == 3


def test_a_visit_cancelled_before_anybody_told_is_never_mentioned(house: House, scene: Scene, warder: Browser) -> None:
    house.write(lambda s: cancel(s, SYSTEM, scene.booking.id, house.now))
    assert "Everybody has been told" in warder.get("/movements/tell").text


def test_an_answer_to_what_is_no_longer_true_is_not_recorded(house: House, scene: Scene, warder: Browser) -> None:
    warder.get("/movements/tell")

    def move(session: Session) -> None:
        session.get_one(Booking, scene.booking.id).starts_at += timedelta(minutes=5)

    house.write(move)
    answer = warder.submit({"answer": "accepted"}, form=f"{scene.booking.ref}/answer")
    assert answer.status_code == 409
    assert house.read(lambda s: s.scalar(select(func.count(VisitAnswer.id)))) == 0


def test_a_refusal_days_ahead_frees_the_time_and_gives_the_visit_back(house: House, scene: Scene, warder: Browser) -> None:
    def later(session: Session) -> None:
        booking = session.get_one(Booking, scene.booking.id)
        booking.starts_at, booking.ends_at = booking.starts_at + timedelta(days=3), booking.ends_at + timedelta(days=3)
        for claim in session.scalars(select(Claim)):
            claim.tick += 3 * 288
        session.add(
            QuotaEntry(
                inmate_id=booking.inmate_id,
                month=local_day(booking.starts_at).replace(day=1),
                purse="visit",
                kind="used",
                units=-1,
                booking_id=booking.id,
                at=house.now,
            )
        )

    house.write(later)
    assert "Please say why" in say(warder, scene, "refused").text
    say(warder, scene, "refused", reason="unwilling")
    assert "Just recorded" in warder.page.text
    house.clock.advance(timedelta(seconds=61))
    assert run(house) == 1
    assert fresh(house, scene).outcome == "refused_by_inmate"
    assert house.read(lambda s: s.scalar(select(func.count()).select_from(Claim))) == 0
    assert house.read(lambda s: s.scalar(select(func.count(QuotaEntry.id)).where(QuotaEntry.kind == "returned"))) == 1


def test_an_answer_is_taken_back_and_asked_again(house: House, scene: Scene, warder: Browser, officer: Browser) -> None:
    say(warder, scene, "refused", reason="unwilling")
    officer.get("/movements/tell")
    assert officer.post(f"/movements/{scene.booking.ref}/answer/undo").status_code == 422
    warder.get("/movements/tell")
    assert "is to be told again" in warder.submit({}, form=f"{scene.booking.ref}/answer/undo").text
    house.clock.advance(timedelta(minutes=3))
    assert run(house) == 0
    assert "Told, accepts" in warder.get("/movements/tell").text


def test_a_refusal_settled_by_two_workers_is_settled_once(house: House, scene: Scene) -> None:
    def refuse(session: Session) -> None:
        who = identity_of(session.get_one(Account, scene.warder.id), "prison")
        service.step(session, who, scene.booking.id, "refused", "unwell", house.now)
        with pytest.raises(Refused):
            service.step(session, who, scene.booking.id, "refused", "unwell", house.now)

    house.write(refuse)
    house.clock.advance(timedelta(minutes=2))
    assert [run(house), run(house)] == [1, 0]
    assert house.read(lambda s: s.scalar(select(func.count(Notice.id)))) == 1


def test_the_desk_of_the_ward_counts_who_is_to_be_told(house: House, scene: Scene, warder: Browser, officer: Browser) -> None:
    assert "visits that inmates are to be told of" in warder.get("/").text
    assert "to be told of" not in officer.get("/").text
    say(warder, scene, "accepted")
    assert "to be told of" not in warder.get("/").text
