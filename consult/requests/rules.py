"""Requests for legal help: who may see them, what is refused, where they go and until when. Pure. Source: rules.md §2."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from visitation.kernel.errors import Refusal
from visitation.kernel.identity import Identity, Role

OPEN = ("received", "waiting", "seated", "to_pass", "postponed")
"""received: nobody has decided; waiting: for a place on a help day; seated: has one; to_pass: goes elsewhere and has not gone yet; postponed: comes back."""
CLOSED = ("advised", "passed", "withdrawn")
PATHS = ("helpday", "legal_aid", "defence", "about_prison")
ASKS = ("advice", "legal_aid", "defence")
SECRECY = ("open", "lawyer", "prison")
"""open: the officers may read it; lawyer: nobody but the lawyer; prison: about this prison, the bureau only."""
FAMILY_PARTS = ("", "paper", "call")
URGENCIES = range(4)
LONGEST_SUMMARY, LONGEST_PARTIES, LONGEST_FAMILY = 4000, 1000, 400
MOST_OPEN = 3
"""Open requests of one inmate."""
MOST_PAPERS = 10
"""Files that a relative sends for one request."""
CODE_LIVES = timedelta(minutes=15)
CODE_DIGITS = 8
YELLOW = timedelta(days=1)
HERE = ("held", "court", "hospital", "confined")
PENDING = ("investigation", "prosecution", "trial")
"""Suspensions that say: a case is pending."""


@dataclass(frozen=True)
class Seen:
    """What decides who may see a request."""

    prison_id: int
    ward_id: int
    path: str | None


def may_see(who: Identity, seen: Seen) -> bool:
    """The bureau: all. The legal office: its prison's, but none about the prison. A ward's officer: the own wards', and none about the prison."""
    if who.has(Role.BUREAU):
        return who.prison_id in (None, seen.prison_id)
    if who.prison_id != seen.prison_id or seen.path == "about_prison":
        return False
    return who.has(Role.LEGAL_OFFICE) or (who.has(Role.WARD_OFFICER) and seen.ward_id in who.ward_ids)


def may_hand(who: Identity, seen: Seen) -> bool:
    """Who gives an inmate the papers of a request: the ward, and the legal office, which alone carries those about the prison, in closed form."""
    if who.prison_id != seen.prison_id:
        return False
    return who.has(Role.LEGAL_OFFICE) or (who.has(Role.WARD_OFFICER) and seen.path != "about_prison" and seen.ward_id in who.ward_ids)


def may_open(who: Identity, prison_id: int, ward_id: int) -> bool:
    """Whose inmates somebody may enter a request for or bring to the terminal: a ward's officer the own ward's, the visiting room and the legal office all."""
    if who.prison_id != prison_id:
        return False
    return who.has(Role.OFFICER, Role.DUTY_CHIEF, Role.LEGAL_OFFICE) or (who.has(Role.WARD_OFFICER) and ward_id in who.ward_ids)


@dataclass(frozen=True)
class Asked:
    """What is asked, as it is typed. concerned_place: code of a county. kinship_id: the relative who is asked for family_part (paper, call)."""

    matter: str
    summary: str = ""
    parties: str = ""
    urgency: int = 0
    language: str = "zh"
    asks_for: str = "advice"
    secrecy: str = "open"
    concerned_relation: str = ""
    concerned_place: str = ""
    consent: bool = False
    family_part: str = ""
    family_words: str = ""
    family_consent: bool = False
    kinship_id: int | None = None


@dataclass(frozen=True)
class Ground:
    """What is known around it. by_ward: an officer of the ward types it; at_terminal: the inmate does. relatives: ids of the inmate's approved kinships."""

    matters: Collection[str]
    relations: Collection[str]
    places: Collection[str]
    status: str = "held"
    open_now: int = 0
    by_ward: bool = True
    at_terminal: bool = False
    relatives: Collection[int] = ()


def enter_refusals(asked: Asked, ground: Ground) -> list[Refusal]:
    """Everything that is wrong with a new request."""
    found = []
    if ground.status not in HERE:
        found.append(Refusal("HELP_INMATE_GONE"))
    if ground.open_now >= MOST_OPEN:
        found.append(Refusal("HELP_MANY", {"most": MOST_OPEN}))
    if asked.matter not in ground.matters:
        found.append(Refusal("MATTER_UNKNOWN"))
    if asked.urgency not in URGENCIES or asked.asks_for not in ASKS or asked.secrecy not in SECRECY:
        found.append(Refusal("HELP_CHOICE"))
    if not asked.consent:
        found.append(Refusal("HELP_CONSENT"))
    return found + _text_refusals(asked, ground) + _concerned_refusals(asked, ground) + _family_refusals(asked, ground)


def letter_refusals(summary: str, parties: str, family: str = "") -> list[Refusal]:
    """What is written must be there and have room."""
    found = [] if summary.strip() else [Refusal("HELP_EMPTY")]
    if len(summary) > LONGEST_SUMMARY:
        found.append(Refusal("HELP_LONG", {"most": LONGEST_SUMMARY, "has": len(summary)}))
    if len(parties) > LONGEST_PARTIES:
        found.append(Refusal("PARTIES_LONG", {"most": LONGEST_PARTIES, "has": len(parties)}))
    return found + _family_words_refusals(family)


def papers_refusals(part: str, sent: int, more: int) -> list[Refusal]:
    """Whether a relative may send so many files now."""
    if part != "paper":
        return [Refusal("HELP_CHOICE")]
    found = [] if more else [Refusal("PAPER_NONE")]
    return [*found, *([Refusal("PAPERS_MANY", {"most": MOST_PAPERS})] if sent + more > MOST_PAPERS else [])]


def _text_refusals(asked: Asked, ground: Ground) -> list[Refusal]:
    if asked.secrecy == "prison" and ground.by_ward:
        return [Refusal("HELP_NOT_BY_WARD")]
    if asked.secrecy == "lawyer" and not ground.at_terminal:
        return [Refusal("HELP_LETTER_AT_TERMINAL")] if asked.summary.strip() or asked.parties.strip() else []
    return letter_refusals(asked.summary, asked.parties)


def _concerned_refusals(asked: Asked, ground: Ground) -> list[Refusal]:
    if not asked.concerned_relation and not asked.concerned_place:
        return []
    found = [] if asked.concerned_relation in ground.relations else [Refusal("HELP_RELATION")]
    return found if asked.concerned_place in ground.places else [*found, Refusal("HELP_PLACE")]


def _family_refusals(asked: Asked, ground: Ground) -> list[Refusal]:
    if not asked.family_part:
        return []
    found = [] if asked.family_part in FAMILY_PARTS else [Refusal("HELP_CHOICE")]
    if asked.secrecy == "prison":
        found.append(Refusal("FAMILY_SECRET"))
    if asked.secrecy == "lawyer" and asked.family_words.strip():
        found.append(Refusal("FAMILY_AT_TERMINAL"))
    if not asked.family_consent:
        found.append(Refusal("FAMILY_CONSENT"))
    if asked.kinship_id not in ground.relatives:
        found.append(Refusal("FAMILY_RELATIVE"))
    return found + _family_words_refusals(asked.family_words)


def _family_words_refusals(words: str) -> list[Refusal]:
    return [Refusal("FAMILY_LONG", {"most": LONGEST_FAMILY, "has": len(words)})] if len(words) > LONGEST_FAMILY else []


def lamp(state: str, due_at: datetime | None, now: datetime) -> str:
    """green, yellow from one day before, red once overdue; empty where no time runs."""
    if due_at is None or state not in ("received", "to_pass"):
        return ""
    return "red" if now > due_at else "yellow" if now >= due_at - YELLOW else "green"


@dataclass(frozen=True)
class Stop:
    """A suspension of the inmate, both days included; ends_on None: open."""

    code: str
    starts_on: date
    ends_on: date | None


@dataclass(frozen=True)
class Proposal:
    """What the facts suggest; an officer decides. path: one of PATHS or `postpone`, then until a day (None: the end is not known). why: words.WHY."""

    path: str
    why: str
    until: date | None = None


def propose(asks_for: str, stops: Collection[Stop], today: date) -> Proposal:
    """Legal aid and defence have their own time limits, which no confinement stops; advice on a day waits until the inmate can come."""
    holding = [stop for stop in stops if stop.starts_on <= today and (stop.ends_on is None or stop.ends_on >= today)]
    if asks_for == "legal_aid":
        return Proposal("legal_aid", "asked_legal_aid")
    if asks_for == "defence":
        return Proposal("defence", "asked_defence")
    if any(stop.code in PENDING for stop in holding):
        return Proposal("defence", "pending_case")
    confined = [stop for stop in holding if stop.code in ("confinement", "isolation")]
    if confined:
        ends = [stop.ends_on for stop in confined]
        known = [end for end in ends if end is not None]
        return Proposal("postpone", "confinement", max(known) + timedelta(days=1) if len(known) == len(ends) else None)
    return Proposal("helpday", "advice")


def triage_refusals(state: str, path: str, own_mark: bool = False) -> list[Refusal]:
    """A request is decided on while it is open and has no place on a day.

    own_mark: the inmate has marked it as about this prison. That is never undone: on any other path the prison and the ward would read it.
    """
    found = [] if path in PATHS else [Refusal("HELP_CHOICE")]
    if own_mark:
        found.append(Refusal("HELP_ABOUT_PRISON"))
    return found if state in ("received", "waiting", "to_pass", "postponed") else [*found, Refusal("HELP_NOT_NOW")]


def postpone_refusals(state: str, asks_for: str, reason: str, until: date | None, today: date) -> list[Refusal]:
    """Until a later day, with a reason the inmate reads. What has a time limit of its own is not postponed."""
    found = [] if state in ("received", "waiting", "postponed") else [Refusal("HELP_NOT_NOW")]
    if asks_for != "advice":
        found.append(Refusal("POSTPONE_LIMIT"))
    if not reason.strip():
        found.append(Refusal("POSTPONE_REASON"))
    if until is None or until <= today:
        found.append(Refusal("POSTPONE_DAY"))
    return found


def withdraw_refusals(state: str) -> list[Refusal]:
    if state == "seated":
        return [Refusal("HELP_SEATED")]
    return [] if state in OPEN else [Refusal("HELP_NOT_NOW")]
