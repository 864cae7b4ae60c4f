"""Verifies every book twice: by the database's own recomputation, and by an independent one in Python."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from uuid import UUID

import asyncpg

from operations.jobs import VERIFY_JOB, worker_database
from persistence.database import Database, Isolation
from persistence.verification import verify_book
from persistence.viewer import enter

__all__ = ["BookFault", "VerificationReport", "verify_books"]

_BOOKS = "SELECT tenant_id, entry_number FROM ledger.heads ORDER BY tenant_id"
_FAULTS = "SELECT fault, entry_number FROM ledger.find_faults($1) ORDER BY entry_number NULLS LAST, fault"


@dataclass(frozen=True, slots=True)
class BookFault:
    """What is wrong in a book.

    Attributes:
        group_id: Whose book it is.
        kind: The kind of fault.
        entry_number: The first bad entry; None where the fault is in no entry.
        found_by: Which of the two verifications found it.
    """

    group_id: UUID
    kind: str
    entry_number: int | None
    found_by: str


@dataclass(frozen=True, slots=True)
class VerificationReport:
    """What was verified and found.

    Attributes:
        books_count: How many books.
        entries_count: How many entries they hold.
        faults: All faults, the first bad entry of each book first.
    """

    books_count: int
    entries_count: int
    faults: tuple[BookFault, ...]

    @property
    def is_sound(self) -> bool:
        """Whether no fault was found."""
        return not self.faults


async def verify_books(
    addresses: Mapping[str, str], *, group_id: UUID | None = None, progress: Callable[[int, int], None] | None = None
) -> VerificationReport:
    """Verify all books, each in one snapshot, as the job `verify`.

    Args:
        addresses: The address of each login; the worker's is used.
        group_id: The only book to verify; None means all.
        progress: Told the number of entries done and of all entries, now and then and after each book.

    Raises:
        LoginMissingError: There is no address for the worker's login.
    """
    async with worker_database(addresses, "kibubu verify") as database:
        books = await _books(database, group_id)
        faults: list[BookFault] = []
        done, total = 0, sum(book["entry_number"] for book in books)
        for book in books:
            tell = None if progress is None else partial(_tell, progress, done, total)
            faults.extend(await _verify(database, book["tenant_id"], tell))
            done += book["entry_number"]
            if progress is not None:
                progress(done, total)
    return VerificationReport(len(books), sum(book["entry_number"] for book in books), tuple(faults))


async def _books(database: Database, group_id: UUID | None) -> list[asyncpg.Record]:
    async with database.transaction(VERIFY_JOB.role, Isolation.READ) as connection:
        await enter(connection, VERIFY_JOB, None)
        books = await connection.fetch(_BOOKS)
    return [book for book in books if group_id is None or book["tenant_id"] == group_id]


def _tell(progress: Callable[[int, int], None], before: int, total: int, number: int) -> None:
    progress(min(before + number, total), total)


async def _verify(database: Database, tenant_id: UUID, progress: Callable[[int], None] | None) -> list[BookFault]:
    async with database.transaction(VERIFY_JOB.role, Isolation.READ) as connection:
        await enter(connection, VERIFY_JOB, None)
        rows = await connection.fetch(_FAULTS, tenant_id)
        report = await verify_book(connection, tenant_id, progress=progress)
    found = [BookFault(tenant_id, row["fault"], row["entry_number"], "the database") for row in rows]
    found += [BookFault(tenant_id, fault.kind, fault.entry_number, "Python") for fault in report.faults]
    return sorted(found, key=lambda fault: (fault.entry_number is None, fault.entry_number or 0, fault.found_by))
