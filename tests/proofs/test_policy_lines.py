"""Deleting any one line of the policy turns a test red: every piece of `policy.py` is taken away once, and the unit tests have to notice.

`make proof PROOF=policy`. Each change runs in a process of its own that was forked behind the imports; it prints one line of JSON at its end.
"""

import ast
import contextlib
import copy
import importlib
import io
import json
import os
import sys
import types
from collections.abc import Iterator
from pathlib import Path

import pytest

from visitation.signalling import policy

SOURCE = Path(policy.__file__)
TESTS = ["tests/unit/test_signalling_policy_table.py", "tests/unit/test_signalling_policy.py", "tests/unit/test_signalling_session.py"]
ROOT = Path(__file__).parents[2]


def changes(tree: ast.Module) -> Iterator[tuple[str, ast.Module]]:
    """Every tree with one piece less: (where and what, the tree)."""
    for number, node in enumerate(ast.walk(tree)):
        for name, work in _pieces(node):
            changed = copy.deepcopy(tree)
            twin = list(ast.walk(changed))[number]
            work(twin)
            yield f"{getattr(node, 'lineno', 0)}: {name}", ast.fix_missing_locations(changed)


def _pieces(node: ast.AST) -> Iterator[tuple[str, object]]:
    if isinstance(node, ast.FunctionDef):
        for place, statement in enumerate(node.body):
            if isinstance(statement, ast.If):
                yield f"line {statement.lineno} deleted", lambda twin, at=place: twin.body.__delitem__(at)
    elif isinstance(node, ast.BoolOp):
        for place, operand in enumerate(node.values):
            yield f"operand {ast.unparse(operand)!r} deleted", lambda twin, at=place: twin.values.__delitem__(at)
    elif isinstance(node, ast.Set) or (isinstance(node, ast.Tuple) and isinstance(node.ctx, ast.Load)):
        yield from _elements(node)
    elif isinstance(node, ast.Return | ast.keyword | ast.UnaryOp):
        yield from _reversals(node)


def _reversals(node: ast.Return | ast.keyword | ast.UnaryOp) -> Iterator[tuple[str, object]]:
    if isinstance(node, ast.Return) and node.value is not None and _decides(node.value):
        for word in {True, False} - {getattr(node.value, "value", None)}:
            yield f"returns {word} instead of {ast.unparse(node.value)!r}", lambda twin, value=word: setattr(twin, "value", ast.Constant(value))
    elif isinstance(node, ast.keyword) and node.arg != "frozen" and isinstance(node.value, ast.Constant) and isinstance(node.value.value, bool):
        yield f"{node.arg}={not node.value.value}", lambda twin: setattr(twin.value, "value", not twin.value.value)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield f"{ast.unparse(node)!r} always true", lambda twin: setattr(twin, "operand", ast.Constant(value=False))


def _elements(node: ast.Set | ast.Tuple) -> Iterator[tuple[str, object]]:
    if len(node.elts) < 2 or any(isinstance(one, ast.Lambda) for one in node.elts):
        return
    for place, one in enumerate(node.elts):
        annotation = isinstance(node, ast.Tuple) and isinstance(one, ast.Name | ast.Constant)
        if not annotation:
            yield f"element {ast.unparse(one)!r} deleted", lambda twin, at=place: twin.elts.__delitem__(at)


def _decides(value: ast.expr) -> bool:
    return isinstance(value, ast.Compare | ast.BoolOp | ast.UnaryOp | ast.Attribute | ast.Constant | ast.IfExp) and not (
        isinstance(value, ast.Constant) and not isinstance(value.value, bool)
    )


def survives(tree: ast.Module) -> bool:
    """Whether no test notices. The tests run in a forked process with the changed policy in place of the real one."""
    pid = os.fork()
    if pid == 0:
        os._exit(_judge(tree))
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def _judge(tree: ast.Module) -> int:
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    try:
        for name in [name for name in sys.modules if name.startswith(("visitation.signalling", "tests.unit"))]:
            del sys.modules[name]
        importlib.import_module("visitation.signalling")
        made = types.ModuleType("visitation.signalling.policy")
        made.__file__ = str(SOURCE)
        sys.modules[made.__name__] = made
        exec(compile(tree, str(SOURCE), "exec"), made.__dict__)
        with contextlib.redirect_stdout(io.StringIO()):
            return int(pytest.main(["-q", "-x", "-p", "no:cacheprovider", *TESTS]))
    except BaseException:
        return 70


@pytest.mark.timeout(3600)
def test_no_line_of_the_policy_can_go_unnoticed() -> None:
    tree = ast.parse(SOURCE.read_text(encoding="utf-8"))
    assert survives(tree), "the unchanged policy has to pass"
    every = list(changes(tree))
    alive = [name for name, changed in every if survives(changed)]
    sys.stdout.write(json.dumps({"name": "policy.changes", "changes": len(every), "unnoticed": alive}, ensure_ascii=False) + "\n")
    assert alive == []
