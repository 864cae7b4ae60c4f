"""Identifiers: every record has a UUID, minted by a client or here, and written in one form."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import threading
import time
from uuid import UUID

from domain.errors import DomainError

__all__ = ["NotAnId", "derived_id", "new_id", "parse_id"]

_CANONICAL = re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}")

_TAIL_BITS = 74
_LOW_BITS = 62
_STEP_BITS = 32
_VERSION_7 = 0x7 << 76
_VERSION_8 = 0x8 << 76
_VARIANT = 0b10 << 62


class NotAnId(DomainError):
    """The text is not a UUID in its canonical form."""

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "Give the id as a UUID of 36 characters, as it was answered or minted."


class _Version7:
    """Mints UUIDs of version 7 that never go backwards within a process.

    RFC 9562, section 6.2, method 2: within one millisecond, or when the clock steps back, the random part grows by a
    random step, so that the next id follows without being guessable.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process = 0
        self._millisecond = 0
        self._tail = 0

    def mint(self, now: int) -> int:
        """The next id as an integer, for a moment in milliseconds since 1970."""
        with self._lock:
            process = os.getpid()
            if now > self._millisecond or process != self._process:
                # The highest bit starts at zero to leave room for the steps. A forked child must not go on where its
                # parent stood, or both would mint from the same state.
                self._process, self._millisecond = process, now
                self._tail = secrets.randbits(_TAIL_BITS - 1)
            else:
                self._tail += 1 + secrets.randbits(_STEP_BITS)
                if self._tail >> _TAIL_BITS:
                    self._millisecond += 1
                    self._tail = secrets.randbits(_TAIL_BITS - 1)
            high, low = self._tail >> _LOW_BITS, self._tail & ((1 << _LOW_BITS) - 1)
            return self._millisecond << 80 | _VERSION_7 | high << 64 | _VARIANT | low


_mint = _Version7().mint


def new_id() -> UUID:
    """A new UUID of version 7, greater than every earlier one of this process."""
    return UUID(int=_mint(time.time_ns() // 1_000_000))


def derived_id(base: UUID, name: str) -> UUID:
    """The id of what `name` is within `base`: the same each time, and about as old as `base`.

    A UUID of version 8 (RFC 9562, section 5.8): the 48 bits in which a version 7 holds its moment are those of `base`,
    so that an index takes ids of one hour side by side; the others are from a SHA-256 of both.
    """
    hashed = int.from_bytes(hashlib.sha256(base.bytes + name.encode()).digest()[:10])
    tail = hashed & ~(0xF << 76) & ~(0b11 << 62)
    return UUID(int=base.int >> 80 << 80 | _VERSION_8 | _VARIANT | tail)


def parse_id(text: str) -> UUID:
    """Reads an id: 32 hexadecimal digits in five groups with hyphens, of any version.

    Capitals are read as well, since some platforms write them; an id is always answered in small letters.

    Raises:
        NotAnId: If the text is anything else, such as a UUID in braces, without hyphens or with a `urn:` before it.
    """
    if not _CANONICAL.fullmatch(text):
        raise NotAnId
    return UUID(text)
