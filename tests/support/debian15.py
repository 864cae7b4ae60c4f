"""Runs the marked part of the suite on the PostgreSQL 15 that Debian packages, where it is installed."""

from __future__ import annotations

import os
import pwd
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.support.cluster import SUPERUSER_DSN, fastest_folder

PROGRAMS = Path("/usr/lib/postgresql/15/bin")
SUPERUSER = "kibubu_tests"
START_SECONDS_MAX = 30
ROOT = 0
SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "100",
    "max_locks_per_transaction": "128",
    "shared_buffers": "64MB",
}


def _account() -> Mapping[str, Any]:
    """As whom the server runs: PostgreSQL refuses root, and Debian's package makes an account for it."""
    if os.geteuid() != ROOT:
        return {}
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    raise RuntimeError("there is no account to run PostgreSQL 15 as")


@contextmanager
def running() -> Iterator[str]:
    """The superuser's address in a new, empty cluster, which is gone afterwards."""
    account = _account()
    password = secrets.token_hex(16)
    with tempfile.TemporaryDirectory(prefix="kibubu-15-", dir=fastest_folder()) as name:
        folder = Path(name)
        password_file = folder / "password"
        password_file.write_text(password, encoding="ascii")
        if account:
            for path in (folder, password_file):
                os.chown(path, account["user"], account["group"])
        data = folder / "data"
        subprocess.run(
            [
                PROGRAMS / "initdb",
                f"--pgdata={data}",
                f"--username={SUPERUSER}",
                f"--pwfile={password_file}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                "--no-sync",
            ],
            cwd=folder,
            check=True,
            stdout=subprocess.DEVNULL,
            **account,
        )
        settings = [part for key, value in SETTINGS.items() for part in ("-c", f"{key}={value}")]
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(
                [PROGRAMS / "postgres", "-D", data, "-k", folder, *settings],
                cwd=folder,
                stdout=log,
                stderr=log,
                start_new_session=True,
                **account,
            )
            try:
                _wait(server, folder)
                yield f"postgresql://{SUPERUSER}:{password}@/postgres?host={folder}&port=5432"
            finally:
                server.send_signal(signal.SIGINT)  # without waiting for clients, as SIGTERM would
                server.wait()


def _wait(server: subprocess.Popen[bytes], folder: Path) -> None:
    until = time.monotonic() + START_SECONDS_MAX
    asked = [PROGRAMS / "pg_isready", "--quiet", f"--host={folder}"]
    while subprocess.run(asked, check=False).returncode:
        if server.poll() is not None or time.monotonic() > until:
            said = (folder / "log").read_text(encoding="utf-8", errors="replace")
            raise RuntimeError(f"PostgreSQL 15 did not start:\n{said}")
        time.sleep(0.05)


def main(arguments: list[str]) -> int:
    """Run pytest on the server; gives its exit code."""
    if not (PROGRAMS / "postgres").is_file():
        sys.stdout.write(f"PostgreSQL 15 is not in {PROGRAMS}: the part of the suite marked postgres15 was skipped.\n")
        return 0
    with running() as address:
        command = [sys.executable, "-m", "pytest", "-n", "2", "--dist", "worksteal", "-m", "postgres15", *arguments]
        return subprocess.run(command, env={**os.environ, SUPERUSER_DSN: address}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
