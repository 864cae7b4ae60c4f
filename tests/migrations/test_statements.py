"""Frozen SQL files are cut where their statements end, and nowhere else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import migrations
from migrations.statements import split, statements_of
from persistence.upgrading import newest_revision

FOLDER = Path(migrations.__file__).parent / "sql"

words = st.text("abcdefgh XYZ019_,.()=<>|&\n", min_size=1)
inner = st.text("ab ;'\"-/*\n")
strings = inner.map(lambda text: "'" + text.replace("'", "''") + "'")
identifiers = inner.map(lambda text: '"' + text.replace('"', '""') + '"')
line_comments = st.text("ab ;'\"$").map(lambda text: f"--{text}\n")
block_comments = st.text("ab ;'\"$-\n").map(lambda text: f"/*{text}*/")
bodies = st.tuples(st.sampled_from(["", "body", "_1"]), inner).map(lambda tag: f"${tag[0]}${tag[1]}${tag[0]}$")
pieces = st.one_of(words, strings, identifiers, line_comments, block_comments, bodies)
# Two strings side by side would be one string with a quote in it, and likewise the others: a space keeps them apart.
statements = st.lists(pieces, max_size=6).map(lambda parts: " ".join(["SELECT", *parts]).strip())


@given(st.lists(statements, max_size=5), st.sampled_from(["\n;", "\n;\n", " \n ;\n\n"]))
def test_statements_come_back_as_they_were_joined(parts: list[str], end: str) -> None:
    assert list(split("".join(part + end for part in parts))) == [part.strip() for part in parts]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("-- nothing but a comment; really\n", []),
        ("SELECT 1;", ["SELECT 1"]),
        ("SELECT 1;\n\nSELECT 2;\n", ["SELECT 1", "SELECT 2"]),
        ("SELECT ';';SELECT 2;", ["SELECT ';'", "SELECT 2"]),
        ("SELECT 'it''s; so';", ["SELECT 'it''s; so'"]),
        ("-- why; and why not\nSELECT 1;", ["-- why; and why not\nSELECT 1"]),
        ("-- it's open\nSELECT 1;", ["-- it's open\nSELECT 1"]),
        ("/* a; b */ SELECT 1;", ["/* a; b */ SELECT 1"]),
        ('SELECT 1 AS "a;b";', ['SELECT 1 AS "a;b"']),
        ("DO $$ BEGIN PERFORM 1; END $$;", ["DO $$ BEGIN PERFORM 1; END $$"]),
        ("DO $a$ SELECT $$;$$; $a$;", ["DO $a$ SELECT $$;$$; $a$"]),
        ("SELECT $$it's$$; SELECT 2;", ["SELECT $$it's$$", "SELECT 2"]),
        ("SELECT 1; -- the end;", ["SELECT 1"]),
        ("f BEGIN ATOMIC\n  SELECT 1;\nEND;SELECT 2;", ["f BEGIN ATOMIC\n  SELECT 1;\nEND", "SELECT 2"]),
    ],
)
def test_a_semicolon_ends_a_statement_only_outside_of_what_is_quoted(text: str, expected: list[str]) -> None:
    assert list(split(text)) == expected


@pytest.mark.parametrize("text", ["SELECT 1", "SELECT 1; SELECT 2", "SELECT 1;\n-- then\nSELECT 2\n"])
def test_a_last_statement_without_its_semicolon_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="the last statement has no semicolon"):
        list(split(text))


@pytest.mark.parametrize("text", ["SELECT 'a;", 'SELECT "a;', "DO $$ SELECT 1;", "DO $a$ SELECT $$;", "SELECT 1 /* a;"])
def test_what_is_quoted_and_not_closed_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="nothing closes"):
        list(split(text))


@pytest.mark.parametrize("text", [";", "SELECT 1;;", "-- a comment;\n;"])
def test_an_empty_statement_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="an empty statement"):
        list(split(text))


def test_files_run_in_the_order_of_their_names() -> None:
    found = list(statements_of(newest_revision()))
    assert found[0].endswith("CREATE SCHEMA access")
    assert found.index("CREATE SCHEMA ledger") < next(
        position for position, text in enumerate(found) if "CREATE TABLE ledger.heads" in text
    )


@pytest.mark.parametrize("path", sorted(FOLDER.rglob("*.sql")), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_no_file_uses_what_the_splitter_does_not_know(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert list(split(text))
    assert re.findall(r"(?i)\bBEGIN\s+ATOMIC\b(?-i:(?<!BEGIN ATOMIC)|(?!\n))|\b[EU]&?'|/\*[^*]*/\*", text) == []
