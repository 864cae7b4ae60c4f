"""What stands in for a loan beside people (collateral, security): described, valued, released."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

from domain.calendar import local_date
from domain.errors import DomainError, ErrorCode, faults_at
from domain.groups import Group, typed_amount
from domain.ledger.recording import TEXT_ERRORS, DateInFuture
from domain.lending.guaranteeing import securable_loan
from domain.lending.records import LoanNotFound
from domain.lending.steps import LoanStepNotPossible
from domain.money import AmountNotANumber, AmountNotPositive, AmountTooLarge, AmountTooPrecise, Money, positive
from domain.policy import Action, Resource
from domain.service import IdAlreadyUsed, Outcome, VersionStale, service
from domain.text import clean_text

if TYPE_CHECKING:
    from domain.unit_of_work import UnitOfWork

__all__ = [
    "AddCollateral",
    "Collateral",
    "CollateralKind",
    "CollateralNotFound",
    "CollateralReleased",
    "CollateralStatus",
    "CollateralStore",
    "NewCollateral",
    "ReleaseCollateral",
    "ValuationTooEarly",
    "ValueCollateral",
    "add_collateral",
    "release_collateral",
    "value_collateral",
]

COLLATERAL_WORDS_MAX = 500
"""The longest description of collateral, in characters."""


class CollateralKind(StrEnum):
    """What it is."""

    LAND = "LAND"
    BUILDING = "BUILDING"
    VEHICLE = "VEHICLE"
    EQUIPMENT = "EQUIPMENT"
    LIVESTOCK = "LIVESTOCK"
    CROPS = "CROPS"
    HOUSEHOLD_GOODS = "HOUSEHOLD_GOODS"
    DOCUMENT = "DOCUMENT"
    OTHER = "OTHER"


class CollateralStatus(StrEnum):
    """Whether it stands in for the loan."""

    HELD = "HELD"
    RELEASED = "RELEASED"


@dataclass(eq=False)
class CollateralNotFound(DomainError):
    """The group has no such collateral."""

    code = ErrorCode.NOT_FOUND

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "The group has no such collateral: check its id."


@dataclass(eq=False)
class CollateralReleased(DomainError):
    """The collateral was released already."""

    code = ErrorCode.NOT_ALLOWED

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "This collateral was released: record it anew if it stands in for the loan again."


@dataclass(eq=False)
class ValuationTooEarly(DomainError):
    """The value would be of a day before the one that is known.

    Attributes:
        earliest_on: The first date that it may have.
    """

    earliest_on: date

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return f"Its value is known as of {self.earliest_on}: give that date or a later one."


@dataclass(frozen=True, slots=True)
class NewCollateral:
    """Collateral about to be kept; the borrower's, with her words."""

    id: UUID
    loan_id: UUID
    member_id: UUID
    kind: CollateralKind
    value: Money
    valued_on: date
    description: str


@dataclass(frozen=True, slots=True)
class Collateral:
    """Collateral as services see it."""

    id: UUID
    status: CollateralStatus
    valued_on: date
    version: int


class CollateralStore(Protocol):
    """Where collateral is kept."""

    async def find(self, group_id: UUID, collateral_id: UUID) -> Collateral | None:
        """The collateral, if the group has it."""

    async def add(self, group_id: UUID, collateral: NewCollateral) -> None:
        """Keep it."""

    async def value(self, group_id: UUID, collateral_id: UUID, value: Money, valued_on: date) -> None:
        """Keep what it is worth from a day on; its version grows by one."""

    async def release(self, group_id: UUID, collateral_id: UUID) -> None:
        """Keep that it stands in for the loan no more; its version grows by one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddCollateral:
    """The wish to note what stands in for a loan.

    Attributes:
        value: What it is worth.
        valued_on: As of which date; today if it is left out.
        description: What it is, and where, in words.
    """

    group_id: UUID
    idempotency_key: UUID
    id: UUID | None = None
    loan_id: UUID
    kind: CollateralKind
    value: Decimal
    valued_on: date | None = None
    description: str

    @property
    def collateral_id(self) -> UUID:
        """The id that it will have: its own where it was given, else the idempotency key."""
        return self.id or self.idempotency_key

    def expected_outcome(self) -> Outcome:
        """The outcome when nothing is refused."""
        return Outcome(id=self.collateral_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class _OnCollateral:
    group_id: UUID
    idempotency_key: UUID
    collateral_id: UUID
    expected_version: int

    def expected_outcome(self) -> Outcome:
        """The outcome when nothing is refused."""
        return Outcome(id=self.collateral_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueCollateral(_OnCollateral):
    """The wish to note what collateral is worth now."""

    value: Decimal
    valued_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseCollateral(_OnCollateral):
    """The wish that collateral stands in for its loan no more."""


_VALUE_ERRORS = (AmountNotANumber, AmountTooPrecise, AmountTooLarge, AmountNotPositive, DateInFuture)


@service(
    "loanCollateralAdd",
    needs=((Resource.LOAN_COLLATERAL, Action.CREATE), (Resource.LOAN_COLLATERAL_WORDS, Action.CREATE)),
    raises=(LoanNotFound, LoanStepNotPossible, IdAlreadyUsed, *_VALUE_ERRORS, *TEXT_ERRORS),
)
async def add_collateral(work: UnitOfWork, command: AddCollateral) -> Outcome:
    """Note what stands in for a loan that may still come to be owed, or is."""
    group = await work.groups.get(command.group_id)
    loan = await securable_loan(work, group, command.loan_id)
    value, valued_on = _valued(work, group, command.value, command.valued_on)
    with faults_at("description"):
        description = clean_text(command.description, maximum=COLLATERAL_WORDS_MAX, multiline=True)
    if await work.collateral.find(group.id, command.collateral_id) is not None:
        raise IdAlreadyUsed(path=("id",))
    await work.collateral.add(
        group.id,
        NewCollateral(command.collateral_id, loan.id, loan.member_id, command.kind, value, valued_on, description),
    )
    return command.expected_outcome()


@service(
    "loanCollateralValue",
    needs=((Resource.LOAN_COLLATERAL, Action.UPDATE),),
    raises=(CollateralNotFound, CollateralReleased, ValuationTooEarly, VersionStale, *_VALUE_ERRORS),
)
async def value_collateral(work: UnitOfWork, command: ValueCollateral) -> Outcome:
    """Note what collateral is worth as of a date; what it was worth before stays in the trail."""
    group = await work.groups.get(command.group_id)
    collateral = await _to_change(work, command)
    value, valued_on = _valued(work, group, command.value, command.valued_on)
    if valued_on < collateral.valued_on:
        raise ValuationTooEarly(collateral.valued_on, path=("valuedOn",))
    await work.collateral.value(group.id, collateral.id, value, valued_on)
    return command.expected_outcome()


@service(
    "loanCollateralRelease",
    needs=((Resource.LOAN_COLLATERAL, Action.UPDATE),),
    raises=(CollateralNotFound, CollateralReleased, VersionStale),
)
async def release_collateral(work: UnitOfWork, command: ReleaseCollateral) -> Outcome:
    """Note that collateral was given back, or stands in for the loan no more."""
    collateral = await _to_change(work, command)
    await work.collateral.release(command.group_id, collateral.id)
    return command.expected_outcome()


def _valued(work: UnitOfWork, group: Group, typed: Decimal, valued_on: date | None) -> tuple[Money, date]:
    value = typed_amount(typed, group.currency, "value")
    with faults_at("value"):
        positive(value)
    today = local_date(work.now, group.time_zone)
    if valued_on is not None and valued_on > today:
        raise DateInFuture(today, path=("valuedOn",))
    return value, valued_on or today


async def _to_change(work: UnitOfWork, command: _OnCollateral) -> Collateral:
    collateral = await work.collateral.find(command.group_id, command.collateral_id)
    with faults_at("collateralId"):
        if collateral is None:
            raise CollateralNotFound
        if collateral.status is CollateralStatus.RELEASED:
            raise CollateralReleased
    if collateral.version != command.expected_version:
        raise VersionStale(collateral.version, path=("expectedVersion",))
    return collateral
