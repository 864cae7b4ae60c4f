"""What the tests of repayments share: a loan that was paid out a while ago, and wishes about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from domain.lending import LoanRules, LoanTerms, Overpayment, PenaltyBasis, PenaltyRule, RecognisedOn
from domain.lending.applying import apply_for_loan
from domain.lending.deciding import ApproveLoan, approve_loan
from domain.lending.disbursing import DisburseLoan, disburse_loan
from domain.lending.losing import RecoverLoan, WriteOffLoan
from domain.lending.repaying import RepayLoan, repay_loan
from domain.lending.taking_back import ReverseLoanPayment
from tests.ledger.lending import VSLA, Lending, lending
from tests.ledger.moving import today
from tests.support.world import Person, World

AGO = 70
"""How many days ago the loan was paid out: its instalments fell due 42 and 14 days ago, and one is due in 14."""


@dataclass(frozen=True, slots=True)
class Repaying(Lending):
    """A funded group that lent B 300.00 in three instalments of 100.00 and 30.00, 70 days ago."""

    loan: UUID

    def paying(self, amount: str, days_ago: int = 0, **fields: Any) -> RepayLoan:
        """The wish to record that B repaid so much."""
        given = {"loan_id": self.loan, "amount": Decimal(amount), "on": day(days_ago), **fields}
        wish: RepayLoan = self.wish(RepayLoan, **given)
        return wish

    async def pays(self, amount: str, days_ago: int = 0, **fields: Any) -> UUID:
        """B repaid so much."""
        return await self.succeed(repay_loan, self.paying(amount, days_ago, **fields))

    def reversing(self, payment: UUID, **fields: Any) -> ReverseLoanPayment:
        """The wish to take a payment back."""
        given = {"loan_id": self.loan, "payment_id": payment, "reason": "It was another member.", **fields}
        wish: ReverseLoanPayment = self.wish(ReverseLoanPayment, **given)
        return wish

    def losing(self, **fields: Any) -> WriteOffLoan:
        """The wish to write the loan off."""
        wish: WriteOffLoan = self.wish(WriteOffLoan, **{"loan_id": self.loan, "reason": "She died.", **fields})
        return wish

    def recovering(self, amount: str, **fields: Any) -> RecoverLoan:
        """The wish to record that something came in after all."""
        given = {"loan_id": self.loan, "amount": Decimal(amount), **fields}
        wish: RecoverLoan = self.wish(RecoverLoan, **given)
        return wish

    async def payments(self) -> list[str]:
        """What settled the loan, as `kind penalties fees interest principal advance`, those taken back in brackets."""
        rows = await self.world.superuser.fetch(
            "SELECT p.kind, p.penalties, p.fees, p.interest, p.principal, p.advance, EXISTS ("
            " SELECT FROM ledger.entries r WHERE r.tenant_id = p.tenant_id AND r.reverses_id = p.id) AS is_reversed"
            " FROM app.loan_payments p WHERE p.tenant_id = $1 AND p.loan_id = $2 ORDER BY p.sequence",
            self.group.id,
            self.loan,
        )
        found = [f"{row[0]} {' '.join(str(each.normalize() + 0) for each in list(row)[1:6])}" for row in rows]
        return [f"({text})" if row["is_reversed"] else text for text, row in zip(found, rows, strict=True)]

    async def owed(self) -> list[Decimal]:
        """What the book says that B owes: principal, interest and charges; and what is held for her."""
        return [abs(await self.balance(code, self.b)).normalize() + 0 for code in ("1320", "1330", "1340", "2110")]


def day(days_ago: int) -> date:
    """So many days ago."""
    return today() - timedelta(days=days_ago)


async def repaying(
    world: World, terms: LoanTerms = VSLA, rules: LoanRules | None = None, amount: str = "300", **product: Any
) -> Repaying:
    """The group of `Repaying`, or one that lends otherwise."""
    given = product if rules is None else {"rules": rules, **product}
    book = await lending(world, terms, **given)
    on = {"on": day(AGO)}
    loan = await book.succeed(apply_for_loan, book.applying(amount, **on), book.group.secretary)
    await book.succeed(approve_loan, await book.step(ApproveLoan, loan, **on))
    await book.succeed(disburse_loan, await book.step(DisburseLoan, loan, **on))
    return Repaying(book.world, book.group, book.meeting, book.entries, book.product, loan)


def phone(book: Repaying) -> Person:
    """Another officer who records."""
    return book.group.secretary


DELAY = PenaltyRule(PenaltyBasis.FIXED, Decimal(5))

BRANCH = LoanRules(recognised_on=RecognisedOn.ACCRUAL, overpayment=Overpayment.ADVANCE, penalty=DELAY)
"""The rules of a branch of an institution: income counts when it is due."""
