"""What legal help gives to the prison's application: pages, sentences, and its part of the menu."""

from flask import Blueprint
from flask_babel import lazy_gettext as _l

from consult.directory import sentences as directory_sentences
from consult.directory import views_prison as directory
from consult.lawyers import sentences as lawyers_sentences
from consult.lawyers import views_prison as lawyers
from visitation.web.navigation import Entry, Group

BLUEPRINTS: tuple[Blueprint, ...] = (lawyers.blueprint, directory.blueprint)
SENTENCES = (directory_sentences.SENTENCES, lawyers_sentences.SENTENCES)
MENU = (
    Group(
        _l("Legal help"),
        (
            Entry("lawyers.index", _l("Lawyers"), "person-badge", ("lawyers",)),
            Entry("directory.index", _l("Legal resources"), "geo-alt", ("directory",)),
        ),
    ),
)
