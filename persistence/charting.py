"""Accounts and periods of a book in PostgreSQL."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

import asyncpg

from domain.currencies import Currency, currency
from domain.ledger.accounts import AccountType, Place
from domain.ledger.chart import AccountRecord, Limits
from domain.money import Money

if TYPE_CHECKING:
    from persistence.unit_of_work import Work

__all__ = ["Accounts", "Periods"]

_FIND = """
SELECT a.id, a.name, a.type, a.currency, a.is_postable, a.needs_member, a.counts_shares, a.place, a.minimum, a.maximum,
       a.is_required, a.closed_at, a.version, coalesce(b.balance, 0) AS balance,
       (
           SELECT coalesce(sum(h.amount), 0) FROM ledger.holds h
           WHERE h.tenant_id = a.tenant_id AND h.account_id = a.id AND h.outcome IS NULL
             AND h.expires_at > clock_timestamp()
       ) AS held,
       EXISTS (
           SELECT FROM ledger.member_balances m
           WHERE m.tenant_id = a.tenant_id AND m.account_id = a.id AND m.balance <> 0
       ) AS has_member_balances,
       EXISTS (
           SELECT FROM ledger.accounts c
           WHERE c.tenant_id = a.tenant_id AND c.parent_id = a.id AND c.closed_at IS NULL
       ) AS has_open_below
FROM ledger.accounts a
LEFT JOIN ledger.account_balances b ON b.tenant_id = a.tenant_id AND b.account_id = a.id
WHERE a.tenant_id = $1 AND a.id = ANY ($2)
"""

_CODES = "SELECT code FROM ledger.accounts WHERE tenant_id = $1"

_CHANGE = "SELECT ledger.change_account($1, $2, $3, $4, $5, $6, $7)"

_CLOSED_THROUGH = "SELECT closed_through FROM ledger.heads WHERE tenant_id = $1"

_OPEN_MEETING = """
SELECT number FROM app.meetings WHERE tenant_id = $1 AND status IN ('OPEN', 'CONFIRMED') AND held_on <= $2
"""

_CLOSE = "SELECT ledger.close_period($1, $2)"


def _money(amount: Decimal | None, unit: Currency) -> Money | None:
    return None if amount is None else Money(amount, unit)


def _account(row: asyncpg.Record) -> AccountRecord:
    unit = currency(row["currency"])
    return AccountRecord(
        id=row["id"],
        name=row["name"],
        type=AccountType(row["type"]),
        is_postable=row["is_postable"],
        needs_member=row["needs_member"],
        counts_shares=row["counts_shares"],
        place=None if row["place"] is None else Place(row["place"]),
        minimum=_money(row["minimum"], unit),
        maximum=_money(row["maximum"], unit),
        is_required=row["is_required"],
        is_closed=row["closed_at"] is not None,
        version=row["version"],
        balance=Money(row["balance"], unit),
        held=Money(row["held"], unit),
        has_member_balances=row["has_member_balances"],
        has_open_below=row["has_open_below"],
    )


class Accounts:
    """The store of accounts of one unit of work."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def find(self, group_id: UUID, account_ids: Collection[UUID]) -> Mapping[UUID, AccountRecord]:
        """See `domain.ledger.chart.AccountStore`."""
        rows = await self._work.connection.fetch(_FIND, group_id, list(account_ids))
        return {row["id"]: _account(row) for row in rows}

    async def codes(self, group_id: UUID) -> frozenset[str]:
        """See `domain.ledger.chart.AccountStore`."""
        return frozenset(row["code"] for row in await self._work.connection.fetch(_CODES, group_id))

    async def change(
        self, group_id: UUID, account: AccountRecord, *, name: str, limits: Limits, is_closed: bool = False
    ) -> None:
        """See `domain.ledger.chart.AccountStore`."""
        minimum, maximum = (None if limit is None else limit.amount for limit in limits)
        await self._work.write_returning(
            _CHANGE, group_id, account.id, account.version, name, minimum, maximum, is_closed
        )


class Periods:
    """The periods of the book of one unit of work."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def closed_through(self, group_id: UUID) -> date:
        """See `domain.ledger.periods.PeriodStore`."""
        return await self._work.connection.fetchval(_CLOSED_THROUGH, group_id)  # type: ignore[no-any-return]

    async def open_meeting(self, group_id: UUID, through: date) -> int | None:
        """See `domain.ledger.periods.PeriodStore`."""
        return await self._work.connection.fetchval(_OPEN_MEETING, group_id, through)  # type: ignore[no-any-return]

    async def close(self, group_id: UUID, through: date) -> None:
        """See `domain.ledger.periods.PeriodStore`."""
        await self._work.write_returning(_CLOSE, group_id, through)
