"""Codes of this room in words."""

from flask_babel import lazy_gettext as _l

PLACES = {
    "ward": (_l("In the ward"), "calm"),
    "called": (_l("Called"), "wait"),
    "on_way": (_l("On the way"), "wait"),
    "arrived": (_l("Arrived"), "good"),
    "in_session": (_l("In the visit"), "good"),
    "fetch": (_l("To be fetched"), "wait"),
    "returned": (_l("Back in the ward"), "calm"),
    "concern": (_l("Back; concern to acknowledge"), "bad"),
    "refused": (_l("Refuses to go"), "bad"),
    "back": (_l("Refuses; to be taken back"), "bad"),
    "recall": (_l("Cancelled on the way: take back"), "bad"),
    "cancelled": (_l("Cancelled"), "calm"),
    "over": (_l("Over"), "calm"),
}
STEPS = {
    "called": _l("Called"),
    "left": _l("Left the ward"),
    "arrived": _l("Arrived"),
    "returned": _l("Returned"),
    "refused": _l("Refuses"),
    "concern_seen": _l("Concern acknowledged"),
}
STEP_KEYS = {"called": "1", "left": "2", "arrived": "3", "returned": "4", "refused": "5", "concern_seen": "6"}
"""The key of a keyboard for each step."""
REASONS = {
    "unwilling": _l("Does not wish to"),
    "unwell": _l("Is unwell"),
    "upset": _l("Is too upset"),
    "other_appointment": _l("Has another appointment"),
    "not_said": _l("Gives no reason"),
}
CHANGES = {
    "new": (_l("New since the print"), "wait"),
    "changed": (_l("Changed since the print"), "wait"),
    "cancelled": (_l("Cancelled since the print"), "bad"),
    "gone": (_l("No longer on the list"), "bad"),
}
ASKED = {"visit": (_l("New visit"), "wait"), "change": (_l("Changed"), "wait"), "cancel": (_l("Cancelled"), "bad")}
ANSWERS = {"accepted": (_l("Told, accepts"), "good"), "refused": (_l("Told, refuses"), "bad"), "heard": (_l("Told"), "calm")}
