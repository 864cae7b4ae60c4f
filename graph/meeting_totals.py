"""What a meeting comes to, in the schema: money by kind of event, cash as counted, heads."""

from typing import Any

import strawberry

from domain.ledger.accounts import Fund, Place
from domain.meetings import Moment
from domain.policy import EntryKind
from graph.engine import RowType, computed
from graph.rows import Money, money

__all__ = ["AttendanceTotals", "CashCount", "MeetingTotal"]


def _quorum(row: Any) -> int:
    wanted: int = -(-row["member_count"] * row["quorum_percent"] // 100)
    return wanted


def _there(row: Any) -> int:
    there: int = row["present_count"] + row["late_count"] + row["represented_count"]
    return there


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


@strawberry.type(description="How many were at a meeting, of how many.")
class AttendanceTotals(RowType):
    """The totals of a roll."""

    member_count: int = strawberry.field(description="How many members the group had on that day.")
    recorded_count: int = strawberry.field(description="How many of them stand on the roll.")
    present_count: int = strawberry.field(description="How many were there in time.")
    late_count: int = strawberry.field(description="How many came late.")
    absent_count: int = strawberry.field(description="How many were absent without an excuse.")
    excused_count: int = strawberry.field(description="How many were excused.")
    represented_count: int = strawberry.field(description="How many sent somebody in their place.")
    quorum_percent: int = strawberry.field(description="How many of a hundred members the constitution wants there.")
    quorum_count: int = computed(_quorum, description="How many members that are.")
    is_quorate: bool = computed(
        lambda row: _there(row) >= _quorum(row),
        description="Whether enough were there, in time, late or represented (quorum met).",
    )
