"""Rows of loans that the services would never write, written by the treasurer with SQL of her own; all are refused."""

from __future__ import annotations

from typing import Any

import pytest

from domain.identifiers import new_id
from domain.lending.losing import recover_loan, write_off_loan
from domain.lending.taking_back import reverse_loan_payment
from tests.ledger.repaying import Repaying, day, repaying
from tests.ledger.test_forgeries import refusal
from tests.support.world import Person, World

PAY = """
INSERT INTO app.loan_payments (
    tenant_id, id, loan_id, sequence, member_id, kind, effective_on, amount, penalties, fees, interest, principal,
    advance, recorded_by
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, 0, $9, $10, 0, $11)
"""
STEP = """
INSERT INTO app.loan_steps (
    tenant_id, loan_id, number, member_id, kind, became, counts_on, amount, entry_id, recorded_by
) VALUES ($1, $2, 0, $3, $4, '', $5, $6, $7, $8)
"""
CHARGE = """
INSERT INTO app.loan_charges (
    tenant_id, id, loan_id, member_id, sequence, kind, counts_on, due_on, amount, waives_id, recorded_by
) VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $8, $9, $10)
"""

INVALID, CHECKED, DENIED = "KB422", "23514", "42501"


async def attempt(book: Repaying, statement: str, *values: Any, who: Person | None = None) -> str:
    """Why it is refused."""
    told = await refusal(book.world, book.group, who or book.group.treasurer, (statement, book.group.id, *values))
    return str(told[0])


def payment(book: Repaying, entry: Any, **fields: Any) -> tuple[Any, ...]:
    """A payment row; by default as the entry of a repayment of 100 says."""
    given = {
        "sequence": 9,
        "member": book.b,
        "kind": "REPAYMENT",
        "on": day(40),
        "amount": 100,
        "interest": 30,
        "principal": 70,
        **fields,
    }
    return (entry, book.loan, *given.values(), book.group.treasurer.user_id)


@pytest.mark.parametrize(
    "fields",
    [
        {"interest": 29, "principal": 71},
        {"amount": 99, "principal": 69},
        {"on": day(39)},
        {"kind": "ADVANCE_USED"},
        {"kind": "RECOVERY"},
        {"kind": "ACCRUAL"},
        {"principal": 60},
    ],
)
async def test_a_payment_says_what_its_entry_says(world: World, fields: dict[str, Any]) -> None:
    book = await repaying(world)
    paid = await book.pays("100", 40)
    await book.world.superuser.execute("ALTER TABLE app.loan_payments DISABLE TRIGGER ALL")
    await book.world.superuser.execute("DELETE FROM app.loan_payments WHERE id = $1", paid)
    await book.world.superuser.execute("ALTER TABLE app.loan_payments ENABLE TRIGGER ALL")
    await book.world.superuser.execute("ALTER TABLE app.loan_payments ENABLE ALWAYS TRIGGER loan_payments_immutable")
    assert await attempt(book, PAY, *payment(book, paid, **fields)) == CHECKED


async def test_a_payment_is_of_an_entry_of_the_borrower_and_stays(world: World) -> None:
    book = await repaying(world)
    paid = await book.pays("100", 40)
    assert await attempt(book, PAY, *payment(book, new_id())) in (CHECKED, "23503")
    assert await attempt(book, PAY, *payment(book, book.entries[0])) == CHECKED
    assert await attempt(book, PAY, *payment(book, paid)) == "23505"
    plain = await attempt(book, PAY, *payment(book, paid), who=book.group.plain)
    assert plain == DENIED
    update = "UPDATE app.loan_payments SET principal = 0 WHERE tenant_id = $1 AND id = $2"
    assert await attempt(book, update, paid) == DENIED
    assert await attempt(book, "DELETE FROM app.loan_payments WHERE tenant_id = $1 AND id = $2", paid) == DENIED


def step(book: Repaying, kind: str, amount: int | None = None, entry: Any = None) -> tuple[Any, ...]:
    return (book.loan, book.b, kind, day(0), amount, entry, book.group.treasurer.user_id)


async def test_no_step_says_what_the_book_does_not(world: World) -> None:
    book = await repaying(world)
    paid = await book.pays("130", 40)
    assert await attempt(book, STEP, *step(book, "CLOSURE")) == INVALID
    assert await attempt(book, STEP, *step(book, "DEFAULT")) == INVALID
    assert await attempt(book, STEP, *step(book, "RESCHEDULING", 300)) == INVALID
    assert await attempt(book, STEP, *step(book, "WRITE_OFF", 200)) == INVALID
    assert await attempt(book, STEP, *step(book, "WRITE_OFF", 130, paid)) == INVALID
    assert await attempt(book, STEP, *step(book, "RECOVERY", 130, paid)) == INVALID
    lost = await book.succeed(write_off_loan, book.losing())
    assert await attempt(book, STEP, *step(book, "WRITE_OFF_REVERSAL")) == INVALID
    assert await attempt(book, STEP, *step(book, "RECOVERY", 200, lost)) == INVALID
    recovered = await book.succeed(recover_loan, book.recovering("50"))
    assert await attempt(book, STEP, *step(book, "RECOVERY", 51, recovered)) == INVALID
    await book.succeed(reverse_loan_payment, book.reversing(recovered))
    await book.succeed(reverse_loan_payment, book.reversing(lost))
    assert (await book.row(book.loan))["status"] == "ACTIVE"


async def test_charges_are_of_loans_that_are_owed_and_waivers_of_charges(world: World) -> None:
    book = await repaying(world)
    who = book.group.treasurer.user_id
    charge = (new_id(), book.loan, book.b, 1, "PENALTY", day(0), 5, None, who)
    assert await attempt(book, CHARGE, *charge[:2], book.a, *charge[3:]) == INVALID
    waiver = (new_id(), book.loan, book.b, 2, "WAIVER", day(0), 5, None, who)
    assert await attempt(book, CHARGE, *waiver) in (CHECKED, INVALID)
    assert await attempt(book, CHARGE, *waiver[:7], new_id(), who) in (INVALID, "23503")
    assert await attempt(book, CHARGE, *charge, who=book.group.plain) == DENIED
    await book.pays("390")
    assert await attempt(book, CHARGE, *charge) == INVALID
