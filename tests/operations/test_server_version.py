"""Servers that lack what the schema is written in are refused before anything is made on them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import asyncpg
import pytest

from graph.settings import Settings
from operations import installation
from operations.installation import check_revision
from persistence import migrate as migrating
from persistence.migrate import migrate
from persistence.roles import SERVER_MAJOR_MIN, ServerTooOldError, refuse_old_server
from tests.support.cluster import dsn_for


class OldServer:
    """A connection to a server of a major version; every statement on it fails."""

    def __init__(self, major: int) -> None:
        self.major = major
        self.closed = False

    def get_server_version(self) -> SimpleNamespace:
        return SimpleNamespace(major=self.major)

    async def close(self) -> None:
        self.closed = True


def test_the_oldest_release_is_taken_and_the_one_before_is_refused() -> None:
    refuse_old_server(OldServer(SERVER_MAJOR_MIN))
    with pytest.raises(ServerTooOldError, match="runs PostgreSQL 14, and Kibubu needs 15 or newer"):
        refuse_old_server(OldServer(SERVER_MAJOR_MIN - 1))


async def test_nothing_is_migrated_on_an_old_server(monkeypatch: pytest.MonkeyPatch) -> None:
    old = OldServer(14)

    async def connect(_: str) -> OldServer:
        return old

    monkeypatch.setattr(migrating.asyncpg, "connect", connect)
    with pytest.raises(ServerTooOldError):
        await migrate("postgresql://somewhere/kibubu")
    assert old.closed


async def test_an_old_server_is_not_served(database_name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    key = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
    settings = Settings(database_url=dsn_for(database_name, "kibubu_login"), master_key=key)
    await check_revision(settings)
    real = installation.refuse_old_server

    def refuse(connection: asyncpg.Connection) -> Any:
        assert connection.get_server_version().major >= SERVER_MAJOR_MIN
        return real(OldServer(14))

    monkeypatch.setattr(installation, "refuse_old_server", refuse)
    with pytest.raises(ServerTooOldError):
        await check_revision(settings)
