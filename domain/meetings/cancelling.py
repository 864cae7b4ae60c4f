"""Cancelling a meeting that was planned and is not held."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from domain.errors import DomainError, ErrorCode, faults_at
from domain.meetings.records import MeetingNotFound, MeetingStatus, VersionStale
from domain.policy import Action, Resource
from domain.service import Outcome, service
from domain.text import TextNotAllowed, TextTooLong, TextTooShort, clean_text

if TYPE_CHECKING:
    from domain.unit_of_work import UnitOfWork

__all__ = ["CANCEL_REASON_MAX", "CancelMeeting", "MeetingNotPlanned", "cancel_meeting"]

CANCEL_REASON_MAX = 500
"""The longest reason, in characters."""


@dataclass(eq=False)
class MeetingNotPlanned(DomainError):
    """The meeting was opened, or is cancelled already."""

    code = ErrorCode.NOT_ALLOWED
    is_of_state = True

    status: str

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return f"This meeting is {self.status}, and only a planned one is cancelled: look at its record."


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelMeeting:
    """The wish that a planned meeting is not held."""

    group_id: UUID
    idempotency_key: UUID
    meeting_id: UUID
    expected_version: int
    reason: str

    def expected_outcome(self) -> Outcome:
        """The outcome when nothing is refused."""
        return Outcome(id=self.meeting_id)


@service(
    "meetingCancel",
    needs=((Resource.MEETING, Action.UPDATE), (Resource.MEETING_TEXT, Action.UPDATE)),
    raises=(MeetingNotFound, MeetingNotPlanned, VersionStale, TextTooLong, TextTooShort, TextNotAllowed),
)
async def cancel_meeting(work: UnitOfWork, command: CancelMeeting) -> Outcome:
    """Cancel a planned meeting for good: its number and date stay in the list, and the calendar goes on after it."""
    meeting = await work.meetings.find(command.group_id, command.meeting_id)
    if meeting is None:
        raise MeetingNotFound(path=("meetingId",))
    if meeting.status is not MeetingStatus.DRAFT:
        raise MeetingNotPlanned(meeting.status.value, path=("meetingId",))
    if meeting.version != command.expected_version:
        raise VersionStale(meeting.version, path=("expectedVersion",))
    with faults_at("reason"):
        reason = clean_text(command.reason, maximum=CANCEL_REASON_MAX)
    await work.meetings.cancel(command.group_id, meeting.id, reason)
    return Outcome(id=meeting.id)
