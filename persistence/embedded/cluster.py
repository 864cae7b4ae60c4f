"""The data folder: whether it is ours to run, how it is made, and how its superuser gets a new password."""

from __future__ import annotations

import re
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from persistence.embedded.accounts import Account, run
from persistence.embedded.binaries import MAJOR
from persistence.embedded.errors import (
    DiskFullError,
    EmbeddedServerError,
    FolderForeignError,
    NoUnprivilegedAccountError,
    RestoreInterruptedError,
    ServerBusyError,
    ServerFailedError,
    WrongVersionError,
)
from persistence.embedded.folders import Folders, free_bytes, need_room, reported, seen_by, sync_folder

__all__ = ["SUPERUSER", "Cluster", "check_folder", "failure"]

SUPERUSER = "kibubu_superuser"

MEBIBYTE = 1024 * 1024
ROOM_TO_CREATE_BYTES = 192 * MEBIBYTE
"""A new data folder takes about 60 MiB; the rest is for the first write-ahead log."""
ROOM_TO_START_BYTES = 48 * MEBIBYTE
"""Three files of write-ahead log. A server that cannot write its log stops in the middle of its work."""

_PRIVATE = 0o700
_NEW = f"{MAJOR}.new-"
_KEPT = f"{MAJOR}.before-restore-"
_TAIL_CHARACTERS = 2000
_FULL = re.compile(r"No space left on device|Disk quota exceeded")
_BUSY = re.compile(r'lock file "postmaster\.pid" already exists|pre-existing shared memory block')
_NO_NAMESPACE = 97


def kept_name(stamp: str) -> str:
    """The name that the data folder from before a restore is kept under."""
    return f"{_KEPT}{stamp}"


def failure(folders: Folders, output: str) -> EmbeddedServerError:
    """The error for a program of PostgreSQL that ended badly after it said `output`."""
    if _FULL.search(output):
        return DiskFullError(folders.data, free_bytes(folders.data))
    if _BUSY.search(output):
        return ServerBusyError(folders.data, folders.postmaster())
    return ServerFailedError(folders.data, output[-_TAIL_CHARACTERS:].strip())


def check_folder(folders: Folders) -> bool:
    """Whether there is a data folder to run; False if a new one has to be made.

    Raises:
        FolderForeignError: Something else stands in its place.
        WrongVersionError: It, or one beside it, was written by another major version.
        RestoreInterruptedError: It is missing because a restore was cut off.
    """
    data = folders.data
    with reported(data):
        if data.exists() and (not data.is_dir() or any(data.iterdir())):
            found = _version(data)
            if found is None:
                raise FolderForeignError(data)
            if found != MAJOR:
                raise WrongVersionError(data, found, MAJOR)
            return True
        for other in _beside(folders):
            found = _version(other)
            if other.name.startswith(_KEPT):
                raise RestoreInterruptedError(data, other)
            if other.name.isdecimal() and found is not None:
                raise WrongVersionError(other, found, MAJOR)
    return False


def _version(data: Path) -> str | None:
    file = data / "PG_VERSION"
    return file.read_text(encoding="ascii", errors="replace").strip() if file.is_file() else None


def _beside(folders: Folders) -> Iterator[Path]:
    """The other folders beside the data folder, the latest first."""
    if folders.postgresql.is_dir():
        yield from sorted((folder for folder in folders.postgresql.iterdir() if folder != folders.data), reverse=True)


@dataclass(frozen=True)
class Cluster:
    """A data folder, the account that owns it and the programs to work on it.

    Its methods are for the time that no server runs on the folder.

    Attributes:
        folders: The home.
        account: Who runs the programs.
        programs: Where they are.
        durable: False leaves out what survives a power cut.
    """

    folders: Folders
    account: Account
    programs: Path
    durable: bool

    def create(self, password: str, lock: int) -> None:
        """Makes the data folder: in a folder beside it, which takes its name only when it is whole.

        Args:
            password: The superuser's.
            lock: The server's lock, which an `initdb` left over from a killed application keeps held.

        Raises:
            DiskFullError: There is no room.
            ServerFailedError: `initdb` failed for another reason.
        """
        folders = self.folders
        need_room(folders.home, ROOM_TO_CREATE_BYTES)
        for folder in _beside(folders):
            if folder.name.startswith(_NEW):
                shutil.rmtree(folder)
        new = folders.postgresql / f"{_NEW}{secrets.token_hex(4)}"
        with reported(folders.data):
            new.mkdir(_PRIVATE)
            self.account.give(new)
        try:
            self._initdb(new, password, lock)
            with reported(folders.data):
                if folders.data.exists():  # empty, or the check would have stopped us
                    folders.data.rmdir()
                new.rename(folders.data)
                if self.durable:
                    sync_folder(folders.postgresql)
        except BaseException:
            shutil.rmtree(new, ignore_errors=True)
            raise

    def _initdb(self, new: Path, password: str, lock: int) -> None:
        command = [
            str(self.programs / "initdb"),
            f"--pgdata={seen_by(self.account, new)}",
            f"--username={SUPERUSER}",
            "--pwfile=/dev/stdin",
            "--auth=scram-sha-256",
            "--locale=C",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--encoding=UTF8",
            "--data-checksums",
            "--no-instructions",
            *([] if self.durable else ["--no-sync"]),
        ]
        done = run(self.account, command, cwd=new, descriptors=(lock,), text=f"{password}\n", named=True)
        self._check(done.returncode, done.stdout)

    def set_password(self, password: str, lock: int) -> None:
        """Gives the superuser a new password, without knowing the old one.

        PostgreSQL's single-user mode does it: it asks for no password, since it opens no door to anybody; whoever may
        read the data folder could do the same. It replays the write-ahead log first where that is due.

        Raises:
            DiskFullError: There is no room.
            ServerFailedError: It failed for another reason.
        """
        options = ["password_encryption=scram-sha-256", "exit_on_error=on", "log_statement=none"]
        command = [
            str(self.programs / "postgres"),
            "--single",
            "-D",
            seen_by(self.account, self.folders.data),
            *(part for option in options for part in ("-c", option)),
            "postgres",
        ]
        # Hexadecimal, so nothing in it needs quoting.
        text = f"ALTER ROLE {SUPERUSER} PASSWORD '{password}';\n"
        done = run(self.account, command, cwd=self.folders.data, descriptors=(lock,), text=text, named=True)
        self._check(done.returncode, done.stdout.replace(password, "…"))

    def _check(self, status: int, output: str) -> None:
        if status == _NO_NAMESPACE and self.account.inner is not None:
            cause = f"user id {self.account.uid} has no name, and user namespaces are not allowed"
            raise NoUnprivilegedAccountError(self.folders.data, cause)
        if status:
            raise failure(self.folders, output)
