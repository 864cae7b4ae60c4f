"""Meetings in the schema."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import strawberry

from domain.ledger.accounts import Fund, Place
from domain.meetings import (
    CloseMeeting,
    ConfirmMeeting,
    MeetingField,
    MeetingKind,
    MeetingMode,
    MeetingStatus,
    OpenMeeting,
    PlanMeeting,
    ReopenMeeting,
    UpdateMeeting,
    close_meeting,
    confirm_meeting,
    open_meeting,
    plan_meeting,
    reopen_meeting,
    update_meeting,
)
from domain.policy import Resource
from domain.service import Service
from graph.attendance_lists import LazyAttendance, meeting_attendances
from graph.connections import Connection
from graph.contribution_lists import LazyContribution, contributions
from graph.doers import LazyDoer, member_behind
from graph.engine import RowType
from graph.fine_lists import LazyFine, fines
from graph.groups import Group
from graph.ledger.entries import JournalEntry
from graph.ledger.statements import meeting_entries
from graph.meeting_totals import AttendanceTotals, CashCount, MeetingTotal
from graph.members import Member
from graph.mutations import command_mutation
from graph.nodes import Node
from graph.permissions import key_of
from graph.relations import relation
from graph.vote_lists import LazyVote, meeting_votes
from persistence.reads.attendances import load_attendance_totals
from persistence.reads.fines import MEETING_FINES
from persistence.reads.groups import load_groups
from persistence.reads.meetings import load_cash_counts, load_meeting_texts, load_meeting_totals, load_meetings
from persistence.reads.members import load_members
from persistence.reads.savings import MEETING_CONTRIBUTIONS

__all__ = [
    "Meeting",
    "meeting_close",
    "meeting_confirm",
    "meeting_open",
    "meeting_plan",
    "meeting_reopen",
    "meeting_revise",
]


TOTALS_SIZE = 4
CASH_COUNTS_SIZE = 6
"""What lists are taken for when the cost of an operation is counted."""


def _text(name: str) -> Callable[[Any], Any]:
    return lambda row: None if row is None else row[name]


@strawberry.type(description="A meeting of a group (session, sitting).")
class Meeting(RowType, Node):
    """A meeting."""

    number: int = strawberry.field(description="The meeting's number in the group.")
    status: MeetingStatus = strawberry.field(description="Where it is.")
    held_on: date = strawberry.field(description="The group's date for which its entries count.")
    kind: MeetingKind = strawberry.field(description="What it is for.")
    mode: MeetingMode = strawberry.field(description="Where people meet.")
    venue: str | None = strawberry.field(description="The place where it is held.")
    starts_at: datetime | None = strawberry.field(description="When it begins.")
    ends_at: datetime | None = strawberry.field(description="When it ends.")
    facilitator: Member | None = relation(
        load_members,
        lambda row: None if row["facilitator_id"] is None else (row["tenant_id"], row["facilitator_id"]),
        "The member who leads it.",
    )
    link: str | None = relation(
        load_meeting_texts,
        key_of,
        "Where it is joined over the net.",
        protects=Resource.MEETING_TEXT,
        shape=_text("link"),
    )
    agenda: str | None = relation(
        load_meeting_texts,
        key_of,
        "What is to be talked about.",
        protects=Resource.MEETING_TEXT,
        shape=_text("agenda"),
    )
    notes: str | None = relation(
        load_meeting_texts,
        key_of,
        "What was said and decided (minutes).",
        protects=Resource.MEETING_TEXT,
        shape=_text("notes"),
    )
    cancel_reason: str | None = relation(
        load_meeting_texts,
        key_of,
        "Why it is not held, where it was cancelled.",
        protects=Resource.MEETING_TEXT,
        shape=_text("cancel_reason"),
    )
    opened_at: datetime | None = strawberry.field(description="When it was opened here; null while it is planned.")
    opened_by: strawberry.ID | None = strawberry.field(description="The user who opened it; null while it is planned.")
    opened_by_member: LazyDoer | None = member_behind("opened_by", "Who opened it")
    confirmed_at: datetime | None = strawberry.field(description="When a second officer confirmed it.")
    confirmed_by: strawberry.ID | None = strawberry.field(description="The user who confirmed it.")
    confirmed_by_member: LazyDoer | None = member_behind("confirmed_by", "Who confirmed it")
    closed_at: datetime | None = strawberry.field(description="When it was closed here.")
    closed_by: strawberry.ID | None = strawberry.field(description="The user who closed it.")
    closed_by_member: LazyDoer | None = member_behind("closed_by", "Who closed it")
    version: int = strawberry.field(description="Grows with every change; give it back as `expectedVersion`.")
    totals: list[MeetingTotal] | None = relation(
        load_meeting_totals,
        key_of,
        "What it brought in, by kind of event.",
        protects=Resource.MOVEMENT,
        size=TOTALS_SIZE,
    )
    cash_counts: list[CashCount] | None = relation(
        load_cash_counts,
        key_of,
        "What was counted, the opening first.",
        protects=Resource.CASH_COUNT,
        size=CASH_COUNTS_SIZE,
    )
    attendance_totals: AttendanceTotals | None = relation(
        load_attendance_totals,
        key_of,
        "How many were there, and whether they were enough.",
        protects=Resource.ATTENDANCE,
    )
    group: Group = relation(load_groups, lambda row: row["tenant_id"], "The group.")

    attendance: Connection[LazyAttendance] = meeting_attendances(key_of)
    votes: Connection[LazyVote] = meeting_votes(key_of)
    fines: Connection[LazyFine] = fines(MEETING_FINES, key_of, "The fines that were levied, of what you may see.")
    entries: Connection[JournalEntry] = meeting_entries(key_of)
    contributions: Connection[LazyContribution] = contributions(
        MEETING_CONTRIBUTIONS, key_of, "What was paid in, of what you may see."
    )


_KEY_WORDS = "Made by the client, new for each wish; repeats carry the same."
_NUMBER_WORDS = "Its number; the next one if left out."


@strawberry.input(description="What is said of a meeting.")
class MeetingInput:
    """Fields that the inputs of this module share."""

    group_id: strawberry.ID = strawberry.field(description="The group.")
    idempotency_key: UUID = strawberry.field(description=_KEY_WORDS)
    kind: MeetingKind | None = strawberry.field(
        default=strawberry.UNSET, description="What it is for; REGULAR of a new one if left out."
    )
    mode: MeetingMode | None = strawberry.field(
        default=strawberry.UNSET, description="Where people meet; PHYSICAL of a new one if left out."
    )
    venue: str | None = strawberry.field(default=strawberry.UNSET, description="The place, up to 160 characters.")
    link: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="Where it is joined over the net, beginning with https://; a VIRTUAL or HYBRID one needs it.",
    )
    starts_at: datetime | None = strawberry.field(
        default=strawberry.UNSET, description="When it begins: on its date, where the group is."
    )
    ends_at: datetime | None = strawberry.field(default=strawberry.UNSET, description="When it ends, after it begins.")
    facilitator_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="The member who leads it."
    )
    agenda: str | None = strawberry.field(
        default=strawberry.UNSET, description="What is to be talked about, up to 4,000 characters."
    )
    notes: str | None = strawberry.field(
        default=strawberry.UNSET, description="What was said and decided (minutes), up to 20,000 characters."
    )


@strawberry.input(description="A meeting to be planned.")
class MeetingPlanInput(MeetingInput):
    """The input of `meetingPlan`."""

    id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET,
        description="The meeting's id, if the client makes it; otherwise the idempotency key is.",
    )
    number: int | None = strawberry.field(default=strawberry.UNSET, description=_NUMBER_WORDS)
    held_on: date | None = strawberry.field(
        default=strawberry.UNSET,
        description="Its date; the next one of the group's calendar if left out, after all that are held or planned.",
    )


@strawberry.input(description="What is to be changed of a meeting; what is left out stays as it is.")
class MeetingReviseInput(MeetingInput):
    """The input of `meetingRevise`."""

    meeting_id: strawberry.ID = strawberry.field(description="The meeting, planned or open.")
    expected_version: int = strawberry.field(description="The version that you read; a newer one is refused.")
    number: int | None = strawberry.field(default=strawberry.UNSET, description="Another number, while it is planned.")
    held_on: date | None = strawberry.field(default=strawberry.UNSET, description="Another date, while it is planned.")
    cleared: list[MeetingField] | None = strawberry.field(
        default=strawberry.UNSET, description="What is emptied, unless it is given anew."
    )


@strawberry.input(description="A meeting to be opened, planned before or not.")
class MeetingOpenInput(MeetingInput):
    """The input of `meetingOpen`."""

    id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET,
        description="The id of a meeting that was not planned, if the client makes it; otherwise the key is.",
    )
    planned_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="The planned meeting that is opened; what is said here is added to it."
    )
    expected_version: int | None = strawberry.field(
        default=strawberry.UNSET, description="The version of the plan that you read; a newer one is refused."
    )
    number: int | None = strawberry.field(
        default=strawberry.UNSET, description="Its number; the planned one, or the next one, if left out."
    )
    held_on: date | None = strawberry.field(
        default=strawberry.UNSET,
        description="The group's date for which its entries count; the planned one, or today, if left out.",
    )
    device_time: datetime | None = strawberry.field(
        default=strawberry.UNSET, description="The device's clock when it was opened there; kept for information."
    )


@strawberry.input(description="A meeting whose records a second officer confirms.")
class MeetingConfirmInput:
    """The input of `meetingConfirm`."""

    group_id: strawberry.ID = strawberry.field(description="The group.")
    idempotency_key: UUID = strawberry.field(description=_KEY_WORDS)
    meeting_id: strawberry.ID = strawberry.field(description="The meeting, which must be open.")
    expected_version: int = strawberry.field(description="The version that you read; a newer one is refused.")


@strawberry.input(description="A meeting whose confirmation is taken back.")
class MeetingReopenInput:
    """The input of `meetingReopen`."""

    group_id: strawberry.ID = strawberry.field(description="The group.")
    idempotency_key: UUID = strawberry.field(description=_KEY_WORDS)
    meeting_id: strawberry.ID = strawberry.field(description="The meeting, which must be confirmed and not closed.")
    expected_version: int = strawberry.field(description="The version that you read; a newer one is refused.")


@strawberry.input(description="What was counted in one place of one fund.")
class CashCountInput:
    """A count."""

    fund: Fund = strawberry.field(description="Whose money.")
    place: Place = strawberry.field(description="Where it lies.")
    amount: Decimal = strawberry.field(description="What was counted; zero where nothing lies.")
    reason: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="Why it is not what the book expects; without one, a difference is refused.",
    )


@strawberry.input(description="A meeting to be closed, with what was counted.")
class MeetingCloseInput:
    """The input of `meetingClose`."""

    group_id: strawberry.ID = strawberry.field(description="The group.")
    idempotency_key: UUID = strawberry.field(
        description="Made by the client, new for each wish; repeats carry the same."
    )
    meeting_id: strawberry.ID = strawberry.field(description="The meeting.")
    expected_version: int = strawberry.field(description="The version that you read; a newer one is refused.")
    opening_counts: list[CashCountInput] = strawberry.field(
        description="What was counted at the opening, one for each place with money."
    )
    closing_counts: list[CashCountInput] = strawberry.field(
        description="What was counted at the end, one for each place with money."
    )


def _key(command: Any, outcome: Any) -> tuple[UUID, UUID]:
    return command.group_id, outcome.id


def _known_key(command: Any, _: Any) -> tuple[UUID, UUID]:
    return command.group_id, command.meeting_id


def _mutation(
    service: Service[Any],
    given: Any,
    command: type,
    description: str,
    key: Callable[[Any, Any], tuple[UUID, UUID]] | None = None,
) -> Any:
    """A mutation of a meeting; where the command names it, by its `key`, a refusal can show how it stands now."""
    return command_mutation(
        service,
        given=given,
        command=command,
        record="meeting",
        record_type=Meeting,
        load=load_meetings,
        key=key or _key,
        description=description,
        shows_current=key is not None,
    )


meeting_plan = _mutation(
    plan_meeting,
    MeetingPlanInput,
    PlanMeeting,
    "Plan a meeting (schedule): by default the next one of the group's calendar. It is a draft until it is opened.",
)

meeting_revise = _mutation(
    update_meeting,
    MeetingReviseInput,
    UpdateMeeting,
    "Change what is said of a meeting that is planned or open.",
    _known_key,
)

meeting_open = _mutation(
    open_meeting,
    MeetingOpenInput,
    OpenMeeting,
    "Open a meeting, planned before or not. One meeting of a group is open at a time.",
    _known_key,
)

meeting_confirm = _mutation(
    confirm_meeting,
    MeetingConfirmInput,
    ConfirmMeeting,
    "Confirm what was recorded of a meeting (approve), as an officer other than the one who opened it. It takes "
    "nothing more from then on.",
    _known_key,
)

meeting_reopen = _mutation(
    reopen_meeting,
    MeetingReopenInput,
    ReopenMeeting,
    "Take the confirmation of a meeting back, since something is missing or wrong.",
    _known_key,
)

meeting_close = _mutation(
    close_meeting,
    MeetingCloseInput,
    CloseMeeting,
    "Close a meeting for good, once the cash counted is the cash expected or the difference is explained.",
    _known_key,
)
