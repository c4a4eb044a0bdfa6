"""Words for the names inside policy values, so that a rule can be read without knowing its codes."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from visitation.web.code_words import RELATIONS

NAMES = {
    "family_visit": _l("Video visit"),
    "family_call": _l("Family call (sound only)"),
    "legal_consult": _l("Legal consultation"),
    "lawyer_meeting": _l("Meeting with a lawyer"),
    "mediation_session": _l("Mediation"),
    "officer": _l("Officer"),
    "terminal": _l("Terminal"),
    "outside": _l("Outside"),
    "takeover": _l("another officer is asked after"),
    "pause": _l("paused after"),
    "end": _l("ended after"),
    "count": _l("number"),
    "days": _l("within days"),
    "silent_minutes": _l("silent for minutes"),
    "closed_days": _l("days closed, today included"),
    "from_time": _l("expected on from"),
    "to_time": _l("expected on until"),
    "legal_aid": _l("legal aid"),
    "defence": _l("meeting with the defender"),
    "about_prison": _l("about the prison"),
    **RELATIONS,
}


def lines(value: Any, levels: Mapping[str, str]) -> list[str]:
    """A value in lines of words. `levels`: names of the treatment levels by code."""
    if isinstance(value, dict):
        return [str(gettext("%(name)s: %(value)s", name=_name(key, levels), value=_plain(inner, levels))) for key, inner in value.items()]
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return [str(gettext(", ")).join(_relation(item, levels) for item in value)]
    return [_plain(value, levels)]


def _plain(value: Any, levels: Mapping[str, str]) -> str:
    if isinstance(value, bool):
        return str(gettext("yes") if value else gettext("no"))
    if isinstance(value, dict):
        return str(gettext(", ")).join(f"{_name(key, levels)} {_plain(inner, levels)}" for key, inner in value.items())
    return str(gettext(", ")).join(map(str, value)) if isinstance(value, list) else str(value)


def _relation(item: Mapping[str, Any], levels: Mapping[str, str]) -> str:
    word = _name(str(item.get("code", "")), levels)
    return str(gettext("%(name)s (needs approval)", name=word)) if item.get("needs_approval") else word


def _name(code: str, levels: Mapping[str, str]) -> str:
    return levels.get(code) or str(NAMES.get(code, code))


GROUPS = (
    (_l("Allowance and length"), ("visits_per_month", "calls_per_month", "visit_minutes", "turnaround_minutes", "technical_return_share")),
    (_l("Who may come"), ("relations", "max_visitors", "guardian_age", "adult_age", "no_show_review", "suspension_max_months")),
    (
        _l("Booking, release and moving"),
        (
            *("window_min_days", "window_months", "release_day", "release_time", "instant_booking", "hold_minutes", "free_cancellation_hours"),
            *("alternatives_hours", "offer_minutes", "offers_unanswered", "rebook_days", "rebook_notice_hours", "rebook_before_release"),
        ),
    ),
    (
        _l("Deadlines"),
        (
            *("review_workdays", "notify_workdays", "objection_workdays", "absence_flag_hours", "appointment_margin_minutes"),
            *("help_request_hours", "legal_papers_days"),
        ),
    ),
    (
        _l("Officers, terminals and capacity"),
        (
            *("watch_lanes", "planned_lanes", "check_in_gap_minutes", "watch_stretch_minutes", "watch_break_minutes"),
            *("movement_lead_minutes", "escort_inmates", "escort_places", "help_swap_hours", "terminal_offline"),
        ),
    ),
    (
        _l("Supervision"),
        ("officer_sees", "officer_hears", "speak", "remote", "warn_at", "ready_minutes", "equipment_test_minutes", "terminal_test_time", "drops"),
    ),
    (_l("Recording"), ("record", "recording_days", "pause_without_recording", "relisten_share", "relisten_workdays", "recording_request_days")),
)
"""Where a rule stands on the page; one that is named nowhere stands under OTHER."""
OTHER = _l("Other rules")
