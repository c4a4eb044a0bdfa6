"""What must be true of every page, whatever it shows. `faults(page)` lists what is not."""

import re
from dataclasses import dataclass, field
from functools import cache
from html.parser import HTMLParser

from visitation.web.translations import known

SILENT = {"script", "style"}
SPOKEN = ("alt", "title", "aria-label", "placeholder")
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
UNLABELLED = {"hidden", "submit", "button", "image"}
REFERENCES = ("aria-labelledby", "aria-describedby", "aria-controls", "aria-errormessage")
SHORTEST_ENGLISH, SHORTEST_CHINESE = 14, 5


@dataclass
class Page(HTMLParser):
    """A page taken apart. `counts`: of the elements that are shown when it opens."""

    html: str
    counts: dict[str, int] = field(default_factory=dict)
    lang: str = ""
    title: str = ""
    ids: list[str] = field(default_factory=list)
    fors: list[str] = field(default_factory=list)
    references: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    forms: list[dict[str, str]] = field(default_factory=list)
    controls: list[dict[str, str]] = field(default_factory=list)
    inline: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self._open: list[str] = []
        self._inside: list[tuple[str, bool]] = []
        self.feed(self.html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        hidden = "hidden" in values or any(one for _tag, one in self._inside)
        if tag not in VOID:
            self._inside.append((tag, hidden))
        if not hidden:
            self.counts[tag] = self.counts.get(tag, 0) + 1
        if tag in SILENT or tag in ("title", "label"):
            self._open.append(tag)
        if tag == "html":
            self.lang = values.get("lang", "")
        self._note(tag, values)
        self.inline += [f"{name} at <{tag}>" for name in values if name == "style" or name.startswith("on")]
        self.words += [values[name] for name in SPOKEN if values.get(name)]
        if tag == "style" or (tag == "script" and not values.get("src")):
            self.inline.append(f"<{tag}>")
        if tag == "img" and "alt" not in values:
            self.inline.append(f"<img> without alt: {values.get('src')}")

    def _note(self, tag: str, values: dict[str, str]) -> None:
        if "id" in values:
            self.ids.append(values["id"])
        if tag == "label" and "for" in values:
            self.fors.append(values["for"])
        if tag == "a":
            self.links.append(values.get("href", ""))
        if tag == "form":
            self.forms.append({"method": "get", "action": "", **values})
        if tag == "input" and self.forms and values.get("name") == "csrf_token":
            self.forms[-1]["csrf_token"] = values.get("value", "")
        if tag in ("select", "textarea") or (tag == "input" and values.get("type", "text") not in UNLABELLED):
            self.controls.append({**values, "inside": "label" if "label" in self._open else ""})
        for name in REFERENCES:
            self.references += values.get(name, "").split()

    def handle_endtag(self, tag: str) -> None:
        if tag in self._open:
            self._open.remove(tag)
        while any(tag == open_tag for open_tag, _hidden in self._inside) and self._inside.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if "title" in self._open:
            self.title += data
        if not SILENT & set(self._open):
            self.words.append(data)

    @property
    def text(self) -> str:
        return "\n".join(word.strip() for word in self.words if word.strip())


@cache
def sentences() -> dict[str, str]:
    """msgid -> Chinese, of sentences without values."""
    return {msgid: text for msgid, text, _room in known("zh_Hans_CN") if "%(" not in msgid and text and text != msgid}


def faults(page: Page, language: str, headings: int = 1) -> list[str]:
    """Everything that is wrong with a whole page in `language` (zh_Hans_CN or en)."""
    found = [f"{page.counts.get('h1', 0)} h1"] if page.counts.get("h1", 0) != headings else []
    if page.lang != {"zh_Hans_CN": "zh-CN", "en": "en"}[language]:
        found.append(f"lang {page.lang!r}")
    if not page.title.split("·")[0].strip():
        found.append(f"title {page.title!r}")
    return found + part_faults(page, language)


def part_faults(page: Page, language: str) -> list[str]:
    """What must be true of a part of a page, too."""
    known_ids = set(page.ids)
    found = [f"id {name!r} stands twice" for name in known_ids if page.ids.count(name) > 1]
    found += [f"a label for {name!r}, which is not there" for name in page.fors if name not in known_ids]
    found += [f"a reference to {name!r}, which is not there" for name in page.references if name not in known_ids]
    found += [f"a link to {link}, which is not there" for link in page.links if link.startswith("#") and link[1:] not in known_ids]
    found += [f"inline: {what}" for what in page.inline]
    found += [f"no token in the form to {form['action'] or 'itself'}" for form in page.forms if form["method"].lower() == "post" and not form.get("csrf_token")]
    found += [f"no label for {one.get('name')}" for one in page.controls if not is_labelled(one, page)]
    return found + untranslated(page.text, language)


def is_labelled(control: dict[str, str], page: Page) -> bool:
    return bool(control["inside"] or control.get("id") in page.fors or control.get("aria-label") or control.get("aria-labelledby"))


def untranslated(text: str, language: str) -> list[str]:
    """Whole sentences of the other language, and names of values that nobody filled in."""
    found = [f"a value is missing: {one}" for one in re.findall(r"%\([a-z_]+\)[sd]", text)]
    if language == "en":
        return found + [f"Chinese: {chinese}" for chinese in sentences().values() if len(chinese) >= SHORTEST_CHINESE and chinese in text]
    return found + [f"English: {english}" for english in sentences() if len(english) >= SHORTEST_ENGLISH and " " in english and english in text]
