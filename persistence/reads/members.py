"""Reading members. A name the viewer may not see is null; phone numbers are opened here, and nowhere else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import asyncpg

from persistence.crypto.envelope import PersonCipher
from persistence.reads.accounts import AsOf
from persistence.reads.keys import Key, rows_by_key, rows_grouped
from persistence.reads.pages import Listing, Order
from persistence.snapshot import Snapshot

__all__ = ["MEMBERS", "load_member_balances", "load_members", "load_phones", "load_roles"]

_COLUMNS = """
'Member' AS node_type, m.tenant_id, m.id, m.number, m.status, m.sex, m.joined_on, m.left_on, m.version, n.name,
coalesce(n.shown_to, '{}') AS shown_to
"""

_SOURCE = "app.members m LEFT JOIN app.member_names n ON n.tenant_id = m.tenant_id AND n.member_id = m.id"

_BY_ID = f"SELECT {_COLUMNS} FROM {_SOURCE} WHERE m.tenant_id = ANY ($1) AND m.id = ANY ($2)"

_PHONES = """
SELECT tenant_id, member_id AS id, person_key, phone_sealed, shown_to
FROM app.member_private
WHERE tenant_id = ANY ($1) AND member_id = ANY ($2)
"""

_ROLES = """
SELECT tenant_id, member_id, role
FROM app.memberships
WHERE tenant_id = ANY ($1) AND member_id = ANY ($2) AND starts_at <= now() AND (ends_at IS NULL OR ends_at > now())
ORDER BY role
"""

# What is owed to a member stands on the credit side, below zero in the book; she reads it as hers, above zero.
_BALANCES = """
SELECT m.tenant_id, m.id, g.currency,
       coalesce(sum(-b.balance) FILTER (WHERE a.code = '3100'), 0.0000)::text AS shares_value,
       coalesce(sum(-b.balance) FILTER (WHERE a.code = '2100'), 0.0000)::text AS savings,
       coalesce(sum(-b.balance) FILTER (WHERE a.code = '3200'), 0.0000)::text AS social_fund_paid,
       coalesce(sum(b.balance) FILTER (WHERE a.code = '3210'), 0.0000)::text AS social_fund_received,
       coalesce(sum(b.balance) FILTER (WHERE a.code = '1310'), 0.0000)::text AS fines_owed,
       coalesce(sum(b.shares), 0) AS shares
FROM app.members m
JOIN app.groups g ON g.tenant_id = m.tenant_id
LEFT JOIN {balances} b ON b.tenant_id = m.tenant_id AND b.member_id = m.id
LEFT JOIN ledger.accounts a ON a.tenant_id = b.tenant_id AND a.id = b.account_id
WHERE m.tenant_id = ANY ($1) AND m.id = ANY ($2)
GROUP BY m.tenant_id, m.id, g.currency
"""

_SUMS = """(
    SELECT l.tenant_id, l.member_id, l.account_id, sum(l.amount) AS balance, sum(l.shares) AS shares
    FROM ledger.lines l
    WHERE l.tenant_id = ANY ($1) AND l.member_id = ANY ($2) AND {condition}
    GROUP BY l.tenant_id, l.member_id, l.account_id
)"""

_BALANCES_NOW = _BALANCES.format(balances="ledger.member_balances")
_BALANCES_ON_DATE = _BALANCES.format(balances=_SUMS.format(condition="l.effective_on <= $3"))
_BALANCES_AFTER_ENTRY = _BALANCES.format(balances=_SUMS.format(condition="l.entry_number <= $3"))

MEMBERS = Listing(
    select=_COLUMNS,
    source=_SOURCE,
    tenant="m.tenant_id",
    parent=None,
    orders={"NUMBER": Order((("m.number", "integer"), ("m.id", "uuid")))},
    filters={"status": ("m.status = {}", "text")},
)


async def load_members(snapshot: Snapshot, keys: Sequence[Key]) -> list[asyncpg.Record | None]:
    """The member of each key."""
    return await rows_by_key(snapshot, _BY_ID, keys)


async def load_phones(snapshot: Snapshot, keys: Sequence[Key]) -> list[dict[str, Any] | None]:
    """The phone number of each member, with the partners to whom she opened it; None where it may not be seen."""
    rows = await rows_by_key(snapshot, _PHONES, keys)
    return [None if row is None else {"shown_to": row["shown_to"], "phone": _phone(snapshot, row)} for row in rows]


def _phone(snapshot: Snapshot, row: asyncpg.Record) -> str | None:
    if row["phone_sealed"] is None:
        return None
    return PersonCipher(snapshot.keyring, row["person_key"]).open("phone", row["id"], row["phone_sealed"])


async def load_roles(snapshot: Snapshot, keys: Sequence[Key]) -> list[list[str]]:
    """The roles that each member holds now."""
    groups = await rows_grouped(snapshot, _ROLES, keys, "member_id")
    return [[row["role"] for row in rows] for rows in groups]


async def load_member_balances(snapshot: Snapshot, keys: Sequence[Key], as_of: AsOf) -> list[asyncpg.Record | None]:
    """What each member has and owes; zeros before the first entry. Ask for members only whose balances
    the viewer may see: of others the book shows nothing, and so zeros.
    """
    if as_of.on is not None:
        return await rows_by_key(snapshot, _BALANCES_ON_DATE, keys, as_of.on)
    if as_of.entry is not None:
        return await rows_by_key(snapshot, _BALANCES_AFTER_ENTRY, keys, as_of.entry)
    return await rows_by_key(snapshot, _BALANCES_NOW, keys)
