"""The home folder of the embedded server, and who may use it.

    home/lock                   held by the application while it uses the home; holds its process number
    home/postgresql/18/         the data folder
    home/postgresql/server.lock held by the server's own processes, whoever started them
    home/secrets/               the superuser's password
    home/log/                   the server's log
    home/run/                   the socket (or a link to its folder, where this path is too long for a socket)

Two locks, because the application may die before its server does. The second is an open file that the server inherits
and its backends in turn: it is free when the last of them has ended, which no process number can tell.

The server may run as another user who cannot search the folders above the home. So no mode is changed there: the
server gets the three folders that it needs as its working folder and as open descriptors, and names them through
/proc/self.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import re
import secrets
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import platformdirs
import structlog

from persistence.embedded.accounts import Account
from persistence.embedded.binaries import MAJOR
from persistence.embedded.errors import (
    DiskFullError,
    EmbeddedServerError,
    FolderForeignError,
    FolderLockedError,
    FolderNotWritableError,
    ServerBusyError,
)

__all__ = [
    "STATE_FOLDER",
    "Folders",
    "Reach",
    "default_home",
    "hold",
    "need_room",
    "reported",
    "seen_by",
    "sync_folder",
]

STATE_FOLDER = Path("/var/lib/kibubu")
"""The home when started as root, and where programs are copied that the server's account cannot reach."""

LONGEST_SOCKET_PATH = 103
"""In bytes. Linux takes 107, macOS 103."""

PREVIOUS_SERVER_WAIT_SECONDS = 120.0
"""How long the server of an application that was killed may take to write its last checkpoint."""

_POLL_SECONDS = 0.05
_PRIVATE = 0o700
_SEARCHABLE = 0o711
_SECRET = 0o600
_PASSWORD_BYTES = 32
_ROOT = 0
# What passes through a URL, and through lists of hosts, as it is.
_PLAIN_PATH = re.compile(r"[A-Za-z0-9/._-]+")
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_NOT_A_FOLDER = frozenset({errno.ENOTDIR, errno.EEXIST, errno.EISDIR, errno.ELOOP})

_log = structlog.get_logger("kibubu.embedded")


def default_home() -> Path:
    """`KIBUBU_HOME`; without it the user's data folder, or for root the system's state folder."""
    named = os.environ.get("KIBUBU_HOME")
    if named:
        return Path(named)
    return STATE_FOLDER if os.geteuid() == _ROOT else Path(platformdirs.user_data_path("kibubu"))


def free_bytes(folder: Path) -> int:
    """What an ordinary account may still write below `folder` (or the nearest folder above it that exists)."""
    while not folder.exists():
        folder = folder.parent
    figures = os.statvfs(folder)
    return figures.f_bavail * figures.f_frsize


def need_room(folder: Path, needed: int) -> None:
    """Raises DiskFullError if fewer than `needed` bytes are free below `folder`."""
    free = free_bytes(folder)
    if free < needed:
        raise DiskFullError(folder, free, needed)


@contextlib.contextmanager
def reported(folder: Path) -> Iterator[None]:
    """Turns what the operating system refuses below `folder` into an error that names it."""
    try:
        yield
    except OSError as error:
        raise _typed(folder, error) from error


def _typed(folder: Path, error: OSError) -> EmbeddedServerError:
    if error.errno in _FULL:
        return DiskFullError(folder, free_bytes(folder))
    if error.errno in _NOT_A_FOLDER:
        return FolderForeignError(folder)
    return FolderNotWritableError(folder, error.strerror or str(error))


def sync_folder(folder: Path) -> None:
    """Makes the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _try_lock(file: Path) -> int | None:
    """An open descriptor that holds the lock, or None if somebody else does."""
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, _SECRET)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _number_in(file: Path) -> int | None:
    """The process number in the first line of a file."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        return int(file.read_text(encoding="ascii", errors="replace").split()[0])
    return None


@contextlib.contextmanager
def hold(folders: Folders) -> Iterator[None]:
    """Owns the home, which is made if it is not there.

    Raises:
        FolderLockedError: Another process owns it, or another server of this process.
        FolderNotWritableError, FolderForeignError, DiskFullError: It cannot be made or written.
    """
    with reported(folders.home):
        if not folders.home.is_dir():
            folders.home.mkdir(parents=True)
            # Root's server must be able to look up its programs when they are copied below this folder. What is
            # secret in it is closed by itself.
            folders.home.chmod(_SEARCHABLE if os.geteuid() == _ROOT else _PRIVATE)
        descriptor = _try_lock(folders.lock)
        if descriptor is None:
            raise FolderLockedError(folders.home, _number_in(folders.lock))
    try:
        with reported(folders.home):
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(descriptor)


def seen_by(account: Account, data: Path) -> str:
    """The name of a data folder for a program that `account` runs from within it."""
    return "/proc/self/cwd" if account.foreign else str(data)


@dataclass(frozen=True)
class Reach:
    """The folders under the names by which the server knows them."""

    data: str
    log: str
    run: str
    descriptors: tuple[int, ...] = ()


@dataclass(frozen=True)
class Folders:
    """The paths in one home."""

    home: Path

    @property
    def lock(self) -> Path:
        """The application's lock."""
        return self.home / "lock"

    @property
    def postgresql(self) -> Path:
        """What holds the data folder."""
        return self.home / "postgresql"

    @property
    def data(self) -> Path:
        """The data folder."""
        return self.postgresql / MAJOR

    @property
    def log(self) -> Path:
        """The log folder."""
        return self.home / "log"

    @property
    def run(self) -> Path:
        """The socket's folder, or a link to it."""
        return self.home / "run"

    @property
    def password_file(self) -> Path:
        """The superuser's password."""
        return self.home / "secrets" / "superuser-password"

    def make(self, account: Account) -> None:
        """Makes what is missing: the server's folders belong to `account`, the others to us."""
        with reported(self.home):
            for folder in (self.postgresql, self.password_file.parent, self.log):
                if not folder.is_dir():
                    folder.mkdir()
                    folder.chmod(_PRIVATE)
            account.give(self.log)

    def password(self) -> str | None:
        """The superuser's password, if there is one."""
        with reported(self.password_file.parent):
            try:
                return self.password_file.read_text(encoding="ascii").strip()
            except FileNotFoundError:
                return None

    def keep_password(self, password: str) -> None:
        """Writes the password, whole or not at all, for the owner's eyes only."""
        with reported(self.password_file.parent):
            part = self.password_file.with_suffix(".new")
            part.unlink(missing_ok=True)
            descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _SECRET)
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                file.write(f"{password}\n")
                file.flush()
                os.fsync(file.fileno())
            part.rename(self.password_file)
            sync_folder(part.parent)

    def new_password(self) -> str:
        """Makes a password and keeps it."""
        password = secrets.token_hex(_PASSWORD_BYTES)
        self.keep_password(password)
        return password

    def make_run(self, account: Account, port: int) -> Path:
        """Makes an empty folder for the socket, and gives the path that clients use."""
        with reported(self.run):
            self.remove_run(account)
            name = f"/.s.PGSQL.{port}"
            if len(os.fsencode(self.run)) + len(name) <= LONGEST_SOCKET_PATH and _PLAIN_PATH.fullmatch(str(self.run)):
                folder = self.run
                folder.mkdir(_PRIVATE)
            else:
                folder = Path(tempfile.mkdtemp(prefix="kibubu-"))
                self.run.symlink_to(folder)
            account.give(folder)
            return folder

    def remove_run(self, account: Account) -> None:
        """Removes the socket's folder of this or an earlier run."""
        folder = self.run
        if folder.is_symlink():
            target = folder.readlink()
            folder.unlink()
            if not target.name.startswith("kibubu-") or not target.is_dir() or target.is_symlink():
                return
            if target.stat().st_uid not in (account.uid, os.geteuid()):
                return
            folder = target
        with contextlib.suppress(FileNotFoundError):
            shutil.rmtree(folder)

    @contextlib.contextmanager
    def reach(self, account: Account, run: Path) -> Iterator[Reach]:
        """The folders' names for a server that is started inside the `with` from within the data folder."""
        data = seen_by(account, self.data)
        if not account.foreign:
            yield Reach(data, str(self.log), str(run))
            return
        with contextlib.ExitStack() as stack:
            numbers = []
            for folder in (self.log, run):
                numbers.append(os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW))
                stack.callback(os.close, numbers[-1])
            log, socket = (f"/proc/self/fd/{number}" for number in numbers)
            yield Reach(data, log, socket, tuple(numbers))

    @contextlib.contextmanager
    def server_lock(self, limit: float = PREVIOUS_SERVER_WAIT_SECONDS) -> Iterator[int]:
        """A descriptor for the server to inherit, once no process of an earlier server is left.

        Raises:
            ServerBusyError: One is still there after `limit` seconds.
        """
        until = time.monotonic() + limit
        waiting = False
        while True:
            with reported(self.postgresql):
                descriptor = _try_lock(self.postgresql / "server.lock")
            if descriptor is not None:
                break
            if time.monotonic() > until:
                raise ServerBusyError(self.data, self.postmaster())
            if not waiting:
                _log.info("waiting for the previous server to stop", folder=str(self.data), pid=self.postmaster())
                waiting = True
            time.sleep(_POLL_SECONDS)
        try:
            yield descriptor
        finally:
            os.close(descriptor)

    def postmaster(self) -> int | None:
        """The process number that the last server left."""
        return _number_in(self.data / "postmaster.pid")

    def clear_stale_number(self) -> None:
        """Removes a postmaster.pid whose number now belongs to a process that is no server of this folder.

        PostgreSQL copes by itself with a number that nobody has. It takes one that was given out again for a live
        server, as happens after each restart of a container. Call it under the server's lock.
        """
        pid = self.postmaster()
        if pid is None or sys.platform != "linux":
            return
        with contextlib.suppress(OSError):
            # The link reads well only while the process lives, and a server never leaves its data folder.
            if not Path(f"/proc/{pid}/cwd").samefile(self.data):
                (self.data / "postmaster.pid").unlink()
                _log.info("removed a stale postmaster.pid", folder=str(self.data), pid=pid)
