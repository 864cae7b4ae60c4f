"""The few things that come before any administrator or login: the database itself, and what revision it is at."""

from __future__ import annotations

import asyncpg

from persistence.migrate import SCHEMA

__all__ = ["create_database", "found_revision"]

_REVISION = f"SELECT version_num FROM {SCHEMA}.revisions"


async def create_database(address: str, name: str) -> None:
    """Make a database of the embedded server, if it is not there."""
    connection = await asyncpg.connect(address)
    try:
        if not await connection.fetchval("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", name):
            await connection.execute(f'CREATE DATABASE "{name}"')
    finally:
        await connection.close()


async def found_revision(connection: asyncpg.Connection) -> str | None:
    """The revision of the database as `kibubu_anonymous` may read it; None before the first migration."""
    try:
        revision = await connection.fetchval(_REVISION)
    except (asyncpg.UndefinedTableError, asyncpg.InvalidSchemaNameError, asyncpg.InsufficientPrivilegeError):
        return None
    return None if revision is None else str(revision)
