"""Reading the members that users are, or were, in groups."""

from __future__ import annotations

from collections.abc import Sequence

import asyncpg

from persistence.reads.keys import Key
from persistence.reads.members import MEMBER_COLUMNS, MEMBER_SOURCE
from persistence.snapshot import Snapshot

__all__ = ["load_members_of_users"]

# Whoever was tied to one member and later to another is the one of the newest tie.
_MEMBERS_OF_USERS = f"""
SELECT DISTINCT ON (x.tenant_id, x.user_id) x.user_id, {MEMBER_COLUMNS}
FROM app.memberships x
JOIN {MEMBER_SOURCE} ON m.tenant_id = x.tenant_id AND m.id = x.member_id
WHERE x.tenant_id = ANY ($1) AND x.user_id = ANY ($2)
ORDER BY x.tenant_id, x.user_id, x.starts_at DESC, x.member_id
"""


async def load_members_of_users(snapshot: Snapshot, keys: Sequence[Key]) -> list[asyncpg.Record | None]:
    """The member that each user is, or was, in a tenant; the keys are the tenant's id and the user's."""
    found = await snapshot.fetch(_MEMBERS_OF_USERS, list({key[0] for key in keys}), list({key[1] for key in keys}))
    rows = {(row["tenant_id"], row["user_id"]): row for row in found}
    return [rows.get(key) for key in keys]
