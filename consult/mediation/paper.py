"""What two sides agreed, as a paper that they sign."""

from flask_babel import gettext

from consult.mediation import words
from consult.mediation.models import MediationCase
from visitation.web.i18n import show_day, show_moment
from visitation.web.paper import Paper


def agreement(case: MediationCase) -> bytes:
    """A PDF. Raises Refused(FONT_MISSING)."""
    last = case.attempts[-1].at if case.attempts else case.opened_at
    page = Paper(gettext("Mediation agreement"), gettext("Mediation case %(ref)s", ref=case.ref), last)
    relation = str(words.RELATIONS.get(case.other_relation, case.other_relation))
    page.fact(gettext("File number"), case.ref)
    page.fact(gettext("One side"), f"{case.inmate.name} · {case.inmate.number}")
    page.fact(gettext("Other side"), f"{case.other_name} · {relation}")
    page.fact(gettext("What the conflict is about"), str(words.CAUSES[case.cause]))
    page.fact(gettext("Agreed on"), show_moment(last))
    page.rule()
    page.say(gettext("With the help of a mediator both sides have freely agreed:"), 11, 2)
    page.say(case.agreement or "", 11, 4)
    if case.follow_up_on:
        page.say(gettext("Whether it is kept is asked again on %(day)s.", day=show_day(case.follow_up_on)), gap=6)
    for side in (gettext("One side"), gettext("Other side"), gettext("Mediator")):
        page.signature(gettext("%(side)s (signature)", side=side), gettext("Date"))
    return bytes(page.output())
