"""Reading what is late of loans, at any date: totals of groups and of their loan officers, and the late loans."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from domain.currencies import currency
from domain.lending.portfolio import Ageing, Portfolio, PortfolioPart, portfolio_of
from domain.money import Money
from persistence.reads.pages import Listing, Order
from persistence.snapshot import Snapshot

__all__ = ["LATE_LOANS", "TODAY", "GroupPortfolio", "load_portfolios"]

TODAY = date.min
"""Stands for each group's own date, which the database knows: PostgreSQL reads it as the day before all others."""

_GROUPS = """
SELECT g.tenant_id, g.currency,
       coalesce(nullif($2::date, '-infinity'), (now() AT TIME ZONE g.time_zone)::date) AS counted_on
FROM app.groups g WHERE g.tenant_id = ANY ($1)
"""

_PORTFOLIO = "SELECT * FROM app.loan_portfolio($1, $2)"

LATE_LOANS = Listing(
    select="""
    a.tenant_id, a.loan_id, a.number, a.member_id, a.officer_id, a.currency, a.counted_on, a.days,
    a.overdue_since AS oldest_due_on,
    a.outstanding::text AS outstanding, a.overdue_principal::text AS overdue_principal,
    a.overdue_interest::text AS overdue_interest
    """,
    source="app.loans l",
    tenant="l.tenant_id",
    parent=None,
    orders={"LATEST": Order((("a.days", "integer"), ("l.id", "uuid")), is_descending=True)},
    filters={
        "late_on": ("", "date"),
        "officer": ("l.officer_id = {}", "uuid"),
        "late_days": ("a.days >= {}", "integer"),
    },
    joins={
        "late_on": "JOIN app.loan_arrears({tenants}, {value}) a"
        " ON a.tenant_id = l.tenant_id AND a.loan_id = l.id AND a.days > 0"
    },
)


@dataclass(frozen=True, slots=True)
class GroupPortfolio:
    """The portfolio of a group.

    Attributes:
        counted_on: The day at whose end it is counted.
        of_officers: That of each loan officer, None standing for loans that nobody in particular looks after.
    """

    counted_on: date
    whole: Portfolio
    of_officers: tuple[tuple[UUID | None, Portfolio], ...]


async def load_portfolios(snapshot: Snapshot, keys: Sequence[UUID], as_of: date) -> list[GroupPortfolio | None]:
    """The portfolio of each group at the end of a date; None of a group that the viewer does not see."""
    rows = {row["tenant_id"]: row for row in await snapshot.fetch(_GROUPS, list({*keys}), as_of)}
    groups = [rows.get(key) for key in keys]
    found: dict[UUID, list[tuple[UUID | None, PortfolioPart]]] = defaultdict(list)
    codes = {row["tenant_id"]: currency(row["currency"]) for row in groups if row is not None}
    for row in await snapshot.fetch(_PORTFOLIO, list({*keys}), as_of):
        code = codes[row["tenant_id"]]
        part = PortfolioPart(
            Ageing.beginning(row["ageing"]),
            row["loans"],
            *(Money(row[name], code) for name in ("outstanding", "overdue_principal", "overdue_interest")),
        )
        found[row["tenant_id"]].append((row["officer_id"], part))
    return [
        None if row is None else _portfolio(row["counted_on"], found[key], Money.zero(codes[key]))
        for key, row in zip(keys, groups, strict=True)
    ]


def _portfolio(counted_on: date, parts: Sequence[tuple[UUID | None, PortfolioPart]], zero: Money) -> GroupPortfolio:
    officers = sorted({officer for officer, _ in parts}, key=lambda each: (each is None, str(each)))
    return GroupPortfolio(
        counted_on,
        portfolio_of((part for _, part in parts), zero),
        tuple((each, portfolio_of((part for officer, part in parts if officer == each), zero)) for each in officers),
    )
