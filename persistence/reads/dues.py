"""Reading what members were expected to pay and paid: rows of the book and of the rolls, put together by the domain."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import asyncpg

from domain.calendar import TimeZone, local_date
from domain.currencies import currency
from domain.groups import Constitution
from domain.meetings.rollcall import AttendanceStatus
from domain.savings.dues import Due, DueKind, DueMeeting, DueRecord, dues_of
from persistence.constitutions import CONSTITUTION_COLUMNS, constitution_from
from persistence.reads.keys import Key, rows_by_key
from persistence.reads.pages import Listing, Order
from persistence.snapshot import Snapshot

__all__ = ["GROUP_WAIVERS", "MEMBER_WAIVERS", "dues_up_to", "load_dues", "load_waivers"]

_MEMBERS = """
SELECT m.tenant_id, m.id, m.joined_on, m.left_on, g.currency, g.time_zone
FROM app.members m JOIN app.groups g ON g.tenant_id = m.tenant_id
WHERE m.tenant_id = ANY ($1) AND m.id = ANY ($2)
"""

_VERSIONS = f"""
SELECT c.tenant_id, g.currency, {CONSTITUTION_COLUMNS}
FROM app.constitutions c JOIN app.groups g ON g.tenant_id = c.tenant_id
WHERE c.tenant_id = ANY ($1)
ORDER BY c.version
"""

_MEETINGS = """
SELECT m.tenant_id, m.id, m.held_on FROM app.meetings m
WHERE m.tenant_id = ANY ($1) AND m.status NOT IN ('DRAFT', 'CANCELLED') AND m.kind = 'REGULAR'
ORDER BY m.held_on, m.number
"""

_PRESENCE = """
SELECT a.tenant_id, a.meeting_id, a.member_id, a.status FROM app.attendances a
WHERE a.tenant_id = ANY ($1) AND a.member_id = ANY ($2) AND a.status IN ('ABSENT', 'EXCUSED')
"""

# A reversal is of the kind of what it takes back, and of its type.
_PAID = """
SELECT l.tenant_id, l.member_id, l.kind, l.effective_on, c.type_code, sum(-l.amount) AS amount
FROM ledger.lines l
LEFT JOIN ledger.entries e ON e.tenant_id = l.tenant_id AND e.number = l.entry_number AND l.kind = 'OTHER_CONTRIBUTION'
LEFT JOIN app.contributions c ON c.tenant_id = e.tenant_id AND c.id = coalesce(e.reverses_id, e.id)
WHERE l.tenant_id = ANY ($1) AND l.member_id = ANY ($2)
  AND l.kind IN ('SHARE_PURCHASE', 'SAVINGS_DEPOSIT', 'SOCIAL_FUND_CONTRIBUTION', 'OTHER_CONTRIBUTION')
GROUP BY l.tenant_id, l.member_id, l.kind, l.effective_on, c.type_code
"""

_WAIVED = """
SELECT w.tenant_id, w.member_id, w.kind, w.type_code, w.counts_on, w.amount FROM app.contribution_waivers w
WHERE w.tenant_id = ANY ($1) AND w.member_id = ANY ($2) AND w.status = 'APPROVED'
"""

_KINDS: Mapping[str, DueKind] = {
    "SHARE_PURCHASE": DueKind.SAVINGS,
    "SAVINGS_DEPOSIT": DueKind.SAVINGS,
    "SOCIAL_FUND_CONTRIBUTION": DueKind.SOCIAL_FUND,
    "OTHER_CONTRIBUTION": DueKind.OTHER,
}

_WAIVER_COLUMNS = """
w.tenant_id, w.id, w.member_id, w.kind, w.type_code, w.counts_on, w.amount::text AS amount, w.currency, w.reason,
w.status, w.requested_at, w.requested_by, w.decided_at, w.decided_by, w.version
"""

_WAIVER_BY_ID = f"""
SELECT {_WAIVER_COLUMNS} FROM app.contribution_waivers w WHERE w.tenant_id = ANY ($1) AND w.id = ANY ($2)
"""


def _waivers(parent: str | None) -> Listing:
    return Listing(
        select=_WAIVER_COLUMNS,
        source="app.contribution_waivers w",
        tenant="w.tenant_id",
        parent=parent,
        orders={"NEWEST": Order((("w.requested_at", "timestamptz"), ("w.id", "uuid")), is_descending=True)},
        filters={"waiver": ("w.status = {}", "text")},
    )


GROUP_WAIVERS = _waivers(None)
MEMBER_WAIVERS = _waivers("w.member_id")


async def load_waivers(snapshot: Snapshot, keys: Sequence[Key]) -> list[asyncpg.Record | None]:
    """The waiver of each key."""
    return await rows_by_key(snapshot, _WAIVER_BY_ID, keys)


async def load_dues(snapshot: Snapshot, keys: Sequence[Key], as_of: date | None) -> list[list[Due]]:
    """What was expected of each member up to a date, the group's today if None. Ask for members only whose balances
    the viewer may see: of others the book shows nothing, and so arrears of everything.
    """
    return await dues_up_to(snapshot, keys, [as_of] * len(keys))


async def dues_up_to(snapshot: Snapshot, keys: Sequence[Key], dates: Sequence[date | None]) -> list[list[Due]]:
    """As `load_dues`, up to a date for each member."""
    tenants, ids = list({key[0] for key in keys}), list({key[1] for key in keys})
    members = {(row["tenant_id"], row["id"]): row for row in await snapshot.fetch(_MEMBERS, tenants, ids)}
    versions = await _versions(snapshot, tenants)
    meetings = _grouped(await snapshot.fetch(_MEETINGS, tenants), "tenant_id")
    absences = {
        (row["tenant_id"], row["member_id"], row["meeting_id"]): AttendanceStatus(row["status"])
        for row in await snapshot.fetch(_PRESENCE, tenants, ids)
    }
    paid = _grouped(await snapshot.fetch(_PAID, tenants, ids), "tenant_id", "member_id")
    waived = _grouped(await snapshot.fetch(_WAIVED, tenants, ids), "tenant_id", "member_id")
    now = datetime.now(UTC)
    found: list[list[Due]] = []
    for key, as_of in zip(keys, dates, strict=True):
        member = members.get(key)
        if member is None:
            found.append([])
            continue
        held = [DueMeeting(row["held_on"], absences.get((*key, row["id"]))) for row in meetings.get((key[0],), [])]
        found.append(
            dues_of(
                versions[key[0]],
                held,
                [
                    DueRecord(_KINDS[row["kind"]], row["type_code"], row["effective_on"], row["amount"])
                    for row in paid.get(key, [])
                ],
                [
                    DueRecord(DueKind(row["kind"]), row["type_code"], row["counts_on"], row["amount"])
                    for row in waived.get(key, [])
                ],
                is_member_on=_membership(member),
                as_of=as_of or local_date(now, TimeZone(member["time_zone"])),
            )
        )
    return found


def _membership(member: asyncpg.Record) -> Callable[[date], bool]:
    joined, left = member["joined_on"], member["left_on"]
    return lambda day: joined <= day and (left is None or day < left)


async def _versions(snapshot: Snapshot, tenants: list[UUID]) -> Mapping[UUID, list[Constitution]]:
    found: dict[UUID, list[Constitution]] = defaultdict(list)
    for row in await snapshot.fetch(_VERSIONS, tenants):
        found[row["tenant_id"]].append(constitution_from(row, currency(row["currency"])))
    return found


def _grouped(rows: Sequence[asyncpg.Record], *columns: str) -> Mapping[tuple[Any, ...], list[asyncpg.Record]]:
    found: dict[tuple[Any, ...], list[asyncpg.Record]] = {}
    for row in rows:
        found.setdefault(tuple(row[column] for column in columns), []).append(row)
    return found
