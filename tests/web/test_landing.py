"""The landing page of legal help: every way to help for everybody, and above them what rooms ask of who has signed in."""

from collections.abc import Iterable
from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from consult.landing.cards import Card
from tests.conftest import House
from tests.factories import make_family
from tests.web.browsing import browser
from visitation.kernel.identity import Identity, Role, Zone
from visitation.web.door import access_table
from visitation.web.navigation import MENUS, entries_for


def asked(_session: Session, who: Identity, _now: datetime) -> Iterable[Card]:
    yield Card("请您提供材料", f"{who.name}，请查看。", "/account", "查看")


def test_everybody_finds_help_and_only_who_signed_in_is_asked(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(house.family.extensions, "legal_help_cards", (asked,))
    relative = browser(house, "family", house.write(make_family).account)
    for page, is_asked in ((browser(house, "family"), False), (relative, True)):
        text = page.get("/legal-help").text
        assert ("请您提供材料" in text) is is_asked
        assert all(f'href="{path}"' in text for path in ("/questions", "/legal-help/nearby", "/info", "/info/questionnaires"))
        assert 'href="/legal-help"' in page.get("/info").text, "in the foot of every page"


@pytest.mark.parametrize("role", [Role.FAMILY, Role.LAWYER])
def test_the_menu_at_the_foot_of_a_small_phone_has_at_most_five_entries(house: House, role: Role) -> None:
    groups = [MENUS[Zone.FAMILY][0], *house.family.extensions["menu"]]
    shown = entries_for(groups, access_table(house.family), Identity(1, frozenset({role}), "?", Zone.FAMILY))
    assert 1 <= sum(len(group.entries) for group in shown) <= 5
