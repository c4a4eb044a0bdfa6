"""The policy matrix on values: kind x stage x role x medium, and everything that is not allowed is denied."""

from itertools import product

import pytest

from visitation.signalling import policy
from visitation.signalling.policy import (
    OUTSIDE,
    SIDES,
    Gate,
    Kind,
    Lease,
    Medium,
    Plan,
    Presence,
    Receiver,
    Role,
    Situation,
    Source,
    Stage,
    gate,
    may_act,
    may_flow,
    may_negotiate,
    may_record,
    others_ready,
)

BOOLS = (False, True)
ROLES = tuple(Role)
A, V = Medium.AUDIO, Medium.VIDEO
ALL_RIGHTS = [policy.rights(kind, record=r, officer_sees=s, officer_hears=h, speak=p) for kind, r, s, h, p in product(Kind, BOOLS, BOOLS, BOOLS, BOOLS)]
STANDARD = {
    Kind.FAMILY_VISIT: policy.rights(Kind.FAMILY_VISIT, record=True, officer_sees=True, officer_hears=True, speak=True),
    Kind.FAMILY_CALL: policy.rights(Kind.FAMILY_CALL, record=True, officer_sees=False, officer_hears=True, speak=True),
    Kind.LEGAL_CONSULT: policy.rights(Kind.LEGAL_CONSULT, record=False, officer_sees=True, officer_hears=False, speak=False),
    Kind.LAWYER_MEETING: policy.rights(Kind.LAWYER_MEETING, record=False, officer_sees=True, officer_hears=False, speak=False),
    Kind.MEDIATION_SESSION: policy.rights(Kind.MEDIATION_SESSION, record=False, officer_sees=True, officer_hears=True, speak=True),
}
OPEN = Situation(Stage.LIVE, gate_open=True, others_ready=True)


def person(role: Role, plan: Plan = Plan.SESSION, **more: object) -> Source:
    return Source(f"{role}:s", role, plan, **{"admitted": True, **more})  # type: ignore[arg-type]


def ear(role: Role, plan: Plan = Plan.SESSION, **more: object) -> Receiver:
    return Receiver(f"{role}:r", role, plan, **{"admitted": True, "lease": Lease.PROVEN, **more})  # type: ignore[arg-type]


def test_a_call_never_has_pictures() -> None:
    for right in (r for r in ALL_RIGHTS if r.kind is Kind.FAMILY_CALL):
        assert not any(may_negotiate(right, Plan.SESSION, s, r, V) for s, r in product(ROLES, ROLES))
        assert not right.sees


def test_a_lawyer_meeting_is_never_heard_spoken_into_or_recorded() -> None:
    for right in (r for r in ALL_RIGHTS if r.kind is Kind.LAWYER_MEETING):
        assert (right.hears, right.speaks, right.records) == (False, False, False)
        assert not any(may_negotiate(right, Plan.SESSION, s, Role.OFFICER, A) for s in ROLES)
        assert not any(may_negotiate(right, Plan.SESSION, Role.OFFICER, r, m) for r, m in product(ROLES, Medium))
        assert not any(may_record(right, OPEN, person(s), m) for s, m in product(ROLES, Medium))


def test_a_consultation_without_hearing_has_no_sound_line_to_the_officer() -> None:
    right = STANDARD[Kind.LEGAL_CONSULT]
    assert not any(may_negotiate(right, Plan.SESSION, s, Role.OFFICER, A) for s in ROLES)
    assert not any(may_negotiate(right, Plan.SESSION, Role.OFFICER, r, m) for r, m in product(ROLES, Medium))
    assert may_negotiate(right, Plan.SESSION, Role.LAWYER, Role.OFFICER, V)


def test_rights_never_exceed_their_ceiling() -> None:
    for right in ALL_RIGHTS:
        top = policy.CEILINGS[right.kind]
        assert right.sees <= top.sees
        assert right.hears <= top.hears
        assert right.speaks <= top.speaks
        assert right.records <= top.records


@pytest.mark.parametrize(
    ("kind", "sees", "hears", "coherent"),
    [
        (Kind.FAMILY_VISIT, True, True, True),
        (Kind.FAMILY_VISIT, False, True, False),
        (Kind.FAMILY_VISIT, True, False, False),
        (Kind.FAMILY_CALL, False, True, True),
        (Kind.FAMILY_CALL, False, False, False),
        (Kind.MEDIATION_SESSION, True, True, True),
        (Kind.MEDIATION_SESSION, True, False, False),
        (Kind.LEGAL_CONSULT, False, False, True),
        (Kind.LAWYER_MEETING, False, False, True),
    ],
)
def test_a_kind_that_demands_supervision_is_incoherent_without(kind: Kind, sees: bool, hears: bool, coherent: bool) -> None:
    right = policy.rights(kind, record=False, officer_sees=sees, officer_hears=hears, speak=False)
    assert right.coherent is coherent
    if not coherent:
        assert not any(may_negotiate(right, Plan.SESSION, s, r, m) for s, r, m in product(ROLES, ROLES, Medium))


def expected_in_session(right: policy.Rights, source: Role, receiver: Role, medium: Medium) -> bool:
    """The table of the design, written a second time and differently."""
    if not right.coherent or (right.kind is Kind.FAMILY_CALL and medium is V) or Role.CONTROL in (source, receiver):
        return False
    if source is Role.OFFICER:
        return receiver is not Role.OFFICER and medium is A and right.speaks
    if receiver is Role.OFFICER:
        return {A: right.hears, V: right.sees}[medium]
    return (source, receiver) != (Role.TERMINAL, Role.TERMINAL)


def test_what_flows_in_every_kind_stage_role_and_medium() -> None:
    """With everybody there, admitted, and the gate as open as it can be in that stage."""
    cases = 0
    for right, stage, source, receiver, medium in product(ALL_RIGHTS, Stage, ROLES, ROLES, Medium):
        now = Situation(stage, gate_open=stage is Stage.LIVE, others_ready=stage is Stage.LIVE)
        heard = person(source, speaking_to=frozenset({"outside", "terminal"}))
        wanted = stage is Stage.LIVE and expected_in_session(right, source, receiver, medium)
        assert may_flow(right, now, heard, ear(receiver), medium) is wanted, (right, stage, source, receiver, medium)
        cases += 1
    assert cases == len(ALL_RIGHTS) * 6 * 7 * 7 * 2


def test_nothing_flows_and_nothing_is_recorded_while_the_gate_is_closed() -> None:
    for right, stage, source, receiver, medium, lease in product(STANDARD.values(), Stage, ROLES, ROLES, Medium, Lease):
        closed = Situation(stage, gate_open=False, others_ready=False, checked=None)
        heard = person(source, speaking_to=frozenset({"outside", "terminal"}))
        assert not may_flow(right, closed, heard, ear(receiver, lease=lease), medium)
        assert not may_record(right, closed, heard, medium)


def test_an_officer_who_must_prove_sees_pictures_and_hears_nothing() -> None:
    right, waiting = STANDARD[Kind.FAMILY_VISIT], Situation(Stage.WAITING, gate_open=False, others_ready=True)
    for source, medium in product(SIDES, Medium):
        present = may_flow(right, waiting, person(source), ear(Role.OFFICER, lease=Lease.PRESENT), medium)
        assert present is (medium is V)
        assert not may_flow(right, waiting, person(source), ear(Role.OFFICER, lease=Lease.ABSENT), medium)
        for other in SIDES:
            assert not may_flow(right, waiting, person(source), ear(other), medium)


def test_an_officer_without_a_lease_gets_nothing_even_from_an_open_gate() -> None:
    right = STANDARD[Kind.FAMILY_VISIT]
    for source, medium in product(SIDES, Medium):
        assert not may_flow(right, OPEN, person(source), ear(Role.OFFICER, lease=Lease.ABSENT), medium)


def test_who_is_not_admitted_neither_sends_nor_receives() -> None:
    right = STANDARD[Kind.FAMILY_VISIT]
    for outside, medium in product(OUTSIDE, Medium):
        stranger = person(outside, admitted=False)
        assert not may_flow(right, OPEN, stranger, ear(Role.TERMINAL), medium)
        assert not may_flow(right, OPEN, stranger, ear(Role.OFFICER), medium)
        assert not may_record(right, OPEN, stranger, medium)
        assert not may_flow(right, OPEN, person(Role.TERMINAL), ear(outside, admitted=False), medium)


def test_the_muted_are_heard_by_the_officer_only_and_not_recorded() -> None:
    right = STANDARD[Kind.FAMILY_VISIT]
    muted = person(Role.VISITOR, muted=True)
    assert not may_flow(right, OPEN, muted, ear(Role.TERMINAL), A)
    assert may_flow(right, OPEN, muted, ear(Role.TERMINAL), V)
    assert may_flow(right, OPEN, muted, ear(Role.OFFICER), A)
    assert not may_record(right, OPEN, muted, A)
    assert may_record(right, OPEN, muted, V)


def test_the_officer_is_heard_only_by_the_side_spoken_to() -> None:
    right = STANDARD[Kind.FAMILY_VISIT]
    speaks = person(Role.OFFICER, speaking_to=frozenset({"outside"}))
    assert may_flow(right, OPEN, speaks, ear(Role.VISITOR), A)
    assert not may_flow(right, OPEN, speaks, ear(Role.TERMINAL), A)
    assert not may_flow(right, OPEN, person(Role.OFFICER), ear(Role.VISITOR), A)


def test_check_in_joins_the_officer_with_the_one_chosen_leg() -> None:
    for right, role, medium in product(STANDARD.values(), OUTSIDE, Medium):
        visitor, officer = person(role, Plan.CHECK_IN), ear(Role.OFFICER, Plan.CHECK_IN)
        back = person(Role.OFFICER, Plan.CHECK_IN), ear(role, Plan.CHECK_IN)
        chosen = Situation(Stage.CHECKING_IN, checked=visitor.pid)
        assert may_flow(right, chosen, visitor, officer, medium)
        assert may_flow(right, Situation(Stage.CHECKING_IN, checked=back[1].pid), *back, medium)
        assert not may_flow(right, Situation(Stage.CHECKING_IN, checked="other"), visitor, officer, medium)
        assert not may_flow(right, Situation(Stage.LIVE, gate_open=True, checked=visitor.pid), visitor, officer, medium)
        assert not may_record(right, chosen, visitor, medium)
    for right, role, medium in product(STANDARD.values(), ROLES, Medium):
        assert not may_negotiate(right, Plan.CHECK_IN, Role.TERMINAL, role, medium)
        assert not may_negotiate(right, Plan.CHECK_IN, role, Role.TERMINAL, medium)


@pytest.mark.parametrize("stage", Stage)
def test_a_late_person_is_checked_only_while_nothing_else_flows(stage: Stage) -> None:
    right = STANDARD[Kind.FAMILY_VISIT]
    visitor, officer = person(Role.VISITOR, Plan.CHECK_IN), ear(Role.OFFICER, Plan.CHECK_IN)
    allowed = stage in (Stage.CHECKING_IN, Stage.WAITING, Stage.PAUSED)
    assert may_flow(right, Situation(stage, checked=visitor.pid), visitor, officer, V) is allowed
    assert not may_flow(right, Situation(stage, gate_open=True, checked=visitor.pid), visitor, officer, V)
    assert not may_flow(right, Situation(stage, checked=visitor.pid), visitor, ear(Role.TERMINAL), V), "never to the other side"


def test_plans_never_mix_and_a_test_comes_back_to_oneself_only() -> None:
    right = STANDARD[Kind.FAMILY_VISIT]
    for one, other in product(Plan, Plan):
        if one is not other:
            assert not may_flow(right, OPEN, person(Role.VISITOR, one), ear(Role.TERMINAL, other), A)
    me = Source("visitor:1", Role.VISITOR, Plan.TEST)
    assert may_flow(right, Situation(Stage.SCHEDULED), me, Receiver("visitor:1", Role.VISITOR, Plan.TEST), V)
    assert not may_flow(right, Situation(Stage.SCHEDULED), me, Receiver("visitor:2", Role.VISITOR, Plan.TEST), V)
    assert not may_record(right, OPEN, me, V)


def test_the_gate_needs_everything() -> None:
    names = ("stated", "coherent", "checked_in", "terminal", "outside", "lease", "standing", "recordable", "paused", "ended")
    good = dict.fromkeys(names[:8], True) | dict.fromkeys(names[8:], False)
    for values in product(BOOLS, repeat=10):
        presence = Presence(**dict(zip(names, values, strict=True)))
        verdict = gate(presence)
        assert verdict.open is (dict(zip(names, values, strict=True)) == good)
        assert verdict.open == (not verdict.awaits)
        assert verdict.reason == (verdict.awaits[0] if verdict.awaits else None)
        assert others_ready(presence) is (dict(zip(names, values, strict=True)) | {"lease": True} == good)


def test_the_first_missing_thing_is_the_reason() -> None:
    everything = Presence(True, True, True, True, True, True, True, True)
    assert gate(everything) == Gate(open=True, reason=None, awaits=())
    assert gate(Presence(True, True, True, False, True, False, True, True)).awaits == ("TERMINAL", "OFFICER")
    assert gate(Presence()).reason == "FACTS"


@pytest.mark.parametrize(
    ("kind", "allowed"),
    [
        (Kind.FAMILY_VISIT, {"check", "message", "warn", "speak", "hush", "mute", "lift", "pause", "resume", "mark", "end"}),
        (Kind.LEGAL_CONSULT, {"check", "message", "pause", "resume", "mark", "end"}),
        (Kind.LAWYER_MEETING, {"check", "end"}),
    ],
)
def test_what_an_officer_may_do(kind: Kind, allowed: set[str]) -> None:
    every = {"check", "message", "warn", "speak", "hush", "mute", "lift", "pause", "resume", "mark", "end", "extend", "dance"}
    assert {action for action in every if may_act(kind, action)} == allowed
