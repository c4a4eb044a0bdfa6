"""The ceilings written down a second time, as the table of the design has them, and the small refusals that other tests pass by."""

from itertools import product

import pytest

from visitation.signalling import policy
from visitation.signalling.policy import (
    CEILINGS,
    OUTSIDE,
    Kind,
    Lease,
    Medium,
    Plan,
    Receiver,
    Role,
    Situation,
    Source,
    Stage,
    may_flow,
    may_negotiate,
    may_record,
)

OPEN = Situation(Stage.LIVE, gate_open=True, others_ready=True)
WORDS = ("sees", "hears", "speaks", "records", "must_see", "must_hear")
TABLE = {
    Kind.FAMILY_VISIT: "sees hears speaks records must_see must_hear",
    Kind.FAMILY_CALL: "hears speaks records must_hear",
    Kind.LEGAL_CONSULT: "sees hears records",
    Kind.LAWYER_MEETING: "sees",
    Kind.MEDIATION_SESSION: "sees hears speaks records must_see must_hear",
}


def full(kind: Kind) -> policy.Rights:
    return policy.rights(kind, record=True, officer_sees=True, officer_hears=True, speak=True)


@pytest.mark.parametrize("kind", Kind)
def test_a_ceiling_is_what_the_design_says(kind: Kind) -> None:
    top = CEILINGS[kind]
    assert {word for word in WORDS if getattr(top, word)} == set(TABLE[kind].split())
    assert top.media == ({Medium.AUDIO} if kind is Kind.FAMILY_CALL else {Medium.AUDIO, Medium.VIDEO})


@pytest.mark.parametrize("kind", Kind)
def test_a_wish_for_everything_gets_the_ceiling_and_nothing_more(kind: Kind) -> None:
    right = full(kind)
    assert {word for word in WORDS[:4] if getattr(right, word)} == set(TABLE[kind].split()) & set(WORDS[:4])
    nothing = policy.rights(kind, record=False, officer_sees=False, officer_hears=False, speak=False)
    assert not any(getattr(nothing, word) for word in WORDS[:4])


def test_a_test_has_lines_to_oneself_only() -> None:
    for right, source, receiver, medium in product(map(full, Kind), Role, Role, Medium):
        wanted = source is receiver and source is not Role.CONTROL
        assert may_negotiate(right, Plan.TEST, source, receiver, medium) is wanted


def test_nobody_gets_their_own_media_in_a_session() -> None:
    for role, medium in product(OUTSIDE, Medium):
        me, to_me = Source("x:1", role, Plan.SESSION, admitted=True), Receiver("x:1", role, Plan.SESSION, admitted=True)
        assert not may_flow(full(Kind.FAMILY_VISIT), OPEN, me, to_me, medium)
        assert may_flow(full(Kind.FAMILY_VISIT), OPEN, Source("x:2", role, Plan.SESSION, admitted=True), to_me, medium)


def test_an_officer_without_a_lease_sees_nobody_in_check_in() -> None:
    now = Situation(Stage.CHECKING_IN, checked="visitor:1")
    visitor = Source("visitor:1", Role.VISITOR, Plan.CHECK_IN)
    for lease, medium in product(Lease, Medium):
        officer = Receiver("officer:9", Role.OFFICER, Plan.CHECK_IN, lease=lease)
        assert may_flow(full(Kind.FAMILY_VISIT), now, visitor, officer, medium) is (lease is not Lease.ABSENT)


def test_only_the_session_itself_is_recorded_and_a_call_has_no_picture_to_record() -> None:
    for plan, medium in product(Plan, Medium):
        person = Source("visitor:1", Role.VISITOR, plan, admitted=True)
        assert may_record(full(Kind.FAMILY_VISIT), OPEN, person, medium) is (plan is Plan.SESSION)
        assert may_record(full(Kind.FAMILY_CALL), OPEN, person, medium) is (plan is Plan.SESSION and medium is Medium.AUDIO)
