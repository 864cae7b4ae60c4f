"""Alembic's entry: runs on the connection that `persistence.migrate` hands over, or prints SQL for a linter."""

from __future__ import annotations

from typing import Any

from alembic import context

from persistence.tables import METADATA

config = context.config
OPTIONS: dict[str, Any] = {
    "target_metadata": METADATA,
    "version_table": "revisions",
    "version_table_schema": "migrations",
}

if context.is_offline_mode():
    context.configure(dialect_name="postgresql", literal_binds=True, **OPTIONS)
    with context.begin_transaction():
        context.run_migrations()
else:
    context.configure(connection=config.attributes["connection"], transaction_per_migration=True, **OPTIONS)
    with context.begin_transaction():
        context.run_migrations()
