"""Fines: levied for a reason of the constitution, paid now or later, or waived by the chair or the treasurer.

What a member owes in fines is one balance of the book. What is outstanding of a single fine follows from it: a payment
or a waiver that names a fine settles that one, and the others settle the oldest first.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

from domain.groups import Constitution, FineReason, Group
from domain.identifiers import derived_id
from domain.ledger.accounts import FINES_OWED, Place
from domain.ledger.events import Booking, fine_levied, fine_paid, fine_waived
from domain.ledger.postings import Posting, Voucher
from domain.ledger.recording import (
    AMOUNT_ERRORS,
    PLACING_ERRORS,
    TEXT_ERRORS,
    EntryCommand,
    begin_entry,
    post_entries,
    post_entry,
    typed_payment,
    typed_voucher,
)
from domain.money import Money
from domain.policy import EntryKind
from domain.savings.fine_refusals import (
    REASON_ERRORS,
    FineAmountDiffers,
    FineAmountMissing,
    FinedAlready,
    FineNotFound,
    FineOwedLess,
    FineReasonMissing,
    FineReasonUnknown,
    FinesOwedLess,
)
from domain.savings.group_types import NOT_THERE, AbsentMemberPays
from domain.savings.standings import MemberNotInGroup, require_active, require_balance
from domain.service import Outcome, service

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from domain.unit_of_work import UnitOfWork

__all__ = [
    "ABSENT_CODE",
    "LATE_CODE",
    "Fine",
    "FineStore",
    "LevyFine",
    "PayFine",
    "WaiveFine",
    "levy_fine",
    "pay_fine",
    "waive_fine",
]


ABSENT_CODE = "ABSENT"
LATE_CODE = "LATE"
"""What the reasons that follow from the roll are called; nobody is fined twice in a meeting for either."""

_OF_THE_ROLL = frozenset({ABSENT_CODE, LATE_CODE})


@dataclass(frozen=True, slots=True)
class Fine:
    """A fine about to be kept beside its entry.

    Attributes:
        id: The entry's id.
        reason: For which of the constitution's reasons.
        constitution_version: The version that names it.
    """

    id: UUID
    member_id: UUID
    reason: FineReason
    constitution_version: int


class FineStore(Protocol):
    """Where is kept what fines are for."""

    async def add(self, group_id: UUID, fines: Sequence[Fine]) -> None:
        """Keep what the fines, whose entries were posted just now, are for."""

    async def outstanding(self, group: Group, member_id: UUID, fine_id: UUID) -> Money | None:
        """What is outstanding of a fine; None if the member has none such, or it was taken back."""

    async def settle(self, group_id: UUID, entry_id: UUID, fine_id: UUID, member_id: UUID) -> None:
        """Keep which fine a payment or waiver, posted just now, is for."""

    async def fined_in(
        self, group_id: UUID, meeting_id: UUID, reason_codes: Sequence[str]
    ) -> Mapping[tuple[UUID, str], UUID]:
        """By member and reason: the fine that was levied for it in the meeting and not taken back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LevyFine(EntryCommand):
    """The wish to fine a member.

    Attributes:
        reason_code: For which of the constitution's reasons.
        amount: How much; what the constitution asks if it is left out.
        reason: In words; the constitution's name for it if it is left out.
        is_paid: Whether she pays at once.
        place: Where the money goes if she does.
    """

    member_id: UUID
    reason_code: str | None = None
    amount: Decimal | None = None
    reason: str | None = None
    is_paid: bool = False
    place: Place = Place.BOX


@dataclass(frozen=True, slots=True, kw_only=True)
class _SettleFine(EntryCommand):
    """What paying and waiving share.

    Attributes:
        fine_id: The fine that is settled; None for the oldest first.
    """

    member_id: UUID
    amount: Decimal
    fine_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PayFine(_SettleFine):
    """The wish to record that a member paid of the fines that she owes."""

    place: Place = Place.BOX


@dataclass(frozen=True, slots=True, kw_only=True)
class WaiveFine(_SettleFine):
    """The wish to let a member off fines that she owes."""

    reason: str


@service(
    "fineLevy",
    posts=(EntryKind.FINE_LEVIED, EntryKind.FINE_PAID),
    raises=(
        *PLACING_ERRORS,
        MemberNotInGroup,
        *REASON_ERRORS,
        FinedAlready,
        AbsentMemberPays,
        *AMOUNT_ERRORS,
        *TEXT_ERRORS,
    ),
)
async def levy_fine(work: UnitOfWork, command: LevyFine) -> Outcome:
    """Fine a member, who owes it from then on, or pays it at once.

    Where the constitution lists reasons, it is for one of them and of its amount; where it lists none, in words.
    """
    words = None if command.reason is None else typed_voucher(command.reason, "reason")
    group, booking = await begin_entry(work, command, words)
    reason = _reason(command, group.constitution)
    amount = _levied(command, group, reason)
    if reason is not None and words is None:
        booking = _worded(booking, reason.name)
    await require_active(work, group, command.member_id, FINES_OWED)
    await _refuse_second(work, command, reason)
    if command.is_paid:
        await _refuse_absent(work, group, command)
    postings = [fine_levied(booking, member_id=command.member_id, amount=amount)]
    if command.is_paid:
        postings.append(_payment(command, booking, amount))
    outcome = await post_entries(work, command, postings)
    if reason is not None:
        fine = Fine(command.record_id, command.member_id, reason, group.constitution.version)
        await work.fines.add(group.id, [fine])
    if command.is_paid:
        await work.fines.settle(group.id, postings[1].id, command.record_id, command.member_id)
    return outcome


def _reason(command: LevyFine, rules: Constitution) -> FineReason | None:
    """The constitution's reason; None for one in words, where the constitution lists none."""
    if command.reason_code is not None:
        found = rules.fine_reason(command.reason_code)
        if found is None:
            raise FineReasonUnknown(rules.version, path=("reasonCode",))
        return found
    if rules.fine_reasons or command.reason is None:
        raise FineReasonMissing(rules.version, path=("reasonCode",))
    return None


async def _refuse_second(work: UnitOfWork, command: LevyFine, reason: FineReason | None) -> None:
    """Refuse to fine twice in a meeting for what the roll says once; the database refuses it as well."""
    if command.meeting_id is None or reason is None or reason.code not in _OF_THE_ROLL:
        return
    fined = await work.fines.fined_in(command.group_id, command.meeting_id, [reason.code])
    fine_id = fined.get((command.member_id, reason.code))
    if fine_id is not None:
        raise FinedAlready(fine_id, path=("reasonCode",))


async def _refuse_absent(work: UnitOfWork, group: Group, command: LevyFine | PayFine) -> None:
    """Refuse money of a member who is not at the meeting where the constitution takes none, as with contributions."""
    if command.meeting_id is None or group.constitution.can_absent_members_pay:
        return
    roll = await work.attendances.with_status(group.id, command.meeting_id, sorted(NOT_THERE))
    if any(member_id == command.member_id for member_id, _ in roll):
        raise AbsentMemberPays(group.constitution.version, path=("memberId",))


def _levied(command: LevyFine, group: Group, reason: FineReason | None) -> Money:
    given = None if command.amount is None else typed_payment(command.amount, group)
    if reason is None:
        if given is None:
            raise FineAmountMissing(path=("amount",))
        return given
    if given not in (None, reason.amount):
        raise FineAmountDiffers(reason.amount.amount, group.constitution.version, path=("amount",))
    return reason.amount


def _worded(booking: Booking, words: str) -> Booking:
    return Booking(
        entry_id=booking.entry_id,
        group_id=booking.group_id,
        on=booking.on,
        meeting_id=booking.meeting_id,
        voucher=Voucher(words),
    )


def _payment(command: LevyFine, booking: Booking, amount: Money) -> Posting:
    at_once = Booking(
        entry_id=derived_id(command.idempotency_key, "payment"),
        group_id=booking.group_id,
        on=booking.on,
        meeting_id=booking.meeting_id,
    )
    return fine_paid(at_once, member_id=command.member_id, amount=amount, place=command.place)


@service(
    "finePay",
    posts=(EntryKind.FINE_PAID,),
    raises=(
        *PLACING_ERRORS,
        MemberNotInGroup,
        AbsentMemberPays,
        FinesOwedLess,
        FineOwedLess,
        FineNotFound,
        *AMOUNT_ERRORS,
    ),
)
async def pay_fine(work: UnitOfWork, command: PayFine) -> Outcome:
    """Record that a member paid of the fines that she owes, or of one of them."""
    group, booking = await begin_entry(work, command)
    amount = await _of_what_is_owed(work, group, command)
    await _refuse_absent(work, group, command)
    posting = fine_paid(booking, member_id=command.member_id, amount=amount, place=command.place)
    return await _post_settlement(work, command, posting)


@service(
    "fineWaive",
    posts=(EntryKind.FINE_WAIVED,),
    raises=(
        *PLACING_ERRORS,
        MemberNotInGroup,
        FinesOwedLess,
        FineOwedLess,
        FineNotFound,
        *AMOUNT_ERRORS,
        *TEXT_ERRORS,
    ),
)
async def waive_fine(work: UnitOfWork, command: WaiveFine) -> Outcome:
    """Let a member off fines that she owes, or one of them."""
    group, booking = await begin_entry(work, command, typed_voucher(command.reason, "reason"))
    amount = await _of_what_is_owed(work, group, command)
    posting = fine_waived(booking, member_id=command.member_id, amount=amount)
    return await _post_settlement(work, command, posting)


async def _post_settlement(work: UnitOfWork, command: PayFine | WaiveFine, posting: Posting) -> Outcome:
    outcome = await post_entry(work, command, posting)
    if command.fine_id is not None:
        await work.fines.settle(command.group_id, posting.id, command.fine_id, command.member_id)
    return outcome


async def _of_what_is_owed(work: UnitOfWork, group: Group, command: PayFine | WaiveFine) -> Money:
    """The amount of the command, once it is sure that the member owes it, of the fine if one is named."""
    amount = typed_payment(command.amount, group)
    owed = await require_balance(work, group, command.member_id, FINES_OWED)
    if command.fine_id is not None:
        outstanding = await work.fines.outstanding(group, command.member_id, command.fine_id)
        if outstanding is None:
            raise FineNotFound(path=("fineId",))
        if amount > outstanding:
            raise FineOwedLess(outstanding.amount, path=("amount",))
    if amount > owed:
        raise FinesOwedLess(owed.amount, path=("amount",))
    return amount
