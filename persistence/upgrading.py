"""Runs the revisions that a database lacks, with Alembic and as the owner."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine

from persistence.revision import SCHEMA
from persistence.roles import OWNER

__all__ = ["alembic_config", "newest_revision", "upgrade"]


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


async def upgrade(dsn: str, afterwards: Iterable[str]) -> tuple[str | None, str | None]:
    """Run all revisions that the database lacks, and then these statements; gives the revision before and after."""
    engine = create_async_engine(
        "postgresql+asyncpg://",
        async_creator=lambda: asyncpg.connect(dsn, server_settings={"lock_timeout": "5s", "statement_timeout": "0"}),
    )
    try:
        async with engine.connect() as session:
            await session.execute(text(f"SET ROLE {OWNER}"))
            await session.commit()
            before_after = await session.run_sync(_upgrade)
            for statement in afterwards:
                await session.execute(text(statement))
            await session.commit()
            return before_after
    finally:
        await engine.dispose()
