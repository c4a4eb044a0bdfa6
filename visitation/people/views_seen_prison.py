"""For the auditor: who saw this person. A person is found as people know them; no number stands in an address."""

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from visitation.audit import queries as audit
from visitation.audit.models import AuditEntry
from visitation.audit.queries import Search
from visitation.kernel.identity import Identity, Role
from visitation.people import labels_staff, queries_seen
from visitation.people.forms_staff import DaysForm, PersonForm
from visitation.store.transaction import reader
from visitation.web.addresses import row_number
from visitation.web.door import door
from visitation.web.request import see

blueprint = Blueprint("seen", __name__, url_prefix="/audit/person")


@blueprint.route("", methods=["GET", "POST"])
@door(Role.AUDITOR)
def index(who: Identity) -> ResponseReturnValue:
    """Find a person by inmate number, visitor code or number of a document."""
    form, found = PersonForm(), []
    if form.validate_on_submit():
        found = queries_seen.find(reader(), who, form.kind.data, form.words.data)
        if len(found) == 1:
            return redirect(url_for("seen.show", kind=found[0].kind, row_id=found[0].id))
    return render_template("prison/people/seen_find.html", form=form, found=found, asked=form.is_submitted() and not form.errors)


@blueprint.get("/<kind>/<int:row_id>")
@door(Role.AUDITOR)
def show(who: Identity, kind: str, row_id: int) -> str:
    """Every act on this person and every sight of their data, the newest first."""
    person = queries_seen.person(reader(), who, kind, row_id)
    if person is None:
        abort(404)
    form = DaysForm(request.args)
    days = {"first_day": form.first_day.data, "last_day": form.last_day.data} if form.validate() else {}
    before = request.args.get("before", type=row_number)
    known_as = queries_seen.records_of(reader(), kind, row_id)
    wanted = Search(prison_id=who.prison_id, subject_type=kind, subject_ids=known_as, before_id=before, **days)
    entries = audit.entries(reader(), wanted)
    see(kind, row_id)
    return render_template("prison/people/seen.html", person=person, entries=entries, form=form, older=_older(entries), words=labels_staff)


def _older(entries: list[AuditEntry]) -> dict[str, str]:
    """Arguments of the next page; empty on the last one."""
    if len(entries) < audit.PAGE:
        return {}
    kept = {name: value for name in ("first_day", "last_day") if (value := request.args.get(name))}
    return kept | {"before": str(entries[-1].id)}
