"""Money set aside: it stays where it lies, and cannot be spent otherwise until it is used, released or expired.

Nothing has to run when the time of a hold is over: from that moment on it does not count.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

from domain.errors import DomainError, ErrorCode, faults_at
from domain.groups import typed_amount
from domain.ledger.accounts import AccountType, Fund, Place, account_id, cash_code
from domain.ledger.chart import AccountIsClosed, AccountNotFound
from domain.ledger.postings import BelowMinimum
from domain.money import AmountNotANumber, AmountNotPositive, AmountTooLarge, AmountTooPrecise, Money, positive
from domain.policy import Action, Resource
from domain.service import IdAlreadyUsed, Outcome, service
from domain.text import TextNotAllowed, TextTooLong, TextTooShort, clean_text

if TYPE_CHECKING:
    from domain.unit_of_work import UnitOfWork

__all__ = [
    "HOLD_DAYS_MAX",
    "PURPOSE_MAX",
    "AccountHoldsNothing",
    "Hold",
    "HoldEnded",
    "HoldEndsTooEarly",
    "HoldEndsTooLate",
    "HoldNotFound",
    "HoldOutcome",
    "HoldPlace",
    "HoldRelease",
    "HoldStore",
    "HoldWhere",
    "NewHold",
    "hold_place",
    "hold_release",
]

HOLD_DAYS_MAX = 366
"""How many days ahead money can be set aside."""

PURPOSE_MAX = 500
"""The longest purpose, in characters."""


class HoldOutcome(StrEnum):
    """How a hold ended."""

    USED = "USED"
    RELEASED = "RELEASED"
    EXPIRED = "EXPIRED"


_HOW = {
    HoldOutcome.USED: "was used by an entry",
    HoldOutcome.RELEASED: "was released",
    HoldOutcome.EXPIRED: "was over when its time was",
}


@dataclass(eq=False)
class HoldNotFound(DomainError):
    """The book has no such hold."""

    code = ErrorCode.NOT_FOUND

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "The group has set no money aside under this id: check the hold's id."


@dataclass(eq=False)
class HoldEnded(DomainError):
    """The hold is over.

    Attributes:
        how: One of the values of `HoldOutcome`.
    """

    code = ErrorCode.NOT_ALLOWED

    how: str

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return f"This money is not set aside any more: the hold {_HOW[HoldOutcome(self.how)]}. Place another if needed."


@dataclass(eq=False)
class HoldWhere(DomainError):
    """It is not said, or said twice, where the money lies."""

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "Say where the money lies: give the fund and the place, or else the id of an account."


@dataclass(eq=False)
class AccountHoldsNothing(DomainError):
    """On the account nothing can be set aside."""

    code = ErrorCode.NOT_ALLOWED

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "Money is set aside on an asset account that has a minimum: choose such an account, or set its minimum."


@dataclass(eq=False)
class HoldEndsTooEarly(DomainError):
    """The moment until which money is to be set aside is over."""

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "Money is set aside until a moment to come: give a later one."


@dataclass(eq=False)
class HoldEndsTooLate(DomainError):
    """The moment until which money is to be set aside is too far ahead."""

    days: int

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return f"Money is set aside for at most {self.days} days: give an earlier moment, and place the hold anew then."


@dataclass(frozen=True, slots=True)
class NewHold:
    """Money about to be set aside."""

    id: UUID
    account_id: UUID
    amount: Money
    purpose: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Hold:
    """Money set aside.

    Attributes:
        id: The hold's id.
        account_id: The account that it lies on.
        amount: How much.
        outcome: How the hold ended; None while it stands. One whose time is over has expired, noted or not.
    """

    id: UUID
    account_id: UUID
    amount: Money
    outcome: HoldOutcome | None


class HoldStore(Protocol):
    """Where money set aside is kept."""

    async def find(self, group_id: UUID, hold_id: UUID) -> Hold | None:
        """The hold, over or not."""

    async def place(self, group_id: UUID, hold: NewHold) -> None:
        """Set money aside.

        Raises:
            BelowMinimum: Not so much is free.
            HoldEndsTooEarly: The time of the hold is over.
        """

    async def release(self, group_id: UUID, hold_id: UUID) -> Hold:
        """End a hold without using it.

        Raises:
            HoldNotFound: There is no such hold.
            HoldEnded: It is over already.
        """

    async def use(self, group_id: UUID, hold_id: UUID, entry_id: UUID) -> Hold:
        """End a hold for an entry that is posted afterwards in the same unit of work, from the hold's account.

        An entry that takes nothing from that account would not be committed: compare the hold's account first.

        Raises:
            HoldNotFound: There is no such hold.
            HoldEnded: It is over already.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldPlace:
    """The wish to set money aside, in a place of a fund or on an account."""

    group_id: UUID
    idempotency_key: UUID
    id: UUID | None = None
    fund: Fund | None = None
    place: Place | None = None
    account_id: UUID | None = None
    amount: Decimal
    purpose: str
    expires_at: datetime

    @property
    def hold_id(self) -> UUID:
        """The id that the hold will have: its own where it was given, else the idempotency key."""
        return self.id or self.idempotency_key

    def expected_outcome(self) -> Outcome:
        """The outcome when nothing is refused."""
        return Outcome(id=self.hold_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldRelease:
    """The wish to let go of money that was set aside."""

    group_id: UUID
    idempotency_key: UUID
    hold_id: UUID

    def expected_outcome(self) -> Outcome:
        """The outcome when nothing is refused."""
        return Outcome(id=self.hold_id)


@service(
    "holdPlace",
    needs=((Resource.HOLD, Action.CREATE),),
    raises=(
        IdAlreadyUsed,
        HoldWhere,
        AccountNotFound,
        AccountIsClosed,
        AccountHoldsNothing,
        HoldEndsTooEarly,
        HoldEndsTooLate,
        BelowMinimum,
        AmountNotANumber,
        AmountNotPositive,
        AmountTooPrecise,
        AmountTooLarge,
        TextTooLong,
        TextTooShort,
        TextNotAllowed,
    ),
)
async def hold_place(work: UnitOfWork, command: HoldPlace) -> Outcome:
    """Set money aside as far as it is free."""
    group = await work.groups.get(command.group_id)
    with faults_at("purpose"):
        purpose = clean_text(command.purpose, maximum=PURPOSE_MAX, multiline=True)
    amount = typed_amount(command.amount, group.currency, "amount")
    with faults_at("amount"):
        positive(amount)
    if command.expires_at <= work.now:
        raise HoldEndsTooEarly(path=("expiresAt",))
    if command.expires_at > work.now + timedelta(days=HOLD_DAYS_MAX):
        raise HoldEndsTooLate(HOLD_DAYS_MAX, path=("expiresAt",))
    if await work.holds.find(group.id, command.hold_id) is not None:
        raise IdAlreadyUsed(path=("id",))
    account = await _account(work, command)
    await work.holds.place(group.id, NewHold(command.hold_id, account, amount, purpose, command.expires_at))
    return Outcome(id=command.hold_id)


@service("holdRelease", needs=((Resource.HOLD, Action.UPDATE),), raises=(HoldNotFound, HoldEnded))
async def hold_release(work: UnitOfWork, command: HoldRelease) -> Outcome:
    """Let go of money that was set aside, so that it can be spent otherwise."""
    with faults_at("holdId"):
        await work.holds.release(command.group_id, command.hold_id)
    return Outcome(id=command.hold_id)


async def _account(work: UnitOfWork, command: HoldPlace) -> UUID:
    """The open account that the money lies on."""
    chosen = command.account_id
    if chosen is None:
        if command.fund is None or command.place is None:
            raise HoldWhere(path=("place",) if command.place is None else ("fund",))
        chosen = account_id(command.group_id, cash_code(command.fund, command.place))
    elif command.fund is not None or command.place is not None:
        raise HoldWhere(path=("accountId",))
    account = (await work.accounts.find(command.group_id, {chosen})).get(chosen)
    with faults_at("accountId"):
        if account is None:
            raise AccountNotFound
        if account.is_closed:
            raise AccountIsClosed
        if account.type is not AccountType.ASSET or account.minimum is None:
            raise AccountHoldsNothing
    return account.id
