"""How a person comes into the register."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID

from domain.calendar import DateNotPlausible, local_date, plausible_date
from domain.errors import faults_at
from domain.members.facts import FACT_ERRORS, FactsGiven, checked_name, checked_personal, checked_photo
from domain.members.records import MEMBER_NUMBER_MAX, NewMember, Sex
from domain.members.refusals import (
    EmailAlreadyInGroup,
    MemberNumberInvalid,
    MemberNumberTaken,
    NationalIdAlreadyInGroup,
    PhoneAlreadyInGroup,
    RoleNotForMembers,
    RolesNeedUser,
    UserIsAnotherMember,
    UserNotFound,
)
from domain.policy import Action, Resource, Role
from domain.policy.terms import MEMBER_ROLES
from domain.service import IdAlreadyUsed, Outcome, service

if TYPE_CHECKING:
    from domain.unit_of_work import UnitOfWork

__all__ = ["SAME_PERSON_ERRORS", "AddMember", "add_member", "checked_joining", "checked_number"]

SAME_PERSON_ERRORS = (PhoneAlreadyInGroup, EmailAlreadyInGroup, NationalIdAlreadyInGroup)
"""That the person is in the register already; each names the member."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddMember(FactsGiven):
    """The wish to enter a person in the register."""

    group_id: UUID
    idempotency_key: UUID
    id: UUID | None = None
    name: str
    photo: str | None = None
    number: int | None = None
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
        *FACT_ERRORS,
        DateNotPlausible,
        MemberNumberInvalid,
        MemberNumberTaken,
        *SAME_PERSON_ERRORS,
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
    today = local_date(work.now, group.time_zone)
    member = NewMember(
        id=command.member_id,
        group_id=group.id,
        number=checked_number(number),
        name=checked_name(command.name),
        photo=checked_photo(command.photo),
        personal=checked_personal(command, group.country, today),
        sex=command.sex,
        joined_on=today if command.joined_on is None else checked_joining(command.joined_on, today),
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


def checked_number(number: int) -> int:
    """A number that a member can have; raises MemberNumberInvalid for any other."""
    if not 1 <= number <= MEMBER_NUMBER_MAX:
        raise MemberNumberInvalid(MEMBER_NUMBER_MAX, path=("number",))
    return number


def checked_joining(value: date, today: date) -> date:
    """A day on which somebody can have joined; raises DateNotPlausible for any other."""
    with faults_at("joinedOn"):
        return plausible_date(value, today)
