"""What is to be listened to again, by whom and until when; and what has been."""

from datetime import timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from visitation.kernel.identity import Identity, Role
from visitation.people.rules_staff import lamp
from visitation.store.transaction import perform, reader
from visitation.supervision import exports, relistening, words, words_recordings
from visitation.supervision.forms_recordings import HandOverForm
from visitation.supervision.models import LiveSession
from visitation.supervision.queries import listenings_of, session_by_ref
from visitation.supervision.rules import READERS
from visitation.supervision.views_recordings import ours
from visitation.web.door import door
from visitation.web.request import now, see

blueprint = Blueprint("relistening", __name__)
LOOK_BACK = timedelta(days=30)


@blueprint.get("/recordings/relistening")
@door(*READERS)
def index(who: Identity) -> ResponseReturnValue:
    """Open duties with their lamps, one's own first; then the newest results."""
    session, moment = reader(), now()
    show = request.args.get("show", "open")
    rows = relistening.duties(session, who.prison_id, done=show == "done")
    rows = [row for row in rows if show != "mine" or row.assigned_to == who.account_id]
    for row in rows:
        see("booking", row.session.booking_id)
    officers = relistening.listeners(session, who.prison_id) if who.has(Role.DUTY_CHIEF) else []
    people = exports.names_of(session, [number for row in rows for number in (row.assigned_to, row.officer_id, row.done_by) if number is not None])
    return render_template(
        "prison/recordings/relistening.html",
        rows=rows,
        show=show,
        lamps={row.session_id: lamp(row.due_at, moment) for row in rows if row.due_at is not None},
        people=people,
        officers=officers,
        results=listenings_of(session, [row.session_id for row in rows]) if show == "done" else {},
        figures=relistening.figures(session, who.prison_id, moment - LOOK_BACK, moment),
        form=HandOverForm(formdata=None),
        words=words,
        more_words=words_recordings,
    )


@blueprint.post("/recordings/<ref>/hand-over")
@door(Role.DUTY_CHIEF, subject=session_by_ref, check=ours)
def hand_over(who: Identity, live: LiveSession) -> ResponseReturnValue:
    """Give a duty to another officer."""
    form = HandOverForm()
    form.account.choices = relistening.listeners(reader(), live.booking.prison_id, leave_out=live.officer_id)
    if not form.validate_on_submit() or not perform(lambda session: relistening.hand_over(session, who, live, form.account.data, now())):
        flash(gettext("The duty was not handed over: choose an officer who did not supervise this visit, while the duty is open."), "error")
    else:
        flash(gettext("The duty is handed over."))
    return redirect(url_for("relistening.index"))
