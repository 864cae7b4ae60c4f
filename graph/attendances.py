"""The roll call in the schema."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import strawberry

from domain.meetings.rollcall import AttendanceStatus, RecordRollCall, record_roll_call
from domain.policy import Resource
from domain.service import Outcome
from graph.doers import LazyDoer, member_behind
from graph.engine import RowType
from graph.enums import ItemStatus
from graph.limits import ListSize
from graph.meetings import Meeting
from graph.members import Member
from graph.mutations import command_mutation, error_value, user_error_type
from graph.permissions import Info
from graph.relations import load_many, relation
from persistence.reads.attendances import load_attendance_words, load_attendances
from persistence.reads.meetings import load_meetings
from persistence.reads.members import load_members
from persistence.reads.votes import load_votes_cast

__all__ = ["Attendance", "roll_call_record"]


def _key(row: Any) -> tuple[UUID, UUID, UUID]:
    return row["tenant_id"], row["meeting_id"], row["member_id"]


def _word(name: str) -> Callable[[Any], Any]:
    return lambda row: None if row is None else row[name]


@strawberry.type(description="A line of the roll: whether a member was at a meeting (presence).")
class Attendance(RowType):
    """A line of the roll."""

    status: AttendanceStatus = strawberry.field(description="Whether the member was there.")
    arrived_at: datetime | None = strawberry.field(description="When she came, if that was written down.")
    left_at: datetime | None = strawberry.field(description="When she left, if that was written down.")
    excuse: str | None = relation(
        load_attendance_words,
        _key,
        "Why she was not there, or late.",
        protects=Resource.ATTENDANCE_WORDS,
        about="member_id",
        shape=_word("excuse"),
    )
    representative: Member | None = relation(
        load_members,
        lambda row: None if row["representative_id"] is None else (row["tenant_id"], row["representative_id"]),
        "The member who came in her place (proxy), if one did.",
    )
    representative_name: str | None = relation(
        load_attendance_words,
        _key,
        "Who else came in her place.",
        protects=Resource.ATTENDANCE_WORDS,
        about="member_id",
        shape=_word("representative"),
    )
    votes_cast: int | None = relation(
        load_votes_cast,
        _key,
        "In how many votes of the meeting a ballot of hers was written down (participation).",
        protects=Resource.BALLOT,
        about="member_id",
    )
    recorded_at: datetime = strawberry.field(description="When it was written here, or changed last.")
    recorded_by: strawberry.ID = strawberry.field(description="The user who wrote or changed it last.")
    recorded_by_member: LazyDoer | None = member_behind("recorded_by", "Who wrote or changed it last")
    device_time: datetime | None = strawberry.field(description="The device's clock when it was written there.")
    version: int = strawberry.field(description="Grows with every change; give it back as `expectedVersion`.")
    member: Member = relation(load_members, lambda row: (row["tenant_id"], row["member_id"]), "The member.")
    meeting: Meeting = relation(load_meetings, lambda row: (row["tenant_id"], row["meeting_id"]), "The meeting.")


@strawberry.input(description="One line of a roll call.")
class RollItemInput:
    """An item of `rollCallRecord`."""

    member_id: strawberry.ID = strawberry.field(description="The member.")
    status: AttendanceStatus = strawberry.field(description="Whether she is there.")
    arrived_at: datetime | None = strawberry.field(default=strawberry.UNSET, description="When she came.")
    left_at: datetime | None = strawberry.field(default=strawberry.UNSET, description="When she left.")
    excuse: str | None = strawberry.field(
        default=strawberry.UNSET, description="Why she is not there, or late; up to 500 characters."
    )
    representative_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="The member who came in her place (proxy)."
    )
    representative: str | None = strawberry.field(
        default=strawberry.UNSET, description="The name of somebody else who came in her place."
    )
    expected_version: int | None = strawberry.field(
        default=strawberry.UNSET,
        description="The version of the line that you read, to change it; leave it out for whoever is not on the roll.",
    )
    device_time: datetime | None = strawberry.field(
        default=strawberry.UNSET, description="The device's clock when it was written there; kept for information."
    )


@strawberry.input(description="A roll call, or a part of one.")
class RollCallRecordInput:
    """The input of `rollCallRecord`."""

    group_id: strawberry.ID = strawberry.field(description="The group.")
    idempotency_key: UUID = strawberry.field(
        description="Made by the client, new for each sheet; repeats carry the same."
    )
    meeting_id: strawberry.ID = strawberry.field(description="The meeting, which must be open.")
    items: list[RollItemInput] = strawberry.field(description="The lines, up to 200.")


_ItemError = user_error_type(record_roll_call.name, record_roll_call.raises)


@strawberry.type(description="How one line of a roll call ended.")
class RollItemOutcome:
    """The outcome of an item."""

    member_id: strawberry.ID = strawberry.field(description="The member.")
    status: ItemStatus = strawberry.field(description="Whether the line stands.")
    attendance: Attendance | None = strawberry.field(
        description="What the roll says of her now; null if it says nothing."
    )
    user_errors: list[Any] = strawberry.field(
        graphql_type=list[_ItemError],  # type: ignore[valid-type]
        description="Why it was refused; empty if it was not.",
    )


async def _items(info: Info, command: RecordRollCall, outcome: Outcome) -> dict[str, Any]:
    keys = [(command.group_id, command.meeting_id, item.id) for item in outcome.items]
    found = await load_many(info.context, load_attendances, keys)
    return {
        "items": [
            {
                "member_id": item.id,
                "status": "ACCEPTED" if item.error is None else "REJECTED",
                "attendance": line,
                "user_errors": [] if item.error is None else [error_value(item.error, record_roll_call.raises)],
            }
            for item, line in zip(outcome.items, found, strict=True)
        ]
    }


roll_call_record = command_mutation(
    record_roll_call,
    given=RollCallRecordInput,
    command=RecordRollCall,
    record="meeting",
    record_type=Meeting,
    load=load_meetings,
    key=lambda command, _: (command.group_id, command.meeting_id),
    description="Record a roll call (attendance register), or a part of it: each line stands or is refused by itself.",
    extra={"items": (list[RollItemOutcome], "How each line ended, in the order of the input.")},
    more=_items,
    size=ListSize(slicing_arguments=["input.items"], sized_fields=["items"]),
)
