"""Tampering with one thing at a time, as only a superuser can: both verifications name it, and the entry."""

from __future__ import annotations

from dataclasses import dataclass

import asyncpg
import pytest

from domain.ledger.stored import FaultKind
from persistence.database import Isolation
from persistence.verification import verify_book
from tests.ledger.book import SmallBook, both_verifications, small_book, tampering
from tests.ledger.richbook import rich_book
from tests.support.world import World, shares

A, B, C = "$2::uuid", "$3::uuid", "$4::uuid"
FIRST, SECOND = "$5::uuid", "$6::uuid"
CASH, SHARES = "$7::uuid", "$8::uuid"
PARAMETERS = f"{A}, {B}, {C}, {FIRST}, {SECOND}, {CASH}, {SHARES}"

ALL_OF_IT = ("ledger.lines", "entry_number"), ("app.contributions", "entry_number"), ("ledger.entries", "number")


@dataclass(frozen=True, slots=True)
class Tampering:
    """Statements on the small book (`$1` is the tenant), and the faults that they leave."""

    statements: tuple[str, ...]
    faults: dict[str, int | None]


def entry(number: int, change: str, **faults: int | None) -> Tampering:
    return Tampering((f"UPDATE ledger.entries SET {change} WHERE tenant_id = $1 AND number = {number}",), faults)


def line(number: int, change: str, **faults: int | None) -> Tampering:
    return Tampering((f"UPDATE ledger.lines SET {change} WHERE tenant_id = $1 AND entry_number = {number}",), faults)


def contribution(change: str) -> Tampering:
    statement = f"UPDATE app.contributions SET {change} WHERE tenant_id = $1 AND entry_number = 2"
    return Tampering((statement,), {"CONTRIBUTION": 2})


def row(statement: str, **faults: int | None) -> Tampering:
    return Tampering((statement,), faults)


def deletion(number: int, **faults: int | None) -> Tampering:
    return Tampering(
        tuple(f"DELETE FROM {table} WHERE tenant_id = $1 AND {column} = {number}" for table, column in ALL_OF_IT),
        faults,
    )


def move(number: int, to: int) -> tuple[str, ...]:
    return tuple(
        f"UPDATE {table} SET {column} = {to} WHERE tenant_id = $1 AND {column} = {number}"
        for table, column in ALL_OF_IT
    )


def dated_back(number: int) -> tuple[str, ...]:
    """An entry, with what repeats its date, a day earlier."""
    return (
        f"UPDATE ledger.entries SET effective_on = effective_on - 1 WHERE tenant_id = $1 AND number = {number}",
        f"UPDATE ledger.lines SET effective_on = effective_on - 1 WHERE tenant_id = $1 AND entry_number = {number}",
    )


def rehashed(number: int) -> str:
    """The hash of an entry worked out anew, as whoever knows the specification could."""
    return f"""
        UPDATE ledger.entries e SET hash = (
            SELECT ledger.entry_hash(
                e.tenant_id, coalesce(
                    (SELECT p.hash FROM ledger.entries p WHERE p.tenant_id = e.tenant_id AND p.number = e.number - 1),
                    decode(repeat('00', 32), 'hex')
                ), e.number, e.id, e.kind, e.booked_at, e.effective_on, e.meeting_id, e.reverses_id, e.actor_id,
                count(*)::integer, string_agg(
                    ledger.line_bytes(l.account_id, l.member_id, l.currency, l.amount, l.base_amount, l.shares),
                    ''::bytea
                    ORDER BY l.line_number
                )
            ) FROM ledger.lines l WHERE l.tenant_id = e.tenant_id AND l.entry_number = e.number
        ) WHERE e.tenant_id = $1 AND e.number = {number}"""


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
        ACCOUNT_BALANCE=6,
        MEMBER_BALANCE=6,
        MEMBER_SHARES=6,
        MOVEMENT=6,
    ),
    "when it was booked": entry(3, "booked_at = booked_at + interval '1 microsecond'", HASH_BROKEN=3),
    "the date it counts for": entry(3, "effective_on = effective_on - 1", HASH_BROKEN=3, LINE_DIFFERS=3, MOVEMENT=4),
    "the kind": entry(3, "kind = 'SHARE_PURCHASE'", HASH_BROKEN=3, LINE_DIFFERS=3, MOVEMENT=4, CONTRIBUTION=3),
    "a kind that nobody knows": entry(3, "kind = 'GIFT'", HASH_BROKEN=3, LINE_DIFFERS=3, MOVEMENT=4, CONTRIBUTION=3),
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


HERS = f"tenant_id = $1 AND member_id = {A}"
OF_B = f"tenant_id = $1 AND member_id = {B}"
IN_RICH_BOOK = {
    "shares on a line and in the balance": Tampering(
        (
            "UPDATE ledger.lines SET shares = shares + 1 WHERE tenant_id = $1 AND entry_number = 16 AND shares > 0",
            f"UPDATE ledger.member_balances SET shares = shares + 1 WHERE {OF_B} AND account_id = {SHARES}",
        ),
        {"HASH_BROKEN": 16, "DRAFT": 16},
    ),
    "the shares of a member": row(
        f"UPDATE ledger.member_balances SET shares = 9 WHERE {HERS} AND account_id = {SHARES}", MEMBER_SHARES=16
    ),
    "a line that counts no shares": row(
        "UPDATE ledger.lines SET shares = NULL WHERE tenant_id = $1 AND entry_number = 16 AND shares > 0",
        HASH_BROKEN=16,
        MEMBER_SHARES=16,
        ACCOUNT=16,
        DRAFT=16,
    ),
    "the date on the lines alone": line(9, "effective_on = effective_on - 1", LINE_DIFFERS=9),
    "the kind on one line": row(
        "UPDATE ledger.lines SET kind = 'FINE_PAID' WHERE tenant_id = $1 AND entry_number = 9 AND line_number = 1",
        LINE_DIFFERS=9,
    ),
    "an entry hidden from its member": entry(9, "member_id = NULL", ENTRY_MEMBER=9, VOUCHER=9),
    "a manual entry shown to one of its members": entry(16, f"member_id = {A}", DRAFT=16, VOUCHER=16),
    "a side that was left": row(
        f"UPDATE ledger.accounts SET member_side = 'DEBIT' WHERE tenant_id = $1 AND id = {SHARES}", MEMBER_SIDE=1
    ),
    "an account that takes no entries": row(
        f"UPDATE ledger.accounts SET is_postable = false WHERE tenant_id = $1 AND id = {CASH}", ACCOUNT=1
    ),
    "an account below a heading of another type": row(
        f"UPDATE ledger.accounts SET parent_id = (SELECT p.id FROM ledger.accounts p WHERE p.tenant_id = $1 AND"
        f" p.code = '3000') WHERE tenant_id = $1 AND id = {CASH}",
        ACCOUNT=None,
    ),
    "an account below one that is no heading": row(
        f"UPDATE ledger.accounts SET parent_id = (SELECT p.id FROM ledger.accounts p WHERE p.tenant_id = $1 AND"
        f" p.code = '1120') WHERE tenant_id = $1 AND id = {CASH}",
        ACCOUNT=None,
    ),
    "an account closed with money on it": row(
        f"UPDATE ledger.accounts SET is_required = false, closed_at = now() WHERE tenant_id = $1 AND id = {CASH}",
        ACCOUNT=None,
    ),
    "a reversal of another entry": row(
        "UPDATE ledger.entries SET reverses_id = (SELECT id FROM ledger.entries WHERE tenant_id = $1 AND number = 9)"
        " WHERE tenant_id = $1 AND number = 11",
        HASH_BROKEN=11,
        REVERSAL=11,
    ),
    "a reversal of a reversal": row(
        "UPDATE ledger.entries SET reverses_id = (SELECT id FROM ledger.entries WHERE tenant_id = $1 AND number = 11)"
        " WHERE tenant_id = $1 AND number = 12",
        HASH_BROKEN=12,
        REVERSAL=12,
    ),
    "a reversal of what is to come": row(
        "UPDATE ledger.entries SET reverses_id = (SELECT id FROM ledger.entries WHERE tenant_id = $1 AND number = 13)"
        " WHERE tenant_id = $1 AND number = 11",
        HASH_BROKEN=11,
        REVERSAL=11,
    ),
    "a reversal that says it is none": entry(11, "reverses_id = NULL", HASH_BROKEN=11),
    "the hash that a closing names": row(
        "UPDATE ledger.closings SET entry_hash = sha256('') WHERE tenant_id = $1 AND entry_number = 8", CLOSING=8
    ),
    "the entry that a closing names": row(
        "UPDATE ledger.closings SET entry_number = 9 WHERE tenant_id = $1 AND entry_number = 8", CLOSING=9
    ),
    "a closing in the wrong order": row(
        "UPDATE ledger.closings SET entry_number = 17 - entry_number, entry_hash = (SELECT e.hash FROM ledger.entries e"
        " WHERE e.tenant_id = $1 AND e.number = 17 - entry_number) WHERE tenant_id = $1",
        CLOSING=8,
    ),
    "a book that was closed longer": Tampering(
        (
            "UPDATE ledger.closings SET closed_through = closed_through + 17 WHERE tenant_id = $1",
            "UPDATE ledger.heads SET closed_through = closed_through + 17 WHERE tenant_id = $1",
        ),
        {"CLOSING": 9},
    ),
    "a head that is open again": row(
        "UPDATE ledger.heads SET closed_through = '1989-12-31' WHERE tenant_id = $1", CLOSING=None
    ),
    "the last closing gone": row(
        "DELETE FROM ledger.closings WHERE tenant_id = $1 AND entry_number = 16", CLOSING=None
    ),
    "words shown to another member": row(
        f"UPDATE app.vouchers SET member_id = {B} WHERE {HERS} AND id = ("
        " SELECT id FROM ledger.entries WHERE tenant_id = $1 AND number = 11)",
        VOUCHER=11,
    ),
    "words beside no entry": row(
        "INSERT INTO app.vouchers (tenant_id, id, description) VALUES ($1, gen_random_uuid(), 'x')", VOUCHER=None
    ),
    "an entry posted without the draft that it needs": row(
        "DELETE FROM app.drafts WHERE tenant_id = $1 AND kind = 'OPENING_BALANCES'", DRAFT=8
    ),
    "a draft that was not posted, with an entry": row(
        "UPDATE app.drafts SET status = 'DISCARDED' WHERE tenant_id = $1 AND kind = 'OPENING_BALANCES'", DRAFT=8
    ),
    "a draft posted by who drafted it": row(
        "UPDATE app.drafts SET drafted_by = decided_by WHERE tenant_id = $1 AND kind = 'OPENING_BALANCES'", DRAFT=8
    ),
    "a draft of other lines": row(
        "UPDATE app.drafts SET line_amounts[1] = 1 WHERE tenant_id = $1 AND kind = 'OPENING_BALANCES'", DRAFT=8
    ),
    "a draft that was posted as no entry": row(
        "UPDATE app.drafts SET status = 'POSTED', decided_at = now() WHERE tenant_id = $1 AND status = 'OPEN'",
        DRAFT=None,
    ),
    "what is held": row(
        f"UPDATE ledger.account_balances SET held = 0 WHERE tenant_id = $1 AND account_id = {CASH}", HOLD=None
    ),
    "a hold more": row(
        "INSERT INTO ledger.holds (tenant_id, id, account_id, amount, purpose, placed_by, expires_at)"
        f" VALUES ($1, gen_random_uuid(), {CASH}, 5, 'x', gen_random_uuid(), now())",
        HOLD=None,
    ),
    "a hold used by no entry": row(
        "UPDATE ledger.holds SET entry_id = gen_random_uuid() WHERE tenant_id = $1 AND outcome = 'USED'", HOLD=None
    ),
    "a hold used by an entry that takes nothing from its account": row(
        "UPDATE ledger.holds SET entry_id = (SELECT id FROM ledger.entries WHERE tenant_id = $1 AND number = 15)"
        " WHERE tenant_id = $1 AND outcome = 'USED'",
        HOLD=None,
    ),
    "a hold used by an entry before it": row(
        "UPDATE ledger.holds SET entry_id = (SELECT id FROM ledger.entries WHERE tenant_id = $1 AND number = 13)"
        " WHERE tenant_id = $1 AND outcome = 'USED'",
        HOLD=None,
    ),
    "what has no bytes": row(
        "UPDATE ledger.lines SET base_amount = base_amount * 1000000000 WHERE tenant_id = $1 AND entry_number = 8",
        HASH_BROKEN=8,
    ),
    "moments and days without end": Tampering(
        (
            "UPDATE ledger.entries SET booked_at = 'infinity' WHERE tenant_id = $1 AND number = 14",
            "UPDATE ledger.entries SET kind = repeat('K', 40000) WHERE tenant_id = $1 AND number = 13",
        ),
        {"HASH_BROKEN": 13, "LINE_DIFFERS": 13, "MOVEMENT": 13, "HOLD": None},
    ),
}
"""The same on a book that holds everything; see `rich_book` for its entries."""


async def tampered_with(world: World, book: SmallBook, tampering_with: Tampering) -> None:
    group = book.group
    arguments = (
        group.id,
        *group.members[:3],
        book.first_meeting,
        book.second_meeting,
        group.account("1110"),
        group.account("3100"),
    )
    async with tampering(world.superuser) as connection:
        for statement in tampering_with.statements:
            # Every statement is given every parameter, so that each can name those it needs.
            await connection.execute(f"WITH given AS (SELECT {PARAMETERS}) {statement.strip()}", *arguments)


@pytest.mark.parametrize("name", IN_RICH_BOOK)
async def test_what_is_beside_the_entries_is_named_as_well(world: World, name: str) -> None:
    book = await rich_book(world)
    assert await both_verifications(world, book.group.id) == []
    await tampered_with(world, book.small, IN_RICH_BOOK[name])
    assert await both_verifications(world, book.group.id) == sorted(IN_RICH_BOOK[name].faults.items())


@pytest.mark.parametrize("name", TAMPERINGS)
async def test_what_was_tampered_with_is_named_with_its_entry(world: World, name: str) -> None:
    book = await small_book(world)
    await tampered_with(world, book, TAMPERINGS[name])
    assert await both_verifications(world, book.group.id) == sorted(TAMPERINGS[name].faults.items())


def test_every_kind_of_fault_is_tried() -> None:
    tried = (*TAMPERINGS.values(), *IN_RICH_BOOK.values())
    assert {fault for each in tried for fault in each.faults} == set(FaultKind)


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
