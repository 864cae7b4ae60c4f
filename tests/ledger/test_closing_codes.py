"""A closing code is looked up by an index, whoever asks, and everything that has the code is found."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256
from itertools import count
from uuid import UUID

import asyncpg
import pytest

from domain.ledger.chain import closing_bits, closing_code
from persistence.database import Isolation
from tests.ledger.book import both_verifications, small_book, tampering
from tests.support.world import GroupOfPeople, Person, World

ENTRIES = 5_000
"""So many that no plan would read them all for one of them."""

_FIND = "SELECT entry_number, booked_at FROM ledger.find_closing_code($1, $2)"

_FILL = """
INSERT INTO ledger.entries (tenant_id, number, id, kind, effective_on, booked_at, command_key, ordinal, hash)
SELECT $1, n, gen_random_uuid(), 'TRANSFER', current_date, now(), gen_random_uuid(), 1, sha256(int8send(n))
FROM generate_series(8, $2) n
"""

_LOOKED = """
SELECT pg_stat_get_xact_numscans('ledger.entries_code_idx'::regclass) AS lookups,
       pg_stat_get_xact_tuples_returned('ledger.entries_code_idx'::regclass) AS found,
       pg_stat_get_xact_numscans('ledger.entries_pkey'::regclass) AS walks,
       pg_stat_get_xact_numscans('ledger.entries'::regclass) AS scans
"""
"""What was read of the entries in this transaction: by the index of codes, by number, and from end to end."""


async def fill(world: World, group: GroupOfPeople) -> None:
    """Make the small book long, past everything that posts."""
    async with world.superuser.transaction():
        await world.superuser.execute("ALTER TABLE ledger.entries DISABLE TRIGGER entries_balanced")
        await world.superuser.execute(_FILL, group.id, ENTRIES)
        await world.superuser.execute("ALTER TABLE ledger.entries ENABLE ALWAYS TRIGGER entries_balanced")
    await world.superuser.execute("ANALYZE ledger.entries")


async def look(world: World, who: Person, group_id: UUID, code: str) -> tuple[list[int], asyncpg.Record]:
    """The entries with the code, and what was read for it, on a connection such as the application's."""
    async with world.transaction(who, Isolation.READ) as connection:
        before = await connection.fetchrow(_LOOKED)
        found = await connection.fetch(_FIND, group_id, closing_bits(code))
        after = await connection.fetchrow(_LOOKED)
    assert all(isinstance(row["booked_at"], datetime) for row in found)
    return [row["entry_number"] for row in found], [now - then for then, now in zip(before, after, strict=True)]


@pytest.mark.parametrize("is_analyzed", [True, False])
async def test_a_code_is_looked_up_in_a_long_book_and_not_searched_for(world: World, *, is_analyzed: bool) -> None:
    group = (await small_book(world)).group
    await fill(world, group)
    if not is_analyzed:
        await world.superuser.execute("DELETE FROM pg_statistic WHERE starelid = 'ledger.entries'::regclass")
    for number in (8, ENTRIES):
        code = closing_code(sha256(number.to_bytes(8)).digest())
        found, (lookups, rows, walks, scans) = await look(world, group.plain, group.id, code)
        assert found == [number]
        assert (lookups, rows, walks, scans) == (1, 1, 0, 0)


async def test_who_may_not_see_the_book_learns_nothing_of_its_codes(world: World) -> None:
    book, other = await small_book(world), await world.group()
    hashed = await world.superuser.fetchval(
        "SELECT hash FROM ledger.entries WHERE tenant_id = $1 AND number = 3", book.group.id
    )
    for who in (other.secretary, await world.person()):
        found, (lookups, rows, walks, scans) = await look(world, who, book.group.id, closing_code(hashed))
        assert found == []
        assert (lookups, rows, walks, scans) == (0, 0, 0, 0)
    assert (await look(world, book.group.plain, book.group.id, closing_code(hashed)))[0] == [3]


def two_hashes_of_one_code() -> tuple[bytes, bytes]:
    """Codes have thirty bits, so that two of some ten thousands of hashes are likely to share one."""
    seen: dict[str, bytes] = {}
    for number in count():
        hashed = sha256(number.to_bytes(8)).digest()
        code = closing_code(hashed)
        if code in seen:
            return seen[code], hashed
        seen[code] = hashed
    raise AssertionError


async def test_entries_that_share_a_code_are_all_found_the_last_first(world: World) -> None:
    group = (await small_book(world)).group
    first, second = two_hashes_of_one_code()
    async with tampering(world.superuser) as connection:
        for number, hashed in ((2, first), (5, second), (6, first)):
            await connection.execute(
                "UPDATE ledger.entries SET hash = $3 WHERE tenant_id = $1 AND number = $2", group.id, number, hashed
            )
    found, _ = await look(world, group.plain, group.id, closing_code(second))
    assert found == [6, 5, 2]
    # What was written over is found by the verification, whatever the index says.
    assert ("HASH_BROKEN", 2) in await both_verifications(world, group.id)


async def test_an_entry_whose_hash_is_changed_leaves_its_code(world: World) -> None:
    """The index follows the hash that is kept; that the hash is wrong is for the verification to say."""
    group = (await small_book(world)).group
    before = await world.superuser.fetchval(
        "SELECT hash FROM ledger.entries WHERE tenant_id = $1 AND number = 4", group.id
    )
    other = sha256(b"other").digest()
    async with tampering(world.superuser) as connection:
        await connection.execute(
            "UPDATE ledger.entries SET hash = $2 WHERE tenant_id = $1 AND number = 4", group.id, other
        )
    assert (await look(world, group.plain, group.id, closing_code(before)))[0] == []
    assert (await look(world, group.plain, group.id, closing_code(other)))[0] == [4]
    assert ("HASH_BROKEN", 4) in await both_verifications(world, group.id)
