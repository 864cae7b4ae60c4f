"""Meetings in the schema."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import strawberry

from domain.ledger.accounts import Fund, Place
from domain.meetings import CloseMeeting, MeetingStatus, Moment, OpenMeeting, close_meeting, open_meeting
from domain.policy import EntryKind, Resource
from graph.connections import Connection
from graph.contribution_lists import LazyContribution, contributions
from graph.engine import RowType
from graph.groups import Group
from graph.ledger.entries import JournalEntry
from graph.ledger.statements import meeting_entries
from graph.mutations import command_mutation
from graph.nodes import Node
from graph.permissions import key_of
from graph.relations import relation
from graph.rows import Money, money
from persistence.reads.groups import load_groups
from persistence.reads.meetings import load_cash_counts, load_meeting_totals, load_meetings
from persistence.reads.savings import MEETING_CONTRIBUTIONS

__all__ = ["Meeting", "meeting_close", "meeting_open"]

TOTALS_SIZE = 4
CASH_COUNTS_SIZE = 6
"""What lists are taken for when the cost of an operation is counted."""


@strawberry.type(description="What a meeting brought in, for one kind of event.")
class MeetingTotal:
    """A total of a meeting."""

    kind: EntryKind = strawberry.field(description="The kind of event.")
    amount: Money = money("amount", "All of it.")
    entry_count: int = strawberry.field(description="In how many entries.")


@strawberry.type(description="A count of cash beside what the book expected at that moment.")
class CashCount:
    """A cash count."""

    moment: Moment = strawberry.field(description="At the opening or at the closing.")
    fund: Fund = strawberry.field(description="Whose money.")
    place: Place = strawberry.field(description="Where it lies.")
    expected: Money = money("expected", "What the book expected.")
    counted: Money = money("counted", "What was counted.")
    reason: str | None = strawberry.field(description="Why the two differ, if they do.")


@strawberry.type(description="A meeting of a group (session, sitting).")
class Meeting(RowType, Node):
    """A meeting."""

    number: int = strawberry.field(description="The meeting's number in the group.")
    status: MeetingStatus = strawberry.field(description="Where it is.")
    held_on: date = strawberry.field(description="The group's date for which its entries count.")
    venue: str | None = strawberry.field(description="Where it was held.")
    opened_at: datetime = strawberry.field(description="When it was opened here.")
    closed_at: datetime | None = strawberry.field(description="When it was closed here.")
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
    group: Group = relation(load_groups, lambda row: row["tenant_id"], "The group.")

    entries: Connection[JournalEntry] = meeting_entries(key_of)
    contributions: Connection[LazyContribution] = contributions(
        MEETING_CONTRIBUTIONS, key_of, "What was paid in, of what you may see."
    )


@strawberry.input(description="A meeting to be opened.")
class MeetingOpenInput:
    """The input of `meetingOpen`."""

    group_id: strawberry.ID = strawberry.field(description="The group.")
    idempotency_key: UUID = strawberry.field(
        description="Made by the client, new for each wish; repeats carry the same."
    )
    id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET,
        description="The meeting's id, if the client makes it; otherwise the idempotency key is.",
    )
    number: int | None = strawberry.field(default=strawberry.UNSET, description="Its number; the next one if left out.")
    held_on: date | None = strawberry.field(
        default=strawberry.UNSET, description="The group's date for which its entries count; today if left out."
    )
    venue: str | None = strawberry.field(default=strawberry.UNSET, description="Where it is held.")
    device_time: datetime | None = strawberry.field(
        default=strawberry.UNSET, description="The device's clock when it was opened there; kept for information."
    )


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


meeting_open = command_mutation(
    open_meeting,
    given=MeetingOpenInput,
    command=OpenMeeting,
    record="meeting",
    record_type=Meeting,
    load=load_meetings,
    key=_key,
    description="Open a meeting. One meeting of a group is open at a time.",
)

meeting_close = command_mutation(
    close_meeting,
    given=MeetingCloseInput,
    command=CloseMeeting,
    record="meeting",
    record_type=Meeting,
    load=load_meetings,
    key=_key,
    description="Close a meeting for good, once the cash counted is the cash expected or the difference is explained.",
)
