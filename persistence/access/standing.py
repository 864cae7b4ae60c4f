"""Whether users may sign in, in PostgreSQL; by the same rules as `persistence.access.users`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import asyncpg

from domain.access.standing import StandingCommand, UserIsYourself, UserUnknown
from domain.errors import DomainError
from domain.policy import AccessDenied, Action, Resource, allows
from domain.service import IdempotencyKeyReused, Outcome
from persistence.access.users import CLAIM_KEY, KEEP_OUTCOME, restored
from persistence.constraints import RefusalState
from persistence.crypto.fingerprint import fingerprints
from persistence.crypto.keyring import Keyring
from persistence.database import Database, DatabaseRole, Isolation
from persistence.viewer import Principal, enter

__all__ = ["change_standing"]

_CHANGE = "SELECT access.change_standing($1, $2)"

_REFUSALS: Mapping[str, type[DomainError]] = {
    RefusalState.NOT_FOUND: UserUnknown,
    RefusalState.CONFLICT: UserIsYourself,
}


async def change_standing(
    database: Database, keyring: Keyring, principal: Principal, command: StandingCommand, sent: Mapping[str, Any]
) -> Outcome:
    """Let a user sign in no more, or again, once for this key.

    Args:
        database: The pools.
        keyring: The keys of the installation.
        principal: An administrator's session.
        command: Whom, and what she may from now on.
        sent: The fields of the input as they were sent, without the key; what a repeat is compared by.

    Raises:
        UnauthenticatedError: The principal is unknown, expired, revoked or no administrator's.
        AccessDenied: The viewer may not change users.
    """
    if principal.role is not DatabaseRole.ADMIN:
        raise AccessDenied(Resource.USER, Action.UPDATE)
    contents = fingerprints(keyring, command.operation, sent)
    try:
        return await _decide(database, principal, command, contents, None)
    except DomainError as error:
        # What was written is taken back; the refusal is kept, unless a rival with the same key decided meanwhile.
        return await _decide(database, principal, command, contents, error)


async def _decide(
    database: Database,
    principal: Principal,
    command: StandingCommand,
    contents: tuple[bytes, ...],
    refusal: DomainError | None,
) -> Outcome:
    """Claim the key, then change the user or keep the refusal; a repeat is answered as the first time."""
    key = command.idempotency_key
    async with database.transaction(DatabaseRole.ADMIN, Isolation.WRITE) as connection:
        viewer = await enter(connection, principal, [])
        if not allows(viewer, Action.UPDATE, Resource.USER):
            raise AccessDenied(Resource.USER, Action.UPDATE)
        known = await connection.fetchrow(CLAIM_KEY, key, command.operation, contents)
        if known["claim"] == "REUSED":
            return Outcome(error=IdempotencyKeyReused(path=("idempotencyKey",)))
        if known["claim"] == "REPLAY":
            stored = known["stored"]
            return command.expected_outcome().replayed() if stored is None else restored(stored)
        if refusal is None:
            await _change(connection, command)
            return command.expected_outcome()
        outcome = Outcome(error=refusal)
        await connection.execute(KEEP_OUTCOME, key, json.dumps(outcome.to_stored()))
        return outcome


async def _change(connection: asyncpg.Connection, command: StandingCommand) -> None:
    """Change the user.

    Raises:
        UserUnknown: There is no such user.
        UserIsYourself: She is the viewer.
    """
    try:
        await connection.execute(_CHANGE, command.user_id, command.becomes.value)
    except asyncpg.PostgresError as error:
        refusal = _REFUSALS.get(error.sqlstate or "")
        if refusal is None:
            raise
        raise refusal(path=("userId",)) from error
