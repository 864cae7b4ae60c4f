from __future__ import annotations

import os
import signal
import stat
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

from persistence.embedded import EmbeddedServer, default_home, folders, supervisor
from persistence.embedded.errors import FolderLockedError, SuperuserPasswordRefusedError
from tests.persistence.embedded.machine import ask, asked, processes_of, wait_until

SETTINGS = {
    "archive_mode": "off",
    "data_checksums": "on",
    "fsync": "on",
    "full_page_writes": "on",
    "listen_addresses": "",
    "max_connections": "23",
    "password_encryption": "scram-sha-256",
    "server_encoding": "UTF8",
    "synchronous_commit": "on",
    "timezone": "UTC",
    "wal_level": "replica",
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedServer]:
    with EmbeddedServer(tmp_path_factory.mktemp("home"), max_connections=23) as running:
        yield running


def test_it_runs_version_18_with_the_settings_of_a_ledger(server: EmbeddedServer) -> None:
    assert server.version.startswith("18.")
    assert {name: ask(server, f"SELECT current_setting('{name}')") for name in SETTINGS} == SETTINGS


def test_it_sorts_by_code_point_whatever_the_machine_speaks(server: EmbeddedServer) -> None:
    row = "SELECT datlocprovider::text || ' ' || datlocale FROM pg_database WHERE datname = current_database()"
    assert ask(server, row) == "b C.UTF-8"


def test_nobody_else_may_read_data_secrets_log_or_socket(server: EmbeddedServer) -> None:
    home = server.home
    for name in ("postgresql", "postgresql/18", "secrets", "log", "run"):
        assert stat.S_IMODE((home / name).stat().st_mode) == 0o700, name
    assert stat.S_IMODE((home / "secrets" / "superuser-password").stat().st_mode) == 0o600
    assert len((home / "secrets" / "superuser-password").read_text().strip()) == 64


async def test_the_dsn_works_for_asyncpg_and_for_sqlalchemy(server: EmbeddedServer) -> None:
    await asked(server, 'CREATE DATABASE "kibubu of Asha"')
    assert await asked(server, "SELECT current_database()", "kibubu of Asha") == "kibubu of Asha"
    url = make_url(server.superuser_dsn("kibubu of Asha")).set(drivername="postgresql+asyncpg")
    engine = create_async_engine(url)
    async with engine.connect() as connection:
        assert await connection.scalar(text("SELECT current_database()")) == "kibubu of Asha"
    await engine.dispose()


async def test_a_wrong_password_is_refused_and_so_is_none(server: EmbeddedServer) -> None:
    await asked(server, "CREATE ROLE teller LOGIN PASSWORD 'box'")
    right = server.connect_arguments("teller", "box", "postgres")
    await (await asyncpg.connect(**right)).close()
    for user, password in (("teller", "bok"), ("teller", ""), ("kibubu_superuser", "box")):
        with pytest.raises(asyncpg.InvalidPasswordError):
            await asyncpg.connect(**server.connect_arguments(user, password, "postgres"))
    assert (await asked(server, "SELECT rolpassword FROM pg_authid WHERE rolname = 'teller'")).startswith(
        "SCRAM-SHA-256$"
    )


def test_a_second_one_on_the_same_home_is_told_who_holds_it(server: EmbeddedServer) -> None:
    with pytest.raises(FolderLockedError) as refused:
        EmbeddedServer(server.home).start()
    assert refused.value.folder == server.home
    assert refused.value.pid == os.getpid()
    assert f"{server.home} is in use by process {os.getpid()}" in str(refused.value)


def test_it_cannot_be_started_twice(server: EmbeddedServer) -> None:
    with pytest.raises(RuntimeError, match="started already"):
        server.start()


def test_the_log_is_in_the_homes_log_folder(server: EmbeddedServer) -> None:
    (log,) = (server.home / "log").iterdir()
    assert "database system is ready to accept connections" in log.read_text()


def test_data_are_there_after_a_stop_and_a_second_start(tmp_path: Path) -> None:
    server = EmbeddedServer(tmp_path / "home", durable=False)
    server.start()
    assert ask(server, "SHOW fsync") == "off"
    ask(server, "CREATE TABLE kept AS SELECT 7 AS value")
    server.stop()
    server.stop()
    assert processes_of(server.data_folder) == []
    assert not (tmp_path / "home" / "run").exists()
    with pytest.raises(RuntimeError, match="not started"):
        _ = server.host
    server.start()
    assert ask(server, "SELECT value FROM kept") == 7
    server.stop()
    with EmbeddedServer(tmp_path / "home", durable=False) as another:
        assert ask(another, "SELECT value FROM kept") == 7


def test_a_server_that_a_passing_thread_started_stays(tmp_path: Path) -> None:
    server = EmbeddedServer(tmp_path, durable=False)
    thread = threading.Thread(target=server.start)
    thread.start()
    thread.join()
    pid = server.pid
    time.sleep(0.3)
    assert ask(server, "SELECT 1") == 1
    assert server.pid == pid
    server.stop()


def test_a_home_with_a_long_or_strange_path_has_its_socket_elsewhere(tmp_path: Path) -> None:
    home = tmp_path / ("a savings box, " * 12)
    with EmbeddedServer(home, durable=False) as server:
        assert ask(server, "SELECT 1") == 1
        socket = Path(server.host)
        assert (home / "run").readlink() == socket
        assert len(f"{socket}/.s.PGSQL.5432") <= folders.LONGEST_SOCKET_PATH
        assert stat.S_IMODE(socket.stat().st_mode) == 0o700
    assert not socket.exists()


async def test_a_port_is_open_only_where_one_is_asked_for(tmp_path: Path, unused_tcp_port: int) -> None:
    with EmbeddedServer(tmp_path, durable=False, port=unused_tcp_port) as server:
        assert await asked(server, "SHOW listen_addresses") == "127.0.0.1"
        arguments = server.superuser_arguments() | {"host": "127.0.0.1"}
        connection = await asyncpg.connect(**arguments)
        await connection.close()
        with pytest.raises(asyncpg.InvalidPasswordError):
            await asyncpg.connect(**arguments | {"password": "wrong"})


def test_a_lost_password_is_set_anew_and_a_false_one_is_refused(tmp_path: Path) -> None:
    secret = tmp_path / "secrets" / "superuser-password"
    with EmbeddedServer(tmp_path, durable=False) as server:
        first = secret.read_text()
    secret.write_text("not the password\n")
    with pytest.raises(SuperuserPasswordRefusedError) as refused:
        server.start()
    assert str(secret) in str(refused.value)
    assert processes_of(server.data_folder) == []
    secret.unlink()
    with server:
        assert ask(server, "SELECT 1") == 1
    assert len(secret.read_text()) == len(first)
    assert secret.read_text() != first


async def test_a_start_waits_through_a_long_recovery(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, refusals = asyncpg.connect, []

    async def connect(**arguments: object) -> asyncpg.Connection:
        if len(refusals) < 5:
            refusals.append(arguments)
            raise asyncpg.CannotConnectNowError("the database system is starting up")
        return await real(**arguments)

    monkeypatch.setattr(supervisor.asyncpg, "connect", connect)
    with EmbeddedServer(tmp_path, durable=False) as server:
        assert await ask_with(real, server) == 1
    assert len(refusals) == 5


async def ask_with(connect: object, server: EmbeddedServer) -> int:
    connection = await connect(**server.superuser_arguments())  # type: ignore[operator] # the real asyncpg.connect
    try:
        return await connection.fetchval("SELECT 1")
    finally:
        await connection.close()


async def test_a_server_that_does_not_stop_in_good_order_is_stopped_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = EmbeddedServer(tmp_path)
    server.start()
    connection = await asyncpg.connect(server.superuser_dsn())
    await connection.execute("CREATE TABLE kept AS SELECT 7 AS value")
    backend = await connection.fetchval("SELECT pg_backend_pid()")
    os.kill(backend, signal.SIGSTOP)  # a fast shutdown waits for it
    monkeypatch.setattr(supervisor, "STOP_FAST_SECONDS", 0.3)
    log = next((tmp_path / "log").iterdir())

    def go_on() -> None:
        wait_until(lambda: "received immediate shutdown request" in log.read_text())
        os.kill(backend, signal.SIGCONT)

    helper = threading.Thread(target=go_on)
    helper.start()
    server.stop()
    helper.join()
    connection.terminate()
    with server:
        assert await asked(server, "SELECT value FROM kept") == 7


def test_the_home_is_where_the_environment_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("KIBUBU_HOME", str(tmp_path))
    assert default_home() == tmp_path
    monkeypatch.delenv("KIBUBU_HOME")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert default_home() == Path("/var/lib/kibubu")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setenv("HOME", "/home/asha")
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    assert default_home() == Path("/home/asha/.local/share/kibubu")
