"""The application is killed in the middle of requests: its database ends with it, and a new one finds everything."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

import pytest

from tests.crashes.books import assert_books_hold_what_was_acknowledged, make_books
from tests.crashes.homes import Application, by_http, short_home, superuser_of, world_in
from tests.crashes.load import CRASHES, Load, crash
from tests.operations.command_line import all_end, is_free

pytestmark = pytest.mark.slow

WORKERS_AND_WAITS = ((1, False), (2, True), (1, True))
"""For each crash: how many processes serve afterwards, and whether the new ones start only when all old ones ended."""


@pytest.mark.parametrize("number", range(CRASHES))
async def test_a_killed_application_leaves_no_database_and_starts_again_with_all_that_was_acknowledged(
    number: int, tmp_path: Path
) -> None:
    draws = random.Random(number)  # noqa: S311 - a repeatable order, no secret
    with short_home() as home:
        application = Application(home, tmp_path / "said")
        try:
            await application.start()
            async with world_in(home) as world, by_http(application, world, may_be_away=True) as call:
                books = await make_books(world)
                load = Load(books, call)
                for workers, waits in WORKERS_AND_WAITS:
                    async with crash(load, "the application"):
                        await asyncio.sleep(draws.uniform(0, 0.05))
                        below = application.kill()
                        assert len(below) > 3
                        if waits:
                            assert await asyncio.to_thread(all_end, below)
                            assert is_free(home)
                        await application.start(workers=workers)
                    assert await asyncio.to_thread(all_end, below)
                    await world.superuser.close()
                    world.superuser = await superuser_of(home)
                    await assert_books_hold_what_was_acknowledged(world, books, load)
        finally:
            application.end()
        assert is_free(home)
