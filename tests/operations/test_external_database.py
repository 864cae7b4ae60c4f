"""The commands on a PostgreSQL that somebody else runs."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from persistence.embedded import EmbeddedServer
from persistence.upgrading import newest_revision
from tests.operations.command_line import ask, free_port, init, is_empty, kibubu, serving
from tests.support import cluster

pytestmark = pytest.mark.postgres15

SECRET = base64.b64encode(bytes(range(32))).decode()
ADDRESS = "postgresql://kibubu_login:hunter2hunter2@db.example/kibubu"


@pytest.fixture
async def settings() -> AsyncIterator[dict[str, str]]:
    """The settings for an empty database of the test's own."""
    async with cluster.fresh_database("template0") as name:
        yield {
            "DATABASE_URL": cluster.dsn_for(name, "kibubu_login"),
            "KIBUBU_ADMIN_URL": cluster.dsn_for(name, "kibubu_admin_login"),
            "KIBUBU_WORKER_URL": cluster.dsn_for(name, "kibubu_worker_login"),
            "KIBUBU_MIGRATE_URL": cluster.dsn_for(name),
            "KIBUBU_MASTER_KEY": SECRET,
        }


@pytest.mark.parametrize("command", ["backup", "restore"])
def test_copies_are_left_to_the_operators_own_tools(tmp_path: Path, command: str) -> None:
    done = kibubu(tmp_path, command, str(tmp_path / "copy"), DATABASE_URL=ADDRESS, KIBUBU_MASTER_KEY=SECRET)
    assert done.returncode == 2
    assert "pg_basebackup" in done.stderr
    assert "hunter2" not in done.stdout + done.stderr
    assert is_empty(tmp_path)


async def test_a_database_is_served_at_the_newest_revision_only(tmp_path: Path, settings: dict[str, str]) -> None:
    early = kibubu(tmp_path, "serve", KIBUBU_PORT="0", **settings)
    assert early.returncode == 1
    assert f"has no tables yet, and this release needs {newest_revision()}: run `kibubu migrate`" in early.stderr

    migrated = kibubu(tmp_path, "migrate", **settings)
    assert migrated.stdout == f"The database is at revision {newest_revision()}, from 0.\n"
    state = kibubu(tmp_path, "status", **settings)
    assert f"{newest_revision()} (newest)" in state.stdout
    assert "Groups" in state.stdout
    assert kibubu(tmp_path, "verify", **settings).stdout == "0 books with 0 entries are sound.\n"
    with serving(tmp_path, **settings) as (_, port):
        assert ask(port, "/graphql", {"query": "{ __typename }"})[0] == 200
    assert is_empty(tmp_path)

    connection = await asyncpg.connect(settings["KIBUBU_MIGRATE_URL"])
    await connection.execute("UPDATE migrations.revisions SET version_num = '0000'")
    await connection.close()
    for command in ("serve", "verify"):
        done = kibubu(tmp_path, command, KIBUBU_PORT="0", **settings)
        assert done.returncode == 1
        assert f"is at revision 0000, and this release needs {newest_revision()}: run `kibubu migrate`" in done.stderr


async def test_a_superuser_is_refused_as_the_login(tmp_path: Path, settings: dict[str, str]) -> None:
    settings["DATABASE_URL"] = settings["KIBUBU_MIGRATE_URL"]
    done = kibubu(tmp_path, "serve", KIBUBU_PORT="0", **settings)
    assert done.returncode == 2
    assert "is a superuser, so row-level security would not protect the groups" in done.stderr


async def test_a_command_names_the_address_that_it_needs(tmp_path: Path, settings: dict[str, str]) -> None:
    assert kibubu(tmp_path, "migrate", **settings).returncode == 0
    del settings["KIBUBU_MIGRATE_URL"]
    for done in (kibubu(tmp_path, "migrate", **settings), init(tmp_path, **settings)):
        assert done.returncode == 2
        assert "KIBUBU_MIGRATE_URL is not set" in done.stderr
    del settings["KIBUBU_WORKER_URL"]
    done = kibubu(tmp_path, "verify", **settings)
    assert done.returncode == 2
    assert "kibubu_worker_login" in done.stderr
    state = kibubu(tmp_path, "status", **settings)
    assert state.returncode == 0
    assert "Groups" not in state.stdout


def test_a_server_that_does_not_answer_is_told_in_a_sentence(tmp_path: Path) -> None:
    address = "postgresql://kibubu_login:hunter2hunter2@127.0.0.1:1/kibubu"
    done = kibubu(tmp_path, "status", DATABASE_URL=address, KIBUBU_MASTER_KEY=SECRET)
    assert done.returncode == 1
    assert "Check the address" in done.stderr
    assert "Traceback" not in done.stderr
    assert "hunter2" not in done.stderr


async def test_migrating_gives_new_logins_the_passwords_of_their_addresses(tmp_path: Path) -> None:
    with EmbeddedServer(tmp_path, durable=False, port=free_port()) as server:
        place = f"127.0.0.1:{server.port}/postgres"
        settings = {
            "DATABASE_URL": f"postgresql://kibubu_login:not'plain'but'long'enough@{place}",
            "KIBUBU_WORKER_URL": f"postgresql://kibubu_worker_login:letters-and-digits-2@{place}",
            "KIBUBU_MIGRATE_URL": server.superuser_dsn(),
            "KIBUBU_MASTER_KEY": SECRET,
        }
        refused = kibubu(tmp_path, "migrate", **settings)
        assert refused.returncode == 2
        assert "the password of kibubu_login must be 16 to 128 letters, digits" in refused.stderr
        settings["DATABASE_URL"] = f"postgresql://kibubu_login:letters-and-digits-1@{place}"
        assert kibubu(tmp_path, "migrate", **settings).returncode == 0
        assert kibubu(tmp_path, "verify", **settings).stdout == "0 books with 0 entries are sound.\n"
