"""What both zones do with a feed: show, make, take back, serve."""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

import segno
from flask import Response, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale, gettext
from werkzeug.wrappers import Response as BaseResponse
from wtforms import HiddenField

from visitation.calendars import queries, rules, service
from visitation.calendars.offers import Offer, chosen
from visitation.kernel.identity import Identity
from visitation.kernel.ids import digest
from visitation.store.transaction import perform, reader
from visitation.web.forms import Form
from visitation.web.limits import limiter
from visitation.web.request import now

MAKES = "20/hour"
READS = "60/hour"
"""For one secret: a telephone asks once an hour, a computer each quarter."""
TRIES = "600/hour"
"""For one address: many calendars may ask through one gateway."""


class ActForm(Form):
    """Only a button. of: which calendar is meant."""

    of = HiddenField()


def by_secret() -> str:
    """What readings of one feed are counted under: never the secret itself, which the counter's store and its log would keep."""
    return digest(str((request.view_args or {}).get("token", "")))


def limited(view: Callable[..., ResponseReturnValue]) -> Callable[..., ResponseReturnValue]:
    """The limits of a feed."""
    return limiter.limit(TRIES)(limiter.limit(READS, key_func=by_secret)(view))


@dataclass(frozen=True)
class Zone:
    """How one zone's feeds are made. template: their page; own: what the zone itself offers."""

    name: str
    origin: str
    template: str
    own: tuple[Offer, ...]


def _meant(zone: Zone, who: Identity) -> Offer:
    """The calendar that the page is about; one that is not for this person does not exist."""
    offer = chosen(zone.own, who.roles, request.values.get("of", ""))
    return offer if offer is not None else abort(404)


def show(zone: Zone, who: Identity, secret: str = "") -> str:
    """The page; with `secret`, once, the address."""
    offer = _meant(zone, who)
    address = f"{zone.origin}{url_for('calendars.feed', token=secret)}" if secret else ""
    return render_template(
        zone.template,
        offer=offer,
        feed=queries.feed_of(reader(), who.account_id, zone.name, offer.name),
        address=address,
        webcal=address.replace("https:", "webcal:", 1).replace("http:", "webcal:", 1),
        picture=segno.make(address, error="m").png_data_uri(scale=5, border=4) if address else "",
        form=ActForm(formdata=None, of=offer.name),
    )


def make(zone: Zone, who: Identity) -> str:
    """A new address, shown once."""
    if not ActForm().validate_on_submit():
        abort(400)
    name = _meant(zone, who).name
    return show(zone, who, perform(lambda session: service.make_feed(session, who, name, now())))


def revoke(zone: Zone, who: Identity) -> BaseResponse:
    """The address stops working at once."""
    if not ActForm().validate_on_submit():
        abort(400)
    name = _meant(zone, who).name
    if perform(lambda session: service.revoke_feed(session, who, name, now())):
        flash(gettext("The address no longer works. Calendars that used it will show nothing new."))
    return redirect(url_for("calendars.show", of=name))


def serve(zone: Zone, token: str) -> ResponseReturnValue:
    """The calendar of a secret address; 304 when it is what the asker has. Whatever else is asked is one 404."""
    found = queries.by_token(reader(), token, zone.name)
    if found is None:
        abort(404)
    kept, account = found
    offer = chosen(zone.own, (row.role for row in account.roles), kept.name)
    if offer is None:
        abort(404)
    number, read_at = kept.id, kept.read_at
    with force_locale(account.language):
        data = offer.content(reader(), kept, account, now(), zone.origin)
    if rules.needs_note(read_at, now()):
        perform(lambda session: service.note_reading(session, number, now()))
    answer = Response(data, content_type="text/calendar; charset=utf-8")
    answer.headers["Cache-Control"] = "private, no-cache"
    answer.headers["Content-Disposition"] = 'inline; filename="calendar.ics"'
    answer.headers["X-Robots-Tag"] = "noindex"
    answer.set_etag(sha256(data).hexdigest()[:32])
    return answer.make_conditional(request)


def origin_of(setting: str) -> str:
    """The printed address of this zone."""
    return service.first_origin(getattr(current_app.extensions["settings"], setting))
