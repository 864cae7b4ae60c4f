"""Runs `kibubu` as an operator does: as a process of its own, told everything by its environment."""

from __future__ import annotations

import fcntl
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
SECONDS_MAX = 60
PASSWORD = "five mangoes on the roof"


def environment(home: Path, **settings: str) -> dict[str, str]:
    """The environment of a command, without whatever settings the tests themselves run with."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith("KIBUBU_") and name != "DATABASE_URL"
    }
    return {**kept, "KIBUBU_HOME": str(home), "COLUMNS": "200", **settings}


def kibubu(home: Path, *arguments: str, stdin: str = "", **settings: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        [sys.executable, "-m", "operations.cli", *arguments],
        cwd=ROOT,
        env=environment(home, **settings),
        input=stdin,
        capture_output=True,
        encoding="utf-8",
        timeout=SECONDS_MAX,
        check=False,
    )


def init(home: Path, password: str = PASSWORD, **settings: str) -> subprocess.CompletedProcess[str]:
    """Make the first administrator."""
    given = ("--name", "Amina Were", "--phone", "+254 712 345 678", "--password-stdin")
    return kibubu(home, "init", *given, stdin=f"{password}\n", **settings)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def _hear_hangups() -> None:
    """Whoever runs the tests below nohup passes its deafness on, and the tests are about a process that hears."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


@contextmanager
def started(
    home: Path, command: str, *, before: tuple[str, ...] = (), **settings: str
) -> Iterator[subprocess.Popen[str]]:
    """A running command; interrupted at the end if it is still there."""
    process = subprocess.Popen(
        [*before, sys.executable, "-m", "operations.cli", command],
        cwd=ROOT,
        env=environment(home, **settings),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        start_new_session=True,
        preexec_fn=_hear_hangups,  # noqa: PLW1509 - it does nothing that a thread could hold
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        process.communicate(timeout=SECONDS_MAX)


@contextmanager
def serving(
    home: Path, command: str = "serve", *, before: tuple[str, ...] = (), **settings: str
) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A running server that is ready, and its port."""
    port = free_port()
    with started(home, command, before=before, KIBUBU_PORT=str(port), **settings) as process:
        until = time.monotonic() + SECONDS_MAX
        while ask(port, "/readyz")[0] != http.client.OK:
            if process.poll() is not None or time.monotonic() > until:
                process.kill()
                raise AssertionError(f"the server did not come up:\n{process.communicate()}")
            time.sleep(0.05)
        yield process, port


def wait_for(holds: Callable[[], object]) -> None:
    """Wait for what must come, and fail if it does not."""
    until = time.monotonic() + SECONDS_MAX
    while not holds():
        assert time.monotonic() < until, "it never came"
        time.sleep(0.005)


def ask(port: int, path: str, body: dict[str, Any] | None = None) -> tuple[int, str]:
    """The status and the text of an answer; 0 where nobody listens."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    headers = {"content-type": "application/json", "accept": "application/json"}
    try:
        connection.request("GET" if body is None else "POST", path, None if body is None else json.dumps(body), headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    except OSError:
        return 0, ""
    finally:
        connection.close()


def descendants(pid: int) -> set[int]:
    """The numbers of all processes that a process started, and of those that they started."""
    below: dict[int, set[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                parent = int((entry / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()[1])
            except OSError:
                continue
            below.setdefault(parent, set()).add(int(entry.name))
    found: set[int] = set()
    waiting = [pid]
    while waiting:
        children = below.get(waiting.pop(), set()) - found
        found |= children
        waiting.extend(children)
    return found


def all_end(processes: set[int]) -> bool:
    """Whether all of the processes end soon."""
    until = time.monotonic() + SECONDS_MAX
    while any(_is_running(pid) for pid in processes):
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


def _is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def is_empty(folder: Path) -> bool:
    """Whether nothing was made in a folder."""
    return not any(folder.iterdir())


def is_free(home: Path) -> bool:
    """Whether no process of a server is left: each of them holds this lock."""
    with (home / "postgresql" / "server.lock").open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True
