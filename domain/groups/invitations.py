"""How people come to a group because somebody invited them by phone number or e-mail address."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

from domain.contact import EmailAddress, NotAnEmailAddress, NotAPhoneNumber, PhoneNumber
from domain.errors import DomainError, ErrorCode, faults_at
from domain.identifiers import derived_id
from domain.members.records import Personal
from domain.members.refusals import EmailAlreadyInGroup, MemberUnknown, PhoneAlreadyInGroup, UserIsAnotherMember
from domain.policy import Action, Resource
from domain.service import IdAlreadyUsed, Outcome, VersionStale, service
from domain.text import PERSON_NAME_MAX, TextNotAllowed, TextTooLong, TextTooShort, clean_text

if TYPE_CHECKING:
    from domain.unit_of_work import UnitOfWork

__all__ = [
    "INVITATION_LIFE",
    "AcceptInvitation",
    "ContactNotOne",
    "CreateInvitation",
    "Invitation",
    "InvitationDecided",
    "InvitationNotFound",
    "InvitationOpenAlready",
    "InvitationStatus",
    "InvitationStore",
    "NewInvitation",
    "RevokeInvitation",
    "accept_invitation",
    "create_invitation",
    "revoke_invitation",
]

INVITATION_LIFE = timedelta(days=30)
"""How long an invitation is good."""


class InvitationStatus(StrEnum):
    """Where an invitation is."""

    OPEN = "OPEN"
    ACCEPTED = "ACCEPTED"
    REVOKED = "REVOKED"


@dataclass(eq=False)
class ContactNotOne(DomainError):
    """An invitation has a phone number or an e-mail address, and not both."""

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "Invite by the phone number or by the e-mail address that the person signs in with: give one of them."


@dataclass(eq=False)
class InvitationNotFound(DomainError):
    """There is no such invitation, or it is not the viewer's."""

    code = ErrorCode.NOT_FOUND

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "There is no such invitation, or it is no longer good: ask the group's secretary for a new one."


@dataclass(eq=False)
class InvitationDecided(DomainError):
    """The invitation was accepted or taken back already."""

    code = ErrorCode.CONFLICT
    is_of_state = True

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "This invitation was accepted or taken back already: read it again."


@dataclass(eq=False)
class InvitationOpenAlready(DomainError):
    """The group has invited this phone number or e-mail address already, and the invitation is still good.

    Attributes:
        invitation_id: That invitation.
    """

    code = ErrorCode.CONFLICT

    invitation_id: UUID

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "An invitation to this phone number or e-mail address is open: use it, or take it back first."


@dataclass(frozen=True, slots=True)
class Invitation:
    """An invitation as services see it."""

    id: UUID
    status: InvitationStatus
    version: int


@dataclass(frozen=True, slots=True)
class NewInvitation:
    """An invitation about to be made; one of phone and e-mail is set."""

    id: UUID
    group_id: UUID
    name: str
    phone: PhoneNumber | None
    email: EmailAddress | None
    member_id: UUID | None
    expires_at: datetime


class InvitationStore(Protocol):
    """Where invitations are kept."""

    async def open_to(self, group_id: UUID, phone: PhoneNumber | None, email: EmailAddress | None) -> UUID | None:
        """The invitation to this phone number or e-mail address that is still good; None where there is none."""

    async def create(self, invitation: NewInvitation) -> None:
        """Keep a new invitation; whichever to the same contact is over is taken back.

        Raises:
            IdAlreadyUsed: The group has an invitation with this id.
        """

    async def find(self, group_id: UUID, invitation_id: UUID) -> Invitation | None:
        """The invitation; None where the group has no such."""

    async def revoke(self, group_id: UUID, invitation_id: UUID) -> None:
        """Take the invitation back."""

    async def accept(self, group_id: UUID, invitation_id: UUID, member_id: UUID) -> UUID | None:
        """Let the viewer be the member who was invited, one with this id if the register has none yet.

        Returns:
            The member; None where there is no such invitation to the viewer.

        Raises:
            UserIsAnotherMember: The viewer, or the member, is tied otherwise.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateInvitation:
    """The wish to invite somebody."""

    group_id: UUID
    idempotency_key: UUID
    id: UUID | None = None
    name: str
    phone: str | None = None
    email: str | None = None
    member_id: UUID | None = None

    @property
    def invitation_id(self) -> UUID:
        """The id that the invitation will have: its own where it was given, else the idempotency key."""
        return self.id or self.idempotency_key

    def expected_outcome(self) -> Outcome:
        """The outcome when nothing is refused."""
        return Outcome(id=self.invitation_id)


@service(
    "invitationCreate",
    needs=((Resource.INVITATION, Action.CREATE),),
    raises=(
        IdAlreadyUsed,
        TextTooLong,
        TextTooShort,
        TextNotAllowed,
        NotAPhoneNumber,
        NotAnEmailAddress,
        ContactNotOne,
        MemberUnknown,
        PhoneAlreadyInGroup,
        EmailAlreadyInGroup,
        InvitationOpenAlready,
    ),
)
async def create_invitation(work: UnitOfWork, command: CreateInvitation) -> Outcome:
    """Invite a person, who accepts after she signs in with that phone number or e-mail address."""
    group = await work.groups.get(command.group_id)
    if (command.phone is None) == (command.email is None):
        raise ContactNotOne(path=("phone",))
    with faults_at("name"):
        name = clean_text(command.name, maximum=PERSON_NAME_MAX)
    with faults_at("phone"):
        phone = None if command.phone is None else PhoneNumber.parse(command.phone, group.country)
    with faults_at("email"):
        email = None if command.email is None else EmailAddress.parse(command.email)
    if command.member_id is not None:
        member = await work.members.find(group.id, command.member_id)
        if member is None or member.left_on is not None:
            raise MemberUnknown(path=("memberId",))
    field = "email" if phone is None else "phone"
    # Whoever is in the register is invited as that member, or she would be entered a second time.
    await work.members.refuse_same_person(group.id, command.member_id, Personal(phone=phone, email=email))
    if (open_id := await work.invitations.open_to(group.id, phone, email)) not in (None, command.invitation_id):
        raise InvitationOpenAlready(open_id, path=(field,))
    expires_at = work.now + INVITATION_LIFE
    await work.invitations.create(
        NewInvitation(command.invitation_id, group.id, name, phone, email, command.member_id, expires_at)
    )
    return Outcome(id=command.invitation_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokeInvitation:
    """The wish to take an invitation back."""

    group_id: UUID
    idempotency_key: UUID
    invitation_id: UUID
    expected_version: int

    def expected_outcome(self) -> Outcome:
        """The outcome when nothing is refused."""
        return Outcome(id=self.invitation_id)


@service(
    "invitationRevoke",
    needs=((Resource.INVITATION, Action.UPDATE),),
    raises=(InvitationNotFound, InvitationDecided, VersionStale),
)
async def revoke_invitation(work: UnitOfWork, command: RevokeInvitation) -> Outcome:
    """Take an invitation back that nobody accepted."""
    invitation = await work.invitations.find(command.group_id, command.invitation_id)
    if invitation is None:
        raise InvitationNotFound(path=("invitationId",))
    if invitation.status is not InvitationStatus.OPEN:
        raise InvitationDecided(path=("invitationId",))
    if invitation.version != command.expected_version:
        raise VersionStale(invitation.version, path=("expectedVersion",))
    await work.invitations.revoke(command.group_id, invitation.id)
    return Outcome(id=invitation.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptInvitation:
    """The wish of somebody who signed in to be the member whom a group invited."""

    group_id: UUID
    idempotency_key: UUID
    invitation_id: UUID

    def expected_outcome(self) -> Outcome:
        """An outcome that never is: which member it will be, only the database knows."""
        return Outcome()


@service(
    "invitationAccept",
    needs=((Resource.MEMBERSHIP, Action.CLAIM),),
    raises=(InvitationNotFound, UserIsAnotherMember),
    is_founding=True,
)
async def accept_invitation(work: UnitOfWork, command: AcceptInvitation) -> Outcome:
    """Be the member whom a group invited by the phone number or e-mail address that one signs in with."""
    fresh = derived_id(command.invitation_id, "member")
    member_id = await work.invitations.accept(command.group_id, command.invitation_id, fresh)
    if member_id is None:
        raise InvitationNotFound(path=("invitationId",))
    return Outcome(id=member_id)
