"""Repayments: any amount at any time, in the order of the rules; what is too much is refused or held."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from decimal import Decimal

import pytest

from domain.identifiers import new_id
from domain.ledger.accounts import Fund, Place
from domain.lending import LoanRules, Overpayment
from domain.lending.applying import apply_for_loan
from domain.lending.repaying import ReturnAdvance, UseAdvance, repay_loan, return_advance, use_advance
from tests.ledger.repaying import day, repaying
from tests.support.world import World

HELD = LoanRules(overpayment=Overpayment.ADVANCE)


async def test_a_part_settles_the_service_charge_first_and_then_principal(world: World) -> None:
    book = await repaying(world)
    paid = await book.pays("100", 40, memo="Paid at the box", receipt="SLP-7")
    assert await book.entry(paid) == {
        "kind": "LOAN_REPAID",
        "on": day(40),
        "meeting": None,
        "member": book.b,
        "reverses": None,
        "actor": book.group.treasurer.user_id,
        "words": ("Paid at the box", None, "SLP-7"),
        "lines": [
            ("1110", None, Decimal(100), None),
            ("1320", book.b, Decimal(-70), None),
            ("4110", book.b, Decimal(-30), None),
        ],
    }
    assert await book.payments() == ["REPAYMENT 0 0 30 70 0"]
    assert await book.owed() == [230, 0, 0, 0]
    assert (await book.row(book.loan))["status"] == "ACTIVE"


async def test_the_last_coin_closes_the_loan(world: World) -> None:
    book = await repaying(world)
    await book.pays("260", 14, place=Place.MOBILE_MONEY)
    in_meeting = await book.pays("129.99", 0, on=None, meeting_id=book.meeting)
    assert (await book.entry(in_meeting))["meeting"] == book.meeting
    assert (await book.row(book.loan))["status"] == "ACTIVE"
    await book.pays("0.01")
    assert await book.payments() == ["REPAYMENT 0 0 60 200 0", "REPAYMENT 0 0 30 99.99 0", "REPAYMENT 0 0 0 0.01 0"]
    assert await book.owed() == [0, 0, 0, 0]
    row = await book.row(book.loan)
    assert (row["status"], row["closed_on"]) == ("CLOSED", day(0))
    assert (await book.steps(book.loan))[-1] == ("CLOSURE", "ACTIVE", "CLOSED")
    assert await book.refused(repay_loan, book.paying("1")) == (
        "LOAN_STEP_NOT_POSSIBLE",
        ("loanId",),
        {"loan_status": "CLOSED"},
    )


async def test_more_than_settles_is_refused_with_the_figure(world: World) -> None:
    book = await repaying(world)
    await book.pays("50", 14)
    assert await book.refused(repay_loan, book.paying("340.01")) == (
        "LOAN_OWES_LESS",
        ("amount",),
        {"pay_off": Decimal("340.00")},
    )
    assert await book.payments() == ["REPAYMENT 0 0 30 20 0"]


async def test_more_than_settles_is_held_where_the_rules_say_so_and_used_or_given_back(world: World) -> None:
    book = await repaying(world, rules=HELD)
    await book.pays("420")
    assert await book.payments() == ["REPAYMENT 0 0 90 300 30"]
    assert await book.owed() == [0, 0, 0, 30]
    assert (await book.row(book.loan))["status"] == "CLOSED"

    second = replace(book, loan=await book.disbursed("100"))
    too_much = second.wish(UseAdvance, loan_id=second.loan, amount=Decimal(31))
    assert await second.refused(use_advance, too_much) == ("NO_ADVANCE", ("amount",), {"held": Decimal("30.00")})
    used = await second.succeed(use_advance, second.wish(UseAdvance, loan_id=second.loan, amount=Decimal(20)))
    # Nothing is due yet, so that the first instalment is settled in its order: 10 of the charge, then principal.
    assert (await second.entry(used))["lines"] == [
        ("2110", book.b, Decimal(20), None),
        ("1320", book.b, Decimal(-10), None),
        ("4110", book.b, Decimal(-10), None),
    ]
    assert await second.owed() == [90, 0, 0, 10]
    wish = second.wish(ReturnAdvance, loan_id=second.loan, amount=Decimal(10), place=Place.BOX)
    more = replace(wish, amount=Decimal("10.01"), idempotency_key=new_id())
    assert (await second.refused(return_advance, more))[0] == "NO_ADVANCE"
    returned = await second.succeed(return_advance, wish)
    assert (await second.entry(returned))["lines"] == [
        ("2110", book.b, Decimal(10), None),
        ("1110", None, Decimal(-10), None),
    ]
    assert await second.owed() == [90, 0, 0, 0]
    assert await second.payments() == ["ADVANCE_USED 0 0 10 10 0", "ADVANCE_RETURNED 0 0 0 0 0"]


async def test_nothing_is_held_of_a_loan_of_the_social_fund(world: World) -> None:
    book = await repaying(world, fund=Fund.SOCIAL_FUND, amount="60")
    paid = await book.pays("20")
    assert (await book.entry(paid))["lines"] == [
        ("1210", None, Decimal(20), None),
        ("1325", book.b, Decimal(-14), None),
        ("3200", book.b, Decimal(-6), None),
    ]
    assert (await book.refused(repay_loan, book.paying("58.01")))[0] == "LOAN_OWES_LESS"
    await book.pays("58")
    assert (await book.balance("1325", book.b), (await book.row(book.loan))["status"]) == (0, "CLOSED")


async def test_no_repayment_before_the_loan_is_paid_out_or_before_what_was_done_last(world: World) -> None:
    book = await repaying(world, is_refusing_late_borrowers=False)
    asked = await book.succeed(apply_for_loan, book.applying("10"))
    assert await book.refused(repay_loan, book.paying("1", loan_id=asked)) == (
        "LOAN_STEP_NOT_POSSIBLE",
        ("loanId",),
        {"loan_status": "APPLIED"},
    )
    assert await book.refused(repay_loan, book.paying("1", 71)) == (
        "LOAN_STEP_TOO_EARLY",
        ("on",),
        {"earliest_on": day(70)},
    )
    await book.pays("10", 20)
    assert await book.refused(repay_loan, book.paying("1", 21)) == (
        "LOAN_STEP_TOO_EARLY",
        ("on",),
        {"earliest_on": day(20)},
    )
    assert (await book.refused(repay_loan, book.paying("1", -1)))[0] == "DATE_IN_FUTURE"
    assert (await book.refused(repay_loan, book.paying("1", loan_id=new_id())))[0] == "LOAN_NOT_FOUND"
    for amount in ("0", "-1", "0.001"):
        assert (await book.refused(repay_loan, book.paying(amount)))[1] == ("amount",)


async def test_a_repeat_is_recorded_once(world: World) -> None:
    book = await repaying(world)
    wish = book.paying("130")
    first = await book.world.perform(book.group.treasurer, repay_loan, wish)
    again = await book.world.perform(book.group.treasurer, repay_loan, wish)
    assert (first.id, first.is_replay, again.id, again.is_replay) == (wish.idempotency_key, False, first.id, True)
    assert await book.payments() == ["REPAYMENT 0 0 30 100 0"]


async def test_two_phones_repay_at_once_and_each_settles_what_the_other_left(world: World) -> None:
    book = await repaying(world)
    wishes = [book.paying("200"), book.paying("190")]
    outcomes = await asyncio.gather(
        book.world.perform(book.group.treasurer, repay_loan, wishes[0]),
        book.world.perform(book.group.secretary, repay_loan, wishes[1]),
    )
    assert [outcome.error for outcome in outcomes] == [None, None]
    assert sorted(await book.payments()) in (
        ["REPAYMENT 0 0 30 160 0", "REPAYMENT 0 0 60 140 0"],
        ["REPAYMENT 0 0 30 170 0", "REPAYMENT 0 0 60 130 0"],
    )
    assert await book.owed() == [0, 0, 0, 0]
    assert (await book.row(book.loan))["status"] == "CLOSED"


async def test_two_phones_cannot_both_pay_the_last_coin(world: World) -> None:
    book = await repaying(world)
    outcomes = await asyncio.gather(
        book.world.perform(book.group.treasurer, repay_loan, book.paying("390")),
        book.world.perform(book.group.secretary, repay_loan, book.paying("390")),
    )
    refused = [outcome.error.reason for outcome in outcomes if outcome.error is not None]
    assert refused == ["LOAN_STEP_NOT_POSSIBLE"]
    assert await book.payments() == ["REPAYMENT 0 0 90 300 0"]


async def test_officers_who_record_take_repayments_and_nobody_else(world: World) -> None:
    book = await repaying(world)
    await book.denied(repay_loan, book.paying("1"), book.group.chair)


@pytest.mark.parametrize("amount", ["389.99", "390"])
async def test_who_pays_all_before_it_is_due_owes_the_service_charge_whole(world: World, amount: str) -> None:
    book = await repaying(world)
    await book.pays(amount, 70)
    assert (await book.row(book.loan))["status"] == ("CLOSED" if amount == "390" else "ACTIVE")
