"""Reads a book out of PostgreSQL for the independent verification; see `domain.ledger.verification`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from uuid import UUID

import asyncpg

from domain.ledger.chain import ChainedEntry, ChainedLine, closing_code
from domain.ledger.stored import (
    BookState,
    Fault,
    Movement,
    StoredAccount,
    StoredBalance,
    StoredClosing,
    StoredContribution,
    StoredDraft,
    StoredEntry,
    StoredHold,
    StoredLine,
    StoredLoanPayment,
    StoredMemberBalance,
)
from domain.ledger.verification import BookCheck

__all__ = ["BookNotFoundError", "BookReport", "verify_book"]

ROWS_AT_ONCE = 500
"""How many rows of a book are in memory at a time, of each of the tables that are read side by side."""

TELL_EVERY = 1_000
"""After how many entries whoever waits is told."""

_HEAD = "SELECT base_currency, entry_number, entry_hash, closed_through FROM ledger.heads WHERE tenant_id = $1"

_ACCOUNTS = """
SELECT id, code, type, parent_id, currency, is_postable, needs_member, member_side, counts_shares, fund, place,
       is_required, closed_at IS NOT NULL AS is_closed
FROM ledger.accounts WHERE tenant_id = $1
"""

_ACCOUNT_BALANCES = "SELECT account_id, balance, held FROM ledger.account_balances WHERE tenant_id = $1"

_MEMBER_BALANCES = "SELECT account_id, member_id, balance, shares FROM ledger.member_balances WHERE tenant_id = $1"

_MOVEMENTS = """
SELECT effective_on, meeting_id, kind, account_id, amount, lines_count FROM ledger.movements WHERE tenant_id = $1
"""

_REVERSED = "SELECT reverses_id FROM ledger.entries WHERE tenant_id = $1 AND reverses_id IS NOT NULL"

_CLOSINGS = """
SELECT entry_number, entry_hash, closed_through FROM ledger.closings
WHERE tenant_id = $1 ORDER BY entry_number, closed_through
"""

_HOLDS = "SELECT account_id, amount, outcome, placed_at, ended_by, entry_id FROM ledger.holds WHERE tenant_id = $1"

_ENTRIES = """
SELECT number AS entry_number, id, kind, effective_on, booked_at, meeting_id, member_id, reverses_id, actor_id, hash
FROM ledger.entries WHERE tenant_id = $1 ORDER BY number
"""

_LINES = """
SELECT entry_number, line_number, account_id, member_id, kind, effective_on, currency, amount, base_amount, shares,
       account_balance_after, member_balance_after
FROM ledger.lines WHERE tenant_id = $1 ORDER BY entry_number, line_number
"""

_CONTRIBUTIONS = """
SELECT entry_number, id, meeting_id, member_id, kind, shares, amount, currency, place, recorded_by
FROM app.contributions WHERE tenant_id = $1 ORDER BY entry_number
"""

# What stands beside no entry comes first, under 0.
_VOUCHERS = """
SELECT coalesce(e.number, 0) AS entry_number, v.member_id
FROM app.vouchers v LEFT JOIN ledger.entries e ON e.tenant_id = v.tenant_id AND e.id = v.id
WHERE v.tenant_id = $1 ORDER BY 1
"""

_DRAFTS = """
SELECT coalesce(e.number, 0) AS entry_number, d.status, d.kind, d.effective_on, d.meeting_id, d.member_id,
       d.reverses_id, d.line_accounts, d.line_members, d.line_amounts, d.line_shares, d.drafted_by, d.decided_by
FROM app.drafts d LEFT JOIN ledger.entries e ON e.tenant_id = d.tenant_id AND e.id = d.id
WHERE d.tenant_id = $1 AND (e.id IS NOT NULL OR d.status = 'POSTED') ORDER BY 1
"""

_DISBURSED = """
SELECT fund, member_id, sum(disbursed) FROM app.loans WHERE tenant_id = $1 AND disbursed IS NOT NULL
GROUP BY fund, member_id
"""

_LOAN_PAYMENTS = """
SELECT coalesce(e.number, 0) AS entry_number, p.id, p.member_id, l.fund, p.principal
FROM app.loan_payments p
JOIN app.loans l ON l.tenant_id = p.tenant_id AND l.id = p.loan_id
LEFT JOIN ledger.entries e ON e.tenant_id = p.tenant_id AND e.id = p.id
WHERE p.tenant_id = $1 ORDER BY 1
"""

_BESIDE = (_ENTRIES, _LINES, _CONTRIBUTIONS, _VOUCHERS, _DRAFTS, _LOAN_PAYMENTS)


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


async def verify_book(
    connection: asyncpg.Connection, tenant_id: UUID, *, progress: Callable[[int], None] | None = None
) -> BookReport:
    """Recompute a whole book. It is read in pieces, so that its length does not matter.

    Args:
        connection: Within a transaction that is one snapshot, entered as whoever sees every column of the ledger.
        tenant_id: Whose book.
        progress: Told now and then the number of the entry that was verified last.

    Raises:
        BookNotFoundError: There is no such book, or the viewer may not see it.
    """
    head = await connection.fetchrow(_HEAD, tenant_id)
    if head is None:
        raise BookNotFoundError(f"there is no book of {tenant_id}")
    check = BookCheck(await _state(connection, tenant_id, head))
    async for stored in _stored(connection, tenant_id):
        check.take(stored)
        if progress is not None and stored.number % TELL_EVERY == 0:
            progress(stored.number)
    return BookReport(
        tenant_id=tenant_id,
        entries_count=head["entry_number"],
        faults=check.faults(),
        head_hash=head["entry_hash"],
        closing_code=closing_code(head["entry_hash"]),
    )


async def _fetch(connection: asyncpg.Connection, statement: str, tenant_id: UUID) -> list[asyncpg.Record]:
    return await connection.fetch(statement, tenant_id)  # type: ignore[no-any-return]


async def _state(connection: asyncpg.Connection, tenant_id: UUID, head: asyncpg.Record) -> BookState:
    accounts, balances, members, movements, reversed_rows, closings, holds, disbursed = [
        await _fetch(connection, statement, tenant_id)
        for statement in (
            _ACCOUNTS,
            _ACCOUNT_BALANCES,
            _MEMBER_BALANCES,
            _MOVEMENTS,
            _REVERSED,
            _CLOSINGS,
            _HOLDS,
            _DISBURSED,
        )
    ]
    return BookState(
        base_currency=head["base_currency"],
        entries_count=head["entry_number"],
        head_hash=head["entry_hash"],
        closed_through=head["closed_through"],
        accounts={account_id: StoredAccount(*values) for account_id, *values in accounts},
        account_balances={account_id: StoredBalance(*values) for account_id, *values in balances},
        member_balances={
            (account_id, member_id): StoredMemberBalance(*values) for account_id, member_id, *values in members
        },
        movements={tuple(key): Movement(amount, count) for *key, amount, count in movements},
        reversed_ids=frozenset(row["reverses_id"] for row in reversed_rows),
        closings=tuple(StoredClosing(*row) for row in closings),
        holds=tuple(StoredHold(*row) for row in holds),
        disbursed={tuple(key): amount for *key, amount in disbursed},
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
    """What is kept under each entry number, in order; the tables are read side by side."""
    tables = [_Rows(connection, statement, tenant_id) for statement in _BESIDE]
    for rows in tables:
        await rows.begin()
    while numbers := [rows.number for rows in tables if rows.number is not None]:
        number = min(numbers)
        yield _stored_entry(tenant_id, number, *[await rows.take(number) for rows in tables])


def _stored_entry(
    tenant_id: UUID,
    number: int,
    entry_rows: list[asyncpg.Record],
    line_rows: list[asyncpg.Record],
    contribution_rows: list[asyncpg.Record],
    voucher_rows: list[asyncpg.Record],
    draft_rows: list[asyncpg.Record],
    payment_rows: list[asyncpg.Record],
) -> StoredEntry:
    lines = tuple(_stored_line(row) for row in line_rows)
    row = entry_rows[0] if entry_rows else None
    return StoredEntry(
        number=number,
        entry=None if row is None else _chained_entry(tenant_id, row, tuple(line.chained for line in lines)),
        hash=b"" if row is None else row["hash"],
        member_id=None if row is None else row["member_id"],
        lines=lines,
        contributions=tuple(StoredContribution(*values) for _, *values in contribution_rows),
        voucher_members=tuple(voucher["member_id"] for voucher in voucher_rows),
        drafts=tuple(_stored_draft(draft) for draft in draft_rows),
        loan_payments=tuple(StoredLoanPayment(*values) for _, *values in payment_rows),
    )


def _stored_line(row: asyncpg.Record) -> StoredLine:
    return StoredLine(
        number=row["line_number"],
        chained=ChainedLine(
            row["account_id"], row["member_id"], row["currency"], row["amount"], row["base_amount"], row["shares"]
        ),
        kind=row["kind"],
        effective_on=row["effective_on"],
        account_balance_after=row["account_balance_after"],
        member_balance_after=row["member_balance_after"],
    )


def _stored_draft(row: asyncpg.Record) -> StoredDraft:
    columns = (row["line_accounts"], row["line_members"], row["line_amounts"], row["line_shares"])
    return StoredDraft(
        status=row["status"],
        kind=row["kind"],
        effective_on=row["effective_on"],
        meeting_id=row["meeting_id"],
        member_id=row["member_id"],
        reverses_id=row["reverses_id"],
        lines=tuple(zip(*columns, strict=True)),
        drafted_by=row["drafted_by"],
        decided_by=row["decided_by"],
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
