"""Drafts in the schema: entries that wait for a second officer."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import strawberry

from domain.ledger.drafts import DraftStatus
from domain.policy import EntryKind, Resource
from graph.connections import PAGE_DEFAULT, After, Asked, First, connection_field
from graph.doers import LazyDoer, member_behind
from graph.engine import RowType, computed
from graph.ledger.accounts import Account
from graph.ledger.entries import JournalEntry
from graph.nodes import Node
from graph.permissions import key_of, reading
from graph.relations import relation
from graph.rows import Money, money_of
from persistence.reads.accounts import load_accounts_by_key
from persistence.reads.drafts import GROUP_DRAFTS, load_draft_lines, load_retained_surplus
from persistence.reads.entries import load_entries
from persistence.reads.groups import load_groups
from persistence.reads.meetings import load_meetings
from persistence.reads.members import load_members

__all__ = ["DraftLine", "EntryDraft", "group_drafts"]

if TYPE_CHECKING:
    from graph.groups import Group
    from graph.meetings import Meeting
    from graph.members import Member

LazyGroup = Annotated["Group", strawberry.lazy("graph.groups")]
LazyMember = Annotated["Member", strawberry.lazy("graph.members")]
LazyMeeting = Annotated["Meeting", strawberry.lazy("graph.meetings")]


def _named(column: str) -> Any:
    """The key of the record that a column names; None where it names none."""

    def key(row: Any) -> tuple[UUID, UUID] | None:
        return None if row[column] is None else (row["tenant_id"], row[column])

    return key


def _side(row: Any, sign: int) -> Any:
    amount = row["amount"] * sign
    return money_of(amount, row["currency"]) if amount > 0 else None


@strawberry.type(description="One line of a draft.")
class DraftLine:
    """A line."""

    line_number: int = strawberry.field(description="Its place in the draft, from 1.")
    account: Account = relation(load_accounts_by_key, _named("account_id"), "The account that it would move.")
    member: LazyMember | None = relation(load_members, _named("member_id"), "The member whom it concerns.")
    debit: Money | None = computed(lambda row: _side(row, 1), description="What would be debited; null for a credit.")
    credit: Money | None = computed(lambda row: _side(row, -1), description="What would be credited; null for a debit.")
    shares: int | None = strawberry.field(
        description="How many shares the member would gain; below zero for shares taken; null where none are counted."
    )


@strawberry.type(
    description="An entry that one officer drafted, for another to post as it stands (voucher for approval)."
)
class EntryDraft(RowType, Node):
    """A draft. It has its entry's id."""

    kind: EntryKind = strawberry.field(description="The business event.")
    status: DraftStatus = strawberry.field(description="Whether it waits, was posted, or was discarded.")
    effective_on: date = strawberry.field(description="The group's date that the entry counts for.")
    meeting: LazyMeeting | None = relation(load_meetings, _named("meeting_id"), "The meeting that it belongs to.")
    member: LazyMember | None = relation(load_members, _named("member_id"), "The member whom it is about.")
    reverses: JournalEntry | None = relation(
        load_entries, _named("reverses_id"), "The entry that it takes back (void); null if it takes none back."
    )
    lines: list[DraftLine] = relation(load_draft_lines, key_of, "Debits and credits, in their order.")
    description: str = strawberry.field(description="What happened, or why.")
    payee: str | None = strawberry.field(description="Who was paid, or paid in.")
    receipt: str | None = strawberry.field(description="The number or name of the paper that shows it.")
    retained_surplus: Money | None = relation(
        load_retained_surplus,
        key_of,
        "For opening balances, what the group has beyond what is its members' or owed (difference); below zero for a "
        "deficit; null for other kinds.",
        shape=lambda found: None if found is None else money_of(found["amount"], found["currency"]),
    )
    drafted_by: strawberry.ID = strawberry.field(description="The user who drafted it, or revised it last.")
    drafted_by_member: LazyDoer | None = member_behind("drafted_by", "Who drafted it, or revised it last")
    drafted_at: datetime = strawberry.field(description="When it was drafted, or revised last.")
    decided_by: strawberry.ID | None = strawberry.field(description="The user who posted or discarded it.")
    decided_by_member: LazyDoer | None = member_behind("decided_by", "Who posted or discarded it")
    decided_at: datetime | None = strawberry.field(description="When it was posted or discarded.")
    version: int = strawberry.field(description="Grows with every change; give it back as `expectedVersion`.")
    entry: JournalEntry | None = relation(load_entries, key_of, "The entry, once it is posted.")
    group: LazyGroup = relation(load_groups, lambda row: row["tenant_id"], "The group.")


def _asked(
    first: First = PAGE_DEFAULT,
    after: After = None,
    status: Annotated[DraftStatus | None, strawberry.argument(description="Only those with this status.")] = None,
) -> Asked:
    return Asked(first, after, "NEWEST", status=status)


def group_drafts() -> Any:
    """The drafts of the group in the row."""
    words = "Entries that wait for a second officer, and those that did, the newest first."
    return connection_field(
        GROUP_DRAFTS, lambda row: (row["tenant_id"], row["tenant_id"]), _asked, **reading(Resource.DRAFT, words)
    )
