"""Runs a service: enters the viewer, locks, recognises repeats, and ends the transaction.

What was decided is kept with the idempotency key, success or refusal alike, so that a repeat is answered as the first
time. What was not decided (a permission denied, a lost connection, a bug) leaves nothing behind, not even the key.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, TypeVar
from uuid import UUID

import asyncpg

from domain.errors import DomainError
from domain.service import (
    Command,
    GroupNotAtWork,
    GroupNotFound,
    IdempotencyKeyReused,
    Outcome,
    PartnerNotFound,
    Service,
    tenant_of,
    unknown_tenant,
)
from persistence.constraints import RefusalState, domain_error
from persistence.crypto.fingerprint import fingerprints
from persistence.crypto.keyring import Keyring
from persistence.database import Database, DatabaseRole, Isolation
from persistence.unit_of_work import Work
from persistence.viewer import Principal, enter, refused_entry, viewer_from

__all__ = ["perform"]

# The moment comes after the lock, so that what is dated by it follows what was posted before.
_ENTER_COMMAND = """
SELECT (c.viewer).*, c.claim, c.stored, clock_timestamp() AS began
FROM app.enter_command($1, $2, $3, $4, $5, $6, $7) c
"""

_ENTER_MACHINE_COMMAND = """
SELECT (c.viewer).*, c.claim, c.stored, clock_timestamp() AS began
FROM app.enter_machine_command($1, $2, $3, $4, $5, $6, $7, $8) c
"""

_ENTER_ADMIN_COMMAND = """
SELECT (c.viewer).*, c.claim, c.stored, clock_timestamp() AS began
FROM app.enter_admin_command($1, $2, $3, $4, $5, $6, $7) c
"""

_CLAIM_GLOBAL = """
SELECT c.claim, c.stored, clock_timestamp() AS began, app.note_command($4, $2, $1, $5)
FROM access.claim_key($1, $2, $3) c
"""

_KEEP = "SELECT app.keep_outcome($1, $2, $3)"

_KEEP_GLOBAL = "SELECT access.keep_outcome($1, $2)"

_CommandType = TypeVar("_CommandType", bound=Command)


class _Refused(Exception):
    def __init__(self, outcome: Outcome) -> None:
        super().__init__()
        self.outcome = outcome


async def perform(
    database: Database,
    keyring: Keyring,
    principal: Principal,
    service: Service[_CommandType],
    command: _CommandType,
    sent: Mapping[str, Any],
    request_id: str | None = None,
) -> Outcome:
    """Run the service once for this key, whatever how often it is asked.

    Args:
        database: The pools.
        keyring: The keys of the installation.
        principal: Through what the request came.
        service: What is to be done.
        command: With what.
        sent: The fields of the input as they were sent, without the key; what a repeat is compared by.
        request_id: What the trail of changes calls the request.

    Returns:
        The outcome, with `error` set where the whole command was refused.

    Raises:
        UnauthenticatedError: The principal is unknown, expired or revoked.
        AccessDenied: The viewer may not do this.
    """
    contents = fingerprints(keyring, service.name, sent)
    attempt = _Attempt(database, keyring, principal, service, command, contents, request_id)
    try:
        return await attempt.run()
    except (GroupNotFound, PartnerNotFound, GroupNotAtWork) as error:
        # Nothing was entered, so there is no book under whose lock the refusal could be kept.
        return Outcome(error=error)
    except _Refused as refused:
        return await attempt.keep_refusal(refused.outcome)


class _Attempt:
    """One request at the boundary."""

    def __init__(
        self,
        database: Database,
        keyring: Keyring,
        principal: Principal,
        service: Service[Any],
        command: Command,
        contents: tuple[bytes, ...],
        request_id: str | None,
    ) -> None:
        is_let_in = principal.role is DatabaseRole.APP or (
            principal.role is DatabaseRole.ADMIN and service.is_for_admins and not service.is_founding
        )
        if not is_let_in or (principal.is_machine and service.is_founding):
            # Administrators and jobs hold no role in a group; there is little of a group's that they may change. And a
            # machine is let into what people have made.
            raise service.denial
        self.database = database
        self.keyring = keyring
        self.principal = principal
        self.service = service
        self.command = command
        self.tenant_id = tenant_of(command)
        self.contents = contents
        self.request_id = request_id

    async def run(self) -> Outcome:
        """Do it, in one transaction."""
        async with self.database.transaction(self.principal.role, Isolation.WRITE) as connection:
            work, known = await self._begin(connection)
            if known is not None:
                return known
            outcome = await self._decide(work)
            if outcome != self.command.expected_outcome():
                await self._keep(connection, outcome)
            return outcome

    async def keep_refusal(self, outcome: Outcome) -> Outcome:
        """Keep a refusal whose transaction was rolled back. A rival with the same key may have decided meanwhile."""
        try:
            async with self.database.transaction(self.principal.role, Isolation.WRITE) as connection:
                _, known = await self._begin(connection)
                if known is not None:
                    return known
                await self._keep(connection, outcome)
        except (GroupNotFound, PartnerNotFound, GroupNotAtWork):
            # The viewer left the group between the two transactions; the refusal stands, unkept.
            pass
        return outcome

    async def _begin(self, connection: asyncpg.Connection) -> tuple[Work, Outcome | None]:
        """Enter, lock and claim the key; the outcome is set where the request came before."""
        tenants = [self.tenant_id]
        try:
            if self.service.is_founding:
                viewer = await enter(connection, self.principal, [])
                key = (self.command.idempotency_key, self.service.name, self.contents)
                key_row = await connection.fetchrow(_CLAIM_GLOBAL, *key, self.principal.id, self.request_id)
            else:
                key_row = await self._enter_command(connection, tenants)
                viewer = viewer_from(key_row, self.principal.id)
        except asyncpg.PostgresError as error:
            if refused := refused_entry(error, self.principal):
                raise refused from error
            if error.sqlstate == RefusalState.NOT_FOUND:
                raise unknown_tenant(self.command) from error
            if error.sqlstate == RefusalState.NOT_AT_WORK:
                raise GroupNotAtWork(error.detail or "", path=("groupId",)) from error
            raise
        if not self.service.is_founding:
            self.service.check_tenant(viewer, self.command)
        # A repeat too is answered only to whoever may still do it.
        self.service.check_permission(viewer, self.tenant_id)
        work = Work(connection, self.keyring, viewer, key_row["began"])
        return work, self._known(key_row["claim"], key_row["stored"])

    async def _enter_command(self, connection: asyncpg.Connection, tenants: list[UUID]) -> asyncpg.Record:
        principal, command = self.principal, self.command
        key = (self.tenant_id, command.idempotency_key, self.service.name, self.contents, self.request_id)
        if principal.is_machine:
            return await connection.fetchrow(_ENTER_MACHINE_COMMAND, principal.id, principal.proof, tenants, *key)
        if principal.role is DatabaseRole.ADMIN:
            return await connection.fetchrow(_ENTER_ADMIN_COMMAND, principal.id, tenants, *key)
        return await connection.fetchrow(_ENTER_COMMAND, principal.id, tenants, *key)

    def _known(self, claim: str, stored: str | None) -> Outcome | None:
        if claim == "CLAIMED":
            return None
        if claim == "REUSED":
            return Outcome(error=IdempotencyKeyReused(path=("idempotencyKey",)))
        if stored is None:
            return self.command.expected_outcome().replayed()
        return Outcome.from_stored(json.loads(stored))

    async def _decide(self, work: Work) -> Outcome:
        try:
            return await self.service(work, self.command)
        except DomainError as error:
            outcome = Outcome(error=error)
            if work.has_written:
                raise _Refused(outcome) from error
            return outcome
        except asyncpg.PostgresError as error:
            refusal = domain_error(error)
            if refusal is None:
                raise
            raise _Refused(Outcome(error=self.service.declared(refusal))) from error

    async def _keep(self, connection: asyncpg.Connection, outcome: Outcome) -> None:
        stored = json.dumps(outcome.to_stored())
        key = self.command.idempotency_key
        if self.service.is_founding:
            await connection.execute(_KEEP_GLOBAL, key, stored)
        else:
            await connection.execute(_KEEP, self.tenant_id, key, stored)
