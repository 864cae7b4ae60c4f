"""Reading what a user may know of herself: her account, memberships and sessions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from domain.contact import EmailAddress, PhoneNumber
from persistence.access.logins import login_indexes
from persistence.crypto.envelope import PersonCipher
from persistence.reads.pages import Listing, Order
from persistence.snapshot import Snapshot

__all__ = ["SESSIONS", "find_user", "load_last_sign_ins", "load_memberships", "load_users"]

_USERS = """
SELECT u.id, u.status, u.platform_role, u.locale, u.created_at, p.person_key, p.name_sealed, p.phone_sealed,
       p.email_sealed
FROM app.users u
JOIN access.user_private p ON p.user_id = u.id
WHERE u.id = ANY ($1)
"""

# A number or an address is one user's, and whoever may not see it finds nobody.
_BY_LOGIN = """
SELECT p.user_id FROM access.user_private p WHERE p.phone_index = ANY ($1) OR p.email_index = ANY ($1)
"""

# As far as sessions are kept.
_LAST_SIGN_INS = """
SELECT s.user_id, max(s.created_at) AS at FROM access.sessions s WHERE s.user_id = ANY ($1) GROUP BY s.user_id
"""

_MEMBERSHIPS = """
SELECT m.user_id, m.tenant_id, (array_agg(m.member_id) FILTER (WHERE m.member_id IS NOT NULL))[1] AS member_id,
       array_agg(m.role ORDER BY m.role) AS roles, min(m.starts_at) AS starts_at
FROM app.memberships m
WHERE m.user_id = ANY ($1) AND m.starts_at <= now() AND (m.ends_at IS NULL OR m.ends_at > now())
GROUP BY m.user_id, m.tenant_id
ORDER BY min(m.starts_at), m.tenant_id
"""

SESSIONS = Listing(
    select=(
        "s.id, s.user_id, s.device_type, s.device_name, s.address, s.user_agent, s.created_at, s.last_used_at,"
        " s.expires_at"
    ),
    source="access.sessions s",
    tenant="s.user_id",
    parent=None,
    orders={"NEWEST": Order((("s.created_at", "timestamptz"), ("s.id", "uuid")), is_descending=True)},
    filters={"is_live": ("(s.revoked_at IS NULL AND s.expires_at > now()) = {}", "boolean")},
)


async def load_users(snapshot: Snapshot, keys: Sequence[UUID]) -> list[dict[str, object] | None]:
    """The user of each id, with what is personal opened."""
    users = {row["id"]: _opened(snapshot, row) for row in await snapshot.fetch(_USERS, keys)}
    return [users.get(key) for key in keys]


def _opened(snapshot: Snapshot, row: asyncpg.Record) -> dict[str, object]:
    cipher = PersonCipher(snapshot.keyring, row["person_key"])
    return {
        **row,
        "name": cipher.open("name", row["id"], row["name_sealed"]),
        "phone": cipher.open("phone", row["id"], row["phone_sealed"]),
        "email": cipher.open("email", row["id"], row["email_sealed"]),
    }


async def find_user(snapshot: Snapshot, login: PhoneNumber | EmailAddress) -> UUID | None:
    """The user who signs in with a phone number or an e-mail address, of those that the viewer may see."""
    rows = await snapshot.fetch(_BY_LOGIN, login_indexes(snapshot.keyring, login))
    return rows[0]["user_id"] if rows else None


async def load_last_sign_ins(snapshot: Snapshot, keys: Sequence[UUID]) -> list[datetime | None]:
    """When each user last signed in."""
    found = {row["user_id"]: row["at"] for row in await snapshot.fetch(_LAST_SIGN_INS, keys)}
    return [found.get(key) for key in keys]


async def load_memberships(snapshot: Snapshot, keys: Sequence[UUID]) -> list[list[asyncpg.Record]]:
    """The tenants that each user belongs to, with the roles held now."""
    groups: dict[UUID, list[asyncpg.Record]] = {key: [] for key in keys}
    for row in await snapshot.fetch(_MEMBERSHIPS, keys):
        groups[row["user_id"]].append(row)
    return [groups[key] for key in keys]
