"""Whom a group invites, in the schema."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import strawberry

from domain.groups.invitations import (
    INVITATION_LIFE,
    AcceptInvitation,
    CreateInvitation,
    InvitationStatus,
    RevokeInvitation,
    accept_invitation,
    create_invitation,
    revoke_invitation,
)
from domain.policy import Resource
from graph.connections import PAGE_DEFAULT, After, Asked, Connection, First, connection_field
from graph.engine import RowType, computed
from graph.enums import described
from graph.mutations import command_mutation
from graph.permissions import reading
from graph.relations import relation
from graph.scalars import PhoneNumber
from persistence.reads.joining import INVITATIONS, load_contacts, load_invitations, load_open_invitations
from persistence.reads.members import load_members

__all__ = [
    "Invitation",
    "ReceivedInvitation",
    "group_invitations",
    "invitation_accept",
    "invitation_create",
    "invitation_revoke",
    "own_invitations",
]

if TYPE_CHECKING:
    from graph.members import Member

LazyMember = Annotated["Member", strawberry.lazy("graph.members")]

_KEY = "Made by the client, new for each wish; repeats carry the same."
_OWN_SIZE = 5
"""What a list of one's own invitations is taken for when the cost of an operation is counted."""

described(
    InvitationStatus,
    "Where an invitation is.",
    {"OPEN": "Nobody accepted it yet.", "ACCEPTED": "The person is a member.", "REVOKED": "It was taken back."},
)


def _member_key(row: Any) -> tuple[UUID, UUID] | None:
    return None if row["member_id"] is None else (row["tenant_id"], row["member_id"])


@strawberry.type(description="Somebody whom the group invited.")
class Invitation(RowType):
    """An invitation."""

    id: strawberry.ID = strawberry.field(description="The invitation's id, a UUID.")
    name: str = strawberry.field(description="The name of the person.")
    contact: str | None = relation(
        load_contacts,
        lambda row: (row["id"], row["person_key"], row["phone_sealed"], row["email_sealed"]),
        "The phone number or e-mail address that she is to sign in with.",
        protects=Resource.MEMBER_PRIVATE,
    )
    status: InvitationStatus = strawberry.field(description="Where it is.")
    invited_at: datetime = strawberry.field(description="When it was made.")
    expires_at: datetime = strawberry.field(description="Until when it is good.")
    version: int = strawberry.field(description="Grows with every change of the record.")
    member: LazyMember | None = relation(
        load_members,
        _member_key,
        "The member that she is, or is to be, where the register has her.",
        protects=Resource.MEMBER,
    )


@strawberry.type(description="An invitation to the viewer.")
class ReceivedInvitation:
    """An invitation, as whoever was invited sees it."""

    id: strawberry.ID = strawberry.field(description="The invitation's id, for `invitationAccept`.")
    group_id: strawberry.ID = computed(lambda row: row["tenant_id"], description="The group, for `invitationAccept`.")
    group_name: str = strawberry.field(description="What the group calls itself.")
    invited_at: datetime = strawberry.field(description="When it was made.")
    expires_at: datetime = strawberry.field(description="Until when it is good.")


def _invitations(
    first: First = PAGE_DEFAULT,
    after: After = None,
    status: Annotated[InvitationStatus | None, strawberry.argument(description="Only those with this status.")] = None,
) -> Asked:
    return Asked(first, after, "NEWEST", status=status)


def group_invitations(parent: Callable[[Any], tuple[UUID, UUID]]) -> Connection[Invitation]:
    """The field with the invitations of a group."""
    field: Connection[Invitation] = connection_field(
        INVITATIONS, parent, _invitations, **reading(Resource.INVITATION, "Whom the group invited, the newest first.")
    )
    return field


def own_invitations(user: Callable[[Any], UUID]) -> list[ReceivedInvitation]:
    """The field with the invitations to the viewer."""
    field: list[ReceivedInvitation] = relation(
        load_open_invitations,
        user,
        "The open invitations to the phone number or e-mail address that the user signs in with.",
        size=_OWN_SIZE,
    )
    return field


@strawberry.input(description="A person to be invited, by phone number or by e-mail address.")
class InvitationCreateInput:
    """The input of `invitationCreate`."""

    group_id: strawberry.ID = strawberry.field(description="The group.")
    idempotency_key: UUID = strawberry.field(description=_KEY)
    id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET,
        description="The invitation's id, if the client makes it; otherwise the idempotency key is.",
    )
    name: str = strawberry.field(description="The person's name, up to 120 characters.")
    phone: PhoneNumber | None = strawberry.field(
        default=strawberry.UNSET, description="The phone number that she signs in with, or will."
    )
    email: str | None = strawberry.field(
        default=strawberry.UNSET, description="The e-mail address that she signs in with, or will."
    )
    member_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="The member that she is, where the register has her already."
    )


@strawberry.input(description="An invitation to be taken back.")
class InvitationRevokeInput:
    """The input of `invitationRevoke`."""

    group_id: strawberry.ID = strawberry.field(description="The group.")
    idempotency_key: UUID = strawberry.field(description=_KEY)
    invitation_id: strawberry.ID = strawberry.field(description="The invitation.")
    expected_version: int = strawberry.field(description="The version that you read; a newer one is refused.")


@strawberry.input(description="An invitation to be accepted.")
class InvitationAcceptInput:
    """The input of `invitationAccept`."""

    group_id: strawberry.ID = strawberry.field(description="The group that invites.")
    idempotency_key: UUID = strawberry.field(description=_KEY)
    invitation_id: strawberry.ID = strawberry.field(description="The invitation.")


invitation_create = command_mutation(
    create_invitation,
    given=InvitationCreateInput,
    command=CreateInvitation,
    record="invitation",
    record_type=Invitation,
    load=load_invitations,
    key=lambda command, outcome: (command.group_id, outcome.id),
    description=f"Invite a person. It is good for {INVITATION_LIFE.days} days, and told to nobody by itself.",
)
invitation_revoke = command_mutation(
    revoke_invitation,
    given=InvitationRevokeInput,
    command=RevokeInvitation,
    record="invitation",
    record_type=Invitation,
    load=load_invitations,
    key=lambda command, _: (command.group_id, command.invitation_id),
    description="Take an invitation back that nobody accepted.",
    shows_current=True,
)
invitation_accept = command_mutation(
    accept_invitation,
    given=InvitationAcceptInput,
    command=AcceptInvitation,
    record="member",
    record_type=LazyMember,
    load=load_members,
    key=lambda command, outcome: (command.group_id, outcome.id),
    description="Be the member whom a group invited by the phone number or e-mail address that you sign in with.",
)
