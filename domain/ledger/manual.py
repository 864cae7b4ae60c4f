"""Manual entries: what no other event is for, drafted line by line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from domain.errors import DomainError, ErrorCode, faults_at
from domain.groups import Group, typed_amount
from domain.ledger.accounts import account_id
from domain.ledger.chart import AccountIsClosed, AccountNotFound, AccountRecord
from domain.ledger.drafts import DRAFTING_ERRORS, NewDraft, check_shares, place_draft
from domain.ledger.events import manual_entry
from domain.ledger.postings import LINES_MIN, Line, MemberSharesTooFew, Posting
from domain.ledger.recording import EntryCommand, typed_voucher
from domain.ledger.shapes import LOAN_CLASSES
from domain.money import AmountNotANumber, AmountNotPositive, AmountTooLarge, AmountTooPrecise, positive
from domain.policy import Action, Resource
from domain.savings.standings import MemberNotInGroup
from domain.service import Outcome, service

if TYPE_CHECKING:
    from domain.unit_of_work import UnitOfWork

__all__ = [
    "LINES_MAX",
    "MANUAL_ERRORS",
    "SHARES_HELD_MAX",
    "AccountNeedsMember",
    "AccountOfLoans",
    "AccountTakesNoEntries",
    "CashHasNoMember",
    "DebitOrCredit",
    "DraftEntry",
    "EntryContent",
    "EntryLineItem",
    "LineCountsNoShares",
    "LineSharesMissing",
    "LinesUnbalanced",
    "TooFewLines",
    "TooManyLines",
    "draft_entry",
    "manual_posting",
]

LINES_MAX = 100
"""The most lines that an entry may have that is drafted by hand."""

SHARES_HELD_MAX = 1_000_000
"""The most shares that one line may count."""


@dataclass(eq=False)
class TooFewLines(DomainError):
    """The entry has not even two lines."""

    minimum: int

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return f"Give at least {self.minimum} lines: what is debited somewhere is credited elsewhere."


@dataclass(eq=False)
class TooManyLines(DomainError):
    """The entry has more lines than one may have."""

    maximum: int

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return f"An entry has at most {self.maximum} lines: put the rest into another that balances by itself."


@dataclass(eq=False)
class DebitOrCredit(DomainError):
    """A line has both a debit and a credit, or neither."""

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "Give each line either a debit or a credit."


@dataclass(eq=False)
class LinesUnbalanced(DomainError):
    """Debits and credits differ."""

    difference: Decimal

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        more, less = ("debits", "credits") if self.difference > 0 else ("credits", "debits")
        return f"The {more} are {abs(self.difference)} more than the {less}: correct the lines until both are equal."


@dataclass(eq=False)
class AccountTakesNoEntries(DomainError):
    """The account is a heading."""

    code = ErrorCode.NOT_ALLOWED

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "This account is a heading and takes no entries: choose an account below it."


@dataclass(eq=False)
class AccountOfLoans(DomainError):
    """The account says what members owe on loans, or paid in advance."""

    code = ErrorCode.NOT_ALLOWED

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "This account follows the members' loans: record the payment, charge or write-off at the loan."


@dataclass(eq=False)
class AccountNeedsMember(DomainError):
    """A line to an account of members names none."""

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "Each line of this account belongs to a member: say to whom."


@dataclass(eq=False)
class CashHasNoMember(DomainError):
    """A line to cash names a member, whose the money in a place never is."""

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "The money in a place is the group's: leave the member out here, and name her where it is owed to her."


@dataclass(eq=False)
class LineSharesMissing(DomainError):
    """A line to the account of shares does not say how many, or not so many as there can be."""

    maximum: int

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return f"This account counts shares: say how many the line moves, from 1 to {self.maximum}."


@dataclass(eq=False)
class LineCountsNoShares(DomainError):
    """A line to an account without shares counts some."""

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "This account counts no shares: leave their number out."


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryLineItem:
    """One line as it was typed: a debit or a credit. Shares are counted above zero on either side."""

    account_id: UUID
    debit: Decimal | None = None
    credit: Decimal | None = None
    member_id: UUID | None = None
    shares: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryContent:
    """What a manual entry says, as it was typed."""

    lines: tuple[EntryLineItem, ...]
    description: str
    payee: str | None = None
    receipt: str | None = None
    meeting_id: UUID | None = None
    on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftEntry(EntryContent, NewDraft):
    """The wish to draft a manual entry."""

    group_id: UUID
    idempotency_key: UUID
    id: UUID | None = None


MANUAL_ERRORS = (
    *DRAFTING_ERRORS,
    AmountNotANumber,
    AmountTooPrecise,
    AmountNotPositive,
    AmountTooLarge,
    TooFewLines,
    TooManyLines,
    DebitOrCredit,
    LinesUnbalanced,
    AccountNotFound,
    AccountIsClosed,
    AccountTakesNoEntries,
    AccountOfLoans,
    AccountNeedsMember,
    CashHasNoMember,
    MemberNotInGroup,
    LineSharesMissing,
    LineCountsNoShares,
    MemberSharesTooFew,
)
"""What may be wrong with a manual entry."""


@service("entryDraft", needs=((Resource.DRAFT, Action.CREATE),), raises=MANUAL_ERRORS)
async def draft_entry(work: UnitOfWork, command: DraftEntry) -> Outcome:
    """Draft an entry by hand; another officer posts it."""
    where = command.entry_command(command.meeting_id)
    await work.drafts.keep(command.group_id, await manual_posting(work, where, command, is_new=True))
    return command.expected_outcome()


async def manual_posting(work: UnitOfWork, where: EntryCommand, content: EntryContent, *, is_new: bool) -> Posting:
    """The entry that the lines make."""
    if len(content.lines) < LINES_MIN:
        raise TooFewLines(LINES_MIN, path=("lines",))
    if len(content.lines) > LINES_MAX:
        raise TooManyLines(LINES_MAX, path=("lines",))
    voucher = typed_voucher(content.description, payee=content.payee, receipt=content.receipt)
    group, booking = await place_draft(work, where, voucher, is_new=is_new)
    accounts = await work.accounts.find(group.id, {item.account_id for item in content.lines})
    named = {item.member_id for item in content.lines if item.member_id is not None}
    members = await work.drafts.members(group.id, named, only_active=False)
    lines = []
    for index, item in enumerate(content.lines):
        with faults_at("lines", str(index)):
            lines.append(_line(group, item, accounts, members))
    difference = sum((line.amount.amount for line in lines), Decimal(0))
    if difference != 0:
        raise LinesUnbalanced(difference, path=("lines",))
    posting = manual_entry(booking, tuple(lines))
    with faults_at("lines"):
        await check_shares(work, group.id, posting)
    return posting


def _line(group: Group, item: EntryLineItem, accounts: Mapping[UUID, AccountRecord], members: frozenset[UUID]) -> Line:
    account = accounts.get(item.account_id)
    with faults_at("accountId"):
        if account is None:
            raise AccountNotFound
        if account.is_closed:
            raise AccountIsClosed
        if not account.is_postable:
            raise AccountTakesNoEntries
        if account.id in {account_id(group.id, code) for code in LOAN_CLASSES}:
            raise AccountOfLoans
    with faults_at("memberId"):
        if item.member_id is None and account.needs_member:
            raise AccountNeedsMember
        if item.member_id is not None and account.place is not None:
            raise CashHasNoMember
        if item.member_id is not None and item.member_id not in members:
            raise MemberNotInGroup
    if (item.debit is None) == (item.credit is None):
        raise DebitOrCredit(path=("debit",) if item.debit is None else ("credit",))
    field, typed = ("debit", item.debit) if item.debit is not None else ("credit", item.credit)
    amount = typed_amount(typed or Decimal(0), group.currency, field)
    with faults_at(field):
        positive(amount)
    shares = _shares(item, account)
    if item.debit is not None:
        return Line(account.id, amount, item.member_id, None if shares is None else -shares)
    return Line(account.id, -amount, item.member_id, shares)


def _shares(item: EntryLineItem, account: AccountRecord) -> int | None:
    if not account.counts_shares:
        if item.shares is not None:
            raise LineCountsNoShares(path=("shares",))
        return None
    if item.shares is None or not 1 <= item.shares <= SHARES_HELD_MAX:
        raise LineSharesMissing(SHARES_HELD_MAX, path=("shares",))
    return item.shares
