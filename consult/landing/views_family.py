"""Where legal help begins in the family zone: what is asked of this person, and every way to help from here."""

from flask import Blueprint, current_app, render_template

from consult.landing.cards import cards_of
from visitation.kernel.identity import Identity
from visitation.store.transaction import reader
from visitation.web.door import open_door
from visitation.web.request import now

blueprint = Blueprint("legal_help", __name__, url_prefix="/legal-help")


@blueprint.get("")
@open_door
def index(who: Identity | None) -> str:
    asked = cards_of(reader(), who, now(), current_app.extensions.get("legal_help_cards", ()))
    return render_template("family/landing/index.html", asked=asked)
