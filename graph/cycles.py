"""The cycles of a group in the schema."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from uuid import UUID

import strawberry

from domain.groups.cycles import EndCycle, StartCycle, end_cycle, start_cycle
from domain.policy import Resource
from graph.connections import PAGE_DEFAULT, After, Asked, Connection, First, connection_field
from graph.engine import RowType
from graph.mutations import command_mutation
from graph.permissions import reading
from persistence.reads.cycles import CYCLES, load_cycles

__all__ = ["Cycle", "cycle_end", "cycle_start", "group_cycles"]

_KEY = "Made by the client, new for each wish; repeats carry the same."


@strawberry.type(description="A cycle of a group (savings year): from its first share to the share-out.")
class Cycle(RowType):
    """A cycle."""

    id: strawberry.ID = strawberry.field(description="The cycle's id, a UUID.")
    number: int = strawberry.field(description="Which cycle of the group, from 1.")
    starts_on: date = strawberry.field(description="Its first day.")
    planned_end_on: date | None = strawberry.field(
        description="The day on which the group means to share out, if it said so."
    )
    ended_on: date | None = strawberry.field(description="Its last day; null while it runs.")
    version: int = strawberry.field(description="Grows with every change of the record.")
    created_at: datetime = strawberry.field(description="When it was recorded.")


def _arguments(first: First = PAGE_DEFAULT, after: After = None) -> Asked:
    return Asked(first, after, "NEWEST")


def group_cycles(parent: Callable[[Any], tuple[UUID, UUID]]) -> Connection[Cycle]:
    """The field with the cycles of a group."""
    field: Connection[Cycle] = connection_field(
        CYCLES, parent, _arguments, **reading(Resource.CYCLE, "The cycles, the newest first.")
    )
    return field


@strawberry.input(description="A cycle to be started.")
class CycleStartInput:
    """The input of `cycleStart`."""

    group_id: strawberry.ID = strawberry.field(description="The group.")
    idempotency_key: UUID = strawberry.field(description=_KEY)
    id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET,
        description="The cycle's id, if the client makes it; otherwise the idempotency key is.",
    )
    starts_on: date | None = strawberry.field(
        default=strawberry.UNSET, description="Its first day, after the cycle before it ended; today if left out."
    )
    planned_end_on: date | None = strawberry.field(
        default=strawberry.UNSET, description="The day on which the group means to share out."
    )


@strawberry.input(description="A cycle to be ended.")
class CycleEndInput:
    """The input of `cycleEnd`."""

    group_id: strawberry.ID = strawberry.field(description="The group.")
    idempotency_key: UUID = strawberry.field(description=_KEY)
    cycle_id: strawberry.ID = strawberry.field(description="The cycle.")
    expected_version: int = strawberry.field(description="The version that you read; a newer one is refused.")
    ended_on: date | None = strawberry.field(default=strawberry.UNSET, description="Its last day; today if left out.")


cycle_start = command_mutation(
    start_cycle,
    given=CycleStartInput,
    command=StartCycle,
    record="cycle",
    record_type=Cycle,
    load=load_cycles,
    key=lambda command, outcome: (command.group_id, outcome.id),
    description="Start the group's next cycle. A meeting belongs to the cycle that covers its day.",
)

cycle_end = command_mutation(
    end_cycle,
    given=CycleEndInput,
    command=EndCycle,
    record="cycle",
    record_type=Cycle,
    load=load_cycles,
    key=lambda command, _: (command.group_id, command.cycle_id),
    description="End the cycle that runs, once no meeting of it is open. It stays as it was then.",
    shows_current=True,
)
