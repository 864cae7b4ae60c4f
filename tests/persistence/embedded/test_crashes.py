from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import structlog

from persistence.embedded import EmbeddedServer, accounts, supervisor
from persistence.embedded.accounts import choose_account, spawn
from persistence.embedded.binaries import programs
from persistence.embedded.errors import ServerBusyError, ServerFailedError
from persistence.embedded.folders import STATE_FOLDER, Folders, seen_by
from tests.persistence.embedded.machine import ask, processes_of, python, wait_until

POSTING_APPLICATION = """
import asyncio, asyncpg, sys
from pathlib import Path
from persistence.embedded import EmbeddedServer

async def post(server):
    connection = await asyncpg.connect(server.superuser_dsn())
    await connection.execute("CREATE TABLE postings (number bigint PRIMARY KEY)")
    for number in range(1_000_000):
        await connection.execute("INSERT INTO postings VALUES ($1)", number)
        print(number, flush=True)

server = EmbeddedServer(Path(sys.argv[1]))
server.start()
asyncio.run(post(server))
"""

WATCHED_APPLICATION = """
import sys, time
from pathlib import Path
from persistence.embedded import EmbeddedServer, supervisor

supervisor.WATCHDOG_NEEDED = True
server = EmbeddedServer(Path(sys.argv[1]), durable=False)
server.start()
print("ready", flush=True)
time.sleep(600)
"""

STARTING_APPLICATION = """
import sys
from pathlib import Path
from persistence.embedded import EmbeddedServer

EmbeddedServer(Path(sys.argv[1]), durable=False).start()
"""


def kill(process: subprocess.Popen[str]) -> str:
    """Kills an application as the kernel would, and gives what it had said."""
    process.kill()
    said = process.communicate()[0]
    assert process.returncode == -signal.SIGKILL
    return said


def kill_all(server: EmbeddedServer) -> None:
    """Kills every process of a server; some end by themselves when others do."""
    for pid in processes_of(server.data_folder):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def test_when_the_application_is_killed_no_server_stays_and_nothing_acknowledged_is_lost(tmp_path: Path) -> None:
    application = python(POSTING_APPLICATION, tmp_path)
    assert application.stdout is not None
    heard = [application.stdout.readline() for _ in range(200)]
    data = Folders(tmp_path).data
    assert len(processes_of(data)) > 3
    acknowledged = [int(line) for line in [*heard, *kill(application).splitlines(keepends=True)] if line.endswith("\n")]
    wait_until(lambda: not processes_of(data))
    with EmbeddedServer(tmp_path) as server:
        count = ask(server, "SELECT count(*) FROM postings")
        assert count in (len(acknowledged), len(acknowledged) + 1)  # one may be posted and not yet acknowledged
        assert ask(server, "SELECT max(number) + 1 FROM postings") == count


def test_a_start_right_after_the_kill_waits_for_the_server_that_still_stops(tmp_path: Path) -> None:
    application = python(POSTING_APPLICATION, tmp_path)
    assert application.stdout is not None
    application.stdout.readline()
    backend = next(
        pid for pid in processes_of(Folders(tmp_path).data) if b"[local]" in Path(f"/proc/{pid}/cmdline").read_bytes()
    )
    os.kill(backend, signal.SIGSTOP)  # a fast shutdown waits for it
    kill(application)
    with structlog.testing.capture_logs() as said:

        def go_on() -> None:
            wait_until(lambda: "waiting for the previous server to stop" in [line["event"] for line in said])
            os.kill(backend, signal.SIGCONT)

        helper = threading.Thread(target=go_on)
        helper.start()
        with EmbeddedServer(tmp_path) as server:
            assert ask(server, "SELECT count(*) > 0 FROM postings") is True
        helper.join()


def test_where_the_kernel_has_no_death_signal_a_watchdog_stops_the_server(tmp_path: Path) -> None:
    application = python(WATCHED_APPLICATION, tmp_path)
    assert application.stdout is not None
    assert application.stdout.readline() == "ready\n"
    data = Folders(tmp_path).data
    assert processes_of(data)
    kill(application)
    wait_until(lambda: not processes_of(data))


def test_a_watchdog_does_not_disturb_an_orderly_stop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "WATCHDOG_NEEDED", True)
    with EmbeddedServer(tmp_path, durable=False) as server:
        assert ask(server, "SELECT 1") == 1
    assert processes_of(server.data_folder) == []


def test_an_initdb_that_was_cut_off_is_begun_again(tmp_path: Path) -> None:
    application = python(STARTING_APPLICATION, tmp_path)
    folders = Folders(tmp_path)
    wait_until(lambda: any(folders.postgresql.glob("18.new-*/global")))
    kill(application)
    assert not folders.data.exists()
    # What a power cut leaves behind, whatever initdb could still tidy up.
    (folders.postgresql / "18.new-left" / "base").mkdir(parents=True)
    with EmbeddedServer(tmp_path, durable=False) as server:
        assert ask(server, "SELECT 1") == 1
    assert {entry.name for entry in folders.postgresql.iterdir()} == {"18", "server.lock"}


def test_when_all_processes_of_the_server_are_killed_it_is_started_again(tmp_path: Path) -> None:
    with EmbeddedServer(tmp_path) as server:
        ask(server, "CREATE TABLE kept AS SELECT 7 AS value")
        first = server.pid
        kill_all(server)
        wait_until(lambda: server.pid not in (first, None) and server.failure is None)
        assert ask(server, "SELECT value FROM kept") == 7
    assert processes_of(server.data_folder) == []


def test_when_the_postmaster_alone_is_killed_it_is_started_again(tmp_path: Path) -> None:
    with EmbeddedServer(tmp_path) as server:
        for _ in range(2):
            first = server.pid
            assert first is not None
            os.kill(first, signal.SIGKILL)
            wait_until(lambda first=first: server.pid not in (first, None) and server.failure is None)
            assert ask(server, "SELECT 1") == 1


def test_a_server_that_cannot_be_brought_back_is_tried_again_until_it_can(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "FIRST_PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(supervisor, "LONGEST_PAUSE_SECONDS", 0.02)
    with structlog.testing.capture_logs() as said, EmbeddedServer(tmp_path, durable=False) as server:
        assert server.failure is None
        control = server.data_folder / "global" / "pg_control"
        control.rename(control.with_suffix(".gone"))
        kill_all(server)
        wait_until(lambda: any(line.get("attempt") == 10 for line in said))
        assert isinstance(server.failure, ServerFailedError)
        assert "could not find the database system" in str(server.failure)
        assert str(server.data_folder) in str(server.failure)
        control.with_suffix(".gone").rename(control)
        wait_until(lambda: server.failure is None)
        assert ask(server, "SELECT 1") == 1
    pauses = [line["pause_seconds"] for line in said if line["event"] == "the server died; starting it again"]
    assert pauses[:10] == [0.01, *[0.02] * 9]


def test_a_stop_while_a_restart_pauses_ends_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "FIRST_PAUSE_SECONDS", 3600.0)
    monkeypatch.setattr(supervisor, "LONGEST_PAUSE_SECONDS", 3600.0)
    server = EmbeddedServer(tmp_path, durable=False)
    server.start()
    kill_all(server)
    wait_until(lambda: server.failure is not None)
    server.stop()
    with EmbeddedServer(tmp_path, durable=False) as again:
        assert ask(again, "SELECT 1") == 1


def test_a_number_in_postmaster_pid_that_now_belongs_to_somebody_else_does_not_matter(tmp_path: Path) -> None:
    with EmbeddedServer(tmp_path, durable=False) as server:
        owner = server.data_folder.stat()
    number = server.data_folder / "postmaster.pid"
    other = subprocess.Popen([*_becoming(owner.st_uid), "sleep", "600"])
    try:
        wait_until(lambda: Path(f"/proc/{other.pid}").stat().st_uid == owner.st_uid)
        number.write_text(f"{other.pid}\n{server.data_folder}\n")
        os.chown(number, owner.st_uid, owner.st_gid)
        with server:
            assert ask(server, "SELECT 1") == 1
    finally:
        other.terminate()
        other.wait()


def _becoming(uid: int) -> list[str]:
    return [] if uid == os.geteuid() else ["setpriv", "--reuid", str(uid), "--clear-groups"]


def test_a_server_that_somebody_else_started_is_left_alone_and_named(tmp_path: Path) -> None:
    with EmbeddedServer(tmp_path, durable=False) as server:
        pass
    data, account = server.data_folder, choose_account(server.data_folder)
    postgres = str(programs(account, STATE_FOLDER) / "postgres")
    command = [postgres, "-D", seen_by(account, data), "-c", "listen_addresses=", "-c", "unix_socket_directories=."]
    with (tmp_path / "output").open("wb") as output:
        foreign = spawn(account, command, cwd=data, descriptors=(), output=output, tied=True)
    try:
        wait_until(lambda: len(processes_of(data)) > 3)
        with pytest.raises(ServerBusyError) as refused:
            server.start()
        assert refused.value.pid == foreign.pid
        assert f"process {foreign.pid}" in str(refused.value)
        assert foreign.poll() is None
    finally:
        foreign.send_signal(signal.SIGINT)
        foreign.wait()
    with server:
        pass


def test_a_server_that_never_stops_is_waited_for_only_so_long(tmp_path: Path) -> None:
    folders = Folders(tmp_path)
    folders.postgresql.mkdir()
    with folders.server_lock(), pytest.raises(ServerBusyError), folders.server_lock(limit=0.2):
        pass


def test_a_process_that_is_not_the_child_of_whom_it_shall_die_with_ends_at_once(tmp_path: Path) -> None:
    account = accounts.Account(os.geteuid(), os.getegid())
    touch = ["/usr/bin/touch", str(tmp_path / "mark")]
    command = accounts._command(account, touch, death_signal=signal.SIGINT, named=False)
    between = f"import subprocess, sys; sys.exit(subprocess.run({command!r}).returncode)"
    assert subprocess.run([sys.executable, "-c", between], check=False).returncode == 98
    assert not (tmp_path / "mark").exists()
    done = accounts.run(account, touch, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "")
    assert (tmp_path / "mark").exists()
