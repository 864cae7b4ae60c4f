"""Expected contributions that the group lets a member off: one officer asks, the chair or the treasurer decides."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

from domain.calendar import local_date
from domain.errors import DomainError, ErrorCode, faults_at
from domain.ledger.accounts import FINES_OWED
from domain.ledger.recording import TEXT_ERRORS, DateInFuture, typed_payment
from domain.money import AmountNotANumber, AmountNotPositive, AmountTooLarge, AmountTooPrecise, Money
from domain.policy import Action, Resource
from domain.savings.dues import DueKind, obligations
from domain.savings.standings import MemberNotInGroup, require_balance
from domain.service import IdAlreadyUsed, Outcome, VersionStale, service
from domain.text import clean_text

if TYPE_CHECKING:
    from domain.groups import Constitution
    from domain.unit_of_work import UnitOfWork

__all__ = [
    "DecideWaiver",
    "NewWaiver",
    "NothingExpected",
    "RequestWaiver",
    "Waiver",
    "WaiverDecided",
    "WaiverNotFound",
    "WaiverRequestedByYourself",
    "WaiverStatus",
    "WaiverStore",
    "decide_waiver",
    "request_waiver",
]

REASON_MAX = 500
"""The longest reason for a waiver, in characters."""


class WaiverStatus(StrEnum):
    """Where a waiver is."""

    REQUESTED = "REQUESTED"
    APPROVED = "APPROVED"
    REFUSED = "REFUSED"


@dataclass(eq=False)
class NothingExpected(DomainError):
    """The constitution expects no such contribution, so there is nothing to let anybody off."""

    code = ErrorCode.NOT_ALLOWED

    constitution_version: int

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return (
            f"The constitution (version {self.constitution_version}) expects no such contribution of its members: "
            "check what is to be waived."
        )


@dataclass(eq=False)
class WaiverNotFound(DomainError):
    """The group has no such waiver."""

    code = ErrorCode.NOT_FOUND

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "The group has no such waiver: check its id."


@dataclass(eq=False)
class WaiverDecided(DomainError):
    """The waiver was decided already."""

    code = ErrorCode.CONFLICT
    is_of_state = True

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "This waiver was decided already: ask for another if that was wrong."


@dataclass(eq=False)
class WaiverRequestedByYourself(DomainError):
    """Whoever asked for a waiver would decide on it."""

    code = ErrorCode.NOT_ALLOWED

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "You asked for this waiver yourself: let the chair or the treasurer decide, whichever you are not."


@dataclass(frozen=True, slots=True)
class NewWaiver:
    """A waiver about to be asked for."""

    id: UUID
    group_id: UUID
    member_id: UUID
    kind: DueKind
    type_code: str | None
    counts_on: date
    amount: Money
    reason: str


@dataclass(frozen=True, slots=True)
class Waiver:
    """A waiver as services see it."""

    id: UUID
    status: WaiverStatus
    requested_by: UUID
    version: int


class WaiverStore(Protocol):
    """Where waivers are kept."""

    async def find(self, group_id: UUID, waiver_id: UUID) -> Waiver | None:
        """The waiver, if the group has it."""

    async def request(self, waiver: NewWaiver) -> None:
        """Keep it until it is decided."""

    async def decide(self, group_id: UUID, waiver_id: UUID, *, is_approved: bool) -> None:
        """Keep what the viewer decided; its version grows by one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestWaiver:
    """The wish to let a member off something that is expected of her.

    Attributes:
        counts_on: The group's date from which it counts; today if it is left out.
    """

    group_id: UUID
    idempotency_key: UUID
    id: UUID | None = None
    member_id: UUID
    kind: DueKind
    type_code: str | None = None
    amount: Decimal
    counts_on: date | None = None
    reason: str

    @property
    def waiver_id(self) -> UUID:
        """The id that the waiver will have: its own where it was given, else the idempotency key."""
        return self.id or self.idempotency_key

    def expected_outcome(self) -> Outcome:
        """The outcome when nothing is refused."""
        return Outcome(id=self.waiver_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideWaiver:
    """The wish to approve a waiver, or to refuse it."""

    group_id: UUID
    idempotency_key: UUID
    waiver_id: UUID
    expected_version: int
    is_approved: bool

    def expected_outcome(self) -> Outcome:
        """The outcome when nothing is refused."""
        return Outcome(id=self.waiver_id)


@service(
    "contributionWaiverRequest",
    needs=((Resource.CONTRIBUTION_WAIVER, Action.CREATE),),
    raises=(
        IdAlreadyUsed,
        MemberNotInGroup,
        NothingExpected,
        DateInFuture,
        AmountNotANumber,
        AmountTooPrecise,
        AmountTooLarge,
        AmountNotPositive,
        *TEXT_ERRORS,
    ),
)
async def request_waiver(work: UnitOfWork, command: RequestWaiver) -> Outcome:
    """Ask for a member to be let off something that the constitution expects of her. It counts once it is approved."""
    group = await work.groups.get(command.group_id)
    amount = typed_payment(command.amount, group)
    with faults_at("reason"):
        reason = clean_text(command.reason, maximum=REASON_MAX)
    _require_expected(command, group.constitution)
    today = local_date(work.now, group.time_zone)
    if command.counts_on is not None and command.counts_on > today:
        raise DateInFuture(today, path=("countsOn",))
    # Whoever left owes what she did; only whom the group never had is refused.
    await require_balance(work, group, command.member_id, FINES_OWED)
    if await work.waivers.find(group.id, command.waiver_id) is not None:
        raise IdAlreadyUsed(path=("id",))
    await work.waivers.request(
        NewWaiver(
            command.waiver_id,
            group.id,
            command.member_id,
            command.kind,
            command.type_code,
            command.counts_on or today,
            amount,
            reason,
        )
    )
    return Outcome(id=command.waiver_id)


@service(
    "contributionWaiverDecide",
    needs=((Resource.CONTRIBUTION_WAIVER, Action.UPDATE),),
    raises=(WaiverNotFound, WaiverDecided, WaiverRequestedByYourself, VersionStale),
)
async def decide_waiver(work: UnitOfWork, command: DecideWaiver) -> Outcome:
    """Approve a waiver or refuse it, as another officer than the one who asked for it."""
    waiver = await work.waivers.find(command.group_id, command.waiver_id)
    with faults_at("waiverId"):
        if waiver is None:
            raise WaiverNotFound
        if waiver.status is not WaiverStatus.REQUESTED:
            raise WaiverDecided
    if waiver.version != command.expected_version:
        raise VersionStale(waiver.version, path=("expectedVersion",))
    if waiver.requested_by == work.viewer.user_id:
        raise WaiverRequestedByYourself
    await work.waivers.decide(command.group_id, waiver.id, is_approved=command.is_approved)
    return Outcome(id=waiver.id)


def _require_expected(command: RequestWaiver, rules: Constitution) -> None:
    if (command.kind, command.type_code) not in {each.key for each in obligations(rules)}:
        raise NothingExpected(rules.version, path=("kind" if command.type_code is None else "typeCode",))
