"""Tampering with loans beside the book: both verifications say that a member owes something else than is left."""

from __future__ import annotations

import pytest

from domain.ledger.accounts import Fund
from domain.lending.taking_back import reverse_loan_payment
from persistence.viewer import enter
from tests.ledger.book import both_verifications, tampering, verified_twice
from tests.ledger.repaying import Repaying, repaying
from tests.permissions.facts import undone
from tests.support.world import World

FOUND_OF_LOANS = "LOAN_PRINCIPAL"

LOAN, PAID, A, LENT = "$2::uuid", "$3::uuid", "$4::uuid", "$5::uuid"
PAYMENT = f"WHERE tenant_id = $1 AND id = {PAID}"

TAMPERINGS = {
    "how much of a payment was principal": (
        f"UPDATE app.loan_payments SET principal = principal - 1, interest = interest + 1 {PAYMENT}"
    ),
    "whose payment it is": f"UPDATE app.loan_payments SET member_id = {A} {PAYMENT}",
    "a payment gone": f"DELETE FROM app.loan_payments {PAYMENT}",
    "a payment more": (
        "INSERT INTO app.loan_payments SELECT (jsonb_populate_record(p, jsonb_build_object("
        f"'id', {LENT}, 'sequence', 99))).* FROM app.loan_payments p {PAYMENT}"
    ),
    "how much was paid out": (f"UPDATE app.loans SET disbursed = disbursed - 1 WHERE tenant_id = $1 AND id = {LOAN}"),
    "who borrowed": f"UPDATE app.loans SET member_id = {A} WHERE tenant_id = $1 AND id = {LOAN}",
    "what it was lent from": (
        "UPDATE app.loans SET fund = CASE fund WHEN 'LOAN_FUND' THEN 'SOCIAL_FUND' ELSE 'LOAN_FUND' END"
        f" WHERE tenant_id = $1 AND id = {LOAN}"
    ),
    "a loan that was never paid out": (
        "UPDATE app.loans SET status = 'APPROVED', disbursed = NULL, disbursed_on = NULL, disbursement_id = NULL"
        f" WHERE tenant_id = $1 AND id = {LOAN}"
    ),
}
PARAMETERS = f"{LOAN}, {PAID}, {A}, {LENT}"


async def repaid(world: World, fund: Fund) -> tuple[Repaying, list[object]]:
    """A loan of which something was paid, and something more that was taken back."""
    book = await repaying(world, fund=fund, amount="60")
    paid = await book.pays("20", 3)
    other = await book.pays("10", 2)
    await book.succeed(reverse_loan_payment, book.reversing(other))
    lent = (await book.row(book.loan))["disbursement_id"]
    return book, [book.group.id, book.loan, paid, book.a, lent]


@pytest.mark.parametrize("fund", Fund)
async def test_whoever_changes_a_loan_beside_the_book_is_found(world: World, fund: Fund) -> None:
    book, arguments = await repaid(world, fund)
    assert await both_verifications(world, book.group.id) == []
    code = "1320" if fund is Fund.LOAN_FUND else "1325"
    assert await book.balance(code, book.b) == 46
    last = await world.superuser.fetchval(
        "SELECT max(entry_number) FROM ledger.lines WHERE tenant_id = $1 AND account_id = $2 AND member_id = $3",
        book.group.id,
        book.group.account(code),
        book.b,
    )
    for words, statement in TAMPERINGS.items():
        async with undone(world.superuser):
            async with tampering(world.superuser) as connection:
                await connection.execute(f"WITH given AS (SELECT {PARAMETERS}) {statement}", *arguments)
            await world.superuser.execute("SET LOCAL ROLE kibubu_worker")
            await enter(world.superuser, world.worker, None)
            assert await verified_twice(world.superuser, book.group.id) == [(FOUND_OF_LOANS, last)], words
    assert await both_verifications(world, book.group.id) == []
