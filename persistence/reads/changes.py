"""Reading the change log of a group, and the records that it names."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any
from uuid import UUID

import asyncpg

from persistence.reads.groups import load_groups
from persistence.reads.keys import rows_by_key
from persistence.reads.meetings import load_meetings
from persistence.reads.members import load_members
from persistence.reads.savings import load_contributions
from persistence.snapshot import Snapshot

__all__ = [
    "ROWS_AT_ONCE",
    "Change",
    "Changes",
    "RecordKey",
    "UnitOfChange",
    "changes_in",
    "load_records",
    "read_changes",
]

ROWS_AT_ONCE = 400
"""About how many changes are read at a time; those of one number are never parted."""

_AFTER = "SELECT last, horizon, number, entity, entity_id, operation, occurred_at FROM app.changes_after($1, $2, $3)"

_WRITTEN = itemgetter("number", "entity", "entity_id", "operation", "occurred_at")

_ENTRIES = "SELECT tenant_id, id FROM ledger.entries WHERE tenant_id = ANY ($1) AND id = ANY ($2)"

RecordKey = tuple[str, UUID, UUID]
"""The name that the change log has for a record, its tenant, and its id there."""


@dataclass(frozen=True, slots=True)
class Change:
    """That one record was written."""

    entity: str
    entity_id: UUID
    operation: str


@dataclass(frozen=True, slots=True)
class UnitOfChange:
    """What one unit of work changed.

    Attributes:
        number: The tenant's change number.
        occurred_at: When the first of its changes was written.
        changes: The changes, one for each record.
    """

    number: int
    occurred_at: datetime
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Changes:
    """A piece of a tenant's log, in order.

    Attributes:
        last: The tenant's number in the snapshot.
        horizon: The last number that is no longer in the log.
        read_up_to: Up to which number all is in `units`.
        units: What was changed.
    """

    last: int
    horizon: int
    read_up_to: int
    units: tuple[UnitOfChange, ...]


async def read_changes(snapshot: Snapshot, tenant_id: UUID, after: int) -> Changes | None:
    """What changed after a number; None where there is no such tenant, or the viewer may not see it."""
    rows = await snapshot.fetch(_AFTER, tenant_id, after, ROWS_AT_ONCE + 1)
    if not rows:
        return None
    is_whole = len(rows) <= ROWS_AT_ONCE
    if not is_whole:
        begun = rows[-1]["number"]
        whole = [row for row in rows if row["number"] != begun]
        # One unit of work alone may have written more than are read at a time.
        rows = whole or await _unit(snapshot, tenant_id, after, begun)
    last, horizon = rows[0]["last"], rows[0]["horizon"]
    units = _units(_WRITTEN(row) for row in rows if row["number"] is not None)
    return Changes(last, horizon, last if is_whole else units[-1].number, units)


async def _unit(snapshot: Snapshot, tenant_id: UUID, after: int, number: int) -> list[asyncpg.Record]:
    rows_max = ROWS_AT_ONCE
    while True:
        rows_max *= 4
        rows = await snapshot.fetch(_AFTER, tenant_id, after, rows_max)
        unit = [row for row in rows if row["number"] == number]
        if len(unit) < rows_max:
            return unit


Written = tuple[int, str, UUID, str, datetime]
"""A row of the log: the number, the record's kind and id, what was done to it, and when."""


def changes_in(last: int, horizon: int, rows: Iterable[Written]) -> Changes:
    """All that a log has after a number, from its rows in order."""
    return Changes(last, horizon, last, _units(rows))


def _units(rows: Iterable[Written]) -> tuple[UnitOfChange, ...]:
    units = []
    for number, unit in groupby(rows, itemgetter(0)):
        written = list(unit)
        changes = tuple(Change(entity, entity_id, operation) for _, entity, entity_id, operation, _ in written)
        units.append(UnitOfChange(number, min(row[-1] for row in written), changes))
    return tuple(units)


async def _load_groups(snapshot: Snapshot, keys: Sequence[tuple[UUID, UUID]]) -> list[Any]:
    return await load_groups(snapshot, [tenant_id for tenant_id, _ in keys])


async def _load_entries(snapshot: Snapshot, keys: Sequence[tuple[UUID, UUID]]) -> list[Any]:
    return await rows_by_key(snapshot, _ENTRIES, keys)


_LOADS: dict[str, Callable[[Snapshot, Sequence[tuple[UUID, UUID]]], Awaitable[list[Any]]]] = {
    "group": _load_groups,
    "constitution": _load_groups,
    "member": load_members,
    "meeting": load_meetings,
    "contribution": load_contributions,
    "entry": _load_entries,
}


async def load_records(snapshot: Snapshot, keys: Sequence[RecordKey]) -> list[Any]:
    """The record of each key as the viewer sees it now; None where there is nothing to see."""
    found: list[Any] = [None] * len(keys)
    for entity, load in _LOADS.items():
        numbers = [number for number, key in enumerate(keys) if key[0] == entity]
        if numbers:
            rows = await load(snapshot, [keys[number][1:] for number in numbers])
            for number, row in zip(numbers, rows, strict=True):
                found[number] = row
    return found
