"""The cycles of a group: from its first share to the share-out, one after the other."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

from domain.calendar import DateNotPlausible, local_date, plausible_date
from domain.errors import DomainError, ErrorCode, faults_at
from domain.policy import Action, Resource
from domain.service import IdAlreadyUsed, Outcome, VersionStale, service

if TYPE_CHECKING:
    from domain.unit_of_work import UnitOfWork

__all__ = [
    "CYCLE_DAYS_MAX",
    "Cycle",
    "CycleEnded",
    "CycleEndsBeforeStart",
    "CycleNotFound",
    "CycleOverlaps",
    "CycleRuns",
    "CycleStore",
    "CycleTooLong",
    "EndCycle",
    "MeetingStillOpen",
    "NewCycle",
    "StartCycle",
    "end_cycle",
    "start_cycle",
]

CYCLE_DAYS_MAX = 1100
"""The longest cycle that can be planned, in days: three years and some days to gather."""


@dataclass(eq=False)
class CycleRuns(DomainError):
    """A cycle runs already."""

    code = ErrorCode.CONFLICT

    cycle_number: int

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return f"Cycle {self.cycle_number} runs still: end it first."


@dataclass(eq=False)
class CycleOverlaps(DomainError):
    """The cycle would begin before the one before it ended."""

    code = ErrorCode.CONFLICT

    cycle_number: int
    ended_on: date

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return f"Cycle {self.cycle_number} ended on {self.ended_on}: let this one begin on a later day."


@dataclass(eq=False)
class CycleEndsBeforeStart(DomainError):
    """The cycle would end before it begins."""

    starts_on: date

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return f"The cycle begins on {self.starts_on}: let it end on that day or later."


@dataclass(eq=False)
class CycleTooLong(DomainError):
    """The cycle is planned to last longer than any does."""

    maximum: int

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return f"Plan a cycle of at most {self.maximum} days."


@dataclass(eq=False)
class CycleNotFound(DomainError):
    """The group has no such cycle."""

    code = ErrorCode.NOT_FOUND

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "The group has no such cycle: check the cycle's id."


@dataclass(eq=False)
class CycleEnded(DomainError):
    """The cycle has ended."""

    code = ErrorCode.NOT_ALLOWED
    is_of_state = True

    ended_on: date

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return f"This cycle ended on {self.ended_on} and stays as it was: start the next one."


@dataclass(eq=False)
class MeetingStillOpen(DomainError):
    """A meeting of the cycle is open still."""

    code = ErrorCode.NOT_ALLOWED

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "A meeting of this cycle is open still: close it first."


@dataclass(frozen=True, slots=True)
class Cycle:
    """A cycle as services see it.

    Attributes:
        id: The cycle's id.
        number: Counted from 1.
        starts_on: Its first day.
        planned_end_on: The day on which the group means to share out, if it said so.
        ended_on: Its last day; None while it runs.
        version: Counted from 1.
    """

    id: UUID
    number: int
    starts_on: date
    planned_end_on: date | None
    ended_on: date | None
    version: int


@dataclass(frozen=True, slots=True)
class NewCycle:
    """A cycle about to begin."""

    id: UUID
    group_id: UUID
    number: int
    starts_on: date
    planned_end_on: date | None


class CycleStore(Protocol):
    """Where cycles are kept."""

    async def last(self, group_id: UUID) -> Cycle | None:
        """The group's newest cycle; None if it has none."""

    async def find(self, group_id: UUID, cycle_id: UUID) -> Cycle | None:
        """The cycle with this id; None if the group has none."""

    async def start(self, cycle: NewCycle) -> None:
        """Keep a new cycle.

        Raises:
            IdAlreadyUsed: The group has a cycle with this id.
        """

    async def end(self, group_id: UUID, cycle: Cycle, ended_on: date) -> None:
        """Let the cycle have ended."""

    async def has_open_meeting(self, group_id: UUID, through: date) -> bool:
        """Whether a meeting that is held on that day or before is open still."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StartCycle:
    """The wish to start a cycle."""

    group_id: UUID
    idempotency_key: UUID
    id: UUID | None = None
    starts_on: date | None = None
    planned_end_on: date | None = None

    @property
    def cycle_id(self) -> UUID:
        """The id that the cycle will have: its own where it was given, else the idempotency key."""
        return self.id or self.idempotency_key

    def expected_outcome(self) -> Outcome:
        """The outcome when nothing is refused."""
        return Outcome(id=self.cycle_id)


@service(
    "cycleStart",
    needs=((Resource.CYCLE, Action.CREATE),),
    raises=(IdAlreadyUsed, DateNotPlausible, CycleRuns, CycleOverlaps, CycleEndsBeforeStart, CycleTooLong),
)
async def start_cycle(work: UnitOfWork, command: StartCycle) -> Outcome:
    """Start the group's next cycle, on a day after the one before it ended."""
    group = await work.groups.get(command.group_id)
    last = await work.cycles.last(group.id)
    if last is not None and last.ended_on is None:
        raise CycleRuns(last.number)
    today = local_date(work.now, group.time_zone)
    with faults_at("startsOn"):
        starts_on = today if command.starts_on is None else plausible_date(command.starts_on, today)
    if last is not None and last.ended_on is not None and starts_on <= last.ended_on:
        raise CycleOverlaps(last.number, last.ended_on, path=("startsOn",))
    if command.planned_end_on is not None:
        if command.planned_end_on < starts_on:
            raise CycleEndsBeforeStart(starts_on, path=("plannedEndOn",))
        if command.planned_end_on > starts_on + timedelta(days=CYCLE_DAYS_MAX):
            raise CycleTooLong(CYCLE_DAYS_MAX, path=("plannedEndOn",))
    number = 1 if last is None else last.number + 1
    await work.cycles.start(NewCycle(command.cycle_id, group.id, number, starts_on, command.planned_end_on))
    return Outcome(id=command.cycle_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class EndCycle:
    """The wish to end a cycle."""

    group_id: UUID
    idempotency_key: UUID
    cycle_id: UUID
    expected_version: int
    ended_on: date | None = None

    def expected_outcome(self) -> Outcome:
        """The outcome when nothing is refused."""
        return Outcome(id=self.cycle_id)


@service(
    "cycleEnd",
    needs=((Resource.CYCLE, Action.UPDATE),),
    raises=(CycleNotFound, VersionStale, CycleEnded, CycleEndsBeforeStart, DateNotPlausible, MeetingStillOpen),
)
async def end_cycle(work: UnitOfWork, command: EndCycle) -> Outcome:
    """End the cycle that runs, on a day on which no meeting of it is open any more."""
    group = await work.groups.get(command.group_id)
    cycle = await work.cycles.find(group.id, command.cycle_id)
    if cycle is None:
        raise CycleNotFound(path=("cycleId",))
    if cycle.ended_on is not None:
        raise CycleEnded(cycle.ended_on, path=("cycleId",))
    if cycle.version != command.expected_version:
        raise VersionStale(cycle.version, path=("expectedVersion",))
    today = local_date(work.now, group.time_zone)
    with faults_at("endedOn"):
        ended_on = today if command.ended_on is None else plausible_date(command.ended_on, today)
    if ended_on < cycle.starts_on:
        raise CycleEndsBeforeStart(cycle.starts_on, path=("endedOn",))
    if await work.cycles.has_open_meeting(group.id, ended_on):
        raise MeetingStillOpen(path=("cycleId",))
    await work.cycles.end(group.id, cycle, ended_on)
    return Outcome(id=cycle.id)
