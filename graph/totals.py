"""Totals of a group's members in the schema: what is in arrears, and who was there, without a row of anybody."""

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import strawberry

from domain.meetings import MeetingKind
from domain.policy import Resource
from domain.savings.dues import DueKind
from graph.connections import PAGE_DEFAULT, After, Asked, First, connection_field
from graph.engine import RowType, computed
from graph.limits import free
from graph.permissions import reading
from graph.relations import relation
from graph.rows import Money, money
from persistence.reads.totals import MEETING_ROLLS, load_arrears, load_roll_sums

if TYPE_CHECKING:
    from graph.meeting_totals import AttendanceTotals

__all__ = ["ArrearsTotal", "AttendanceSums", "MeetingRoll", "arrears", "attendance_sums", "rolls"]

LazyTotals = Annotated["AttendanceTotals", strawberry.lazy("graph.meeting_totals")]
ARREARS_SIZE = 4
"""What the list is taken for when the cost of an operation is counted."""


@strawberry.type(
    description="What was expected of all members of a group for one thing, beside what they paid (portfolio of dues).",
    directives=[free],
)
class ArrearsTotal(RowType):
    """A total of what is expected."""

    kind: DueKind = strawberry.field(description="What is expected.")
    type_code: str | None = strawberry.field(description="Its code in the constitution; null for what every group has.")
    name: str | None = strawberry.field(description="What the constitution calls it; null for what every group has.")
    expected: Money = money("expected", "All that fell due.")
    paid: Money = money("paid", "All that was paid.")
    waived: Money = money("waived", "All that members were let off.")
    outstanding: Money = money(
        "outstanding", "What is in arrears (overdue): what one member paid in advance is not set off against another."
    )


@strawberry.type(description="How many were at the meetings of a group, all of them together.", directives=[free])
class AttendanceSums(RowType):
    """The totals of several rolls."""

    meeting_count: int = strawberry.field(description="How many meetings there were, the open one included.")
    member_count: int = strawberry.field(
        description="How many members the group had on their days, added up: who could have come."
    )
    recorded_count: int = strawberry.field(description="How many of them stand on the rolls.")
    present_count: int = strawberry.field(description="How many were there in time.")
    late_count: int = strawberry.field(description="How many came late.")
    absent_count: int = strawberry.field(description="How many were absent without an excuse.")
    excused_count: int = strawberry.field(description="How many were excused.")
    represented_count: int = strawberry.field(description="How many sent somebody in their place.")


@strawberry.type(description="How many were at one meeting, for whoever sees totals and no meetings.")
class MeetingRoll(RowType):
    """The totals of one roll."""

    number: int = strawberry.field(description="The meeting's number in the group.")
    kind: MeetingKind = strawberry.field(description="What it was for.")
    held_on: date = strawberry.field(description="The group's date on which it was held.")
    totals: LazyTotals = computed(lambda row: row, description="How many were there, and whether they were enough.")


def _as_of(
    as_of: Annotated[
        date | None, strawberry.argument(description="Up to this date; the group's today if left out.")
    ] = None,
) -> date | None:
    return as_of


_From = Annotated[date | None, strawberry.argument(name="from", description="Only meetings on this date or later.")]
_To = Annotated[date | None, strawberry.argument(name="to", description="Only meetings on this date or before.")]


def _between(from_date: _From = None, to_date: _To = None) -> tuple[date | None, date | None]:
    return from_date, to_date


def _rolls(first: First = PAGE_DEFAULT, after: After = None, from_date: _From = None, to_date: _To = None) -> Asked:
    return Asked(first, after, "NEWEST", from_date=from_date, to_date=to_date)


def arrears(tenant: Callable[[Any], UUID]) -> Any:
    """The field of a group: totals of what is expected."""
    return relation(
        load_arrears,
        tenant,
        "What was expected of all members by the constitution, beside what they paid: the sums of their dues.",
        protects=Resource.MOVEMENT,
        arguments=_as_of,
        size=ARREARS_SIZE,
    )


def attendance_sums(tenant: Callable[[Any], UUID]) -> Any:
    """The field of a group: totals of its rolls between two days."""
    return relation(
        load_roll_sums,
        tenant,
        "How many were at the meetings between two days (attendance rate: those there, late or represented, of all).",
        protects=Resource.GROUP,
        arguments=_between,
    )


def rolls(parent: Callable[[Any], tuple[UUID, UUID]]) -> Any:
    """The field of a group: totals of each of its rolls."""
    words = "How many were at each meeting, the latest first."
    return connection_field(MEETING_ROLLS, parent, _rolls, **reading(Resource.GROUP, words))
