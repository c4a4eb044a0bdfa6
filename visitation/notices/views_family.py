"""The inbox of a family, and of a lawyer."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from visitation.kernel.identity import Identity, Role
from visitation.notices import queries, service, wording
from visitation.notices.models import Notice
from visitation.notices.rules import is_addressed_to
from visitation.store.transaction import perform, reader
from visitation.web.door import door
from visitation.web.forms import Form
from visitation.web.pages import safe_next
from visitation.web.request import now

blueprint = Blueprint("notices", __name__)
READERS = (Role.FAMILY, Role.LAWYER)


@blueprint.get("/notices")
@door(*READERS)
def inbox(who: Identity) -> str:
    """Everything that was told to this account, newest first."""
    return render_template(
        "family/notices/inbox.html",
        notices=queries.inbox(reader(), who),
        unread=queries.unread_count(reader(), who),
        wording=wording,
        form=Form(),
    )


@blueprint.post("/notices/<int:notice_id>/open")
@door(*READERS, subject=queries.notice_by_id, check=is_addressed_to)
def open_notice(who: Identity, notice: Notice) -> ResponseReturnValue:
    """Mark one as read and go where it points."""
    link, notice_id = notice.link, notice.id
    perform(lambda session: service.mark_read(session, who, now(), notice_id))
    return redirect(safe_next(link) if link else url_for("notices.inbox"))


@blueprint.post("/notices/read")
@door(*READERS)
def read_all(who: Identity) -> ResponseReturnValue:
    """Mark all as read."""
    perform(lambda session: service.mark_read(session, who, now()))
    return redirect(url_for("notices.inbox"))
