"""Reading accounts and their balances: now, as they were for a date, or right after an entry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg

from domain.ledger.accounts import AccountType, Side
from persistence.reads.keys import Key, rows_by_key, rows_grouped
from persistence.snapshot import Snapshot

__all__ = [
    "AsOf",
    "load_account_balances",
    "load_account_children",
    "load_accounts",
    "load_accounts_by_key",
    "load_fund_balances",
]

_COLUMNS = """
tenant_id, id, code, name, type, parent_id, currency, is_postable, needs_member, counts_shares, fund, place, minimum,
maximum, is_required, created_at, closed_at, version
"""

_OF_GROUPS = f"SELECT {_COLUMNS} FROM ledger.accounts WHERE tenant_id = ANY ($1) ORDER BY code"

_BY_ID = f"SELECT {_COLUMNS} FROM ledger.accounts WHERE tenant_id = ANY ($1) AND id = ANY ($2)"

_CHILDREN = f"{_BY_ID.replace('id = ANY ($2)', 'parent_id = ANY ($2)')} ORDER BY code"

_TREE = "SELECT tenant_id, id, parent_id, type, currency FROM ledger.accounts WHERE tenant_id = ANY ($1)"

_NOW = "SELECT tenant_id, account_id, balance FROM ledger.account_balances WHERE tenant_id = ANY ($1)"

_ON_DATE = """
SELECT tenant_id, account_id, sum(amount) AS balance
FROM ledger.movements
WHERE tenant_id = ANY ($1) AND effective_on <= $2
GROUP BY tenant_id, account_id
"""

_AFTER_ENTRY = "SELECT tenant_id, account_id, balance FROM ledger.balances_after($1, $2)"

# What is over is held no more, whether or not anybody has ended it.
_FUNDS = """
SELECT a.tenant_id, a.fund, a.place, a.currency, b.balance,
       CASE WHEN b.held = 0 THEN 0.0000 ELSE (
           SELECT coalesce(sum(h.amount), 0) FROM ledger.holds h
           WHERE h.tenant_id = a.tenant_id AND h.account_id = a.id AND h.outcome IS NULL AND h.expires_at > now()
       ) END AS held
FROM ledger.accounts a
JOIN ledger.account_balances b ON b.tenant_id = a.tenant_id AND b.account_id = a.id
WHERE a.tenant_id = ANY ($1) AND a.place IS NOT NULL
ORDER BY a.code
"""

_PLACES = """
SELECT tenant_id, id, fund, place, currency, NULL AS held
FROM ledger.accounts
WHERE tenant_id = ANY ($1) AND place IS NOT NULL
ORDER BY code
"""


@dataclass(frozen=True, slots=True)
class AsOf:
    """The moment for which a balance is asked: now, unless one of the two is given.

    Attributes:
        on: All that was booked so far and counts for this date or one before it.
        entry: What stood in the book right after the entry with this number.
    """

    on: date | None = None
    entry: int | None = None

    @property
    def is_now(self) -> bool:
        """Whether the balances that stand in the book are meant."""
        return self.on is None and self.entry is None


async def _by_tenant(snapshot: Snapshot, statement: str, keys: Sequence[UUID]) -> list[list[asyncpg.Record]]:
    groups: dict[UUID, list[asyncpg.Record]] = {key: [] for key in keys}
    for row in await snapshot.fetch(statement, keys):
        groups[row["tenant_id"]].append(row)
    return [groups[key] for key in keys]


async def load_accounts(snapshot: Snapshot, keys: Sequence[UUID]) -> list[list[asyncpg.Record]]:
    """The chart of accounts of each group, in the order of the codes."""
    return await _by_tenant(snapshot, _OF_GROUPS, keys)


async def load_accounts_by_key(snapshot: Snapshot, keys: Sequence[Key]) -> list[asyncpg.Record | None]:
    """The account of each key."""
    return await rows_by_key(snapshot, _BY_ID, keys)


async def load_account_children(snapshot: Snapshot, keys: Sequence[Key]) -> list[list[asyncpg.Record]]:
    """The accounts right below each heading, in the order of the codes."""
    return await rows_grouped(snapshot, _CHILDREN, keys, "parent_id")


async def _balances(snapshot: Snapshot, tenants: Sequence[UUID], as_of: AsOf) -> Mapping[Key, Decimal]:
    """The balances of the accounts that take entries, debits above zero; those that moved nothing may be missing."""
    if as_of.on is not None:
        rows = await snapshot.fetch(_ON_DATE, tenants, as_of.on)
    elif as_of.entry is not None:
        rows = await snapshot.fetch(_AFTER_ENTRY, tenants, as_of.entry)
    else:
        rows = await snapshot.fetch(_NOW, tenants)
    return {(row["tenant_id"], row["account_id"]): row["balance"] for row in rows}


async def load_account_balances(snapshot: Snapshot, keys: Sequence[Key], as_of: AsOf) -> list[dict[str, Any] | None]:
    """The balance of each account on the side on which it grows; of a heading, of all that stands below it.

    After an entry, None for whoever may not see every entry.

    Ask for groups only whose balances the viewer may see: of others the book shows nothing, and so zeros.
    """
    tenants = list({tenant for tenant, _ in keys})
    tree = {(row["tenant_id"], row["id"]): row for row in await snapshot.fetch(_TREE, tenants)}
    totals: dict[Key, Decimal] = dict.fromkeys(tree, Decimal(0))
    balances = await _balances(snapshot, tenants, as_of)
    shown = _shown_tenants(tenants, balances, as_of)
    for (tenant, account), balance in balances.items():
        place: UUID | None = account
        while place is not None:
            totals[tenant, place] += balance
            place = tree[tenant, place]["parent_id"]
    return [
        None
        if (row := tree.get(key)) is None or key[0] not in shown
        else {"balance": _shown(row["type"], totals[key]), "currency": row["currency"]}
        for key in keys
    ]


def _shown_tenants(tenants: Sequence[UUID], balances: Mapping[Key, Decimal], as_of: AsOf) -> frozenset[UUID]:
    """The tenants whose balances at the moment are shown: after an entry, only to whoever may see every entry."""
    return frozenset(tenants) if as_of.entry is None else frozenset(tenant for tenant, _ in balances)


def _shown(account_type: str, balance: Decimal) -> Decimal:
    return balance if AccountType(account_type).grows_by is Side.DEBIT else -balance


async def load_fund_balances(
    snapshot: Snapshot, keys: Sequence[UUID], as_of: AsOf
) -> list[list[Mapping[str, Any]] | None]:
    """What lies in each place of each fund of each group; how much of it is set aside is known for now only.

    After an entry, None for whoever may not see every entry.
    """
    if as_of.is_now:
        return [list(rows) for rows in await _by_tenant(snapshot, _FUNDS, keys)]
    places = await _by_tenant(snapshot, _PLACES, keys)
    balances = await _balances(snapshot, keys, as_of)
    shown, zero = _shown_tenants(keys, balances, as_of), Decimal(0)
    return [
        [{**row, "balance": balances.get((key, row["id"]), zero)} for row in rows] if key in shown else None
        for key, rows in zip(keys, places, strict=True)
    ]
