"""From business event to debit and credit: the one place where that is written.

| event | debit | credit |
|---|---|---|
| share purchase | cash of the loan fund, where it was paid | members' shares, the member |
| social fund contribution | cash of the social fund, where it was paid | social fund, the member |
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Protocol
from uuid import UUID

from domain.errors import DomainError, ErrorCode
from domain.ledger.accounts import MEMBER_SHARES, SOCIAL_FUND, Fund, Place, account_id, cash_code
from domain.money import Money, positive
from domain.policy import EntryKind

__all__ = [
    "BelowMinimum",
    "CashAccount",
    "Ledger",
    "Line",
    "PeriodClosed",
    "Posting",
    "Unbalanced",
    "share_purchase",
    "social_fund_contribution",
]

LINES_MIN = 2


class Unbalanced(ValueError):
    """A posting whose lines do not sum to zero: a mistake in the program, never a user's."""


@dataclass(eq=False)
class PeriodClosed(DomainError):
    """The date lies in a period that was closed."""

    code = ErrorCode.NOT_ALLOWED

    closed_through: str

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return f"The book is closed through {self.closed_through}: give a later date."


@dataclass(eq=False)
class BelowMinimum(DomainError):
    """An account would hold less than it must."""

    code = ErrorCode.NOT_ALLOWED

    missing: Decimal

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return f"There is not enough money where it should come from: {self.missing} is missing."


@dataclass(frozen=True, slots=True)
class Line:
    """One side of an entry.

    Attributes:
        account_id: The account that it moves.
        amount: Above zero for a debit, below for a credit.
        member_id: The member whom it concerns.
    """

    account_id: UUID
    amount: Money
    member_id: UUID | None = None

    def __post_init__(self) -> None:
        if self.amount.amount == 0:
            raise Unbalanced("a line moves something")


@dataclass(frozen=True, slots=True)
class Posting:
    """An entry about to be posted. Its lines sum to zero, or it cannot be made.

    Attributes:
        id: The entry's id.
        kind: The business event.
        effective_on: The group's date that it counts for.
        lines: Debits and credits.
        meeting_id: The meeting it belongs to.
        member_id: The member it is about, where it is about one.
    """

    id: UUID
    kind: EntryKind
    effective_on: date
    lines: tuple[Line, ...]
    meeting_id: UUID | None = None
    member_id: UUID | None = None

    def __post_init__(self) -> None:
        if len(self.lines) < LINES_MIN:
            raise Unbalanced("an entry has at least two lines")
        totals: dict[str, Decimal] = {}
        for line in self.lines:
            code = line.amount.currency.code
            totals[code] = totals.get(code, Decimal(0)) + line.amount.amount
        if any(totals.values()):
            raise Unbalanced(f"the lines of an entry sum to zero, not {totals}")


def share_purchase(
    *, entry_id: UUID, group_id: UUID, member_id: UUID, meeting_id: UUID, on: date, amount: Money, place: Place
) -> Posting:
    """A member buys shares for `amount`, paid at `place`."""
    return _paid_in(
        EntryKind.SHARE_PURCHASE,
        Fund.LOAN_FUND,
        MEMBER_SHARES,
        entry_id,
        group_id,
        member_id,
        meeting_id,
        on,
        amount,
        place,
    )


def social_fund_contribution(
    *, entry_id: UUID, group_id: UUID, member_id: UUID, meeting_id: UUID, on: date, amount: Money, place: Place
) -> Posting:
    """A member pays `amount` into the social fund at `place`."""
    return _paid_in(
        EntryKind.SOCIAL_FUND_CONTRIBUTION,
        Fund.SOCIAL_FUND,
        SOCIAL_FUND,
        entry_id,
        group_id,
        member_id,
        meeting_id,
        on,
        amount,
        place,
    )


def _paid_in(
    kind: EntryKind,
    fund: Fund,
    credited: str,
    entry_id: UUID,
    group_id: UUID,
    member_id: UUID,
    meeting_id: UUID,
    on: date,
    amount: Money,
    place: Place,
) -> Posting:
    paid = positive(amount)
    return Posting(
        id=entry_id,
        kind=kind,
        effective_on=on,
        meeting_id=meeting_id,
        member_id=member_id,
        lines=(
            Line(account_id(group_id, cash_code(fund, place)), paid),
            Line(account_id(group_id, credited), -paid, member_id),
        ),
    )


@dataclass(frozen=True, slots=True)
class CashAccount:
    """What the book says lies in one place of one fund.

    Attributes:
        account_id: The cash account.
        balance: What should be there now.
        moved_in_meeting: How much of it came (or, below zero, went) in the meeting that was asked about.
    """

    account_id: UUID
    balance: Money
    moved_in_meeting: Money


class Ledger(Protocol):
    """The book of the command's group."""

    async def cash(self, group_id: UUID, meeting_id: UUID) -> Mapping[tuple[Fund, Place], CashAccount]:
        """What should lie where, and what the meeting moved."""
