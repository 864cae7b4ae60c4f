"""From the events of lending to debit and credit: the continuation of `events`, whose table holds these too.

Every line about a loan names the borrower, those of income too, so that she sees each of her entries and the book knows
what each member paid in interest.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from domain.ledger.accounts import (
    LOAN_ADVANCES,
    LOAN_CHARGES_OWED,
    LOAN_FEES,
    LOAN_INTEREST,
    LOAN_INTEREST_OWED,
    LOAN_LOSS_EXPENSE,
    LOAN_LOSS_PROVISION,
    LOAN_PENALTIES,
    LOANS,
    LOANS_RECOVERED,
    LOANS_WRITTEN_OFF,
    SOCIAL_FUND,
    SOCIAL_FUND_LOANS,
    Fund,
    Place,
)
from domain.ledger.events import Booking
from domain.ledger.postings import Line, Posting
from domain.money import Money, positive
from domain.policy import EntryKind

__all__ = [
    "LoanSums",
    "loan_accrued",
    "loan_advance_returned",
    "loan_advance_used",
    "loan_disbursed",
    "loan_provisioned",
    "loan_recovered",
    "loan_repaid",
    "loan_written_off",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class LoanSums:
    """What a payment goes to, or what of a loan is lost; None or zero for nothing.

    Attributes:
        principal: Of what was lent.
        interest_owed: Of interest that was accrued.
        charges_owed: Of fees and penalties that were accrued.
        interest: Interest that is earned as it is paid.
        fees: Fees that are earned as they are paid.
        penalties: Penalties that are earned as they are paid.
        advance: Kept for what is not due yet.
    """

    principal: Money | None = None
    interest_owed: Money | None = None
    charges_owed: Money | None = None
    interest: Money | None = None
    fees: Money | None = None
    penalties: Money | None = None
    advance: Money | None = None

    def lines(self, booking: Booking, fund: Fund, member_id: UUID) -> Iterator[Line]:
        """The lines credited, in the order of the accounts.

        Raises:
            ValueError: The loan is of the social fund, and something was accrued or paid in advance.
        """
        amounts = {
            LOANS: self.principal,
            LOAN_INTEREST_OWED: self.interest_owed,
            LOAN_CHARGES_OWED: self.charges_owed,
            LOAN_INTEREST: self.interest,
            LOAN_FEES: self.fees,
            LOAN_PENALTIES: self.penalties,
            LOAN_ADVANCES: self.advance,
        }
        given = {code: positive(amount) for code, amount in amounts.items() if amount is not None and amount.amount}
        if fund is Fund.SOCIAL_FUND:
            given = _of_social_fund(given)
        for code, amount in given.items():
            yield Line(booking.account(code), -amount, member_id)


def _of_social_fund(given: dict[str, Money]) -> dict[str, Money]:
    """The same on the accounts of the social fund, to which all belongs that its loans bring in."""
    if not given.keys() <= {LOANS, LOAN_INTEREST, LOAN_FEES, LOAN_PENALTIES}:
        raise ValueError("nothing is accrued on a loan of the social fund, and nothing paid in advance")
    lent = {SOCIAL_FUND_LOANS: given[LOANS]} if LOANS in given else {}
    earned = [amount for code, amount in given.items() if code != LOANS]
    if earned:
        lent[SOCIAL_FUND] = sum(earned[1:], earned[0])
    return lent


def loan_disbursed(
    booking: Booking, *, member_id: UUID, fund: Fund, place: Place, principal: Money, fees: Money | None = None
) -> Posting:
    """A member is lent `principal` from the fund's money at `place`, of which `fees` are kept back."""
    lent = positive(principal)
    kept_back = list(LoanSums(fees=fees).lines(booking, fund, member_id))
    paid = sum((line.amount for line in kept_back), lent)
    account = SOCIAL_FUND_LOANS if fund is Fund.SOCIAL_FUND else LOANS
    return booking.posting(
        EntryKind.LOAN_DISBURSED,
        Line(booking.account(account), lent, member_id),
        Line(booking.cash(fund, place), -positive(paid)),
        *kept_back,
        member_id=member_id,
    )


def loan_accrued(
    booking: Booking,
    *,
    member_id: UUID,
    interest: Money | None = None,
    fees: Money | None = None,
    penalties: Money | None = None,
) -> Posting:
    """Interest, fees and penalties have become owed by a member on a loan of the main fund, whether or not she pays."""
    charges = [amount for amount in (fees, penalties) if amount is not None and amount.amount]
    owed = LoanSums(interest_owed=interest, charges_owed=sum(charges[1:], charges[0]) if charges else None)
    earned = LoanSums(interest=interest, fees=fees, penalties=penalties)
    return booking.posting(
        EntryKind.LOAN_ACCRUED,
        *(-line for line in owed.lines(booking, Fund.LOAN_FUND, member_id)),
        *earned.lines(booking, Fund.LOAN_FUND, member_id),
        member_id=member_id,
    )


def loan_repaid(booking: Booking, *, member_id: UUID, fund: Fund, place: Place, paid: LoanSums) -> Posting:
    """A member pays on a loan of the fund, at `place`, what `paid` adds up to."""
    cash = booking.cash(fund, place)
    return _against(booking, EntryKind.LOAN_REPAID, cash, paid.lines(booking, fund, member_id), member_id)


def loan_advance_used(booking: Booking, *, member_id: UUID, paid: LoanSums) -> Posting:
    """What a member paid in advance on a loan of the main fund goes to what is due now."""
    lines = tuple(paid.lines(booking, Fund.LOAN_FUND, member_id))
    return booking.posting(
        EntryKind.LOAN_ADVANCE_USED,
        Line(booking.account(LOAN_ADVANCES), -_total(lines), member_id),
        *lines,
        member_id=member_id,
    )


def loan_advance_returned(booking: Booking, *, member_id: UUID, place: Place, amount: Money) -> Posting:
    """A member is given back `amount` of what she paid in advance, from the main fund's money at `place`."""
    returned = positive(amount)
    return booking.posting(
        EntryKind.LOAN_ADVANCE_RETURNED,
        Line(booking.account(LOAN_ADVANCES), returned, member_id),
        Line(booking.cash(Fund.LOAN_FUND, place), -returned),
        member_id=member_id,
    )


def loan_written_off(booking: Booking, *, member_id: UUID, fund: Fund, lost: LoanSums) -> Posting:
    """The group gives up what a member owes on a loan of the fund: principal, and what was accrued."""
    account = booking.account(SOCIAL_FUND if fund is Fund.SOCIAL_FUND else LOANS_WRITTEN_OFF)
    return _against(booking, EntryKind.LOAN_WRITTEN_OFF, account, lost.lines(booking, fund, member_id), member_id)


def loan_recovered(booking: Booking, *, member_id: UUID, fund: Fund, place: Place, amount: Money) -> Posting:
    """A member pays `amount` after all on a loan of the fund that was written off."""
    account = booking.account(SOCIAL_FUND if fund is Fund.SOCIAL_FUND else LOANS_RECOVERED)
    recovered = [Line(account, -positive(amount), member_id)]
    return _against(booking, EntryKind.LOAN_RECOVERED, booking.cash(fund, place), recovered, member_id)


def loan_provisioned(booking: Booking, *, rise: Money) -> Posting:
    """The provision for losses on all loans of the main fund rises by `rise`; below zero, it is released by so much."""
    return booking.posting(
        EntryKind.LOAN_PROVISIONED,
        *sorted(
            (
                Line(booking.account(LOAN_LOSS_EXPENSE), rise),
                Line(booking.account(LOAN_LOSS_PROVISION), -rise),
            ),
            key=lambda line: -line.amount.amount,
        ),
    )


def _against(booking: Booking, kind: EntryKind, debited: UUID, credited: Iterable[Line], member_id: UUID) -> Posting:
    lines = tuple(credited)
    return booking.posting(kind, Line(debited, -_total(lines)), *lines, member_id=member_id)


def _total(lines: Sequence[Line]) -> Money:
    return sum((line.amount for line in lines[1:]), lines[0].amount)
