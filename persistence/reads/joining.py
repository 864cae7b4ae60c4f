"""Reading join codes, requests to join and invitations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg

from persistence.crypto.envelope import PersonCipher, WrappedKey
from persistence.reads.keys import Key, rows_by_key, rows_by_tenant
from persistence.reads.pages import Listing, Order
from persistence.snapshot import Snapshot

__all__ = [
    "INVITATIONS",
    "JOIN_REQUESTS",
    "load_contacts",
    "load_invitations",
    "load_join_codes",
    "load_join_requests",
    "load_open_invitations",
    "load_own_requests",
]

_CODES = "SELECT tenant_id, code FROM app.join_codes WHERE tenant_id = ANY ($1)"

_REQUEST = """
r.tenant_id, r.id, r.user_id, r.group_name, r.name, r.note, r.status, r.member_id, r.asked_at, r.decided_at, r.version
"""

_REQUESTS_BY_ID = f"SELECT {_REQUEST} FROM app.join_requests r WHERE r.tenant_id = ANY ($1) AND r.id = ANY ($2)"

# Whoever asks knows no group; what she sees by her own id alone is hers.
_REQUESTS_OF_USERS = f"""
SELECT {_REQUEST} FROM app.join_requests r WHERE r.user_id = ANY ($1) ORDER BY r.asked_at DESC, r.id LIMIT 100
"""

_INVITATION = """
i.tenant_id, i.id, i.name, i.member_id, i.status, i.expires_at, i.invited_at, i.version, i.person_key, i.phone_sealed,
i.email_sealed
"""

_INVITATIONS_BY_ID = f"SELECT {_INVITATION} FROM app.invitations i WHERE i.tenant_id = ANY ($1) AND i.id = ANY ($2)"

_OPEN_INVITATIONS = "SELECT tenant_id, id, group_name, invited_at, expires_at FROM app.open_invitations()"

JOIN_REQUESTS = Listing(
    select=_REQUEST,
    source="app.join_requests r",
    tenant="r.tenant_id",
    parent=None,
    orders={"NEWEST": Order((("r.asked_at", "timestamptz"), ("r.id", "uuid")), is_descending=True)},
    filters={"status": ("r.status = {}", "text")},
)

INVITATIONS = Listing(
    select=_INVITATION,
    source="app.invitations i",
    tenant="i.tenant_id",
    parent=None,
    orders={"NEWEST": Order((("i.invited_at", "timestamptz"), ("i.id", "uuid")), is_descending=True)},
    filters={"status": ("i.status = {}", "text")},
)


async def load_join_codes(snapshot: Snapshot, keys: Sequence[UUID]) -> list[str | None]:
    """The code of each group, where one is switched on."""
    rows = await rows_by_tenant(snapshot, _CODES, keys)
    return [None if row is None else row["code"] for row in rows]


async def load_join_requests(snapshot: Snapshot, keys: Sequence[Key]) -> list[asyncpg.Record | None]:
    """The request of each key."""
    return await rows_by_key(snapshot, _REQUESTS_BY_ID, keys)


async def load_own_requests(snapshot: Snapshot, keys: Sequence[UUID]) -> list[list[asyncpg.Record]]:
    """The requests that each user made, the newest first."""
    requests: dict[UUID, list[asyncpg.Record]] = {key: [] for key in keys}
    for row in await snapshot.fetch(_REQUESTS_OF_USERS, keys):
        requests[row["user_id"]].append(row)
    return [requests[key] for key in keys]


async def load_invitations(snapshot: Snapshot, keys: Sequence[Key]) -> list[asyncpg.Record | None]:
    """The invitation of each key."""
    return await rows_by_key(snapshot, _INVITATIONS_BY_ID, keys)


async def load_contacts(
    snapshot: Snapshot, keys: Sequence[tuple[UUID, WrappedKey, bytes | None, bytes | None]]
) -> list[str]:
    """The phone number or e-mail address of each invitation, opened; a key is its id, its key and what is sealed."""
    contacts = []
    for invitation, key, phone, email in keys:
        cipher = PersonCipher(snapshot.keyring, WrappedKey(key))
        contacts.append(cipher.open("phone", invitation, phone) or cipher.open("email", invitation, email) or "")
    return contacts


async def load_open_invitations(snapshot: Snapshot, keys: Sequence[Any]) -> list[list[asyncpg.Record]]:
    """The invitations to the viewer; for every key the same, since there is one viewer."""
    # An administrator's session is nobody's whom a group invites.
    rows = [] if snapshot.viewer.is_admin else await snapshot.fetch(_OPEN_INVITATIONS)
    return [rows for _ in keys]
