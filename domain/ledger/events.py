"""From business event to debit and credit: the one place where that is written.

| event | debit | credit |
|---|---|---|
| share purchase | cash of the main fund, where it was paid | members' shares, the member |
| savings deposit | cash of the main fund, where it was paid | members' savings, the member |
| social fund contribution | cash of the social fund, where it was paid | social fund, the member |
| other contribution | cash of the fund that its type names | levies (social fund: social fund), the member |
| fine levied | fines owed, the member | fines income |
| fine paid | cash of the main fund, where it was paid | fines owed, the member |
| fine waived | fines income | fines owed, the member |
| withdrawal | members' savings, the member | cash of the main fund, whence it was paid |
| shares redeemed | members' shares, the member | cash of the main fund, whence it was paid |
| social fund grant | grants from the social fund, the member | cash of the social fund, whence it was paid |
| transfer | cash of the fund, where it arrives | cash of the same fund, whence it comes |
| cash counted short | differences of counts (social fund: social fund) | cash, where it is missing |
| cash counted over | cash, where it was found | differences of counts (social fund: social fund) |
| other income | cash of the fund, where it was paid | the income account (social fund: social fund) |
| other expense | the expense account (social fund: social fund) | cash of the fund, whence it was paid |
| adjustment upwards | adjustments (social fund, grants: social fund) | what the member has, or owes: the member |
| adjustment downwards | what the member has, or owes: the member | adjustments (social fund, grants: social fund) |
| loan disbursed | loans, the member | cash, whence it was paid; fees on loans that are kept back, the member |
| loan accrued | interest on loans owed, fees and penalties owed: the member | interest, fees, penalties, the member |
| loan repaid | cash, where it was paid | loans, what is owed on them, interest, fees, penalties, advances: the member |
| loan advance used | loan payments in advance, the member | as for a loan repaid, without advances |
| loan advance returned | loan payments in advance, the member | cash of the main fund, whence it was paid |
| loan written off | loans written off | loans and what is owed on them, the member |
| loan recovered | cash, where it was paid | loans recovered, the member |
| loan provisioned | loan loss provision expense | provision for loan losses; a release the other way round |
| manual entry | as drafted | as drafted |
| opening balances | cash, fines and loans owed, retained surplus adjusts | shares, savings, social fund, borrowings |

A loan from the social fund moves that fund's cash and an account of loans of its own. What it brings in goes to the
social fund, in the member's name, and what is lost is the social fund's; it is neither accrued nor paid in advance. The
events of lending are made by `loan_events`.

An adjustment of what a member owes runs the other way round: she owes more by a debit. A reversal is the mirror of the
entry that it takes back, and of the same kind.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from domain.ledger.accounts import (
    ADJUSTMENTS,
    BORROWINGS,
    CASH_DIFFERENCES,
    FINES_INCOME,
    FINES_OWED,
    LEVIES,
    LOANS,
    MEMBER_SAVINGS,
    MEMBER_SHARES,
    RETAINED_SURPLUS,
    SOCIAL_FUND,
    SOCIAL_FUND_GRANTS,
    SOCIAL_FUND_LOANS,
    Fund,
    Place,
    account_id,
    cash_code,
)
from domain.ledger.postings import Line, Posting, Voucher
from domain.money import Money, positive
from domain.policy import EntryKind

__all__ = [
    "Booking",
    "MemberOpening",
    "adjustment",
    "cash_difference",
    "fine_levied",
    "fine_paid",
    "fine_waived",
    "manual_entry",
    "opening_balances",
    "other_contribution",
    "other_expense",
    "other_income",
    "reversal",
    "savings_deposit",
    "share_purchase",
    "shares_redeemed",
    "social_fund_contribution",
    "social_fund_grant",
    "transfer",
    "withdrawal",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """Where an entry goes.

    Attributes:
        entry_id: The entry's id.
        group_id: Whose book.
        on: The group's date that it counts for.
        meeting_id: The meeting it belongs to.
        voucher: Its words.
    """

    entry_id: UUID
    group_id: UUID
    on: date
    meeting_id: UUID | None = None
    voucher: Voucher | None = None

    def account(self, code: str) -> UUID:
        """The account of the chart with this code."""
        return account_id(self.group_id, code)

    def cash(self, fund: Fund, place: Place) -> UUID:
        """The account of a fund's money in a place."""
        return self.account(cash_code(fund, place))

    def posting(self, kind: EntryKind, *lines: Line, member_id: UUID | None = None) -> Posting:
        """The entry with these lines."""
        return Posting(
            id=self.entry_id,
            kind=kind,
            effective_on=self.on,
            lines=lines,
            meeting_id=self.meeting_id,
            member_id=member_id,
            voucher=self.voucher,
        )


def share_purchase(booking: Booking, *, member_id: UUID, amount: Money, shares: int, place: Place) -> Posting:
    """A member buys `shares` for `amount`, paid at `place`."""
    paid = positive(amount)
    return booking.posting(
        EntryKind.SHARE_PURCHASE,
        Line(booking.cash(Fund.LOAN_FUND, place), paid),
        Line(booking.account(MEMBER_SHARES), -paid, member_id, shares),
        member_id=member_id,
    )


def savings_deposit(booking: Booking, *, member_id: UUID, amount: Money, place: Place) -> Posting:
    """A member puts `amount` into her savings at `place`, to withdraw it when she wants."""
    cash = booking.cash(Fund.LOAN_FUND, place)
    return _member_paid(booking, EntryKind.SAVINGS_DEPOSIT, cash, MEMBER_SAVINGS, member_id, amount)


def social_fund_contribution(booking: Booking, *, member_id: UUID, amount: Money, place: Place) -> Posting:
    """A member pays `amount` into the social fund at `place`."""
    cash = booking.cash(Fund.SOCIAL_FUND, place)
    return _member_paid(booking, EntryKind.SOCIAL_FUND_CONTRIBUTION, cash, SOCIAL_FUND, member_id, amount)


def other_contribution(booking: Booking, *, member_id: UUID, amount: Money, fund: Fund, place: Place) -> Posting:
    """A member pays `amount` of a type that the group defined, into the fund that the type names, at `place`."""
    credited = SOCIAL_FUND if fund is Fund.SOCIAL_FUND else LEVIES
    cash = booking.cash(fund, place)
    return _member_paid(booking, EntryKind.OTHER_CONTRIBUTION, cash, credited, member_id, amount)


def fine_levied(booking: Booking, *, member_id: UUID, amount: Money) -> Posting:
    """A member is fined `amount`, and owes it."""
    levied = positive(amount)
    return booking.posting(
        EntryKind.FINE_LEVIED,
        Line(booking.account(FINES_OWED), levied, member_id),
        Line(booking.account(FINES_INCOME), -levied),
        member_id=member_id,
    )


def fine_paid(booking: Booking, *, member_id: UUID, amount: Money, place: Place) -> Posting:
    """A member pays `amount` of the fines that she owes."""
    cash = booking.cash(Fund.LOAN_FUND, place)
    return _member_paid(booking, EntryKind.FINE_PAID, cash, FINES_OWED, member_id, amount)


def fine_waived(booking: Booking, *, member_id: UUID, amount: Money) -> Posting:
    """The group lets a member off `amount` of the fines that she owes."""
    income = booking.account(FINES_INCOME)
    return _member_paid(booking, EntryKind.FINE_WAIVED, income, FINES_OWED, member_id, amount)


def withdrawal(booking: Booking, *, member_id: UUID, amount: Money, place: Place) -> Posting:
    """A member takes `amount` of her savings, paid from `place`."""
    cash = booking.cash(Fund.LOAN_FUND, place)
    return _member_received(booking, EntryKind.WITHDRAWAL, MEMBER_SAVINGS, cash, member_id, amount)


def shares_redeemed(booking: Booking, *, member_id: UUID, amount: Money, shares: int, place: Place) -> Posting:
    """A member who goes gives back her `shares` for the `amount` that was paid for them, paid from `place`."""
    paid = positive(amount)
    return booking.posting(
        EntryKind.SHARES_REDEEMED,
        Line(booking.account(MEMBER_SHARES), paid, member_id, -shares),
        Line(booking.cash(Fund.LOAN_FUND, place), -paid),
        member_id=member_id,
    )


def social_fund_grant(booking: Booking, *, member_id: UUID, amount: Money, place: Place) -> Posting:
    """A member is given `amount` from the social fund at `place`."""
    cash = booking.cash(Fund.SOCIAL_FUND, place)
    return _member_received(booking, EntryKind.SOCIAL_FUND_GRANT, SOCIAL_FUND_GRANTS, cash, member_id, amount)


def transfer(booking: Booking, *, fund: Fund, source: Place, target: Place, amount: Money) -> Posting:
    """Money of a fund is carried from one place to another."""
    moved = positive(amount)
    return booking.posting(
        EntryKind.TRANSFER, Line(booking.cash(fund, target), moved), Line(booking.cash(fund, source), -moved)
    )


def cash_difference(booking: Booking, *, fund: Fund, place: Place, difference: Money) -> Posting:
    """`difference` more was counted in a place than the book had there; below zero, it was missing."""
    counter = SOCIAL_FUND if fund is Fund.SOCIAL_FUND else CASH_DIFFERENCES
    return booking.posting(
        EntryKind.CASH_DIFFERENCE,
        Line(booking.cash(fund, place), difference),
        Line(booking.account(counter), -difference),
    )


def other_income(booking: Booking, *, income_account: UUID | None, fund: Fund, place: Place, amount: Money) -> Posting:
    """The group received `amount` that is no member's: a bank's interest, a fee.

    What the social fund receives is its own, and no result that members would share: `income_account` is None.
    """
    received = positive(amount)
    earned = _result_account(booking, fund, income_account)
    return booking.posting(EntryKind.OTHER_INCOME, Line(booking.cash(fund, place), received), Line(earned, -received))


def other_expense(
    booking: Booking, *, expense_account: UUID | None, fund: Fund, place: Place, amount: Money
) -> Posting:
    """The group paid `amount` for something: stationery, transport.

    What the social fund pays is its own, and no result that members would bear: `expense_account` is None.
    """
    paid = positive(amount)
    spent = _result_account(booking, fund, expense_account)
    return booking.posting(EntryKind.OTHER_EXPENSE, Line(spent, paid), Line(booking.cash(fund, place), -paid))


def _result_account(booking: Booking, fund: Fund, account: UUID | None) -> UUID:
    if (account is None) is not (fund is Fund.SOCIAL_FUND):
        raise ValueError("income and expenses have an account of results, but for those of the social fund")
    return booking.account(SOCIAL_FUND) if account is None else account


def adjustment(booking: Booking, *, member_id: UUID, member_account: str, debit: Money) -> Posting:
    """What a member has, or owes, is put right: debited by `debit`, or credited where it is below zero.

    What she has in the social fund, or was granted from it, is put right against what stands there for nobody: the
    fund's cash did not move, so the claims on it must not either.

    Args:
        booking: Where the entry goes.
        member_id: The member.
        member_account: The code of the account of the chart.
        debit: Above zero lowers what the member has, or raises what she owes.
    """
    counter = SOCIAL_FUND if member_account in (SOCIAL_FUND, SOCIAL_FUND_GRANTS) else ADJUSTMENTS
    return booking.posting(
        EntryKind.ADJUSTMENT,
        Line(booking.account(member_account), debit, member_id),
        Line(booking.account(counter), -debit),
        member_id=member_id,
    )


def manual_entry(booking: Booking, lines: tuple[Line, ...]) -> Posting:
    """An entry that no other event is for, with the lines that an officer drafted."""
    return booking.posting(EntryKind.MANUAL_ENTRY, *lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberOpening:
    """What a member brings into the book when it begins in the middle of a cycle; None for nothing.

    Attributes:
        shares: How many shares, with `share_value`.
        share_value: What was paid for them.
        savings: Savings that may be withdrawn.
        social_fund: What was paid into the social fund.
        fines_owed: Fines not paid yet.
        loans_owed: The principal of loans not paid back yet.
        social_fund_loans_owed: The principal of loans from the social fund not paid back yet.
    """

    member_id: UUID
    shares: int | None = None
    share_value: Money | None = None
    savings: Money | None = None
    social_fund: Money | None = None
    fines_owed: Money | None = None
    loans_owed: Money | None = None
    social_fund_loans_owed: Money | None = None


def opening_balances(
    booking: Booking,
    *,
    cash: Iterable[tuple[Fund, Place, Money]],
    members: Iterable[MemberOpening],
    social_fund: Money | None = None,
    borrowings: Money | None = None,
) -> Posting:
    """All that a running group had and owed on the day when its book begins here, as one entry.

    What stands in the social fund for nobody in particular is given apart. What the group has beyond what is its
    members' or its lenders' is retained surplus; what is missing, a deficit.
    """
    lines = [Line(booking.cash(fund, place), positive(amount)) for fund, place, amount in cash]
    for member in members:
        owed = [
            (FINES_OWED, member.fines_owed),
            (LOANS, member.loans_owed),
            (SOCIAL_FUND_LOANS, member.social_fund_loans_owed),
        ]
        own = [(MEMBER_SAVINGS, member.savings), (SOCIAL_FUND, member.social_fund)]
        lines.extend(_of(booking, code, positive(debit), member.member_id) for code, debit in owed if debit is not None)
        lines.extend(_of(booking, code, -positive(has), member.member_id) for code, has in own if has is not None)
        if member.share_value is not None:
            value = positive(member.share_value)
            lines.append(Line(booking.account(MEMBER_SHARES), -value, member.member_id, member.shares))
    for code, owed_by_group in ((SOCIAL_FUND, social_fund), (BORROWINGS, borrowings)):
        if owed_by_group is not None:
            lines.append(Line(booking.account(code), -positive(owed_by_group)))
    total = sum((line.amount for line in lines[1:]), lines[0].amount) if lines else None
    if total is not None and total.amount != 0:
        lines.append(Line(booking.account(RETAINED_SURPLUS), -total))
    return booking.posting(EntryKind.OPENING_BALANCES, *lines)


def reversal(booking: Booking, original: Posting) -> Posting:
    """The mirror of an entry, dated and placed by `booking`: in the open period, in the correcting meeting."""
    return Posting(
        id=booking.entry_id,
        kind=original.kind,
        effective_on=booking.on,
        lines=tuple(-line for line in original.lines),
        meeting_id=booking.meeting_id,
        member_id=original.member_id,
        reverses_id=original.id,
        voucher=booking.voucher,
    )


def _of(booking: Booking, code: str, debit: Money, member_id: UUID) -> Line:
    return Line(booking.account(code), debit, member_id)


def _member_paid(
    booking: Booking, kind: EntryKind, debited: UUID, credited: str, member_id: UUID, amount: Money
) -> Posting:
    paid = positive(amount)
    return booking.posting(kind, Line(debited, paid), _of(booking, credited, -paid, member_id), member_id=member_id)


def _member_received(
    booking: Booking, kind: EntryKind, debited: str, credited: UUID, member_id: UUID, amount: Money
) -> Posting:
    paid = positive(amount)
    return booking.posting(kind, _of(booking, debited, paid, member_id), Line(credited, -paid), member_id=member_id)
