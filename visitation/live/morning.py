"""The terminals' test of themselves: due once a day from the time that the policy says, kept with its result, and missed when it does not come."""

from dataclasses import asdict, dataclass
from datetime import datetime, time

from sqlalchemy import select
from sqlalchemy.orm import Session

from visitation.audit import service as audit
from visitation.kernel.identity import Identity
from visitation.kernel.interval import LOCAL, local_day
from visitation.live import rules
from visitation.live.models import TerminalTest
from visitation.live.rules_due import has_missed, should_test
from visitation.policies.queries import value
from visitation.timetable.models import Terminal

KEY = "terminal_test_time"


@dataclass(frozen=True)
class Lame:
    """A terminal whose test of today failed, or is missing (test is None)."""

    terminal: Terminal
    test: TerminalTest | None


def is_due(session: Session, terminal: Terminal, turns: list[rules.Turn], now: datetime) -> bool:
    """Whether this terminal tests itself now."""
    busy = any(turn.stage in rules.COMES_IN or turn.stage == "checking_in" for turn in turns)
    to_come = [turn.starts_at for turn in turns if turn.ended_at is None and turn.ends_at > now]  # one that should have begun is about to
    tested = _todays(session, [terminal.id], now)
    return should_test(_at(session, terminal.prison_id, now), now.astimezone(LOCAL), terminal.id in tested, min(to_come, default=None), busy)


def keep(session: Session, who: Identity, figures: rules.Figures, now: datetime) -> rules.Verdict:
    """Keep what a terminal measured of itself."""
    verdict = rules.judge(figures)
    given = {"verdict": verdict.word, "score": verdict.score, "causes": list(verdict.causes)}
    session.add(TerminalTest(terminal_id=who.account_id, day=local_day(now), at=now, figures=asdict(figures), **given))
    audit.record(session, who, "live.terminal_test", "terminal", who.account_id, now, who.prison_id, **given)
    return verdict


def lame(session: Session, prison_id: int | None, now: datetime) -> list[Lame]:
    """Terminals in service whose test of today failed or was missed, by name."""
    query = select(Terminal).where(Terminal.in_service.is_(True)).order_by(Terminal.name)
    terminals = session.scalars(query if prison_id is None else query.where(Terminal.prison_id == prison_id)).all()
    tests = _todays(session, [terminal.id for terminal in terminals], now)
    times: dict[int, time] = {}
    found = []
    for terminal in terminals:
        if terminal.prison_id not in times:
            times[terminal.prison_id] = _at(session, terminal.prison_id, now)
        test = tests.get(terminal.id)
        missed = terminal.seen_at is not None and has_missed(times[terminal.prison_id], now.astimezone(LOCAL), test is not None)
        if missed or (test is not None and test.verdict == "bad"):
            found.append(Lame(terminal, test))
    return found


def _todays(session: Session, terminal_ids: list[int], now: datetime) -> dict[int, TerminalTest]:
    """The last test of today by terminal."""
    query = select(TerminalTest).where(TerminalTest.terminal_id.in_(terminal_ids), TerminalTest.day == local_day(now)).order_by(TerminalTest.id)
    return {row.terminal_id: row for row in session.scalars(query)}


def _at(session: Session, prison_id: int, now: datetime) -> time:
    return time.fromisoformat(value(session, KEY, prison_id, local_day(now)))
