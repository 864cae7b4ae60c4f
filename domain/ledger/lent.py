"""What members owe of the principal of their loans, by the loans and by the book, for the verification of a book."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from domain.ledger.accounts import LOANS, SOCIAL_FUND_LOANS, Fund
from domain.ledger.stored import BookState, StoredEntry
from domain.policy import EntryKind

__all__ = ["PrincipalSums"]

_Key = tuple[str, UUID]
"""The code of an account and a member."""


class PrincipalSums:
    """The two sums of each member, on the account of each fund that lends.

    What came with opening balances has no loan here, and is in neither.

    Attributes:
        owed: What was paid out of her loans less what was paid of it, by the payments that stand.
        booked: The sum of her lines.
        last: The last entry that moved what she owes.
    """

    def __init__(self, state: BookState) -> None:
        self._state = state
        self.owed: dict[_Key, Decimal] = {
            (_account_of(fund), member_id): amount for (fund, member_id), amount in state.disbursed.items()
        }
        self.booked: dict[_Key, Decimal] = {}
        self.last: dict[_Key, int] = {}

    def take(self, stored: StoredEntry) -> None:
        """Add what is kept under the next number."""
        for payment in stored.loan_payments:
            if payment.id not in self._state.reversed_ids:
                key = (_account_of(payment.fund), payment.member_id)
                self.owed[key] = self.owed.get(key, Decimal(0)) - payment.principal
        for line in stored.lines:
            account, member_id = self._state.accounts.get(line.chained.account_id), line.chained.member_id
            if account is None or account.code not in (LOANS, SOCIAL_FUND_LOANS) or member_id is None:
                continue
            self.last[account.code, member_id] = stored.number
            if line.kind != EntryKind.OPENING_BALANCES:
                before = self.booked.get((account.code, member_id), Decimal(0))
                self.booked[account.code, member_id] = before + line.chained.amount


def _account_of(fund: str) -> str:
    return SOCIAL_FUND_LOANS if fund == Fund.SOCIAL_FUND else LOANS
