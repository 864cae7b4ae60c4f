"""The hash chain of a book: the canonical bytes of an entry, its hash, and the closing code.

Specification: `docs/hash-chain.md`. The database builds the same bytes when it posts; this is the independent second
reading that verification compares with. Nothing personal enters the bytes.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from uuid import UUID

from domain.calendar import require_utc
from domain.money import ten_thousandths

__all__ = [
    "CHAIN_VERSION",
    "GENESIS",
    "HASH_BYTES",
    "ChainedEntry",
    "ChainedLine",
    "NotAClosingCode",
    "canonical_bytes",
    "closing_bits",
    "closing_code",
    "entry_hash",
]

CHAIN_VERSION = 1
"""The version of the specification, the first byte of every entry."""

HASH_BYTES = 32
"""The length of a SHA-256 hash."""

GENESIS = bytes(HASH_BYTES)
"""What stands for the previous hash before the first entry."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = date(1970, 1, 1)
_MICROSECOND = timedelta(microseconds=1)
_CURRENCY = re.compile(r"[A-Z]{3}")
_ABSENT, _PRESENT = b"\x00", b"\x01"

_CODE_PREFIX = b"kibubu-closing-1"
_CODE_LENGTH = 6
_CODE_BITS = 5 * _CODE_LENGTH
# Crockford's base 32: no I, L, O or U, so that a code survives being read aloud and written down.
_CODE_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_CODE_MISREADINGS = str.maketrans("ILO", "110")


@dataclass(frozen=True, slots=True)
class ChainedLine:
    """One line of an entry, as it enters the chain.

    Attributes:
        account_id: The account it moves.
        member_id: The member it concerns, if any.
        currency: The ISO 4217 code of the account's currency.
        amount: In units of the currency; debit positive, credit negative.
        base_amount: The same in units of the book's base currency.
        shares: How many shares the member gains by it; None on accounts that count none.
    """

    account_id: UUID
    member_id: UUID | None
    currency: str
    amount: Decimal
    base_amount: Decimal
    shares: int | None = None


@dataclass(frozen=True, slots=True)
class ChainedEntry:
    """A journal entry, as it enters the chain.

    Attributes:
        tenant_id: The group or partner whose book it is in.
        number: Its gapless number in the book, from 1.
        id: Its identifier.
        kind: The kind of business event, such as `SHARE_PURCHASE`.
        booked_at: When it was posted, in UTC, to the microsecond.
        effective_on: The group's date it counts for.
        meeting_id: The meeting it belongs to, if any.
        reverses_id: The entry it takes back, if any.
        actor_id: The user who posted it; none for a job.
        lines: Its lines, in their order.
    """

    tenant_id: UUID
    number: int
    id: UUID
    kind: str
    booked_at: datetime
    effective_on: date
    meeting_id: UUID | None
    reverses_id: UUID | None
    actor_id: UUID | None
    lines: tuple[ChainedLine, ...]


def canonical_bytes(entry: ChainedEntry, previous_hash: bytes) -> bytes:
    """The bytes that are hashed for an entry, by version 1 of the specification.

    Args:
        entry: The entry.
        previous_hash: The hash of the entry before it, `GENESIS` for the first.

    Raises:
        ValueError: If a value has no place in the specification: a hash that is not 32 bytes, a moment that is not in
            UTC, a currency that is not three capitals, an amount finer than 1/10,000 or above the limit, a number or
            a count of shares beyond 64 bits, a kind beyond 32,767 bytes.
    """
    if len(previous_hash) != HASH_BYTES:
        raise ValueError(f"a hash has {HASH_BYTES} bytes")
    kind = entry.kind.encode()
    booked_at = (require_utc(entry.booked_at) - _EPOCH) // _MICROSECOND
    effective_on = (entry.effective_on - _EPOCH_DAY).days
    try:
        parts = [
            struct.pack(">B", CHAIN_VERSION),
            entry.tenant_id.bytes,
            previous_hash,
            struct.pack(">q", entry.number),
            entry.id.bytes,
            struct.pack(">h", len(kind)),
            kind,
            struct.pack(">qi", booked_at, effective_on),
            _optional(entry.meeting_id),
            _optional(entry.reverses_id),
            _optional(entry.actor_id),
            struct.pack(">i", len(entry.lines)),
        ]
    except struct.error as error:
        raise ValueError("a value of the entry is out of range") from error
    parts.extend(_line_bytes(line) for line in entry.lines)
    return b"".join(parts)


def entry_hash(entry: ChainedEntry, previous_hash: bytes) -> bytes:
    """The SHA-256 hash of an entry's canonical bytes; raises ValueError as `canonical_bytes` does."""
    return sha256(canonical_bytes(entry, previous_hash)).digest()


def closing_code(head_hash: bytes) -> str:
    """Six characters that stand for the whole book up to its head, to be read aloud and written down.

    It has 30 bits: enough to show an accident or a book changed behind the group's back, not enough to be a proof by
    itself. The hash is the proof.

    Args:
        head_hash: The hash of the last entry.

    Raises:
        ValueError: If the hash is not 32 bytes.
    """
    if len(head_hash) != HASH_BYTES:
        raise ValueError(f"a hash has {HASH_BYTES} bytes")
    bits = int.from_bytes(sha256(_CODE_PREFIX + head_hash).digest()[:4]) >> (32 - _CODE_BITS)
    return "".join(_CODE_ALPHABET[bits >> shift & 0x1F] for shift in range(_CODE_BITS - 5, -1, -5))


class NotAClosingCode(ValueError):
    """A text that nobody can have read from a book."""


def closing_bits(code: str) -> int:
    """The thirty bits of a closing code as a person wrote it: in any case, with I and L for 1 and O for 0.

    Raises:
        NotAClosingCode: The text is none.
    """
    written = code.strip().upper().translate(_CODE_MISREADINGS)
    if len(written) != _CODE_LENGTH or any(sign not in _CODE_ALPHABET for sign in written):
        raise NotAClosingCode(f"A closing code has {_CODE_LENGTH} letters and digits, such as RV82HH.")
    bits = 0
    for sign in written:
        bits = bits << 5 | _CODE_ALPHABET.index(sign)
    return bits


def _line_bytes(line: ChainedLine) -> bytes:
    """The bytes of one line."""
    if not _CURRENCY.fullmatch(line.currency):
        raise ValueError("a currency is three capital letters")
    amounts = struct.pack(">qq", ten_thousandths(line.amount), ten_thousandths(line.base_amount))
    try:
        shares = _ABSENT if line.shares is None else _PRESENT + struct.pack(">q", line.shares)
    except struct.error as error:
        raise ValueError("a number of shares is beyond 64 bits") from error
    return line.account_id.bytes + _optional(line.member_id) + line.currency.encode() + amounts + shares


def _optional(value: UUID | None) -> bytes:
    """A byte that says whether there is a value, then the value."""
    return _ABSENT if value is None else _PRESENT + value.bytes
