"""What legal help gives to the family zone's application."""

from flask import Blueprint
from flask_babel import lazy_gettext as _l

from consult.directory import sentences as directory_sentences
from consult.directory import views_family as directory
from consult.lawyers import sentences as lawyers_sentences
from consult.lawyers import views_family as lawyers
from visitation.kernel.identity import Role
from visitation.web.navigation import Entry, Group

BLUEPRINTS: tuple[Blueprint, ...] = (directory.blueprint, lawyers.blueprint)
SENTENCES = (directory_sentences.SENTENCES, lawyers_sentences.SENTENCES)
MENU = (Group(_l("Legal help"), (Entry("lawyer.me", _l("My profile"), "person-badge", ("lawyer",), frozenset({Role.LAWYER})),)),)
HOMES = {"lawyer": "lawyer.me"}
"""Where an account of a kind begins after signing in."""
