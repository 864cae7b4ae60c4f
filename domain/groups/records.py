"""What a group is to the services of every room, and where groups are kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from domain.calendar import TimeZone
from domain.currencies import Currency
from domain.errors import faults_at
from domain.groups.constitution import Constitution
from domain.ledger.accounts import GroupKind, NewAccount
from domain.money import Money
from domain.policy import Viewer, Visibility

__all__ = ["Group", "GroupRecord", "GroupStatus", "GroupStore", "NewGroup", "typed_amount"]


class GroupStatus(StrEnum):
    """Where a group is in its life."""

    PENDING_VERIFICATION = "PENDING_VERIFICATION"
    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"
    INACTIVE = "INACTIVE"


@dataclass(frozen=True, slots=True)
class Group:
    """A group as services see it, with the constitution in force."""

    id: UUID
    kind: GroupKind
    currency: Currency
    time_zone: TimeZone
    country: str
    status: GroupStatus
    constitution: Constitution


@dataclass(frozen=True, slots=True)
class GroupRecord:
    """What is recorded of a group beside its rules, as its officers and administrators change it."""

    id: UUID
    name: str
    county: str | None
    district: str | None
    village: str | None
    status: GroupStatus
    version: int


@dataclass(frozen=True, slots=True)
class NewGroup:
    """A group about to begin, with everything that it begins with."""

    id: UUID
    name: str
    kind: GroupKind
    currency: Currency
    country: str
    time_zone: TimeZone
    county: str | None
    district: str | None
    village: str | None
    visibility: Visibility
    constitution: Constitution
    accounts: tuple[NewAccount, ...]


class GroupStore(Protocol):
    """Where groups are kept."""

    async def get(self, group_id: UUID, *, on: date | None = None) -> Group:
        """The group with the constitution in force, or with the one that was in force on a day."""

    async def create(self, group: NewGroup) -> Viewer:
        """Make the tenant, its book and its first secretary, who is the viewer; return the viewer anew.

        Raises:
            IdAlreadyUsed: The id belongs to another tenant.
            FoundersLimited: Whoever runs the platform lets only some begin groups.
        """

    async def record(self, group_id: UUID) -> GroupRecord:
        """What is recorded of the group beside its rules."""

    async def revise(
        self, group: GroupRecord, *, name: str, county: str | None, district: str | None, village: str | None
    ) -> None:
        """Record the group otherwise."""

    async def change_status(self, group: GroupRecord, becomes: GroupStatus, reason: str | None) -> None:
        """Take the group a step further in its life, and keep who did and why."""

    async def latest_constitution(self, group_id: UUID) -> Constitution:
        """The newest version of the group's constitution, whether or not it holds already."""

    async def adopt(self, group_id: UUID, constitution: Constitution, holds_from: datetime | None) -> None:
        """Keep a new version of the constitution, in force from a moment; None for at once."""


def typed_amount(amount: Decimal, unit: Currency, field: str) -> Money:
    """An amount as it was typed, its decimals counted as written; errors name the field."""
    with faults_at(field):
        return Money.parse(format(amount, "f"), unit)
