"""What a thousand sockets cost one process, and how long an event takes from the posting to a socket.

The server runs in a process of its own as `kibubu serve` runs it, each socket follows a group of its own, and a process
beside it posts contributions at a rate: one by one, or as sheets of 25, each of which is one event. All share the
machine with the database and with whoever measures, so beside the times stands what an event costs the server and its
backends in CPU, which depends less on who else is there.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import random
import socket
import statistics
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import AsyncExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import uvicorn
import uvloop
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from bench.world import DATABASE, KEYRING, Group, World, analyze, make_world, run
from domain.identifiers import new_id
from domain.savings import ContributionItem, ContributionKind, RecordContributions, record_contributions
from graph.application import create_application
from graph.settings import LogLevel, read_settings
from operations.logs import configure_logging
from operations.serving import spare_the_collector
from persistence.crypto.tokens import AccessTokens, TokenRole
from persistence.database import Database
from persistence.embedded import EmbeddedServer
from persistence.viewer import Principal

__all__ = ["Measured", "measure"]

SOCKETS = 1_000
PACES = ((50, 1), (200, 1), (500, 1), (500, 25))
"""Postings a second, and how many of them come in one request."""

MASTER_KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
"""The key of `bench.world`, as the setting has it."""

_FOLLOW = (
    "subscription Follow($group: ID!)"
    " { groupActivity(groupId: $group) { number occurredAt changes { kind operation recordId } } }"
)
_PLACE = "/proc/{}/{}"
_TICKS = os.sysconf("SC_CLK_TCK")
_OWN_BACKENDS = "SELECT pid FROM pg_stat_activity WHERE application_name = 'kibubu' AND datname = $1"


@dataclass(frozen=True)
class Measured:
    """What was seen at one rate.

    Attributes:
        rate: Postings a second that were asked for.
        size: How many came in one request.
        posted: Postings a second that there were.
        heard: Which part of their events arrived within a few seconds.
        p50_ms: Milliseconds from the beginning of the posting's transaction to the socket, of half of the events.
        p95_ms: The same, of 95 in a hundred.
        p99_ms: The same, of 99 in a hundred.
        server_share: How much of a processor the server took while events came.
        server_ms: Milliseconds of processor time that the server took for an event.
        backends_ms: The same of the backends that it is connected to.
    """

    rate: int
    size: int
    posted: float
    heard: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    server_share: float
    server_ms: float
    backends_ms: float

    def __str__(self) -> str:
        """A line of the report."""
        how = "one by one" if self.size == 1 else f"in sheets of {self.size}"
        return (
            f"{self.rate} postings a second {how} wanted, {self.posted:.0f} done: {self.heard:.1%} of events heard, "
            f"p50 {self.p50_ms:.0f} ms, p95 {self.p95_ms:.0f} ms, p99 {self.p99_ms:.0f} ms; of an event "
            f"{self.server_ms:.2f} ms of the server's CPU ({self.server_share:.0%} of one), {self.backends_ms:.2f} ms "
            "of its backends'"
        )


def _serve(address: str, port: int) -> None:
    configure_logging(level=LogLevel.WARNING)
    settings = read_settings(database_url=address, master_key=MASTER_KEY, rate_limits=False, streams_max=2 * SOCKETS)
    application = create_application(settings)
    spare_the_collector()
    config = uvicorn.Config(
        application,
        port=port,
        loop="uvloop",
        http="httptools",
        log_config=None,
        access_log=False,
        ws_per_message_deflate=False,
    )
    uvicorn.Server(config).run()


@contextmanager
def _server(world: World) -> Iterator[tuple[int, int]]:
    """A server in a process of its own: its port and its number."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = int(taken.getsockname()[1])
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(world.address(), port))
    process.start()
    assert process.pid is not None
    try:
        while True:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                time.sleep(0.1)
        yield port, process.pid
    finally:
        process.terminate()
        process.join()


def _memory_kb(pid: int) -> int:
    """What a process holds of memory that no other shares, in kB."""
    lines = Path(_PLACE.format(pid, "status")).read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("RssAnon"))


def _cpu_seconds(pids: Iterable[int]) -> float:
    """The processor time that processes have taken, those apart that have ended."""
    ticks = 0
    for pid in pids:
        with suppress(FileNotFoundError):
            after_name = Path(_PLACE.format(pid, "stat")).read_text(encoding="ascii").rpartition(")")[2].split()
            ticks += int(after_name[11]) + int(after_name[12])
    return ticks / _TICKS


async def _backends(world: World) -> list[int]:
    """The backends of the application: as long as nobody posts, the server's."""
    admin = await asyncpg.connect(world.server.superuser_dsn())
    try:
        return [row["pid"] for row in await admin.fetch(_OWN_BACKENDS, DATABASE)]
    finally:
        await admin.close()


async def _post(
    address: str, principal: Principal, groups: tuple[Group, ...], rate: int, size: int, seconds: float
) -> int:
    """Post at a rate, whether or not the last is done; returns how many were posted."""
    posted = 0
    database = await Database.connect({"kibubu_login": address})
    async with asyncio.TaskGroup() as tasks:
        turn = asyncio.Semaphore(8)

        async def record(group: Group) -> None:
            nonlocal posted
            async with turn:
                items = tuple(
                    ContributionItem(member_id=random.choice(group.members), kind=ContributionKind.SHARE, shares=1)
                    for _ in range(size)
                )
                command = RecordContributions(
                    group_id=group.id, idempotency_key=new_id(), meeting_id=group.meeting_id, items=items
                )
                await run(database, principal, record_contributions, command)
                posted += size

        begun = time.monotonic()
        for number in range(int(rate * seconds / size)):
            await asyncio.sleep(max(0.0, begun + number * size / rate - time.monotonic()))
            tasks.create_task(record(random.choice(groups)))
    await database.close()
    return posted


def _poster(
    address: str,
    principal: Principal,
    groups: tuple[Group, ...],
    rate: int,
    size: int,
    seconds: float,
    results: multiprocessing.Queue[tuple[int, float]],
) -> None:
    begun = time.monotonic()
    posted = uvloop.run(_post(address, principal, groups, rate, size, seconds))
    results.put((posted, time.monotonic() - begun))


async def _open(port: int, token: str, group: Group, stack: AsyncExitStack) -> ClientConnection:
    url = f"ws://127.0.0.1:{port}/graphql"
    opened = await stack.enter_async_context(
        connect(url, subprotocols=[Subprotocol("graphql-transport-ws")], ping_interval=None)
    )
    await opened.send(json.dumps({"type": "connection_init", "payload": {"Authorization": f"Bearer {token}"}}))
    assert json.loads(await opened.recv()) == {"type": "connection_ack"}
    payload = {"query": _FOLLOW, "variables": {"group": str(group.id)}}
    await opened.send(json.dumps({"type": "subscribe", "id": "1", "payload": payload}))
    return opened


async def _listen(opened: ClientConnection, waits_ms: list[float]) -> None:
    async for text in opened:
        now = datetime.now(UTC)
        message = json.loads(text)
        assert message["type"] == "next", message
        occurred_at = datetime.fromisoformat(message["payload"]["data"]["groupActivity"]["occurredAt"])
        waits_ms.append((now - occurred_at).total_seconds() * 1_000)


async def _measure(world: World, seconds: float, port: int, pid: int) -> tuple[float, list[Measured]]:
    token = AccessTokens(KEYRING).issue(world.user_id, world.session_id, TokenRole.APP).text
    context = multiprocessing.get_context("spawn")
    seen = []
    async with AsyncExitStack() as stack:
        # The first ones make what all share.
        sockets = [await _open(port, token, world.groups[number], stack) for number in range(20)]
        before = _memory_kb(pid)
        sockets += [await _open(port, token, group, stack) for group in world.groups[20:SOCKETS]]
        await asyncio.sleep(2)
        socket_kb = (_memory_kb(pid) - before) / (len(sockets) - 20)
        waits_ms: list[float] = []
        listening = [asyncio.create_task(_listen(each, waits_ms)) for each in sockets]
        backends = await _backends(world)
        for rate, size in PACES:
            waits_ms.clear()
            before_s = _cpu_seconds([pid]), _cpu_seconds(backends)
            results: multiprocessing.Queue[tuple[int, float]] = context.Queue()
            given = (world.address(), world.principal, world.groups, rate, size, seconds, results)
            poster = context.Process(target=_poster, args=given)
            poster.start()
            posted, took = await asyncio.to_thread(results.get)
            await asyncio.to_thread(poster.join)
            server_s, backends_s = _cpu_seconds([pid]) - before_s[0], _cpu_seconds(backends) - before_s[1]
            await asyncio.sleep(3)
            heard, cuts = len(waits_ms), statistics.quantiles(waits_ms, n=100)
            seen.append(
                Measured(
                    rate,
                    size,
                    posted / took,
                    heard * size / posted,
                    cuts[49],
                    cuts[94],
                    cuts[98],
                    server_s / took,
                    1_000 * server_s / heard,
                    1_000 * backends_s / heard,
                )
            )
        for each in listening:
            each.cancel()
        await asyncio.gather(*listening, return_exceptions=True)
    return socket_kb, seen


def measure(world: World, seconds: float) -> tuple[float, list[Measured]]:
    """Kilobytes of the server's memory for a socket, and how fast events come at several rates.

    Args:
        world: With a group for each socket.
        seconds: How long each rate is held.
    """
    with _server(world) as (port, pid):
        return uvloop.run(_measure(world, seconds, port, pid))


def main(seconds: float = 10) -> None:
    """Measure alone, on a world of its own: `python -m bench.subscriptions`."""
    with tempfile.TemporaryDirectory(prefix="kibubu-bench-") as folder, EmbeddedServer(Path(folder)) as server:
        world = asyncio.run(make_world(server, groups=SOCKETS, members=2))
        asyncio.run(analyze(world))
        socket_kb, seen = measure(world, seconds)
    print(f"{SOCKETS} sockets on one process: {socket_kb:.1f} kB each")
    for each in seen:
        print(each)


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 10)
