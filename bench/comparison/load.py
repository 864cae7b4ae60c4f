"""The load generator, a process of its own: `python -m bench.comparison.load` answers one run a line.

Sixteen connections, each with one request under way at a time, over requests that were rendered before. It looks for a
failed status and for GraphQL errors in every answer, and says how busy it was itself, so that nobody measures it.
"""

from __future__ import annotations

import asyncio
import json
import random
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import cycle
from types import TracebackType
from typing import Self, cast

import uvloop

from bench.comparison.queries import fresh

__all__ = ["BUSY_MAX", "CONNECTIONS", "Generator", "LoadError", "Measured", "Run"]

CONNECTIONS = 16
BUSY_MAX = 0.8
"""The share of one core above which the generator itself may be what is measured."""

_SERVER_SECONDS_MAX = 30


class LoadError(RuntimeError):
    """A server answered with an error, or not at all."""


@dataclass(frozen=True)
class Run:
    """What to send.

    Attributes:
        port: Where the server listens, on the loopback interface.
        requests: Whole HTTP requests; each connection goes round them in an order of its own.
        is_fresh: Whether each request needs ids of its own.
        warm_seconds: How long to send before measuring.
        seconds: How long to measure.
    """

    port: int
    requests: Sequence[str]
    is_fresh: bool
    warm_seconds: float
    seconds: float


@dataclass(frozen=True)
class Measured:
    """What was seen.

    Attributes:
        rate: Answers a second.
        p50: The median time to an answer, in milliseconds.
        p95: The time that 95 of 100 answers stayed below, in milliseconds.
        busy: How much of a core the generator used.
        answers: How many answers came, those before measuring counted in.
    """

    answers: int
    rate: float
    p50: float
    p95: float
    busy: float


class _Tally:
    """What all connections of a run count together."""

    def __init__(self, finished: asyncio.Future[None]) -> None:
        self.finished = finished
        self.latencies: list[float] = []
        self.is_over = False

    def fail(self, message: str) -> None:
        if not self.finished.done():
            self.finished.set_exception(LoadError(message))


class _Connection(asyncio.Protocol):
    """One keep-alive connection that sends the next request when the answer to the last is whole."""

    def __init__(self, run: Run, tally: _Tally) -> None:
        encoded = [text.encode() for text in run.requests]
        # In one order, connections that met at a lock would stay together.
        self._requests = cycle(random.sample(encoded, len(encoded)))
        self._is_fresh = run.is_fresh
        self._tally = tally
        self._transport: asyncio.Transport | None = None
        self._received = bytearray()
        self._missing = -1
        self._body_start = 0
        self._sent_at = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._send()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._tally.is_over:
            self._tally.fail(f"a connection was lost: {exc}")

    def data_received(self, data: bytes) -> None:
        received = self._received
        received += data
        if self._missing < 0:
            end = received.find(b"\r\n\r\n")
            if end < 0:
                return
            self._body_start = end + 4
            self._missing = self._body_start + _content_length(bytes(received[:end]))
        if len(received) < self._missing:
            return
        self._tally.latencies.append(time.perf_counter() - self._sent_at)
        if not received.startswith(b"HTTP/1.1 200") or b'"errors"' in received or b'"REJECTED"' in received:
            self._tally.fail(bytes(received[:2_000]).decode(errors="replace"))
        received.clear()
        self._missing = -1
        if not self._tally.is_over:
            self._send()

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def _send(self) -> None:
        request = next(self._requests)
        if self._is_fresh:
            request = fresh(request)
        assert self._transport is not None
        self._sent_at = time.perf_counter()
        self._transport.write(request)


def _content_length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    raise LoadError(f"an answer without its length: {head!r}")


async def _measure(run: Run) -> Measured:
    loop = asyncio.get_running_loop()
    tally = _Tally(loop.create_future())
    connections = [
        (await loop.create_connection(lambda: _Connection(run, tally), "127.0.0.1", run.port))[1]
        for _ in range(CONNECTIONS)
    ]
    try:
        await _hold(tally, run.warm_seconds)
        warm = len(tally.latencies)
        tally.latencies.clear()
        began, busy_before = time.perf_counter(), time.process_time()
        await _hold(tally, run.seconds)
        took, busy = time.perf_counter() - began, time.process_time() - busy_before
    finally:
        tally.is_over = True
        for connection in connections:
            connection.close()
    latencies = sorted(tally.latencies)
    if not latencies:
        raise LoadError(f"no answer came within {run.seconds} s")
    at = [1_000 * latencies[int(share * (len(latencies) - 1))] for share in (0.5, 0.95)]
    return Measured(answers=warm + len(latencies), rate=len(latencies) / took, p50=at[0], p95=at[1], busy=busy / took)


async def _hold(tally: _Tally, seconds: float) -> None:
    """Wait while the connections work; raises what one of them failed with."""
    await asyncio.wait([tally.finished], timeout=seconds)
    if tally.finished.done():
        tally.finished.result()


class Generator:
    """The generator's process, as whoever measures sees it."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.comparison.load"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.wait(_SERVER_SECONDS_MAX)

    def measure(self, run: Run) -> Measured:
        """Do one run.

        Raises:
            LoadError: A server answered with an error, or not at all.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(asdict(run)) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        if "error" in answer:
            raise LoadError(answer["error"])
        return Measured(**answer)


def main() -> None:
    """Answer runs until nobody asks any more."""
    for line in sys.stdin:
        try:
            answer = asdict(uvloop.run(_measure(Run(**json.loads(line)))))
        except (LoadError, OSError) as error:
            answer = {"error": str(error)}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
