"""The book in PostgreSQL, read for what a service is about to post."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID

import asyncpg

from domain.currencies import currency
from domain.groups import Group
from domain.ledger.journal import EntryFacts, PostedEntry, Standing
from domain.ledger.postings import Line, Posting
from domain.meetings import Meeting, MeetingStatus
from domain.money import Money
from domain.policy import EntryKind
from domain.service import GroupNotFound
from persistence.constitutions import in_force_on
from persistence.groups import GROUP_COLUMNS, group_from

if TYPE_CHECKING:
    from persistence.unit_of_work import Work

__all__ = ["Journal"]

# One round trip for all that does not depend on what the entry is about.
_FACTS = f"""
SELECT {GROUP_COLUMNS}, m.id, m.number, m.status AS meeting_status, m.held_on, m.version,
       EXISTS (SELECT FROM ledger.entries e WHERE e.tenant_id = $1 AND e.id = $3)
           OR EXISTS (SELECT FROM app.drafts d WHERE d.tenant_id = $1 AND d.id = $3) AS is_known
FROM app.groups g
LEFT JOIN app.meetings m ON m.tenant_id = $1 AND m.id = $2
JOIN app.constitutions c ON c.tenant_id = g.tenant_id AND c.version = {in_force_on("coalesce(m.held_on, $4::date)")}
WHERE g.tenant_id = $1
"""

_STANDING = """
SELECT m.status = 'ACTIVE' AND m.left_on IS NULL AS is_active, coalesce(b.balance, 0) AS balance,
       coalesce(b.shares, 0) AS shares
FROM app.members m
LEFT JOIN ledger.member_balances b ON b.tenant_id = m.tenant_id AND b.member_id = m.id AND b.account_id = $3
WHERE m.tenant_id = $1 AND m.id = $2
"""

_ENTRY = """
SELECT e.kind, e.effective_on, e.meeting_id, e.member_id, e.reverses_id, r.number AS reversed_by, l.account_id,
       l.member_id AS line_member_id, l.currency, l.amount, l.shares
FROM ledger.entries e
JOIN ledger.lines l ON l.tenant_id = e.tenant_id AND l.entry_number = e.number
LEFT JOIN ledger.entries r ON r.tenant_id = e.tenant_id AND r.reverses_id = e.id
WHERE e.tenant_id = $1 AND e.id = $2
ORDER BY l.line_number
"""


def _line(row: asyncpg.Record) -> Line:
    amount = Money(row["amount"], currency(row["currency"]))
    return Line(row["account_id"], amount, row["line_member_id"], row["shares"])


class Journal:
    """The book of one unit of work's group, read."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def facts(
        self, group_id: UUID, meeting_id: UUID | None, entry_id: UUID, on: date | None = None
    ) -> EntryFacts:
        """See `domain.ledger.journal.Journal`."""
        row = await self._work.connection.fetchrow(_FACTS, group_id, meeting_id, entry_id, on)
        if row is None:
            raise GroupNotFound(path=("groupId",))
        meeting = (
            None
            if row["id"] is None
            else Meeting(row["id"], row["number"], MeetingStatus(row["meeting_status"]), row["held_on"], row["version"])
        )
        return EntryFacts(group_from(row), meeting, row["is_known"])

    async def standing(self, group: Group, member_id: UUID, account_id: UUID) -> Standing | None:
        """See `domain.ledger.journal.Journal`."""
        row = await self._work.connection.fetchrow(_STANDING, group.id, member_id, account_id)
        if row is None:
            return None
        return Standing(row["is_active"], Money(row["balance"], group.currency), row["shares"])

    async def entry(self, group_id: UUID, entry_id: UUID) -> PostedEntry | None:
        """See `domain.ledger.journal.Journal`."""
        rows = await self._work.connection.fetch(_ENTRY, group_id, entry_id)
        if not rows:
            return None
        entry = rows[0]
        posting = Posting(
            id=entry_id,
            kind=EntryKind(entry["kind"]),
            effective_on=entry["effective_on"],
            lines=tuple(map(_line, rows)),
            meeting_id=entry["meeting_id"],
            member_id=entry["member_id"],
            reverses_id=entry["reverses_id"],
        )
        return PostedEntry(posting, entry["reversed_by"])
