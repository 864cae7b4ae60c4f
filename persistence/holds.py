"""Money set aside, in PostgreSQL: functions move what an account holds, so that it is always the sum of its holds."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

import asyncpg

from domain.currencies import currency
from domain.ledger.holds import Hold, HoldEnded, HoldEndsTooEarly, HoldNotFound, HoldOutcome, NewHold
from domain.ledger.postings import BelowMinimum
from domain.money import Money
from persistence.constraints import RefusalState

if TYPE_CHECKING:
    from persistence.unit_of_work import Work

__all__ = ["Holds"]

_FIND = """
SELECT h.id, h.account_id, h.amount, a.currency,
       CASE WHEN h.outcome IS NULL AND h.expires_at <= clock_timestamp() THEN 'EXPIRED' ELSE h.outcome END AS outcome
FROM ledger.holds h
JOIN ledger.accounts a ON a.tenant_id = h.tenant_id AND a.id = h.account_id
WHERE h.tenant_id = $1 AND h.id = $2
"""

_PLACE = "SELECT ledger.place_hold($1, $2, $3, $4, $5, $6)"

_END = "SELECT ledger.end_hold($1, $2, $3)"


class Holds:
    """The store of holds of one unit of work."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def find(self, group_id: UUID, hold_id: UUID) -> Hold | None:
        """See `domain.ledger.holds.HoldStore`."""
        row = await self._work.connection.fetchrow(_FIND, group_id, hold_id)
        if row is None:
            return None
        return Hold(
            id=row["id"],
            account_id=row["account_id"],
            amount=Money(row["amount"], currency(row["currency"])),
            outcome=None if row["outcome"] is None else HoldOutcome(row["outcome"]),
        )

    async def place(self, group_id: UUID, hold: NewHold) -> None:
        """See `domain.ledger.holds.HoldStore`."""
        try:
            await self._work.write_returning(
                _PLACE, group_id, hold.id, hold.account_id, hold.amount.amount, hold.purpose, hold.expires_at
            )
        except asyncpg.PostgresError as error:
            if error.sqlstate == RefusalState.SHORT_OF_MONEY:
                raise BelowMinimum(Decimal(error.detail), path=("amount",)) from error
            if error.sqlstate == RefusalState.INVALID:
                # The service has looked at everything but the clock, which went on since.
                raise HoldEndsTooEarly(path=("expiresAt",)) from error
            raise

    async def release(self, group_id: UUID, hold_id: UUID) -> Hold:
        """See `domain.ledger.holds.HoldStore`."""
        return await self._end(group_id, hold_id, None)

    async def use(self, group_id: UUID, hold_id: UUID, entry_id: UUID) -> Hold:
        """See `domain.ledger.holds.HoldStore`."""
        return await self._end(group_id, hold_id, entry_id)

    async def _end(self, group_id: UUID, hold_id: UUID, entry_id: UUID | None) -> Hold:
        hold = await self.find(group_id, hold_id)
        if hold is None:
            raise HoldNotFound
        if hold.outcome is not None:
            raise HoldEnded(hold.outcome.value)
        try:
            await self._work.write_returning(_END, group_id, hold_id, entry_id)
        except asyncpg.PostgresError as error:
            if error.sqlstate == RefusalState.CONFLICT:
                # Under the lock of the book nobody else ended it; its time was over a moment ago.
                raise HoldEnded(HoldOutcome.EXPIRED.value) from error
            raise
        return hold
