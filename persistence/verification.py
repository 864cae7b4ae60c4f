"""Reads a book out of PostgreSQL for the independent verification; see `domain.ledger.verification`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID

import asyncpg

from domain.ledger.chain import ChainedEntry, ChainedLine, closing_code
from domain.ledger.verification import (
    BalancesAfter,
    BookCheck,
    BookState,
    Fault,
    Movement,
    StoredContribution,
    StoredEntry,
)

__all__ = ["BookNotFoundError", "BookReport", "verify_book"]

ROWS_AT_ONCE = 500
"""How many rows of a book are in memory at a time, of each of the three tables that are read side by side."""

_HEAD = "SELECT base_currency, entry_number, entry_hash FROM ledger.heads WHERE tenant_id = $1"

_PLACES = "SELECT id, place FROM ledger.accounts WHERE tenant_id = $1 AND place IS NOT NULL"

_ACCOUNT_BALANCES = "SELECT account_id, balance FROM ledger.account_balances WHERE tenant_id = $1"

_MEMBER_BALANCES = "SELECT account_id, member_id, balance FROM ledger.member_balances WHERE tenant_id = $1"

_MOVEMENTS = """
SELECT effective_on, meeting_id, kind, account_id, amount, lines_count FROM ledger.movements WHERE tenant_id = $1
"""

_ENTRIES = """
SELECT number AS entry_number, id, kind, effective_on, booked_at, meeting_id, member_id, reverses_id, actor_id, hash
FROM ledger.entries WHERE tenant_id = $1 ORDER BY number
"""

_LINES = """
SELECT entry_number, account_id, member_id, currency, amount, base_amount, shares, account_balance_after,
       member_balance_after
FROM ledger.lines WHERE tenant_id = $1 ORDER BY entry_number, line_number
"""

_CONTRIBUTIONS = """
SELECT entry_number, id, meeting_id, member_id, kind, amount, currency, place
FROM app.contributions WHERE tenant_id = $1 ORDER BY entry_number
"""


class BookNotFoundError(LookupError):
    """There is no such book, or the viewer may not see it."""


@dataclass(frozen=True, slots=True)
class BookReport:
    """What the verification of a book found.

    Attributes:
        tenant_id: Whose book it is.
        entries_count: The number of its last entry, by its head.
        faults: What is wrong with it; nothing for a sound book.
        head_hash: The hash of its last entry, by its head.
        closing_code: Six characters that stand for the head hash.
    """

    tenant_id: UUID
    entries_count: int
    faults: tuple[Fault, ...]
    head_hash: bytes
    closing_code: str


async def verify_book(connection: asyncpg.Connection, tenant_id: UUID) -> BookReport:
    """Recompute a whole book. It is read in pieces, so that its length does not matter.

    Args:
        connection: Within a transaction that is one snapshot, entered as whoever sees every column of the ledger.
        tenant_id: Whose book.

    Raises:
        BookNotFoundError: There is no such book, or the viewer may not see it.
    """
    head = await connection.fetchrow(_HEAD, tenant_id)
    if head is None:
        raise BookNotFoundError(f"there is no book of {tenant_id}")
    check = BookCheck(await _state(connection, tenant_id, head))
    async for stored in _stored(connection, tenant_id):
        check.take(stored)
    return BookReport(
        tenant_id=tenant_id,
        entries_count=head["entry_number"],
        faults=check.faults(),
        head_hash=head["entry_hash"],
        closing_code=closing_code(head["entry_hash"]),
    )


async def _state(connection: asyncpg.Connection, tenant_id: UUID, head: asyncpg.Record) -> BookState:
    places = await connection.fetch(_PLACES, tenant_id)
    accounts = await connection.fetch(_ACCOUNT_BALANCES, tenant_id)
    members = await connection.fetch(_MEMBER_BALANCES, tenant_id)
    movements = await connection.fetch(_MOVEMENTS, tenant_id)
    return BookState(
        base_currency=head["base_currency"],
        entries_count=head["entry_number"],
        head_hash=head["entry_hash"],
        places={row["id"]: row["place"] for row in places},
        account_balances={row["account_id"]: row["balance"] for row in accounts},
        member_balances={(row["account_id"], row["member_id"]): row["balance"] for row in members},
        movements={
            (row["effective_on"], row["meeting_id"], row["kind"], row["account_id"]): Movement(
                row["amount"], row["lines_count"]
            )
            for row in movements
        },
    )


class _Rows:
    """The rows of a statement in the order of entry numbers, taken a number at a time."""

    def __init__(self, connection: asyncpg.Connection, statement: str, tenant_id: UUID) -> None:
        self._rows = aiter(connection.cursor(statement, tenant_id, prefetch=ROWS_AT_ONCE))
        self._next: asyncpg.Record | None = None

    async def begin(self) -> None:
        """Read the first row."""
        self._next = await anext(self._rows, None)

    @property
    def number(self) -> int | None:
        """The entry number of the next row; None at the end."""
        return None if self._next is None else self._next["entry_number"]

    async def take(self, number: int) -> list[asyncpg.Record]:
        """The rows under a number, none if the next row has another."""
        taken = []
        while self._next is not None and self._next["entry_number"] == number:
            taken.append(self._next)
            self._next = await anext(self._rows, None)
        return taken


async def _stored(connection: asyncpg.Connection, tenant_id: UUID) -> AsyncIterator[StoredEntry]:
    """What is kept under each entry number, in order; entries, lines and contributions are read side by side."""
    entries, lines, contributions = (
        _Rows(connection, statement, tenant_id) for statement in (_ENTRIES, _LINES, _CONTRIBUTIONS)
    )
    for rows in (entries, lines, contributions):
        await rows.begin()
    while numbers := [rows.number for rows in (entries, lines, contributions) if rows.number is not None]:
        number = min(numbers)
        entry_rows = await entries.take(number)
        line_rows = await lines.take(number)
        contribution_rows = await contributions.take(number)
        yield _stored_entry(tenant_id, number, entry_rows, line_rows, contribution_rows)


def _stored_entry(
    tenant_id: UUID,
    number: int,
    entry_rows: list[asyncpg.Record],
    line_rows: list[asyncpg.Record],
    contribution_rows: list[asyncpg.Record],
) -> StoredEntry:
    lines = tuple(
        ChainedLine(
            row["account_id"], row["member_id"], row["currency"], row["amount"], row["base_amount"], row["shares"]
        )
        for row in line_rows
    )
    row = entry_rows[0] if entry_rows else None
    return StoredEntry(
        number=number,
        entry=None if row is None else _chained_entry(tenant_id, row, lines),
        hash=b"" if row is None else row["hash"],
        member_id=None if row is None else row["member_id"],
        lines=lines,
        after=tuple(BalancesAfter(row["account_balance_after"], row["member_balance_after"]) for row in line_rows),
        contributions=tuple(
            StoredContribution(
                id=row["id"],
                meeting_id=row["meeting_id"],
                member_id=row["member_id"],
                kind=row["kind"],
                amount=row["amount"],
                currency=row["currency"],
                place=row["place"],
            )
            for row in contribution_rows
        ),
    )


def _chained_entry(tenant_id: UUID, row: asyncpg.Record, lines: tuple[ChainedLine, ...]) -> ChainedEntry:
    return ChainedEntry(
        tenant_id=tenant_id,
        number=row["entry_number"],
        id=row["id"],
        kind=row["kind"],
        booked_at=row["booked_at"],
        effective_on=row["effective_on"],
        meeting_id=row["meeting_id"],
        reverses_id=row["reverses_id"],
        actor_id=row["actor_id"],
        lines=lines,
    )
