"""The data folder: whether it is ours to run, how it is made, and how its superuser gets a new password."""

from __future__ import annotations

import re
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from persistence.embedded.accounts import NO_NAMESPACE, Account, handed_over, run, stand_in
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
        done = self._run_named(command, new, lock, f"{password}\n")
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
        done = self._run_named(command, self.folders.data, lock, text)
        self._check(done.returncode, done.stdout.replace(password, "…"))

    def _run_named(self, command: list[str], data: Path, lock: int, text: str) -> subprocess.CompletedProcess[str]:
        """Runs a tool that looks its account's name up, as a listed account where the own has none."""
        done = run(self.account, command, cwd=data, descriptors=(lock,), text=text, named=True)
        other = stand_in() if done.returncode == NO_NAMESPACE and self.account.foreign else None
        if other is None:
            return done
        if data == self.folders.data:  # a new one is begun again if we are killed meanwhile
            with reported(data):
                handed_over(data).write_text(str(self.account.uid), encoding="ascii")
                sync_folder(data.parent)
        try:
            other.give_all(data)
            return run(other, command, cwd=data, descriptors=(lock,), text=text)
        finally:
            self._take_back(data)

    def reclaim(self) -> None:
        """Takes the data folder back from an account that stood in when the application was killed."""
        if handed_over(self.folders.data).exists():
            with reported(self.folders.data):
                self._take_back(self.folders.data)

    def _take_back(self, data: Path) -> None:
        self.account.give_all(data)
        handed_over(data).unlink(missing_ok=True)

    def _check(self, status: int, output: str) -> None:
        if status == NO_NAMESPACE and self.account.inner is not None:
            cause = f"user id {self.account.uid} has no name, and user namespaces are not allowed"
            raise NoUnprivilegedAccountError(self.folders.data, cause)
        if status:
            raise failure(self.folders, output)
