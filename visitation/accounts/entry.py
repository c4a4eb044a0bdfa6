"""From a token to a signed-in browser of the family zone, and what a browser remembers between the steps of a sign-in."""

from datetime import datetime

from flask import redirect, request
from flask import session as cookie
from flask_babel import get_locale
from werkzeug.wrappers import Response

from visitation.accounts import queries
from visitation.accounts.rules import REGISTER_WITHIN
from visitation.accounts.service_family import ZONE, Browser
from visitation.store.transaction import reader
from visitation.web import login
from visitation.web.browser import browser_key
from visitation.web.i18n import DEFAULT, LANGUAGES
from visitation.web.pages import YEAR, safe_next
from visitation.web.request import now
from visitation.web.zone import FAMILY


def this_browser() -> Browser:
    return Browser(browser_key(), (request.remote_addr or "")[:45], request.user_agent.string[:200])


def language() -> str:
    """The language of this page, as accounts keep it."""
    chosen = str(get_locale())
    return chosen if chosen in LANGUAGES else DEFAULT


def come_in(token: str, target: str) -> Response:
    """Put a fresh session in place of the old one, and go where the person wanted."""
    found = queries.resolve(reader(), token, ZONE, now())
    if found is None:
        return redirect("/sign-in")
    login.begin(found)
    answer = redirect(safe_next(target))
    account = queries.account(reader(), found.account_id)
    if account is not None and account.large_type:
        answer.set_cookie(FAMILY.type_cookie, "large", max_age=YEAR, secure=True, httponly=True, samesite="Lax", path="/")
    return answer


def remember_asked(mobile: str, target: str) -> None:
    """A code was sent to this number for this browser."""
    cookie["asked"] = {"mobile": mobile, "next": safe_next(target)}


def asked() -> tuple[str, str] | None:
    """(number, page that was wanted) of the code this browser waits for."""
    kept = cookie.get("asked")
    return (kept["mobile"], kept["next"]) if kept else None


def confirm(mobile: str | None, moment: datetime) -> None:
    """The number is this person's; None: a clerk registers somebody without a telephone."""
    cookie.pop("asked", None)
    cookie["confirmed"] = {"mobile": mobile, "until": (moment + REGISTER_WITHIN).isoformat()}


def confirmed(moment: datetime) -> tuple[bool, str | None]:
    """Whether this browser may register somebody now, and under which number."""
    kept = cookie.get("confirmed")
    if not kept or datetime.fromisoformat(kept["until"]) <= moment:
        return False, None
    return True, kept["mobile"]


def registered() -> None:
    cookie.pop("confirmed", None)
