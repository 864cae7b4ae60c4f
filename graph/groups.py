"""Groups in the schema."""

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import strawberry

from domain.groups import CreateGroup, Frequency, GroupKind, GroupStatus, create_group
from domain.meetings import MeetingStatus
from domain.members import MemberStatus
from domain.policy import Resource, Visibility
from graph.connections import PAGE_DEFAULT, After, Asked, Connection, First, connection_field
from graph.contribution_lists import LazyContribution, contributions
from graph.engine import RowType, computed
from graph.ledger.accounts import Account, FundBalance, funds_of
from graph.ledger.books import Book
from graph.ledger.drafts import EntryDraft, group_drafts
from graph.ledger.entries import JournalEntry
from graph.ledger.holds import Hold, group_holds
from graph.ledger.moments import as_of
from graph.ledger.statements import group_entries
from graph.machines import MachineCredential, machine_credentials
from graph.mutations import command_mutation
from graph.nodes import Node
from graph.permissions import reading
from graph.relations import relation
from graph.rows import Money, money
from graph.scalars import CountryCode, CurrencyCode
from persistence.reads.accounts import load_accounts, load_fund_balances
from persistence.reads.groups import load_change_numbers, load_groups, load_member_counts
from persistence.reads.ledger import load_books
from persistence.reads.meetings import MEETINGS, load_open_meetings
from persistence.reads.members import MEMBERS
from persistence.reads.savings import GROUP_CONTRIBUTIONS

__all__ = ["Constitution", "Group", "group_create"]

FUNDS_SIZE = 3
ACCOUNTS_SIZE = 30
"""What lists are taken for when the cost of an operation is counted."""


if TYPE_CHECKING:
    from graph.meetings import Meeting
    from graph.members import Member

LazyMember = Annotated["Member", strawberry.lazy("graph.members")]
LazyMeeting = Annotated["Meeting", strawberry.lazy("graph.meetings")]


def _pair(row: Any) -> tuple[UUID, UUID]:
    return row["tenant_id"], row["tenant_id"]


def _tenant(row: Any) -> UUID:
    tenant: UUID = row["tenant_id"]
    return tenant


def _members(
    first: First = PAGE_DEFAULT,
    after: After = None,
    status: Annotated[MemberStatus | None, strawberry.argument(description="Only those with this status.")] = None,
) -> Asked:
    return Asked(first, after, "NUMBER", status=status)


def _meetings(
    first: First = PAGE_DEFAULT,
    after: After = None,
    status: Annotated[MeetingStatus | None, strawberry.argument(description="Only those with this status.")] = None,
) -> Asked:
    return Asked(first, after, "NEWEST", status=status)


@strawberry.type(description="The rules that a group gave itself, in the version now in force.")
class Constitution:
    """A constitution."""

    version: int = computed(lambda row: row["constitution_version"], description="Which version, from 1.")
    share_price: Money = money("share_price", "What one share costs, all through a cycle.")
    shares_min: int = strawberry.field(description="The fewest shares that a member who buys any buys in a meeting.")
    shares_max: int = strawberry.field(description="The most shares that a member may buy in a meeting.")
    social_fund_amount: Money = money(
        "social_fund_amount", "What each member is expected to pay into the social fund in a meeting."
    )
    meeting_frequency: Frequency = strawberry.field(description="How often the group meets.")
    adopted_on: date = strawberry.field(description="The group's date from which it holds.")


@strawberry.type(description="A savings group (chama, club, merry-go-round), with its members, meetings and book.")
class Group(RowType, Node):
    """A group."""

    name: str = strawberry.field(description="What the group calls itself.")
    kind: GroupKind = strawberry.field(description="How it saves and lends.")
    status: GroupStatus = strawberry.field(description="Where it is in its life.")
    currency: CurrencyCode = strawberry.field(description="The currency of its book.")
    country: CountryCode = strawberry.field(description="The country it is in.")
    time_zone: str = strawberry.field(description="Its time zone, by its name in the IANA database; dates go by it.")
    county: str | None = strawberry.field(description="County, region or province.")
    district: str | None = strawberry.field(description="District or sub-county.")
    village: str | None = strawberry.field(description="Village or neighbourhood.")
    visibility: Visibility = strawberry.field(description="What members see of each other's balances.")
    version: int = strawberry.field(description="Grows with every change of the record.")
    created_at: datetime = strawberry.field(description="When it was made here.")
    change_number: int = relation(
        load_change_numbers,
        _tenant,
        "How often it was changed: whoever read it follows it with `groupActivity` from here, and misses nothing.",
    )
    constitution: Constitution = computed(lambda row: row, description="The rules now in force.")
    member_count: int | None = relation(
        load_member_counts, _tenant, "How many members take part.", protects=Resource.MEMBER
    )
    fund_balances: list[FundBalance] | None = relation(
        load_fund_balances,
        _tenant,
        "The money of each fund.",
        protects=Resource.ACCOUNT_BALANCE,
        shape=funds_of,
        arguments=as_of,
        size=FUNDS_SIZE,
    )
    accounts: list[Account] = relation(
        load_accounts, _tenant, "The chart of accounts, in the order of the codes.", size=ACCOUNTS_SIZE
    )
    book: Book | None = relation(load_books, _tenant, "The head of the book.")
    open_meeting: LazyMeeting | None = relation(
        load_open_meetings, _tenant, "The meeting that is open, if one is.", protects=Resource.MEETING
    )

    members: Connection[LazyMember] = connection_field(
        MEMBERS, _pair, _members, **reading(Resource.MEMBER, "The members, in the order of their numbers.")
    )
    meetings: Connection[LazyMeeting] = connection_field(
        MEETINGS, _pair, _meetings, **reading(Resource.MEETING, "The meetings, the newest first.")
    )
    entries: Connection[JournalEntry] = group_entries(_pair)
    drafts: Connection[EntryDraft] = group_drafts()
    holds: Connection[Hold] = group_holds()
    contributions: Connection[LazyContribution] = contributions(
        GROUP_CONTRIBUTIONS, _pair, "What was paid in, of what you may see."
    )
    machine_credentials: Connection[MachineCredential] = machine_credentials(_pair)


@strawberry.input(description="What a new group is to be.")
class GroupCreateInput:
    """The input of `groupCreate`."""

    idempotency_key: UUID = strawberry.field(
        description="Made by the client, new for each wish; repeats carry the same."
    )
    id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET,
        description="The group's id, if the client makes it; otherwise the idempotency key is.",
    )
    name: str = strawberry.field(description="What the group calls itself, up to 120 characters.")
    kind: GroupKind = strawberry.field(description="How it saves and lends.")
    currency: CurrencyCode = strawberry.field(description="The currency of its book; it never changes.")
    country: CountryCode = strawberry.field(description="The country it is in.")
    time_zone: str = strawberry.field(description="Its time zone, such as Africa/Nairobi.")
    county: str | None = strawberry.field(default=strawberry.UNSET, description="County, region or province.")
    district: str | None = strawberry.field(default=strawberry.UNSET, description="District or sub-county.")
    village: str | None = strawberry.field(default=strawberry.UNSET, description="Village or neighbourhood.")
    visibility: Visibility | None = strawberry.field(
        default=strawberry.UNSET, description="What members see of each other's balances; TOTALS_ONLY if left out."
    )
    share_price: Decimal = strawberry.field(description="What one share costs.")
    shares_min: int | None = strawberry.field(
        default=strawberry.UNSET,
        description="The fewest shares that a member who buys any buys in a meeting; 1 if left out.",
    )
    shares_max: int | None = strawberry.field(
        default=strawberry.UNSET, description="The most shares that a member may buy in a meeting; 5 if left out."
    )
    social_fund_amount: Decimal | None = strawberry.field(
        default=strawberry.UNSET, description="What each member is expected to pay into the social fund; 0 if left out."
    )
    meeting_frequency: Frequency | None = strawberry.field(
        default=strawberry.UNSET, description="How often the group meets; WEEKLY if left out."
    )


group_create = command_mutation(
    create_group,
    given=GroupCreateInput,
    command=CreateGroup,
    record="group",
    record_type=Group,
    load=load_groups,
    key=lambda _, outcome: outcome.id,
    description="Begin a group, with its book and chart of accounts; you become its secretary (record-keeper).",
)
