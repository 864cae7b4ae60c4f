"""Requests that are cancelled and connections that die in the middle: all of it happened, or nothing did."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import pytest

from domain.savings import RecordContributions, record_contributions
from domain.service import Outcome, Service, service
from domain.unit_of_work import UnitOfWork
from persistence.database import DatabaseUnavailableError, Isolation
from tests.ledger.book import both_verifications, digest
from tests.ledger.outcomes import reasons
from tests.support.locks import wait_for_lock
from tests.support.world import GroupOfPeople, Person, World, shares, sheet, social_fund

POOL_SIZE = 2

LOST = (DatabaseUnavailableError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError)
"""How it is told that a connection is gone: by the pool's own error, or by asyncpg's where the pool was not asked."""


@pytest.fixture
async def world(database_name: str) -> AsyncIterator[World]:
    """A world whose everyday login has two connections, so that what one request leaves the next would find."""
    arranged = await World.create(database_name, size=POOL_SIZE)
    yield arranged
    await arranged.close()


async def assert_nothing_is_left_on_the_connections(world: World) -> None:
    pool = world.database.pools["kibubu_login"]
    async with pool.acquire() as first, pool.acquire() as second:
        for connection in (first, second):
            assert not connection.is_in_transaction()
            left = await connection.fetchrow(
                "SELECT coalesce(current_setting('app.user_id', true), ''), current_setting('role'),"
                " coalesce(current_setting('app.treasurer', true), ''), current_user"
            )
            assert tuple(left) == ("", "none", "", "kibubu_login")
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.fetch("SELECT 1 FROM app.groups")
    held = await world.superuser.fetchval(
        "SELECT count(*) FROM pg_stat_activity WHERE usename = 'kibubu_login' AND datname = current_database()"
        " AND state LIKE 'idle in transaction%'"
    )
    assert held == 0


async def entries_count(world: World, key: Any) -> int:
    count: int = await world.superuser.fetchval("SELECT count(*) FROM ledger.entries WHERE command_key = $1", key)
    return count


@dataclass(slots=True)
class Pause:
    """A service that records a sheet and then stops, at the point that is asked for."""

    statement: str | None = None
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    backend: int = 0

    def service(self) -> Service[RecordContributions]:
        @service(record_contributions.name, raises=record_contributions.raises, needs=record_contributions.needs)
        async def paused(work: UnitOfWork, command: RecordContributions) -> Outcome:
            outcome = await record_contributions.run(work, command)
            connection = work.connection  # type: ignore[attr-defined]
            self.backend = await connection.fetchval("SELECT pg_backend_pid()")
            self.reached.set()
            if self.statement is None:
                await asyncio.sleep(60)
            else:
                await connection.execute(self.statement)
            return outcome

        return paused


@pytest.mark.parametrize("statement", [None, "SELECT pg_sleep(30)"])
async def test_a_request_cancelled_after_it_posted_leaves_nothing(world: World, statement: str | None) -> None:
    group = await world.group()
    meeting = await world.meeting(group)
    command = sheet(group, meeting, shares(group.members[0], 1))
    before = await digest(world.superuser)
    pause = Pause(statement)
    task = asyncio.create_task(world.perform(group.treasurer, pause.service(), command))
    await pause.reached.wait()
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await assert_nothing_is_left_on_the_connections(world)
    assert await digest(world.superuser) == before
    assert reasons(await world.perform(group.treasurer, record_contributions, command)) == [None]
    assert await entries_count(world, command.idempotency_key) == 1


async def test_a_request_cancelled_while_it_waits_for_the_book_leaves_nothing(world: World) -> None:
    group = await world.group()
    meeting = await world.meeting(group)
    command = sheet(group, meeting, shares(group.members[0], 1))
    before = await digest(world.superuser)
    async with world.superuser.transaction():
        await world.superuser.execute("SELECT 1 FROM ledger.heads FOR UPDATE")
        task = asyncio.create_task(world.perform(group.treasurer, record_contributions, command))
        await wait_for_lock(world.superuser)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    await assert_nothing_is_left_on_the_connections(world)
    assert await digest(world.superuser) == before
    assert reasons(await world.perform(group.treasurer, record_contributions, command)) == [None]


async def test_a_request_cancelled_while_it_waits_for_a_connection_leaves_nothing(world: World) -> None:
    group = await world.group()
    meeting = await world.meeting(group)
    command = sheet(group, meeting, shares(group.members[0], 1))
    pool = world.database.pools["kibubu_login"]
    async with pool.acquire(), pool.acquire():
        task = asyncio.create_task(world.perform(group.treasurer, record_contributions, command))
        await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    await assert_nothing_is_left_on_the_connections(world)
    assert await entries_count(world, command.idempotency_key) == 0


async def cancelled_after(task: asyncio.Task[Outcome], steps: int) -> None:
    """Let the loop turn so often, then cancel; a task that was done by then is left as it is."""
    for _ in range(steps):
        await asyncio.sleep(0)
        if task.done():
            return
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def test_a_request_cancelled_at_any_moment_happened_whole_or_not_at_all(world: World) -> None:
    group = await world.group(shares_max=1000)
    meeting = await world.meeting(group)
    whole = 0
    order = random.Random(11)  # noqa: S311 - a repeatable order, no secret
    for attempt in range(60):
        command = sheet(group, meeting, shares(group.members[attempt % 5], 1), social_fund(group.members[0], "1"))
        task = asyncio.create_task(world.perform(group.treasurer, record_contributions, command))
        # Cancelled by the clock as well as by the step, since most of the time the loop only waits for the server.
        if attempt % 2:
            await asyncio.sleep(order.uniform(0, 0.02))
        await cancelled_after(task, order.randrange(1, 40))
        # What was sent before the cancellation may still arrive; the next transaction on the book comes after it.
        async with world.transaction(group.secretary) as connection:
            await connection.execute("SELECT app.enter_write(ARRAY[$1::uuid])", group.id)
        count = await entries_count(world, command.idempotency_key)
        assert count in (0, 2)
        whole += count == 2
        outcome = await world.perform(group.treasurer, record_contributions, command)
        assert reasons(outcome) == [None, None]
        assert outcome.is_replay == (count == 2)
        assert await entries_count(world, command.idempotency_key) == 2
    assert whole < 60
    await assert_nothing_is_left_on_the_connections(world)
    rows = await world.superuser.fetch("SELECT number FROM ledger.entries ORDER BY number")
    assert [row["number"] for row in rows] == list(range(1, 121))
    assert await both_verifications(world, group.id) == []


async def test_viewers_who_share_two_connections_see_only_their_own_groups(world: World) -> None:
    people: list[tuple[Person, GroupOfPeople]] = []
    for _ in range(4):
        group = await world.group(members=4)
        people += [(group.secretary, group), (group.plain, group)]
    order = random.Random(13)  # noqa: S311 - a repeatable order, no secret
    seen = 0

    async def look(person: Person, group: GroupOfPeople) -> None:
        nonlocal seen
        async with world.transaction(person, Isolation.READ) as connection:
            for table in ("app.groups", "app.members", "ledger.accounts", "app.memberships"):
                rows = await connection.fetch(f"SELECT DISTINCT tenant_id FROM {table}")
                assert [row["tenant_id"] for row in rows] == [group.id]
            assert await connection.fetchval("SELECT app.user_id()") == person.user_id
        seen += 1

    async def interrupted(person: Person, group: GroupOfPeople) -> None:
        task = asyncio.create_task(look(person, group))
        if order.random() < 0.5:
            await asyncio.sleep(order.uniform(0, 0.03))
            task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    for _ in range(10):
        await asyncio.gather(*(interrupted(*people[order.randrange(len(people))]) for _ in range(20)))
    assert seen > 50
    await assert_nothing_is_left_on_the_connections(world)


async def test_a_connection_that_dies_before_the_end_leaves_nothing_and_a_retry_posts_once(world: World) -> None:
    group = await world.group()
    meeting = await world.meeting(group)
    command = sheet(group, meeting, shares(group.members[0], 1), social_fund(group.members[0], "20"))
    before = await digest(world.superuser)
    for statement in (None, "SELECT pg_sleep(30)"):
        pause = Pause(statement)
        task = asyncio.create_task(world.perform(group.treasurer, pause.service(), command))
        await pause.reached.wait()
        assert await world.superuser.fetchval("SELECT pg_terminate_backend($1, 5000)", pause.backend)
        if statement is None:
            task.cancel()
        with pytest.raises((*LOST, asyncio.CancelledError)):
            await task
        assert await digest(world.superuser) == before
    for is_replay in (False, True):
        outcome = await world.perform(group.treasurer, record_contributions, command)
        assert (reasons(outcome), outcome.is_replay) == ([None, None], is_replay)
    assert await entries_count(world, command.idempotency_key) == 2
    await assert_nothing_is_left_on_the_connections(world)
    assert await both_verifications(world, group.id) == []


async def test_connections_that_die_at_any_moment_lose_nothing_and_double_nothing(world: World) -> None:
    group = await world.group(shares_max=1000)
    meeting = await world.meeting(group)
    order = random.Random(17)  # noqa: S311 - a repeatable order, no secret
    interruptions = 0

    async def kill() -> None:
        for _ in range(20):
            await asyncio.sleep(order.uniform(0.01, 0.1))
            await world.superuser.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE usename = 'kibubu_login' AND datname = current_database()"
            )

    async def write(index: int) -> None:
        nonlocal interruptions
        for _ in range(20):
            command = sheet(group, meeting, shares(group.members[index], 1))
            while True:
                try:
                    outcome = await world.perform(group.treasurer, record_contributions, command)
                except LOST:
                    interruptions += 1
                else:
                    break
            assert reasons(outcome) == [None]

    async with asyncio.TaskGroup() as tasks:
        for work in (kill(), *(write(index) for index in range(4))):
            tasks.create_task(work)
    assert interruptions > 0
    held = await world.superuser.fetch(
        "SELECT member_id, sum(shares) AS shares FROM app.contributions GROUP BY member_id"
    )
    assert {row["member_id"]: row["shares"] for row in held} == dict.fromkeys(group.members[:4], 20)
    assert await both_verifications(world, group.id) == []
