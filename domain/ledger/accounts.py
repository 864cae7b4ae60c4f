"""The chart of accounts that a group begins with.

Assets stand for where the group's money is, by fund and place; liabilities and equity for whom it belongs to. A member
is a dimension of a line, not an account, so the chart does not grow with the group.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from uuid import UUID, uuid5

__all__ = ["AccountType", "Fund", "GroupKind", "NewAccount", "Place", "Side", "account_id", "cash_code", "chart_for"]


class GroupKind(StrEnum):
    """How a group saves and lends."""

    VSLA = "VSLA"
    ROSCA = "ROSCA"
    ASCA = "ASCA"
    INVESTMENT_CLUB = "INVESTMENT_CLUB"
    WELFARE = "WELFARE"
    CREDIT = "CREDIT"
    MIXED = "MIXED"


class AccountType(StrEnum):
    """The five types of account. Assets and expenses grow by debits, the others by credits."""

    ASSET = "ASSET"
    LIABILITY = "LIABILITY"
    EQUITY = "EQUITY"
    INCOME = "INCOME"
    EXPENSE = "EXPENSE"

    @property
    def grows_by(self) -> Side:
        """The side on which a balance of this type is shown above zero."""
        return Side.DEBIT if self in (AccountType.ASSET, AccountType.EXPENSE) else Side.CREDIT


class Side(StrEnum):
    """One side of a book. Debits are kept above zero, credits below."""

    DEBIT = "DEBIT"
    CREDIT = "CREDIT"


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
    """An account about to be opened.

    Attributes:
        id: For an account of the chart made from the group and the code, so that it is the same wherever it is made.
        code: The number by which book-keepers know it.
        parent_id: The heading that it stands below.
        is_postable: Whether it takes entries; headings do not.
        needs_member: Whether each of its lines must name a member.
        member_side: The side that no member's balance leaves: debit for what she owes, credit for what is hers.
        counts_shares: Whether its lines count shares.
        fund: The fund whose money it is, for cash accounts and for the equity of a fund.
        place: Where the money lies, for cash accounts.
        minimum: The balance below which it may not fall, debits above zero; None for no limit.
        maximum: The balance above which it may not rise.
        is_required: Whether postings rely on it, so that it can never be closed.
    """

    id: UUID
    code: str
    name: str
    type: AccountType
    parent_id: UUID | None = None
    is_postable: bool = True
    needs_member: bool = False
    member_side: Side | None = None
    counts_shares: bool = False
    fund: Fund | None = None
    place: Place | None = None
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    is_required: bool = False


FINES_OWED = "1310"
LOANS = "1320"
SOCIAL_FUND_LOANS = "1325"
LOAN_INTEREST_OWED = "1330"
LOAN_CHARGES_OWED = "1340"
LOAN_LOSS_PROVISION = "1390"
MEMBER_SAVINGS = "2100"
LOAN_ADVANCES = "2110"
BORROWINGS = "2200"
MEMBER_SHARES = "3100"
SOCIAL_FUND = "3200"
SOCIAL_FUND_GRANTS = "3210"
RETAINED_SURPLUS = "3900"
FINES_INCOME = "4100"
LOAN_INTEREST = "4110"
LOAN_FEES = "4120"
LOAN_PENALTIES = "4130"
LOANS_RECOVERED = "4140"
BANK_INTEREST = "4200"
LEVIES = "4300"
OTHER_INCOME = "4900"
LOANS_WRITTEN_OFF = "5410"
LOAN_LOSS_EXPENSE = "5420"
ADJUSTMENTS = "5800"
CASH_DIFFERENCES = "5900"

CHART_CODE_LENGTH = 4
"""How many digits the codes of the chart have. Groups give their own accounts more, so that the chart can grow."""

_CASH = {
    (Fund.LOAN_FUND, Place.BOX): "1110",
    (Fund.LOAN_FUND, Place.BANK): "1120",
    (Fund.LOAN_FUND, Place.MOBILE_MONEY): "1130",
    (Fund.SOCIAL_FUND, Place.BOX): "1210",
    (Fund.SOCIAL_FUND, Place.BANK): "1220",
    (Fund.SOCIAL_FUND, Place.MOBILE_MONEY): "1230",
}
_PLACE_NAMES = {Place.BOX: "cash box", Place.BANK: "bank", Place.MOBILE_MONEY: "mobile money"}
_MAIN_FUND_NAMES: Mapping[GroupKind, str] = {
    GroupKind.VSLA: "Loan fund",
    GroupKind.ROSCA: "Rotation fund",
    GroupKind.ASCA: "Loan fund",
    GroupKind.INVESTMENT_CLUB: "Investment fund",
    GroupKind.WELFARE: "General fund",
    GroupKind.CREDIT: "Lending fund",
    GroupKind.MIXED: "Loan fund",
}
_INVESTING = (GroupKind.INVESTMENT_CLUB, GroupKind.MIXED)


def account_id(group_id: UUID, code: str) -> UUID:
    """The id of the account of the chart with this code in the group's book."""
    return uuid5(group_id, f"account {code}")


def cash_code(fund: Fund, place: Place) -> str:
    """The code of the account for a fund's money in a place."""
    return _CASH[fund, place]


def chart_for(group_id: UUID, kind: GroupKind) -> tuple[NewAccount, ...]:
    """The accounts that a group of this kind begins with, headings before what stands below them."""
    return tuple(_Chart(group_id, kind).accounts())


class _Chart:
    """The template, filled in for one group."""

    def __init__(self, group_id: UUID, kind: GroupKind) -> None:
        self.group_id = group_id
        self.kind = kind

    def accounts(self) -> Iterator[NewAccount]:
        """The chart from assets to expenses."""
        asset, liability, equity = AccountType.ASSET, AccountType.LIABILITY, AccountType.EQUITY
        funds = {Fund.LOAN_FUND: _MAIN_FUND_NAMES[self.kind], Fund.SOCIAL_FUND: "Social fund"}
        yield self.heading("1000", "Assets", asset)
        yield self.heading("1100", funds[Fund.LOAN_FUND], asset, "1000")
        yield self.heading("1200", funds[Fund.SOCIAL_FUND], asset, "1000")
        for (fund, place), code in _CASH.items():
            parent = "1100" if fund is Fund.LOAN_FUND else "1200"
            name = f"{funds[fund]}, {_PLACE_NAMES[place]}"
            yield self.account(code, name, asset, parent, fund=fund, place=place, minimum=Decimal(0))
        yield self.heading("1300", "Owed by members", asset, "1000")
        yield self.of_members(FINES_OWED, "Fines owed", asset, "1300", Side.DEBIT)
        yield self.of_members(LOANS, "Loans to members", asset, "1300", Side.DEBIT)
        yield self.of_members(SOCIAL_FUND_LOANS, "Loans from the social fund", asset, "1300", Side.DEBIT)
        yield self.of_members(LOAN_INTEREST_OWED, "Interest on loans owed", asset, "1300", Side.DEBIT)
        yield self.of_members(LOAN_CHARGES_OWED, "Fees and penalties on loans owed", asset, "1300", Side.DEBIT)
        yield self.account(LOAN_LOSS_PROVISION, "Provision for loan losses", asset, "1300", maximum=Decimal(0))
        if self.kind in _INVESTING:
            yield self.heading("1500", "Investments", asset, "1000")
            yield self.account("1510", "Investments at cost", asset, "1500")
        yield self.heading("2000", "Liabilities", liability)
        yield self.of_members(MEMBER_SAVINGS, "Members' savings", liability, "2000", Side.CREDIT)
        yield self.of_members(LOAN_ADVANCES, "Loan payments in advance", liability, "2000", Side.CREDIT)
        yield self.account(BORROWINGS, "Borrowed from banks and partners", liability, "2000", maximum=Decimal(0))
        yield self.heading("3000", "Equity", equity)
        yield self.of_members(MEMBER_SHARES, "Members' shares", equity, "3000", Side.CREDIT, counts_shares=True)
        yield self.account(SOCIAL_FUND, "Social fund", equity, "3000", fund=Fund.SOCIAL_FUND)
        yield self.of_members(SOCIAL_FUND_GRANTS, "Grants from the social fund", equity, "3000", Side.DEBIT)
        yield self.account(RETAINED_SURPLUS, "Retained surplus", equity, "3000")
        yield from self._results()

    def _results(self) -> Iterator[NewAccount]:
        income, expense = AccountType.INCOME, AccountType.EXPENSE
        yield self.heading("4000", "Income", income)
        yield self.account(FINES_INCOME, "Fines", income, "4000")
        yield self.account(LOAN_INTEREST, "Interest on loans", income, "4000")
        yield self.account(LOAN_FEES, "Fees on loans", income, "4000")
        yield self.account(LOAN_PENALTIES, "Penalties on loans", income, "4000")
        yield self.account(LOANS_RECOVERED, "Loans recovered", income, "4000")
        yield self.account(BANK_INTEREST, "Interest from banks", income, "4000")
        yield self.account(LEVIES, "Levies and contributions", income, "4000")
        yield self.account(OTHER_INCOME, "Other income", income, "4000")
        yield self.heading("5000", "Expenses", expense)
        yield self.account("5100", "Stationery and passbooks", expense, "5000")
        yield self.account("5200", "Transport", expense, "5000")
        yield self.account("5300", "Bank and mobile money charges", expense, "5000")
        yield self.account(LOANS_WRITTEN_OFF, "Loans written off", expense, "5000")
        yield self.account(LOAN_LOSS_EXPENSE, "Loan loss provision expense", expense, "5000")
        yield self.account(ADJUSTMENTS, "Adjustments of members' balances", expense, "5000")
        yield self.account(CASH_DIFFERENCES, "Differences of cash counts", expense, "5000")

    def account(
        self,
        code: str,
        name: str,
        account_type: AccountType,
        parent: str,
        *,
        fund: Fund | None = None,
        place: Place | None = None,
        minimum: Decimal | None = None,
        maximum: Decimal | None = None,
    ) -> NewAccount:
        """An account of the group as a whole."""
        return NewAccount(
            account_id(self.group_id, code),
            code,
            name,
            account_type,
            account_id(self.group_id, parent),
            fund=fund,
            place=place,
            minimum=minimum,
            maximum=maximum,
            is_required=True,
        )

    def of_members(
        self,
        code: str,
        name: str,
        account_type: AccountType,
        parent: str,
        side: Side,
        *,
        counts_shares: bool = False,
    ) -> NewAccount:
        """An account whose every line names a member, and on which none leaves her side."""
        return NewAccount(
            account_id(self.group_id, code),
            code,
            name,
            account_type,
            account_id(self.group_id, parent),
            needs_member=True,
            member_side=side,
            counts_shares=counts_shares,
            is_required=True,
        )

    def heading(self, code: str, name: str, account_type: AccountType, parent: str | None = None) -> NewAccount:
        """An account that only stands above others."""
        return NewAccount(
            account_id(self.group_id, code),
            code,
            name,
            account_type,
            None if parent is None else account_id(self.group_id, parent),
            is_postable=False,
            is_required=True,
        )
