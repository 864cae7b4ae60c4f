"""Money of the group as a whole: carried from place to place, received, spent, and drafted for a second officer."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from domain.identifiers import new_id
from domain.ledger.accounts import Fund, Place
from domain.ledger.cash import (
    RecordExpense,
    RecordIncome,
    TransferCash,
    record_expense,
    record_income,
    transfer_cash,
)
from domain.ledger.charting import AccountLimit, account_limit
from domain.ledger.holds import HoldPlace, HoldRelease, hold_place, hold_release
from domain.savings import RecordWithdrawal, record_withdrawal
from domain.service import Service
from tests.ledger.book import both_verifications
from tests.ledger.moving import Funded, funded, today
from tests.support.world import World


def carry(book: Funded, amount: str, **fields: Any) -> TransferCash:
    fields = {"fund": Fund.LOAN_FUND, "source": Place.BOX, "target": Place.BANK, **fields}
    wish: TransferCash = book.wish(TransferCash, amount=Decimal(amount), **fields)
    return wish


def income(book: Funded, amount: str, **fields: Any) -> RecordIncome:
    fields = {
        "account_id": book.group.account("4200"),
        "fund": Fund.LOAN_FUND,
        "description": "Interest for May.",
        **fields,
    }
    wish: RecordIncome = book.wish(RecordIncome, amount=Decimal(amount), **fields)
    return wish


def expense(book: Funded, amount: str, **fields: Any) -> RecordExpense:
    fields = {
        "account_id": book.group.account("5100"),
        "fund": Fund.LOAN_FUND,
        "description": "Two ledgers.",
        **fields,
    }
    wish: RecordExpense = book.wish(RecordExpense, amount=Decimal(amount), **fields)
    return wish


async def test_money_is_carried_within_a_fund_as_far_as_it_is_there(world: World) -> None:
    book = await funded(world)
    entry = await book.succeed(
        transfer_cash, carry(book, "1000", meeting_id=book.meeting, description="Banked by the chair.")
    )
    assert await book.entry(entry) == {
        "kind": "TRANSFER",
        "on": today(),
        "meeting": book.meeting,
        "member": None,
        "reverses": None,
        "actor": book.group.treasurer.user_id,
        "words": ("Banked by the chair.", None, None),
        "lines": [("1120", None, Decimal(1000), None), ("1110", None, Decimal(-1000), None)],
    }
    assert await book.refused(transfer_cash, carry(book, "200.01")) == (
        "BELOW_MINIMUM",
        ("amount",),
        {"missing": Decimal("0.01")},
    )
    back = carry(book, "80", fund=Fund.SOCIAL_FUND, target=Place.MOBILE_MONEY)
    assert (await book.entry(await book.succeed(transfer_cash, back)))["words"] is None
    assert [await book.balance(code) for code in ("1110", "1120", "1210", "1230")] == [200, 1000, 0, 80]


async def test_money_is_not_carried_to_where_it_lies(world: World) -> None:
    book = await funded(world)
    assert await book.refused(transfer_cash, carry(book, "1", target=Place.BOX)) == ("PLACES_THE_SAME", ("target",), {})


async def test_income_is_received_with_who_paid_it_and_the_paper(world: World) -> None:
    book = await funded(world)
    wish = income(book, "12.34", place=Place.BANK, payee="Umoja Bank", receipt="STMT 5/26")
    entry = await book.succeed(record_income, wish, book.group.secretary)
    assert await book.entry(entry) == {
        "kind": "OTHER_INCOME",
        "on": today(),
        "meeting": None,
        "member": None,
        "reverses": None,
        "actor": book.group.secretary.user_id,
        "words": ("Interest for May.", "Umoja Bank", "STMT 5/26"),
        "lines": [("1120", None, Decimal("12.34"), None), ("4200", None, Decimal("-12.34"), None)],
    }
    assert (await book.balance("1120"), await book.balance("4200")) == (Decimal("12.34"), Decimal("-12.34"))


async def test_an_expense_is_paid_with_who_was_paid_and_the_paper(world: World) -> None:
    book = await funded(world)
    wish = expense(book, "80", meeting_id=book.meeting, payee="Juma", receipt="17")
    entry = await book.succeed(record_expense, wish)
    assert await book.entry(entry) == {
        "kind": "OTHER_EXPENSE",
        "on": today(),
        "meeting": book.meeting,
        "member": None,
        "reverses": None,
        "actor": book.group.treasurer.user_id,
        "words": ("Two ledgers.", "Juma", "17"),
        "lines": [("5100", None, Decimal(80), None), ("1110", None, Decimal(-80), None)],
    }
    assert await book.refused(record_expense, expense(book, "1120.01")) == (
        "BELOW_MINIMUM",
        ("amount",),
        {"missing": Decimal("0.01")},
    )


async def test_what_the_social_fund_receives_and_pays_is_its_own_and_no_result(world: World) -> None:
    book = await funded(world)
    own: dict[str, Any] = {"fund": Fund.SOCIAL_FUND, "account_id": None}
    received = await book.succeed(record_income, income(book, "12", place=Place.BANK, **own))
    spent = await book.succeed(record_expense, expense(book, "80", meeting_id=book.meeting, **own))
    assert [(await book.entry(entry))["lines"] for entry in (received, spent)] == [
        [("1220", None, Decimal(12), None), ("3200", None, Decimal(-12), None)],
        [("3200", None, Decimal(80), None), ("1210", None, Decimal(-80), None)],
    ]
    assert await book.refused(record_expense, expense(book, "0.01", **own)) == (
        "BELOW_MINIMUM",
        ("amount",),
        {"missing": Decimal("0.01")},
    )
    results = "SELECT count(*) FROM ledger.accounts a JOIN ledger.account_balances b ON b.account_id = a.id"
    assert await world.superuser.fetchval(f"{results} WHERE a.type IN ('INCOME', 'EXPENSE') AND b.balance <> 0") == 0
    assert await both_verifications(world, book.group.id) == []


@pytest.mark.parametrize(("service", "wish"), [(record_income, income), (record_expense, expense)])
async def test_the_main_fund_has_an_account_of_results_and_the_social_fund_none(
    world: World, service: Service[Any], wish: Any
) -> None:
    book = await funded(world)
    assert await book.refused(service, wish(book, "1", account_id=None)) == ("ACCOUNT_MISSING", ("accountId",), {})
    for account in (wish(book, "1").account_id, book.group.account("3200")):
        refused = await book.refused(service, wish(book, "1", fund=Fund.SOCIAL_FUND, account_id=account))
        assert refused == ("SOCIAL_FUND_HAS_NO_RESULTS", ("accountId",), {})


@pytest.mark.parametrize(
    ("service", "wish", "wrong", "reason"),
    [
        (record_income, income, ("4000", "5100", "1110", "2100"), "ACCOUNT_NOT_INCOME"),
        (record_expense, expense, ("5000", "4900", "1120", "3100"), "ACCOUNT_NOT_EXPENSE"),
    ],
)
async def test_the_account_is_one_of_the_right_type_that_takes_entries(
    world: World, service: Service[Any], wish: Any, wrong: tuple[str, ...], reason: str
) -> None:
    book = await funded(world)
    for code in wrong:
        refused = await book.refused(service, wish(book, "1", account_id=book.group.account(code)))
        assert refused == (reason, ("accountId",), {})
    elsewhere = await world.group()
    for nothing in (new_id(), elsewhere.account("4200"), elsewhere.account("5100")):
        refused = await book.refused(service, wish(book, "1", account_id=nothing))
        assert refused == ("ACCOUNT_NOT_FOUND", ("accountId",), {})
    account = book.group.account("4200" if service is record_income else "5100")
    async with world.superuser.transaction():
        await world.superuser.execute("SET LOCAL session_replication_role = replica")
        await world.superuser.execute("ALTER TABLE ledger.accounts DISABLE TRIGGER accounts_checked")
        await world.superuser.execute(
            "UPDATE ledger.accounts SET closed_at = now(), is_required = false WHERE id = $1", account
        )
        await world.superuser.execute("ALTER TABLE ledger.accounts ENABLE ALWAYS TRIGGER accounts_checked")
    assert await book.refused(service, wish(book, "1")) == ("ACCOUNT_IS_CLOSED", ("accountId",), {})


@pytest.mark.parametrize(
    ("service", "wish"), [(transfer_cash, carry), (record_income, income), (record_expense, expense)]
)
async def test_amounts_dates_meetings_and_ids_are_checked(world: World, service: Service[Any], wish: Any) -> None:
    book = await funded(world)
    for fields, reason, path in (
        ({"amount": Decimal("-0.01")}, "AMOUNT_NOT_POSITIVE", "amount"),
        ({"amount": Decimal("0.001")}, "AMOUNT_TOO_PRECISE", "amount"),
        ({"amount": Decimal(10) ** 14 + 1}, "AMOUNT_TOO_LARGE", "amount"),
        ({"on": today() + timedelta(days=1)}, "DATE_IN_FUTURE", "on"),
        ({"on": today() - timedelta(days=1), "meeting_id": book.meeting}, "DATE_NOT_OF_MEETING", "on"),
        ({"meeting_id": new_id()}, "MEETING_NOT_FOUND", "meetingId"),
        ({"id": book.entries[0]}, "ID_ALREADY_USED", "id"),
        ({"description": "d" * 501}, "TEXT_TOO_LONG", "description"),
        ({"description": "\u200b"}, "TEXT_TOO_SHORT", "description"),
    ):
        changed = replace(wish(book, "1"), idempotency_key=new_id(), **fields)
        assert (await book.refused(service, changed))[:2] == (reason, (path,))


@pytest.mark.parametrize(("service", "wish"), [(record_income, income), (record_expense, expense)])
async def test_payee_and_receipt_are_as_short_as_their_places(world: World, service: Service[Any], wish: Any) -> None:
    book = await funded(world)
    for field, length in (("payee", 120), ("receipt", 60)):
        for words, reason in (("x" * (length + 1), "TEXT_TOO_LONG"), (" ", "TEXT_TOO_SHORT")):
            assert (await book.refused(service, wish(book, "1", **{field: words})))[:2] == (reason, (field,))
    await book.succeed(service, wish(book, "1", payee="p" * 120, receipt="r" * 60))


async def test_a_balance_stays_within_what_a_book_holds_and_within_its_limits(world: World) -> None:
    book = await funded(world)
    largest = "99999999998800.00"
    await book.succeed(record_income, income(book, largest))
    assert (await book.refused(record_income, income(book, "0.01")))[:2] == ("AMOUNT_TOO_LARGE", ("amount",))
    await book.succeed(transfer_cash, carry(book, largest))
    limit = AccountLimit(
        group_id=book.group.id,
        idempotency_key=new_id(),
        account_id=book.group.account("1110"),
        expected_version=1,
        minimum=Decimal(0),
        maximum=Decimal(1500),
    )
    await world.succeed(book.group.treasurer, account_limit, limit)
    assert await book.refused(record_income, income(book, "300.01")) == (
        "ABOVE_MAXIMUM",
        ("amount",),
        {"excess": Decimal("0.01")},
    )


async def test_only_the_secretary_and_the_treasurer_move_the_group_s_money(world: World) -> None:
    book = await funded(world)
    for service, wish in ((transfer_cash, carry), (record_income, income), (record_expense, expense)):
        await book.denied(service, wish(book, "1"), book.group.chair)
        await book.succeed(service, wish(book, "1"), book.group.secretary)


async def test_a_repeat_moves_money_once(world: World) -> None:
    book = await funded(world)
    for number, wish, service in (
        (5, carry(book, "10"), transfer_cash),
        (6, income(book, "10"), record_income),
        (7, expense(book, "10"), record_expense),
    ):
        for is_replay in (False, True):
            outcome = await world.perform(book.group.treasurer, service, wish)
            assert (outcome.id, outcome.error, outcome.is_replay) == (wish.idempotency_key, None, is_replay)
        assert await book.count() == number
    assert await book.balance("1110") == 1190


async def hold(book: Funded, amount: str, place: Place = Place.BOX) -> UUID:
    command = HoldPlace(
        group_id=book.group.id,
        idempotency_key=new_id(),
        fund=Fund.LOAN_FUND,
        place=place,
        amount=Decimal(amount),
        purpose="For a payment next week.",
        expires_at=datetime.now(UTC) + timedelta(days=7),
    )
    return await book.world.succeed(book.group.treasurer, hold_place, command)


async def held(book: Funded) -> Any:
    statement = "SELECT held FROM ledger.account_balances WHERE tenant_id = $1 AND account_id = $2"
    return await book.world.superuser.fetchval(statement, book.group.id, book.group.account("1110"))


async def test_money_set_aside_is_spent_by_naming_its_hold_alone(world: World) -> None:
    book = await funded(world)
    first, second = await hold(book, "1000"), await hold(book, "100")
    assert await book.refused(record_expense, expense(book, "100.01")) == (
        "BELOW_MINIMUM",
        ("amount",),
        {"missing": Decimal("0.01")},
    )
    # What is taken beyond the hold has to be free, and a hold that serves too little is not used up by the attempt.
    assert await book.refused(record_expense, expense(book, "1100.01", hold_id=first)) == (
        "BELOW_MINIMUM",
        ("amount",),
        {"missing": Decimal("0.01")},
    )
    entry = await book.succeed(record_expense, expense(book, "900", hold_id=first))
    row = await world.superuser.fetchrow("SELECT outcome, entry_id FROM ledger.holds WHERE id = $1", first)
    assert tuple(row) == ("USED", entry)
    assert (await book.balance("1110"), await held(book)) == (300, 100)
    paid = book.wish(RecordWithdrawal, member_id=book.a, amount=Decimal(300), hold_id=second)
    await book.succeed(record_withdrawal, paid)
    assert (await book.balance("1110"), await held(book)) == (0, 0)


async def test_a_hold_that_is_over_elsewhere_or_nobody_s_serves_nothing(world: World) -> None:
    book = await funded(world)
    await book.succeed(transfer_cash, carry(book, "100"))
    banked, released = await hold(book, "50", Place.BANK), await hold(book, "50")
    await world.succeed(
        book.group.treasurer,
        hold_release,
        HoldRelease(group_id=book.group.id, idempotency_key=new_id(), hold_id=released),
    )
    other = await funded(world)
    foreign = await hold(other, "50")
    for wanted, reason in ((banked, "HOLD_ELSEWHERE"), (released, "HOLD_ENDED"), (foreign, "HOLD_NOT_FOUND")):
        assert (await book.refused(record_expense, expense(book, "50", hold_id=wanted)))[:2] == (reason, ("holdId",))
        paid = book.wish(RecordWithdrawal, member_id=book.a, amount=Decimal(50), hold_id=wanted)
        assert (await book.refused(record_withdrawal, paid))[:2] == (reason, ("holdId",))
    await book.succeed(record_expense, expense(book, "50", place=Place.BANK, hold_id=banked))


@pytest.mark.parametrize(("service", "wish"), [(record_income, income), (record_expense, expense)])
async def test_a_draft_moves_nothing_until_a_second_officer_posts_it(
    world: World, service: Service[Any], wish: Any
) -> None:
    book = await funded(world)
    command = wish(book, "300", is_draft=True, payee="Juma", receipt="18")
    assert await book.world.succeed(book.group.treasurer, service, command) == command.idempotency_key
    assert (await book.count(), await book.balance("1110")) == (4, 1200)
    kept = await world.superuser.fetchrow(
        "SELECT kind, line_amounts, description, payee, receipt, status, drafted_by FROM app.drafts WHERE id = $1",
        command.idempotency_key,
    )
    assert tuple(kept) == (
        "OTHER_INCOME" if service is record_income else "OTHER_EXPENSE",
        [Decimal(300), Decimal(-300)],
        command.description,
        "Juma",
        "18",
        "OPEN",
        book.group.treasurer.user_id,
    )
    # Its id is taken.
    assert (await book.refused(service, wish(book, "1", id=command.idempotency_key)))[:2] == (
        "ID_ALREADY_USED",
        ("id",),
    )
    assert await both_verifications(world, book.group.id) == []


async def test_a_draft_uses_no_hold(world: World) -> None:
    book = await funded(world)
    aside = await hold(book, "50")
    wish = expense(book, "50", is_draft=True, hold_id=aside)
    assert await book.refused(record_expense, wish) == ("HOLD_NOT_FOR_DRAFT", ("holdId",), {})
