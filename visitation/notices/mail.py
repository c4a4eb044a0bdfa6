"""E-mail: by SMTP, or into files where there is no relay."""

import smtplib
import ssl
from collections.abc import Callable
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from icalendar import Calendar

from visitation.notices.channels import Letter, Rejected, Unreachable, one_line

SECONDS = 10


def compose(letter: Letter, sender: str, key: str, now: datetime) -> EmailMessage:
    """The letter as a message: text, HTML and, where there is one, a calendar invitation whose `method=` equals its METHOD (RFC 6047 §2.4).

    Raises Rejected when the address is none.
    """
    message = EmailMessage(policy=SMTP)
    message["From"] = one_line(sender)
    try:
        message["To"] = Address(addr_spec=letter.to)
    except (ValueError, IndexError):  # what the standard library raises for an address that cannot be parsed
        raise Rejected("not an address") from None
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{key}@{one_line(sender).rpartition('@')[2].strip('> ') or 'localhost'}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text)
    message.add_alternative(letter.html, subtype="html")
    if letter.calendar is not None:
        method = str(Calendar.from_ical(letter.calendar.decode())["METHOD"])
        invitation = letter.calendar.decode()
        message.add_alternative(invitation, subtype="calendar", params={"method": method, "component": "VEVENT"})
    return message


class SmtpMail:
    """Through a relay: `smtp://user:password@host:587` (STARTTLS where the relay offers it, and always with a password) or `smtps://…`."""

    def __init__(self, url: str, sender: str, now: Callable[[], datetime], seconds: float = SECONDS) -> None:
        self._url = urlsplit(url)
        if self._url.scheme not in ("smtp", "smtps") or not self._url.hostname:
            raise ValueError("SMTP_URL is smtp://host:port or smtps://host:port")
        self._sender = sender
        self._now = now
        self._seconds = seconds

    def send(self, letter: Letter, key: str) -> None:
        message = compose(letter, self._sender, key, self._now())
        try:
            with _connect(self._url, self._seconds) as relay:
                relay.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            code = next((code for code, _text in error.recipients.values()), 0)
            raise (Rejected if 500 <= code < 600 else Unreachable)(f"relay answered {code}") from None
        except smtplib.SMTPResponseException as error:
            raise Unreachable(f"relay answered {error.smtp_code}") from None
        except (smtplib.SMTPException, OSError) as error:
            raise Unreachable(f"relay: {type(error).__name__}") from None


def _connect(url: SplitResult, seconds: float) -> smtplib.SMTP:
    context = ssl.create_default_context()
    host = url.hostname or ""
    if url.scheme == "smtps":
        relay: smtplib.SMTP = smtplib.SMTP_SSL(host, url.port or 465, timeout=seconds, context=context)
    else:
        relay = smtplib.SMTP(host, url.port or 25, timeout=seconds)
        relay.ehlo()
        if url.username or relay.has_extn("starttls"):
            relay.starttls(context=context)  # with a password: raises rather than send it in clear
    if url.username:
        relay.login(unquote(url.username), unquote(url.password or ""))
    return relay


class FileMail:
    """Each letter as an .eml file that any mail program opens."""

    def __init__(self, folder: Path, sender: str, now: Callable[[], datetime]) -> None:
        self._folder = folder
        self._sender = sender
        self._now = now

    def send(self, letter: Letter, key: str) -> None:
        message = compose(letter, self._sender, key, self._now())
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            target = self._folder / f"{key}.eml"
            beside = target.with_suffix(".new")
            beside.write_bytes(message.as_bytes())
            beside.chmod(0o600)
            beside.replace(target)
        except OSError as error:
            raise Unreachable(f"file: {type(error).__name__}") from None
