"""Guarantees and collateral of loans in PostgreSQL. Who did what is stamped by triggers."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID

from domain.groups import Group
from domain.lending.collateral import Collateral, CollateralStatus, NewCollateral
from domain.lending.guaranteeing import Guarantee, GuaranteeStatus, NewGuarantee
from domain.lending.steps import LoanStatus
from domain.money import Money

if TYPE_CHECKING:
    from persistence.unit_of_work import Work

__all__ = ["Collaterals", "Guarantees"]

_FIND = """
SELECT g.id, g.member_id, g.amount, g.holds_savings AS is_holding_savings, g.status, g.version,
       l.status AS loan_status
FROM app.loan_guarantees g JOIN app.loans l ON l.tenant_id = g.tenant_id AND l.id = g.loan_id
WHERE g.tenant_id = $1 AND g.id = $2
"""

_GIVEN = "SELECT member_id FROM app.loan_guarantees WHERE tenant_id = $1 AND loan_id = $2 AND status <> 'RELEASED'"

_ACCEPTED = "SELECT count(*) FROM app.loan_guarantees WHERE tenant_id = $1 AND loan_id = $2 AND status = 'ACCEPTED'"

_HELD = """
SELECT coalesce(sum(g.amount), 0) FROM app.loan_guarantees g
JOIN app.loans l ON l.tenant_id = g.tenant_id AND l.id = g.loan_id
WHERE g.tenant_id = $1 AND g.member_id = $2 AND g.holds_savings AND g.status = 'ACCEPTED'
  AND l.status IN ('APPLIED', 'APPRAISED', 'APPROVED', 'ACTIVE', 'DEFAULTED')
"""

_PLEDGE = """
INSERT INTO app.loan_guarantees (
    tenant_id, id, loan_id, member_id, borrower_id, amount, currency, holds_savings, pledged_by
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""

_MOVE = "UPDATE app.loan_guarantees SET status = $3 WHERE tenant_id = $1 AND id = $2"

_COLLATERAL = "SELECT id, status, valued_on, version FROM app.loan_collateral WHERE tenant_id = $1 AND id = $2"

_ADD = """
INSERT INTO app.loan_collateral (
    tenant_id, id, loan_id, member_id, kind, value, currency, valued_on, recorded_by
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""

_DESCRIBE = "INSERT INTO app.loan_collateral_words (tenant_id, id, member_id, description) VALUES ($1, $2, $3, $4)"

_VALUE = "UPDATE app.loan_collateral SET value = $3, valued_on = $4 WHERE tenant_id = $1 AND id = $2"

_RELEASE = "UPDATE app.loan_collateral SET status = 'RELEASED' WHERE tenant_id = $1 AND id = $2"


class Guarantees:
    """The store of guarantees of one unit of work."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def find(self, group: Group, guarantee_id: UUID) -> Guarantee | None:
        """See `domain.lending.guaranteeing.GuaranteeStore`."""
        row = await self._work.connection.fetchrow(_FIND, group.id, guarantee_id)
        if row is None:
            return None
        return Guarantee(
            row["id"],
            row["member_id"],
            Money(row["amount"], group.currency),
            row["is_holding_savings"],
            GuaranteeStatus(row["status"]),
            LoanStatus(row["loan_status"]),
            row["version"],
        )

    async def given(self, group_id: UUID, loan_id: UUID) -> frozenset[UUID]:
        """See `domain.lending.guaranteeing.GuaranteeStore`."""
        return frozenset(row["member_id"] for row in await self._work.connection.fetch(_GIVEN, group_id, loan_id))

    async def accepted(self, group_id: UUID, loan_id: UUID) -> int:
        """See `domain.lending.guaranteeing.GuaranteeStore`."""
        count: int = await self._work.connection.fetchval(_ACCEPTED, group_id, loan_id)
        return count

    async def held(self, group: Group, member_id: UUID) -> Money:
        """See `domain.lending.guaranteeing.GuaranteeStore`."""
        return Money(await self._work.connection.fetchval(_HELD, group.id, member_id), group.currency)

    async def pledge(self, group_id: UUID, guarantee: NewGuarantee) -> None:
        """See `domain.lending.guaranteeing.GuaranteeStore`."""
        await self._work.write(
            _PLEDGE,
            group_id,
            guarantee.id,
            guarantee.loan_id,
            guarantee.member_id,
            guarantee.borrower_id,
            guarantee.amount.amount,
            guarantee.amount.currency.code,
            guarantee.is_holding_savings,
            self._work.viewer.user_id,
        )

    async def move(self, group_id: UUID, guarantee_id: UUID, status: GuaranteeStatus) -> None:
        """See `domain.lending.guaranteeing.GuaranteeStore`."""
        await self._work.write(_MOVE, group_id, guarantee_id, status.value)


class Collaterals:
    """The store of collateral of one unit of work."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def find(self, group_id: UUID, collateral_id: UUID) -> Collateral | None:
        """See `domain.lending.collateral.CollateralStore`."""
        row = await self._work.connection.fetchrow(_COLLATERAL, group_id, collateral_id)
        if row is None:
            return None
        return Collateral(row["id"], CollateralStatus(row["status"]), row["valued_on"], row["version"])

    async def add(self, group_id: UUID, collateral: NewCollateral) -> None:
        """See `domain.lending.collateral.CollateralStore`."""
        await self._work.write(
            _ADD,
            group_id,
            collateral.id,
            collateral.loan_id,
            collateral.member_id,
            collateral.kind.value,
            collateral.value.amount,
            collateral.value.currency.code,
            collateral.valued_on,
            self._work.viewer.user_id,
        )
        await self._work.write(_DESCRIBE, group_id, collateral.id, collateral.member_id, collateral.description)

    async def value(self, group_id: UUID, collateral_id: UUID, value: Money, valued_on: date) -> None:
        """See `domain.lending.collateral.CollateralStore`."""
        await self._work.write(_VALUE, group_id, collateral_id, value.amount, valued_on)

    async def release(self, group_id: UUID, collateral_id: UUID) -> None:
        """See `domain.lending.collateral.CollateralStore`."""
        await self._work.write(_RELEASE, group_id, collateral_id)
