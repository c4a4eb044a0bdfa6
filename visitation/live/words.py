"""Causes and states of equipment tests in a few words, for officers; the family reads sentences with what to do (sentences.py)."""

from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l

PROBLEMS = {
    "DENIED": _l("not allowed in the browser"),
    "MISSING": _l("none was found"),
    "BUSY": _l("in use by another app"),
    "INSECURE": _l("the page is not opened by its secure address"),
    "UNSUPPORTED": _l("the browser gives none"),
    "FAILED": _l("does not start"),
    "SILENT": _l("hears nothing"),
}
CAUSE_WORDS = {
    "SOUND_NOT_HEARD": _l("sound: not heard"),
    "SOUND_NOT_TRIED": _l("sound: not tried"),
    "NO_CONNECTION": _l("line: nothing came back from the server"),
    "LINE_LOSES_MUCH": _l("line: loses too much"),
    "LINE_LOSES_SOME": _l("line: loses a little"),
    "LINE_VERY_SLOW": _l("line: too slow"),
    "LINE_SLOW": _l("line: rather slow"),
    "PICTURE_STUTTERS": _l("picture: stands still at times"),
}
DUE_WORDS = {
    "open": _l("to be done now"),
    "passed": _l("passed"),
    "failed": _l("not passed"),
    "missed": _l("not done"),
}
NEXT_TEST = {
    "": _l("The next test is due from %(opens)s. You may test at any time before."),
    "open": _l("A test is due now. It takes a minute; please make it by %(closes)s."),
    "failed": _l("The last test was not passed. Please test again by %(closes)s; the prison will telephone you if it does not work."),
}
"""What the visit's own page says of the next test, by what came of it so far."""
SESSION_STATES = {
    "confirmed": (_l("arranged"), "good"),
    "ended": (_l("over"), "calm"),
    "cancelled": (_l("does not take place"), "bad"),
}
"""How a session stands in a lawyer's list, and its tone."""
DUE_TONES = {"open": "wait", "passed": "good", "failed": "bad", "missed": "wait"}


def cause_words(code: str) -> str:
    """A cause in a few words."""
    device, _, problem = code.partition("_")
    if problem in PROBLEMS and device in ("CAMERA", "MICROPHONE"):
        name: Any = gettext("camera") if device == "CAMERA" else gettext("microphone")
        return str(gettext("%(device)s: %(problem)s", device=name, problem=PROBLEMS[problem]))
    return str(CAUSE_WORDS.get(code, code))


def ahead_words(minutes: int) -> str:
    """How long before the visit a test is due."""
    if minutes >= 2880 and minutes % 1440 == 0:
        return str(gettext("%(days)d days before", days=minutes // 1440))
    if minutes == 1440:
        return str(gettext("the day before"))
    return str(gettext("%(minutes)d minutes before", minutes=minutes))
