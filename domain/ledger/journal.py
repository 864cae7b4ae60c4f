"""What a service asks the book before it posts: what is there, where a member stands, and an entry to be taken back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Protocol
from uuid import UUID

from domain.groups import Group
from domain.ledger.postings import Posting
from domain.meetings.records import Meeting
from domain.money import Money

__all__ = ["EntryFacts", "Journal", "PostedEntry", "Standing"]


@dataclass(frozen=True, slots=True)
class EntryFacts:
    """What every entry is checked against, read at once.

    Attributes:
        group: The group, with the constitution that was in force on the entry's day.
        meeting: The meeting that was asked for; None if the group has no such meeting, or none was asked for.
        is_known: Whether the entry's id stands for an entry of the book or a draft already.
    """

    group: Group
    meeting: Meeting | None
    is_known: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a member stands.

    Attributes:
        is_active: Whether she takes part in the group.
        balance: Hers on the account that was asked about, as the book keeps it: what she owes above zero, what is hers
            below.
        shares: How many shares she holds, where that was asked about the account of shares; else none.
    """

    is_active: bool
    balance: Money
    shares: int


@dataclass(frozen=True, slots=True)
class PostedEntry:
    """An entry of the book.

    Attributes:
        posting: The entry as it was posted, without its words.
        reversed_by: The number of the entry that took it back; None while it stands.
    """

    posting: Posting
    reversed_by: int | None


class Journal(Protocol):
    """The book, read."""

    async def facts(
        self, group_id: UUID, meeting_id: UUID | None, entry_id: UUID, on: date | None = None
    ) -> EntryFacts:
        """What an entry with this id, in this meeting or else on this day, today if neither is given, is checked
        against.
        """

    async def standing(self, group: Group, member_id: UUID, account_id: UUID) -> Standing | None:
        """How a member stands on an account; None if the group never had such a member."""

    async def entry(self, group_id: UUID, entry_id: UUID) -> PostedEntry | None:
        """An entry of the group's book."""
