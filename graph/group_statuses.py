"""The steps that a group took in its life, in the schema."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import strawberry

from domain.groups import GroupStatus
from domain.policy import Resource
from graph.connections import PAGE_DEFAULT, After, Asked, Connection, First, connection_field
from graph.permissions import reading
from persistence.reads.cycles import STATUS_STEPS

__all__ = ["GroupStatusStep", "group_status_steps"]


@strawberry.type(description="A step that a group took in its life.")
class GroupStatusStep:
    """A step."""

    was: GroupStatus = strawberry.field(description="Where the group was before.")
    became: GroupStatus = strawberry.field(description="Where it was from then on.")
    reason: str | None = strawberry.field(description="Why, if the administrator said so.")
    changed_at: datetime = strawberry.field(description="When.")
    changed_by: strawberry.ID = strawberry.field(description="The administrator who did it.")


def _arguments(first: First = PAGE_DEFAULT, after: After = None) -> Asked:
    return Asked(first, after, "NEWEST")


def group_status_steps(parent: Callable[[Any], tuple[UUID, UUID]]) -> Connection[GroupStatusStep]:
    """The field with the steps of a group."""
    field: Connection[GroupStatusStep] = connection_field(
        STATUS_STEPS,
        parent,
        _arguments,
        **reading(Resource.GROUP_STATUS, "How it was verified, suspended or ended, the newest step first."),
    )
    return field
