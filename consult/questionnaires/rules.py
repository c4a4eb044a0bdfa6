"""Questionnaires (问卷): what one may look like, when it is open, what an answer must have, and how answers are counted. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from visitation.kernel.errors import Refusal

AUDIENCES = ("public", "relatives", "inmates")
KINDS = ("one", "several", "scale", "text")
"""one: one of its options; several: any number of them; scale: one of POINTS; text: free words."""
OCCASIONS = ("", "visit", "answer")
"""When it is offered by itself: "" never, after a visit, or with the answer to a written question."""
POINTS = (1, 2, 3, 4, 5)
MOST_ITEMS, MOST_OPTIONS = 20, 12
LONGEST_TITLE, LONGEST_INTRO, LONGEST_ITEM, LONGEST_OPTION, LONGEST_TEXT = 100, 1000, 200, 80, 2000
FEWEST = 5
"""Fewer answers than this are not split: among so few, people could be told by their answer."""


@dataclass(frozen=True)
class Item:
    """One question. options: for `one` and `several`, at least two."""

    kind: str
    text: str
    options: tuple[str, ...] = ()
    required: bool = False

    @property
    def choices(self) -> tuple[int, ...]:
        """The numbers an answer may name: those of the options from 0, or the points of the scale."""
        return POINTS if self.kind == "scale" else tuple(range(len(self.options)))

    def packed(self) -> dict[str, Any]:
        return {"kind": self.kind, "text": self.text, "options": list(self.options), "required": self.required}


def unpacked(stored: Mapping[str, Any]) -> Item:
    return Item(stored["kind"], stored["text"], tuple(stored["options"]), bool(stored["required"]))


def writing_refusals(audience: str, occasion: str, title: str, intro: str, items: Sequence[Item]) -> list[Refusal]:
    """Everything that keeps a questionnaire from being saved; `number` counts the questions from 1."""
    found = []
    if not title.strip() or not items:
        found.append(Refusal("QUESTIONNAIRE_EMPTY"))
    if audience not in AUDIENCES or occasion not in OCCASIONS or (occasion and audience != "relatives"):
        found.append(Refusal("QUESTIONNAIRE_AUDIENCE"))
    sizes = ((title, LONGEST_TITLE), (intro, LONGEST_INTRO))
    found += [Refusal("QUESTIONNAIRE_LONG", {"has": len(text), "most": most}) for text, most in sizes if len(text) > most]
    if len(items) > MOST_ITEMS:
        found.append(Refusal("QUESTIONNAIRE_MANY", {"has": len(items), "most": MOST_ITEMS}))
    for number, item in enumerate(items, 1):
        found += _item_refusals(number, item)
    return found


def _item_refusals(number: int, item: Item) -> list[Refusal]:
    found = []
    if item.kind not in KINDS or not item.text.strip():
        found.append(Refusal("ITEM_EMPTY", {"number": number}))
    if len(item.text) > LONGEST_ITEM:
        found.append(Refusal("ITEM_LONG", {"number": number, "has": len(item.text), "most": LONGEST_ITEM}))
    if item.kind in ("one", "several"):
        if not 2 <= len(item.options) <= MOST_OPTIONS or len(set(item.options)) < len(item.options):
            found.append(Refusal("ITEM_OPTIONS", {"number": number, "most": MOST_OPTIONS}))
        if any(len(option) > LONGEST_OPTION for option in item.options):
            found.append(Refusal("OPTION_LONG", {"number": number, "most": LONGEST_OPTION}))
    return found


def period_refusals(opens_on: date, closes_on: date, today: date) -> list[Refusal]:
    """Both days count; it may begin today, not before."""
    found = []
    if opens_on < today:
        found.append(Refusal("QUESTIONNAIRE_PAST"))
    if closes_on < opens_on:
        found.append(Refusal("QUESTIONNAIRE_PERIOD"))
    return found


def state(published: bool, opens_on: date | None, closes_on: date | None, closed: bool, today: date) -> str:
    """draft, planned, open, or closed."""
    if not published or opens_on is None or closes_on is None:
        return "draft"
    if closed or today > closes_on:
        return "closed"
    return "planned" if today < opens_on else "open"


@dataclass(frozen=True)
class Given:
    """What was answered to one question: the numbers of choices, or words."""

    choices: tuple[int, ...] = ()
    text: str = ""

    @property
    def is_empty(self) -> bool:
        return not self.choices and not self.text.strip()


def reply_refusals(items: Sequence[Item], given: Mapping[int, Given], *, spoken: bool = False) -> list[Refusal]:
    """What is missing or too much. `given` by the question's place from 0; spoken: at a terminal, where nobody can type, words are not asked for."""
    found = []
    for place, item in enumerate(items):
        one = given.get(place, Given())
        if item.required and one.is_empty and not (spoken and item.kind == "text"):
            found.append(Refusal("REPLY_MISSING", {"number": place + 1}))
        if len(one.text) > LONGEST_TEXT:
            found.append(Refusal("REPLY_LONG", {"number": place + 1, "has": len(one.text), "most": LONGEST_TEXT}))
        wrong = set(one.choices) - set(item.choices) or (item.kind != "several" and len(one.choices) > 1) or (item.kind == "text" and one.choices)
        if wrong or (item.kind != "text" and one.text):
            found.append(Refusal("REPLY_CHOICE", {"number": place + 1}))
    if not found and all(one.is_empty for one in given.values()):
        found.append(Refusal("REPLY_EMPTY"))
    return found


@dataclass(frozen=True)
class Result:
    """One question counted. answered: people who answered it. shown: whether that is enough for more to be told; the rest is empty otherwise.

    counts: people by choice, in the order of Item.choices; mean: of a scale, with two decimals; texts: what was written, in no order of time.
    """

    item: Item
    answered: int
    shown: bool
    counts: tuple[int, ...] = ()
    mean: float | None = None
    texts: tuple[str, ...] = ()

    def share(self, place: int) -> float:
        """Per cent of those who answered, with one decimal."""
        return round(100 * self.counts[place] / self.answered, 1) if self.answered else 0.0


def result(item: Item, answered: int, by_choice: Mapping[int, int], texts: Sequence[str]) -> Result:
    """by_choice: how many people named each choice."""
    if answered < FEWEST:
        return Result(item, answered, shown=False)
    counts = tuple(by_choice.get(choice, 0) for choice in item.choices)
    points = sum(choice * count for choice, count in zip(item.choices, counts, strict=True)) if item.kind == "scale" else 0
    return Result(item, answered, True, counts, round(points / answered, 2) if item.kind == "scale" else None, tuple(sorted(texts)))
