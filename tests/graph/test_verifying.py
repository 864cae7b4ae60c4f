"""A book is verified for one asker at a time, few books in a process; who waits holds no connection for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest

from graph.ledger.verifying import ENTRIES_MAX, Verifications
from tests.ledger.book import small_book, tampering
from tests.support.api import Answer, Api, Client
from tests.support.locks import wait_for_lock
from tests.support.world import GroupOfPeople, World

VERIFY = "query V($id: ID!) { bookVerification(groupId: $id) { isSound faults { fault } book { entryCount } } }"
SOUND = {"bookVerification": {"isSound": True, "faults": [], "book": {"entryCount": 7}}}
BUSY = ("VERIFICATION_BUSY", "Books are being verified for others just now: ask again in a moment.")

_IN_TRANSACTION = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND usename = 'kibubu_login' AND xact_start IS NOT NULL
"""


class Turns(Verifications):
    """The turns of a process, and how many were asked for."""

    def __init__(self, **limits: Any) -> None:
        super().__init__(**limits)
        self.asked = asyncio.Semaphore(0)

    @asynccontextmanager
    async def turn(self, group_id: UUID) -> AsyncIterator[None]:
        self.asked.release()
        async with super().turn(group_id):
            yield


@dataclass(frozen=True)
class Hall:
    """Two books of seven entries and an empty one, and a process that verifies them."""

    api: Api
    world: World
    first: GroupOfPeople
    second: GroupOfPeople
    third: GroupOfPeople

    def limit(self, **limits: Any) -> Turns:
        turns = Turns(**limits)
        object.__setattr__(self.api.services, "verifications", turns)
        return turns

    @property
    def member(self) -> Client:
        return self.api.client(self.first.plain)

    @asynccontextmanager
    async def verifying(self) -> AsyncIterator[asyncio.Task[Answer]]:
        """Within, somebody's verification of the first book goes on; afterwards it may end."""
        async with self.world.superuser.transaction():
            await self.world.superuser.execute("LOCK TABLE ledger.lines IN ACCESS EXCLUSIVE MODE")
            task = asyncio.create_task(self.member.send(VERIFY, id=self.first.id))
            await wait_for_lock(self.world.superuser)
            yield task


@pytest.fixture
async def hall(api: Api, world: World) -> Hall:
    first, second = [(await small_book(world)).group for _ in range(2)]
    return Hall(api, world, first, second, await world.group())


async def test_two_who_ask_at_once_take_turns_and_the_second_holds_no_connection(hall: Hall) -> None:
    turns = hall.limit(wait_seconds=60)
    async with hall.verifying() as first:
        second = asyncio.create_task(hall.api.client(hall.first.secretary).send(VERIFY, id=hall.first.id))
        for _ in range(2):
            await turns.asked.acquire()
        assert await hall.world.superuser.fetchval(_IN_TRANSACTION) == 1
        assert [first.done(), second.done()] == [False, False]
    assert (await first).data == (await second).data == SOUND


async def test_whose_turn_does_not_come_is_told_to_ask_again(hall: Hall) -> None:
    hall.limit(wait_seconds=0.05)
    async with hall.verifying() as first:
        answer = await hall.api.client(hall.first.secretary).send(VERIFY, id=hall.first.id)
        assert answer.body["data"] == {"bookVerification": None}
        assert answer.refusal == BUSY
        assert answer.error["path"] == ["bookVerification"]
    assert (await first).data == SOUND
    assert await hall.api.client(hall.first.secretary).query(VERIFY, id=hall.first.id) == SOUND


async def test_who_may_not_see_a_book_does_not_learn_that_it_is_busy(hall: Hall) -> None:
    hall.limit(wait_seconds=0.05)
    stranger = hall.api.client(await hall.world.person())
    async with hall.verifying() as first:
        assert await stranger.query(VERIFY, id=hall.first.id) == {"bookVerification": None}
    assert (await first).data == SOUND


async def test_another_book_is_verified_beside_it_as_long_as_there_is_room(hall: Hall) -> None:
    turns = hall.limit(wait_seconds=0.05, at_once=2)
    other = hall.api.client(hall.second.plain)
    async with hall.verifying() as first:
        beside = asyncio.create_task(other.send(VERIFY, id=hall.second.id))
        await wait_for_lock(hall.world.superuser, waiting=2)
        assert await hall.api.client(hall.third.plain).refused(VERIFY, id=hall.third.id) == BUSY
    assert (await first).data == (await beside).data == SOUND
    assert turns.is_free(hall.first.id)


async def test_who_gives_up_waiting_leaves_the_turn_to_others(hall: Hall) -> None:
    turns = hall.limit(wait_seconds=60)
    async with hall.verifying() as first:
        impatient = asyncio.create_task(hall.member.query(VERIFY, id=hall.first.id))
        for _ in range(2):
            await turns.asked.acquire()
        impatient.cancel()
        with pytest.raises(asyncio.CancelledError):
            await impatient
    assert (await first).data == SOUND
    assert turns.is_free(hall.first.id)
    assert await hall.member.query(VERIFY, id=hall.first.id) == SOUND


async def test_a_book_that_is_too_long_is_left_to_the_command_line(hall: Hall) -> None:
    async with tampering(hall.world.superuser) as connection:
        await connection.execute(
            "UPDATE ledger.heads SET entry_number = $2 WHERE tenant_id = $1", hall.first.id, ENTRIES_MAX + 1
        )
    answer = await hall.member.send(VERIFY, id=hall.first.id)
    assert answer.body["data"] == {"bookVerification": None}
    message = (
        "The book has 100,001 entries, too many to be verified while you wait: "
        f"ask whoever runs this installation for `kibubu verify --group {hall.first.id}`."
    )
    assert answer.refusal == ("BOOK_TOO_LARGE", message)
    stranger = hall.api.client(await hall.world.person())
    assert await stranger.query(VERIFY, id=hall.first.id) == {"bookVerification": None}


async def test_a_book_too_long_for_a_slow_database_is_left_to_the_command_line(hall: Hall) -> None:
    """PostgreSQL ends a statement that takes too long as it ends one that is cancelled."""
    turns = hall.limit()
    async with hall.verifying() as first:
        await hall.world.superuser.execute(
            "SELECT pg_cancel_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        answer = await first
    assert answer.refusal[0] == "BOOK_TOO_LARGE"
    assert answer.refusal[1].startswith("The book has 7 entries, too many to be verified while you wait: ask whoever ")
    assert answer.body["data"] is None
    assert turns.is_free(hall.first.id)
    assert await hall.member.query(VERIFY, id=hall.first.id) == SOUND
