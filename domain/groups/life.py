"""The life of a group: verified, suspended, reactivated and ended by administrators; revised by its officers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from domain.errors import DomainError, ErrorCode, faults_at
from domain.groups.amending import REASON_MAX
from domain.groups.creating import clean_place
from domain.groups.records import GroupRecord, GroupStatus
from domain.policy import Action, Resource
from domain.service import Outcome, VersionStale, service
from domain.text import GROUP_NAME_MAX, TextNotAllowed, TextTooLong, TextTooShort, clean_text

if TYPE_CHECKING:
    from domain.unit_of_work import UnitOfWork

__all__ = [
    "STATUS_STEPS",
    "ChangeGroupStatus",
    "GroupStatusStep",
    "ReviseGroup",
    "deactivate_group",
    "reactivate_group",
    "revise_group",
    "suspend_group",
    "verify_group",
]

STATUS_STEPS: dict[str, frozenset[tuple[GroupStatus, GroupStatus]]] = {
    "groupVerify": frozenset({(GroupStatus.PENDING_VERIFICATION, GroupStatus.ACTIVE)}),
    "groupSuspend": frozenset({(GroupStatus.ACTIVE, GroupStatus.SUSPENDED)}),
    "groupReactivate": frozenset(
        {(GroupStatus.SUSPENDED, GroupStatus.ACTIVE), (GroupStatus.INACTIVE, GroupStatus.ACTIVE)}
    ),
    "groupDeactivate": frozenset(
        (each, GroupStatus.INACTIVE)
        for each in (GroupStatus.PENDING_VERIFICATION, GroupStatus.ACTIVE, GroupStatus.SUSPENDED)
    ),
}
"""By action, the steps that it may take a group; the database knows the same steps and no other."""


@dataclass(eq=False)
class GroupStatusStep(DomainError):
    """From where the group is in its life, this step is not taken."""

    code = ErrorCode.CONFLICT
    is_of_state = True

    group_status: str

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        words = self.group_status.replace("_", " ").lower()
        return f"The group is {words}, and from there this is no step: read it again, then decide."


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeGroupStatus:
    """The wish to take a group a step further in its life."""

    group_id: UUID
    idempotency_key: UUID
    expected_version: int
    reason: str | None = None

    def expected_outcome(self) -> Outcome:
        """The outcome when nothing is refused."""
        return Outcome(id=self.group_id)


_STATUS_ERRORS = (VersionStale, GroupStatusStep, TextTooLong, TextTooShort, TextNotAllowed)
_STATUS_NEEDS = ((Resource.GROUP_STATUS, Action.CREATE),)


async def _known(work: UnitOfWork, group_id: UUID, expected_version: int) -> GroupRecord:
    """The record, once it is sure that it is the one that was read."""
    group = await work.groups.record(group_id)
    if group.version != expected_version:
        raise VersionStale(group.version, path=("expectedVersion",))
    return group


async def _step(work: UnitOfWork, command: ChangeGroupStatus, action: str) -> Outcome:
    group = await _known(work, command.group_id, command.expected_version)
    step = next(((was, becomes) for was, becomes in STATUS_STEPS[action] if was is group.status), None)
    if step is None:
        raise GroupStatusStep(group.status.value)
    with faults_at("reason"):
        reason = None if command.reason is None else clean_text(command.reason, maximum=REASON_MAX)
    await work.groups.change_status(group, step[1], reason)
    return Outcome(id=group.id)


@service("groupVerify", needs=_STATUS_NEEDS, raises=_STATUS_ERRORS)
async def verify_group(work: UnitOfWork, command: ChangeGroupStatus) -> Outcome:
    """Let a group be at work that waited for that."""
    return await _step(work, command, "groupVerify")


@service("groupSuspend", needs=_STATUS_NEEDS, raises=_STATUS_ERRORS)
async def suspend_group(work: UnitOfWork, command: ChangeGroupStatus) -> Outcome:
    """Stop a group: it can be read, and nothing of it changes."""
    return await _step(work, command, "groupSuspend")


@service("groupReactivate", needs=_STATUS_NEEDS, raises=_STATUS_ERRORS)
async def reactivate_group(work: UnitOfWork, command: ChangeGroupStatus) -> Outcome:
    """Let a group go on that was suspended or had ended."""
    return await _step(work, command, "groupReactivate")


@service("groupDeactivate", needs=_STATUS_NEEDS, raises=_STATUS_ERRORS)
async def deactivate_group(work: UnitOfWork, command: ChangeGroupStatus) -> Outcome:
    """End a group: it stays to be read."""
    return await _step(work, command, "groupDeactivate")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviseGroup:
    """The wish to record a group otherwise. None leaves a field as it was, and an empty text empties a place."""

    group_id: UUID
    idempotency_key: UUID
    expected_version: int
    name: str | None = None
    county: str | None = None
    district: str | None = None
    village: str | None = None

    def expected_outcome(self) -> Outcome:
        """The outcome when nothing is refused."""
        return Outcome(id=self.group_id)


@service(
    "groupRevise",
    needs=((Resource.GROUP, Action.UPDATE),),
    raises=(VersionStale, TextTooLong, TextTooShort, TextNotAllowed),
)
async def revise_group(work: UnitOfWork, command: ReviseGroup) -> Outcome:
    """Record otherwise what the group calls itself or where it is."""
    group = await _known(work, command.group_id, command.expected_version)
    name = group.name
    if command.name is not None:
        with faults_at("name"):
            name = clean_text(command.name, maximum=GROUP_NAME_MAX)
    await work.groups.revise(
        group,
        name=name,
        county=_place(command.county, group.county, "county"),
        district=_place(command.district, group.district, "district"),
        village=_place(command.village, group.village, "village"),
    )
    return Outcome(id=group.id)


def _place(typed: str | None, known: str | None, field: str) -> str | None:
    if typed is None:
        return known
    return clean_place(typed, field) if typed else None
