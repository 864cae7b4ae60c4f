"""Tampering with one thing at a time, as only a superuser can: both verifications name it, and the entry."""

from __future__ import annotations

import asyncpg
import pytest

from domain.ledger.stored import FaultKind
from persistence.database import Isolation
from persistence.verification import verify_book
from tests.ledger.book import both_verifications, small_book, tampering
from tests.ledger.tamperings import (
    CASH,
    FIRST,
    SECOND,
    SHARES,
    A,
    B,
    C,
    Tampering,
    contribution,
    dated_back,
    deletion,
    entry,
    line,
    move,
    rehashed,
    row,
    tampered_with,
)
from tests.ledger.test_verification_beside import BESIDE
from tests.ledger.test_verification_loans import FOUND_OF_LOANS
from tests.support.world import World, shares

SEVENTH_AS_INCOME = (
    "UPDATE ledger.entries SET kind = 'OTHER_INCOME' WHERE tenant_id = $1 AND number = 7",
    "UPDATE ledger.lines SET kind = 'OTHER_INCOME' WHERE tenant_id = $1 AND entry_number = 7",
    (
        f"UPDATE ledger.movements SET kind = 'OTHER_INCOME' WHERE tenant_id = $1 AND meeting_id = {SECOND}"
        " AND kind = 'SOCIAL_FUND_CONTRIBUTION'"
    ),
    "DELETE FROM app.contributions WHERE tenant_id = $1 AND entry_number = 7",
    rehashed(7),
    (
        "UPDATE ledger.heads h SET entry_hash = e.hash FROM ledger.entries e"
        " WHERE h.tenant_id = $1 AND e.tenant_id = $1 AND e.number = 7"
    ),
)
"""The last entry told as another event wherever its kind stands, and its hash worked out anew."""

TAMPERINGS = {
    "an amount with its opposite": line(
        2,
        "amount = amount * 1.25, base_amount = base_amount * 1.25",
        HASH_BROKEN=2,
        ACCOUNT_BALANCE_AFTER=2,
        MEMBER_BALANCE_AFTER=2,
        ACCOUNT_BALANCE=6,
        MEMBER_BALANCE=2,
        MOVEMENT=5,
        CONTRIBUTION=2,
    ),
    "an amount alone": row(
        "UPDATE ledger.lines SET amount = 500, base_amount = 500"
        " WHERE tenant_id = $1 AND entry_number = 2 AND line_number = 1",
        UNBALANCED=2,
        HASH_BROKEN=2,
        ACCOUNT_BALANCE_AFTER=2,
        ACCOUNT_BALANCE=6,
        MOVEMENT=5,
        CONTRIBUTION=2,
    ),
    "the base amounts": line(2, "base_amount = base_amount * 2", HASH_BROKEN=2),
    "one base amount": row(
        "UPDATE ledger.lines SET base_amount = 1 WHERE tenant_id = $1 AND entry_number = 2 AND line_number = 1",
        UNBALANCED=2,
        HASH_BROKEN=2,
    ),
    "the currency": line(2, "currency = 'UGX'", ACCOUNT=2, UNBALANCED=2, HASH_BROKEN=2, CONTRIBUTION=2),
    "the account": row(
        f"UPDATE ledger.lines SET account_id = {SHARES} WHERE tenant_id = $1 AND entry_number = 7 AND line_number = 2",
        ACCOUNT=7,
        HASH_BROKEN=7,
        SHAPE=7,
        ACCOUNT_BALANCE_AFTER=7,
        MEMBER_BALANCE_AFTER=7,
        ACCOUNT_BALANCE=7,
        MEMBER_BALANCE=7,
        MOVEMENT=7,
    ),
    "the order of the lines": Tampering(
        ("UPDATE ledger.lines SET line_number = 3 WHERE tenant_id = $1 AND entry_number = 4 AND line_number = 1",),
        {"HASH_BROKEN": 4, "NUMBER_MISSING": 4},
    ),
    "the member on a line": row(
        f"UPDATE ledger.lines SET member_id = {B} WHERE tenant_id = $1 AND entry_number = 1 AND line_number = 2",
        HASH_BROKEN=1,
        ENTRY_MEMBER=1,
        MEMBER_BALANCE_AFTER=2,
        MEMBER_BALANCE=6,
        MEMBER_SHARES=6,
        CONTRIBUTION=1,
    ),
    "two lines more": row(
        "INSERT INTO ledger.lines (tenant_id, entry_number, line_number, account_id, member_id, kind, effective_on,"
        " currency, amount, base_amount, shares, account_balance_after, member_balance_after)"
        " SELECT $1, 6, n, account, member, e.kind, e.effective_on, 'KES', amount, amount, shares, total, hers"
        f" FROM ledger.entries e, (VALUES (3, {CASH}, NULL, 5, NULL, 1405, NULL), (4, {SHARES}, {A}, -5, 1, -1405,"
        " -805)) l (n, account, member, amount, shares, total, hers) WHERE e.tenant_id = $1 AND e.number = 6",
        HASH_BROKEN=6,
        SHAPE=6,
        ACCOUNT_BALANCE=6,
        MEMBER_BALANCE=6,
        MEMBER_SHARES=6,
        MOVEMENT=6,
    ),
    "when it was booked": entry(3, "booked_at = booked_at + interval '1 microsecond'", HASH_BROKEN=3),
    "the date it counts for": entry(3, "effective_on = effective_on - 1", HASH_BROKEN=3, LINE_DIFFERS=3, MOVEMENT=4),
    "the kind": entry(3, "kind = 'SHARE_PURCHASE'", HASH_BROKEN=3, SHAPE=3, LINE_DIFFERS=3, MOVEMENT=4, CONTRIBUTION=3),
    "a kind that nobody knows": entry(
        3, "kind = 'GIFT'", HASH_BROKEN=3, SHAPE=3, LINE_DIFFERS=3, MOVEMENT=4, CONTRIBUTION=3
    ),
    "the id": entry(3, "id = gen_random_uuid()", HASH_BROKEN=3, CONTRIBUTION=3),
    "the meeting": entry(5, f"meeting_id = {SECOND}", HASH_BROKEN=5, MOVEMENT=6, CONTRIBUTION=5),
    "no meeting any more": entry(5, "meeting_id = NULL", HASH_BROKEN=5, MOVEMENT=5, CONTRIBUTION=5),
    "who posted it": entry(3, "actor_id = gen_random_uuid()", HASH_BROKEN=3, CONTRIBUTION=3),
    "what it reverses": row(
        "UPDATE ledger.entries SET reverses_id = (SELECT id FROM ledger.entries WHERE tenant_id = $1 AND number = 3)"
        " WHERE tenant_id = $1 AND number = 4",
        HASH_BROKEN=4,
        REVERSAL=4,
        CONTRIBUTION=4,
    ),
    "the member an entry is shown to": entry(1, f"member_id = {B}", ENTRY_MEMBER=1),
    "the hash of an entry": entry(3, "hash = sha256('')", HASH_BROKEN=3),
    "an entry with its hash worked out anew": Tampering(
        (*dated_back(3), rehashed(3)),
        {"HASH_BROKEN": 4, "MOVEMENT": 4},
    ),
    "the last entry as another event": Tampering(SEVENTH_AS_INCOME, {"SHAPE": 7}),
    "the last entry with its hash worked out anew": Tampering(
        (*dated_back(7), rehashed(7)),
        {"HEAD_DIFFERS": 7, "MOVEMENT": 7},
    ),
    "an entry gone with all that belongs to it": deletion(
        2,
        NUMBER_MISSING=2,
        HASH_BROKEN=3,
        ACCOUNT_BALANCE_AFTER=5,
        ACCOUNT_BALANCE=6,
        MEMBER_BALANCE=None,
        MEMBER_SHARES=None,
        MOVEMENT=5,
    ),
    "the last entry gone with all that belongs to it": deletion(
        7, HEAD_DIFFERS=7, ACCOUNT_BALANCE=4, MEMBER_BALANCE=None, MOVEMENT=None
    ),
    "the last entry gone, its lines left": row(
        "DELETE FROM ledger.entries WHERE tenant_id = $1 AND number = 7",
        NUMBER_MISSING=7,
        HEAD_DIFFERS=7,
        MOVEMENT=None,
        CONTRIBUTION=7,
    ),
    "the lines of an entry gone": row(
        "DELETE FROM ledger.lines WHERE tenant_id = $1 AND entry_number = 7",
        UNBALANCED=7,
        HASH_BROKEN=7,
        ENTRY_MEMBER=7,
        SHAPE=7,
        ACCOUNT_BALANCE=4,
        MEMBER_BALANCE=None,
        MOVEMENT=None,
        CONTRIBUTION=7,
    ),
    "two entries swapped": Tampering(
        (*move(3, 100), *move(4, 3), *move(100, 4)), {"HASH_BROKEN": 3, "ACCOUNT_BALANCE_AFTER": 3}
    ),
    "an entry moved behind the last": Tampering(move(7, 9), {"NUMBER_MISSING": 7, "HASH_BROKEN": 9, "HEAD_DIFFERS": 7}),
    "a balance after a line": row(
        "UPDATE ledger.lines SET account_balance_after = account_balance_after + 1"
        " WHERE tenant_id = $1 AND entry_number = 5 AND line_number = 1",
        ACCOUNT_BALANCE_AFTER=5,
    ),
    "a member's balance after a line": row(
        "UPDATE ledger.lines SET member_balance_after = member_balance_after + 1"
        " WHERE tenant_id = $1 AND entry_number = 5 AND line_number = 2",
        MEMBER_BALANCE_AFTER=5,
    ),
    "the balance of an account": row(
        f"UPDATE ledger.account_balances SET balance = balance + 0.01 WHERE tenant_id = $1 AND account_id = {CASH}",
        ACCOUNT_BALANCE=6,
    ),
    "the balance of an account that never moved": row(
        "UPDATE ledger.account_balances SET balance = 1 WHERE tenant_id = $1 AND account_id = ("
        " SELECT id FROM ledger.accounts WHERE tenant_id = $1 AND code = '3900')",
        ACCOUNT_BALANCE=None,
    ),
    "the balance of an account gone": row(
        f"DELETE FROM ledger.account_balances WHERE tenant_id = $1 AND account_id = {CASH}",
        ACCOUNT_BALANCE=6,
        ACCOUNT=None,
    ),
    "the balance of a member": row(
        "UPDATE ledger.member_balances SET balance = balance - 0.01"
        f" WHERE tenant_id = $1 AND member_id = {B} AND account_id = {SHARES}",
        MEMBER_BALANCE=2,
    ),
    "the balance of a member gone": row(
        f"DELETE FROM ledger.member_balances WHERE tenant_id = $1 AND member_id = {B} AND account_id = {SHARES}",
        MEMBER_BALANCE=2,
        MEMBER_SHARES=2,
    ),
    "the total of a meeting": row(
        f"UPDATE ledger.movements SET amount = amount + 1 WHERE tenant_id = $1 AND meeting_id = {FIRST}"
        " AND kind = 'SOCIAL_FUND_CONTRIBUTION'",
        MOVEMENT=4,
    ),
    "the count in a meeting's total": row(
        f"UPDATE ledger.movements SET lines_count = 1 WHERE tenant_id = $1 AND meeting_id = {FIRST}"
        f" AND account_id = {CASH}",
        MOVEMENT=5,
    ),
    "the hash in the head": row("UPDATE ledger.heads SET entry_hash = sha256('') WHERE tenant_id = $1", HEAD_DIFFERS=7),
    "the number in the head": row("UPDATE ledger.heads SET entry_number = 8 WHERE tenant_id = $1", HEAD_DIFFERS=8),
    "the amount of a contribution": contribution("amount = amount + 1"),
    "the currency of a contribution": contribution("currency = 'UGX'"),
    "the kind of a contribution": contribution("kind = 'SOCIAL_FUND', shares = NULL"),
    "the place of a contribution": contribution("place = 'BANK'"),
    "the member of a contribution": contribution(f"member_id = {C}"),
    "the meeting of a contribution": contribution(f"meeting_id = {SECOND}"),
    "the id of a contribution": contribution("id = gen_random_uuid()"),
    "a contribution gone": row(
        "DELETE FROM app.contributions WHERE tenant_id = $1 AND entry_number = 2", CONTRIBUTION=2
    ),
}


@pytest.mark.parametrize("name", TAMPERINGS)
async def test_what_was_tampered_with_is_named_with_its_entry(world: World, name: str) -> None:
    book = await small_book(world)
    await tampered_with(world, book, TAMPERINGS[name])
    assert await both_verifications(world, book.group.id) == sorted(TAMPERINGS[name].faults.items())


def test_every_kind_of_fault_is_tried() -> None:
    tried = (*TAMPERINGS.values(), *BESIDE.values())
    assert {FOUND_OF_LOANS, *(fault for each in tried for fault in each.faults)} == set(FaultKind)


async def test_a_sound_book_beside_a_bad_one_stays_sound(world: World) -> None:
    book, other = await small_book(world), await small_book(world)
    async with tampering(world.superuser) as connection:
        await connection.execute(
            "UPDATE ledger.lines SET amount = amount * 2 WHERE tenant_id = $1 AND entry_number = 1", book.group.id
        )
    assert await both_verifications(world, book.group.id) != []
    assert await both_verifications(world, other.group.id) == []


async def test_a_book_written_anew_as_a_whole_has_another_closing_code(world: World) -> None:
    """The chain cannot show this by itself; the code that the members wrote down does."""
    group = await world.group()
    meeting = await world.meeting(group)
    await world.record(group, meeting, shares(group.members[0], 1), shares(group.members[1], 1))
    async with world.transaction(world.worker, Isolation.READ) as connection:
        before = await verify_book(connection, group.id)
    async with tampering(world.superuser) as connection:
        await connection.execute(
            "UPDATE ledger.entries SET booked_at = booked_at - interval '1 day' WHERE tenant_id = $1", group.id
        )
        await connection.execute(rehashed(1), group.id)
        await connection.execute(rehashed(2), group.id)
        await connection.execute(
            "UPDATE ledger.heads h SET entry_hash = e.hash FROM ledger.entries e"
            " WHERE h.tenant_id = $1 AND e.tenant_id = $1 AND e.number = 2",
            group.id,
        )
    assert await both_verifications(world, group.id) == []
    async with world.transaction(world.worker, Isolation.READ) as connection:
        after = await verify_book(connection, group.id)
    assert before.closing_code != after.closing_code


async def test_only_whoever_has_to_do_with_a_book_may_have_it_verified(world: World) -> None:
    group, other = await world.group(), await world.group()
    for who in (group.plain, await world.auditor(group), await world.institution_staff(group)):
        async with world.transaction(who, Isolation.READ) as connection:
            assert await connection.fetch("SELECT * FROM ledger.find_faults($1)", group.id) == []
    async with world.transaction(await world.admin(), Isolation.READ) as connection:
        assert await connection.fetch("SELECT * FROM ledger.find_faults($1)", group.id) == []
        assert (await verify_book(connection, group.id)).faults == ()

    for who in (other.secretary, await world.auditor(other)):
        with pytest.raises(asyncpg.PostgresError, match="no such book"):
            async with world.transaction(who, Isolation.READ) as connection:
                await connection.fetch("SELECT * FROM ledger.find_faults($1)", group.id)
