"""What legal help gives to the prison's application: pages, sentences, and its part of the menu."""

from flask import Blueprint
from flask_babel import lazy_gettext as _l

from consult.directory import sentences as directory_sentences
from consult.directory import views_prison as directory
from consult.disclosure import sentences as disclosure_sentences
from consult.disclosure import views_prison as disclosure
from consult.lawyers import sentences as lawyers_sentences
from consult.lawyers import views_prison as lawyers
from consult.mediation import sentences as mediation_sentences
from consult.mediation import views_prison as mediation
from consult.questions import desk as questions_desk
from consult.questions import sentences as questions_sentences
from consult.questions import service as questions_service
from consult.questions import views_prison as questions
from visitation.supervision.desk import DeskProvider
from visitation.web.navigation import Entry, Group

BLUEPRINTS: tuple[Blueprint, ...] = (questions.blueprint, mediation.blueprint, lawyers.blueprint, disclosure.blueprint, directory.blueprint)
SENTENCES = (
    directory_sentences.SENTENCES,
    lawyers_sentences.SENTENCES,
    questions_sentences.SENTENCES,
    mediation_sentences.SENTENCES,
    disclosure_sentences.SENTENCES,
)
MENU = (
    Group(
        _l("Legal help"),
        (
            Entry("questions.index", _l("Legal questions"), "chat-square-text", ("questions",)),
            Entry("mediation.index", _l("Mediation"), "chat-heart", ("mediation",)),
            Entry("lawyers.index", _l("Lawyers"), "person-badge", ("lawyers",)),
            Entry("disclosure.index", _l("Inquiry desk"), "journal-text", ("disclosure",)),
            Entry("directory.index", _l("Legal resources"), "geo-alt", ("directory",)),
        ),
    ),
)
DESK: tuple[DeskProvider, ...] = (questions_desk.provide, mediation.pile)
"""Piles of the desk."""
SWEEPS = (("questions.late", 30, questions_service.sweep),)
"""(name, every so many seconds, what is done)."""
