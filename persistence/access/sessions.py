"""Sessions in PostgreSQL: opened with a password, kept with refresh tokens, ended.

A sign-in takes the same statements and one check of a password whatever is wrong with it, so that neither the answer
nor its time tells who is registered. No connection is held while a password is hashed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil
from typing import Any
from uuid import UUID

import asyncpg

from domain.access.attempts import SIGN_IN_LIMITS, SignInLimits, TooManyAttempts, place_of
from domain.access.passwords import PasswordNotAllowed, normalise_password
from domain.access.sessions import (
    FIRST_LOCK,
    FORGOTTEN_AFTER,
    FREE_ATTEMPTS,
    IDLE_LIFE,
    LONGEST_LOCK,
    Device,
    OpenSession,
    RefreshRefused,
    RefreshSession,
    RefreshTokenReused,
    SessionNotFound,
    SessionRole,
    SignInRefused,
    TryAgainLater,
    read_login,
)
from domain.access.standing import StandingCommand
from domain.access.users import CreateUser
from domain.errors import faults_at
from domain.identifiers import new_id
from domain.service import Outcome
from persistence.access.attempts import Attempt, take_attempts
from persistence.access.logins import login_indexes
from persistence.access.standing import change_standing
from persistence.access.users import create_user
from persistence.crypto.blind_index import BlindIndexPurpose, blind_index, blind_indexes
from persistence.crypto.keyring import Keyring
from persistence.crypto.passwords import PasswordHasher, SignInBusy, Verification
from persistence.crypto.tokens import (
    AccessTokens,
    TokenInvalid,
    TokenRole,
    digest,
    new_refresh_token,
    recover_successor,
    successor,
)
from persistence.database import Database, DatabaseRole, Isolation
from persistence.viewer import Principal, enter

__all__ = ["Access", "SignedIn"]

_FIND_CREDENTIALS = """
SELECT c.user_id, c.password_hash, c.password_set_at, c.platform_role, c.is_locked
FROM access.find_credentials($1) c
"""

_OPEN_SESSION = "SELECT access.open_session($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"

_SIGN_IN_FAILED = "SELECT access.sign_in_failed($1, $2, $3, $4, $5)"

_REFRESH_SESSION = """
SELECT r.status, r.session_id, r.user_id, r.session_role, r.expires_at, r.kept_successor
FROM access.refresh_session($1, $2, $3) r
"""

_REVOKE_SESSION = "SELECT access.revoke_session($1, $2)"

_TOKEN_ROLES = {SessionRole.APP: TokenRole.APP, SessionRole.ADMIN: TokenRole.ADMIN}


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What a device gets: who is signed in, and the tokens to show for it.

    Attributes:
        user_id: The user.
        session_id: The session.
        is_admin: Whether the session is for the administration of the platform.
        access_token: Goes with every request, until
        access_expires_at: when it ends.
        refresh_token: Gets the next pair, once, until
        refresh_expires_at: when the session ends if it is not refreshed.
    """

    user_id: UUID
    session_id: UUID
    is_admin: bool
    access_token: str = field(repr=False)
    access_expires_at: datetime
    refresh_token: str = field(repr=False)
    refresh_expires_at: datetime


@dataclass(frozen=True, slots=True)
class _Opening:
    """A session about to be opened; `user_id` is None where the sign-in failed."""

    user_id: UUID | None
    password_set_at: datetime | None
    session_id: UUID
    role: SessionRole
    device: Device
    rehashed: str | None = field(repr=False)


class Access:
    """Lets people in: opens, refreshes and revokes sessions, and makes users.

    Args:
        database: The pools.
        keyring: The keys of the installation.
        hasher: Checks and hashes passwords.
        tokens: Issues access tokens.
        idle_life: How long a session lives without being refreshed.
        limits: How often one may try to sign in.

    Raises:
        ValueError: The idle life is not above zero.
    """

    def __init__(
        self,
        database: Database,
        keyring: Keyring,
        hasher: PasswordHasher,
        tokens: AccessTokens,
        idle_life: timedelta = IDLE_LIFE,
        limits: SignInLimits = SIGN_IN_LIMITS,
    ) -> None:
        if idle_life <= timedelta(0):
            raise ValueError("a session's idle life is longer than nothing")
        self._database = database
        self._keyring = keyring
        self._hasher = hasher
        self._tokens = tokens
        self._idle_life = idle_life
        self._limits = limits

    async def open_session(
        self, command: OpenSession, *, address: str | None = None, user_agent: str | None = None
    ) -> SignedIn:
        """Sign in.

        Args:
            command: With what.
            address: The IP address that the request came from.
            user_agent: What the program that sent it calls itself.

        Raises:
            SignInRefused: The login is unknown, suspended or locked, or the password is wrong; or an administrator's
                session was asked for by somebody else.
            PasswordTooLong: The password has more than 1,024 bytes.
            TooManyAttempts: There were too many attempts with this login, or from this place.
            TryAgainLater: Too many passwords are being checked.
        """
        password = _typed_password(command.password)
        logins = _typed_login(self._keyring, command)
        device = Device.described(command.device_type, command.device_name, address=address, user_agent=user_agent)
        found = await self._find(logins, device.address)
        verification = await self._verify(found["password_hash"], password)
        is_let_in = (
            verification.ok
            and password is not None
            and not found["is_locked"]
            and (command.role is SessionRole.APP or found["platform_role"] == SessionRole.ADMIN)
        )
        opening = _Opening(
            user_id=found["user_id"] if is_let_in else None,
            password_set_at=found["password_set_at"],
            session_id=new_id(),
            role=command.role,
            device=device,
            rehashed=await self._rehash(password or "") if is_let_in and verification.needs_rehash else None,
        )
        return await self._open(logins, opening)

    async def refresh_session(self, command: RefreshSession) -> SignedIn:
        """Exchange a refresh token for new tokens of the same session.

        A device that lost the answer may repeat this until it used the successor, and gets the same successor.

        Raises:
            RefreshRefused: The token is unknown, or its session expired, was revoked, or belongs to a suspended user.
            RefreshTokenReused: The successor was used already; the session is now revoked.
        """
        text = command.refresh_token
        try:
            presented, following = digest(text), successor(text, self._keyring)
        except TokenInvalid:
            raise RefreshRefused from None
        async with self._database.transaction(DatabaseRole.ANONYMOUS, Isolation.WRITE) as connection:
            row = await connection.fetchrow(_REFRESH_SESSION, presented, digest(following), self._idle_life)
        # Not within the transaction: an exception would take back the revocation.
        if row["status"] == "REUSED":
            raise RefreshTokenReused
        if row["status"] == "UNKNOWN":
            raise RefreshRefused
        if row["status"] == "REPEATED":
            following = self._recovered(text, row["kept_successor"])
        role = SessionRole(row["session_role"])
        return self._signed_in(row["user_id"], row["session_id"], role, following, row["expires_at"])

    async def revoke_session(self, principal: Principal, session_id: UUID) -> None:
        """End one of the viewer's own sessions, the one that asks included; ending it twice changes nothing.

        Raises:
            UnauthenticatedError: The principal is unknown, expired or revoked.
            SessionNotFound: The viewer has no such session.
        """
        why = "SIGNED_OUT" if session_id == principal.id else "REVOKED"
        async with self._database.transaction(principal.role, Isolation.WRITE) as connection:
            await enter(connection, principal, [])
            if not await connection.fetchval(_REVOKE_SESSION, session_id, why):
                raise SessionNotFound(path=("sessionId",))

    async def create_user(self, principal: Principal, command: CreateUser, sent: Mapping[str, Any]) -> Outcome:
        """Make a user; see `persistence.access.users.create_user`."""
        return await create_user(self._database, self._keyring, self._hasher, principal, command, sent)

    async def change_standing(self, principal: Principal, command: StandingCommand, sent: Mapping[str, Any]) -> Outcome:
        """Let a user sign in no more, or again; see `persistence.access.standing.change_standing`."""
        return await change_standing(self._database, self._keyring, principal, command, sent)

    async def _find(self, logins: tuple[bytes, ...], address: str | None) -> asyncpg.Record:
        """Count the attempt, and find what the login is checked against; raises TooManyAttempts."""
        async with self._database.transaction(DatabaseRole.ANONYMOUS, Isolation.WRITE) as connection:
            wait = await take_attempts(connection, self._attempts(logins[0], address))
            if wait is None:
                return await connection.fetchrow(_FIND_CREDENTIALS, logins)
        # Not within the transaction: an exception would take back the count.
        raise TooManyAttempts(max(1, ceil(wait.total_seconds())))

    def _attempts(self, login: bytes, address: str | None) -> list[Attempt]:
        """What a sign-in counts for: the place it comes from, where that is known, and the login."""
        place = place_of(address)
        attempts = [] if place is None else [blind_index(self._keyring, BlindIndexPurpose.PLACE, place)]
        return [
            *(Attempt(each, self._limits.of_place) for each in attempts),
            Attempt(login, self._limits.of_login),
        ]

    async def _open(self, logins: tuple[bytes, ...], opening: _Opening) -> SignedIn:
        """Open the session, or count the failure; the database decides anew, since meanwhile much may have changed."""
        token, device = new_refresh_token(), opening.device
        async with self._database.transaction(DatabaseRole.ANONYMOUS, Isolation.WRITE) as connection:
            expires_at = await connection.fetchval(
                _OPEN_SESSION,
                logins,
                opening.user_id,
                opening.password_set_at,
                opening.session_id,
                opening.role.value,
                device.type.value,
                device.name,
                device.address,
                device.user_agent,
                token.digest,
                self._idle_life,
                opening.rehashed,
            )
            if expires_at is None:
                await connection.execute(
                    _SIGN_IN_FAILED, logins[0], FREE_ATTEMPTS, FIRST_LOCK, LONGEST_LOCK, FORGOTTEN_AFTER
                )
        # Not within the transaction: an exception would take back the count.
        if opening.user_id is None or expires_at is None:
            raise SignInRefused
        return self._signed_in(opening.user_id, opening.session_id, opening.role, token.text, expires_at)

    async def _verify(self, stored: str | None, password: str | None) -> Verification:
        try:
            # Nobody's password is empty, so what cannot be a password is checked as that.
            return await self._hasher.verify(stored, password or "")
        except SignInBusy:
            raise TryAgainLater from None

    async def _rehash(self, password: str) -> str | None:
        try:
            return await self._hasher.hash(password)
        except SignInBusy:
            # The old hash is still good; the next sign-in brings it up to date.
            return None

    def _recovered(self, text: str, kept: bytes) -> str:
        try:
            return recover_successor(text, self._keyring, kept)
        except TokenInvalid:
            # Derived under a master secret that has left the keyring since.
            raise RefreshRefused from None

    def _signed_in(
        self, user_id: UUID, session_id: UUID, role: SessionRole, refresh_token: str, expires_at: datetime
    ) -> SignedIn:
        issued = self._tokens.issue(user_id, session_id, _TOKEN_ROLES[role])
        return SignedIn(
            user_id=user_id,
            session_id=session_id,
            is_admin=role is SessionRole.ADMIN,
            access_token=issued.text,
            access_expires_at=issued.expires_at,
            refresh_token=refresh_token,
            refresh_expires_at=expires_at,
        )


def _typed_password(text: str) -> str | None:
    """The password in the form in which it was hashed; None if it cannot be anybody's.

    Raises:
        PasswordTooLong: It has more than 1,024 bytes.
    """
    try:
        with faults_at("password"):
            return normalise_password(text)
    except PasswordNotAllowed:
        return None


def _typed_login(keyring: Keyring, command: OpenSession) -> tuple[bytes, ...]:
    """Every index under which the login may be stored, the current one first; its failures count under that."""
    login = read_login(command.login, command.region)
    if login is None:
        # What is no login is counted like one. A digest is no e-mail address, so it is found at nobody's.
        text = hashlib.sha256(command.login.encode("utf-8", "surrogatepass")).hexdigest()
        return blind_indexes(keyring, BlindIndexPurpose.EMAIL, text)
    return login_indexes(keyring, login)
