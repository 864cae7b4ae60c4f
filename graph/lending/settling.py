"""What is done with a loan that was paid out, in the schema: repaid, charged, rescheduled, given up, and taken back."""

from collections.abc import Awaitable, Callable
from datetime import date
from decimal import Decimal
from typing import Any

import strawberry

from domain.ledger.accounts import Place
from domain.lending.charging import ChargeLoan, LoanChargeKind, WaiveCharge, charge_loan, waive_charge
from domain.lending.losing import RecoverLoan, WriteOffLoan, recover_loan, write_off_loan
from domain.lending.repaying import RepayLoan, ReturnAdvance, UseAdvance, repay_loan, return_advance, use_advance
from domain.lending.rescheduling import RescheduleLoan, reschedule_loan
from domain.lending.taking_back import ReverseLoanPayment, reverse_loan_payment
from domain.service import Outcome, Service
from graph.ledger.entries import JournalEntry
from graph.ledger.moving import PLACE_TO, EntryInput
from graph.lending.accounts import LoanPayment
from graph.lending.charges import LoanCharge
from graph.lending.loans import Loan
from graph.lending.previews import LoanTermsInput
from graph.lending.steps import LoanStepInput
from graph.mutations import command_mutation
from graph.permissions import Info
from graph.relations import load_one
from persistence.reads.entries import load_entries
from persistence.reads.loan_settling import load_charge, load_payment
from persistence.reads.loans import load_loans

__all__ = ["LoanSettlements"]

_LOAN = "The loan, which was paid out."
_MEMO = "Anything that is to stand beside it."
_RECEIPT = "The reference outside: of the bank, of mobile money, or the number of a paper."
_PLACE_FROM = "Whence the money was taken; BOX if left out."


@strawberry.input(description="What everything has that is recorded of a loan once it was paid out.")
class LoanEntryInput(EntryInput):
    """Fields that the inputs of this module share."""

    loan_id: strawberry.ID = strawberry.field(description=_LOAN)


@strawberry.input(description="Money that came back of a loan (instalment, loan payment).")
class LoanRepayInput(LoanEntryInput):
    """The input of `loanRepay`."""

    amount: Decimal = strawberry.field(
        description="How much: any sum, early or late. More than settles the loan is refused, or held in advance, as "
        "the product says."
    )
    place: Place | None = strawberry.field(default=strawberry.UNSET, description=PLACE_TO)
    memo: str | None = strawberry.field(default=strawberry.UNSET, description=_MEMO)
    receipt: str | None = strawberry.field(default=strawberry.UNSET, description=_RECEIPT)


@strawberry.input(description="What is held for a member goes to a loan of hers.")
class LoanAdvanceUseInput(LoanEntryInput):
    """The input of `loanAdvanceUse`."""

    amount: Decimal | None = strawberry.field(
        default=strawberry.UNSET,
        description="How much; if left out as much as settles the loan, or all that is held.",
    )


@strawberry.input(description="What is held for a member is given back to her (refund).")
class LoanAdvanceReturnInput(LoanEntryInput):
    """The input of `loanAdvanceReturn`."""

    amount: Decimal = strawberry.field(description="How much; at most what is held for her.")
    place: Place | None = strawberry.field(default=strawberry.UNSET, description=_PLACE_FROM)


@strawberry.input(description="A payment, a write-off or a recovery that is taken back (void).")
class LoanPaymentReverseInput(LoanEntryInput):
    """The input of `loanPaymentReverse`."""

    payment_id: strawberry.ID = strawberry.field(description="The payment, whose id is its entry's.")
    reason: str = strawberry.field(description="What was wrong.")


@strawberry.input(description="A loan that is given up as lost.")
class LoanWriteOffInput(LoanEntryInput):
    """The input of `loanWriteOff`."""

    reason: str = strawberry.field(description="Why.")


@strawberry.input(description="Money that came in of a loan that was written off.")
class LoanRecoverInput(LoanEntryInput):
    """The input of `loanRecover`."""

    amount: Decimal = strawberry.field(description="How much; at most what was lost and has not come in.")
    place: Place | None = strawberry.field(default=strawberry.UNSET, description=PLACE_TO)
    memo: str | None = strawberry.field(default=strawberry.UNSET, description=_MEMO)
    receipt: str | None = strawberry.field(default=strawberry.UNSET, description=_RECEIPT)


@strawberry.input(description="A fee or a penalty beside the schedule.")
class LoanChargeAddInput(LoanEntryInput):
    """The input of `loanChargeAdd`."""

    kind: LoanChargeKind = strawberry.field(description="What it is.")
    amount: Decimal = strawberry.field(description="How much.")
    due_on: date | None = strawberry.field(
        default=strawberry.UNSET, description="When it is due; on the day of the charge if left out."
    )
    instalment: int | None = strawberry.field(
        default=strawberry.UNSET,
        description="The number of the instalment that it goes with; the one in whose time it is due if left out.",
    )


@strawberry.input(description="A charge that the borrower is let off.")
class LoanChargeWaiveInput(LoanEntryInput):
    """The input of `loanChargeWaive`."""

    charge_id: strawberry.ID = strawberry.field(description="The charge.")
    amount: Decimal | None = strawberry.field(
        default=strawberry.UNSET, description="How much of it; all that is owed of it if left out."
    )


@strawberry.input(description="What is left of a loan is repaid otherwise (restructuring).")
class LoanRescheduleInput(LoanStepInput):
    """The input of `loanReschedule`."""

    terms: LoanTermsInput | None = strawberry.field(
        default=strawberry.UNSET, description="How it is repaid from now on; on the loan's own terms if left out."
    )
    first_due_on: date | None = strawberry.field(
        default=strawberry.UNSET,
        description="When the first instalment is due; one period later if left out. The others keep to its day.",
    )
    meetings_on: list[date] | None = strawberry.field(
        default=strawberry.UNSET,
        description="The dates of the meetings at which instalments are due, one for each.",
    )
    reason: str = strawberry.field(description="Why.")


def _mutation(service: Service[Any], given: Any, command: type, description: str, **more: Any) -> Any:
    return command_mutation(
        service,
        given=given,
        command=command,
        record="loan",
        record_type=Loan,
        load=load_loans,
        key=lambda sent, _: (sent.group_id, sent.loan_id),
        description=description,
        **more,
    )


More = Callable[[Info, Any, Outcome], Awaitable[dict[str, Any]]]


def _reading(**loads: Any) -> More:
    """Reads further fields of a payload, each the record with the id that the command gave."""

    async def more(info: Info, command: Any, _: Outcome) -> dict[str, Any]:
        key = (command.group_id, command.record_id)
        return {name: await load_one(info.context, load, key) for name, load in loads.items()}

    return more


_ENTRY = (JournalEntry, "The entry in the book; null if the request was refused.")
_PAID: dict[str, Any] = {
    "extra": {
        "payment": (LoanPayment, "The payment, with what its parts settled; null if the request was refused."),
        "entry": _ENTRY,
    },
    "more": _reading(payment=load_payment, entry=load_entries),
}
_CHARGED: dict[str, Any] = {
    "extra": {"charge": (LoanCharge, "What was recorded; null if the request was refused.")},
    "more": _reading(charge=load_charge),
}


@strawberry.type(description="What can be done with loans that were paid out.")
class LoanSettlements:
    """The mutations of lending after a loan was paid out."""

    loan_repay = _mutation(
        repay_loan,
        LoanRepayInput,
        RepayLoan,
        "Record that a loan was repaid, wholly or in part, and read what the payment settled; the last coin closes it.",
        **_PAID,
    )
    loan_advance_use = _mutation(
        use_advance,
        LoanAdvanceUseInput,
        UseAdvance,
        "Settle a loan with what is held in advance for its borrower.",
        **_PAID,
    )
    loan_advance_return = _mutation(
        return_advance,
        LoanAdvanceReturnInput,
        ReturnAdvance,
        "Give back what is held in advance for the borrower of a loan (refund), whatever became of the loan.",
        **_PAID,
    )
    loan_payment_reverse = _mutation(
        reverse_loan_payment,
        LoanPaymentReverseInput,
        ReverseLoanPayment,
        "Take back what settled a loan (void a payment). Payments after it of which the parts change are reversed and "
        "posted anew, under other ids.",
        extra={"entry": _ENTRY},
        more=_reading(entry=load_entries),
    )
    loan_charge_add = _mutation(
        charge_loan,
        LoanChargeAddInput,
        ChargeLoan,
        "Charge a fee or a penalty on a loan, beside its schedule.",
        **_CHARGED,
    )
    loan_charge_waive = _mutation(
        waive_charge,
        LoanChargeWaiveInput,
        WaiveCharge,
        "Let a borrower off a charge, or a part of it, as an officer who is not the borrower.",
        **_CHARGED,
    )
    loan_reschedule = _mutation(
        reschedule_loan,
        LoanRescheduleInput,
        RescheduleLoan,
        "Repay what is left of a loan otherwise (restructure it); the schedules before are kept.",
        shows_current=True,
    )
    loan_write_off = _mutation(
        write_off_loan,
        LoanWriteOffInput,
        WriteOffLoan,
        "Give a loan up as lost (write it off), as an officer who is not the borrower; the loss is the group's.",
        **_PAID,
    )
    loan_recover = _mutation(
        recover_loan,
        LoanRecoverInput,
        RecoverLoan,
        "Record that something of a lost loan came in after all.",
        **_PAID,
    )
