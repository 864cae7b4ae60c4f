"""What members may do beside their roles, in the schema."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import strawberry

from domain.members.overrides import (
    DecideOverride,
    EndOverride,
    OverrideEffect,
    OverrideStatus,
    RequestOverride,
    decide_override,
    end_override,
    request_override,
)
from domain.policy import Capability, Resource
from graph.connections import PAGE_DEFAULT, After, Asked, First, connection_field
from graph.engine import RowType
from graph.enums import described
from graph.mutations import command_mutation
from graph.permissions import reading
from graph.relations import relation
from persistence.reads.members import load_members
from persistence.reads.overrides import load_overrides
from persistence.reads.pages import Listing

if TYPE_CHECKING:
    from graph.members import Member

__all__ = ["OverrideMutations", "PermissionOverride", "overrides"]

LazyMember = Annotated["Member", strawberry.lazy("graph.members")]

described(
    Capability,
    "What officers may grant to a member, or take from one of them, beside her roles.",
    {
        "RECORD_CONTRIBUTIONS": "To record what members pay in, and to take such records back. The secretary and the "
        "treasurer have it. Whoever it is granted to sees balances as well.",
        "RECORD_FINES": "To levy fines (penalties) and to record that they were paid. The secretary and the treasurer "
        "have it. Whoever it is granted to sees balances as well.",
        "RECORD_ROLL_CALL": "To record the roll call (attendance). Every officer has it.",
        "VIEW_BALANCES": "To see what each member has and owes, and the entries behind it. Every officer has it, and "
        "keeps it.",
    },
)
described(
    OverrideEffect,
    "Whether something is let or kept from a member.",
    {"GRANTED": "She may, though no role of hers says so.", "TAKEN": "She may not, though a role of hers says so."},
)
described(
    OverrideStatus,
    "Where an override is.",
    {
        "REQUESTED": "It waits for another officer.",
        "APPROVED": "Another officer approved it: it holds on its days.",
        "REFUSED": "Another officer refused it.",
        "ENDED": "It was ended before its last day.",
    },
)


@strawberry.type(
    description="What a member may do beside her roles, or an officer may not, from a day to a day (delegation, "
    "suspended right). Two officers decide, of whom neither is she."
)
class PermissionOverride(RowType):
    """An override."""

    id: strawberry.ID = strawberry.field(description="The override's id.")
    capability: Capability = strawberry.field(description="What it is about.")
    effect: OverrideEffect = strawberry.field(description="Whether she may or may not.")
    starts_on: date = strawberry.field(description="The group's first day.")
    ends_on: date = strawberry.field(description="The group's last day; the day on which it was ended, if it was.")
    status: OverrideStatus = strawberry.field(description="Whether it was decided; only what is approved holds.")
    is_in_force: bool = strawberry.field(
        description=(
            "Whether it holds now: it is approved, these are its days, and the member takes part. Whoever is suspended "
            "or inactive is let do nothing beside her roles meanwhile."
        )
    )
    requested_at: datetime = strawberry.field(description="When it was asked for.")
    requested_by: strawberry.ID = strawberry.field(description="The user who asked for it.")
    decided_at: datetime | None = strawberry.field(description="When it was decided.")
    decided_by: strawberry.ID | None = strawberry.field(description="The user who decided.")
    ended_at: datetime | None = strawberry.field(description="When it was ended before its last day.")
    ended_by: strawberry.ID | None = strawberry.field(description="The user who ended it.")
    version: int = strawberry.field(description="Grows with every change; give it back as `expectedVersion`.")
    member: LazyMember = relation(load_members, lambda row: (row["tenant_id"], row["member_id"]), "The member.")


def _asked(
    first: First = PAGE_DEFAULT,
    after: After = None,
    status: Annotated[OverrideStatus | None, strawberry.argument(description="Only those with this status.")] = None,
) -> Asked:
    return Asked(first, after, "NEWEST", override=status)


def overrides(listing: Listing, parent: Any, description: str) -> Any:
    """The field of a type whose rows are the parents of the listing."""
    return connection_field(listing, parent, _asked, **reading(Resource.PERMISSION_OVERRIDE, description))


_KEY = "Made by the client, new for each wish; repeats carry the same."
_VERSION = "The version that you read; a newer one is refused."


@strawberry.input(description="That a member may do something beside her roles, or an officer may not.")
class PermissionOverrideRequestInput:
    """The input of `permissionOverrideRequest`."""

    group_id: strawberry.ID = strawberry.field(description="The group.")
    idempotency_key: UUID = strawberry.field(description=_KEY)
    id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET,
        description="The override's id, if the client makes it; otherwise the idempotency key is.",
    )
    member_id: strawberry.ID = strawberry.field(description="The member; never yourself.")
    capability: Capability = strawberry.field(description="What it is about.")
    effect: OverrideEffect = strawberry.field(description="Whether she may or may not.")
    starts_on: date | None = strawberry.field(
        default=strawberry.UNSET, description="The group's first day; today if left out."
    )
    ends_on: date = strawberry.field(description="The group's last day, at most 366 days from today.")


@strawberry.input(description="What another officer decides on an override.")
class PermissionOverrideDecideInput:
    """The input of `permissionOverrideDecide`."""

    group_id: strawberry.ID = strawberry.field(description="The group.")
    idempotency_key: UUID = strawberry.field(description=_KEY)
    override_id: strawberry.ID = strawberry.field(description="The override.")
    expected_version: int = strawberry.field(description=_VERSION)
    is_approved: bool = strawberry.field(description="Whether it is approved; refused if not.")


@strawberry.input(description="An override that is to end now.")
class PermissionOverrideEndInput:
    """The input of `permissionOverrideEnd`."""

    group_id: strawberry.ID = strawberry.field(description="The group.")
    idempotency_key: UUID = strawberry.field(description=_KEY)
    override_id: strawberry.ID = strawberry.field(description="The override.")
    expected_version: int = strawberry.field(description=_VERSION)


def _mutation(service: Any, given: Any, command: type, description: str) -> Any:
    return command_mutation(
        service,
        given=given,
        command=command,
        record="permission_override",
        record_type=PermissionOverride,
        load=load_overrides,
        key=lambda made, outcome: (made.group_id, outcome.id),
        description=description,
    )


@strawberry.type(description="A part of the root of mutations.")
class OverrideMutations:
    """What is done to overrides."""

    permission_override_request = _mutation(
        request_override,
        PermissionOverrideRequestInput,
        RequestOverride,
        "Ask that a member may do something beside her roles (delegate a right), or that an officer may not. It holds "
        "once another officer approved it.",
    )
    permission_override_decide = _mutation(
        decide_override,
        PermissionOverrideDecideInput,
        DecideOverride,
        "Approve an override or refuse it, as another officer than the one who asked for it, and not as the member.",
    )
    permission_override_end = _mutation(
        end_override,
        PermissionOverrideEndInput,
        EndOverride,
        "Let an override end now: the member may again do what her roles say. Any officer but she may.",
    )
