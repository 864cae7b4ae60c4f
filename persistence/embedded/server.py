"""The embedded PostgreSQL: a server of our own for whoever has none.

One home folder, one owner at a time. The application's process starts `postgres` as its direct child, restarts it when
it dies, and stops it; when the application itself is killed, the server is told to stop. Ready means that a real query
was answered to the superuser with the password; no process number is ever taken for a sign of life.

Who the server runs as when we are root, and why, is written in `persistence.embedded.accounts`; how it reaches a home
below a folder that it may not enter, in `persistence.embedded.folders`.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import structlog

from persistence.embedded.accounts import choose_account
from persistence.embedded.binaries import programs
from persistence.embedded.cluster import ROOM_TO_START_BYTES, SUPERUSER, Cluster, check_folder
from persistence.embedded.folders import STATE_FOLDER, Folders, hold, need_room
from persistence.embedded.settings import DEFAULT_PORT
from persistence.embedded.supervisor import Options, Supervisor

__all__ = ["EmbeddedServer"]

_log = structlog.get_logger("kibubu.embedded")


class EmbeddedServer:
    """A PostgreSQL server that belongs to this process.

    Use it as a context manager, or call `start` and `stop`; it can be started again. The methods are synchronous and
    may be called from any thread, one at a time.

    Args:
        home: The folder that holds data, secrets, log and socket; made if missing.
        durable: False gives up safety for speed: for tests only.
        max_connections: How many clients may be connected at once.
        port: Opens this TCP port on the loopback address; otherwise there is the unix socket only.
        state_folder: Where programs are copied to when the server's account cannot reach them (as root only).
    """

    def __init__(
        self,
        home: Path,
        *,
        durable: bool = True,
        max_connections: int = 100,
        port: int | None = None,
        state_folder: Path = STATE_FOLDER,
    ) -> None:
        self._folders = Folders(Path(os.path.abspath(home)))  # noqa: PTH100 - Path.absolute would keep ".."
        self._options = Options(durable, max_connections, port)
        self._state_folder = state_folder
        self._supervisor: Supervisor | None = None
        self._cluster: Cluster | None = None
        self._held = contextlib.ExitStack()
        self._host = ""
        self._version = ""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def home(self) -> Path:
        """The home folder."""
        return self._folders.home

    @property
    def data_folder(self) -> Path:
        """The data folder of PostgreSQL."""
        return self._folders.data

    @property
    def host(self) -> str:
        """The folder of the socket, for the `host` of a connection; it may differ from start to start."""
        if not self._host:
            raise RuntimeError("the server is not started")
        return self._host

    @property
    def port(self) -> int:
        """The port: of TCP where that is open, and in the name of the socket's file."""
        return self._options.port or DEFAULT_PORT

    @property
    def version(self) -> str:
        """The version that the server says it has, such as 18.4; empty before the first start."""
        return self._version

    @property
    def durable(self) -> bool:
        """Whether what is committed survives a power cut."""
        return self._options.durable

    @property
    def failure(self) -> Exception | None:
        """Why the server is down although nobody stopped it; None while it runs, or when it was stopped."""
        return None if self._supervisor is None else self._supervisor.failure

    @property
    def pid(self) -> int | None:
        """The process number of the running postmaster."""
        return None if self._supervisor is None else self._supervisor.pid

    def program(self, name: str) -> Path:
        """The path of a program that belongs to the server, such as `pg_dump`."""
        if self._cluster is None:
            raise RuntimeError("the server is not started")
        return self._cluster.programs / name

    def connect_arguments(self, user: str, password: str, database: str) -> dict[str, Any]:
        """The keyword arguments of `asyncpg.connect` for a user."""
        return {"host": self.host, "port": self.port, "user": user, "password": password, "database": database}

    def superuser_arguments(self, database: str = "postgres") -> dict[str, Any]:
        """The keyword arguments of `asyncpg.connect` for the superuser."""
        return self.connect_arguments(SUPERUSER, self._folders.password() or "", database)

    def superuser_dsn(self, database: str = "postgres") -> str:
        """The URL for the superuser, as asyncpg reads it; SQLAlchemy wants `postgresql+asyncpg` before the colon."""
        given = self.superuser_arguments()
        return (
            f"postgresql://{given['user']}:{given['password']}@/{quote(database, safe='')}"
            f"?host={given['host']}&port={given['port']}"
        )

    def start(self) -> None:
        """Makes the data folder if there is none, starts the server and returns when it answers.

        After a crash that includes the recovery, however long it takes (up to half an hour).

        Raises:
            EmbeddedServerError: A subclass for each reason; nothing is left running then.
            RuntimeError: It is started already.
        """
        if self._supervisor is not None:
            raise RuntimeError("the server is started already")
        with contextlib.ExitStack() as stack:
            stack.enter_context(hold(self._folders))
            cluster = self._prepare()
            host = self._folders.make_run(cluster.account, self.port)
            stack.callback(self._folders.remove_run, cluster.account)
            supervisor = Supervisor(cluster, host, self.port, self._options)
            supervisor.start()
            self._held = stack.pop_all()
        self._cluster, self._supervisor = cluster, supervisor
        self._host, self._version = str(host), supervisor.version

    def stop(self) -> None:
        """Stops the server: in good order, or at once if that takes too long; never with SIGKILL.

        Does nothing if it is not started.

        Raises:
            ServerStillRunningError: It did not stop. The home stays locked.
        """
        if self._supervisor is None:
            return
        self._supervisor.stop()
        self._supervisor, self._host = None, ""
        self._held.close()

    def _prepare(self) -> Cluster:
        """Brings the home into a state that a server can be started on."""
        folders = self._folders
        exists = check_folder(folders)
        account = choose_account(folders.data)
        cluster = Cluster(folders, account, programs(account, self._state_folder), self.durable)
        folders.make(account)
        with folders.server_lock() as lock:
            cluster.reclaim()
            folders.clear_stale_number()
            if not exists:
                cluster.create(folders.password() or folders.new_password(), lock)
            elif folders.password() is None:
                _log.warning("the superuser's password is missing; setting a new one", folder=str(folders.home))
                cluster.set_password(folders.new_password(), lock)
        need_room(folders.data, ROOM_TO_START_BYTES)
        return cluster
