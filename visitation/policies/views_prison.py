"""Every rule with its value, its basis and its future; an administrator adds a value for a day to come."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, gettext
from sqlalchemy import select
from werkzeug.exceptions import NotFound as PageNotFound

from visitation.kernel.errors import Refusal, Refused
from visitation.kernel.identity import Identity, Role
from visitation.kernel.interval import local_day
from visitation.people.models import Level, Prison
from visitation.policies import service
from visitation.policies.forms import ActForm, PolicyForm
from visitation.policies.models import PolicyRow
from visitation.policies.queries import policies_of
from visitation.policies.rules import DEFAULTS, Dated, in_force
from visitation.policies.words import lines
from visitation.store.transaction import perform, reader
from visitation.web.choices import choices
from visitation.web.door import door
from visitation.web.request import now

blueprint = Blueprint("policies", __name__, url_prefix="/policies")
READERS = (Role.ADMINISTRATOR, Role.DUTY_CHIEF, Role.OFFICER, Role.LEGAL_OFFICE, Role.AUDITOR, Role.BUREAU)


def _prison(who: Identity) -> Prison | None:
    """One's own prison; else the one chosen by its code; None: what holds everywhere."""
    if who.prison_id is not None:
        return reader().get(Prison, who.prison_id)
    code = request.args.get("prison", "")
    found = reader().scalar(select(Prison).where(Prison.code == code)) if code else None
    if code and found is None:
        raise PageNotFound
    return found


@blueprint.get("/")
@door(*READERS)
def index(who: Identity) -> str:
    prison = _prison(who)
    today = local_day(now())
    policies = policies_of(reader(), prison.id if prison else None)
    rows = [(key, default, in_force(key, policies.rows, today), _future(key, policies.rows)) for key, default in DEFAULTS.items()]
    prisons = [] if who.prison_id is not None else reader().scalars(select(Prison).order_by(Prison.code)).all()
    shown = {"rows": rows, "prison": prison, "prisons": prisons, "may_add": who.has(Role.ADMINISTRATOR)}
    return render_template("prison/policies/index.html", **shown, text=_in_words(), act=ActForm(formdata=None))


def _future(key: str, rows: tuple[Dated, ...]) -> list[Dated]:
    today = local_day(now())
    return sorted((row for row in rows if row.key == key and row.effective_from > today), key=lambda row: row.effective_from)


def _in_words() -> Callable[[Any], list[str]]:
    """How values are shown: in words, with the names of the treatment levels."""
    chinese = get_locale().language == "zh"
    levels = {row.code: row.name if chinese else row.name_en for row in reader().scalars(select(Level))}
    return lambda value: lines(value, levels)


def as_text(value: Any) -> str:
    """A value as it is typed."""
    return json.dumps(value, ensure_ascii=False, indent=2 if isinstance(value, list | dict) and len(json.dumps(value)) > 60 else None)


@blueprint.route("/<key>/new", methods=["GET", "POST"])
@door(Role.ADMINISTRATOR)
def add(who: Identity, key: str) -> ResponseReturnValue:
    if key not in DEFAULTS:
        raise PageNotFound
    prison = _prison(who)
    current = policies_of(reader(), prison.id if prison else None, (key,)).value(key, local_day(now()))
    form = PolicyForm(data={"value": as_text(current), "effective_from": local_day(now()) + timedelta(days=1)})
    scopes = _scopes(who, prison)
    form.scope.choices = choices(scopes)
    form.scope.data = form.scope.data or scopes[0][0]
    if form.validate_on_submit():
        try:
            _add(who, key, form, prison)
        except Refused as refused:
            form.refuse(refused)
        else:
            flash(gettext("The new value is entered. It holds from its day on; visits booked under the old one keep theirs."))
            return redirect(url_for("policies.index", prison=prison.code if prison and who.prison_id is None else None))
    status = 422 if form.errors or form.refusals else 200
    return render_template("prison/policies/add.html", form=form, key=key, default=DEFAULTS[key], current=current, text=_in_words(), prison=prison), status


def _scopes(who: Identity, prison: Prison | None) -> list[tuple[str, str]]:
    own = [("prison", prison.name)] if prison else []
    if who.prison_id is not None:
        return own
    province = [("province", gettext("All prisons of %(name)s", name=prison.province))] if prison else []
    return [*own, *province, ("everywhere", gettext("Everywhere"))]


def _add(who: Identity, key: str, form: PolicyForm, prison: Prison | None) -> None:
    try:
        value = json.loads(form.value.data)
    except ValueError as problem:
        raise Refused(Refusal("POLICY_NOT_JSON", {"problem": str(problem)})) from None
    scope = form.scope.data
    prison_id = prison.id if prison and scope == "prison" else None
    province = prison.province if prison and scope == "province" else None
    perform(lambda session: service.add_row(session, who, key, value, form.effective_from.data, form.basis.data, prison_id, province, now()))


def row_by_id(session: Any, row_id: int) -> PolicyRow | None:
    found: PolicyRow | None = session.get(PolicyRow, row_id)
    return found


def is_mine_to_change(who: Identity, row: PolicyRow) -> bool:
    return who.prison_id is None or row.prison_id == who.prison_id


@blueprint.post("/rows/<int:row_id>/withdraw")
@door(Role.ADMINISTRATOR, subject=row_by_id, check=is_mine_to_change)
def withdraw(who: Identity, row: PolicyRow) -> ResponseReturnValue:
    perform(lambda session: service.withdraw_row(session, who, row.id, now()))
    flash(gettext("The future value is taken back."))
    return redirect(url_for("policies.index"))
