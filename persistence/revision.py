"""Which revision a database is at, and which this code needs, without the tools that migrate."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import asyncpg

__all__ = ["SCHEMA", "found_revision", "needed_revision"]

SCHEMA = "migrations"

_VERSIONS = Path(__file__).parent.parent / "migrations" / "versions"
_FILE = re.compile(r"\d{4}_\d{2}_\d{2}_(\d{4})_\w+\.py")
_REVISION = f"SELECT version_num FROM {SCHEMA}.revisions"


async def found_revision(connection: asyncpg.Connection) -> str | None:
    """The revision of the database as `kibubu_anonymous` may read it; None before the first migration."""
    try:
        revision = await connection.fetchval(_REVISION)
    except (asyncpg.UndefinedTableError, asyncpg.InvalidSchemaNameError, asyncpg.InsufficientPrivilegeError):
        return None
    return None if revision is None else str(revision)


@cache
def needed_revision() -> str:
    """The revision that this code needs: the highest number in the names of the migrations' files."""
    return max(found[1] for file in _VERSIONS.iterdir() if (found := _FILE.fullmatch(file.name)))
