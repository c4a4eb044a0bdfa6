"""A lawyer's paper for the inmate, as the prison prints it."""

from flask_babel import gettext

from consult.notes import words
from consult.notes.models import AdvicePaper
from visitation.web.i18n import show_moment
from visitation.web.paper import Paper


def printed(paper: AdvicePaper) -> bytes:
    """A PDF. Raises Refused(FONT_MISSING)."""
    request = paper.request
    sheet = Paper(str(words.PAPERS[paper.kind]), gettext("Request %(ref)s, paper %(paper)s", ref=request.ref, paper=paper.ref), paper.at)
    for name, value in (
        (gettext("Request"), request.ref),
        (gettext("Inmate"), f"{request.inmate.name} · {request.inmate.number}"),
        (gettext("Lawyer"), f"{paper.lawyer.name} · {paper.lawyer.firm.name}"),
        (gettext("Written"), show_moment(paper.at)),
    ):
        sheet.fact(name, value)
    sheet.ln(4)
    sheet.say(paper.text or "", 12, 3)
    sheet.rule()
    sheet.say(gettext("A lawyer's advice is no decision. Limits of time go on: please keep them."), 9)
    return bytes(sheet.output())
