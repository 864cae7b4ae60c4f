"""Loans that are given up as lost, and what comes in of them after all."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from domain.errors import DomainError, ErrorCode
from domain.identifiers import derived_id
from domain.ledger.accounts import Place
from domain.ledger.loan_events import loan_recovered, loan_written_off
from domain.ledger.postings import Voucher
from domain.ledger.recording import (
    AMOUNT_ERRORS,
    BALANCE_ERRORS,
    PLACING_ERRORS,
    TEXT_ERRORS,
    begin_entry,
    post_entries,
    typed_payment,
    typed_voucher,
)
from domain.lending.account import replay
from domain.lending.history import LoanPayment, SettledBy
from domain.lending.owing import (
    FINDING_ERRORS,
    LoanCommand,
    OwedLoan,
    find_owed,
    plain_record,
    record_of,
    require_day,
    require_other,
    sums_of,
    take_step,
)
from domain.lending.repaying import REPAYING_NEEDS
from domain.lending.settlements import PaymentKind
from domain.lending.stepping import LoanIsYourOwn
from domain.lending.steps import OWING, LoanStatus, StepKind
from domain.money import Money
from domain.policy import Action, EntryKind, Resource
from domain.service import Outcome, service

if TYPE_CHECKING:
    from domain.unit_of_work import UnitOfWork

__all__ = [
    "LoanLostLess",
    "NothingToWriteOff",
    "RecoverLoan",
    "WriteOffLoan",
    "recover_loan",
    "write_off_loan",
]


@dataclass(eq=False)
class NothingToWriteOff(DomainError):
    """Nothing that is owed on the loan stands in the book."""

    code = ErrorCode.NOT_ALLOWED

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "All principal of this loan was repaid, so that nothing is lost: waive the charges that are left."


@dataclass(eq=False)
class LoanLostLess(DomainError):
    """More would be recovered than was lost.

    Attributes:
        lost: What was owed when it was written off and has not come in since.
    """

    code = ErrorCode.NOT_ALLOWED

    lost: Decimal

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return f"Of this loan {self.lost} was lost and has not come in: give at most that."


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteOffLoan(LoanCommand):
    """The wish to give a loan up as lost.

    Attributes:
        reason: Why.
    """

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoverLoan(LoanCommand):
    """The wish to record that something of a lost loan came in.

    Attributes:
        amount: How much.
        place: Where the money went.
        memo: Anything that is to stand beside the entry.
        receipt: The reference of the payment outside.
    """

    amount: Decimal
    place: Place = Place.BOX
    memo: str | None = None
    receipt: str | None = None


@service(
    "loanWriteOff",
    needs=(*REPAYING_NEEDS, (Resource.VOUCHER, Action.CREATE)),
    posts=(EntryKind.LOAN_WRITTEN_OFF,),
    raises=(
        *PLACING_ERRORS,
        *FINDING_ERRORS,
        NothingToWriteOff,
        LoanIsYourOwn,
        *BALANCE_ERRORS,
        *TEXT_ERRORS,
    ),
)
async def write_off_loan(work: UnitOfWork, command: WriteOffLoan) -> Outcome:
    """Give a loan up as lost: the principal, and what counts as earned of the rest, are an expense of the group.

    The borrower still owes it outside the book; what she pays after all is a recovery.
    """
    words = typed_voucher(command.reason, "reason")
    group, booking = await begin_entry(work, command, words)
    owed = await find_owed(work, group, command.loan_id, *OWING)
    require_day(owed, booking, command)
    require_other(work, owed)
    catching_up = replace(booking, entry_id=derived_id(command.idempotency_key, "accrual"), voucher=None)
    accruals, accrued = owed.accrual(owed.at(booking.on), catching_up, owed.sequence)
    sequence = owed.sequence + len(accrued)
    lost = LoanPayment(booking.on, sequence, booking.entry_id, Money.zero(group.currency), SettledBy.WRITE_OFF)
    applied = replay(owed.history.with_event(lost), booking.on).payment(booking.entry_id)
    if applied.split.total.amount == 0:
        raise NothingToWriteOff(path=("loanId",))
    posting = loan_written_off(booking, member_id=owed.loan.member_id, fund=owed.loan.fund, lost=sums_of(applied, owed))
    outcome = await post_entries(work, command, [*accruals, posting], money="loanId")
    record = record_of(owed, applied, PaymentKind.WRITE_OFF, sequence)
    await work.loan_records.add_payments(group.id, [*accrued, record])
    await take_step(
        work,
        group,
        owed.loan,
        StepKind.WRITE_OFF,
        booking,
        amount=applied.split.total,
        entry_id=booking.entry_id,
        words=words.description,
    )
    return outcome


@service(
    "loanRecover",
    needs=REPAYING_NEEDS,
    posts=(EntryKind.LOAN_RECOVERED,),
    raises=(*PLACING_ERRORS, *FINDING_ERRORS, LoanLostLess, *AMOUNT_ERRORS, *TEXT_ERRORS),
)
async def recover_loan(work: UnitOfWork, command: RecoverLoan) -> Outcome:
    """Record that something of a lost loan came in after all: income of the group."""
    group, booking = await begin_entry(work, command)
    amount = typed_payment(command.amount, group)
    owed = await find_owed(work, group, command.loan_id, LoanStatus.WRITTEN_OFF)
    require_day(owed, booking, command)
    lost = _lost(owed)
    if amount > lost:
        raise LoanLostLess(lost.amount, path=("amount",))
    booking = replace(booking, voucher=_words(command, owed.loan.number))
    posting = loan_recovered(
        booking, member_id=owed.loan.member_id, fund=owed.loan.fund, place=command.place, amount=amount
    )
    outcome = await post_entries(work, command, [posting])
    await work.loan_records.add_payments(group.id, [plain_record(owed, booking, PaymentKind.RECOVERY, amount)])
    await take_step(work, group, owed.loan, StepKind.RECOVERY, booking, amount=amount, entry_id=booking.entry_id)
    return outcome


def _words(command: RecoverLoan, number: int) -> Voucher | None:
    if command.memo is None and command.receipt is None:
        return None
    words = f"Loan {number}" if command.memo is None else command.memo
    return typed_voucher(words, "memo", receipt=command.receipt)


def _lost(owed: OwedLoan) -> Money:
    """What was owed when the loan was written off, interest and charges included, and has not come in since."""
    (write_off,) = (each for each in owed.payments if each.kind is PaymentKind.WRITE_OFF and not each.is_reversed)
    before = replay(owed.history.without_payment(write_off.id), write_off.on)
    recovered = (each.amount for each in owed.payments if each.kind is PaymentKind.RECOVERY and not each.is_reversed)
    return before.outstanding.total - sum(recovered, Money.zero(write_off.amount.currency))
