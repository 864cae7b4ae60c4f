"""What a group's money should be, in cents of plain dictionaries; it knows nothing of debits, credits and accounts.

Each event says what it moves. A reversal moves the same the other way. Money is in places, and members have, or owe, so
much under each heading; neither ever falls below zero, nor a place below what is set aside there.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from domain.identifiers import new_id
from domain.ledger.accounts import Fund, Place

__all__ = ["BELOW_MINIMUM", "MEMBER_TOO_SMALL", "MOVES", "PERIOD_CLOSED", "Event", "Hold", "Kept", "Model"]

BELOW_MINIMUM, MEMBER_TOO_SMALL, PERIOD_CLOSED = "BELOW_MINIMUM", "MEMBER_BALANCE_TOO_SMALL", "PERIOD_CLOSED"

FUND_OF = {"social_fund": Fund.SOCIAL_FUND, "grant": Fund.SOCIAL_FUND}
# By event: what comes into the place, and under which heading of the member it adds or takes away.
MOVES = {
    "shares": (1, "shares", 1),
    "savings": (1, "savings", 1),
    "social_fund": (1, "social_fund", 1),
    "fine": (0, "fines", 1),
    "fine_paid": (1, "fines", -1),
    "fine_waived": (0, "fines", -1),
    "withdrawal": (-1, "savings", -1),
    "grant": (-1, "grants", 1),
}


@dataclass(frozen=True, slots=True)
class Event:
    """One event: what, who, how much in cents, where, and how many days before today it counts for."""

    what: str
    member: int
    cents: int
    place: Place
    to_place: Place
    days_ago: int

    @property
    def fund(self) -> Fund:
        return FUND_OF.get(self.what, Fund.LOAN_FUND)

    def cash(self, sign: int) -> dict[tuple[Fund, Place], int]:
        """What comes into each place, or goes where it is below zero."""
        if self.what == "transfer":
            return {(self.fund, self.place): -self.cents * sign, (self.fund, self.to_place): self.cents * sign}
        if self.what in ("income", "expense"):
            return {(self.fund, self.place): (self.cents if self.what == "income" else -self.cents) * sign}
        return {(self.fund, self.place): MOVES[self.what][0] * self.cents * sign}

    def own(self, sign: int) -> tuple[str, int]:
        """Under which heading the member has, or owes, more or less."""
        if self.what not in MOVES:
            return "", 0
        _, heading, direction = MOVES[self.what]
        return heading, direction * self.cents * sign


@dataclass(slots=True)
class Kept:
    """An entry that was posted."""

    id: UUID
    event: Event
    key: UUID
    is_reversal: bool = False
    is_reversed: bool = False


@dataclass(slots=True)
class Hold:
    """Money set aside."""

    fund: Fund
    place: Place
    cents: int


@dataclass(slots=True)
class Model:
    """The whole of it."""

    today: date
    cash: dict[tuple[Fund, Place], int] = field(default_factory=lambda: defaultdict(int))
    members: dict[tuple[int, str], int] = field(default_factory=lambda: defaultdict(int))
    entries: list[Kept] = field(default_factory=list)
    holds: dict[UUID, Hold] = field(default_factory=dict)
    closed_days_ago: int = 10_000

    def held(self, fund: Fund, place: Place) -> int:
        return sum(hold.cents for hold in self.holds.values() if (hold.fund, hold.place) == (fund, place))

    def free(self, fund: Fund, place: Place) -> int:
        return self.cash[fund, place] - self.held(fund, place)

    def refusal(self, events: list[tuple[Event, int]]) -> str | None:
        """Why the batch is refused as a whole; None if it stands. Members are looked at in turn, places at the end."""
        members, cash = defaultdict(int, self.members), defaultdict(int, self.cash)
        for event, sign in events:
            if event.days_ago >= self.closed_days_ago:
                return PERIOD_CLOSED
            heading, cents = event.own(sign)
            if heading:
                members[event.member, heading] += cents
                if members[event.member, heading] < 0:
                    return MEMBER_TOO_SMALL
            for place, moved in event.cash(sign).items():
                cash[place] += moved
        for place, cents in cash.items():
            if cents - self.held(*place) < 0 and cents < self.cash[place]:
                return BELOW_MINIMUM
        return None

    def take(self, events: list[tuple[Event, int]]) -> None:
        """Move what a batch that stands moves."""
        for event, sign in events:
            heading, cents = event.own(sign)
            if heading:
                self.members[event.member, heading] += cents
            for place, moved in event.cash(sign).items():
                self.cash[place] += moved

    def keep(self, events: list[Event]) -> list[Kept]:
        """The entries of a batch, with new ids under one new key."""
        key = new_id()
        return [Kept(new_id(), event, key) for event in events]

    def expected(self) -> dict[str, Any]:
        """Every balance that is not zero."""
        return {
            "cash": {place: cents for place, cents in self.cash.items() if cents},
            "members": {key: cents for key, cents in self.members.items() if cents},
        }
