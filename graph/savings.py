"""Contributions in the schema."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import strawberry

from domain.ledger.accounts import Place
from domain.savings import ContributionKind, RecordContributions, record_contributions
from domain.service import Outcome
from graph.doers import LazyDoer, member_behind
from graph.engine import RowType
from graph.enums import ItemStatus
from graph.groups import Group
from graph.ledger.entries import JournalEntry
from graph.limits import ListSize
from graph.meetings import Meeting
from graph.members import Member
from graph.mutations import command_mutation, error_value, user_error_type
from graph.nodes import Node
from graph.permissions import Info, key_of
from graph.relations import load_many, relation
from graph.rows import Money, money
from persistence.reads.entries import load_entries, load_reversals
from persistence.reads.groups import load_groups
from persistence.reads.meetings import load_meetings
from persistence.reads.members import load_members
from persistence.reads.savings import load_contributions, load_whether_reversed

__all__ = ["Contribution", "contributions_record"]


@strawberry.type(description="Money that a member paid in, at a meeting or between two (deposit, saving).")
class Contribution(RowType, Node):
    """A contribution."""

    kind: ContributionKind = strawberry.field(description="What it is for.")
    type_code: str | None = strawberry.field(
        description="The code in the constitution of what the group defined; null for what every group has."
    )
    shares: int | None = strawberry.field(description="How many shares it bought; null for what buys none.")
    amount: Money = money("amount", "How much was paid.")
    place: Place = strawberry.field(description="Where the money went.")
    entry_number: int = strawberry.field(description="The number of its entry in the group's book.")
    recorded_at: datetime = strawberry.field(description="When it was recorded here.")
    recorded_by: strawberry.ID = strawberry.field(description="The user who recorded it.")
    recorded_by_member: LazyDoer | None = member_behind("recorded_by", "Who recorded it")
    device_time: datetime | None = strawberry.field(description="The device's clock when it was recorded there.")
    member: Member = relation(load_members, lambda row: (row["tenant_id"], row["member_id"]), "Who paid.")
    meeting: Meeting | None = relation(
        load_meetings,
        lambda row: None if row["meeting_id"] is None else (row["tenant_id"], row["meeting_id"]),
        "At which meeting; null for what was paid outside of one.",
    )
    effective_on: date = relation(
        load_entries, key_of, "The group's date that it counts for.", shape=lambda entry: entry["effective_on"]
    )
    group: Group = relation(load_groups, lambda row: row["tenant_id"], "The group.")
    is_reversed: bool = relation(
        load_whether_reversed, key_of, "Whether it was taken back since (voided), and counts no more."
    )
    reversed_by: JournalEntry | None = relation(
        load_reversals, key_of, "The entry that took it back; null while it stands."
    )


@strawberry.input(description="One line of a sheet.")
class ContributionItemInput:
    """An item of `contributionsRecord`."""

    id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="The contribution's id, if the client makes it."
    )
    member_id: strawberry.ID = strawberry.field(description="Who paid.")
    kind: ContributionKind = strawberry.field(description="For what.")
    type_code: str | None = strawberry.field(
        default=strawberry.UNSET, description="For OTHER only: the code of the contribution in the constitution."
    )
    shares: int | None = strawberry.field(default=strawberry.UNSET, description="How many shares; for shares only.")
    amount: Decimal | None = strawberry.field(
        default=strawberry.UNSET,
        description="How much; for shares it may be left out, and is otherwise held against their price; for OTHER it "
        "is what the constitution asks if it is left out.",
    )
    place: Place | None = strawberry.field(
        default=strawberry.UNSET, description="Where the money went; BOX if left out."
    )
    device_time: datetime | None = strawberry.field(
        default=strawberry.UNSET, description="The device's clock when it was recorded there; kept for information."
    )


@strawberry.input(description="A sheet of contributions to be recorded, in a meeting or outside of one.")
class ContributionsRecordInput:
    """The input of `contributionsRecord`."""

    group_id: strawberry.ID = strawberry.field(description="The group.")
    idempotency_key: UUID = strawberry.field(
        description="Made by the client, new for each sheet; repeats carry the same."
    )
    meeting_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET,
        description="The meeting, which must be open; leave it out for what is paid outside of one (mobile money).",
    )
    on: date | None = strawberry.field(
        default=strawberry.UNSET,
        description="Outside a meeting: the group's date that it counts for; today if left out.",
    )
    items: list[ContributionItemInput] = strawberry.field(description="The lines, up to 100.")
    is_all_or_nothing: bool | None = strawberry.field(
        default=strawberry.UNSET,
        description="Whether nothing is recorded where any line is refused; false if left out.",
    )


_ItemError = user_error_type(record_contributions.name, record_contributions.raises)


@strawberry.type(description="How one line of a sheet ended.")
class ContributionItemOutcome:
    """The outcome of an item."""

    id: strawberry.ID = strawberry.field(description="The contribution's id, recorded or not.")
    status: ItemStatus = strawberry.field(description="Whether it stands.")
    contribution: Contribution | None = strawberry.field(description="The contribution; null if it was refused.")
    user_errors: list[Any] = strawberry.field(
        graphql_type=list[_ItemError],  # type: ignore[valid-type]
        description="Why it was refused; empty if it was not.",
    )


async def _items(info: Info, command: RecordContributions, outcome: Outcome) -> dict[str, Any]:
    wanted = [(command.group_id, item.id) for item in outcome.items if item.error is None]
    found = await load_many(info.context, load_contributions, wanted)
    recorded = dict(zip(wanted, found, strict=True))
    return {
        "items": [
            {
                "id": item.id,
                "status": "ACCEPTED" if item.error is None else "REJECTED",
                "contribution": recorded[command.group_id, item.id] if item.error is None else None,
                "user_errors": [] if item.error is None else [error_value(item.error, record_contributions.raises)],
            }
            for item in outcome.items
        ]
    }


contributions_record = command_mutation(
    record_contributions,
    given=ContributionsRecordInput,
    command=RecordContributions,
    record="meeting",
    record_type=Meeting,
    load=load_meetings,
    key=lambda command, _: None if command.meeting_id is None else (command.group_id, command.meeting_id),
    description="Record a sheet of contributions: each line stands or is refused by itself, unless all are to stand "
    "or none. Outside a meeting no meeting is given back.",
    extra={"items": (list[ContributionItemOutcome], "How each line ended, in the order of the input.")},
    more=_items,
    size=ListSize(slicing_arguments=["input.items"], sized_fields=["items"]),
)
