"""Mutations of what members hold, and of how they go."""

from datetime import date
from typing import Any
from uuid import UUID

import strawberry

from domain.ledger.accounts import Place
from domain.members import (
    AssignPosition,
    EndPosition,
    EndRole,
    GrantRole,
    LeaveGroup,
    Position,
    RecordDeath,
    assign_position,
    end_position,
    end_role,
    grant_role,
    leave_group,
    record_death,
)
from domain.members.leaving import settlement_ids
from domain.policy import Role
from domain.service import Outcome
from graph.ledger.entries import JournalEntry
from graph.members import PositionHeld
from graph.mutations import command_mutation
from graph.permissions import Info
from graph.registering import KEY_DESCRIPTION, VERSION_DESCRIPTION, member_mutation
from graph.relations import load_many
from persistence.reads.entries import load_entries
from persistence.reads.members import load_positions_by_key

__all__ = [
    "member_death_record",
    "member_leave",
    "position_assign",
    "position_end",
    "role_end",
    "role_grant",
]


@strawberry.input(description="A role for a member, beside whatever she holds.")
class RoleGrantInput:
    """The input of `roleGrant`."""

    group_id: strawberry.ID = strawberry.field(description="The group.")
    idempotency_key: UUID = strawberry.field(description=KEY_DESCRIPTION)
    member_id: strawberry.ID = strawberry.field(description="The member, as whom somebody must sign in.")
    role: Role = strawberry.field(description="MEMBER, CHAIR, SECRETARY or TREASURER.")
    starts_on: date | None = strawberry.field(
        default=strawberry.UNSET, description="The first day where the group is; now if left out."
    )
    ends_on: date | None = strawberry.field(
        default=strawberry.UNSET, description="The last day; until it is ended if left out."
    )


@strawberry.input(description="A role of a member that is to end.")
class RoleEndInput:
    """The input of `roleEnd`."""

    group_id: strawberry.ID = strawberry.field(description="The group.")
    idempotency_key: UUID = strawberry.field(description=KEY_DESCRIPTION)
    member_id: strawberry.ID = strawberry.field(description="The member.")
    role: Role = strawberry.field(description="The role.")
    ends_on: date | None = strawberry.field(
        default=strawberry.UNSET, description="The last day where the group is; now if left out."
    )


@strawberry.input(description="A position for a member.")
class PositionAssignInput:
    """The input of `positionAssign`."""

    group_id: strawberry.ID = strawberry.field(description="The group.")
    idempotency_key: UUID = strawberry.field(description=KEY_DESCRIPTION)
    id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET,
        description="The id of the time that begins, if the client makes it; otherwise the idempotency key is.",
    )
    member_id: strawberry.ID = strawberry.field(description="The member.")
    position: Position = strawberry.field(description="What she is to do; nobody may hold it.")
    starts_on: date | None = strawberry.field(
        default=strawberry.UNSET, description="The first day where the group is; today if left out."
    )


@strawberry.input(description="A time in a position that is to end.")
class PositionEndInput:
    """The input of `positionEnd`."""

    group_id: strawberry.ID = strawberry.field(description="The group.")
    idempotency_key: UUID = strawberry.field(description=KEY_DESCRIPTION)
    position_id: strawberry.ID = strawberry.field(description="The time in the position, by its id.")
    expected_version: int = strawberry.field(description=VERSION_DESCRIPTION)
    ends_on: date | None = strawberry.field(
        default=strawberry.UNSET, description="The last day where the group is; today if left out."
    )


@strawberry.input(description="A member who goes, and how the group settles.")
class _Going:
    group_id: strawberry.ID = strawberry.field(description="The group.")
    idempotency_key: UUID = strawberry.field(description=KEY_DESCRIPTION)
    member_id: strawberry.ID = strawberry.field(description="The member.")
    expected_version: int = strawberry.field(description=VERSION_DESCRIPTION)
    meeting_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="The open meeting in which it is settled."
    )
    on: date | None = strawberry.field(
        default=strawberry.UNSET,
        description="The group's date that it counts for, outside a meeting; today if left out.",
    )
    is_netting_fines: bool | None = strawberry.field(
        default=strawberry.UNSET,
        description="Whether the fines that she owes are taken off what she is paid; false if left out, "
        "and then whoever owes fines is not let go.",
    )
    is_keeping_shares: bool | None = strawberry.field(
        default=strawberry.UNSET,
        description="Whether her shares stay hers until the share-out; false if left out, and then she is paid what "
        "they cost her.",
    )
    place: Place | None = strawberry.field(default=strawberry.UNSET, description="Whence it is paid; BOX if left out.")
    memo: str | None = strawberry.field(default=strawberry.UNSET, description="Words for the entries.")
    payee: str | None = strawberry.field(default=strawberry.UNSET, description="Who received the money.")


@strawberry.input(description="A member who leaves, and how the group settles with her.")
class MemberLeaveInput(_Going):
    """The input of `memberLeave`."""


@strawberry.input(description="A member who died, and how the group settles with her next of kin.")
class MemberDeathRecordInput(_Going):
    """The input of `memberDeathRecord`."""


async def _entries(info: Info, command: Any, _: Outcome) -> dict[str, Any]:
    keys = [(command.group_id, each) for each in settlement_ids(command.idempotency_key)]
    found = await load_many(info.context, load_entries, keys)
    return {"entries": [entry for entry in found if entry is not None]}


_SETTLED = "What was posted to settle: the fines taken off, the savings paid out, the shares redeemed."
_SETTLEMENT: dict[str, Any] = {
    "shows_current": True,
    "extra": {"entries": (list[JournalEntry], _SETTLED)},
    "more": _entries,
}

role_grant = member_mutation(
    grant_role, RoleGrantInput, GrantRole, "Let a member hold a role, beside whatever she holds."
)
role_end = member_mutation(
    end_role, RoleEndInput, EndRole, "Let a member's role end. Somebody must stay chair or secretary."
)
position_assign = member_mutation(
    assign_position,
    PositionAssignInput,
    AssignPosition,
    "Let a member hold a position that nobody holds. Whoever holds a key is not on the committee.",
)
position_end = command_mutation(
    end_position,
    given=PositionEndInput,
    command=EndPosition,
    record="position",
    record_type=PositionHeld,
    load=load_positions_by_key,
    key=lambda command, _: (command.group_id, command.position_id),
    description="Let a member's time in a position end.",
    shows_current=True,
)
member_leave = member_mutation(
    leave_group,
    MemberLeaveInput,
    LeaveGroup,
    "Note that a member left, and pay her what `memberSettlement` shows: her savings, and her shares at what was paid "
    "for them, less the fines that she owes. Her roles and positions end.",
    **_SETTLEMENT,
)
member_death_record = member_mutation(
    record_death,
    MemberDeathRecordInput,
    RecordDeath,
    "Note that a member died, and pay her next of kin what `memberSettlement` shows: her savings, and her shares at "
    "what was paid for them, less the fines that she owed.",
    **_SETTLEMENT,
)
