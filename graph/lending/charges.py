"""Charges of loans beside their schedules, in the schema."""

from datetime import date, datetime
from typing import Any

import strawberry

from domain.lending.charging import LoanChargeKind
from domain.lending.settlements import ChargeKind
from domain.policy import Resource
from graph.engine import RowType, computed
from graph.enums import described
from graph.permissions import key_of
from graph.relations import relation
from graph.rows import Money, money
from persistence.reads.loan_settling import load_loan_charges

__all__ = ["LoanCharge", "loan_charges"]

_CHARGES_ASSUMED = 3

described(
    LoanChargeKind,
    "What is charged on a loan beside its schedule.",
    {
        "FEE": "What is charged whoever pays when.",
        "PENALTY": "What is charged for being late (fine, late fee).",
    },
)
described(
    ChargeKind,
    "What a charge of a loan beside its schedule is.",
    {
        "FEE": "What is charged whoever pays when.",
        "PENALTY": "What is charged for being late (fine, late fee).",
        "WAIVER": "That the borrower is let off one, or a part of it.",
    },
)


@strawberry.type(description="A fee or penalty of a loan beside its schedule, or that the borrower is let off one.")
class LoanCharge(RowType):
    """A charge."""

    id: strawberry.ID = strawberry.field(description="The charge's id.")
    kind: ChargeKind = strawberry.field(description="What it is.")
    amount: Money = money("amount", "How much.")
    on: date = computed(lambda row: row["counts_on"], description="The group's date on which it was charged.")
    due_on: date = strawberry.field(description="When it is due.")
    instalment: int | None = strawberry.field(
        description="The number of the instalment that it is charged with; null for the one in whose time it is due."
    )
    waives_id: strawberry.ID | None = strawberry.field(description="Of a waiver: the charge; null for a charge.")
    recorded_at: datetime = strawberry.field(description="When it was recorded here.")
    recorded_by: strawberry.ID = strawberry.field(description="The user who recorded it.")


def loan_charges() -> Any:
    """The charges of the loan in the row."""
    return relation(
        load_loan_charges,
        key_of,
        "What was charged beside the schedule, and what of it was waived, as it was recorded.",
        protects=Resource.LOAN_CHARGE,
        about="member_id",
        size=_CHARGES_ASSUMED,
    )
