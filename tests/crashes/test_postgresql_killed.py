"""PostgreSQL is killed under load: whole, when the supervisor brings it back, or one backend, when it does itself."""

from __future__ import annotations

import os
import random
import signal
from contextlib import suppress
from pathlib import Path

import pytest

from persistence.embedded import EmbeddedServer
from tests.crashes.books import assert_books_hold_what_was_acknowledged, make_books
from tests.crashes.homes import migrated_server, short_home, superuser_of, world_in
from tests.crashes.load import CRASHES, Load, by_service, crash
from tests.persistence.embedded.machine import processes_of

pytestmark = pytest.mark.slow

ALL, ONE = "every process", "one backend"
ON_EACH_SERVER = (ALL, ONE, ALL, ONE, ALL, ONE, ALL)
"""The supervisor's pauses grow with every restart of one server, so there are not too many of these on one."""


def kill_every_process(server: EmbeddedServer) -> None:
    postmaster = server.pid
    assert postmaster is not None
    os.kill(postmaster, signal.SIGKILL)
    # Without it no new ones are made. Some have ended by themselves already.
    for pid in processes_of(server.data_folder):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def kill_one_backend(server: EmbeddedServer, draws: random.Random) -> None:
    backends = [
        pid for pid in processes_of(server.data_folder) if b"kibubu_login" in Path(f"/proc/{pid}/cmdline").read_bytes()
    ]
    os.kill(draws.choice(backends), signal.SIGKILL)


@pytest.mark.parametrize("number", range(2 * CRASHES))
async def test_a_killed_postgresql_comes_back_with_all_that_was_acknowledged_and_nothing_twice(number: int) -> None:
    draws = random.Random(number)  # noqa: S311 - a repeatable order, no secret
    with short_home() as home:
        async with migrated_server(home) as server, world_in(home) as world:
            books = await make_books(world)
            load = Load(books, by_service(world))
            for kind in ON_EACH_SERVER:
                postmaster = server.pid
                async with crash(load, kind):
                    if kind == ALL:
                        kill_every_process(server)
                    else:
                        kill_one_backend(server, draws)
                assert (server.pid != postmaster) == (kind == ALL)
                assert server.failure is None
                await world.superuser.close()
                world.superuser = await superuser_of(home)
                await assert_books_hold_what_was_acknowledged(world, books, load)
        assert processes_of(server.data_folder) == []
