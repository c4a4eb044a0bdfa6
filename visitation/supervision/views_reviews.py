"""Emergency ends of lawyer meetings: the list by due time, and the second officer's finding."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from visitation.kernel.errors import Refused
from visitation.kernel.identity import Identity
from visitation.people.rules_staff import lamp
from visitation.store.transaction import perform, reader
from visitation.supervision import reviews, words, words_reviews
from visitation.supervision.forms_reviews import ReviewForm
from visitation.supervision.models import EmergencyReview
from visitation.supervision.rules import OFFICERS, READERS, same_prison
from visitation.supervision.rules_reviews import JUSTIFIED, OPEN
from visitation.web.door import door
from visitation.web.request import now, see

blueprint = Blueprint("reviews", __name__, url_prefix="/reviews")


def ours(who: Identity, review: EmergencyReview) -> bool:
    """The meeting was in this person's prison."""
    return same_prison(who, review.prison_id)


@blueprint.get("")
@door(*READERS)
def index(who: Identity) -> ResponseReturnValue:
    """Open reviews, the most urgent first; or decided ones."""
    decided = request.args.get("state") == "decided"
    rows = reviews.reviews(reader(), who, decided=decided)
    for row in rows:
        see("booking", row.session.booking_id)
    lamps = {row.session_id: lamp(row.due_at, now()) for row in rows}
    shown = {"rows": rows, "lamps": lamps, "decided": decided, "staff": reviews.staff_names(reader(), rows), "who": who}
    return render_template("prison/supervision/reviews.html", words=words, review_words=words_reviews, **shown)


@blueprint.get("/<ref>")
@door(*READERS, subject=reviews.review_by_ref, check=ours)
def show(who: Identity, review: EmergencyReview) -> ResponseReturnValue:
    """What was ended, when and why; the finding, or the form for it."""
    return _page(who, review, ReviewForm(formdata=None))


@blueprint.post("/<ref>")
@door(*OFFICERS, subject=reviews.review_by_ref, check=ours)
def decide(who: Identity, review: EmergencyReview) -> ResponseReturnValue:
    """Write the finding down."""
    form, session_id = ReviewForm(), review.session_id
    if not form.validate_on_submit():
        return _page(who, review, form)
    try:
        perform(lambda session: reviews.decide(session, who, session_id, form.verdict.data == JUSTIFIED, form.text.data, now()))
    except Refused as refused:
        if refused.status == 409:
            raise
        form.refuse(refused)
        return _page(who, review, form, refused.status)
    flash(gettext("The review is written down."))
    return redirect(url_for("reviews.index"))


def _page(who: Identity, review: EmergencyReview, form: ReviewForm, status: int = 200) -> ResponseReturnValue:
    see("booking", review.session.booking_id)
    page = render_template(
        "prison/supervision/review.html",
        row=review,
        live=review.session,
        booking=review.session.booking,
        staff=reviews.staff_names(reader(), [review]),
        deadline=lamp(review.due_at, now()),
        mine=review.ended_by == who.account_id,
        may_decide=who.has(*OFFICERS) and review.state == OPEN,
        form=form,
        words=words,
        review_words=words_reviews,
    )
    return page, status
