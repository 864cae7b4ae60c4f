"""The embedded server of a home while another process, such as `kibubu serve`, runs it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import asyncpg

from persistence.embedded import EmbeddedServer
from persistence.embedded.accounts import choose_account
from persistence.embedded.binaries import programs
from persistence.embedded.cluster import Cluster
from persistence.embedded.folders import STATE_FOLDER, Folders

__all__ = ["AttachedServer", "NotReachableError"]

CONNECT_SECONDS_MAX = 5.0


class NotReachableError(Exception):
    """A process owns the home, but its server does not answer."""

    def __init__(self, home: Path) -> None:
        super().__init__(f"The process that uses {home} has no running database. Wait a moment, then try again.")


class AttachedServer(EmbeddedServer):
    """A server that somebody else started and will stop; used as the one that is started here."""

    def start(self) -> None:
        """Find the running server and ask it for its version.

        Raises:
            NotReachableError: It does not answer.
        """
        folders = Folders(self.home)
        account = choose_account(folders.data)
        self._cluster = Cluster(folders, account, programs(account, STATE_FOLDER), durable=True)
        self._host = str(folders.run.resolve())
        try:
            self._version = asyncio.run(self._ask())
        except (OSError, TimeoutError, asyncpg.PostgresError) as error:
            self._host = ""
            raise NotReachableError(self.home) from error

    def stop(self) -> None:
        """Let go; the server runs on."""
        self._host = ""

    async def _ask(self) -> str:
        connection = await asyncpg.connect(**self.superuser_arguments(), timeout=CONNECT_SECONDS_MAX)
        try:
            return str(await connection.fetchval("SHOW server_version"))
        finally:
            await connection.close()
