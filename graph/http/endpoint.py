"""The GraphQL endpoint: one ASGI application for POST and GET.

It reads and writes HTTP and leaves everything else to the function it is given. Route it with Starlette's `Route`,
which hands every method to an application: `Route("/graphql", GraphQLEndpoint(execute))`.
"""

from __future__ import annotations

import asyncio
import re
import uuid
from collections.abc import Coroutine, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, Literal, Protocol, cast

import structlog
from starlette.types import Receive, Scope, Send

from graph.http.compression import COMPRESS_FROM_BYTES, Compressor
from graph.http.cross_origin import CrossOrigin
from graph.http.negotiation import EVENT_STREAM, JSON, check_content, negotiate
from graph.http.refusals import (
    BodyTooLarge,
    BodyTooSlow,
    MethodNotAllowed,
    NotAcceptable,
    QueryStringTooLong,
    Refusal,
)
from graph.http.request import GraphQLRequest, RequestFacts, request_from_body, request_from_query_string
from graph.http.response import GraphQLResponse, encode, encode_error, status_of

__all__ = ["EndpointSettings", "Execute", "GraphQLEndpoint"]

log: structlog.typing.FilteringBoundLogger = structlog.get_logger(__name__)

MAX_BODY_BYTES = 256 * 1024
BODY_TIMEOUT_SECONDS = 30.0

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_LENGTH = re.compile(r"[0-9]{1,18}")
_FIXED_HEADERS = [
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
]


class Execute(Protocol):
    """Runs one operation: parses, validates, authenticates, executes, within its own time limit."""

    def __call__(self, request: GraphQLRequest, facts: RequestFacts, /) -> Coroutine[Any, Any, GraphQLResponse]:
        """The outcome; what it raises is answered with status 500 and a message that says nothing.

        It is cancelled when the client disconnects.
        """


class Stream(Protocol):
    """Runs one operation and answers with a stream of events."""

    def __call__(
        self,
        request: GraphQLRequest,
        facts: RequestFacts,
        headers: list[tuple[bytes, bytes]],
        receive: Receive,
        send: Send,
        /,
    ) -> Coroutine[Any, Any, GraphQLResponse | None]:
        """None once the stream is at its end; what is to be answered instead, where nothing was sent."""


@dataclass(frozen=True, slots=True)
class EndpointSettings:
    """The limits of the endpoint, and what it does beside answering.

    Attributes:
        max_body_bytes: How long a body or a query string may be.
        body_timeout_seconds: How long a body may take to arrive.
        cors_origins: Other origins whose pages may call, such as `https://app.example`, or `*` for all.
        compress_from_bytes: How long an answer must be to be compressed; None compresses none.
    """

    max_body_bytes: int = MAX_BODY_BYTES
    body_timeout_seconds: float = BODY_TIMEOUT_SECONDS
    cors_origins: tuple[str, ...] = ()
    compress_from_bytes: int | None = COMPRESS_FROM_BYTES

    def __post_init__(self) -> None:
        """Raise ValueError for limits that let nothing through."""
        if self.max_body_bytes <= 0 or self.body_timeout_seconds <= 0:
            raise ValueError("the limits of the endpoint must be positive")


class _Disconnected(Exception):
    """The client went away before the request was complete or answered."""


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    media_type: str | None
    body: bytes
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


class GraphQLEndpoint:
    """GraphQL over HTTP as an ASGI application."""

    def __init__(
        self, execute: Execute, settings: EndpointSettings | None = None, stream: Stream | None = None
    ) -> None:
        """Serve operations.

        Args:
            execute: Runs each operation.
            settings: The limits; None means the ordinary ones.
            stream: Answers with a stream of events; None where there are none.
        """
        self._execute = execute
        self._stream = stream
        self._settings = settings or EndpointSettings()
        self._compressor = Compressor(self._settings.compress_from_bytes)
        self._cross_origin = CrossOrigin(self._settings.cors_origins)
        self._vary = b"Accept, Accept-Encoding, Origin" if self._cross_origin else b"Accept, Accept-Encoding"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            raise RuntimeError(f"the GraphQL endpoint serves http, not {scope['type']}")
        headers = _headers(scope)
        request_id = _request_id(headers)
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                answer = await self._answer(scope, headers, request_id, receive, send)
            except _Disconnected:
                log.info("graphql_client_disconnected")
                return
        if answer is not None:
            await self._send(send, answer, request_id, headers)

    async def _answer(
        self, scope: Scope, headers: Mapping[str, str], request_id: str, receive: Receive, send: Send
    ) -> _Answer | None:
        """What is to be sent; None where a stream was, to its end."""
        media_type = JSON
        try:
            if scope["method"] == "OPTIONS" and (allowed := self._cross_origin.preflight_headers(headers)) is not None:
                return _Answer(HTTPStatus.NO_CONTENT, None, b"", allowed)
            method = _method(scope)
            negotiated = self._negotiate(headers.get("accept"))
            # What is refused before a stream begins is told in JSON.
            media_type = JSON if negotiated == EVENT_STREAM else negotiated
            request = await self._read(method, scope, headers, receive)
            facts = RequestFacts(
                request_id=request_id,
                method=method,
                allow_mutations=method == "POST",
                headers=headers,
                client_host=scope["client"][0] if scope.get("client") else None,
            )
            if negotiated == EVENT_STREAM and self._stream is not None:
                begun = self._headers_of(request_id, headers)
                streamed = await self._stream(request, facts, begun, receive, send)
                if streamed is None:
                    return None
                response = streamed
            else:
                response = await _while_connected(self._execute(request, facts), receive)
            return _Answer(status_of(response, media_type), media_type, encode(response), response.headers)
        except Refusal as refusal:
            body = encode_error(refusal.message, refusal.code, request_id)
            return _Answer(refusal.status, media_type, body, refusal.headers)
        except _Disconnected:
            raise
        except Exception:
            log.exception("graphql_request_failed")
            body = encode_error("Something went wrong on the server.", "INTERNAL_SERVER_ERROR", request_id)
            return _Answer(HTTPStatus.INTERNAL_SERVER_ERROR, media_type, body)

    def _negotiate(self, accept: str | None) -> str:
        media_type = negotiate(accept)
        if media_type == EVENT_STREAM and self._stream is None:
            raise NotAcceptable
        return media_type

    async def _read(
        self, method: Literal["GET", "POST"], scope: Scope, headers: Mapping[str, str], receive: Receive
    ) -> GraphQLRequest:
        limit_bytes = self._settings.max_body_bytes
        if method == "GET":
            self._cross_origin.refuse_forgery(headers)
            if len(scope["query_string"]) > limit_bytes:
                raise QueryStringTooLong(limit_bytes)
            return request_from_query_string(scope["query_string"])
        check_content(headers.get("content-type"), headers.get("content-encoding"))
        length = headers.get("content-length", "")
        if length.isdecimal() and not (_LENGTH.fullmatch(length) and int(length) <= limit_bytes):
            raise BodyTooLarge(limit_bytes)
        try:
            async with asyncio.timeout(self._settings.body_timeout_seconds):
                body = await _body(receive, limit_bytes)
        except TimeoutError:
            raise BodyTooSlow(self._settings.body_timeout_seconds) from None
        return request_from_body(body)

    def _headers_of(self, request_id: str, asked: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
        return [
            (b"x-request-id", request_id.encode("latin-1")),
            (b"vary", self._vary),
            *_FIXED_HEADERS,
            *_encoded(self._cross_origin.answer_headers(asked.get("origin"))),
        ]

    async def _send(self, send: Send, answer: _Answer, request_id: str, asked: Mapping[str, str]) -> None:
        headers = [*self._headers_of(request_id, asked), *_encoded(answer.headers)]
        body = answer.body
        if answer.media_type is not None:
            compressed = await self._compressor.compressed(body, asked.get("accept-encoding"))
            if compressed is not None:
                body = compressed
                headers.append((b"content-encoding", b"gzip"))
            headers.append((b"content-type", f"{answer.media_type}; charset=utf-8".encode("latin-1")))
            headers.append((b"content-length", str(len(body)).encode("latin-1")))
        await send({"type": "http.response.start", "status": int(answer.status), "headers": headers})
        await send({"type": "http.response.body", "body": body})


def _encoded(headers: Mapping[str, str]) -> Iterator[tuple[bytes, bytes]]:
    return ((name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items())


def _headers(scope: Scope) -> Mapping[str, str]:
    headers: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name = raw_name.decode("latin-1").lower()
        value = raw_value.decode("latin-1")
        if name != "cookie":
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return MappingProxyType(headers)


def _request_id(headers: Mapping[str, str]) -> str:
    given = headers.get("x-request-id", "")
    return given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex


def _method(scope: Scope) -> Literal["GET", "POST"]:
    match scope["method"]:
        case "POST":
            return "POST"
        case "GET":
            return "GET"
        case _:
            raise MethodNotAllowed


async def _body(receive: Receive, limit_bytes: int) -> bytes:
    parts: list[bytes] = []
    received_bytes = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _Disconnected
        part = message.get("body", b"")
        received_bytes += len(part)
        if received_bytes > limit_bytes:
            raise BodyTooLarge(limit_bytes)
        parts.append(part)
        if not message.get("more_body", False):
            return parts[0] if len(parts) == 1 else b"".join(parts)


async def _while_connected(execution: Coroutine[Any, Any, GraphQLResponse], receive: Receive) -> GraphQLResponse:
    """What `execution` returns, unless the client goes away first: then it is cancelled."""
    running = cast("asyncio.Task[Any]", asyncio.current_task())
    is_gone = False

    async def watch() -> None:
        nonlocal is_gone
        # A connection that fails is as good as one that is closed.
        with suppress(Exception):
            await _disconnect(receive)
        is_gone = True
        running.cancel()

    watching = asyncio.create_task(watch())
    try:
        response = await execution
    except asyncio.CancelledError:
        if not is_gone:
            if running.cancelling():
                raise
            raise RuntimeError("the operation was cancelled from inside") from None
        running.uncancel()
        raise _Disconnected from None
    except Exception as error:
        if not is_gone:
            raise
        log.warning("graphql_cancellation_failed", exc_info=error)
        raise _Disconnected from None
    finally:
        if not watching.done():
            # Its end comes with the next turn of the loop.
            watching.cancel()
            await asyncio.sleep(0)
    if is_gone:
        raise _Disconnected
    return response


async def _disconnect(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
