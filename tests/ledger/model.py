"""What a group's money should be, in cents of plain dictionaries; it knows nothing of debits, credits and accounts.

Each event says what it moves. A reversal moves the same the other way. Money is in places, members have, or owe, so
much under each heading, and the group's own is in heaps; neither of the first two ever falls below zero, nor a place
below what is set aside there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from domain.identifiers import new_id
from domain.ledger.accounts import Fund, Place

__all__ = [
    "BELOW_MINIMUM",
    "CONTRIBUTIONS",
    "DENIED",
    "FOR_TWO",
    "MEETING_CLOSED",
    "MEMBER_TOO_SMALL",
    "MOVES",
    "OFFICERS",
    "PERIOD_CLOSED",
    "PLACES",
    "At",
    "Draft",
    "Event",
    "Hold",
    "Kept",
    "Key",
    "Meeting",
    "Model",
]

BELOW_MINIMUM, MEMBER_TOO_SMALL = "BELOW_MINIMUM", "MEMBER_BALANCE_TOO_SMALL"
PERIOD_CLOSED, MEETING_CLOSED = "PERIOD_CLOSED", "MEETING_CLOSED"
DENIED = "DENIED"
"""No reason of a service: the officer may not do it at all."""

At = tuple[Fund, Place]
PLACES: tuple[At, ...] = tuple((fund, place) for fund in Fund for place in Place)

Key = tuple[str, ...]
"""A place of a fund (`cash`), a heading of a member (`member`), or a heap of the group's own (`group`)."""

# By event: what comes into the place, under which heading of the member it adds or takes away, and to which heap.
MOVES: dict[str, tuple[int, str, int, str, int]] = {
    "shares": (1, "shares", 1, "", 0),
    "savings": (1, "savings", 1, "", 0),
    "social_fund": (1, "social_fund", 1, "", 0),
    "fine": (0, "fines", 1, "fines", 1),
    "fine_paid": (1, "fines", -1, "", 0),
    "fine_waived": (0, "fines", -1, "fines", -1),
    "withdrawal": (-1, "savings", -1, "", 0),
    "grant": (-1, "grants", 1, "", 0),
    "income": (1, "", 0, "income", 1),
    "expense": (-1, "", 0, "expense", 1),
    "lent": (1, "", 0, "borrowed", 1),
    "adjusted_up": (0, "savings", 1, "adjustments", 1),
    "adjusted_down": (0, "savings", -1, "adjustments", -1),
}
CONTRIBUTIONS = ("shares", "savings", "social_fund")
FOR_TWO = ("lent", "passed", "adjusted_up", "adjusted_down")
"""What one officer drafts and another posts, and what two take back."""

OFFICERS = ("treasurer", "secretary", "chair")


@dataclass(frozen=True, slots=True)
class Event:
    """One event: what, who, how much in cents, where, and how many days before today it counts for.

    Money is carried from `place` to `to_place`, and passed from `member` to `other`.
    """

    what: str
    member: int = 0
    cents: int = 0
    fund: Fund = Fund.LOAN_FUND
    place: Place = Place.BOX
    to_place: Place = Place.BANK
    other: int = 1
    days_ago: int = 0
    meeting: UUID | None = None

    @property
    def posters(self) -> tuple[str, ...]:
        """The officers who may post it, or take it back."""
        if self.what in (*FOR_TWO, "difference"):
            return OFFICERS
        return ("treasurer", "chair") if self.what == "fine_waived" else ("treasurer", "secretary")

    def effects(self, sign: int = 1) -> dict[Key, int]:
        """What it adds where, in the order in which it does."""
        cents = self.cents * sign
        cash = ("cash", self.fund, self.place)
        if self.what == "transfer":
            return {cash: -cents, ("cash", self.fund, self.to_place): cents}
        if self.what == "passed":
            return {("member", str(self.member), "savings"): -cents, ("member", str(self.other), "savings"): cents}
        if self.what == "difference":
            heap = ("group", "found") if self.fund is Fund.SOCIAL_FUND else ("group", "missing")
            return {cash: cents, heap: cents if self.fund is Fund.SOCIAL_FUND else -cents}
        into, heading, own, heap_name, heaped = MOVES[self.what]
        effects: dict[Key, int] = {}
        if heading:
            effects["member", str(self.member), heading] = own * cents
        if into:
            effects[cash] = into * cents
        if heap_name:
            effects["group", heap_name] = heaped * cents
        return effects


@dataclass(slots=True)
class Kept:
    """An entry that was posted; `sign` is -1 for one that takes another back."""

    id: UUID
    event: Event
    key: UUID
    sign: int = 1
    actor: str = "treasurer"
    is_reversed: bool = False


@dataclass(slots=True)
class Hold:
    """Money set aside."""

    at: At
    cents: int


@dataclass(slots=True)
class Meeting:
    """A meeting, with what lay in each place as it was opened."""

    id: UUID
    days_ago: int
    cash: dict[At, int]
    is_open: bool = True


@dataclass(slots=True)
class Draft:
    """What waits for a second officer."""

    event: Event
    drafter: str
    sign: int = 1
    reverses: Kept | None = None
    status: str = "OPEN"


@dataclass(slots=True)
class Model:
    """The whole of it."""

    today: date
    balances: dict[Key, int] = field(default_factory=lambda: defaultdict(int))
    entries: list[Kept] = field(default_factory=list)
    holds: dict[UUID, Hold] = field(default_factory=dict)
    meetings: list[Meeting] = field(default_factory=list)
    drafts: dict[UUID, Draft] = field(default_factory=dict)
    closed_days_ago: int = 10_000

    @property
    def open_meeting(self) -> Meeting | None:
        return next((meeting for meeting in self.meetings if meeting.is_open), None)

    def is_open(self, meeting_id: UUID | None) -> bool:
        """Whether entries may go there: into an open meeting, or outside any."""
        return meeting_id is None or any(meeting.id == meeting_id and meeting.is_open for meeting in self.meetings)

    def cash(self, at: At) -> int:
        return self.balances["cash", *at]

    def held(self, at: At) -> int:
        return sum(hold.cents for hold in self.holds.values() if hold.at == at)

    def refusal(self, events: Iterable[tuple[Event, int]]) -> str | None:
        """Why the batch is refused as a whole; None if it stands. Members are looked at in turn, places at the end."""
        after = defaultdict(int, self.balances)
        for event, sign in events:
            if event.days_ago >= self.closed_days_ago:
                return PERIOD_CLOSED
            for key, cents in event.effects(sign).items():
                after[key] += cents
                if key[0] == "member" and after[key] < 0:
                    return MEMBER_TOO_SMALL
        for at in PLACES:
            if after["cash", *at] - self.held(at) < 0 and after["cash", *at] < self.cash(at):
                return BELOW_MINIMUM
        return None

    def take(self, entries: Iterable[Kept]) -> None:
        """Post what stands."""
        for kept in entries:
            for key, cents in kept.event.effects(kept.sign).items():
                self.balances[key] += cents
            self.entries.append(kept)

    def keep(self, events: Iterable[Event]) -> list[Kept]:
        """The entries of a batch, with new ids under one new key."""
        key = new_id()
        return [Kept(new_id(), event, key) for event in events]

    def then(self, *, days_ago: int | None = None, entry: int | None = None) -> dict[Key, int]:
        """What stood at a date, from all that was booked so far, or right after an entry."""
        sums: dict[Key, int] = defaultdict(int)
        for number, kept in enumerate(self.entries, start=1):
            if (entry is None or number <= entry) and (days_ago is None or kept.event.days_ago >= days_ago):
                for key, cents in kept.event.effects(kept.sign).items():
                    sums[key] += cents
        return sums
