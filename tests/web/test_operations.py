"""The health page, the auditor's pages, and who may not see them."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

import wsgi
from tests.conftest import House
from tests.factories import make_family, make_prison, make_staff
from tests.settings import settings_for
from tests.web.browsing import browser
from visitation.accounts.models import Account
from visitation.audit.models import AuditEntry
from visitation.audit.sealing import seal
from visitation.audit.service import record
from visitation.demo.views_family import newest
from visitation.kernel.identity import STAFF, SYSTEM, Role
from visitation.notices.service import tell
from visitation.supervision.models import Broker


def staff(house: House, *roles: Role, prison: bool = False) -> Account:
    return house.write(lambda session: make_staff(session, roles, make_prison(session) if prison else None))  # type: ignore[no-any-return]


def test_the_health_page_tells_what_is_down(house: House) -> None:
    family = house.write(make_family)
    house.write(lambda session: tell(session, family.account.id, "visit_ended", {"ref": "X"}, house.now - timedelta(hours=1)))
    house.write(lambda session: record(session, SYSTEM, "test.act", "x", 1, house.now - timedelta(minutes=1)))
    page = browser(house, "prison", staff(house, Role.OPERATOR))
    html = page.get("/health").text
    assert "有项目中断" in html
    assert "尚无任何响应" in html
    assert "1 条待发，最早的已等待 3600 秒" in html
    assert "visits-jobs.service" in html


def test_the_health_page_of_a_well_installation(house: House) -> None:
    house.write(
        lambda session: session.add(Broker(id="b1", boot="1", control_url="http://127.0.0.1:1", outside_url="ws://a", inside_url="ws://b", beat_at=house.now))
    )
    page = browser(house, "prison", staff(house, Role.OPERATOR))
    page.speak("en")
    html = page.get("/health").text
    assert "All is well" in html
    assert "visits-jobs.service" not in html


@pytest.mark.parametrize("role", sorted(STAFF))
def test_who_may_see_what(house: House, role: Role) -> None:
    page = browser(house, "prison", staff(house, role))
    wanted = {
        "/health": {Role.OPERATOR, Role.ADMINISTRATOR, Role.DUTY_CHIEF},
        "/audit": {Role.AUDITOR},
        "/audit/verify": {Role.AUDITOR},
        "/audit/head.txt": {Role.AUDITOR},
    }
    for path, roles in wanted.items():
        assert page.get(path).status_code == (200 if role in roles else 403), path
    expected = 200 if role == Role.AUDITOR else 403
    page.get("/audit/verify")
    assert page.post("/audit/verify").status_code in ({200} if expected == 200 else {400, 403})


def test_the_family_zone_has_none_of_these_pages(house: House) -> None:
    for path in ("/health", "/audit", "/audit/verify"):
        assert house.family.test_client().get(path).status_code == 404


def test_the_auditor_finds_who_saw_a_person(house: House) -> None:
    officer = staff(house, Role.OFFICER)

    def work(session):  # type: ignore[no-untyped-def]
        for number in (1, 2):
            record(session, SYSTEM, "sight", "visitor", number, house.now, where="people.show")
        session.add(
            AuditEntry(
                at=house.now,
                zone="prison",
                actor_id=officer.id,
                actor_roles="officer",
                actor_name="周海明",
                prison_id=None,
                act="kinship.approve",
                subject_type="kinship",
                subject_id="9",
                detail={},
            )
        )

    house.write(work)
    page = browser(house, "prison", staff(house, Role.AUDITOR))
    html = page.get("/audit?subject_type=visitor&subject_id=2").text
    assert html.count("<code>sight</code>") == 1
    assert "kinship.approve" not in html
    html = page.get("/audit?actor=周海明").text
    assert "kinship.approve" in html
    assert "<code>sight</code>" not in html
    assert "没有查到记录" in page.get("/audit?act=nothing").text
    assert "没有查到记录" in page.get("/audit?first_day=2026-11-25").text
    assert "kinship.approve" in page.get("/audit?first_day=2026-11-24&last_day=2026-11-24").text
    assert page.get("/audit?first_day=notaday").status_code == 200
    asked = house.read(lambda session: session.scalars(select(AuditEntry.detail).where(AuditEntry.act == "audit.search")).all())
    assert {"asked": {"actor": "周海明"}} in asked, "who looked for whom is an entry too"


def test_an_auditor_of_one_prison_sees_only_that_one(house: House) -> None:
    auditor = staff(house, Role.AUDITOR, prison=True)
    house.write(lambda session: record(session, SYSTEM, "their.act", "x", 1, house.now, prison_id=auditor.prison_id))
    house.write(lambda session: record(session, SYSTEM, "other.act", "x", 2, house.now, prison_id=999))
    html = browser(house, "prison", auditor).get("/audit").text
    assert "their.act" in html
    assert "other.act" not in html


def test_an_act_is_read_in_words(house: House) -> None:
    auditor = staff(house, Role.AUDITOR)
    house.write(lambda session: record(session, SYSTEM, "kinship.approve", "kinship", 1, house.now))
    page = browser(house, "prison", auditor)
    assert "批准亲属关系" in page.get("/audit").text
    page.speak("en")
    assert "approved a kinship" in page.get("/audit").text
    assert "<code>kinship.approve</code>" in page.page.text, "what one searches by"


def test_a_long_record_is_paged(house: House) -> None:
    def work(session):  # type: ignore[no-untyped-def]
        for number in range(130):
            record(session, SYSTEM, "test.act", "thing", number, house.now)

    house.write(work)
    page = browser(house, "prison", staff(house, Role.AUDITOR))
    assert page.get("/audit?act=test.act").text.count("<code>test.act</code>") == 100
    assert page.get("/audit?act=test.act&before_id=31").text.count("<code>test.act</code>") == 30


def test_the_auditor_verifies_and_exports_the_head(house: House) -> None:
    house.write(lambda session: record(session, SYSTEM, "test.act", "x", 1, house.now))
    house.write(lambda session: seal(session, house.now))
    page = browser(house, "prison", staff(house, Role.AUDITOR))
    page.get("/audit/verify")
    assert "记录完整：共核对 1 个链节" in page.submit(form="/audit/verify").text
    answer = page.get("/audit/head.txt")
    assert answer.mimetype == "text/plain"
    assert "SHA-256: " in answer.text
    acts = house.read(lambda session: session.scalars(select(AuditEntry.act)).all())
    assert {"audit.verify", "audit.head"} <= set(acts)


def test_the_command_verifies_too(house: House) -> None:
    house.write(lambda session: record(session, SYSTEM, "test.act", "x", 1, house.now))
    house.write(lambda session: seal(session, house.now))
    result = house.prison.test_cli_runner().invoke(args=["audit-verify"])
    assert result.exit_code == 0
    assert "1 links" in result.output
    house.clock.advance(timedelta(seconds=6))
    house.write(lambda session: record(session, SYSTEM, "test.act", "x", 1, house.now - timedelta(seconds=6)))
    result = house.prison.test_cli_runner().invoke(args=["audit-verify"])
    assert result.exit_code == 1
    assert "UNSEALED at 2" in result.output


def test_the_demos_messages_exist_only_in_the_demo(house: House, tmp_path: Path) -> None:
    assert house.family.test_client().get("/demo/messages").status_code == 404
    family, _prison = settings_for(f"sqlite:///{tmp_path / 'test.sqlite3'}", tmp_path, demo=True)
    client = wsgi.build_family(family, house.clock).test_client()
    assert "还没有发送过短信" in client.get("/demo/messages").text
    (tmp_path / "outgoing").mkdir()
    lines = [
        '{"id": "1", "at": "2026-11-24T04:00:00+00:00", "to": "+861", "text": "old"}',
        '{"id": "2", "at": "2026-11-24T04:00:01+00:00", "to": "+861", "text": "<b>new</b>"}',
    ]
    (tmp_path / "outgoing" / "sms.jsonl").write_text("\n".join([*lines, lines[0], '{"half']))
    html = client.get("/demo/messages").text
    assert "&lt;b&gt;new" in html
    assert [message["text"] for message in newest(tmp_path / "outgoing" / "sms.jsonl")] == ["<b>new</b>", "old"]
