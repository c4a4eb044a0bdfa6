"""Words for what is disclosed."""

from flask_babel import lazy_gettext as _l

KINDS = {"article": _l("Article"), "guide": _l("Service guide")}
AUDIENCES = {"public": _l("For everybody"), "relatives": _l("For relatives"), "inmates": _l("For inmates")}
