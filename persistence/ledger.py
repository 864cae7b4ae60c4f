"""The book in PostgreSQL: postings go through one function call, reads through plain statements."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

import asyncpg

from domain.currencies import currency
from domain.errors import DomainError
from domain.ledger.accounts import Fund, NewAccount, Place
from domain.ledger.postings import (
    AboveMaximum,
    BelowMinimum,
    CashAccount,
    MemberBalanceTooSmall,
    MemberSharesTooFew,
    PeriodClosed,
    Posting,
)
from domain.money import AmountTooLarge, Money
from persistence.constraints import RefusalState

if TYPE_CHECKING:
    from persistence.unit_of_work import Work

__all__ = ["Book", "posting_arguments", "posting_refusals"]

_CASH = """
SELECT a.id, a.fund, a.place, a.currency, a.minimum, b.balance, (
           SELECT coalesce(sum(h.amount), 0) FROM ledger.holds h
           WHERE h.tenant_id = a.tenant_id AND h.account_id = a.id AND h.outcome IS NULL
             AND h.expires_at > clock_timestamp()
       ) AS held, (
           SELECT coalesce(sum(l.amount), 0) FROM ledger.lines l
           WHERE l.tenant_id = a.tenant_id AND l.account_id = a.id AND l.entry_number > m.opened_after
       ) AS moved
FROM ledger.accounts a
JOIN ledger.account_balances b ON b.tenant_id = a.tenant_id AND b.account_id = a.id
JOIN app.meetings m ON m.tenant_id = a.tenant_id AND m.id = $2
WHERE a.tenant_id = $1 AND a.place IS NOT NULL
ORDER BY a.code
"""

_POST = "SELECT ledger.post($1, $2, 1, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)"

_INSERT_VOUCHER = """
INSERT INTO app.vouchers (tenant_id, id, member_id, description, payee, receipt) VALUES ($1, $2, $3, $4, $5, $6)
"""

_MONEY_REFUSALS: Mapping[str, Callable[[Decimal], DomainError]] = {
    RefusalState.SHORT_OF_MONEY: BelowMinimum,
    RefusalState.TOO_MUCH_MONEY: AboveMaximum,
    RefusalState.SHORT_OF_BALANCE: MemberBalanceTooSmall,
}

_OPEN_ACCOUNT = "SELECT ledger.open_account($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)"


def posting_arguments(postings: Sequence[Posting]) -> tuple[object, ...]:
    """The arguments of `ledger.post` that say what entries to post together."""
    lines = [line for posting in postings for line in posting.lines]
    return (
        [posting.id for posting in postings],
        [posting.kind.value for posting in postings],
        [posting.effective_on for posting in postings],
        [posting.meeting_id for posting in postings],
        [posting.member_id for posting in postings],
        [posting.reverses_id for posting in postings],
        [len(posting.lines) for posting in postings],
        [line.account_id for line in lines],
        [line.member_id for line in lines],
        [line.amount.amount for line in lines],
        [line.shares for line in lines],
    )


@contextmanager
def posting_refusals(postings: Sequence[Posting]) -> Iterator[None]:
    """What the posting function refuses of these entries, as the errors of the domain."""
    try:
        yield
    except asyncpg.PostgresError as error:
        if error.sqlstate == RefusalState.PERIOD_CLOSED:
            raise PeriodClosed(date.fromisoformat(error.detail)) from error
        if error.sqlstate == RefusalState.SHORT_OF_SHARES:
            raise MemberSharesTooFew(int(error.detail)) from error
        if error.sqlstate in _MONEY_REFUSALS:
            # The database gives the figure with more decimals than the currency has.
            figure = Money(Decimal(error.detail), postings[0].lines[0].amount.currency).amount
            raise _MONEY_REFUSALS[error.sqlstate](figure) from error
        if isinstance(error, asyncpg.NumericValueOutOfRangeError):
            raise AmountTooLarge from error
        raise


class Book:
    """The book of one unit of work's group."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def post(self, group_id: UUID, command_key: UUID, postings: Sequence[Posting]) -> None:
        """See `domain.ledger.postings.Ledger`."""
        with posting_refusals(postings):
            await self._work.write_returning(_POST, group_id, command_key, *posting_arguments(postings))
        vouchers = [
            (group_id, posting.id, posting.member_id, words.description, words.payee, words.receipt)
            for posting in postings
            if (words := posting.voucher) is not None
        ]
        if vouchers:
            await self._work.connection.executemany(_INSERT_VOUCHER, vouchers)

    async def open_accounts(self, group_id: UUID, accounts: Sequence[NewAccount]) -> None:
        """See `domain.ledger.postings.Ledger`."""
        self._work.has_written = True
        await self._work.connection.executemany(
            _OPEN_ACCOUNT,
            [
                (
                    group_id,
                    account.id,
                    account.code,
                    account.name,
                    account.type.value,
                    account.parent_id,
                    account.is_postable,
                    account.needs_member,
                    None if account.member_side is None else account.member_side.value,
                    account.counts_shares,
                    None if account.fund is None else account.fund.value,
                    None if account.place is None else account.place.value,
                    account.minimum,
                    account.maximum,
                    account.is_required,
                )
                for account in accounts
            ],
        )

    async def cash(self, group_id: UUID, meeting_id: UUID) -> Mapping[tuple[Fund, Place], CashAccount]:
        """See `domain.ledger.postings.Ledger`."""
        rows = await self._work.connection.fetch(_CASH, group_id, meeting_id)
        return {(Fund(row["fund"]), Place(row["place"])): _cash_account(row) for row in rows}


def _cash_account(row: asyncpg.Record) -> CashAccount:
    kept_in = currency(row["currency"])
    return CashAccount(
        account_id=row["id"],
        balance=Money(row["balance"], kept_in),
        moved_since_opening=Money(row["moved"], kept_in),
        held=Money(row["held"], kept_in),
        minimum=None if row["minimum"] is None else Money(row["minimum"], kept_in),
    )
