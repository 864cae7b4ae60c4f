"""Contributions in PostgreSQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID

from domain.currencies import currency
from domain.ledger.accounts import Place
from domain.ledger.postings import Posting
from domain.meetings import Meeting, MeetingStatus
from domain.meetings.rollcall import AttendanceStatus
from domain.money import Money
from domain.savings import Contribution, ContributionKind, SheetFacts
from domain.service import GroupNotFound
from persistence.constitutions import in_force_on
from persistence.groups import GROUP_COLUMNS, group_from
from persistence.ledger import posting_arguments, posting_refusals

if TYPE_CHECKING:
    from persistence.unit_of_work import Work

__all__ = ["Contributions"]

# A contribution that was taken back stands for nothing any more; its id is used as that of any other entry is.
_KNOWN = """
SELECT e.id, c.meeting_id, e.effective_on, c.member_id, c.kind, c.type_code, c.shares, c.amount, c.currency, c.place,
       c.device_time
FROM ledger.entries e
LEFT JOIN app.contributions c ON c.tenant_id = e.tenant_id AND c.id = e.id
    AND NOT EXISTS (SELECT FROM ledger.entries r WHERE r.tenant_id = e.tenant_id AND r.reverses_id = e.id)
WHERE e.tenant_id = $1 AND e.id = ANY ($2)
UNION ALL
SELECT d.id, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM app.drafts d
WHERE d.tenant_id = $1 AND d.id = ANY ($2) AND d.status <> 'POSTED'
"""

# One row for each member who takes part, or one without a member, so that a sheet is checked after one round trip.
_SHEET_FACTS = f"""
SELECT {GROUP_COLUMNS}, m.id, m.number, m.status AS meeting_status, m.held_on, m.version, x.id AS member_id, b.shares,
       r.status AS presence,
       EXISTS (SELECT FROM ledger.entries e WHERE e.tenant_id = $1 AND e.id = ANY ($4))
           OR EXISTS (SELECT FROM app.drafts d WHERE d.tenant_id = $1 AND d.id = ANY ($4)) AS has_known_ids
FROM app.groups g
LEFT JOIN app.meetings m ON m.tenant_id = $1 AND m.id = $2
JOIN app.constitutions c ON c.tenant_id = g.tenant_id AND c.version = {in_force_on("m.held_on")}
LEFT JOIN app.members x ON x.tenant_id = $1 AND x.id = ANY ($3) AND x.status = 'ACTIVE' AND x.left_on IS NULL
LEFT JOIN app.attendances r ON r.tenant_id = $1 AND r.meeting_id = $2 AND r.member_id = x.id
LEFT JOIN (
    SELECT k.member_id, sum(k.shares) AS shares
    FROM app.contributions k
    WHERE k.tenant_id = $1 AND k.meeting_id = $2 AND k.member_id = ANY ($3) AND k.shares IS NOT NULL
      AND NOT EXISTS (SELECT FROM ledger.entries r WHERE r.tenant_id = k.tenant_id AND r.reverses_id = k.id)
    GROUP BY k.member_id
) b ON b.member_id = x.id
WHERE g.tenant_id = $1
"""

# Outside a meeting: what is limited in one is limited between two, from the day of the one to before the next.
_OUTSIDE_FACTS = f"""
SELECT {GROUP_COLUMNS}, NULL::uuid AS id, x.id AS member_id, b.shares, NULL::text AS presence,
       EXISTS (SELECT FROM ledger.entries e WHERE e.tenant_id = $1 AND e.id = ANY ($3))
           OR EXISTS (SELECT FROM app.drafts d WHERE d.tenant_id = $1 AND d.id = ANY ($3)) AS has_known_ids
FROM app.groups g
JOIN app.constitutions c ON c.tenant_id = g.tenant_id AND c.version = {in_force_on("$4::date")}
LEFT JOIN app.members x ON x.tenant_id = $1 AND x.id = ANY ($2) AND x.status = 'ACTIVE' AND x.left_on IS NULL
LEFT JOIN (
    SELECT k.member_id, sum(k.shares) AS shares
    FROM app.groups g
    JOIN app.contributions k
        ON k.tenant_id = g.tenant_id AND k.meeting_id IS NULL AND k.member_id = ANY ($2) AND k.shares IS NOT NULL
    JOIN ledger.entries e ON e.tenant_id = k.tenant_id AND e.number = k.entry_number
    WHERE g.tenant_id = $1
      AND NOT EXISTS (SELECT FROM ledger.entries r WHERE r.tenant_id = k.tenant_id AND r.reverses_id = k.id)
      AND NOT EXISTS (
          SELECT FROM app.meetings m
          WHERE m.tenant_id = $1 AND m.status NOT IN ('DRAFT', 'CANCELLED')
            AND m.held_on > least(e.effective_on, coalesce($4::date, (now() AT TIME ZONE g.time_zone)::date))
            AND m.held_on <= greatest(e.effective_on, coalesce($4::date, (now() AT TIME ZONE g.time_zone)::date))
      )
    GROUP BY k.member_id
) b ON b.member_id = x.id
WHERE g.tenant_id = $1
"""

_POST = """
SELECT app.post_contributions($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)
"""


class Contributions:
    """The store of contributions of one unit of work."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def sheet_facts(
        self,
        group_id: UUID,
        meeting_id: UUID | None,
        on: date | None,
        member_ids: frozenset[UUID],
        ids: Sequence[UUID],
    ) -> SheetFacts:
        """See `domain.savings.ContributionStore`."""
        fetch = self._work.connection.fetch
        rows = (
            await fetch(_OUTSIDE_FACTS, group_id, list(member_ids), ids, on)
            if meeting_id is None
            else await fetch(_SHEET_FACTS, group_id, meeting_id, list(member_ids), ids)
        )
        if not rows:
            raise GroupNotFound(path=("groupId",))
        row = rows[0]
        return SheetFacts(
            group=group_from(row),
            meeting=None
            if row["id"] is None
            else Meeting(
                row["id"], row["number"], MeetingStatus(row["meeting_status"]), row["held_on"], row["version"]
            ),
            active=frozenset(row["member_id"] for row in rows if row["member_id"] is not None),
            shares_bought={row["member_id"]: row["shares"] for row in rows if row["shares"] is not None},
            has_known_ids=row["has_known_ids"],
            presence={
                row["member_id"]: AttendanceStatus(row["presence"]) for row in rows if row["presence"] is not None
            },
        )

    async def known(self, group_id: UUID, ids: Sequence[UUID]) -> Mapping[UUID, Contribution | None]:
        """See `domain.savings.ContributionStore`."""
        rows = await self._work.connection.fetch(_KNOWN, group_id, ids)
        return {
            row["id"]: None
            if row["member_id"] is None
            else Contribution(
                id=row["id"],
                meeting_id=row["meeting_id"],
                on=row["effective_on"],
                member_id=row["member_id"],
                kind=ContributionKind(row["kind"]),
                type_code=row["type_code"],
                shares=row["shares"],
                amount=Money(row["amount"], currency(row["currency"])),
                place=Place(row["place"]),
                device_time=row["device_time"],
            )
            for row in rows
        }

    async def post(
        self, group_id: UUID, command_key: UUID, contributions: Sequence[Contribution], postings: Sequence[Posting]
    ) -> None:
        """See `domain.savings.ContributionStore`."""
        with posting_refusals(postings):
            await self._work.write_returning(
                _POST,
                group_id,
                command_key,
                *posting_arguments(postings),
                [item.kind.value for item in contributions],
                [item.type_code for item in contributions],
                [item.shares for item in contributions],
                [item.amount.amount for item in contributions],
                [item.amount.currency.code for item in contributions],
                [item.place.value for item in contributions],
                [item.device_time for item in contributions],
            )
