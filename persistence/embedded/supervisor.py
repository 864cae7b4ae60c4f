"""Keeps one server running: starts it, knows when it answers, starts it again when it dies, and stops it.

All of it happens in one thread of its own. The kernel ties the death signal to the *thread* that started a process, so
whoever starts the server has to live as long as the server is wanted; the caller's thread may not.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import platform
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import asyncpg  # type: ignore[import-untyped, unused-ignore]  # it carries no annotations
import structlog

from persistence.embedded import launch
from persistence.embedded.accounts import spawn
from persistence.embedded.cluster import SUPERUSER, Cluster, failure
from persistence.embedded.errors import (
    ServerBusyError,
    ServerFailedError,
    ServerNotReadyError,
    ServerStillRunningError,
    SuperuserPasswordRefusedError,
)
from persistence.embedded.folders import Reach, reported
from persistence.embedded.settings import memory_bytes, server_settings

__all__ = ["Supervisor"]

RECOVERY_LIMIT_SECONDS = 1800.0
"""How long a start may take. Replaying the log after a crash takes minutes; after half an hour something is wrong."""

STOP_FAST_SECONDS = 60.0
"""How long a fast shutdown (SIGINT) may take: it writes what is in memory to the disk."""

STOP_AT_ONCE_SECONDS = 10.0
"""How long an immediate one (SIGQUIT) may take. The next start replays the log."""

FIRST_PAUSE_SECONDS = 0.1
"""The pause before the first restart; each one after is twice as long."""

LONGEST_PAUSE_SECONDS = 30.0
"""The longest pause. A full disk that somebody makes room on must not need a restart of the application, too."""

_DOUBLINGS_MAX = 16

STEADY_SECONDS = 60.0
"""A server that ran for so long starts the count of restarts anew."""

WATCHDOG_NEEDED = platform.system() != "Linux"
"""Whether the kernel has no death signal, so that a process of ours has to stand in for it."""

_QUERY_LIMIT_SECONDS = 10.0
_LOG_LIMIT_SECONDS = 5.0
_POLL_SECONDS = 0.02
_OUTPUT_BYTES = 8000

_NOT_YET = (
    OSError,  # no socket yet, or nobody listens; a time-out as well
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,  # starting up, in recovery, shutting down
    asyncpg.TooManyConnectionsError,
)

_log = structlog.get_logger("kibubu.embedded")


class _StopAskedError(Exception):
    """`stop()` came while the server was starting."""


class _EndedError(Exception):
    """The server ended while it was starting."""


@dataclass(frozen=True)
class Options:
    """What the caller decides about the server; see `EmbeddedServer`."""

    durable: bool
    max_connections: int
    port: int | None


class Supervisor:
    """One server on one cluster.

    Args:
        cluster: The data folder, which is there and not in use.
        socket: The socket's folder, which is there.
        port: The port in the name of the socket's file.
        options: What the caller decided.

    Attributes:
        version: What the server said its version is.
        failure: Why the server is down although nobody stopped it; None while it runs.
    """

    def __init__(self, cluster: Cluster, socket: Path, port: int, options: Options) -> None:
        self.version = ""
        self.failure: Exception | None = None
        self._cluster = cluster
        self._socket = socket
        self._port = port
        self._options = options
        self._data = cluster.folders.data
        self._process: subprocess.Popen[bytes] | None = None
        self._process_lock = threading.Lock()
        self._watchdog: subprocess.Popen[bytes] | None = None
        self._stopping = threading.Event()
        self._settled = threading.Event()
        self._restarts = 0
        self._thread = threading.Thread(target=self._supervise, name="embedded-postgresql", daemon=True)

    @property
    def pid(self) -> int | None:
        """The process number of the running postmaster."""
        process = self._process
        return None if process is None or process.poll() is not None else process.pid

    def start(self) -> None:
        """Returns when the server answers; otherwise raises why not, and nothing is left running."""
        self._thread.start()
        try:
            self._settled.wait()
        except BaseException:
            self.stop()
            raise
        if self.failure is not None:
            self._thread.join()
            raise self.failure

    def stop(self) -> None:
        """Stops the server: in good order, or at once if that takes too long; never with SIGKILL.

        Raises:
            ServerStillRunningError: It did not stop.
        """
        self._stopping.set()
        for number, limit in ((signal.SIGINT, STOP_FAST_SECONDS), (signal.SIGQUIT, STOP_AT_ONCE_SECONDS)):
            with self._process_lock:
                if self._process is not None:
                    self._process.send_signal(number)
            self._thread.join(limit)
            if not self._thread.is_alive():
                return
            _log.warning("the server does not stop", folder=str(self._data), signal=number.name)
        raise ServerStillRunningError(self._data, self.pid)

    def _supervise(self) -> None:
        """Starts the server, and again each time it dies."""
        try:
            while True:
                process = self._bring_up() if not self._settled.is_set() else self._bring_up_again()
                self.failure = None
                self._settled.set()
                began = time.monotonic()
                status = process.wait()
                self._end_watchdog()
                if self._stopping.is_set():
                    return
                if time.monotonic() - began > STEADY_SECONDS:
                    self._restarts = 0
                self.failure = ServerFailedError(self._data, f"The server ended by itself with status {status}.")
        except _StopAskedError:
            pass
        except Exception as error:  # noqa: BLE001 - goes to the caller of `start`, or into the log and `failure`
            self.failure = error
            if self._settled.is_set():
                _log.exception("the server is watched no more", folder=str(self._data))
        finally:
            self._end_watchdog()
            self._settled.set()

    def _bring_up_again(self) -> subprocess.Popen[bytes]:
        """Starts a server in place of one that died, after a growing pause, however often it takes."""
        while True:
            pause = min(FIRST_PAUSE_SECONDS * 2 ** min(self._restarts, _DOUBLINGS_MAX), LONGEST_PAUSE_SECONDS)
            self._restarts += 1
            _log.warning(
                "the server died; starting it again",
                folder=str(self._data),
                attempt=self._restarts,
                pause_seconds=pause,
                error=str(self.failure),
            )
            if self._stopping.wait(pause):
                raise _StopAskedError
            try:
                process = self._bring_up()
            except _StopAskedError:
                raise
            except Exception as error:  # noqa: BLE001 - whatever it is, it goes into the log and may pass
                self.failure = error
            else:
                _log.info("the server runs again", folder=str(self._data), attempt=self._restarts)
                return process

    def _bring_up(self) -> subprocess.Popen[bytes]:
        """Starts a server that answers; one that does not is stopped again."""
        before = self._log_sizes()
        with tempfile.TemporaryFile() as output:
            process = self._spawn(output)
            try:
                asyncio.run(self._until_ready(process))
            except _EndedError:
                self._end_watchdog()
                if self._stopping.is_set():
                    raise _StopAskedError from None
                output.seek(0)
                said = output.read(_OUTPUT_BYTES).decode(errors="replace") + self._log_since(before)
                raise failure(self._cluster.folders, said) from None
            except BaseException:
                self._end(process)
                self._end_watchdog()
                raise
        return process

    def _spawn(self, output: IO[bytes]) -> subprocess.Popen[bytes]:
        folders, account = self._cluster.folders, self._cluster.account
        with folders.server_lock() as lock, folders.reach(account, self._socket) as reach, reported(self._data):
            command = [str(self._cluster.programs / "postgres"), "-D", reach.data, *self._settings(reach)]
            with self._process_lock:
                if self._stopping.is_set():
                    raise _StopAskedError
                self._start_watchdog()
                self._process = spawn(
                    account,
                    command,
                    cwd=self._data,
                    descriptors=(lock, *reach.descriptors),
                    output=output,
                    tied=not WATCHDOG_NEEDED,
                )
                self._show_watchdog(self._process)
                return self._process

    def _settings(self, reach: Reach) -> list[str]:
        settings = server_settings(
            durable=self._options.durable,
            max_connections=self._options.max_connections,
            port=self._options.port,
            memory=memory_bytes(),
            log=reach.log,
            socket=reach.run,
        )
        return [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]

    def _start_watchdog(self) -> None:
        """Where the kernel has no death signal: a process that stops the server when its pipe to us closes."""
        if WATCHDOG_NEEDED:
            self._end_watchdog()  # of a server that could not be started
            command = [sys.executable, "-I", "-S", launch.__file__, "watch"]
            self._watchdog = subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)  # noqa: S603 - constants

    def _show_watchdog(self, process: subprocess.Popen[bytes]) -> None:
        if self._watchdog is not None and self._watchdog.stdin is not None:
            self._watchdog.stdin.write(str(process.pid).encode())
            self._watchdog.stdin.flush()

    def _end_watchdog(self) -> None:
        watchdog, self._watchdog = self._watchdog, None
        if watchdog is not None:
            with watchdog:
                watchdog.kill()  # before its pipe closes, which would mean something else

    async def _until_ready(self, process: subprocess.Popen[bytes]) -> None:
        """Returns when a query of the superuser was answered."""
        until = time.monotonic() + RECOVERY_LIMIT_SECONDS
        password = self._cluster.folders.password()
        while True:
            try:
                connection = await asyncpg.connect(
                    host=str(self._socket),
                    port=self._port,
                    user=SUPERUSER,
                    password=password,
                    database="postgres",
                    timeout=_QUERY_LIMIT_SECONDS,
                )
                try:
                    self.version = await connection.fetchval("SHOW server_version", timeout=_QUERY_LIMIT_SECONDS)
                finally:
                    await connection.close(timeout=_QUERY_LIMIT_SECONDS)
            except _NOT_YET:
                if process.poll() is not None:
                    raise _EndedError from None
            except asyncpg.InvalidAuthorizationSpecificationError as error:
                raise SuperuserPasswordRefusedError(self._cluster.folders.password_file) from error
            else:
                return
            if self._stopping.is_set() and process.poll() is None:
                self._end(process)
                raise _EndedError
            if time.monotonic() > until:
                raise ServerNotReadyError(self._data, RECOVERY_LIMIT_SECONDS)
            await asyncio.sleep(_POLL_SECONDS)

    def _end(self, process: subprocess.Popen[bytes]) -> None:
        for number, limit in ((signal.SIGINT, STOP_FAST_SECONDS), (signal.SIGQUIT, STOP_AT_ONCE_SECONDS)):
            process.send_signal(number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(limit)
                return

    def _log_sizes(self) -> dict[Path, int]:
        return {file: file.lstat().st_size for file in self._cluster.folders.log.glob("*.log")}

    def _log_since(self, before: dict[Path, int]) -> str:
        """What the log says that it did not say before."""
        # The log's writer is the last process to end, and it holds the server's lock until then.
        with contextlib.suppress(ServerBusyError), self._cluster.folders.server_lock(_LOG_LIMIT_SECONDS):
            pass
        said = ""
        for file, size in self._log_sizes().items():
            began = before.get(file, 0)
            with os.fdopen(os.open(file, os.O_RDONLY | os.O_NOFOLLOW), "rb") as stream:
                stream.seek(max(began, size - _OUTPUT_BYTES))
                said += stream.read().decode(errors="replace")
        return said
