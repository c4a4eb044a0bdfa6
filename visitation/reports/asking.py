"""From an address to what is asked: the period, and the prisons that this person may see."""

from dataclasses import dataclass
from datetime import date, datetime

from flask import abort
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from visitation.kernel.errors import Refused, refuse
from visitation.kernel.identity import Identity
from visitation.kernel.interval import local_day
from visitation.people.models import Prison
from visitation.reports import rules
from visitation.reports.figures import Asked
from visitation.reports.forms import LATELY, PeriodForm


@dataclass(frozen=True)
class Question:
    """The form as it was filled in, and what it asks; None where that cannot be answered: the form says why."""

    form: PeriodForm
    asked: Asked | None
    one_of_many: bool

    @property
    def address(self) -> dict[str, str]:
        """The arguments that ask the same again."""
        if self.asked is None:
            return {}
        period = self.asked.period
        chosen = {"prison": self.asked.prisons[0].code} if self.one_of_many and len(self.asked.prisons) == 1 else {}
        return {"span": "days", "first": period.first.isoformat(), "last": period.last.isoformat(), **chosen}


def visible(session: Session, who: Identity) -> list[Prison]:
    """The own prison; for somebody who belongs to none, all, those that are closed now among them."""
    query = select(Prison).order_by(Prison.code)
    if who.prison_id is not None:
        query = query.where(Prison.id == who.prison_id)
    return list(session.scalars(query))


def ask(session: Session, who: Identity, arguments: MultiDict[str, str], now: datetime) -> Question:
    """Read an address. Without arguments: the last months. A prison that one may not see is a 404."""
    today, prisons = local_day(now), visible(session, who)
    if not prisons:
        abort(404)
    lately = rules.lately(today, LATELY)
    empty = {"span": "days", "first": lately.first, "last": lately.last, "month": f"{today:%Y-%m}", "year": str(today.year)}
    empty["quarter"] = f"{today.year}-{(today.month + 2) // 3}"
    form = PeriodForm(arguments if "span" in arguments else None, data=empty, meta={"csrf": False})
    form.offer(today, prisons)
    chosen = arguments.get("prison", "")
    within = [prison for prison in prisons if not chosen or prison.code == chosen]
    if not within:
        abort(404)
    form.prison.data = chosen
    asked = _asked(form, within, today, now) if "span" not in arguments or form.validate() else None
    return Question(form, asked, len(prisons) > 1)


def _asked(form: PeriodForm, prisons: list[Prison], today: date, now: datetime) -> Asked | None:
    period = form.period()
    if period is None:
        return None
    try:
        refuse(rules.refusals(period.first, period.last, today))
    except Refused as refused:
        form.refuse(refused)
        return None
    return Asked(tuple(prison for prison in prisons if len(prisons) == 1 or _was_open(prison, period)), period, now)


def _was_open(prison: Prison, period: rules.Period) -> bool:
    return prison.closed_at is None or prison.closed_at >= period.begin
