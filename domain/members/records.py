"""What the register keeps of a member, and where it is kept."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from domain.contact import EmailAddress, PhoneNumber
from domain.policy import Role

__all__ = [
    "HeldPosition",
    "MemberField",
    "MemberRecord",
    "MemberStatus",
    "MemberStore",
    "NewMember",
    "NextOfKin",
    "Personal",
    "Position",
    "Sex",
]

MEMBER_NUMBER_MAX = 1_000_000


class MemberStatus(StrEnum):
    """Whether a member takes part."""

    ACTIVE = "ACTIVE"
    INACTIVE = "INACTIVE"
    SUSPENDED = "SUSPENDED"
    LEFT = "LEFT"
    DECEASED = "DECEASED"

    @property
    def is_gone(self) -> bool:
        """Whether she is no member any more."""
        return self in (MemberStatus.LEFT, MemberStatus.DECEASED)


class Sex(StrEnum):
    """As programmes report it."""

    FEMALE = "FEMALE"
    MALE = "MALE"
    OTHER = "OTHER"


class MemberField(StrEnum):
    """What of a member's record may be empty."""

    SEX = "SEX"
    PHOTO = "PHOTO"
    PHONE = "PHONE"
    EMAIL = "EMAIL"
    NATIONAL_ID = "NATIONAL_ID"
    BIRTH = "BIRTH"
    ADDRESS = "ADDRESS"
    NEXT_OF_KIN = "NEXT_OF_KIN"


@dataclass(frozen=True, slots=True, kw_only=True)
class NextOfKin:
    """Whom the group turns to when a member cannot be asked any more.

    Attributes:
        name: What the person is called.
        relationship: What she is to the member.
        phone: How she is reached, in E.164.
    """

    name: str
    relationship: str | None = None
    phone: str | None = None

    def __repr__(self) -> str:
        """Without what is personal."""
        return "NextOfKin(…)"

    def to_text(self) -> str:
        """As one text, to be sealed."""
        values = {"name": self.name, "relationship": self.relationship, "phone": self.phone}
        return json.dumps({name: value for name, value in values.items() if value is not None}, ensure_ascii=False)

    @classmethod
    def from_text(cls, text: str) -> NextOfKin:
        """The person in a text that `to_text` made."""
        return cls(**json.loads(text))


@dataclass(frozen=True, slots=True, kw_only=True)
class Personal:
    """What few may know of a member, checked and in one form each; what is None is not known.

    Attributes:
        national_id: Capitals and digits alone, after the group's country and a colon.
        birth: A date in ISO 8601, or a year of four digits.
    """

    phone: PhoneNumber | None = None
    email: EmailAddress | None = None
    national_id: str | None = None
    birth: str | None = None
    address: str | None = None
    next_of_kin: NextOfKin | None = None

    def __repr__(self) -> str:
        """Without what is personal."""
        return "Personal(…)"


@dataclass(frozen=True, slots=True)
class NewMember:
    """A person about to be entered in the register."""

    id: UUID
    group_id: UUID
    number: int
    name: str
    photo: str | None
    personal: Personal
    sex: Sex | None
    joined_on: date


class Position(StrEnum):
    """What a member does for the group that is no role of whoever signs in."""

    BOX_KEEPER = "BOX_KEEPER"
    KEY_HOLDER_1 = "KEY_HOLDER_1"
    KEY_HOLDER_2 = "KEY_HOLDER_2"
    KEY_HOLDER_3 = "KEY_HOLDER_3"
    MONEY_COUNTER_1 = "MONEY_COUNTER_1"
    MONEY_COUNTER_2 = "MONEY_COUNTER_2"

    @property
    def is_key(self) -> bool:
        """Whether a key of the box goes with it, which nobody of the committee may hold."""
        return self in (Position.KEY_HOLDER_1, Position.KEY_HOLDER_2, Position.KEY_HOLDER_3)


@dataclass(frozen=True, slots=True)
class HeldPosition:
    """One time that a member holds a position.

    Attributes:
        ends_on: The last day; None while she holds it.
    """

    id: UUID
    member_id: UUID
    position: Position
    starts_on: date
    ends_on: date | None = None
    version: int = 1


@dataclass(frozen=True, slots=True)
class MemberRecord:
    """A member as services see her, without what is personal.

    Attributes:
        user_id: Who signs in as her; None where nobody does.
        roles: What that user holds, or will hold from a day that is set.
        positions: The positions that she holds.
    """

    id: UUID
    number: int
    status: MemberStatus
    joined_on: date
    left_on: date | None
    version: int
    user_id: UUID | None
    roles: frozenset[Role]
    positions: frozenset[Position]


class MemberStore(Protocol):
    """Where members are kept."""

    async def next_number(self, group_id: UUID) -> int:
        """One more than the highest number in the group."""

    async def add(self, member: NewMember) -> None:
        """Enter the member with all that is known of her.

        Raises:
            IdAlreadyUsed: The group has a member with this id.
            MemberNumberTaken: The group has a member with this number.
            PhoneAlreadyInGroup: The group has a member with this phone number.
            EmailAlreadyInGroup: The group has a member with this e-mail address.
            NationalIdAlreadyInGroup: The group has a member with this national id.
        """

    async def refuse_same_person(self, group_id: UUID, member_id: UUID | None, personal: Personal) -> None:
        """Refuse what tells one person from another where another member of the group, or any if none is named, has it.

        Raises:
            PhoneAlreadyInGroup: She has this phone number.
            EmailAlreadyInGroup: She has this e-mail address.
            NationalIdAlreadyInGroup: She has this national id.
        """

    async def find(self, group_id: UUID, member_id: UUID) -> MemberRecord | None:
        """The member; None where the group has no such."""

    async def change(
        self,
        group_id: UUID,
        member_id: UUID,
        *,
        columns: Mapping[str, object],
        name: str | None,
        photo: str | None,
        personal: Personal,
        cleared: frozenset[MemberField],
    ) -> None:
        """Change a member's record, whose version grows.

        Args:
            group_id: The group.
            member_id: The member.
            columns: What changes of number, sex and the day of joining, by column.
            name: What she is called from now on; None to leave it.
            photo: Where her picture is; None to leave it.
            personal: What few may know, as far as it changes.
            cleared: What is not known any more.

        Raises:
            MemberNumberTaken: The group has a member with this number.
            PhoneAlreadyInGroup: Another member has this phone number.
            EmailAlreadyInGroup: Another member has this e-mail address.
            NationalIdAlreadyInGroup: Another member has this national id.
        """

    async def set_status(self, group_id: UUID, member_id: UUID, status: MemberStatus, left_on: date | None) -> None:
        """Let the member take part from now on as `status` says; her version grows."""

    async def link(self, group_id: UUID, member_id: UUID, user_id: UUID, roles: frozenset[Role]) -> None:
        """Tie the member to a user with these roles.

        Raises:
            UserNotFound: There is no such active user.
            UserIsAnotherMember: The user or the member is tied otherwise.
        """

    async def grant_role(
        self, group_id: UUID, member_id: UUID, role: Role, starts_at: datetime, ends_at: datetime | None
    ) -> None:
        """Let the member's user hold a role from a moment on, up to a moment if one is given."""

    async def end_roles(self, group_id: UUID, member_id: UUID, roles: Collection[Role], ends_at: datetime) -> None:
        """Let roles of the member's user end at a moment; what she does not hold is passed over.

        Raises:
            GroupNeedsOfficer: Nobody would be chair or secretary then, or at some moment after it.
        """

    async def position_holder(self, group_id: UUID, position: Position) -> tuple[UUID, int] | None:
        """Who holds a position: the member and her number; None where nobody does."""

    async def find_position(self, group_id: UUID, position_id: UUID) -> HeldPosition | None:
        """One time that a member held, or holds, a position; None where the group has no such."""

    async def assign(self, group_id: UUID, held: HeldPosition) -> None:
        """Let a member hold a position.

        Raises:
            IdAlreadyUsed: The id stands for another time that a position was held.
        """

    async def end_positions(self, group_id: UUID, member_id: UUID, ends_on: date, position_id: UUID | None) -> None:
        """Let a position of the member's end, or all that she holds; one that began later ends as it began."""

    async def claim(self, group_id: UUID) -> UUID | None:
        """Tie the viewer to the member with her phone number or e-mail address; the member, None where there is none.

        Raises:
            UserIsAnotherMember: The viewer, or the member, is tied otherwise.
            GroupNotAtWork: The group is suspended, or has ended.
        """
