"""Loans in the schema."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

import graph.lending.enums  # noqa: F401 - makes the enums below the schema's
from domain.ledger.accounts import Fund
from domain.lending.records import LoanPurpose
from domain.lending.steps import LoanStatus, StepKind
from domain.policy import Resource
from graph.connections import Connection
from graph.engine import RowType, computed
from graph.ledger.entries import JournalEntry
from graph.ledger.holds import Hold
from graph.lending.accounts import (
    LoanAccount,
    LoanPayment,
    LoanScheduleVersion,
    loan_account,
    loan_outstanding,
    loan_payments,
    loan_schedules,
)
from graph.lending.charges import LoanCharge, loan_charges
from graph.lending.products import LoanProduct, LoanProductVersion
from graph.lending.securities import LoanCollateral, LoanGuarantee, collateral, guarantees
from graph.lending.terms import RepaymentTerms
from graph.nodes import Node
from graph.permissions import key_of
from graph.relations import relation
from graph.rows import Money, money, money_of
from persistence.reads.entries import load_entries
from persistence.reads.groups import load_groups
from persistence.reads.holds import load_holds
from persistence.reads.loan_products import load_loan_products, load_product_versions
from persistence.reads.loans import load_loan_steps, load_loan_terms, load_loan_words
from persistence.reads.meetings import load_meetings
from persistence.reads.members import load_members
from persistence.reads.securities import LOAN_COLLATERAL, LOAN_GUARANTEES

__all__ = ["Loan", "LoanStep"]

if TYPE_CHECKING:
    from graph.groups import Group
    from graph.meetings import Meeting
    from graph.members import Member

LazyGroup = Annotated["Group", strawberry.lazy("graph.groups")]
LazyMeeting = Annotated["Meeting", strawberry.lazy("graph.meetings")]
LazyMember = Annotated["Member", strawberry.lazy("graph.members")]

STEPS_SIZE = 5
GUARANTORS_SIZE = 2
"""What lists are taken for when the cost of an operation is counted."""


def _key_in(column: str) -> Any:
    """The key of another record of the tenant; None where there is none."""
    return lambda row: None if row[column] is None else (row["tenant_id"], row[column])


def _sum(column: str, description: str) -> Any:
    return computed(
        lambda row: None if row[column] is None else money_of(row[column], row["currency"]), description=description
    )


@strawberry.type(description="A step in the life of a loan: what was done, when and by whom.")
class LoanStep(RowType):
    """A step."""

    number: int = strawberry.field(description="Counted from 1, which is the application.")
    kind: StepKind = strawberry.field(description="What was done.")
    was: LoanStatus | None = strawberry.field(description="Where the loan was before; null for the application.")
    became: LoanStatus = strawberry.field(description="Where it was afterwards.")
    on: date = computed(lambda row: row["counts_on"], description="The group's date that it counts for.")
    amount: Money | None = _sum("amount", "The sum that goes with it: asked for, recommended, granted, paid out.")
    votes_for: int | None = strawberry.field(description="How many of the meeting were for it, where it voted.")
    votes_against: int | None = strawberry.field(description="How many were against it.")
    words: str | None = relation(
        load_loan_words,
        lambda row: ((row["tenant_id"], row["loan_id"]), row["number"]),
        "What for, or why, in words.",
        protects=Resource.LOAN_WORDS,
        about="member_id",
        shape=lambda row: None if row is None else row["words"],
    )
    recorded_at: datetime = strawberry.field(description="When it was recorded here.")
    recorded_by: strawberry.ID = strawberry.field(description="The user who took it.")
    meeting: LazyMeeting | None = relation(
        load_meetings, _key_in("meeting_id"), "The meeting in which it was taken.", protects=Resource.MEETING
    )
    entry: JournalEntry | None = relation(
        load_entries, _key_in("entry_id"), "The entry that moved the money.", protects=Resource.ENTRY, about="member_id"
    )


async def _load_guarantors(snapshot: Any, keys: Any) -> list[list[Any]]:
    """The members of each list of keys."""
    asked = list(dict.fromkeys(each for key in keys for each in key))
    found = dict(zip(asked, await load_members(snapshot, asked), strict=True)) if asked else {}
    return [[row for each in key if (row := found[each]) is not None] for key in keys]


@strawberry.type(description="A loan of a member (credit), from the application to the last coin or the write-off.")
class Loan(RowType, Node):
    """A loan."""

    number: int = strawberry.field(description="Its number in the group.")
    status: LoanStatus = strawberry.field(description="Where it is.")
    purpose: LoanPurpose = strawberry.field(description="What it is for.")
    description: str | None = relation(
        load_loan_words,
        lambda row: (key_of(row), 1),
        "What it is for, in words.",
        protects=Resource.LOAN_WORDS,
        about="member_id",
        shape=lambda row: None if row is None else row["words"],
    )
    fund: Fund = strawberry.field(description="From whose money it is lent.")
    applied: Money = money("applied", "The sum asked for.")
    recommended: Money | None = _sum("recommended", "The sum that the appraisal recommends.")
    approved: Money | None = _sum("approved", "The sum granted.")
    disbursed: Money | None = _sum("disbursed", "The sum paid out (principal, amount issued).")
    applied_on: date = strawberry.field(description="The group's date of the application.")
    applied_by: strawberry.ID = strawberry.field(description="The user who recorded the application.")
    expires_on: date | None = computed(
        lambda row: row["approved_until"], description="The last day on which an approval may be paid out."
    )
    disbursed_on: date | None = strawberry.field(description="The group's date on which it was paid out.")
    closed_on: date | None = strawberry.field(description="The group's date on which it was settled.")
    officer_id: strawberry.ID | None = strawberry.field(description="The user who looks after it (loan officer).")
    constitution_version: int = strawberry.field(description="The constitution's version when it was applied for.")
    version: int = strawberry.field(description="Grows with every change; give it back as `expectedVersion`.")
    terms: RepaymentTerms = relation(
        load_loan_terms, lambda row: (row["tenant_id"], row["terms_id"]), "How it is repaid; it keeps these terms."
    )
    product: LoanProduct = relation(
        load_loan_products, lambda row: (row["tenant_id"], row["product_id"]), "The product that it is of."
    )
    product_version: LoanProductVersion = relation(
        load_product_versions,
        lambda row: (row["tenant_id"], row["product_id"], row["product_version"]),
        "The version of the product that it was applied for.",
    )
    member: LazyMember = relation(
        load_members, lambda row: (row["tenant_id"], row["member_id"]), "The borrower (client)."
    )
    guarantors: list[LazyMember] = relation(
        _load_guarantors,
        lambda row: tuple((row["tenant_id"], each) for each in row["guarantors"]),
        "The members who are named to stand surety for it; what each pledged and accepted is in `guarantees`.",
        size=GUARANTORS_SIZE,
    )
    guarantees: Connection[LoanGuarantee] = guarantees(
        LOAN_GUARANTEES,
        key_of,
        "Who pledged to stand surety for it (guarantors, co-signers), of what you may see, the newest first.",
    )
    collateral: Connection[LoanCollateral] = collateral(
        LOAN_COLLATERAL, key_of, "What else stands in for it (security), of what you may see, the newest first."
    )
    meeting: LazyMeeting | None = relation(
        load_meetings, _key_in("meeting_id"), "The meeting in which it was applied for.", protects=Resource.MEETING
    )
    steps: list[LoanStep] | None = relation(
        load_loan_steps,
        key_of,
        "What was done with it, in order.",
        protects=Resource.LOAN_STEP,
        about="member_id",
        size=STEPS_SIZE,
    )
    hold: Hold | None = relation(
        load_holds, _key_in("hold_id"), "The money that its approval set aside.", protects=Resource.HOLD
    )
    disbursement: JournalEntry | None = relation(
        load_entries,
        _key_in("disbursement_id"),
        "The entry that paid it out.",
        protects=Resource.ENTRY,
        about="member_id",
    )
    schedules: list[LoanScheduleVersion] | None = loan_schedules()
    account: LoanAccount | None = loan_account()
    outstanding: Money | None = loan_outstanding()
    payments: list[LoanPayment] | None = loan_payments()
    charges: list[LoanCharge] | None = loan_charges()
    group: LazyGroup = relation(load_groups, lambda row: row["tenant_id"], "The group.")
