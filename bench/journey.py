"""One family's way from the month to the booked visit, as a browser goes it: only what the pages offer is sent."""

import http.client
import random
import re
import time
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from visitation.kernel.interval import local_day

FIELD = re.compile(r'<input[^>]*name="(csrf_token|request_key|terms_seen)"[^>]*value="([^"]*)"')
START = re.compile(r'name="start" value="([^"]+)"')
DAY = re.compile(r'href="([^"]*day=\d{4}-\d\d-\d\d)(?:#times)?"')
LATER = re.compile(r'href="([^"]*)" rel="next"')


class Journey:
    """`times`: milliseconds of each step; `journey`: of all together. `booked`: whether the visit was booked; `strange`: what should not have been."""

    def __init__(self, port: int, cookie: str, kinship: str, generator: random.Random) -> None:
        self._port = port
        self._cookie = cookie
        self._kinship = kinship
        self._generator = generator
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.times: dict[str, float] = {}
        self.booked = False
        self.strange = ""
        self.status = 0
        self.ref = ""

    def go(self) -> "Journey":
        begin = time.perf_counter()
        try:
            self._walk()
        except (OSError, http.client.HTTPException) as error:
            self.strange = f"{type(error).__name__}: {error}"
        finally:
            self._connection.close()
        if self.booked:
            self.times["journey"] = (time.perf_counter() - begin) * 1000
        return self

    def _walk(self) -> None:
        page = self._ask("month", "GET", self._some_day())
        starts = START.findall(page)
        if not starts:
            return
        held = {"kinship": self._kinship, "kind": "family_visit", "start": self._generator.choice(starts), **_first_form(page, "hold")}
        to = self._ask("hold", "POST", "/visits/hold", held)
        if not to.startswith("/"):
            return
        form = self._ask("form", "GET", to)
        answer = {**_first_form(form, "confirm"), "language": "zh", "accept": "y"}
        shown = self._ask("confirm", "POST", to, answer)
        self.booked = "new=1" in shown
        self.ref = shown.removeprefix("/visits/").partition("?")[0] if self.booked else ""

    def _some_day(self) -> str:
        """A day from Monday to Friday within the next weeks, as somebody picks who has looked at the calendar already."""
        days = [local_day(datetime.now(UTC)) + timedelta(days=number) for number in range(4, 31)]
        day = self._generator.choice([day for day in days if day.weekday() < 5]).isoformat()
        return f"/visits/new?with={self._kinship}&kind=family_visit&month={day[:7]}&day={day}"

    def _ask(self, step: str, method: str, path: str, form: dict[str, str] | None = None) -> str:
        """The page, or where it sends the browser; empty for a refusal."""
        headers = {"Host": f"localhost:{self._port}", "Cookie": self._cookie, "Origin": f"http://localhost:{self._port}"}
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        begin = time.perf_counter()
        self._connection.request(method, path, urlencode(form) if form is not None else None, headers)
        answer = self._connection.getresponse()
        body = answer.read().decode()
        self.status = answer.status
        self.times[step] = (time.perf_counter() - begin) * 1000
        for cookie in answer.headers.get_all("Set-Cookie") or ():
            if cookie.partition("=")[0] == self._cookie.partition("=")[0]:
                self._cookie = cookie.partition(";")[0]
        if answer.status in (302, 303):
            return answer.headers["Location"]
        if answer.status == 200:
            return body
        if answer.status not in (409, 422, 429):
            self.strange = f"{step} {answer.status}"
        return ""


def _first_form(page: str, name: str) -> dict[str, str]:
    """The hidden fields of the form with this id."""
    inside = page.partition(f'id="{name}"')[2].partition("</form>")[0]
    return dict(FIELD.findall(inside))
