"""Every act that the code can record has words, and no words stand for an act that nobody records."""

import ast
from collections.abc import Iterator
from pathlib import Path

from consult.acts import ACTS as CONSULT_ACTS
from visitation.audit.words import ACTS, act_words
from visitation.supervision.journal import AUDITED
from visitation.supervision.rules import ABSENT, CONFIRMED, FAILED

ROOT = Path(__file__).parents[2]
KNOWN = set(ACTS) | set(CONSULT_ACTS)
PLACE = 2
"""Where the act stands among the arguments of `record`."""
ENDINGS = {"session.": AUDITED, "recording.": {"stored", "damaged"}, "visit.identity_": {CONFIRMED, FAILED, ABSENT}}
"""What may follow where the code puts an act together from a value."""


def named(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else call.func.id if isinstance(call.func, ast.Name) else ""


def constants(tree: ast.Module) -> dict[str, str]:
    """Texts under names of a module, `A, B = "a", "b"` too."""
    found = {}
    for node in tree.body:
        if isinstance(node, ast.Assign):
            target = node.targets[0]
            names = target.elts if isinstance(target, ast.Tuple) else [target]
            values = node.value.elts if isinstance(node.value, ast.Tuple) else [node.value]
            found.update({n.id: v.value for n, v in zip(names, values, strict=False) if isinstance(n, ast.Name) and isinstance(v, ast.Constant)})
    return found


def read(node: ast.expr, known: dict[str, str]) -> Iterator[str]:
    """All values that an expression for an act may have."""
    if isinstance(node, ast.Constant):
        yield str(node.value)
    elif isinstance(node, ast.IfExp):
        yield from read(node.body, known)
        yield from read(node.orelse, known)
    elif isinstance(node, ast.Name) and node.id in known:
        yield known[node.id]
    elif isinstance(node, ast.JoinedStr):
        first, second = node.values
        assert isinstance(first, ast.Constant)
        assert isinstance(second, ast.FormattedValue)
        begin = str(first.value)
        endings = set(read(second.value, known)) if isinstance(second.value, ast.IfExp) else ENDINGS[begin]
        yield from (f"{begin}{ending}" for ending in endings)
    else:
        raise AssertionError(f"an act that this test cannot read: {ast.unparse(node)}")


def act_place(function: ast.FunctionDef) -> int | None:
    """Where a function takes an act that it hands on to `record`."""
    places = [n for n, one in enumerate(function.args.args) if one.arg == "act" and isinstance(one.annotation, ast.Name) and one.annotation.id == "str"]
    return places[0] if places else None


def passing_on(tree: ast.Module) -> dict[str, int]:
    """Functions of a module that hand an act on, and where they take it."""
    return {node.name: place for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and (place := act_place(node)) is not None}


def module(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def acts_of(tree: ast.Module, elsewhere: dict[str, dict[str, int]]) -> Iterator[str]:
    """`elsewhere`: what each module has that hands an act on."""
    known, passed_on = constants(tree), passing_on(tree)
    for node in tree.body:
        if isinstance(node, ast.ImportFrom):
            there = elsewhere.get(node.module or "", {})
            passed_on |= {one.asname or one.name: there[one.name] for one in node.names if one.name in there}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = named(node)
        place = PLACE if name == "record" else passed_on.get(name)
        if place is None or len(node.args) <= place:
            continue
        given = node.args[place]
        if not (isinstance(given, ast.Name) and given.id == "act"):
            yield from read(given, known)


def recorded() -> set[str]:
    rooms = [
        path
        for house in ("visitation", "consult")
        for path in (ROOT / house).rglob("*.py")
        if "migrations" not in path.parts and "signalling" not in path.parts
    ]
    trees = {module(path): ast.parse(path.read_text(encoding="utf-8")) for path in rooms}
    elsewhere = {name: passing_on(tree) for name, tree in trees.items()}
    return {act for tree in trees.values() for act in acts_of(tree, elsewhere)}


def test_every_act_has_words_and_every_word_an_act() -> None:
    found = recorded()
    assert {"kinship.approve", "staff.sign_in", "recording.stored", "session.gate", "kinship.overdue", "mobile_change.refuse"} <= found, "the search finds them"
    assert found - KNOWN == set(), "put it into visitation/audit/words.py or consult/acts.py"
    assert KNOWN - found == set(), "nobody records this any more"


def test_an_unknown_act_is_shown_by_its_code() -> None:
    assert act_words()("old.act") == "old.act"


def test_acts_of_rooms_above_have_words_too() -> None:
    assert act_words(CONSULT_ACTS)("institution.close") == CONSULT_ACTS["institution.close"]
