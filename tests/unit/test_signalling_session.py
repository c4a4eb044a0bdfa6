"""The state machine of a session on a clock that stands still."""

from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from visitation.kernel.clock import FixedClock
from visitation.signalling.actions import ActionRefused, act
from visitation.signalling.commands import command
from visitation.signalling.lease import ECHO_SECONDS, LEASE_SECONDS, ConsoleLease, Renewal
from visitation.signalling.participants import Line, Participant
from visitation.signalling.policy import Lease, Plan, Stage
from visitation.signalling.session import Session
from visitation.signalling.snapshot import snapshot_of
from visitation.signalling.tasklist import TaskList
from visitation.signalling.tokens import MAY_SIGN, Facts, Ticket, TokenRefused, Verified, Zone

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


class Surroundings:
    """Remembers what a session asked for, and answers as it is told."""

    def __init__(self) -> None:
        self.events: list[tuple[str, str | None, dict[str, Any]]] = []
        self.told: list[tuple[str, dict[str, Any]]] = []
        self.parted: list[tuple[str, str]] = []
        self.obeyed: list[bool] = []
        self.frames: dict[str, int] = {}
        self.can_record = True
        self.flows = True
        self.session: Session | None = None

    def journal(self, kind: str, participant: Participant | None, data: dict[str, Any]) -> None:
        self.events.append((kind, participant.pid if participant else None, data))

    def tell(self, pid: str, message: dict[str, Any]) -> None:
        self.told.append((pid, message))

    def obey(self) -> None:
        if self.session is not None:
            self.obeyed.append(self.session.gate.open)

    def publish(self) -> None: ...

    def part(self, participant: Participant, code: str) -> None:
        self.parted.append((participant.pid, code))

    def flowing(self) -> bool:
        return self.flows

    def recordable(self) -> bool:
        return self.can_record

    def recording(self) -> dict[str, Any]:
        return {}

    def frames_due(self, pid: str) -> int:
        return self.frames.get(pid, 0)

    def kinds(self) -> list[str]:
        return [kind for kind, _, _ in self.events]

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [data for k, _, data in self.events if k == kind]


class Play:
    """A session with its stand-ins, and short words for what happens to it."""

    def __init__(self, kind: str = "family_visit", **more: Any) -> None:
        self.clock = FixedClock(NOON)
        family = kind in ("family_visit", "family_call", "mediation_session")
        usual = {"minutes": 30, "hard_end": NOON.timestamp() + 3600, "checked_in": True, "record": family}
        usual |= {"officer_sees": kind != "family_call", "officer_hears": family, "speak": family, "legs": 2}
        self.facts = Facts.model_validate({"kind": kind, **usual, **more})
        self.around = Surroundings()
        self.session = Session("v1", self.facts, self.clock, self.around)
        self.around.session = self.session
        self.session.standing = True

    def join(self, pid: str, **more: Any) -> Participant:
        role = pid.partition(":")[0]
        usual: dict[str, Any] = {"admitted": role not in ("officer", "terminal"), "facts": self.facts}
        if role == "officer":
            usual["purpose"] = "supervise"
        ticket = Ticket.model_validate({"sid": "v1", "pid": pid, "role": role, **usual, **more})
        zone = Zone.FAMILY if ticket.role in MAY_SIGN[Zone.FAMILY] else Zone.PRISON
        return self.session.join(Verified(ticket=ticket, zone=zone, jti="x" * 9, exp=0))

    def up(self, pid: str, plan: Plan | None = Plan.SESSION) -> None:
        person = self.session.participants[pid]
        self.session.media_changed(pid, person.generation, plan)

    def lease(self, pid: str = "officer:9", frames: int = 0, sent: int | None = None, *, visible: bool = True, age: float = 0.0) -> None:
        self.around.frames[pid] = frames if sent is None else sent
        now = self.clock.monotonic()
        until = min(now + LEASE_SECONDS, now - age + ECHO_SECONDS)
        self.session.lease(self.session.participants[pid], Renewal(visible, frames, "terminal", until))

    def wait(self, seconds: float, *, lease: bool = True) -> None:
        """Time passes in steps of 0.1 s; the officer's console renews unless told otherwise."""
        for n in range(round(seconds * 10)):
            self.clock.advance(timedelta(seconds=0.1))
            if lease and n % 4 == 0 and "officer:9" in self.session.participants:
                frames = self.around.frames.get("officer:9", 0) + 5
                self.lease(frames=frames)
            self.session.tick()

    def live(self) -> "Play":
        for pid in ("visitor:1", "terminal:3"):
            self.join(pid)
            self.up(pid)
        self.join("officer:9")
        self.up("officer:9")
        self.lease(frames=0)
        self.wait(0.5)
        assert self.session.gate.open
        return self


@pytest.fixture
def play() -> Play:
    return Play().live()


# -- the gate


def test_a_visit_opens_when_everybody_is_there_and_the_officer_has_proven_to_see() -> None:
    play = Play()
    awaited = []
    play.join("visitor:1")
    awaited.append(play.session.gate.awaits)
    play.join("terminal:3")
    play.up("visitor:1")
    play.up("terminal:3")
    awaited.append(play.session.gate.awaits)
    play.join("officer:9")
    play.up("officer:9")
    play.lease(frames=0)
    assert play.session.stage is Stage.WAITING
    assert play.session.others_ready
    assert play.session.participants["officer:9"].lease.state is Lease.PRESENT  # type: ignore[union-attr]
    play.wait(0.2)
    assert play.session.gate.open
    assert play.session.stage is Stage.LIVE
    assert awaited == [("FACTS", "CHECK_IN", "TERMINAL", "VISITOR", "OFFICER"), ("OFFICER",)]
    assert play.around.of("gate")[-1]["open"]


@pytest.mark.parametrize("kind", ["family_call", "lawyer_meeting"])
def test_where_there_is_no_picture_to_see_presence_is_enough(kind: str) -> None:
    play = Play(kind, officer_sees=False)
    outside = "visitor:1" if kind == "family_call" else "lawyer:1"
    for pid in (outside, "terminal:3", "officer:9"):
        play.join(pid)
        play.up(pid)
    play.lease()
    assert play.session.gate.open


def test_what_the_family_side_says_of_check_in_does_not_count() -> None:
    play = Play()
    play.join("visitor:1")
    assert not play.session.checked_in
    assert not play.session.stated


def test_a_recording_that_cannot_be_written_keeps_the_gate_closed() -> None:
    play = Play()
    play.around.can_record = False
    for pid in ("visitor:1", "terminal:3", "officer:9"):
        play.join(pid)
        play.up(pid)
    play.lease()
    play.wait(1)
    assert play.session.gate.reason == "RECORDING"


def test_the_gate_closes_before_it_is_told_and_opens_after() -> None:
    play = Play().live()
    order = [(kind, data.get("open")) for kind, _, data in play.around.events if kind == "gate"]
    assert order == [("gate", True)]
    events_before = len(play.around.events)
    play.wait(2, lease=False)
    assert play.around.of("gate")[-1]["open"] is False
    assert play.around.obeyed[-1] is False
    assert len(play.around.events) > events_before


# -- the lease


def test_the_gate_is_closed_when_the_console_has_been_silent_for_a_second_and_a_half(play: Play) -> None:
    play.lease(frames=play.around.frames["officer:9"] + 5)
    renewed = play.clock.monotonic()
    assert play.session.gate_valve.until == pytest.approx(renewed + LEASE_SECONDS)
    play.wait(1.4, lease=False)
    assert play.session.gate.open
    play.wait(0.2, lease=False)
    assert not play.session.gate.open
    assert play.session.gate.reason == "OFFICER"
    assert play.session.gate_valve.until <= renewed + LEASE_SECONDS


def test_a_console_that_shows_nothing_new_does_not_renew(play: Play) -> None:
    frames = play.around.frames["officer:9"]
    for n in range(8):
        play.clock.advance(timedelta(seconds=0.4))
        play.lease(frames=frames, sent=frames + 10 * (n + 1))
        play.session.tick()
    assert not play.session.gate.open


def test_a_console_without_pictures_to_show_renews(play: Play) -> None:
    frames = play.around.frames["officer:9"]
    for _ in range(10):
        play.clock.advance(timedelta(seconds=0.4))
        play.lease(frames=frames, sent=frames)
        play.session.tick()
    assert play.session.gate.open


def test_a_hidden_console_ends_its_lease_at_once(play: Play) -> None:
    play.lease(frames=10**6, visible=False)
    play.session.tick()
    assert not play.session.gate.open


def test_a_message_that_was_long_under_way_proves_little(play: Play) -> None:
    play.wait(1.0, lease=False)
    before = play.session.gate_valve.until
    play.lease(frames=play.around.frames["officer:9"] + 50, age=1.2)
    assert play.session.gate_valve.until == pytest.approx(max(before, play.clock.monotonic() + 0.7))
    play.lease(frames=play.around.frames["officer:9"] + 50, age=2.0)
    play.wait(0.9, lease=False)
    assert not play.session.gate.open


def test_a_console_that_is_back_sees_first_and_then_the_gate_opens(play: Play) -> None:
    play.wait(3, lease=False)
    frames = play.around.frames["officer:9"]
    play.lease(frames=frames, sent=frames)
    officer = play.session.participants["officer:9"]
    assert officer.lease is not None
    assert officer.lease.state is Lease.PRESENT
    assert not play.session.gate.open
    assert play.session.others_ready
    play.clock.advance(timedelta(seconds=0.4))
    play.lease(frames=frames, sent=frames + 8)
    assert not play.session.gate.open
    play.clock.advance(timedelta(seconds=0.4))
    play.lease(frames=frames + 9, sent=frames + 16)
    assert not play.session.gate.open, "what had piled up while it stood still proves nothing yet"
    play.clock.advance(timedelta(seconds=0.4))
    play.lease(frames=frames + 17, sent=frames + 24)
    assert play.session.gate.open


def test_two_officers_hand_over_without_a_gap(play: Play) -> None:
    play.join("officer:10")
    play.up("officer:10")
    play.lease("officer:10", frames=0, sent=0)
    play.clock.advance(timedelta(seconds=0.4))
    play.lease("officer:10", frames=5, sent=5)
    play.session.socket_gone("officer:9", 1, on_purpose=True)
    assert play.session.gate.open
    assert [d["open"] for d in play.around.of("gate")] == [True]


def test_a_console_that_wakes_up_and_stands_still_again_does_not_open_the_gate(play: Play) -> None:
    play.wait(3, lease=False)
    frames = play.around.frames["officer:9"]
    shown = frames
    for n, more in enumerate((0, 30, 0, 8, 0, 8)):  # never two in a row
        shown += more
        play.lease(frames=shown, sent=frames + 40 + 10 * n)
        assert not play.session.gate.open
        play.clock.advance(timedelta(seconds=0.4))
    play.lease(frames=shown + 10, sent=frames + 100)
    assert play.session.gate.open


def test_an_echoed_number_bounds_the_lease_and_an_unknown_one_renews_nothing() -> None:
    lease = ConsoleLease(sees=False)
    number = lease.issue(100.0)
    assert lease.holds_until(number, 100.2) == pytest.approx(100.2 + LEASE_SECONDS)
    assert lease.holds_until(number, 101.0) == pytest.approx(100.0 + ECHO_SECONDS)
    assert lease.holds_until(number, 103.0) < 103.0
    assert lease.holds_until(None, 101.0) == pytest.approx(101.0 + LEASE_SECONDS)
    assert lease.holds_until(12345, 101.0) == 101.0


def test_a_console_whose_counter_begins_anew_proves_itself_again() -> None:
    lease = ConsoleLease(sees=True)
    lease.renew(Renewal(True, 5000, None, 101.5), 10, 100.0, fed=True)
    lease.renew(Renewal(True, 0, None, 101.9), 20, 100.4, fed=True)
    assert lease.state is Lease.PRESENT
    lease.renew(Renewal(True, 8, None, 102.3), 30, 100.8, fed=True)
    assert lease.state is Lease.PROVEN
    lease.renew(Renewal(True, 0, None, 102.7), 40, 101.2, fed=True)
    assert lease.valve.until == 102.3, "nothing new was shown"
    lease.renew(Renewal(True, 5, None, 103.1), 50, 101.6, fed=True)
    assert lease.valve.until == 103.1


def test_what_an_old_connection_still_decodes_opens_no_gate(play: Play) -> None:
    """The console's connection is lost and made again: pictures shown before that prove nothing about the new one."""
    frames = play.around.frames["officer:9"]
    play.up("officer:9", None)
    play.wait(2, lease=False)
    play.lease(frames=frames, sent=frames)
    play.clock.advance(timedelta(seconds=0.4))
    play.lease(frames=frames + 5, sent=frames + 5)
    play.up("officer:9")
    assert not play.session.gate.open
    play.clock.advance(timedelta(seconds=0.4))
    play.lease(frames=frames + 12, sent=frames + 12)
    assert play.session.gate.open


def test_an_officer_without_media_supervises_nothing() -> None:
    play = Play()
    for pid in ("visitor:1", "terminal:3"):
        play.join(pid)
        play.up(pid)
    play.join("officer:9")
    for _ in range(20):
        play.clock.advance(timedelta(seconds=0.4))
        play.lease(frames=0, sent=0)
        play.session.tick()
    assert not play.session.gate.open
    play.up("officer:9")
    play.wait(3)
    assert play.session.gate.open
    play.up("officer:9", None)
    assert play.session.gate.reason == "OFFICER"


# -- who comes and goes


def test_the_newest_connection_wins_and_stale_events_say_nothing(play: Play) -> None:
    again = play.join("visitor:1")
    assert again.generation == 2
    play.session.socket_gone("visitor:1", 1)
    assert again.connected
    play.session.media_changed("visitor:1", 1, Plan.SESSION)
    assert again.media is None
    play.session.media_changed("visitor:1", 2, Plan.SESSION)
    assert again.in_session


def test_every_order_of_a_history_ends_in_one_state() -> None:
    """Join 1, lost 1, rejoin 2, media 2: whatever is late, the last generation's word holds."""
    outcomes = set()
    for order in permutations(("gone1", "media1", "media2")):
        play = Play()
        play.join("terminal:3")
        play.join("visitor:1")
        play.join("visitor:1")
        for step in order:
            if step == "gone1":
                play.session.socket_gone("visitor:1", 1)
            else:
                play.session.media_changed("visitor:1", int(step[-1]), Plan.SESSION)
        person = play.session.participants["visitor:1"]
        outcomes.add((person.state, person.connected, person.media, person.generation))
    assert len(outcomes) == 1


def test_facts_that_differ_are_refused(play: Play) -> None:
    for change in ({"record": False}, {"officer_hears": False}, {"kind": "mediation_session"}, {"speak": False}):
        with pytest.raises(TokenRefused, match="FACTS_DIFFER"):
            play.join("visitor:2", facts=play.facts.model_copy(update=change))


def test_the_prisons_facts_win_over_what_a_family_ticket_said_before() -> None:
    play = Play()
    stated = play.facts
    play.join("visitor:1", facts=stated.model_copy(update={"record": False}))
    play.join("terminal:3")
    assert play.around.parted == [("visitor:1", "FACTS_DIFFER")]
    assert play.session.rights.records
    assert "visitor:1" not in play.session.participants


def test_slots_are_kept_and_limited(play: Play) -> None:
    second = play.join("visitor:2")
    assert second.slot == "outside2"
    with pytest.raises(TokenRefused, match="FULL"):
        play.join("visitor:3")
    with pytest.raises(TokenRefused, match="FULL"):
        play.join("terminal:4")
    play.session.socket_gone("terminal:3", 1)
    assert play.join("terminal:4").slot == "terminal"
    play.session.socket_gone("visitor:2", 1)
    assert play.join("visitor:2").slot == "outside2"


def test_a_pid_keeps_its_role(play: Play) -> None:
    with pytest.raises(TokenRefused, match="BAD_MESSAGE"):
        play.join("visitor:1", role="lawyer")


def test_a_revoked_right_is_gone_for_good(play: Play) -> None:
    command(play.session, "revoke", {"pid": "visitor:1"})
    assert ("visitor:1", "REVOKED") in play.around.parted
    assert not play.session.gate.open
    with pytest.raises(TokenRefused, match="REVOKED"):
        play.join("visitor:1")


def test_admitted_by_command_before_and_after_joining() -> None:
    play = Play()
    play.join("officer:9")
    command(play.session, "admit", {"pid": "visitor:1", "persons": 2})
    early = play.join("visitor:1", admitted=False)
    late = play.join("visitor:2", admitted=False)
    assert (early.admitted, early.persons, late.admitted) == (True, 2, False)
    command(play.session, "admit", {"pid": "visitor:2"})
    assert late.admitted


# -- check-in


def test_check_in_then_waiting() -> None:
    play = Play(checked_in=False)
    play.join("visitor:1", admitted=False)
    assert play.session.stage is Stage.SCHEDULED
    officer = play.join("officer:9", purpose="check_in")
    assert play.session.stage is Stage.CHECKING_IN
    act(play.session, officer, "check", {"pid": "visitor:1"})
    assert play.session.situation().checked == "visitor:1"
    with pytest.raises(ActionRefused, match="UNKNOWN_PARTICIPANT"):
        act(play.session, officer, "check", {"pid": "terminal:3"})
    with pytest.raises(ActionRefused, match="NOT_IN_THIS_PURPOSE"):
        act(play.session, officer, "end", {"reason": "x"})
    command(play.session, "checked_in", {})
    assert play.session.stage is Stage.WAITING
    assert play.session.situation().checked is None


def test_an_officer_who_checks_in_does_not_supervise() -> None:
    play = Play()
    for pid in ("visitor:1", "terminal:3"):
        play.join(pid)
        play.up(pid)
    play.join("officer:9", purpose="check_in")
    play.lease()
    play.wait(1)
    assert not play.session.gate.open


# -- time


def test_minutes_count_only_while_media_flow(play: Play) -> None:
    play.wait(10)
    assert play.session.time.used == pytest.approx(10, abs=0.6)
    play.around.flows = False
    play.wait(5)
    assert play.session.time.used == pytest.approx(10, abs=0.6)
    play.around.flows = True
    play.wait(5, lease=False)
    assert play.session.time.used == pytest.approx(11.5, abs=0.6)


def test_warnings_and_the_end_by_minutes_used() -> None:
    play = Play(minutes=6).live()
    play.wait(6 * 60 + 2)
    warned = [m["seconds_left"] for pid, m in play.around.told if m["t"] == "warning" and pid == "visitor:1"]
    assert warned == [300, 60]
    assert play.session.stage is Stage.ENDED
    assert play.around.of("ended")[0]["outcome"] == "completed"
    assert play.around.of("ended")[0]["cause"] == "TIME_UP"
    assert play.around.of("coverage")[0]["leased"] == pytest.approx(360, abs=2)


def test_the_hard_end_ends_earlier_and_an_extension_moves_it() -> None:
    play = Play(hard_end=NOON.timestamp() + 100).live()
    play.wait(40)
    command(play.session, "extend", {"hard_end": NOON.timestamp() + 200, "minutes": 60})
    play.wait(100)
    assert play.session.stage is Stage.LIVE
    play.wait(62)
    assert play.around.of("ended")[0]["cause"] == "HARD_END"


def test_ended_is_final(play: Play) -> None:
    act(play.session, play.session.participants["officer:9"], "end", {"reason": "EMERGENCY"})
    assert play.around.of("ended")[0] == {"outcome": "ended_by_officer", "cause": "EMERGENCY", "seconds_used": pytest.approx(0.3, abs=0.4)}
    assert not play.session.gate.open
    with pytest.raises(TokenRefused, match="ENDED"):
        play.join("visitor:1")
    with pytest.raises(ActionRefused, match="ENDED"):
        act(play.session, play.session.participants["officer:9"], "resume", {})
    command(play.session, "end", {"outcome": "other"})
    play.lease(frames=10**6)
    play.wait(5)
    assert play.session.outcome == "ended_by_officer"
    assert len(play.around.of("ended")) == 1


def test_nobody_who_never_met_is_billed() -> None:
    play = Play(hard_end=NOON.timestamp() + 5)
    play.join("terminal:3")
    play.wait(6)
    assert play.session.outcome == "not_held"


# -- who drops


def gone(play: Play, pid: str) -> None:
    play.session.socket_gone(pid, play.session.participants[pid].generation)


def test_a_lost_terminal_pauses_after_15_s_and_ends_after_5_minutes(play: Play) -> None:
    gone(play, "terminal:3")
    assert not play.session.gate.open
    play.wait(0.2)
    assert [t.kind for t in play.session.tasks.open()] == ["TERMINAL_LOST"]
    play.wait(14)
    assert play.session.stage is Stage.LIVE
    play.wait(1.5)
    assert play.session.stage is Stage.PAUSED
    play.wait(290)
    assert play.around.of("ended")[0]["outcome"] == "technical"


def test_a_terminal_that_is_back_closes_its_task_and_the_visit_goes_on(play: Play) -> None:
    gone(play, "terminal:3")
    play.wait(20)
    play.join("terminal:3")
    play.up("terminal:3")
    play.wait(1)
    assert play.session.gate.open
    assert play.session.stage is Stage.LIVE
    assert play.session.tasks.open() == []
    assert 15 < play.around.of("task")[-1]["closed_after"] < 25


def test_the_last_visitor_has_ten_minutes(play: Play) -> None:
    gone(play, "visitor:1")
    play.wait(59)
    assert play.session.stage is Stage.LIVE
    play.wait(2)
    assert play.session.stage is Stage.PAUSED
    play.wait(540)
    assert play.around.of("ended")[0]["outcome"] == "abandoned"


def test_a_lost_officer_is_replaced_within_the_table(play: Play) -> None:
    play.wait(2, lease=False)
    play.wait(9, lease=False)
    assert play.session.tasks.open() == []
    play.wait(2, lease=False)
    assert [t.kind for t in play.session.tasks.open()] == ["OFFICER_LOST"]
    play.wait(110, lease=False)
    assert play.session.stage is Stage.PAUSED
    play.wait(2)
    assert play.session.gate.open
    assert play.session.tasks.open() == []


def test_without_the_prison_application_the_gate_closes(play: Play) -> None:
    play.session.standing = False
    play.session.settle()
    assert play.session.gate.reason == "STANDING"


# -- an officer's actions


def test_a_pause_is_lifted_only_by_resuming(play: Play) -> None:
    officer = play.session.participants["officer:9"]
    with pytest.raises(ActionRefused, match="REASON_MISSING"):
        act(play.session, officer, "pause", {})
    act(play.session, officer, "pause", {"reason": "unregistered_person: a man behind the sofa"})
    assert play.around.of("marked") == [{"note_code": "unregistered_person", "seconds_used": play.around.of("marked")[0]["seconds_used"]}]
    assert play.session.stage is Stage.PAUSED
    assert play.session.gate.reason == "PAUSED"
    play.wait(30)
    assert not play.session.gate.open
    act(play.session, officer, "resume", {})
    play.wait(1)
    assert play.session.gate.open


def test_mute_stays_through_a_new_connection(play: Play) -> None:
    officer = play.session.participants["officer:9"]
    act(play.session, officer, "mute", {"pid": "visitor:1"})
    again = play.join("visitor:1")
    assert again.muted
    act(play.session, officer, "lift", {"pid": "visitor:1"})
    assert not again.muted


def test_speaking_is_one_officers_and_falls_silent_with_the_socket(play: Play) -> None:
    officer = play.session.participants["officer:9"]
    act(play.session, officer, "speak", {"to": "all"})
    assert officer.speaking_to == {"outside", "terminal"}
    gone(play, "officer:9")
    assert officer.speaking_to == frozenset()
    with pytest.raises(ActionRefused, match="UNKNOWN_SIDE"):
        act(play.session, officer, "speak", {"to": "everyone"})


def test_messages_are_shown_and_confirmed_once(play: Play) -> None:
    officer = play.session.participants["officer:9"]
    act(play.session, officer, "warn", {"rule": 3, "to": "all"})
    told = [m for pid, m in play.around.told if m["t"] == "message"]
    assert len(told) == 2
    assert told[0]["warning"] == 3
    book = play.session.messages
    assert book.unconfirmed_warning
    assert book.receipt("m1", "visitor:1", "confirmed") is not None
    assert book.receipt("m1", "visitor:1", "confirmed") is None
    assert book.receipt("m1", "officer:9", "shown") is None
    assert [m.id for m in book.pending("terminal:3")] == ["m1"]
    book.receipt("m1", "terminal:3", "confirmed")
    assert not book.unconfirmed_warning
    assert snapshot_of(play.session)["warnings"] == 1


@pytest.mark.parametrize(
    ("action", "arguments", "code"),
    [
        ("message", {"to": "all", "text": "x" * 257}, "BAD_TEXT"),
        ("message", {"to": "all"}, "BAD_TEXT"),
        ("message", {"to": "all", "text": 5}, "BAD_TEXT"),
        ("warn", {"to": "all", "rule": "3"}, "UNKNOWN_RULE"),
        ("mute", {"pid": "officer:9"}, "UNKNOWN_PARTICIPANT"),
        ("mute", {}, "UNKNOWN_PARTICIPANT"),
        ("mark", {}, "BAD_TEXT"),
        ("end", {"reason": ""}, "REASON_MISSING"),
        ("dance", {}, "UNKNOWN_ACTION"),
        ("check", {"pid": None}, "NOT_IN_THIS_PURPOSE"),
    ],
)
def test_refused_actions_name_their_reason(play: Play, action: str, arguments: dict[str, Any], code: str) -> None:
    with pytest.raises(ActionRefused) as caught:
        act(play.session, play.session.participants["officer:9"], action, arguments)
    assert caught.value.code == code


def test_a_lawyer_meeting_knows_no_action_but_the_end() -> None:
    play = Play("lawyer_meeting")
    officer = play.join("officer:9")
    for action in ("message", "mute", "pause", "speak", "warn", "mark"):
        with pytest.raises(ActionRefused, match="NOT_IN_THIS_KIND"):
            act(play.session, officer, action, {"to": "all", "text": "x", "pid": "lawyer:1", "reason": "x", "rule": 1})
    act(play.session, officer, "end", {"reason": "EMERGENCY"})
    assert play.session.outcome == "ended_by_officer"


def test_a_recording_that_fails_is_an_alarm_or_a_closed_gate() -> None:
    for strict in (False, True):
        play = Play(pause_without_recording=strict).live()
        play.session.recording_failed = True
        play.session.settle()
        assert play.session.gate.open is not strict


# -- small parts


def test_a_task_is_raised_once_and_tells_how_long_it_was_open() -> None:
    tasks = TaskList()
    assert tasks.raise_("TERMINAL_LOST", None, 100.0) is not None
    assert tasks.raise_("TERMINAL_LOST", None, 101.0) is None
    closed = tasks.close("TERMINAL_LOST", None, 114.0)
    assert closed is not None
    assert closed.closed_after == 14.0
    assert tasks.close("TERMINAL_LOST", None, 115.0) is None


def test_a_line_gets_worse_at_once_and_better_slowly() -> None:
    line = Line()
    words = [(line.seen(loss), line.word)[1] for loss in (0, 0.1, 0, 0, 0, 0, 0, 0, 0.03, 0.01, 0.2)]
    assert words == ["good", "bad", "bad", "bad", "poor", "poor", "poor", "good", "poor", "poor", "bad"]


def test_the_sequence_of_snapshots_only_grows(play: Play) -> None:
    before = snapshot_of(play.session)["seq"]
    play.join("visitor:2")
    assert snapshot_of(play.session)["seq"] > before


# -- somebody arrives after the check-in


def open_tasks(play: Play) -> list[tuple[str, str | None]]:
    return [(task.kind, task.pid) for task in play.session.tasks.open()]


def test_a_late_person_is_a_task_until_admitted(play: Play) -> None:
    play.join("visitor:2", admitted=False)
    play.wait(0.2)
    assert open_tasks(play) == [("VISITOR_LATE", "visitor:2")]
    command(play.session, "admit", {"pid": "visitor:2", "persons": 1})
    play.wait(0.2)
    assert open_tasks(play) == []


def test_before_the_check_in_nobody_is_late() -> None:
    play = Play(checked_in=False)
    play.join("visitor:1", admitted=False)
    play.join("officer:9", purpose="check_in")
    play.wait(0.2)
    assert open_tasks(play) == []


def test_the_chosen_leg_is_at_the_check_while_the_visit_is_paused_and_the_others_are_not(play: Play) -> None:
    late = play.join("visitor:2", admitted=False)
    checker = play.join("officer:7", purpose="check_in")
    act(play.session, checker, "check", {"pid": "visitor:2"})
    assert not play.session.late_check(late), "not while the visit goes on"
    act(play.session, play.session.participants["officer:9"], "pause", {"reason": "late_visitor: 李"})
    at_check = {pid for pid, person in play.session.participants.items() if play.session.late_check(person)}
    assert at_check == {"visitor:2", "officer:7"}
    shown = snapshot_of(play.session)
    assert (shown["pause_reason"], shown["checked"]) == ("late_visitor", "visitor:2")
    play.session.socket_gone("officer:7", checker.generation)
    assert not play.session.late_check(late)
    assert snapshot_of(play.session)["checked"] is None


def test_a_leg_that_is_checked_does_not_count_as_lost(play: Play) -> None:
    act(play.session, play.session.participants["officer:9"], "pause", {"reason": "officer"})
    checker = play.join("officer:7", purpose="check_in")
    act(play.session, checker, "check", {"pid": "visitor:1"})
    play.up("visitor:1", Plan.CHECK_IN)
    play.wait(2)
    assert ("OUTSIDE_LOST", None) not in open_tasks(play)
    play.session.socket_gone("officer:7", checker.generation)
    play.wait(0.5)
    assert ("OUTSIDE_LOST", None) in open_tasks(play)


def test_families_are_told_why_it_is_paused(play: Play) -> None:
    assert snapshot_of(play.session)["pause_reason"] is None
    act(play.session, play.session.participants["officer:9"], "pause", {"reason": "technical: the camera of 3"})
    assert snapshot_of(play.session)["pause_reason"] == "technical", "the code, never an officer's own words"
    act(play.session, play.session.participants["officer:9"], "resume", {})
    assert snapshot_of(play.session)["pause_reason"] is None
