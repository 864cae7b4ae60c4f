"""What the jobs of the command line have in common: who they are, and the database as they come to it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from uuid import UUID

import asyncpg

from persistence.database import Database, DatabaseRole
from persistence.roles import refuse_unsafe_login
from persistence.viewer import Principal

__all__ = ["TIDY_JOB", "VERIFY_JOB", "WORKER_LOGIN", "worker_database"]

VERIFY_JOB = Principal(UUID("00000000-0000-7000-8000-000000000001"), DatabaseRole.WORKER)
"""The job in whose name books are verified; a migration makes it."""

TIDY_JOB = Principal(UUID("00000000-0000-7000-8000-000000000002"), DatabaseRole.WORKER)
"""The job that forgets what nobody can ask for any more; a migration makes it."""

WORKER_LOGIN = "kibubu_worker_login"
# A book is read as long as it takes; no request waits for it.
_SETTINGS = {"statement_timeout": "0", "jit": "off", "timezone": "UTC"}


@asynccontextmanager
async def worker_database(addresses: Mapping[str, str], name: str) -> AsyncIterator[Database]:
    """The database with one connection of the worker's login.

    Args:
        addresses: The address of each login; the worker's is used. Without it a transaction raises `LoginMissingError`.
        name: What the server calls the connection.
    """
    pools: dict[str, asyncpg.Pool] = {}
    database = Database(pools)
    try:
        if WORKER_LOGIN in addresses:
            pools[WORKER_LOGIN] = await asyncpg.create_pool(
                addresses[WORKER_LOGIN], min_size=1, max_size=1, server_settings={"application_name": name, **_SETTINGS}
            )
            async with pools[WORKER_LOGIN].acquire() as connection:
                await refuse_unsafe_login(connection)
        yield database
    finally:
        await database.close()
