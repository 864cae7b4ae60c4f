"""graphql-sse in distinct connections mode: an operation a request, its answers as events of the response.

A query gives one `next` and `complete`. A stream that ends without `complete` was cut off, by a restart of the server
or since the client read too slowly: it comes back with the number of the last event that it saw.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress
from dataclasses import dataclass

from starlette.types import Receive, Send

from graph.execution import Executor, Unauthorized
from graph.http import GraphQLRequest, GraphQLResponse, RequestFacts
from graph.http.response import encode
from graph.subscriptions.protocol import Ending
from graph.subscriptions.running import answers_to
from graph.subscriptions.streams import Stream

__all__ = ["EVENT_STREAM_HEADERS", "EventStreamSettings", "serve_events"]

EVENT_STREAM_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    # Said to proxies that would otherwise wait for more before they pass anything on.
    (b"x-accel-buffering", b"no"),
]

_COMMENT = b":\n\n"
_COMPLETE = b"event: complete\ndata: \n\n"
_BUSY_MESSAGE = "This server has no room for another stream now: try again in a moment."


@dataclass(frozen=True, slots=True)
class EventStreamSettings:
    """The limits of an event stream.

    Attributes:
        quiet_seconds: How long nothing is sent before a comment is, so that nobody between closes the connection.
        send_seconds: How long the client may take nothing while something waits for it.
    """

    quiet_seconds: float = 12.0
    send_seconds: float = 10.0


async def serve_events(
    executor: Executor,
    settings: EventStreamSettings,
    request: GraphQLRequest,
    facts: RequestFacts,
    headers: list[tuple[bytes, bytes]],
    receive: Receive,
    send: Send,
) -> GraphQLResponse | None:
    """Answer an operation as a stream of events.

    Args:
        executor: Runs operations.
        settings: The limits.
        request: The operation.
        facts: What the transport knows of it.
        headers: What the response has beside those of event streams.
        receive: See ASGI.
        send: See ASGI.

    Returns:
        What is to be answered instead, where the transport has a status for it; None once all is sent.
    """
    streams, telemetry = executor.services.streams, executor.services.telemetry
    if not streams.has_room:
        error = {
            "message": _BUSY_MESSAGE,
            "extensions": {"code": "SERVICE_UNAVAILABLE", "requestId": facts.request_id},
        }
        return GraphQLResponse(None, [error], is_request_error=True, status=503, headers={"retry-after": "1"})
    with streams.open() as stream:
        serving = _EventStream(executor, settings, stream, request, facts, send)
        gone = asyncio.ensure_future(_disconnected(receive, stream))
        try:
            refused = await serving.begin()
            if refused is not None:
                return refused
            telemetry.socket_opened("sse")
            try:
                await serving.run(headers)
            finally:
                telemetry.socket_closed("sse")
        finally:
            gone.cancel()
            await asyncio.gather(gone, return_exceptions=True)
            await serving.stop()
    return None


async def _disconnected(receive: Receive, stream: Stream) -> None:
    with suppress(Exception):
        while (await receive())["type"] != "http.disconnect":
            pass
    stream.end(Ending.GONE)


def _next(response: GraphQLResponse) -> bytes:
    return b"event: next\ndata: %b\n\n" % encode(response)


class _EventStream:
    """One stream, from its first answer to its last."""

    def __init__(
        self,
        executor: Executor,
        settings: EventStreamSettings,
        stream: Stream,
        request: GraphQLRequest,
        facts: RequestFacts,
        send: Send,
    ) -> None:
        self._executor = executor
        self._settings = settings
        self._stream = stream
        self._facts = facts
        self._asgi_send = send
        self._is_subscribed = asyncio.Event()
        self._answers: AsyncGenerator[GraphQLResponse, None] = answers_to(
            executor, request, facts, "sse", self._is_subscribed.set
        )
        self._coming: asyncio.Future[GraphQLResponse] | None = None
        self._ended = asyncio.ensure_future(stream.ended())

    async def begin(self) -> GraphQLResponse | None:
        """Begin the operation; returns what is answered without a stream, with a status of its own."""
        with suppress(Unauthorized):
            principal, ends_at = self._executor.credential_of(self._facts)
            self._stream.principal = principal
            if ends_at is not None:
                self._stream.end_at(ends_at, Ending.EXPIRED)
        subscribed = asyncio.ensure_future(self._is_subscribed.wait())
        try:
            await asyncio.wait((self._anext(), subscribed, self._ended), return_when=asyncio.FIRST_COMPLETED)
        finally:
            subscribed.cancel()
        if self._coming is not None and self._coming.done() and self._coming.exception() is None:
            response = self._coming.result()
            return response if response.status is not None else None
        return None

    async def run(self, headers: list[tuple[bytes, bytes]]) -> None:
        """Send the answers until there are no more, or the stream is to end."""
        await self._send({"type": "http.response.start", "status": 200, "headers": [*headers, *EVENT_STREAM_HEADERS]})
        await self._write(_COMMENT)
        is_complete = False
        while self._stream.ending is None:
            coming = self._anext()
            await asyncio.wait(
                (coming, self._ended), timeout=self._settings.quiet_seconds, return_when=asyncio.FIRST_COMPLETED
            )
            if self._stream.ending is not None:
                break
            if not coming.done():
                await self._write(_COMMENT)
                continue
            self._coming = None
            try:
                response = coming.result()
            except StopAsyncIteration:
                is_complete = True
                break
            await self._write(_next(response))
        await self._finish(is_complete=is_complete)

    async def _finish(self, *, is_complete: bool) -> None:
        """Say why it ends, if the client is not to come back by itself, and end the response."""
        ending = self._stream.ending
        if ending in (Ending.EXPIRED, Ending.REVOKED):
            error = {
                "message": ending.reason,
                "extensions": {"code": "UNAUTHENTICATED", "requestId": self._facts.request_id},
            }
            await self._write(
                b"event: next\ndata: %b\n\n" % encode(GraphQLResponse(None, [error], is_request_error=True))
            )
            is_complete = True
        if ending is not Ending.GONE:
            last = _COMPLETE if is_complete else b""
            await self._send({"type": "http.response.body", "body": last, "more_body": False})

    async def stop(self) -> None:
        """Leave nothing behind."""
        pending = [each for each in (self._coming, self._ended) if each is not None]
        for each in pending:
            each.cancel()
        await asyncio.gather(*pending, return_exceptions=True)
        await self._answers.aclose()

    def _anext(self) -> asyncio.Future[GraphQLResponse]:
        if self._coming is None:
            self._coming = asyncio.ensure_future(anext(self._answers))
        return self._coming

    async def _write(self, chunk: bytes) -> None:
        await self._send({"type": "http.response.body", "body": chunk, "more_body": True})

    async def _send(self, message: dict[str, object]) -> None:
        try:
            async with asyncio.timeout(self._settings.send_seconds):
                await self._asgi_send(message)
        except TimeoutError:
            self._stream.end(Ending.TOO_SLOW)
        except OSError:
            self._stream.end(Ending.GONE)
