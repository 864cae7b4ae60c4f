"""What members hold: roles of whoever signs in, and positions that are no role."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from domain.calendar import EARLIEST_DATE, DateNotPlausible, beginning_of, local_date
from domain.errors import DomainError, ErrorCode, faults_at
from domain.members.changing import member_to_change
from domain.members.records import HeldPosition, MemberRecord, MemberStatus, Position
from domain.members.refusals import GroupNeedsOfficer, MemberGone, MemberTakesNoPart, MemberUnknown, RoleNotForMembers
from domain.policy import OFFICER_ROLES, Action, Resource, Role
from domain.policy.terms import MEMBER_ROLES
from domain.service import IdAlreadyUsed, Outcome, VersionStale, service

if TYPE_CHECKING:
    from domain.unit_of_work import UnitOfWork

__all__ = [
    "AssignPosition",
    "EndPosition",
    "EndRole",
    "GrantRole",
    "KeyHolderOnCommittee",
    "MemberHasNoUser",
    "PositionEnded",
    "PositionNotFound",
    "PositionTaken",
    "RoleHeldAlready",
    "RoleNotHeld",
    "TermsInDisorder",
    "assign_position",
    "end_position",
    "end_role",
    "grant_role",
]

TERM_DAYS_MAX = 3_660
"""Nobody is elected for longer, in days."""

_A_DAY = timedelta(days=1)
_COMMITTEE = frozenset({Position.BOX_KEEPER, Position.MONEY_COUNTER_1, Position.MONEY_COUNTER_2})


@dataclass(eq=False)
class MemberHasNoUser(DomainError):
    """Nobody signs in as the member, and roles are held by whoever signs in."""

    code = ErrorCode.NOT_ALLOWED

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "Nobody signs in as this member, and roles are held by whoever signs in: tie a user to her first."


@dataclass(eq=False)
class RoleHeldAlready(DomainError):
    """The member holds the role, or will from a day that is set."""

    code = ErrorCode.CONFLICT

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "The member holds this role already, or will from a day that is set: end that first to change the days."


@dataclass(eq=False)
class RoleNotHeld(DomainError):
    """The member does not hold the role."""

    code = ErrorCode.CONFLICT

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "The member does not hold this role: look at the roles that she holds."


@dataclass(eq=False)
class KeyHolderOnCommittee(DomainError):
    """Whoever holds a key would be on the committee."""

    code = ErrorCode.NOT_ALLOWED

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "Whoever holds a key of the box may not be on the committee: choose another member."


@dataclass(eq=False)
class TermsInDisorder(DomainError):
    """The last day lies before the first, or is over."""

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "Check the days: the last must not lie before the first, nor before today where it is about a role."


@dataclass(eq=False)
class PositionTaken(DomainError):
    """Somebody holds the position.

    Attributes:
        member_id: Who.
        member_number: Her number in the group.
    """

    code = ErrorCode.CONFLICT

    member_id: UUID
    member_number: int

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return f"Member {self.member_number} holds this position: end that first."


@dataclass(eq=False)
class PositionNotFound(DomainError):
    """The group has no record of such a time in a position."""

    code = ErrorCode.NOT_FOUND

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "The group has no position held under this id: look at the positions of its members."


@dataclass(eq=False)
class PositionEnded(DomainError):
    """She holds the position no more."""

    code = ErrorCode.CONFLICT
    is_of_state = True

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "This time in the position is over already: look at who holds it now."


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantRole:
    """The wish that a member holds a role, which her user exercises.

    Attributes:
        starts_on: The first day; today if left out.
        ends_on: The last day; until it is ended if left out.
    """

    group_id: UUID
    idempotency_key: UUID
    member_id: UUID
    role: Role
    starts_on: date | None = None
    ends_on: date | None = None

    def expected_outcome(self) -> Outcome:
        """The outcome when nothing is refused."""
        return Outcome(id=self.member_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class EndRole:
    """The wish that a member's role ends, now or after a last day."""

    group_id: UUID
    idempotency_key: UUID
    member_id: UUID
    role: Role
    ends_on: date | None = None

    def expected_outcome(self) -> Outcome:
        """The outcome when nothing is refused."""
        return Outcome(id=self.member_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignPosition:
    """The wish that a member holds a position from a day on, today if left out."""

    group_id: UUID
    idempotency_key: UUID
    id: UUID | None = None
    member_id: UUID
    position: Position
    starts_on: date | None = None

    @property
    def held_id(self) -> UUID:
        """The id that the record will have: its own where it was given, else the idempotency key."""
        return self.id or self.idempotency_key

    def expected_outcome(self) -> Outcome:
        """The outcome when nothing is refused."""
        return Outcome(id=self.member_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class EndPosition:
    """The wish that a member's time in a position ends, with today or an earlier day."""

    group_id: UUID
    idempotency_key: UUID
    position_id: UUID
    expected_version: int
    ends_on: date | None = None

    def expected_outcome(self) -> Outcome:
        """The outcome when nothing is refused."""
        return Outcome(id=self.position_id)


def _term_day(value: date, today: date) -> date:
    """A day on which a term may begin or end; raises DateNotPlausible for any other."""
    latest = today + timedelta(days=TERM_DAYS_MAX)
    if not EARLIEST_DATE <= value <= latest:
        raise DateNotPlausible(EARLIEST_DATE, latest)
    return value


def _present(member: MemberRecord) -> MemberRecord:
    if member.status.is_gone:
        raise MemberGone(path=("memberId",))
    return member


@service(
    "roleGrant",
    needs=((Resource.MEMBERSHIP, Action.UPDATE),),
    raises=(
        MemberUnknown,
        MemberGone,
        MemberTakesNoPart,
        MemberHasNoUser,
        RoleNotForMembers,
        RoleHeldAlready,
        KeyHolderOnCommittee,
        DateNotPlausible,
        TermsInDisorder,
    ),
)
async def grant_role(work: UnitOfWork, command: GrantRole) -> Outcome:
    """Let a member hold a role, beside whatever she holds."""
    group = await work.groups.get(command.group_id)
    member = _present(await member_to_change(work, group.id, command.member_id, None))
    if command.role not in MEMBER_ROLES:
        raise RoleNotForMembers(path=("role",))
    if member.user_id is None:
        raise MemberHasNoUser(path=("memberId",))
    if command.role in member.roles:
        raise RoleHeldAlready(path=("role",))
    if command.role in OFFICER_ROLES and member.status is not MemberStatus.ACTIVE:
        raise MemberTakesNoPart(member.status.value, path=("memberId",))
    if command.role in OFFICER_ROLES and any(position.is_key for position in member.positions):
        raise KeyHolderOnCommittee(path=("role",))
    today = local_date(work.now, group.time_zone)
    starts_at, ends_at = work.now, None
    with faults_at("startsOn"):
        first = today if command.starts_on is None else _term_day(command.starts_on, today)
    if first != today:
        starts_at = beginning_of(first, group.time_zone)
    if command.ends_on is not None:
        if command.ends_on < max(first, today):
            raise TermsInDisorder(path=("endsOn",))
        with faults_at("endsOn"):
            ends_at = beginning_of(_term_day(command.ends_on, today) + _A_DAY, group.time_zone)
    await work.members.grant_role(group.id, member.id, command.role, starts_at, ends_at)
    return Outcome(id=member.id)


@service(
    "roleEnd",
    needs=((Resource.MEMBERSHIP, Action.UPDATE),),
    raises=(MemberUnknown, RoleNotHeld, GroupNeedsOfficer, DateNotPlausible, TermsInDisorder),
)
async def end_role(work: UnitOfWork, command: EndRole) -> Outcome:
    """Let a member's role end; somebody must stay who may change the register."""
    group = await work.groups.get(command.group_id)
    member = await member_to_change(work, group.id, command.member_id, None)
    if command.role not in member.roles:
        raise RoleNotHeld(path=("role",))
    ends_at = work.now
    if command.ends_on is not None:
        today = local_date(work.now, group.time_zone)
        if command.ends_on < today:
            raise TermsInDisorder(path=("endsOn",))
        with faults_at("endsOn"):
            ends_at = beginning_of(_term_day(command.ends_on, today) + _A_DAY, group.time_zone)
    await work.members.end_roles(group.id, member.id, (command.role,), ends_at)
    return Outcome(id=member.id)


@service(
    "positionAssign",
    needs=((Resource.POSITION, Action.CREATE),),
    raises=(
        IdAlreadyUsed,
        MemberUnknown,
        MemberGone,
        PositionTaken,
        KeyHolderOnCommittee,
        DateNotPlausible,
    ),
)
async def assign_position(work: UnitOfWork, command: AssignPosition) -> Outcome:
    """Let a member hold a position that nobody holds; whoever holds a key is not on the committee."""
    group = await work.groups.get(command.group_id)
    member = _present(await member_to_change(work, group.id, command.member_id, None))
    if (holder := await work.members.position_holder(group.id, command.position)) is not None:
        raise PositionTaken(holder[0], holder[1], path=("position",))
    is_on_committee = bool(member.roles & OFFICER_ROLES or member.positions & _COMMITTEE)
    has_key = any(position.is_key for position in member.positions)
    if (command.position.is_key and is_on_committee) or (command.position in _COMMITTEE and has_key):
        raise KeyHolderOnCommittee(path=("memberId",))
    today = local_date(work.now, group.time_zone)
    with faults_at("startsOn"):
        first = today if command.starts_on is None else _term_day(command.starts_on, today)
    await work.members.assign(group.id, HeldPosition(command.held_id, member.id, command.position, first))
    return Outcome(id=member.id)


@service(
    "positionEnd",
    needs=((Resource.POSITION, Action.UPDATE),),
    raises=(PositionNotFound, PositionEnded, VersionStale, TermsInDisorder),
)
async def end_position(work: UnitOfWork, command: EndPosition) -> Outcome:
    """Let a member's time in a position end."""
    group = await work.groups.get(command.group_id)
    held = await work.members.find_position(group.id, command.position_id)
    if held is None:
        raise PositionNotFound(path=("positionId",))
    if held.ends_on is not None:
        raise PositionEnded(path=("positionId",))
    if held.version != command.expected_version:
        raise VersionStale(held.version, path=("expectedVersion",))
    today = local_date(work.now, group.time_zone)
    last = max(today, held.starts_on) if command.ends_on is None else command.ends_on
    if not held.starts_on <= last <= max(today, held.starts_on):
        raise TermsInDisorder(path=("endsOn",))
    await work.members.end_positions(group.id, held.member_id, last, held.id)
    return Outcome(id=held.id)
