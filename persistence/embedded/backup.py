"""A copy of the whole embedded server, and the way back.

A backup is a folder: `data/` is what `pg_basebackup` wrote, in plain format with the write-ahead log that belongs to
it, so that restoring is copying; `manifest.json` says what it is; `backup_complete` is written last. The digests that
`pg_basebackup` notes for each file are checked here, since the wheel's own `pg_verifybackup` crashes.

No secret is in it but the superuser's password as a SCRAM verifier, which cannot be turned back. A restored copy takes
the password of the home that it is restored into, which is set in single-user mode before the copy starts.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import signal
import subprocess
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import structlog

from persistence.embedded.accounts import Account, choose_account
from persistence.embedded.binaries import MAJOR, programs
from persistence.embedded.cluster import MEBIBYTE, SUPERUSER, Cluster, check_folder, kept_name
from persistence.embedded.errors import (
    BackupDamagedError,
    BackupFailedError,
    BackupFolderNotEmptyError,
    BackupIncompleteError,
    FolderLockedError,
    RestoreFailedError,
    RestoreInterruptedError,
    ServerBusyError,
    WrongVersionError,
)
from persistence.embedded.folders import STATE_FOLDER, Folders, hold, need_room, reported, sync_folder
from persistence.embedded.server import EmbeddedServer

__all__ = ["BackupReport", "RestoreReport", "base_backup", "restore_aside"]

ROOM_BESIDE_A_COPY_BYTES = 128 * MEBIBYTE
"""What a restored copy writes while it is brought up and verified, beside its own size."""

_MANIFEST = "manifest.json"
_MARKER = "backup_complete"
_DATA = "data"
_DIGESTS = "backup_manifest"
_PRIVATE = 0o700
_ASIDE = "restore-"

_log = structlog.get_logger("kibubu.embedded")


@dataclass(frozen=True)
class BackupReport:
    """What a backup is.

    Attributes:
        folder: Where it is.
        label: The name it was given.
        server_version: The server it was taken from, such as 18.4.
        started_at: When it was begun. It holds everything that was committed before.
        finished_at: When it was finished. It holds nothing that was committed after.
        size_bytes: The size of all its data.
        files: How many files that is.
    """

    folder: Path
    label: str
    server_version: str
    started_at: datetime
    finished_at: datetime
    size_bytes: int
    files: int


@dataclass(frozen=True)
class RestoreReport:
    """What a restore did.

    Attributes:
        home: The home that now has the data of the backup.
        kept: The data folder from before, under its new name; None if there was none.
        backup: The backup that was restored.
        finished_at: When the copy took its place.
    """

    home: Path
    kept: Path | None
    backup: BackupReport
    finished_at: datetime


def base_backup(server: EmbeddedServer, folder: Path, *, label: str = "kibubu") -> BackupReport:
    """Copies a running server into `folder`, which is made if missing.

    Raises:
        BackupFolderNotEmptyError: There is something in it.
        BackupFailedError: `pg_basebackup` failed. What it wrote stays for a look; it cannot be restored.
        FolderNotWritableError, FolderForeignError, DiskFullError: The folder cannot be written.
    """
    with reported(folder):
        if folder.is_dir() and any(folder.iterdir()):
            raise BackupFolderNotEmptyError(folder)
        folder.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
    started_at = datetime.now(UTC)
    _copy_out(server, folder, label)
    with reported(folder):
        sizes = [Path(parent, file).lstat().st_size for parent, _, files in os.walk(folder / _DATA) for file in files]
        report = BackupReport(folder, label, server.version, started_at, datetime.now(UTC), sum(sizes), len(sizes))
        facts = {name: value for name, value in asdict(report).items() if name != "folder"}
        facts["digests_sha256"] = _digest(folder / _DATA / _DIGESTS)
        _write(folder / _MANIFEST, json.dumps(facts, default=datetime.isoformat, indent=2))
        sync_folder(folder)
        _write(folder / _MARKER, _digest(folder / _MANIFEST))
        sync_folder(folder)
    return report


def _copy_out(server: EmbeddedServer, folder: Path, label: str) -> None:
    command = [
        str(server.program("pg_basebackup")),
        f"--pgdata={folder / _DATA}",
        "--format=plain",
        "--wal-method=stream",
        "--checkpoint=fast",
        "--manifest-checksums=SHA256",
        f"--label={label}",
        f"--host={server.host}",
        f"--port={server.port}",
        f"--username={SUPERUSER}",
        "--no-password",
        *([] if server.durable else ["--no-sync"]),
    ]
    environment = {"PATH": os.defpath, "LC_ALL": "C", "PGPASSWORD": server.superuser_arguments()["password"]}
    with subprocess.Popen(  # noqa: S603 - our own constants and folders
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,
    ) as process:
        try:
            said = process.communicate()[1]
        except BaseException:
            # We were told to end: neither it nor its child, which streams the log, may go on.
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            shutil.rmtree(folder / _DATA, ignore_errors=True)
            raise
    if process.returncode:
        raise BackupFailedError(folder, said.strip())


def restore_aside(
    folder: Path,
    home: Path,
    verify: Callable[[EmbeddedServer], None],
    *,
    durable: bool = True,
    max_connections: int = 100,
    state_folder: Path = STATE_FOLDER,
) -> RestoreReport:
    """Puts the data of a backup into `home`, once a copy of it has run aside and was verified.

    The data from before is kept under a dated name beside the new; remove it by hand when it is no longer wanted.

    Args:
        folder: The backup.
        home: Where to; nothing may run on it. It need not exist.
        verify: Gets the running copy, and raises if it is not as it should be.
        durable: As for `EmbeddedServer`, while the copy runs.
        max_connections: Likewise.
        state_folder: Likewise.

    Raises:
        FolderLockedError: A server runs on the home.
        BackupIncompleteError: The folder holds no finished backup.
        RestoreFailedError: Anything else. The data of the home is untouched.
    """
    report = _read_report(folder)
    target = Folders(Path(os.path.abspath(home)))  # noqa: PTH100 - Path.absolute would keep ".."
    with hold(target):
        stamp = f"{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}"
        aside = Folders(target.home / f"{_ASIDE}{stamp}")
        try:
            account = _check_target(target)
            with target.server_lock():
                _copy_in(folder, report, target, aside)
                _renew_password(target, aside, account, state_folder)
                server = EmbeddedServer(
                    aside.home, durable=durable, max_connections=max_connections, state_folder=state_folder
                )
                with server:
                    verify(server)
                kept = _swap(target, aside, stamp)
        except (FolderLockedError, ServerBusyError):
            raise
        except Exception as error:
            raise RestoreFailedError(target.data, str(error)) from error
        finally:
            shutil.rmtree(aside.home, ignore_errors=True)
    with reported(target.postgresql):
        sync_folder(target.postgresql)
    _log.info("restored", home=str(target.home), kept=str(kept), backup=str(folder))
    return RestoreReport(target.home, kept, report, datetime.now(UTC))


def _read_report(folder: Path) -> BackupReport:
    """What the backup says it is; raises BackupIncompleteError or BackupDamagedError."""
    if not (folder / _MARKER).is_file() or not (folder / _MANIFEST).is_file():
        raise BackupIncompleteError(folder)
    if (folder / _MARKER).read_text(encoding="utf-8").strip() != _digest(folder / _MANIFEST):
        raise BackupDamagedError(folder, _MANIFEST)
    facts = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))
    if not (folder / _DATA / _DIGESTS).is_file() or facts["digests_sha256"] != _digest(folder / _DATA / _DIGESTS):
        raise BackupDamagedError(folder, f"{_DATA}/{_DIGESTS}")
    return BackupReport(
        folder=folder,
        label=facts["label"],
        server_version=facts["server_version"],
        started_at=datetime.fromisoformat(facts["started_at"]),
        finished_at=datetime.fromisoformat(facts["finished_at"]),
        size_bytes=facts["size_bytes"],
        files=facts["files"],
    )


def _check_target(target: Folders) -> Account:
    """Refuses what is not ours to put aside; a home without data is a fine target. Gives the account of its server."""
    with contextlib.suppress(RestoreInterruptedError):  # running the restore again is the way out
        check_folder(target)
    account = choose_account(target.data)
    target.make(account)
    return account


def _copy_in(folder: Path, report: BackupReport, target: Folders, aside: Folders) -> None:
    """Makes a checked copy of the backup in a home aside."""
    found = report.server_version.split(".", maxsplit=1)[0]
    if found != MAJOR:
        raise WrongVersionError(folder, found, MAJOR)
    for left in target.home.glob(f"{_ASIDE}*"):  # of a restore that was killed: copies of a backup, nothing else
        shutil.rmtree(left)
    need_room(target.home, report.size_bytes + ROOM_BESIDE_A_COPY_BYTES)
    with reported(aside.home):
        aside.postgresql.mkdir(_PRIVATE, parents=True)
        aside.home.chmod(_PRIVATE)
        shutil.copytree(folder / _DATA, aside.data, symlinks=True)
    _check_copy(folder, aside.data)


def _renew_password(target: Folders, aside: Folders, account: Account, state_folder: Path) -> None:
    """Gives the copy to the server's account, and to its superuser the password of the target."""
    password = target.password() or target.new_password()
    account.give_all(aside.data)
    aside.data.chmod(_PRIVATE)
    with aside.server_lock() as lock:
        cluster = Cluster(aside, account, programs(account, state_folder), durable=True)
        cluster.set_password(password, lock)
    aside.make(account)
    aside.keep_password(password)


def _check_copy(folder: Path, data: Path) -> None:
    """Compares every file with the digest that was noted when the backup was taken; raises BackupDamagedError.

    The write-ahead log has check sums of its own, which PostgreSQL checks when it replays it.
    """
    noted = json.loads((data / _DIGESTS).read_text(encoding="utf-8"))
    for entry in noted["Files"]:
        name = entry["Path"] if "Path" in entry else os.fsdecode(bytes.fromhex(entry["Encoded-Path"]))
        file = data / name
        if not file.is_file() or file.stat().st_size != entry["Size"] or _digest(file) != entry["Checksum"]:
            raise BackupDamagedError(folder, f"{_DATA}/{name}")


def _swap(target: Folders, aside: Folders, stamp: str) -> Path | None:
    """Puts the copy in the place of the data folder; gives the name under which the old one is kept."""
    kept = None
    if target.data.exists():
        kept = target.data.with_name(kept_name(stamp))
        target.data.rename(kept)
    try:
        aside.data.rename(target.data)
    except OSError:
        if kept is not None:
            kept.rename(target.data)
        raise
    return kept


def _digest(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _write(file: Path, text: str) -> None:
    with file.open("w", encoding="utf-8") as stream:
        stream.write(f"{text}\n")
        stream.flush()
        os.fsync(stream.fileno())
