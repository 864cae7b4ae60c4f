"""Brings a database to the newest revision: roles first, then Alembic as the owner."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine

from persistence.revision import SCHEMA
from persistence.roles import LOGINS, OWNER, Found, ensure_roles, find_roles, role_statements

__all__ = ["MissingRightError", "alembic_config", "migrate", "newest_revision"]

# The revision is no secret, and the application asks for it before it knows anything else of the database.
_SHOW_REVISION = (
    f"GRANT USAGE ON SCHEMA {SCHEMA} TO kibubu_anonymous",
    f"GRANT SELECT ON {SCHEMA}.revisions TO kibubu_anonymous",
)


class MissingRightError(RuntimeError):
    """The migration login may not make the roles; the message holds the SQL for somebody who may.

    Attributes:
        script: The statements that are missing, to be run in the database that is to be migrated.
    """

    def __init__(self, found: Found) -> None:
        self.script = "".join(f"{statement};\n" for statement in role_statements(found, {}))
        logins = ", ".join(LOGINS)
        what = (
            f"may not make what is missing in the database {found.database!r}. Have a superuser run this there and "
            f"give {logins} passwords, then migrate again without passwords:\n\n{self.script}"
            if self.script
            else f"may not set passwords. Have a superuser give {logins} theirs, then migrate again without passwords."
        )
        super().__init__(f"The migration login {found.migrator!r} {what}")


def alembic_config() -> Config:
    """Alembic's settings, without a file: the scripts lie beside this floor."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent.parent / "migrations"))
    config.set_main_option("path_separator", "os")
    return config


def newest_revision() -> str:
    """The revision that this code needs."""
    head = ScriptDirectory.from_config(alembic_config()).get_current_head()
    assert head is not None  # noqa: S101 - the folder ships with the code
    return head


def _upgrade(connection: Connection) -> tuple[str | None, str | None]:
    context = MigrationContext.configure(
        connection, opts={"version_table": "revisions", "version_table_schema": SCHEMA}
    )
    before = context.get_current_revision()
    config = alembic_config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    return before, context.get_current_revision()


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
    finally:
        await connection.close()
    engine = create_async_engine(
        "postgresql+asyncpg://",
        async_creator=lambda: asyncpg.connect(dsn, server_settings={"lock_timeout": "5s", "statement_timeout": "0"}),
    )
    try:
        async with engine.connect() as session:
            await session.execute(text(f"SET ROLE {OWNER}"))
            await session.commit()
            before_after = await session.run_sync(_upgrade)
            for statement in _SHOW_REVISION:
                await session.execute(text(statement))
            await session.commit()
            return before_after
    finally:
        await engine.dispose()
