"""Every number that a regulation could change: its default, what the default rests on, and what a value may look like (rules.md §1)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from visitation.kernel.errors import Refusal
from visitation.kernel.shapes import Shape, code, each, falling, listed, record_of, share, wall_time, whole, yes_no


def t(text: str) -> str:
    """Mark a sentence for the translators; the page translates it when it shows it."""
    return text


@dataclass(frozen=True)
class Default:
    """The value that holds while no row says otherwise. `basis`: the regulation or practice it rests on. `shape`: what is accepted for this key."""

    value: Any
    name: str
    basis: str
    shape: Shape


KINDS = ("family_visit", "family_call", "legal_consult", "lawyer_meeting", "mediation_session")
OUR_CHOICE = t("Product choice; no public rule found.")
COUNT_BY_LEVEL = each(whole(0, 31))
FLAG_BY_KIND = each(yes_no, KINDS)
LEG = record_of(pause=whole(1, 3600), end=whole(1, 7200))


def _by_kind(family: Any, call: Any, consult: Any, lawyer: Any, mediation: Any) -> dict[str, Any]:
    return dict(zip(KINDS, (family, call, consult, lawyer, mediation), strict=True))


def _relations() -> list[dict[str, Any]]:
    named = ("spouse", "parent", "child", "sibling", "grandparent", "grandchild", "guardian")
    asked = ("parent_in_law", "child_in_law", "other")
    return [{"code": name, "needs_approval": False} for name in named] + [{"code": name, "needs_approval": True} for name in asked]


DEFAULTS: Mapping[str, Default] = {
    "visits_per_month": Default(
        {"strict": 0, "probation": 1, "general": 1, "lenient": 2},
        t("Visits a month by treatment level"),
        t("Provincial practice of treatment levels (Sichuan, Ningxia); one allowance shared by all channels (Guangdong, Gansu, Qinghai, Heilongjiang)."),
        COUNT_BY_LEVEL,
    ),
    "calls_per_month": Default(
        {"strict": 2, "probation": 2, "general": 2, "lenient": 2},
        t("Family calls a month by treatment level"),
        t("Published practice varies from one to three calls a month."),
        COUNT_BY_LEVEL,
    ),
    "visit_minutes": Default(
        _by_kind(30, 10, 20, 60, 30),
        t("Minutes of a session by kind"),
        t("Family visits: Anhui 30, Guangdong 25; the other kinds are product choices."),
        each(whole(5, 240, 5), KINDS),
    ),
    "max_visitors": Default(3, t("People at one visit"), t("Every province says at most three."), whole(1, 3)),
    "guardian_age": Default(
        14, t("Under this age a guardian must be present"), t("A child under 14 counts as a visitor and comes with a guardian."), whole(1, 18)
    ),
    "adult_age": Default(18, t("Age of an adult"), t("Civil Code, article 17."), whole(16, 21)),
    "relations": Default(
        _relations(),
        t("Who counts as a relative"),
        t("Rules of Guangdong and Shanghai: spouse, parents, children, siblings, grandparents, grandchildren, guardian; others need approval."),
        listed(record_of(code=code, needs_approval=yes_no)),
    ),
    "review_workdays": Default(3, t("Workdays to decide a claim or request"), t("Hunan and Guangdong 3 workdays, Anhui 5."), whole(1, 30)),
    "notify_workdays": Default(2, t("Workdays to tell the decision"), t("Hunan, Guangdong, Anhui: two workdays after the decision."), whole(0, 30)),
    "window_min_days": Default(3, t("Days ahead from which a visit can be booked"), t("Dongguan: three days ahead."), whole(0, 60)),
    "window_months": Default(1, t("Months after this one that can be booked"), OUR_CHOICE, whole(0, 6)),
    "release_day": Default(20, t("Day on which the next month's places are released"), OUR_CHOICE, whole(1, 28)),
    "release_time": Default("09:00", t("Time of the release"), OUR_CHOICE, wall_time),
    "free_cancellation_hours": Default(24, t("Hours before the visit until which cancelling is free"), t("Shenzhen: until 24 hours before."), whole(0, 240)),
    "turnaround_minutes": Default(
        _by_kind(10, 5, 10, 10, 10), t("Minutes between sessions at one terminal, by kind"), OUR_CHOICE, each(whole(0, 120, 5), KINDS)
    ),
    "recording_days": Default(180, t("Days a recording is kept"), OUR_CHOICE, whole(1, 3650)),
    "pause_without_recording": Default(
        False,
        t("A visit is paused when its recording fails"),
        t("Product choice: a full disk is the prison's failure, so the officer is alarmed and the visit goes on unless the prison decides otherwise."),
        yes_no,
    ),
    "relisten_share": Default(0.1, t("Share of each officer's recorded visits that is listened to again"), OUR_CHOICE, share),
    "relisten_workdays": Default(5, t("Workdays to listen to a recording again"), OUR_CHOICE, whole(1, 60)),
    "recording_request_days": Default(3, t("Days until a request about a recording lapses, undecided or unused"), OUR_CHOICE, whole(1, 30)),
    "record": Default(
        _by_kind(True, True, False, False, False),
        t("Recorded, by kind"),
        t("Family visits are recorded after a notice; meetings with lawyers never (Criminal Procedure Law, article 39)."),
        FLAG_BY_KIND,
    ),
    "officer_hears": Default(
        _by_kind(True, True, False, False, True),
        t("The officer hears, by kind"),
        t("Within sight and not within hearing for legal help; meetings with lawyers are never listened to (Criminal Procedure Law, article 39)."),
        FLAG_BY_KIND,
    ),
    "officer_sees": Default(
        _by_kind(True, False, True, True, True), t("The officer sees, by kind"), t("Supervision of visits within sight; a call has no picture."), FLAG_BY_KIND
    ),
    "remote": Default(
        _by_kind(True, True, True, False, True),
        t("Held by video, by kind"),
        t("The rule of 2017 has lawyers meet their clients inside the prison; a meeting by video needs a basis of its own."),
        FLAG_BY_KIND,
    ),
    "speak": Default(_by_kind(True, True, False, False, True), t("The officer may speak in, by kind"), OUR_CHOICE, FLAG_BY_KIND),
    "drops": Default(
        {"officer": {"takeover": 10, "pause": 120}, "terminal": {"pause": 15, "end": 300}, "outside": {"pause": 60, "end": 600}},
        t("Seconds until something follows when somebody is lost"),
        OUR_CHOICE,
        record_of(officer=record_of(takeover=whole(1, 3600), pause=whole(1, 3600)), terminal=LEG, outside=LEG),
    ),
    "warn_at": Default([300, 60], t("Seconds left at which both sides are warned"), OUR_CHOICE, falling(5, 3600)),
    "ready_minutes": Default(30, t("Minutes before the start from which people may join and wait"), OUR_CHOICE, whole(5, 120)),
    "equipment_test_minutes": Default(
        [4320, 1440, 30], t("Minutes before a visit at which the family's equipment is to be tested"), OUR_CHOICE, falling(5, 20160)
    ),
    "terminal_test_time": Default("07:30", t("Time from which the terminals test themselves each day"), OUR_CHOICE, wall_time),
    "technical_return_share": Default(
        0.5,
        t("Below this share of live minutes a technical failure gives the visit back"),
        t("Product choice: a dropped line is not the family's loss."),
        share,
    ),
    "suspension_max_months": Default(3, t("Longest suspension of a visitor, in months"), t("Guangdong, article 33: one to three months."), whole(1, 24)),
    "emergency_review_hours": Default(24, t("Hours to review an officer's emergency end of a lawyer meeting"), OUR_CHOICE, whole(1, 168)),
    "objection_workdays": Default(5, t("Workdays to answer an objection"), OUR_CHOICE, whole(1, 60)),
    "instant_booking": Default(True, t("Confirm at once when everybody is approved"), OUR_CHOICE, yes_no),
    "hold_minutes": Default(10, t("Minutes a place is kept while the form is filled in"), OUR_CHOICE, whole(5, 30)),
    "watch_lanes": Default(4, t("Sessions one officer may supervise at once"), OUR_CHOICE, whole(1, 16)),
    "planned_lanes": Default(8, t("Sessions at once on a day whose duty roster is not written yet"), OUR_CHOICE, whole(0, 200)),
    "appointment_margin_minutes": Default(
        30, t("Minutes before and after an appointment with a court or lawyer in which there is no visit"), OUR_CHOICE, whole(0, 240)
    ),
    "absence_flag_hours": Default(48, t("Hours before a visit from which an inmate's absence (court, hospital) is looked at"), OUR_CHOICE, whole(1, 720)),
    "alternatives_hours": Default(48, t("Hours that three places are kept for a family whose visit must be moved"), OUR_CHOICE, whole(1, 240)),
    "offer_minutes": Default(120, t("Minutes that a freed place is kept for who waits longest"), OUR_CHOICE, whole(5, 1440)),
    "offers_unanswered": Default(3, t("Unanswered offers after which a wish leaves the waiting list"), OUR_CHOICE, whole(1, 20)),
    "rebook_days": Default(30, t("Days after a visit that the line cut short in which it can be booked again with priority"), OUR_CHOICE, whole(1, 180)),
    "rebook_notice_hours": Default(24, t("Hours ahead from which such a visit can be booked again"), OUR_CHOICE, whole(1, 720)),
    "rebook_before_release": Default(True, t("Such a visit may take a place of a month that is not released yet"), OUR_CHOICE, yes_no),
    "movement_lead_minutes": Default(15, t("Minutes before a visit by which the inmate leaves the ward"), OUR_CHOICE, whole(0, 120)),
    "escort_inmates": Default(6, t("Inmates whom one escort brings to legal help"), OUR_CHOICE, whole(1, 40)),
    "escort_places": Default(3, t("Places in a row of a legal-help day for which one escort is enough"), OUR_CHOICE, whole(1, 24)),
    "help_swap_hours": Default(24, t("Hours before a legal-help day until which lawyers can arrange it between themselves"), OUR_CHOICE, whole(0, 240)),
    "check_in_gap_minutes": Default(5, t("Minutes between two check-ins of one officer"), OUR_CHOICE, whole(0, 60)),
    "watch_stretch_minutes": Default(120, t("Longest time an officer watches without a break"), OUR_CHOICE, whole(30, 480)),
    "watch_break_minutes": Default(10, t("Minutes without a visit that count as a break"), OUR_CHOICE, whole(5, 60)),
    "terminal_offline": Default(
        {"silent_minutes": 10, "closed_days": 1, "from_time": "08:30", "to_time": "17:30"},
        t("When a terminal that is not heard of loses its places, and for how many days"),
        OUR_CHOICE,
        record_of(silent_minutes=whole(2, 240), closed_days=whole(1, 14), from_time=wall_time, to_time=wall_time),
    ),
    "question_acknowledge_hours": Default(
        24, t("Hours until a legal question is acknowledged"), t("Practice of written legal advice: within a day."), whole(1, 240)
    ),
    "question_workdays": Default(
        {"question": 3, "letter": 7},
        t("Workdays to answer a legal question"),
        t("Practice of written legal advice: three workdays, letters seven."),
        record_of(question=whole(1, 60), letter=whole(1, 60)),
    ),
    "legal_papers_days": Default(
        1095,
        t("Days after a request for legal help is closed until notes, letters and papers are deleted"),
        t("Civil Code, article 188: claims can be brought within three years; the days themselves are a product choice."),
        whole(30, 36500),
    ),
    "answer_rate_target": Default(
        98, t("Per cent of legal questions to be answered in time"), t("Published result of a prison branch: 98 of 100 questions."), whole(1, 100)
    ),
    "help_request_hours": Default(
        {"legal_aid": 24, "defence": 48, "about_prison": 24},
        t("Hours until an inmate's request for legal help is passed on"),
        t("Legal aid within 24 hours (Legal Aid Law, article 39); a meeting with the defender within 48 hours (Criminal Procedure Law, article 39)."),
        record_of(legal_aid=whole(1, 240), defence=whole(1, 240), about_prison=whole(1, 240)),
    ),
    "referral_link_days": Default(14, t("Days until the link of a referral expires"), OUR_CHOICE, whole(1, 90)),
    "question_level_workdays": Default(1, t("Workdays an overdue question stays on one level"), OUR_CHOICE, whole(1, 30)),
    "no_show_review": Default(
        {"count": 3, "days": 180},
        t("Missed visits that lead to a review"),
        t("Shenzhen: three within 180 days; never an automatic ban."),
        record_of(count=whole(1, 20), days=whole(1, 730)),
    ),
}

NEVER: Mapping[str, frozenset[str]] = {
    "record": frozenset({"lawyer_meeting"}),
    "officer_hears": frozenset({"lawyer_meeting"}),
    "speak": frozenset({"lawyer_meeting"}),
}
"""What no prison may switch on: a lawyer's meeting is neither heard nor recorded (rules.md §2)."""


def problems(key: str, value: Any, basis: str, effective_from: date, today: date) -> list[Refusal]:
    """Every reason why a new row cannot be accepted."""
    if key not in DEFAULTS:
        return [Refusal("POLICY_UNKNOWN_KEY")]
    found = [] if DEFAULTS[key].shape(value) else [Refusal("POLICY_WRONG_SHAPE")]
    if not found and any(value.get(kind) for kind in NEVER.get(key, ())):
        found.append(Refusal("POLICY_PRIVILEGE"))
    if not basis.strip():
        found.append(Refusal("POLICY_NO_BASIS"))
    if effective_from <= today:
        found.append(Refusal("POLICY_NOT_FUTURE"))
    return found


@dataclass(frozen=True)
class Dated:
    """One row as the rules see it. `scope`: 2 one prison, 1 its province, 0 everywhere."""

    key: str
    scope: int
    effective_from: date
    row_id: int
    value: Any
    basis: str = ""


def in_force(key: str, rows: Iterable[Dated], on: date) -> Dated:
    """The row that holds for `key` on a day: the narrowest scope, then the latest day, then the newest row; else the default (row 0)."""
    known = [row for row in rows if row.key == key and row.effective_from <= on]
    default = Dated(key, -1, date.min, 0, DEFAULTS[key].value, DEFAULTS[key].basis)
    return max(known, key=lambda row: (row.scope, row.effective_from, row.row_id), default=default)
