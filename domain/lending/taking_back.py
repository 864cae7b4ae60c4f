"""Taking back what settled a loan: the entry is reversed, and what came after it settles other things.

The history is replayed without the payment. A payment after it of which the parts change is reversed and posted anew,
for its own day: both entries stand in the book, and the new payment names the one that it stands for.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID

from domain.errors import DomainError, ErrorCode, faults_at
from domain.groups import Group
from domain.identifiers import derived_id
from domain.ledger.chart import AccountIsClosed
from domain.ledger.events import Booking, reversal
from domain.ledger.postings import MemberBalanceTooSmall, Posting
from domain.ledger.recording import (
    BALANCE_ERRORS,
    PLACING_ERRORS,
    TEXT_ERRORS,
    begin_entry,
    post_entries,
    typed_voucher,
)
from domain.lending.account import AppliedPayment, LoanAccount, changed_payments
from domain.lending.owing import (
    FINDING_ERRORS,
    LoanCommand,
    OwedLoan,
    find_owed,
    record_of,
    require_day,
    sums_of,
    take_step,
)
from domain.lending.repaying import REPAYING_NEEDS
from domain.lending.settlements import PaymentKind, PaymentRecord
from domain.lending.steps import LoanStatus, LoanStepNotPossible, StepKind
from domain.policy import AccessDenied, Action, EntryKind, Resource, may_post
from domain.service import Outcome, service

if TYPE_CHECKING:
    from domain.unit_of_work import UnitOfWork

__all__ = [
    "LoanPaymentNotFound",
    "LoanPaymentReversed",
    "PaymentBeforeSchedule",
    "RecoveredSince",
    "ReverseLoanPayment",
    "reverse_loan_payment",
]


@dataclass(eq=False)
class LoanPaymentNotFound(DomainError):
    """The loan has no such payment."""

    code = ErrorCode.NOT_FOUND

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "This loan has no such payment: check the ids of both."


@dataclass(eq=False)
class LoanPaymentReversed(DomainError):
    """The payment was taken back before."""

    code = ErrorCode.CONFLICT

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "This payment was taken back already: read the loan again; it may stand there anew under another id."


@dataclass(eq=False)
class PaymentBeforeSchedule(DomainError):
    """The loan was rescheduled since the payment, which that schedule counts on."""

    code = ErrorCode.NOT_ALLOWED

    rescheduled_on: date

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return (
            f"This loan was rescheduled on {self.rescheduled_on}, counting on this payment: charge the loan with what "
            "is missing instead."
        )


@dataclass(eq=False)
class RecoveredSince(DomainError):
    """Something of what was written off has come in."""

    code = ErrorCode.NOT_ALLOWED

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "Something of this loan was recovered since: take that back first."


@dataclass(frozen=True, slots=True, kw_only=True)
class ReverseLoanPayment(LoanCommand):
    """The wish to take back what settled a loan.

    Attributes:
        payment_id: The repayment, the use or return of an advance, the write-off or the recovery.
        reason: Why.
    """

    payment_id: UUID
    reason: str


_FROM = {
    PaymentKind.REPAYMENT: (LoanStatus.ACTIVE, LoanStatus.DEFAULTED, LoanStatus.CLOSED),
    PaymentKind.ADVANCE_USED: (LoanStatus.ACTIVE, LoanStatus.DEFAULTED, LoanStatus.CLOSED),
    PaymentKind.ADVANCE_RETURNED: (
        LoanStatus.ACTIVE,
        LoanStatus.DEFAULTED,
        LoanStatus.CLOSED,
        LoanStatus.WRITTEN_OFF,
    ),
    PaymentKind.WRITE_OFF: (LoanStatus.WRITTEN_OFF,),
    PaymentKind.RECOVERY: (LoanStatus.WRITTEN_OFF,),
}
"""In which states of a loan a payment of each kind can be taken back."""

_POSTED = {
    PaymentKind.REPAYMENT: EntryKind.LOAN_REPAID,
    PaymentKind.ADVANCE_USED: EntryKind.LOAN_ADVANCE_USED,
    PaymentKind.ADVANCE_RETURNED: EntryKind.LOAN_ADVANCE_RETURNED,
    PaymentKind.WRITE_OFF: EntryKind.LOAN_WRITTEN_OFF,
    PaymentKind.RECOVERY: EntryKind.LOAN_RECOVERED,
}


@service(
    "loanPaymentReverse",
    needs=(*REPAYING_NEEDS, (Resource.VOUCHER, Action.CREATE)),
    raises=(
        *PLACING_ERRORS,
        *FINDING_ERRORS,
        LoanPaymentNotFound,
        LoanPaymentReversed,
        PaymentBeforeSchedule,
        RecoveredSince,
        AccountIsClosed,
        MemberBalanceTooSmall,
        *BALANCE_ERRORS,
        *TEXT_ERRORS,
    ),
)
async def reverse_loan_payment(work: UnitOfWork, command: ReverseLoanPayment) -> Outcome:
    """Take back what settled a loan; payments after it of which the parts change are reversed and posted anew.

    Raises:
        AccessDenied: The viewer may not post entries of this kind.
    """
    group, booking = await begin_entry(work, command, typed_voucher(command.reason, "reason"))
    owed = await find_owed(
        work, group, command.loan_id, LoanStatus.ACTIVE, LoanStatus.DEFAULTED, LoanStatus.CLOSED, LoanStatus.WRITTEN_OFF
    )
    record = _to_reverse(work, command, owed)
    require_day(owed, booking, command)
    with faults_at("paymentId"):
        original = await _entry(work, group, record.id)
    before = owed.at(booking.on)
    without = replace(owed, history=owed.history.without_payment(record.id))
    account = without.at(booking.on)
    catching_up = replace(booking, entry_id=derived_id(command.idempotency_key, "accrual"), voucher=None)
    accruals, accrued = without.accrual(account, catching_up, owed.sequence)
    postings, kept = [reversal(booking, original), *accruals], [*accrued]
    for applied in changed_payments(before, account):
        again, record_again = await _anew(work, group, command, without, applied, owed.sequence + len(kept))
        postings += again
        kept.append(record_again)
    outcome = await post_entries(work, command, postings, money="paymentId")
    await work.loan_records.add_payments(group.id, kept)
    await _move(work, group, owed, record, account, booking)
    return outcome


def _to_reverse(work: UnitOfWork, command: ReverseLoanPayment, owed: OwedLoan) -> PaymentRecord:
    record = owed.payment(command.payment_id)
    if record is None or record.kind is PaymentKind.ACCRUAL:
        raise LoanPaymentNotFound(path=("paymentId",))
    if not may_post(work.viewer, _POSTED[record.kind], command.group_id):
        raise AccessDenied(Resource.ENTRY, Action.CREATE)
    if record.is_reversed:
        raise LoanPaymentReversed(path=("paymentId",))
    if owed.loan.status not in _FROM[record.kind]:
        raise LoanStepNotPossible(owed.loan.status.value, path=("loanId",))
    if record.sequence <= owed.schedule.after_sequence:
        raise PaymentBeforeSchedule(owed.schedule.schedule.disbursed_on, path=("paymentId",))
    if record.kind is PaymentKind.WRITE_OFF and any(
        each.kind is PaymentKind.RECOVERY and not each.is_reversed for each in owed.payments
    ):
        raise RecoveredSince(path=("paymentId",))
    return record


async def _entry(work: UnitOfWork, group: Group, entry_id: UUID) -> Posting:
    found = await work.journal.entry(group.id, entry_id)
    if found is None:
        raise LoanPaymentNotFound
    accounts = await work.accounts.find(group.id, {line.account_id for line in found.posting.lines})
    if any(account.is_closed for account in accounts.values()):
        raise AccountIsClosed
    return found.posting


async def _anew(
    work: UnitOfWork, group: Group, command: ReverseLoanPayment, owed: OwedLoan, applied: AppliedPayment, sequence: int
) -> tuple[list[Posting], PaymentRecord]:
    """A payment of which the parts change: its reversal, its new entry, and what is kept of that."""
    payment = applied.payment
    record = owed.payment(payment.id)
    assert record is not None  # noqa: S101 - it is one of the loan's payments
    original = await _entry(work, group, payment.id)
    undo = Booking(
        entry_id=derived_id(command.idempotency_key, f"reverse {payment.id}"), group_id=group.id, on=payment.on
    )
    redo = replace(undo, entry_id=derived_id(command.idempotency_key, f"again {payment.id}"))
    # The same money in the same place; what it went to is what changes.
    settled = sums_of(applied, owed).lines(redo, owed.loan.fund, owed.loan.member_id)
    posting = redo.posting(original.kind, original.lines[0], *settled, member_id=owed.loan.member_id)
    anew = replace(applied, payment=replace(payment, id=redo.entry_id))
    return [reversal(undo, original), posting], record_of(owed, anew, record.kind, sequence, replaces_id=payment.id)


async def _move(
    work: UnitOfWork, group: Group, owed: OwedLoan, record: PaymentRecord, account: LoanAccount, booking: Booking
) -> None:
    """Take the step that follows: what is owed again is open again."""
    words = None if booking.voucher is None else booking.voucher.description
    if record.kind is PaymentKind.WRITE_OFF:
        await take_step(work, group, owed.loan, StepKind.WRITE_OFF_REVERSAL, booking, words=words)
    elif owed.loan.status is LoanStatus.CLOSED and not account.is_settled:
        await take_step(work, group, owed.loan, StepKind.REOPENING, booking, words=words)
