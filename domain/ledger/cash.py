"""Money of the group as a whole: carried from place to place, received, and spent."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from domain.errors import DomainError, ErrorCode, faults_at
from domain.ledger.accounts import AccountType, Fund, Place
from domain.ledger.charting import AccountIsClosed, AccountNotFound
from domain.ledger.events import other_expense, other_income, transfer
from domain.ledger.postings import Posting
from domain.ledger.recording import (
    AMOUNT_ERRORS,
    HOLD_ERRORS,
    PLACING_ERRORS,
    TEXT_ERRORS,
    EntryCommand,
    begin_entry,
    post_entry,
    typed_payment,
    typed_voucher,
    use_hold,
)
from domain.policy import EntryKind
from domain.service import Outcome, service

if TYPE_CHECKING:
    from domain.unit_of_work import UnitOfWork

__all__ = [
    "AccountMissing",
    "AccountNotExpense",
    "AccountNotIncome",
    "HoldNotForDraft",
    "PlacesTheSame",
    "RecordExpense",
    "RecordIncome",
    "SocialFundHasNoResults",
    "TransferCash",
    "record_expense",
    "record_income",
    "transfer_cash",
]


@dataclass(eq=False)
class PlacesTheSame(DomainError):
    """Money would be carried to where it lies."""

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "The money lies there already: give two different places."


@dataclass(eq=False)
class AccountNotIncome(DomainError):
    """The account is not one of income, or takes no entries of the group as a whole."""

    code = ErrorCode.NOT_ALLOWED

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "Income goes to an income account that is no heading and names no members: choose such an account."


@dataclass(eq=False)
class AccountNotExpense(DomainError):
    """The account is not one of expenses, or takes no entries of the group as a whole."""

    code = ErrorCode.NOT_ALLOWED

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "An expense goes to an expense account that is no heading and names no members: choose such an account."


@dataclass(eq=False)
class AccountMissing(DomainError):
    """Income or an expense of the main fund has no account."""

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "Say which account of income or expenses this belongs to."


@dataclass(eq=False)
class SocialFundHasNoResults(DomainError):
    """Income or an expense of the social fund would go to an account of results."""

    code = ErrorCode.NOT_ALLOWED

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "What the social fund receives or pays stays its own and is never shared out: leave the account out."


@dataclass(eq=False)
class HoldNotForDraft(DomainError):
    """A draft cannot use money that was set aside, since it pays nothing yet."""

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "A draft pays nothing yet: leave the hold out, or record the expense straight away."


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferCash(EntryCommand):
    """The wish to carry money of a fund from one place to another."""

    fund: Fund
    source: Place
    target: Place
    amount: Decimal
    description: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _GroupMoney(EntryCommand):
    """What income and expenses share.

    Attributes:
        account_id: The account of income or expenses; None for the social fund, whose money is its own.
        payee: Who paid in, or was paid.
        receipt: The number or name of the paper that shows it.
        is_draft: Whether it waits for a second officer to post it.
    """

    account_id: UUID | None = None
    fund: Fund
    place: Place = Place.BOX
    amount: Decimal
    description: str
    payee: str | None = None
    receipt: str | None = None
    is_draft: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordIncome(_GroupMoney):
    """The wish to record money that the group received and that is no member's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordExpense(_GroupMoney):
    """The wish to record what the group paid for something.

    Attributes:
        hold_id: Money set aside for it, which it uses.
    """

    hold_id: UUID | None = None


@service(
    "cashTransfer",
    posts=(EntryKind.TRANSFER,),
    raises=(*PLACING_ERRORS, PlacesTheSame, *AMOUNT_ERRORS, *TEXT_ERRORS),
)
async def transfer_cash(work: UnitOfWork, command: TransferCash) -> Outcome:
    """Carry money of a fund from one place to another, as far as it is there."""
    if command.source is command.target:
        raise PlacesTheSame(path=("target",))
    voucher = None if command.description is None else typed_voucher(command.description)
    group, booking = await begin_entry(work, command, voucher)
    amount = typed_payment(command.amount, group)
    posting = transfer(booking, fund=command.fund, source=command.source, target=command.target, amount=amount)
    return await post_entry(work, command, posting)


_ACCOUNT_ERRORS = (AccountMissing, SocialFundHasNoResults, AccountNotFound, AccountIsClosed)


@service(
    "otherIncomeRecord",
    posts=(EntryKind.OTHER_INCOME,),
    raises=(*PLACING_ERRORS, *_ACCOUNT_ERRORS, AccountNotIncome, *AMOUNT_ERRORS, *TEXT_ERRORS),
)
async def record_income(work: UnitOfWork, command: RecordIncome) -> Outcome:
    """Record money that the group received and that is no member's: a bank's interest, a fee, a gift."""
    voucher = typed_voucher(command.description, payee=command.payee, receipt=command.receipt)
    group, booking = await begin_entry(work, command, voucher)
    amount = typed_payment(command.amount, group)
    await _require_account(work, command, AccountType.INCOME, AccountNotIncome)
    posting = other_income(
        booking, income_account=command.account_id, fund=command.fund, place=command.place, amount=amount
    )
    return await _post_or_keep(work, command, posting)


@service(
    "otherExpenseRecord",
    posts=(EntryKind.OTHER_EXPENSE,),
    raises=(
        *PLACING_ERRORS,
        *_ACCOUNT_ERRORS,
        AccountNotExpense,
        HoldNotForDraft,
        *HOLD_ERRORS,
        *AMOUNT_ERRORS,
        *TEXT_ERRORS,
    ),
)
async def record_expense(work: UnitOfWork, command: RecordExpense) -> Outcome:
    """Record what the group paid for something, as far as the money is there: stationery, transport, a charge."""
    if command.is_draft and command.hold_id is not None:
        raise HoldNotForDraft(path=("holdId",))
    voucher = typed_voucher(command.description, payee=command.payee, receipt=command.receipt)
    group, booking = await begin_entry(work, command, voucher)
    amount = typed_payment(command.amount, group)
    await _require_account(work, command, AccountType.EXPENSE, AccountNotExpense)
    await use_hold(work, booking, command.hold_id, booking.cash(command.fund, command.place))
    posting = other_expense(
        booking, expense_account=command.account_id, fund=command.fund, place=command.place, amount=amount
    )
    return await _post_or_keep(work, command, posting)


async def _require_account(
    work: UnitOfWork, command: _GroupMoney, account_type: AccountType, otherwise: type[DomainError]
) -> None:
    """Raise `otherwise` unless the account is one of this type that takes entries of the group as a whole.

    Raises:
        AccountMissing: There is none, although the money is the main fund's.
        SocialFundHasNoResults: There is one, although the money is the social fund's.
    """
    if command.fund is Fund.SOCIAL_FUND:
        if command.account_id is not None:
            raise SocialFundHasNoResults(path=("accountId",))
        return
    if command.account_id is None:
        raise AccountMissing(path=("accountId",))
    account = (await work.accounts.find(command.group_id, {command.account_id})).get(command.account_id)
    with faults_at("accountId"):
        if account is None:
            raise AccountNotFound
        if account.is_closed:
            raise AccountIsClosed
        if account.type is not account_type or not account.is_postable or account.needs_member:
            raise otherwise


async def _post_or_keep(work: UnitOfWork, command: _GroupMoney, posting: Posting) -> Outcome:
    """Post the entry, or keep it as a draft that a second officer posts."""
    if command.is_draft:
        await work.drafts.keep(command.group_id, posting)
        return command.expected_outcome()
    return await post_entry(work, command, posting)
