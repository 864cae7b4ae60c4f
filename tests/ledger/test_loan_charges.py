"""Fees and penalties beside the schedule, what borrowers are let off, and loans that are rescheduled."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from domain.identifiers import new_id
from domain.lending import AllocationOrder, Component, LoanRules
from domain.lending.charging import ChargeLoan, LoanChargeKind, WaiveCharge, charge_loan, waive_charge
from domain.lending.rescheduling import RescheduleLoan, reschedule_loan
from domain.policy import AccessDenied
from domain.service import Command, Service
from tests.ledger.book import digest
from tests.ledger.lending import with_terms
from tests.ledger.repaying import BRANCH, Repaying, day, repaying
from tests.support.world import World

FEE, PENALTY = LoanChargeKind


def charging(book: Repaying, kind: LoanChargeKind, amount: str, days_ago: int = 0, **fields: Any) -> ChargeLoan:
    given = {"loan_id": book.loan, "kind": kind, "amount": Decimal(amount), "on": day(days_ago), **fields}
    wish: ChargeLoan = book.wish(ChargeLoan, **given)
    return wish


async def denied(book: Repaying, service: Service[Any], command: Command) -> None:
    """See that whoever does not lend is not let through, and that nothing is left behind."""
    for who in (book.group.plain, await book.world.auditor(book.group), await book.world.partner(book.group, "NAMES")):
        before = await digest(book.world.superuser)
        with pytest.raises(AccessDenied):
            await book.world.perform(who, service, command)
        assert await digest(book.world.superuser) == before


async def charges(book: Repaying) -> list[tuple[Any, ...]]:
    rows = await book.world.superuser.fetch(
        "SELECT kind, amount, counts_on, due_on, instalment FROM app.loan_charges WHERE loan_id = $1 ORDER BY sequence",
        book.loan,
    )
    return [tuple(row) for row in rows]


async def test_penalties_and_fees_are_settled_first_and_are_income_when_paid(world: World) -> None:
    book = await repaying(world)
    entries = await book.count()
    await book.succeed(charge_loan, charging(book, PENALTY, "5", 41, instalment=1), book.group.chair)
    await book.succeed(charge_loan, charging(book, FEE, "3", 41, due_on=day(30)))
    assert await book.count() == entries
    assert await charges(book) == [
        ("PENALTY", 5, day(41), day(41), 1),
        ("FEE", 3, day(41), day(30), None),
    ]
    # The fee belongs to the second instalment, in whose time it is due.
    paid = await book.pays("40", 30)
    assert await book.payments() == ["REPAYMENT 5 0 30 5 0"]
    assert (await book.entry(paid))["lines"] == [
        ("1110", None, Decimal(40), None),
        ("1320", book.b, Decimal(-5), None),
        ("4110", book.b, Decimal(-30), None),
        ("4130", book.b, Decimal(-5), None),
    ]
    await book.pays("98", 30)
    assert (await book.payments())[1] == "REPAYMENT 0 3 0 95 0"


async def test_what_is_waived_is_not_owed(world: World) -> None:
    book = await repaying(world)
    penalty = await book.succeed(charge_loan, charging(book, PENALTY, "5", 41, instalment=1))
    await book.pays("2", 41)
    part = book.wish(WaiveCharge, loan_id=book.loan, charge_id=penalty, amount=Decimal(1))
    await book.succeed(waive_charge, part, book.group.secretary)
    much = replace(part, amount=Decimal("2.01"), idempotency_key=new_id())
    assert await book.refused(waive_charge, much) == ("CHARGE_OWES_LESS", ("amount",), {"owed": Decimal("2.00")})
    await book.succeed(waive_charge, replace(part, amount=None, idempotency_key=new_id()))
    again = replace(part, amount=None, idempotency_key=new_id())
    assert await book.refused(waive_charge, again) == ("CHARGE_OWES_LESS", ("amount",), {"owed": Decimal("0.00")})
    unknown = replace(again, charge_id=new_id(), idempotency_key=new_id())
    assert (await book.refused(waive_charge, unknown))[0] == "CHARGE_NOT_FOUND"
    # B is the chair's member.
    own = replace(again, idempotency_key=new_id())
    assert (await book.refused(waive_charge, own, book.group.chair))[0] == "LOAN_IS_YOUR_OWN"
    await book.pays("390")
    assert (await book.row(book.loan))["status"] == "CLOSED"


async def test_the_last_penalty_waived_closes_the_loan(world: World) -> None:
    last = AllocationOrder(due=(Component.FEE, Component.INTEREST, Component.PRINCIPAL, Component.PENALTY))
    book = await repaying(world, rules=LoanRules(allocation=last))
    penalty = await book.succeed(charge_loan, charging(book, PENALTY, "5", 20, due_on=day(-30)))
    await book.pays("390", 10)
    assert (await book.row(book.loan))["status"] == "ACTIVE"
    await book.succeed(waive_charge, book.wish(WaiveCharge, loan_id=book.loan, charge_id=penalty))
    assert (await book.row(book.loan))["status"] == "CLOSED"


async def test_a_charge_is_of_a_loan_that_is_owed_and_has_an_id_of_its_own(world: World) -> None:
    book = await repaying(world)
    assert (await book.refused(charge_loan, charging(book, FEE, "1", due_on=day(71))))[0] == "CHARGE_BEFORE_LOAN"
    assert (await book.refused(charge_loan, charging(book, FEE, "0")))[1] == ("amount",)
    charge = await book.succeed(charge_loan, charging(book, FEE, "1"))
    assert (await book.refused(charge_loan, charging(book, FEE, "1", id=charge)))[:2] == ("ID_ALREADY_USED", ("id",))
    await book.pays("391")
    assert (await book.refused(charge_loan, charging(book, FEE, "1")))[0] == "LOAN_STEP_NOT_POSSIBLE"
    await denied(book, charge_loan, charging(book, FEE, "1"))


async def test_where_income_counts_when_due_a_charge_is_posted_and_a_waiver_is_a_loss(world: World) -> None:
    book = await repaying(world, rules=BRANCH)
    penalty = await book.succeed(charge_loan, charging(book, PENALTY, "5", 41, instalment=1))
    assert await book.payments() == ["ACCRUAL 5 0 30 0 0"]
    assert await book.owed() == [300, 30, 5, 0]
    wish = book.wish(WaiveCharge, loan_id=book.loan, charge_id=penalty, amount=Decimal(2), on=day(40))
    await book.denied(waive_charge, wish, book.group.secretary)
    await book.succeed(waive_charge, wish)
    assert await book.owed() == [300, 30, 3, 0]
    assert await book.balance("5410") == 2
    await book.pays("33", 40)
    assert await book.owed() == [300, 0, 0, 0]
    assert (await book.payments())[-1] == "REPAYMENT 3 0 30 0 0"


async def test_what_is_left_is_repaid_by_a_new_schedule(world: World) -> None:
    book = await repaying(world)
    await book.pays("130", 42)
    stale = book.wish(RescheduleLoan, loan_id=book.loan, expected_version=1, reason="The harvest failed")
    assert (await book.refused(reschedule_loan, stale))[0] == "VERSION_STALE"
    fewer = with_terms(instalments=2)
    wish = await book.step(RescheduleLoan, book.loan, reason="The harvest failed", terms=fewer, on=day(10))
    await book.succeed(reschedule_loan, wish)
    rows = await book.world.superuser.fetch(
        "SELECT s.number, s.reason, s.starts_on, s.principal, s.brought_interest, i.due_on, i.principal AS part,"
        " i.interest FROM app.loan_schedules s JOIN app.loan_instalments i ON i.loan_id = s.loan_id"
        " AND i.schedule = s.number WHERE s.loan_id = $1 AND s.number = 2 ORDER BY i.number",
        book.loan,
    )
    # The whole service charge was agreed, so that 60 are owed beside the principal of 200.
    assert [tuple(row) for row in rows] == [
        (2, "RESCHEDULING", day(10), 200, 60, day(-18), 100, 20),
        (2, "RESCHEDULING", day(10), 200, 60, day(-46), 100, 20),
    ]
    assert (await book.steps(book.loan))[-1] == ("RESCHEDULING", "ACTIVE", "ACTIVE")
    await book.pays("80", 0)
    # The charge brought forward first, then the first new instalment in its order.
    assert (await book.payments())[-1] == "REPAYMENT 0 0 80 0 0"
    await book.pays("220", 0)
    assert (await book.row(book.loan))["status"] == "CLOSED"
    assert await book.owed() == [0, 0, 0, 0]


async def test_what_is_brought_forward_comes_to_be_owed_in_the_book_where_income_counts_when_due(world: World) -> None:
    book = await repaying(world, rules=BRANCH)
    await book.succeed(reschedule_loan, await book.step(RescheduleLoan, book.loan, reason="Ill", on=day(30)))
    assert await book.payments() == ["ACCRUAL 0 0 90 0 0"]
    assert await book.owed() == [300, 90, 0, 0]
    await book.pays("100", 29)
    assert await book.payments() == ["ACCRUAL 0 0 90 0 0", "REPAYMENT 0 0 100 0 0"]
    assert await book.owed() == [300, 0, 0, 0]


async def test_new_terms_keep_to_the_rules_of_the_loan(world: World) -> None:
    book = await repaying(world)
    late = await book.step(RescheduleLoan, book.loan, reason="Ill", first_due_on=day(1), on=day(0))
    assert (await book.refused(reschedule_loan, late))[0] == "DUE_DATES_NOT_IN_ORDER"
    await denied(book, reschedule_loan, await book.step(RescheduleLoan, book.loan, reason="Ill"))
