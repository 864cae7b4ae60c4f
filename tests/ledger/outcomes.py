"""What a client is told of an outcome."""

from __future__ import annotations

from typing import Any

from domain.errors import DomainError
from domain.savings import RecordContributions, record_contributions
from domain.service import Outcome
from tests.support.world import GroupOfPeople, Person, World


def told(error: DomainError | None) -> tuple[str, str, tuple[str, ...], dict[str, Any]] | None:
    """Everything that a client hears of a refusal."""
    if error is None:
        return None
    details = {name: value for name, value in vars(error).items() if name != "path"}
    return error.reason, error.message, error.path, details


def told_of(outcome: Outcome) -> tuple[Any, ...]:
    items = [(item.id, told(item.error)) for item in outcome.items]
    return outcome.id, told(outcome.error), items


def reasons(outcome: Outcome) -> list[tuple[str, tuple[str, ...]] | None]:
    """Per item: the reason and the path, or None where it stands."""
    return [None if item.error is None else (item.error.reason, item.error.path) for item in outcome.items]


async def meeting_of(world: World, **rules: Any) -> tuple[GroupOfPeople, Any]:
    group = await world.group(**rules)
    return group, await world.meeting(group)


async def record(
    world: World, group: GroupOfPeople, command: RecordContributions, who: Person | None = None
) -> Outcome:
    return await world.perform(who or group.treasurer, record_contributions, command)
