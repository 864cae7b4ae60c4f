"""`kibubu tidy`: the change log is shortened behind what a device may be away for, and by nothing more."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from domain.identifiers import new_id
from operations.tidying import CHANGES_KEPT, forget_changes
from persistence.database import DatabaseRole, Isolation, LoginMissingError
from persistence.roles import LOGINS
from tests.operations.command_line import kibubu
from tests.support.api import MASTER_KEY
from tests.support.cluster import dsn_for
from tests.support.world import World, shares

FORGET = "SELECT app.forget_changes($1, now() - interval '180 days')"


async def numbers_of(world: World, group: UUID) -> list[tuple[int, str]]:
    statement = "SELECT DISTINCT number, entity FROM app.changes WHERE tenant_id = $1 ORDER BY 1, 2"
    return [(row["number"], row["entity"]) for row in await world.superuser.fetch(statement, group)]


async def age(world: World, group: UUID, up_to: int, by: timedelta) -> None:
    """Let the changes up to a number have happened so much earlier."""
    await world.superuser.execute("SET session_replication_role = replica")
    await world.superuser.execute(
        "UPDATE app.changes SET occurred_at = occurred_at - $3::interval WHERE tenant_id = $1 AND number <= $2",
        group,
        up_to,
        by,
    )
    await world.superuser.execute("RESET session_replication_role")


def addresses(world: World) -> dict[str, str]:
    return {login: dsn_for(world.name, login) for login in LOGINS}


async def test_what_is_older_than_180_days_is_forgotten_group_by_group(world: World) -> None:
    old, mixed, young = [await world.group() for _ in range(3)]
    meeting = await world.meeting(mixed)
    before = {group.id: await numbers_of(world, group.id) for group in (old, mixed, young)}
    last_of_old, opened = before[old.id][-1][0], before[mixed.id][-1][0]
    await world.record(mixed, meeting, shares(mixed.members[0], 1))
    recorded = [each for each in await numbers_of(world, mixed.id) if each[0] > opened]
    await age(world, old.id, last_of_old, CHANGES_KEPT + timedelta(minutes=1))
    await age(world, mixed.id, opened, CHANGES_KEPT + timedelta(days=90))
    await age(world, young.id, before[young.id][-1][0], CHANGES_KEPT - timedelta(minutes=1))

    told: list[tuple[int, int]] = []
    assert await forget_changes(addresses(world), progress=lambda done, total: told.append((done, total))) == 2
    assert told == [(1, 3), (2, 3), (3, 3)]
    assert await numbers_of(world, old.id) == [(last_of_old, "horizon")]
    assert await numbers_of(world, mixed.id) == [(opened, "horizon"), *recorded]
    assert await numbers_of(world, young.id) == before[young.id]
    assert await forget_changes(addresses(world)) == 0


async def test_two_who_tidy_at_once_leave_one_horizon(world: World) -> None:
    group = await world.group()
    numbers = [number for number, _ in await numbers_of(world, group.id)]
    half, last = numbers[1], numbers[-1]
    await age(world, group.id, last, timedelta(days=200))
    await age(world, group.id, half, timedelta(days=200))
    async with world.database.transaction(DatabaseRole.WORKER, Isolation.WRITE) as connection:
        longer = "SELECT app.forget_changes($1, now() - interval '300 days')"
        assert await connection.fetchval(longer, group.id) == half
        second = asyncio.create_task(forget_changes(addresses(world)))
        # It waits for the head of the book before it looks at the log.
        waits = (
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'kibubu tidy' AND wait_event_type = 'Lock'"
        )
        async with asyncio.timeout(30):
            while not await world.superuser.fetchval(waits):  # noqa: ASYNC110 - nobody tells when it is so
                await asyncio.sleep(0.01)
    assert await second == 1
    assert await numbers_of(world, group.id) == [(last, "horizon")]


async def test_without_the_workers_login_nothing_is_forgotten(world: World) -> None:
    group = await world.group()
    before = await numbers_of(world, group.id)
    await age(world, group.id, before[-1][0], CHANGES_KEPT * 2)
    with pytest.raises(LoginMissingError):
        await forget_changes({"kibubu_login": dsn_for(world.name, "kibubu_login")})
    assert await numbers_of(world, group.id) == before


async def test_the_command_says_what_it_did(world: World, tmp_path: Path) -> None:
    group = await world.group()
    await age(world, group.id, (await numbers_of(world, group.id))[-1][0], CHANGES_KEPT * 2)
    settings = {
        "DATABASE_URL": addresses(world)["kibubu_login"],
        "KIBUBU_WORKER_URL": addresses(world)["kibubu_worker_login"],
        "KIBUBU_MASTER_KEY": MASTER_KEY,
    }
    done = await asyncio.to_thread(kibubu, tmp_path, "tidy", **settings)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "The change log of 1 groups was shortened; 180 days of it are kept.\n"
    assert [entity for _, entity in await numbers_of(world, group.id)] == ["horizon"]


async def test_a_group_that_is_not_there_has_nothing_to_forget(world: World) -> None:
    async with world.database.transaction(DatabaseRole.WORKER, Isolation.WRITE) as connection:
        assert await connection.fetchval(FORGET, new_id()) is None
