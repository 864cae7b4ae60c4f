"""Opening balances: what a running group had and owed when its book begins here, as one entry."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from domain.errors import DomainError, ErrorCode, faults_at
from domain.groups import AmountNegative, Group, typed_amount
from domain.ledger.accounts import Fund, Place
from domain.ledger.drafts import DRAFTING_ERRORS, NewDraft, place_draft
from domain.ledger.events import MemberOpening, opening_balances
from domain.ledger.manual import SHARES_HELD_MAX
from domain.ledger.postings import Posting
from domain.ledger.recording import EntryCommand, typed_voucher
from domain.money import AmountNotANumber, AmountTooLarge, AmountTooPrecise, Money
from domain.policy import Action, Resource
from domain.savings.standings import MemberNotInGroup
from domain.service import Outcome, service

if TYPE_CHECKING:
    from domain.unit_of_work import UnitOfWork

__all__ = [
    "OPENING_ERRORS",
    "OPENING_MEMBERS_MAX",
    "BookNotEmpty",
    "CashOpeningItem",
    "DraftOpeningBalances",
    "MemberOpeningItem",
    "MemberTwice",
    "NothingToOpen",
    "OpeningContent",
    "PlaceTwice",
    "SharesWithoutValue",
    "TooManyMembers",
    "check_book_empty",
    "draft_opening_balances",
    "opening_posting",
]

OPENING_MEMBERS_MAX = 500
"""The most members whose balances one entry may open."""

_WORDS = "Opening balances"


@dataclass(eq=False)
class BookNotEmpty(DomainError):
    """The book has entries already."""

    code = ErrorCode.NOT_ALLOWED

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "The book has entries already, so it was opened: put right what is missing by a manual entry."


@dataclass(eq=False)
class NothingToOpen(DomainError):
    """No balance was given at all."""

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "Give at least one balance; a group that begins with nothing needs none."


@dataclass(eq=False)
class TooManyMembers(DomainError):
    """More members stand in the list than one entry can open."""

    maximum: int

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return f"Give at most {self.maximum} members, and leave out those who have and owe nothing."


@dataclass(eq=False)
class MemberTwice(DomainError):
    """A member stands in the list twice."""

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "This member is in the list already: give each member once."


@dataclass(eq=False)
class PlaceTwice(DomainError):
    """A place of a fund stands in the list twice."""

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "This place of the fund is in the list already: give each once."


@dataclass(eq=False)
class SharesWithoutValue(DomainError):
    """Shares stand without what was paid for them, or the other way round."""

    maximum: int

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return f"Give the number of shares, from 1 to {self.maximum}, and what was paid for them, or neither."


@dataclass(frozen=True, slots=True, kw_only=True)
class CashOpeningItem:
    """What lay in one place of one fund, as it was typed."""

    fund: Fund
    place: Place
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberOpeningItem:
    """What a member had, and owed, as it was typed; zero is as good as nothing."""

    member_id: UUID
    shares: int | None = None
    share_value: Decimal | None = None
    savings: Decimal | None = None
    social_fund: Decimal | None = None
    fines_owed: Decimal | None = None
    loans_owed: Decimal | None = None
    social_fund_loans_owed: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningContent:
    """What the opening balances say, as they were typed.

    Attributes:
        social_fund: What stands in the social fund for nobody in particular.
        borrowings: What the group owes to banks and partners.
    """

    cash: tuple[CashOpeningItem, ...] = ()
    members: tuple[MemberOpeningItem, ...] = ()
    social_fund: Decimal | None = None
    borrowings: Decimal | None = None
    description: str | None = None
    receipt: str | None = None
    on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftOpeningBalances(OpeningContent, NewDraft):
    """The wish to draft the opening balances of a book."""

    group_id: UUID
    idempotency_key: UUID
    id: UUID | None = None


OPENING_ERRORS = (
    *DRAFTING_ERRORS,
    BookNotEmpty,
    NothingToOpen,
    TooManyMembers,
    MemberTwice,
    PlaceTwice,
    SharesWithoutValue,
    MemberNotInGroup,
    AmountNotANumber,
    AmountTooPrecise,
    AmountTooLarge,
    AmountNegative,
)
"""What may be wrong with opening balances."""


@service("openingBalancesDraft", needs=((Resource.DRAFT, Action.CREATE),), raises=OPENING_ERRORS)
async def draft_opening_balances(work: UnitOfWork, command: DraftOpeningBalances) -> Outcome:
    """Draft what a running group had and owed when its book began here; another officer posts it."""
    where = command.entry_command()
    await work.drafts.keep(command.group_id, await opening_posting(work, where, command, is_new=True))
    return command.expected_outcome()


async def opening_posting(work: UnitOfWork, where: EntryCommand, content: OpeningContent, *, is_new: bool) -> Posting:
    """The entry that the balances make; what the sides differ by is retained surplus, or a deficit."""
    await check_book_empty(work, where.group_id)
    if len(content.members) > OPENING_MEMBERS_MAX:
        raise TooManyMembers(OPENING_MEMBERS_MAX, path=("members",))
    voucher = typed_voucher(_WORDS if content.description is None else content.description, receipt=content.receipt)
    group, booking = await place_draft(work, where, voucher, is_new=is_new)
    cash = list(_cash(group, content))
    ids = {item.member_id for item in content.members}
    active = await work.drafts.members(group.id, ids, only_active=True)
    members = list(_members(group, content, active))
    social_fund = _amount(content.social_fund, group, "socialFund")
    borrowings = _amount(content.borrowings, group, "borrowings")
    if not (cash or members or social_fund or borrowings):
        raise NothingToOpen
    return opening_balances(booking, cash=cash, members=members, social_fund=social_fund, borrowings=borrowings)


async def check_book_empty(work: UnitOfWork, group_id: UUID) -> None:
    """Raise BookNotEmpty if anything was ever posted."""
    if not await work.drafts.book_is_empty(group_id):
        raise BookNotEmpty


def _cash(group: Group, content: OpeningContent) -> Iterator[tuple[Fund, Place, Money]]:
    seen: set[tuple[Fund, Place]] = set()
    for index, item in enumerate(content.cash):
        with faults_at("cash", str(index)):
            if (item.fund, item.place) in seen:
                raise PlaceTwice(path=("place",))
            seen.add((item.fund, item.place))
            amount = _amount(item.amount, group, "amount")
        if amount is not None:
            yield item.fund, item.place, amount


def _members(group: Group, content: OpeningContent, active: frozenset[UUID]) -> Iterator[MemberOpening]:
    seen: set[UUID] = set()
    for index, item in enumerate(content.members):
        with faults_at("members", str(index)):
            if item.member_id not in active:
                raise MemberNotInGroup(path=("memberId",))
            if item.member_id in seen:
                raise MemberTwice(path=("memberId",))
            seen.add(item.member_id)
            opening = _member(group, item)
        if opening != MemberOpening(member_id=item.member_id):
            yield opening


def _member(group: Group, item: MemberOpeningItem) -> MemberOpening:
    value = _amount(item.share_value, group, "shareValue")
    shares = item.shares or None
    if shares is not None and not 1 <= shares <= SHARES_HELD_MAX:
        raise SharesWithoutValue(SHARES_HELD_MAX, path=("shares",))
    if (shares is None) != (value is None):
        raise SharesWithoutValue(SHARES_HELD_MAX, path=("shares",) if shares is None else ("shareValue",))
    return MemberOpening(
        member_id=item.member_id,
        shares=shares,
        share_value=value,
        savings=_amount(item.savings, group, "savings"),
        social_fund=_amount(item.social_fund, group, "socialFund"),
        fines_owed=_amount(item.fines_owed, group, "finesOwed"),
        loans_owed=_amount(item.loans_owed, group, "loansOwed"),
        social_fund_loans_owed=_amount(item.social_fund_loans_owed, group, "socialFundLoansOwed"),
    )


def _amount(typed: Decimal | None, group: Group, field: str) -> Money | None:
    """An amount as it was typed; None for nothing, as for zero."""
    if typed is None:
        return None
    amount = typed_amount(typed, group.currency, field)
    if amount.amount < 0:
        raise AmountNegative(path=(field,))
    return amount if amount.amount else None
