"""Starting and stopping the servers that are compared, each on a port of the loopback interface."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from bench.comparison.world import MASTER_KEY
from bench.world import World

__all__ = [
    "CONNECTIONS_OF_KIBUBU",
    "Listening",
    "StartError",
    "environment",
    "free_port",
    "running",
    "start_kibubu",
    "start_rest",
]

CONNECTIONS_OF_KIBUBU = 8
"""Database connections that Kibubu's processes share, and so those of the hand-written server."""

_START_SECONDS_MAX = 60
_STOP_SECONDS_MAX = 30


@dataclass(frozen=True)
class Listening:
    """A server that is running.

    Attributes:
        port: Where it listens.
        group: The group of its processes.
    """

    port: int
    group: int


class StartError(RuntimeError):
    """A server ended, or did not begin to listen."""


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def environment(**settings: str) -> dict[str, str]:
    """The environment of a server: what a program needs to run at all, and its own settings."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    return {**kept, **settings}


@contextmanager
def running(
    command: Sequence[str], settings: Mapping[str, str], port: int, log: Path, folder: Path | None = None
) -> Iterator[Listening]:
    """Run a server until the end of the block; gives where once it listens.

    Args:
        command: The program with its arguments.
        settings: Its whole environment.
        port: Where it will listen.
        log: The file that takes what it writes.
        folder: Where it runs, if not here.

    Raises:
        StartError: It ended, or did not begin to listen.
    """
    with log.open("wb") as written:
        # A group of its own, so that the processes below it end with it.
        process = subprocess.Popen(
            command, env=dict(settings), cwd=folder, stdout=written, stderr=written, start_new_session=True
        )
        try:
            _await_port(process, port, log)
            yield Listening(port, process.pid)
        finally:
            _stop(process)


def _await_port(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    end = time.monotonic() + _START_SECONDS_MAX
    while time.monotonic() < end and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise StartError(f"A server did not begin to listen. It wrote:\n{log.read_text(errors='replace')[-2_000:]}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Ask it to end, then make it, and whatever it started."""
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(_STOP_SECONDS_MAX)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(_STOP_SECONDS_MAX)


def _settings(world: World, port: int, processes: int, pool_size: int) -> dict[str, str]:
    return environment(
        DATABASE_URL=world.address(),
        KIBUBU_MASTER_KEY=MASTER_KEY,
        KIBUBU_PORT=str(port),
        KIBUBU_WORKERS=str(processes),
        # One client asks as fast as it can, and a thousand rows at a time.
        KIBUBU_COST_MAX="10000",
        KIBUBU_RATE_LIMITS="false",
        KIBUBU_POOL_SIZE=str(pool_size),
    )


@contextmanager
def start_kibubu(world: World, processes: int, logs: Path, pool_size: int | None = None) -> Iterator[Listening]:
    """The real server: `kibubu serve` in production, with sign-in, permissions and logging.

    Args:
        world: The database.
        processes: How many workers.
        logs: The folder that takes what it writes.
        pool_size: The connections of each worker; as many as `CONNECTIONS_OF_KIBUBU` give each if None.
    """
    port = free_port()
    command = [sys.executable, "-m", "operations.cli", "serve"]
    settings = _settings(world, port, processes, pool_size or CONNECTIONS_OF_KIBUBU // processes)
    with running(command, settings, port, logs / f"kibubu-{processes}.log") as listening:
        yield listening


@contextmanager
def start_rest(world: World, processes: int, logs: Path) -> Iterator[Listening]:
    """The hand-written server over the same statements."""
    port = free_port()
    command = [sys.executable, "-m", "bench.comparison.rest"]
    settings = _settings(world, port, processes, CONNECTIONS_OF_KIBUBU // processes)
    with running(command, settings, port, logs / f"rest-{processes}.log") as listening:
        yield listening
