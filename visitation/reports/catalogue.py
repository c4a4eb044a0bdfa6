"""The figures of visits, people and recordings, each with its definition. The order is that of the page."""

from flask_babel import lazy_gettext as _l

from visitation.reports import queries_places, queries_staff, queries_visits
from visitation.reports.figures import Column, Figure
from visitation.reports.rules import counted, for_each, persons, scaled, share, spread, standing
from visitation.web.code_words import KINDS

HOUR, GIGABYTE, TENTHS = 3600, 1e9, 10
EARLY = ("ended_by_inmate", "ended_by_visitor", "ended_by_officer")
ABSENT = ("no_show_visitor", "no_show_inmate", "no_show_lawyer")
REFUSED = ("refused_by_inmate", "failed_identity")
CALLED_OFF = ("cancelled_by_inmate", "cancelled_by_visitor", "cancelled_by_lawyer", "cancelled_by_prison")
BEGUN = ("completed", *EARLY, "technical")
OF_KINDS = tuple(Column(word, counted(kind), drawn=True, optional=kind != "family_visit") for kind, word in KINDS.items())

VISITS = Figure(
    "visits",
    "visits",
    _l("Visits held"),
    _l(
        "Remote visits that took place, whole or ended early by somebody, by the day on which they began. Visits that the line cut short are not counted"
        " here. Other channels: visits that were entered in the inmate's allowance as held elsewhere, by their day."
    ),
    queries_visits.visits,
    (
        *OF_KINDS,
        Column(_l("Other channels"), counted("elsewhere"), drawn=True, optional=True),
        Column(_l("Together"), counted(*KINDS, "elsewhere")),
    ),
)
PERSONS = Figure(
    "persons",
    "visits",
    _l("Person-times"),
    _l(
        "People outside who took part in the visits held here, each once for every visit: those whom the officer confirmed at the check-in, and the lawyer or"
        " mediator of a legal session. The inmate is not counted, nor are visits on other channels, of which the number of people is not known."
    ),
    queries_visits.persons,
    (*OF_KINDS, Column(_l("Together"), counted(*KINDS))),
)
OUTCOMES = Figure(
    "outcomes",
    "visits",
    _l("How visits ended"),
    _l("Every booked visit that has an outcome, by the day for which it was booked. Requests that were not approved are not counted."),
    queries_visits.outcomes,
    (
        Column(_l("Took place to the end"), counted("completed"), drawn=True),
        Column(_l("Ended early"), counted(*EARLY), drawn=True),
        Column(_l("Somebody did not come"), counted(*ABSENT), drawn=True),
        Column(_l("Refused, or identity not confirmed"), counted(*REFUSED), drawn=True),
        Column(_l("Cut short by the line"), counted("technical"), drawn=True),
        Column(_l("Called off before"), counted(*CALLED_OFF), drawn=True),
    ),
)
TECHNICAL = Figure(
    "technical",
    "visits",
    _l("Technical failures"),
    _l("Visits that the line or the equipment cut short, of all that took place or were cut short, by the day of the visit."),
    queries_visits.outcomes,
    (
        Column(_l("Took place or were cut short"), counted(*BEGUN)),
        Column(_l("Cut short by the line"), counted("technical")),
        Column(_l("Share of failures"), share(("technical",), BEGUN), "share", drawn=True),
    ),
    "lines",
)
WAITING = Figure(
    "waiting",
    "visits",
    _l("From booking to visit"),
    _l("Days from the booking to the visit, of visits held, by the day of the visit: half waited so long or less, nine of ten so long or less."),
    queries_visits.waiting,
    (
        Column(_l("Visits held"), counted("visits")),
        Column(_l("Half waited at most (days)"), spread("days", 0.5), "days", drawn=True),
        Column(_l("Nine of ten waited at most (days)"), spread("days", 0.9), "days", drawn=True),
    ),
    "lines",
)


def _of_decisions(word: object) -> tuple[Column, ...]:
    return (
        Column(word, counted("decided")),
        Column(_l("Within the time limit"), counted("in_time")),
        Column(_l("Share within the time limit"), share(("in_time",), ("decided",)), "share"),
        Column(_l("Half took at most (hours)"), spread("tenths", 0.5, TENTHS), "hours", drawn=True),
        Column(_l("Nine of ten took at most (hours)"), spread("tenths", 0.9, TENTHS), "hours", drawn=True),
    )


DECISIONS = Figure(
    "decisions",
    "visits",
    _l("From request to decision"),
    _l(
        "Visit requests that an officer had to decide, by the day of the decision, and the hours from the request until then, nights and days off"
        " included. A request that ended undecided at its time limit counts as decided then. Visits that were confirmed at once are not counted."
    ),
    queries_visits.decisions,
    _of_decisions(_l("Requests decided")),
    "lines",
)
KINSHIP = Figure(
    "kinship",
    "visits",
    _l("Kinship claims"),
    _l("Claims that were approved or refused, by the day of the decision, and the hours from the claim until then, nights and days off included."),
    queries_visits.kinship,
    _of_decisions(_l("Claims decided")),
    "lines",
)
WAITLIST = Figure(
    "waitlist",
    "visits",
    _l("Waiting list"),
    _l("Entries on the list for a place: how many joined in the month, how they left it, and how many stood on it at the end of the month, or now."),
    queries_visits.waiting_list,
    (
        Column(_l("Joined the list"), counted("joined")),
        Column(_l("Got a place"), counted("done")),
        Column(_l("Left by themselves"), counted("left")),
        Column(_l("Their days passed"), counted("over")),
        Column(_l("On the list at the end"), standing("waiting"), drawn=True),
    ),
    "bars",
)
OCCUPANCY = Figure(
    "occupancy",
    "visits",
    _l("Places in use"),
    _l(
        "Places of family visits and calls in the timetable, on terminals that are in service now, without closed days and terminals off line; and how"
        " many visits are booked, asked for or held in that week. What was cancelled in time is not counted. Visits outside the timetable are, so that"
        " it can be more than 100 %."
    ),
    queries_places.occupancy,
    (
        Column(_l("Places"), counted("places")),
        Column(_l("Visits booked"), counted("booked")),
        Column(_l("Share in use"), share(("booked",), ("places",)), "share", drawn=True),
    ),
    "bars",
    "week",
)
OFFICERS = Figure(
    "officers",
    "people",
    _l("Officers taking part"),
    _l("Officers who checked in or watched at least one session that went live in the month, each once; the sessions, and the hours of live picture or sound."),
    queries_staff.officers,
    (
        Column(_l("Officers"), persons("officers"), drawn=True),
        Column(_l("Sessions"), counted("sessions"), drawn=True),
        Column(_l("Live hours"), scaled("seconds", HOUR), "hours"),
        Column(_l("Sessions for each officer"), for_each("sessions", "officers"), "rate"),
    ),
    "bars",
)
RECORDINGS = Figure(
    "recordings",
    "people",
    _l("Recordings"),
    _l("Sessions that were recorded, by the day of the recording, and their volume; and how much of it is still kept now. Reported by the video servers."),
    queries_staff.recordings,
    (
        Column(_l("Sessions recorded"), counted("recorded"), drawn=True),
        Column(_l("Recorded (GB)"), scaled("made", GIGABYTE), "size"),
        Column(_l("Still kept"), counted("still"), drawn=True),
        Column(_l("Kept (GB)"), scaled("kept", GIGABYTE), "size"),
    ),
    "bars",
)
FIGURES = (VISITS, PERSONS, OUTCOMES, TECHNICAL, WAITING, DECISIONS, KINSHIP, WAITLIST, OCCUPANCY, OFFICERS, RECORDINGS)
GROUPS = {"visits": _l("Visits and waiting"), "people": _l("Officers and recordings"), "legal": _l("Legal help")}
