"""What a notice says, in its three places."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Text:
    """`title` and `body` stand in the inbox; `sms` is the whole short message. `icon` is a Bootstrap icon, `tone` a state of the theme."""

    title: Any
    body: Any
    sms: Any
    icon: str = "info-circle"
    tone: str = "calm"
    calendar: bool = False
