"""The page on errors: current, complete, and every code in the source is on it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from domain.errors import ErrorCode
from graph.codes import CODES
from graph.schema import schema
from operations.schema import ERRORS_FILE
from operations.schema_care.catalogue import error_catalogue
from tests.operations.command_line import ROOT, kibubu

PAGE = error_catalogue(schema._schema)
ROWS = {row.split("`")[1]: row for row in PAGE.splitlines() if row.startswith("| `")}


def codes_in_source() -> Iterator[str]:
    """What classes say of themselves as `code`, what dictionaries and calls give as one."""
    for file in sorted((ROOT / "graph").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            yield from (text for each in _codes(node, file.name) for text in _text(each))


def _codes(node: ast.AST, file: str) -> list[ast.expr]:
    match node:
        case ast.Assign(targets=[ast.Name(id="code")]):
            return [node.value]
        case ast.Dict():
            pairs = zip(node.keys, node.values, strict=True)
            return [value for key, value in pairs if isinstance(key, ast.Constant) and key.value == "code"]
        case ast.Tuple(elts=[_, code, _]) if file == "errors.py":
            return [code]
        case ast.Call(func=ast.Name(id="_refused" | "encode_error")):
            return node.args
        case _:
            return []


def _text(node: ast.expr) -> list[str]:
    is_code = isinstance(node, ast.Constant) and isinstance(node.value, str) and re.fullmatch("[A-Z_]+", node.value)
    return [str(node.value)] if is_code and isinstance(node, ast.Constant) else []


def test_the_page_is_current() -> None:
    assert ERRORS_FILE.read_text(encoding="utf-8") == PAGE


def test_every_code_of_the_source_has_its_meaning() -> None:
    found = set(codes_in_source())
    assert len(found) > 20
    assert found - CODES.keys() == set()


def test_every_reason_of_every_mutation_has_a_row_with_its_meaning_and_who_raises_it() -> None:
    reasons = {
        (value, name.removesuffix("ErrorReason"))
        for name, kind in schema._schema.type_map.items()
        if name.endswith("ErrorReason")
        for value in kind.values
    }
    assert len(reasons) > 60
    for reason, mutation in reasons:
        assert f"`{mutation[0].lower()}{mutation[1:]}`" in ROWS[reason]
    assert ROWS["MEETING_CLOSED"].split(" | ")[1:3] == ["NOT_ALLOWED", "The meeting is closed."]
    assert "`maximum`" in ROWS["TEXT_TOO_LONG"]
    assert all(f"| `{code}` |" in PAGE for code in (*CODES, *ErrorCode))


def test_no_cell_of_the_page_is_empty_where_a_meaning_belongs() -> None:
    for row in ROWS.values():
        cells = [cell.strip() for cell in row.strip("|").split("|")]
        assert cells[1]
        assert (cells[2] if len(cells) > 2 else cells[1]).endswith(".")


def test_the_commands_say_whether_the_files_are_current(tmp_path: Path) -> None:
    checked = kibubu(tmp_path, "errors", "--check")
    assert (checked.returncode, checked.stdout) == (0, "")
    assert kibubu(tmp_path, "errors").stdout == PAGE
    linted = kibubu(tmp_path, "schema", "--check", "--lint")
    assert (linted.returncode, linted.stdout) == (0, "The schema keeps its rules, and what release 0.1.0 promised.\n")
