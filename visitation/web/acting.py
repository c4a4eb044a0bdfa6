"""What most views of a form do: the form was sent in good order, the work is done in one transaction, and what stands against it is kept beside what was typed.

if acted(form, lambda session: service.act(session, who, ..., now())):
    flash(gettext("It is done."))
    return redirect(url_for("..."))
return page(form)
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from sqlalchemy.orm import Session

from visitation.kernel.errors import Refused
from visitation.store.transaction import perform
from visitation.web.forms import Form

T = TypeVar("T")


@dataclass(frozen=True)
class Acted(Generic[T]):
    """The work is done; value: what it gave back, None where it gives nothing."""

    value: T


def acted(form: Form, work: Callable[[Session], T]) -> Acted[T] | None:
    """None when nothing was sent, or what was sent cannot be done: the form says why. Raises what ends with 409: its page says that somebody was faster."""
    if not form.validate_on_submit():
        return None
    try:
        return Acted(perform(work))
    except Refused as refused:
        if refused.status == 409:
            raise
        form.refuse(refused)
        return None
