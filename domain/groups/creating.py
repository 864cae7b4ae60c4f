"""How a group begins: with its book, its chart of accounts and its first constitution."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from domain.calendar import TimeZone, UnknownTimeZone, local_date
from domain.countries import UnknownCountry, country
from domain.currencies import UnknownCurrency, currency
from domain.errors import DomainError, ErrorCode, faults_at
from domain.groups.contradictions import SharePriceMissing
from domain.groups.records import NewGroup
from domain.groups.wishes import RULE_ERRORS, RuleWishes, constitution_of
from domain.ledger.accounts import GroupKind, chart_for
from domain.policy import Action, Resource
from domain.service import IdAlreadyUsed, Outcome, service
from domain.text import GROUP_NAME_MAX, PLACE_MAX, clean_text

if TYPE_CHECKING:
    from domain.unit_of_work import UnitOfWork

__all__ = ["CreateGroup", "FoundersLimited", "clean_place", "create_group"]


@dataclass(eq=False)
class FoundersLimited(DomainError):
    """Whoever runs the platform lets only some begin groups."""

    code = ErrorCode.NOT_ALLOWED

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "On this platform not everybody begins groups: ask a partner or an administrator to begin yours."


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateGroup(RuleWishes):
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

    @property
    def group_id(self) -> UUID:
        """The id that the group will have: its own where it was given, else the idempotency key."""
        return self.id or self.idempotency_key

    def expected_outcome(self) -> Outcome:
        """The outcome when nothing is refused."""
        return Outcome(id=self.group_id)


def clean_place(value: str | None, field: str) -> str | None:
    """The name of a place as it is kept; errors name the field."""
    with faults_at(field):
        return None if value is None else clean_text(value, maximum=PLACE_MAX)


@service(
    "groupCreate",
    raises=(
        IdAlreadyUsed,
        UnknownCurrency,
        UnknownCountry,
        UnknownTimeZone,
        SharePriceMissing,
        FoundersLimited,
        *RULE_ERRORS,
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
    if command.kind is GroupKind.VSLA and command.share_price is None:
        raise SharePriceMissing(path=("sharePrice",))
    constitution = constitution_of(command, unit, None, adopted_on=local_date(work.now, zone))
    return NewGroup(
        id=command.group_id,
        name=name,
        kind=command.kind,
        currency=unit,
        country=land.code,
        time_zone=zone,
        county=clean_place(command.county, "county"),
        district=clean_place(command.district, "district"),
        village=clean_place(command.village, "village"),
        visibility=constitution.visibility,
        constitution=constitution,
        accounts=chart_for(command.group_id, command.kind),
    )
