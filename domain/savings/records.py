"""What a contribution is, and a sheet of them as it was typed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from domain.groups import Group
from domain.identifiers import derived_id
from domain.ledger.accounts import Place
from domain.ledger.postings import Posting
from domain.meetings import Meeting
from domain.meetings.rollcall import AttendanceStatus
from domain.money import Money
from domain.service import ItemOutcome, Outcome

__all__ = [
    "Contribution",
    "ContributionItem",
    "ContributionKind",
    "ContributionStore",
    "RecordContributions",
    "SheetFacts",
]


class ContributionKind(StrEnum):
    """What a contribution is for."""

    SHARE = "SHARE"
    SAVINGS = "SAVINGS"
    SOCIAL_FUND = "SOCIAL_FUND"
    OTHER = "OTHER"
    """What the group's constitution defines."""


@dataclass(frozen=True, slots=True)
class Contribution:
    """One contribution, checked, with the entry that will hold its money.

    Attributes:
        id: The contribution's id and its entry's.
        meeting_id: The meeting in which it was paid; None outside of one.
        on: The group's date that it counts for.
        shares: How many shares were bought; None for what buys none.
        type_code: Of what the group defines, which of it.
    """

    id: UUID
    meeting_id: UUID | None
    on: date
    member_id: UUID
    kind: ContributionKind
    shares: int | None
    amount: Money
    place: Place
    device_time: datetime | None = None
    type_code: str | None = None


@dataclass(frozen=True, slots=True)
class SheetFacts:
    """All that a sheet is checked against, read at once.

    Attributes:
        group: The group with the constitution that was in force on the meeting's day, or on the sheet's.
        meeting: The meeting; None if the group has no such meeting, or none was asked for.
        active: Those of the sheet's members who take part in the group.
        shares_bought: How many shares each of them has bought in the meeting so far, or, outside of one, between the
            two meetings that the sheet's date lies between.
        presence: What the meeting's roll says of them, where it was called.
        has_known_ids: Whether any of the sheet's ids stands for an entry of the book or a draft already.
    """

    group: Group
    meeting: Meeting | None
    active: frozenset[UUID]
    shares_bought: Mapping[UUID, int]
    has_known_ids: bool
    presence: Mapping[UUID, AttendanceStatus] = field(default_factory=dict)


class ContributionStore(Protocol):
    """Where contributions are kept."""

    async def sheet_facts(
        self,
        group_id: UUID,
        meeting_id: UUID | None,
        on: date | None,
        member_ids: frozenset[UUID],
        ids: Sequence[UUID],
    ) -> SheetFacts:
        """What a sheet for these members, of contributions with these ids, is checked against.

        Without a meeting it counts for the date, or for the group's today if none is given.
        """

    async def known(self, group_id: UUID, ids: Sequence[UUID]) -> Mapping[UUID, Contribution | None]:
        """Those of the ids that stand for a contribution, or (None) for another entry of the book or a draft."""

    async def post(
        self, group_id: UUID, command_key: UUID, contributions: Sequence[Contribution], postings: Sequence[Posting]
    ) -> None:
        """Post the entries and keep the contributions that they hold, one for each, in the same order.

        Raises:
            PeriodClosed: A date lies in a closed period.
            BelowMinimum: An account would hold less than it must.
            AboveMaximum: An account would hold more than it may.
            AmountTooLarge: A balance would be beyond the largest amount.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class ContributionItem:
    """One line of a sheet, as it was typed."""

    id: UUID | None = None
    member_id: UUID
    kind: ContributionKind
    type_code: str | None = None
    shares: int | None = None
    amount: Decimal | None = None
    place: Place = Place.BOX
    device_time: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordContributions:
    """The wish to record a sheet of contributions, in a meeting or outside of one.

    Attributes:
        meeting_id: The meeting, which must be open; None outside of one.
        on: The group's date that the contributions count for, outside a meeting; today if left out.
        is_all_or_nothing: Whether nothing is recorded where any item is refused.
    """

    group_id: UUID
    idempotency_key: UUID
    meeting_id: UUID | None = None
    on: date | None = None
    items: tuple[ContributionItem, ...]
    is_all_or_nothing: bool = False

    def item_id(self, index: int) -> UUID:
        """The id of the contribution that an item makes: its own where it was given, else one made from the key."""
        return self.items[index].id or derived_id(self.idempotency_key, f"item {index}")

    def expected_outcome(self) -> Outcome:
        """The outcome when every item stands."""
        return Outcome(
            id=self.meeting_id or self.idempotency_key,
            items=tuple(ItemOutcome(self.item_id(index)) for index in range(len(self.items))),
        )
