"""The page on permissions says what the declaration says."""

from __future__ import annotations

from pathlib import Path

from persistence.roles import LOGINS, OWNER, ROLES
from tests.permissions.page import entry_kinds, rules, scopes, vocabulary

PAGE = (Path(__file__).parents[2] / "docs" / "permissions.md").read_text(encoding="utf-8")
HINT = "copy what `python -m tests.permissions.page` prints into docs/permissions.md"


def test_the_page_has_the_declared_vocabulary_rules_scopes_and_entry_kinds() -> None:
    for table in (vocabulary(), rules(), scopes(), entry_kinds()):
        assert f"\n\n{table}\n\n" in PAGE, HINT


def test_the_page_names_every_role_of_the_database() -> None:
    for role in (OWNER, *ROLES, *LOGINS):
        assert f"`{role}`" in PAGE, role
