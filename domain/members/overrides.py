"""What a member may do beside her roles, or an officer may not, from a day to a day.

A role is known to everybody from the day of the election; what goes past it is not. So one officer asks for it, another
decides, and neither is the member herself. Either ends early by any one officer but her: what is left then is what her
role gives, for which the members elected her.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

from domain.calendar import beginning_of, local_date
from domain.errors import faults_at
from domain.members.changing import member_to_change
from domain.members.holding import MemberHasNoUser, TermsInDisorder
from domain.members.override_refusals import (
    CapabilityHeld,
    CapabilityNeedsHolder,
    CapabilityNotHeld,
    CapabilityNotTakable,
    OverrideDecided,
    OverrideNotFound,
    OverrideNotInForce,
    OverrideOfYourself,
    OverrideOver,
    OverrideOverlaps,
    OverrideRequestedByYourself,
    OverrideTooLong,
)
from domain.members.records import MemberRecord
from domain.members.refusals import MemberGone, MemberUnknown
from domain.policy import CAPABILITIES, Action, Capability, Resource
from domain.service import IdAlreadyUsed, Outcome, VersionStale, service

if TYPE_CHECKING:
    from domain.unit_of_work import UnitOfWork

__all__ = [
    "OVERRIDE_DAYS_MAX",
    "DecideOverride",
    "EndOverride",
    "NewOverride",
    "Override",
    "OverrideEffect",
    "OverrideStatus",
    "OverrideStore",
    "RequestOverride",
    "decide_override",
    "end_override",
    "request_override",
]

OVERRIDE_DAYS_MAX = 366
"""For how many days an override holds at most: as long as a cycle, after which the members elect anew."""

_A_DAY = timedelta(days=1)


class OverrideEffect(StrEnum):
    """Whether a member may do something, or an officer may not."""

    GRANTED = "GRANTED"
    TAKEN = "TAKEN"


class OverrideStatus(StrEnum):
    """Where an override is."""

    REQUESTED = "REQUESTED"
    APPROVED = "APPROVED"
    REFUSED = "REFUSED"
    ENDED = "ENDED"


@dataclass(frozen=True, slots=True)
class NewOverride:
    """An override about to be asked for, from a moment up to another."""

    id: UUID
    group_id: UUID
    member_id: UUID
    capability: Capability
    effect: OverrideEffect
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Override:
    """An override as services see it."""

    id: UUID
    member_id: UUID
    status: OverrideStatus
    ends_at: datetime
    requested_by: UUID
    version: int


class OverrideStore(Protocol):
    """Where overrides are kept."""

    async def find(self, group_id: UUID, override_id: UUID) -> Override | None:
        """The override, if the group has it."""

    async def overlaps(self, override: NewOverride) -> bool:
        """Whether something is approved of the same member and matter for some of the days."""

    async def request(self, override: NewOverride) -> None:
        """Keep it until it is decided."""

    async def decide(self, group_id: UUID, override_id: UUID, *, is_approved: bool) -> None:
        """Keep what the viewer decided; its version grows by one.

        Raises:
            OverrideOverlaps: Something else was approved for some of the days.
            CapabilityNeedsHolder: Nobody would be left who may.
        """

    async def end(self, group_id: UUID, override_id: UUID) -> None:
        """Let it end now; its version grows by one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestOverride:
    """The wish that a member may do something beside her roles, or an officer may not.

    Attributes:
        starts_on: The group's first day; today if it is left out. It holds once it is approved.
        ends_on: The last day.
    """

    group_id: UUID
    idempotency_key: UUID
    id: UUID | None = None
    member_id: UUID
    capability: Capability
    effect: OverrideEffect
    starts_on: date | None = None
    ends_on: date

    @property
    def override_id(self) -> UUID:
        """The id that the override will have: its own where it was given, else the idempotency key."""
        return self.id or self.idempotency_key

    def expected_outcome(self) -> Outcome:
        """The outcome when nothing is refused."""
        return Outcome(id=self.override_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideOverride:
    """The wish to approve an override, or to refuse it."""

    group_id: UUID
    idempotency_key: UUID
    override_id: UUID
    expected_version: int
    is_approved: bool

    def expected_outcome(self) -> Outcome:
        """The outcome when nothing is refused."""
        return Outcome(id=self.override_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class EndOverride:
    """The wish that an override ends now."""

    group_id: UUID
    idempotency_key: UUID
    override_id: UUID
    expected_version: int

    def expected_outcome(self) -> Outcome:
        """The outcome when nothing is refused."""
        return Outcome(id=self.override_id)


def _refuse_own(work: UnitOfWork, group_id: UUID, member_id: UUID) -> None:
    if (group_id, member_id) in work.viewer.own_members:
        raise OverrideOfYourself(path=("memberId",))


def _check_fitting(command: RequestOverride, member: MemberRecord) -> None:
    """Raise where what is asked for would change nothing, or may not be."""
    rule = CAPABILITIES[command.capability]
    has_it = bool(rule.roles & member.roles)
    if command.effect is OverrideEffect.TAKEN:
        if not rule.is_takable:
            raise CapabilityNotTakable(path=("capability",))
        if not has_it:
            raise CapabilityNotHeld(path=("capability",))
        return
    if has_it:
        raise CapabilityHeld(path=("capability",))
    if member.user_id is None:
        raise MemberHasNoUser(path=("memberId",))


@service(
    "permissionOverrideRequest",
    needs=((Resource.PERMISSION_OVERRIDE, Action.CREATE),),
    raises=(
        IdAlreadyUsed,
        MemberUnknown,
        MemberGone,
        MemberHasNoUser,
        OverrideOfYourself,
        CapabilityHeld,
        CapabilityNotHeld,
        CapabilityNotTakable,
        OverrideOverlaps,
        OverrideTooLong,
        TermsInDisorder,
    ),
)
async def request_override(work: UnitOfWork, command: RequestOverride) -> Outcome:
    """Ask that a member may do something beside her roles, or an officer may not. It holds once another approved it."""
    group = await work.groups.get(command.group_id)
    _refuse_own(work, group.id, command.member_id)
    member = await member_to_change(work, group.id, command.member_id, None)
    if member.status.is_gone:
        raise MemberGone(path=("memberId",))
    _check_fitting(command, member)
    today = local_date(work.now, group.time_zone)
    first, latest = command.starts_on or today, today + timedelta(days=OVERRIDE_DAYS_MAX)
    if not today <= first <= latest:
        raise OverrideTooLong(OVERRIDE_DAYS_MAX, path=("startsOn",))
    if command.ends_on < first:
        raise TermsInDisorder(path=("endsOn",))
    if command.ends_on > latest:
        raise OverrideTooLong(OVERRIDE_DAYS_MAX, path=("endsOn",))
    wanted = NewOverride(
        command.override_id,
        group.id,
        member.id,
        command.capability,
        command.effect,
        beginning_of(first, group.time_zone),
        beginning_of(command.ends_on + _A_DAY, group.time_zone),
    )
    if await work.overrides.find(group.id, wanted.id) is not None:
        raise IdAlreadyUsed(path=("id",))
    if await work.overrides.overlaps(wanted):
        raise OverrideOverlaps(path=("startsOn",))
    await work.overrides.request(wanted)
    return Outcome(id=wanted.id)


async def _override(work: UnitOfWork, command: DecideOverride | EndOverride, expected: OverrideStatus) -> Override:
    """The override, once it is sure that it stands where it is expected, and is about somebody else."""
    found = await work.overrides.find(command.group_id, command.override_id)
    with faults_at("overrideId"):
        if found is None:
            raise OverrideNotFound
        if found.status is not expected:
            raise OverrideDecided if expected is OverrideStatus.REQUESTED else OverrideNotInForce
    if found.version != command.expected_version:
        raise VersionStale(found.version, path=("expectedVersion",))
    if (command.group_id, found.member_id) in work.viewer.own_members:
        raise OverrideOfYourself(path=("overrideId",))
    return found


@service(
    "permissionOverrideDecide",
    needs=((Resource.PERMISSION_OVERRIDE, Action.UPDATE),),
    raises=(
        OverrideNotFound,
        OverrideDecided,
        VersionStale,
        OverrideOfYourself,
        OverrideRequestedByYourself,
        OverrideOver,
        OverrideOverlaps,
        CapabilityNeedsHolder,
    ),
)
async def decide_override(work: UnitOfWork, command: DecideOverride) -> Outcome:
    """Approve an override or refuse it, as another officer than the one who asked for it."""
    override = await _override(work, command, OverrideStatus.REQUESTED)
    if override.requested_by == work.viewer.user_id:
        raise OverrideRequestedByYourself(path=("overrideId",))
    if command.is_approved and override.ends_at <= work.now:
        raise OverrideOver(path=("overrideId",))
    with faults_at("overrideId"):
        await work.overrides.decide(command.group_id, override.id, is_approved=command.is_approved)
    return Outcome(id=override.id)


@service(
    "permissionOverrideEnd",
    needs=((Resource.PERMISSION_OVERRIDE, Action.UPDATE),),
    raises=(OverrideNotFound, OverrideNotInForce, VersionStale, OverrideOfYourself),
)
async def end_override(work: UnitOfWork, command: EndOverride) -> Outcome:
    """Let an override end before its last day."""
    override = await _override(work, command, OverrideStatus.APPROVED)
    if override.ends_at <= work.now:
        raise OverrideNotInForce(path=("overrideId",))
    await work.overrides.end(command.group_id, override.id)
    return Outcome(id=override.id)
