"""Mutations that move money by one entry: members' savings, the social fund, places, income and expenses."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import strawberry

from domain.ledger.accounts import Fund, Place
from domain.ledger.cash import (
    RecordExpense,
    RecordIncome,
    TransferCash,
    record_expense,
    record_income,
    transfer_cash,
)
from domain.ledger.reversing import ReverseEntry, reverse_entry
from domain.savings import (
    GrantFromSocialFund,
    RecordWithdrawal,
    grant_from_social_fund,
    record_withdrawal,
)
from domain.service import Outcome, Service
from graph.ledger.drafts import EntryDraft
from graph.ledger.entries import JournalEntry
from graph.mutations import command_mutation
from graph.permissions import Info
from graph.relations import load_one
from persistence.reads.drafts import load_drafts
from persistence.reads.entries import load_entries

__all__ = [
    "MEMBER",
    "PLACE_TO",
    "EntryInput",
    "cash_transfer",
    "entry_mutation",
    "entry_reverse",
    "other_expense_record",
    "other_income_record",
    "social_fund_grant",
    "withdrawal_record",
]


@strawberry.input(description="What every entry has that is recorded by itself.")
class EntryInput:
    """Fields that the inputs of this module share."""

    group_id: strawberry.ID = strawberry.field(description="The group.")
    idempotency_key: UUID = strawberry.field(
        description="Made by the client, new for each wish; repeats carry the same."
    )
    id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET,
        description="The entry's id, if the client makes it; otherwise the idempotency key is.",
    )
    meeting_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET,
        description="The open meeting that it belongs to (session); the entry counts for the meeting's date.",
    )
    on: date | None = strawberry.field(
        default=strawberry.UNSET,
        description="Outside a meeting, the group's date that it counts for: today if left out, and never later.",
    )


MEMBER = "The member."
PLACE_TO = "Where the money went; BOX if left out."
_PLACE_FROM = "Whence the money was taken; BOX if left out."
_HOLD = "Money set aside for this (reservation), which it uses."
_DRAFT = "Whether to keep it as a draft that a second officer posts, instead of posting it; false if left out."
_RECEIPT = "The number or name of the paper that shows it (receipt, invoice)."


@strawberry.input(description="A withdrawal (payout): a member takes money out of her savings.")
class WithdrawalRecordInput(EntryInput):
    """The input of `withdrawalRecord`."""

    member_id: strawberry.ID = strawberry.field(description=MEMBER)
    amount: Decimal = strawberry.field(description="How much; at most what she has in her savings.")
    place: Place | None = strawberry.field(default=strawberry.UNSET, description=_PLACE_FROM)
    memo: str | None = strawberry.field(default=strawberry.UNSET, description="What it was for, or anything else.")
    hold_id: strawberry.ID | None = strawberry.field(default=strawberry.UNSET, description=_HOLD)


@strawberry.input(description="Help for a member in need from the social fund (welfare payment); it is not paid back.")
class SocialFundGrantInput(EntryInput):
    """The input of `socialFundGrant`."""

    member_id: strawberry.ID = strawberry.field(description=MEMBER)
    amount: Decimal = strawberry.field(description="How much; at most what the social fund has there.")
    place: Place | None = strawberry.field(default=strawberry.UNSET, description=_PLACE_FROM)
    description: str = strawberry.field(description="What for, such as an illness.")


@strawberry.input(description="Money of a fund that is carried from one place to another (banking, top-up).")
class CashTransferInput(EntryInput):
    """The input of `cashTransfer`."""

    fund: Fund = strawberry.field(description="Whose money.")
    source: Place = strawberry.field(description="Whence it is taken.")
    target: Place = strawberry.field(description="Whither it is brought; another place than the source.")
    amount: Decimal = strawberry.field(description="How much; at most what lies at the source.")
    description: str | None = strawberry.field(default=strawberry.UNSET, description="Why, or by whom.")


@strawberry.input(description="Money that the group received and that is no member's (bank interest, fee, gift).")
class OtherIncomeRecordInput(EntryInput):
    """The input of `otherIncomeRecord`."""

    account_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET,
        description="The account of income: open, no heading; left out for the social fund.",
    )
    fund: Fund = strawberry.field(description="The fund that received it.")
    place: Place | None = strawberry.field(default=strawberry.UNSET, description=PLACE_TO)
    amount: Decimal = strawberry.field(description="How much.")
    description: str = strawberry.field(description="What it was for.")
    payee: str | None = strawberry.field(default=strawberry.UNSET, description="Who paid it in (payer).")
    receipt: str | None = strawberry.field(default=strawberry.UNSET, description=_RECEIPT)
    is_draft: bool | None = strawberry.field(default=strawberry.UNSET, description=_DRAFT)


@strawberry.input(description="What the group paid for something (expenditure): stationery, transport, a charge.")
class OtherExpenseRecordInput(EntryInput):
    """The input of `otherExpenseRecord`."""

    account_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET,
        description="The account of expenses: open, no heading; left out for the social fund.",
    )
    fund: Fund = strawberry.field(description="The fund that paid.")
    place: Place | None = strawberry.field(default=strawberry.UNSET, description=_PLACE_FROM)
    amount: Decimal = strawberry.field(description="How much; at most what the fund has there.")
    description: str = strawberry.field(description="What was paid for.")
    payee: str | None = strawberry.field(default=strawberry.UNSET, description="Who was paid.")
    receipt: str | None = strawberry.field(default=strawberry.UNSET, description=_RECEIPT)
    hold_id: strawberry.ID | None = strawberry.field(default=strawberry.UNSET, description=_HOLD)
    is_draft: bool | None = strawberry.field(default=strawberry.UNSET, description=_DRAFT)


@strawberry.input(description="An entry that was a mistake and is to be taken back (void, storno).")
class EntryReverseInput(EntryInput):
    """The input of `entryReverse`."""

    entry_id: strawberry.ID = strawberry.field(
        description="The entry to take back; a contribution's id is its entry's."
    )
    reason: str = strawberry.field(description="What was wrong.")
    is_draft: bool | None = strawberry.field(
        default=strawberry.UNSET,
        description="Whether to keep the reversal as a draft that a second officer posts; false if left out. It is "
        "true for an adjustment, a manual entry or opening balances.",
    )


def entry_mutation(service: Service[Any], given: Any, command: type, description: str, **more: Any) -> Any:
    """A mutation whose record is the entry that it posts."""
    return command_mutation(
        service,
        given=given,
        command=command,
        record="entry",
        record_type=JournalEntry,
        load=load_entries,
        key=lambda sent, outcome: (sent.group_id, outcome.id),
        description=description,
        **more,
    )


async def _draft(info: Info, command: RecordIncome | RecordExpense | ReverseEntry, outcome: Outcome) -> dict[str, Any]:
    if not command.is_draft:
        return {}
    return {"draft": await load_one(info.context, load_drafts, (command.group_id, outcome.id))}


_OR_DRAFT: dict[str, Any] = {
    "extra": {
        "entry": (JournalEntry, "The entry; null if the request was refused, or while it is a draft."),
        "draft": (EntryDraft, "The draft, where it was to be kept as one; null if it was not."),
    },
    "more": _draft,
}


withdrawal_record = entry_mutation(
    record_withdrawal,
    WithdrawalRecordInput,
    RecordWithdrawal,
    "Pay a member out of her savings (payout), as far as she has any and the money is there.",
)

social_fund_grant = entry_mutation(
    grant_from_social_fund,
    SocialFundGrantInput,
    GrantFromSocialFund,
    "Help a member from the social fund (welfare payment), as far as its money is there.",
)

cash_transfer = entry_mutation(
    transfer_cash,
    CashTransferInput,
    TransferCash,
    "Carry money of a fund between cash box, bank and mobile money (banking, top-up), as far as it is there.",
)

other_income_record = entry_mutation(
    record_income,
    OtherIncomeRecordInput,
    RecordIncome,
    "Record money that the group received and that is no member's (bank interest, fee, gift).",
    **_OR_DRAFT,
)

other_expense_record = entry_mutation(
    record_expense,
    OtherExpenseRecordInput,
    RecordExpense,
    "Record what the group paid for something (expenditure), as far as the money is there.",
    **_OR_DRAFT,
)

entry_reverse = entry_mutation(
    reverse_entry,
    EntryReverseInput,
    ReverseEntry,
    "Take an entry back (void, storno) by posting its mirror image, once, as long as what it moved is there. "
    "Whoever may post an entry of its kind may do so; where it took a second officer, one drafts the reversal and "
    "another posts it.",
    **_OR_DRAFT,
)
