"""Fines: levied, then paid or waived. What a member owes is one balance, whatever it was for."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from domain.errors import DomainError, ErrorCode
from domain.ledger.accounts import FINES_OWED, Place
from domain.ledger.events import fine_levied, fine_paid, fine_waived
from domain.ledger.recording import (
    AMOUNT_ERRORS,
    PLACING_ERRORS,
    TEXT_ERRORS,
    EntryCommand,
    begin_entry,
    post_entry,
    typed_payment,
    typed_voucher,
)
from domain.money import Money
from domain.policy import EntryKind
from domain.savings.standings import MemberNotInGroup, require_active, require_balance
from domain.service import Outcome, service

if TYPE_CHECKING:
    from domain.groups import Group
    from domain.unit_of_work import UnitOfWork

__all__ = ["FinesOwedLess", "LevyFine", "PayFine", "WaiveFine", "levy_fine", "pay_fine", "waive_fine"]


@dataclass(eq=False)
class FinesOwedLess(DomainError):
    """More would be paid, or waived, than the member owes in fines."""

    code = ErrorCode.NOT_ALLOWED

    owed: Decimal

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        if self.owed == 0:
            return "The member owes no fine: check the member."
        return f"The member owes {self.owed} in fines: give at most that."


@dataclass(frozen=True, slots=True, kw_only=True)
class LevyFine(EntryCommand):
    """The wish to fine a member."""

    member_id: UUID
    amount: Decimal
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PayFine(EntryCommand):
    """The wish to record that a member paid of the fines that she owes."""

    member_id: UUID
    amount: Decimal
    place: Place = Place.BOX


@dataclass(frozen=True, slots=True, kw_only=True)
class WaiveFine(EntryCommand):
    """The wish to let a member off fines that she owes."""

    member_id: UUID
    amount: Decimal
    reason: str


@service(
    "fineLevy",
    posts=(EntryKind.FINE_LEVIED,),
    raises=(*PLACING_ERRORS, MemberNotInGroup, *AMOUNT_ERRORS, *TEXT_ERRORS),
)
async def levy_fine(work: UnitOfWork, command: LevyFine) -> Outcome:
    """Fine a member, who owes it from then on."""
    group, booking = await begin_entry(work, command, typed_voucher(command.reason, "reason"))
    amount = typed_payment(command.amount, group)
    await require_active(work, group, command.member_id, FINES_OWED)
    return await post_entry(work, command, fine_levied(booking, member_id=command.member_id, amount=amount))


@service(
    "finePay",
    posts=(EntryKind.FINE_PAID,),
    raises=(*PLACING_ERRORS, MemberNotInGroup, FinesOwedLess, *AMOUNT_ERRORS),
)
async def pay_fine(work: UnitOfWork, command: PayFine) -> Outcome:
    """Record that a member paid of the fines that she owes."""
    group, booking = await begin_entry(work, command)
    amount = await _of_what_is_owed(work, group, command)
    posting = fine_paid(booking, member_id=command.member_id, amount=amount, place=command.place)
    return await post_entry(work, command, posting)


@service(
    "fineWaive",
    posts=(EntryKind.FINE_WAIVED,),
    raises=(*PLACING_ERRORS, MemberNotInGroup, FinesOwedLess, *AMOUNT_ERRORS, *TEXT_ERRORS),
)
async def waive_fine(work: UnitOfWork, command: WaiveFine) -> Outcome:
    """Let a member off fines that she owes."""
    group, booking = await begin_entry(work, command, typed_voucher(command.reason, "reason"))
    amount = await _of_what_is_owed(work, group, command)
    return await post_entry(work, command, fine_waived(booking, member_id=command.member_id, amount=amount))


async def _of_what_is_owed(work: UnitOfWork, group: Group, command: PayFine | WaiveFine) -> Money:
    """The amount of the command, once it is sure that the member owes it."""
    amount = typed_payment(command.amount, group)
    owed = await require_balance(work, group, command.member_id, FINES_OWED)
    if amount > owed:
        raise FinesOwedLess(owed.amount, path=("amount",))
    return amount
