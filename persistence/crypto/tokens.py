"""Access tokens, which say who is signed in for ten minutes, and refresh tokens, which get the next one.

An access token is a JWT signed with Ed25519; nothing is stored of it. A refresh token is 256 random bits; the database
holds its SHA-256 only. Its successor is derived from it with a key, so that a device which lost the answer may repeat
its refresh and is given the same successor, though the server keeps no token in the clear.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from persistence.crypto.keyring import Keyring, Keys

__all__ = [
    "ACCESS_TOKEN_CHARACTERS_MAX",
    "ACCESS_TOKEN_LIFETIME",
    "VERIFIED_TOKENS_MAX",
    "AccessClaims",
    "AccessTokens",
    "IssuedToken",
    "RefreshToken",
    "TokenExpired",
    "TokenInvalid",
    "TokenRole",
    "digest",
    "new_refresh_token",
    "recover_successor",
    "successor",
]

ACCESS_TOKEN_LIFETIME = timedelta(minutes=10)
ACCESS_TOKEN_CHARACTERS_MAX = 2_048
VERIFIED_TOKENS_MAX = 4_096
"""Verified tokens remembered in a process, so that a busy session's signature is checked once, not each time."""
REFRESH_TOKEN_PREFIX = "kbr_"  # noqa: S105 - a mark that lets scanners find leaked tokens, not a secret
REFRESH_TOKEN_BYTES = 32

_ALGORITHM = "EdDSA"
_NAME = "kibubu"
_CLAIMS = ["sub", "sid", "aud", "iss", "iat", "exp", "role"]
# 32 bytes are 43 characters, and the last of them carries four bits only: one text for each token.
_REFRESH_SHAPE = re.compile(REFRESH_TOKEN_PREFIX + r"[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]")
_SUCCESSOR_LABEL = b"refresh-successor\x00"


class TokenExpired(Exception):
    """The access token was good until its time ran out: refresh it."""


class TokenInvalid(Exception):
    """The token is not one of ours, or not whole. The sentence never quotes it."""


class TokenRole(StrEnum):
    """The database role that requests with the token run in."""

    APP = "app"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A new access token and when it ends."""

    text: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class AccessClaims:
    """What a verified access token says."""

    user_id: UUID
    session_id: UUID
    role: TokenRole
    expires_at: datetime


class AccessTokens:
    """Issues access tokens and verifies them; for use in one event loop.

    A verified token may belong to a session that was revoked since: the database has the last word.

    Args:
        keyring: The keys of the installation; tokens signed under an earlier master secret still verify.
        clock: The present time, with a zone.
        remembered_max: Verified tokens to remember.
    """

    def __init__(
        self,
        keyring: Keyring,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        remembered_max: int = VERIFIED_TOKENS_MAX,
    ) -> None:
        self._clock = clock
        self._private_key = _private_key(keyring.current)
        self._key_id = keyring.current.key_id.hex()
        self._public_keys = {keys.key_id.hex(): _private_key(keys).public_key() for keys in keyring.every}
        self._remembered_max = remembered_max
        self._remembered: OrderedDict[bytes, AccessClaims] = OrderedDict()

    def issue(self, user_id: UUID, session_id: UUID, role: TokenRole) -> IssuedToken:
        """A token for one session, good for `ACCESS_TOKEN_LIFETIME` counted in whole seconds."""
        issued_at = self._clock().replace(microsecond=0)
        expires_at = (issued_at + ACCESS_TOKEN_LIFETIME).astimezone(UTC)
        claims = {
            "sub": str(user_id),
            "sid": str(session_id),
            "aud": _NAME,
            "iss": _NAME,
            "iat": int(issued_at.timestamp()),
            "exp": int(expires_at.timestamp()),
            "role": role.value,
        }
        text = jwt.encode(claims, self._private_key, algorithm=_ALGORITHM, headers={"kid": self._key_id})
        return IssuedToken(text, expires_at)

    def verify(self, text: str) -> AccessClaims:
        """What the token says.

        Raises:
            TokenExpired: It was ours, and its time is over.
            TokenInvalid: It is not ours, or not whole.
        """
        if len(text) > ACCESS_TOKEN_CHARACTERS_MAX or not text.isascii():
            raise TokenInvalid("the access token is malformed")
        mark = hashlib.sha256(text.encode("ascii")).digest()
        claims = self._remembered.get(mark)
        if claims is None:
            claims = self._read(text)
        if self._clock() >= claims.expires_at:
            self._remembered.pop(mark, None)
            raise TokenExpired("the access token has expired")
        self._remember(mark, claims)
        return claims

    def _remember(self, mark: bytes, claims: AccessClaims) -> None:
        self._remembered[mark] = claims
        self._remembered.move_to_end(mark)
        if len(self._remembered) > self._remembered_max:
            self._remembered.popitem(last=False)

    def _read(self, text: str) -> AccessClaims:
        """Check the signature and the claims, all but the time, which is asked of the clock."""
        try:
            key = self._public_keys.get(jwt.get_unverified_header(text).get("kid", ""))
            if key is None:
                raise TokenInvalid("the access token names no key of ours")
            claims = jwt.decode(
                text,
                key,
                algorithms=[_ALGORITHM],
                audience=_NAME,
                issuer=_NAME,
                options={
                    "require": _CLAIMS,
                    "strict_aud": True,
                    "verify_exp": False,
                    "verify_iat": False,
                    "verify_nbf": False,
                },
            )
        except jwt.PyJWTError:
            raise TokenInvalid("the access token is malformed or its signature is wrong") from None
        return _claims(claims)


class RefreshToken(NamedTuple):
    """A refresh token: the text goes to the device, the digest into the database."""

    text: str
    digest: bytes

    def __repr__(self) -> str:
        return f"RefreshToken({self.digest.hex()[:8]})"


def new_refresh_token() -> RefreshToken:
    """The first refresh token of a session."""
    text = _written(secrets.token_bytes(REFRESH_TOKEN_BYTES))
    return RefreshToken(text, digest(text))


def digest(text: str) -> bytes:
    """The 32 bytes by which the database knows a refresh token; raises TokenInvalid if it is not shaped as one."""
    if _REFRESH_SHAPE.fullmatch(text) is None:
        raise TokenInvalid("the refresh token is malformed")
    return hashlib.sha256(text.encode("ascii")).digest()


def successor(text: str, keyring: Keyring) -> str:
    """The refresh token that follows `text`: always the same one, and not to be guessed without the key.

    Raises:
        TokenInvalid: `text` is not shaped as a refresh token.
    """
    return _successor(text, keyring.current)


def recover_successor(text: str, keyring: Keyring, stored: bytes) -> str:
    """The successor that `text` was once given, also if the master secret was changed in between.

    Args:
        text: The refresh token that is presented again.
        keyring: The keys of the installation.
        stored: The digest of the successor, from the database.

    Raises:
        TokenInvalid: `text` is not shaped as a refresh token, or `stored` is no successor of it.
    """
    for keys in keyring.every:
        candidate = _successor(text, keys)
        if hmac.compare_digest(digest(candidate), stored):
            return candidate
    raise TokenInvalid("the refresh token has no such successor")


def _successor(text: str, keys: Keys) -> str:
    digest(text)  # refuses what is not shaped as a refresh token
    return _written(hmac.digest(keys.refresh_chain, _SUCCESSOR_LABEL + text.encode("ascii"), hashlib.sha256))


def _written(content: bytes) -> str:
    return REFRESH_TOKEN_PREFIX + base64.urlsafe_b64encode(content).rstrip(b"=").decode("ascii")


def _private_key(keys: Keys) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(keys.signing_seed)


def _claims(claims: dict[str, Any]) -> AccessClaims:
    """The claims as values; only a token that we signed gets here, so anything odd is a token of another version."""
    try:
        return AccessClaims(
            user_id=UUID(claims["sub"]),
            session_id=UUID(claims["sid"]),
            role=TokenRole(claims["role"]),
            expires_at=datetime.fromtimestamp(claims["exp"], UTC),
        )
    except (AttributeError, TypeError, ValueError, OverflowError, OSError):
        raise TokenInvalid("the access token says something unknown") from None
