"""Bringing a database up, from nothing and again."""

from __future__ import annotations

import asyncpg

from persistence.migrate import migrate
from persistence.revision import needed_revision
from persistence.upgrading import newest_revision
from tests.migrations.catalogue import ACCESS, BEHAVIOUR, DECLARED, read, row_counts
from tests.support import cluster


async def test_an_empty_database_comes_up_to_the_newest_revision() -> None:
    async with cluster.fresh_database("template0") as name:
        assert await migrate(cluster.dsn_for(name)) == (None, newest_revision())


def test_the_revision_that_the_code_needs_is_the_one_that_migrating_leads_to() -> None:
    assert needed_revision() == newest_revision()


async def test_migrating_twice_changes_nothing(database_name: str, superuser: asyncpg.Connection) -> None:
    everything = DECLARED | ACCESS | BEHAVIOUR
    before = await read(superuser, everything), await row_counts(superuser)
    assert await migrate(cluster.dsn_for(database_name)) == (newest_revision(), newest_revision())
    assert (await read(superuser, everything), await row_counts(superuser)) == before


async def test_a_fresh_database_holds_reference_data_and_nothing_else(superuser: asyncpg.Connection) -> None:
    filled = {table for table, count in (await row_counts(superuser)).items() if count}
    assert filled == {"access.jobs", "app.currencies", "app.platform", "app.rules", "ledger.entry_kinds"}


async def test_everything_that_migrations_make_belongs_to_the_owner(superuser: asyncpg.Connection) -> None:
    made = await read(superuser, BEHAVIOUR)
    assert {owner for _, owner, _ in made["schemas"]} == {"kibubu_owner"}
    assert {owner for *_, owner in made["owners"]} == {"kibubu_owner"}
    assert {owner for _, owner, *_ in made["functions"]} == {"kibubu_owner"}


async def test_a_migration_that_fails_leaves_the_database_as_it_was() -> None:
    async with cluster.fresh_database("template0") as name:
        connection = await asyncpg.connect(cluster.dsn_for(name))
        try:
            await connection.execute("CREATE SCHEMA ledger")
            try:
                await migrate(cluster.dsn_for(name))
            except Exception as error:  # noqa: BLE001 - SQLAlchemy wraps it in a class that depends on the driver
                assert 'schema "ledger" already exists' in str(error)  # noqa: PT017 - the class is not the point
            else:
                raise AssertionError("the migration ran over a schema that was there already")
            assert await connection.fetchval("SELECT to_regnamespace('access') IS NULL")
            assert await connection.fetchval("SELECT to_regnamespace('app') IS NULL")
        finally:
            await connection.close()
