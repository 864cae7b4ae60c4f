"""Reading the log for many followers at once: each is told what it would be told alone, and nothing of another's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest

from domain.identifiers import new_id
from domain.policy import MachineScope, Visibility
from persistence.database import DatabaseRole, Isolation
from persistence.following import FOLLOWERS_AT_ONCE, Readings, Told
from persistence.reads.changes import ROWS_AT_ONCE, Changes, read_changes
from persistence.snapshot import Snapshot
from persistence.viewer import MachineRefusedError, Principal, UnauthenticatedError
from tests.support.api import Statements
from tests.support.machines import make_machine, spoilt_machines
from tests.support.world import Person, World, shares

FROM_NOW_ON = 2**62
LOG_MANY = (
    "INSERT INTO app.changes (tenant_id, number, entity, entity_id, operation)"
    " SELECT $1, h.change_number, 'entry', gen_random_uuid(), 'CREATE' FROM ledger.heads h, generate_series(1, $2)"
    " WHERE h.tenant_id = $1"
)


@pytest.fixture
async def readings(world: World) -> AsyncIterator[Readings]:
    readings = Readings(world.database, asyncio.Semaphore(2))
    yield readings
    await readings.close()


async def alone(world: World, principal: Principal, tenant: UUID, after: int) -> Told:
    """What a follower is told who reads in a snapshot of its own."""
    snapshot = Snapshot(world.database, world.keyring, principal, [tenant])
    viewer = await snapshot.open()
    changes: Changes | None = await read_changes(snapshot, tenant, after)
    await snapshot.close()
    return Told(viewer, changes)


async def sent(world: World, *readings: object) -> list[str]:
    """The statements that are sent while somebody reads, but for those that begin and end transactions."""
    statements, pool = Statements(), world.database.pools["kibubu_login"]
    connections = [holder._con for holder in pool._holders if holder._con is not None]
    for connection in connections:
        connection.add_query_logger(statements.note)
    await asyncio.gather(*readings)  # type: ignore[call-overload]
    for connection in connections:
        connection.remove_query_logger(statements.note)
    return [text for text in statements.sent if "app.follow" in text]


async def test_each_is_told_what_it_would_be_told_alone(readings: Readings, world: World) -> None:
    groups = [await world.group(visibility=visibility) for visibility in Visibility]
    first, second, _ = groups
    for group in groups:
        meeting = await world.meeting(group)
        await world.record(group, meeting, shares(group.members[0], 1))
    manager = await world.partner(first, "ROWS")
    people: list[Person] = [
        await world.person(),
        await world.auditor(second),
        manager,
        await world.institution_staff(first),
        *(who for group in groups for who in (group.secretary, group.plain)),
    ]
    own = await make_machine(world, first.id, [MachineScope.READ_ROWS])
    principals = [*(who.principal for who in people), own.principal]
    wanted = [
        (principal, tenant, after)
        for after in (0, 2, FROM_NOW_ON)
        for tenant in (*(group.id for group in groups), new_id())
        for principal in principals
    ]
    assert len(wanted) > 2 * FOLLOWERS_AT_ONCE
    told = await asyncio.gather(*(readings.read(*each) for each in wanted))
    for each, found in zip(wanted, told, strict=True):
        assert found == await alone(world, *each)
    # So that it is seen that some are told much, and some nothing.
    assert {len(each.changes.units) if each and each.changes else None for each in told} >= {None, 0}
    assert max(len(each.changes.units) for each in told if each and each.changes) > 5


async def test_administrators_are_read_for_in_their_own_role(readings: Readings, world: World) -> None:
    group, admin = await world.group(), await world.admin()
    told = await asyncio.gather(
        readings.read(admin.principal, group.id, 0), readings.read(group.secretary.principal, group.id, 0)
    )
    assert told == [
        await alone(world, admin.principal, group.id, 0),
        await alone(world, group.secretary.principal, group.id, 0),
    ]
    assert told[0] is not None
    assert told[0].viewer.is_admin
    # Nobody becomes an administrator by standing beside one.
    with pytest.raises(UnauthenticatedError):
        await readings.read(Principal(group.secretary.session_id, DatabaseRole.ADMIN), group.id, 0)


async def test_whoever_is_refused_is_told_nothing_and_the_others_all(readings: Readings, world: World) -> None:
    group = await world.group()
    suspended = Person(user := await world.make_user(status="SUSPENDED"), await world.make_session(user))
    past = timedelta(seconds=-1)
    refused = [
        Principal(new_id(), DatabaseRole.APP),
        suspended.principal,
        Principal(await world.make_session(group.secretary.user_id, lives=past), DatabaseRole.APP),
        *(await spoilt_machines(world, group.id)).values(),
    ]
    good = group.secretary.principal
    order = [each for bad in refused for each in (bad, good)]
    answers = await asyncio.gather(*(readings.read(each, group.id, 0) for each in order), return_exceptions=True)
    expected = await alone(world, good, group.id, 0)
    assert answers[1::2] == [expected] * len(refused)
    kinds = [MachineRefusedError if each.is_machine else UnauthenticatedError for each in refused]
    assert [type(each) for each in answers[::2]] == kinds


async def test_a_stranger_after_a_member_is_not_told_what_the_member_is(readings: Readings, world: World) -> None:
    """The changes are read once for a group; whoever shares them has entered and may follow it, too."""
    group, stranger = await world.group(), await world.person()
    member = group.plain.principal
    order = [member, stranger.principal, member, stranger.principal]
    told = await asyncio.gather(*(readings.read(each, group.id, 0) for each in order))
    assert [each is not None and each.changes is not None for each in told] == [True, False, True, False]
    rows = "SELECT place, shared_with, last IS NULL, numbers IS NULL FROM app.follow($1, $2, $3, $4, 9)"
    async with world.database.transaction(DatabaseRole.APP, Isolation.READ) as connection:
        ids = [each.id for each in order]
        found = await connection.fetch(rows, ids, [None] * 4, [group.id] * 4, [0] * 4)
    assert [tuple(row) for row in found] == [
        (1, None, False, False),
        (2, None, True, True),
        (3, 1, True, True),
        (4, None, True, True),
    ]


async def test_a_revocation_holds_from_the_next_reading_on(readings: Readings, world: World) -> None:
    group = await world.group()
    machine = await make_machine(world, group.id, [MachineScope.READ_ROWS])
    assert await readings.read(machine.principal, group.id, 0) is not None
    await machine.revoke(world)
    await world.superuser.execute("UPDATE app.memberships SET ends_at = now() WHERE user_id = $1", group.plain.user_id)
    told, refused = await asyncio.gather(
        readings.read(group.plain.principal, group.id, 0),
        readings.read(machine.principal, group.id, 0),
        return_exceptions=True,
    )
    assert isinstance(told, Told)
    assert told.changes is None
    assert isinstance(refused, MachineRefusedError)


async def test_those_who_wait_are_asked_for_with_one_statement(readings: Readings, world: World) -> None:
    group = await world.group()
    wanted = [readings.read(group.secretary.principal, group.id, 0) for _ in range(FOLLOWERS_AT_ONCE)]
    assert len(await sent(world, *wanted)) == 1


async def test_what_is_longer_than_one_reading_is_left_to_each(readings: Readings, world: World) -> None:
    group = await world.group()
    start = int(await world.superuser.fetchval("SELECT change_number FROM ledger.heads WHERE tenant_id = $1", group.id))
    principal = group.secretary.principal
    for count in (ROWS_AT_ONCE, 1):
        await world.superuser.execute("UPDATE ledger.heads SET change_number = change_number + 1")
        await world.superuser.execute(LOG_MANY, group.id, count)
        told = await readings.read(principal, group.id, start)
        assert (told is None) is (count == 1)
    told = await readings.read(principal, group.id, start + 1)
    assert told is not None
    assert told.changes is not None
    assert (told.changes.last, len(told.changes.units)) == (start + 2, 1)


async def test_where_it_fails_each_reads_alone_and_the_next_is_read_for_again(readings: Readings, world: World) -> None:
    group = await world.group()
    principal = group.secretary.principal
    await world.superuser.execute("ALTER FUNCTION app.changes_after(uuid, bigint, bigint) RENAME TO gone")
    assert await asyncio.gather(*(readings.read(principal, group.id, 0) for _ in range(3))) == [None] * 3
    await world.superuser.execute("ALTER FUNCTION app.gone(uuid, bigint, bigint) RENAME TO changes_after")
    assert await readings.read(principal, group.id, 0) == await alone(world, principal, group.id, 0)


async def test_whoever_goes_away_is_missed_by_nobody(readings: Readings, world: World) -> None:
    group = await world.group()
    principal = group.secretary.principal
    going, staying = (asyncio.create_task(readings.read(principal, group.id, 0)) for _ in range(2))
    await asyncio.sleep(0)
    going.cancel()
    assert await staying == await alone(world, principal, group.id, 0)
    # Nor is anybody left waiting where reading comes to its end.
    waiting = asyncio.create_task(readings.read(principal, group.id, 0))
    await asyncio.sleep(0)
    await readings.close()
    assert await waiting is None


async def test_nothing_of_a_follower_is_left_on_the_connection(readings: Readings, world: World) -> None:
    group = await world.group()
    await readings.read(group.secretary.principal, group.id, 0)
    pool = world.database.pools["kibubu_login"]
    for holder in pool._holders:
        connection: asyncpg.Connection | None = holder._con
        if connection is not None:
            assert await connection.fetchval("SELECT coalesce(current_setting('app.user_id', true), '')") == ""


@pytest.mark.parametrize("role", [DatabaseRole.READONLY, DatabaseRole.ANONYMOUS, DatabaseRole.WORKER])
async def test_only_people_and_administrators_are_read_for(world: World, role: DatabaseRole) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with world.database.transaction(role, Isolation.READ) as connection:
            await connection.fetch("SELECT FROM app.follow('{}', '{}', '{}', '{}', 1)")
