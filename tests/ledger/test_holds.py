"""Money set aside: reserved, used, released, expired, and never spent twice."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from domain.identifiers import new_id
from domain.ledger.accounts import Fund, Place
from domain.ledger.cash import RecordExpense, record_expense
from domain.ledger.charting import AccountAdd, AccountClose, AccountLimit, account_add, account_close, account_limit
from domain.ledger.holds import HoldPlace, HoldRelease, hold_place, hold_release
from tests.ledger.book import SmallBook, both_verifications, digest, posted, small_book
from tests.ledger.drafting import move
from tests.ledger.trying import fresh, is_denied, outsiders, posting_sql, refusal, spend, spend_state, sql_state
from tests.support.world import GroupOfPeople, World


def placing(group: GroupOfPeople, amount: str, **fields: Any) -> HoldPlace:
    """The wish to hold so much in the box of the loan fund, which holds 1,400 in a small book."""
    wish: dict[str, Any] = {
        "purpose": "Roofing sheets",
        "expires_at": datetime.now(UTC) + timedelta(days=30),
        **({} if "account_id" in fields else {"fund": Fund.LOAN_FUND, "place": Place.BOX}),
        **fields,
    }
    return HoldPlace(group_id=group.id, idempotency_key=new_id(), amount=Decimal(amount), **wish)


def releasing(group: GroupOfPeople, hold: UUID) -> HoldRelease:
    return HoldRelease(group_id=group.id, idempotency_key=new_id(), hold_id=hold)


async def held(world: World, group: GroupOfPeople) -> Decimal:
    return await world.superuser.fetchval(  # type: ignore[no-any-return]
        "SELECT held FROM ledger.account_balances WHERE account_id = $1", group.account("1110")
    )


async def hold_row(world: World, hold: UUID) -> asyncpg.Record:
    return await world.superuser.fetchrow("SELECT * FROM ledger.holds WHERE id = $1", hold)


async def let_expire(world: World, hold: UUID) -> None:
    """Put the end of a hold's time a second back, as only a superuser can."""
    async with world.superuser.transaction():
        await world.superuser.execute("SET LOCAL session_replication_role = replica")
        await world.superuser.execute(
            "UPDATE ledger.holds SET expires_at = clock_timestamp() - interval '1 second' WHERE id = $1", hold
        )


async def test_what_is_held_stays_on_the_account_and_cannot_be_spent_otherwise(world: World) -> None:
    book = await small_book(world)
    group = book.group
    wish = placing(group, "1000", purpose=" Roofing sheets ")
    hold = await world.succeed(group.treasurer, hold_place, wish)
    row = await hold_row(world, hold)
    assert hold == wish.idempotency_key
    assert (row["account_id"], row["amount"], row["purpose"]) == (group.account("1110"), 1000, "Roofing sheets")
    assert (row["placed_by"], row["expires_at"]) == (group.treasurer.user_id, wish.expires_at)
    assert (row["outcome"], row["ended_at"], row["ended_by"], row["entry_id"]) == (None, None, None, None)
    assert await held(world, group) == 1000
    assert await spend_state(world, group, group.account("5100"), "400.01") == "KB402"
    await spend(world, group, group.account("5100"), "400")
    assert await refusal(world, group.treasurer, hold_place, placing(group, "0.01")) == (
        "BELOW_MINIMUM",
        ("amount",),
        {"missing": Decimal("0.01")},
    )
    assert await both_verifications(world, group.id) == []


async def test_what_is_released_can_be_spent(world: World) -> None:
    book = await small_book(world)
    group = book.group
    hold = await world.succeed(group.secretary, hold_place, placing(group, "1400"))
    await world.succeed(group.treasurer, hold_release, releasing(group, hold))
    row = await hold_row(world, hold)
    assert (row["outcome"], row["ended_by"], row["entry_id"]) == ("RELEASED", group.treasurer.user_id, None)
    assert await held(world, group) == 0
    await spend(world, group, group.account("5100"), "1400")
    again = await refusal(world, group.treasurer, hold_release, releasing(group, hold))
    assert again == ("HOLD_ENDED", ("holdId",), {"how": "RELEASED"})


async def test_what_is_over_counts_no_more_though_nobody_ended_it(world: World) -> None:
    book = await small_book(world)
    group = book.group
    hold = await world.succeed(group.treasurer, hold_place, placing(group, "1400"))
    await let_expire(world, hold)
    assert await refusal(world, group.treasurer, hold_release, releasing(group, hold)) == (
        "HOLD_ENDED",
        ("holdId",),
        {"how": "EXPIRED"},
    )
    await spend(world, group, group.account("5100"), "200")
    assert await held(world, group) == 1400
    # The next who sets money aside sweeps what is over.
    await world.succeed(group.treasurer, hold_place, placing(group, "1200"))
    row = await hold_row(world, hold)
    assert (row["outcome"], row["ended_by"], row["entry_id"]) == ("EXPIRED", None, None)
    assert await held(world, group) == 1200
    assert await both_verifications(world, group.id) == []


async def test_an_account_with_nothing_but_holds_that_are_over_can_be_limited_and_closed(world: World) -> None:
    book = await small_book(world)
    group = book.group
    adding = AccountAdd(
        group_id=group.id,
        idempotency_key=new_id(),
        code="11901",
        name="Deposit",
        parent_id=group.account("1100"),
        minimum=Decimal(0),
    )
    account = await world.succeed(group.treasurer, account_add, adding)
    await move(world, group, account, group.account("1110"), "50")
    hold = await world.succeed(group.treasurer, hold_place, placing(group, "50", account_id=account))
    await spend(world, group, group.account("5100"), "1350")
    limit = AccountLimit(
        group_id=group.id, idempotency_key=new_id(), account_id=account, expected_version=1, minimum=Decimal(1)
    )
    facts = {"balance": Decimal("50.00")}
    assert await refusal(world, group.treasurer, account_limit, limit) == ("BALANCE_BEYOND_LIMIT", ("minimum",), facts)
    closing = AccountClose(group_id=group.id, idempotency_key=new_id(), account_id=account, expected_version=1)
    assert await refusal(world, group.treasurer, account_close, closing) == ("ACCOUNT_NOT_EMPTY", ("accountId",), facts)
    await let_expire(world, hold)
    await world.succeed(group.treasurer, account_limit, fresh(limit))
    await world.succeed(group.treasurer, account_limit, fresh(limit, minimum=Decimal(0), expected_version=2))
    await move(world, group, group.account("1110"), account, "50")
    await world.succeed(group.treasurer, account_close, fresh(closing, expected_version=3))


async def test_what_cannot_be_held_is_refused_with_its_reason(world: World) -> None:
    book = await small_book(world)
    group, treasurer = book.group, book.group.treasurer
    held_before = await world.succeed(treasurer, hold_place, placing(group, "1"))
    soon = datetime.now(UTC) + timedelta(days=366)
    nowhere = {"fund": None, "place": None}
    wishes: list[tuple[HoldPlace, str, tuple[str, ...], dict[str, Any]]] = [
        (placing(group, "0"), "AMOUNT_NOT_POSITIVE", ("amount",), {}),
        (placing(group, "-1"), "AMOUNT_NOT_POSITIVE", ("amount",), {}),
        (placing(group, "0.001"), "AMOUNT_TOO_PRECISE", ("amount",), {"currency": "KES", "decimals": 2}),
        (placing(group, "1e15"), "AMOUNT_TOO_LARGE", ("amount",), {}),
        (placing(group, "1399.01"), "BELOW_MINIMUM", ("amount",), {"missing": Decimal("0.01")}),
        (placing(group, "1", purpose=""), "TEXT_TOO_SHORT", ("purpose",), {"minimum": 1}),
        (placing(group, "1", purpose="x" * 501), "TEXT_TOO_LONG", ("purpose",), {"maximum": 500}),
        (placing(group, "1", expires_at=datetime.now(UTC)), "HOLD_ENDS_TOO_EARLY", ("expiresAt",), {}),
        (
            placing(group, "1", expires_at=soon + timedelta(minutes=5)),
            "HOLD_ENDS_TOO_LATE",
            ("expiresAt",),
            {"days": 366},
        ),
        (placing(group, "1", id=held_before), "ID_ALREADY_USED", ("id",), {}),
        (placing(group, "1", **nowhere), "HOLD_WHERE", ("place",), {}),
        (placing(group, "1", fund=None), "HOLD_WHERE", ("fund",), {}),
        (placing(group, "1", place=None), "HOLD_WHERE", ("place",), {}),
        (placing(group, "1", account_id=new_id(), fund=Fund.LOAN_FUND), "HOLD_WHERE", ("accountId",), {}),
        (placing(group, "1", account_id=new_id()), "ACCOUNT_NOT_FOUND", ("accountId",), {}),
        (placing(group, "1", account_id=group.account("1310")), "ACCOUNT_HOLDS_NOTHING", ("accountId",), {}),
        (placing(group, "1", account_id=group.account("2200")), "ACCOUNT_HOLDS_NOTHING", ("accountId",), {}),
        (placing(group, "1", account_id=group.account("1000")), "ACCOUNT_HOLDS_NOTHING", ("accountId",), {}),
        (placing(group, "1", place=Place.BANK), "BELOW_MINIMUM", ("amount",), {"missing": Decimal(1)}),
    ]
    for wish, reason, path, facts in wishes:
        assert await refusal(world, treasurer, hold_place, wish) == (reason, path, facts), wish
    other = await small_book(world)
    foreign = placing(group, "1", account_id=other.group.account("1110"))
    assert (await refusal(world, treasurer, hold_place, foreign))[0] == "ACCOUNT_NOT_FOUND"
    theirs = await world.succeed(other.group.treasurer, hold_place, placing(other.group, "1"))
    for unknown in (new_id(), theirs):
        assert await refusal(world, treasurer, hold_release, releasing(group, unknown)) == (
            "HOLD_NOT_FOUND",
            ("holdId",),
            {},
        )


def paying(group: GroupOfPeople, hold: UUID | None, amount: str, **fields: Any) -> RecordExpense:
    """The wish to pay for roofing sheets out of the box."""
    wish: dict[str, Any] = {
        "account_id": group.account("5100"),
        "fund": Fund.LOAN_FUND,
        "place": Place.BOX,
        "description": "Roofing sheets",
        "payee": "Mabati",
        **fields,
    }
    return RecordExpense(group_id=group.id, idempotency_key=new_id(), amount=Decimal(amount), hold_id=hold, **wish)


async def test_a_hold_is_used_by_the_entry_that_spends_it(world: World) -> None:
    book = await small_book(world)
    group = book.group
    hold = await world.succeed(group.treasurer, hold_place, placing(group, "1400"))
    assert (await refusal(world, group.treasurer, record_expense, paying(group, None, "1")))[0] == "BELOW_MINIMUM"
    entry = await world.succeed(group.treasurer, record_expense, paying(group, hold, "1250"))
    row = await hold_row(world, hold)
    assert (row["outcome"], row["ended_by"], row["entry_id"]) == ("USED", group.treasurer.user_id, entry)
    assert await held(world, group) == 0
    reason, path, facts = await refusal(world, group.treasurer, record_expense, paying(group, hold, "1"))
    assert (reason, path, facts) == ("HOLD_ENDED", ("holdId",), {"how": "USED"})
    assert await refusal(world, group.treasurer, hold_release, releasing(group, hold)) == (
        "HOLD_ENDED",
        ("holdId",),
        {"how": "USED"},
    )
    assert await both_verifications(world, group.id) == []


async def test_a_hold_is_not_used_for_what_takes_nothing_from_its_account(world: World) -> None:
    book = await small_book(world)
    group = book.group
    hold = await world.succeed(group.treasurer, hold_place, placing(group, "100"))
    old = await world.superuser.fetchval("SELECT id FROM ledger.entries WHERE number = 1")
    bank, box, gift = group.account("1120"), group.account("1110"), group.account("4900")
    before = await digest(world.superuser)
    incoming, elsewhere = new_id(), new_id()
    for statements, state in (
        ((f"SELECT ledger.end_hold('{group.id}', '{hold}', '{old}')",), "23514"),
        ((f"SELECT ledger.end_hold('{group.id}', '{hold}', '{new_id()}')",), "23503"),
        (
            (
                f"SELECT ledger.end_hold('{group.id}', '{hold}', '{incoming}')",
                posting_sql(group, "OTHER_INCOME", [(box, "5"), (gift, "-5")], entry=incoming),
            ),
            "23514",
        ),
        (
            (
                f"SELECT ledger.end_hold('{group.id}', '{hold}', '{elsewhere}')",
                posting_sql(group, "OTHER_INCOME", [(bank, "5"), (gift, "-5")], entry=elsewhere),
            ),
            "23514",
        ),
    ):
        assert await sql_state(world, group.treasurer, group, *statements) == state
    assert await digest(world.superuser) == before


async def test_no_role_sets_money_aside_or_lets_it_go_without_the_right(world: World) -> None:
    book = await small_book(world)
    group = book.group
    hold = await world.succeed(group.treasurer, hold_place, placing(group, "100"))
    people = {"chair": group.chair, **await outsiders(world, group)}
    before = await posted(world.superuser)
    account = group.account("1110")
    for name, person in people.items():
        assert await is_denied(world, person, hold_place, placing(group, "1")), name
        assert await is_denied(world, person, hold_release, releasing(group, hold)), name
        for call in (
            f"SELECT ledger.place_hold('{group.id}', gen_random_uuid(), '{account}', 1, 'x', now() + '1 day')",
            f"SELECT ledger.end_hold('{group.id}', '{hold}')",
        ):
            assert await sql_state(world, person, group, call) in ("KB403", "KB404"), name
    assert await posted(world.superuser) == before


async def test_statements_of_ones_own_neither_make_holds_nor_end_them(world: World) -> None:
    book = await small_book(world)
    group = book.group
    hold = await world.succeed(group.treasurer, hold_place, placing(group, "100"))
    tenant, box = group.id, group.account("1110")
    place = f"SELECT ledger.place_hold('{tenant}', gen_random_uuid(), '{box}', {{}}, 'x', {{}})"
    before = await digest(world.superuser)
    for statement, state in (
        ("UPDATE ledger.holds SET amount = 0.01", "42501"),
        ("DELETE FROM ledger.holds", "42501"),
        ("UPDATE ledger.account_balances SET held = 0", "42501"),
        (f"SELECT ledger.expire_holds('{tenant}')", "42501"),
        (place.format("0", "now() + '1 day'"), "KB422"),
        (place.format("-5", "now() + '1 day'"), "KB422"),
        (place.format("0.001", "now() + '1 day'"), "KB422"),
        (place.format("'NaN'", "now() + '1 day'"), "KB402"),
        (place.format("'Infinity'", "now() + '1 day'"), "KB402"),
        (place.format("NULL", "now() + '1 day'"), "KB422"),
        (place.format("5", "NULL"), "KB422"),
        (place.format("5", "now()"), "KB422"),
        (place.format("5", "'infinity'"), "KB422"),
        (place.format("5", "now() + '400 days'"), "KB422"),
        (place.format("1300.01", "now() + '1 day'"), "KB402"),
        (f"SELECT ledger.end_hold('{tenant}', gen_random_uuid())", "KB409"),
        (f"SELECT ledger.place_hold('{tenant}', '{hold}', '{box}', 1, 'x', now() + '1 day')", "23505"),
    ):
        assert await sql_state(world, group.treasurer, group, statement) == state, statement
    assert await digest(world.superuser) == before


async def test_a_repeat_holds_no_more(world: World) -> None:
    book = await small_book(world)
    group = book.group
    wish = placing(group, "700")
    await world.succeed(group.treasurer, hold_place, wish)
    before = await posted(world.superuser)
    again = await world.perform(group.treasurer, hold_place, wish)
    assert (again.id, again.error, again.is_replay) == (wish.idempotency_key, None, True)
    assert await posted(world.superuser) == before


async def ends(*outcomes: Any) -> list[str]:
    """Reasons, sorted; nothing for what succeeded."""
    return sorted("" if outcome.error is None else outcome.error.reason for outcome in await asyncio.gather(*outcomes))


async def test_of_two_who_want_the_last_shilling_one_gets_it(world: World) -> None:
    book = await small_book(world)
    group = book.group
    await spend(world, group, group.account("5100"), "1399")
    people = [group.treasurer, group.secretary] * 4
    found = await ends(*(world.perform(who, hold_place, placing(group, "1")) for who in people))
    assert found == ["", *["BELOW_MINIMUM"] * 7]
    assert await held(world, group) == 1


@pytest.mark.parametrize("attempt", range(3))
async def test_a_hold_is_used_or_released_never_both(world: World, attempt: int) -> None:
    book = await small_book(world)
    group = book.group
    hold = await world.succeed(group.treasurer, hold_place, placing(group, "1400"))
    rivals = [
        world.perform(group.treasurer, record_expense, paying(group, hold, "1400")),
        world.perform(group.secretary, hold_release, releasing(group, hold)),
    ]
    if attempt % 2:
        rivals.reverse()
    assert await ends(*rivals) == ["", "HOLD_ENDED"]
    row = await hold_row(world, hold)
    spent = await world.superuser.fetchval("SELECT entry_number FROM ledger.heads WHERE tenant_id = $1", group.id) - 7
    assert (row["outcome"], spent) in (("USED", 1), ("RELEASED", 0))
    assert await held(world, group) == 0
    assert await both_verifications(world, group.id) == []


async def test_of_many_who_use_one_hold_one_does(world: World) -> None:
    book = await small_book(world)
    group = book.group
    hold = await world.succeed(group.treasurer, hold_place, placing(group, "1000"))
    found = await ends(*(world.perform(group.treasurer, record_expense, paying(group, hold, "10")) for _ in range(6)))
    assert found == ["", *["HOLD_ENDED"] * 5]


async def test_a_hold_that_runs_out_while_it_is_used_is_one_or_the_other(world: World) -> None:
    book: SmallBook = await small_book(world)
    group = book.group
    for milliseconds in (0, 5, 10, 20, 40):
        wish = placing(group, "100", expires_at=datetime.now(UTC) + timedelta(milliseconds=150))
        hold = await world.succeed(group.treasurer, hold_place, wish)
        await asyncio.sleep(max(0.0, (wish.expires_at - datetime.now(UTC)).total_seconds() - milliseconds / 1000))
        outcome = await world.perform(group.treasurer, record_expense, paying(group, hold, "1"))
        row = await hold_row(world, hold)
        if outcome.error is None:
            assert (row["outcome"], row["entry_id"]) == ("USED", outcome.id)
        else:
            assert (outcome.error.reason, vars(outcome.error)["how"]) == ("HOLD_ENDED", "EXPIRED")
            assert row["entry_id"] is None
    await world.succeed(group.treasurer, hold_place, placing(group, "1"))
    assert await held(world, group) == 1
    assert await both_verifications(world, group.id) == []
