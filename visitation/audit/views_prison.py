"""For the auditor: who did and saw what, and whether the record is whole."""

from typing import Any

from flask import Blueprint, Response, current_app, render_template, request

from visitation.audit import queries
from visitation.audit.forms import SearchForm
from visitation.audit.heads import Heads
from visitation.audit.queries import Search
from visitation.audit.service import record
from visitation.kernel.identity import Identity, Role
from visitation.store.transaction import perform, reader
from visitation.web.door import door
from visitation.web.forms import Form
from visitation.web.request import now

blueprint = Blueprint("audit", __name__, url_prefix="/audit")


@blueprint.get("")
@door(Role.AUDITOR)
def search(who: Identity) -> str:
    """Entries, newest first. An auditor of one prison sees that prison's; the bureau's auditor sees all."""
    form = SearchForm(request.args)
    wanted = Search(prison_id=who.prison_id, **(_values(form) if form.validate() else {}))
    found = queries.entries(reader(), wanted)
    page = render_template("prison/audit/search.html", form=form, entries=found, more=_older(form, found))
    perform(lambda session: record(session, who, "audit.search", "audit", "search", now(), asked=_asked(form)))
    return page


@blueprint.get("/verify")
@door(Role.AUDITOR)
def chain(_who: Identity) -> str:
    """The head of the chain and the heads kept outside the database."""
    number, made = queries.head(reader())
    kept = _heads().all()
    return render_template("prison/audit/verify.html", number=number, hash=made, kept=kept, verdict=None, form=Form())


@blueprint.post("/verify")
@door(Role.AUDITOR)
def verify(who: Identity) -> str:
    """Walk the whole chain now."""
    kept = _heads().all()
    found = queries.verdict(reader(), now(), kept)
    number, made = queries.head(reader())
    perform(lambda session: record(session, who, "audit.verify", "audit", "chain", now(), links=found.links, faults=found.found))
    return render_template("prison/audit/verify.html", number=number, hash=made, kept=kept, verdict=found, form=Form())


@blueprint.get("/head.txt")
@door(Role.AUDITOR)
def head(who: Identity) -> Response:
    """The head as a text to be printed and countersigned."""
    number, made = queries.head(reader())
    perform(lambda session: record(session, who, "audit.head", "audit", "chain", now(), number=number))
    body = render_template("prison/audit/head.txt", number=number, hash=made, at=now())
    return Response(body, mimetype="text/plain", headers={"Content-Disposition": f"attachment; filename=audit-head-{number}.txt"})


def _heads() -> Heads:
    return Heads(current_app.extensions["settings"].data_dir / "audit")


def _values(form: SearchForm) -> dict[str, Any]:
    return {name: value.strip() if isinstance(value, str) else value for name, value in form.data.items() if value}


def _asked(form: SearchForm) -> dict[str, str]:
    """What was searched for is itself an entry: who looked for whom."""
    return {name: str(value) for name, value in _values(form).items()}


def _older(form: SearchForm, found: list[Any]) -> dict[str, str]:
    """Arguments of the next page; empty on the last one."""
    if len(found) < queries.PAGE:
        return {}
    return {name: str(value) for name, value in _values(form).items()} | {"before_id": str(found[-1].id)}
