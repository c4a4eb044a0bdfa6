"""The lines of the health page: what is measured, and what to do when it is not good."""

from typing import Any

from flask_babel import lazy_gettext as _l

TITLES: dict[str, Any] = {
    "DATABASE": _l("Database"),
    "OUTBOX": _l("Messages and commands on their way"),
    "FAILED": _l("Messages that cannot be delivered"),
    "SEAL": _l("Audit: sealing"),
    "HEAD": _l("Audit: head kept outside the database"),
    "NO_BROKER": _l("Video broker"),
    "BROKER": _l("Video broker %(name)s"),
    "DRAINING": _l("Video broker %(name)s (draining)"),
    "DISK": _l("Disk"),
}
FIGURES: dict[str, Any] = {
    "DATABASE": _l("%(name)s answers in %(ms)s ms"),
    "OUTBOX": _l("%(count)s waiting, the oldest for %(seconds)s s"),
    "FAILED": _l("%(count)s rejected by the gateway or relay"),
    "SEAL": _l("link %(number)s; the oldest entry without a link: %(seconds)s s"),
    "HEAD": _l("kept up to link %(kept)s"),
    "NO_BROKER": _l("none has answered yet"),
    "BROKER": _l("last beat %(seconds)s s ago, clocks differ by %(skew)s ms"),
    "DRAINING": _l("last beat %(seconds)s s ago, clocks differ by %(skew)s ms; takes no new sessions"),
    "DISK": _l("%(gb)s GB free (%(percent)s %%)"),
}
REMEDIES: dict[str, Any] = {
    "DATABASE": _l("Look at the load of the database host."),
    "OUTBOX": _l("See that the jobs run (visits-jobs.service), then whether the SMS gateway and the mail relay answer. Nothing is lost meanwhile."),
    "FAILED": _l("The numbers or addresses are wrong: ask the people concerned by telephone."),
    "SEAL": _l("See that the jobs run (visits-jobs.service). Entries are sealed as soon as they do."),
    "HEAD": _l("Tell the auditor, and change nothing: run flask --app wsgi audit-verify."),
    "NO_BROKER": _l("Start the broker and the link (visits-broker.service, visits-link.service). Without them no visit can begin."),
    "BROKER": _l(
        "See that broker and link run (visits-broker.service, visits-link.service) and that both hosts keep time (chrony). Gates close by themselves."
    ),
    "DRAINING": _l("Wait until its sessions have ended, then restart it."),
    "DISK": _l("Make room: recordings past their time go by themselves, see the retention job; old backups do not."),
}
