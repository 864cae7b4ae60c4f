"""Brings a database to the newest revision: roles first, then Alembic as the owner, if it is not there."""

from __future__ import annotations

from collections.abc import Mapping

import asyncpg

from persistence.revision import SCHEMA, found_revision, needed_revision
from persistence.roles import OWNER, MissingRightError, ensure_roles, find_roles, role_statements

__all__ = ["MissingRightError", "migrate"]

# The revision is no secret, and the application asks for it before it knows anything else of the database.
_SHOW_REVISION = (
    f"GRANT USAGE ON SCHEMA {SCHEMA} TO kibubu_anonymous",
    f"GRANT SELECT ON {SCHEMA}.revisions TO kibubu_anonymous",
)


async def migrate(dsn: str, passwords: Mapping[str, str] | None = None) -> tuple[str | None, str | None]:
    """Make missing roles and run all revisions that the database lacks.

    Args:
        dsn: A `postgresql://` address whose role may make roles, or may already become the owner.
        passwords: A password for each login that should have one set.

    Returns:
        The revision before and after.

    Raises:
        MissingRightError: Roles are missing and the login may not make them.
    """
    connection = await asyncpg.connect(dsn)
    try:
        try:
            await ensure_roles(connection, passwords or {})
        except asyncpg.InsufficientPrivilegeError as error:
            raise MissingRightError(await find_roles(connection)) from error
        # PostgreSQL only warns where a grant on the database is not the login's to give.
        if list(role_statements(found := await find_roles(connection), {})):
            raise MissingRightError(found)
        await connection.execute(f"SET ROLE {OWNER}")
        await connection.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
        if (revision := await found_revision(connection)) == needed_revision():
            for statement in _SHOW_REVISION:
                await connection.execute(statement)
            return revision, revision
    finally:
        await connection.close()
    # The tools take a second to load, and most commands find nothing to do.
    from persistence.upgrading import upgrade  # noqa: PLC0415

    return await upgrade(dsn, _SHOW_REVISION)
