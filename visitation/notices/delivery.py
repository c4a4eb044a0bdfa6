"""From a waiting delivery to a sent one: what the jobs do for the topics `sms` and `email`.

Words are chosen here, not when the notice was written: a person who has changed the language is written to in the new one.
A repeat after a crash carries the same key.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import current_app
from flask_babel import force_locale, get_locale
from sqlalchemy.orm import Session

from visitation.accounts.models import Account
from visitation.notices.channels import Letter, Mail, Rejected, Sms, Unreachable
from visitation.notices.models import Delivery, Notice
from visitation.notices.wording import discreet_body, short_message, text_of, title
from visitation.store.outbox import Handler
from visitation.store.transaction import perform, reader

CalendarOf = Callable[[Session, str], bytes | None]
"""The invitation of a booking by its reference: an iCalendar object in bytes, or None."""


@dataclass(frozen=True)
class Post:
    """The channels of an installation and what a letter needs beside them. `origin`: where the family's links begin, without a slash at the end."""

    sms: Sms
    mail: Mail
    origin: str
    now: Callable[[], datetime]
    calendar: CalendarOf | None = None


def handlers(post: Post) -> dict[str, Handler]:
    """Topic -> handler, for the worker."""
    return {
        "sms": lambda payload, _row: _deliver(post, payload, _send_sms),
        "email": lambda payload, _row: _deliver(post, payload, _send_mail),
    }


def _deliver(post: Post, payload: Mapping[str, Any], send: Callable[[Post, Delivery], None]) -> None:
    """Send one delivery and keep what became of it. Raises Unreachable, so that the outbox tries again later."""
    delivery_id = int(payload["delivery"])
    delivery = reader().get(Delivery, delivery_id)
    if delivery is None or delivery.state != "waiting":
        return
    if delivery.expires_at is not None and post.now() >= delivery.expires_at:
        _settle(delivery_id, "expired", post.now())
        return
    try:
        with force_locale(_language(delivery)):
            send(post, delivery)
    except Unreachable as problem:
        _settle(delivery_id, "waiting", post.now(), str(problem))
        raise
    except Rejected as problem:
        _settle(delivery_id, "failed", post.now(), str(problem))
    else:
        _settle(delivery_id, "sent", post.now())


def _language(delivery: Delivery) -> str:
    account = reader().get(Account, delivery.notice.account_id) if delivery.notice else None
    return account.language if account else delivery.language


def _send_sms(post: Post, delivery: Delivery) -> None:
    text = delivery.text or (short_message(delivery.notice) if delivery.notice else "")
    to, key = delivery.address, delivery.uid
    reader().rollback()  # no snapshot is held while a gateway thinks
    post.sms.send(to, text, key)


def _send_mail(post: Post, delivery: Delivery) -> None:
    notice = delivery.notice
    if notice is None:
        raise Rejected("a letter without a notice")
    shown = {"title": title(notice), "body": discreet_body(notice), "link": f"{post.origin}{notice.link or '/'}"}
    letter = Letter(
        to=delivery.address,
        subject=shown["title"],
        text=_rendered("shared/notices/letter.txt", shown),
        html=_rendered("shared/notices/letter.html", shown),
        calendar=_calendar(post, notice),
    )
    key = delivery.uid
    reader().rollback()
    post.mail.send(letter, key)


def _rendered(template: str, values: Mapping[str, str]) -> str:
    """Without Flask's context of a request, which there is none of here."""
    return current_app.jinja_env.get_template(template).render(**values, language=str(get_locale()))


def _calendar(post: Post, notice: Notice) -> bytes | None:
    if post.calendar is None or not text_of(notice).calendar or not notice.facts.get("ref"):
        return None
    return post.calendar(reader(), str(notice.facts["ref"]))


def _settle(delivery_id: int, state: str, now: datetime, error: str = "") -> None:
    def work(session: Session) -> None:
        row = session.get_one(Delivery, delivery_id)
        row.state = state
        row.error = error
        if state != "waiting":
            row.text = None
            row.sent_at = now if state == "sent" else None

    perform(work)
