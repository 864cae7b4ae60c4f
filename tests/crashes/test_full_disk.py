"""The disk is full under load: PostgreSQL stops itself, and once there is room again it comes back with everything."""

from __future__ import annotations

import errno
from pathlib import Path

import asyncpg
import pytest

from tests.crashes.books import assert_books_hold_what_was_acknowledged, make_books
from tests.crashes.homes import Application, by_http, short_home, superuser_of, world_in
from tests.crashes.load import CRASHES, Load, crash, patiently
from tests.persistence.embedded.machine import private_mounts

pytestmark = pytest.mark.slow

DISK_MEBIBYTES = 256
"""An empty home needs 192."""

MEBIBYTE = 1024 * 1024
LOG_MEBIBYTE = f"SELECT pg_logical_emit_message(true, 'test', repeat('x', {MEBIBYTE}))"
TIMES = 3


def with_a_small_disk(folder: Path) -> tuple[str, ...]:
    """What runs a command that finds a small disk on the folder. Nobody else sees it, and it goes with the command."""
    mount = f"mount -t tmpfs -o mode=711,size={DISK_MEBIBYTES}m kibubu-test '{folder}' && exec \"$@\""
    return (*private_mounts(), "sh", "-c", mount, "sh")


def fill(file: Path) -> None:
    """Let the file take all the room that there is."""
    with file.open("ab", buffering=0) as ballast:
        try:
            while ballast.write(bytes(MEBIBYTE)):
                pass
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise


async def write_until_it_dies(connection: asyncpg.Connection, ballast: Path) -> None:
    """Fill the write-ahead log until the next piece of it finds no room, which PostgreSQL does not survive."""
    try:
        for _ in range(DISK_MEBIBYTES):
            fill(ballast)
            await connection.execute(LOG_MEBIBYTE)
    except (asyncpg.PostgresConnectionError, asyncpg.OperatorInterventionError, asyncpg.InterfaceError):
        return
    pytest.fail("the server did without room")


@pytest.mark.parametrize("number", range(CRASHES))
async def test_a_full_disk_loses_nothing_and_needs_nothing_but_room_to_go_on(number: int, tmp_path: Path) -> None:
    with short_home() as home:
        application = Application(home, tmp_path / f"said-{number}", before=with_a_small_disk(home.parent))
        try:
            await application.start()
            # The home under a name by which those find it who do not see the disk.
            home_there = Path(f"/proc/{application.process.pid}/root{home}")
            async with world_in(home_there) as world, by_http(application, world, may_be_away=False) as call:
                books = await make_books(world)
                load = Load(books, call)
                for _ in range(TIMES):
                    async with crash(load, "a full disk"):
                        ballast = home_there.with_name("ballast")
                        await write_until_it_dies(world.superuser, ballast)
                        await patiently(application.is_away)
                        ballast.unlink()
                    await world.superuser.close()
                    world.superuser = await superuser_of(home_there)
                    await assert_books_hold_what_was_acknowledged(world, books, load)
                assert application.process.poll() is None
        finally:
            application.end()
        assert not home.exists()
