from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from operations.signals import EndedBySignalError, end_on_signals
from persistence.embedded import BackupReport, EmbeddedServer, backup, base_backup, restore_aside
from persistence.embedded.errors import (
    BackupDamagedError,
    BackupFailedError,
    BackupFolderNotEmptyError,
    BackupIncompleteError,
    DiskFullError,
    FolderLockedError,
    RestoreFailedError,
    ServerFailedError,
)
from tests.persistence.embedded.machine import ask, wait_until


def tell(server: EmbeddedServer, *statements: str) -> None:
    for statement in statements:
        ask(server, statement)


def postings(server: EmbeddedServer) -> list[int]:
    return ask(server, "SELECT array_agg(amount ORDER BY amount) FROM postings")


def accept(_: EmbeddedServer) -> None:
    """Finds nothing wrong."""


@pytest.fixture(scope="module", autouse=True)
def threads_before() -> set[threading.Thread]:
    """Among them the one of the run's own server."""
    return set(threading.enumerate())


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, BackupReport]]:
    """A stopped home with the postings 1, 2 and 3, and its backup, which was taken when there were 1 and 2."""
    home = tmp_path_factory.mktemp("original")
    with EmbeddedServer(home) as server:
        tell(server, "CREATE TABLE postings (amount int)", "INSERT INTO postings VALUES (1), (2)")
        report = base_backup(server, tmp_path_factory.mktemp("backups") / "first", label="before the share-out")
        tell(server, "INSERT INTO postings VALUES (3)")
    return home, report


@pytest.fixture
def home(original: tuple[Path, BackupReport], tmp_path: Path) -> Path:
    """A copy of that home."""
    copy = tmp_path / "home"
    shutil.copytree(original[0], copy, symlinks=True)
    for file in original[0].rglob("*"):
        shutil.chown(copy / file.relative_to(original[0]), file.stat().st_uid, file.stat().st_gid)
    return copy


@pytest.fixture
def copy_of_backup(original: tuple[Path, BackupReport], tmp_path: Path) -> Path:
    """A backup to damage."""
    return shutil.copytree(original[1].folder, tmp_path / "backup", symlinks=True)


def untouched(home: Path) -> bool:
    """Whether a home is as it was: its data, its password, and nothing left beside them."""
    with EmbeddedServer(home) as server:
        same = postings(server) == [1, 2, 3]
    return same and {entry.name for entry in (home / "postgresql").iterdir()} == {"18", "server.lock"}


def test_a_backup_says_what_it_is(original: tuple[Path, BackupReport]) -> None:
    report = original[1]
    manifest = json.loads((report.folder / "manifest.json").read_text())
    files = [file for file in (report.folder / "data").rglob("*") if file.is_file()]
    assert manifest["label"] == report.label == "before the share-out"
    assert manifest["server_version"] == report.server_version
    assert report.server_version.startswith("18.")
    assert manifest["files"] == report.files == len(files)
    assert manifest["size_bytes"] == report.size_bytes == sum(file.stat().st_size for file in files)
    assert manifest["started_at"] == report.started_at.isoformat()
    assert report.started_at < report.finished_at
    assert (report.folder / "backup_complete").is_file()


def test_a_backup_holds_no_secret(original: tuple[Path, BackupReport]) -> None:
    home, report = original
    password = (home / "secrets" / "superuser-password").read_bytes().strip()
    assert not [file for file in report.folder.rglob("*") if file.is_file() and password in file.read_bytes()]


def test_a_backup_goes_into_an_empty_folder_only(original: tuple[Path, BackupReport]) -> None:
    with pytest.raises(BackupFolderNotEmptyError, match="is not empty"):
        base_backup(EmbeddedServer(original[0]), original[1].folder)


def test_a_backup_that_fails_is_not_finished(home: Path, tmp_path: Path) -> None:
    with EmbeddedServer(home) as server:
        (home / "secrets" / "superuser-password").write_text("wrong")
        with pytest.raises(BackupFailedError, match="password authentication failed"):
            base_backup(server, tmp_path / "backup")
    with pytest.raises(BackupIncompleteError, match="backup_complete"):
        restore_aside(tmp_path / "backup", tmp_path / "new", accept)
    assert not (tmp_path / "new").exists()


def test_a_restore_puts_the_backup_in_place_and_keeps_what_was_there(
    original: tuple[Path, BackupReport], home: Path
) -> None:
    seen = []

    def verify(copy: EmbeddedServer) -> None:
        seen.append(postings(copy))
        assert copy.home.parent == home
        with pytest.raises(FolderLockedError):
            EmbeddedServer(home).start()

    password = (home / "secrets" / "superuser-password").read_text()
    report = restore_aside(original[1].folder, home, verify)
    assert seen == [[1, 2]]
    assert report.backup == original[1]
    assert report.kept is not None
    assert report.kept.name.startswith("18.before-restore-")
    assert (report.kept / "PG_VERSION").read_text() == "18\n"
    assert {entry.name for entry in home.iterdir()} == {"lock", "log", "postgresql", "secrets"}
    assert (home / "secrets" / "superuser-password").read_text() == password
    with EmbeddedServer(home) as server:
        assert postings(server) == [1, 2]
        tell(server, "INSERT INTO postings VALUES (4)")
    # What was kept is a whole data folder: put back, it runs.
    shutil.rmtree(server.data_folder)
    report.kept.rename(server.data_folder)
    assert untouched(home)


def test_a_restore_into_another_home_gives_it_a_password_of_its_own(
    original: tuple[Path, BackupReport], tmp_path: Path
) -> None:
    report = restore_aside(original[1].folder, tmp_path / "new", accept)
    assert report.kept is None
    first = (original[0] / "secrets" / "superuser-password").read_text().strip()
    with EmbeddedServer(tmp_path / "new") as server:
        assert postings(server) == [1, 2]
        arguments = server.superuser_arguments()
        assert arguments["password"] != first
        with pytest.raises(asyncpg.InvalidPasswordError):
            asyncio.run(asyncpg.connect(**arguments | {"password": first}))


def test_a_copy_that_the_verifier_refuses_changes_nothing(original: tuple[Path, BackupReport], home: Path) -> None:
    def verify(copy: EmbeddedServer) -> None:
        tell(copy, "DELETE FROM postings")
        raise ValueError("the trial balance is off by 300")

    with pytest.raises(RestoreFailedError) as refused:
        restore_aside(original[1].folder, home, verify)
    assert f"The data in {home / 'postgresql' / '18'} is untouched" in str(refused.value)
    assert "the trial balance is off by 300" in str(refused.value)
    assert untouched(home)


@pytest.mark.parametrize("damage", ["flip", "cut", "remove", "log"])
def test_a_damaged_backup_changes_nothing(home: Path, copy_of_backup: Path, damage: str) -> None:
    data = copy_of_backup / "data"
    file = next(iter((data / "pg_wal").glob("0*"))) if damage == "log" else data / "base" / "1" / "1259"
    content = bytearray(file.read_bytes())
    middle = 40 if damage == "log" else len(content) // 2
    content[middle : middle + 1] = b"" if damage == "cut" else bytes([content[middle] ^ 1])
    if damage == "log":
        content = bytearray(len(content))
    file.unlink()
    if damage != "remove":
        file.write_bytes(content)
    with pytest.raises(RestoreFailedError, match="is untouched") as refused:
        restore_aside(copy_of_backup, home, accept)
    if damage == "log":
        assert isinstance(refused.value.__cause__, ServerFailedError)
    else:
        assert isinstance(refused.value.__cause__, BackupDamagedError)
        assert "data/base/1/1259" in str(refused.value)
    assert untouched(home)


@pytest.mark.parametrize("name", ["manifest.json", "data/backup_manifest"])
def test_a_backup_whose_own_description_was_changed_is_damaged(tmp_path: Path, copy_of_backup: Path, name: str) -> None:
    file = copy_of_backup / name
    file.write_text(file.read_text().replace("1", "2", 1))
    with pytest.raises(BackupDamagedError, match=name):
        restore_aside(copy_of_backup, tmp_path / "home", accept)
    assert not (tmp_path / "home").exists()


def test_a_home_that_runs_is_not_restored_into(original: tuple[Path, BackupReport], home: Path) -> None:
    with EmbeddedServer(home) as server:
        with pytest.raises(FolderLockedError, match="in use"):
            restore_aside(original[1].folder, home, accept)
        assert postings(server) == [1, 2, 3]
    assert untouched(home)


def test_a_restore_without_room_changes_nothing(
    original: tuple[Path, BackupReport], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backup, "ROOM_BESIDE_A_COPY_BYTES", 2**60)
    with pytest.raises(RestoreFailedError) as refused:
        restore_aside(original[1].folder, home, accept)
    assert isinstance(refused.value.__cause__, DiskFullError)
    assert untouched(home)


def test_a_restore_that_was_cut_off_is_run_again(original: tuple[Path, BackupReport], home: Path) -> None:
    data = home / "postgresql" / "18"
    data.rename(data.with_name("18.before-restore-20260101T000000Z"))
    (home / "restore-left" / "postgresql").mkdir(parents=True)
    restore_aside(original[1].folder, home, accept)
    assert not (home / "restore-left").exists()
    assert (home / "postgresql" / "18.before-restore-20260101T000000Z" / "PG_VERSION").is_file()
    with EmbeddedServer(home) as server:
        assert postings(server) == [1, 2]


def test_the_threads_of_all_servers_are_gone(
    threads_before: set[threading.Thread], original: tuple[Path, BackupReport]
) -> None:
    assert original[1].files > 900
    assert "embedded-postgresql" not in {thread.name for thread in set(threading.enumerate()) - threads_before}


STUCK_COPY = """#!/bin/sh
for argument in "$@"; do case $argument in --pgdata=*) data=${argument#--pgdata=};; esac; done
sleep 600 &
mkdir "$data"
echo $$ $! > "$0.numbers"
wait
"""


def test_a_backup_that_is_told_to_end_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program, numbers = tmp_path / "pg_basebackup", tmp_path / "pg_basebackup.numbers"
    program.write_text(STUCK_COPY)
    program.chmod(0o700)
    kept = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}

    def tell_to_end() -> None:
        wait_until(lambda: numbers.is_file() and numbers.read_text())
        os.kill(os.getpid(), signal.SIGTERM)

    helper = threading.Thread(target=tell_to_end)
    with EmbeddedServer(tmp_path / "home", durable=False) as server:
        monkeypatch.setattr(server, "program", lambda _: program)
        try:
            end_on_signals()
            helper.start()
            with pytest.raises(EndedBySignalError):
                base_backup(server, tmp_path / "backup")
        finally:
            helper.join()
            for number, handler in kept.items():
                signal.signal(number, handler)
    assert list((tmp_path / "backup").iterdir()) == []
    wait_until(lambda: not any(_runs(int(pid)) for pid in numbers.read_text().split()))


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
