"""Mutations of the register of members: who is in it, and what is known of her."""

from datetime import date
from typing import Any
from uuid import UUID

import strawberry

from domain.members import (
    AddMember,
    ClaimMembership,
    DeactivateMember,
    LinkMember,
    MemberField,
    ReactivateMember,
    Sex,
    SuspendMember,
    UpdateMember,
    add_member,
    claim_membership,
    deactivate_member,
    link_member,
    reactivate_member,
    suspend_member,
    update_member,
)
from domain.policy import Role
from domain.service import Outcome, Service
from graph.members import Member
from graph.mutations import command_mutation
from graph.scalars import PhoneNumber
from persistence.reads.members import load_members

__all__ = [
    "KEY_DESCRIPTION",
    "VERSION_DESCRIPTION",
    "member_add",
    "member_claim",
    "member_deactivate",
    "member_link",
    "member_mutation",
    "member_reactivate",
    "member_revise",
    "member_suspend",
]

KEY_DESCRIPTION = "Made by the client, new for each wish; repeats carry the same."
VERSION_DESCRIPTION = "The version that you read; a newer one is refused."


@strawberry.input(description="The next of kin of a member.")
class NextOfKinInput:
    """The next of kin."""

    name: str = strawberry.field(description="What the person is called, up to 120 characters.")
    relationship: str | None = strawberry.field(
        default=strawberry.UNSET, description="What she is to the member, up to 60 characters."
    )
    phone: PhoneNumber | None = strawberry.field(
        default=strawberry.UNSET, description="In E.164, or as it is written in the group's country."
    )


@strawberry.input(description="What few may know of a member.")
class _Facts:
    photo: str | None = strawberry.field(
        default=strawberry.UNSET, description="Where the member's picture is kept: an https address or a stored file."
    )
    phone: PhoneNumber | None = strawberry.field(
        default=strawberry.UNSET, description="In E.164, or as it is written in the group's country."
    )
    email: str | None = strawberry.field(default=strawberry.UNSET, description="The member's e-mail address.")
    national_id: str | None = strawberry.field(
        default=strawberry.UNSET, description="The number of the identity card, letters and digits."
    )
    born_on: date | None = strawberry.field(default=strawberry.UNSET, description="When the member was born.")
    birth_year: int | None = strawberry.field(
        default=strawberry.UNSET, description="In which year, where the date is not known."
    )
    address: str | None = strawberry.field(
        default=strawberry.UNSET, description="Where the member lives, up to 160 characters."
    )
    next_of_kin: NextOfKinInput | None = strawberry.field(
        default=strawberry.UNSET, description="Whom the group turns to when the member cannot be asked any more."
    )
    sex: Sex | None = strawberry.field(default=strawberry.UNSET, description="As programmes report it.")


@strawberry.input(description="A person to be entered in the register.")
class MemberAddInput(_Facts):
    """The input of `memberAdd`."""

    group_id: strawberry.ID = strawberry.field(description="The group.")
    idempotency_key: UUID = strawberry.field(description=KEY_DESCRIPTION)
    id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET,
        description="The member's id, if the client makes it; otherwise the idempotency key is.",
    )
    name: str = strawberry.field(description="What the member is called, up to 120 characters.")
    number: int | None = strawberry.field(
        default=strawberry.UNSET, description="The number in the group; the next one if left out."
    )
    joined_on: date | None = strawberry.field(
        default=strawberry.UNSET, description="The group's date on which the member joined; today if left out."
    )
    user_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET,
        description="The user who is this person, so that she sees the group when she signs in.",
    )
    roles: list[Role] | None = strawberry.field(
        default=strawberry.UNSET, description="What that user holds beside MEMBER: CHAIR, SECRETARY, TREASURER."
    )


@strawberry.input(description="What is to be put right in a member's record. What is left out stays as it is.")
class MemberReviseInput(_Facts):
    """The input of `memberRevise`."""

    group_id: strawberry.ID = strawberry.field(description="The group.")
    idempotency_key: UUID = strawberry.field(description=KEY_DESCRIPTION)
    member_id: strawberry.ID = strawberry.field(description="The member.")
    expected_version: int = strawberry.field(description=VERSION_DESCRIPTION)
    name: str | None = strawberry.field(
        default=strawberry.UNSET, description="What the member is called, up to 120 characters."
    )
    number: int | None = strawberry.field(default=strawberry.UNSET, description="The number in the group.")
    joined_on: date | None = strawberry.field(
        default=strawberry.UNSET, description="The group's date on which the member joined."
    )
    clear: list[MemberField] | None = strawberry.field(
        default=strawberry.UNSET, description="What is not known any more, and so becomes empty."
    )


@strawberry.input(description="A member, as her record was read.")
class _Change:
    group_id: strawberry.ID = strawberry.field(description="The group.")
    idempotency_key: UUID = strawberry.field(description=KEY_DESCRIPTION)
    member_id: strawberry.ID = strawberry.field(description="The member.")
    expected_version: int = strawberry.field(description=VERSION_DESCRIPTION)


@strawberry.input(description="A member who is to take no part for now, since the group decided so.")
class MemberSuspendInput(_Change):
    """The input of `memberSuspend`."""


@strawberry.input(description="A member who takes no part for now.")
class MemberDeactivateInput(_Change):
    """The input of `memberDeactivate`."""


@strawberry.input(description="A member who is to take part again.")
class MemberReactivateInput(_Change):
    """The input of `memberReactivate`."""


@strawberry.input(description="A user to be tied to a member.")
class MemberLinkInput:
    """The input of `memberLink`."""

    group_id: strawberry.ID = strawberry.field(description="The group.")
    idempotency_key: UUID = strawberry.field(description=KEY_DESCRIPTION)
    member_id: strawberry.ID = strawberry.field(description="The member.")
    user_id: strawberry.ID = strawberry.field(description="The user who is this person.")


@strawberry.input(description="A group in which the viewer is a member already, by phone number or e-mail address.")
class MemberClaimInput:
    """The input of `memberClaim`."""

    group_id: strawberry.ID = strawberry.field(description="The group.")
    idempotency_key: UUID = strawberry.field(description=KEY_DESCRIPTION)


def _key(command: Any, outcome: Outcome) -> tuple[UUID, UUID]:
    return command.group_id, outcome.id or command.member_id


def member_mutation(service: Service[Any], given: Any, command: type, description: str, **options: Any) -> Any:
    """A mutation whose record is a member."""
    return command_mutation(
        service,
        given=given,
        command=command,
        record="member",
        record_type=Member,
        load=load_members,
        key=_key,
        description=description,
        **options,
    )


member_add = member_mutation(add_member, MemberAddInput, AddMember, "Enter a person in the register of members.")
member_revise = member_mutation(
    update_member, MemberReviseInput, UpdateMember, "Put a member's record right.", shows_current=True
)
member_suspend = member_mutation(
    suspend_member,
    MemberSuspendInput,
    SuspendMember,
    "Let a member take no part for now, since the group decided so; her offices end.",
    shows_current=True,
)
member_deactivate = member_mutation(
    deactivate_member,
    MemberDeactivateInput,
    DeactivateMember,
    "Note that a member takes no part for now.",
    shows_current=True,
)
member_reactivate = member_mutation(
    reactivate_member,
    MemberReactivateInput,
    ReactivateMember,
    "Let a member take part again, whatever kept her; roles and positions that ended are given anew.",
    shows_current=True,
)
member_link = member_mutation(
    link_member,
    MemberLinkInput,
    LinkMember,
    "Tie a member to the user who is that person, so that she sees the group when she signs in.",
)
member_claim = member_mutation(
    claim_membership,
    MemberClaimInput,
    ClaimMembership,
    "Be the member whom the group entered with the phone number or e-mail address that you sign in with.",
)
