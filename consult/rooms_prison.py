"""What legal help gives to the prison's application: pages, sentences, and its part of the menu."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from flask import Blueprint
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from consult.directory import sentences as directory_sentences
from consult.directory import views_prison as directory
from consult.disclosure import sentences as disclosure_sentences
from consult.disclosure import views_kiosk_prison as reading
from consult.disclosure import views_prison as disclosure
from consult.figures import FIGURES as FIGURES
from consult.helpdays import offers as helpdays_offers
from consult.helpdays import overview as helpdays_overview
from consult.helpdays import queue as helpdays_queue
from consult.helpdays import roster as helpdays_roster
from consult.helpdays import sentences as helpdays_sentences
from consult.helpdays import sentences_plan, sentences_queue
from consult.helpdays import series as helpdays_series
from consult.helpdays import views_plan_prison as help_plan
from consult.helpdays import views_prison as helpdays
from consult.helpdays import views_queue_prison as help_queue
from consult.helpdays import views_series_prison as help_series
from consult.helpdays.feeds import SERIES_OF_PRISON
from consult.lawyers import sentences as lawyers_sentences
from consult.lawyers import views_prison as lawyers
from consult.mediation import sentences as mediation_sentences
from consult.mediation import video as mediation_video
from consult.mediation import views_prison as mediation
from consult.mediation import views_video_prison as mediation_video_pages
from consult.meetings import sentences as meetings_sentences
from consult.meetings import views_prison as meetings
from consult.notes import desk as notes_desk
from consult.notes import retention as notes_retention
from consult.notes import sentences as notes_sentences
from consult.notes import views_prison as advice
from consult.questionnaires import sentences as questionnaires_sentences
from consult.questionnaires import views_kiosk_prison as kiosk_surveys
from consult.questionnaires import views_prison as questionnaires
from consult.questions import desk as questions_desk
from consult.questions import sentences as questions_sentences
from consult.questions import service as questions_service
from consult.questions import views_prison as questions
from consult.requests import desk as requests_desk
from consult.requests import sentences as requests_sentences
from consult.requests import service as requests_service
from consult.requests import views_prison as requests
from consult.requests import views_terminal as requests_terminal
from visitation.supervision.desk import DeskProvider
from visitation.web.navigation import Entry, Group

BLUEPRINTS: tuple[Blueprint, ...] = (questions.blueprint, mediation.blueprint, lawyers.blueprint, disclosure.blueprint, directory.blueprint)
BLUEPRINTS += (questionnaires.blueprint, mediation_video_pages.blueprint, reading.blueprint, kiosk_surveys.blueprint, help_plan.blueprint)
BLUEPRINTS += (requests.blueprint, requests_terminal.blueprint)
SENTENCES: tuple[Mapping[str, Any], ...] = (
    directory_sentences.SENTENCES,
    lawyers_sentences.SENTENCES,
    questions_sentences.SENTENCES,
    mediation_sentences.SENTENCES,
    disclosure_sentences.SENTENCES,
    requests_sentences.SENTENCES,
    questionnaires_sentences.SENTENCES,
    notes_sentences.SENTENCES,
    sentences_plan.SENTENCES,
)
BLUEPRINTS += (advice.blueprint, meetings.blueprint)
BLUEPRINTS += (helpdays.blueprint, help_series.blueprint, help_queue.blueprint)
SENTENCES += (meetings_sentences.SENTENCES, helpdays_sentences.SENTENCES, sentences_queue.SENTENCES)
CALENDARS = (SERIES_OF_PRISON,)
"""What staff can subscribe to, beside their own sessions."""
MENU = (
    Group(
        _l("Legal help"),
        (
            Entry("helpdays.index", _l("Legal-help days"), "calendar-week", ("helpdays", "help_series", "help_plan", "help_queue")),
            Entry("help_requests.index", _l("Requests for legal help"), "envelope-paper", ("help_requests",)),
            Entry("meetings.index", _l("Lawyer meetings"), "shield-lock", ("meetings",)),
            Entry("questions.index", _l("Legal questions"), "chat-square-text", ("questions",)),
            Entry("mediation.index", _l("Mediation"), "chat-heart", ("mediation",)),
            Entry("advice.index", _l("From the lawyers"), "file-earmark-text", ("advice",)),
            Entry("lawyers.index", _l("Lawyers"), "person-badge", ("lawyers",)),
            Entry("disclosure.index", _l("Inquiry desk"), "journal-text", ("disclosure",)),
            Entry("questionnaires.index", _l("Questionnaires"), "ui-checks", ("questionnaires",)),
            Entry("directory.index", _l("Legal resources"), "geo-alt", ("directory",)),
        ),
    ),
)
DESK: tuple[DeskProvider, ...] = (helpdays_overview.pile, helpdays_offers.pile, requests_desk.provide)
DESK += (notes_desk.provide, questions_desk.provide, mediation.pile)
"""Piles of the desk."""
SWEEPS: tuple[tuple[str, float, Callable[[Session, datetime], int]], ...] = (
    ("questions.late", 30, questions_service.sweep),
    ("help_requests.back", 60, requests_service.sweep),
)
SWEEPS += (("mediation", 30, mediation_video.sweep),)
SWEEPS += (("help_days.make", 300, helpdays_series.sweep), ("help_days.swaps", 60, helpdays_roster.sweep))
SWEEPS += (("help_days.queue", 3, helpdays_queue.sweep), ("retention.legal_help", 3600, notes_retention.forget))
"""(name, every so many seconds, what is done)."""
