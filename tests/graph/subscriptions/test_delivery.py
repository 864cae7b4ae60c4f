"""Nothing is lost and nothing doubled: under many writers, over several servers, across reconnects and restarts."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from uuid import UUID

import pytest

from domain.identifiers import new_id
from domain.savings import record_contributions
from tests.graph.subscriptions.sockets import (
    FOLLOW,
    Here,
    Socket,
    number_of,
    open_event_stream,
    open_socket,
    serving_here,
    settings_of,
    token_of,
)
from tests.operations.command_line import serving
from tests.support.world import GroupOfPeople, World, shares, sheet

WRITERS = 8
SHEETS = 10

LOCK_HEAD = (
    "UPDATE ledger.heads SET change_number = change_number + 1, writer = pg_current_xact_id() WHERE tenant_id = $1"
)


def environment(world: World) -> dict[str, str]:
    """What a server is told by its environment."""
    settings = {name: str(value) for name, value in settings_of(world).items()}
    return {
        "DATABASE_URL": settings["database_url"],
        "KIBUBU_WORKER_URL": settings["worker_url"],
        "KIBUBU_ADMIN_URL": settings["admin_url"],
        "KIBUBU_MASTER_KEY": settings["master_key"],
        # Nobody reads what it writes while it runs.
        "KIBUBU_LOG_LEVEL": "warning",
    }


@asynccontextmanager
async def server_process(world: World, home: Path) -> AsyncIterator[int]:
    """A server in a process of its own; gives its port."""
    running = serving(home, **environment(world))
    _, port = await asyncio.to_thread(running.__enter__)
    try:
        yield port
    finally:
        await asyncio.to_thread(running.__exit__, None, None, None)


async def write(world: World, group: GroupOfPeople, meeting: UUID, number: int) -> None:
    """Sheets of one and of several lines, and now and then a command that is refused."""
    draw = random.Random(number)  # noqa: S311 - the same sheets each time
    for _ in range(SHEETS):
        items = [shares(member, 1) for member in draw.sample(group.members, draw.randint(1, 3))]
        if draw.random() < 0.2:
            items = [shares(new_id(), 1)]
        await world.perform(group.treasurer, record_contributions, sheet(group, meeting, *items))


async def logged(world: World, group: UUID, after: int) -> list[tuple[int, frozenset[str]]]:
    """What the log holds after a number: each number with the records under it."""
    rows = await world.superuser.fetch(
        "SELECT number, array_agg(entity || ' ' || entity_id) AS records FROM app.changes"
        " WHERE tenant_id = $1 AND number > $2 GROUP BY number ORDER BY number",
        group,
        after,
    )
    return [(row["number"], frozenset(row["records"])) for row in rows]


Heard = list[tuple[int, frozenset[str]]]


def heard_in(event: dict[str, object]) -> tuple[int, frozenset[str]]:
    changes: list[dict[str, str]] = event["changes"]  # type: ignore[assignment]
    records = [f"{change['kind'].lower()} {change['recordId']}" for change in changes]
    assert len(set(records)) == len(records)
    return int(str(event["number"])), frozenset(records)


async def listen(socket: Socket, heard: Heard, until: asyncio.Future[int]) -> None:
    """Note every event up to the last number."""
    while not until.done() or not heard or heard[-1][0] < until.result():
        receiving = asyncio.ensure_future(socket.event())
        await asyncio.wait((receiving, until), return_when=asyncio.FIRST_COMPLETED)
        if not receiving.done() and heard and heard[-1][0] >= until.result():
            receiving.cancel()
            return
        heard.append(heard_in(await receiving))


async def listen_with_breaks(
    port: int, token: str, group: UUID, start: int, heard: Heard, last: asyncio.Future[int]
) -> None:
    """The same, but that the line breaks every few events, and is taken up from the last that was seen."""
    after = start
    while not last.done() or after < last.result():
        async with open_socket(port, token) as socket:
            await socket.follow(group, after=after)
            for _ in range(3):
                if last.done() and after >= last.result():
                    return
                heard.append(heard_in(await socket.event()))
                after = heard[-1][0]
            socket.connection.transport.abort()


async def last_event_of(world: World, group: UUID) -> int:
    """The number of the last unit of work that changed something."""
    return int(await world.superuser.fetchval("SELECT max(number) FROM app.changes WHERE tenant_id = $1", group))


@pytest.mark.slow
async def test_followers_on_two_server_processes_hear_each_of_many_writers_once_and_in_order(
    world: World, tmp_path: Path
) -> None:
    group = await world.group(members=6, shares_max=1_000)
    meeting = await world.meeting(group)
    start = await number_of(world, group.id)
    token = token_of(world, group.secretary)
    last: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    heard: list[Heard] = [[] for _ in range(8)]
    async with AsyncExitStack() as stack:
        ports = [await stack.enter_async_context(server_process(world, tmp_path / str(number))) for number in range(2)]
        sockets = [await stack.enter_async_context(open_socket(ports[number % 2], token)) for number in range(4)]
        for socket in sockets:
            await socket.follow(group.id, after=start)
        listeners = [
            *(listen(socket, heard[number], last) for number, socket in enumerate(sockets)),
            *(
                listen_with_breaks(ports[number % 2], token, group.id, start, heard[number], last)
                for number in range(4, 8)
            ),
        ]

        async def all_write() -> None:
            await asyncio.gather(*(write(world, group, meeting, number) for number in range(WRITERS)))
            # Told to all at the end, whatever was refused before.
            await world.close_meeting(group, meeting)
            last.set_result(await last_event_of(world, group.id))

        await asyncio.gather(all_write(), *listeners)
    expected = await logged(world, group.id, start)
    assert len(expected) > WRITERS * SHEETS // 2
    for each in heard:
        assert each == expected


async def test_a_restart_of_the_server_loses_and_repeats_nothing(world: World) -> None:
    group = await world.group()
    start = after = await number_of(world, group.id)
    heard: Heard = []
    for _ in range(3):
        async with serving_here(world) as here, here.socket(group.secretary) as socket:
            await socket.follow(group.id, after=after)
            meeting = await world.meeting(group)
            heard += map(heard_in, await socket.events(await number_of(world, group.id)))
            after = heard[-1][0]
            here.server.should_exit = True
            assert (await socket.closed())[0] == 1012
        # Written while there is no server; the next one tells of it.
        await world.close_meeting(group, meeting)
    async with serving_here(world) as here, here.socket(group.secretary) as socket:
        await socket.follow(group.id, after=after)
        heard += map(heard_in, await socket.events(await number_of(world, group.id)))
    assert heard == await logged(world, group.id, start)
    assert len(heard) == 6


async def test_a_follower_of_the_log_waits_for_a_writer_that_has_not_committed(here: Here, world: World) -> None:
    group = await world.group()
    start = await number_of(world, group.id)
    transaction = world.superuser.transaction()
    async with here.socket(group.secretary) as socket:
        await socket.follow(group.id, after=start)
        await transaction.start()
        await world.superuser.execute(LOCK_HEAD, group.id)
        await world.superuser.execute("UPDATE app.groups SET village = 'Kibera' WHERE tenant_id = $1", group.id)
        later = asyncio.create_task(world.meeting(group))
        await asyncio.sleep(0.3)
        assert not later.done()
        await transaction.commit()
        await later
        events = await socket.events(start + 2)
    assert [(event["number"], event["changes"][0]["kind"]) for event in events] == [
        (start + 1, "GROUP"),
        (start + 2, "MEETING"),
    ]


async def test_the_feed_outlives_a_database_that_goes_away(here: Here, world: World) -> None:
    group = await world.group()
    async with here.socket(group.secretary) as socket:
        await socket.follow(group.id, after=await number_of(world, group.id))
        await world.meeting(group)
        await socket.event()
        await world.superuser.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        # Whoever is told that it broke comes back with the number it has; whoever is not hears what comes next.
        await world.superuser.execute(
            "UPDATE ledger.heads SET change_number = change_number + 1 WHERE tenant_id = $1", group.id
        )
        await world.database.close()
        fresh = await World.create(world.name)
        try:
            await fresh.group()
            async with fresh.superuser.transaction():
                await fresh.superuser.execute(LOCK_HEAD, group.id)
                await fresh.superuser.execute("UPDATE app.groups SET village = 'Kibera' WHERE tenant_id = $1", group.id)
            message = await socket.receive()
            if message["type"] == "error":
                assert message["payload"][0]["extensions"]["code"] == "SERVICE_UNAVAILABLE"
            else:
                assert message["payload"]["data"]["groupActivity"]["changes"][0]["kind"] == "GROUP"
        finally:
            await fresh.close()


async def test_socket_and_event_stream_hear_the_same(here: Here, world: World) -> None:
    group = await world.group()
    token = token_of(world, group.secretary)
    last = await number_of(world, group.id)
    async with (
        here.socket(token) as socket,
        open_event_stream(here.url, token, FOLLOW, group=group.id, after=0) as stream,
    ):
        await socket.follow(group.id, after=0)
        over_socket = await socket.events(last)
        over_stream = []
        while not over_stream or over_stream[-1]["number"] < last:
            named = await stream.next()
            assert named is not None
            over_stream.append(named[1]["data"]["groupActivity"])
    assert over_socket == over_stream
