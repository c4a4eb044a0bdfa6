"""Whose wall a session is on, and when a watch may pass."""

from itertools import product

import pytest

from visitation.kernel.errors import Refusal
from visitation.supervision.rules_handover import WATCHED, Watch, accept_problems, is_mine, offer_problems

ME, OTHER = 7, 8


def codes(found: list[Refusal]) -> list[str]:
    return [one.code for one in found]


def test_only_who_watches_may_offer_and_not_over_an_unconfirmed_warning() -> None:
    for stage, officer, unconfirmed in product(["scheduled", "checking_in", *WATCHED, "ended"], [ME, OTHER, None], [False, True]):
        wanted = [] if stage in WATCHED else ["SESSION_NOT_RUNNING"]
        wanted += [] if officer == ME else ["NOT_YOUR_WATCH"]
        wanted += ["WARNING_UNCONFIRMED"] if unconfirmed else []
        assert codes(offer_problems(Watch(stage, officer, unconfirmed), ME)) == wanted, (stage, officer, unconfirmed)


@pytest.mark.parametrize(
    ("watch", "wanted"),
    [
        (Watch("live", OTHER), ["OFFER_GONE"]),
        (Watch("ended", OTHER, offered_by=OTHER), ["OFFER_GONE"]),
        (Watch("live", OTHER, offered_by=OTHER), []),
        (Watch("paused", OTHER, offered_by=OTHER, offered_to=ME), []),
        (Watch("live", OTHER, offered_by=OTHER, offered_to=9), ["OFFER_NOT_YOURS"]),
        (Watch("live", ME, offered_by=ME), ["OFFER_NOT_YOURS"]),
        (Watch("live", OTHER, unconfirmed=True, offered_by=OTHER), ["WARNING_UNCONFIRMED"]),
        (Watch("live", OTHER, offered_by=OTHER, lanes=4, lanes_used=3), []),
        (Watch("live", OTHER, offered_by=OTHER, lanes=4, lanes_used=4), ["LANES_FULL"]),
        (
            Watch("live", OTHER, unconfirmed=True, offered_by=OTHER, offered_to=9, lanes=1, lanes_used=1),
            ["OFFER_NOT_YOURS", "WARNING_UNCONFIRMED", "LANES_FULL"],
        ),
    ],
)
def test_who_may_accept(watch: Watch, wanted: list[str]) -> None:
    assert codes(accept_problems(watch, ME)) == wanted


@pytest.mark.parametrize(
    ("officer", "named", "checked_in_by", "mine"),
    [
        (ME, OTHER, OTHER, True),
        (OTHER, ME, ME, False),
        (None, ME, OTHER, True),
        (None, OTHER, ME, False),
        (None, None, ME, True),
        (None, None, OTHER, False),
        (None, None, None, False),
    ],
)
def test_a_session_is_on_one_wall(officer: int | None, named: int | None, checked_in_by: int | None, mine: bool) -> None:
    assert is_mine(officer, named, checked_in_by, ME) is mine
