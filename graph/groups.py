"""Groups in the schema."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import strawberry

from domain.groups import AmendConstitution, CreateGroup, GroupKind, GroupStatus, amend_constitution, create_group
from domain.meetings import MeetingKind, MeetingStatus
from domain.members import MemberStatus
from domain.policy import Resource, Visibility
from graph.connections import PAGE_DEFAULT, After, Asked, Connection, First, connection_field
from graph.constitutions import Constitution, ConstitutionAmendInput, RulesInput
from graph.contribution_lists import LazyContribution, contributions
from graph.cycles import Cycle, group_cycles
from graph.dues import ContributionWaiver, waivers
from graph.engine import RowType, computed
from graph.enums import MeetingOrder
from graph.group_statuses import GroupStatusStep, group_status_steps
from graph.invitations import Invitation, group_invitations
from graph.joining import JoinRequest, group_join_requests, join_code
from graph.ledger.accounts import Account, FundBalance, funds_of
from graph.ledger.books import Book
from graph.ledger.drafts import EntryDraft, group_drafts
from graph.ledger.entries import JournalEntry
from graph.ledger.holds import Hold, group_holds
from graph.ledger.moments import as_of
from graph.ledger.statements import group_entries
from graph.lending.arrears import GroupLoanPortfolio, LateLoan, late_loans, loan_portfolio
from graph.lending.lists import LazyLoan, loans
from graph.lending.products import LoanProduct, group_loan_products
from graph.lending.securities import LoanCollateral, LoanGuarantee, collateral, guarantees
from graph.machines import MachineCredential, machine_credentials
from graph.mutations import command_mutation
from graph.nodes import Node
from graph.overrides import PermissionOverride, overrides
from graph.permissions import reading
from graph.relations import relation
from graph.scalars import CountryCode, CurrencyCode
from graph.searching import SEARCH_DESCRIPTION, searched
from graph.totals import ArrearsTotal, AttendanceSums, MeetingRoll, arrears, attendance_sums, rolls
from graph.trail import AuditRecord, PersonalDataRead, audit_log, personal_reads
from persistence.reads.accounts import load_accounts, load_fund_balances
from persistence.reads.constitutions import CONSTITUTIONS
from persistence.reads.cycles import load_current_cycles
from persistence.reads.dues import GROUP_WAIVERS
from persistence.reads.groups import load_change_numbers, load_groups, load_member_counts
from persistence.reads.ledger import load_books
from persistence.reads.loans import GROUP_LOANS
from persistence.reads.meetings import MEETINGS, load_open_meetings
from persistence.reads.members import MEMBERS
from persistence.reads.overrides import GROUP_OVERRIDES
from persistence.reads.savings import GROUP_CONTRIBUTIONS
from persistence.reads.securities import GROUP_COLLATERAL, GROUP_GUARANTEES
from persistence.reads.summaries import load_meeting_counts

__all__ = ["Group", "constitution_amend", "group_create"]

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
    search: Annotated[str | None, strawberry.argument(description=SEARCH_DESCRIPTION)] = None,
) -> Asked:
    return Asked(first, after, "NUMBER", status=status, search=searched(search))


def _meetings(
    first: First = PAGE_DEFAULT,
    after: After = None,
    status: Annotated[MeetingStatus | None, strawberry.argument(description="Only those with this status.")] = None,
    kind: Annotated[MeetingKind | None, strawberry.argument(description="Only those of this kind.")] = None,
    from_date: Annotated[
        date | None, strawberry.argument(name="from", description="Only those held on this date or later.")
    ] = None,
    to_date: Annotated[
        date | None, strawberry.argument(name="to", description="Only those held on this date or before.")
    ] = None,
    order_by: Annotated[MeetingOrder, strawberry.argument(description="The order.")] = MeetingOrder.NEWEST,
) -> Asked:
    return Asked(first, after, order_by.value, status=status, meeting_kind=kind, from_date=from_date, to_date=to_date)


def _constitutions(first: First = PAGE_DEFAULT, after: After = None) -> Asked:
    return Asked(first, after, "NEWEST")


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
    constitutions: Connection[Constitution] = connection_field(
        CONSTITUTIONS,
        _pair,
        _constitutions,
        **reading(Resource.CONSTITUTION, "Every version of the rules, the newest first, those adopted ahead included."),
    )
    cycles: Connection[Cycle] = group_cycles(_pair)
    current_cycle: Cycle | None = relation(load_current_cycles, _tenant, "The cycle that runs, if one does.")
    join_code: str | None = join_code(_tenant)
    join_requests: Connection[JoinRequest] = group_join_requests(_pair)
    invitations: Connection[Invitation] = group_invitations(_pair)
    status_steps: Connection[GroupStatusStep] = group_status_steps(_pair)
    member_count: int | None = relation(
        load_member_counts, _tenant, "How many members take part.", protects=Resource.MEMBER
    )
    meeting_count: int | None = relation(
        load_meeting_counts, _tenant, "How many meetings are closed.", protects=Resource.MEETING
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
        MEETINGS,
        _pair,
        _meetings,
        **reading(Resource.MEETING, "The meetings, the newest first unless asked otherwise."),
    )
    entries: Connection[JournalEntry] = group_entries(_pair)
    drafts: Connection[EntryDraft] = group_drafts()
    holds: Connection[Hold] = group_holds()
    permission_overrides: Connection[PermissionOverride] = overrides(
        GROUP_OVERRIDES,
        _pair,
        "What members may do beside their roles, or may not, and what was asked of that kind, the last first.",
    )
    contribution_waivers: Connection[ContributionWaiver] = waivers(
        GROUP_WAIVERS, _pair, "What members were let off of what is expected, or are to be."
    )
    loan_portfolio: GroupLoanPortfolio | None = loan_portfolio(_tenant)
    late_loans: Connection[LateLoan] = late_loans(_pair)
    loan_guarantees: Connection[LoanGuarantee] = guarantees(
        GROUP_GUARANTEES, _pair, "Who stands surety for whose loans, of what you may see, the newest first."
    )
    loan_collateral: Connection[LoanCollateral] = collateral(
        GROUP_COLLATERAL, _pair, "What else stands in for loans, of what you may see, the newest first."
    )
    contributions: Connection[LazyContribution] = contributions(
        GROUP_CONTRIBUTIONS, _pair, "What was paid in, of what you may see."
    )
    arrears: list[ArrearsTotal] | None = arrears(_tenant)
    attendance_totals: AttendanceSums | None = attendance_sums(_tenant)
    rolls: Connection[MeetingRoll] = rolls(_pair)
    loan_products: Connection[LoanProduct] = group_loan_products(_pair)
    loans: Connection[LazyLoan] = loans(GROUP_LOANS, _pair, "The loans of its members, of what you may see.")
    machine_credentials: Connection[MachineCredential] = machine_credentials(_pair)
    audit_log: Connection[AuditRecord] = audit_log()
    personal_data_reads: Connection[PersonalDataRead] = personal_reads()


@strawberry.input(description="What a new group is to be, with the first of its rules.")
class GroupCreateInput(RulesInput):
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

constitution_amend = command_mutation(
    amend_constitution,
    given=ConstitutionAmendInput,
    command=AmendConstitution,
    record="group",
    record_type=Group,
    load=load_groups,
    key=lambda command, _: command.group_id,
    description="Adopt a new version of the constitution, made of the newest one. Older versions stay to be read.",
    shows_current=True,
)
