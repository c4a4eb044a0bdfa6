"""Two records of one person, as pure decisions: how alike they are, what forbids making them one, and what needs a second pair of eyes (rules.md §5.20)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from visitation.kernel.errors import Refusal
from visitation.kernel.identity import Identity, Role

KEEPERS = (Role.ADMINISTRATOR, Role.BUREAU)
LIVING = ("submitted", "approved")
RANK = {"approved": 0, "submitted": 1}
SILENCED = ("declined", "withdrawn")


@dataclass(frozen=True)
class Person:
    """One of the two records. prison_ids: where the person is held, or has named a relative. number: of the inmate, or of the document (`document`: its kind).

    merged: is a signpost already. account: signs in by themselves. apart: ids from whom an inmate is kept apart now.
    """

    kind: str
    id: int
    prison_ids: frozenset[int]
    name: str
    birth_date: date | None
    number: str
    document: str = ""
    mobile: str = ""
    merged: bool = False
    account: bool = False
    apart: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Tie:
    """A kinship claim as the choice between two of them sees it."""

    id: int
    state: str
    answer: str
    restriction: str


def likeness(one: Person, other: Person) -> tuple[str, ...]:
    """What makes two records look like one person; empty: nothing worth a look."""
    same_name, same_birth = one.name == other.name, one.birth_date is not None and one.birth_date == other.birth_date
    close = near(one.number, other.number)
    found = [
        *(["SAME_NAME"] if same_name else ["NEAR_NAME"] if near(one.name, other.name) else []),
        *(["SAME_BIRTH"] if same_birth else []),
        *(["SAME_NUMBER"] if one.number and one.number == other.number else ["NEAR_NUMBER"] if close else []),
        *(["SAME_MOBILE"] if one.mobile and one.mobile == other.mobile else []),
    ]
    telling = (same_name and (same_birth or one.birth_date is None or other.birth_date is None)) or (same_birth and close) or "SAME_NUMBER" in found
    return tuple(found) if telling or (same_name and (close or "SAME_MOBILE" in found)) else ()


def near(one: str, other: str) -> bool:
    """One slip of a finger apart: a sign wrong, missing, too many, or two neighbours swapped. Equal texts are not near, they are the same."""
    if one == other or min(len(one), len(other)) < 2 or abs(len(one) - len(other)) > 1:
        return False
    if len(one) != len(other):
        short, long = sorted((one, other), key=len)
        return any(long[:place] + long[place + 1 :] == short for place in range(len(long)))
    wrong = [place for place, (left, right) in enumerate(zip(one, other, strict=True)) if left != right]
    swapped = len(wrong) == 2 and wrong[1] == wrong[0] + 1 and one[wrong[0]] == other[wrong[1]] and one[wrong[1]] == other[wrong[0]]
    return len(wrong) == 1 or swapped


def refusals(keep: Person, gone: Person, who: Identity) -> list[Refusal]:
    """Why these two cannot become one, whatever anybody decides. What other rooms find in the way comes on top."""
    if keep.id == gone.id:
        return [Refusal("MERGE_SELF")]
    found = [Refusal("MERGE_SIGNPOST")] if keep.merged or gone.merged else []
    if keep.kind == "inmate" and keep.prison_ids != gone.prison_ids:
        found.append(Refusal("MERGE_PRISONS"))
    if who.prison_id is not None and not (keep.prison_ids | gone.prison_ids) <= {who.prison_id}:
        found.append(Refusal("MERGE_BUREAU"))
    if gone.id in keep.apart or keep.id in gone.apart:
        found.append(Refusal("MERGE_APART"))
    return found


def differences(keep: Person, gone: Person, ties: Iterable[Sequence[Tie]]) -> tuple[str, ...]:
    """What a second person has to look at before the two become one; empty: whoever sees it may do it.

    ties: claims of both records to the same person. A restriction, or an inmate's no, must not vanish behind an approval under another number.
    """
    found = []
    if keep.name != gone.name:
        found.append("NAME")
    if keep.birth_date != gone.birth_date and None not in (keep.birth_date, gone.birth_date):
        found.append("BIRTH")
    if keep.kind == "visitor" and keep.number and gone.number and (keep.document, keep.number) != (gone.document, gone.number):
        found.append("DOCUMENT")
    if keep.account and gone.account:
        found.append("ACCOUNTS")
    if any(_contradicts(group) for group in ties):
        found.append("TIE")
    return tuple(found)


def _contradicts(group: Sequence[Tie]) -> bool:
    return any(tie.state == "approved" for tie in group) and any(tie.restriction == "restricted" or tie.answer in SILENCED for tie in group)


def winner(one: Tie, other: Tie) -> tuple[Tie, Tie]:
    """Of two living claims of one person to the same inmate: (the one that stays, the one that is withdrawn). Approved wins, then the older one."""
    first, second = sorted((one, other), key=lambda tie: (RANK[tie.state], tie.id))
    return first, second


def stricter(stays: Tie, ends: Tie) -> dict[str, str]:
    """What the claim that stays takes over from the other: a no or a restriction never gets lost."""
    changed = {}
    if ends.answer in SILENCED and stays.answer not in SILENCED:
        changed["inmate_answer"] = ends.answer
    if ends.restriction == "restricted" and stays.restriction != "restricted":
        changed["restriction"] = "restricted"
    return changed


def decision_refusals(state: str, asked_by: int, who: Identity) -> list[Refusal]:
    """Who asked cannot decide; what is decided stays decided."""
    found = [] if state == "asked" else [Refusal("STATE_CHANGED")]
    if asked_by == who.account_id:
        found.append(Refusal("MERGE_OWN_REQUEST"))
    return found


def may_see(who: Identity, keep: Person, gone: Person) -> bool:
    """Whoever keeps one prison sees pairs of which both have to do with it."""
    return who.prison_id is None or (who.prison_id in keep.prison_ids and who.prison_id in gone.prison_ids)
