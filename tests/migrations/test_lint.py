"""The SQL that migrations run passes squawk, with the exceptions that `.squawk.toml` explains."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from alembic import command

import persistence
from persistence.upgrading import alembic_config

ROOT = Path(persistence.__file__).parent.parent
SQUAWK = Path(sys.executable).parent / "squawk"

# Alembic's own bookkeeping table, with its one varchar, is not ours to change.
_BOOKKEEPING = re.compile(r"CREATE TABLE migrations\.revisions \(.*?\);", re.DOTALL)


def lint(sql: str) -> list[dict[str, Any]]:
    """What squawk finds in a script, under the configuration of this repository."""
    done = subprocess.run(
        [SQUAWK, "--config", ROOT / ".squawk.toml", "--reporter", "json", "--stdin-filepath", "migration.sql"],
        input=sql,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def migration_script() -> str:
    """All revisions as the SQL that Alembic would run."""
    config = alembic_config()
    script = io.StringIO()
    config.output_buffer = script
    command.upgrade(config, "head", sql=True)
    return script.getvalue()


def test_the_linter_finds_nothing_in_the_migrations() -> None:
    script, replaced = _BOOKKEEPING.subn("", migration_script())
    assert replaced == 1
    assert "CREATE TABLE ledger.entries" in script
    assert [(found["line"], found["rule_name"], found["message"]) for found in lint(script)] == []


@pytest.mark.parametrize(
    ("statement", "rule"),
    [
        ("ALTER TABLE app.members ADD COLUMN points bigint NOT NULL", "adding-required-field"),
        ("CREATE INDEX members_status_idx ON app.members (status)", "require-concurrent-index-creation"),
        ("ALTER TABLE app.members ADD CONSTRAINT short CHECK (number < 9)", "constraint-missing-not-valid"),
        ("ALTER TABLE app.members RENAME COLUMN number TO position", "renaming-column"),
        ("ALTER TABLE app.members DROP COLUMN sex", "ban-drop-column"),
        ("ALTER TABLE app.members ALTER COLUMN number TYPE bigint", "changing-column-type"),
        ("CREATE TABLE app.notes (words varchar(9) NOT NULL)", "prefer-text-field"),
        ("CREATE TABLE app.notes (made_at timestamp NOT NULL)", "prefer-timestamp-tz"),
        ("SELEC 1", "syntax-error"),
    ],
)
def test_the_linter_would_find_what_locks_or_breaks_a_table_in_use(statement: str, rule: str) -> None:
    assert rule in {found["rule_name"] for found in lint(f"BEGIN;\n{statement};\nCOMMIT;")}
