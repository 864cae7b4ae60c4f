"""The rules of the house, read off the source: who imports whom, where SQL is written, how long a file may be."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FLOORS = ("domain", "persistence", "graph", "operations", "migrations")
LINES_MAX = 400

MAY_IMPORT = {
    "domain": {"domain"},
    "persistence": {"domain", "persistence", "migrations"},
    "graph": {"domain", "persistence", "graph"},
    "operations": set(FLOORS),
    "migrations": {"domain", "persistence", "migrations"},
}
LIBRARIES_OF_THE_DOMAIN = {"dateutil", "phonenumbers"}

BEGINS_TRANSACTIONS = {
    "persistence/database.py",
    "persistence/migrate.py",
    "persistence/upgrading.py",
    "persistence/access/users.py",  # the first administrator, who is made as the owner
    "persistence/access/platform.py",  # what the operator decides, which is written as the owner
    "persistence/documents.py",  # what builds register, which is written as the owner
    "operations/owner.py",
}
"""Who may change the role or a setting of a session, beside the embedded server's own folder and the migrations."""

ENTERS = {"persistence/viewer.py", "persistence/boundary.py"}
"""Who may make a viewer of a principal."""

ASKS_THE_DATABASE = {"execute", "executemany", "fetch", "fetchrow", "fetchval", "cursor", "write", "write_returning"}
TAKES_ANY_TEXT = {
    "persistence/migrate.py",  # roles and schemas have no parameters
    "persistence/upgrading.py",  # as above
    "persistence/observing.py",  # passes on what it is given
    "persistence/roles.py",
    "persistence/embedded/cluster.py",
    "persistence/access/users.py",  # the name of the owner, a constant
    "persistence/access/platform.py",  # the same
    "persistence/documents.py",  # the same
    "operations/owner.py",  # the same, and the name of a database that is a constant
    "persistence/reads/pages.py",  # puts a declared listing together; see the test of listings
}

_STATEMENT = re.compile(r"^\s*(SET|BEGIN|RESET|START TRANSACTION|COMMIT|ROLLBACK|SAVEPOINT)\b", re.IGNORECASE)
_LATER_STATEMENT = re.compile(r";\s*(SET|BEGIN|RESET|COMMIT)\b", re.IGNORECASE)
_SETS = re.compile(r"\bset_config\s*\(", re.IGNORECASE)
_ENTERS = re.compile(r"\bapp\.(enter|enter_machine|enter_command|enter_machine_command|fill_viewer)\s*\(")


def _files(*floors: str) -> list[Path]:
    return sorted(
        file
        for floor in floors
        for file in (ROOT / floor).rglob("*.py")
        if not {"node_modules", "build", "__pycache__"} & set(file.parts)
    )


def _name(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


def _tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"), filename=str(file))


def _imports(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module


def _texts(tree: ast.Module) -> Iterator[str]:
    """Every text in the code that is no docstring, with the constant parts of f-strings joined."""
    described = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in described:
            yield node.value
        elif isinstance(node, ast.JoinedStr):
            yield "".join(part.value if isinstance(part, ast.Constant) else "…" for part in node.values)


def _is_owned_by_the_server(name: str) -> bool:
    return name.startswith(("persistence/embedded/", "migrations/"))


@pytest.mark.parametrize("floor", FLOORS)
def test_a_floor_imports_only_the_floors_below_it(floor: str) -> None:
    wrong = {
        (_name(file), module)
        for file in _files(floor)
        for module in _imports(_tree(file))
        if module.split(".")[0] in FLOORS and module.split(".")[0] not in MAY_IMPORT[floor]
    }
    assert wrong == set()


def test_the_domain_needs_nothing_but_the_standard_library_and_two_pure_ones() -> None:
    allowed = sys.stdlib_module_names | LIBRARIES_OF_THE_DOMAIN | {"domain"}
    wrong = {
        (_name(file), module)
        for file in _files("domain")
        for module in _imports(_tree(file))
        if module.split(".")[0] not in allowed
    }
    assert wrong == set()


def test_the_engine_knows_nothing_of_what_it_serves() -> None:
    known = {*sys.stdlib_module_names, "strawberry", "graphql", "aiodataloader"}
    wrong = {
        (_name(file), name)
        for file in _files("graph/engine")
        for name in _imports(_tree(file))
        if name.partition(".")[0] not in known and not name.startswith("graph.engine")
    }
    assert wrong == set()


def test_imports_are_written_in_full() -> None:
    wrong = {
        _name(file)
        for file in _files(*FLOORS)
        for node in ast.walk(_tree(file))
        if isinstance(node, ast.ImportFrom) and node.level
    }
    assert wrong == set()


def test_no_file_is_longer_than_a_person_can_hold_in_mind() -> None:
    lines = {_name(file): len(file.read_text(encoding="utf-8").splitlines()) for file in _files(*FLOORS)}
    assert {name: count for name, count in lines.items() if count > LINES_MAX} == {}


def test_no_module_is_named_for_having_no_subject() -> None:
    vague = {"utils", "util", "helpers", "common", "misc"}
    assert [_name(file) for file in _files(*FLOORS, "tests", "bench") if vague & {file.stem, file.parent.name}] == []


def test_every_module_says_what_it_offers() -> None:
    silent = set()
    for file in _files("domain", "persistence", "graph", "operations"):
        tree = _tree(file)
        has_definitions = any(
            isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) for node in tree.body
        )
        says = any(
            isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "__all__" for t in node.targets)
            for node in tree.body
        )
        if has_definitions and not says:
            silent.add(_name(file))
    assert silent == set()


def test_only_the_unit_of_work_begins_transactions_and_changes_settings() -> None:
    wrong = {
        (_name(file), text)
        for file in _files("domain", "persistence", "graph", "operations")
        if _name(file) not in BEGINS_TRANSACTIONS and not _is_owned_by_the_server(_name(file))
        for text in _texts(_tree(file))
        if _looks_like_sql(text) and (_STATEMENT.search(text) or _LATER_STATEMENT.search(text) or _SETS.search(text))
    }
    assert wrong == set()


def _looks_like_sql(text: str) -> bool:
    """Whether a text that begins with a word of SQL goes on like SQL: sentences begin with "Set", too."""
    word = text.split(maxsplit=1)[0] if text.split() else ""
    return word.isupper() or bool(_LATER_STATEMENT.search(text) or _SETS.search(text))


def test_only_the_viewer_module_and_the_boundary_enter() -> None:
    wrong = {
        _name(file)
        for file in _files("domain", "persistence", "graph", "operations")
        if _name(file) not in ENTERS
        for text in _texts(_tree(file))
        if _ENTERS.search(text)
    }
    assert wrong == set()


def _is_constant(node: ast.expr, names: frozenset[str]) -> bool:
    """Whether an expression is text that was fixed when the module was imported."""
    match node:
        case ast.Constant():
            return isinstance(node.value, str)
        case ast.Name():
            return node.id in names or node.id.lstrip("_").isupper()
        case ast.Subscript():
            return _is_constant(node.value, names)
        case ast.IfExp():
            return _is_constant(node.body, names) and _is_constant(node.orelse, names)
        case _:
            return False


def _statements(tree: ast.Module) -> Iterator[tuple[ast.Call, frozenset[str]]]:
    """The calls that send SQL, each with the names that stand for the caller's own text in that function."""
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            # A function that takes a statement is itself one that asks the database; its callers are looked at.
            passed_on = frozenset(each.arg for each in function.args.args if each.arg == "statement")
            for node in ast.walk(function):
                is_call = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
                if is_call and node.func.attr in ASKS_THE_DATABASE and node.args:
                    yield node, passed_on


def test_statements_are_constant_text() -> None:
    wrong = {
        (_name(file), call.lineno, ast.unparse(call.args[0]))
        for file in _files("persistence", "graph", "operations")
        if _name(file) not in TAKES_ANY_TEXT and not _name(file).startswith("graph/engine/")
        for call, passed_on in _statements(_tree(file))
        if not _is_no_database(call) and not _is_constant(call.args[0], passed_on)
    }
    assert wrong == set()


def _is_no_database(call: ast.Call) -> bool:
    """Whether a `write` goes to a stream, or an `execute` to the GraphQL schema."""
    asked = ast.unparse(call.func).split(".")[-2]
    return asked in {"file", "stream", "_stream", "stdin", "stdout", "stderr", "os", "schema"}


def _listings(tree: ast.AST) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Listing":
            yield node


def test_listings_are_declared_at_import_and_not_for_a_request() -> None:
    declared, wrong = 0, set()
    for file in _files("persistence", "graph", "operations"):
        tree = _tree(file)
        declared += len(list(_listings(tree)))
        requests = [node for node in ast.walk(tree) if isinstance(node, ast.AsyncFunctionDef)]
        wrong |= {(_name(file), call.lineno) for request in requests for call in _listings(request)}
        wrong |= {
            (_name(file), call.lineno)
            for call in _listings(tree)
            if any(isinstance(part, ast.JoinedStr) for part in ast.walk(call))
        }
    assert declared > 0
    assert wrong == set()


def test_the_words_that_are_checked_are_caught_when_they_are_there() -> None:
    bad = ast.parse("async def read(connection, name):\n    await connection.fetch(f'SELECT {name}')\n")
    (call, passed_on), *_ = _statements(bad)
    assert not _is_constant(call.args[0], passed_on)
    assert _STATEMENT.search("  set local role kibubu_app")
    assert _LATER_STATEMENT.search("SELECT 1; SET ROLE kibubu_app")
    assert _ENTERS.search("SELECT (app.enter($1, $2)).*")
    assert not _ENTERS.search("SELECT app.enter_write($1)")


def test_money_is_never_a_float() -> None:
    wrong = set()
    for file in _files("domain", "persistence", "graph"):
        if _name(file).startswith(
            (
                "persistence/embedded/",
                "persistence/feed.py",
                "persistence/access/machine_uses.py",
                "graph/http/",
                "graph/telemetry/",
                "graph/persisted.py",
                "graph/limits/",
                "graph/subscriptions/",
                "graph/ledger/verifying.py",
            )
        ):
            continue  # seconds and odds, not shillings
        for node in ast.walk(_tree(file)):
            if isinstance(node, ast.Name) and node.id == "float":
                wrong.add((_name(file), node.lineno))
    assert wrong == set()


def test_the_domain_ends_no_transaction() -> None:
    ends = {"commit", "rollback"}
    wrong = {
        (_name(file), node.lineno)
        for file in _files("domain")
        for node in ast.walk(_tree(file))
        if isinstance(node, ast.Attribute) and node.attr in ends
    }
    assert wrong == set()


def test_no_file_names_a_registry_or_a_machine() -> None:
    address = re.compile(r"--(extra-)?index-url|--find-links|files\.pythonhosted\.org|https?://pypi\.")
    locks = ("requirements.lock", "requirements-dev.lock", "tests/clients/python/ariadne-codegen.lock")
    assert {name for name in locks if address.search((ROOT / name).read_text())} == set()
