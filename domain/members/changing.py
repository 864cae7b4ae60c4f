"""How a member's record changes, and whether she takes part."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID

from domain.calendar import DateNotPlausible, local_date
from domain.errors import DomainError, ErrorCode
from domain.members.adding import SAME_PERSON_ERRORS, checked_joining, checked_number
from domain.members.facts import FACT_ERRORS, FactsGiven, checked_name, checked_personal, checked_photo
from domain.members.records import MemberField, MemberRecord, MemberStatus, Sex
from domain.members.refusals import (
    DateBeforeJoining,
    GroupNeedsOfficer,
    MemberNumberInvalid,
    MemberNumberTaken,
    MemberUnknown,
)
from domain.policy import OFFICER_ROLES, Action, Resource
from domain.service import Outcome, VersionStale, service

if TYPE_CHECKING:
    from domain.unit_of_work import UnitOfWork

__all__ = [
    "CHANGES_OF_STATUS",
    "DeactivateMember",
    "FieldGivenAndCleared",
    "MemberCommand",
    "NothingToChange",
    "ReactivateMember",
    "StatusNotPossible",
    "SuspendMember",
    "UpdateMember",
    "deactivate_member",
    "member_to_change",
    "reactivate_member",
    "suspend_member",
    "update_member",
]

CHANGES_OF_STATUS: dict[MemberStatus, frozenset[MemberStatus]] = {
    MemberStatus.ACTIVE: frozenset(
        {MemberStatus.INACTIVE, MemberStatus.SUSPENDED, MemberStatus.LEFT, MemberStatus.DECEASED}
    ),
    MemberStatus.INACTIVE: frozenset(
        {MemberStatus.ACTIVE, MemberStatus.SUSPENDED, MemberStatus.LEFT, MemberStatus.DECEASED}
    ),
    MemberStatus.SUSPENDED: frozenset({MemberStatus.ACTIVE, MemberStatus.LEFT, MemberStatus.DECEASED}),
    # Whoever left may come back; and a death may have been recorded of the wrong person.
    MemberStatus.LEFT: frozenset({MemberStatus.ACTIVE, MemberStatus.DECEASED}),
    MemberStatus.DECEASED: frozenset({MemberStatus.ACTIVE}),
}
"""By status: which may follow."""


@dataclass(eq=False)
class StatusNotPossible(DomainError):
    """From where the member is, no way leads where she is wanted.

    Attributes:
        status: Where she is.
    """

    code = ErrorCode.NOT_ALLOWED
    is_of_state = True

    status: str

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return f"The member is {self.status}, from which this is not possible: look at her record."


@dataclass(eq=False)
class NothingToChange(DomainError):
    """No field was given."""

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "Give at least one field that is to change."


@dataclass(eq=False)
class FieldGivenAndCleared(DomainError):
    """A field was to be filled and emptied at once."""

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "This field was given a value as well: either give the value or clear it."


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberCommand:
    """A wish about one member, as her record was read."""

    group_id: UUID
    idempotency_key: UUID
    member_id: UUID
    expected_version: int

    def expected_outcome(self) -> Outcome:
        """The outcome when nothing is refused."""
        return Outcome(id=self.member_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateMember(FactsGiven):
    """The wish to put a member's record right; what is None stays as it is.

    Attributes:
        clear: What is not known any more.
    """

    group_id: UUID
    idempotency_key: UUID
    member_id: UUID
    expected_version: int
    number: int | None = None
    name: str | None = None
    photo: str | None = None
    sex: Sex | None = None
    joined_on: date | None = None
    clear: tuple[MemberField, ...] = ()

    def expected_outcome(self) -> Outcome:
        """The outcome when nothing is refused."""
        return Outcome(id=self.member_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class SuspendMember(MemberCommand):
    """The wish that a member takes no part for now, since the group decided so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeactivateMember(MemberCommand):
    """The wish to note that a member takes no part for now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReactivateMember(MemberCommand):
    """The wish that a member takes part again, whatever kept her."""


async def member_to_change(
    work: UnitOfWork, group_id: UUID, member_id: UUID, expected_version: int | None
) -> MemberRecord:
    """The member as she is.

    Raises:
        MemberUnknown: The group has no such member.
        VersionStale: Her record changed since it was read.
    """
    member = await work.members.find(group_id, member_id)
    if member is None:
        raise MemberUnknown(path=("memberId",))
    if expected_version is not None and member.version != expected_version:
        raise VersionStale(member.version, path=("expectedVersion",))
    return member


@service(
    "memberRevise",
    needs=(
        (Resource.MEMBER, Action.UPDATE),
        (Resource.MEMBER_NAME, Action.UPDATE),
        (Resource.MEMBER_PRIVATE, Action.UPDATE),
    ),
    raises=(
        MemberUnknown,
        VersionStale,
        NothingToChange,
        FieldGivenAndCleared,
        DateBeforeJoining,
        *FACT_ERRORS,
        DateNotPlausible,
        MemberNumberInvalid,
        MemberNumberTaken,
        *SAME_PERSON_ERRORS,
    ),
)
async def update_member(work: UnitOfWork, command: UpdateMember) -> Outcome:
    """Put a member's record right."""
    group = await work.groups.get(command.group_id)
    member = await member_to_change(work, group.id, command.member_id, command.expected_version)
    today = local_date(work.now, group.time_zone)
    personal = checked_personal(command, group.country, today)
    given = _given(command)
    cleared = frozenset(command.clear)
    for index, field in enumerate(command.clear):
        if field in given:
            raise FieldGivenAndCleared(path=("clear", str(index)))
    columns: dict[str, object] = {}
    if command.number is not None:
        columns["number"] = checked_number(command.number)
    if command.joined_on is not None:
        columns["joined_on"] = joined_on = checked_joining(command.joined_on, today)
        if member.left_on is not None and member.left_on < joined_on:
            raise DateBeforeJoining(joined_on, path=("joinedOn",))
    if command.sex is not None or MemberField.SEX in cleared:
        columns["sex"] = None if command.sex is None else command.sex.value
    name = None if command.name is None else checked_name(command.name)
    if not columns and name is None and not given and not cleared:
        raise NothingToChange
    photo = checked_photo(command.photo)
    await work.members.change(
        group.id, member.id, columns=columns, name=name, photo=photo, personal=personal, cleared=cleared
    )
    return Outcome(id=member.id)


def _given(command: UpdateMember) -> Collection[MemberField]:
    """Which of the fields that may be empty are given a value."""
    values = {
        MemberField.SEX: command.sex,
        MemberField.PHOTO: command.photo,
        MemberField.PHONE: command.phone,
        MemberField.EMAIL: command.email,
        MemberField.NATIONAL_ID: command.national_id,
        MemberField.BIRTH: command.born_on or command.birth_year,
        MemberField.ADDRESS: command.address,
        MemberField.NEXT_OF_KIN: command.next_of_kin,
    }
    return {field for field, value in values.items() if value is not None}


_STATUS_NEEDS = ((Resource.MEMBER, Action.UPDATE),)
_STATUS_ERRORS = (MemberUnknown, VersionStale, StatusNotPossible)
_OUT_OF_OFFICE_NEEDS = (*_STATUS_NEEDS, (Resource.MEMBERSHIP, Action.UPDATE))
_OUT_OF_OFFICE_ERRORS = (*_STATUS_ERRORS, GroupNeedsOfficer)


@service("memberSuspend", needs=_OUT_OF_OFFICE_NEEDS, raises=_OUT_OF_OFFICE_ERRORS)
async def suspend_member(work: UnitOfWork, command: SuspendMember) -> Outcome:
    """Let a member take no part for now; whoever is an officer is not one meanwhile."""
    return await _move(work, command, MemberStatus.SUSPENDED)


@service("memberDeactivate", needs=_OUT_OF_OFFICE_NEEDS, raises=_OUT_OF_OFFICE_ERRORS)
async def deactivate_member(work: UnitOfWork, command: DeactivateMember) -> Outcome:
    """Note that a member takes no part for now; whoever is an officer is not one meanwhile."""
    return await _move(work, command, MemberStatus.INACTIVE)


@service("memberReactivate", needs=_STATUS_NEEDS, raises=_STATUS_ERRORS)
async def reactivate_member(work: UnitOfWork, command: ReactivateMember) -> Outcome:
    """Let a member take part again, whatever kept her; roles and positions that ended are given anew."""
    return await _move(work, command, MemberStatus.ACTIVE)


async def _move(work: UnitOfWork, command: MemberCommand, status: MemberStatus) -> Outcome:
    member = await member_to_change(work, command.group_id, command.member_id, command.expected_version)
    if status not in CHANGES_OF_STATUS[member.status]:
        raise StatusNotPossible(member.status.value, path=("memberId",))
    # Whoever takes no part holds no office, or she would go on acting in it.
    if status is not MemberStatus.ACTIVE:
        await work.members.end_roles(command.group_id, member.id, OFFICER_ROLES, work.now)
    await work.members.set_status(command.group_id, member.id, status, None)
    return Outcome(id=member.id)
