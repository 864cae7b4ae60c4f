"""The platform's settings in PostgreSQL: read by everybody, decided by administrators, or by the operator.

They belong to no group, so this is not `persistence.boundary`, but it goes by the same rules: what was decided is kept
with the idempotency key, success or refusal alike.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import asyncpg

from domain.access.platform import PLATFORM_REVISE, GroupFounders, RevisePlatform
from domain.errors import DomainError
from domain.policy import AccessDenied, Action, Resource, allows
from domain.service import IdempotencyKeyReused, Outcome, VersionStale
from persistence.crypto.fingerprint import fingerprints
from persistence.crypto.keyring import Keyring
from persistence.database import Database, DatabaseRole, Isolation
from persistence.roles import OWNER
from persistence.snapshot import Snapshot
from persistence.viewer import Principal, enter

__all__ = ["load_platform", "revise_platform", "set_platform"]

_READ = "SELECT group_founders, is_verification_required, version, changed_at, changed_by FROM app.platform"

_CLAIM_KEY = "SELECT c.claim, c.stored FROM access.claim_key($1, $2, $3) c"

_KEEP_OUTCOME = "SELECT access.keep_outcome($1, $2)"

_REVISE = "SELECT app.revise_platform($1, $2, $3)"

_SET = """
UPDATE app.platform
SET group_founders = coalesce($1, group_founders), is_verification_required = coalesce($2, is_verification_required),
    version = version + 1, changed_at = clock_timestamp(), changed_by = NULL
"""


async def load_platform(snapshot: Snapshot, keys: Sequence[object]) -> list[asyncpg.Record]:
    """The settings, for every key the same: there is one platform."""
    (row,) = await snapshot.fetch(_READ)
    return [row for _ in keys]


async def revise_platform(
    database: Database, keyring: Keyring, principal: Principal, command: RevisePlatform, sent: Mapping[str, Any]
) -> Outcome:
    """Decide otherwise for the platform, once for this key, whatever how often it is asked.

    Args:
        database: The pools.
        keyring: The keys of the installation.
        principal: An administrator's session.
        command: What is to be another.
        sent: The fields of the input as they were sent, without the key; what a repeat is compared by.

    Returns:
        The outcome, with `error` set where the command was refused.

    Raises:
        UnauthenticatedError: The principal is unknown, expired, revoked or no administrator's.
        AccessDenied: The viewer is no administrator.
    """
    if principal.role is not DatabaseRole.ADMIN:
        raise AccessDenied(Resource.GROUP_STATUS, Action.CREATE)
    contents, key = fingerprints(keyring, PLATFORM_REVISE, sent), command.idempotency_key
    async with database.transaction(DatabaseRole.ADMIN, Isolation.WRITE) as connection:
        viewer = await enter(connection, principal, [])
        if not allows(viewer, Action.CREATE, Resource.GROUP_STATUS):
            raise AccessDenied(Resource.GROUP_STATUS, Action.CREATE)
        known = await connection.fetchrow(_CLAIM_KEY, key, PLATFORM_REVISE, contents)
        if known["claim"] == "REUSED":
            return Outcome(error=IdempotencyKeyReused(path=("idempotencyKey",)))
        if known["claim"] == "REPLAY":
            stored = known["stored"]
            return command.expected_outcome().replayed() if stored is None else Outcome.from_stored(json.loads(stored))
        try:
            await _revise(connection, command)
        except DomainError as error:
            outcome = Outcome(error=error)
            await connection.execute(_KEEP_OUTCOME, key, json.dumps(outcome.to_stored()))
            return outcome
        return command.expected_outcome()


async def _revise(connection: asyncpg.Connection, command: RevisePlatform) -> None:
    command.check()
    founders = None if command.group_founders is None else command.group_founders.value
    becomes = await connection.fetchval(_REVISE, command.expected_version, founders, command.is_verification_required)
    if becomes is None:
        row = await connection.fetchrow(_READ)
        raise VersionStale(row["version"], path=("expectedVersion",))


async def set_platform(
    connection: asyncpg.Connection, founders: GroupFounders | None, *, is_verification_required: bool | None
) -> asyncpg.Record:
    """Decide from the command line; what is None stays. Returns the settings.

    Args:
        connection: One whose login may become the owner, as migrations use it.
        founders: Who begins groups.
        is_verification_required: Whether new groups wait to be verified.
    """
    async with connection.transaction():
        await connection.execute(f"SET LOCAL ROLE {OWNER}")
        if founders is not None or is_verification_required is not None:
            await connection.execute(_SET, None if founders is None else founders.value, is_verification_required)
        return await connection.fetchrow(_READ)
