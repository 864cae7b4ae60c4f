"""The register of members: persons in a group, with or without a sign-in of their own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

from domain.calendar import DateNotPlausible, local_date, plausible_date
from domain.contact import NotAPhoneNumber, PhoneNumber
from domain.errors import DomainError, ErrorCode, faults_at
from domain.policy import Action, Resource, Role
from domain.policy.terms import MEMBER_ROLES
from domain.service import IdAlreadyUsed, Outcome, service
from domain.text import PERSON_NAME_MAX, TextNotAllowed, TextTooLong, TextTooShort, clean_text

if TYPE_CHECKING:
    from domain.unit_of_work import UnitOfWork

__all__ = [
    "AddMember",
    "MemberNumberInvalid",
    "MemberNumberTaken",
    "MemberStatus",
    "MemberStore",
    "NewMember",
    "PhoneAlreadyInGroup",
    "RoleNotForMembers",
    "RolesNeedUser",
    "Sex",
    "UserIsAnotherMember",
    "UserNotFound",
    "add_member",
]

MEMBER_NUMBER_MAX = 1_000_000


class MemberStatus(StrEnum):
    """Whether a member takes part."""

    ACTIVE = "ACTIVE"
    INACTIVE = "INACTIVE"
    SUSPENDED = "SUSPENDED"


class Sex(StrEnum):
    """As programmes report it."""

    FEMALE = "FEMALE"
    MALE = "MALE"
    OTHER = "OTHER"


@dataclass(eq=False)
class MemberNumberTaken(DomainError):
    """Another member of the group has the number."""

    code = ErrorCode.CONFLICT

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "Another member of the group has this number: choose another, or leave it out to get the next one."


@dataclass(eq=False)
class MemberNumberInvalid(DomainError):
    """The number is not one that a member can have."""

    maximum: int

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return f"Give a member number from 1 to {self.maximum}, or leave it out to get the next one."


@dataclass(eq=False)
class PhoneAlreadyInGroup(DomainError):
    """Another member of the group has the phone number."""

    code = ErrorCode.CONFLICT

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "Another member of this group has this phone number: check it, or look for the member in the list."


@dataclass(eq=False)
class UserNotFound(DomainError):
    """The user to tie the member to does not exist or may not sign in."""

    code = ErrorCode.NOT_FOUND

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "There is no active user with this id: check it, or add the member without a user."


@dataclass(eq=False)
class UserIsAnotherMember(DomainError):
    """The user is tied to another member of the group already."""

    code = ErrorCode.CONFLICT

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "This user is already another member of this group: look for that member in the list."


@dataclass(eq=False)
class RoleNotForMembers(DomainError):
    """The role is not one that members of a group hold."""

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "A member of a group can be MEMBER, CHAIR, SECRETARY or TREASURER: leave other roles out."


@dataclass(eq=False)
class RolesNeedUser(DomainError):
    """Roles were given to a member who cannot sign in."""

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "Roles are held by whoever signs in: give the user's id as well, or leave the roles out."


@dataclass(frozen=True, slots=True)
class NewMember:
    """A person about to be entered in the register."""

    id: UUID
    group_id: UUID
    number: int
    name: str
    phone: PhoneNumber | None
    sex: Sex | None
    joined_on: date


class MemberStore(Protocol):
    """Where members are kept."""

    async def next_number(self, group_id: UUID) -> int:
        """One more than the highest number in the group."""

    async def add(self, member: NewMember) -> None:
        """Enter the member with name and phone.

        Raises:
            IdAlreadyUsed: The group has a member with this id.
            MemberNumberTaken: The group has a member with this number.
            PhoneAlreadyInGroup: The group has a member with this phone number.
        """

    async def link(self, group_id: UUID, member_id: UUID, user_id: UUID, roles: frozenset[Role]) -> None:
        """Tie the member to a user with these roles.

        Raises:
            UserNotFound: There is no such active user.
            UserIsAnotherMember: The user or the member is tied otherwise.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class AddMember:
    """The wish to enter a person in the register."""

    group_id: UUID
    idempotency_key: UUID
    id: UUID | None = None
    name: str
    number: int | None = None
    phone: str | None = None
    sex: Sex | None = None
    joined_on: date | None = None
    user_id: UUID | None = None
    roles: tuple[Role, ...] = ()

    @property
    def member_id(self) -> UUID:
        """The id that the member will have: its own where it was given, else the idempotency key."""
        return self.id or self.idempotency_key

    def expected_outcome(self) -> Outcome:
        """The outcome when nothing is refused."""
        return Outcome(id=self.member_id)


@service(
    "memberAdd",
    needs=(
        (Resource.MEMBER, Action.CREATE),
        (Resource.MEMBER_NAME, Action.CREATE),
        (Resource.MEMBER_PRIVATE, Action.CREATE),
        (Resource.MEMBERSHIP, Action.CREATE),
    ),
    raises=(
        IdAlreadyUsed,
        TextTooLong,
        TextTooShort,
        TextNotAllowed,
        NotAPhoneNumber,
        DateNotPlausible,
        MemberNumberInvalid,
        MemberNumberTaken,
        PhoneAlreadyInGroup,
        UserNotFound,
        UserIsAnotherMember,
        RoleNotForMembers,
        RolesNeedUser,
    ),
)
async def add_member(work: UnitOfWork, command: AddMember) -> Outcome:
    """Enter a person in the register and, where a user is named, tie the two with the roles held."""
    group = await work.groups.get(command.group_id)
    roles = _checked_roles(command)
    number = command.number if command.number is not None else await work.members.next_number(group.id)
    if not 1 <= number <= MEMBER_NUMBER_MAX:
        raise MemberNumberInvalid(MEMBER_NUMBER_MAX, path=("number",))
    today = local_date(work.now, group.time_zone)
    member = NewMember(
        id=command.member_id,
        group_id=group.id,
        number=number,
        name=_checked_name(command.name),
        phone=_checked_phone(command.phone, group.country),
        sex=command.sex,
        joined_on=_checked_date(command.joined_on, today),
    )
    await work.members.add(member)
    if command.user_id is not None:
        await work.members.link(group.id, member.id, command.user_id, roles)
    return Outcome(id=member.id)


def _checked_roles(command: AddMember) -> frozenset[Role]:
    roles = frozenset(command.roles)
    if not roles <= MEMBER_ROLES:
        raise RoleNotForMembers(path=("roles",))
    if roles and command.user_id is None:
        raise RolesNeedUser(path=("roles",))
    return roles | {Role.MEMBER}


def _checked_name(value: str) -> str:
    with faults_at("name"):
        return clean_text(value, maximum=PERSON_NAME_MAX)


def _checked_phone(value: str | None, country: str) -> PhoneNumber | None:
    with faults_at("phone"):
        return None if value is None else PhoneNumber.parse(value, country)


def _checked_date(value: date | None, today: date) -> date:
    with faults_at("joinedOn"):
        return today if value is None else plausible_date(value, today)
