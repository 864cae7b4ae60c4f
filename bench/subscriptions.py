"""What a thousand sockets cost one process, and how long an event takes from the log to a socket.

The server runs in a process of its own as `kibubu serve` runs it, each socket follows a group of its own, and a process
beside it posts contributions at a rate. All share the machine with the database and with whoever measures.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import random
import socket
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import uvicorn
import uvloop
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from bench.world import KEYRING, Group, World, analyze, make_world, run
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
RATES = (50, 200, 500)
MASTER_KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
"""The key of `bench.world`, as the setting has it."""

_FOLLOW = (
    "subscription Follow($group: ID!)"
    " { groupActivity(groupId: $group) { number occurredAt changes { kind operation recordId } } }"
)
_PLACE = "/proc/{}/status"


@dataclass(frozen=True)
class Measured:
    """What was seen at one rate.

    Attributes:
        rate: Postings a second that were asked for.
        posted: Postings a second that there were.
        heard: Which part of their events arrived within a few seconds.
        p50_ms: Milliseconds from the log to the socket, of half of the events.
        p95_ms: The same, of 95 in a hundred.
    """

    rate: int
    posted: float
    heard: float
    p50_ms: float
    p95_ms: float


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
    lines = Path(_PLACE.format(pid)).read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("RssAnon"))


async def _post(address: str, principal: Principal, groups: tuple[Group, ...], rate: int, seconds: float) -> int:
    """Post at a rate, whether or not the last is done; returns how many were posted."""
    posted = 0
    database = await Database.connect({"kibubu_login": address})
    async with asyncio.TaskGroup() as tasks:
        turn = asyncio.Semaphore(8)

        async def record(group: Group) -> None:
            nonlocal posted
            async with turn:
                item = ContributionItem(member_id=random.choice(group.members), kind=ContributionKind.SHARE, shares=1)
                command = RecordContributions(
                    group_id=group.id, idempotency_key=new_id(), meeting_id=group.meeting_id, items=(item,)
                )
                await run(database, principal, record_contributions, command)
                posted += 1

        begun = time.monotonic()
        for number in range(int(rate * seconds)):
            await asyncio.sleep(max(0.0, begun + number / rate - time.monotonic()))
            tasks.create_task(record(random.choice(groups)))
    await database.close()
    return posted


def _poster(
    address: str,
    principal: Principal,
    groups: tuple[Group, ...],
    rate: int,
    seconds: float,
    results: multiprocessing.Queue[tuple[int, float]],
) -> None:
    begun = time.monotonic()
    posted = uvloop.run(_post(address, principal, groups, rate, seconds))
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
        for rate in RATES:
            waits_ms.clear()
            results: multiprocessing.Queue[tuple[int, float]] = context.Queue()
            given = (world.address(), world.principal, world.groups, rate, seconds, results)
            poster = context.Process(target=_poster, args=given)
            poster.start()
            posted, took = await asyncio.to_thread(results.get)
            await asyncio.to_thread(poster.join)
            await asyncio.sleep(3)
            cuts = statistics.quantiles(waits_ms, n=20)
            seen.append(Measured(rate, posted / took, len(waits_ms) / posted, cuts[9], cuts[18]))
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
        print(
            f"{each.rate} postings a second wanted, {each.posted:.0f} done: "
            f"{each.heard:.1%} of events heard, p50 {each.p50_ms:.0f} ms, p95 {each.p95_ms:.0f} ms"
        )


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 10)
