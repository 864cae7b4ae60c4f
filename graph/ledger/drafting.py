"""Mutations that draft entries, revise them, and decide on them."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import strawberry

from domain.ledger.accounts import Fund, Place
from domain.ledger.adjusting import AdjustableBalance, AdjustmentDirection, DraftAdjustment, draft_adjustment
from domain.ledger.deciding import DiscardDraft, PostDraft, ReviseDraft, draft_discard, draft_post, draft_revise
from domain.ledger.manual import DraftEntry, draft_entry
from domain.ledger.opening import DraftOpeningBalances, draft_opening_balances
from domain.service import Service
from graph.ledger.drafts import EntryDraft
from graph.ledger.entries import JournalEntry
from graph.mutations import command_mutation
from graph.permissions import Info
from graph.relations import load_one
from persistence.reads.drafts import load_drafts
from persistence.reads.entries import load_entries

__all__ = [
    "adjustment_draft",
    "draft_discard_mutation",
    "draft_post_mutation",
    "draft_revise_mutation",
    "entry_draft",
    "opening_balances_draft",
]

_GROUP = "The group."
_KEY = "Made by the client, new for each wish; repeats carry the same."
_ID = "The draft's id and its entry's, if the client makes it; otherwise the idempotency key is."
_MEETING = "The open meeting that it belongs to; it then counts for the meeting's date."
_ON = "Outside a meeting, the group's date that it counts for: today if left out, and never later."
_RECEIPT = "The number or name of the paper that shows it (receipt, invoice), up to 60 characters."


@strawberry.input(description="One line: a debit or a credit.")
class EntryLineInput:
    """A line of a manual entry."""

    account_id: strawberry.ID = strawberry.field(description="An open account that takes entries.")
    debit: Decimal | None = strawberry.field(default=strawberry.UNSET, description="How much is debited, above zero.")
    credit: Decimal | None = strawberry.field(default=strawberry.UNSET, description="How much is credited, above zero.")
    member_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="The member, where the account needs one; never for the money in a place."
    )
    shares: int | None = strawberry.field(
        default=strawberry.UNSET,
        description="On the account of shares, how many: gained by a credit, taken by a debit.",
    )


@strawberry.input(description="What a manual entry (journal voucher) says.")
class EntryContentInput:
    """The content of a manual entry."""

    lines: list[EntryLineInput] = strawberry.field(
        description="From 2 to 100 lines; debits and credits come to the same."
    )
    description: str = strawberry.field(description="What happened, or why, up to 500 characters.")
    payee: str | None = strawberry.field(
        default=strawberry.UNSET, description="Who was paid, or paid in, up to 120 characters."
    )
    receipt: str | None = strawberry.field(default=strawberry.UNSET, description=_RECEIPT)
    meeting_id: strawberry.ID | None = strawberry.field(default=strawberry.UNSET, description=_MEETING)
    on: date | None = strawberry.field(default=strawberry.UNSET, description=_ON)


@strawberry.input(description="A manual entry (journal voucher) to be drafted.")
class EntryDraftInput(EntryContentInput):
    """The input of `entryDraft`."""

    group_id: strawberry.ID = strawberry.field(description=_GROUP)
    idempotency_key: UUID = strawberry.field(description=_KEY)
    id: strawberry.ID | None = strawberry.field(default=strawberry.UNSET, description=_ID)


@strawberry.input(description="What an adjustment (correction) of a member's balance says.")
class AdjustmentContentInput:
    """The content of an adjustment."""

    member_id: strawberry.ID = strawberry.field(description="The member, also one who has left.")
    balance: AdjustableBalance = strawberry.field(description="Which of her balances.")
    direction: AdjustmentDirection = strawberry.field(description="Whether it grows or shrinks.")
    amount: Decimal = strawberry.field(description="By how much; it never shrinks below zero.")
    reason: str = strawberry.field(description="Why, up to 500 characters.")
    receipt: str | None = strawberry.field(default=strawberry.UNSET, description=_RECEIPT)
    meeting_id: strawberry.ID | None = strawberry.field(default=strawberry.UNSET, description=_MEETING)
    on: date | None = strawberry.field(default=strawberry.UNSET, description=_ON)


@strawberry.input(description="An adjustment (correction) of a member's balance to be drafted.")
class AdjustmentDraftInput(AdjustmentContentInput):
    """The input of `adjustmentDraft`."""

    group_id: strawberry.ID = strawberry.field(description=_GROUP)
    idempotency_key: UUID = strawberry.field(description=_KEY)
    id: strawberry.ID | None = strawberry.field(default=strawberry.UNSET, description=_ID)


@strawberry.input(description="What lay in one place of one fund.")
class CashOpeningInput:
    """Cash among opening balances."""

    fund: Fund = strawberry.field(description="Whose money.")
    place: Place = strawberry.field(description="Where it lay.")
    amount: Decimal = strawberry.field(description="How much; zero is as good as nothing.")


@strawberry.input(description="What a member had, and owed. Zero is as good as leaving out.")
class MemberOpeningInput:
    """A member among opening balances."""

    member_id: strawberry.ID = strawberry.field(description="The member, who takes part.")
    shares: int | None = strawberry.field(default=strawberry.UNSET, description="How many shares, with `shareValue`.")
    share_value: Decimal | None = strawberry.field(default=strawberry.UNSET, description="What was paid for them.")
    savings: Decimal | None = strawberry.field(default=strawberry.UNSET, description="Savings that may be withdrawn.")
    social_fund: Decimal | None = strawberry.field(
        default=strawberry.UNSET, description="What the member paid into the social fund."
    )
    fines_owed: Decimal | None = strawberry.field(default=strawberry.UNSET, description="Fines not paid yet.")
    loans_owed: Decimal | None = strawberry.field(
        default=strawberry.UNSET,
        description="What the member has not paid back of loans (principal outstanding), without interest and charges.",
    )
    social_fund_loans_owed: Decimal | None = strawberry.field(
        default=strawberry.UNSET, description="The same of loans that the social fund gave (emergency loans)."
    )


@strawberry.input(description="What a running group had and owed on the day when its book begins here.")
class OpeningBalancesContentInput:
    """The content of opening balances."""

    cash: list[CashOpeningInput] | None = strawberry.field(
        default=strawberry.UNSET, description="What lay where, each place of a fund once."
    )
    members: list[MemberOpeningInput] | None = strawberry.field(
        default=strawberry.UNSET, description="What each member had and owed: up to 500, each once."
    )
    social_fund: Decimal | None = strawberry.field(
        default=strawberry.UNSET, description="What stood in the social fund for nobody in particular."
    )
    borrowings: Decimal | None = strawberry.field(
        default=strawberry.UNSET, description="What the group owed to banks and partners."
    )
    description: str | None = strawberry.field(
        default=strawberry.UNSET, description='Where the figures come from; "Opening balances" if left out.'
    )
    receipt: str | None = strawberry.field(default=strawberry.UNSET, description=_RECEIPT)
    on: date | None = strawberry.field(
        default=strawberry.UNSET, description="The group's date that they are of: today if left out, and never later."
    )


@strawberry.input(description="Opening balances (take-on, migration) to be drafted.")
class OpeningBalancesDraftInput(OpeningBalancesContentInput):
    """The input of `openingBalancesDraft`."""

    group_id: strawberry.ID = strawberry.field(description=_GROUP)
    idempotency_key: UUID = strawberry.field(description=_KEY)
    id: strawberry.ID | None = strawberry.field(default=strawberry.UNSET, description=_ID)


@strawberry.input(description="Which draft is meant, as it was read.")
class _Decision:
    group_id: strawberry.ID = strawberry.field(description=_GROUP)
    idempotency_key: UUID = strawberry.field(description=_KEY)
    draft_id: strawberry.ID = strawberry.field(description="The draft.")
    expected_version: int = strawberry.field(description="The version that you read; a newer one is refused.")


@strawberry.input(description="A draft written anew: give the content of its own kind, whole, and no other.")
class DraftReviseInput(_Decision):
    """The input of `draftRevise`."""

    entry: EntryContentInput | None = strawberry.field(
        default=strawberry.UNSET, description="For a draft of the kind MANUAL_ENTRY."
    )
    adjustment: AdjustmentContentInput | None = strawberry.field(
        default=strawberry.UNSET, description="For a draft of the kind ADJUSTMENT."
    )
    opening_balances: OpeningBalancesContentInput | None = strawberry.field(
        default=strawberry.UNSET, description="For a draft of the kind OPENING_BALANCES."
    )


@strawberry.input(description="A draft to be posted as it stands.")
class DraftPostInput(_Decision):
    """The input of `draftPost`."""


@strawberry.input(description="A draft to be laid aside for good.")
class DraftDiscardInput(_Decision):
    """The input of `draftDiscard`."""


async def _entry(info: Info, command: Any, outcome: Any) -> dict[str, Any]:
    return {"entry": await load_one(info.context, load_entries, (command.group_id, outcome.id))}


def _on_draft(
    service: Service[Any], given: Any, command: type, description: str, *, is_new: bool = False, **more: Any
) -> Any:
    return command_mutation(
        service,
        given=given,
        command=command,
        record="draft",
        record_type=EntryDraft,
        load=load_drafts,
        key=lambda command, outcome: (command.group_id, outcome.id if is_new else command.draft_id),
        description=description,
        shows_current=not is_new,
        **more,
    )


entry_draft = _on_draft(
    draft_entry,
    EntryDraftInput,
    DraftEntry,
    "Draft an entry by hand, for what no other mutation is; another officer posts it.",
    is_new=True,
)
adjustment_draft = _on_draft(
    draft_adjustment,
    AdjustmentDraftInput,
    DraftAdjustment,
    "Draft that a member's balance is put right; another officer posts it.",
    is_new=True,
)
opening_balances_draft = _on_draft(
    draft_opening_balances,
    OpeningBalancesDraftInput,
    DraftOpeningBalances,
    "Draft what a running group had and owed when its book begins here, while nothing is posted yet; another officer "
    "posts it. What the sides differ by goes to retained surplus.",
    is_new=True,
)
draft_revise_mutation = _on_draft(
    draft_revise,
    DraftReviseInput,
    ReviseDraft,
    "Write a draft anew. Whoever does becomes its drafter, and so cannot post it.",
)
draft_post_mutation = _on_draft(
    draft_post,
    DraftPostInput,
    PostDraft,
    "Post a draft exactly as it stands (approve), as another officer than its drafter who may post its kind.",
    extra={"entry": (JournalEntry, "The entry that was posted.")},
    more=_entry,
)
draft_discard_mutation = _on_draft(
    draft_discard,
    DraftDiscardInput,
    DiscardDraft,
    "Lay a draft aside for good (reject); it stays to be read.",
)
