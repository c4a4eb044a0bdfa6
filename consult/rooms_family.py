"""What legal help gives to the family zone's application."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint
from flask_babel import lazy_gettext as _l

from consult.directory import sentences as directory_sentences
from consult.directory import views_family as directory
from consult.disclosure import views_family as disclosure
from consult.helpdays import sentences as helpdays_sentences
from consult.helpdays import sentences_plan, sentences_queue
from consult.helpdays import views_afternoon_family as afternoon
from consult.helpdays import views_conflicts_family as conflicts
from consult.helpdays import views_family as lawyer_days
from consult.helpdays.feeds import DUTIES, SERIES_OF_LAWYER
from consult.landing import views_family as landing
from consult.landing.cards import CardProvider
from consult.lawyers import sentences as lawyers_sentences
from consult.lawyers import views_family as lawyers
from consult.notes import sentences as notes_sentences
from consult.notes import views_family as cases
from consult.notes.boxes import PapersOfRelatives
from consult.questionnaires import sentences as questionnaires_sentences
from consult.questionnaires import views_family as questionnaires
from consult.questions import sentences as questions_sentences
from consult.questions import views_family as questions
from consult.referrals import sentences as referrals_sentences
from consult.referrals import views_lawyer as referrals
from consult.referrals import views_link as referral_link
from consult.requests import cards as requests_cards
from consult.requests import sentences as requests_sentences
from consult.requests import views_family as requests
from visitation.kernel.identity import Role
from visitation.web.navigation import Entry, Group

BLUEPRINTS: tuple[Blueprint, ...] = (landing.blueprint, directory.blueprint, disclosure.blueprint, lawyers.blueprint, questions.blueprint, questions.cases)
BLUEPRINTS += (questionnaires.blueprint, conflicts.blueprint)
BLUEPRINTS += (requests.blueprint,)
SENTENCES: tuple[Mapping[str, Any], ...] = (
    directory_sentences.SENTENCES,
    lawyers_sentences.SENTENCES,
    questions_sentences.SENTENCES,
    questionnaires_sentences.SENTENCES,
    notes_sentences.SENTENCES,
    referrals_sentences.SENTENCES,
    requests_sentences.SENTENCES,
)
SENTENCES += (sentences_plan.SENTENCES, helpdays_sentences.SENTENCES, sentences_queue.SENTENCES)
BLUEPRINTS += (lawyer_days.blueprint,)
CALENDARS = (DUTIES, SERIES_OF_LAWYER)
"""What lawyers can subscribe to."""
BLUEPRINTS += (afternoon.blueprint, cases.blueprint, referrals.blueprint, referral_link.blueprint)
LAWYER = frozenset({Role.LAWYER})
MENU = (
    Group(
        _l("Legal help"),
        (
            Entry("lawyer_days.index", _l("My days"), "calendar-check", ("lawyer_days", "calendars", "lawyer_conflicts"), LAWYER),
            Entry("afternoon.show", _l("My afternoon"), "clock", ("afternoon", "sessions", "live"), LAWYER),
            Entry("cases.index", _l("Cases"), "folder2-open", ("cases", "referrals"), LAWYER),
            Entry("lawyer_questions.index_of_firm", _l("Questions"), "chat-square-text", ("lawyer_questions",), LAWYER),
            Entry("lawyer.me", _l("My profile"), "person-badge", ("lawyer",), LAWYER),
        ),
    ),
)
"""At most five: they stand side by side at the foot of a small phone."""
UPLOAD_KEEPERS = {"legal_paper": PapersOfRelatives()}
"""Who seals and opens files that are for lawyers."""
GLOBALS = {"survey_offered": questionnaires.offered}
"""What templates of every room may ask."""
HOMES = {"lawyer": "lawyer_days.index"}
"""Where an account of a kind begins after signing in."""
CARDS: tuple[CardProvider, ...] = (requests_cards.provide,)
"""What other rooms ask of a person on the landing page of legal help."""
