"""A browser without a window: keeps cookies, reads a page's forms with their hidden fields, and sends them from the right origin."""

from html.parser import HTMLParser
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.conftest import House
from tests.factories import make_sign_in
from tests.settings import FAMILY_ORIGIN, PRISON_ORIGIN
from visitation.accounts.models import Account

ORIGINS = {"family": FAMILY_ORIGIN, "prison": PRISON_ORIGIN}


class Forms(HTMLParser):
    """The forms of a page: each a dict of `id`, `action`, `method` and `fields` (name -> list of values as the page would send them)."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[dict[str, Any]] = []
        self._area: str | None = None
        self._select: str | None = None
        self._first: str | None = None
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "form":
            self.found.append({"id": values.get("id"), "action": values.get("action") or "", "method": (values.get("method") or "get").lower(), "fields": {}})
        elif self.found and (tag == "option" or "name" in values):
            self._control(tag, values)

    def _control(self, tag: str, values: dict[str, str | None]) -> None:
        name = values.get("name") or ""
        kind = values.get("type") or "text"
        if tag == "textarea":
            self._area = name
            self._add(name, "")
        elif tag == "select":
            self._select, self._first = name, None if "multiple" in values else ""
        elif tag == "option" and self._select:
            self._option(values)
        elif tag == "input" and kind not in ("submit", "file", "image", "button") and (kind not in ("checkbox", "radio") or "checked" in values):
            self._add(name, values.get("value") or ("on" if kind == "checkbox" else ""))

    def _option(self, values: dict[str, str | None]) -> None:
        """A chosen option; where none is, a browser sends the first one."""
        if "selected" in values:
            self._add(str(self._select), values.get("value") or "")
            self._first = None
        elif self._first == "":
            self._first = values.get("value") or " "

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._area = None
        elif tag == "select":
            if self._select and self._first:
                self._add(self._select, self._first.strip())
            self._select = None

    def handle_data(self, data: str) -> None:
        if self._area and self.found:
            self.found[-1]["fields"][self._area][-1] += data.removeprefix("\n")

    def _add(self, name: str, value: str) -> None:
        self.found[-1]["fields"].setdefault(name, []).append(value)


class Browser:
    """`get` a page, then `submit` one of its forms; `page` is the last answer, redirects followed unless `follow=False`."""

    def __init__(self, client: FlaskClient, origin: str = FAMILY_ORIGIN) -> None:
        self.client = client
        self.origin = origin
        self.page: TestResponse
        self.headers: dict[str, str] = {}

    def get(self, path: str, follow: bool = True, **options: Any) -> TestResponse:
        self.page = self.client.get(path, base_url=self.origin, follow_redirects=follow, headers=self.headers, **options)
        return self.page

    def post(self, path: str, data: dict[str, Any] | None = None, follow: bool = True, **options: Any) -> TestResponse:
        """A bare POST from the right origin, with the token of the last page if it had one."""
        sent = {"csrf_token": self.csrf(), **(data or {})}
        headers = {"Origin": self.origin, **self.headers, **options.pop("headers", {})}
        self.page = self.client.post(path, data=sent, base_url=self.origin, follow_redirects=follow, headers=headers, **options)
        return self.page

    def submit(self, values: dict[str, Any] | None = None, form: str = "", follow: bool = True, leave_out: tuple[str, ...] = ()) -> TestResponse:
        """Send a form of the last page. `form`: a part of its id or action (the last POST form while empty, which is the page's own)."""
        chosen = self.form(form)
        data: dict[str, Any] = {name: value for name, value in chosen["fields"].items() if name not in leave_out} | (values or {})
        action = chosen["action"] or self.page.request.full_path.rstrip("?")
        headers = {"Origin": self.origin, **self.headers}
        self.page = self.client.post(action, data=data, base_url=self.origin, follow_redirects=follow, headers=headers)
        return self.page

    def form(self, part: str = "") -> dict[str, Any]:
        forms = [one for one in Forms(self.page.text).found if one["method"] == "post"]
        shared = ("/language", "/type", "/sign-out")
        own = [one for one in forms if (part and part in (f"{one['id']} {one['action']}")) or (not part and not one["action"].startswith(shared))]
        assert own, f"no form {part!r} among {[(one['id'], one['action']) for one in forms]}"
        return own[-1]

    def csrf(self) -> str:
        for one in Forms(self.page.text).found if hasattr(self, "page") else []:
            if "csrf_token" in one["fields"]:
                return str(one["fields"]["csrf_token"][0])
        return ""

    def speak(self, language: str) -> None:
        """Read the pages in `zh_Hans_CN` or `en` from now on."""
        zone = "prison" if self.origin == PRISON_ORIGIN else "family"
        self.client.set_cookie(f"__Host-{zone}-lang", language, domain="localhost", secure=True)


def browser(house: House, zone: str = "family", account: Account | None = None) -> Browser:
    """A new browser in a zone, signed in as `account` (second factor given) when there is one."""
    app = house.family if zone == "family" else house.prison
    made = Browser(app.test_client(), ORIGINS[zone])
    if account is not None:
        token = house.write(lambda session: make_sign_in(session, account, zone, house.now))
        with made.client.session_transaction(base_url=made.origin) as session:
            session["_user_id"] = token
            session["_fresh"] = True
    return made
