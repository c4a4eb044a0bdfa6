"""What a channel is, and how it can fail."""

from typing import Protocol


class Unreachable(Exception):
    """The channel did not take the message; it may later. The message names no person: it is kept and logged."""


class Rejected(Exception):
    """The channel will never take this message (a number that does not exist). The message names no person."""


class Sms(Protocol):
    """A way to send a short message. `to` in E.164; `key` makes a repeat harmless. Raises Unreachable or Rejected."""

    def send(self, to: str, text: str, key: str) -> None: ...


class Mail(Protocol):
    """A way to send an e-mail. Raises Unreachable or Rejected."""

    def send(self, letter: "Letter", key: str) -> None: ...


class Letter:
    """An e-mail before it takes its form. Headers are cleaned here: a line break never reaches one."""

    def __init__(self, to: str, subject: str, text: str, html: str, calendar: bytes | None = None) -> None:
        self.to = one_line(to)
        self.subject = one_line(subject)
        self.text = text
        self.html = html
        self.calendar = calendar


def one_line(value: str) -> str:
    """Text for a header: control characters and every kind of line break become a space."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in value).split())
