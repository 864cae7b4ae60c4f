"""How a member goes: what she has is paid out, what she owes is taken off it, and the rest of the group goes on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from domain.errors import DomainError, ErrorCode
from domain.identifiers import derived_id
from domain.ledger.accounts import Place
from domain.ledger.events import Booking, fine_paid, shares_redeemed, withdrawal
from domain.ledger.postings import PeriodClosed, Posting
from domain.ledger.recording import (
    BALANCE_ERRORS,
    PLACING_ERRORS,
    TEXT_ERRORS,
    EntryCommand,
    begin_entry,
    typed_voucher,
)
from domain.members.changing import CHANGES_OF_STATUS, StatusNotPossible, member_to_change
from domain.members.records import MemberStatus
from domain.members.refusals import DateBeforeJoining, GroupNeedsOfficer, MemberUnknown
from domain.members.settling import (
    FinesNotSettled,
    LoansNotRepaid,
    Settlement,
    SettlementTooSmall,
    require_no_loans,
    settlement_of,
)
from domain.policy import Action, EntryKind, Resource, Role
from domain.savings.standings import MemberNotInGroup
from domain.service import Outcome, VersionStale, service

if TYPE_CHECKING:
    from domain.unit_of_work import UnitOfWork

__all__ = ["LeaveGroup", "MemberStandsSurety", "RecordDeath", "leave_group", "record_death", "settlement_ids"]

_LEAVING_WORDS = "Settled on leaving"
_DEATH_WORDS = "Settled with the next of kin"


@dataclass(eq=False)
class MemberStandsSurety(DomainError):
    """Savings of the member are held for a loan of somebody else's.

    Attributes:
        held: How much of them.
    """

    code = ErrorCode.NOT_ALLOWED

    held: Decimal

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return f"{self.held} of the member's savings are held for loans that she stands surety for: release her first."


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveGroup(EntryCommand):
    """The wish to note that a member left, and to settle with her.

    Attributes:
        is_netting_fines: Whether the fines that she owes are taken off what she is paid.
        is_keeping_shares: Whether her shares stay hers until the share-out; if not, she is paid what they cost her.
        place: Whence she is paid.
    """

    member_id: UUID
    expected_version: int
    is_netting_fines: bool = False
    is_keeping_shares: bool = False
    place: Place = Place.BOX
    memo: str | None = None
    payee: str | None = None

    def expected_outcome(self) -> Outcome:
        """The outcome when nothing is refused."""
        return Outcome(id=self.member_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordDeath(LeaveGroup):
    """The wish to note that a member died, and to settle with whoever is next to her.

    Attributes:
        payee: Who received the money.
    """


def settlement_ids(idempotency_key: UUID) -> tuple[UUID, UUID, UUID]:
    """The ids of the entries of a settlement: of the fines taken off, the savings paid out, the shares redeemed."""
    fines, savings, shares = (derived_id(idempotency_key, part) for part in ("fines", "savings", "shares"))
    return fines, savings, shares


_NEEDS = (
    (Resource.MEMBER, Action.UPDATE),
    (Resource.MEMBERSHIP, Action.UPDATE),
    (Resource.POSITION, Action.UPDATE),
)
_POSTS = (EntryKind.FINE_PAID, EntryKind.WITHDRAWAL, EntryKind.SHARES_REDEEMED)
_ERRORS = (
    MemberUnknown,
    MemberNotInGroup,
    VersionStale,
    StatusNotPossible,
    DateBeforeJoining,
    GroupNeedsOfficer,
    LoansNotRepaid,
    FinesNotSettled,
    SettlementTooSmall,
    MemberStandsSurety,
    *PLACING_ERRORS,
    *BALANCE_ERRORS,
    *TEXT_ERRORS,
)


@service("memberLeave", needs=_NEEDS, posts=_POSTS, raises=_ERRORS)
async def leave_group(work: UnitOfWork, command: LeaveGroup) -> Outcome:
    """Note that a member left, and pay out her savings, and her shares at what they cost, less the fines she owes."""
    return await _go(work, command, MemberStatus.LEFT, _LEAVING_WORDS)


@service("memberDeathRecord", needs=_NEEDS, posts=_POSTS, raises=_ERRORS)
async def record_death(work: UnitOfWork, command: RecordDeath) -> Outcome:
    """Note that a member died, and pay her next of kin what she would have been paid on leaving."""
    return await _go(work, command, MemberStatus.DECEASED, _DEATH_WORDS)


async def _go(work: UnitOfWork, command: LeaveGroup, status: MemberStatus, words: str) -> Outcome:
    member = await member_to_change(work, command.group_id, command.member_id, command.expected_version)
    if status not in CHANGES_OF_STATUS[member.status]:
        raise StatusNotPossible(member.status.value, path=("memberId",))
    voucher = typed_voucher(words if command.memo is None else command.memo, "memo", payee=command.payee)
    group, booking = await begin_entry(work, command, voucher)
    if booking.on < member.joined_on:
        raise DateBeforeJoining(member.joined_on, path=("on",))
    await require_no_loans(work, group, member.id)
    held = await work.guarantees.held(group, member.id)
    if held.amount > 0:
        raise MemberStandsSurety(held.amount, path=("memberId",))
    settlement = await settlement_of(work, group, member.id, is_keeping_shares=command.is_keeping_shares)
    settlement.check(is_netting_fines=command.is_netting_fines)
    postings = _entries(settlement, command, booking)
    if postings:
        await _post(work, command, postings)
    await work.members.end_roles(group.id, member.id, tuple(Role), work.now)
    await work.members.end_positions(group.id, member.id, booking.on, None)
    await work.members.set_status(group.id, member.id, status, booking.on)
    return Outcome(id=member.id)


def _entries(settlement: Settlement, command: LeaveGroup, booking: Booking) -> list[Posting]:
    """The entries that settle: the fines first, so that the place of money needs only hold what is left to pay."""
    for_fines, for_savings, for_shares = settlement_ids(command.idempotency_key)
    member_id, place = command.member_id, command.place
    postings = []
    if settlement.fines_owed.amount > 0:
        entry = replace(booking, entry_id=for_fines)
        postings.append(fine_paid(entry, member_id=member_id, amount=settlement.fines_owed, place=place))
    if settlement.savings.amount > 0:
        entry = replace(booking, entry_id=for_savings)
        postings.append(withdrawal(entry, member_id=member_id, amount=settlement.savings, place=place))
    if settlement.has_shares_to_redeem:
        entry = replace(booking, entry_id=for_shares)
        value, shares = settlement.shares_value, settlement.shares
        postings.append(shares_redeemed(entry, member_id=member_id, amount=value, shares=shares, place=place))
    return postings


async def _post(work: UnitOfWork, command: LeaveGroup, postings: list[Posting]) -> None:
    try:
        await work.ledger.post(command.group_id, command.idempotency_key, postings)
    except PeriodClosed as error:
        raise error.at("on" if command.meeting_id is None else "meetingId") from None
    except DomainError as error:
        raise error.at("place") from None
