"""Which revision a database is at, as anybody who may connect can read it."""

from __future__ import annotations

import asyncpg

__all__ = ["SCHEMA", "found_revision"]

SCHEMA = "migrations"

_REVISION = f"SELECT version_num FROM {SCHEMA}.revisions"


async def found_revision(connection: asyncpg.Connection) -> str | None:
    """The revision of the database as `kibubu_anonymous` may read it; None before the first migration."""
    try:
        revision = await connection.fetchval(_REVISION)
    except (asyncpg.UndefinedTableError, asyncpg.InvalidSchemaNameError, asyncpg.InsufficientPrivilegeError):
        return None
    return None if revision is None else str(revision)
