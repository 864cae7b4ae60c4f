"""Fines in the schema."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import strawberry

from domain.ledger.accounts import Place
from domain.policy import Resource
from domain.savings import (
    FineRollCall,
    LevyFine,
    PayFine,
    WaiveFine,
    fine_roll_call,
    levy_fine,
    pay_fine,
    waive_fine,
)
from domain.service import Outcome
from graph.doers import LazyDoer, member_behind
from graph.engine import RowType, computed
from graph.ledger.entries import JournalEntry
from graph.ledger.moments import as_of
from graph.ledger.moving import MEMBER, PLACE_TO, EntryInput, entry_mutation
from graph.meetings import Meeting
from graph.members import Member
from graph.mutations import command_mutation
from graph.permissions import Info, key_of
from graph.relations import load_many, load_one, relation
from graph.rows import Money, money, money_of
from persistence.reads.accounts import AsOf
from persistence.reads.entries import load_reversals, load_vouchers
from persistence.reads.fines import load_fines, load_outstanding
from persistence.reads.meetings import load_meetings
from persistence.reads.members import load_members

__all__ = ["Fine", "fine_levy", "fine_pay", "fine_waive", "roll_call_fine"]


def _outstanding_key(row: Any) -> tuple[tuple[UUID, UUID, UUID], str]:
    return (row["tenant_id"], row["member_id"], row["id"]), row["currency"]


async def _load_outstanding(snapshot: Any, keys: Any, moment: AsOf) -> list[dict[str, str]]:
    rows = await load_outstanding(snapshot, [key for key, _ in keys], moment)
    return [
        money_of(Decimal(0) if row is None else row["outstanding"], code)
        for row, (_, code) in zip(rows, keys, strict=True)
    ]


@strawberry.type(description="A fine that a member was given (penalty), and what is outstanding of it.")
class Fine(RowType):
    """A fine."""

    id: strawberry.ID = strawberry.field(description="The fine's id, which is its entry's.")
    amount: Money = money("amount", "How much it is.")
    outstanding: Money = relation(
        _load_outstanding,
        _outstanding_key,
        "How much of it is neither paid nor waived, by the book: what names no fine settles the oldest first. Nothing "
        "before it was levied.",
        arguments=as_of,
    )
    reason_code: str | None = strawberry.field(
        description="The code of its reason in the constitution; null for one in words alone."
    )
    reason_name: str | None = strawberry.field(description="What the constitution calls it.")
    constitution_version: int | None = strawberry.field(description="The version of the constitution that names it.")
    reason: str | None = relation(
        load_vouchers,
        key_of,
        "What it is for, in words.",
        protects=Resource.VOUCHER,
        about="member_id",
        shape=lambda row: None if row is None else row["description"],
    )
    levied_on: date = computed(lambda row: row["effective_on"], description="The group's date that it counts for.")
    entry_number: int = strawberry.field(description="The number of its entry in the group's book.")
    recorded_at: datetime = strawberry.field(description="When it was recorded here.")
    recorded_by: strawberry.ID = strawberry.field(description="The user who recorded it.")
    recorded_by_member: LazyDoer | None = member_behind("recorded_by", "Who recorded it")
    reversed_by: JournalEntry | None = relation(
        load_reversals, key_of, "The entry that took it back; null while it stands."
    )
    member: Member = relation(load_members, lambda row: (row["tenant_id"], row["member_id"]), "Whose it is.")
    meeting: Meeting | None = relation(
        load_meetings,
        lambda row: None if row["meeting_id"] is None else (row["tenant_id"], row["meeting_id"]),
        "At which meeting it was levied.",
    )


_FINE_ID = "The fine that it settles; the oldest first if left out."


@strawberry.input(description="A fine (penalty) that a member owes from then on, or pays at once.")
class FineLevyInput(EntryInput):
    """The input of `fineLevy`."""

    member_id: strawberry.ID = strawberry.field(description=MEMBER)
    reason_code: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="The code of a reason of the constitution; where it lists any, there is no fine without.",
    )
    amount: Decimal | None = strawberry.field(
        default=strawberry.UNSET, description="How much; what the constitution asks if left out."
    )
    reason: str | None = strawberry.field(
        default=strawberry.UNSET, description="What for, in words; what the constitution calls it if left out."
    )
    is_paid: bool | None = strawberry.field(
        default=strawberry.UNSET, description="Whether she pays at once; false if left out."
    )
    place: Place | None = strawberry.field(default=strawberry.UNSET, description=PLACE_TO)


@strawberry.input(description="Money that a member paid of the fines (penalties) that she owes.")
class FinePayInput(EntryInput):
    """The input of `finePay`."""

    member_id: strawberry.ID = strawberry.field(description=MEMBER)
    amount: Decimal = strawberry.field(description="How much; at most what she owes in fines, or of the fine.")
    fine_id: strawberry.ID | None = strawberry.field(default=strawberry.UNSET, description=_FINE_ID)
    place: Place | None = strawberry.field(default=strawberry.UNSET, description=PLACE_TO)


@strawberry.input(description="Fines (penalties) that the group lets a member off.")
class FineWaiveInput(EntryInput):
    """The input of `fineWaive`."""

    member_id: strawberry.ID = strawberry.field(description=MEMBER)
    amount: Decimal = strawberry.field(description="How much; at most what she owes in fines, or of the fine.")
    fine_id: strawberry.ID | None = strawberry.field(default=strawberry.UNSET, description=_FINE_ID)
    reason: str = strawberry.field(description="Why she need not pay it.")


@strawberry.input(description="The fines that follow from a roll call.")
class RollCallFineInput:
    """The input of `rollCallFine`."""

    group_id: strawberry.ID = strawberry.field(description="The group.")
    idempotency_key: UUID = strawberry.field(
        description="Made by the client, new for each wish; repeats carry the same."
    )
    meeting_id: strawberry.ID = strawberry.field(description="The meeting, which must be open.")
    absent_code: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="The constitution's reason for being absent; ABSENT if left out, and no such fine if null.",
    )
    late_code: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="The constitution's reason for coming late; LATE if left out, and no such fine if null.",
    )


async def _levied(info: Info, command: LevyFine, outcome: Outcome) -> dict[str, Any]:
    return {"fine": await load_one(info.context, load_fines, (command.group_id, outcome.id))}


fine_levy = entry_mutation(
    levy_fine,
    FineLevyInput,
    LevyFine,
    "Fine a member (penalty) for a reason of the constitution, who owes it from then on or pays it at once.",
    extra={
        "entry": (JournalEntry, "The entry that levied it; null if the request was refused."),
        "fine": (Fine, "The fine as it is now; null if the request was refused."),
    },
    more=_levied,
)

fine_pay = entry_mutation(
    pay_fine, FinePayInput, PayFine, "Record that a member paid of the fines (penalties) that she owes."
)

fine_waive = entry_mutation(waive_fine, FineWaiveInput, WaiveFine, "Let a member off fines (penalties) that she owes.")


async def _fines(info: Info, command: FineRollCall, outcome: Outcome) -> dict[str, Any]:
    return {"fines": await load_many(info.context, load_fines, [(command.group_id, item.id) for item in outcome.items])}


roll_call_fine = command_mutation(
    fine_roll_call,
    given=RollCallFineInput,
    command=FineRollCall,
    record="meeting",
    record_type=Meeting,
    load=load_meetings,
    key=lambda command, _: (command.group_id, command.meeting_id),
    description="Fine whoever was absent or late by the roll, what the constitution asks, in one go.",
    extra={"fines": (list[Fine], "The fines that were levied, in the order of the members' numbers.")},
    more=_fines,
)
