"""What comes before any administrator or login: the database itself."""

from __future__ import annotations

import asyncpg

__all__ = ["create_database"]


async def create_database(address: str, name: str) -> None:
    """Make a database of the embedded server, if it is not there."""
    connection = await asyncpg.connect(address)
    try:
        if not await connection.fetchval("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", name):
            await connection.execute(f'CREATE DATABASE "{name}"')
    finally:
        await connection.close()
