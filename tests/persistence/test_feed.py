"""The dispatcher of a process: who is woken, when it asks, and that it outlives errors."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable

import asyncpg
import pytest

from domain.identifiers import new_id
from persistence.database import DatabaseRole, Isolation
from persistence.feed import Feed
from persistence.reads.changes import read_changes
from persistence.snapshot import Snapshot
from tests.support.api import Statements, settle
from tests.support.cluster import dsn_for
from tests.support.world import GroupOfPeople, World

WRITERS = 8
MEETINGS = 10

LOCK_HEAD = (
    "UPDATE ledger.heads SET change_number = change_number + 1, writer = pg_current_xact_id() WHERE tenant_id = $1"
)


@pytest.fixture
async def feed(world: World) -> AsyncIterator[Feed]:
    feed = Feed(world.database, readers_max=4, busy_seconds=0.005, idle_seconds=0.01)
    yield feed
    await feed.close()


async def number_of(world: World, group: GroupOfPeople) -> int:
    return int(await world.superuser.fetchval("SELECT change_number FROM ledger.heads WHERE tenant_id = $1", group.id))


async def until(holds: Callable[[], object]) -> None:
    async with asyncio.timeout(30):
        while not holds():  # noqa: ASYNC110 - nobody tells when it is so
            await asyncio.sleep(0.005)


async def test_a_follower_is_told_at_once_of_what_was_there_and_later_of_what_comes(feed: Feed, world: World) -> None:
    group = await world.group()
    start = await number_of(world, group)
    with feed.follow(group.id) as follower:
        assert await follower.beyond(0) == start
        waiting = asyncio.create_task(follower.beyond(start))
        await world.meeting(group)
        assert await waiting == start + 1


async def test_news_of_one_tenant_wake_nobody_else(feed: Feed, world: World) -> None:
    one, two = await world.group(), await world.group()
    with feed.follow(one.id) as first, feed.follow(two.id) as second:
        waiting = asyncio.create_task(second.beyond(await number_of(world, two)))
        await world.meeting(one)
        await first.beyond(await number_of(world, one) - 1)
        await asyncio.sleep(0.05)
        assert not waiting.done()
        await world.meeting(two)
        await waiting


async def test_it_asks_only_while_somebody_follows_and_once_a_tick_for_all(feed: Feed, world: World) -> None:
    groups = [await world.group() for _ in range(3)]
    assert not feed.is_asking
    statements = Statements()
    pool = world.database.pools["kibubu_login"]
    for holder in pool._holders:
        if holder._con is not None:
            holder._con.add_query_logger(statements.note)
    with feed.follow(groups[0].id) as follower, feed.follow(groups[1].id), feed.follow(groups[1].id):
        assert feed.followers_count == 3
        assert feed.is_asking
        await follower.beyond(0)
    assert not feed.is_asking
    assert feed.followers_count == 0
    await settle()
    assert {text for text in statements.sent if "change" in text} == {
        "SELECT tenant_id, number FROM app.change_numbers($1, $2)"
    }
    for holder in pool._holders:
        if holder._con is not None:
            holder._con.remove_query_logger(statements.note)


async def test_a_tenant_that_there_is_not_wakes_nobody(feed: Feed) -> None:
    with feed.follow(new_id()) as follower:
        waiting = asyncio.create_task(follower.beyond(0))
        await asyncio.sleep(0.05)
        assert not waiting.done()
        waiting.cancel()


async def test_it_outlives_connections_that_break(feed: Feed, world: World) -> None:
    group = await world.group()
    with feed.follow(group.id) as follower:
        start = await follower.beyond(0)
        for _ in range(3):
            await world.superuser.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            await asyncio.sleep(0.02)
        async with world.superuser.transaction():
            await world.superuser.execute(LOCK_HEAD, group.id)
            await world.superuser.execute("UPDATE app.groups SET village = 'Kibera' WHERE tenant_id = $1", group.id)
        assert await follower.beyond(start) == start + 1


async def test_readers_of_the_log_lose_and_double_nothing_while_many_write(feed: Feed, world: World) -> None:
    """Each reader goes from number to number at a pace of its own, and has read in the end what the log holds."""
    group = await world.group()
    start = await number_of(world, group)
    finished = False

    async def write(number: int) -> None:
        draw = random.Random(number)  # noqa: S311 - the same each time
        connection: asyncpg.Connection = await asyncpg.connect(dsn_for(world.name))
        try:
            for _ in range(MEETINGS):
                transaction = connection.transaction()
                await transaction.start()
                await connection.execute(LOCK_HEAD, group.id)
                for _ in range(draw.randint(0, 3)):
                    await connection.execute(
                        "INSERT INTO app.changes (tenant_id, number, entity, entity_id, operation) SELECT $1,"
                        " change_number, 'entry', gen_random_uuid(), 'CREATE' FROM ledger.heads WHERE tenant_id = $1",
                        group.id,
                    )
                await asyncio.sleep(draw.random() / 200)
                # Some give up at the end, with the number that they had drawn: it is drawn again.
                await (transaction.rollback() if draw.random() < 0.3 else transaction.commit())
        finally:
            await connection.close()

    async def read(number: int) -> list[tuple[int, str]]:
        draw = random.Random(-number)  # noqa: S311 - the same each time
        position, seen = start, []
        with feed.follow(group.id) as follower:
            while not (finished and position >= await number_of_read(world, group)):
                await follower.beyond(position)
                snapshot = Snapshot(world.database, world.keyring, group.secretary.principal, [group.id], feed.turn)
                await snapshot.open()
                changes = await read_changes(snapshot, group.id, position)
                await snapshot.close()
                assert changes is not None
                assert changes.last >= changes.read_up_to > position
                seen += [(unit.number, str(change.entity_id)) for unit in changes.units for change in unit.changes]
                position = changes.read_up_to
                await asyncio.sleep(draw.random() / 100)
        return seen

    async def write_all() -> None:
        nonlocal finished
        await asyncio.gather(*(write(number) for number in range(WRITERS)))
        await world.meeting(group)
        finished = True
        # Whoever waits is woken once more, by a number under which nothing was written.
        await world.superuser.execute(LOCK_HEAD, group.id)

    *read_by, _ = await asyncio.gather(*(read(number) for number in range(6)), write_all())
    logged = [
        (row["number"], str(row["entity_id"]))
        for row in await world.superuser.fetch(
            "SELECT number, entity_id FROM app.changes WHERE number > $1 ORDER BY number, entity, entity_id", start
        )
    ]
    assert len(logged) > WRITERS * MEETINGS // 2
    for seen in read_by:
        assert seen == logged


async def number_of_read(world: World, group: GroupOfPeople) -> int:
    async with world.database.transaction(DatabaseRole.READONLY, Isolation.READ) as connection:
        return int(await connection.fetchval("SELECT number FROM app.change_numbers($1, $2)", [group.id], [0]))


@pytest.mark.parametrize("role", [DatabaseRole.APP, DatabaseRole.ANONYMOUS, DatabaseRole.ADMIN, DatabaseRole.WORKER])
async def test_numbers_without_a_viewer_are_for_the_dispatcher_alone(world: World, role: DatabaseRole) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with world.database.transaction(role, Isolation.READ) as connection:
            await connection.fetch("SELECT number FROM app.change_numbers($1, $2)", [new_id()], [0])


async def test_the_log_of_a_group_is_empty_for_whoever_may_not_see_it(world: World) -> None:
    group, other = await world.group(), await world.group()
    statement = "SELECT count(*) FROM app.changes_after($1, 0, 1000)"
    async with world.transaction(other.secretary, Isolation.READ) as connection:
        assert await connection.fetchval(statement, group.id) == 0
        assert await connection.fetchval(statement, other.id) > 0
        assert await connection.fetchval(statement, new_id()) == 0
    async with world.transaction(await world.admin(), Isolation.READ) as connection:
        assert await connection.fetchval(statement, group.id) > 0


async def test_pruning_is_for_jobs_alone(world: World) -> None:
    group = await world.group()
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with world.transaction(group.secretary) as connection:
            await connection.execute("SELECT app.forget_changes($1, now())", group.id)
