"""The numbered slip that an inmate gets at every step. It may pass through other hands: what is secret is not on it."""

from flask_babel import gettext

from consult.requests import words
from consult.requests.models import RequestSlip
from visitation.web.i18n import show_moment
from visitation.web.paper import Paper


def number_of(slip: RequestSlip) -> str:
    """`<reference>-<number>`, as it is printed."""
    return f"{slip.request.ref}-{slip.number}"


def draw(slip: RequestSlip) -> bytes:
    """A PDF. Of a request for the lawyer only it names the matter and nothing else; of one about the prison, number and date. Raises Refused(FONT_MISSING)."""
    request, number = slip.request, number_of(slip)
    closed = request.path == "about_prison"
    paper = Paper(gettext("Slip"), gettext("Slip %(number)s", number=number), slip.at)
    paper.fact(gettext("Number"), number)
    paper.fact(gettext("Date"), show_moment(slip.at))
    if closed:
        paper.ln(4)
        paper.say(str(words.CLOSED_FORM), 12)
        return bytes(paper.output())
    paper.fact(gettext("Inmate"), f"{request.inmate.name} {request.inmate.number}")
    paper.fact(gettext("Matter"), str(words.MATTERS[request.matter]))
    paper.fact(gettext("Received"), show_moment(request.entered_at))
    paper.rule()
    paper.say(words.step_words(slip), 13, 4)
    paper.say(gettext("Keep this slip. If you want to know how your request stands, name its number."), 9)
    return bytes(paper.output())
