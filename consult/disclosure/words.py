"""Words for what is disclosed."""

from flask_babel import lazy_gettext as _l

TOPICS = {
    "visits": _l("Visits and letters"),
    "sentence": _l("Commutation and parole"),
    "scoring": _l("Points, rewards and discipline"),
    "rights": _l("Complaints and appeals"),
    "legal": _l("Legal help"),
    "health": _l("Health and daily life"),
    "money": _l("Money and work"),
    "release": _l("Before and after release"),
    "other": _l("Other things"),
}
SIGNS = {
    "visits": "camera-video",
    "sentence": "hourglass-split",
    "scoring": "clipboard-check",
    "rights": "megaphone",
    "legal": "briefcase",
    "health": "heart-pulse",
    "money": "wallet2",
    "release": "door-open",
    "other": "journal-text",
}
"""The icon of each topic."""
KINDS = {"article": _l("Article"), "guide": _l("Service guide")}
AUDIENCES = {"public": _l("For everybody"), "relatives": _l("For relatives"), "inmates": _l("For inmates")}
