"""What an officer may do in a session, one function an action."""

from collections.abc import Callable, Mapping
from typing import Any

from visitation.signalling import policy
from visitation.signalling.messages import MAX_TEXT
from visitation.signalling.participants import Participant
from visitation.signalling.policy import Stage
from visitation.signalling.session import Session
from visitation.signalling.tokens import Purpose

Arguments = Mapping[str, Any]
UNREGISTERED = "unregistered_person"
"""The reason of a pause for somebody in the picture who is not registered for this visit."""
ALWAYS = frozenset({"hand_over"})
"""What every kind knows: an officer's watch ends in every kind of visit."""
SIDES = {"outside": frozenset({"outside"}), "terminal": frozenset({"terminal"}), "all": frozenset({"outside", "terminal"})}


class ActionRefused(Exception):
    """The officer may not do this now; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def act(session: Session, officer: Participant, action: str, arguments: Arguments) -> str | None:
    """Do it, all of it, before returning. Returns the id of the message that was written, if one was. Raises ActionRefused."""
    doing = _ACTIONS.get(action)
    if doing is None:
        raise ActionRefused("UNKNOWN_ACTION")
    if session.stage is Stage.ENDED:
        raise ActionRefused("ENDED")
    if action not in ALWAYS and not policy.may_act(session.facts.kind, action):
        raise ActionRefused("NOT_IN_THIS_KIND")
    if (action == "check") != (officer.purpose is Purpose.CHECK_IN) and action != "message":
        raise ActionRefused("NOT_IN_THIS_PURPOSE")
    return doing(session, officer, arguments)


def _check(session: Session, officer: Participant, arguments: Arguments) -> None:
    pid = arguments.get("pid")
    if pid is not None and not (isinstance(pid, str) and (person := session.participants.get(pid)) and person.is_outside):
        raise ActionRefused("UNKNOWN_PARTICIPANT")
    session.checked = pid
    session.settle()


def _side(arguments: Arguments) -> frozenset[str]:
    side = SIDES.get(str(arguments.get("to")))
    if side is None:
        raise ActionRefused("UNKNOWN_SIDE")
    return side


def _send(session: Session, officer: Participant, arguments: Arguments, rule: int | None) -> str:
    text, code, side = arguments.get("text") or "", arguments.get("code"), _side(arguments)
    if not isinstance(text, str) or len(text) > MAX_TEXT or not (code is None or (isinstance(code, str) and len(code) <= 40)):
        raise ActionRefused("BAD_TEXT")
    if not text and code is None and rule is None:
        raise ActionRefused("BAD_TEXT")
    to = frozenset(p.pid for p in session.participants.values() if policy.side_of(p.role) in side)
    message = session.messages.write(text, code, rule, to, session.wall())
    for pid in to:
        session.effects.tell(pid, message.told())
    data = {"id": message.id, "to": sorted(to), "code": code, "rule": rule, "text": text}
    session.effects.journal("warned" if rule is not None else "message", officer, data)
    return message.id


def _message(session: Session, officer: Participant, arguments: Arguments) -> str:
    return _send(session, officer, arguments, None)


def _warn(session: Session, officer: Participant, arguments: Arguments) -> str:
    rule = arguments.get("rule")
    if not isinstance(rule, int) or isinstance(rule, bool) or not 0 < rule < 1000:
        raise ActionRefused("UNKNOWN_RULE")
    written = _send(session, officer, arguments, rule)
    session.task("WARNING_UNCONFIRMED", None, open_=True)
    session.settle()
    return written


def _speak(session: Session, officer: Participant, arguments: Arguments) -> None:
    if not session.rights.speaks:
        raise ActionRefused("NOT_ALLOWED")
    side = _side(arguments)
    for other in session.officers():
        other.speaking_to = frozenset()
    officer.speaking_to = side
    session.effects.journal("spoke", officer, {"to": sorted(side)})
    session.settle()


def _hush(session: Session, officer: Participant, arguments: Arguments) -> None:
    officer.speaking_to = frozenset()
    session.effects.journal("hushed", officer, {})
    session.settle()


def _side_member(session: Session, arguments: Arguments) -> Participant:
    person = session.participants.get(str(arguments.get("pid")))
    if person is None or policy.side_of(person.role) is None:
        raise ActionRefused("UNKNOWN_PARTICIPANT")
    return person


def _mute(session: Session, officer: Participant, arguments: Arguments) -> None:
    _set_muted(session, officer, arguments, muted=True)


def _lift(session: Session, officer: Participant, arguments: Arguments) -> None:
    _set_muted(session, officer, arguments, muted=False)


def _set_muted(session: Session, officer: Participant, arguments: Arguments, *, muted: bool) -> None:
    person = _side_member(session, arguments)
    person.muted = muted
    session.settle()
    session.effects.journal("muted" if muted else "lifted", officer, {"pid": person.pid})


def _reason(arguments: Arguments) -> str:
    reason = arguments.get("reason")
    if not isinstance(reason, str) or not 0 < len(reason) <= 200:
        raise ActionRefused("REASON_MISSING")
    return reason


def _pause(session: Session, officer: Participant, arguments: Arguments) -> None:
    session.pause_reason = _reason(arguments)
    session.settle()
    if session.why_paused == UNREGISTERED:  # the instant has its mark in the recording, and the record says whose act it was
        session.effects.journal("marked", officer, {"note_code": UNREGISTERED, "seconds_used": round(session.time.used, 1)})
    session.effects.journal("pause", officer, {"reason": session.pause_reason})


def _resume(session: Session, officer: Participant, arguments: Arguments) -> None:
    session.pause_reason = None
    session.effects.journal("resume", officer, {})
    session.settle()


def _mark(session: Session, officer: Participant, arguments: Arguments) -> None:
    code = arguments.get("note_code")
    if not isinstance(code, str) or not 0 < len(code) <= 40:
        raise ActionRefused("BAD_TEXT")
    session.effects.journal("marked", officer, {"note_code": code, "seconds_used": round(session.time.used, 1)})


def _hand_over(session: Session, officer: Participant, arguments: Arguments) -> None:
    """The officer may go: another one's picture is proven, so that the gate does not close for it. What is open goes to the record."""
    if session.messages.unconfirmed_warning:
        raise ActionRefused("WARNING_UNCONFIRMED")
    successors = [p.pid for p in session.officers() if p is not officer and session.supervises(p)]
    wanted = arguments.get("to")
    if not successors or (wanted is not None and wanted not in successors):
        raise ActionRefused("NOT_TAKEN")
    officer.speaking_to = frozenset()
    session.settle()
    left = {
        "to": wanted or successors[0],
        "tasks": [task.kind for task in session.tasks.open()],
        "warnings": session.messages.warnings,
        "recording": session.effects.recording(),
        "gate_open": session.gate.open,
    }
    session.effects.journal("handed_over", officer, left)


def _end(session: Session, officer: Participant, arguments: Arguments) -> None:
    session.end("ended_by_officer", _reason(arguments), officer)


_ACTIONS: Mapping[str, Callable[[Session, Participant, Arguments], str | None]] = {
    "check": _check,
    "message": _message,
    "warn": _warn,
    "speak": _speak,
    "hush": _hush,
    "mute": _mute,
    "lift": _lift,
    "pause": _pause,
    "resume": _resume,
    "mark": _mark,
    "hand_over": _hand_over,
    "end": _end,
}
