"""What the tests of the embedded server do to the machine: other users, private mounts, processes."""

from __future__ import annotations

import asyncio
import os
import pwd
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from persistence.embedded import EmbeddedServer

CHECKOUT = Path(__file__).resolve().parents[3]
ROOT = os.geteuid() == 0
PATIENCE_SECONDS = 30.0


async def asked(server: EmbeddedServer, statement: str, database: str = "postgres") -> Any:
    """One value, asked for as the superuser."""
    connection = await asyncpg.connect(server.superuser_dsn(database))
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


def ask(server: EmbeddedServer, statement: str, database: str = "postgres") -> Any:
    """The same from where no event loop runs, as the server's own methods are called."""
    return asyncio.run(asked(server, statement, database))


def processes_of(data: Path) -> list[int]:
    """The processes that work in a data folder: no server leaves it."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                if (entry / "cwd").samefile(data):
                    found.append(int(entry.name))
            except OSError:
                continue
    return found


def wait_until(holds: Callable[[], object]) -> None:
    """Waits for what must come, and fails if it does not."""
    until = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < until, "it never came"
        time.sleep(0.01)


def python(code: str, *arguments: object, before: tuple[str, ...] = ()) -> subprocess.Popen[str]:
    """A program of its own that can import the application."""
    return subprocess.Popen(
        [*before, sys.executable, "-W", "error", "-c", code, *map(str, arguments)],
        env={"PATH": os.defpath, "PYTHONPATH": str(CHECKOUT)},
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def said_by(code: str, *arguments: object, before: tuple[str, ...] = ()) -> str:
    """What such a program prints before it ends well."""
    process = python(code, *arguments, before=before)
    said = process.communicate(timeout=120)[0]
    assert process.returncode == 0, said
    return said


@cache
def private_mounts() -> tuple[str, ...]:
    """What runs a command where mounts are its own; skips the test where that is not allowed."""
    if not ROOT:
        pytest.skip("mounting needs root")
    before = ("unshare", "--mount", "--propagation", "private")
    if subprocess.run([*before, "true"], check=False).returncode:
        pytest.skip("private mounts are not allowed here")
    return before


def _closed(folder: Path) -> Path | None:
    """The first folder on the way down that other users may not enter."""
    way = [*reversed(folder.parents), folder]
    return next((part for part in way if not part.stat().st_mode & 0o001), None)


def as_user(uid: int) -> tuple[str, ...]:
    """What runs a command as a user who is not root, and who can read Python and the checkout wherever they are.

    Folders that only root may enter are replaced, for that command alone, by ones that hold nothing but these two.
    """
    script = ["set -e", "hold=$(mktemp -d)", "mount -t tmpfs none $hold"]
    needed = {Path(sys.base_prefix).resolve(), Path(sys.prefix), CHECKOUT}
    hidden = {folder: closed for folder in needed if (closed := _closed(folder)) is not None}
    script += [f"mkdir $hold/{number}; mount --bind '{folder}' $hold/{number}" for number, folder in enumerate(hidden)]
    script += [f"mount -t tmpfs -o mode=755 none '{closed}'" for closed in set(hidden.values())]
    script += [f"mkdir -p '{folder}'; mount --bind $hold/{number} '{folder}'" for number, folder in enumerate(hidden)]
    script += ["umount -l $hold; rmdir $hold", f'exec setpriv --reuid {uid} --regid {uid} --clear-groups -- "$@"']
    if shutil.which("setpriv") is None:
        pytest.skip("setpriv is not installed")
    return (*private_mounts(), "sh", "-c", "\n".join(script), "sh")


def somebody() -> int:
    """The id of an account that is not root."""
    return next(entry.pw_uid for entry in pwd.getpwall() if entry.pw_uid not in (0, 65534))
