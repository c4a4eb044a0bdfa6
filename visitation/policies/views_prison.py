"""Every rule with its value, its basis and its future; an administrator adds a value for a day to come."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, gettext
from sqlalchemy import select
from werkzeug.exceptions import NotFound as PageNotFound

from visitation.kernel.errors import Refused
from visitation.kernel.identity import Identity, Role
from visitation.kernel.interval import local_day
from visitation.people.models import Level, Prison
from visitation.policies import service
from visitation.policies.editors import Known, form_for, parts, value_of
from visitation.policies.forms import PolicyForm
from visitation.policies.models import PolicyRow
from visitation.policies.queries import history, policies_of
from visitation.policies.rules import DEFAULTS, NEVER, Dated, in_force
from visitation.policies.words import GROUPS, OTHER, lines
from visitation.store.transaction import perform, reader
from visitation.web.choices import choices
from visitation.web.door import door
from visitation.web.forms import ActForm
from visitation.web.local_names import local_name
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
    rows = {key: (key, default, in_force(key, policies.rows, today), _future(key, policies.rows)) for key, default in DEFAULTS.items()}
    named = {key for _name, keys in GROUPS for key in keys}
    rest = [rows[key] for key in rows if key not in named]
    groups = [*((name, [rows[key] for key in keys if key in rows]) for name, keys in GROUPS), *([(OTHER, rest)] if rest else [])]
    prisons = [] if who.prison_id is not None else reader().scalars(select(Prison).order_by(Prison.code)).all()
    shown = {"groups": groups, "prison": prison, "prisons": prisons, "may_add": who.has(Role.ADMINISTRATOR)}
    return render_template("prison/policies/index.html", **shown, text=_in_words(), act=ActForm(formdata=None))


def _future(key: str, rows: tuple[Dated, ...]) -> list[Dated]:
    today = local_day(now())
    return sorted((row for row in rows if row.key == key and row.effective_from > today), key=lambda row: row.effective_from)


def _in_words() -> Callable[[Any], list[str]]:
    """How values are shown: in words, with the names of the treatment levels."""
    levels = _known().levels
    return lambda value: lines(value, levels)


def _known() -> Known:
    chinese = get_locale().language == "zh"
    return Known({row.code: row.name if chinese else row.name_en for row in reader().scalars(select(Level).order_by(Level.rank))})


@blueprint.get("/<key>")
@door(*READERS)
def show(who: Identity, key: str) -> str:
    """Every value that a rule has had, has and will have, with its basis and who entered it."""
    if key not in DEFAULTS:
        raise PageNotFound
    prison, today = _prison(who), local_day(now())
    rows = history(reader(), prison.id if prison else None, key)
    current = in_force(key, [dated for dated, _row, _name in rows], today)
    shown = {"rows": rows, "current": current, "prison": prison, "today": today, "may_add": who.has(Role.ADMINISTRATOR)}
    own = {"act": ActForm(formdata=None), "withdrawable": lambda row: is_mine_to_change(who, row) and row.effective_from > today}
    return render_template("prison/policies/show.html", key=key, default=DEFAULTS[key], text=_in_words(), local_name=local_name, **shown, **own)


@blueprint.route("/<key>/new", methods=["GET", "POST"])
@door(Role.ADMINISTRATOR)
def add(who: Identity, key: str) -> ResponseReturnValue:
    if key not in DEFAULTS:
        raise PageNotFound
    prison = _prison(who)
    current = policies_of(reader(), prison.id if prison else None, (key,)).value(key, local_day(now()))
    known = _known()
    form = form_for(key, current, known)(data={"effective_from": local_day(now()) + timedelta(days=1)})
    scopes = _scopes(who, prison)
    form.scope.choices = choices(scopes)
    form.scope.data = form.scope.data or scopes[0][0]
    if form.validate_on_submit():
        try:
            _add(who, key, form, prison, known)
        except Refused as refused:
            form.refuse(refused)
        else:
            flash(gettext("The new value is entered. It holds from its day on; visits booked under the old one keep theirs."))
            return redirect(url_for("policies.index", prison=prison.code if prison and who.prison_id is None else None))
    status = 422 if form.errors or form.refusals else 200
    shown = {"form": form, "fields": parts(form), "key": key, "default": DEFAULTS[key], "current": current, "prison": prison, "never": key in NEVER}
    return render_template("prison/policies/add.html", **shown, text=_in_words()), status


def _scopes(who: Identity, prison: Prison | None) -> list[tuple[str, str]]:
    own = [("prison", prison.name)] if prison else []
    if who.prison_id is not None:
        return own
    province = [("province", gettext("All prisons of %(name)s", name=prison.province))] if prison else []
    return [*own, *province, ("everywhere", gettext("Everywhere"))]


def _add(who: Identity, key: str, form: PolicyForm, prison: Prison | None, known: Known) -> None:
    value = value_of(key, form, known)
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
