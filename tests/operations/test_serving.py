"""Serving with the embedded database: up, in use, and down without a trace."""

from __future__ import annotations

import signal
import socket
from pathlib import Path

import pytest

from tests.operations.command_line import (
    SECONDS_MAX,
    all_end,
    ask,
    descendants,
    init,
    is_empty,
    is_free,
    kibubu,
    serving,
    started,
    wait_for,
)


def test_a_served_home_can_be_used_by_other_commands_and_ends_with_ctrl_c(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with serving(home) as (process, port):
        assert ask(port, "/graphql", {"query": "{ __typename }"})[0] == 200
        assert ask(port, "/graphiql/")[0] == 404
        assert init(home).returncode == 0
        assert "newest" in kibubu(home, "status").stdout
        assert kibubu(home, "verify").returncode == 0
        assert kibubu(home, "backup", str(tmp_path / "backup")).returncode == 0
        for command in (("serve",), ("restore", str(tmp_path / "backup"))):
            refused = kibubu(home, *command, KIBUBU_PORT="0")
            assert refused.returncode == 1
            assert f"in use by process {process.pid}" in refused.stderr
        assert kibubu(home, "health", KIBUBU_PORT=str(port)).returncode == 0
        below = descendants(process.pid)
        assert below
        process.send_signal(signal.SIGINT)
        assert process.wait(SECONDS_MAX) == 0
        assert all_end(below)
        assert is_free(home)
        assert ask(port, "/readyz")[0] == 0
        assert kibubu(home, "health", KIBUBU_PORT=str(port)).returncode == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_killed_parent_leaves_neither_workers_nor_a_database(tmp_path: Path, number: signal.Signals) -> None:
    with serving(tmp_path, KIBUBU_WORKERS="2") as (process, port):
        below = descendants(process.pid)
        assert len(below) > 3
        process.send_signal(number)
        assert process.wait(SECONDS_MAX) == (0 if number is signal.SIGTERM else -signal.SIGKILL)
        assert all_end(below)
        assert is_free(tmp_path)
        assert ask(port, "/readyz")[0] == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_being_told_to_end_is_an_orderly_end_for_one_process_too(tmp_path: Path, number: signal.Signals) -> None:
    with serving(tmp_path) as (process, _):
        below = descendants(process.pid)
        process.send_signal(number)
        assert process.wait(SECONDS_MAX) == 0
        assert all_end(below)
        assert is_free(tmp_path)


def test_below_nohup_a_closed_terminal_ends_nothing(tmp_path: Path) -> None:
    with serving(tmp_path, before=("nohup",)) as (process, port):
        process.send_signal(signal.SIGHUP)
        assert ask(port, "/readyz")[0] == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(SECONDS_MAX) == 0


def test_a_command_that_is_told_to_end_stops_the_database_that_it_started(tmp_path: Path) -> None:
    assert kibubu(tmp_path, "migrate").returncode == 0
    with started(tmp_path, "verify") as process:
        wait_for((tmp_path / "run" / ".s.PGSQL.5432").exists)
        process.send_signal(signal.SIGTERM)
        assert process.wait(SECONDS_MAX) == 128 + signal.SIGTERM
    assert is_free(tmp_path)
    assert not (tmp_path / "run").exists()


def test_a_port_that_is_taken_is_told_before_anything_is_started(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = kibubu(tmp_path, "serve", KIBUBU_PORT=str(port))
    assert done.returncode == 1
    assert f"Cannot listen on 127.0.0.1 port {port} (Address already in use)" in done.stderr
    assert is_empty(tmp_path)
