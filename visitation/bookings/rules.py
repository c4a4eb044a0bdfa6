"""Whether a visit may be booked: facts in, every refusal out by name. Pure. Sources: rules.md §1 and §5."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Protocol

from visitation.bookings.rules_packing import LEGAL as LEGAL
from visitation.kernel.errors import Refusal, SlotTaken
from visitation.kernel.identity import Identity, Role
from visitation.kernel.interval import Interval, local_day, month_start

LIVING = ("held", "offered", "requested", "confirmed")
"""States whose claims count. `offered`: a place that an open offer keeps for somebody; only its offer ends it."""
FAMILY_KINDS = frozenset({"family_visit", "family_call"})
"""What families book themselves, out of the month's allowance. Staff arrange every other kind."""
AWAY = ("court", "hospital", "confined")
OWN_DOCUMENT = "resident_id"
EVERYBODYS = "zh"
"""The language that every officer follows."""

FARTHEST_BACK = 366
"""Days after which a visit on another channel is no longer entered."""

KEEPS_ALLOWANCE = frozenset({"no_show_inmate", "refused_by_inmate", "cancelled_by_inmate", "cancelled_by_prison"})
"""Outcomes that are not the family's doing: the visit goes back to the month."""
TOOK_PLACE = frozenset({"completed", "ended_by_inmate", "ended_by_visitor", "ended_by_officer", "technical"})
OUTCOMES = KEEPS_ALLOWANCE | TOOK_PLACE | {"no_show_visitor", "no_show_lawyer", "failed_identity", "cancelled_by_visitor", "cancelled_by_lawyer"}
SYSTEM_CAUSES = frozenset({"emergency", "TERMINAL_LOST", "BROKER_LOST", "OFFICER_LOST", "RECORDING_FAILED", "STANDING"})
"""Causes of an end that lie on the prison's side whatever the minutes were."""


class PlaceTaken(SlotTaken):
    """The wanted time has just been taken; the page shows the nearest ones that are free."""


@dataclass(frozen=True)
class Tie:
    """A kinship as it stands now. `inmate_answer` and `restriction` are never told to the family."""

    state: str
    inmate_answer: str
    restriction: str
    relation: str

    @property
    def stands(self) -> bool:
        return self.state == "approved" and self.inmate_answer == "accepted" and self.restriction == "none"


@dataclass(frozen=True)
class Ban:
    """A suspension, both days included; open end while None."""

    starts_on: date
    ends_on: date | None

    def covers(self, day: date) -> bool:
        return self.starts_on <= day and (self.ends_on is None or day <= self.ends_on)


@dataclass(frozen=True)
class Person:
    """Somebody outside. `busy`: ticks at which they have another visit."""

    visitor_id: int
    name: str
    born: date
    document_kind: str
    tie: Tie | None
    bans: tuple[Ban, ...] = ()
    busy: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Inside:
    """The inmate. `separated`: days on which somebody from whom they are kept apart already has a visit."""

    status: str
    foreign: bool = False
    bans: tuple[Ban, ...] = ()
    busy: frozenset[int] = frozenset()
    separated: frozenset[date] = frozenset()


@dataclass(frozen=True)
class Window:
    """From when to when a visit may start. `review_from`: for one that an officer must look at. `released_at`: when the month after `closes` opens."""

    opens: datetime
    closes: datetime
    review_from: datetime
    released_at: datetime


@dataclass(frozen=True)
class Allowance:
    """Visits (or calls) of a month: `entitled` by level, `left` after what was used, returned and adjusted."""

    entitled: int
    left: int


@dataclass(frozen=True)
class Limits:
    """What the policies say."""

    window: Window
    allowance: Mapping[date, Allowance]
    max_visitors: int = 3
    guardian_age: int = 14
    adult_age: int = 18
    asked_relations: frozenset[str] = field(default_factory=frozenset)
    instant: bool = True
    languages: frozenset[str] | None = None
    """Languages that an officer of this prison follows; None: nobody has said."""


@dataclass(frozen=True)
class Wish:
    """The visit that is wanted. The first of the party leads. `language`: which they will speak."""

    visit: Interval
    party: tuple[Person, ...]
    accepted: bool = False
    language: str = "zh"

    @cached_property
    def day(self) -> date:
        return local_day(self.visit.start)


class Booked(Protocol):
    """What the predicate below needs to know of a booking."""

    @property
    def account_id(self) -> int: ...
    @property
    def prison_id(self) -> int: ...
    @property
    def party(self) -> Iterable["Member"]: ...


class Member(Protocol):
    @property
    def visitor_id(self) -> int: ...
    @property
    def place(self) -> int: ...


def is_coming(state: str, hold_expires_at: datetime | None, now: datetime) -> bool:
    """Whether a booking is still meant to take place; a hold that has run out is not shown as one."""
    return state in ("requested", "confirmed") or (state == "held" and hold_expires_at is not None and hold_expires_at > now)


def is_mine(who: Identity, booking: Booked) -> bool:
    """Booked by this account, or this person is in the party. A clerk sees only what concerns the person being assisted."""
    in_party = who.visitor_id is not None and any(person.visitor_id == who.visitor_id for person in booking.party)
    return in_party or (who.clerk_id is None and who.has(Role.FAMILY, Role.LAWYER) and booking.account_id == who.account_id)


def may_change(who: Identity, booking: Booked) -> bool:
    """Who booked it, or leads it. The others of the party may look."""
    leads = who.visitor_id is not None and any(person.visitor_id == who.visitor_id and person.place == 0 for person in booking.party)
    return leads or (who.clerk_id is None and who.has(Role.FAMILY) and booking.account_id == who.account_id)


def is_of_my_prison(who: Identity, booking: Booked) -> bool:
    """For staff and terminals: the booking is of their prison; those without a prison see all."""
    return who.prison_id is None or booking.prison_id == who.prison_id


def age_on(born: date, day: date) -> int:
    """Full years on a day. Born on 29 February: a year older on 1 March of common years."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def standing(wish: Wish, inside: Inside, limits: Limits, now: datetime, windowed: bool = True) -> list[Refusal]:
    """Refusals that do not depend on who else comes: asked when a time is shown, held, confirmed and approved.

    `windowed=False` leaves out notice and release, which are judged once, when the time is held.
    """
    lead = wish.party[0]
    return [*of_the_day(wish.day, lead, inside, limits), *of_the_time(wish.visit, lead, inside, limits.window if windowed else None, now)]


def of_the_day(day: date, lead: Person, inside: Inside, limits: Limits) -> list[Refusal]:
    """Those of `standing` that are the same for every time of a day."""
    return [*_inmate(day, inside), *_month(day, limits), *_person(day, lead)]


def of_the_time(visit: Interval, lead: Person, inside: Inside, window: Window | None, now: datetime) -> list[Refusal]:
    """Those of `standing` that one time has and another has not."""
    found = [] if inside.busy.isdisjoint(visit.span) else [Refusal("INMATE_BUSY")]
    found += _busy(visit, lead)
    if window is not None:
        found += _window(visit.start, window)
    if visit.start <= now:
        found.append(Refusal("IN_THE_PAST"))
    return found


def company(wish: Wish, limits: Limits) -> list[Refusal]:
    """Refusals about the party and the notice: asked at confirm, beside `standing`."""
    found = []
    ages = [age_on(person.born, wish.day) for person in wish.party]
    if len(wish.party) > limits.max_visitors:
        found.append(Refusal("TOO_MANY_VISITORS", {"most": limits.max_visitors}))
    if len({person.visitor_id for person in wish.party}) < len(wish.party):
        found.append(Refusal("VISITOR_TWICE"))
    if not any(age >= limits.adult_age for age in ages):
        found.append(Refusal("NO_ADULT"))
        found.extend(
            Refusal("CHILD_WITHOUT_GUARDIAN", {"name": person.name, "age": limits.guardian_age})
            for person, age in zip(wish.party, ages, strict=True)
            if age < limits.guardian_age
        )
    for person in wish.party[1:]:
        found += [*_person(wish.day, person), *_busy(wish.visit, person)]
    if not wish.accepted:
        found.append(Refusal("NOTICE_NOT_ACCEPTED"))
    return found


def review_reasons(wish: Wish, inside: Inside, limits: Limits) -> list[str]:
    """Why an officer must look at it first (manual route); empty: it is confirmed at once."""
    reasons = set() if limits.instant else {"REQUEST_ONLY"}
    if not follows(limits.languages, wish.language):
        reasons.add("LANGUAGE")
    if inside.foreign:
        reasons.add("FOREIGN_INMATE")
    for person in wish.party:
        if person.document_kind != OWN_DOCUMENT:
            reasons.add("FOREIGN_DOCUMENT")
        if person.tie is not None and person.tie.relation in limits.asked_relations:
            reasons.add("RELATION_ASKED")
    return sorted(reasons)


def follows(languages: frozenset[str] | None, wanted: str) -> bool:
    """Whether an officer here follows a language. Chinese everybody does; where no officer's languages are entered, an officer is asked (rules.md §1)."""
    return wanted == EVERYBODYS or wanted in (languages or ())


def review_notice(wish: Wish, reasons: Iterable[str], window: Window) -> list[Refusal]:
    """A visit that must be looked at needs the days of the review, of the answer, and one more."""
    too_soon = any(True for _ in reasons) and wish.visit.start < window.review_from
    return [Refusal("REVIEW_NEEDS_TIME", {"day": local_day(window.review_from)})] if too_soon else []


def _inmate(day: date, inside: Inside) -> list[Refusal]:
    found = []
    if inside.status != "held":
        found.append(Refusal("INMATE_AWAY" if inside.status in AWAY else "INMATE_LEFT"))
    found.extend(_banned("INMATE_SUSPENDED", inside.bans, day, {}))
    if day in inside.separated:
        found.append(Refusal("DAY_NOT_POSSIBLE"))
    return found


def _month(day: date, limits: Limits) -> list[Refusal]:
    month = month_start(day)
    allowance = limits.allowance.get(month, Allowance(0, 0))
    if allowance.entitled <= 0 and allowance.left <= 0:
        return [Refusal("LEVEL_WITHOUT_VISITS")]
    return [] if allowance.left > 0 else [Refusal("QUOTA_USED", {"month": f"{month:%Y-%m}"})]


def _window(start: datetime, window: Window) -> list[Refusal]:
    if start < window.opens:
        return [Refusal("NOTICE_TOO_SHORT", {"day": local_day(window.opens)})]
    if start < window.closes:
        return []
    return [Refusal("NOT_RELEASED", {"moment": window.released_at, "day": local_day(window.closes - timedelta(seconds=1))})]


def _person(day: date, person: Person) -> list[Refusal]:
    facts = {"name": person.name}
    found = []
    if person.tie is None or person.tie.state != "approved":
        found.append(Refusal("VISITOR_NOT_APPROVED", facts))
    elif not person.tie.stands:
        found.append(Refusal("PARTICIPANT_RESTRICTED", facts))
    found.extend(_banned("VISITOR_SUSPENDED", person.bans, day, facts))
    return found


def _busy(visit: Interval, person: Person) -> list[Refusal]:
    return [] if person.busy.isdisjoint(visit.span) else [Refusal("VISITOR_BUSY", {"name": person.name})]


def _banned(code: str, bans: Iterable[Ban], day: date, facts: Mapping[str, object]) -> list[Refusal]:
    """A suspension on the day. One with an end offers the first day after it (rules.md §5.11)."""
    held = list(bans)
    if not any(ban.covers(day) for ban in held):
        return []
    after = free_after(held, day)
    return [Refusal(f"{code}_OPEN", facts)] if after is None else [Refusal(code, {**facts, "day": after})]


def free_after(bans: Iterable[Ban], day: date) -> date | None:
    """The first day from `day` on that no suspension covers; None while one has no end."""
    held = list(bans)
    while covering := [ban for ban in held if ban.covers(day)]:
        if any(ban.ends_on is None for ban in covering):
            return None
        day = max(ban.ends_on for ban in covering if ban.ends_on is not None) + timedelta(days=1)
    return day


def cancels_freely(start: datetime, hours: int, now: datetime) -> bool:
    """Whether cancelling now still gives the visit back to the month."""
    return now <= start - timedelta(hours=hours)


def change_refusals(state: str, starts_at: datetime, free_hours: int, now: datetime) -> list[Refusal]:
    """Another time: as long as cancelling would cost nothing, else a late change would be a late cancellation for free. A request may always change."""
    if starts_at <= now:
        return [Refusal("ALREADY_STARTED")]
    late = state == "confirmed" and not cancels_freely(starts_at, free_hours, now)
    return [Refusal("CHANGE_TOO_LATE", {"hours": free_hours})] if late else []


def party_change_refusals(state: str, starts_at: datetime, ready_minutes: int, now: datetime) -> list[Refusal]:
    """Other people: until the first of them may join and wait."""
    if starts_at <= now:
        return [Refusal("ALREADY_STARTED")]
    late = starts_at - timedelta(minutes=ready_minutes) <= now
    return [Refusal("PARTY_TOO_LATE", {"minutes": ready_minutes})] if late else []


def gives_back(outcome: str, cause: str | None, seconds_used: int, minutes: int, share: float) -> bool:
    """Whether an outcome gives the visit back to the month by itself (rules.md §1, technical failure)."""
    if outcome in KEEPS_ALLOWANCE:
        return True
    return outcome == "technical" and (cause in SYSTEM_CAUSES or seconds_used < share * minutes * 60)


def gives_way(visit: Interval, appointment: Interval, margin: int) -> bool:
    """Whether a family visit is too near to an appointment with a court or lawyer, which comes first: `margin` minutes on either side (rules.md §5.14)."""
    around = Interval(appointment.start - timedelta(minutes=margin), appointment.end + timedelta(minutes=margin))
    return around.overlaps(visit)


def external_refusals(held_on: date, note: str, today: date) -> list[Refusal]:
    """A visit on another channel: a day that has come, within a year; and where it was."""
    found = [Refusal("EXTERNAL_NOT_YET")] if held_on > today else []
    if (today - held_on).days > FARTHEST_BACK:
        found.append(Refusal("EXTERNAL_TOO_OLD"))
    return found if note.strip() else [*found, Refusal("LEDGER_NOTE_MISSING")]


def correction_refusals(month: date, units: int, note: str, this_month: date) -> list[Refusal]:
    """A month that is not over is corrected by at least one, with a reason."""
    found = [Refusal("CORRECTION_NOTHING")] if units == 0 else []
    if month < this_month:
        found.append(Refusal("CORRECTION_PAST"))
    return found if note.strip() else [*found, Refusal("LEDGER_NOTE_MISSING")]


def appointment_refusals(starts_at: datetime, ends_at: datetime, now: datetime) -> list[Refusal]:
    """An appointment ends after it begins, within a day, and is not over yet."""
    found = [Refusal("APPOINTMENT_ORDER")] if not timedelta() < ends_at - starts_at <= timedelta(days=1) else []
    return found if ends_at > now else [*found, Refusal("APPOINTMENT_PAST")]
