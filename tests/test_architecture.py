"""The walls of the house. Each test names the way to mend what it finds."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import House
from visitation.web.door import access_table

ROOT = Path(__file__).parents[1]
PRODUCT = [path for room in ("visitation", "consult") for path in sorted((ROOT / room).rglob("*.py")) if "migrations" not in path.parts]
PRODUCT += [ROOT / "config.py", ROOT / "wsgi.py"]
FRAMEWORKS = {"flask", "sqlalchemy", "flask_sqlalchemy", "flask_login", "flask_wtf", "wtforms", "aiortc", "aiohttp"}
CAPABILITIES = {
    "accounts",
    "people",
    "policies",
    "timetable",
    "bookings",
    "supervision",
    "notices",
    "audit",
    "reports",
    "uploads",
    "jobs",
    "live",
    "movements",
    "officers",
    "calendars",
}
OPEN_ROOMS = {"service", "queries", "rules", "models", "rules_staff"}
"""rules_staff: what the prison's side decides about people (lamps, who sees whom), pure like rules; the desk counts with the same lamps."""


def module(path: Path) -> str:
    parts = list(path.relative_to(ROOT).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module(path): path for path in PRODUCT}
TREES = {name: ast.parse(path.read_text(encoding="utf-8")) for name, path in MODULES.items()}


def imports(name: str) -> Iterator[str]:
    """Modules that a module imports, inside functions too."""
    for node in ast.walk(TREES[name]):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" if f"{node.module}.{alias.name}" in MODULES else node.module for alias in node.names)


def imports_any(names: list[str], forbidden: set[str]) -> list[str]:
    return [f"{name} imports {used}" for name in names for used in imports(name) if used.split(".")[0] in forbidden]


def is_rules(name: str) -> bool:
    """`rules`, and `rules_<subject>` where one file would be too long."""
    return name.rpartition(".")[2].partition("_")[0] == "rules"


def test_rules_and_kernel_are_pure() -> None:
    pure = [name for name in MODULES if name.startswith("visitation.kernel") or is_rules(name)]
    assert len(pure) >= 5
    found = imports_any(pure, FRAMEWORKS)
    assert not found, f"rules and kernel know no framework; move the reading into queries.py: {found}"


def test_rules_know_only_kernel_and_rules() -> None:
    found = [
        f"{name} imports {used}"
        for name in MODULES
        if is_rules(name)
        for used in imports(name)
        if used.startswith(("visitation.", "consult.")) and not used.startswith("visitation.kernel") and not is_rules(used)
    ]
    assert not found, f"a rule gets its facts as arguments: {found}"


def test_kernel_is_standard_library_only() -> None:
    found = [
        f"{name} imports {used}"
        for name in MODULES
        if name.startswith("visitation.kernel")
        for used in imports(name)
        if used.startswith("visitation.") and not used.startswith("visitation.kernel")
    ]
    assert not found


def test_the_broker_knows_no_flask_and_no_database() -> None:
    broker = [name for name in MODULES if name.startswith("visitation.signalling")]
    found = imports_any(broker, {"flask", "sqlalchemy", "flask_sqlalchemy", "psycopg", "sqlite3"})
    found += [
        f"{name} imports {used}"
        for name in broker
        for used in imports(name)
        if used.startswith("visitation.") and not used.startswith(("visitation.kernel", "visitation.signalling"))
    ]
    assert not found, f"the broker is told by tokens and commands: {found}"


def test_visitation_never_imports_consult() -> None:
    found = imports_any([name for name in MODULES if name.startswith("visitation")], {"consult"})
    assert not found, f"register a provider in wsgi.py instead: {found}"


def test_capabilities_meet_only_in_open_rooms() -> None:
    found = []
    for name in MODULES:
        here = name.split(".")[1] if name.startswith("visitation.") else ""
        if here not in CAPABILITIES:
            continue
        for used in imports(name):
            parts = used.split(".")
            if len(parts) > 2 and parts[0] == "visitation" and parts[1] in CAPABILITIES and parts[1] != here and parts[2] not in OPEN_ROOMS:
                found.append(f"{name} imports {used}")
    assert not found, f"between capabilities import service, queries, rules or models: {found}"


def test_there_is_no_import_cycle() -> None:
    graph = {name: {used for used in imports(name) if used in MODULES and used != name} for name in MODULES}
    done: set[str] = set()

    def visit(name: str, trail: list[str]) -> None:
        assert name not in trail, f"import cycle: {' -> '.join([*trail[trail.index(name) :], name])}"
        if name not in done:
            for used in sorted(graph[name]):
                visit(used, [*trail, name])
            done.add(name)

    for name in sorted(graph):
        visit(name, [])


def places(pattern: str) -> set[str]:
    return {name for name, path in MODULES.items() if re.search(pattern, path.read_text(encoding="utf-8"))}


def test_one_file_commits() -> None:
    assert places(r"\.commit\(") == {"visitation.store.transaction"}, "use store.transaction.perform"


def test_one_file_reads_the_wall_clock() -> None:
    pattern = r"datetime\.(now|utcnow|today)\(|date\.today\(|\btime\.(time|monotonic|time_ns|monotonic_ns|perf_counter)\b"
    assert places(pattern) == {"visitation.kernel.clock"}, "take `now` as an argument"


def test_files_and_functions_stay_small() -> None:
    long_files = [f"{name}: {lines}" for name, path in MODULES.items() if (lines := len(path.read_text(encoding="utf-8").splitlines())) > 400]
    long_functions = [
        f"{name}.{node.name}: {length}"
        for name, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and (length := (node.end_lineno or 0) - node.lineno + 1) > 50
    ]
    assert not long_files + long_functions, f"the design wants a new room: {long_files + long_functions}"


@pytest.mark.parametrize("zone", ["family", "prison"])
def test_every_endpoint_declares_who_may_enter(house: House, zone: str) -> None:
    app = getattr(house, zone)
    declared = access_table(app)
    silent = [rule.endpoint for rule in app.url_map.iter_rules() if rule.endpoint not in declared and not rule.endpoint.endswith("static")]
    assert not silent, f"put @door(...) or @open_door beside the view: {silent}"


def test_the_family_process_contains_no_prison_route(house: House) -> None:
    shared = {rule.rule for rule in house.family.url_map.iter_rules()} & {rule.rule for rule in house.prison.url_map.iter_rules()}
    own = {
        module(Path(ROOT / view.__code__.co_filename))
        for view in (v.__wrapped__ if hasattr(v, "__wrapped__") else v for v in house.family.view_functions.values())
        if str(ROOT) in view.__code__.co_filename and ".venv" not in view.__code__.co_filename
    }
    assert not [name for name in own if name.endswith("_prison")]
    assert "/healthz" in shared


def test_templates_have_no_inline_script_or_style() -> None:
    inline = re.compile(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=", re.IGNORECASE)
    found = [
        f"{path.relative_to(ROOT)}: {match.group(0)}"
        for path in (ROOT / "templates").rglob("*.html")
        for match in inline.finditer(path.read_text(encoding="utf-8"))
    ]
    assert not found, f"move it to static/js or static/css: {found}"
