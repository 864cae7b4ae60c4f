"""The commands on a home of their own, from an empty folder to a restored backup."""

from __future__ import annotations

import re
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest

from persistence.embedded import EmbeddedServer
from persistence.upgrading import newest_revision
from tests.operations.command_line import PASSWORD, init, is_empty, kibubu

GROUP = UUID("0190f3a0-0000-7000-8000-00000000aaaa")


async def _in_database(home: Path, *statements: str) -> list[asyncpg.Record]:
    """What the last statement gives, run past all rules."""
    with EmbeddedServer(home) as server:
        connection = await asyncpg.connect(**server.superuser_arguments("kibubu"))
        try:
            for statement in statements[:-1]:
                await connection.execute(statement)
            return await connection.fetch(statements[-1])
        finally:
            await connection.close()


async def _break_a_book(home: Path) -> None:
    """A book whose head says that there is an entry, and there is none."""
    await _in_database(
        home,
        f"WITH t AS (INSERT INTO app.tenants (id, kind, visibility) VALUES ('{GROUP}', 'GROUP', 'ALL'))"
        " INSERT INTO ledger.heads (tenant_id, base_currency, change_number, writer, entry_number)"
        f" VALUES ('{GROUP}', 'KES', 1, pg_current_xact_id(), 1)",
        "SELECT 1",
    )


def test_nothing_is_made_by_looking(tmp_path: Path) -> None:
    home = tmp_path / "home"
    for command in ("status", "verify"):
        done = kibubu(home, command)
        assert done.returncode == 1
        assert "There is no database in" in done.stderr
    assert not home.exists()


async def test_a_fresh_home_gets_its_first_administrator_once(tmp_path: Path) -> None:
    weak = init(tmp_path, password="seven77")
    assert (weak.returncode, weak.stderr) == (1, "Choose a password of at least 8 characters.\n")
    assert is_empty(tmp_path)

    first = init(tmp_path)
    assert (first.returncode, first.stderr) == (0, "")
    assert str(tmp_path / "secrets" / "master-key") in first.stdout
    second = init(tmp_path)
    assert second.returncode == 1
    assert "administrator already" in second.stderr
    users = await _in_database(tmp_path, "SELECT platform_role FROM app.users")
    assert [user["platform_role"] for user in users] == ["ADMIN"]

    migrated = kibubu(tmp_path, "migrate")
    assert migrated.stdout == f"The database is at revision {newest_revision()} already.\n"

    state = kibubu(tmp_path, "status")
    assert state.returncode == 0
    facts = dict(re.split(r" {2,}", line.strip(), maxsplit=1) for line in state.stdout.splitlines())
    assert facts["Revision"] == f"{newest_revision()} (newest)"
    assert (facts["Groups"], facts["Entries"]) == ("0", "0")
    said = "".join(done.stdout + done.stderr for done in (weak, first, second, migrated, state))
    kept = [file.read_text(encoding="ascii") for file in (tmp_path / "secrets").iterdir()]
    secrets = {word for text in kept for word in text.replace('"', " ").split() if len(word) > 40}
    assert len(secrets) == 5
    assert [secret for secret in (*secrets, PASSWORD, "712345678") if secret in said] == []


def test_looking_makes_no_secrets_where_they_were_lost(tmp_path: Path) -> None:
    home = tmp_path / "a [bold]home[/bold]"
    assert kibubu(home, "migrate").returncode == 0
    assert f"embedded, in {home}" in kibubu(home, "status").stdout
    passwords, key = home / "secrets" / "login-passwords.json", home / "secrets" / "master-key"
    passwords.unlink()
    for command in (["status"], ["verify"], ["backup", str(tmp_path / "copy")]):
        done = kibubu(home, *command)
        assert done.returncode == 1
        assert f"The database passwords in {passwords} are missing. Put the file back" in done.stderr
        assert not passwords.exists()
    assert kibubu(home, "migrate").returncode == 0
    key.unlink()
    done = kibubu(home, "status")
    assert done.returncode == 1
    assert f"The master secret {key} is missing" in done.stderr
    assert not key.exists()


def test_a_server_without_our_database_is_looked_at_without_a_trace(tmp_path: Path) -> None:
    with EmbeddedServer(tmp_path):
        pass
    done = kibubu(tmp_path, "status")
    assert done.returncode == 1
    assert "There is no database in" in done.stderr
    assert {file.name for file in (tmp_path / "secrets").iterdir()} == {"superuser-password"}


def test_without_a_terminal_everything_about_the_administrator_must_be_given(tmp_path: Path) -> None:
    for given in ((), ("--name", "Amina"), ("--name", "Amina", "--phone", "+254712345678")):
        done = kibubu(tmp_path, "init", *given)
        assert done.returncode == 2
        assert "--password-stdin" in done.stderr
    assert is_empty(tmp_path)


@pytest.mark.slow
async def test_a_restore_replaces_the_data_only_after_every_book_was_verified(tmp_path: Path) -> None:
    home, sound, unsound = tmp_path / "home", tmp_path / "sound", tmp_path / "unsound"
    assert init(home).returncode == 0
    assert kibubu(home, "backup", str(sound)).returncode == 0

    await _break_a_book(home)
    verified = kibubu(home, "verify")
    assert verified.returncode == 1
    assert f"Group {GROUP}: HEAD_DIFFERS at entry 1, found by the database." in verified.stderr
    assert f"Group {GROUP}: HEAD_DIFFERS at entry 1, found by Python." in verified.stderr
    assert "1 of 1 books are not sound." in verified.stderr

    assert kibubu(home, "backup", str(unsound)).returncode == 0
    refused = kibubu(home, "restore", str(unsound))
    assert refused.returncode == 1
    assert "is untouched" in refused.stderr
    assert f"The book of group {GROUP} in the copy is not sound: HEAD_DIFFERS at entry 1" in refused.stderr

    restored = kibubu(home, "restore", str(sound))
    assert restored.returncode == 0
    assert "Restored: 0 books with 0 entries are sound." in restored.stdout
    assert "18.before-restore-" in restored.stdout
    users = await _in_database(home, "SELECT platform_role FROM app.users")
    assert [user["platform_role"] for user in users] == ["ADMIN"]

    elsewhere = kibubu(tmp_path / "elsewhere", "restore", str(sound))
    assert elsewhere.returncode == 1
    assert "master secret that this installation does not have" in elsewhere.stderr
    key = (home / "secrets" / "master-key").read_text(encoding="ascii").strip()
    moved = kibubu(tmp_path / "elsewhere", "restore", str(sound), KIBUBU_MASTER_KEY=key)
    assert moved.returncode == 0


def test_what_is_not_there_is_said_and_a_lost_master_secret_is_not_replaced(tmp_path: Path) -> None:
    assert kibubu(tmp_path, "migrate").returncode == 0
    unknown = kibubu(tmp_path, "verify", "--group", str(GROUP))
    assert (unknown.returncode, unknown.stderr) == (1, f"There is no book of {GROUP}.\n")
    key = tmp_path / "secrets" / "master-key"
    key.unlink()
    lost = kibubu(tmp_path, "serve", KIBUBU_PORT="0")
    assert lost.returncode == 1
    assert "Put the file back" in lost.stderr
    assert not key.exists()
