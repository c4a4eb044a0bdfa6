"""Two languages, Chinese first; one time zone; and the large-type switch."""

import os
from datetime import date, datetime
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask import Flask, current_app, g, request
from flask_babel import Babel, Domain, format_date, format_datetime, get_locale

from visitation.kernel.interval import LOCAL
from visitation.web.local_names import local_name
from visitation.web.zone import ZoneNames

LANGUAGES = {"zh_Hans_CN": "中文", "en": "English"}
DEFAULT = "zh_Hans_CN"


class Catalogue(Domain):  # type: ignore[misc]
    """The sentences of a language, read once a process: the library parses the file anew for each request. Within a request, found once a language."""

    def get_translations_cache(self, _ctx: Any) -> Any:
        return current_app.extensions.setdefault("catalogues", {})

    def get_translations(self) -> Any:
        try:
            ctx = g.get("_flask_babel")
        except RuntimeError:  # outside of any application
            ctx = None
        kept = getattr(ctx, "catalogue", None)
        if kept is not None and kept[0] is getattr(ctx, "babel_locale", None):
            return kept[1]
        found = super().get_translations()
        if ctx is not None:
            ctx.catalogue = (get_locale(), found)
        return found


class HouseBabel(Babel):  # type: ignore[misc]
    domain_instance = Catalogue()


babel = HouseBabel()


def compile_catalogs(folder: Path) -> None:
    """Join the rooms' catalogues (`<language>/<room>.po`) into the one that gettext reads, where they are newer than it."""
    for language in LANGUAGES:
        parts = sorted((folder / language).glob("*.po"))
        target = folder / language / "LC_MESSAGES" / "messages.mo"
        newest = max((part.stat().st_mtime_ns for part in parts), default=0)
        if parts and (not target.exists() or target.stat().st_mtime_ns != newest):
            target.parent.mkdir(parents=True, exist_ok=True)
            _write_joined(parts, language, target, newest)


def _write_joined(parts: list[Path], language: str, target: Path, newest: int) -> None:
    """Several processes may start at once: each writes a file of its own and puts it in place whole, with the time of what it was made from."""
    joined = Catalog(locale=language, fuzzy=False)
    for part in parts:
        with part.open("rb") as file:
            for message in read_po(file, locale=language):
                if message.id:
                    joined.add(message.id, message.string, context=message.context)
    with NamedTemporaryFile(dir=target.parent, suffix=".new", delete=False) as made:
        write_mo(made, joined)
    beside = Path(made.name)
    beside.chmod(0o644)
    os.utime(beside, ns=(newest, newest))
    beside.replace(target)


def install_i18n(app: Flask, zone: ZoneNames, folder: Path) -> None:
    compile_catalogs(folder)
    app.config["BABEL_DEFAULT_LOCALE"] = DEFAULT
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(folder)

    def language() -> str:
        chosen = request.cookies.get(zone.language_cookie, "")
        return chosen if chosen in LANGUAGES else DEFAULT

    babel.init_app(app, locale_selector=language, timezone_selector=lambda: "Asia/Shanghai")
    catalogue = HouseBabel.domain_instance.get_translations
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]  # added by the extension
        lambda text: catalogue().ugettext(text),
        lambda one, more, number: catalogue().ungettext(one, more, number),
        newstyle=True,
        pgettext=lambda about, text: catalogue().upgettext(about, text),
        npgettext=lambda about, one, more, number: catalogue().unpgettext(about, one, more, number),
    )
    app.jinja_env.filters.update(day=show_day, moment=show_moment, clock=show_clock)
    app.jinja_env.globals.update(local_name=local_name)
    app.context_processor(lambda: {"languages": LANGUAGES, "language": str(get_locale()), "large_type": large_type(zone)})


def large_type(zone: ZoneNames) -> bool:
    return request.cookies.get(zone.type_cookie) == "large"


def show_day(value: date | datetime) -> str:
    """A day with its weekday, in Shanghai: 2026年11月24日 星期二."""
    day = value.astimezone(LOCAL).date() if isinstance(value, datetime) else value
    return str(format_date(day, "full"))


def show_moment(value: datetime) -> str:
    """Day and time in Shanghai."""
    return str(format_datetime(value, "yyyy-MM-dd HH:mm"))


def show_clock(value: datetime) -> str:
    """Hours and minutes in Shanghai."""
    return value.astimezone(LOCAL).strftime("%H:%M")
