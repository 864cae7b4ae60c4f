"""Meetings: opened, recorded, counted and closed."""

from domain.meetings.closing import (
    CashCount,
    CloseMeeting,
    CountBelowHeld,
    CountBelowMinimum,
    CountDiffers,
    CountedTwice,
    CountMissing,
    close_meeting,
)
from domain.meetings.opening import (
    MeetingNumberInvalid,
    MeetingNumberTaken,
    OpenMeeting,
    OtherMeetingOpen,
    open_meeting,
)
from domain.meetings.records import (
    Meeting,
    MeetingClosed,
    MeetingNotFound,
    MeetingStatus,
    MeetingStore,
    Moment,
    NewMeeting,
    Recount,
    VersionStale,
)

__all__ = [
    "CashCount",
    "CloseMeeting",
    "CountBelowHeld",
    "CountBelowMinimum",
    "CountDiffers",
    "CountMissing",
    "CountedTwice",
    "Meeting",
    "MeetingClosed",
    "MeetingNotFound",
    "MeetingNumberInvalid",
    "MeetingNumberTaken",
    "MeetingStatus",
    "MeetingStore",
    "Moment",
    "NewMeeting",
    "OpenMeeting",
    "OtherMeetingOpen",
    "Recount",
    "VersionStale",
    "close_meeting",
    "open_meeting",
]
