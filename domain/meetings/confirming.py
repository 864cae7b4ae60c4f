"""A second officer confirms what was recorded of a meeting, before it is counted and closed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from domain.errors import DomainError, ErrorCode
from domain.meetings.records import (
    OPENNESS_ERRORS,
    Meeting,
    MeetingClosed,
    MeetingNotFound,
    MeetingStatus,
    VersionStale,
    require_open,
)
from domain.policy import Action, Resource
from domain.service import Outcome, service

if TYPE_CHECKING:
    from domain.unit_of_work import UnitOfWork

__all__ = [
    "ConfirmMeeting",
    "MeetingNotConfirmed",
    "MeetingOpenedByYourself",
    "ReopenMeeting",
    "confirm_meeting",
    "reopen_meeting",
]


@dataclass(eq=False)
class MeetingOpenedByYourself(DomainError):
    """Whoever opened a meeting would confirm it as well."""

    code = ErrorCode.NOT_ALLOWED

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "You opened this meeting yourself: let another officer confirm it."


@dataclass(eq=False)
class MeetingNotConfirmed(DomainError):
    """The meeting was not confirmed, so there is nothing to take back."""

    code = ErrorCode.CONFLICT
    is_of_state = True

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "This meeting was not confirmed: it can be changed as it is."


@dataclass(frozen=True, slots=True, kw_only=True)
class _Decision:
    group_id: UUID
    idempotency_key: UUID
    meeting_id: UUID
    expected_version: int

    def expected_outcome(self) -> Outcome:
        """The outcome when nothing is refused."""
        return Outcome(id=self.meeting_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmMeeting(_Decision):
    """The wish to confirm what was recorded of a meeting."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReopenMeeting(_Decision):
    """The wish to take a confirmation back, since something is missing or wrong."""


@service(
    "meetingConfirm",
    needs=((Resource.MEETING, Action.UPDATE),),
    raises=(MeetingNotFound, *OPENNESS_ERRORS, VersionStale, MeetingOpenedByYourself),
)
async def confirm_meeting(work: UnitOfWork, command: ConfirmMeeting) -> Outcome:
    """Confirm what was recorded of an open meeting, as an officer other than the one who opened it."""
    meeting = require_open(await work.meetings.find(command.group_id, command.meeting_id))
    _require_version(meeting, command)
    if meeting.opened_by == work.viewer.user_id:
        raise MeetingOpenedByYourself
    await work.meetings.confirm(command.group_id, meeting.id)
    return Outcome(id=meeting.id)


@service(
    "meetingReopen",
    needs=((Resource.MEETING, Action.UPDATE),),
    raises=(MeetingNotFound, MeetingClosed, MeetingNotConfirmed, VersionStale),
)
async def reopen_meeting(work: UnitOfWork, command: ReopenMeeting) -> Outcome:
    """Take the confirmation of a meeting back, so that it takes records again; it is to be confirmed anew."""
    meeting = await work.meetings.find(command.group_id, command.meeting_id)
    if meeting is None:
        raise MeetingNotFound(path=("meetingId",))
    if meeting.status is MeetingStatus.CLOSED:
        raise MeetingClosed(path=("meetingId",))
    if meeting.status is not MeetingStatus.CONFIRMED:
        raise MeetingNotConfirmed(path=("meetingId",))
    _require_version(meeting, command)
    await work.meetings.reopen(command.group_id, meeting.id)
    return Outcome(id=meeting.id)


def _require_version(meeting: Meeting, command: _Decision) -> None:
    if meeting.version != command.expected_version:
        raise VersionStale(meeting.version, path=("expectedVersion",))
