"""One vocabulary of outcomes: whatever code is compared, given or put into words anywhere is one that bookings know, or one of the broker's own."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from visitation.bookings import words as booking_words
from visitation.bookings.rules import KEEPS_ALLOWANCE, OUTCOMES, TOOK_PLACE
from visitation.bookings.sentences import SENTENCES
from visitation.demo.visits import OUTCOMES as INVENTED
from visitation.supervision import words
from visitation.supervision.forms import NOT_HELD
from visitation.supervision.rules import END_REASONS, WIRE_OUTCOMES, WRITTEN_OUTCOMES, Course, outcome

ROOT = Path(__file__).parents[2]
COMPARED = re.compile(r"outcome\)?\s*(?:===|!==|==|!=)\s*['\"](\w+)['\"]")
LISTED = re.compile(r"outcome\)? (?:not )?in \(([^)]*)\)")


def strings(node: ast.AST) -> Iterator[str]:
    """Codes in an expression: neither labels of a form field nor the names of keys."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif not isinstance(node, ast.Call | ast.Subscript):
        for part in ast.iter_child_nodes(node):
            yield from strings(part)


def is_outcome(node: ast.AST) -> bool:
    return (isinstance(node, ast.Attribute) and node.attr.endswith("outcome")) or (isinstance(node, ast.Name) and node.id.endswith("outcome"))


def used_in(tree: ast.AST) -> Iterator[str]:
    """Codes that stand beside something called an outcome: compared, assigned, given by name, or recorded."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare) and any(is_outcome(side) for side in (node.left, *node.comparators)):
            yield from (code for side in (node.left, *node.comparators) for code in strings(side))
        elif isinstance(node, ast.keyword) and (node.arg or "").endswith("outcome") and not isinstance(node.value, ast.Call):
            yield from strings(node.value)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "record_outcome" and len(node.args) > 2:
            yield from strings(node.args[2])
        elif isinstance(node, ast.Assign) and any(is_outcome(target) for target in node.targets):
            yield from strings(node.value)


def python_codes() -> dict[str, set[str]]:
    rooms = [path for path in (ROOT / "visitation").rglob("*.py") if "migrations" not in path.parts]
    return {str(path.relative_to(ROOT)): set(used_in(ast.parse(path.read_text(encoding="utf-8")))) for path in rooms}


def page_codes() -> dict[str, set[str]]:
    found = {}
    for path in [*(ROOT / "templates").rglob("*.html"), *(ROOT / "static" / "js").rglob("*.js")]:
        text = path.read_text(encoding="utf-8")
        listed = [code for group in LISTED.findall(text) for code in re.findall(r"'(\w+)'", group)]
        found[str(path.relative_to(ROOT))] = {*COMPARED.findall(text), *listed}
    return found


def test_every_code_that_is_used_is_known() -> None:
    used = python_codes() | page_codes()
    assert {"technical", "cancelled_by_prison"} <= set().union(*used.values()), "the search itself finds nothing"
    known = OUTCOMES | WIRE_OUTCOMES | {"", "BROKER_LOST"}
    assert {place: wrong for place, codes in used.items() if (wrong := codes - known)} == {}


def test_where_a_booking_is_read_no_code_of_the_broker_stands() -> None:
    pattern = re.compile(r"booking\.outcome\s*(?:==|!=)\s*['\"](\w+)['\"]")
    for path in [*(ROOT / "visitation").rglob("*.py"), *(ROOT / "templates").rglob("*.html")]:
        assert set(pattern.findall(path.read_text(encoding="utf-8"))) <= OUTCOMES, path


def test_lists_of_codes_agree() -> None:
    assert KEEPS_ALLOWANCE | TOOK_PLACE <= OUTCOMES
    assert set(WRITTEN_OUTCOMES) | set(NOT_HELD) | set(END_REASONS.values()) | {code for code, _seconds, _cause in INVENTED} <= OUTCOMES
    assert not WIRE_OUTCOMES & OUTCOMES
    assert {code.removeprefix("OUTCOME_").lower() for code in SENTENCES if code.startswith("OUTCOME_")} == set(KEEPS_ALLOWANCE), (
        "each that is told, and no other"
    )


def test_every_code_has_words() -> None:
    assert set(booking_words.OUTCOMES) == set(booking_words.STAFF_OUTCOMES) == OUTCOMES
    assert set(words.OUTCOME_WORDS) >= set(WRITTEN_OUTCOMES)
    assert WIRE_OUTCOMES - {"withdrawn", "expired", "refused", "ended"} <= set(words.WIRE_OUTCOME_WORDS)


def test_whatever_a_broker_says_becomes_an_outcome_of_a_booking() -> None:
    for said in (*WIRE_OUTCOMES, *WRITTEN_OUTCOMES, "BROKER_LOST", "something new"):
        for flags in range(32):
            bits = [bool(flags >> n & 1) for n in range(5)]
            assert outcome(Course(said, "rule: 3", bits[0], bits[1], bits[2], bits[3], bits[4])) in OUTCOMES
