"""The roll below a meeting, and what rolls say of a member: one field, two parents."""

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import strawberry

from domain.meetings.rollcall import AttendanceStatus
from domain.policy import Resource
from graph.connections import PAGE_DEFAULT, After, Asked, First, connection_field
from graph.permissions import reading
from persistence.reads.attendances import MEETING_ATTENDANCES, MEMBER_ATTENDANCES

if TYPE_CHECKING:
    from graph.attendances import Attendance

__all__ = ["LazyAttendance", "meeting_attendances", "member_attendances"]

LazyAttendance = Annotated["Attendance", strawberry.lazy("graph.attendances")]

_Status = Annotated[AttendanceStatus | None, strawberry.argument(description="Only those with this status.")]


def _of_meeting(first: First = PAGE_DEFAULT, after: After = None, status: _Status = None) -> Asked:
    return Asked(first, after, "NUMBER", attendance=status)


def _of_member(
    first: First = PAGE_DEFAULT,
    after: After = None,
    status: _Status = None,
    from_date: Annotated[
        date | None, strawberry.argument(name="from", description="Only meetings held on this date or later.")
    ] = None,
    to_date: Annotated[
        date | None, strawberry.argument(name="to", description="Only meetings held on this date or earlier.")
    ] = None,
) -> Asked:
    return Asked(first, after, "LATEST", attendance=status, from_date=from_date, to_date=to_date)


def meeting_attendances(parent: Callable[[Any], tuple[UUID, UUID]]) -> Any:
    """The field of a meeting."""
    words = "The roll, in the order of the members' numbers."
    return connection_field(MEETING_ATTENDANCES, parent, _of_meeting, **reading(Resource.ATTENDANCE, words))


def member_attendances(parent: Callable[[Any], tuple[UUID, UUID]]) -> Any:
    """The field of a member."""
    words = "What the rolls say of the member, the latest meeting first."
    return connection_field(MEMBER_ATTENDANCES, parent, _of_member, **reading(Resource.ATTENDANCE, words))
