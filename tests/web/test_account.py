"""The account page: contact, password, sign-ins, another number, closing; and the recovery of a lost number."""

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

import wsgi
from tests.conftest import House
from tests.factories import Family, make_booking, make_family, make_inmate, make_prison, make_staff, make_terminal, make_ward
from tests.scenes import NINE, Scene, make_scene
from tests.web.browsing import Browser, browser
from tests.web.family_steps import MOBILE, acts, last_code, sign_in, stage, wrong_code
from visitation.accounts import passwords, service_account
from visitation.accounts.models import Account, MobileChange, OneTimeCode, SignIn
from visitation.bookings import service
from visitation.bookings.models import Booking, Claim, Offer, OfferPlace, Wish
from visitation.kernel.identity import Role
from visitation.notices.models import Delivery, Notice

NEW = "13911112222"


@pytest.fixture
def family(house: House) -> Family:
    return house.write(lambda session: make_family(session, mobile=f"+86{MOBILE}"))  # type: ignore[no-any-return]


@pytest.fixture
def page(house: House, family: Family) -> Browser:
    made = browser(house, "family", family.account)
    made.speak("en")
    return made


def account_of(house: House, family: Family) -> Any:
    return house.read(lambda session: session.get(Account, family.account.id))


def mobile_of(house: House, family: Family) -> Any:
    with house.family.app_context():
        return account_of(house, family).mobile


def test_contact_is_kept_and_a_change_of_nothing_leaves_no_trace(house: House, family: Family, page: Browser) -> None:
    for _time in range(2):
        page.get("/account/contact")
        page.submit({"email": "a@example.org", "language": "en", "large_type": "y"})
    account = account_of(house, family)
    assert (account.language, account.large_type) == ("en", True)
    assert 'class="large-type"' in page.page.text
    assert [entry.detail for entry in acts(house, "account.change")] == [{"changed": ["email", "language", "large_type"]}]


def test_an_address_that_is_none_is_refused(house: House, family: Family, page: Browser) -> None:
    page.get("/account/contact")
    page.submit({"email": "no\r\nBcc: x@y.z"})
    assert "not an e-mail address" in page.page.text
    assert account_of(house, family).email_box is None


def test_a_password_is_chosen_changed_and_removed(house: House, family: Family, page: Browser) -> None:
    other = browser(house, "family", family.account)
    page.get("/account/password")
    page.submit({"new": "correct horse", "again": "correct horse"})
    kept = account_of(house, family).password_hash
    assert passwords.verify_password(kept, "correct horse")
    assert other.get("/account").request.path == "/sign-in"
    page.get("/account/password")
    page.submit({"old": "wrong", "new": "battery staple", "again": "battery staple"})
    assert "present password is not right" in page.page.text
    page.submit({"old": "correct horse", "drop": "y"})
    assert account_of(house, family).password_hash is None
    assert page.get("/account").request.path == "/account"


@pytest.mark.parametrize("password", ["", "short", "aaaaaaaaaa", f"x{MOBILE}"])
def test_a_bad_password_is_refused(house: House, family: Family, page: Browser, password: str) -> None:
    page.get("/account/password")
    page.submit({"new": password, "again": password})
    assert 'role="alert"' in page.page.text
    assert account_of(house, family).password_hash is None


def test_another_sign_in_is_ended_and_nobody_elses(house: House, family: Family, page: Browser) -> None:
    other = browser(house, "family", family.account)
    stranger = browser(house, "family", house.write(lambda session: make_family(session).account))
    rows = house.read(lambda session: session.scalars(select(SignIn).order_by(SignIn.id)).all())
    page.get("/account")
    page.post(f"/account/sign-ins/{rows[1].id}/end")
    assert other.get("/account").request.path == "/sign-in"
    page.get("/account")
    assert page.post(f"/account/sign-ins/{rows[2].id}/end").status_code == 404
    assert stranger.get("/account").request.path == "/account"


def test_another_number_by_a_code_to_it(house: House, family: Family, page: Browser) -> None:
    page.get("/account/mobile")
    page.submit({"mobile": NEW})
    page.submit({"code": wrong_code(house)})
    assert mobile_of(house, family) == f"+86{MOBILE}"
    page.submit({"code": last_code(house)})
    assert mobile_of(house, family) == f"+86{NEW}"
    assert len(acts(house, "account.change_mobile")) == 1
    house.clock.advance(timedelta(seconds=61))
    again = browser(house)
    sign_in(house, again, NEW)
    assert again.get("/account").request.path == "/account"


def test_a_number_of_somebody_else_is_refused_only_after_its_code(house: House, family: Family, page: Browser) -> None:
    house.write(lambda session: make_family(session, mobile=f"+86{NEW}"))
    page.get("/account/mobile")
    page.submit({"mobile": NEW})
    assert page.page.request.path == "/account/mobile/code"
    page.submit({"code": last_code(house)})
    assert "already in use" in page.page.text
    assert mobile_of(house, family) == f"+86{MOBILE}"


def test_closing(house: House, family: Family, page: Browser) -> None:
    page.get("/account/close")
    page.submit({})
    assert "confirm" in page.page.text
    page.submit({"sure": "y"})
    assert page.page.request.path == "/sign-in"
    account = account_of(house, family)
    assert (account.closed_at, account.mobile_index, account.email_box, account.password_hash) == (house.now, None, None, None)
    assert len(acts(house, "account.close")) == 1


def test_closing_lets_go_of_everything_that_was_kept(house: House) -> None:
    """A wish, an offered place, a hold: free for the next at once; nothing of them is left open."""

    def world(session: Any) -> Scene:
        scene = make_scene(session)
        service.hold(session, scene.who, scene.wanted(), "h", house.now)
        days = {"first_day": NINE.date(), "last_day": NINE.date(), "weekdays": "0", "parts": "morning", "created_at": house.now}
        whom = {"account_id": scene.family.account.id, "prison_id": scene.prison.id, "inmate_id": scene.inmate.id, "kinship_id": scene.kinship.id}
        wish = Wish(kind="family_visit", state="offered", **days, **whom)
        session.add(wish)
        kept = {"state": "offered", "hold_expires_at": house.now + timedelta(hours=1), "notice_accepted_at": None}
        place = make_booking(session, scene.family, scene.inmate, scene.terminals[1], NINE + timedelta(minutes=40), **kept)
        session.flush()
        until = {"created_at": house.now, "expires_at": house.now + timedelta(hours=1)}
        session.add(Offer(kind="waiting", account_id=scene.family.account.id, wish_id=wish.id, places=[OfferPlace(booking_id=place.id)], **until))
        return scene

    scene = house.write(world)
    assert house.read(lambda s: s.scalar(select(func.count()).select_from(Claim))) > 0
    house.write(lambda s: service_account.close(s, scene.who, house.now))
    states = house.read(lambda s: (s.scalars(select(Wish.state)).one(), s.scalars(select(Offer.state)).one(), set(s.scalars(select(Booking.state)))))
    assert states == ("left", "declined", {"expired"})
    assert house.read(lambda s: s.scalar(select(func.count()).select_from(Claim))) == 0


def test_an_account_with_a_visit_ahead_is_not_closed(house: House, family: Family, page: Browser) -> None:
    def book(session: Any) -> None:
        prison = make_prison(session)
        inmate = make_inmate(session, make_ward(session, prison))
        make_booking(session, family, inmate, make_terminal(session, prison), house.now + timedelta(days=2))

    house.write(book)
    page.get("/account/close")
    page.submit({"sure": "y"})
    assert "still lie ahead" in page.page.text
    assert account_of(house, family).closed_at is None


def test_every_page_wants_a_family(house: House) -> None:
    for path in ("", "/contact", "/password", "/mobile", "/mobile/code", "/close"):
        assert browser(house).get(f"/account{path}").request.path == "/sign-in"


class Lost:
    """A person without the old telephone, on the way through the recovery."""

    def __init__(self, house: House, family: Family) -> None:
        self.house, self.family = house, family
        self.prison = house.write(lambda session: make_prison(session))
        self.page = browser(house)
        self.page.speak("en")

    def ask(self, **changes: Any) -> None:
        page = self.page
        page.get("/recover")
        page.submit({"mobile": NEW})
        page.submit({"code": last_code(self.house)})
        for purpose in ("face", "document"):
            stage(page, purpose)
        page.get("/recover/details")
        with self.house.family.app_context():
            number = self.family.visitor.document_number
        typed = {"name": self.family.visitor.name, "document_number": number, "old_mobile": MOBILE, "prison": str(self.prison.id)}
        page.submit(typed | changes, form="lost-form")

    def request(self) -> MobileChange:
        return self.house.read(lambda session: session.scalar(select(MobileChange).order_by(MobileChange.id.desc())))  # type: ignore[no-any-return]

    def officer(self, prison: Any = None, role: Role = Role.OFFICER) -> Browser:
        staff = self.house.write(lambda session: make_staff(session, [role], prison or self.prison))
        made = browser(self.house, "prison", staff)
        made.speak("en")
        return made


def without_tokens(page: str) -> str:
    return re.sub(r'value="[^"]{30,}"', "", page)


@pytest.fixture
def lost(house: House, family: Family) -> Lost:
    return Lost(house, family)


def sent_to(house: House, mobile: str) -> list[str]:
    """Short messages that go to a number and belong to no inbox, the oldest first."""

    def read(session: Session) -> list[str]:
        rows = session.scalars(select(Delivery).where(Delivery.channel == "sms", Delivery.notice_id.is_(None)).order_by(Delivery.id))
        return [str(row.text) for row in rows if row.address == mobile]

    with house.prison.app_context():
        return house.read(read)


def test_the_desk_has_a_pile_of_lost_numbers(house: House, lost: Lost) -> None:
    desk = lost.officer()
    desk.speak("en")
    assert "lost telephone numbers to decide" not in desk.get("/").text
    lost.ask()
    assert "lost telephone numbers to decide" in desk.get("/").text
    other = browser(house, "prison", house.write(lambda session: make_staff(session, prison=make_prison(session))))
    other.speak("en")
    assert "lost telephone numbers to decide" not in other.get("/").text


def test_a_lost_number_is_recovered(house: House, family: Family, lost: Lost) -> None:
    old = browser(house, "family", family.account)
    lost.ask()
    request = lost.request()
    assert (request.visitor_id, request.old_mobile_right) == (family.visitor.id, True)
    assert lost.page.page.request.path == f"/recover/{request.ref}"
    assert "compares your document" in lost.page.page.text
    desk = lost.officer()
    assert request.ref in desk.get("/mobile-changes").text
    desk.get(f"/mobile-changes/{request.ref}")
    assert desk.get(f"/mobile-changes/{request.ref}/picture/face").mimetype == "image/jpeg"
    desk.get(f"/mobile-changes/{request.ref}")
    desk.submit(form="approve-form")
    assert mobile_of(house, family) == f"+86{NEW}"
    assert old.get("/account").request.path == "/sign-in"
    assert "has the new number" in lost.page.get(f"/recover/{request.ref}").text
    assert len(acts(house, "mobile_change.approve")) == 1
    assert sent_to(house, f"+86{MOBILE}")[-1].startswith("【预约服务】根据申请"), "whoever holds the old telephone is warned"
    assert house.read(lambda session: session.scalars(select(Notice.kind)).all()) == ["number_changed"]
    desk.get("/mobile-changes")
    assert desk.post(f"/mobile-changes/{request.ref}/approve").status_code == 409


@pytest.mark.parametrize("changes", [{"name": "张三"}, {"document_number": "990101190001010018"}])
def test_whoever_is_not_known_gets_the_same_page_and_no_account(house: House, family: Family, lost: Lost, changes: dict[str, str]) -> None:
    lost.ask()
    known = lost.request()
    text = lost.page.page.text.replace(known.ref, "REF")
    house.write(lambda session: session.delete(session.get(MobileChange, known.id)))
    house.clock.advance(timedelta(seconds=61))
    lost.ask(**changes)
    unknown = lost.request()
    assert unknown.visitor_id is None
    assert without_tokens(lost.page.page.text.replace(unknown.ref, "REF")) == without_tokens(text)
    desk = lost.officer()
    desk.get(f"/mobile-changes/{unknown.ref}")
    desk.submit(form="approve-form")
    assert "Nobody with this document" in desk.page.text
    assert mobile_of(house, family) == f"+86{MOBILE}"


def test_a_refused_recovery_says_why(house: House, family: Family, lost: Lost) -> None:
    lost.ask()
    desk = lost.officer()
    desk.get(f"/mobile-changes/{lost.request().ref}")
    desk.submit({"reason": ""}, form="refuse-form")
    assert lost.request().state == "submitted"
    desk.submit({"reason": "照片不清楚，请重新提交。"}, form="refuse-form")
    assert "照片不清楚" in lost.page.get(f"/recover/{lost.request().ref}").text
    told = sent_to(house, f"+86{NEW}")[-1]
    assert lost.request().ref in told
    assert "照片" not in told, "the reason stays on the page"
    assert house.read(lambda session: session.scalars(select(Notice)).all()) == []
    assert mobile_of(house, family) == f"+86{MOBILE}"


def test_the_details_want_a_confirmed_number_and_pictures(house: House, lost: Lost) -> None:
    assert lost.page.get("/recover/details").request.path == "/recover"
    lost.page.submit({"mobile": NEW})
    assert lost.page.get("/recover/details").request.path == "/recover"
    lost.page.get("/recover/code")
    lost.page.submit({"code": last_code(house)})
    lost.page.submit({"name": "李试", "document_number": "990101190001010018", "prison": str(lost.prison.id)}, form="lost-form")
    assert "photo of the face" in lost.page.page.text
    assert house.read(lambda session: session.scalar(select(func.count(MobileChange.id)))) == 0


def test_only_this_prisons_desk_sees_it(house: House, lost: Lost) -> None:
    lost.ask()
    ref = lost.request().ref
    other = lost.officer(house.write(lambda session: make_prison(session)))
    assert other.get(f"/mobile-changes/{ref}").status_code == 404
    assert ref not in other.get("/mobile-changes").text
    assert lost.officer(role=Role.AUDITOR).get(f"/mobile-changes/{ref}").status_code == 403
    assert lost.page.get(f"/mobile-changes/{ref}").status_code == 404


def test_codes_are_forgotten_a_day_after_they_were_sent(house: House, lost: Lost) -> None:
    lost.page.get("/recover")
    lost.page.submit({"mobile": NEW})
    made = wsgi.build_worker(house.prison)
    (sweep,) = (one for one in made._sweeps if one.name == "codes.stale")
    for hours, left in ((23, 1), (2, 0)):
        house.clock.advance(timedelta(hours=hours))
        made.sweep_once(sweep)
        assert house.read(lambda session: session.scalar(select(func.count(OneTimeCode.id)))) == left
