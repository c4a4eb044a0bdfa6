"""The main journey, whole: from an empty prison to the outcome, over real processes, every page as a person would use it."""

from pathlib import Path

import pytest

from tests.browser.browsers import cast
from tests.browser.journey import Journey, people, until
from tests.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("cameras"), pytest.mark.timeout(240)]


def test_a_family_visit_from_first_sign_in_to_outcome(tmp_path: Path) -> None:
    stack = Stack(tmp_path)
    stack.flask("prepare-database")
    try:
        with cast() as browsers:
            journey = Journey(stack, browsers)
            journey.furnish()
            stack.start()
            persons = people(browsers)
            journey.administer(persons["admin"])
            journey.pair(persons["admin"], persons["terminal"])
            journey.register(persons["family"])
            journey.claim(persons["family"])
            journey.accept(persons["ward"])
            journey.approve(persons["officer"])
            journey.book(persons["family"])
            journey.enter(persons["family"])
            journey.check_in(persons["officer"])
            journey.live(persons["officer"])
            for name in ("family", "terminal"):
                page = persons[name].page
                until(lambda page=page: page.evaluate("document.querySelector('[data-remote]').videoWidth > 0"), 20, f"{name}'s picture")  # type: ignore[misc]
            journey.end(persons["officer"])
            until(lambda: persons["family"].page.locator("section[data-panel=over]").is_visible(), 20, "the family's last page")
            assert {name: person.faults for name, person in persons.items() if person.faults} == {}
    finally:
        stack.stop()
