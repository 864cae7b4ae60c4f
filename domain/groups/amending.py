"""How a constitution is amended: by a new version, which says from when on it holds and why."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from domain.calendar import local_date
from domain.errors import DomainError, ErrorCode, faults_at
from domain.groups.constitution import Constitution
from domain.groups.contradictions import SharePriceMissing
from domain.groups.wishes import RULE_ERRORS, RuleWishes, constitution_of
from domain.ledger.accounts import GroupKind
from domain.policy import Action, Resource
from domain.service import Outcome, VersionStale, service
from domain.text import clean_text

if TYPE_CHECKING:
    from domain.unit_of_work import UnitOfWork

__all__ = [
    "AMENDED_AHEAD_DAYS_MAX",
    "REASON_MAX",
    "AmendConstitution",
    "AmendmentEmpty",
    "AmendmentPending",
    "EffectiveDateOutOfRange",
    "SharePriceFixedInCycle",
    "VisibilityChangesAtOnce",
    "amend_constitution",
]

REASON_MAX = 500
"""The longest reason for an amendment, in characters."""

AMENDED_AHEAD_DAYS_MAX = 366
"""How far ahead an amendment may be adopted: to the end of any cycle."""


@dataclass(eq=False)
class AmendmentEmpty(DomainError):
    """The amendment changes nothing."""

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "This amendment changes nothing: give the rules that are to be others."


@dataclass(eq=False)
class AmendmentPending(DomainError):
    """Another amendment is adopted already, and is to hold earlier than this one."""

    code = ErrorCode.CONFLICT

    effective_on: date

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return (
            f"An amendment that holds from {self.effective_on} is adopted already: "
            "let this one hold from then or before, or wait until that one holds."
        )


@dataclass(eq=False)
class EffectiveDateOutOfRange(DomainError):
    """The amendment is to hold from a day that is past, or too far ahead."""

    earliest_on: date
    latest_on: date

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return f"Let the amendment hold from a day between {self.earliest_on} and {self.latest_on}: the past stays."


@dataclass(eq=False)
class VisibilityChangesAtOnce(DomainError):
    """What members see of each other is to change on a later day."""

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "What members see of each other changes at once: amend it by itself, on the day on which it is to hold."


@dataclass(eq=False)
class SharePriceFixedInCycle(DomainError):
    """The price of a share is to change while a cycle runs."""

    code = ErrorCode.NOT_ALLOWED

    cycle_number: int

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return (
            f"A share costs the same all through a cycle, and cycle {self.cycle_number} runs: "
            "let the new price hold from after its planned end, or end the cycle first."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AmendConstitution(RuleWishes):
    """The wish for a new version of the constitution; what is left out stays as it was."""

    group_id: UUID
    idempotency_key: UUID
    expected_version: int
    effective_on: date | None = None
    reason: str

    def expected_outcome(self) -> Outcome:
        """The outcome when nothing is refused."""
        return Outcome(id=self.group_id)


@service(
    "constitutionAmend",
    needs=((Resource.CONSTITUTION, Action.CREATE),),
    raises=(
        VersionStale,
        AmendmentEmpty,
        AmendmentPending,
        EffectiveDateOutOfRange,
        VisibilityChangesAtOnce,
        SharePriceFixedInCycle,
        SharePriceMissing,
        *RULE_ERRORS,
    ),
)
async def amend_constitution(work: UnitOfWork, command: AmendConstitution) -> Outcome:
    """Adopt a new version of the constitution, made of the newest one, from today on or from a later day."""
    group = await work.groups.get(command.group_id)
    newest = await work.groups.latest_constitution(group.id)
    if newest.version != command.expected_version:
        raise VersionStale(newest.version, path=("expectedVersion",))
    with faults_at("reason"):
        reason = clean_text(command.reason, maximum=REASON_MAX)
    today = local_date(work.now, group.time_zone)
    effective_on = _effective_on(command.effective_on, today, newest)
    amended = constitution_of(command, group.currency, newest, adopted_on=effective_on, reason=reason)
    if replace(amended, version=newest.version, adopted_on=newest.adopted_on, reason=newest.reason) == newest:
        raise AmendmentEmpty
    if group.kind is GroupKind.VSLA and amended.share_price is None:
        raise SharePriceMissing(path=("hasShares",))
    if amended.share_price != newest.share_price:
        await _refuse_within_cycle(work, group.id, effective_on)
    is_at_once = effective_on == today
    if not is_at_once and amended.visibility is not group.constitution.visibility:
        raise VisibilityChangesAtOnce(path=("visibility",))
    await work.groups.adopt(
        group.id, amended, None if is_at_once else datetime.combine(effective_on, time(), tzinfo=group.time_zone.rules)
    )
    return Outcome(id=group.id)


def _effective_on(wished: date | None, today: date, newest: Constitution) -> date:
    day = today if wished is None else wished
    latest = today + timedelta(days=AMENDED_AHEAD_DAYS_MAX)
    if not today <= day <= latest:
        raise EffectiveDateOutOfRange(today, latest, path=("effectiveOn",))
    if today < newest.adopted_on < day:
        raise AmendmentPending(newest.adopted_on, path=("effectiveOn",))
    return day


async def _refuse_within_cycle(work: UnitOfWork, group_id: UUID, effective_on: date) -> None:
    """Refuse what holds all through a cycle, unless it is to hold after the running one is planned to end."""
    cycle = await work.cycles.last(group_id)
    if cycle is None or cycle.ended_on is not None:
        return
    if cycle.planned_end_on is None or effective_on <= cycle.planned_end_on:
        raise SharePriceFixedInCycle(cycle.number, path=("sharePrice",))
