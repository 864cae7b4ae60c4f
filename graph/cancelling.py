"""Cancelling a planned meeting, in the schema."""

from uuid import UUID

import strawberry

from domain.meetings.cancelling import CANCEL_REASON_MAX, CancelMeeting, cancel_meeting
from graph.meetings import Meeting
from graph.mutations import command_mutation
from persistence.reads.meetings import load_meetings

__all__ = ["meeting_cancel"]


@strawberry.input(description="A planned meeting that is not held.")
class MeetingCancelInput:
    """The input of `meetingCancel`."""

    group_id: strawberry.ID = strawberry.field(description="The group.")
    idempotency_key: UUID = strawberry.field(
        description="Made by the client, new for each wish; repeats carry the same."
    )
    meeting_id: strawberry.ID = strawberry.field(description="The meeting, which must be planned and not opened.")
    expected_version: int = strawberry.field(description="The version that you read; a newer one is refused.")
    reason: str = strawberry.field(description=f"Why it is not held, up to {CANCEL_REASON_MAX} characters.")


meeting_cancel = command_mutation(
    cancel_meeting,
    given=MeetingCancelInput,
    command=CancelMeeting,
    record="meeting",
    record_type=Meeting,
    load=load_meetings,
    key=lambda command, _: (command.group_id, command.meeting_id),
    description="Cancel a meeting that is planned (call it off), for good. One that was opened is closed instead.",
    shows_current=True,
)
