"""What stands around every page: menu, telephone, switches, icons."""

from typing import Any

from flask import Flask, current_app, g, request

from visitation.web.contact import install_contact
from visitation.web.door import access_table
from visitation.web.icons import install_icons
from visitation.web.navigation import MENUS, current, entries_for
from visitation.web.roles import install_roles


def install_frame(app: Flask) -> None:
    """Give every template `who`, `menu`, `menu_here`, `here` (this page, to come back to) and `has_page(endpoint)`."""
    install_icons(app)
    install_contact(app)
    install_roles(app)
    app.context_processor(_frame)
    app.jinja_env.globals["has_page"] = has_page


def has_page(endpoint: str) -> bool:
    """Does this application have that page?"""
    return endpoint in current_app.view_functions


def _frame() -> dict[str, Any]:
    who = g.get("who")
    menu = entries_for(MENUS[g.zone.zone], access_table(current_app), who)
    return {"who": who, "signed_in": g.get("sign_in") is not None, "menu": menu, "menu_here": current(menu, request.endpoint or ""), "here": _here()}


def _here() -> str:
    return request.full_path.rstrip("?") if request.method == "GET" else request.path
