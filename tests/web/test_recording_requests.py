"""A recording leaves the house, is deleted before its time, or freed from a hold only when two people want it; an export is fetched once."""

import hashlib
import io
import json
import threading
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import av
import pypdf
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.conftest import House
from tests.factories import LiveVisit, make_broker, make_live_visit, make_staff
from tests.web.browsing import Browser, browser
from tests.web.recorded import a_webm, ended, file_of, happened, staff, stored
from visitation.accounts.queries import identity_of
from visitation.audit.models import AuditEntry
from visitation.kernel.errors import Refused
from visitation.kernel.identity import Role
from visitation.supervision import exports, holds, recordings
from visitation.supervision.models import BrokerCommand, LiveSession, Segment
from visitation.supervision.models_recordings import RecordingRequest


@pytest.fixture
def visit(house: House) -> LiveVisit:
    def make(session: Session) -> LiveVisit:
        make_broker(session, house.now)
        return make_live_visit(session, house.now)

    return house.write(make)


@pytest.fixture
def live(house: House, visit: LiveVisit) -> LiveSession:
    """A recorded visit: two segments of the family's side, one of the terminal's."""
    made = ended(house, visit)
    for leg, number in (("outside1", 1), ("outside1", 2), ("terminal", 1)):
        stored(house, made, a_webm(), leg=leg, number=number, starts_at=house.now + timedelta(seconds=4 * number), forgotten_at=None)
    happened(house, made, (house.now, "warned", "officer:1", {"rule": 3}))
    return made


@pytest.fixture
def officer(house: House, visit: LiveVisit) -> Browser:
    made = browser(house, "prison", visit.officer)
    made.speak("en")
    return made


REASON = {"reason": "case 2026-17, letter 4", "recipient": "市中级人民法院 刘法官"}


def asked(who: Browser, visit: LiveVisit, kind: str = "export") -> str:
    """Ask through the pages; the request's reference."""
    who.get(f"/recordings/{visit.booking.ref}/ask/{kind}")
    page = who.submit(REASON if kind == "export" else {"reason": REASON["reason"]})
    assert page.status_code == 200, page.text
    return str(page.request.path.rsplit("/", 1)[-1])


def decided(who: Browser, ref: str, decision: str = "approve", text: str = "lawful") -> Any:
    who.get(f"/recordings/requests/{ref}")
    return who.submit({"text": text, "decision": decision}, form="decision")


def row_of(house: House, ref: str) -> RecordingRequest:
    return house.read(lambda s: s.scalars(select(RecordingRequest).where(RecordingRequest.ref == ref)).one())


def test_an_export_is_asked_by_one_approved_by_another_and_fetched_once(house: House, visit: LiveVisit, live: LiveSession, officer: Browser) -> None:
    ref = asked(officer, visit)
    assert "so somebody else decides" in officer.page.text
    officer.get(f"/recordings/requests/{ref}")
    assert officer.post(f"/recordings/requests/{ref}/fetch").status_code == 422, "not approved yet"
    chief = staff(house, visit, Role.DUTY_CHIEF)
    assert "requests about recordings to decide" in chief.get("/").text
    assert decided(chief, ref, text="").status_code == 422
    decided(chief, ref)
    assert row_of(house, ref).state == "approved"
    chief.get(f"/recordings/requests/{ref}")
    assert "Only the person who asked" in chief.post(f"/recordings/requests/{ref}/fetch").text

    officer.get(f"/recordings/requests/{ref}")
    answer = officer.submit(form="fetch")
    assert answer.mimetype == "application/zip"
    package = answer.data
    row = row_of(house, ref)
    assert (row.state, row.sha256, row.bytes) == ("done", hashlib.sha256(package).hexdigest(), len(package))
    officer.get(f"/recordings/requests/{ref}")
    again = officer.post(f"/recordings/requests/{ref}/fetch")
    assert again.status_code == 422
    assert "has been fetched already" in again.text
    acts = house.read(lambda s: list(s.scalars(select(AuditEntry.act).where(AuditEntry.act.like("recording.%")).order_by(AuditEntry.id))))
    assert acts == ["recording.ask", "recording.approve", "recording.fetch", "recording.export"]
    _package_is_whole(house, package)
    for file in Path(house.prison.extensions["settings"].data_dir).rglob("*"):
        assert not file.is_file() or (b"matroska" not in file.read_bytes()[:4000] and b"V_VP8" not in file.read_bytes()), "no plain text on a disk"


def written(paper: bytes) -> str:
    """The text of a PDF; the reader puts a NUL before each letter of a two-byte font."""
    return " ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(paper)).pages).replace("\0", "")


def _package_is_whole(house: House, package: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["outside1-1.webm", "outside1-2.webm", "terminal-1.webm", "manifest.json", "SHA256SUMS", "certificate.pdf"]
        manifest = json.loads(archive.read("manifest.json"))
        paper = written(archive.read("certificate.pdf"))
        sums = dict(reversed(line.split("  ")) for line in archive.read("SHA256SUMS").decode().splitlines())
        for segment in [one for leg in manifest["legs"].values() for one in leg["segments"]]:
            data = archive.read(segment["file"])
            assert hashlib.sha256(data).hexdigest() == segment["sha256"] == sums[segment["file"]]
            assert segment["stored"]["verdict"] == "agrees"
            assert segment["sha256"] in paper
            assert segment["stored"]["sha256"] in paper
            with av.open(io.BytesIO(data)) as film:
                assert sum(1 for _ in film.decode(video=0)) == 20
    assert manifest["request"]["recipient"] == REASON["recipient"]
    assert [event["type"] for event in manifest["events"]] == ["warned"]
    assert "刘法官" in paper
    assert "case 2026-17" in paper


def test_nobody_approves_what_they_asked_for(house: House, visit: LiveVisit, live: LiveSession) -> None:
    both = staff(house, visit, Role.OFFICER, Role.DUTY_CHIEF)
    for kind in ("export", "deletion"):
        ref = asked(both, visit, kind)
        page = both.post(f"/recordings/requests/{ref}/decide", {"text": "myself", "decision": "approve"})
        assert page.status_code == 422
        assert "You asked for this yourself" in page.text
        assert row_of(house, ref).state == "asked"
    assert "requests about recordings to decide" not in both.get("/").text


def test_officers_decide_nothing_and_strangers_find_nothing(house: House, visit: LiveVisit, live: LiveSession, officer: Browser) -> None:
    ref = asked(officer, visit)
    other = staff(house, visit, Role.OFFICER)
    other.get(f"/recordings/requests/{ref}")
    assert other.post(f"/recordings/requests/{ref}/decide", {"text": "x", "decision": "approve"}).status_code == 403
    assert "Only the person who asked" in other.post(f"/recordings/requests/{ref}/withdraw").text
    far = staff(house, visit, Role.OFFICER, Role.DUTY_CHIEF, elsewhere=True)
    assert ref not in far.get("/recordings/requests").text
    for path in (f"/recordings/requests/{ref}", f"/recordings/{visit.booking.ref}/ask/export"):
        assert far.get(path).status_code == 404
    auditor = staff(house, visit, Role.AUDITOR)
    assert ref in auditor.get("/recordings/requests").text
    assert auditor.get(f"/recordings/{visit.booking.ref}/ask/export").status_code == 403
    assert officer.get(f"/recordings/{visit.booking.ref}/ask/nonsense").status_code == 404


def test_what_is_typed_survives_a_refusal(house: House, visit: LiveVisit, live: LiveSession, officer: Browser) -> None:
    asked(officer, visit)
    officer.get(f"/recordings/{visit.booking.ref}/ask/export")
    page = officer.submit({"reason": "a second time", "recipient": "court"})
    assert page.status_code == 422
    assert "Somebody has asked for this already" in page.text
    assert "a second time" in page.text
    officer.get(f"/recordings/{visit.booking.ref}/ask/export")
    page = officer.submit({"reason": "", "recipient": "court"})
    assert "Please fill in this field." in page.text
    assert 'value="court"' in page.text


def test_a_refused_and_a_withdrawn_request_can_be_asked_again(house: House, visit: LiveVisit, live: LiveSession, officer: Browser) -> None:
    chief = staff(house, visit, Role.DUTY_CHIEF)
    ref = asked(officer, visit)
    decided(chief, ref, "refuse", "no legal basis")
    assert "no legal basis" in officer.get(f"/recordings/requests/{ref}").text
    page = chief.post(f"/recordings/requests/{ref}/decide", {"text": "after all", "decision": "approve"})
    assert page.status_code == 409, "decided once"
    ref = asked(officer, visit)
    officer.submit(form="withdraw")
    assert row_of(house, ref).state == "withdrawn"
    ref = asked(officer, visit)
    decided(chief, ref)
    officer.get(f"/recordings/requests/{ref}")
    officer.submit(form="withdraw")
    assert officer.post(f"/recordings/requests/{ref}/fetch").status_code == 422, "approved, and taken back"


def test_requests_lapse_undecided_and_unused(house: House, visit: LiveVisit, live: LiveSession, officer: Browser) -> None:
    ref = asked(officer, visit)
    house.clock.advance(timedelta(days=3))
    officer, chief = browser(house, "prison", visit.officer), staff(house, visit, Role.DUTY_CHIEF)
    officer.speak("en")
    assert "has lapsed" in decided(chief, ref).text
    assert house.write(lambda s: exports.lapse(s, house.now)) == 1
    assert house.write(lambda s: exports.lapse(s, house.now)) == 0
    ref = asked(officer, visit)
    house.clock.advance(timedelta(minutes=5))
    decided(chief, ref)
    assert row_of(house, ref).lapses_at == house.now + timedelta(days=3), "as long again, to fetch it"
    house.clock.advance(timedelta(days=3))
    officer = browser(house, "prison", visit.officer)
    officer.speak("en")
    officer.get(f"/recordings/requests/{ref}")
    assert "fetch" not in [one for one in ("fetch",) if f'id="{one}"' in officer.page.text]
    assert "has lapsed" in officer.post(f"/recordings/requests/{ref}/fetch").text


def test_a_damaged_segment_is_named_and_left_out(house: House, visit: LiveVisit, live: LiveSession, officer: Browser) -> None:
    path = file_of(house, live, "terminal-1.webm.sealed")
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    ref = asked(officer, visit)
    decided(staff(house, visit, Role.DUTY_CHIEF), ref)
    officer.get(f"/recordings/requests/{ref}")
    package = officer.submit(form="fetch").data
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        assert "terminal-1.webm" not in archive.namelist()
        manifest = json.loads(archive.read("manifest.json"))
    assert manifest["legs"]["terminal"]["segments"][0]["stored"]["verdict"] == "differs"
    assert manifest["legs"]["terminal"]["segments"][0]["file"] is None


def test_without_the_typeface_nothing_is_spent(house: House, visit: LiveVisit, live: LiveSession, officer: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    ref = asked(officer, visit)
    decided(staff(house, visit, Role.DUTY_CHIEF), ref)
    monkeypatch.setattr("visitation.web.paper.FACE", Path("/nowhere.ttc"))
    officer.get(f"/recordings/requests/{ref}")
    page = officer.submit(form="fetch")
    assert page.status_code == 422
    assert "fonts-noto-cjk" in page.text
    assert row_of(house, ref).state == "approved"


def test_a_download_that_breaks_off_stays_spent_without_a_hash(house: House, visit: LiveVisit, live: LiveSession, officer: Browser) -> None:
    ref = asked(officer, visit)
    decided(staff(house, visit, Role.DUTY_CHIEF), ref)
    officer.get(f"/recordings/requests/{ref}")
    form = officer.form("fetch")
    answer = officer.client.post(form["action"], data=form["fields"], base_url=officer.origin, headers={"Origin": officer.origin}, buffered=False)
    next(iter(answer.response))
    answer.close()
    row = row_of(house, ref)
    assert (row.state, row.sha256) == ("done", "")
    assert "not handed over whole" in officer.get(f"/recordings/requests/{ref}").text


# -- deletion


def test_two_people_delete_a_recording_here_and_at_the_broker(house: House, visit: LiveVisit, live: LiveSession, officer: Browser) -> None:
    stored(house, live, a_webm(), leg="terminal", number=2, state="reported")
    ref = asked(officer, visit, "deletion")
    assert file_of(house, live, "terminal-1.webm.sealed").exists()
    decided(staff(house, visit, Role.DUTY_CHIEF), ref)
    assert set(house.read(lambda s: list(s.scalars(select(Segment.state))))) == {"deleted"}
    assert not file_of(house, live, "terminal-1.webm.sealed").exists()
    row = row_of(house, ref)
    assert (row.state, row.done_at) == ("done", house.now)
    entries = house.read(lambda s: list(s.scalars(select(AuditEntry.detail).where(AuditEntry.act == "recording.delete_early"))))
    assert len(entries) == 4
    assert all(len(entry["sha256"]) == 64 for entry in entries)
    with house.prison.app_context():
        recordings.forget_fetched("broker-1", house.now)
    assert len(house.read(lambda s: list(s.scalars(select(BrokerCommand))))) == 4, "the broker is told to delete its bytes too"
    assert "There is nothing to play" in officer.get(f"/recordings/{visit.booking.ref}").text
    assert officer.get(f"/recordings/{visit.booking.ref}/certificate").text.count("deleted as decided") == 4


def test_a_hold_wins_over_an_approved_deletion(house: House, visit: LiveVisit, live: LiveSession, officer: Browser) -> None:
    chief = staff(house, visit, Role.DUTY_CHIEF)
    ref = asked(officer, visit, "deletion")
    chief.get(f"/recordings/{visit.booking.ref}")
    chief.submit({"reason": "case 9"}, form="/hold")
    page = decided(chief, ref)
    assert "under legal hold" in page.text
    assert row_of(house, ref).state == "asked"
    house.write(lambda s: setattr(s.get_one(RecordingRequest, row_of(house, ref).id), "state", "approved"))
    with house.prison.app_context():
        sweep = recordings.deletions(house.prison.extensions["settings"].data_dir, recordings.copies())
    house.write(lambda s: sweep(s, house.now))
    assert file_of(house, live, "terminal-1.webm.sealed").exists()
    assert row_of(house, ref).state == "refused"
    officer.get(f"/recordings/{visit.booking.ref}/ask/deletion")
    assert "under legal hold" in officer.submit({"reason": "again"}).text


def test_a_killed_deletion_is_finished_by_the_next_sweep(house: House, visit: LiveVisit, live: LiveSession, officer: Browser) -> None:
    ref = asked(officer, visit, "deletion")
    chief = house.write(lambda s: make_staff(s, [Role.DUTY_CHIEF], visit.prison))
    house.write(lambda s: exports.decide(s, identity_of(chief, "prison"), row_of(house, ref).id, True, "yes", house.now))
    file_of(house, live, "outside1-1.webm.sealed").unlink()  # killed after the first file, before the commit
    with house.prison.app_context():
        sweep = recordings.deletions(house.prison.extensions["settings"].data_dir, recordings.copies())
    for _twice in range(2):
        house.write(lambda s: sweep(s, house.now))
    assert row_of(house, ref).state == "done"
    assert not list(file_of(house, live, "x").parent.glob("*.sealed"))


def test_of_two_chiefs_at_once_one_decides(house: House, visit: LiveVisit, live: LiveSession, officer: Browser) -> None:
    number = row_of(house, asked(officer, visit)).id
    chiefs = [house.write(lambda s: identity_of(make_staff(s, [Role.DUTY_CHIEF], visit.prison), "prison")) for _ in range(4)]
    results: list[str] = []
    start = threading.Barrier(len(chiefs))

    def decide(who: Any, approve: bool) -> None:
        start.wait()
        try:
            results.append(house.write(lambda s: exports.decide(s, who, number, approve, "x", house.now).state))
        except Refused as refused:
            results.append(refused.codes[0])

    threads = [threading.Thread(target=decide, args=(who, turn % 2 == 0)) for turn, who in enumerate(chiefs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results)[:3] == ["STATE_CHANGED"] * 3
    assert row_of_number(house, number).state in ("approved", "refused")


def row_of_number(house: House, number: int) -> RecordingRequest:
    return house.read(lambda s: s.get_one(RecordingRequest, number))


def test_there_is_nothing_to_ask_for_without_a_recording(house: House, visit: LiveVisit, officer: Browser) -> None:
    bare = ended(house, visit)
    officer.get(f"/recordings/{visit.booking.ref}/ask/export")
    assert "has no recording" in officer.submit(REASON).text
    with pytest.raises(Refused) as refused:
        house.write(lambda s: holds.set_hold(s, identity_of(visit.officer, "prison"), s.get_one(LiveSession, bare.id), "x", house.now))
    assert refused.value.codes == ("NO_RECORDING",)
