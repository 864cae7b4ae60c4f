"""What the endpoint does when the client is slow, goes away, or is not a client of HTTP."""

from __future__ import annotations

import asyncio
from typing import Any

import orjson
import pytest
import structlog
from structlog.testing import capture_logs

from graph.http import EndpointSettings, GraphQLEndpoint, GraphQLRequest, GraphQLResponse, RequestFacts

SCOPE: dict[str, Any] = {
    "type": "http",
    "method": "POST",
    "query_string": b"",
    "headers": [(b"content-type", b"application/json"), (b"x-request-id", b"r")],
    "client": ("192.0.2.7", 4711),
}
BODY = {"type": "http.request", "body": b'{"query":"{ ok }"}', "more_body": False}
DISCONNECT = {"type": "http.disconnect"}


class Connection:
    """A connection whose messages are put in by the test."""

    def __init__(self, *messages: dict[str, Any]) -> None:
        self.incoming: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.sent: list[Any] = []
        for message in messages:
            self.incoming.put_nowait(message)

    async def receive(self) -> dict[str, Any]:
        return await self.incoming.get()

    async def send(self, message: Any) -> None:
        self.sent.append(message)


class Slow:
    """An execution that waits until it is cancelled."""

    def __init__(self) -> None:
        self.started = asyncio.Event()
        self.cancelled = False

    async def __call__(self, _request: GraphQLRequest, _facts: RequestFacts, /) -> GraphQLResponse:
        self.started.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.cancelled = True
            raise
        raise AssertionError


async def answer_ok(_request: GraphQLRequest, _facts: RequestFacts, /) -> GraphQLResponse:
    return GraphQLResponse({"ok": True})


async def test_a_client_that_goes_away_cancels_its_operation() -> None:
    slow, connection = Slow(), Connection(BODY)
    with capture_logs() as logs:
        serving = asyncio.create_task(GraphQLEndpoint(slow)(SCOPE, connection.receive, connection.send))
        await slow.started.wait()
        connection.incoming.put_nowait(DISCONNECT)
        await serving
    assert slow.cancelled
    assert connection.sent == []
    assert [entry["event"] for entry in logs] == ["graphql_client_disconnected"]


async def test_a_client_that_goes_away_before_its_body_is_complete_runs_nothing() -> None:
    slow = Slow()
    connection = Connection({"type": "http.request", "body": b'{"query":', "more_body": True}, DISCONNECT)
    await GraphQLEndpoint(slow)(SCOPE, connection.receive, connection.send)
    assert not slow.started.is_set()
    assert connection.sent == []


async def test_a_failure_while_an_operation_is_cancelled_is_logged() -> None:
    started = asyncio.Event()

    async def execute(_request: GraphQLRequest, _facts: RequestFacts, /) -> GraphQLResponse:
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            raise OSError("the database went away too")

    connection = Connection(BODY)
    with capture_logs() as logs:
        serving = asyncio.create_task(GraphQLEndpoint(execute)(SCOPE, connection.receive, connection.send))
        await started.wait()
        connection.incoming.put_nowait(DISCONNECT)
        await serving
    assert [entry["event"] for entry in logs] == ["graphql_cancellation_failed", "graphql_client_disconnected"]


async def test_a_server_that_stops_cancels_the_operation() -> None:
    slow, connection = Slow(), Connection(BODY)
    serving = asyncio.create_task(GraphQLEndpoint(slow)(SCOPE, connection.receive, connection.send))
    await slow.started.wait()
    serving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await serving
    assert slow.cancelled


async def test_nothing_keeps_listening_after_the_answer() -> None:
    connection = Connection(BODY)
    before = asyncio.all_tasks()
    await GraphQLEndpoint(answer_ok)(SCOPE, connection.receive, connection.send)
    assert asyncio.all_tasks() == before
    assert connection.sent[0]["status"] == 200


async def test_an_operation_cancelled_from_inside_is_a_masked_error() -> None:
    async def execute(_request: GraphQLRequest, _facts: RequestFacts, /) -> GraphQLResponse:
        raise asyncio.CancelledError

    connection = Connection(BODY)
    with capture_logs():
        await GraphQLEndpoint(execute)(SCOPE, connection.receive, connection.send)
    assert connection.sent[0]["status"] == 500


async def test_a_get_with_a_body_is_answered_and_the_body_passed_over() -> None:
    connection = Connection(BODY)
    scope = {**SCOPE, "method": "GET", "query_string": b"query={ok}"}
    await GraphQLEndpoint(answer_ok)(scope, connection.receive, connection.send)
    assert connection.sent[1]["body"] == b'{"data":{"ok":true}}'


async def test_a_body_that_does_not_arrive_in_time_is_given_up() -> None:
    connection = Connection({"type": "http.request", "body": b"{", "more_body": True})
    endpoint = GraphQLEndpoint(answer_ok, EndpointSettings(body_timeout_seconds=0.01))
    await endpoint(SCOPE, connection.receive, connection.send)
    assert connection.sent[0]["status"] == 408
    assert (b"connection", b"close") in connection.sent[0]["headers"]
    assert orjson.loads(connection.sent[1]["body"]) == {
        "errors": [
            {
                "message": "The body must arrive within 0.01 seconds.",
                "extensions": {"code": "REQUEST_TIMEOUT", "requestId": "r"},
            }
        ]
    }


async def test_a_time_out_of_the_executor_is_not_taken_for_a_slow_body() -> None:
    async def execute(_request: GraphQLRequest, _facts: RequestFacts, /) -> GraphQLResponse:
        raise TimeoutError

    connection = Connection(BODY)
    with capture_logs():
        await GraphQLEndpoint(execute)(SCOPE, connection.receive, connection.send)
    assert connection.sent[0]["status"] == 500


async def test_log_lines_of_the_operation_carry_the_request_id() -> None:
    seen: dict[str, Any] = {}

    async def execute(_request: GraphQLRequest, _facts: RequestFacts, /) -> GraphQLResponse:
        seen.update(structlog.contextvars.get_contextvars())
        return GraphQLResponse({"ok": True})

    connection = Connection(BODY)
    await GraphQLEndpoint(execute)(SCOPE, connection.receive, connection.send)
    assert seen == {"request_id": "r"}
    assert structlog.contextvars.get_contextvars() == {}


async def test_a_websocket_is_not_for_this_endpoint() -> None:
    connection = Connection()
    with pytest.raises(RuntimeError, match="serves http, not websocket"):
        await GraphQLEndpoint(answer_ok)({**SCOPE, "type": "websocket"}, connection.receive, connection.send)
