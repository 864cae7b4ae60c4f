"""A group's own accounts: added, renamed, limited and closed, and never deleted."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg

from domain.identifiers import new_id
from domain.ledger.charting import (
    ACCOUNTS_MAX,
    AccountAdd,
    AccountClose,
    AccountLimit,
    AccountRename,
    account_add,
    account_close,
    account_limit,
    account_rename,
)
from domain.ledger.reversing import ReverseEntry, reverse_entry
from domain.service import Command, Outcome, Service
from tests.ledger import trying
from tests.ledger.book import both_verifications, digest, posted, small_book
from tests.ledger.trying import fresh, is_denied, outsiders, owner_state, run_sql, spend, spend_state, sql_state
from tests.support.world import GroupOfPeople, Person, World, shares

SERVICES: dict[type, Service[Any]] = {
    AccountAdd: account_add,
    AccountRename: account_rename,
    AccountLimit: account_limit,
    AccountClose: account_close,
}

NO_DETAILS = "true, false, NULL, false, NULL, NULL, NULL, NULL, false"
"""The last arguments of the function that opens an account: it takes entries, and nothing is particular about it."""


async def run(world: World, who: Person, command: Command) -> Outcome:
    return await world.perform(who, SERVICES[type(command)], command)


async def refusal(world: World, group: GroupOfPeople, command: Command) -> trying.Refusal:
    return await trying.refusal(world, group.treasurer, SERVICES[type(command)], command)


def adding(group: GroupOfPeople, **fields: Any) -> AccountAdd:
    wish: dict[str, Any] = {"code": "52001", "name": "Bus fares", "parent_id": group.account("5000"), **fields}
    return AccountAdd(group_id=group.id, idempotency_key=new_id(), **wish)


async def stored(world: World, account: UUID) -> asyncpg.Record:
    return await world.superuser.fetchrow("SELECT * FROM ledger.accounts WHERE id = $1", account)


async def test_an_account_takes_the_type_of_the_heading_that_it_stands_below(world: World) -> None:
    group = await world.group()
    fares = await world.succeed(group.treasurer, account_add, adding(group))
    row = await stored(world, fares)
    names = ("code", "name", "type", "parent_id", "currency", "is_postable", "needs_member", "is_required", "version")
    assert tuple(row[name] for name in names) == (
        "52001",
        "Bus fares",
        "EXPENSE",
        group.account("5000"),
        "KES",
        True,
        False,
        False,
        1,
    )
    assert (row["minimum"], row["maximum"], row["closed_at"]) == (None, None, None)
    meeting = await world.meeting(group)
    await world.record(group, meeting, shares(group.members[0], 3))
    await spend(world, group, fares, "120.50")
    balance = await world.superuser.fetchval("SELECT balance FROM ledger.account_balances WHERE account_id = $1", fares)
    assert balance == Decimal("120.50")
    assert await both_verifications(world, group.id) == []


async def test_a_heading_takes_accounts_below_it_and_no_entries(world: World) -> None:
    group = await world.group()
    heading = await world.succeed(
        group.secretary, account_add, adding(group, code="50001", name="Travel", is_postable=False)
    )
    fares = await world.succeed(group.secretary, account_add, adding(group, parent_id=heading))
    assert (await stored(world, fares))["parent_id"] == heading
    assert await spend_state(world, group, heading, "1") == "KB422"


async def test_limits_are_given_on_the_side_on_which_the_account_grows(world: World) -> None:
    group = await world.group()
    wish = adding(group, code="11901", parent_id=group.account("1100"), minimum=Decimal(-50), maximum=Decimal(900))
    row = await stored(world, await world.succeed(group.treasurer, account_add, wish))
    assert (row["minimum"], row["maximum"]) == (-50, 900)
    owed = adding(group, code="22001", parent_id=group.account("2000"), minimum=Decimal(0), maximum=Decimal(7000))
    account = await world.succeed(group.treasurer, account_add, owed)
    row = await stored(world, account)
    assert (row["minimum"], row["maximum"]) == (-7000, 0)
    drawn = AccountLimit(
        group_id=group.id, idempotency_key=new_id(), account_id=account, expected_version=1, maximum=Decimal("8000.5")
    )
    await world.succeed(group.treasurer, account_limit, drawn)
    row = await stored(world, account)
    assert (row["minimum"], row["maximum"], row["version"]) == (Decimal("-8000.5"), None, 2)


async def test_a_maximum_stops_what_would_rise_above_it(world: World) -> None:
    group = await world.group()
    meeting = await world.meeting(group)
    await world.record(group, meeting, shares(group.members[0], 5))
    fares = await world.succeed(group.treasurer, account_add, adding(group, maximum=Decimal(300)))
    await spend(world, group, fares, "300")
    assert await spend_state(world, group, fares, "0.25") == "KB411"


async def test_what_cannot_be_added_is_refused_with_its_reason(world: World) -> None:
    group, other = await world.group(), await world.group()
    assert await refusal(world, group, adding(group, id=group.account("5100"))) == ("ID_ALREADY_USED", ("id",), {})
    for code in ("5200", "520001234", "52a01", "٥٢٠٠١", "", "52001 "):
        assert await refusal(world, group, adding(group, code=code)) == (
            "ACCOUNT_CODE_INVALID",
            ("code",),
            {"minimum": 5, "maximum": 8},
        )
    await world.succeed(group.treasurer, account_add, adding(group, code="52009"))
    assert await refusal(world, group, adding(group, code="52009")) == ("ACCOUNT_CODE_TAKEN", ("code",), {})
    for parent in (new_id(), other.account("5000")):
        assert await refusal(world, group, adding(group, parent_id=parent)) == ("ACCOUNT_NOT_FOUND", ("parentId",), {})
    parent = group.account("5100")
    assert await refusal(world, group, adding(group, parent_id=parent)) == ("PARENT_NOT_HEADING", ("parentId",), {})
    assert (await refusal(world, group, adding(group, name="")))[:2] == ("TEXT_TOO_SHORT", ("name",))
    assert await refusal(world, group, adding(group, name="x" * 121)) == ("TEXT_TOO_LONG", ("name",), {"maximum": 120})
    assert (await refusal(world, group, adding(group, name="a\x00")))[:2] == ("TEXT_NOT_ALLOWED", ("name",))
    limits: list[tuple[dict[str, Any], str, tuple[str, ...]]] = [
        ({"is_postable": False, "minimum": Decimal(1)}, "HEADING_HAS_NO_BALANCE", ("minimum",)),
        ({"is_postable": False, "maximum": Decimal(1)}, "HEADING_HAS_NO_BALANCE", ("maximum",)),
        ({"minimum": Decimal(2), "maximum": Decimal(1)}, "LIMITS_OUT_OF_ORDER", ("minimum",)),
        ({"minimum": Decimal("0.001")}, "AMOUNT_TOO_PRECISE", ("minimum",)),
        ({"maximum": Decimal("1e15")}, "AMOUNT_TOO_LARGE", ("maximum",)),
        ({"minimum": Decimal(1)}, "BALANCE_BEYOND_LIMIT", ("minimum",)),
        ({"maximum": Decimal(-1)}, "BALANCE_BEYOND_LIMIT", ("maximum",)),
        ({"parent_id": group.account("2000"), "minimum": Decimal(1)}, "BALANCE_BEYOND_LIMIT", ("minimum",)),
        ({"parent_id": group.account("2000"), "maximum": Decimal(-1)}, "BALANCE_BEYOND_LIMIT", ("maximum",)),
    ]
    for fields, reason, path in limits:
        assert (await refusal(world, group, adding(group, **fields)))[:2] == (reason, path)


async def test_a_book_has_a_bounded_number_of_accounts(world: World) -> None:
    group = await world.group()
    there = await world.superuser.fetchval("SELECT count(*) FROM ledger.accounts")
    await run_sql(
        world,
        group.treasurer,
        group,
        f"SELECT ledger.open_account('{group.id}', gen_random_uuid(), (60000 + n)::text, 'x', 'EXPENSE',"
        f" '{group.account('5000')}', {NO_DETAILS}) FROM generate_series(1, {ACCOUNTS_MAX - 1 - there}) n",
    )
    await world.succeed(group.treasurer, account_add, adding(group))
    assert await refusal(world, group, adding(group, code="52002")) == ("TOO_MANY_ACCOUNTS", (), {"maximum": 500})


async def test_an_account_is_renamed_and_keeps_all_else(world: World) -> None:
    group = await world.group()
    box = group.account("1110")
    before = await stored(world, box)
    wish = AccountRename(
        group_id=group.id, idempotency_key=new_id(), account_id=box, expected_version=1, name=" Strong box "
    )
    await world.succeed(group.treasurer, account_rename, wish)
    assert dict(await stored(world, box)) == {**before, "name": "Strong box", "version": 2}
    assert await refusal(world, group, fresh(wish)) == ("VERSION_STALE", ("expectedVersion",), {"version": 2})
    unknown = fresh(wish, account_id=new_id())
    assert await refusal(world, group, unknown) == ("ACCOUNT_NOT_FOUND", ("accountId",), {})
    nameless = fresh(wish, expected_version=2, name="\u200b")
    assert (await refusal(world, group, nameless))[:2] == ("TEXT_TOO_SHORT", ("name",))


async def test_limits_are_drawn_around_what_is_on_the_account(world: World) -> None:
    book = await small_book(world)
    group, box = book.group, book.group.account("1110")
    wish = AccountLimit(group_id=group.id, idempotency_key=new_id(), account_id=box, expected_version=1)
    assert await refusal(world, group, wish) == ("CASH_WITHOUT_LIMIT", ("minimum",), {})
    below = fresh(wish, minimum=Decimal("-0.01"))
    assert await refusal(world, group, below) == ("CASH_WITHOUT_LIMIT", ("minimum",), {})
    balance = {"balance": Decimal("1400.00")}
    above = fresh(wish, minimum=Decimal("1400.01"))
    assert await refusal(world, group, above) == ("BALANCE_BEYOND_LIMIT", ("minimum",), balance)
    small = fresh(wish, minimum=Decimal(0), maximum=Decimal("1399.99"))
    assert await refusal(world, group, small) == ("BALANCE_BEYOND_LIMIT", ("maximum",), balance)
    await world.succeed(group.treasurer, account_limit, fresh(wish, minimum=Decimal(1400)))
    assert await spend_state(world, group, group.account("5100"), "0.01") == "KB402"
    stale = fresh(wish, minimum=Decimal(0))
    assert await refusal(world, group, stale) == ("VERSION_STALE", ("expectedVersion",), {"version": 2})
    heading = fresh(wish, account_id=group.account("1000"), minimum=Decimal(0))
    assert (await refusal(world, group, heading))[:2] == ("HEADING_HAS_NO_BALANCE", ("minimum",))


async def test_an_empty_account_of_the_groups_own_is_closed_for_good(world: World) -> None:
    book = await small_book(world)
    group = book.group
    fares = await world.succeed(group.treasurer, account_add, adding(group, minimum=Decimal(-1)))
    wish = AccountClose(group_id=group.id, idempotency_key=new_id(), account_id=fares, expected_version=1)
    ride = await spend(world, group, fares, "30")
    full = {"balance": Decimal("30.00")}
    assert await refusal(world, group, wish) == ("ACCOUNT_NOT_EMPTY", ("accountId",), full)
    undone = ReverseEntry(group_id=group.id, idempotency_key=new_id(), entry_id=ride, reason="Nobody went")
    await world.succeed(group.treasurer, reverse_entry, undone)
    stale = fresh(wish, expected_version=7)
    assert await refusal(world, group, stale) == ("VERSION_STALE", ("expectedVersion",), {"version": 1})
    await world.succeed(group.treasurer, account_close, fresh(wish))
    row = await stored(world, fares)
    assert row["closed_at"] is not None
    assert (row["minimum"], row["version"], row["name"]) == (-1, 2, "Bus fares")
    assert await spend_state(world, group, fares, "1") == "KB422"
    again: list[Any] = [
        fresh(wish, expected_version=2),
        AccountRename(group_id=group.id, idempotency_key=new_id(), account_id=fares, expected_version=2, name="Fares"),
        AccountLimit(group_id=group.id, idempotency_key=new_id(), account_id=fares, expected_version=2),
    ]
    for command in again:
        assert await refusal(world, group, fresh(command)) == ("ACCOUNT_IS_CLOSED", ("accountId",), {})
    assert await both_verifications(world, group.id) == []


async def test_what_postings_rely_on_and_what_has_accounts_below_is_not_closed(world: World) -> None:
    group = await world.group()
    heading = await world.succeed(group.treasurer, account_add, adding(group, is_postable=False))
    below = await world.succeed(group.treasurer, account_add, adding(group, code="52002", parent_id=heading))
    wish = AccountClose(group_id=group.id, idempotency_key=new_id(), account_id=heading, expected_version=1)
    assert await refusal(world, group, wish) == ("ACCOUNTS_BELOW_OPEN", ("accountId",), {})
    required = fresh(wish, account_id=group.account("5300"))
    assert await refusal(world, group, required) == ("ACCOUNT_REQUIRED", ("accountId",), {})
    await world.succeed(group.treasurer, account_close, fresh(wish, account_id=below))
    await world.succeed(group.treasurer, account_close, fresh(wish))
    assert await refusal(world, group, adding(group, code="52003", parent_id=heading)) == (
        "ACCOUNT_IS_CLOSED",
        ("parentId",),
        {},
    )


async def test_a_repeat_adds_no_second_account(world: World) -> None:
    group = await world.group()
    wish = adding(group)
    first = await run(world, group.treasurer, wish)
    before = await posted(world.superuser)
    second = await run(world, group.treasurer, wish)
    assert (second.id, second.error, second.is_replay) == (first.id, None, True)
    assert await posted(world.superuser) == before


async def test_only_who_keeps_records_or_money_changes_the_chart(world: World) -> None:
    group = await world.group()
    account = await world.succeed(group.treasurer, account_add, adding(group))
    changes: list[Any] = [
        adding(group, code="52003"),
        AccountRename(group_id=group.id, idempotency_key=new_id(), account_id=account, expected_version=1, name="X"),
        AccountLimit(group_id=group.id, idempotency_key=new_id(), account_id=account, expected_version=1),
        AccountClose(group_id=group.id, idempotency_key=new_id(), account_id=account, expected_version=1),
    ]
    calls = (
        (
            f"SELECT ledger.open_account('{group.id}', gen_random_uuid(), '52009', 'X', 'EXPENSE',"
            f" '{group.account('5000')}', {NO_DETAILS})"
        ),
        f"SELECT ledger.change_account('{group.id}', '{account}', 1, 'X', NULL, NULL, false)",
    )
    people = {"chair": group.chair, **await outsiders(world, group)}
    before = await posted(world.superuser)
    for name, person in people.items():
        for command in changes:
            assert await is_denied(world, person, SERVICES[type(command)], command), name
        for call in calls:
            assert await sql_state(world, person, group, call) in ("KB403", "KB404"), name
    assert await posted(world.superuser) == before


async def test_no_statement_deletes_an_account_or_reopens_it_or_empties_a_box_below_zero(world: World) -> None:
    book = await small_book(world)
    group = book.group
    fares = await world.succeed(group.treasurer, account_add, adding(group))
    await world.succeed(
        group.treasurer,
        account_close,
        AccountClose(group_id=group.id, idempotency_key=new_id(), account_id=fares, expected_version=1),
    )
    before = await digest(world.superuser)
    tenant, box, savings = group.id, group.account("1110"), group.account("2100")
    for call, state in (
        ("DELETE FROM ledger.accounts", "42501"),
        ("UPDATE ledger.accounts SET closed_at = now()", "42501"),
        ("TRUNCATE ledger.accounts CASCADE", "42501"),
        (f"SELECT ledger.change_account('{tenant}', '{fares}', 2, 'X', NULL, NULL, false)", "KB409"),
        (f"SELECT ledger.change_account('{tenant}', '{box}', 1, 'X', NULL, NULL, false)", "KB422"),
        (f"SELECT ledger.change_account('{tenant}', '{box}', 1, 'X', -1, NULL, false)", "KB422"),
        (f"SELECT ledger.change_account('{tenant}', '{box}', 1, 'X', 1401, NULL, false)", "KB409"),
        (f"SELECT ledger.change_account('{tenant}', '{box}', 1, 'X', 0, NULL, true)", "KB409"),
        (f"SELECT ledger.change_account('{tenant}', '{savings}', 1, 'X', NULL, NULL, true)", "23514"),
        (f"SELECT ledger.change_account('{tenant}', '{box}', 2, 'X', 0, NULL, false)", "KB409"),
        ("SELECT ledger.expire_holds(gen_random_uuid())", "42501"),
    ):
        assert await sql_state(world, group.treasurer, group, call) == state, call
    for statement in (
        "DELETE FROM ledger.accounts",
        "TRUNCATE ledger.accounts CASCADE",
        f"DELETE FROM ledger.accounts WHERE id = '{fares}'",
    ):
        assert await owner_state(world, statement) == "KB405"
    assert await digest(world.superuser) == before
