"""What a recorded sheet leaves in the book, to the last figure."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from hashlib import sha256
from uuid import UUID

import pytest

from domain.identifiers import new_id
from domain.ledger.accounts import Place
from domain.ledger.chain import GENESIS, ChainedEntry, ChainedLine, closing_code, entry_hash
from domain.savings import record_contributions
from persistence.database import Isolation
from persistence.verification import BookNotFoundError, verify_book
from tests.ledger.book import both_verifications, posted
from tests.support.world import World, shares, sheet, social_fund

HELD_ON = date(2026, 3, 7)
SOCIAL = "SOCIAL_FUND_CONTRIBUTION"


async def test_a_sheet_posts_an_entry_for_each_item_with_both_sides(world: World) -> None:
    group = await world.group()
    meeting = await world.meeting(group, held_on=HELD_ON)
    first, second = new_id(), new_id()
    key = await world.record(
        group,
        meeting,
        shares(group.members[3], 3, id=first),
        social_fund(group.members[3], "20", id=second, place=Place.MOBILE_MONEY),
    )
    entries = await world.superuser.fetch(
        "SELECT number, id, kind, effective_on, meeting_id, member_id, reverses_id, actor_id, command_key, ordinal"
        " FROM ledger.entries ORDER BY number"
    )
    actor, member = group.treasurer.user_id, group.members[3]
    assert [tuple(row) for row in entries] == [
        (1, first, "SHARE_PURCHASE", HELD_ON, meeting, member, None, actor, key, 1),
        (2, second, "SOCIAL_FUND_CONTRIBUTION", HELD_ON, meeting, member, None, actor, key, 2),
    ]
    lines = await world.superuser.fetch(
        "SELECT entry_number, line_number, account_id, member_id, currency, amount, base_amount, shares, kind,"
        " effective_on, account_balance_after, member_balance_after FROM ledger.lines"
        " ORDER BY entry_number, line_number"
    )
    bought, paid = Decimal("600.0000"), Decimal("20.0000")
    assert [tuple(row) for row in lines] == [
        (1, 1, group.account("1110"), None, "KES", bought, bought, None, "SHARE_PURCHASE", HELD_ON, bought, None),
        (1, 2, group.account("3100"), member, "KES", -bought, -bought, 3, "SHARE_PURCHASE", HELD_ON, -bought, -bought),
        (2, 1, group.account("1230"), None, "KES", paid, paid, None, SOCIAL, HELD_ON, paid, None),
        (2, 2, group.account("3200"), member, "KES", -paid, -paid, None, SOCIAL, HELD_ON, -paid, -paid),
    ]


async def test_balances_and_meeting_totals_move_with_the_entries(world: World) -> None:
    group = await world.group()
    meeting = await world.meeting(group)
    a, b = group.members[:2]
    await world.record(group, meeting, shares(a, 3), shares(b, 2), social_fund(a, "20"), shares(a, 1))
    after = await world.superuser.fetch(
        "SELECT entry_number, account_balance_after, member_balance_after FROM ledger.lines"
        " WHERE account_id = $1 ORDER BY entry_number",
        group.account("3100"),
    )
    assert [tuple(row) for row in after] == [(1, -600, -600), (2, -1000, -400), (4, -1200, -800)]
    accounts = await world.superuser.fetch(
        "SELECT a.code, b.balance FROM ledger.account_balances b JOIN ledger.accounts a ON a.id = b.account_id"
        " WHERE b.balance <> 0 ORDER BY a.code"
    )
    assert [tuple(row) for row in accounts] == [("1110", 1200), ("1210", 20), ("3100", -1200), ("3200", -20)]
    members = await world.superuser.fetch(
        "SELECT b.member_id, a.code, b.balance FROM ledger.member_balances b"
        " JOIN ledger.accounts a ON a.id = b.account_id ORDER BY a.code, b.balance"
    )
    assert [tuple(row) for row in members] == [(a, "3100", -800), (b, "3100", -400), (a, "3200", -20)]
    totals = await world.superuser.fetch(
        "SELECT t.meeting_id, t.kind, a.code, t.amount, t.lines_count FROM ledger.movements t"
        " JOIN ledger.accounts a ON a.id = t.account_id ORDER BY a.code"
    )
    assert [tuple(row) for row in totals] == [
        (meeting, "SHARE_PURCHASE", "1110", 1200, 3),
        (meeting, "SOCIAL_FUND_CONTRIBUTION", "1210", 20, 1),
        (meeting, "SHARE_PURCHASE", "3100", -1200, 3),
        (meeting, "SOCIAL_FUND_CONTRIBUTION", "3200", -20, 1),
    ]


async def test_a_sheet_is_one_change_that_names_its_entries_and_contributions(world: World) -> None:
    group = await world.group()
    meeting = await world.meeting(group)
    before = await world.superuser.fetchval("SELECT change_number FROM ledger.heads")
    first, second = sorted((new_id(), new_id()))
    await world.record(group, meeting, shares(group.members[0], 1, id=first), shares(group.members[1], 1, id=second))
    changes = await world.superuser.fetch(
        "SELECT number, entity, entity_id, operation FROM app.changes WHERE number > $1 ORDER BY entity, entity_id",
        before,
    )
    assert [tuple(row) for row in changes] == [
        (before + 1, "contribution", first, "CREATE"),
        (before + 1, "contribution", second, "CREATE"),
        (before + 1, "entry", first, "CREATE"),
        (before + 1, "entry", second, "CREATE"),
    ]
    assert await world.superuser.fetchval("SELECT change_number FROM ledger.heads") == before + 1


async def chained_entries(world: World, tenant_id: UUID) -> list[tuple[ChainedEntry, bytes, bytes]]:
    """Each entry with the hash that was stored, and the hash that the database's function gives for it now."""
    rows = await world.superuser.fetch("SELECT * FROM ledger.entries WHERE tenant_id = $1 ORDER BY number", tenant_id)
    chained = []
    previous = GENESIS
    for row in rows:
        lines = await world.superuser.fetch(
            "SELECT * FROM ledger.lines WHERE tenant_id = $1 AND entry_number = $2 ORDER BY line_number",
            tenant_id,
            row["number"],
        )
        by_function = await world.superuser.fetchval(
            "SELECT ledger.entry_hash($1, $2, $3, $4, $5, $6, $7, $8, NULL, $9, $10, ("
            " SELECT string_agg("
            " ledger.line_bytes(account_id, member_id, currency, amount, base_amount, shares), ''::bytea"
            " ORDER BY line_number) FROM ledger.lines WHERE tenant_id = $1 AND entry_number = $3))",
            tenant_id,
            previous,
            row["number"],
            row["id"],
            row["kind"],
            row["booked_at"],
            row["effective_on"],
            row["meeting_id"],
            row["actor_id"],
            len(lines),
        )
        entry = ChainedEntry(
            tenant_id=tenant_id,
            number=row["number"],
            id=row["id"],
            kind=row["kind"],
            booked_at=row["booked_at"],
            effective_on=row["effective_on"],
            meeting_id=row["meeting_id"],
            reverses_id=None,
            actor_id=row["actor_id"],
            lines=tuple(
                ChainedLine(
                    line["account_id"],
                    line["member_id"],
                    line["currency"],
                    line["amount"],
                    line["base_amount"],
                    line["shares"],
                )
                for line in lines
            ),
        )
        chained.append((entry, row["hash"], by_function))
        previous = row["hash"]
    return chained


async def test_the_stored_hash_is_the_database_s_and_python_s(world: World) -> None:
    group = await world.group()
    meeting = await world.meeting(group)
    await world.record(group, meeting, shares(group.members[0], 5), social_fund(group.members[1], "0.01"))
    await world.record(group, meeting, shares(group.members[1], 1))
    previous = GENESIS
    for entry, stored, by_function in await chained_entries(world, group.id):
        assert stored == by_function == entry_hash(entry, previous)
        previous = stored
    head = await world.superuser.fetchrow("SELECT entry_number, entry_hash FROM ledger.heads")
    assert tuple(head) == (3, previous)


async def test_the_report_gives_the_head_and_its_closing_code(world: World) -> None:
    group = await world.group()
    meeting = await world.meeting(group)
    await world.record(group, meeting, shares(group.members[0], 1))
    head = await world.superuser.fetchval("SELECT entry_hash FROM ledger.heads")
    async with world.transaction(world.worker, Isolation.READ) as connection:
        report = await verify_book(connection, group.id)
    bits = f"{int.from_bytes(sha256(b'kibubu-closing-1' + head).digest()):0256b}"[:30]
    by_hand = "".join("0123456789ABCDEFGHJKMNPQRSTVWXYZ"[int(bits[i : i + 5], 2)] for i in range(0, 30, 5))
    assert (report.tenant_id, report.entries_count, report.faults) == (group.id, 1, ())
    assert report.head_hash == head
    assert report.closing_code == by_hand == closing_code(head)


async def test_a_book_without_entries_is_sound(world: World) -> None:
    group = await world.group()
    assert await both_verifications(world, group.id) == []
    async with world.transaction(world.worker, Isolation.READ) as connection:
        report = await verify_book(connection, group.id)
    assert (report.entries_count, report.head_hash) == (0, GENESIS)


async def test_the_verifying_job_sees_every_book_and_a_member_her_own(world: World) -> None:
    first, second = await world.group(), await world.group()
    async with world.transaction(world.worker, Isolation.READ) as connection:
        for group in (first, second):
            assert (await verify_book(connection, group.id)).tenant_id == group.id
        with pytest.raises(BookNotFoundError):
            await verify_book(connection, new_id())
    async with world.transaction(first.plain, Isolation.READ) as connection:
        rows = await connection.fetch("SELECT tenant_id FROM ledger.heads")
        assert [row["tenant_id"] for row in rows] == [first.id]
        with pytest.raises(BookNotFoundError):
            await verify_book(connection, second.id)


@pytest.mark.parametrize(
    ("currency", "price", "amount", "stored"),
    [
        ("UGX", "5000", "1", Decimal("1.0000")),
        ("KES", "0.01", "0.05", Decimal("0.0500")),
        ("TND", "0.001", "12.345", Decimal("12.3450")),
        ("UYW", "0.0001", "0.0007", Decimal("0.0007")),
    ],
)
async def test_amounts_are_exact_to_the_smallest_coin_of_every_currency(
    world: World, currency: str, price: str, amount: str, stored: Decimal
) -> None:
    group = await world.group(currency=currency, share_price=price)
    meeting = await world.meeting(group)
    await world.record(group, meeting, shares(group.members[0], 5), social_fund(group.members[0], amount))
    lines = await world.superuser.fetch("SELECT amount FROM ledger.lines WHERE amount > 0 ORDER BY entry_number")
    assert [str(row["amount"]) for row in lines] == [str((5 * Decimal(price)).quantize(Decimal("1.0000"))), str(stored)]
    assert await both_verifications(world, group.id) == []


async def test_the_largest_amount_fits_and_a_balance_beyond_it_is_refused(world: World) -> None:
    group = await world.group()
    meeting = await world.meeting(group)
    largest = "100000000000000"
    await world.record(group, meeting, social_fund(group.members[0], largest))
    before = await posted(world.superuser)
    outcome = await world.perform(
        group.treasurer, record_contributions, sheet(group, meeting, social_fund(group.members[1], "0.01"))
    )
    assert outcome.error is not None
    assert outcome.error.reason == "AMOUNT_TOO_LARGE"
    assert await posted(world.superuser) == before
    assert await both_verifications(world, group.id) == []
    await world.close_meeting(group, meeting)


async def test_the_first_meetings_of_a_savings_cycle(world: World) -> None:
    """Five members, shares of 200.00 and 20.00 for the social fund from whoever is present; D misses the third."""
    group = await world.group()
    members = dict(zip("ABCDE", group.members, strict=True))
    for bought in (
        {"A": 5, "B": 3, "C": 2, "D": 1, "E": 4},
        {"A": 5, "B": 3, "C": 2, "D": 2, "E": 5},
        {"A": 5, "B": 1, "C": 3, "E": 5},
    ):
        meeting = await world.meeting(group)
        await world.record(
            group,
            meeting,
            *(shares(members[name], count) for name, count in bought.items()),
            *(social_fund(members[name], "20") for name in bought),
        )
        await world.close_meeting(group, meeting)
    held = await world.superuser.fetch(
        "SELECT member_id, sum(shares) AS shares FROM app.contributions WHERE kind = 'SHARE' GROUP BY member_id"
    )
    assert {row["member_id"]: row["shares"] for row in held} == {
        members["A"]: 15,
        members["B"]: 7,
        members["C"]: 7,
        members["D"]: 3,
        members["E"]: 14,
    }
    funds = await world.superuser.fetch(
        "SELECT a.fund, sum(b.balance) AS balance FROM ledger.account_balances b"
        " JOIN ledger.accounts a ON a.id = b.account_id WHERE a.place IS NOT NULL GROUP BY a.fund"
    )
    assert {row["fund"]: row["balance"] for row in funds} == {"LOAN_FUND": 9200, "SOCIAL_FUND": 280}
    worth = await world.superuser.fetch(
        "SELECT member_id, balance FROM ledger.member_balances WHERE account_id = $1", group.account("3100")
    )
    assert {row["member_id"]: -row["balance"] for row in worth} == {
        row["member_id"]: row["shares"] * 200 for row in held
    }
    assert await world.superuser.fetchval("SELECT entry_number FROM ledger.heads") == 28
    assert await both_verifications(world, group.id) == []
