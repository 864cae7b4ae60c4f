"""Direct calls of `ledger.post`, past every service: what the function itself refuses."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import asyncpg
import pytest

from domain.identifiers import new_id
from tests.ledger.book import (
    SmallBook,
    both_verifications,
    digest,
    post_directly,
    share_purchase_arguments,
    small_book,
)
from tests.support.world import Person, World

Changes = Callable[[SmallBook], dict[str, Any]]


async def attempt(world: World, book: SmallBook, changes: dict[str, Any], who: Person | None = None) -> int:
    arguments = await share_purchase_arguments(world, book.group, book.second_meeting, changes)
    async with world.transaction(who or book.group.treasurer) as connection:
        await connection.execute("SELECT app.enter_write(ARRAY[$1::uuid])", book.group.id)
        return await post_directly(connection, arguments)


def paid_for(book: SmallBook, amount: str) -> dict[str, Any]:
    """Pay something from the cash box, which holds 1400.00."""
    return {
        "kinds": ["OTHER_EXPENSE"],
        "members": [None],
        "line_accounts": [book.group.account("5100"), book.group.account("1110")],
        "line_members": [None, None],
        "line_amounts": [Decimal(amount), -Decimal(amount)],
        "line_shares": [None, None],
    }


def amounts(*values: str) -> Changes:
    return lambda _: {"line_amounts": [Decimal(value) for value in values]}


REFUSED: dict[str, tuple[str, Changes]] = {
    "lines that do not sum to zero": ("KB422", amounts("200", "-199.99")),
    "one line": (
        "KB422",
        lambda book: {
            "line_counts": [1],
            "line_accounts": [book.group.account("1110")],
            "line_members": [None],
            "line_amounts": [Decimal(200)],
        },
    ),
    "no line at all": (
        "KB422",
        lambda _: {"line_counts": [0], "line_accounts": [], "line_members": [], "line_amounts": []},
    ),
    "no entry at all": (
        "KB422",
        lambda _: {
            name: []
            for name in (
                "entry_ids",
                "kinds",
                "effective_dates",
                "meetings",
                "members",
                "line_counts",
                "line_accounts",
                "line_members",
                "line_amounts",
            )
        },
    ),
    "more amounts than accounts": ("KB422", amounts("200", "-200", "0")),
    "counts that leave a line over": ("KB422", lambda _: {"line_counts": [3]}),
    "no arrays": ("KB422", lambda _: {"entry_ids": None}),
    "fewer kinds than entries": ("KB422", lambda _: {"kinds": []}),
    "an account of no tenant": (
        "KB422",
        lambda book: {"line_accounts": [new_id(), book.group.account("3100")]},
    ),
    "an account that is none": ("KB422", lambda book: {"line_accounts": [None, book.group.account("3100")]}),
    "a heading": (
        "KB422",
        lambda book: {"line_accounts": [book.group.account("1000"), book.group.account("3100")]},
    ),
    "a member account without a member": (
        "KB422",
        lambda _: {"line_members": [None, None], "members": [None]},
    ),
    "an entry about a member whom no line names": (
        "KB422",
        lambda book: {"members": [book.group.members[1]]},
    ),
    "an entry about a member, its lines about none": (
        "KB422",
        lambda book: {
            "line_accounts": [book.group.account("1110"), book.group.account("3900")],
            "line_members": [None, None],
        },
    ),
    "an amount finer than the smallest coin": ("KB422", amounts("200.001", "-200.001")),
    "an amount finer than a ten-thousandth": ("KB422", amounts("0.00001", "-0.00001")),
    "not a number": ("KB422", amounts("NaN", "NaN")),
    "not a number once": ("KB422", amounts("200", "NaN")),
    "infinity": ("KB422", amounts("Infinity", "-Infinity")),
    "minus infinity": ("KB422", amounts("-Infinity", "Infinity")),
    "no amount": ("KB422", lambda _: {"line_amounts": [None, Decimal(0)]}),
    "nothing": ("23514", amounts("0", "0")),
    "more than the largest amount": ("KB422", amounts("100000000000000.01", "-100000000000000.01")),
    "more than fits": ("KB422", amounts("1e30", "-1e30")),
    "less cash than none": (
        "KB402",
        lambda book: paid_for(book, "1400.01"),
    ),
    "more than the member has": (
        "KB410",
        lambda _: {"line_amounts": [Decimal(-801), Decimal(801)], "line_shares": [None, -4]},
    ),
    "a share without its count": ("KB422", lambda _: {"line_shares": [None, None]}),
    "a count of shares on cash": ("KB422", lambda _: {"line_shares": [-1, 1]}),
    "shares against the money": ("KB422", lambda _: {"line_shares": [None, -1]}),
    "no share": ("KB422", lambda _: {"line_shares": [None, 0]}),
    "fewer counts of shares than lines": ("KB422", lambda _: {"line_shares": [None]}),
    "fewer reversed entries than entries": ("KB422", lambda _: {"reversed": []}),
    "a kind that nobody knows": ("KB403", lambda _: {"kinds": ["GIFT"]}),
    "no kind": ("KB403", lambda _: {"kinds": [None]}),
    "no date": ("23502", lambda _: {"effective_dates": [None]}),
    "a meeting of nobody": ("23503", lambda _: {"meetings": [new_id()]}),
    "a member of nobody": (
        "23503",
        lambda _: {"members": [stranger := new_id()], "line_members": [None, stranger]},
    ),
    "a tenant that does not exist": ("KB500", lambda _: {"tenant": new_id()}),
    "no tenant": ("KB500", lambda _: {"tenant": None}),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_the_posting_function_refuses(world: World, name: str) -> None:
    book = await small_book(world)
    state, changes = REFUSED[name]
    before = await digest(world.superuser)
    with pytest.raises(asyncpg.PostgresError) as caught:
        await attempt(world, book, changes(book))
    assert caught.value.sqlstate == state
    assert await digest(world.superuser) == before


async def test_the_same_call_unchanged_is_accepted(world: World) -> None:
    """Else every refusal above might have another cause."""
    book = await small_book(world)
    assert await attempt(world, book, {}) == 8
    # An entry without its contribution is all that is wrong now.
    assert await both_verifications(world, book.group.id) == [("CONTRIBUTION", 8)]


async def test_what_is_missing_is_told_in_units_of_the_currency(world: World) -> None:
    book = await small_book(world)
    with pytest.raises(asyncpg.PostgresError) as caught:
        await attempt(world, book, paid_for(book, "1400.25"))
    assert (caught.value.sqlstate, Decimal(caught.value.detail)) == ("KB402", Decimal("0.25"))
    with pytest.raises(asyncpg.PostgresError) as caught:
        await attempt(world, book, {"line_amounts": [Decimal("-800.5"), Decimal("800.5")], "line_shares": [None, -4]})
    assert (caught.value.sqlstate, Decimal(caught.value.detail)) == ("KB410", Decimal("0.5"))


async def test_a_batch_may_dip_below_the_minimum_if_it_ends_above(world: World) -> None:
    book = await small_book(world)
    group = book.group
    paid, received = paid_for(book, "1500"), paid_for(book, "1500")
    received |= {
        "kinds": ["OTHER_INCOME"],
        "line_accounts": [group.account("1110"), group.account("4900")],
    }
    today = await world.superuser.fetchval("SELECT current_date")
    changes = {name: [*paid[name], *received[name]] for name in paid} | {
        "entry_ids": [new_id(), new_id()],
        "effective_dates": [today, today],
        "meetings": [book.second_meeting, book.second_meeting],
        "reversed": [None, None],
        "line_counts": [2, 2],
    }
    assert await attempt(world, book, changes) == 8
    after = await world.superuser.fetch(
        "SELECT account_balance_after FROM ledger.lines WHERE account_id = $1 AND entry_number > 7"
        " ORDER BY entry_number",
        group.account("1110"),
    )
    assert [row[0] for row in after] == [-100, 1400]


async def test_accounts_members_and_meetings_of_another_group_are_refused(world: World) -> None:
    book, other = await small_book(world), await small_book(world)
    stranger = other.group.members[0]
    before = await digest(world.superuser)
    for state, changes in (
        ("KB422", {"line_accounts": [other.group.account("1110"), book.group.account("3100")]}),
        ("KB422", {"line_accounts": [other.group.account("1110"), other.group.account("3100")]}),
        ("23503", {"members": [stranger], "line_members": [None, stranger]}),
        ("23503", {"meetings": [other.second_meeting]}),
    ):
        with pytest.raises(asyncpg.PostgresError) as caught:
            await attempt(world, book, changes)
        assert caught.value.sqlstate == state
    assert await digest(world.superuser) == before


async def test_an_id_or_a_place_in_a_command_is_taken_once(world: World) -> None:
    book = await small_book(world)
    known = await world.superuser.fetchrow("SELECT id, command_key, ordinal FROM ledger.entries WHERE number = 2")
    before = await digest(world.superuser)
    for changes in (
        {"entry_ids": [known["id"]]},
        {"command": known["command_key"], "first_ordinal": known["ordinal"]},
    ):
        with pytest.raises(asyncpg.UniqueViolationError):
            await attempt(world, book, changes)
    assert await digest(world.superuser) == before


async def test_only_the_secretary_and_the_treasurer_post_what_members_pay_in(world: World) -> None:
    book = await small_book(world)
    group = book.group
    denied = (
        group.chair,
        group.plain,
        await world.auditor(group),
        await world.partner(group, "NAMES"),
        await world.institution_staff(group),
    )
    before = await digest(world.superuser)
    for who in denied:
        for kind in ("SHARE_PURCHASE", "SOCIAL_FUND_CONTRIBUTION"):
            with pytest.raises(asyncpg.PostgresError) as caught:
                await attempt(world, book, {"kinds": [kind]}, who)
            assert caught.value.sqlstate == "KB403"
    assert await digest(world.superuser) == before
    assert await attempt(world, book, {}, group.secretary) == 8


async def test_an_officer_of_another_group_does_not_even_find_the_book(world: World) -> None:
    book, other = await small_book(world), await small_book(world)
    nobody = await world.person()
    before = await digest(world.superuser)
    for who in (other.group.secretary, nobody):
        with pytest.raises(asyncpg.PostgresError) as caught:
            await attempt(world, book, {}, who)
        assert caught.value.sqlstate == "KB404"
    # Nor does it help to lock a book of her own and post into this one.
    with pytest.raises(asyncpg.PostgresError) as caught:
        await attempt(world, other, {"tenant": book.group.id})
    assert caught.value.sqlstate == "KB500"
    assert await digest(world.superuser) == before


async def test_nothing_is_posted_by_a_transaction_that_did_not_lock_the_book(world: World) -> None:
    book = await small_book(world)
    arguments = await share_purchase_arguments(world, book.group, book.second_meeting, {})
    async with world.transaction(book.group.treasurer) as connection:
        await connection.execute("SELECT app.enter_write(ARRAY[$1::uuid])", book.group.id)
    before = await digest(world.superuser)
    # That an earlier transaction did does not help.
    with pytest.raises(asyncpg.PostgresError) as caught:
        async with world.transaction(book.group.treasurer) as connection:
            await post_directly(connection, arguments)
    assert caught.value.sqlstate == "KB500"
    with pytest.raises(asyncpg.PostgresError) as caught:
        async with world.transaction(book.group.secretary) as connection:
            await connection.execute(
                "UPDATE app.meetings SET version = version WHERE tenant_id = $1 AND status = 'OPEN'", book.group.id
            )
    assert caught.value.sqlstate == "KB500"
    assert await digest(world.superuser) == before


async def test_a_closed_account_takes_no_entries(world: World) -> None:
    book = await small_book(world)
    async with world.superuser.transaction():
        await world.superuser.execute("SET LOCAL session_replication_role = replica")
        await world.superuser.execute("ALTER TABLE ledger.accounts DISABLE TRIGGER accounts_checked")
        await world.superuser.execute(
            "UPDATE ledger.accounts SET closed_at = now(), is_required = false WHERE code = '1110'"
        )
        await world.superuser.execute("ALTER TABLE ledger.accounts ENABLE ALWAYS TRIGGER accounts_checked")
    before = await digest(world.superuser)
    with pytest.raises(asyncpg.PostgresError) as caught:
        await attempt(world, book, {})
    assert caught.value.sqlstate == "KB422"
    assert await digest(world.superuser) == before


async def test_a_closed_period_takes_no_entries(world: World) -> None:
    book = await small_book(world)
    await world.superuser.execute("UPDATE ledger.heads SET closed_through = '2026-03-31'")
    before = await digest(world.superuser)
    for day in (date(2026, 3, 31), date(1990, 1, 1)):
        with pytest.raises(asyncpg.PostgresError) as caught:
            await attempt(world, book, {"effective_dates": [day]})
        assert (caught.value.sqlstate, caught.value.detail) == ("KB423", "2026-03-31")
    assert await digest(world.superuser) == before
    assert await attempt(world, book, {"effective_dates": [date(2026, 4, 1)]}) == 8


async def test_an_entry_counts_at_most_for_the_day_after_the_latest_today_on_earth(world: World) -> None:
    book = await small_book(world)
    before = await digest(world.superuser)
    today: date = await world.superuser.fetchval("SELECT (now() AT TIME ZONE 'UTC')::date")
    with pytest.raises(asyncpg.PostgresError) as caught:
        await attempt(world, book, {"effective_dates": [today + timedelta(days=4)]})
    assert caught.value.sqlstate == "KB422"
    assert await digest(world.superuser) == before
    assert await attempt(world, book, {"effective_dates": [today + timedelta(days=2)]}) == 8
