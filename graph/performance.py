"""How members do, in the schema."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any

import strawberry

from domain.identifiers import NotAnId, parse_id
from domain.members.performance import Performance
from domain.policy import Resource
from graph.errors import InvalidArgument
from graph.limits import free
from graph.permissions import key_of
from graph.relations import relation
from graph.rows import Money, money_of
from persistence.reads.performance import Period, load_performances

__all__ = ["MemberPerformance", "member_performance"]

_PERCENT = "in per cent with two decimals"


@strawberry.type(description="How a member came to meetings, by the rolls (presence).", directives=[free])
class AttendancePerformance:
    """How she came."""

    recorded_count: int = strawberry.field(
        description="On how many rolls the member stands, whatever the meeting's kind."
    )
    present_count: int = strawberry.field(description="How often she was there in time.")
    late_count: int = strawberry.field(description="How often she came late.")
    absent_count: int = strawberry.field(description="How often she was not there, without an excuse.")
    excused_count: int = strawberry.field(description="How often she was not there, with an excuse.")
    represented_count: int = strawberry.field(description="How often she sent somebody in her place.")
    attendance_rate: Decimal | None = strawberry.field(
        description=f"Of the rolls on which she stands, where she came or sent somebody, {_PERCENT}; null of none."
    )
    punctuality_rate: Decimal | None = strawberry.field(
        description=f"Of the meetings to which she came herself, those she came to in time, {_PERCENT}; null of none."
    )


@strawberry.type(description="How a member saved, and paid what was expected of her (dues).", directives=[free])
class SavingPerformance:
    """How she saved."""

    meeting_count: int = strawberry.field(description="How many regular meetings were held while she was a member.")
    saved_meeting_count: int = strawberry.field(
        description="In how many of them she bought shares or put savings aside."
    )
    saving_rate: Decimal | None = strawberry.field(
        description=f"Of the regular meetings, those in which she saved, {_PERCENT}; null of none."
    )
    expected: Money = strawberry.field(description="What fell due of all that the constitution expects of her.")
    paid_in_time: Money = strawberry.field(
        description="What of it was paid or waived by the day on which it was due: on its days, or ahead."
    )
    outstanding: Money = strawberry.field(
        description="What of it is in arrears at the end, where all that was paid and waived settles the oldest first."
    )
    in_time_rate: Decimal | None = strawberry.field(
        description=f"Of what fell due, what was paid in time, {_PERCENT}; null where nothing did."
    )


@strawberry.type(description="How a member was fined (penalties).", directives=[free])
class FinePerformance:
    """How she was fined."""

    levied_count: int = strawberry.field(description="How many fines she was given, but for those taken back.")
    levied: Money = strawberry.field(description="What they come to.")
    paid: Money = strawberry.field(description="What she paid of fines, of these or older ones.")
    waived: Money = strawberry.field(description="What she was let off.")
    outstanding: Money = strawberry.field(description="What she owed in fines at the end.")


@strawberry.type(
    description="How a member did over a time (performance, track record): computed from the rolls, the constitution "
    "and the book.",
    directives=[free],
)
class MemberPerformance:
    """How she did."""

    starts_on: date = strawberry.field(description="The first day that counts.")
    ends_on: date = strawberry.field(description="The last day that counts; never after the group's today.")
    attendance: AttendancePerformance = strawberry.field(description="How she came to meetings.")
    saving: SavingPerformance = strawberry.field(description="How she saved.")
    fines: FinePerformance = strawberry.field(description="How she was fined.")


def _text(value: Decimal | None) -> str | None:
    return None if value is None else str(value)


def _shown(found: Performance | None) -> dict[str, Any] | None:
    if found is None:
        return None
    attended, saved = found.attended, found.saved

    def shown(amount: Decimal) -> dict[str, str]:
        return money_of(amount, found.currency)

    return {
        "starts_on": found.span.first,
        "ends_on": found.span.last,
        "attendance": {
            "recorded_count": attended.recorded,
            "present_count": attended.present,
            "late_count": attended.late,
            "absent_count": attended.absent,
            "excused_count": attended.excused,
            "represented_count": attended.represented,
            "attendance_rate": _text(attended.attendance_rate),
            "punctuality_rate": _text(attended.punctuality_rate),
        },
        "saving": {
            "meeting_count": found.meetings,
            "saved_meeting_count": found.meetings_saved,
            "saving_rate": _text(found.saving_rate),
            "expected": shown(saved.expected),
            "paid_in_time": shown(saved.in_time),
            "outstanding": shown(saved.outstanding),
            "in_time_rate": _text(saved.in_time_rate),
        },
        "fines": {
            "levied_count": found.fines,
            "levied": shown(found.fined),
            "paid": shown(found.fines_paid),
            "waived": shown(found.fines_waived),
            "outstanding": shown(found.fines_owed),
        },
    }


def _period(
    cycle_id: Annotated[
        strawberry.ID | None,
        strawberry.argument(description="Over this cycle of the group's; null for members of other groups."),
    ] = None,
    first: Annotated[
        date | None,
        strawberry.argument(name="from", description="From this date on; from when she joined if left out."),
    ] = None,
    last: Annotated[
        date | None, strawberry.argument(name="to", description="Up to this date; the group's today if left out.")
    ] = None,
) -> Period:
    """The time that the field's arguments name.

    Raises:
        InvalidArgument: A cycle and dates are given, the cycle is no id, or the dates are in disorder.
    """
    if cycle_id is None:
        if first is not None and last is not None and last < first:
            raise InvalidArgument("Give `to` a date that is not before `from`.")
        return Period(None, first, last)
    if first is not None or last is not None:
        raise InvalidArgument("Give `cycleId`, or `from` and `to`, not both.")
    try:
        return Period(parse_id(cycle_id))
    except NotAnId as error:
        raise InvalidArgument(error.message) from error


def member_performance() -> Any:
    """The field of a member."""
    return relation(
        load_performances,
        key_of,
        "How the member did over a cycle or from a date to a date: attendance, punctuality, saving in time, fines.",
        protects=Resource.CONTRIBUTION_WAIVER,
        about="id",
        shape=_shown,
        arguments=_period,
    )
