"""The family's help page: how it goes from the first sign-in to the visit, and what to do when something does not work."""

from flask import Blueprint, render_template

from visitation.kernel.identity import Identity
from visitation.web.door import open_door

blueprint = Blueprint("help", __name__)


@blueprint.get("/help")
@open_door
def index(_who: Identity | None) -> str:
    """Open to everybody: whoever cannot sign in needs it most."""
    return render_template("family/help.html")
