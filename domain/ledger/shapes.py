"""The shape of each kind of entry: which accounts `events` debits and credits for it, and which line names the member.

The posting function refuses an entry of another shape, so that nobody who speaks to the database herself can post one
event under the name of another, and both verifications look for such entries. The kinds that a second officer approves
have no shape: what they move is what two officers looked at. A reversal has the shape of what it takes back, mirrored.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from domain.ledger.accounts import (
    CASH_DIFFERENCES,
    FINES_INCOME,
    FINES_OWED,
    LEVIES,
    MEMBER_SAVINGS,
    MEMBER_SHARES,
    SOCIAL_FUND,
    SOCIAL_FUND_GRANTS,
    AccountType,
    Fund,
)
from domain.policy import KINDS_TO_APPROVE, EntryKind

__all__ = ["SHAPES", "Shape", "account_class", "shape_texts"]

_BY_CODE = frozenset(
    {FINES_OWED, MEMBER_SAVINGS, MEMBER_SHARES, SOCIAL_FUND, SOCIAL_FUND_GRANTS, FINES_INCOME, LEVIES, CASH_DIFFERENCES}
)
"""The accounts of the chart that are a class of their own, since an event is about just them."""


def account_class(*, code: str, account_type: str, fund: str | None, place: str | None) -> str:
    """What an account is to the shapes: the cash of a fund, an account of the chart by its code, or else its type.

    The accounts that a group adds are of their type, as are those of the chart that no event is about.
    """
    if place is not None:
        return f"{fund}_CASH"
    return code if code in _BY_CODE else account_type


@dataclass(frozen=True, slots=True)
class Shape:
    """One line debited and one credited, by the classes of their accounts.

    Attributes:
        debited: The class of the account that is debited.
        credited: The class of the account that is credited.
        names_debited: Whether the line that is debited names the member whom the entry is about.
        names_credited: Whether the line that is credited does.
    """

    debited: str
    credited: str
    names_debited: bool = False
    names_credited: bool = False

    def __str__(self) -> str:
        """Debit and credit, as the database writes them: a star stands for the member."""
        return f"{self.debited}{'*' * self.names_debited} {self.credited}{'*' * self.names_credited}"


_MAIN_CASH, _SOCIAL_CASH = f"{Fund.LOAN_FUND}_CASH", f"{Fund.SOCIAL_FUND}_CASH"
_FINE_OF_MEMBER = Shape(FINES_OWED, FINES_INCOME, names_debited=True)
_COUNTED_OVER = (Shape(_MAIN_CASH, CASH_DIFFERENCES), Shape(_SOCIAL_CASH, SOCIAL_FUND))


def _turned(shape: Shape) -> Shape:
    return Shape(shape.credited, shape.debited, shape.names_credited, shape.names_debited)


SHAPES: Mapping[EntryKind, tuple[Shape, ...]] = {
    EntryKind.SHARE_PURCHASE: (Shape(_MAIN_CASH, MEMBER_SHARES, names_credited=True),),
    EntryKind.SAVINGS_DEPOSIT: (Shape(_MAIN_CASH, MEMBER_SAVINGS, names_credited=True),),
    EntryKind.SOCIAL_FUND_CONTRIBUTION: (Shape(_SOCIAL_CASH, SOCIAL_FUND, names_credited=True),),
    EntryKind.OTHER_CONTRIBUTION: (
        Shape(_MAIN_CASH, LEVIES, names_credited=True),
        Shape(_SOCIAL_CASH, SOCIAL_FUND, names_credited=True),
    ),
    EntryKind.FINE_LEVIED: (_FINE_OF_MEMBER,),
    EntryKind.FINE_PAID: (replace(_turned(_FINE_OF_MEMBER), debited=_MAIN_CASH),),
    EntryKind.FINE_WAIVED: (_turned(_FINE_OF_MEMBER),),
    EntryKind.WITHDRAWAL: (Shape(MEMBER_SAVINGS, _MAIN_CASH, names_debited=True),),
    EntryKind.SHARES_REDEEMED: (Shape(MEMBER_SHARES, _MAIN_CASH, names_debited=True),),
    EntryKind.SOCIAL_FUND_GRANT: (Shape(SOCIAL_FUND_GRANTS, _SOCIAL_CASH, names_debited=True),),
    EntryKind.TRANSFER: (Shape(_MAIN_CASH, _MAIN_CASH), Shape(_SOCIAL_CASH, _SOCIAL_CASH)),
    EntryKind.CASH_DIFFERENCE: (*_COUNTED_OVER, *map(_turned, _COUNTED_OVER)),
    EntryKind.OTHER_INCOME: (
        Shape(_MAIN_CASH, AccountType.INCOME),
        Shape(_MAIN_CASH, FINES_INCOME),
        Shape(_MAIN_CASH, LEVIES),
        Shape(_SOCIAL_CASH, SOCIAL_FUND),
    ),
    EntryKind.OTHER_EXPENSE: (
        Shape(AccountType.EXPENSE, _MAIN_CASH),
        Shape(CASH_DIFFERENCES, _MAIN_CASH),
        Shape(SOCIAL_FUND, _SOCIAL_CASH),
    ),
}
"""The shapes that an entry of each kind may have; a kind that is approved by a second officer has none."""


def shape_texts(kind: EntryKind) -> Iterator[str]:
    """The shapes of a kind as the posting function compares them; the kind alone stands for any lines."""
    if kind in KINDS_TO_APPROVE:
        yield kind.value
    for shape in SHAPES.get(kind, ()):
        yield f"{kind.value} {shape}"
