"""Journal entries in the schema: what was posted, its lines, its words, and what took it back."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import strawberry

from domain.policy import EntryKind, Resource
from graph.doers import LazyDoer, member_behind
from graph.engine import computed
from graph.ledger.accounts import Account
from graph.permissions import key_of
from graph.relations import relation
from graph.rows import Money, money_of
from persistence.reads.accounts import load_accounts_by_key
from persistence.reads.entries import (
    load_balances_after,
    load_entries,
    load_entries_by_number,
    load_lines,
    load_reversals,
    load_vouchers,
)
from persistence.reads.meetings import load_meetings
from persistence.reads.members import load_members

__all__ = ["EntryLine", "JournalEntry", "Voucher"]

if TYPE_CHECKING:
    from graph.meetings import Meeting
    from graph.members import Member

LazyMember = Annotated["Member", strawberry.lazy("graph.members")]
LazyMeeting = Annotated["Meeting", strawberry.lazy("graph.meetings")]
LazyEntry = Annotated["JournalEntry", strawberry.lazy("graph.ledger.entries")]


def _named(column: str) -> Any:
    """The key of the record that a column names; None where it names none."""

    def key(row: Any) -> tuple[UUID, UUID] | None:
        return None if row[column] is None else (row["tenant_id"], row[column])

    return key


def _side(row: Any, sign: int) -> Any:
    amount = row["amount"] * sign
    return money_of(amount, row["currency"]) if amount > 0 else None


def _after(row: Any) -> Any:
    return None if row["member_balance_after"] is None else money_of(row["member_balance_after"], row["currency"])


@strawberry.type(description="The words of an entry (receipt, payment voucher), which its hash leaves out.")
class Voucher:
    """The words of an entry."""

    description: str = strawberry.field(description="What happened, or why.")
    payee: str | None = strawberry.field(description="Who was paid, or paid in.")
    receipt: str | None = strawberry.field(description="The number or name of the paper that shows it.")


@strawberry.type(description="One line of a journal entry. Balances are on the side on which the account grows.")
class EntryLine:
    """A line."""

    entry_number: int = strawberry.field(description="The number of its entry.")
    line_number: int = strawberry.field(description="Its place in the entry, from 1.")
    kind: EntryKind = strawberry.field(description="The business event.")
    effective_on: date = strawberry.field(description="The group's date that it counts for.")
    debit: Money | None = computed(lambda row: _side(row, 1), description="What was debited; null for a credit.")
    credit: Money | None = computed(lambda row: _side(row, -1), description="What was credited; null for a debit.")
    shares: int | None = strawberry.field(
        description="How many shares the member gained; below zero for shares taken back; null where none are counted."
    )
    account_balance_after: Money | None = relation(
        load_balances_after,
        lambda row: (row["tenant_id"], row["entry_number"], row["line_number"]),
        "The balance of the account right after the line.",
        protects=Resource.ACCOUNT_BALANCE,
        shape=lambda found: money_of(found["balance"], found["currency"]),
    )
    member_balance_after: Money | None = computed(
        _after, description="The member's balance on the account right after the line; null where it names none."
    )
    account: Account = relation(load_accounts_by_key, _named("account_id"), "The account that it moved.")
    member: LazyMember | None = relation(load_members, _named("member_id"), "The member whom it concerns.")
    entry: LazyEntry | None = relation(
        load_entries_by_number,
        lambda row: (row["tenant_id"], row["entry_number"]),
        "Its entry; null where you may see the line alone.",
    )


@strawberry.type(
    description="A journal entry (transaction): one business event, posted for good. A mistake is reversed."
)
class JournalEntry:
    """An entry."""

    id: strawberry.ID = strawberry.field(description="The entry's id, a UUID; a contribution's is its entry's.")
    number: int = strawberry.field(description="Its number in the group's book, from 1 without a gap.")
    kind: EntryKind = strawberry.field(description="The business event.")
    effective_on: date = strawberry.field(description="The group's date that it counts for.")
    booked_at: datetime = strawberry.field(description="When it was posted.")
    recorded_by: strawberry.ID | None = strawberry.field(description="The user who posted it; null for a job.")
    recorded_by_member: LazyDoer | None = member_behind("recorded_by", "Who posted it")
    hash: str = computed(lambda row: row["hash"].hex(), description="Its hash in the chain, in hexadecimal.")
    meeting: LazyMeeting | None = relation(load_meetings, _named("meeting_id"), "The meeting that it belongs to.")
    member: LazyMember | None = relation(load_members, _named("member_id"), "The member whom it is about.")
    voucher: Voucher | None = relation(
        load_vouchers, key_of, "Its words, where it has any.", protects=Resource.VOUCHER, about="member_id"
    )
    lines: list[EntryLine] = relation(
        load_lines, lambda row: (row["tenant_id"], row["number"]), "Its lines, of those that you may see."
    )
    reverses: LazyEntry | None = relation(
        load_entries, _named("reverses_id"), "The entry that it takes back, for a reversal."
    )
    reversed_by: LazyEntry | None = relation(
        load_reversals, key_of, "The entry that took it back; null while it stands."
    )
