"""graphql-transport-ws as an ASGI application: one socket, many operations.

A socket keeps no queue. Each operation sends what it has and goes on when that is written; a client that takes nothing
for too long is dropped. So one that reads slowly costs no memory, and misses nothing: it comes back with the number of
the last event that it saw.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Mapping
from contextlib import aclosing, suppress
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import orjson
import structlog
from starlette.types import Message as AsgiMessage
from starlette.types import Receive, Scope, Send

from graph.context import Context
from graph.execution import Executor, Unauthorized
from graph.http import GraphQLRequest, GraphQLResponse, RequestFacts
from graph.http.refusals import MalformedRequest
from graph.http.request import request_from_values
from graph.http.response import encode
from graph.subscriptions.protocol import SUBPROTOCOL, Ending, Message, ProtocolError, read_message
from graph.subscriptions.running import answers_to
from graph.subscriptions.streams import Stream
from persistence.database import DatabaseBusyError, DatabaseUnavailableError
from persistence.viewer import UnauthenticatedError

__all__ = ["MESSAGE_BYTES_MAX", "SocketSettings", "serve_socket"]

MESSAGE_BYTES_MAX = 256 * 1024
"""How long a message of a client may be, as long as a request over HTTP."""

_log = structlog.get_logger("kibubu.streams")


@dataclass(frozen=True, slots=True)
class SocketSettings:
    """The limits of a socket.

    Attributes:
        operations_max: How many operations, subscriptions or not, may be under way.
        message_bytes_max: How long a message of the client may be.
        init_seconds: How long `connection_init` may be waited for.
        send_seconds: How long the client may take nothing while something waits for it.
        finish_seconds: How long queries and mutations may go on when the server restarts.
        origins: Other origins whose pages may open one; `*` for every origin.
    """

    operations_max: int = 50
    message_bytes_max: int = MESSAGE_BYTES_MAX
    init_seconds: float = 10.0
    send_seconds: float = 10.0
    finish_seconds: float = 4.0
    origins: tuple[str, ...] = ()


async def serve_socket(
    executor: Executor, settings: SocketSettings, scope: Scope, receive: Receive, send: Send
) -> None:
    """Serve one WebSocket from the handshake to the end."""
    if (await receive())["type"] != "websocket.connect":
        return
    headers = _headers(scope)
    if not _is_welcome(headers, settings.origins):
        # Before it is accepted, a close is answered as a refused handshake, with status 403.
        await send({"type": "websocket.close"})
        return
    streams = executor.services.streams
    if not streams.has_room or SUBPROTOCOL not in scope.get("subprotocols", ()):
        ending = Ending.WRONG_SUBPROTOCOL if streams.has_room else Ending.FULL
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.close", "code": ending.code, "reason": ending.reason})
        return
    telemetry = executor.services.telemetry
    with streams.open() as stream:
        await send({"type": "websocket.accept", "subprotocol": SUBPROTOCOL})
        telemetry.socket_opened("websocket")
        client_host = scope["client"][0] if scope.get("client") else None
        socket = _Socket(executor, settings, stream, headers, client_host, send)
        try:
            await socket.run(receive)
        finally:
            code = 1000 if stream.ending is None else stream.ending.code
            telemetry.socket_closed("websocket", code)


def _headers(scope: Scope) -> Mapping[str, str]:
    # A cookie is no credential here: a browser adds it by itself.
    pairs = ((name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in scope["headers"])
    return MappingProxyType({name: value for name, value in pairs if name != "cookie"})


def _is_welcome(headers: Mapping[str, str], origins: tuple[str, ...]) -> bool:
    """Whether the page that opens the socket may, if it is one: browsers ask nobody before they do."""
    origin = headers.get("origin")
    if origin is None or "*" in origins or origin in origins:
        return True
    return origin.partition("://")[2] == headers.get("host")


class _Socket:
    """One socket after the handshake."""

    def __init__(
        self,
        executor: Executor,
        settings: SocketSettings,
        stream: Stream,
        headers: Mapping[str, str],
        client_host: str | None,
        send: Send,
    ) -> None:
        self._executor = executor
        self._settings = settings
        self._stream = stream
        self._headers = headers
        self._client_host = client_host
        self._asgi_send = send
        self._writing = asyncio.Lock()
        self._reason: str | None = None
        self._is_initialised = False
        self._is_acknowledged = False
        self._operations: dict[str, asyncio.Task[None]] = {}
        self._tasks: dict[asyncio.Task[None], str] = {}
        self._subscribed: set[asyncio.Task[Any] | None] = set()

    async def run(self, receive: Receive) -> None:
        """Serve until the client goes away or the stream is to end; nothing is left behind."""
        self._stream.end_in(self._settings.init_seconds, Ending.NO_INIT)
        ended = asyncio.ensure_future(self._stream.ended())
        coming: asyncio.Future[AsgiMessage] = asyncio.ensure_future(receive())
        is_here = True
        try:
            while is_here and self._stream.ending is None:
                await asyncio.wait((coming, ended), return_when=asyncio.FIRST_COMPLETED)
                if coming.done() and self._stream.ending is None:
                    is_here = self._take(coming.result())
                    coming = asyncio.ensure_future(receive()) if is_here else coming
            if is_here and self._stream.ending is Ending.RESTART:
                await self._finish()
        finally:
            coming.cancel()
            ended.cancel()
            await asyncio.gather(coming, ended, return_exceptions=True)
            await self._stop()
        if is_here:
            await self._close()

    def _take(self, event: AsgiMessage) -> bool:
        """Act on what came; returns whether the client is still there."""
        if event["type"] == "websocket.disconnect":
            return False
        try:
            self._act(read_message(event.get("text"), self._settings.message_bytes_max))
        except ProtocolError as error:
            self._reason = error.reason
            self._stream.end(error.ending)
        return True

    def _act(self, message: Message) -> None:
        match message.kind:
            case "connection_init":
                if self._is_initialised:
                    raise ProtocolError(Ending.TWICE_INIT)
                self._is_initialised = True
                self._begin("", self._initialise(message.payload or {}))
            case "ping":
                answer = {"type": "pong"} if message.payload is None else {"type": "pong", "payload": message.payload}
                self._begin("", self._send(orjson.dumps(answer)))
            case "subscribe":
                self._subscribe(message)
            case "complete":
                task = self._operations.pop(message.id, None)
                if task is not None:
                    task.cancel()

    def _subscribe(self, message: Message) -> None:
        if not self._is_acknowledged:
            raise ProtocolError(Ending.NOT_ACKNOWLEDGED)
        if message.id in self._operations:
            raise ProtocolError(Ending.DUPLICATE)
        try:
            request = request_from_values(message.payload or {})
        except MalformedRequest as error:
            raise ProtocolError(Ending.INVALID_MESSAGE, error.message) from None
        if len(self._operations) < self._settings.operations_max:
            self._operations[message.id] = self._begin(message.id, self._operate(message.id, request))
        else:
            self._begin("", self._send(_error(message.id, [_too_many(self._settings.operations_max)])))

    def _begin(self, operation_id: str, work: Any) -> asyncio.Task[None]:
        """Let something run beside the socket; what is under way is bounded, pings included."""
        if len(self._tasks) > 2 * self._settings.operations_max:
            work.close()
            raise ProtocolError(Ending.TOO_SLOW)
        task: asyncio.Task[None] = asyncio.create_task(work)
        self._tasks[task] = operation_id
        task.add_done_callback(self._end_task)
        return task

    def _end_task(self, task: asyncio.Task[None]) -> None:
        self._free(self._tasks.pop(task), task)
        self._subscribed.discard(task)
        if not task.cancelled() and task.exception() is not None:
            _log.error("socket_failed", exc_info=task.exception())
            self._stream.end(Ending.BROKEN)

    def _free(self, operation_id: str, task: asyncio.Task[Any] | None) -> None:
        """Let the id be used again: whoever is told of an operation's end may do so at once."""
        if self._operations.get(operation_id) is task:
            self._operations.pop(operation_id, None)

    async def _initialise(self, payload: dict[str, Any]) -> None:
        credential = payload.get("Authorization", payload.get("authorization"))
        if isinstance(credential, str):
            self._headers = MappingProxyType({**self._headers, "authorization": credential})
        try:
            principal, ends_at = self._executor.credential_of(self._facts())
        except Unauthorized as error:
            self._reason = str(error)
            principal = None
        if principal is None:
            self._stream.end(Ending.REFUSED)
            return
        # A session that has ended is told so here, and not with each operation.
        context = Context(self._executor.services, principal, self._facts())
        try:
            context.tenants = []
            await context.snapshot.open()
        except UnauthenticatedError:
            self._stream.end(Ending.REVOKED)
            return
        except (DatabaseBusyError, DatabaseUnavailableError):
            self._stream.end(Ending.FULL)
            return
        finally:
            await context.forget()
        self._stream.principal = principal
        self._stream.cancel_timer()
        if ends_at is not None:
            self._stream.end_at(ends_at, Ending.EXPIRED)
        self._is_acknowledged = True
        await self._send(b'{"type":"connection_ack"}')

    def _facts(self) -> RequestFacts:
        return RequestFacts(
            request_id=uuid.uuid4().hex,
            method="POST",
            allow_mutations=True,
            headers=self._headers,
            client_host=self._client_host,
        )

    async def _operate(self, operation_id: str, request: GraphQLRequest) -> None:
        """Run one operation and send what it answers."""
        name = orjson.dumps(operation_id)
        facts = self._facts()
        me = asyncio.current_task()
        with structlog.contextvars.bound_contextvars(request_id=facts.request_id):
            answers = answers_to(self._executor, request, facts, "websocket", lambda: self._subscribed.add(me))
            async with aclosing(answers):
                async for response in answers:
                    if response.is_request_error:
                        self._free(operation_id, me)
                        await self._send(_error(operation_id, response.errors))
                        if _is_unauthenticated(response):
                            self._stream.end(Ending.REVOKED)
                        return
                    await self._send(b'{"id":%b,"type":"next","payload":%b}' % (name, encode(response)))
            self._free(operation_id, me)
            await self._send(b'{"id":%b,"type":"complete"}' % name)

    async def _send(self, message: bytes) -> None:
        """Send a message, and wait until it is written; a client that takes too long is dropped."""
        async with self._writing:
            if self._stream.ending is not None and self._stream.ending is not Ending.RESTART:
                return
            try:
                async with asyncio.timeout(self._settings.send_seconds):
                    await self._asgi_send({"type": "websocket.send", "text": message.decode()})
            except TimeoutError:
                self._stream.end(Ending.TOO_SLOW)
            except Exception:  # noqa: BLE001 - whatever server it is: the client is gone, and the socket hears of it
                self._stream.end(Ending.RESTART)

    async def _finish(self) -> None:
        """Let queries and mutations that are under way come to their end, for a while."""
        once = self._tasks.keys() - self._subscribed
        if once:
            await asyncio.wait(once, timeout=self._settings.finish_seconds)

    async def _stop(self) -> None:
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _close(self) -> None:
        ending = self._stream.ending or Ending.RESTART
        reason = ending.reason if self._reason is None else self._reason
        # A client that reads nothing is not told either: its connection is closed all the same.
        with suppress(Exception):
            async with asyncio.timeout(self._settings.send_seconds):
                await self._asgi_send({"type": "websocket.close", "code": ending.code, "reason": reason})


def _is_unauthenticated(response: GraphQLResponse) -> bool:
    return any(error["extensions"]["code"] == "UNAUTHENTICATED" for error in response.errors or ())


def _error(operation_id: str, errors: list[dict[str, Any]] | None) -> bytes:
    return orjson.dumps({"id": operation_id, "type": "error", "payload": errors})


def _too_many(limit: int) -> dict[str, Any]:
    message = f"A socket carries {limit} operations at a time: complete one, or open another socket."
    return {"message": message, "extensions": {"code": "TOO_MANY_OPERATIONS", "requestId": uuid.uuid4().hex}}
