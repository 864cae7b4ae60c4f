"""Members who stand surety for another's loan: what they pledge, accept and are released from.

As long as the loan may still come to be owed, or is, a guarantor sees it; and where she holds savings for it, she does
not withdraw them.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

from domain.errors import DomainError, ErrorCode, faults_at
from domain.groups import Group
from domain.ledger.accounts import MEMBER_SAVINGS
from domain.ledger.recording import typed_payment
from domain.lending.limits import GuarantorIsBorrower, GuarantorNamedTwice, GuarantorNotInGroup
from domain.lending.records import Loan, LoanNotFound
from domain.lending.steps import OWING, LoanStatus, LoanStepNotPossible
from domain.money import AmountNotANumber, AmountNotPositive, AmountTooLarge, AmountTooPrecise, Money
from domain.policy import AccessDenied, Action, Resource, allows
from domain.savings.standings import require_balance
from domain.service import IdAlreadyUsed, Outcome, VersionStale, service

if TYPE_CHECKING:
    from domain.unit_of_work import UnitOfWork

__all__ = [
    "GUARANTORS_MAX",
    "MAY_BE_OWED",
    "AcceptGuarantee",
    "Guarantee",
    "GuaranteeNotFound",
    "GuaranteeNotPossible",
    "GuaranteeStatus",
    "GuaranteeStore",
    "NewGuarantee",
    "PledgeGuarantee",
    "ReleaseGuarantee",
    "SavingsDoNotCover",
    "TooManyGuarantors",
    "accept_guarantee",
    "free_savings",
    "pledge_guarantee",
    "release_guarantee",
    "securable_loan",
]

GUARANTORS_MAX = 20
"""The most members who may stand surety for one loan."""

MAY_BE_OWED = OWING | {LoanStatus.APPLIED, LoanStatus.APPRAISED, LoanStatus.APPROVED}
"""While a loan is one of these it may still come to be owed, or is."""


class GuaranteeStatus(StrEnum):
    """Where a guarantee is."""

    PLEDGED = "PLEDGED"
    """Noted by an officer; the guarantor is still to accept it."""
    ACCEPTED = "ACCEPTED"
    """The guarantor stands surety."""
    RELEASED = "RELEASED"
    """She does no more, or never accepted it."""


@dataclass(eq=False)
class GuaranteeNotFound(DomainError):
    """The group has no such guarantee."""

    code = ErrorCode.NOT_FOUND

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "The group has no such guarantee: check its id."


@dataclass(eq=False)
class GuaranteeNotPossible(DomainError):
    """A guarantee in its present state is not accepted, or not released."""

    code = ErrorCode.NOT_ALLOWED

    guarantee_status: str

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return f"This guarantee is {self.guarantee_status}: read it again, and pledge another if one is needed."


@dataclass(eq=False)
class SavingsDoNotCover(DomainError):
    """The guarantor has not so much in her savings that is not held for another loan.

    Attributes:
        available: What of her savings is free.
    """

    code = ErrorCode.NOT_ALLOWED

    available: Decimal

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return f"Of the guarantor's savings {self.available} are free: hold at most that, or none of them."


@dataclass(eq=False)
class TooManyGuarantors(DomainError):
    """The loan has as many guarantors as one may have."""

    code = ErrorCode.NOT_ALLOWED

    maximum: int

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return f"A loan has at most {self.maximum} guarantors: release one first."


@dataclass(frozen=True, slots=True)
class NewGuarantee:
    """A guarantee about to be kept; whoever pledges for herself has accepted it."""

    id: UUID
    loan_id: UUID
    member_id: UUID
    borrower_id: UUID
    amount: Money
    is_holding_savings: bool


@dataclass(frozen=True, slots=True)
class Guarantee:
    """A guarantee as services see it.

    Attributes:
        loan_status: Where its loan is.
    """

    id: UUID
    member_id: UUID
    amount: Money
    is_holding_savings: bool
    status: GuaranteeStatus
    loan_status: LoanStatus
    version: int


class GuaranteeStore(Protocol):
    """Where guarantees are kept."""

    async def find(self, group: Group, guarantee_id: UUID) -> Guarantee | None:
        """The guarantee, if the group has it."""

    async def given(self, group_id: UUID, loan_id: UUID) -> frozenset[UUID]:
        """Who stands surety for the loan, or is to, and was not released."""

    async def accepted(self, group_id: UUID, loan_id: UUID) -> int:
        """How many members accepted to stand surety for the loan, and were not released."""

    async def held(self, group: Group, member_id: UUID) -> Money:
        """How much of a member's savings is held for loans that may be owed."""

    async def pledge(self, group_id: UUID, guarantee: NewGuarantee) -> None:
        """Keep it."""

    async def move(self, group_id: UUID, guarantee_id: UUID, status: GuaranteeStatus) -> None:
        """Keep that it was accepted or released; its version grows by one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PledgeGuarantee:
    """The wish that a member stands surety for a loan.

    Attributes:
        member_id: The guarantor.
        amount: For how much of the loan.
        is_holding_savings: Whether so much of her savings stays with the group, until she is released or the loan is
            over.
    """

    group_id: UUID
    idempotency_key: UUID
    id: UUID | None = None
    loan_id: UUID
    member_id: UUID
    amount: Decimal
    is_holding_savings: bool = False

    @property
    def guarantee_id(self) -> UUID:
        """The id that it will have: its own where it was given, else the idempotency key."""
        return self.id or self.idempotency_key

    def expected_outcome(self) -> Outcome:
        """The outcome when nothing is refused."""
        return Outcome(id=self.guarantee_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class _OnGuarantee:
    group_id: UUID
    idempotency_key: UUID
    guarantee_id: UUID
    expected_version: int

    def expected_outcome(self) -> Outcome:
        """The outcome when nothing is refused."""
        return Outcome(id=self.guarantee_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptGuarantee(_OnGuarantee):
    """The wish to accept a guarantee: the guarantor's own, or as an officer heard it of her."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseGuarantee(_OnGuarantee):
    """The wish that a guarantor stands surety no more, or never began to."""


@service(
    "loanGuaranteePledge",
    needs=((Resource.LOAN_GUARANTEE, Action.CREATE),),
    raises=(
        LoanNotFound,
        LoanStepNotPossible,
        GuarantorIsBorrower,
        GuarantorNamedTwice,
        GuarantorNotInGroup,
        TooManyGuarantors,
        SavingsDoNotCover,
        IdAlreadyUsed,
        AmountNotANumber,
        AmountTooPrecise,
        AmountTooLarge,
        AmountNotPositive,
    ),
)
async def pledge_guarantee(work: UnitOfWork, command: PledgeGuarantee) -> Outcome:
    """Note that a member stands surety for a loan; her own pledge is accepted at once, another's she is to accept.

    Raises:
        AccessDenied: A member who is no officer pledges for somebody else.
    """
    if not allows(work.viewer, Action.CREATE, Resource.LOAN_GUARANTEE, command.group_id, about=command.member_id):
        raise AccessDenied(Resource.LOAN_GUARANTEE, Action.CREATE)
    group = await work.groups.get(command.group_id)
    loan = await securable_loan(work, group, command.loan_id)
    amount = typed_payment(command.amount, group)
    with faults_at("memberId"):
        if command.member_id == loan.member_id:
            raise GuarantorIsBorrower
        if command.member_id not in await work.loans.members(group.id, [command.member_id]):
            raise GuarantorNotInGroup
        given = await work.guarantees.given(group.id, loan.id)
        if command.member_id in given:
            raise GuarantorNamedTwice
    if len(given | {*loan.guarantors, command.member_id}) > GUARANTORS_MAX:
        raise TooManyGuarantors(GUARANTORS_MAX, path=("loanId",))
    if command.is_holding_savings and (group.id, command.member_id) in work.viewer.own_members:
        await _require_savings(work, group, command.member_id, amount, "amount")
    if await work.guarantees.find(group, command.guarantee_id) is not None:
        raise IdAlreadyUsed(path=("id",))
    await work.guarantees.pledge(
        group.id,
        NewGuarantee(
            command.guarantee_id, loan.id, command.member_id, loan.member_id, amount, command.is_holding_savings
        ),
    )
    return command.expected_outcome()


@service(
    "loanGuaranteeAccept",
    needs=((Resource.LOAN_GUARANTEE, Action.UPDATE),),
    raises=(GuaranteeNotFound, GuaranteeNotPossible, LoanStepNotPossible, VersionStale, SavingsDoNotCover),
)
async def accept_guarantee(work: UnitOfWork, command: AcceptGuarantee) -> Outcome:
    """Accept a guarantee that an officer noted, for oneself or as an officer who heard it of the guarantor.

    Raises:
        AccessDenied: A member who is no officer accepts for somebody else.
    """
    group, guarantee = await _to_move(work, command)
    if guarantee.status is not GuaranteeStatus.PLEDGED:
        raise GuaranteeNotPossible(guarantee.status.value, path=("guaranteeId",))
    if guarantee.loan_status not in MAY_BE_OWED:
        raise LoanStepNotPossible(guarantee.loan_status.value, path=("guaranteeId",))
    if guarantee.is_holding_savings:
        await _require_savings(work, group, guarantee.member_id, guarantee.amount, "guaranteeId")
    await work.guarantees.move(group.id, guarantee.id, GuaranteeStatus.ACCEPTED)
    return command.expected_outcome()


@service(
    "loanGuaranteeRelease",
    needs=((Resource.LOAN_GUARANTEE, Action.UPDATE),),
    raises=(GuaranteeNotFound, GuaranteeNotPossible, VersionStale),
)
async def release_guarantee(work: UnitOfWork, command: ReleaseGuarantee) -> Outcome:
    """Release a guarantor: who lends does it; the guarantor herself only as long as she has not accepted (declines).

    Raises:
        AccessDenied: A guarantor who accepted would release herself, or a member somebody else.
    """
    group, guarantee = await _to_move(work, command)
    if guarantee.status is GuaranteeStatus.RELEASED:
        raise GuaranteeNotPossible(guarantee.status.value, path=("guaranteeId",))
    if guarantee.status is GuaranteeStatus.ACCEPTED and not allows(
        work.viewer, Action.UPDATE, Resource.LOAN, command.group_id
    ):
        raise AccessDenied(Resource.LOAN_GUARANTEE, Action.UPDATE)
    await work.guarantees.move(group.id, guarantee.id, GuaranteeStatus.RELEASED)
    return command.expected_outcome()


async def securable_loan(work: UnitOfWork, group: Group, loan_id: UUID) -> Loan:
    """A loan that may still come to be owed, or is; errors name `loanId`.

    Raises:
        LoanNotFound: The group has none such.
        LoanStepNotPossible: It is over.
    """
    loan = await work.loans.find(group, loan_id)
    with faults_at("loanId"):
        if loan is None:
            raise LoanNotFound
        if loan.status not in MAY_BE_OWED:
            raise LoanStepNotPossible(loan.status.value)
    return loan


async def free_savings(work: UnitOfWork, group: Group, member_id: UUID) -> Money:
    """What a member has in her savings, but for what is held for loans that she stands surety for.

    Raises:
        MemberNotInGroup: The group never had such a member.
    """
    savings = -await require_balance(work, group, member_id, MEMBER_SAVINGS)
    return savings - await work.guarantees.held(group, member_id)


async def _require_savings(work: UnitOfWork, group: Group, member_id: UUID, amount: Money, field: str) -> None:
    free = await free_savings(work, group, member_id)
    if amount > free:
        raise SavingsDoNotCover(max(free.amount, Decimal(0)), path=(field,))


async def _to_move(work: UnitOfWork, command: _OnGuarantee) -> tuple[Group, Guarantee]:
    group = await work.groups.get(command.group_id)
    guarantee = await work.guarantees.find(group, command.guarantee_id)
    if guarantee is None:
        raise GuaranteeNotFound(path=("guaranteeId",))
    if not allows(work.viewer, Action.UPDATE, Resource.LOAN_GUARANTEE, group.id, about=guarantee.member_id):
        raise AccessDenied(Resource.LOAN_GUARANTEE, Action.UPDATE)
    if guarantee.version != command.expected_version:
        raise VersionStale(guarantee.version, path=("expectedVersion",))
    return group, guarantee
