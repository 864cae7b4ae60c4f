"""Installing and starting PostGraphile 5, with the Node.js that it wants, both from the npm registry.

The registry's `node` package picks one of several that each hold a program for one platform, while it is installed;
here those are named themselves, so that they are locked with the rest and no script runs.
"""

from __future__ import annotations

import asyncio
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from bench.comparison.servers import Listening, environment, free_port, running
from bench.world import DATABASE, KEYRING, PASSWORDS, World
from persistence.database import SETTINGS

__all__ = ["InstallError", "add_functions", "install", "start_postgraphile"]

CONNECTIONS = 10
"""Database connections that PostGraphile's processes share: its own default."""

OPTIONS = " ".join(f"-c {name}={SETTINGS[name]}" for name in ("jit", "plan_cache_mode"))
"""As the application's own connections have it; a plan made once costs the mutation less, and the queries no more."""

_FOLDER = Path(__file__).parent / "postgraphile"
_NODE_MAJOR_MIN = 22
_LOGIN = "kibubu_login"


class InstallError(RuntimeError):
    """PostGraphile cannot be had here; the message says why and what to do."""


def install() -> Path:
    """Install what package-lock.json names beside it, unless that was done; returns the Node.js program.

    Raises:
        InstallError: There is no npm, it failed, or no Node.js is new enough.
    """
    npm = shutil.which("npm")
    if npm is None:
        raise InstallError("npm is not installed (Debian, Ubuntu: apt install npm).")
    if not _is_installed():
        # Engines are for the Node.js that serves, not for the one that runs npm.
        command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        done = subprocess.run(command, cwd=_FOLDER, capture_output=True, text=True, check=False)
        if done.returncode:
            raise InstallError(f"npm ci failed: {done.stderr.strip()[-500:]}")
    for program in (*_FOLDER.glob("node_modules/node-*/bin/node"), Path(shutil.which("node") or "node")):
        if _major(program) >= _NODE_MAJOR_MIN:
            return program
    raise InstallError(f"PostGraphile 5 needs Node.js {_NODE_MAJOR_MIN} or newer, and there is none for this platform.")


def _is_installed() -> bool:
    """Whether npm finished after the lock was last written."""
    written = _FOLDER / "node_modules" / ".package-lock.json"
    return written.exists() and written.stat().st_mtime >= (_FOLDER / "package-lock.json").stat().st_mtime


def _major(program: Path) -> int:
    try:
        said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return 0
    found = re.match(r"v(\d+)\.", said)
    return int(found[1]) if found else 0


async def _add_functions(world: World) -> None:
    admin = await asyncpg.connect(world.server.superuser_dsn(DATABASE))
    try:
        await admin.execute((_FOLDER / "comparison.sql").read_text())
    finally:
        await admin.close()


def add_functions(world: World) -> None:
    """Give the database the functions that PostGraphile serves as computed columns, and its mutation."""
    asyncio.run(_add_functions(world))


def _public_key() -> str:
    """What verifies access tokens, as PEM."""
    key = Ed25519PrivateKey.from_private_bytes(KEYRING.current.signing_seed).public_key()
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


@contextmanager
def start_postgraphile(world: World, program: Path, processes: int, logs: Path) -> Iterator[Listening]:
    """PostGraphile in one process, or several that share a port."""
    place = world.server.connect_arguments(_LOGIN, PASSWORDS[_LOGIN], DATABASE)
    port = free_port()
    settings = environment(
        NODE_ENV="production",
        GRAPHILE_ENV="production",
        COMPARISON_PUBLIC_KEY=_public_key(),
        COMPARISON_DATABASE_HOST=str(place["host"]),
        COMPARISON_DATABASE_PORT=str(place.get("port", 5432)),
        COMPARISON_DATABASE=DATABASE,
        COMPARISON_LOGIN=_LOGIN,
        COMPARISON_PASSWORD=PASSWORDS[_LOGIN],
        COMPARISON_POOL_SIZE=str(CONNECTIONS // processes),
        COMPARISON_OPTIONS=OPTIONS,
        COMPARISON_PROCESSES=str(processes),
        COMPARISON_PORT=str(port),
    )
    log = logs / f"postgraphile-{processes}.log"
    with running([str(program), "server.mjs"], settings, port, log, _FOLDER) as listening:
        yield listening
