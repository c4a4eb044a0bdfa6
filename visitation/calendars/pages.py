"""What both zones do with a feed: show, make, take back, serve."""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

import segno
from flask import Response, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale, gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from visitation.accounts.models import Account
from visitation.calendars import queries, rules, service
from visitation.calendars.models import CalendarFeed
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
Content = Callable[[Session, CalendarFeed, Account], bytes]


class ActForm(Form):
    """Only a button."""


def by_secret() -> str:
    """What readings of one feed are counted under: never the secret itself, which the counter's store and its log would keep."""
    return digest(str((request.view_args or {}).get("token", "")))


def limited(view: Callable[..., ResponseReturnValue]) -> Callable[..., ResponseReturnValue]:
    """The limits of a feed."""
    return limiter.limit(TRIES)(limiter.limit(READS, key_func=by_secret)(view))


@dataclass(frozen=True)
class Zone:
    """How one zone's feed is made. template: its page; content: what stands in it."""

    name: str
    origin: str
    template: str
    content: Content


def show(zone: Zone, who: Identity, secret: str = "") -> str:
    """The page; with `secret`, once, the address."""
    address = f"{zone.origin}{url_for('calendars.feed', token=secret)}" if secret else ""
    return render_template(
        zone.template,
        feed=queries.feed_of(reader(), who.account_id, zone.name),
        address=address,
        webcal=address.replace("https:", "webcal:", 1).replace("http:", "webcal:", 1),
        picture=segno.make(address, error="m").png_data_uri(scale=5, border=4) if address else "",
        form=ActForm(formdata=None),
    )


def make(zone: Zone, who: Identity) -> str:
    """A new address, shown once."""
    if not ActForm().validate_on_submit():
        abort(400)
    return show(zone, who, perform(lambda session: service.make_feed(session, who, now())))


def revoke(who: Identity) -> BaseResponse:
    """The address stops working at once."""
    if not ActForm().validate_on_submit():
        abort(400)
    if perform(lambda session: service.revoke_feed(session, who, now())):
        flash(gettext("The address no longer works. Calendars that used it will show nothing new."))
    return redirect(url_for("calendars.show"))


def serve(zone: Zone, token: str) -> ResponseReturnValue:
    """The calendar of a secret address; 304 when it is what the asker has. Whatever else is asked is one 404."""
    found = queries.by_token(reader(), token, zone.name)
    if found is None:
        abort(404)
    kept, account = found
    number, read_at = kept.id, kept.read_at
    with force_locale(account.language):
        data = zone.content(reader(), kept, account)
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
