"""Recordings on the prison's pages: played by ranges, charted, certified, held, listened to again; deleted when their time is over."""

import io
from datetime import timedelta
from typing import Any

import av
import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.conftest import House
from tests.factories import LiveVisit, make_broker, make_live_visit, make_staff
from tests.web.browsing import Browser, browser
from tests.web.recorded import a_webm, ended, file_of, happened, sealed_file, staff, stored
from visitation.audit.models import AuditEntry
from visitation.kernel.identity import Role
from visitation.people.models import Prison
from visitation.policies.models import PolicyRow
from visitation.supervision import recordings, relistening
from visitation.supervision.models import Listening, LiveSession, Segment
from visitation.supervision.models_recordings import RecordingHold, RecordingRequest, Relistening

KEY = "key"


@pytest.fixture
def visit(house: House) -> LiveVisit:
    def make(session: Session) -> LiveVisit:
        make_broker(session, house.now)
        return make_live_visit(session, house.now)

    return house.write(make)


@pytest.fixture
def officer(house: House, visit: LiveVisit) -> Browser:
    made = browser(house, "prison", visit.officer)
    made.speak("en")
    return made


def count(house: House, *where: Any) -> int:
    return house.read(lambda s: s.scalar(select(func.count(AuditEntry.id)).where(*where)))


# -- playback


def test_a_recording_plays_by_ranges_and_leaves_no_plain_text(house: House, visit: LiveVisit, officer: Browser) -> None:
    row = stored(house, ended(house, visit), a_webm())
    page = officer.get(f"/recordings/{visit.booking.ref}")
    address = f"/recordings/{visit.booking.ref}/{row.id}.webm"
    assert address in page.text
    whole = officer.get(address)
    assert whole.status_code == 200
    assert whole.mimetype == "video/webm"
    part = officer.client.get(address, base_url=officer.origin, headers={"Range": "bytes=100-299"})
    assert part.status_code == 206
    assert part.data == whole.data[100:300]
    assert part.headers["Content-Range"] == f"bytes 100-299/{len(whole.data)}"
    beyond = officer.client.get(address, base_url=officer.origin, headers={"Range": f"bytes={len(whole.data)}-"})
    assert beyond.status_code == 416
    folder = house.prison.extensions["settings"].data_dir / "playback"
    for file in folder.iterdir():
        assert b"webm" not in file.read_bytes(), "the copy is encrypted block by block"
    assert count(house, AuditEntry.subject_type == "recording") == 1


def test_every_look_at_a_segment_is_written_down_wherever_it_begins(house: House, visit: LiveVisit, officer: Browser) -> None:
    row = stored(house, ended(house, visit), a_webm())
    address = f"/recordings/{visit.booking.ref}/{row.id}.webm"

    def look(who: Browser) -> int:
        assert who.client.get(address, base_url=who.origin, headers={"Range": "bytes=50-80"}).status_code == 206
        return count(house, AuditEntry.subject_type == "recording_segment")

    assert look(officer) == 1, "whoever leaves out the first byte is seen too"
    assert look(officer) == 1, "the parts of one look are one row"
    assert look(staff(house, visit, Role.AUDITOR)) == 2
    house.clock.advance(timedelta(minutes=11))
    assert look(officer) == 3, "a later look is another one"


def test_the_copy_is_indexed_and_whole(house: House, visit: LiveVisit, officer: Browser) -> None:
    row = stored(house, ended(house, visit), a_webm())
    data = officer.get(f"/recordings/{visit.booking.ref}/{row.id}.webm").data
    assert b"\x1c\x53\xbb\x6b" in data, "cues"
    with av.open(io.BytesIO(data)) as copy, av.open(io.BytesIO(a_webm())) as original:
        assert copy.duration
        assert sum(1 for packet in copy.demux() if packet.dts is not None) == sum(1 for packet in original.demux() if packet.dts is not None)


def altered(house: House, live: LiveSession, row: Segment, tamper: str) -> None:
    path = file_of(house, live, row.file)
    if tamper == "a byte":
        path.write_bytes(path.read_bytes()[:-1] + b"x")
    elif tamper == "another file":
        sealed_file(path, a_webm())
    else:
        path.unlink()


@pytest.mark.parametrize("tamper", ["a byte", "another file", "gone"])
def test_an_altered_recording_is_not_played_and_not_certified(house: House, visit: LiveVisit, officer: Browser, tamper: str) -> None:
    live = ended(house, visit)
    row = stored(house, live, a_webm())
    assert "Every stored file agrees" in officer.get(f"/recordings/{visit.booking.ref}/certificate").text
    altered(house, live, row, tamper)
    page = officer.get(f"/recordings/{visit.booking.ref}/{row.id}.webm")
    assert page.status_code == 422
    assert "damaged" in page.text
    page = officer.get(f"/recordings/{visit.booking.ref}/certificate")
    assert "Not every file agrees" in page.text
    assert ("the file is missing" if tamper == "gone" else "hash differs") in page.text


def test_a_segment_of_another_visit_is_not_there(house: House, visit: LiveVisit, officer: Browser) -> None:
    row = stored(house, ended(house, visit), a_webm())
    other = house.write(lambda s: make_live_visit(s, house.now + timedelta(days=2)).booking.ref)
    assert officer.get(f"/recordings/{other}/{row.id}.webm").status_code == 404
    far = staff(house, visit, Role.AUDITOR, elsewhere=True)
    assert far.get(f"/recordings/{visit.booking.ref}/{row.id}.webm").status_code == 404


# -- time line and certificate


def a_visit_with_a_gap(house: House, visit: LiveVisit) -> LiveSession:
    """Ten seconds, a pause of five, ten seconds more; the terminal was muted for four; one mark."""
    live, t = ended(house, visit), house.now

    def at(seconds: float) -> Any:
        return t + timedelta(seconds=seconds)

    def times(session: Session) -> None:
        row = session.get_one(LiveSession, live.id)
        row.live_at, row.ended_at = at(0), at(25)

    house.write(times)
    for leg in ("terminal", "outside1"):
        stored(house, live, a_webm(), leg=leg, number=1, starts_at=at(0), seconds=10.0)
        stored(house, live, a_webm(), leg=leg, number=2, starts_at=at(15), seconds=10.0)
    officer_pid = f"officer:{visit.officer.id}"
    happened(
        house, live,
        (at(-2), "joined", "terminal:1", {"slot": "terminal"}), (at(-1), "joined", "visitor:1", {"slot": "outside1"}),
        (at(0), "gate", "", {"open": True}), (at(3), "muted", officer_pid, {"pid": "terminal:1"}), (at(7), "lifted", officer_pid, {"pid": "terminal:1"}),
        (at(10), "gate", "", {"open": False, "reason": "PAUSED"}), (at(15), "gate", "", {"open": True}),
        (at(20), "marked", officer_pid, {"note_code": "m7"}), (at(21), "warned", officer_pid, {"rule": 3, "text": ""}),
    )  # fmt: skip
    return live


def test_the_chart_puts_everything_in_its_place(house: House, visit: LiveVisit, officer: Browser) -> None:
    a_visit_with_a_gap(house, visit)
    page = officer.get(f"/recordings/{visit.booking.ref}").text
    assert page.count('class="lane-recorded" x="0.0%" width="40.0%"') == 2
    assert page.count('class="lane-recorded" x="60.0%" width="40.0%"') == 2
    assert page.count('class="lane-muted" x="12.0%" width="16.0%"') == 1, "the terminal's lane only"
    assert page.count('class="lane-closed" x="40.0%" width="20.0%"') == 2
    assert 'x="80.0%" y="13" overflow="visible" class="sign sign-mark"' in page
    assert 'class="sign sign-warning"' in page
    assert "&#34;marks&#34;: [20.0, 21.0]" in page
    for wanted in ("rule 3", "m7", "visitor missing" if "visitor missing" in page else "paused"):
        assert wanted in page


def test_the_certificate_names_gaps_and_their_reason(house: House, visit: LiveVisit, officer: Browser) -> None:
    live = a_visit_with_a_gap(house, visit)
    page = officer.get(f"/recordings/{visit.booking.ref}/certificate").text
    assert "Every stored file agrees with what was recorded." in page
    assert page.count("picture and sound were cut (paused)") == 2
    assert page.count('<td class="num">5.0</td>') == 2
    paper = officer.get(f"/recordings/{visit.booking.ref}/certificate.pdf")
    assert paper.mimetype == "application/pdf"
    assert paper.data.startswith(b"%PDF")
    altered(house, live, house.read(lambda s: s.scalars(select(Segment)).first()), "gone")
    assert "Not every file agrees" in officer.get(f"/recordings/{visit.booking.ref}/certificate").text


def test_a_visit_without_a_recording_says_so(house: House, visit: LiveVisit, officer: Browser) -> None:
    happened(house, ended(house, visit), (house.now, "gate", "", {"open": False, "reason": "OFFICER"}))
    page = officer.get(f"/recordings/{visit.booking.ref}").text
    assert "There is nothing to play" in page
    assert "no officer" in page
    assert "no recording" in officer.get(f"/recordings/{visit.booking.ref}/certificate").text


def test_the_list_goes_on_to_older_ones(house: House, visit: LiveVisit, officer: Browser) -> None:
    stored(house, ended(house, visit), a_webm())
    assert visit.booking.ref in officer.get("/recordings").text
    before = (house.now - timedelta(days=1)).isoformat()
    assert visit.booking.ref not in officer.get("/recordings", query_string={"before": before}).text
    assert visit.booking.ref in officer.get("/recordings?before=nonsense").text


# -- hold and retention


def swept(house: House, visit: LiveVisit) -> int:
    settings = house.prison.extensions["settings"]
    with house.prison.app_context():
        sweep = recordings.retention(settings.data_dir, recordings.copies())
    return house.write(lambda s: sweep(s, house.now))


def test_retention_deletes_after_the_last_day_and_says_so(house: House, visit: LiveVisit) -> None:
    live = ended(house, visit)
    row = stored(house, live, a_webm())
    assert swept(house, visit) == 0, "the last day is included"
    house.clock.advance(timedelta(days=1))
    assert swept(house, visit) == 1
    assert not file_of(house, live, row.file).exists()
    assert swept(house, visit) == 0
    assert house.read(lambda s: s.scalars(select(Segment)).one().state) == "deleted"
    entry = house.read(lambda s: s.scalars(select(AuditEntry).where(AuditEntry.act == "recording.delete")).one())
    assert entry.detail["sha256"] == row.sha256


def test_a_hold_wins_over_retention_and_takes_two_to_lift(house: House, visit: LiveVisit, officer: Browser) -> None:
    live = ended(house, visit)
    stored(house, live, a_webm())
    officer.get(f"/recordings/{visit.booking.ref}")
    assert officer.post(f"/recordings/{visit.booking.ref}/hold", {"reason": "case 12"}).status_code == 403, "the duty chief's"
    chief = staff(house, visit, Role.DUTY_CHIEF, Role.OFFICER)
    chief.get(f"/recordings/{visit.booking.ref}")
    page = chief.submit({"reason": ""}, form="/hold")
    assert page.status_code == 422
    chief.get(f"/recordings/{visit.booking.ref}")
    assert "case 12" in chief.submit({"reason": "case 12"}, form="/hold").text
    house.clock.advance(timedelta(days=2))
    assert swept(house, visit) == 0
    row = stored(house, live, a_webm(), number=2, state="reported", fetched_at=None)
    house.write(lambda s: recordings._settle(s, row.id, True, house.now))
    assert house.read(lambda s: s.get_one(Segment, row.id).legal_hold), "what arrives later is held too"

    chief = staff(house, visit, Role.DUTY_CHIEF, Role.OFFICER)
    chief.get(f"/recordings/{visit.booking.ref}/ask/release")
    page = chief.submit({"reason": "case closed"})
    request = house.read(lambda s: s.scalars(select(RecordingRequest)).one())
    assert "somebody else decides" in page.text
    page = chief.post(f"/recordings/requests/{request.ref}/decide", {"text": "ok", "decision": "approve"})
    assert page.status_code == 422
    assert "You asked for this yourself" in page.text
    assert swept(house, visit) == 0
    second = staff(house, visit, Role.DUTY_CHIEF)
    second.get(f"/recordings/requests/{request.ref}")
    second.submit({"text": "agreed", "decision": "approve"}, form="decision")
    hold = house.read(lambda s: s.scalars(select(RecordingHold)).one())
    assert hold.lifted_at == house.now
    assert hold.lifted_by != request.asked_by
    assert swept(house, visit) == 1, "the first segment; the one that came today is kept for its own time"


def test_with_two_holds_one_lifted_holds_still(house: House, visit: LiveVisit) -> None:
    stored(house, ended(house, visit), a_webm())
    for reason in ("case 1", "case 2"):
        chief = staff(house, visit, Role.DUTY_CHIEF)
        chief.get(f"/recordings/{visit.booking.ref}")
        chief.submit({"reason": reason}, form="/hold")
    for left in (1, 0):
        first, second = staff(house, visit, Role.OFFICER), staff(house, visit, Role.DUTY_CHIEF)
        first.get(f"/recordings/{visit.booking.ref}/ask/release")
        ref = first.submit({"reason": "closed"}).request.path.rsplit("/", 1)[-1]
        second.get(f"/recordings/requests/{ref}")
        second.submit({"text": "agreed", "decision": "approve"}, form="decision")
        assert house.read(lambda s: s.scalars(select(Segment)).one().legal_hold) is bool(left)
    page = first.get(f"/recordings/{visit.booking.ref}/ask/release")
    page = first.submit({"reason": "again"})
    assert "not under legal hold" in page.text
    assert "again" in page.text, "nothing typed is lost"


# -- re-listening


def test_results_are_written_by_officers_only(house: House, visit: LiveVisit, officer: Browser) -> None:
    stored(house, ended(house, visit), a_webm())
    officer.get(f"/recordings/{visit.booking.ref}")
    page = officer.submit({"result": "violation", "text": ""}, form="/listening")
    assert "Please fill in this field." in page.text
    officer.submit({"result": "violation", "text": "05:10 code words"}, form="/listening")
    row = house.read(lambda s: s.scalars(select(Listening)).one())
    assert (row.result, row.account_id) == ("violation", visit.officer.id)
    assert "05:10 code words" in officer.get(f"/recordings/{visit.booking.ref}").text
    auditor = staff(house, visit, Role.AUDITOR)
    auditor.get(f"/recordings/{visit.booking.ref}")
    assert auditor.post(f"/recordings/{visit.booking.ref}/listening", {"result": "clean", "text": "x"}).status_code == 403


def share(house: House, prison: Prison, value: float) -> None:
    row = {"key": "relisten_share", "value": value, "basis": "x", "effective_from": house.now.date() - timedelta(days=9), "created_at": house.now}
    house.write(lambda s: s.add(PolicyRow(prison_id=prison.id, **row)))


def looked(house: House) -> int:
    return house.write(lambda s: relistening.sweep(KEY)(s, house.now))


def test_the_draw_gives_a_duty_to_somebody_else_with_a_day(house: House, visit: LiveVisit, officer: Browser) -> None:
    share(house, visit.prison, 1.0)
    live = ended(house, visit, visit.officer.id)
    row = stored(house, live, a_webm(), state="reported")
    stored(house, live, a_webm(), number=2)
    assert looked(house) == 0, "not before all of it is here"
    house.write(lambda s: setattr(s.get_one(Segment, row.id), "state", "stored"))
    colleague = house.write(lambda s: make_staff(s, [Role.OFFICER], visit.prison))
    assert looked(house) == 1
    assert looked(house) == 0
    duty = house.read(lambda s: s.scalars(select(Relistening)).one())
    assert (duty.reasons, duty.assigned_to) == (["sample"], colleague.id)
    assert duty.due_at == house.now + timedelta(days=7), "five workdays from a Tuesday"
    assert "drawn as a sample" in officer.get("/recordings/relistening").text
    assert "To listen again" in officer.get("/").text

    officer.get(f"/recordings/{visit.booking.ref}")
    assert "somebody else does it" in officer.page.text
    officer.submit({"result": "clean", "text": "my own"}, form="/listening")
    assert house.read(lambda s: s.scalars(select(Relistening)).one().done_at) is None, "nobody checks their own work"
    house.clock.advance(timedelta(days=8))
    other = browser(house, "prison", colleague)
    other.speak("en")
    assert "overdue" in other.get("/recordings/relistening").text
    other.get(f"/recordings/{visit.booking.ref}")
    other.submit({"result": "clean", "text": "00:00-30:00 nothing"}, form="/listening")
    duty = house.read(lambda s: s.scalars(select(Relistening)).one())
    assert (duty.done_at, duty.done_by) == (house.now, colleague.id)
    assert "Nothing to object to" in other.get("/recordings/relistening?show=done").text


def test_what_stood_out_is_listened_to_whatever_the_draw_says(house: House, visit: LiveVisit) -> None:
    share(house, visit.prison, 0.0)
    live = a_visit_with_a_gap(house, visit)
    other = house.write(lambda s: make_live_visit(s, house.now + timedelta(days=1)))
    quiet = ended(house, other)
    stored(house, quiet, a_webm())
    share(house, other.prison, 0.0)
    assert looked(house) == 2
    reasons = house.read(lambda s: {row.session_id: row.reasons for row in s.scalars(select(Relistening))})
    assert reasons == {live.id: ["stirred"], quiet.id: []}

    def concerned(session: Session) -> None:
        row = session.get_one(LiveSession, quiet.id)
        row.concern, row.outcome_at = True, house.now + timedelta(minutes=1)

    house.write(concerned)
    looked(house)
    assert house.read(lambda s: s.get_one(Relistening, quiet.id).reasons) == ["concern"], "written down after the draw"
    assert house.read(lambda s: s.get_one(Relistening, quiet.id).due_at) is not None


def test_the_duty_chief_hands_a_duty_over_but_not_to_who_supervised(house: House, visit: LiveVisit, officer: Browser) -> None:
    share(house, visit.prison, 1.0)
    stored(house, ended(house, visit, visit.officer.id), a_webm())
    first, second = (house.write(lambda s: make_staff(s, [Role.OFFICER], visit.prison).id) for _ in range(2))
    looked(house)
    address = f"/recordings/{visit.booking.ref}/hand-over"
    officer.get("/recordings/relistening")
    assert officer.post(address, {"account": str(second)}).status_code == 403
    chief = staff(house, visit, Role.DUTY_CHIEF)
    chief.get("/recordings/relistening")
    assert "was not handed over" in chief.post(address, {"account": str(visit.officer.id)}).text
    assert house.read(lambda s: s.scalars(select(Relistening)).one().assigned_to) == first
    chief.get("/recordings/relistening")
    chief.submit({"account": str(second)}, form="/hand-over")
    assert house.read(lambda s: s.scalars(select(Relistening)).one().assigned_to) == second
