"""What members take out of their savings."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from domain.errors import DomainError, ErrorCode
from domain.ledger.accounts import MEMBER_SAVINGS, Fund, Place
from domain.ledger.events import withdrawal
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
from domain.savings.standings import MemberNotInGroup, require_balance
from domain.service import Outcome, service

if TYPE_CHECKING:
    from domain.unit_of_work import UnitOfWork

__all__ = ["RecordWithdrawal", "SavingsHeldForLoan", "SavingsTooSmall", "record_withdrawal"]


@dataclass(eq=False)
class SavingsTooSmall(DomainError):
    """The member would take more than she has in her savings."""

    code = ErrorCode.NOT_ALLOWED

    available: Decimal

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        if self.available == 0:
            return "The member has no savings to withdraw: check the member."
        return f"The member has {self.available} in her savings: withdraw at most that."


@dataclass(eq=False)
class SavingsHeldForLoan(DomainError):
    """The member would take what stays with the group for loans that she stands surety for.

    Attributes:
        held: What stays.
        available: What of her savings is free.
    """

    code = ErrorCode.NOT_ALLOWED

    held: Decimal
    available: Decimal

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return (
            f"{self.held} of the member's savings are held for loans that she stands surety for: withdraw at most "
            f"{self.available}, or release her first."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordWithdrawal(EntryCommand):
    """The wish to pay a member out of her savings.

    Attributes:
        hold_id: Money set aside for it, which it uses.
    """

    member_id: UUID
    amount: Decimal
    place: Place = Place.BOX
    memo: str | None = None
    hold_id: UUID | None = None


@service(
    "withdrawalRecord",
    posts=(EntryKind.WITHDRAWAL,),
    raises=(
        *PLACING_ERRORS,
        MemberNotInGroup,
        SavingsTooSmall,
        SavingsHeldForLoan,
        *AMOUNT_ERRORS,
        *HOLD_ERRORS,
        *TEXT_ERRORS,
    ),
)
async def record_withdrawal(work: UnitOfWork, command: RecordWithdrawal) -> Outcome:
    """Pay a member out of her savings, as far as she has any and the money is there."""
    voucher = None if command.memo is None else typed_voucher(command.memo, "memo")
    group, booking = await begin_entry(work, command, voucher)
    amount = typed_payment(command.amount, group)
    available = -await require_balance(work, group, command.member_id, MEMBER_SAVINGS)
    if amount > available:
        raise SavingsTooSmall(available.amount, path=("amount",))
    held = await work.guarantees.held(group, command.member_id)
    if amount > available - held:
        free = max(available.amount - held.amount, Decimal(0))
        raise SavingsHeldForLoan(held.amount, free, path=("amount",))
    await use_hold(work, booking, command.hold_id, booking.cash(Fund.LOAN_FUND, command.place))
    posting = withdrawal(booking, member_id=command.member_id, amount=amount, place=command.place)
    return await post_entry(work, command, posting)
