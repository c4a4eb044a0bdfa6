"""Words for questionnaires."""

from flask_babel import lazy_gettext as _l

AUDIENCES = {"public": _l("The public"), "relatives": _l("Approved relatives"), "inmates": _l("Inmates of the prison")}
OCCASIONS = {"": _l("Not offered by itself"), "visit": _l("After a visit"), "answer": _l("With the answer to a legal question")}
KINDS = {"one": _l("One of several options"), "several": _l("Any number of options"), "scale": _l("A scale from 1 to 5"), "text": _l("Free words")}
STATES = {"draft": _l("Draft"), "planned": _l("Begins later"), "open": _l("Open for answers"), "closed": _l("Closed for answers")}
TONES = {"draft": "calm", "planned": "wait", "open": "good", "closed": "calm"}
POINTS = {1: _l("1 – very poor"), 2: _l("2 – poor"), 3: _l("3 – fair"), 4: _l("4 – good"), 5: _l("5 – very good")}
