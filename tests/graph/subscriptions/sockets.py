"""A server on a port, and what follows a group on it: over a WebSocket or as a stream of events."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import uvicorn
from fastapi import FastAPI
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from graph.application import create_application
from graph.services import Services
from graph.settings import read_settings
from graph.subscriptions.event_stream import EventStreamSettings
from graph.subscriptions.websocket import SocketSettings
from persistence.crypto.tokens import ACCESS_TOKEN_LIFETIME, AccessTokens, TokenRole
from persistence.database import DatabaseRole
from persistence.roles import LOGINS
from tests.support.api import MASTER_KEY
from tests.support.cluster import dsn_for
from tests.support.world import Person, World

ANSWER_SECONDS_MAX = 30
"""How long a test waits for what must come: none passes because it did not."""

FOLLOW = """
subscription Follow($group: ID!, $after: Int) {
  groupActivity(groupId: $group, after: $after) { number changes { kind operation recordId } }
}
"""


def settings_of(world: World, **settings: object) -> dict[str, object]:
    """The settings of a server on the world's database."""
    addresses = {login: dsn_for(world.name, login) for login in LOGINS}
    return {
        "database_url": addresses["kibubu_login"],
        "admin_url": addresses["kibubu_admin_login"],
        "worker_url": addresses["kibubu_worker_login"],
        "master_key": MASTER_KEY,
        **settings,
    }


def token_of(world: World, who: Person, *, lives: timedelta = ACCESS_TOKEN_LIFETIME) -> str:
    """An access token that still lives so long."""
    tokens = AccessTokens(world.keyring, clock=lambda: datetime.now(UTC) - ACCESS_TOKEN_LIFETIME + lives)
    role = TokenRole.ADMIN if who.role is DatabaseRole.ADMIN else TokenRole.APP
    return tokens.issue(who.user_id, who.session_id, role).text


@dataclass
class Here:
    """A server of the test's own, in the test's own loop."""

    application: FastAPI
    port: int
    world: World
    server: uvicorn.Server

    @property
    def services(self) -> Services:
        services: Services = self.application.state.services
        return services

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/graphql"

    @asynccontextmanager
    async def socket(self, who: Person | str | None = None, **options: Any) -> AsyncIterator[Socket]:
        """A socket; initialised if somebody is given, by her token or by the text of one."""
        token = token_of(self.world, who) if isinstance(who, Person) else who
        async with open_socket(self.port, token, **options) as opened:
            yield opened

    async def is_left_alone(self) -> None:
        """Wait until no stream, no follower, and no connection to the database is held."""
        await until(self._is_idle)

    def _is_idle(self) -> bool:
        pools = self.services.database.pools.values()
        held = sum(pool.get_size() - pool.get_idle_size() for pool in pools)
        return (self.services.streams.count, self.services.feed.followers_count, held) == (0, 0, 0)


@asynccontextmanager
async def serving_here(
    world: World,
    *,
    sockets: SocketSettings | None = None,
    event_streams: EventStreamSettings | None = None,
    send_buffer: int | None = None,
    **settings: object,
) -> AsyncIterator[Here]:
    """Serve the world's database on a port."""
    application = create_application(read_settings(**settings_of(world, **settings)))
    if sockets is not None:
        application.state.sockets = sockets
    if event_streams is not None:
        application.state.event_streams = event_streams
    taken = socket.create_server(("127.0.0.1", 0))
    if send_buffer is not None:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, send_buffer)
    config = uvicorn.Config(
        application, lifespan="on", log_config=None, access_log=False, timeout_graceful_shutdown=5, log_level="warning"
    )
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve(sockets=[taken]))
    try:
        await until(lambda: server.started or running.done())
        yield Here(application, taken.getsockname()[1], world, server)
    finally:
        server.should_exit = True
        await running


class Socket:
    """A client that speaks graphql-transport-ws, message by message."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    async def send(self, message: dict[str, Any] | str | bytes) -> None:
        await self.connection.send(json.dumps(message, default=str) if isinstance(message, dict) else message)

    async def receive(self) -> dict[str, Any]:
        async with asyncio.timeout(ANSWER_SECONDS_MAX):
            received: dict[str, Any] = json.loads(await self.connection.recv())
        return received

    async def init(self, token: str | None) -> None:
        payload = {} if token is None else {"Authorization": f"Bearer {token}"}
        await self.send({"type": "connection_init", "payload": payload})
        assert await self.receive() == {"type": "connection_ack"}

    async def subscribe(self, operation: str, query: str, **variables: Any) -> None:
        payload = {"query": query, "variables": variables}
        await self.send({"id": operation, "type": "subscribe", "payload": payload})

    async def follow(self, group: UUID, after: int | None = None, operation: str = "1") -> None:
        await self.subscribe(operation, FOLLOW, group=group, after=after)

    async def answer(self, operation: str) -> dict[str, Any]:
        """The data of a query or a mutation, which is one answer."""
        message = await self.receive()
        assert (message["id"], message["type"]) == (operation, "next"), message
        assert "errors" not in message["payload"], message
        assert await self.receive() == {"id": operation, "type": "complete"}
        return message["payload"]["data"]  # type: ignore[no-any-return]

    async def event(self) -> dict[str, Any]:
        """The next event of a group."""
        message = await self.receive()
        assert message["type"] == "next", message
        assert "errors" not in message["payload"], message
        return message["payload"]["data"]["groupActivity"]  # type: ignore[no-any-return]

    async def events(self, until: int) -> list[dict[str, Any]]:
        """The events up to one with a number."""
        events = [await self.event()]
        while events[-1]["number"] < until:
            events.append(await self.event())
        return events

    async def refusal(self) -> tuple[str, str]:
        """The code and the message of the only error that ends an operation."""
        message = await self.receive()
        assert message["type"] == "error", message
        (error,) = message["payload"]
        return error["extensions"]["code"], error["message"]

    async def closed(self) -> tuple[int, str]:
        """The code and the reason with which the server closes; whatever comes before is passed over."""
        async with asyncio.timeout(ANSWER_SECONDS_MAX):
            with suppress(ConnectionClosed):
                while True:
                    await self.connection.recv()
        protocol = self.connection.protocol
        assert protocol.close_rcvd is not None, "it was cut off without a word"
        return protocol.close_rcvd.code, protocol.close_rcvd.reason


@asynccontextmanager
async def open_socket(
    port: int,
    token: str | None = None,
    *,
    subprotocol: str | None = "graphql-transport-ws",
    **options: Any,
) -> AsyncIterator[Socket]:
    """A socket to a server; initialised if there is a token."""
    subprotocols = None if subprotocol is None else [Subprotocol(subprotocol)]
    url = f"ws://127.0.0.1:{port}/graphql"
    # Compressed, what is sent to a client that does not read would take no room.
    fixed: dict[str, Any] = {"ping_interval": None, "max_size": None, "compression": None}
    async with connect(url, subprotocols=subprotocols, **fixed, **options) as connection:
        opened = Socket(connection)
        if token is not None:
            await opened.init(token)
        yield opened


@dataclass
class EventStream:
    """The answer to a request for a stream of events."""

    response: httpx.Response
    lines: AsyncIterator[str]

    async def next(self) -> tuple[str, Any] | None:
        """The next event: its name, and the JSON in it; None at the end. Comments are passed over."""
        name, data = "", ""
        async with asyncio.timeout(ANSWER_SECONDS_MAX):
            async for line in self.lines:
                if line.startswith("event:"):
                    name = line[6:].strip()
                elif line.startswith("data:"):
                    data = line[5:].strip()
                elif not line and name:
                    return name, json.loads(data) if data else None
        return None


@asynccontextmanager
async def open_event_stream(
    url: str, token: str | None, query: str, *, accept: str = "text/event-stream", **variables: Any
) -> AsyncIterator[EventStream]:
    """Ask for a stream of events."""
    headers = {"accept": accept, "content-type": "application/json"}
    if token is not None:
        headers["authorization"] = f"Bearer {token}"
    content = json.dumps({"query": query, "variables": variables}, default=str)
    async with (
        httpx.AsyncClient(timeout=ANSWER_SECONDS_MAX) as http,
        http.stream("POST", url, content=content, headers=headers) as response,
    ):
        yield EventStream(response, response.aiter_lines())


async def until(holds: Callable[[], object]) -> None:
    """Wait for what must come, and fail if it does not."""
    async with asyncio.timeout(ANSWER_SECONDS_MAX):
        while not holds():  # noqa: ASYNC110 - nobody tells when it is so
            await asyncio.sleep(0.005)


async def number_of(world: World, group: UUID) -> int:
    """The group's change number."""
    return int(await world.superuser.fetchval("SELECT change_number FROM ledger.heads WHERE tenant_id = $1", group))


LOCK_HEAD = (
    "UPDATE ledger.heads SET change_number = change_number + 1, writer = pg_current_xact_id() WHERE tenant_id = $1"
)


def said(event: dict[str, Any]) -> list[tuple[str, str]]:
    return [(change["kind"], change["operation"]) for change in event["changes"]]
