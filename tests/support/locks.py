"""Waiting until somebody waits: the moment at which a test of locks goes on."""

from __future__ import annotations

import asyncio

import asyncpg

__all__ = ["wait_for_lock"]

WAIT_SECONDS_MAX = 60

_WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


async def wait_for_lock(connection: asyncpg.Connection, waiting: int = 1) -> None:
    """Return once so many transactions of the connection's database wait for a lock.

    Raises:
        TimeoutError: They did not within a minute, so they never will.
    """
    async with asyncio.timeout(WAIT_SECONDS_MAX):
        while await connection.fetchval(_WAITING) < waiting:
            await asyncio.sleep(0.01)
            # Within a transaction the server would go on showing the connections that it showed first.
            await connection.execute("SELECT pg_stat_clear_snapshot()")
