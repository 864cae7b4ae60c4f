"""Clients that read too slowly, and servers that end: nothing waits for ever, and what runs is finished."""

from __future__ import annotations

import asyncio
import json
import socket as sockets

import pytest

from domain.identifiers import new_id
from graph.subscriptions.event_stream import EventStreamSettings
from graph.subscriptions.websocket import SocketSettings
from tests.graph.subscriptions.sockets import FOLLOW, Here, Socket, open_event_stream, serving_here, token_of, until
from tests.support.locks import wait_for_lock
from tests.support.world import World

SMALL = 4_096
"""A buffer of the kernel's, in bytes: so that little of what nobody reads is out of sight."""


def small_buffer(port: int) -> sockets.socket:
    """A connection whose kernel keeps little for a client that does not read."""
    connection = sockets.socket()
    connection.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, SMALL)
    connection.connect(("127.0.0.1", port))
    connection.setblocking(False)
    return connection


async def flood(socket: Socket, count: int) -> None:
    """Ask for more than fits anywhere, and read nothing of it."""
    message = json.dumps({"type": "ping", "payload": {"a": "x" * 20_000}})
    for _ in range(count):
        await socket.send(message)


async def test_a_client_that_reads_nothing_is_dropped_and_leaves_nothing_behind(world: World) -> None:
    group = await world.group()
    limits = SocketSettings(send_seconds=0.2)
    async with serving_here(world, sockets=limits, send_buffer=SMALL) as here:
        connection = small_buffer(here.port)
        async with here.socket(group.secretary, sock=connection, max_queue=1) as socket:
            await socket.follow(group.id)
            await until(lambda: here.services.feed.followers_count == 1)
            # Its end of the line is stopped, so that what is sent piles up at the server.
            socket.connection.transport.pause_reading()
            await flood(socket, 30)
            await here.is_left_alone()
            socket.connection.transport.abort()


async def test_a_client_that_reads_again_in_time_is_told_why_with_4413(world: World) -> None:
    group = await world.group()
    limits = SocketSettings(send_seconds=0.5)
    async with serving_here(world, sockets=limits, send_buffer=SMALL) as here:
        connection = small_buffer(here.port)
        async with here.socket(group.secretary, sock=connection, max_queue=None) as socket:
            stream = next(iter(here.services.streams._open))
            socket.connection.transport.pause_reading()
            await flood(socket, 30)
            await until(lambda: stream.ending is not None)
            socket.connection.transport.resume_reading()
            assert (await socket.closed())[0] == 4413
        await here.is_left_alone()


async def test_a_client_with_more_under_way_than_it_may_is_dropped_with_4413(world: World) -> None:
    async with (
        serving_here(world, sockets=SocketSettings(operations_max=2), send_buffer=SMALL) as here,
        here.socket(await world.person(), sock=small_buffer(here.port), max_queue=None) as socket,
    ):
        socket.connection.transport.pause_reading()
        stream = next(iter(here.services.streams._open))
        sending = asyncio.create_task(flood(socket, 60))
        await until(lambda: stream.ending is not None)
        socket.connection.transport.resume_reading()
        assert (await socket.closed())[0] == 4413
        await asyncio.gather(sending, return_exceptions=True)


async def test_an_event_stream_that_nobody_reads_is_cut_off(world: World) -> None:
    group = await world.group()
    limits = EventStreamSettings(quiet_seconds=0.001, send_seconds=0.2)
    async with serving_here(world, event_streams=limits, send_buffer=SMALL) as here:
        connection = small_buffer(here.port)
        loop = asyncio.get_running_loop()
        body = json.dumps({"query": FOLLOW, "variables": {"group": str(group.id)}}).encode()
        head = (
            "POST /graphql HTTP/1.1\r\nhost: kibubu\r\naccept: text/event-stream\r\ncontent-type: application/json\r\n"
            f"authorization: Bearer {token_of(world, group.secretary)}\r\ncontent-length: {len(body)}\r\n\r\n"
        )
        await loop.sock_sendall(connection, head.encode() + body)
        await until(lambda: here.services.streams.count == 1)
        # Comments alone fill what nobody empties.
        await here.is_left_alone()
        connection.close()


async def test_a_server_that_ends_closes_its_sockets_with_1012(world: World) -> None:
    group = await world.group()
    async with serving_here(world) as here, here.socket(group.secretary) as socket:
        await socket.follow(group.id)
        await until(lambda: here.services.feed.followers_count == 1)
        _, closed = await asyncio.gather(here.services.draining.close(), socket.closed())
        assert closed == (1012, "The server restarts: connect again.")
        async with here.socket() as late:
            assert (await late.closed())[0] == 1013


async def test_a_mutation_that_is_under_way_is_finished_before_the_socket_is_closed(world: World) -> None:
    group = await world.group()
    document = "mutation M($input: MeetingOpenInput!) { meetingOpen(input: $input) { meeting { number } } }"
    async with serving_here(world) as here, here.socket(group.secretary) as socket:
        transaction = world.superuser.transaction()
        await transaction.start()
        await world.superuser.execute("SELECT FROM ledger.heads WHERE tenant_id = $1 FOR UPDATE", group.id)
        await socket.follow(group.id, operation="s")
        await socket.subscribe("m", document, input={"groupId": group.id, "idempotencyKey": new_id()})
        await wait_for_lock(world.superuser)
        closing = asyncio.create_task(here.services.draining.close())
        await until(lambda: here.services.draining.is_closing)
        await transaction.rollback()
        assert await socket.answer("m") == {"meetingOpen": {"meeting": {"number": 1}}}
        assert (await socket.closed())[0] == 1012
        await closing


@pytest.mark.parametrize("kind", ["socket", "stream"])
async def test_what_is_asked_again_and_again_leaves_nothing_behind(here: Here, world: World, kind: str) -> None:
    group = await world.group()
    token = token_of(world, group.secretary)
    tasks = len(asyncio.all_tasks())
    for _ in range(10):
        if kind == "socket":
            async with here.socket(token) as socket:
                await socket.follow(group.id, after=0)
                await socket.event()
                await socket.send({"type": "complete", "id": "1"})
        else:
            async with open_event_stream(here.url, token, FOLLOW, group=group.id, after=0) as stream:
                assert await stream.next() is not None
    await here.is_left_alone()
    await until(lambda: len(asyncio.all_tasks()) <= tasks)
