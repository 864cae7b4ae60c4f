"""The life of a group in the schema: revised by its officers; verified, suspended and ended by administrators."""

from typing import Any
from uuid import UUID

import strawberry

from domain.groups.life import (
    ChangeGroupStatus,
    ReviseGroup,
    deactivate_group,
    reactivate_group,
    revise_group,
    suspend_group,
    verify_group,
)
from domain.service import Service
from graph.groups import Group
from graph.mutations import command_mutation
from persistence.reads.groups import load_groups

__all__ = ["group_deactivate", "group_reactivate", "group_revise", "group_suspend", "group_verify"]

_KEY = "Made by the client, new for each wish; repeats carry the same."
_VERSION = "The version of the group that you read; a newer one is refused."


@strawberry.input(description="A group as it is to be recorded. What is left out stays as it was.")
class GroupReviseInput:
    """The input of `groupRevise`."""

    group_id: strawberry.ID = strawberry.field(description="The group.")
    idempotency_key: UUID = strawberry.field(description=_KEY)
    expected_version: int = strawberry.field(description=_VERSION)
    name: str | None = strawberry.field(
        default=strawberry.UNSET, description="What the group calls itself, up to 120 characters."
    )
    county: str | None = strawberry.field(
        default=strawberry.UNSET, description="County, region or province; an empty text for none."
    )
    district: str | None = strawberry.field(
        default=strawberry.UNSET, description="District or sub-county; an empty text for none."
    )
    village: str | None = strawberry.field(
        default=strawberry.UNSET, description="Village or neighbourhood; an empty text for none."
    )


@strawberry.input(description="A step in the life of a group.")
class _StatusInput:
    group_id: strawberry.ID = strawberry.field(description="The group.")
    idempotency_key: UUID = strawberry.field(description=_KEY)
    expected_version: int = strawberry.field(description=_VERSION)
    reason: str | None = strawberry.field(
        default=strawberry.UNSET, description="Why, up to 500 characters; the group's officers read it."
    )


@strawberry.input(description="A group to be verified.")
class GroupVerifyInput(_StatusInput):
    """The input of `groupVerify`."""


@strawberry.input(description="A group to be suspended.")
class GroupSuspendInput(_StatusInput):
    """The input of `groupSuspend`."""


@strawberry.input(description="A group to be reactivated.")
class GroupReactivateInput(_StatusInput):
    """The input of `groupReactivate`."""


@strawberry.input(description="A group to be ended.")
class GroupDeactivateInput(_StatusInput):
    """The input of `groupDeactivate`."""


def _on_group(service: Service[Any], given: Any, description: str, command: type = ChangeGroupStatus) -> Any:
    return command_mutation(
        service,
        given=given,
        command=command,
        record="group",
        record_type=Group,
        load=load_groups,
        key=lambda command, _: command.group_id,
        description=description,
        shows_current=True,
    )


group_revise = _on_group(
    revise_group,
    GroupReviseInput,
    "Record otherwise what the group calls itself or where it is. Currency, country and time zone never change.",
    ReviseGroup,
)
group_verify = _on_group(verify_group, GroupVerifyInput, "Let a group be at work that waited to be verified.")
group_suspend = _on_group(
    suspend_group, GroupSuspendInput, "Stop a group for a time: it can be read, and nothing of it changes."
)
group_reactivate = _on_group(
    reactivate_group, GroupReactivateInput, "Let a group go on that was suspended or had ended."
)
group_deactivate = _on_group(
    deactivate_group, GroupDeactivateInput, "End a group, or turn down one that waited: it stays to be read."
)
