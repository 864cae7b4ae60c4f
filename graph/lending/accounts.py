"""What became of a loan, in the schema: instalments, payments, what is outstanding and overdue."""

from datetime import date, datetime
from typing import Annotated, Any

import strawberry

import graph.lending.enums  # noqa: F401 - makes the enums below the schema's
from domain.lending.account import InstalmentAccount, Owed
from domain.lending.account import LoanAccount as Account
from domain.lending.history import Split
from domain.lending.settlements import PaymentKind, ScheduleReason
from domain.money import Money as Amount
from domain.policy import Resource
from graph.engine import RowType, computed
from graph.ledger.entries import JournalEntry
from graph.lending.previews import LoanInstalment, instalment_value
from graph.limits import ListSize, free
from graph.permissions import key_of
from graph.relations import relation
from graph.rows import Money, money, money_of
from persistence.reads.entries import load_entries
from persistence.reads.loan_accounts import load_loan_accounts, load_loan_payments, load_loan_schedules, schedule_from

__all__ = [
    "LoanAccount",
    "LoanPayment",
    "LoanScheduleVersion",
    "loan_account",
    "loan_outstanding",
    "loan_payments",
    "loan_schedules",
]

_INSTALMENTS_ASSUMED = 24
_PAYMENTS_ASSUMED = 12
_SCHEDULES_ASSUMED = 1


@strawberry.type(description="One part of an instalment.", directives=[free])
class LoanComponent(RowType):
    """Principal, interest, fees or penalties."""

    due: Money = strawberry.field(description="What was ever owed.")
    paid: Money = strawberry.field(description="What was paid of it.")
    forgone: Money = strawberry.field(description="What is no longer asked: waived, written off, not come to be owed.")
    outstanding: Money = strawberry.field(description="What is still owed.")


@strawberry.type(description="An instalment, and what became of it (repayment schedule row).", directives=[free])
class LoanInstalmentAccount(RowType):
    """An instalment."""

    number: int = strawberry.field(
        description="From 1; 0 for what was brought forward, above the last where the service charge was charged again."
    )
    starts_on: date = strawberry.field(description="When its time began.")
    due_on: date = strawberry.field(description="When it is due.")
    due: Money = strawberry.field(description="All that was ever owed with it.")
    paid: Money = strawberry.field(description="All that was paid of it.")
    outstanding: Money = strawberry.field(description="All that is still owed with it.")
    principal: LoanComponent = strawberry.field(description="What was lent.")
    interest: LoanComponent = strawberry.field(description="The service charge.")
    fees: LoanComponent = strawberry.field(description="Charges beside interest.")
    penalties: LoanComponent = strawberry.field(description="For being late.")


@strawberry.type(description="A sum by what its parts are for.", directives=[free])
class LoanSplit(RowType):
    """A sum in parts."""

    total: Money = strawberry.field(description="All of it.")
    principal: Money = strawberry.field(description="Of what was lent.")
    interest: Money = strawberry.field(description="Of the service charge.")
    fees: Money = strawberry.field(description="Of charges beside interest.")
    penalties: Money = strawberry.field(description="Of what is charged for being late.")


@strawberry.type(description="A loan at the end of a day, computed from its schedule and payments.", directives=[free])
class LoanAccount(RowType):
    """An account."""

    on: date = strawberry.field(description="The day.")
    outstanding: LoanSplit = strawberry.field(description="All that is still owed, due or not (balance).")
    due: LoanSplit = strawberry.field(description="What of this is due by the day.")
    pay_off: LoanSplit = strawberry.field(description="What settles the loan on the day (settlement figure).")
    overdue: LoanSplit = strawberry.field(description="What was due before the day and is not paid (arrears).")
    overdue_since_on: date | None = strawberry.field(
        description="The oldest due date that is not settled; null for none."
    )
    overdue_days: int = strawberry.field(description="For how many days it has been overdue; 0 if it is not.")
    advance: Money = strawberry.field(description="What its payments were too much, held for the member.")
    settled_on: date | None = strawberry.field(description="When it was settled or written off; null while it is owed.")
    instalments: list[LoanInstalmentAccount] = strawberry.field(
        description="In order of time.", directives=[ListSize(assumed_size=_INSTALMENTS_ASSUMED)]
    )


@strawberry.type(description="How money settled a loan (instalment paid), or what came to be owed on it.")
class LoanPayment(RowType):
    """A payment."""

    id: strawberry.ID = strawberry.field(description="The payment's id, which is its entry's.")
    kind: PaymentKind = strawberry.field(description="What it is.")
    on: date = computed(lambda row: row["effective_on"], description="The group's date that it counts for.")
    amount: Money = money("amount", "All of it.")
    principal: Money = money("principal", "What of it went to what was lent.")
    interest: Money = money("interest", "What of it went to the service charge.")
    fees: Money = money("fees", "What of it went to charges beside interest.")
    penalties: Money = money("penalties", "What of it went to what is charged for being late.")
    advance: Money = money("advance", "What of it is held for the member.")
    is_reversed: bool = strawberry.field(description="Whether it was taken back.")
    recorded_at: datetime = strawberry.field(description="When it was recorded here.")
    recorded_by: strawberry.ID = strawberry.field(description="The user who recorded it.")
    entry: JournalEntry | None = relation(
        load_entries, key_of, "Its entry in the book.", protects=Resource.ENTRY, about="member_id"
    )


@strawberry.type(description="What was due when, from a day on, as it was agreed (repayment plan).", directives=[free])
class LoanScheduleVersion(RowType):
    """A schedule."""

    number: int = strawberry.field(description="Counted from 1; the highest holds.")
    reason: ScheduleReason = strawberry.field(description="Why it was made.")
    starts_on: date = strawberry.field(description="From when it holds.")
    principal: Money = strawberry.field(description="What it pays back.")
    interest: Money = strawberry.field(description="Interest of all its instalments.")
    charges: Money = strawberry.field(description="All fees, those when the loan was paid out included.")
    instalments: list[LoanInstalment] = strawberry.field(
        description="In order.", directives=[ListSize(assumed_size=_INSTALMENTS_ASSUMED)]
    )


def _money(amount: Amount) -> dict[str, str]:
    return money_of(amount.amount, amount.currency.code)


def _split(split: Split) -> dict[str, Any]:
    return {name: _money(getattr(split, name)) for name in ("total", "principal", "interest", "fees", "penalties")}


def _component(owed: Owed) -> dict[str, Any]:
    return {name: _money(getattr(owed, name)) for name in ("due", "paid", "forgone", "outstanding")}


def _instalment(each: InstalmentAccount) -> dict[str, Any]:
    return {
        "number": each.number,
        "starts_on": each.starts_on,
        "due_on": each.due_on,
        **{name: _money(getattr(each, name)) for name in ("due", "paid", "outstanding")},
        **{name: _component(getattr(each, name)) for name in ("principal", "interest", "fees", "penalties")},
    }


def _account(account: Account | None) -> dict[str, Any] | None:
    if account is None:
        return None
    arrears = account.arrears
    return {
        "on": account.on,
        **{name: _split(getattr(account, name)) for name in ("outstanding", "due", "pay_off")},
        "overdue": _split(arrears.overdue),
        "overdue_since_on": arrears.overdue_since,
        "overdue_days": arrears.days,
        "advance": _money(account.advance),
        "settled_on": account.settled_on,
        "instalments": [_instalment(each) for each in account.instalments],
    }


def _as_of(
    as_of: Annotated[
        date | None, strawberry.argument(description="At the end of this day; of the group's today if left out.")
    ] = None,
) -> date | None:
    return as_of


def loan_account() -> Any:
    """The account of the loan in the row."""
    return relation(
        load_loan_accounts,
        key_of,
        "What is due, paid and outstanding of the loan; null before it was paid out.",
        protects=Resource.LOAN_INSTALMENT,
        about="member_id",
        shape=_account,
        arguments=_as_of,
    )


def loan_outstanding() -> Any:
    """What is outstanding of the loan in the row."""
    return relation(
        load_loan_accounts,
        key_of,
        "All that is still owed of the loan, due or not (balance); null before it was paid out.",
        protects=Resource.LOAN_INSTALMENT,
        about="member_id",
        shape=lambda account: None if account is None else _money(account.outstanding.total),
        arguments=_as_of,
    )


def loan_payments() -> Any:
    """The payments of the loan in the row."""
    return relation(
        load_loan_payments,
        key_of,
        "What settled the loan, as it was recorded; what was taken back stays in the list.",
        protects=Resource.LOAN_PAYMENT,
        about="member_id",
        size=_PAYMENTS_ASSUMED,
    )


def _schedule(row: dict[str, Any]) -> dict[str, Any]:
    schedule = schedule_from(row).schedule
    return {
        "number": row["schedule"],
        "reason": row["reason"],
        "starts_on": schedule.disbursed_on,
        **{name: _money(getattr(schedule, name)) for name in ("principal", "interest", "charges")},
        "instalments": [instalment_value(each) for each in schedule.instalments],
    }


def loan_schedules() -> Any:
    """The schedules of the loan in the row."""
    return relation(
        load_loan_schedules,
        key_of,
        "What was agreed to be due when (repayment plan, amortisation table), the first schedule first.",
        protects=Resource.LOAN_SCHEDULE,
        about="member_id",
        shape=lambda found: [_schedule(row) for row in found],
        size=_SCHEDULES_ASSUMED,
    )
