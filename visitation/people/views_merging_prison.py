"""People who are entered twice: likely pairs, both side by side with all that would move, one tap; a second person where the records differ."""

from collections.abc import Callable

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from visitation.kernel.errors import Refused
from visitation.kernel.identity import Identity
from visitation.people import labels_merging, labels_staff, rules_merging, service_merging
from visitation.people import queries_merging as queries
from visitation.people.forms_merging import MergeForm, TwoForm
from visitation.people.queries_merging import Pair
from visitation.people.queries_staff import prisons
from visitation.people.rules import masked
from visitation.people.service_merging import Parts
from visitation.store.transaction import perform, reader
from visitation.web.addresses import row_number
from visitation.web.door import door
from visitation.web.request import now, see

blueprint = Blueprint("merging", __name__, url_prefix="/duplicates")
ACTS = ("merge", "ask", "apart", "approve", "decline")


def may_see_pair(who: Identity, pair: Pair) -> bool:
    return rules_merging.may_see(who, pair.keep, pair.gone)


@blueprint.route("", methods=["GET", "POST"])
@door(*rules_merging.KEEPERS)
def index(who: Identity) -> ResponseReturnValue:
    """Pairs that look like one person, merges that wait for a second person, and two records to be named by hand."""
    form = TwoForm()
    if form.validate_on_submit():
        rows = [queries.named_by(reader(), who, form.kind.data, words) for words in (form.keep.data, form.gone.data)]
        pair = queries.pair(reader(), form.kind.data, rows[0].id, rows[1].id) if rows[0] is not None and rows[1] is not None else None
        if pair is not None and may_see_pair(who, pair):
            return redirect(url_for("merging.compare", kind=pair.kind, kept_id=pair.keep.id, gone_id=pair.gone.id))
        form.refuse(Refused("MERGE_UNKNOWN"))
    return _list(who, form), 422 if form.errors or form.refusals else 200


def _list(who: Identity, form: TwoForm) -> str:
    session, places = reader(), prisons(reader(), who)
    wanted = who.prison_id or request.args.get("prison", type=row_number) or (places[0].id if places else 0)
    found = queries.likely(session, wanted)
    waiting, past = queries.waiting(session, who), queries.past(session, who)
    for row in found:
        see(row.kind, row.one.id)
        see(row.kind, row.other.id)
    shown = {"found": found, "waiting": waiting, "past": past, "names": queries.named_people(session, [*waiting, *past])}
    return render_template(
        "prison/people/duplicates.html", form=form, prisons=places, chosen=wanted, masked=masked, words=labels_merging, staff=labels_staff, **shown
    )


@blueprint.route("/<kind>/<int:kept_id>/<int:gone_id>", methods=["GET", "POST"])
@door(*rules_merging.KEEPERS, subject=queries.pair, check=may_see_pair)
def compare(who: Identity, pair: Pair) -> ResponseReturnValue:
    """Both records side by side, what would move, and the act itself when the plan is still the one that was shown."""
    names = (pair.kind, pair.keep.id, pair.gone.id)
    form = MergeForm()
    if form.validate_on_submit():
        act = request.form.get("do", "")
        if act not in ACTS:
            abort(400)
        try:
            return _act(who, act, names, form)
        except Refused as refused:
            form.refuse(refused)
    return _page(who, names, form), 422 if form.errors or form.refusals else 200


def _act(who: Identity, act: str, names: tuple[str, int, int], form: MergeForm) -> ResponseReturnValue:
    seen, note, parts = form.seen.data or "", form.note.data or "", _parts()
    asked = queries.open_request(reader(), *names)
    merge_id = asked.id if asked is not None else 0
    acts: dict[str, Callable[[Session], object]] = {
        "merge": lambda session: service_merging.merge(session, who, parts, names, seen, now()),
        "ask": lambda session: service_merging.ask(session, who, parts, names, seen, note, now()),
        "apart": lambda session: service_merging.keep_two(session, who, names, now()),
        "approve": lambda session: service_merging.approve(session, who, parts, merge_id, seen, now()),
        "decline": lambda session: service_merging.decline(session, who, merge_id, now()),
    }
    perform(lambda session: _none(acts[act](session)))
    flash(labels_merging.SAID[act])
    return redirect(url_for("merging.index"))


def _none(_result: object) -> None:
    """Rows do not leave their transaction."""


def _page(who: Identity, names: tuple[str, int, int], form: MergeForm) -> str:
    session = reader()
    pair = queries.pair(session, *names)
    assert pair is not None
    asked = queries.open_request(session, *names)
    if asked is not None and asked.kept_id != pair.keep.id:
        pair = queries.pair(session, asked.kind, asked.kept_id, asked.gone_id)
        assert pair is not None
    found = service_merging.plan(session, who, _parts(), pair, now())
    form.seen.data = found.fingerprint
    see(pair.kind, pair.keep.id)
    see(pair.kind, pair.gone.id)
    shown = {"plan": found, "pair": pair, "asked": asked, "decides": asked is not None and asked.asked_by != who.account_id}
    return render_template(
        "prison/people/duplicate.html", form=form, rows=labels_merging.rows_of(pair), words=labels_merging, staff=labels_staff, masked=masked, **shown
    )


def _parts() -> Parts:
    parts: Parts = current_app.extensions["merge_parts"]
    return parts
