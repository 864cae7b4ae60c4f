"""Told to end with an operation under way: the answer arrives, and nothing is left running."""

from __future__ import annotations

import asyncio
import http.client
import json
import signal
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import asyncpg
import pytest

from operations.attached import AttachedServer
from operations.installation import DATABASE
from tests.operations.command_line import SECONDS_MAX, all_end, ask, descendants, is_free, serving, wait_for

SIGN_IN = {
    "query": "mutation($i: SessionOpenInput!) { sessionOpen(input: $i) { userErrors { reason } } }",
    "variables": {"i": {"login": "+254712345678", "password": "five mangoes"}},
}
REFUSED = {"sessionOpen": {"userErrors": [{"reason": "SIGN_IN_REFUSED"}]}}


@asynccontextmanager
async def users_locked(home: Path) -> AsyncIterator[asyncpg.Connection]:
    """Nobody can be found, so whoever signs in waits, until the connection is closed."""
    server = AttachedServer(home)
    await asyncio.to_thread(server.start)
    connection = await asyncpg.connect(server.superuser_dsn(DATABASE))
    await connection.execute("BEGIN; LOCK TABLE access.user_private IN ACCESS EXCLUSIVE MODE")
    try:
        yield connection
    finally:
        await connection.close()


async def wait_until_somebody_waits(connection: asyncpg.Connection) -> None:
    while not await connection.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):
        pass


@contextmanager
def asked(port: int) -> Iterator[Future[tuple[int, str]]]:
    """A sign-in under way."""
    with ThreadPoolExecutor(1) as pool:
        yield pool.submit(ask, port, "/graphql", SIGN_IN)


@pytest.mark.parametrize("workers", ["1", "2"])
async def test_an_operation_under_way_is_answered_before_the_process_ends(tmp_path: Path, workers: str) -> None:
    with serving(tmp_path, KIBUBU_WORKERS=workers) as (process, port):
        below = descendants(process.pid)
        async with users_locked(tmp_path) as lock:
            with asked(port) as answer:
                await wait_until_somebody_waits(lock)
                process.send_signal(signal.SIGTERM)
                # No new connection is taken, while the operation still waits.
                wait_for(lambda: ask(port, "/livez")[0] == 0)
                assert process.poll() is None
                assert not answer.done()
                await lock.execute("ROLLBACK")
                status, text = answer.result(SECONDS_MAX)
        assert status == 200
        # On a machine that stood still for seconds the statement gives up; its answer arrives all the same.
        assert json.loads(text)["data"] == REFUSED or "SERVICE_UNAVAILABLE" in text
        assert process.wait(SECONDS_MAX) == 0
        assert all_end(below)
        assert is_free(tmp_path)


def test_whoever_spreads_requests_is_told_before_connections_are_refused(tmp_path: Path) -> None:
    with serving(tmp_path, KIBUBU_SHUTDOWN_DELAY_SECONDS="300") as (process, port):
        kept = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        kept.request("GET", "/livez")
        assert kept.getresponse().read() == b"ok"
        process.send_signal(signal.SIGTERM)
        wait_for(lambda: ask(port, "/readyz") == (503, "leaving"))
        assert ask(port, "/graphql", {"query": "{ __typename }"})[0] == 200
        kept.request("GET", "/livez")
        answer = kept.getresponse()
        assert (answer.read(), answer.getheader("connection")) == (b"ok", "close")
        kept.close()
        # Whoever is in a hurry says it again.
        process.send_signal(signal.SIGTERM)
        assert process.wait(SECONDS_MAX) == 0
        assert ask(port, "/readyz")[0] == 0
        assert is_free(tmp_path)


def test_the_log_of_a_served_operation_is_one_line_of_json(tmp_path: Path) -> None:
    with serving(tmp_path) as (process, port):
        ask(port, "/graphql", SIGN_IN)
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=SECONDS_MAX)
    told = [json.loads(line) for line in said.splitlines()]
    (operation,) = [line for line in told if line["event"] == "operation"]
    assert (operation["kind"], operation["code"], operation["refusals"]) == ("mutation", "OK", ["SIGN_IN_REFUSED"])
    assert len(operation["request_id"]) == 32
    assert "254712345678" not in said
    assert "mangoes" not in said
    assert [line["event"] for line in told][-2:] == ["leaving", "stopped"]


def test_below_its_level_the_log_says_nothing_of_operations(tmp_path: Path) -> None:
    with serving(tmp_path, KIBUBU_LOG_LEVEL="warning") as (process, port):
        assert ask(port, "/graphql", {"query": "{ __typename }"})[0] == 200
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=SECONDS_MAX)
    assert said == ""
