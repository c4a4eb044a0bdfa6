"""Names, documents and kinship claims as pure decisions (design: rules.md §1 and §3)."""

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from stdnum.cn import ric
from stdnum.exceptions import ValidationError

from visitation.kernel.errors import Refusal

SEPARATOR = "\u00b7"
LOOKALIKES = "\u2024\u2027\u2022\u30fb\uff65\u22c5\u2219\u0387\u1427\u318d"
"""Dots that keyboards offer for the separator of a name: ․ ‧ • ・ ･ ⋅ ∙ · ᐧ ㆍ"""
LONGEST_NAME = 100
DOCUMENT_KINDS = ("resident_id", "hmt_permit", "hm_travel", "tw_travel", "passport")
MANUAL_KINDS = frozenset(DOCUMENT_KINDS) - {"resident_id"}
"""Documents that an officer looks at by hand (rules.md §1: foreign, Hong Kong, Macau and Taiwan documents)."""
RELATIONS = ("spouse", "parent", "child", "sibling", "grandparent", "grandchild", "guardian", "parent_in_law", "child_in_law", "other")
PROOF_KINDS = ("household_book", "marriage", "birth", "certificate", "judgment", "other")
MOST_PROOFS = 4
OPEN_STATES = frozenset({"submitted", "approved"})

_HMT_AREAS = ("810000", "820000", "830000")
_SHAPES = {"hm_travel": re.compile(r"[HM][0-9]{8}"), "tw_travel": re.compile(r"[0-9]{8}"), "passport": re.compile(r"[A-Z0-9]{5,20}")}
_LOOKALIKE_TABLE = str.maketrans(dict.fromkeys(LOOKALIKES, SEPARATOR))
_DOT_BETWEEN_HAN = re.compile(r"(?<=[\u3400-\u9fff\uf900-\ufaff\U00020000-\U000323af])\s*[.\uff0e]\s*(?=[\u3400-\u9fff\uf900-\ufaff\U00020000-\U000323af])")
_UNSEEN = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")
"""Letters and marks that are drawn as nothing: fillers, and selectors of a glyph's variant."""
_ALLOWED_MARKS = frozenset(f"{SEPARATOR} -'’.,\u0f0b")  # the last one stands between the syllables of a Tibetan name


@dataclass(frozen=True)
class Person:
    """Who a person says they are. `birth_date` None: it follows from the number, or is missing."""

    name: str
    document_kind: str
    document_number: str
    birth_date: date | None = None


@dataclass(frozen=True)
class Judged:
    """A person as they are kept, every refusal, and warnings that stop nothing."""

    person: Person
    refusals: tuple[Refusal, ...]
    warnings: tuple[Refusal, ...] = ()


def tidy_name(typed: str) -> str:
    """A name as it is kept and compared: NFC, one kind of separator, single spaces, nothing invisible."""
    seen = _UNSEEN.sub("", typed)
    seen = "".join(" " if letter.isspace() else letter for letter in seen if unicodedata.category(letter) not in ("Cc", "Cf") or letter.isspace())
    text = unicodedata.normalize("NFC", seen).translate(_LOOKALIKE_TABLE)
    text = _DOT_BETWEEN_HAN.sub(SEPARATOR, text)
    text = re.sub(rf"\s*{SEPARATOR}\s*", SEPARATOR, text)
    return " ".join(text.split())


def name_refusals(name: str) -> list[Refusal]:
    """Why a tidy name cannot be kept: empty, too long, or with something that is no letter."""
    if not any(unicodedata.category(letter)[0] == "L" for letter in name):
        return [Refusal("NAME_EMPTY")]
    found = [] if len(name) <= LONGEST_NAME else [Refusal("NAME_LONG", {"longest": LONGEST_NAME})]
    if any(unicodedata.category(letter)[0] not in "LM" and letter not in _ALLOWED_MARKS for letter in name):
        found.append(Refusal("NAME_CHARACTERS"))
    return found


def tidy_number(typed: str) -> str:
    """A document's number as it is kept: half-width, capital letters, no spaces or hyphens."""
    return re.sub(r"[\s\-\u2010-\u2015]", "", unicodedata.normalize("NFKC", typed)).upper()


def masked(number: str) -> str:
    """A number as its owner may see it: the first four and last two characters of a long one, of a short one only the last two."""
    shown = number[:4] if len(number) >= 15 else ""
    return f"{shown}{'*' * (len(number) - len(shown) - 2)}{number[-2:]}"


def judge(person: Person, today: date) -> Judged:
    """Tidy a person's name and document and say everything that is wrong with them."""
    name, number = tidy_name(person.name), tidy_number(person.document_number)
    refusals = name_refusals(name)
    birth = person.birth_date
    warnings: tuple[Refusal, ...] = ()
    if person.document_kind in ("resident_id", "hmt_permit"):
        wrong, birth, warnings = _resident(person.document_kind, number, today)
    else:
        wrong = _other_document(person.document_kind, number)
    refusals += wrong
    if birth is None and not wrong:
        refusals.append(Refusal("BIRTH_DATE_NEEDED"))
    elif birth is not None and not wrong:
        refusals += _birth_refusals(birth, today)
    return Judged(Person(name, person.document_kind, number, birth), tuple(refusals), warnings)


def _resident(kind: str, number: str, today: date) -> tuple[list[Refusal], date | None, tuple[Refusal, ...]]:
    """GB 11643: length, digits, check character, birth date; an unknown area code only warns, because the tables are never complete."""
    if len(number) == 15 and number.isascii() and number.isdigit():
        return [Refusal("ID_15_DIGITS")], None, ()
    if not re.fullmatch(r"[0-9]{17}[0-9X]", number):
        return [Refusal("ID_SHAPE")], None, ()
    if (number[:6] in _HMT_AREAS) != (kind == "hmt_permit"):
        return [Refusal("ID_OTHER_KIND")], None, ()
    if ric.calc_check_digit(number) != number[-1]:
        return [Refusal("ID_CHECKSUM")], None, ()
    try:
        birth = ric.get_birth_date(number)
    except ValidationError:
        return [Refusal("ID_DATE")], None, ()
    return [], birth, () if kind == "hmt_permit" or area_known(number) else (Refusal("ID_AREA_UNKNOWN"),)


def area_known(number: str) -> bool:
    """Whether the first six digits have been a county's code in the year of birth."""
    try:
        return bool(ric.get_birth_place(number))
    except ValidationError:
        return False


def _other_document(kind: str, number: str) -> list[Refusal]:
    shape = _SHAPES.get(kind)
    if shape is None:
        return [Refusal("DOCUMENT_KIND")]
    return [] if shape.fullmatch(number) else [Refusal(f"{kind.upper()}_SHAPE")]


def _birth_refusals(birth: date, today: date) -> list[Refusal]:
    if birth > today:
        return [Refusal("BIRTH_DATE_FUTURE")]
    return [Refusal("BIRTH_DATE_OLD")] if birth.year < 1900 else []


def age_on(birth: date, day: date) -> int:
    """Whole years; somebody born on 29 February is a year older on 1 March of a common year (Civil Code counting)."""
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


@dataclass(frozen=True)
class ClaimFacts:
    """What decides whether a kinship claim is taken: nothing in it tells whether the inmate is held."""

    inmate_name: str
    inmate_number: str
    number_pattern: str
    relation: str
    relations: Sequence[Mapping[str, object]]
    relation_note: str
    proofs: int
    is_mine: bool
    claimed_already: bool


def claim_refusals(facts: ClaimFacts) -> list[Refusal]:
    """Every reason not to take a claim. The shape of a number is public: it is printed on every letter."""
    found = [Refusal("NOT_YOUR_PERSON")] if not facts.is_mine else []
    if name_refusals(facts.inmate_name):
        found.append(Refusal("INMATE_NAME"))
    if not re.fullmatch(facts.number_pattern, facts.inmate_number):
        found.append(Refusal("INMATE_NUMBER_SHAPE"))
    rule = next((row for row in facts.relations if row["code"] == facts.relation), None)
    if rule is None:
        found.append(Refusal("RELATION_NOT_HERE"))
    elif rule["needs_approval"] and not facts.relation_note:
        found.append(Refusal("RELATION_NOTE_NEEDED"))
    if not 1 <= facts.proofs <= MOST_PROOFS:
        found.append(Refusal("PROOF_COUNT", {"most": MOST_PROOFS}))
    if facts.claimed_already:
        found.append(Refusal("CLAIMED_ALREADY"))
    return found


def companion_refusals(document_taken: bool, has_photo: bool, companions: int, most: int = 10) -> list[Refusal]:
    """Why a person without an account cannot be added to this account."""
    found = [Refusal("DOCUMENT_TAKEN")] if document_taken else []
    if not has_photo:
        found.append(Refusal("FACE_NEEDED"))
    if companions >= most:
        found.append(Refusal("COMPANIONS_MANY", {"most": most}))
    return found


def may_withdraw(state: str) -> bool:
    return state in OPEN_STATES


def may_object(state: str, objected: Collection[str]) -> bool:
    """An objection is open to who was refused, once."""
    return state == "refused" and not objected
