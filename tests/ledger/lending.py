"""What the tests of loans share: a group with money and a product, and wishes about its loans."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg

from domain.lending import InstalmentFrequency, InterestMethod, LoanTerms, RatePeriod
from domain.lending.applying import ApplyForLoan, apply_for_loan
from domain.lending.deciding import ApproveLoan, approve_loan
from domain.lending.disbursing import DisburseLoan, disburse_loan
from domain.lending.products import AddLoanProduct, add_loan_product
from domain.lending.records import LoanPurpose
from tests.ledger.moving import Funded, funded
from tests.support.world import Person, World

VSLA = LoanTerms(
    method=InterestMethod.FLAT,
    rate=Decimal(10),
    rate_period=RatePeriod.FOUR_WEEKS,
    instalments=3,
    frequency=InstalmentFrequency.FOUR_WEEKLY,
)
"""A service charge of ten per cent for each four weeks, in three instalments."""


@dataclass(frozen=True, slots=True)
class Lending(Funded):
    """A funded group (see `Funded`) with one product."""

    product: UUID

    def applying(self, amount: str = "300", **fields: Any) -> ApplyForLoan:
        """The wish of B for a loan."""
        wish: ApplyForLoan = self.wish(
            ApplyForLoan,
            **{
                "member_id": self.b,
                "product_id": self.product,
                "amount": Decimal(amount),
                "purpose": LoanPurpose.BUSINESS,
                **fields,
            },
        )
        return wish

    async def step(self, command: type[Any], loan: UUID, **fields: Any) -> Any:
        """The wish to take a loan further, at the version that it has now."""
        return self.wish(command, **{"loan_id": loan, "expected_version": (await self.row(loan))["version"], **fields})

    async def row(self, loan: UUID) -> asyncpg.Record:
        """The loan as it is kept."""
        return await self.world.superuser.fetchrow(
            "SELECT * FROM app.loans WHERE tenant_id = $1 AND id = $2", self.group.id, loan
        )

    async def steps(self, loan: UUID) -> list[tuple[str, str | None, str]]:
        """What was done with the loan: what, from where, to where."""
        rows = await self.world.superuser.fetch(
            "SELECT kind, was, became FROM app.loan_steps WHERE tenant_id = $1 AND loan_id = $2 ORDER BY number",
            self.group.id,
            loan,
        )
        return [tuple(row) for row in rows]

    async def applied(self, amount: str = "300", who: Person | None = None, **fields: Any) -> UUID:
        """A loan that was applied for."""
        return await self.succeed(apply_for_loan, self.applying(amount, **fields), who or self.group.secretary)

    async def approved(self, amount: str = "300", **fields: Any) -> UUID:
        """A loan that the treasurer approved."""
        loan = await self.applied(amount, **fields)
        await self.succeed(approve_loan, await self.step(ApproveLoan, loan))
        return loan

    async def disbursed(self, amount: str = "300", **fields: Any) -> UUID:
        """A loan that was paid out from the box."""
        loan = await self.approved(amount)
        await self.succeed(disburse_loan, await self.step(DisburseLoan, loan, **fields))
        return loan


async def lending(world: World, terms: LoanTerms = VSLA, **product: Any) -> Lending:
    """A funded group that lends at ten per cent for four weeks, or otherwise as told."""
    book = await funded(world)
    wish = book.wish(AddLoanProduct, **{"name": "Ordinary loan", "terms": terms, **product})
    made = await book.succeed(add_loan_product, wish, book.group.chair)
    return Lending(book.world, book.group, book.meeting, book.entries, made)


def with_terms(**fields: Any) -> LoanTerms:
    """The usual terms, but for some."""
    return replace(VSLA, **fields)
