"""Health, for operators."""

from flask import Blueprint, current_app, render_template

from visitation.kernel.identity import Identity, Role
from visitation.operations import rules
from visitation.operations.queries import measure
from visitation.operations.texts import FIGURES, REMEDIES, TITLES
from visitation.store.transaction import reader
from visitation.web.door import door
from visitation.web.request import clock, now

blueprint = Blueprint("operations", __name__)


@blueprint.get("/health")
@door(Role.OPERATOR, Role.ADMINISTRATOR, Role.DUTY_CHIEF)
def health(_who: Identity) -> str:
    """What is down, late or full; the worst first."""
    found = rules.checks(measure(reader(), clock(), current_app.extensions["settings"].data_dir, now()))
    lines = [(check, TITLES[check.code] % check.facts, FIGURES[check.code] % check.facts, REMEDIES[check.code]) for check in found]
    return render_template("prison/operations/health.html", lines=lines, worst=rules.worst(found), at=now())
