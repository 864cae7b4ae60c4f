"""Users in PostgreSQL; what is personal is sealed before it leaves the process.

A user is made outside every group, so this is not `persistence.boundary`, but it goes by the same rules: what was
decided is kept with the idempotency key, success or refusal alike, and what was not decided leaves nothing behind.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import asyncpg

from domain.access.sessions import TryAgainLater
from domain.access.users import (
    USER_CREATE,
    USER_CREATE_RAISES,
    AdminExists,
    CreateUser,
    EmailTaken,
    NewUser,
    PhoneTaken,
)
from domain.errors import DomainError
from domain.policy import AccessDenied, Action, Resource, allows
from domain.service import IdAlreadyUsed, IdempotencyKeyReused, Outcome, UndeclaredError
from persistence.access.logins import login_indexes
from persistence.constraints import RefusalState, domain_error, register
from persistence.crypto.envelope import PersonCipher, new_person_key
from persistence.crypto.fingerprint import fingerprints
from persistence.crypto.keyring import Keyring
from persistence.crypto.passwords import PasswordHasher, SignInBusy
from persistence.database import Database, DatabaseRole, Isolation
from persistence.roles import OWNER
from persistence.viewer import Principal, enter

__all__ = ["CLAIM_KEY", "KEEP_OUTCOME", "create_first_admin", "create_user", "restored"]

_CREATE_USER = "SELECT access.create_user($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"

CLAIM_KEY = "SELECT c.claim, c.stored FROM access.claim_key($1, $2, $3) c"

KEEP_OUTCOME = "SELECT access.keep_outcome($1, $2)"

# Against two first administrators at once; readers and sign-ins go on.
_LOCK_USERS = "LOCK TABLE app.users IN SHARE ROW EXCLUSIVE MODE"

_ADMIN_EXISTS = "SELECT EXISTS (SELECT FROM app.users WHERE platform_role = 'ADMIN')"

register("users_pkey", lambda _: IdAlreadyUsed(path=("id",)))
register("user_private_phone_once", lambda _: PhoneTaken(path=("phone",)))
register("user_private_email_once", lambda _: EmailTaken(path=("email",)))


async def create_user(
    database: Database,
    keyring: Keyring,
    hasher: PasswordHasher,
    principal: Principal,
    command: CreateUser,
    sent: Mapping[str, Any],
) -> Outcome:
    """Make a user, once for this key, whatever how often it is asked.

    Args:
        database: The pools.
        keyring: The keys of the installation.
        hasher: Hashes the password.
        principal: An administrator's session.
        command: Whom to make.
        sent: The fields of the input as they were sent, without the key; what a repeat is compared by.

    Returns:
        The outcome, with `error` set where the command was refused.

    Raises:
        UnauthenticatedError: The principal is unknown, expired, revoked or no administrator's.
        AccessDenied: The viewer may not make users.
    """
    if principal.role is not DatabaseRole.ADMIN:
        raise AccessDenied(Resource.USER, Action.CREATE)
    contents = fingerprints(keyring, USER_CREATE, sent)
    try:
        decision: _UserRow | DomainError = await _user_row(keyring, hasher, command)
    except TryAgainLater as error:
        # Nothing was decided, so nothing is kept.
        return Outcome(error=error)
    except DomainError as error:
        decision = error
    try:
        return await _decide(database, principal, command, contents, decision)
    except DomainError as error:
        # What was written is taken back; the refusal is kept, unless a rival with the same key decided meanwhile.
        return await _decide(database, principal, command, contents, error)


async def create_first_admin(
    connection: asyncpg.Connection, keyring: Keyring, hasher: PasswordHasher, command: CreateUser
) -> UUID:
    """Make the platform's first administrator, from the command line.

    Args:
        connection: One whose login may become the owner, as migrations use it.
        keyring: The keys of the installation.
        hasher: Hashes the password.
        command: Whom to make; as an administrator, whatever it says.

    Returns:
        The user's id.

    Raises:
        AdminExists: There is an administrator already.
        DomainError: What `CreateUser.checked` raises, `PhoneTaken`, `EmailTaken` or `IdAlreadyUsed`.
    """
    row = await _user_row(keyring, hasher, replace(command, is_admin=True))
    async with connection.transaction():
        await connection.execute(f"SET LOCAL ROLE {OWNER}")
        await connection.execute(_LOCK_USERS)
        if await connection.fetchval(_ADMIN_EXISTS):
            raise AdminExists
        await _insert(connection, row)
    return command.user_id


async def _decide(
    database: Database,
    principal: Principal,
    command: CreateUser,
    contents: tuple[bytes, ...],
    decision: _UserRow | DomainError,
) -> Outcome:
    """Claim the key, then make the user or keep the refusal; a repeat is answered as the first time."""
    key = command.idempotency_key
    async with database.transaction(DatabaseRole.ADMIN, Isolation.WRITE) as connection:
        viewer = await enter(connection, principal, [])
        if not allows(viewer, Action.CREATE, Resource.USER):
            raise AccessDenied(Resource.USER, Action.CREATE)
        known = await connection.fetchrow(CLAIM_KEY, key, USER_CREATE, contents)
        if known["claim"] == "REUSED":
            return Outcome(error=IdempotencyKeyReused(path=("idempotencyKey",)))
        if known["claim"] == "REPLAY":
            stored = known["stored"]
            return command.expected_outcome().replayed() if stored is None else restored(stored)
        if isinstance(decision, _UserRow):
            await _insert(connection, decision)
            return command.expected_outcome()
        if not isinstance(decision, USER_CREATE_RAISES):
            raise UndeclaredError(f"{USER_CREATE} raised {decision.reason} undeclared") from decision
        outcome = Outcome(error=decision)
        await connection.execute(KEEP_OUTCOME, key, json.dumps(outcome.to_stored()))
        return outcome


@dataclass(frozen=True, slots=True, repr=False)
class _UserRow:
    """A user as the database takes it, everything personal sealed."""

    user: NewUser
    person_key: bytes
    name_sealed: bytes
    phone_sealed: bytes | None
    email_sealed: bytes | None
    phones: tuple[bytes, ...]
    emails: tuple[bytes, ...]
    password_hash: str


async def _user_row(keyring: Keyring, hasher: PasswordHasher, command: CreateUser) -> _UserRow:
    user, password = command.checked()
    try:
        password_hash = await hasher.hash(password)
    except SignInBusy:
        raise TryAgainLater from None
    key = new_person_key(keyring)
    cipher = PersonCipher(keyring, key)
    return _UserRow(
        user=user,
        person_key=key,
        name_sealed=cipher.seal("name", user.id, user.name),
        phone_sealed=None if user.phone is None else cipher.seal("phone", user.id, user.phone.value),
        email_sealed=None if user.email is None else cipher.seal("email", user.id, user.email.value),
        phones=() if user.phone is None else login_indexes(keyring, user.phone),
        emails=() if user.email is None else login_indexes(keyring, user.email),
        password_hash=password_hash,
    )


async def _insert(connection: asyncpg.Connection, row: _UserRow) -> None:
    """Make the user.

    Raises:
        IdAlreadyUsed: Another user has the id.
        PhoneTaken: Another user signs in with the phone number.
        EmailTaken: Another user signs in with the e-mail address.
    """
    try:
        await connection.execute(
            _CREATE_USER,
            row.user.id,
            "ADMIN" if row.user.is_admin else "USER",
            row.user.locale,
            row.person_key,
            row.name_sealed,
            row.phone_sealed,
            row.email_sealed,
            row.phones,
            row.emails,
            row.password_hash,
        )
    except asyncpg.PostgresError as error:
        refusal = domain_error(error)
        if error.sqlstate == RefusalState.CONFLICT:
            refusal = PhoneTaken(path=("phone",)) if error.detail == "phone" else EmailTaken(path=("email",))
        if refusal is None:
            raise
        raise refusal from error


def restored(stored: str) -> Outcome:
    """The outcome that was kept with a key."""
    return Outcome.from_stored(json.loads(stored))
