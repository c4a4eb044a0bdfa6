"""Reading for the merge: likely pairs of one prison, and both records of a pair side by side."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select, tuple_
from sqlalchemy.orm import Session, aliased, joinedload

from visitation.accounts.models import Account
from visitation.kernel.identity import Identity
from visitation.people.models import Inmate, Kinship, NonAssociation, PersonMerge, Visitor
from visitation.people.queries import visitor_by_ref
from visitation.people.rules import tidy_number
from visitation.people.rules_merging import LIVING, Person, Tie, likeness

SHOWN = 100
MODELS: dict[str, type[Inmate] | type[Visitor]] = {"inmate": Inmate, "visitor": Visitor}


@dataclass(frozen=True)
class Pair:
    """Two records side by side, as rows and as the rules see them; `keep` is the one that stays."""

    kind: str
    keep_row: Inmate | Visitor
    gone_row: Inmate | Visitor
    keep: Person
    gone: Person


@dataclass(frozen=True)
class Likely:
    """A pair that looks like one person, and why (rules_merging.likeness)."""

    kind: str
    one: Person
    other: Person
    alike: tuple[str, ...]


def pair(session: Session, kind: str, kept_id: int, gone_id: int) -> Pair | None:
    """Both records of the same kind; None when one of them is unknown."""
    keep, gone = row_of(session, kind, kept_id), row_of(session, kind, gone_id)
    if keep is None or gone is None:
        return None
    people = {person.id: person for person in _people(session, (keep, gone))}
    return Pair(kind, keep, gone, people[kept_id], people[gone_id])


def row_of(session: Session, kind: str, number: int, lock: bool = False) -> Inmate | Visitor | None:
    """The record of this kind and id. lock: for a change, fresh."""
    if kind not in MODELS:
        return None
    found: Any = session.get(MODELS[kind], number, with_for_update=lock or None, populate_existing=lock)
    return found if isinstance(found, Inmate | Visitor) else None


def _people(session: Session, rows: Iterable[Inmate | Visitor]) -> list[Person]:
    known = list(rows)
    inmates = [row for row in known if isinstance(row, Inmate)]
    visitors = [row for row in known if isinstance(row, Visitor)]
    return [*_inmates(session, inmates), *_visitors(session, visitors)]


def _inmates(session: Session, rows: Sequence[Inmate]) -> list[Person]:
    ids = [row.id for row in rows]
    either = or_(NonAssociation.inmate_id.in_(ids), NonAssociation.other_id.in_(ids))
    apart: dict[int, set[int]] = {}
    for one, other in session.execute(select(NonAssociation.inmate_id, NonAssociation.other_id).where(either, NonAssociation.ended_at.is_(None))):
        apart.setdefault(one, set()).add(other)
        apart.setdefault(other, set()).add(one)
    return [
        Person(
            kind="inmate",
            id=row.id,
            prison_ids=frozenset({row.prison_id}),
            name=row.name,
            birth_date=row.birth_date,
            number=row.number,
            merged=row.merged_into_id is not None,
            apart=frozenset(apart.get(row.id, ())),
        )
        for row in rows
    ]


def _visitors(session: Session, rows: Sequence[Visitor]) -> list[Person]:
    ids = [row.id for row in rows]
    prisons: dict[int, set[int]] = {}
    for number, prison_id in session.execute(select(Kinship.visitor_id, Kinship.prison_id).where(Kinship.visitor_id.in_(ids)).distinct()):
        prisons.setdefault(number, set()).add(prison_id)
    accounts = set(session.scalars(select(Account.visitor_id).where(Account.visitor_id.in_(ids), Account.closed_at.is_(None))))
    return [
        Person(
            kind="visitor",
            id=row.id,
            prison_ids=frozenset(prisons.get(row.id, ())),
            name=row.name,
            birth_date=row.birth_date,
            number=row.document_number or "",
            document=row.document_kind,
            mobile=row.mobile_index or "",
            merged=row.merged_into_id is not None,
            account=row.id in accounts,
        )
        for row in rows
    ]


def ties(session: Session, found: Pair) -> list[list[tuple[Kinship, Tie]]]:
    """Claims of both records that lead to the same other person, grouped by that person; only groups in which both records take part."""
    mine = Kinship.inmate_id if found.kind == "inmate" else Kinship.visitor_id
    groups: dict[int, list[Kinship]] = {}
    for row in session.scalars(select(Kinship).where(mine.in_((found.keep.id, found.gone.id))).order_by(Kinship.id)):
        other = row.visitor_id if found.kind == "inmate" else row.inmate_id
        if other is not None:
            groups.setdefault(other, []).append(row)
    both = [rows for rows in groups.values() if len({row.inmate_id if found.kind == "inmate" else row.visitor_id for row in rows}) > 1]
    return [[(row, tie_of(row)) for row in rows] for rows in both]


def tie_of(row: Kinship) -> Tie:
    return Tie(row.id, row.state, row.inmate_answer, row.restriction)


def claims_by_pair(session: Session, mine: Any, number: int) -> list[list[tuple[Kinship, Tie]]]:
    """Living claims of the person `number` (`mine`: the column of Kinship that names them), grouped by whom they lead to."""
    groups: dict[tuple[int, int | None], list[tuple[Kinship, Tie]]] = {}
    for row in session.scalars(select(Kinship).where(mine == number, Kinship.state.in_(LIVING), Kinship.inmate_id.is_not(None)).order_by(Kinship.id)):
        groups.setdefault((row.visitor_id, row.inmate_id), []).append((row, tie_of(row)))
    return list(groups.values())


def has_account(session: Session, visitor_id: int) -> bool:
    return session.scalar(select(Account.id).where(Account.visitor_id == visitor_id, Account.closed_at.is_(None))) is not None


def living(group: Iterable[tuple[Kinship, Tie]]) -> list[tuple[Kinship, Tie]]:
    return [(row, tie) for row, tie in group if tie.state in LIVING]


def open_request(session: Session, kind: str, one: int, other: int) -> PersonMerge | None:
    """A merge of these two, whichever way round, that waits for a second person."""
    return session.scalar(select(PersonMerge).where(_of_pair(kind, one, other), PersonMerge.state == "asked").limit(1))


def found_apart(session: Session, kind: str, one: int, other: int) -> bool:
    return session.scalar(select(PersonMerge.id).where(_of_pair(kind, one, other), PersonMerge.state == "apart").limit(1)) is not None


def _of_pair(kind: str, one: int, other: int) -> ColumnElement[bool]:
    either = tuple_(PersonMerge.kept_id, PersonMerge.gone_id).in_([(one, other), (other, one)])
    return and_(PersonMerge.kind == kind, either)


def waiting(session: Session, who: Identity) -> list[PersonMerge]:
    """Merges that wait for a second person, the oldest first."""
    query = select(PersonMerge).where(PersonMerge.state == "asked").order_by(PersonMerge.asked_at, PersonMerge.id)
    return list(session.scalars(query if who.prison_id is None else query.where(PersonMerge.prison_id == who.prison_id)))


def past(session: Session, who: Identity, limit: int = 20) -> list[PersonMerge]:
    """The latest merges that were done or refused."""
    query = select(PersonMerge).where(PersonMerge.state.in_(("done", "refused"))).order_by(PersonMerge.decided_at.desc(), PersonMerge.id.desc()).limit(limit)
    return list(session.scalars(query if who.prison_id is None else query.where(PersonMerge.prison_id == who.prison_id)))


def named_people(session: Session, merges: Iterable[PersonMerge]) -> dict[tuple[str, int], str]:
    """(kind, id) -> name of everybody in these merges."""
    found: dict[tuple[str, int], str] = {}
    for kind, model in MODELS.items():
        ids = {number for row in merges if row.kind == kind for number in (row.kept_id, row.gone_id)}
        found |= {(kind, number): name for number, name in session.execute(select(model.id, model.name).where(model.id.in_(ids)))}
    return found


def likely(session: Session, prison_id: int) -> list[Likely]:
    """Pairs of a prison that look like one person, the likeliest first; what was found to be two people is left out."""
    rows = [*_likely_inmates(session, prison_id), *_likely_visitors(session, prison_id)]
    apart = select(PersonMerge.kind, PersonMerge.kept_id, PersonMerge.gone_id).where(PersonMerge.state.in_(("apart", "asked")))
    settled = {(kind, frozenset((one, other))) for kind, one, other in session.execute(apart)}
    shown = [row for row in rows if (row.kind, frozenset((row.one.id, row.other.id))) not in settled]
    return sorted(shown, key=lambda row: (-len(row.alike), row.kind, row.one.name, row.one.id))[:SHOWN]


def _likely_inmates(session: Session, prison_id: int) -> list[Likely]:
    """Same name, or same day of birth: the numbers are compared afterwards."""
    one, other = aliased(Inmate), aliased(Inmate)
    alike = or_(one.name == other.name, one.birth_date == other.birth_date)
    query = select(one.id, other.id).join(other, and_(other.prison_id == one.prison_id, one.id < other.id, alike))
    ids = session.execute(query.where(one.prison_id == prison_id, one.merged_into_id.is_(None), other.merged_into_id.is_(None))).all()
    rows = session.scalars(select(Inmate).where(Inmate.id.in_({number for found in ids for number in found}))).all()
    return _alike({person.id: person for person in _inmates(session, rows)}, [(first, second) for first, second in ids])


def _likely_visitors(session: Session, prison_id: int) -> list[Likely]:
    """Same name and same day of birth or telephone: the sealed numbers of those few are opened and compared."""
    here = select(Kinship.visitor_id).where(Kinship.prison_id == prison_id)
    mine = select(Visitor).where(Visitor.id.in_(here), Visitor.merged_into_id.is_(None))
    twice = mine.with_only_columns(Visitor.name).group_by(Visitor.name).having(func.count() > 1)
    rows = session.scalars(mine.where(Visitor.name.in_(twice)).order_by(Visitor.id)).all()
    people = {person.id: person for person in _visitors(session, rows)}
    names: dict[str, list[int]] = {}
    for person in people.values():
        names.setdefault(person.name, []).append(person.id)
    return _alike(people, [pair for ids in names.values() for pair in combinations(ids, 2)])


def _alike(people: dict[int, Person], pairs: Iterable[tuple[int, int]]) -> list[Likely]:
    found = [(people[one], people[other]) for one, other in pairs]
    return [Likely(one.kind, one, other, alike) for one, other in found if (alike := likeness(one, other))]


def named_by(session: Session, who: Identity, kind: str, words: str) -> Inmate | Visitor | None:
    """A record as people name it: inmate number (signposts too) in the person's prison, or visitor code."""
    if kind == "inmate":
        query = select(Inmate).where(Inmate.number == tidy_number(words)).options(joinedload(Inmate.ward)).limit(2)
        rows = session.scalars(query if who.prison_id is None else query.where(Inmate.prison_id == who.prison_id)).all()
        return rows[0] if len(rows) == 1 else None
    return visitor_by_ref(session, words)


def merge_by_id(session: Session, merge_id: int) -> PersonMerge | None:
    return session.get(PersonMerge, merge_id)


def signposts(session: Session, kind: str, number: int) -> list[int]:
    """Ids of records that were merged into this one."""
    model = MODELS[kind]
    return list(session.scalars(select(model.id).where(model.merged_into_id == number).order_by(model.id)))
