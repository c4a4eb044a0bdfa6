"""Bootstrap's icons, drawn into the page.

The sprite in the wheel weighs 1.1 MB: too much for an old phone, so each page carries only the shapes that it shows.
"""

import re
from functools import cache
from pathlib import Path

import flask_bootstrap
from flask import Flask
from markupsafe import Markup

SPRITE = Path(flask_bootstrap.__file__).parent / "static" / "bootstrap5" / "icons" / "bootstrap-icons.svg"
SYMBOL = re.compile(r'<symbol[^>]*?viewBox="([^"]+)"[^>]*?id="([^"]+)"[^>]*>(.*?)</symbol>', re.DOTALL)


@cache
def shapes() -> dict[str, tuple[str, str]]:
    """Name -> (view box, shapes)."""
    return {name: (box, inner) for box, name, inner in SYMBOL.findall(SPRITE.read_text(encoding="utf-8"))}


def drawing(name: str) -> Markup:
    """An icon as inline SVG, hidden from screen readers: the words beside it say what it means. An unknown name draws nothing."""
    box, inner = shapes().get(name, ("0 0 16 16", ""))
    return Markup(f'<svg class="icon" viewBox="{box}" aria-hidden="true" focusable="false">{inner}</svg>')  # noqa: S704 - from the wheel, not from people


def install_icons(app: Flask) -> None:
    app.jinja_env.globals["drawing"] = drawing
