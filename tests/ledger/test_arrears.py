"""Arrears and the portfolio at any date: the database, for many loans at once, says what each loan's account says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from domain.lending import InterestMethod, InterestOnPayOff, LoanRules, OverdueInterest
from domain.lending.losing import write_off_loan
from domain.lending.owing import find_owed
from domain.lending.rescheduling import RescheduleLoan, reschedule_loan
from domain.lending.steps import LoanStatus
from domain.lending.taking_back import reverse_loan_payment
from domain.policy import Viewer
from persistence.unit_of_work import Work
from tests.ledger.lending import with_terms
from tests.ledger.repaying import AGO, BRANCH, Repaying, day, repaying
from tests.support.world import Person, World

ARREARS = "SELECT * FROM app.loan_arrears($1, $2)"
PORTFOLIO = "SELECT ageing, loans, outstanding, overdue_principal, overdue_interest FROM app.loan_portfolio($1, $2)"


async def from_database(book: Repaying, days_ago: int) -> tuple[Any, ...] | None:
    """What the database says of the loan at a date; None if it is not owed."""
    row = await book.world.superuser.fetchrow(ARREARS, [book.group.id], day(days_ago))
    if row is None:
        return None
    assert (row["loan_id"], row["member_id"], row["counted_on"]) == (book.loan, book.b, day(days_ago))
    return (
        row["outstanding"],
        row["overdue_principal"],
        row["overdue_interest"],
        row["overdue_since"],
        row["days"],
    )


async def from_account(book: Repaying, days_ago: int) -> tuple[Any, ...] | None:
    """What the account of the loan says."""
    viewer = Viewer(user_id=None, principal=UUID(int=0))
    work = Work(book.world.superuser, book.world.keyring, viewer, datetime.now(UTC))
    group = await work.groups.get(book.group.id)
    owed = await find_owed(work, group, book.loan, *LoanStatus)
    arrears = owed.at(day(days_ago)).arrears
    if arrears.outstanding_principal.amount == 0:
        return None
    return (
        arrears.outstanding_principal.amount,
        arrears.overdue.principal.amount,
        arrears.overdue.interest.amount,
        arrears.overdue_since,
        arrears.days,
    )


async def agrees(book: Repaying, since: int = AGO) -> None:
    """See that the two agree on every day."""
    for days_ago in range(since, -1, -1):
        assert await from_database(book, days_ago) == await from_account(book, days_ago), days_ago
    assert await from_database(book, AGO + 1) is None


async def test_a_loan_is_late_from_the_day_after_an_instalment_was_due_and_not_paid(world: World) -> None:
    book = await repaying(world)
    await book.pays("100", 40)
    assert await from_database(book, AGO) == (300, 0, 0, None, 0)
    assert await from_database(book, 42) == (300, 0, 0, None, 0)
    assert await from_database(book, 41) == (300, 100, 30, day(42), 1)
    assert await from_database(book, 40) == (230, 30, 0, day(42), 2)
    assert await from_database(book, 0) == (230, 130, 30, day(42), 42)
    await agrees(book)


@pytest.mark.parametrize(
    "payments",
    [
        [],
        [("130", 42), ("130", 14)],
        [("130", 45), ("60", 20), ("200", 3)],
        [("20", 30), ("15", 29), ("200", 2)],
        [("260", 60)],
        [("390", 50)],
    ],
)
async def test_whatever_is_paid_the_database_says_what_the_account_says(
    world: World, payments: list[tuple[str, int]]
) -> None:
    book = await repaying(world)
    for amount, days_ago in payments:
        await book.pays(amount, days_ago)
    await agrees(book)


async def test_branches_that_accrue_and_grace_and_free_interest_are_alike(world: World) -> None:
    book = await repaying(world, with_terms(instalments=3, interest_grace=1, principal_grace=1), BRANCH)
    await book.pays("40", 10)
    await agrees(book)


async def test_interest_that_follows_what_is_owed_makes_a_loan_late_on_the_same_days(world: World) -> None:
    """How much of it is principal moves with each day there; the stored schedule stands for it here."""
    rules = LoanRules(overdue_interest=OverdueInterest.ON_BALANCE, interest_on_pay_off=InterestOnPayOff.TO_DATE)
    book = await repaying(world, with_terms(method=InterestMethod.REDUCING_EQUAL_INSTALMENTS), rules)
    await book.pays("130", 20)
    for days_ago in range(AGO, -1, -1):
        told, expected = await from_database(book, days_ago), await from_account(book, days_ago)
        assert told is not None
        assert expected is not None
        assert (told[0], told[3], told[4]) == (expected[0], expected[3], expected[4]), days_ago


async def test_what_was_taken_back_never_counted_whatever_the_day(world: World) -> None:
    book = await repaying(world)
    paid = await book.pays("60", 40)
    await book.pays("70", 30)
    await book.pays("130", 10)
    assert await from_database(book, 0) == (100, 0, 0, None, 0)
    await book.succeed(reverse_loan_payment, book.reversing(paid, on=day(2)))
    # Payments after it settle other things, and do so from their own days on.
    assert await from_database(book, 31) == (300, 100, 30, day(42), 11)
    assert await from_database(book, 29) == (260, 60, 0, day(42), 13)
    await agrees(book)


async def test_what_is_written_off_is_at_risk_no_more_and_what_is_rescheduled_begins_anew(world: World) -> None:
    book = await repaying(world)
    await book.pays("50", 40)
    wish = await book.step(RescheduleLoan, book.loan, reason="The harvest failed", on=day(30))
    await book.succeed(reschedule_loan, wish)
    await agrees_after(book, 30)
    # Before that day it is as it was.
    assert await from_database(book, 31) == (280, 80, 0, day(42), 11)
    await book.succeed(write_off_loan, book.losing(on=day(1)))
    assert await from_database(book, 1) is None
    assert (await from_database(book, 2)) is not None


async def agrees_after(book: Repaying, since: int) -> None:
    for days_ago in range(since, -1, -1):
        assert await from_database(book, days_ago) == await from_account(book, days_ago), days_ago


async def seen(world: World, who: Person, group: UUID, statement: str) -> list[tuple[Any, ...]]:
    async with world.transaction(who) as connection:
        return [tuple(row) for row in await connection.fetch(statement, [group], day(0))]


async def test_the_portfolio_is_told_to_whoever_sees_totals_and_rows_to_whoever_sees_rows(world: World) -> None:
    book = await repaying(world)
    group = book.group
    whole = [(31, 1, Decimal(300), Decimal(200), Decimal(60))]
    for who in (group.treasurer, group.plain, await world.partner(group, "TOTALS"), await world.auditor(group)):
        assert await seen(world, who, group.id, PORTFOLIO) == whole
    stranger = (await world.group()).treasurer
    assert await seen(world, stranger, group.id, PORTFOLIO) == []
    ids = "SELECT loan_id FROM app.loan_arrears($1, $2)"
    assert await seen(world, group.treasurer, group.id, ids) == [(book.loan,)]
    # The chair is the borrower, and the plain member sees totals alone.
    for who in (group.plain, await world.partner(group, "TOTALS"), stranger):
        assert await seen(world, who, group.id, ids) == []


async def test_each_loan_is_in_the_class_of_the_days_that_it_is_late(world: World) -> None:
    book = await repaying(world)
    for days_ago, ageing in ((42, 0), (41, 1), (12, 1), (11, 31), (0, 31)):
        rows = await world.superuser.fetch(
            "SELECT CASE WHEN days = 0 THEN 0 WHEN days <= 30 THEN 1 WHEN days <= 60 THEN 31 ELSE 61 END AS ageing"
            " FROM app.loan_arrears($1, $2)",
            [book.group.id],
            day(days_ago),
        )
        async with world.transaction(book.group.treasurer) as connection:
            told = await connection.fetch(PORTFOLIO, [book.group.id], day(days_ago))
        assert [row["ageing"] for row in rows] == [row["ageing"] for row in told] == [ageing], days_ago
    async with world.transaction(book.group.treasurer) as connection:
        later = await connection.fetch(PORTFOLIO, [book.group.id], day(0) + timedelta(days=20))
        latest = await connection.fetch(PORTFOLIO, [book.group.id], day(0) + timedelta(days=50))
    assert [tuple(row) for row in (*later, *latest)] == [(61, 1, 300, 300, 90), (91, 1, 300, 300, 90)]
