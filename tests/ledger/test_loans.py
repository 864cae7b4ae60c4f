"""The life of a loan from the application to the day on which it is paid out."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from domain.lending.applying import ApplyForLoan, WithdrawLoan, apply_for_loan, withdraw_loan
from domain.lending.deciding import (
    AppraiseLoan,
    ApproveLoan,
    appraise_loan,
    approve_loan,
)
from domain.lending.disbursing import DisburseLoan, disburse_loan
from tests.ledger.lending import lending
from tests.ledger.moving import today
from tests.support.world import World


async def test_a_loan_is_applied_for_appraised_granted_and_paid_out(world: World) -> None:
    book = await lending(world)
    group = book.group
    loan = await book.applied(description="Maize to sell", guarantor_ids=(group.members[2],))
    await book.succeed(
        appraise_loan,
        await book.step(AppraiseLoan, loan, recommended=Decimal(250), findings="She sells at two markets"),
    )
    await book.succeed(approve_loan, await book.step(ApproveLoan, loan, amount=Decimal(280)))
    wish = await book.step(
        DisburseLoan, loan, amount=Decimal(240), meeting_id=book.meeting, memo="For maize", receipt="7"
    )
    await book.succeed(disburse_loan, wish)
    row = await book.row(loan)
    assert {name: row[name] for name in ("number", "status", "applied", "recommended", "approved", "disbursed")} == {
        "number": 1,
        "status": "ACTIVE",
        "applied": 300,
        "recommended": 250,
        "approved": 280,
        "disbursed": 240,
    }
    assert (row["approved_until"], row["disbursed_on"]) == (today() + timedelta(days=30), today())
    assert await book.steps(loan) == [
        ("APPLICATION", None, "APPLIED"),
        ("APPRAISAL", "APPLIED", "APPRAISED"),
        ("APPROVAL", "APPRAISED", "APPROVED"),
        ("DISBURSEMENT", "APPROVED", "ACTIVE"),
    ]
    assert await book.entry(row["disbursement_id"]) == {
        "kind": "LOAN_DISBURSED",
        "on": today(),
        "meeting": book.meeting,
        "member": book.b,
        "reverses": None,
        "actor": group.treasurer.user_id,
        "words": ("For maize", None, "7"),
        "lines": [("1320", book.b, Decimal(240), None), ("1110", None, Decimal(-240), None)],
    }
    due = await world.superuser.fetch(
        "SELECT number, due_on, principal, interest, charges FROM app.loan_instalments WHERE loan_id = $1 ORDER BY number",
        loan,
    )
    assert [tuple(each) for each in due] == [
        (number, today() + timedelta(days=28 * number), 80, 24, 0) for number in (1, 2, 3)
    ]
    words = await world.superuser.fetch("SELECT step, words FROM app.loan_words WHERE loan_id = $1 ORDER BY step", loan)
    assert [tuple(each) for each in words] == [(1, "Maize to sell"), (2, "She sells at two markets")]
    assert await book.balance("1320", book.b) == 240


async def test_a_member_applies_for_herself_and_for_nobody_else(world: World) -> None:
    book = await lending(world)
    plain = book.group.plain
    own = book.group.members[3]
    await book.applied()
    loan = await book.applied("100", plain, member_id=own, id=None)
    assert (await book.row(loan))["number"] == 2
    await book.denied(apply_for_loan, book.applying())
    withdrawing = await book.step(WithdrawLoan, loan, reason="My brother lent it to me")
    await book.succeed(withdraw_loan, withdrawing, plain)
    assert await book.steps(loan) == [("APPLICATION", None, "APPLIED"), ("WITHDRAWAL", "APPLIED", "WITHDRAWN")]
    assert ApplyForLoan is not None
