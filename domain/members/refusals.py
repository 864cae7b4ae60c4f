"""Why a wish about a member is refused, where several rules refuse for the same reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import ClassVar
from uuid import UUID

from domain.errors import DomainError, ErrorCode

__all__ = [
    "DateBeforeJoining",
    "EmailAlreadyInGroup",
    "GroupNeedsOfficer",
    "MemberGone",
    "MemberNumberInvalid",
    "MemberNumberTaken",
    "MemberUnknown",
    "NationalIdAlreadyInGroup",
    "PhoneAlreadyInGroup",
    "RoleNotForMembers",
    "RolesNeedUser",
    "UserIsAnotherMember",
    "UserNotFound",
]


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
class _HasIt(DomainError):
    """Another member of the group has what is to be one member's alone.

    Attributes:
        member_id: Who has it.
        member_number: Her number in the group.
    """

    code = ErrorCode.CONFLICT
    what: ClassVar[str] = ""

    member_id: UUID
    member_number: int

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return (
            f"Member {self.member_number} of this group has this {self.what}: "
            "look at that record, she may be entered already."
        )


class PhoneAlreadyInGroup(_HasIt):
    """Another member of the group has the phone number."""

    what = "phone number"


class EmailAlreadyInGroup(_HasIt):
    """Another member of the group has the e-mail address."""

    what = "e-mail address"


class NationalIdAlreadyInGroup(_HasIt):
    """Another member of the group has the national id."""

    what = "national id"


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
    """The user, or the member, is tied otherwise in the group already."""

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


@dataclass(eq=False)
class MemberUnknown(DomainError):
    """The group has no member with this id."""

    code = ErrorCode.NOT_FOUND

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "The group has no member with this id: check it."


@dataclass(eq=False)
class MemberGone(DomainError):
    """The member left the group or died."""

    code = ErrorCode.NOT_ALLOWED

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "This member is not in the group any more: take her in again first."


@dataclass(eq=False)
class MemberTakesNoPart(DomainError):
    """The member takes no part for now, and holds no office meanwhile.

    Attributes:
        status: Where she is.
    """

    code = ErrorCode.NOT_ALLOWED
    is_of_state = True

    status: str

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return f"The member is {self.status} and holds no office meanwhile: let her take part again first."


@dataclass(eq=False)
class DateBeforeJoining(DomainError):
    """A member would leave before she joined."""

    joined_on: date

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return f"The member joined on {self.joined_on}: give that date or a later one."


@dataclass(eq=False)
class GroupNeedsOfficer(DomainError):
    """The group would be left without anybody who may change its register, at once or once a last day is over."""

    code = ErrorCode.NOT_ALLOWED

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return (
            "The group would be left without a chair or secretary: give one of these roles to somebody else first, "
            "without a last day."
        )
