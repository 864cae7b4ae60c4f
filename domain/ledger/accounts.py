"""The chart of accounts that a group begins with.

Assets stand for where the group's money is, by fund and place; equity for whom it belongs to. A member is a dimension
of a line, not an account, so the chart does not grow with the group.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from uuid import UUID, uuid5

__all__ = ["AccountType", "Fund", "NewAccount", "Place", "account_id", "cash_code", "chart_for"]


class AccountType(StrEnum):
    """The five types of account. Assets and expenses grow by debits, the others by credits."""

    ASSET = "ASSET"
    LIABILITY = "LIABILITY"
    EQUITY = "EQUITY"
    INCOME = "INCOME"
    EXPENSE = "EXPENSE"


class Fund(StrEnum):
    """A purse that is kept and counted apart."""

    LOAN_FUND = "LOAN_FUND"
    SOCIAL_FUND = "SOCIAL_FUND"


class Place(StrEnum):
    """Where money lies."""

    BOX = "BOX"
    BANK = "BANK"
    MOBILE_MONEY = "MOBILE_MONEY"


@dataclass(frozen=True, slots=True)
class NewAccount:
    """An account to be opened with a book.

    Attributes:
        id: Made from the group and the code, so that it is the same wherever it is worked out.
        code: The number by which book-keepers know it.
        parent_code: The heading that it stands below; headings take no entries.
        needs_member: Whether each of its lines must name a member.
        fund: The fund whose money it is, for cash accounts and for the equity of a fund.
        place: Where the money lies, for cash accounts.
        minimum: The balance below which it may not fall; None for no limit.
    """

    id: UUID
    code: str
    name: str
    type: AccountType
    parent_code: str | None = None
    is_postable: bool = True
    needs_member: bool = False
    fund: Fund | None = None
    place: Place | None = None
    minimum: Decimal | None = None


MEMBER_SHARES = "3100"
SOCIAL_FUND = "3200"

_CASH = {
    (Fund.LOAN_FUND, Place.BOX): "1110",
    (Fund.LOAN_FUND, Place.BANK): "1120",
    (Fund.LOAN_FUND, Place.MOBILE_MONEY): "1130",
    (Fund.SOCIAL_FUND, Place.BOX): "1210",
    (Fund.SOCIAL_FUND, Place.BANK): "1220",
    (Fund.SOCIAL_FUND, Place.MOBILE_MONEY): "1230",
}
_FUND_NAMES = {Fund.LOAN_FUND: "Loan fund", Fund.SOCIAL_FUND: "Social fund"}
_PLACE_NAMES = {Place.BOX: "cash box", Place.BANK: "bank", Place.MOBILE_MONEY: "mobile money"}


def account_id(group_id: UUID, code: str) -> UUID:
    """The id of the account with this code in the group's book."""
    return uuid5(group_id, f"account {code}")


def cash_code(fund: Fund, place: Place) -> str:
    """The code of the account for a fund's money in a place."""
    return _CASH[fund, place]


def chart_for(group_id: UUID) -> tuple[NewAccount, ...]:
    """The accounts that every savings group begins with, headings before what stands below them."""

    def account(code: str, name: str, kind: AccountType, **other: object) -> NewAccount:
        return NewAccount(account_id(group_id, code), code, name, kind, **other)  # type: ignore[arg-type]

    def heading(code: str, name: str, kind: AccountType, parent: str | None = None) -> NewAccount:
        return account(code, name, kind, parent_code=parent, is_postable=False)

    cash = (
        account(
            code,
            f"{_FUND_NAMES[fund]}, {_PLACE_NAMES[place]}",
            AccountType.ASSET,
            parent_code="1100" if fund is Fund.LOAN_FUND else "1200",
            fund=fund,
            place=place,
            minimum=Decimal(0),
        )
        for (fund, place), code in _CASH.items()
    )
    return (
        heading("1000", "Assets", AccountType.ASSET),
        heading("1100", "Loan fund", AccountType.ASSET, "1000"),
        heading("1200", "Social fund", AccountType.ASSET, "1000"),
        *cash,
        heading("2000", "Liabilities", AccountType.LIABILITY),
        heading("3000", "Equity", AccountType.EQUITY),
        account(MEMBER_SHARES, "Members' shares", AccountType.EQUITY, parent_code="3000", needs_member=True),
        account(SOCIAL_FUND, "Social fund", AccountType.EQUITY, parent_code="3000", fund=Fund.SOCIAL_FUND),
        account("3900", "Retained surplus", AccountType.EQUITY, parent_code="3000"),
        heading("4000", "Income", AccountType.INCOME),
        heading("5000", "Expenses", AccountType.EXPENSE),
    )
