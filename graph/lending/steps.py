"""The steps of a loan up to the day on which it is paid out, in the schema."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import strawberry

import graph.lending.enums  # noqa: F401 - makes the enums below the schema's
from domain.ledger.accounts import Place
from domain.lending.applying import ApplyForLoan, WithdrawLoan, apply_for_loan, withdraw_loan
from domain.lending.deciding import AppraiseLoan, ApproveLoan, RejectLoan, appraise_loan, approve_loan, reject_loan
from domain.lending.disbursing import DisburseLoan, disburse_loan
from domain.lending.records import LoanPurpose
from domain.service import Outcome
from graph.ledger.entries import JournalEntry
from graph.lending.loans import Loan
from graph.mutations import command_mutation
from graph.permissions import Info
from graph.relations import load_one
from persistence.reads.entries import load_entries
from persistence.reads.loans import load_loans

__all__ = [
    "LoanStepInput",
    "loan_apply",
    "loan_appraise",
    "loan_approve",
    "loan_disburse",
    "loan_reject",
    "loan_withdraw",
]

_KEY = "Made by the client, new for each wish; repeats carry the same."
_MEETING = "The open meeting in which it is done (session); it counts for the meeting's date."
_ON = "Outside a meeting, the group's date that it counts for: today if left out, and never later."


@strawberry.input(description="A member's wish for a loan (application, request).")
class LoanApplyInput:
    """The input of `loanApply`."""

    group_id: strawberry.ID = strawberry.field(description="The group.")
    idempotency_key: UUID = strawberry.field(description=_KEY)
    id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET,
        description="The loan's id, if the client makes it; otherwise the idempotency key is.",
    )
    member_id: strawberry.ID = strawberry.field(
        description="Whose loan it is to be (client): yourself, or as an officer any member."
    )
    product_id: strawberry.ID = strawberry.field(description="The loan product, in its newest version.")
    amount: Decimal = strawberry.field(description="How much.")
    purpose: LoanPurpose = strawberry.field(description="What for.")
    description: str | None = strawberry.field(
        default=strawberry.UNSET, description="What for, in words, up to 1000 characters."
    )
    instalments: int | None = strawberry.field(
        default=strawberry.UNSET, description="How many; as many as the product has if left out."
    )
    guarantor_ids: list[strawberry.ID] | None = strawberry.field(
        default=strawberry.UNSET, description="Members who stand surety, each once and none of them the borrower."
    )
    officer_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET,
        description="The user who looks after it (loan officer); you, if you are an officer and leave it out.",
    )
    meeting_id: strawberry.ID | None = strawberry.field(default=strawberry.UNSET, description=_MEETING)
    on: date | None = strawberry.field(default=strawberry.UNSET, description=_ON)


@strawberry.input(description="What every step of a loan has.")
class LoanStepInput:
    """Fields that the inputs of this module share."""

    group_id: strawberry.ID = strawberry.field(description="The group.")
    idempotency_key: UUID = strawberry.field(description=_KEY)
    loan_id: strawberry.ID = strawberry.field(description="The loan.")
    expected_version: int = strawberry.field(description="The version that you read; a newer one is refused.")
    meeting_id: strawberry.ID | None = strawberry.field(default=strawberry.UNSET, description=_MEETING)
    on: date | None = strawberry.field(default=strawberry.UNSET, description=_ON)


@strawberry.input(description="An application that is taken back before anything was paid out.")
class LoanWithdrawInput(LoanStepInput):
    """The input of `loanWithdraw`."""

    reason: str | None = strawberry.field(default=strawberry.UNSET, description="Why.")


@strawberry.input(description="What an officer found out about an application (assessment).")
class LoanAppraiseInput(LoanStepInput):
    """The input of `loanAppraise`."""

    recommended: Decimal | None = strawberry.field(
        default=strawberry.UNSET, description="The sum that she recommends; at most what was asked for."
    )
    findings: str | None = strawberry.field(default=strawberry.UNSET, description="What she found, in words.")


@strawberry.input(description="A loan that is granted, by officers or by the meeting.")
class LoanApproveInput(LoanStepInput):
    """The input of `loanApprove`."""

    amount: Decimal | None = strawberry.field(
        default=strawberry.UNSET,
        description="How much; what was asked for if left out. Of several officers the least counts.",
    )
    votes_for: int | None = strawberry.field(
        default=strawberry.UNSET, description="How many of the meeting are for it, where the meeting decides."
    )
    votes_against: int | None = strawberry.field(default=strawberry.UNSET, description="How many are against it.")
    place: Place | None = strawberry.field(
        default=strawberry.UNSET,
        description="Where the money lies that is set aside, if the product asks for that; BOX if left out.",
    )
    notes: str | None = strawberry.field(default=strawberry.UNSET, description="What was said.")


@strawberry.input(description="An application that is turned down.")
class LoanRejectInput(LoanStepInput):
    """The input of `loanReject`."""

    reason: str = strawberry.field(description="Why.")


@strawberry.input(description="A loan that is paid out (issued).")
class LoanDisburseInput(LoanStepInput):
    """The input of `loanDisburse`."""

    id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET,
        description="The entry's id, if the client makes it; otherwise the idempotency key is.",
    )
    amount: Decimal | None = strawberry.field(
        default=strawberry.UNSET, description="How much; at most what was granted, which it is if left out."
    )
    place: Place | None = strawberry.field(
        default=strawberry.UNSET, description="Whence the money was taken; BOX if left out."
    )
    first_due_on: date | None = strawberry.field(
        default=strawberry.UNSET,
        description="When the first instalment is due; one period later if left out. The others keep to its day.",
    )
    meetings_on: list[date] | None = strawberry.field(
        default=strawberry.UNSET,
        description="The dates of the meetings at which instalments are due, one for each.",
    )
    memo: str | None = strawberry.field(default=strawberry.UNSET, description="Anything that is to stand beside it.")
    receipt: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="The number of the paper, or the reference of the bank or of mobile money.",
    )


def _mutation(service: Any, given: Any, command: type, description: str, *, extra: Any = None, more: Any = None) -> Any:
    changes = command is not ApplyForLoan
    return command_mutation(
        service,
        given=given,
        command=command,
        record="loan",
        record_type=Loan,
        load=load_loans,
        key=lambda command, outcome: (command.group_id, command.loan_id if changes else outcome.id),
        description=description,
        extra=extra,
        more=more,
        shows_current=changes,
    )


async def _entry(info: Info, command: DisburseLoan, _: Outcome) -> dict[str, Any]:
    return {"entry": await load_one(info.context, load_entries, (command.group_id, command.record_id))}


loan_apply = _mutation(
    apply_for_loan,
    LoanApplyInput,
    ApplyForLoan,
    "Apply for a loan, in a meeting or outside, for yourself or as an officer for a member.",
)

loan_withdraw = _mutation(
    withdraw_loan,
    LoanWithdrawInput,
    WithdrawLoan,
    "Take an application back before it is paid out; money set aside for it is free again.",
)

loan_appraise = _mutation(
    appraise_loan,
    LoanAppraiseInput,
    AppraiseLoan,
    "Keep what was found out about an application (assess it), as an officer who is not the borrower.",
)

loan_approve = _mutation(
    approve_loan,
    LoanApproveInput,
    ApproveLoan,
    "Grant a loan, as an officer who is not the borrower, or by a vote of the meeting; one of several officers who do.",
)

loan_reject = _mutation(reject_loan, LoanRejectInput, RejectLoan, "Turn an application down.")

loan_disburse = _mutation(
    disburse_loan,
    LoanDisburseInput,
    DisburseLoan,
    "Pay a granted loan out (issue it) and keep its schedule; charges at disbursement are kept back.",
    extra={"entry": (JournalEntry, "The entry that paid it out; null if the request was refused.")},
    more=_entry,
)
