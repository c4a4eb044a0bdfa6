"""Who may enter, said beside the view. What declares nothing is refused.

    @blueprint.get("/visits/<ref>")
    @door(Role.FAMILY, subject=queries.booking_by_ref, check=own_booking)
    def show(who: Identity, booking: Booking) -> str: ...

The gate loads the subject from the URL's arguments, asks the predicate, and hands person and subject to the view. A subject that does not exist and one that is
somebody else's get the same answer: 404.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from flask import Flask, abort, current_app, g, redirect, request, url_for
from werkzeug.wrappers import Response

from visitation.kernel.identity import Identity, Role
from visitation.store.transaction import reader

Loader = Callable[..., Any]
Check = Callable[[Identity, Any], bool]


@dataclass(frozen=True)
class Door:
    """Roles that may knock (empty: anybody, signed in or not), how the subject is found, and who may see this subject."""

    roles: frozenset[Role]
    subject: Loader | None
    check: Check | None

    @property
    def arguments(self) -> frozenset[str]:
        """Names of the URL's arguments that the loader takes."""
        if self.subject is None:
            return frozenset()
        return frozenset(list(inspect.signature(self.subject).parameters)[1:])


def door(*roles: Role, subject: Loader | None = None, check: Check | None = None) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare who may enter a view. `subject(session, **arguments)` returns the thing or None; `check(who, subject)` says whether it is theirs."""
    if not roles:
        raise ValueError("name the roles, or say `open_door`")
    return _declare(Door(frozenset(roles), subject, check))


def open_door(view: Callable[..., Any]) -> Callable[..., Any]:
    """Declare a view that anybody may enter, signed in or not; it gets the identity or None."""
    return _declare(Door(frozenset(), None, None))(view)


def _declare(declared: Door) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def wrap(view: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(view)
        def enter(**arguments: Any) -> Any:
            rest = {name: value for name, value in arguments.items() if name not in declared.arguments}
            given = (g.who,) if declared.subject is None else (g.who, g.subject)
            return view(*given, **rest)

        enter.door = declared  # type: ignore[attr-defined]
        return enter

    return wrap


def access_table(app: Flask) -> dict[str, Door]:
    """Every endpoint that declares who may enter; put together once, and again when pages were added."""
    known: tuple[int, dict[str, Door]] | None = app.extensions.get("access_table")
    if known is None or known[0] != len(app.view_functions):
        known = len(app.view_functions), {name: view.door for name, view in app.view_functions.items() if hasattr(view, "door")}
        app.extensions["access_table"] = known
    return known[1]


def install_gate(app: Flask) -> None:
    """Stand at the door of every request."""
    app.before_request(_gate)


def _gate() -> Response | None:
    if request.endpoint is None or request.endpoint.endswith("static"):
        return None
    declared: Door | None = getattr(current_app.view_functions[request.endpoint], "door", None)
    if declared is None:
        abort(403)
    who: Identity | None = g.who
    if declared.roles:
        if who is None:
            return _to_sign_in()
        if not who.has(*declared.roles):
            abort(403)
    _load(declared, who)
    return None


def _load(declared: Door, who: Identity | None) -> None:
    g.subject = None
    if declared.subject is not None:
        wanted = {name: value for name, value in (request.view_args or {}).items() if name in declared.arguments}
        g.subject = declared.subject(reader(), **wanted)
        if g.subject is None:
            abort(404)
    if declared.check is not None and (who is None or not declared.check(who, g.subject)):
        abort(404)


def _to_sign_in() -> Response:
    if request.method != "GET" or request.headers.get("Sec-Fetch-Dest", "document") not in ("document", ""):
        abort(401)
    return redirect(url_for(g.zone.sign_in_endpoint, next=request.full_path.rstrip("?")))
