"""Periods: a book is closed through a date, and nothing counts for that day or one before it any more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

from domain.calendar import local_date
from domain.errors import DomainError, ErrorCode
from domain.policy import Action, Resource
from domain.service import Outcome, service

if TYPE_CHECKING:
    from domain.unit_of_work import UnitOfWork

__all__ = [
    "MeetingOpenInPeriod",
    "PeriodClose",
    "PeriodNotLater",
    "PeriodNotOver",
    "PeriodStore",
    "period_close",
]


@dataclass(eq=False)
class PeriodNotLater(DomainError):
    """The book is closed through that day or a later one already."""

    code = ErrorCode.NOT_ALLOWED

    closed_through: date

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return f"The book is closed through {self.closed_through} already: give a later date."


@dataclass(eq=False)
class PeriodNotOver(DomainError):
    """The day is not over where the group is."""

    code = ErrorCode.NOT_ALLOWED

    latest_on: date

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return f"A day can be closed once it is over: give {self.latest_on} or an earlier date."


@dataclass(eq=False)
class MeetingOpenInPeriod(DomainError):
    """A meeting of the period is still open."""

    code = ErrorCode.NOT_ALLOWED

    number: int

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return f"Meeting {self.number} lies in this period and is still open: close it first."


class PeriodStore(Protocol):
    """Where the periods of a book are kept."""

    async def closed_through(self, group_id: UUID) -> date:
        """The last day of the closed period; the day before the earliest date of a record if nothing was closed."""

    async def open_meeting(self, group_id: UUID, through: date) -> int | None:
        """The number of the meeting that is open and held on the day or before it, if there is one."""

    async def close(self, group_id: UUID, through: date) -> None:
        """Close the book through the day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodClose:
    """The wish to close the book through a day of the group's."""

    group_id: UUID
    idempotency_key: UUID
    through: date

    def expected_outcome(self) -> Outcome:
        """The outcome when nothing is refused."""
        return Outcome(id=self.group_id)


@service(
    "periodClose",
    needs=((Resource.BOOK, Action.UPDATE),),
    raises=(PeriodNotLater, PeriodNotOver, MeetingOpenInPeriod),
)
async def period_close(work: UnitOfWork, command: PeriodClose) -> Outcome:
    """Close the book through a day that is over and has no open meeting; there is no way back."""
    group = await work.groups.get(command.group_id)
    closed_through = await work.periods.closed_through(group.id)
    if command.through <= closed_through:
        raise PeriodNotLater(closed_through, path=("through",))
    yesterday = local_date(work.now, group.time_zone) - timedelta(days=1)
    if command.through > yesterday:
        raise PeriodNotOver(yesterday, path=("through",))
    meeting = await work.periods.open_meeting(group.id, command.through)
    if meeting is not None:
        raise MeetingOpenInPeriod(meeting, path=("through",))
    await work.periods.close(group.id, command.through)
    return Outcome(id=group.id)
