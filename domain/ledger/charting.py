"""The chart of accounts as a group makes it its own: accounts added, renamed, limited and closed, never deleted."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from domain.errors import DomainError, ErrorCode, faults_at
from domain.ledger.accounts import CHART_CODE_LENGTH, NewAccount
from domain.ledger.chart import AccountIsClosed, AccountNotFound, AccountRecord
from domain.ledger.limits import LIMIT_ERRORS, check_within, typed_limits
from domain.meetings.records import VersionStale
from domain.money import Money
from domain.policy import Action, Resource
from domain.service import IdAlreadyUsed, Outcome, service
from domain.text import TextNotAllowed, TextTooLong, TextTooShort, clean_text

if TYPE_CHECKING:
    from domain.unit_of_work import UnitOfWork

__all__ = [
    "ACCOUNTS_MAX",
    "ACCOUNT_CODE_MAX",
    "ACCOUNT_NAME_MAX",
    "AccountAdd",
    "AccountClose",
    "AccountCodeInvalid",
    "AccountCodeTaken",
    "AccountIsClosed",
    "AccountLimit",
    "AccountNotEmpty",
    "AccountNotFound",
    "AccountRename",
    "AccountRequired",
    "AccountsBelowOpen",
    "CashWithoutLimit",
    "ParentNotHeading",
    "TooManyAccounts",
    "account_add",
    "account_close",
    "account_limit",
    "account_rename",
]

ACCOUNT_CODE_MAX = 8
"""The most digits of a code. A group's own codes are longer than the chart's, so that the chart can grow."""

ACCOUNT_NAME_MAX = 120
"""The longest name of an account, in characters."""

ACCOUNTS_MAX = 500
"""The most accounts of a book, closed ones included, so that a chart can be read whole."""

_CODE = re.compile(f"[0-9]{{{CHART_CODE_LENGTH + 1},{ACCOUNT_CODE_MAX}}}")


@dataclass(eq=False)
class AccountCodeInvalid(DomainError):
    """The code is not one that a group may give."""

    minimum: int
    maximum: int

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return f"Give a code of {self.minimum} to {self.maximum} digits; shorter ones are those of the common chart."


@dataclass(eq=False)
class AccountCodeTaken(DomainError):
    """Another account of the book has the code."""

    code = ErrorCode.CONFLICT

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "The group already has an account with this code: choose another."


@dataclass(eq=False)
class TooManyAccounts(DomainError):
    """The book has as many accounts as one may have."""

    code = ErrorCode.NOT_ALLOWED

    maximum: int

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return f"A book has at most {self.maximum} accounts: use one that is there."


@dataclass(eq=False)
class ParentNotHeading(DomainError):
    """The account that another is to stand below takes entries itself."""

    code = ErrorCode.NOT_ALLOWED

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "An account stands below a heading, and this one takes entries itself: choose a heading."


@dataclass(eq=False)
class AccountRequired(DomainError):
    """The account belongs to the chart that every book has."""

    code = ErrorCode.NOT_ALLOWED

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "This account belongs to the common chart, on which entries rely: it cannot be closed."


@dataclass(eq=False)
class AccountNotEmpty(DomainError):
    """Something stands on the account: money, money set aside, or a member's balance."""

    code = ErrorCode.NOT_ALLOWED

    balance: Decimal

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        if self.balance == 0:
            return "Members still have balances on this account: bring each to zero before closing it."
        return f"There is still {self.balance} on this account: bring it to zero before closing it."


@dataclass(eq=False)
class AccountsBelowOpen(DomainError):
    """Open accounts stand below the heading."""

    code = ErrorCode.NOT_ALLOWED

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "Open accounts stand below this heading: close them first."


@dataclass(eq=False)
class CashWithoutLimit(DomainError):
    """A place of money could fall below zero."""

    code = ErrorCode.NOT_ALLOWED

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "There is never less than no money in a place: give a minimum of zero or more."


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountAdd:
    """The wish for an account below a heading. Limits are on the side on which the account grows."""

    group_id: UUID
    idempotency_key: UUID
    id: UUID | None = None
    code: str
    name: str
    parent_id: UUID
    is_postable: bool = True
    minimum: Decimal | None = None
    maximum: Decimal | None = None

    @property
    def account_id(self) -> UUID:
        """The id that the account will have: its own where it was given, else the idempotency key."""
        return self.id or self.idempotency_key

    def expected_outcome(self) -> Outcome:
        """The outcome when nothing is refused."""
        return Outcome(id=self.account_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class _AccountChange:
    group_id: UUID
    idempotency_key: UUID
    account_id: UUID
    expected_version: int

    def expected_outcome(self) -> Outcome:
        """The outcome when nothing is refused."""
        return Outcome(id=self.account_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRename(_AccountChange):
    """The wish to call an account otherwise."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountLimit(_AccountChange):
    """The wish to draw an account's limits anew, on the side on which it grows; None for no limit."""

    minimum: Decimal | None = None
    maximum: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountClose(_AccountChange):
    """The wish to close an account for good."""


_NAME_ERRORS = (TextTooLong, TextTooShort, TextNotAllowed)
_CHANGE_ERRORS = (AccountNotFound, AccountIsClosed, VersionStale)


@service(
    "accountAdd",
    needs=((Resource.ACCOUNT, Action.CREATE),),
    raises=(
        IdAlreadyUsed,
        AccountCodeInvalid,
        AccountCodeTaken,
        TooManyAccounts,
        AccountNotFound,
        AccountIsClosed,
        ParentNotHeading,
        *_NAME_ERRORS,
        *LIMIT_ERRORS,
    ),
)
async def account_add(work: UnitOfWork, command: AccountAdd) -> Outcome:
    """Add an account below a heading, whose type it takes."""
    group = await work.groups.get(command.group_id)
    name = _name(command.name)
    if not _CODE.fullmatch(command.code):
        raise AccountCodeInvalid(CHART_CODE_LENGTH + 1, ACCOUNT_CODE_MAX, path=("code",))
    found = await work.accounts.find(group.id, {command.account_id, command.parent_id})
    if command.account_id in found:
        raise IdAlreadyUsed(path=("id",))
    with faults_at("parentId"):
        parent = _open(found.get(command.parent_id))
        if parent.is_postable:
            raise ParentNotHeading
    codes = await work.accounts.codes(group.id)
    if command.code in codes:
        raise AccountCodeTaken(path=("code",))
    if len(codes) >= ACCOUNTS_MAX:
        raise TooManyAccounts(ACCOUNTS_MAX)
    nothing = Money.zero(group.currency)
    minimum, maximum = typed_limits(
        command.minimum, command.maximum, group.currency, parent.type, is_postable=command.is_postable
    )
    check_within((minimum, maximum), nothing, nothing, parent.type)
    account = NewAccount(
        id=command.account_id,
        code=command.code,
        name=name,
        type=parent.type,
        parent_id=parent.id,
        is_postable=command.is_postable,
        minimum=None if minimum is None else minimum.amount,
        maximum=None if maximum is None else maximum.amount,
    )
    await work.ledger.open_accounts(group.id, [account])
    return Outcome(id=account.id)


@service("accountRename", needs=((Resource.ACCOUNT, Action.UPDATE),), raises=(*_CHANGE_ERRORS, *_NAME_ERRORS))
async def account_rename(work: UnitOfWork, command: AccountRename) -> Outcome:
    """Call an account otherwise; its code stays, and with it what the entries say."""
    account = await _to_change(work, command)
    name = _name(command.name)
    await work.accounts.change(command.group_id, account, name=name, limits=(account.minimum, account.maximum))
    return Outcome(id=account.id)


@service(
    "accountLimit",
    needs=((Resource.ACCOUNT, Action.UPDATE),),
    raises=(*_CHANGE_ERRORS, CashWithoutLimit, *LIMIT_ERRORS),
)
async def account_limit(work: UnitOfWork, command: AccountLimit) -> Outcome:
    """Draw the limits of an account anew, around what is on it."""
    group = await work.groups.get(command.group_id)
    account = await _to_change(work, command)
    limits = typed_limits(
        command.minimum, command.maximum, group.currency, account.type, is_postable=account.is_postable
    )
    if account.place is not None and (limits[0] is None or limits[0].amount < 0):
        raise CashWithoutLimit(path=("minimum",))
    check_within(limits, account.balance, account.held, account.type)
    await work.accounts.change(group.id, account, name=account.name, limits=limits)
    return Outcome(id=account.id)


@service(
    "accountClose",
    needs=((Resource.ACCOUNT, Action.UPDATE),),
    raises=(*_CHANGE_ERRORS, AccountRequired, AccountNotEmpty, AccountsBelowOpen),
)
async def account_close(work: UnitOfWork, command: AccountClose) -> Outcome:
    """Close an empty account for good; what was posted to it stays."""
    account = await _to_change(work, command)
    with faults_at("accountId"):
        if account.is_required:
            raise AccountRequired
        if account.balance.amount != 0 or account.held.amount != 0 or account.has_member_balances:
            raise AccountNotEmpty(account.shown_balance)
        if account.has_open_below:
            raise AccountsBelowOpen
    limits = (account.minimum, account.maximum)
    await work.accounts.change(command.group_id, account, name=account.name, limits=limits, is_closed=True)
    return Outcome(id=account.id)


def _name(text: str) -> str:
    with faults_at("name"):
        return clean_text(text, maximum=ACCOUNT_NAME_MAX)


def _open(account: AccountRecord | None) -> AccountRecord:
    """The account, once it is sure that it is there and open."""
    if account is None:
        raise AccountNotFound
    if account.is_closed:
        raise AccountIsClosed
    return account


async def _to_change(work: UnitOfWork, command: _AccountChange) -> AccountRecord:
    found = await work.accounts.find(command.group_id, {command.account_id})
    with faults_at("accountId"):
        account = _open(found.get(command.account_id))
    if account.version != command.expected_version:
        raise VersionStale(account.version, path=("expectedVersion",))
    return account
