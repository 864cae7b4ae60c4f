"""Arrears and the portfolio at risk in the schema."""

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from domain.lending.portfolio import Ageing, Portfolio
from domain.policy import Resource
from graph.connections import PAGE_DEFAULT, After, Asked, First, connection_field
from graph.engine import RowType, computed
from graph.enums import described
from graph.lending.lists import LazyLoan, given_id
from graph.limits import free
from graph.permissions import reading
from graph.relations import relation
from graph.rows import Money, money, money_of
from persistence.reads.arrears import LATE_LOANS, TODAY, GroupPortfolio, load_portfolios
from persistence.reads.loans import load_loans
from persistence.reads.members import load_members

if TYPE_CHECKING:
    from graph.members import Member

__all__ = ["GroupLoanPortfolio", "LateLoan", "late_loans", "loan_portfolio"]

LazyMember = Annotated["Member", strawberry.lazy("graph.members")]
PORTFOLIO_SIZE = 5
"""What the field is taken for when the cost of an operation is counted."""

described(
    Ageing,
    "For how long loans have been late (ageing buckets).",
    {
        "CURRENT": "Not late.",
        "DAYS_1_TO_30": "For 1 to 30 days.",
        "DAYS_31_TO_60": "For 31 to 60 days.",
        "DAYS_61_TO_90": "For 61 to 90 days.",
        "OVER_90_DAYS": "For more than 90 days.",
    },
)


@strawberry.type(description="The loans that have been late for so long (ageing bucket).", directives=[free])
class LoanAgeing:
    """One class."""

    ageing: Ageing = strawberry.field(description="For how long.")
    loan_count: int = strawberry.field(description="How many loans.")
    outstanding: Money = strawberry.field(description="Their principal that is not paid.")
    overdue_principal: Money = strawberry.field(description="What of it was due.")
    overdue_interest: Money = strawberry.field(description="The interest that was due and is not paid.")


@strawberry.type(description="What is lent, and how much of it is late (loan portfolio, PAR).", directives=[free])
class LoanPortfolio:
    """A portfolio."""

    loan_count: int = strawberry.field(description="How many loans are owed.")
    late_loan_count: int = strawberry.field(description="How many of them are late.")
    outstanding: Money = strawberry.field(description="Principal that is not paid (gross loan portfolio).")
    overdue_principal: Money = strawberry.field(description="Principal that was due and is not paid (arrears).")
    overdue_interest: Money = strawberry.field(description="Interest that was due and is not paid.")
    late_balance: Money = strawberry.field(description="The unpaid principal of all late loans, due or not.")
    at_risk1: Decimal | None = strawberry.field(
        description="The unpaid balance of late loans as a part of all outstanding principal, 0.05 for five per cent: "
        "PAR1, and the portfolio at risk as savings groups count it (SAVIX). Null where nothing is lent."
    )
    at_risk30: Decimal | None = strawberry.field(description="The same of loans late for more than 30 days (PAR30).")
    at_risk60: Decimal | None = strawberry.field(description="The same of loans late for more than 60 days (PAR60).")
    at_risk90: Decimal | None = strawberry.field(description="The same of loans late for more than 90 days (PAR90).")
    ageing: list[LoanAgeing] = strawberry.field(description="By how long they have been late, the five classes.")


@strawberry.type(description="The loans that one loan officer looks after.", directives=[free])
class OfficerLoanPortfolio:
    """One officer's."""

    officer_id: strawberry.ID | None = strawberry.field(
        description="The user who looks after them; null for loans that nobody in particular does."
    )
    portfolio: LoanPortfolio = strawberry.field(description="What is lent by her, and how much of it is late.")


@strawberry.type(
    description="What a group has lent at the end of a day, worked out from schedules and payments.", directives=[free]
)
class GroupLoanPortfolio:
    """A group's."""

    counted_on: date = strawberry.field(description="The day, by the group's calendar.")
    portfolio: LoanPortfolio = strawberry.field(description="All its loans.")
    officers: list[OfficerLoanPortfolio] = strawberry.field(description="The same by loan officer.")


def _shown(portfolio: Portfolio) -> dict[str, Any]:
    code = portfolio.outstanding.currency.code

    def money_shown(amount: Any) -> dict[str, str]:
        return money_of(amount.amount, code)

    sums = ("outstanding", "overdue_principal", "overdue_interest")
    return {
        "loan_count": portfolio.loans,
        "late_loan_count": portfolio.late_loans,
        **{name: money_shown(getattr(portfolio, name)) for name in sums},
        "late_balance": money_shown(portfolio.at_risk(1)),
        **{
            name: portfolio.ratio(days)
            for name, days in (("at_risk1", 1), ("at_risk30", 31), ("at_risk60", 61), ("at_risk90", 91))
        },
        "ageing": [
            {
                "ageing": part.ageing.value,
                "loan_count": part.loans,
                **{name: money_shown(getattr(part, name)) for name in sums},
            }
            for part in portfolio.parts
        ],
    }


def _group_shown(found: GroupPortfolio | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "counted_on": found.counted_on,
        "portfolio": _shown(found.whole),
        "officers": [
            {"officer_id": None if each is None else str(each), "portfolio": _shown(portfolio)}
            for each, portfolio in found.of_officers
        ],
    }


_AS_OF = "At the end of this date; the group's today if left out."


def _as_of(as_of: Annotated[date | None, strawberry.argument(description=_AS_OF)] = None) -> date:
    return as_of or TODAY


def loan_portfolio(parent: Any) -> Any:
    """The field of a group."""
    return relation(
        load_portfolios,
        parent,
        "What the group has lent, and how much of it is late, at any date (portfolio at risk, ageing).",
        protects=Resource.ACCOUNT_BALANCE,
        shape=_group_shown,
        arguments=_as_of,
        size=PORTFOLIO_SIZE,
    )


@strawberry.type(description="A loan that is late, and what of it (overdue loan, delinquent loan).")
class LateLoan(RowType):
    """One late loan."""

    loan_id: strawberry.ID = strawberry.field(description="The loan's id.")
    loan: LazyLoan | None = relation(
        load_loans, lambda row: (row["tenant_id"], row["loan_id"]), "The loan, where you may see it."
    )
    number: int = strawberry.field(description="The loan's number in the group.")
    counted_on: date = strawberry.field(description="The day at whose end this is counted.")
    oldest_due_on: date = strawberry.field(description="When the oldest instalment was due that is not paid.")
    days: int = strawberry.field(description="For how many days it has been late (days past due).")
    outstanding: Money = money("outstanding", "Its principal that is not paid, due or not.")
    overdue_principal: Money = money("overdue_principal", "The principal that was due and is not paid.")
    overdue_interest: Money = money("overdue_interest", "The interest that was due and is not paid.")
    officer_id: strawberry.ID | None = strawberry.field(description="The user who looks after it.")
    ageing: Ageing = computed(
        lambda row: max((each for each in Ageing if each.first_day <= row["days"]), key=lambda e: e.first_day).value,
        description="For how long it has been late, as a class.",
    )
    member: LazyMember = relation(
        load_members,
        lambda row: (row["tenant_id"], row["member_id"]),
        "Whose loan it is, with name and phone number where you may see them (contact).",
    )


def _asked(
    first: First = PAGE_DEFAULT,
    after: After = None,
    as_of: Annotated[date | None, strawberry.argument(description=_AS_OF)] = None,
    officer_id: Annotated[
        strawberry.ID | None, strawberry.argument(description="Only loans that this user looks after.")
    ] = None,
    days_min: Annotated[
        int | None, strawberry.argument(description="Only loans that are late for this many days or more.")
    ] = None,
) -> Asked:
    return Asked(
        first,
        after,
        "LATEST",
        late_on=as_of or TODAY,
        officer=None if officer_id is None else given_id(officer_id),
        late_days=days_min,
    )


def late_loans(parent: Any) -> Any:
    """The field of a group."""
    return connection_field(
        LATE_LOANS,
        parent,
        _asked,
        **reading(Resource.LOAN, "The loans that are late, of what you may see, those late for longest first."),
    )
