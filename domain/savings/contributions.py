"""What members pay in, at a meeting or between two: shares, savings, and the social fund, a whole sheet at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from domain.calendar import local_date
from domain.errors import DomainError, ErrorCode, faults_at
from domain.groups import Group, typed_amount
from domain.ledger.accounts import Fund
from domain.ledger.events import Booking, other_contribution, savings_deposit, share_purchase, social_fund_contribution
from domain.ledger.postings import AboveMaximum, BelowMinimum, PeriodClosed, Posting
from domain.ledger.recording import DateInFuture, DateNotOfMeeting, entry_date
from domain.meetings import OPENNESS_ERRORS, MeetingNotFound
from domain.money import AmountNotANumber, AmountNotPositive, AmountTooLarge, AmountTooPrecise, Money, positive
from domain.policy import Action, Resource
from domain.savings.group_types import TYPE_ERRORS, check_presence, type_of
from domain.savings.records import Contribution, ContributionItem, ContributionKind, RecordContributions, SheetFacts
from domain.savings.standings import MemberNotInGroup
from domain.service import IdAlreadyUsed, ItemOutcome, Outcome, service

if TYPE_CHECKING:
    from domain.unit_of_work import UnitOfWork

__all__ = [
    "SHEET_ITEMS_MAX",
    "AmountMissing",
    "AmountNotSharesTimesPrice",
    "SharesMissing",
    "SharesNotSold",
    "SharesOnlyForSharePurchase",
    "SharesOutsideLimits",
    "SheetEmpty",
    "SheetRefused",
    "SheetTooLong",
    "record_contributions",
]

SHEET_ITEMS_MAX = 100
"""The most items that one sheet may hold."""


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
class SheetRefused(DomainError):
    """The line is sound, but another of its sheet was refused, and the sheet was to be recorded whole or not at all."""

    code = ErrorCode.NOT_ALLOWED

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "Nothing of this sheet was recorded, since another line was refused: correct that one and send all anew."


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
class SharesNotSold(DomainError):
    """The group sells no shares."""

    code = ErrorCode.NOT_ALLOWED

    constitution_version: int

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return (
            f"This group sells no shares (constitution, version {self.constitution_version}): "
            "record savings, or amend the constitution first."
        )


@dataclass(eq=False)
class SharesOutsideLimits(DomainError):
    """The member would buy fewer or more shares than the constitution allows, in the meeting or between two."""

    code = ErrorCode.NOT_ALLOWED

    minimum: int
    maximum: int
    already_bought: int
    constitution_version: int

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        bought = f" This member has bought {self.already_bought} of them already." if self.already_bought else ""
        return (
            f"A member buys {self.minimum} to {self.maximum} shares in a meeting, and between two meetings "
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
    constitution_version: int

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return (
            f"These shares cost {self.expected} (constitution, version {self.constitution_version}): "
            "correct the amount or the number of shares, or leave the amount out."
        )


@service(
    "contributionsRecord",
    needs=((Resource.CONTRIBUTION, Action.CREATE),),
    raises=(
        SheetEmpty,
        SheetTooLong,
        SheetRefused,
        MeetingNotFound,
        *OPENNESS_ERRORS,
        DateInFuture,
        DateNotOfMeeting,
        PeriodClosed,
        BelowMinimum,
        AboveMaximum,
        MemberNotInGroup,
        IdAlreadyUsed,
        SharesMissing,
        SharesOnlyForSharePurchase,
        SharesNotSold,
        SharesOutsideLimits,
        AmountMissing,
        AmountNotSharesTimesPrice,
        *TYPE_ERRORS,
        AmountNotANumber,
        AmountTooPrecise,
        AmountTooLarge,
        AmountNotPositive,
    ),
)
async def record_contributions(work: UnitOfWork, command: RecordContributions) -> Outcome:
    """Record a sheet: each item stands or is refused by itself; those that stand are posted together, an entry each.

    The constitution of the meeting's day, or outside a meeting of the sheet's, holds, whatever was adopted since.

    A sheet that is to be recorded whole or not at all is refused whole with its first item.
    """
    if not command.items:
        raise SheetEmpty(path=("items",))
    if len(command.items) > SHEET_ITEMS_MAX:
        raise SheetTooLong(SHEET_ITEMS_MAX, path=("items",))
    members = frozenset(item.member_id for item in command.items)
    ids = [command.item_id(index) for index in range(len(command.items))]
    facts = await work.contributions.sheet_facts(command.group_id, command.meeting_id, command.on, members, ids)
    group = facts.group
    on = entry_date(command, facts.meeting, local_date(work.now, group.time_zone))
    known = await work.contributions.known(group.id, ids) if facts.has_known_ids else {}
    sheet = _Sheet(command, facts, on, known)
    for index, item in enumerate(command.items):
        sheet.take(index, item)
    if command.is_all_or_nothing:
        sheet.refuse_unless_whole()
    if sheet.accepted:
        postings = [_posting(group, contribution) for contribution in sheet.accepted]
        try:
            await work.contributions.post(group.id, command.idempotency_key, sheet.accepted, postings)
        except PeriodClosed as error:
            raise error.at("on" if command.meeting_id is None else "meetingId") from None
    return Outcome(id=command.meeting_id or command.idempotency_key, items=tuple(sheet.outcomes))


class _Sheet:
    """The sheet while its items are checked: what is accepted so far bears on what may follow."""

    def __init__(
        self,
        command: RecordContributions,
        facts: SheetFacts,
        on: date,
        known: Mapping[UUID, Contribution | None],
    ) -> None:
        self.command = command
        self.group = facts.group
        self.on = on
        self.active = facts.active
        self.presence = facts.presence
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

    def refuse_unless_whole(self) -> None:
        """Where any item was refused, refuse those as well that would have been posted."""
        if all(outcome.error is None for outcome in self.outcomes):
            return
        lost = {contribution.id for contribution in self.accepted}
        self.outcomes = [
            ItemOutcome(outcome.id, SheetRefused(path=("items", str(index))))
            if outcome.error is None and outcome.id in lost
            else outcome
            for index, outcome in enumerate(self.outcomes)
        ]
        self.accepted.clear()

    def _checked(self, record_id: UUID, item: ContributionItem) -> Contribution | None:
        """The contribution to post; None where it stands already with the same content."""
        if item.member_id not in self.active:
            raise MemberNotInGroup(path=("memberId",))
        check_presence(item, self.presence.get(item.member_id), self.group.constitution)
        contribution = Contribution(
            id=record_id,
            meeting_id=self.command.meeting_id,
            on=self.on,
            member_id=item.member_id,
            kind=item.kind,
            type_code=item.type_code,
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
        own = type_of(item, self.group.constitution)
        if item.kind is not ContributionKind.SHARE:
            if item.shares is not None:
                raise SharesOnlyForSharePurchase(path=("shares",))
            due = given if given is not None or own is None else own.amount
            if due is None:
                raise AmountMissing(path=("amount",))
            return due
        if item.shares is None:
            raise SharesMissing(path=("shares",))
        rules = self.group.constitution
        if rules.share_price is None:
            raise SharesNotSold(rules.version, path=("kind",))
        if not 1 <= item.shares <= rules.shares_max:
            raise self._outside_limits(item.member_id)
        cost = rules.share_price * item.shares
        if given is not None and given != cost:
            raise AmountNotSharesTimesPrice(cost.amount, rules.version, path=("amount",))
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


def _posting(group: Group, contribution: Contribution) -> Posting:
    booking = Booking(
        entry_id=contribution.id, group_id=group.id, on=contribution.on, meeting_id=contribution.meeting_id
    )
    member, amount, place = contribution.member_id, contribution.amount, contribution.place
    if contribution.shares is not None:
        return share_purchase(booking, member_id=member, amount=amount, shares=contribution.shares, place=place)
    if contribution.type_code is not None:
        own = group.constitution.contribution_type(contribution.type_code)
        fund = Fund.LOAN_FUND if own is None else own.fund
        return other_contribution(booking, member_id=member, amount=amount, fund=fund, place=place)
    event = savings_deposit if contribution.kind is ContributionKind.SAVINGS else social_fund_contribution
    return event(booking, member_id=member, amount=amount, place=place)
