"""The cast, made once for the run, and a connection to it on which everything is undone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import asyncpg
import pytest

from tests.permissions.cast import Cast, make_cast
from tests.permissions.volume import Volume, make_volume
from tests.support.cluster import dsn_for, fresh_database
from tests.support.world import World


@asynccontextmanager
async def _staged() -> AsyncIterator[Cast]:
    async with fresh_database() as name:
        world = await World.create(name)
        try:
            cast = await make_cast(world)
        finally:
            await world.close()
        yield cast


@pytest.fixture(scope="session")
def cast() -> Iterator[Cast]:
    """Everybody, in a database that no test leaves changed."""
    with asyncio.Runner() as runner:
        staged = _staged()
        yield runner.run(staged.__aenter__())
        runner.run(staged.__aexit__(None, None, None))


@asynccontextmanager
async def _filled() -> AsyncIterator[Volume]:
    async with fresh_database() as name:
        connection = await asyncpg.connect(dsn_for(name))
        try:
            volume = await make_volume(connection, name)
        finally:
            await connection.close()
        yield volume


@pytest.fixture(scope="session")
def volume() -> Iterator[Volume]:
    """Two thousand groups, in a database that no test leaves changed."""
    with asyncio.Runner() as runner:
        filled = _filled()
        yield runner.run(filled.__aenter__())
        runner.run(filled.__aexit__(None, None, None))


@pytest.fixture
async def stage(cast: Cast) -> AsyncIterator[asyncpg.Connection]:
    """A superuser's connection to the cast's database, within a transaction that is rolled back."""
    connection = await asyncpg.connect(dsn_for(cast.database))
    change = connection.transaction()
    await change.start()
    yield connection
    await change.rollback()
    await connection.close()
