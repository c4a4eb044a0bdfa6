"""A questionnaire on paper, with boxes to tick and lines to write on: for who has no screen."""

from flask_babel import gettext

from consult.questionnaires.chart import labels
from consult.questionnaires.models import Questionnaire
from consult.questionnaires.queries import items_of
from visitation.web.paper import Paper

LINES = "\n".join("_" * 62 for _ in range(3))


def sheet(row: Questionnaire) -> bytes:
    """A PDF of the published version, or of the latest. Raises Refused(FONT_MISSING)."""
    version = row.published or row.latest
    foot = gettext("Questionnaire %(ref)s, version %(number)s", ref=row.ref, number=version.number)
    page = Paper(version.title, foot, version.at)
    if version.intro:
        page.say(version.intro, gap=2)
    page.say(gettext("Please write no name on this sheet. It is counted without anybody knowing whose it is."), gap=4)
    for number, item in enumerate(items_of(version), 1):
        several = gettext(" (several are possible)") if item.kind == "several" else ""
        page.say(f"{number}. {item.text}{several}", 11, 1.5)
        page.say(LINES if item.kind == "text" else "\n".join(f"□  {label}" for label in labels(item)), 11, 4)
    return bytes(page.output())
