"""What legal help gives to the family zone's application."""

from flask import Blueprint

from consult.directory import sentences as directory_sentences
from consult.directory import views_family as directory

BLUEPRINTS: tuple[Blueprint, ...] = (directory.blueprint,)
SENTENCES = (directory_sentences.SENTENCES,)
