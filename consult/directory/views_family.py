"""The directory for everybody outside: what is near a place, with a map, telephone and way. No sign-in: it names nobody."""

from flask import Blueprint, Response, abort, render_template

from consult.directory import searching, words
from visitation.kernel.identity import Identity
from visitation.store.transaction import reader
from visitation.web.door import open_door

blueprint = Blueprint("nearby", __name__, url_prefix="/legal-help")
SVG = "image/svg+xml"


@blueprint.get("/nearby")
@open_door
def index(_who: Identity | None) -> str:
    """Where is help near here?"""
    return render_template("family/directory/nearby.html", search=searching.asked(reader()), words=words, map_page="nearby.drawn")


@blueprint.get("/nearby/<place>.svg")
@open_door
def drawn(_who: Identity | None, place: str) -> Response:
    """The map of a search; `place`: its code."""
    search = searching.asked(reader(), place)
    if search.place is None:
        abort(404)
    return Response(searching.map_of(search), mimetype=SVG)
