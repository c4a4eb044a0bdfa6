"""Making two records of one person one: everything moves to the record that stays, the other remains as a signpost (rules.md §5.20). There is no way back."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from visitation.accounts.service import hand_over
from visitation.audit.service import record
from visitation.kernel.errors import NotFound, Refusal, Refused, StateChanged, refuse
from visitation.kernel.identity import Identity
from visitation.people import queries_merging as queries
from visitation.people import rules_merging as rules
from visitation.people.models import Inmate, Kinship, PersonMerge, Visitor
from visitation.people.queries_merging import Pair
from visitation.store.moving import Part

Parts = Sequence[Part]


@dataclass(frozen=True)
class Line:
    """Rows of one kind that go along. word: what the page calls them."""

    word: Any
    count: int
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Plan:
    """What a merge would do: `lines` move, `ending` claims end beside a better one; `refusals` forbid it, `differences` need a second person.

    fingerprint: of everything that is shown; saving refuses when it has become another one.
    """

    pair: Pair
    lines: tuple[Line, ...]
    ending: int
    refusals: tuple[Refusal, ...]
    differences: tuple[str, ...]
    fingerprint: str


def plan(session: Session, who: Identity, parts: Parts, pair: Pair, now: datetime) -> Plan:
    """Look at both records and at what every room has of the one that goes."""
    keep, gone = pair.keep, pair.gone
    mine = [part for part in parts if part.kind == pair.kind]
    found = rules.refusals(keep, gone, who)
    if keep.id != gone.id:
        found += [refusal for part in mine for refusal in part.clashes(session, keep.id, gone.id, now)]
    groups = queries.ties(session, pair)
    differences = rules.differences(keep, gone, [[tie for _row, tie in group] for group in groups])
    lines = tuple(Line(part.word, part.count(session, gone.id), part.columns) for part in mine if part.word is not None)
    ending = sum(max(0, len(queries.living(group)) - 1) for group in groups)
    told = [f"{keep} {gone} {ending} {differences}", *(f"{line.columns} {line.count}" for line in lines), *(f"{one.code} {one.facts}" for one in found)]
    return Plan(pair, lines, ending, tuple(found), differences, hashlib.sha256("\n".join(told).encode()).hexdigest()[:32])


def merge(session: Session, who: Identity, parts: Parts, names: tuple[str, int, int], seen: str, now: datetime) -> PersonMerge:
    """Merge at once, where both records agree. names: (kind, id that stays, id that goes). Raises Refused with every reason, PLAN_CHANGED, MERGE_SECOND."""
    found = _checked(session, who, parts, names, seen, now)
    if found.differences:
        raise Refused("MERGE_SECOND")
    row = _row(session, who, found, "", now)
    return _do(session, who, parts, found, row, now)


def ask(session: Session, who: Identity, parts: Parts, names: tuple[str, int, int], seen: str, note: str, now: datetime) -> PersonMerge:
    """The records differ: a second person shall look. Nothing moves yet. `note`: how it is known that they are one person."""
    found = _checked(session, who, parts, names, seen, now)
    if not note.strip():
        raise Refused("MERGE_NOTE")
    if queries.open_request(session, *names) is not None:
        raise StateChanged
    row = _row(session, who, found, note, now)
    record(session, who, "person.merge_ask", row.kind, row.kept_id, now, row.prison_id, gone=row.gone_id, differences=row.differences)
    return row


def approve(session: Session, who: Identity, parts: Parts, merge_id: int, seen: str, now: datetime) -> PersonMerge:
    """The second person has compared both: merge now. Raises Refused, StateChanged."""
    row = _asked(session, who, merge_id)
    found = _checked(session, who, parts, (row.kind, row.kept_id, row.gone_id), seen, now)
    return _do(session, who, parts, found, row, now)


def decline(session: Session, who: Identity, merge_id: int, now: datetime) -> PersonMerge:
    """The second person does not agree: both records stay as they are."""
    row = _asked(session, who, merge_id)
    row.state, row.decided_by, row.decided_at = "refused", who.account_id, now
    record(session, who, "person.merge_refuse", row.kind, row.kept_id, now, row.prison_id, gone=row.gone_id)
    return row


def keep_two(session: Session, who: Identity, names: tuple[str, int, int], now: datetime) -> None:
    """They are two people: the pair is not proposed again. A repeat changes nothing."""
    kind, one, other = names
    found = queries.pair(session, kind, one, other)
    if found is None or not rules.may_see(who, found.keep, found.gone):
        raise NotFound
    if queries.open_request(session, kind, one, other) is not None:
        raise StateChanged
    if not queries.found_apart(session, kind, one, other):
        prison_id = who.prison_id or min(found.keep.prison_ids, default=None)
        row = PersonMerge(kind=kind, kept_id=one, gone_id=other, prison_id=prison_id, state="apart", asked_by=who.account_id, asked_at=now)
        session.add(row)
        record(session, who, "person.keep_two", kind, one, now, prison_id, other=other)


def _checked(session: Session, who: Identity, parts: Parts, names: tuple[str, int, int], seen: str, now: datetime) -> Plan:
    """The plan, made again under the locks that a booking takes, in their order."""
    kind, kept_id, gone_id = names
    for number in sorted({kept_id, gone_id}):
        queries.row_of(session, kind, number, lock=True)
    pair = queries.pair(session, kind, kept_id, gone_id)
    if pair is None or not rules.may_see(who, pair.keep, pair.gone):
        raise NotFound
    found = plan(session, who, parts, pair, now)
    refuse(found.refusals)
    if found.fingerprint != seen:
        raise Refused("PLAN_CHANGED")
    return found


def _asked(session: Session, who: Identity, merge_id: int) -> PersonMerge:
    row = session.get(PersonMerge, merge_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound
    if row.state != "asked":
        raise StateChanged
    refuse(rules.decision_refusals(row.state, row.asked_by, who))
    return row


def _row(session: Session, who: Identity, found: Plan, note: str, now: datetime) -> PersonMerge:
    pair = found.pair
    prison_id = who.prison_id or min(pair.keep.prison_ids, default=None)
    row = PersonMerge(kind=pair.kind, kept_id=pair.keep.id, gone_id=pair.gone.id, prison_id=prison_id, state="asked", note=note)
    row.differences, row.asked_by, row.asked_at = list(found.differences), who.account_id, now
    session.add(row)
    session.flush()
    return row


def _do(session: Session, who: Identity, parts: Parts, found: Plan, row: PersonMerge, now: datetime) -> PersonMerge:
    """Everything in one transaction: accounts, what each room has, claims of kinship, the signpost, and the record of both names."""
    kind, keep, gone = found.pair.kind, found.pair.keep.id, found.pair.gone.id
    session.flush()
    closed = hand_over(session, keep, gone, now) if kind == "visitor" else None
    for part in parts:
        if part.kind == kind:
            part.move(session, keep, gone, now)
        elif part.kind == "account" and closed is not None:
            part.move(session, *closed, now)
    session.flush()
    session.expire_all()
    ended = _one_claim_each(session, who, parts, found.pair, now)
    _leave_a_signpost(session, kind, keep, gone, now)
    row.state, row.decided_by, row.decided_at = "done", who.account_id, now
    row.moved = {"+".join(line.columns): line.count for line in found.lines}
    detail: dict[str, Any] = {"gone": gone, "moved": row.moved, "differences": row.differences, "claims_ended": ended}
    if closed is not None:
        detail["account_closed"] = closed[1]
        record(session, who, "account.close", "account", closed[1], now, row.prison_id, why="merged", into=closed[0])
    record(session, who, "person.merge", kind, keep, now, row.prison_id, **detail)
    record(session, who, "person.merged_into", kind, gone, now, row.prison_id, kept=keep)
    return row


def _one_claim_each(session: Session, who: Identity, parts: Parts, pair: Pair, now: datetime) -> list[int]:
    """Of living claims of one person to the same inmate one stays; what hangs on the other hangs on it from now on."""
    ended = []
    mine = Kinship.inmate_id if pair.kind == "inmate" else Kinship.visitor_id
    for group in queries.claims_by_pair(session, mine, pair.keep.id):
        while len(group) > 1:
            (first, one), (second, other) = group[0], group[1]
            stays, ends = rules.winner(one, other)
            kept, lost = (first, second) if stays is one else (second, first)
            _end_claim(session, who, parts, kept, lost, rules.stricter(stays, ends), now)
            ended.append(lost.id)
            group = [(row, queries.tie_of(row)) for row, _tie in group if row is not lost]
    return ended


def _end_claim(session: Session, who: Identity, parts: Parts, kept: Kinship, lost: Kinship, changes: dict[str, str], now: datetime) -> None:
    for part in parts:
        if part.kind == "kinship":
            part.move(session, kept.id, lost.id, now)
    for name, value in changes.items():
        setattr(kept, name, value)
    lost.state, lost.decided_at, lost.decided_by = "withdrawn", now, who.account_id
    session.flush()
    record(session, who, "kinship.merge", "kinship", lost.id, now, lost.prison_id, into=kept.id, taken_over=sorted(changes))


def _leave_a_signpost(session: Session, kind: str, keep: int, gone: int, now: datetime) -> None:
    """The old record points to the one that stays; its number and its code still find the person."""
    old = queries.row_of(session, kind, gone)
    assert old is not None
    old.merged_into_id = keep
    if isinstance(old, Inmate):
        old.status, old.updated_at = "merged", now
        session.get_one(Inmate, keep).updated_at = now
    else:
        _complete(session, session.get_one(Visitor, keep), old)
    session.flush()


def _complete(session: Session, kept: Visitor, old: Visitor) -> None:
    """What the record that stays does not have, it takes over: a document, a photo, who looks after the person."""
    if kept.document_number is None and old.document_number is not None:
        kind, number = old.document_kind, old.document_number
        old.document_number = None
        session.flush()
        kept.document_kind = kind
        kept.document_number = number
    kept.mobile = kept.mobile or old.mobile
    kept.photo_id, kept.document_photo_id = kept.photo_id or old.photo_id, kept.document_photo_id or old.document_photo_id
    alone = not queries.has_account(session, kept.id)
    kept.manager_id = (kept.manager_id or old.manager_id) if alone else None
    old.manager_id = None
