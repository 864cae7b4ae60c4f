"""Password hashes: argon2id over a peppered password, in a few threads, with a limit on how many may wait.

A stored hash is the id of the master key whose pepper went in, then argon2's own text:
`0123456789abcdef$argon2id$v=19$m=19456,t=2,p=1$salt$hash`. So a change of master secret or of parameters invalidates no
password; `Verification.needs_rehash` says when to store a new hash.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import os
import secrets
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import argon2
from argon2.exceptions import Argon2Error, InvalidHashError, VerifyMismatchError

from persistence.crypto.keyring import Keyring, Keys

__all__ = [
    "HASH_BYTES",
    "HASH_LANES",
    "HASH_MEMORY_KIB",
    "HASH_PASSES",
    "SALT_BYTES",
    "WAITING_MAX",
    "WORKERS_MAX",
    "PasswordHashBroken",
    "PasswordHasher",
    "SignInBusy",
    "Verification",
]

HASH_MEMORY_KIB = 19_456
HASH_PASSES = 2
HASH_LANES = 1
HASH_BYTES = 32
SALT_BYTES = 16
WORKERS_MAX = 4
WAITING_MAX = 64
"""Passwords that may wait for a thread: about a second of work for two threads."""

T = TypeVar("T")


class SignInBusy(Exception):
    """Too many passwords are being checked at this moment; the caller may try again in a few seconds."""


class PasswordHashBroken(Exception):
    """A stored hash is malformed, or its pepper belongs to a master secret that is not in the keyring."""


@dataclass(frozen=True, slots=True)
class Verification:
    """The outcome of checking a password.

    Attributes:
        ok: Whether it is the right one.
        needs_rehash: Whether to store a new hash now; never without `ok`.
    """

    ok: bool
    needs_rehash: bool

    def __post_init__(self) -> None:
        if self.needs_rehash and not self.ok:
            raise ValueError("only a password that was right is hashed anew")


class PasswordHasher:
    """Hashes and checks passwords without holding up the event loop.

    Passwords are given as `domain.access.passwords` normalised them.

    Args:
        keyring: The keys of the installation, which hold the pepper.
        workers: Threads; the number of cores by default, at most four.
        waiting_max: Passwords that may wait for a thread before `SignInBusy` is raised.
    """

    def __init__(self, keyring: Keyring, *, workers: int | None = None, waiting_max: int = WAITING_MAX) -> None:
        threads = workers or min(os.cpu_count() or 1, WORKERS_MAX)
        self._keyring = keyring
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="password")
        self._places = threading.BoundedSemaphore(threads + waiting_max)
        self._argon2 = argon2.PasswordHasher(
            time_cost=HASH_PASSES,
            memory_cost=HASH_MEMORY_KIB,
            parallelism=HASH_LANES,
            hash_len=HASH_BYTES,
            salt_len=SALT_BYTES,
            type=argon2.Type.ID,
        )
        self._nobodys = _hash_of_nobody(keyring)

    async def hash(self, password: str) -> str:
        """The text to store for a password.

        Raises:
            SignInBusy: Too many are waiting.
        """
        return await self._run(lambda: self._hash(password))

    async def verify(self, stored: str | None, password: str) -> Verification:
        """Check a password against what is stored, or against nobody's hash where the user is unknown.

        Both take the same work, so that the time of the answer does not tell who is registered.

        Raises:
            SignInBusy: Too many are waiting.
            PasswordHashBroken: What is stored is no hash that this keyring can check.
        """
        return await self._run(lambda: self._verify(self._nobodys if stored is None else stored, password))

    def close(self) -> None:
        """Drop what waits and end the threads, after the hash each is at."""
        self._threads.shutdown(cancel_futures=True)

    async def _run(self, work: Callable[[], T]) -> T:
        """Run `work` in a thread, if there is a place.

        The place is given back when the work ends, not when the caller stops waiting: a caller who hangs up during a
        hash still occupies its thread, and one who hangs up earlier takes the work out of the queue.
        """
        if not self._places.acquire(blocking=False):
            raise SignInBusy("too many passwords are being checked; try again in a few seconds")
        try:
            future = self._threads.submit(work)
        except RuntimeError:
            self._places.release()
            raise
        future.add_done_callback(lambda _: self._places.release())
        return await asyncio.wrap_future(future)

    def _hash(self, password: str) -> str:
        keys = self._keyring.current
        return keys.key_id.hex() + self._argon2.hash(_peppered(keys, password))

    def _verify(self, stored: str, password: str) -> Verification:
        keys, encoded = self._parse(stored)
        try:
            self._argon2.verify(encoded, _peppered(keys, password))
            stale = keys is not self._keyring.current or self._argon2.check_needs_rehash(encoded)
        except VerifyMismatchError:
            return Verification(ok=False, needs_rehash=False)
        except (Argon2Error, InvalidHashError):
            raise PasswordHashBroken("a stored password hash cannot be checked") from None
        return Verification(ok=True, needs_rehash=stale)

    def _parse(self, stored: str) -> tuple[Keys, str]:
        """The keys whose pepper went in, and argon2's own text."""
        key_id, dollar, rest = stored.partition("$")
        try:
            keys = self._keyring.find(bytes.fromhex(key_id))
        except ValueError:
            keys = None
        if keys is None:
            raise PasswordHashBroken("a stored password hash names no master key of the keyring")
        return keys, dollar + rest


def _peppered(keys: Keys, password: str) -> bytes:
    return hmac.digest(keys.pepper, password.encode(), hashlib.sha256)


def _hash_of_nobody(keyring: Keyring) -> str:
    """A well-formed hash that no password has: random bytes where argon2 would have put its result."""
    salt, result = (
        base64.b64encode(secrets.token_bytes(length)).rstrip(b"=").decode() for length in (SALT_BYTES, HASH_BYTES)
    )
    parameters = f"v={argon2.low_level.ARGON2_VERSION}$m={HASH_MEMORY_KIB},t={HASH_PASSES},p={HASH_LANES}"
    return f"{keyring.current.key_id.hex()}$argon2id${parameters}${salt}${result}"
