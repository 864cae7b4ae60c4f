"""Payments taken back: the entry is reversed, and those after it settle other things, visibly."""

from __future__ import annotations

import asyncio
from decimal import Decimal

from domain.identifiers import derived_id, new_id
from domain.ledger.periods import PeriodClose, period_close
from domain.ledger.reversing import ReverseEntry, reverse_entry
from domain.lending import LoanRules, Overpayment
from domain.lending.losing import recover_loan, write_off_loan
from domain.lending.repaying import UseAdvance, repay_loan, use_advance
from domain.lending.rescheduling import RescheduleLoan, reschedule_loan
from domain.lending.taking_back import reverse_loan_payment
from tests.ledger.repaying import BRANCH, day, repaying
from tests.support.world import World


async def test_a_payment_taken_back_is_owed_again(world: World) -> None:
    book = await repaying(world)
    paid = await book.pays("130", 42)
    wish = book.reversing(paid)
    taken_back = await book.succeed(reverse_loan_payment, wish)
    entry = await book.entry(taken_back)
    assert (entry["kind"], entry["reverses"], entry["words"]) == (
        "LOAN_REPAID",
        paid,
        ("It was another member.", None, None),
    )
    assert await book.payments() == ["(REPAYMENT 0 0 30 100 0)"]
    assert await book.owed() == [300, 0, 0, 0]
    assert await book.refused(reverse_loan_payment, book.reversing(paid)) == (
        "LOAN_PAYMENT_REVERSED",
        ("paymentId",),
        {},
    )


async def test_payments_after_it_of_which_the_parts_change_are_posted_anew_for_their_own_day(world: World) -> None:
    book = await repaying(world)
    first = await book.pays("100", 42)
    second = await book.pays("130", 14)
    third = await book.pays("10", 13)
    assert await book.payments() == [
        "REPAYMENT 0 0 30 70 0",
        "REPAYMENT 0 0 30 100 0",
        "REPAYMENT 0 0 0 10 0",
    ]
    wish = book.reversing(first)
    await book.succeed(reverse_loan_payment, wish)
    # The second settles the first instalment now, in the same parts; the third the charge of the second.
    assert await book.payments() == [
        "(REPAYMENT 0 0 30 70 0)",
        "REPAYMENT 0 0 30 100 0",
        "(REPAYMENT 0 0 0 10 0)",
        "REPAYMENT 0 0 10 0 0",
    ]
    again = derived_id(wish.idempotency_key, f"again {third}")
    entry = await book.entry(again)
    assert (entry["on"], entry["meeting"], entry["reverses"]) == (day(13), None, None)
    assert entry["lines"] == [("1110", None, Decimal(10), None), ("4110", book.b, Decimal(-10), None)]
    undone = await book.entry(derived_id(wish.idempotency_key, f"reverse {third}"))
    assert (undone["on"], undone["reverses"]) == (day(13), third)
    assert await book.owed() == [200, 0, 0, 0]
    assert await book.balance("4110") == -40

    # What stands anew can be taken back in its turn, and so can the second.
    await book.succeed(reverse_loan_payment, book.reversing(again))
    await book.succeed(reverse_loan_payment, book.reversing(second))
    assert await book.owed() == [300, 0, 0, 0]
    assert await book.balance("4110") == 0


async def test_a_closed_loan_opens_again(world: World) -> None:
    book = await repaying(world)
    await book.pays("380", 20)
    last = await book.pays("10", 10)
    assert (await book.row(book.loan))["status"] == "CLOSED"
    await book.succeed(reverse_loan_payment, book.reversing(last))
    row = await book.row(book.loan)
    assert (row["status"], row["closed_on"]) == ("ACTIVE", None)
    assert (await book.steps(book.loan))[-2:] == [("CLOSURE", "ACTIVE", "CLOSED"), ("REOPENING", "CLOSED", "ACTIVE")]
    await book.pays("10")
    assert (await book.row(book.loan))["status"] == "CLOSED"


async def test_an_advance_that_was_used_cannot_be_taken_from_under(world: World) -> None:
    book = await repaying(world, rules=LoanRules(overpayment=Overpayment.ADVANCE))
    paid = await book.pays("400")
    second = await book.disbursed("100")
    await book.succeed(use_advance, book.wish(UseAdvance, loan_id=second))
    reason, path, details = await book.refused(reverse_loan_payment, book.reversing(paid))
    assert (reason, path, details) == ("MEMBER_BALANCE_TOO_SMALL", ("paymentId",), {"excess": Decimal("10.00")})
    assert await book.payments() == ["REPAYMENT 0 0 90 300 10"]


async def test_only_lending_takes_its_entries_back(world: World) -> None:
    book = await repaying(world)
    paid = await book.pays("130")
    wish = book.wish(ReverseEntry, entry_id=paid, reason="A mistake")
    assert (await book.refused(reverse_entry, wish))[0] == "ENTRY_OF_LOAN"


async def test_a_payment_in_a_closed_period_is_taken_back_later_if_nothing_else_has_to_move(world: World) -> None:
    book = await repaying(world)
    first = await book.pays("100", 42)
    await book.pays("10", 41)
    await book.succeed(period_close, book.wish(PeriodClose, through=day(41)), book.group.chair)
    assert (await book.refused(repay_loan, book.paying("1", 41)))[:2] == ("PERIOD_CLOSED", ("on",))
    # The second would have to settle the charge, in the closed period.
    assert (await book.refused(reverse_loan_payment, book.reversing(first)))[0] == "PERIOD_CLOSED"
    last = await book.pays("5", 1)
    await book.succeed(reverse_loan_payment, book.reversing(last))
    assert await book.owed() == [220, 0, 0, 0]


async def test_two_officers_cannot_both_take_it_back(world: World) -> None:
    book = await repaying(world)
    paid = await book.pays("130")
    outcomes = await asyncio.gather(
        book.world.perform(book.group.treasurer, reverse_loan_payment, book.reversing(paid)),
        book.world.perform(book.group.secretary, reverse_loan_payment, book.reversing(paid)),
    )
    assert [each.error.reason for each in outcomes if each.error is not None] == ["LOAN_PAYMENT_REVERSED"]
    assert await book.owed() == [300, 0, 0, 0]


async def test_what_is_no_payment_of_the_loan_is_not_found(world: World) -> None:
    book = await repaying(world)
    assert (await book.refused(reverse_loan_payment, book.reversing(new_id())))[0] == "LOAN_PAYMENT_NOT_FOUND"
    row = await book.row(book.loan)
    assert (await book.refused(reverse_loan_payment, book.reversing(row["disbursement_id"])))[0] == (
        "LOAN_PAYMENT_NOT_FOUND"
    )
    paid = await book.pays("1", 5)
    early = book.reversing(paid, on=day(6))
    assert await book.refused(reverse_loan_payment, early) == ("LOAN_STEP_TOO_EARLY", ("on",), {"earliest_on": day(5)})
    await book.denied(reverse_loan_payment, book.reversing(paid), book.group.chair)


async def test_a_write_off_is_a_loss_of_principal_and_what_comes_in_is_a_recovery(world: World) -> None:
    book = await repaying(world)
    await book.pays("130", 42)
    wish = book.losing()
    lost = await book.succeed(write_off_loan, wish, book.group.treasurer)
    entry = await book.entry(lost)
    assert entry["lines"] == [("5410", None, Decimal(200), None), ("1320", book.b, Decimal(-200), None)]
    assert entry["words"] == ("She died.", None, None)
    assert await book.owed() == [0, 0, 0, 0]
    assert (await book.row(book.loan))["status"] == "WRITTEN_OFF"
    assert (await book.refused(repay_loan, book.paying("1")))[0] == "LOAN_STEP_NOT_POSSIBLE"

    # 200 of principal and 60 of charges were owed.
    first = await book.succeed(recover_loan, book.recovering("150", receipt="QX12"))
    entry = await book.entry(first)
    assert (entry["words"], entry["lines"]) == (
        ("Loan 1", None, "QX12"),
        [("1110", None, Decimal(150), None), ("4140", book.b, Decimal(-150), None)],
    )
    assert await book.refused(recover_loan, book.recovering("110.01")) == (
        "LOAN_LOST_LESS",
        ("amount",),
        {"lost": Decimal("110.00")},
    )
    assert (await book.refused(reverse_loan_payment, book.reversing(lost)))[0] == "RECOVERED_SINCE"
    await book.succeed(reverse_loan_payment, book.reversing(first))
    await book.succeed(reverse_loan_payment, book.reversing(lost))
    assert await book.owed() == [200, 0, 0, 0]
    assert (await book.balance("5410"), await book.balance("4140")) == (0, 0)
    assert (await book.row(book.loan))["status"] == "ACTIVE"
    assert await book.payments() == ["REPAYMENT 0 0 30 100 0", "(WRITE_OFF 0 0 0 200 0)", "(RECOVERY 0 0 0 0 0)"]
    await book.pays("260")
    assert (await book.row(book.loan))["status"] == "CLOSED"


async def test_nobody_writes_off_her_own_loan_and_secretaries_none(world: World) -> None:
    book = await repaying(world)
    # B is the chair's member.
    assert (await book.refused(write_off_loan, book.losing(), book.group.chair))[0] == "LOAN_IS_YOUR_OWN"
    await book.denied(write_off_loan, book.losing(), book.group.secretary)


async def test_where_income_counts_when_due_the_book_catches_up_with_every_payment(world: World) -> None:
    book = await repaying(world, rules=BRANCH)
    # A day before the first is due: 30 of interest in advance, never owed in the book.
    early = await book.pays("40", 43)
    assert await book.owed() == [290, 0, 0, 0]
    late = await book.pays("200", 10)
    # The second instalment's 30 came to be owed.
    assert await book.payments() == ["REPAYMENT 0 0 30 10 0", "ACCRUAL 0 0 30 0 0", "REPAYMENT 0 0 30 170 0"]
    assert (await book.entry(late))["lines"] == [
        ("1110", None, Decimal(200), None),
        ("1320", book.b, Decimal(-170), None),
        ("1330", book.b, Decimal(-30), None),
    ]
    assert await book.balance("4110") == -60
    wish = book.reversing(early)
    await book.succeed(reverse_loan_payment, wish)
    # Both instalments' interest was due then, and is settled by the other payment; the third's was not.
    assert await book.payments() == [
        "(REPAYMENT 0 0 30 10 0)",
        "ACCRUAL 0 0 30 0 0",
        "(REPAYMENT 0 0 30 170 0)",
        "ACCRUAL 0 0 30 0 0",
        "REPAYMENT 0 0 60 140 0",
    ]
    assert await book.owed() == [160, 0, 0, 0]
    assert await book.balance("4110") == -60


async def test_what_had_come_to_be_owed_is_lost_with_the_loan_where_income_counts_when_due(world: World) -> None:
    book = await repaying(world, rules=BRANCH)
    lost = await book.succeed(write_off_loan, book.losing())
    assert (await book.entry(lost))["lines"] == [
        ("5410", None, Decimal(360), None),
        ("1320", book.b, Decimal(-300), None),
        ("1330", book.b, Decimal(-60), None),
    ]
    assert await book.owed() == [0, 0, 0, 0]
    assert await book.payments() == ["ACCRUAL 0 0 60 0 0", "WRITE_OFF 0 0 60 300 0"]


async def test_a_payment_before_a_rescheduling_stays(world: World) -> None:
    book = await repaying(world)
    paid = await book.pays("130", 42)
    wish = await book.step(RescheduleLoan, book.loan, reason="The harvest failed", on=day(10))
    await book.succeed(reschedule_loan, wish)
    assert await book.refused(reverse_loan_payment, book.reversing(paid)) == (
        "PAYMENT_BEFORE_SCHEDULE",
        ("paymentId",),
        {"rescheduled_on": day(10)},
    )
