"""The slip that an inmate gets: the number of the question, and the answer once it is there."""

from flask_babel import gettext

from consult.questions import words
from consult.questions.models import Question
from visitation.web.i18n import show_moment
from visitation.web.paper import Paper


def slip(question: Question) -> bytes:
    """A PDF. Raises Refused(FONT_MISSING)."""
    title = gettext("Answer to a legal question") if question.delivered_at else gettext("Slip of a legal question")
    paper = Paper(title, gettext("Question %(ref)s", ref=question.ref), question.delivered_at or question.received_at)
    facts = [(gettext("File number"), question.ref), (gettext("Received"), show_moment(question.received_at))]
    facts += [(gettext("Matter"), str(words.MATTERS[question.matter])), (gettext("Title"), question.title)]
    if question.delivered_at is None:
        facts.append((gettext("Answer by"), show_moment(question.due_at)))
    elif question.lawyer and question.firm:
        facts.append((gettext("Answered by"), f"{question.lawyer.name} · {question.firm.name}"))
    for name, value in facts:
        paper.fact(name, value)
    paper.ln(4)
    for heading, text in ((gettext("Question"), question.text), (gettext("Answer"), question.answer if question.delivered_at else None)):
        if text:
            paper.say(heading, 12, 1)
            paper.say(text, gap=3)
    return bytes(paper.output())
