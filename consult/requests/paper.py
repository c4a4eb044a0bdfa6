"""The numbered slip that an inmate gets at every step. It may pass through other hands: what is secret is not on it."""

from collections.abc import Sequence
from datetime import datetime

from flask_babel import gettext

from consult.requests import words
from consult.requests.models import RequestSlip
from visitation.web.i18n import show_moment
from visitation.web.paper import Paper

HEIGHT = 60
"""Millimetres that a slip takes at most: one is not torn over two pages."""


def number_of(slip: RequestSlip) -> str:
    """`<reference>-<number>`, as it is printed."""
    return f"{slip.request.ref}-{slip.number}"


def draw(slip: RequestSlip) -> bytes:
    """A PDF. Of a request for the lawyer only it names the matter and nothing else; of one about the prison, number and date. Raises Refused(FONT_MISSING)."""
    paper = Paper(gettext("Slip"), gettext("Slip %(number)s", number=number_of(slip)), slip.at)
    _write(paper, slip)
    return bytes(paper.output())


def draw_all(slips: Sequence[RequestSlip], now: datetime) -> bytes:
    """Several at once, to be cut apart. Raises Refused(FONT_MISSING)."""
    paper = Paper(gettext("Slips"), show_moment(now), now)
    for slip in slips:
        if paper.will_page_break(HEIGHT):
            paper.add_page()
        _write(paper, slip)
        paper.rule()
    return bytes(paper.output())


def _write(paper: Paper, slip: RequestSlip) -> None:
    request = slip.request
    paper.fact(gettext("File number"), number_of(slip))
    paper.fact(gettext("Date"), show_moment(slip.at))
    if request.path == "about_prison":
        paper.ln(4)
        paper.say(str(words.CLOSED_FORM), 12)
        return
    paper.fact(gettext("Inmate"), f"{request.inmate.name} · {request.inmate.number}")
    paper.fact(gettext("Matter"), str(words.MATTERS[request.matter]))
    paper.fact(gettext("Received"), show_moment(request.entered_at))
    paper.ln(2)
    paper.say(words.step_words(slip), 13, 2)
    paper.say(gettext("Keep this slip. If you want to know how your request stands, name its number."), 9)
