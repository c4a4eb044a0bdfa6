"""The acts of legal help in words, as the auditor reads them."""

from typing import Any

from flask_babel import lazy_gettext as _l

ACTS: dict[str, Any] = {
    "firm.save": _l("saved a law firm"),
    "firm.close": _l("closed a law firm"),
    "lawyer.invite": _l("invited a lawyer"),
    "lawyer.join": _l("registered as a lawyer"),
    "lawyer.enter": _l("entered a lawyer"),
    "lawyer.verify": _l("verified a lawyer's licence"),
    "lawyer.refuse": _l("could not verify a lawyer's licence"),
    "lawyer.end": _l("ended a lawyer's service"),
    "lawyer.change": _l("changed their profile as a lawyer"),
    "lawyer.away": _l("noted days away"),
    "lawyer.back": _l("took days away back"),
    "question.ask": _l("asked a legal question"),
    "question.route": _l("sent a question to a firm"),
    "question.take": _l("took on a question"),
    "question.answer": _l("answered a question"),
    "question.return": _l("returned an answer"),
    "question.deliver": _l("passed on an answer"),
    "question.hand_over": _l("handed an answer to the inmate"),
    "question.withdraw": _l("withdrew a question"),
    "question.merge": _l("merged a question"),
    "question.transfer": _l("passed a question on"),
    "question.ask_extension": _l("asked for more time"),
    "question.grant_extension": _l("granted more time"),
    "question.refuse_extension": _l("refused more time"),
    "question.satisfaction": _l("said whether an answer helped"),
    "question.move_up": _l("an overdue question moved up"),
    "mediation.open": _l("opened a mediation case"),
    "mediation.attempt": _l("wrote down a mediation talk"),
    "mediation.follow_up": _l("asked whether an agreement is kept"),
    "mediation.withdraw": _l("withdrew a mediation case"),
    "institution.enter": _l("entered an institution"),
    "institution.change": _l("corrected an institution"),
    "institution.confirm": _l("checked an institution"),
    "institution.close": _l("closed an institution"),
    "institution.import": _l("imported institutions"),
}
