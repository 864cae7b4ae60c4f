"""What members pay in at a meeting: shares, savings, and the social fund."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

from domain.errors import DomainError, ErrorCode, faults_at
from domain.groups import Group, typed_amount
from domain.identifiers import derived_id
from domain.ledger.accounts import Place
from domain.ledger.events import Booking, savings_deposit, share_purchase, social_fund_contribution
from domain.ledger.postings import AboveMaximum, PeriodClosed, Posting
from domain.meetings import Meeting, MeetingClosed, MeetingNotFound, MeetingStatus
from domain.money import AmountNotANumber, AmountNotPositive, AmountTooLarge, AmountTooPrecise, Money, positive
from domain.policy import Action, Resource
from domain.service import IdAlreadyUsed, ItemOutcome, Outcome, service

if TYPE_CHECKING:
    from domain.unit_of_work import UnitOfWork

__all__ = [
    "SHEET_ITEMS_MAX",
    "AmountMissing",
    "AmountNotSharesTimesPrice",
    "Contribution",
    "ContributionItem",
    "ContributionKind",
    "ContributionStore",
    "MemberNotInGroup",
    "RecordContributions",
    "SharesMissing",
    "SharesOnlyForSharePurchase",
    "SharesOutsideLimits",
    "SheetEmpty",
    "SheetFacts",
    "SheetTooLong",
    "record_contributions",
]

SHEET_ITEMS_MAX = 100
"""The most items that one sheet may hold."""


class ContributionKind(StrEnum):
    """What a contribution is for."""

    SHARE = "SHARE"
    SAVINGS = "SAVINGS"
    SOCIAL_FUND = "SOCIAL_FUND"


@dataclass(eq=False)
class SheetEmpty(DomainError):
    """The sheet has no items."""

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "The sheet is empty: give at least one contribution."


@dataclass(eq=False)
class SheetTooLong(DomainError):
    """The sheet has more items than one request may hold."""

    maximum: int

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return f"A sheet holds at most {self.maximum} contributions: send the rest in another, with a key of its own."


@dataclass(eq=False)
class MemberNotInGroup(DomainError):
    """The item names nobody who takes part in the group."""

    code = ErrorCode.NOT_FOUND

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "No active member of this group has this id: check the member."


@dataclass(eq=False)
class SharesMissing(DomainError):
    """A share purchase does not say how many."""

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "Say how many shares the member bought."


@dataclass(eq=False)
class SharesOnlyForSharePurchase(DomainError):
    """A contribution that buys no shares counts some."""

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "Only a share purchase counts shares: leave the number of shares out."


@dataclass(eq=False)
class SharesOutsideLimits(DomainError):
    """The member would have bought fewer or more shares in this meeting than the constitution allows."""

    code = ErrorCode.NOT_ALLOWED

    minimum: int
    maximum: int
    already_bought: int
    constitution_version: int

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        bought = (
            f" This member has bought {self.already_bought} in this meeting already." if self.already_bought else ""
        )
        return (
            f"A member buys {self.minimum} to {self.maximum} shares in a meeting "
            f"(constitution, version {self.constitution_version}).{bought} Correct the number of shares."
        )


@dataclass(eq=False)
class AmountMissing(DomainError):
    """A contribution other than a share purchase does not say how much."""

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "Say how much the member paid."


@dataclass(eq=False)
class AmountNotSharesTimesPrice(DomainError):
    """The amount given is not what the shares cost."""

    expected: Decimal

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return (
            f"These shares cost {self.expected}: correct the amount or the number of shares, or leave the amount out."
        )


@dataclass(frozen=True, slots=True)
class Contribution:
    """One contribution, checked, with the entry that will hold its money.

    Attributes:
        id: The contribution's id and its entry's.
        shares: How many shares were bought; None for what buys none.
    """

    id: UUID
    meeting_id: UUID
    member_id: UUID
    kind: ContributionKind
    shares: int | None
    amount: Money
    place: Place
    device_time: datetime | None = None


@dataclass(frozen=True, slots=True)
class SheetFacts:
    """All that a sheet is checked against, read at once.

    Attributes:
        group: The group with its constitution.
        meeting: The meeting; None if the group has no such meeting.
        active: Those of the sheet's members who take part in the group.
        shares_bought: How many shares each of them has bought in the meeting so far.
        has_known_ids: Whether any of the sheet's ids stands for an entry of the book already.
    """

    group: Group
    meeting: Meeting | None
    active: frozenset[UUID]
    shares_bought: Mapping[UUID, int]
    has_known_ids: bool


class ContributionStore(Protocol):
    """Where contributions are kept."""

    async def sheet_facts(
        self, group_id: UUID, meeting_id: UUID, member_ids: frozenset[UUID], ids: Sequence[UUID]
    ) -> SheetFacts:
        """What a sheet for these members, of contributions with these ids, is checked against."""

    async def known(self, group_id: UUID, ids: Sequence[UUID]) -> Mapping[UUID, Contribution | None]:
        """Those of the ids that stand for a contribution, or (None) for another entry of the group's book."""

    async def post(
        self, group_id: UUID, command_key: UUID, contributions: Sequence[Contribution], postings: Sequence[Posting]
    ) -> None:
        """Post the entries and keep the contributions that they hold, one for each, in the same order.

        Raises:
            PeriodClosed: A date lies in a closed period.
            AboveMaximum: An account would hold more than it may.
            AmountTooLarge: A balance would be beyond the largest amount.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class ContributionItem:
    """One line of a sheet, as it was typed."""

    id: UUID | None = None
    member_id: UUID
    kind: ContributionKind
    shares: int | None = None
    amount: Decimal | None = None
    place: Place = Place.BOX
    device_time: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordContributions:
    """The wish to record a sheet of contributions in a meeting."""

    group_id: UUID
    idempotency_key: UUID
    meeting_id: UUID
    items: tuple[ContributionItem, ...]

    def item_id(self, index: int) -> UUID:
        """The id of the contribution that an item makes: its own where it was given, else one made from the key."""
        return self.items[index].id or derived_id(self.idempotency_key, f"item {index}")

    def expected_outcome(self) -> Outcome:
        """The outcome when every item stands."""
        return Outcome(
            id=self.meeting_id, items=tuple(ItemOutcome(self.item_id(index)) for index in range(len(self.items)))
        )


@service(
    "contributionsRecord",
    needs=((Resource.CONTRIBUTION, Action.CREATE),),
    raises=(
        SheetEmpty,
        SheetTooLong,
        MeetingNotFound,
        MeetingClosed,
        PeriodClosed,
        AboveMaximum,
        MemberNotInGroup,
        IdAlreadyUsed,
        SharesMissing,
        SharesOnlyForSharePurchase,
        SharesOutsideLimits,
        AmountMissing,
        AmountNotSharesTimesPrice,
        AmountNotANumber,
        AmountTooPrecise,
        AmountTooLarge,
        AmountNotPositive,
    ),
)
async def record_contributions(work: UnitOfWork, command: RecordContributions) -> Outcome:
    """Record a sheet: each item stands or is refused by itself; those that stand are posted together, an entry each."""
    if not command.items:
        raise SheetEmpty(path=("items",))
    if len(command.items) > SHEET_ITEMS_MAX:
        raise SheetTooLong(SHEET_ITEMS_MAX, path=("items",))
    members = frozenset(item.member_id for item in command.items)
    ids = [command.item_id(index) for index in range(len(command.items))]
    facts = await work.contributions.sheet_facts(command.group_id, command.meeting_id, members, ids)
    group, meeting = facts.group, facts.meeting
    if meeting is None:
        raise MeetingNotFound(path=("meetingId",))
    if meeting.status is not MeetingStatus.OPEN:
        raise MeetingClosed(path=("meetingId",))
    known = await work.contributions.known(group.id, ids) if facts.has_known_ids else {}
    sheet = _Sheet(command, facts, meeting, known)
    for index, item in enumerate(command.items):
        sheet.take(index, item)
    if sheet.accepted:
        postings = [_posting(group.id, meeting, contribution) for contribution in sheet.accepted]
        await work.contributions.post(group.id, command.idempotency_key, sheet.accepted, postings)
    return Outcome(id=meeting.id, items=tuple(sheet.outcomes))


class _Sheet:
    """The sheet while its items are checked: what is accepted so far bears on what may follow."""

    def __init__(
        self,
        command: RecordContributions,
        facts: SheetFacts,
        meeting: Meeting,
        known: Mapping[UUID, Contribution | None],
    ) -> None:
        self.command = command
        self.group = facts.group
        self.meeting = meeting
        self.active = facts.active
        self.known = known
        self.bought = dict(facts.shares_bought)
        self.accepted: list[Contribution] = []
        self.outcomes: list[ItemOutcome] = []
        self.seen: set[UUID] = set()

    def take(self, index: int, item: ContributionItem) -> None:
        """Check one item against the rules and what was accepted before it."""
        record_id = self.command.item_id(index)
        try:
            contribution = self._checked(record_id, item)
        except DomainError as error:
            self.outcomes.append(ItemOutcome(record_id, error.at("items", str(index))))
            return
        self.seen.add(record_id)
        self.outcomes.append(ItemOutcome(record_id))
        if contribution is not None:
            self.accepted.append(contribution)

    def _checked(self, record_id: UUID, item: ContributionItem) -> Contribution | None:
        """The contribution to post; None where it stands already with the same content."""
        if item.member_id not in self.active:
            raise MemberNotInGroup(path=("memberId",))
        contribution = Contribution(
            id=record_id,
            meeting_id=self.meeting.id,
            member_id=item.member_id,
            kind=item.kind,
            shares=item.shares,
            amount=self._amount(item),
            place=item.place,
            device_time=item.device_time,
        )
        if record_id in self.seen:
            raise IdAlreadyUsed(path=("id",))
        if record_id in self.known:
            before = self.known[record_id]
            if before is None or replace(before, device_time=None) != replace(contribution, device_time=None):
                raise IdAlreadyUsed(path=("id",))
            return None
        if contribution.shares is not None:
            self._count_shares(item.member_id, contribution.shares)
        return contribution

    def _amount(self, item: ContributionItem) -> Money:
        given = None if item.amount is None else typed_amount(item.amount, self.group.currency, "amount")
        if given is not None:
            with faults_at("amount"):
                positive(given)
        if item.kind is not ContributionKind.SHARE:
            if item.shares is not None:
                raise SharesOnlyForSharePurchase(path=("shares",))
            if given is None:
                raise AmountMissing(path=("amount",))
            return given
        if item.shares is None:
            raise SharesMissing(path=("shares",))
        if not 1 <= item.shares <= self.group.constitution.shares_max:
            raise self._outside_limits(item.member_id)
        cost = self.group.constitution.share_price * item.shares
        if given is not None and given != cost:
            raise AmountNotSharesTimesPrice(cost.amount, path=("amount",))
        return cost

    def _count_shares(self, member_id: UUID, shares: int) -> None:
        rules = self.group.constitution
        total = self.bought.get(member_id, 0) + shares
        if not rules.shares_min <= total <= rules.shares_max:
            raise self._outside_limits(member_id)
        self.bought[member_id] = total

    def _outside_limits(self, member_id: UUID) -> SharesOutsideLimits:
        rules = self.group.constitution
        already = self.bought.get(member_id, 0)
        return SharesOutsideLimits(max(rules.shares_min, 1), rules.shares_max, already, rules.version, path=("shares",))


def _posting(group_id: UUID, meeting: Meeting, contribution: Contribution) -> Posting:
    booking = Booking(entry_id=contribution.id, group_id=group_id, on=meeting.held_on, meeting_id=meeting.id)
    member, amount, place = contribution.member_id, contribution.amount, contribution.place
    if contribution.shares is not None:
        return share_purchase(booking, member_id=member, amount=amount, shares=contribution.shares, place=place)
    event = savings_deposit if contribution.kind is ContributionKind.SAVINGS else social_fund_contribution
    return event(booking, member_id=member, amount=amount, place=place)
