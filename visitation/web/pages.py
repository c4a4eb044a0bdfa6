"""Pages for what goes wrong, and the two switches (language, large type) that every page has."""

from typing import Any

from flask import Blueprint, Flask, Response, current_app, g, jsonify, make_response, redirect, render_template, request
from flask_babel import lazy_gettext as _l
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as BaseResponse

from visitation.kernel.errors import NotFound, Refused
from visitation.kernel.identity import Identity
from visitation.web.door import open_door
from visitation.web.i18n import LANGUAGES
from visitation.web.sentences import sentence

MESSAGES = {
    400: (_l("The page had become old"), _l("Nothing was changed. Please go back, reload the page and try again.")),
    401: (_l("Please sign in"), _l("You were signed out, perhaps because nothing happened for a while. Nothing was lost that had been saved.")),
    403: (_l("This is not open to you"), _l("Your account may not do this. If you think it should, please telephone the prison.")),
    404: (_l("There is no such page"), _l("The address may be mistyped, or the page is not yours to see.")),
    405: (_l("This does not work here"), _l("Nothing was changed. Please go back and use the buttons of the page.")),
    409: (_l("Somebody was faster"), _l("Things have changed since this page was shown. Nothing was changed by you.")),
    413: (_l("The file is too large"), _l("A file may have at most 10 MB. Nothing was stored. Please choose a smaller one, or take the photo again.")),
    422: (_l("This is not possible"), _l("Nothing was changed.")),
    429: (_l("Too many tries"), _l("Please wait a minute and try again. Your place is kept.")),
    500: (_l("Something broke on our side"), _l("Nothing was changed. We have been told. Please try again in a few minutes, or telephone the prison.")),
    503: (_l("Very busy just now"), _l("Nothing was changed. This page tries again by itself.")),
}
YEAR = 31_536_000

blueprint = Blueprint("pages", __name__)


def install_pages(app: Flask) -> None:
    app.register_blueprint(blueprint)
    app.register_error_handler(Refused, _refused)
    app.register_error_handler(NotFound, lambda _error: _page(404))
    app.register_error_handler(HTTPException, lambda error: _http(error))
    app.register_error_handler(Exception, _broken)


def _http(error: HTTPException) -> Any:
    if error.response is not None or (error.code or 500) < 400:
        return error
    answer = _page(error.code or 500)
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After"):
            answer.headers[name] = value
    return answer


def _refused(error: Refused) -> Response:
    return _page(error.status, [sentence(refusal) for refusal in error.refusals], [refusal.code for refusal in error.refusals])


def _broken(error: Exception) -> Response:
    if current_app.config.get("PROPAGATE"):
        raise error
    current_app.logger.error("unhandled", exc_info=error)
    return _page(500)


def _page(status: int, reasons: list[str] | None = None, codes: list[str] | None = None) -> Response:
    title, text = MESSAGES.get(status, MESSAGES[500 if status >= 500 else 400])
    if request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json":
        return make_response(jsonify(error=str(title), text=str(text), reasons=reasons or [], codes=codes or []), status)
    return make_response(render_template("shared/error.html", status=status, title=title, text=text, reasons=reasons or []), status)


@blueprint.post("/language")
@open_door
def language(_who: Identity | None) -> BaseResponse:
    """Change the language of the pages, and come back."""
    chosen = request.form.get("language", "")
    return _remember(g.zone.language_cookie, chosen) if chosen in LANGUAGES else _back()


@blueprint.post("/type")
@open_door
def type_size(_who: Identity | None) -> BaseResponse:
    """Switch large type on or off, and come back."""
    return _remember(g.zone.type_cookie, "large" if request.form.get("type") == "large" else "normal")


def _remember(cookie: str, value: str) -> BaseResponse:
    answer = _back()
    answer.set_cookie(cookie, value, max_age=YEAR, secure=True, httponly=True, samesite="Lax", path="/")
    return answer


def _back() -> BaseResponse:
    return redirect(safe_next(request.form.get("next", "/")))


def safe_next(target: str) -> str:
    """A path of this application, whatever was asked for: never another host."""
    plain = target.replace("\\", "/")
    return plain if plain.startswith("/") and not plain.startswith("//") and "\n" not in plain and "\r" not in plain else "/"


@blueprint.get("/healthz")
@open_door
def healthz(_who: Identity | None) -> dict[str, str]:
    """Alive: the process answers. The prison's link to the brokers asks this before each beat."""
    return {"status": "ok"}
