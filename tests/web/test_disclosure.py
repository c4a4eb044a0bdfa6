"""Disclosure: written, published, found by two characters on both engines, and read only by whom it is for."""

from typing import Any

import pytest
from sqlalchemy import create_engine, func, select
from sqlalchemy.orm import Session

from consult.disclosure import queries, rules, service
from consult.disclosure.models import Article, ArticleGram
from consult.disclosure.service import Written
from tests.conftest import House
from tests.factories import make_family, make_prison, make_staff
from tests.postgres import Cluster
from tests.web.browsing import Browser, browser
from visitation.accounts.queries import identity_of
from visitation.kernel.errors import StateChanged
from visitation.kernel.identity import Identity, Role
from visitation.store.db import db

ARTICLES = (
    ("public", "会见须知", "会见时间为工作日上午九时至十一时三十分。减刑不影响会见。"),
    ("relatives", "减刑、假释办理指南", "减刑案件由监狱提请，法院裁定。"),
    ("inmates", "减轻处罚与刑罚执行", "本条说明处罚与执行。"),
)


@pytest.fixture
def office(house: House) -> Browser:
    account = house.write(lambda session: make_staff(session, (Role.LEGAL_OFFICE,), make_prison(session)))
    found = browser(house, "prison", account)
    found.speak("en")
    return found


def written(session: Session, who: Identity, now: Any) -> None:
    for audience, title, body in ARTICLES:
        article = service.write(session, who, None, Written("guide", audience, title, body), now)
        service.publish(session, who, article.id, now)


def member(session: Session) -> Identity:
    return identity_of(make_staff(session, (Role.LEGAL_OFFICE,), make_prison(session)), "prison")


def found(session: Session, words: str) -> list[str]:
    return [row.published.title for row in queries.published(session, rules.AUDIENCES, words) if row.published]


def test_two_characters_are_found_on_sqlite(house: House) -> None:
    house.write(lambda session: written(session, member(session), house.now))
    assert house.read(lambda session: found(session, "减刑")) == ["减刑、假释办理指南", "会见须知"], "the one with it in the title first"
    assert house.read(lambda session: found(session, "会见 工作日")) == ["会见须知"]
    assert house.read(lambda session: found(session, "，")) == []


@pytest.mark.xdist_group("postgresql")
def test_two_characters_are_found_on_postgresql(house: House, postgres: Cluster) -> None:
    engine = create_engine(postgres.new_database())
    db.metadata.create_all(engine)
    with house.prison.app_context(), Session(engine) as session:
        written(session, member(session), house.now)
        assert found(session, "减刑") == ["减刑、假释办理指南", "会见须知"]
        session.rollback()
    engine.dispose()


def test_each_audience_reads_its_own(house: House) -> None:
    house.write(lambda session: written(session, member(session), house.now))
    refs = house.read(lambda session: {row.audience: row.ref for row in session.scalars(select(Article))})
    guest, relative = browser(house, "family"), browser(house, "family", house.write(make_family).account)
    for page, readable in ((guest, {"public"}), (relative, {"public", "relatives"})):
        page.get("/info?q=减刑")
        assert ("假释办理指南" in page.page.text) is ("relatives" in readable)
        for audience, ref in refs.items():
            assert page.get(f"/info/{ref}").status_code == (200 if audience in readable else 404)
            assert page.get(f"/info/{ref.lower()}").status_code == (200 if audience in readable else 404)


def test_a_version_is_seen_when_it_is_published_and_kept_afterwards(house: House, office: Browser) -> None:
    office.get("/disclosure/new")
    office.submit({"kind": "article", "audience": "public", "title": "题", "body": "文" * 20_001}, form="article")
    assert "20001 characters" in office.page.text
    assert "文" * 20_001 in office.page.text
    office.submit({"kind": "article", "audience": "public", "title": "探视规定", "body": "第一版"}, form="article")
    ref = house.read(lambda session: session.scalars(select(Article)).one().ref)
    guest = browser(house, "family")
    assert guest.get(f"/info/{ref}").status_code == 404
    office.submit(form="publish")
    assert "第一版" in guest.get(f"/info/{ref}").text

    office.get(f"/disclosure/{ref}/edit")
    office.submit({"audience": "relatives"}, form="article")
    assert "keeps its audience" in office.page.text
    office.submit({"audience": "public", "body": "第二版"}, form="article")
    assert "第一版" in guest.get(f"/info/{ref}").text
    office.submit(form="publish")
    assert "第二版" in guest.get(f"/info/{ref}").text
    office.get(f"/disclosure/{ref}/edit")
    assert "第一版" in office.page.text
    office.submit(form="withdraw")
    assert guest.get(f"/info/{ref}").status_code == 404
    assert house.read(lambda session: session.scalar(select(func.count()).select_from(ArticleGram))) == 0


def test_two_who_write_at_once_do_not_overwrite_each_other(house: House) -> None:
    who = house.write(member)
    article = house.write(lambda session: service.write(session, who, None, Written("guide", "public", "一", "一"), house.now))
    house.write(lambda session: service.write(session, who, article.id, Written("guide", "public", "二", "二", seen=1), house.now))
    with pytest.raises(StateChanged):
        house.write(lambda session: service.write(session, who, article.id, Written("guide", "public", "三", "三", seen=1), house.now))


def test_what_other_prisons_publish_does_not_push_the_own_out_of_the_list(house: House, office: Browser) -> None:
    """The list is cut after it is sorted out, not before: more than it holds are published elsewhere, later."""
    office.get("/disclosure/new")
    office.submit({"kind": "guide", "audience": "inmates", "topic": "other", "title": "本狱须知", "body": "减刑"}, form="article")
    own = house.read(lambda session: session.scalars(select(Article)).one())
    office.get(f"/disclosure/{own.ref}/edit")
    office.submit(form="publish")

    def elsewhere(session: Session) -> None:
        who = member(session)
        for number in range(queries.MOST + 1):
            article = service.write(session, who, None, Written("guide", "inmates", f"别狱须知{number}", "减刑"), house.now)
            service.publish(session, who, article.id, house.now)

    house.write(elsewhere)
    for address in ("/disclosure", "/disclosure?q=减刑"):
        text = office.get(address).text
        assert "本狱须知" in text
        assert "别狱" not in text
    operator = browser(house, "prison", house.write(lambda session: make_staff(session, (Role.OPERATOR,))))
    assert "须知" not in operator.get("/disclosure?q=减刑").text, "who belongs to no prison reads what is for all"
