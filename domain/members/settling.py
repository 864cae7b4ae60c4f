"""What a member who goes is paid: her savings and her shares at what was paid for them, less what she owes."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from domain.errors import DomainError, ErrorCode
from domain.groups import Group
from domain.ledger.accounts import FINES_OWED, MEMBER_SAVINGS, MEMBER_SHARES
from domain.money import Money
from domain.savings.standings import require_balance, require_standing

if TYPE_CHECKING:
    from domain.unit_of_work import UnitOfWork

__all__ = ["FinesNotSettled", "Settlement", "SettlementTooSmall", "settlement_of"]


@dataclass(eq=False)
class FinesNotSettled(DomainError):
    """The member owes fines, and nobody said that they are to be taken off what she is paid.

    Attributes:
        owed: What she owes.
        available: What there is to be paid to her.
    """

    code = ErrorCode.NOT_ALLOWED

    owed: Decimal
    available: Decimal

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return (
            f"The member owes {self.owed} in fines and is to be paid {self.available}: "
            "let the fines be taken off it, or have them paid or waived first."
        )


@dataclass(eq=False)
class SettlementTooSmall(DomainError):
    """The member owes more than there is to be paid to her.

    Attributes:
        owed: What she owes.
        available: What there is to be paid to her.
    """

    code = ErrorCode.NOT_ALLOWED

    owed: Decimal
    available: Decimal

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return (
            f"The member owes {self.owed} in fines and is to be paid only {self.available}: "
            "have the rest paid or waived first."
        )


@dataclass(frozen=True, slots=True)
class Settlement:
    """What a member has and owes on the day when she goes, none of it below zero.

    Shares are worth what was paid for them: profit is divided among those who are there at the share-out. What she
    paid into the social fund stays the group's.

    Attributes:
        savings: What she may withdraw.
        shares: How many shares she holds.
        shares_value: What was paid for them.
        fines_owed: The fines that she has not paid.
        is_keeping_shares: Whether her shares stay hers until the share-out.
    """

    savings: Money
    shares: int
    shares_value: Money
    fines_owed: Money
    is_keeping_shares: bool = False

    @property
    def has_shares_to_redeem(self) -> bool:
        """Whether she gives shares back."""
        return not self.is_keeping_shares and self.shares > 0 and self.shares_value.amount > 0

    @property
    def available(self) -> Money:
        """What there is to be paid to her before anything is taken off."""
        return self.savings + self.shares_value if self.has_shares_to_redeem else self.savings

    @property
    def payout(self) -> Money:
        """What she is paid; nothing where she owes as much as there is, or more."""
        return max(self.available - self.fines_owed, Money.zero(self.savings.currency))

    @property
    def missing(self) -> Money:
        """What she owes beyond what there is to be paid to her; while there is any, she is not let go."""
        return max(self.fines_owed - self.available, Money.zero(self.savings.currency))

    def check(self, *, is_netting_fines: bool) -> None:
        """Refuse a member who would go in debt.

        Raises:
            FinesNotSettled: She owes fines, which are not to be taken off.
            SettlementTooSmall: She owes more than there is to be paid to her.
        """
        owed, available = self.fines_owed.amount, self.available.amount
        if owed > 0 and not is_netting_fines:
            raise FinesNotSettled(owed, available, path=("isNettingFines",))
        if owed > available:
            raise SettlementTooSmall(owed, available, path=("isNettingFines",))


async def settlement_of(work: UnitOfWork, group: Group, member_id: UUID, *, is_keeping_shares: bool) -> Settlement:
    """What the member has and owes, as the book keeps it.

    Raises:
        MemberNotInGroup: The group never had such a member.
    """
    owed = await require_balance(work, group, member_id, FINES_OWED)
    saved = await require_balance(work, group, member_id, MEMBER_SAVINGS)
    held = await require_standing(work, group, member_id, MEMBER_SHARES)
    return Settlement(-saved, held.shares, -held.balance, owed, is_keeping_shares)
