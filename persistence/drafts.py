"""Drafts in PostgreSQL. Who drafted and who decided is written by the database, from who is asking."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING
from uuid import UUID

import asyncpg

from domain.currencies import currency
from domain.ledger.drafts import Draft, DraftStatus
from domain.ledger.postings import Line, Posting, Voucher
from domain.money import Money
from domain.policy import EntryKind

if TYPE_CHECKING:
    from persistence.unit_of_work import Work

__all__ = ["Drafts"]

_FIND = """
SELECT d.id, d.kind, d.effective_on, d.meeting_id, d.member_id, d.reverses_id, d.line_accounts, d.line_members,
       d.line_amounts, d.line_shares, d.description, d.payee, d.receipt, d.status, d.drafted_by, d.version,
       h.base_currency
FROM app.drafts d
JOIN ledger.heads h ON h.tenant_id = d.tenant_id
WHERE d.tenant_id = $1 AND d.id = $2
"""

_KEEP = """
INSERT INTO app.drafts (
    tenant_id, id, effective_on, meeting_id, member_id, line_accounts, line_members, line_amounts, line_shares,
    description, payee, receipt, kind, reverses_id, drafted_by
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
"""

_REVISE = """
UPDATE app.drafts
SET effective_on = $3, meeting_id = $4, member_id = $5, line_accounts = $6, line_members = $7, line_amounts = $8,
    line_shares = $9, description = $10, payee = $11, receipt = $12
WHERE tenant_id = $1 AND id = $2
"""

_DECIDE = "UPDATE app.drafts SET status = $3 WHERE tenant_id = $1 AND id = $2"

_MEMBERS = """
SELECT id FROM app.members
WHERE tenant_id = $1 AND id = ANY ($2) AND (NOT $3 OR (status = 'ACTIVE' AND left_on IS NULL))
"""

_SHARES = "SELECT shares FROM ledger.member_balances WHERE tenant_id = $1 AND member_id = $2 AND account_id = $3"

_IS_EMPTY = "SELECT entry_number = 0 FROM ledger.heads WHERE tenant_id = $1"


def _draft(row: asyncpg.Record) -> Draft:
    unit = currency(row["base_currency"])
    columns = (row["line_accounts"], row["line_amounts"], row["line_members"], row["line_shares"])
    posting = Posting(
        id=row["id"],
        kind=EntryKind(row["kind"]),
        effective_on=row["effective_on"],
        lines=tuple(
            Line(account, Money(amount, unit), member, shares)
            for account, amount, member, shares in zip(*columns, strict=True)
        ),
        meeting_id=row["meeting_id"],
        member_id=row["member_id"],
        reverses_id=row["reverses_id"],
        voucher=Voucher(row["description"], row["payee"], row["receipt"]),
    )
    return Draft(posting, DraftStatus(row["status"]), row["drafted_by"], row["version"])


def _contents(posting: Posting) -> tuple[object, ...]:
    """What a draft says, in the order of the statements above."""
    words = posting.voucher
    if words is None:
        raise ValueError("a draft has words: whoever is to approve it reads why")
    return (
        posting.effective_on,
        posting.meeting_id,
        posting.member_id,
        [line.account_id for line in posting.lines],
        [line.member_id for line in posting.lines],
        [line.amount.amount for line in posting.lines],
        [line.shares for line in posting.lines],
        words.description,
        words.payee,
        words.receipt,
    )


class Drafts:
    """The store of drafts of one unit of work."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def find(self, group_id: UUID, draft_id: UUID) -> Draft | None:
        """See `domain.ledger.drafts.DraftStore`."""
        row = await self._work.connection.fetchrow(_FIND, group_id, draft_id)
        return None if row is None else _draft(row)

    async def keep(self, group_id: UUID, posting: Posting) -> None:
        """See `domain.ledger.drafts.DraftStore`."""
        work = self._work
        more = (posting.kind.value, posting.reverses_id, work.viewer.user_id)
        await work.write(_KEEP, group_id, posting.id, *_contents(posting), *more)

    async def revise(self, group_id: UUID, posting: Posting) -> None:
        """See `domain.ledger.drafts.DraftStore`."""
        await self._work.write(_REVISE, group_id, posting.id, *_contents(posting))

    async def decide(self, group_id: UUID, draft_id: UUID, status: DraftStatus) -> None:
        """See `domain.ledger.drafts.DraftStore`."""
        await self._work.write(_DECIDE, group_id, draft_id, status.value)

    async def members(self, group_id: UUID, member_ids: Collection[UUID], *, only_active: bool) -> frozenset[UUID]:
        """See `domain.ledger.drafts.DraftStore`."""
        rows = await self._work.connection.fetch(_MEMBERS, group_id, list(member_ids), only_active)
        return frozenset(row["id"] for row in rows)

    async def shares(self, group_id: UUID, member_id: UUID, account_id: UUID) -> int:
        """See `domain.ledger.drafts.DraftStore`."""
        return await self._work.connection.fetchval(_SHARES, group_id, member_id, account_id) or 0

    async def book_is_empty(self, group_id: UUID) -> bool:
        """See `domain.ledger.drafts.DraftStore`."""
        return await self._work.connection.fetchval(_IS_EMPTY, group_id)  # type: ignore[no-any-return]
