"""Requests for legal help: entered, decided on, passed on in time, written at the terminal; and what stays hidden from whom."""

import logging
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import undefer

from config import FamilySettings
from consult.directory.models import Institution
from consult.requests import demo, letters, queries, service, terminal
from consult.requests.letters import Letter
from consult.requests.models import HelpCode, HelpRequest, RequestSlip
from consult.requests.rules import Asked
from consult.sealing import Opener, SealBroken
from tests.conftest import House
from tests.factories import make_family, make_inmate, make_kinship, make_prison, make_staff, make_terminal, make_ward
from tests.web.browsing import Browser, browser
from visitation.accounts.models import Device
from visitation.accounts.queries import identity_of
from visitation.audit.models import AuditEntry
from visitation.kernel.errors import NotFound, Refused, StateChanged
from visitation.kernel.identity import Identity, Role, Zone
from visitation.kernel.ids import digest
from visitation.notices.models import Notice
from visitation.people.models import Inmate, Suspension

SECRET = "副监狱长收了包工头的钱"
TYPED = {"matter": "labour", "asks_for": "advice", "urgency": "1", "language": "zh", "secrecy": "open", "summary": "父亲被拖欠工资", "consent": "y"}


class Scene:
    """A prison with two wards, an inmate with an approved sister, the offices, and a paired terminal."""

    def __init__(self, session: Any) -> None:
        self.prison = make_prison(session)
        self.ward, self.other_ward = make_ward(session, self.prison), make_ward(session, self.prison)
        self.inmate = make_inmate(session, self.ward, name="王试甲")
        self.family, self.stranger = make_family(session), make_family(session)
        self.kinship = make_kinship(session, self.family.visitor, self.inmate)
        self.office = make_staff(session, (Role.LEGAL_OFFICE,), self.prison)
        self.officer = make_staff(session, (Role.WARD_OFFICER,), self.prison, wards=[self.ward])
        self.neighbour = make_staff(session, (Role.WARD_OFFICER,), self.prison, wards=[self.other_ward])
        self.room = make_staff(session, (Role.OFFICER,), self.prison)
        self.bureau = make_staff(session, (Role.BUREAU,))
        self.terminal = make_terminal(session, self.prison)
        at = self.inmate.updated_at
        session.add(Device(terminal_id=self.terminal.id, key_digest=digest("k"), paired_at=at, paired_by=self.office.id, seen_at=at))


@pytest.fixture
def scene(house: House) -> Scene:
    return house.write(Scene)


def page(house: House, account: Any, zone: str = "prison") -> Browser:
    found = browser(house, zone, account)
    found.speak("en")
    return found


def kiosk(house: House) -> Browser:
    found = browser(house, "prison")
    found.speak("en")
    found.client.set_cookie("__Host-device", "k", domain="localhost", secure=True)
    return found


def who(house: House, account: Any, zone: str = "prison") -> Identity:
    return house.read(lambda session: identity_of(session.merge(account, load=True), zone))


def device(scene: Scene) -> Identity:
    return Identity(scene.terminal.id, frozenset({Role.TERMINAL}), scene.terminal.name, Zone.PRISON, prison_id=scene.prison.id)


def entered(house: House, scene: Scene, by: Any = None, **values: Any) -> HelpRequest:
    person = who(house, by or scene.officer)
    asked = Asked(**{"matter": "labour", "summary": "父亲被拖欠工资", "consent": True} | values)
    return house.write(lambda session: service.enter(session, person, scene.inmate.id, asked, house.now))


def written(house: House, scene: Scene, **values: Any) -> HelpRequest:
    """At the terminal."""
    officer, asked = who(house, scene.room), Asked(**{"matter": "labour", "summary": SECRET, "consent": True} | values)
    code = house.write(lambda session: terminal.open_for(session, officer, scene.inmate.id, None, house.now))
    key = house.prison.extensions["settings"].letters_public_key
    return house.write(lambda session: terminal.write(session, device(scene), code, asked, key, house.now))


def row(house: House, ref: str) -> HelpRequest:
    return house.read(lambda session: queries.by_ref(session, ref))


def letter(house: House, ref: str) -> Letter:
    """As the family zone reads it."""
    settings: FamilySettings = house.family.extensions["settings"]
    return house.read(lambda session: letters.read(session.scalars(select(HelpRequest).where(HelpRequest.ref == ref)).one(), settings))


def competing(session: Any, prison_id: int) -> list[HelpRequest]:
    """Those that wait for a place on a legal-help day."""
    query = select(HelpRequest).where(HelpRequest.prison_id == prison_id, HelpRequest.state == "waiting", HelpRequest.path == "helpday")
    return list(session.scalars(query.order_by(HelpRequest.entered_at, HelpRequest.id)))


def steps(house: House, ref: str) -> list[tuple[int, str]]:
    query = select(RequestSlip.number, RequestSlip.step).join(HelpRequest).where(HelpRequest.ref == ref).order_by(RequestSlip.number)
    return house.read(lambda session: [tuple(one) for one in session.execute(query)])


def test_the_ward_enters_the_office_decides_every_step_has_a_slip(house: House, scene: Scene) -> None:
    ward = page(house, scene.officer)
    ward.get("/help-requests/new")
    ward.submit({"number": "00000000", "act": "enter"}, form="find")
    assert "no inmate with this number" in ward.page.text
    ward.submit({"number": scene.inmate.number, "act": "enter"}, form="find")
    long = "长" * 100_000
    ward.submit({**TYPED, "summary": long}, form="request")
    assert "has 100000 characters" in ward.page.text
    assert long in ward.page.text, "nothing typed is lost"
    ward.submit({**TYPED, "concerned_relation": "parent", "concerned_place": "某处"}, form="request")
    assert "which place is meant" in ward.page.text
    ward.submit({**TYPED, "concerned_relation": "parent", "concerned_place": "广东省东莞市", "parties": "包工头赵某"}, form="request")
    one = house.read(lambda session: session.scalars(select(HelpRequest)).one())
    assert (one.state, one.path, one.concerned_place, one.channel) == ("received", None, "441900", "ward")
    assert one.due_at == house.now + timedelta(hours=24)
    raw = house.read(lambda session: session.execute(text("SELECT summary_box, parties_box FROM help_request")).one())
    assert not any("拖欠".encode() in box or "赵".encode() in box for box in raw), "kept sealed"
    assert f"{one.ref}-1" in ward.get(f"/help-requests/{one.ref}").text

    office = page(house, scene.office)
    office.get(f"/help-requests/{one.ref}")
    assert "包工头赵某" in office.page.text
    office.submit(form="triage")
    assert (row(house, one.ref).state, row(house, one.ref).path) == ("waiting", "helpday"), "what the facts suggest was chosen"
    assert [found.ref for found in house.read(lambda session: competing(session, scene.prison.id))] == [one.ref]

    clerk = who(house, scene.office)
    house.write(lambda session: service.carry(session, clerk, session.get_one(HelpRequest, one.id), "full", house.now))
    office.get(f"/help-requests/{one.ref}")
    house.write(lambda session: service.seated(session, clerk, session.get_one(HelpRequest, one.id), "12月2日 14:20", house.now))
    office.submit(form="withdraw")  # on the page as it was
    assert "there the request can be taken back too" in office.page.text
    assert 'id="withdraw"' not in office.get(f"/help-requests/{one.ref}").text
    house.write(lambda session: service.unseat(session, clerk, session.get_one(HelpRequest, one.id), "lawyer", house.now))
    house.write(lambda session: service.seated(session, clerk, session.get_one(HelpRequest, one.id), "12月9日 14:00", house.now))
    house.write(lambda session: service.advised(session, clerk, session.get_one(HelpRequest, one.id), house.now))
    with pytest.raises(StateChanged):
        house.write(lambda session: service.advised(session, clerk, session.get_one(HelpRequest, one.id), house.now))
    told = [(1, "received"), (2, "helpday"), (3, "carried"), (4, "seated"), (5, "unseated"), (6, "seated"), (7, "advised")]
    assert steps(house, one.ref) == told
    assert (row(house, one.ref).waited, row(house, one.ref).state) == (1, "advised")

    ward.get("/help-requests")
    assert "12月2日 14:20" in ward.page.text
    first = house.read(lambda session: session.scalars(select(RequestSlip.id).order_by(RequestSlip.id)).first())
    assert ward.get(f"/help-requests/slips/{first}.pdf").data.startswith(b"%PDF")
    ward.get("/help-requests")
    ward.submit(form=f"/slips/{first}/hand-over")
    assert f"{one.ref}-1" not in ward.page.text
    assert ward.get("/help-requests/slips.pdf").data.startswith(b"%PDF")
    neighbour = page(house, scene.neighbour)
    neighbour.get("/help-requests")
    assert neighbour.get("/help-requests/slips.pdf").mimetype == "text/html", "there is nothing to print"
    assert neighbour.post("/help-requests/slips/handed-over", {"slip": str(first + 1)}).status_code == 404
    ward.get("/help-requests")
    ward.submit(form="handed")
    assert "6 slips are handed over" in ward.page.text
    assert house.read(lambda session: session.scalar(select(func.count(RequestSlip.id)).where(RequestSlip.handed_over_at.is_(None)))) == 0
    assert page(house, scene.neighbour).get(f"/help-requests/slips/{first}.pdf").status_code == 404
    with pytest.raises(StateChanged):
        house.write(lambda session: service.hand_over(session, who_is(session, scene.officer), first, house.now))


def who_is(session: Any, account: Any) -> Identity:
    return identity_of(session.merge(account, load=True), "prison")


def test_about_this_prison_never_reaches_the_ward(house: House, scene: Scene) -> None:
    """Not in a list, not in a count, not on a page: tried as every role."""
    entered(house, scene)
    about = written(house, scene, secrecy="prison")
    assert (about.state, about.path) == ("to_pass", "about_prison")
    for _again in range(2):
        entered(house, scene)  # three are open that the ward knows of; the fourth it does not is no reason to refuse
    for account in (scene.officer, scene.neighbour, scene.office):
        person, one = page(house, account), who(house, account)
        for pile in queries.PILES:
            assert about.ref not in person.get(f"/help-requests?pile={pile}").text or account is scene.office
            assert about.ref not in {found.ref for found in house.read(lambda session, o=one, p=pile: queries.pile(session, o, p))}
        assert person.get(f"/help-requests/{about.ref}").status_code == 404
        assert person.post(f"/help-requests/{about.ref}/withdraw").status_code == 404
        assert sum(house.read(lambda session, o=one: queries.counts(session, o)).values()) == (0 if account is scene.neighbour else 3)
        with pytest.raises(NotFound):
            house.write(lambda session, o=one: service.triage(session, o, about.id, "helpday", house.now))
    slip_id = house.read(lambda session: session.scalars(select(RequestSlip.id).where(RequestSlip.request_id == about.id)).one())
    ward = page(house, scene.officer)
    assert about.ref not in ward.get("/help-requests").text
    assert ward.get(f"/help-requests/slips/{slip_id}.pdf").status_code == 404
    assert ward.post(f"/help-requests/slips/{slip_id}/hand-over").status_code == 404
    assert about.ref not in ward.get("/").text

    office = page(house, scene.office)
    office.get("/help-requests")
    assert "closed form" in office.page.text
    assert SECRET not in office.page.text
    assert office.get(f"/help-requests/slips/{slip_id}.pdf").data.startswith(b"%PDF")
    office.get("/help-requests")
    office.submit(form=f"/slips/{slip_id}/hand-over")
    assert about.ref not in office.page.text

    bureau = page(house, scene.bureau)
    assert "letters of inmates about a prison" in bureau.get("/").text
    assert about.ref in bureau.get("/help-requests?pile=pass").text
    bureau.get(f"/help-requests/{about.ref}")
    assert SECRET in bureau.page.text
    assert house.read(lambda session: session.scalar(select(func.count()).where(AuditEntry.act == "sight", AuditEntry.subject_id == about.ref))) >= 1
    assert 'id="triage"' not in bureau.page.text
    assert bureau.post(f"/help-requests/{about.ref}/triage", {"path": "helpday"}).status_code == 200
    assert "never goes back to the prison or the ward" in bureau.page.text, "not by a slip of the bureau's hand either"
    assert row(house, about.ref).path == "about_prison"
    bureau.submit({"where": "驻监检察室"}, form="pass")
    assert (row(house, about.ref).state, row(house, about.ref).passed_to) == ("passed", "驻监检察室")


def test_the_office_sends_it_to_the_bureau_and_sees_it_no_more(house: House, scene: Scene) -> None:
    with pytest.raises(Refused) as refused:
        entered(house, scene, secrecy="prison")
    assert refused.value.codes == ("HELP_NOT_BY_WARD",)
    by_office = entered(house, scene, by=scene.office, secrecy="prison")
    assert by_office.path == "about_prison"
    plain = entered(house, scene)
    office = page(house, scene.office)
    office.get(f"/help-requests/{plain.ref}")
    office.submit({"path": "about_prison"}, form="triage")
    assert office.page.request.path == "/help-requests"
    for ref in (plain.ref, by_office.ref):
        assert office.get(f"/help-requests/{ref}").status_code == 404
        assert page(house, scene.officer).get(f"/help-requests/{ref}").status_code == 404
        assert page(house, scene.bureau).get(f"/help-requests/{ref}").status_code == 200
    bureau = page(house, scene.bureau)
    bureau.get(f"/help-requests/{plain.ref}")
    bureau.submit({"path": "helpday"}, form="triage")
    assert row(house, plain.ref).path == "helpday", "what the office sent by mistake, and the ward knew, comes back"


def test_a_double_click_enters_once_and_gives_one_slip(house: House, scene: Scene) -> None:
    ward = page(house, scene.officer)
    form = ward.get(f"/help-requests/new/{scene.inmate.id}")
    for _click in range(3):
        ward.page = form
        ward.submit(TYPED, form="request")
    one = house.read(lambda session: session.scalars(select(HelpRequest)).one())
    office = page(house, scene.office)
    form = office.get(f"/help-requests/{one.ref}")
    for _click in range(2):
        office.page = form
        office.submit({"path": "helpday"}, form="triage")
    assert steps(house, one.ref) == [(1, "received"), (2, "helpday")]
    ward.page = ward.get(f"/help-requests/new/{scene.inmate.id}")
    ward.submit(TYPED, form="request")
    assert house.read(lambda session: session.scalar(select(func.count(HelpRequest.id)))) == 2, "another form is another request"


def test_a_letter_for_the_lawyer_is_sealed_in_the_terminals_request(house: House, scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    room = page(house, scene.room)
    room.get("/help-requests/new")
    room.submit({"number": scene.inmate.number, "act": "terminal"}, form="find")
    room.submit(form="open")
    code = "".join(letter for letter in room.page.text.split("display-5")[1].split("<")[0] if letter.isdigit())
    assert len(code) == 8
    assert house.read(lambda session: session.scalars(select(HelpCode.code_index)).one()) != code

    screen = kiosk(house)
    screen.get("/terminal/help")
    screen.submit({"code": "12345678"}, form="open")
    assert "does not work" in screen.page.text
    screen.submit({"code": f"{code[:4]} {code[4:]}"}, form="open")
    assert "王*" in screen.page.text
    assert "王试甲" not in screen.page.text
    screen.submit({**TYPED, "secrecy": "lawyer", "summary": "", "parties": "赵某"}, form="write")
    assert "write what it is about" in screen.page.text
    assert "赵某" in screen.page.text, "nothing typed is lost, and the code still works"
    screen.submit({**TYPED, "secrecy": "lawyer", "summary": SECRET, "parties": "赵某\n某公司"}, form="write")
    one = house.read(lambda session: session.scalars(select(HelpRequest).options(undefer("*"))).one())
    assert f"{one.ref}-1" in screen.page.text
    assert (one.lawyer_only, one.summary_box, one.parties_box, one.entered_by, one.channel) == (True, None, None, scene.room.id, "terminal")

    assert letter(house, one.ref) == Letter(SECRET, "赵某\n某公司")
    assert house.read(lambda session: letters.names(session.get_one(HelpRequest, one.id), house.family.extensions["settings"])) == ["赵某", "某公司"]
    assert not hasattr(house.prison.extensions["settings"], "letters_private_key")
    foreign = house.prison.extensions["settings"].recording_private_key.get_secret_value()
    with pytest.raises(SealBroken):
        Opener(foreign).open(one.letter or b"", f"letter:{one.uid}")

    file = house.prison.config["SQLALCHEMY_DATABASE_URI"].removeprefix("sqlite:///")
    kept = b"".join(path.read_bytes() for path in Path(file).parent.glob("*.sqlite3*"))
    for secret in (SECRET, "赵某"):
        assert secret.encode() not in kept, "nowhere in the database"
        assert secret not in caplog.text, "nor in a log"
        for account in (scene.officer, scene.office, scene.bureau):
            assert secret not in page(house, account).get(f"/help-requests/{one.ref}").text
    screen.get("/terminal/help")
    assert "does not work" in screen.post("/terminal/help", {**TYPED, "concerned_relation": "", "code": code}).text
    assert house.read(lambda session: session.scalar(select(func.count(HelpRequest.id)))) == 1, "a code works once"


def test_a_letter_that_the_ward_announced_comes_at_the_terminal(house: House, scene: Scene) -> None:
    ward = page(house, scene.officer)
    ward.get(f"/help-requests/new/{scene.inmate.id}")
    ward.submit({**TYPED, "secrecy": "lawyer"}, form="request")
    assert "the text is not typed here" in ward.page.text
    ward.submit({**TYPED, "secrecy": "lawyer", "summary": ""}, form="request")
    one = house.read(lambda session: session.scalars(select(HelpRequest).options(undefer("*"))).one())
    assert (one.lawyer_only, one.letter) == (True, None)
    assert letter(house, one.ref) == Letter("", "")
    officer = who(house, scene.officer)
    code = house.write(lambda session: terminal.open_for(session, officer, scene.inmate.id, one.id, house.now))
    screen = kiosk(house)
    screen.get("/terminal/help")
    screen.submit({"code": code}, form="open")
    house.clock.set(house.now + timedelta(minutes=15))
    screen.submit({"summary": SECRET, "parties": "赵某"}, form="write")
    assert "does not work" in screen.page.text
    assert SECRET in screen.page.text, "nothing typed is lost"
    again = house.write(lambda session: terminal.open_for(session, officer, scene.inmate.id, one.id, house.now))
    screen.submit({"code": again}, form="write")
    assert letter(house, one.ref) == Letter(SECRET, "赵某")
    assert steps(house, one.ref) == [(1, "received"), (2, "letter")]
    with pytest.raises(NotFound):
        house.write(lambda session: terminal.open_for(session, officer, scene.inmate.id, one.id, house.now))


def test_a_code_is_for_one_inmate_one_prison_and_the_newest_one(house: House, scene: Scene) -> None:
    officer, asked = who(house, scene.room), Asked("labour", SECRET, consent=True)
    first, second = (house.write(lambda session: terminal.open_for(session, officer, scene.inmate.id, None, house.now)) for _ in range(2))

    def write(code: str, at: Identity) -> HelpRequest:
        return house.write(lambda session: terminal.write(session, at, code, asked, "", house.now))

    elsewhere = Identity(99, frozenset({Role.TERMINAL}), "T", Zone.PRISON, prison_id=scene.prison.id + 1)
    for code, at in ((first, device(scene)), (second, elsewhere)):
        with pytest.raises(Refused):
            write(code, at)
    assert write(second, device(scene)).inmate_id == scene.inmate.id
    with pytest.raises(NotFound):
        house.write(lambda session: terminal.open_for(session, who_is(session, scene.neighbour), scene.inmate.id, None, house.now))
    assert page(house, scene.neighbour).get(f"/help-requests/code/{scene.inmate.id}").status_code == 404
    assert page(house, scene.neighbour).get(f"/help-requests/new/{scene.inmate.id}").status_code == 404


def centre_in_dongguan(session: Any) -> Institution:
    facts = {"name": "东莞市法律援助中心", "place_code": "441900", "address": "1", "latitude": 23.02, "longitude": 113.75, "phone": "12348"}
    row = Institution(kind="legal_aid", checked_on=date(2026, 11, 1), updated_at=datetime(2026, 11, 1, tzinfo=UTC), **facts)
    session.add(row)
    session.flush()
    return row


def test_legal_aid_and_defence_run_against_their_hours(house: House, scene: Scene) -> None:
    aid, defence = entered(house, scene, asks_for="legal_aid"), entered(house, scene, asks_for="defence")
    asked_at = house.now
    house.clock.set(asked_at + timedelta(hours=5))
    office = page(house, scene.office)
    office.get(f"/help-requests/{aid.ref}")
    office.submit(form="triage")
    assert (row(house, aid.ref).path, row(house, aid.ref).due_at) == ("legal_aid", asked_at + timedelta(hours=24)), "from when it was entered"
    office.get(f"/help-requests/{defence.ref}")
    office.submit(form="triage")
    assert (row(house, defence.ref).path, row(house, defence.ref).due_at) == ("defence", asked_at + timedelta(hours=48))
    assert f"/lawyer-meetings/new/{defence.ref}" in office.page.text
    house.write(lambda session: setattr(session.merge(scene.inmate), "status", "transferred"))
    assert "no longer in this prison" in office.get(f"/help-requests/{defence.ref}").text
    bureau = page(house, scene.bureau)
    assert "has not passed on in time" not in bureau.get("/").text
    house.clock.set(asked_at + timedelta(hours=24, seconds=1))
    office, bureau = page(house, scene.office), page(house, scene.bureau)
    assert "overdue" in office.get("/help-requests?pile=pass").text
    assert "has not passed on in time" in bureau.get("/").text, "a red one moves up by itself"
    office.get(f"/help-requests/{aid.ref}")
    office.submit({"where": ""}, form="pass")
    assert "where it was passed on to" in office.page.text
    centre = house.write(centre_in_dongguan)
    office.get(f"/help-requests/{aid.ref}")
    office.submit({"institution": centre.ref}, form="pass")
    assert "after the time limit" in office.page.text
    done = row(house, aid.ref)
    assert (done.state, done.passed_to, done.passed_at) == ("passed", "东莞市法律援助中心 12348", house.now)
    ward = page(house, scene.officer)
    ward.get(f"/help-requests/{defence.ref}")
    assert 'id="pass"' not in ward.page.text
    assert ward.post(f"/help-requests/{defence.ref}/pass", {"where": "x"}).status_code == 403


def test_confinement_is_proposed_postponed_and_comes_back_once(house: House, scene: Scene) -> None:
    today = date(2026, 11, 24)
    stop = {"prison_id": scene.prison.id, "inmate_id": scene.inmate.id, "code": "confinement", "decided_by": scene.office.id, "decided_at": house.now}
    house.write(lambda session: session.add(Suspension(starts_on=today, ends_on=today + timedelta(days=6), **stop)))
    one = entered(house, scene)
    office = page(house, scene.office)
    office.get(f"/help-requests/{one.ref}")
    assert "confinement or isolation" in office.page.text
    office.submit(form="postpone")
    assert "comes back by itself on" in office.page.text
    assert "2026-12-01." not in office.page.text, "a day as people read it"
    assert (row(house, one.ref).state, row(house, one.ref).postponed_until, row(house, one.ref).due_at) == ("postponed", today + timedelta(days=7), None)
    assert house.write(lambda session: service.sweep(session, house.now + timedelta(days=6))) == 0
    back = house.now + timedelta(days=7)
    assert house.write(lambda session: service.sweep(session, back)) == 1
    assert house.write(lambda session: service.sweep(session, back)) == 0, "again changes nothing"
    assert (row(house, one.ref).state, row(house, one.ref).due_at) == ("received", back + timedelta(hours=24))
    assert steps(house, one.ref) == [(1, "received"), (2, "postponed"), (3, "returned")]
    aid = entered(house, scene, asks_for="legal_aid")
    with pytest.raises(Refused) as refused:
        house.write(lambda session: service.postpone(session, who_is(session, scene.office), aid.id, today + timedelta(days=9), "禁闭", house.now))
    assert refused.value.codes == ("POSTPONE_LIMIT",)


def test_a_released_inmates_request_is_closed_once_it_has_no_place_any_more(house: House, scene: Scene) -> None:
    one = entered(house, scene)
    house.write(lambda session: service.triage(session, who_is(session, scene.office), one.id, "helpday", house.now))
    house.write(lambda session: service.seated(session, who_is(session, scene.office), session.get_one(HelpRequest, one.id), "周三", house.now))
    assert house.write(lambda session: service.sweep(session, house.now)) == 0
    house.write(lambda session: setattr(session.get_one(Inmate, scene.inmate.id), "status", "released"))
    assert house.write(lambda session: service.sweep(session, house.now)) == 0, "the office gives the place away first"
    house.write(lambda session: service.unseat(session, who_is(session, scene.office), session.get_one(HelpRequest, one.id), "inmate", house.now))
    for status, count in (("court", 0), ("released", 1), ("released", 0)):
        house.write(lambda session, now=status: setattr(session.get_one(Inmate, scene.inmate.id), "status", now))
        assert house.write(lambda session: service.sweep(session, house.now)) == count, status
    assert (row(house, one.ref).state, row(house, one.ref).closed_at) == ("withdrawn", house.now)
    assert [step for _number, step in steps(house, one.ref)] == ["received", "helpday", "seated", "unseated", "released"]


def test_a_relative_is_asked_only_with_consent(house: House, scene: Scene) -> None:
    ward = page(house, scene.officer)
    ward.get(f"/help-requests/new/{scene.inmate.id}")
    part = {"family_part": "paper", "kinship": str(scene.kinship.id), "family_words": "户口簿复印件"}
    ward.submit({**TYPED, **part}, form="request")
    assert "only if the inmate agrees" in ward.page.text
    assert house.read(lambda session: session.scalar(select(func.count(Notice.id)))) == 0
    ward.submit({**TYPED, **part, "family_consent": "y"}, form="request")
    one = house.read(lambda session: session.scalars(select(HelpRequest)).one())
    told = house.read(lambda session: session.scalars(select(Notice)).one())
    assert (told.account_id, told.kind) == (scene.family.account.id, "help_part_asked")

    kin, other = page(house, scene.family.account, "family"), page(house, scene.stranger.account, "family")
    assert "asks you for something" in kin.get("/legal-help").text
    assert "asks you for something" not in other.get("/legal-help").text
    assert "户口簿" not in other.get("/legal-help/asked").text
    assert other.post(f"/legal-help/asked/{one.ref}/done").status_code == 404
    kin.get("/legal-help/asked")
    assert "户口簿复印件" in kin.page.text
    for hidden in (scene.inmate.name, scene.inmate.number, scene.prison.name, "拖欠"):
        assert hidden not in kin.page.text.split("<main")[1].split("</main")[0]
    kin.submit(form="done")
    assert row(house, one.ref).family_done_at == house.now
    assert kin.post(f"/legal-help/asked/{one.ref}/done").status_code == 200
    assert steps(house, one.ref) == [(1, "received"), (2, "family_done")]
    house.write(lambda session: setattr(session.get_one(HelpRequest, one.id), "family_consent_at", None))
    assert "户口簿" not in kin.get("/legal-help/asked").text, "nothing without consent, however it came about"
    house.write(lambda session: setattr(session.get_one(HelpRequest, one.id), "family_consent_at", house.now))
    assert "户口簿" in kin.get("/legal-help/asked").text
    house.write(lambda session: setattr(session.merge(scene.kinship), "inmate_answer", "withdrawn"))
    assert "户口簿" not in kin.get("/legal-help/asked").text, "gone with the inmate's yes"
    house.write(lambda session: setattr(session.merge(scene.kinship), "inmate_answer", "accepted"))
    assert "户口簿" in kin.get("/legal-help/asked").text
    house.write(lambda session: setattr(session.merge(scene.kinship), "restriction", "protection"))
    assert "户口簿" not in kin.get("/legal-help/asked").text, "nor under a restriction"
    ward.get(f"/help-requests/new/{scene.inmate.id}")
    assert 'name="kinship"' not in ward.page.text or scene.family.visitor.name not in ward.page.text


def test_the_day_of_the_rules(house: House, scene: Scene) -> None:
    """rules.md §6: 41 requests from 12 wards; 2 are for legal aid, 1 for the defence, 1 inmate is confined, 37 compete."""
    key = house.prison.extensions["settings"].letters_public_key
    house.write(lambda session: demo.day_of_rules(session, session.merge(scene.prison), house.now, key))

    def counted(session: Any) -> list[tuple[Any, ...]]:
        query = "SELECT path, state, count(*), count(DISTINCT ward_id), count(DISTINCT inmate_id) FROM help_request GROUP BY path, state ORDER BY 1, 2"
        return [tuple(one) for one in session.execute(text(query))]

    wards = "SELECT count(DISTINCT ward_id), count(*) FROM help_request"
    assert house.read(lambda session: session.execute(text(wards)).one()) == (12, 41)
    assert sorted((path or "", state, number, inmates) for path, state, number, _wards, inmates in house.read(counted)) == [
        ("", "postponed", 1, 1),
        ("defence", "to_pass", 1, 1),
        ("helpday", "waiting", 37, 37),
        ("legal_aid", "to_pass", 2, 2),
    ]
    assert len(house.read(lambda session: competing(session, scene.prison.id))) == 37
    sealed = house.read(lambda session: session.scalars(select(HelpRequest.ref).where(HelpRequest.lawyer_only)).one())
    assert "申诉" in letter(house, sealed).summary
