"""What stands around every page: menu, telephone, switches, icons."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import Flask, current_app, g, request
from flask_babel import get_locale
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from visitation.kernel.identity import Identity
from visitation.store.transaction import reader
from visitation.web.contact import install_contact
from visitation.web.door import access_table
from visitation.web.i18n import LANGUAGES
from visitation.web.icons import install_icons
from visitation.web.navigation import MENUS, current, entries_for
from visitation.web.roles import install_roles

Count = Callable[[Session, Identity], int]


def install_frame(app: Flask) -> None:
    """Give every template `who`, the `site_…` values, `menu_here`, `this_page` (its address, to come back to), `has_page(endpoint)`, `menu_count(endpoint)`.

    The composition root puts `{endpoint: count(session, who)}` under `extensions["counts"]`: how many things wait behind an entry of the menu;
    and under `extensions["menu"]` further groups, which stand after the first.
    """
    install_icons(app)
    install_contact(app)
    install_roles(app)
    app.context_processor(_frame)
    app.jinja_env.globals.update(has_page=has_page, menu_count=menu_count)


def has_page(endpoint: str) -> bool:
    """Does this application have that page?"""
    return endpoint in current_app.view_functions


def menu_count(endpoint: str) -> int:
    """How many things wait behind an entry; 0 also when nobody counts there."""
    counts: Mapping[str, Count] = current_app.extensions.get("counts", {})
    who = g.get("who")
    if who is None or endpoint not in counts:
        return 0
    try:
        return counts[endpoint](reader(), who)
    except SQLAlchemyError:
        return 0


def _frame() -> dict[str, Any]:
    who = g.get("who")
    today, *rest = MENUS[g.zone.zone]
    menu = entries_for([today, *current_app.extensions.get("menu", ()), *rest], access_table(current_app), who)
    return {
        "who": who,
        "signed_in": g.get("sign_in") is not None,
        "site_menu": menu,
        "site_languages": LANGUAGES,
        "site_language": str(get_locale()),
        "menu_here": current(menu, request.endpoint or ""),
        "this_page": _here(),
    }


def _here() -> str:
    return request.full_path.rstrip("?") if request.method == "GET" else request.path
