"""Repayments: any amount, before, on or after the due date, settled in the order of the loan's rules.

What is more than settles the loan is refused, or held for the member in advance, as the rules say. What is held can
settle another of her loans, or the same once it owes again, or be given back.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from domain.errors import DomainError, ErrorCode
from domain.groups import Group
from domain.identifiers import derived_id
from domain.ledger.accounts import LOAN_ADVANCES, Fund, Place, account_id
from domain.ledger.events import Booking
from domain.ledger.loan_events import loan_advance_returned, loan_advance_used, loan_repaid
from domain.ledger.postings import Posting, Voucher
from domain.ledger.recording import (
    AMOUNT_ERRORS,
    PLACING_ERRORS,
    TEXT_ERRORS,
    begin_entry,
    post_entries,
    typed_payment,
    typed_voucher,
)
from domain.lending.account import AppliedPayment, replay
from domain.lending.history import LoanPayment
from domain.lending.owing import (
    FINDING_ERRORS,
    LoanCommand,
    OwedLoan,
    find_owed,
    plain_record,
    record_of,
    require_day,
    settle_status,
    sums_of,
)
from domain.lending.rules import Overpayment
from domain.lending.settlements import PaymentKind
from domain.lending.steps import OWING, LoanStatus
from domain.money import Money
from domain.policy import Action, EntryKind, Resource
from domain.service import Outcome, service

if TYPE_CHECKING:
    from domain.unit_of_work import UnitOfWork

__all__ = [
    "LoanOfOtherFund",
    "LoanOwesLess",
    "NoAdvance",
    "RepayLoan",
    "ReturnAdvance",
    "UseAdvance",
    "repay_loan",
    "return_advance",
    "use_advance",
]

REPAYING_NEEDS = ((Resource.LOAN_PAYMENT, Action.CREATE), (Resource.LOAN, Action.UPDATE))
"""What whoever moves money of a loan is allowed: to keep what it settled, and to move the loan by it."""


@dataclass(eq=False)
class LoanOwesLess(DomainError):
    """More would be paid than settles the loan, and it keeps nothing in advance.

    Attributes:
        pay_off: What settles it on that day.
    """

    code = ErrorCode.NOT_ALLOWED

    pay_off: Decimal

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return f"On that day {self.pay_off} settles this loan: give at most that."


@dataclass(eq=False)
class LoanOfOtherFund(DomainError):
    """What is held for a member is money of the main fund, and the loan is not."""

    code = ErrorCode.NOT_ALLOWED

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "What is held for the member belongs to the loan fund: give it back, and record what she repays of it."


@dataclass(eq=False)
class NoAdvance(DomainError):
    """Less is held for the member than would be taken.

    Attributes:
        held: What is held for her.
    """

    code = ErrorCode.NOT_ALLOWED

    held: Decimal

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        if self.held == 0:
            return "The member has paid nothing in advance: check the member."
        return f"The member has {self.held} in advance: give at most that."


@dataclass(frozen=True, slots=True, kw_only=True)
class RepayLoan(LoanCommand):
    """The wish to record that a loan was repaid, wholly or in part.

    Attributes:
        amount: What was paid.
        place: Where the money went.
        memo: Anything that is to stand beside the entry.
        receipt: The reference of the payment outside: what the bank, the telephone company or a slip of paper calls it.
    """

    amount: Decimal
    place: Place = Place.BOX
    memo: str | None = None
    receipt: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UseAdvance(LoanCommand):
    """The wish to settle a loan with what is held for its borrower.

    Attributes:
        amount: How much of it; as much as settles the loan, or all that is held, if it is left out.
    """

    amount: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnAdvance(LoanCommand):
    """The wish to give back what is held for the borrower of a loan.

    Attributes:
        amount: How much of it.
        place: Where the money comes from.
    """

    amount: Decimal
    place: Place = Place.BOX


@service(
    "loanRepay",
    needs=REPAYING_NEEDS,
    posts=(EntryKind.LOAN_REPAID,),
    raises=(*PLACING_ERRORS, *FINDING_ERRORS, LoanOwesLess, *AMOUNT_ERRORS, *TEXT_ERRORS),
)
async def repay_loan(work: UnitOfWork, command: RepayLoan) -> Outcome:
    """Record that a loan was repaid, wholly or in part; it is closed with the last coin.

    The order in which it is settled is that of the loan's rules; the parts are kept with the payment.
    """
    group, booking = await begin_entry(work, command)
    amount = typed_payment(command.amount, group)
    owed = await find_owed(work, group, command.loan_id, *OWING)
    require_day(owed, booking, command)
    booking = replace(booking, voucher=_words(command, owed.loan.number))

    def post(applied: AppliedPayment) -> Posting:
        return loan_repaid(
            booking,
            member_id=owed.loan.member_id,
            fund=owed.loan.fund,
            place=command.place,
            paid=sums_of(applied, owed),
        )

    return await _settle(work, command, group, owed, booking, amount, PaymentKind.REPAYMENT, post)


def _words(command: RepayLoan, number: int) -> Voucher | None:
    if command.memo is None and command.receipt is None:
        return None
    words = f"Loan {number}" if command.memo is None else command.memo
    return typed_voucher(words, "memo", receipt=command.receipt)


async def _settle(
    work: UnitOfWork,
    command: RepayLoan | UseAdvance,
    group: Group,
    owed: OwedLoan,
    booking: Booking,
    amount: Money,
    kind: PaymentKind,
    post: Callable[[AppliedPayment], Posting],
) -> Outcome:
    """Settle what an amount settles, post it, keep its parts, and close the loan if nothing is left."""
    before = owed.at(booking.on)
    catching_up = replace(booking, entry_id=derived_id(command.idempotency_key, "accrual"), voucher=None)
    accruals, accrued = owed.accrual(before, catching_up, owed.sequence)
    sequence = owed.sequence + len(accrued)
    history = owed.history.with_event(LoanPayment(booking.on, sequence, booking.entry_id, amount))
    account = replay(history, booking.on)
    applied = account.payment(booking.entry_id)
    if applied.split.advance.amount and not _keeps_advance(owed, kind):
        raise LoanOwesLess(before.pay_off.total.amount, path=("amount",))
    outcome = await post_entries(work, command, [*accruals, post(applied)])
    await work.loan_records.add_payments(group.id, [*accrued, record_of(owed, applied, kind, sequence)])
    await settle_status(work, group, owed, account, booking)
    return outcome


def _keeps_advance(owed: OwedLoan, kind: PaymentKind) -> bool:
    """Whether more than settles the loan is held for the member; the social fund holds nothing."""
    is_held = owed.history.rules.overpayment is Overpayment.ADVANCE and owed.loan.fund is Fund.LOAN_FUND
    return is_held and kind is PaymentKind.REPAYMENT


@service(
    "loanAdvanceUse",
    needs=REPAYING_NEEDS,
    posts=(EntryKind.LOAN_ADVANCE_USED,),
    raises=(*PLACING_ERRORS, *FINDING_ERRORS, LoanOwesLess, NoAdvance, LoanOfOtherFund, *AMOUNT_ERRORS),
)
async def use_advance(work: UnitOfWork, command: UseAdvance) -> Outcome:
    """Settle a loan, wholly or in part, with what is held for its borrower."""
    group, booking = await begin_entry(work, command)
    asked = None if command.amount is None else typed_payment(command.amount, group)
    owed = await find_owed(work, group, command.loan_id, *OWING)
    require_day(owed, booking, command)
    if owed.loan.fund is not Fund.LOAN_FUND:
        raise LoanOfOtherFund(path=("loanId",))
    held = await _held(work, group, owed)
    amount = asked or min(held, owed.at(booking.on).pay_off.total)
    if amount > held or amount.amount == 0:
        raise NoAdvance(held.amount, path=("amount",))

    def post(applied: AppliedPayment) -> Posting:
        return loan_advance_used(booking, member_id=owed.loan.member_id, paid=sums_of(applied, owed))

    return await _settle(work, command, group, owed, booking, amount, PaymentKind.ADVANCE_USED, post)


@service(
    "loanAdvanceReturn",
    needs=REPAYING_NEEDS,
    posts=(EntryKind.LOAN_ADVANCE_RETURNED,),
    raises=(*PLACING_ERRORS, *FINDING_ERRORS, NoAdvance, *AMOUNT_ERRORS),
)
async def return_advance(work: UnitOfWork, command: ReturnAdvance) -> Outcome:
    """Give back what is held for the borrower of a loan, whatever became of the loan."""
    group, booking = await begin_entry(work, command)
    amount = typed_payment(command.amount, group)
    owed = await find_owed(work, group, command.loan_id, *OWING, LoanStatus.CLOSED, LoanStatus.WRITTEN_OFF)
    require_day(owed, booking, command)
    held = await _held(work, group, owed)
    if amount > held:
        raise NoAdvance(held.amount, path=("amount",))
    posting = loan_advance_returned(booking, member_id=owed.loan.member_id, place=command.place, amount=amount)
    outcome = await post_entries(work, command, [posting])
    await work.loan_records.add_payments(group.id, [plain_record(owed, booking, PaymentKind.ADVANCE_RETURNED, amount)])
    return outcome


async def _held(work: UnitOfWork, group: Group, owed: OwedLoan) -> Money:
    """What is held for the borrower."""
    standing = await work.journal.standing(group, owed.loan.member_id, account_id(group.id, LOAN_ADVANCES))
    return Money.zero(group.currency) if standing is None else -standing.balance
