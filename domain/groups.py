"""Groups: what they are, the rules they gave themselves, and how one begins."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

from domain.calendar import TimeZone, UnknownTimeZone, local_date
from domain.countries import UnknownCountry, country
from domain.currencies import Currency, UnknownCurrency, currency
from domain.errors import DomainError, faults_at
from domain.ledger.accounts import GroupKind, NewAccount, chart_for
from domain.money import AmountNotANumber, AmountNotPositive, AmountTooLarge, AmountTooPrecise, Money, positive
from domain.policy import Action, Resource, Viewer, Visibility
from domain.service import IdAlreadyUsed, Outcome, service
from domain.text import GROUP_NAME_MAX, PLACE_MAX, TextNotAllowed, TextTooLong, TextTooShort, clean_text

if TYPE_CHECKING:
    from domain.unit_of_work import UnitOfWork

__all__ = [
    "SHARES_MAX",
    "Constitution",
    "CreateGroup",
    "Frequency",
    "Group",
    "GroupKind",
    "GroupStatus",
    "GroupStore",
    "NewGroup",
    "SharesOutOfOrder",
    "create_group",
]

SHARES_MAX = 1000
"""The most shares that any constitution may let a member buy in one meeting."""


class GroupStatus(StrEnum):
    """Where a group is in its life."""

    PENDING_VERIFICATION = "PENDING_VERIFICATION"
    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"
    INACTIVE = "INACTIVE"


class Frequency(StrEnum):
    """How often a group meets."""

    WEEKLY = "WEEKLY"
    FORTNIGHTLY = "FORTNIGHTLY"
    MONTHLY = "MONTHLY"
    QUARTERLY = "QUARTERLY"
    YEARLY = "YEARLY"
    FLEXIBLE = "FLEXIBLE"


@dataclass(eq=False)
class SharesOutOfOrder(DomainError):
    """The limits on shares contradict each other."""

    maximum: int

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return (
            "Give a smallest number of shares of 0 or more and a largest that is not below it "
            f"and from 1 to {self.maximum}."
        )


@dataclass(eq=False)
class AmountNegative(DomainError):
    """An amount that may be zero is below it."""

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "Give an amount of zero or more."


@dataclass(frozen=True, slots=True)
class Constitution:
    """The rules that a group gave itself, one version of them.

    Attributes:
        version: Counted from 1.
        share_price: What one share costs; fixed for a whole cycle.
        shares_min: The fewest shares that a member who buys any may buy in one meeting.
        shares_max: The most.
        social_fund_amount: What each member is expected to pay into the social fund in a meeting.
        meeting_frequency: How often the group meets.
        adopted_on: The group's date from which it holds.

    Raises:
        AmountNotPositive: A share costs nothing.
        AmountNegative: The social fund amount is below zero.
        SharesOutOfOrder: The limits on shares contradict each other.
    """

    version: int
    share_price: Money
    shares_min: int
    shares_max: int
    social_fund_amount: Money
    meeting_frequency: Frequency
    adopted_on: date

    def __post_init__(self) -> None:
        with faults_at("sharePrice"):
            positive(self.share_price)
        if self.social_fund_amount.amount < 0:
            raise AmountNegative(path=("socialFundAmount",))
        if not (0 <= self.shares_min <= self.shares_max and 1 <= self.shares_max <= SHARES_MAX):
            raise SharesOutOfOrder(SHARES_MAX, path=("sharesMax",))


@dataclass(frozen=True, slots=True)
class Group:
    """A group as services see it."""

    id: UUID
    currency: Currency
    time_zone: TimeZone
    country: str
    status: GroupStatus
    constitution: Constitution


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

    async def get(self, group_id: UUID) -> Group:
        """The group with the constitution in force."""

    async def create(self, group: NewGroup) -> Viewer:
        """Make the tenant, its book and its first secretary, who is the viewer; return the viewer anew.

        Raises:
            IdAlreadyUsed: The id belongs to another tenant.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateGroup:
    """The wish for a new group. Texts and amounts are as they were typed; the service checks them."""

    idempotency_key: UUID
    id: UUID | None = None
    name: str
    kind: GroupKind
    currency: str
    country: str
    time_zone: str
    county: str | None = None
    district: str | None = None
    village: str | None = None
    visibility: Visibility = Visibility.TOTALS_ONLY
    share_price: Decimal
    shares_min: int = 1
    shares_max: int = 5
    social_fund_amount: Decimal = Decimal(0)
    meeting_frequency: Frequency = Frequency.WEEKLY

    @property
    def group_id(self) -> UUID:
        """The id that the group will have: its own where it was given, else the idempotency key."""
        return self.id or self.idempotency_key

    def expected_outcome(self) -> Outcome:
        """The outcome when nothing is refused."""
        return Outcome(id=self.group_id)


def typed_amount(amount: Decimal, unit: Currency, field: str) -> Money:
    """An amount as it was typed, its decimals counted as written; errors name the field."""
    with faults_at(field):
        return Money.parse(format(amount, "f"), unit)


def _place(value: str | None, field: str) -> str | None:
    with faults_at(field):
        return None if value is None else clean_text(value, maximum=PLACE_MAX)


@service(
    "groupCreate",
    raises=(
        IdAlreadyUsed,
        TextTooLong,
        TextTooShort,
        TextNotAllowed,
        UnknownCurrency,
        UnknownCountry,
        UnknownTimeZone,
        AmountNotANumber,
        AmountTooPrecise,
        AmountTooLarge,
        AmountNotPositive,
        AmountNegative,
        SharesOutOfOrder,
    ),
    needs=((Resource.TENANT, Action.CREATE),),
    is_founding=True,
)
async def create_group(work: UnitOfWork, command: CreateGroup) -> Outcome:
    """Begin a group: its tenant, book, chart of accounts and first constitution; the viewer becomes its secretary."""
    group = _new_group(command, work)
    await work.groups.create(group)
    return Outcome(id=group.id)


def _new_group(command: CreateGroup, work: UnitOfWork) -> NewGroup:
    with faults_at("name"):
        name = clean_text(command.name, maximum=GROUP_NAME_MAX)
    with faults_at("currency"):
        unit = currency(command.currency)
    with faults_at("country"):
        land = country(command.country)
    with faults_at("timeZone"):
        zone = TimeZone(command.time_zone)
    return NewGroup(
        id=command.group_id,
        name=name,
        kind=command.kind,
        currency=unit,
        country=land.code,
        time_zone=zone,
        county=_place(command.county, "county"),
        district=_place(command.district, "district"),
        village=_place(command.village, "village"),
        visibility=command.visibility,
        constitution=Constitution(
            version=1,
            share_price=typed_amount(command.share_price, unit, "sharePrice"),
            shares_min=command.shares_min,
            shares_max=command.shares_max,
            social_fund_amount=typed_amount(command.social_fund_amount, unit, "socialFundAmount"),
            meeting_frequency=command.meeting_frequency,
            adopted_on=local_date(work.now, zone),
        ),
        accounts=chart_for(command.group_id, command.kind),
    )
