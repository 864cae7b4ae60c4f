"""The tables that migrations make are the tables that SQLModel declares."""

from __future__ import annotations

import asyncpg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Column, Connection, Integer, MetaData
from sqlalchemy import text as sql
from sqlmodel.main import default_registry

from persistence.tables import GLOBAL_TABLES, METADATA, TENANT_TABLES
from tests.migrations.catalogue import DECLARED, SCHEMAS, names, read, sqlalchemy_connection
from tests.support import cluster


def differences(connection: Connection, metadata: MetaData) -> list[object]:
    options = {
        "target_metadata": metadata,
        "include_schemas": True,
        "include_name": lambda name, kind, _parents: kind != "schema" or name in SCHEMAS,
        "compare_type": True,
        "compare_server_default": True,
    }
    return compare_metadata(MigrationContext.configure(connection, opts=options), metadata)


async def test_alembic_finds_no_difference_between_migration_and_declaration(database_name: str) -> None:
    async with sqlalchemy_connection(cluster.dsn_for(database_name)) as connection:
        assert await connection.run_sync(differences, METADATA) == []


async def test_alembic_would_find_a_column_that_only_the_declaration_has(database_name: str) -> None:
    changed = MetaData()
    for table in METADATA.tables.values():
        table.to_metadata(changed)
    changed.tables["app.members"].append_column(Column("shoe_size", Integer))
    async with sqlalchemy_connection(cluster.dsn_for(database_name)) as connection:
        found = await connection.run_sync(differences, changed)
    assert [(kind, schema, table, column.name) for kind, schema, table, column in found] == [
        ("add_column", "app", "members", "shoe_size")
    ]


@pytest.mark.parametrize("aspect", DECLARED)
async def test_declared_tables_have_the_definitions_that_migrations_give_them(
    aspect: str, superuser: asyncpg.Connection
) -> None:
    """Alembic looks at no check, no condition of an index and no fill factor; the catalogue tells all of them."""
    async with cluster.fresh_database("template0") as declared:
        async with sqlalchemy_connection(cluster.dsn_for(declared)) as connection:
            for schema in SCHEMAS:
                await connection.execute(sql(f"CREATE SCHEMA {schema}"))
            await connection.run_sync(METADATA.create_all)
            await connection.commit()
        looking = await asyncpg.connect(cluster.dsn_for(declared))
        try:
            as_declared = await read(looking, {aspect: DECLARED[aspect]})
        finally:
            await looking.close()
    assert as_declared == await read(superuser, {aspect: DECLARED[aspect]})


def test_the_global_tables_are_a_closed_list() -> None:
    assert sorted(GLOBAL_TABLES) == [
        "access.credentials",
        "access.idempotency_keys",
        "access.jobs",
        "access.machine_grants",
        "access.machine_secrets",
        "access.machine_uses",
        "access.rate_buckets",
        "access.refresh_tokens",
        "access.sessions",
        "access.sign_in_failures",
        "access.user_private",
        "app.currencies",
        "app.document_manifests",
        "app.join_codes",
        "app.memberships",
        "app.partner_links",
        "app.permission_overrides",
        "app.platform",
        "app.rules",
        "app.tenants",
        "app.trusted_documents",
        "app.users",
        "ledger.entry_kinds",
    ]


async def test_each_table_of_the_database_is_global_or_a_tenant_s(superuser: asyncpg.Connection) -> None:
    found = await names(
        superuser,
        "SELECT schemaname || '.' || tablename FROM pg_tables WHERE schemaname = ANY ($1)",
        list(SCHEMAS),
    )
    assert found == sorted(GLOBAL_TABLES | TENANT_TABLES)


def test_each_declared_table_says_what_a_row_of_it_is() -> None:
    classes = [mapper.class_ for mapper in default_registry.mappers]
    assert len(classes) == len(METADATA.tables)
    assert [kind.__name__ for kind in classes if not (kind.__doc__ or "").strip().endswith(".")] == []
