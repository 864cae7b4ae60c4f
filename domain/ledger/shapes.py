"""The shape of each kind of entry: which accounts `events` debits and credits for it, and which lines name the member.

The posting function refuses an entry of another shape, so that nobody who speaks to the database herself can post one
event under the name of another, and both verifications look for such entries. The kinds that a second officer approves
have no shape: what they move is what two officers looked at, and only what members owe on loans is not for them. A
reversal has the shape of what it takes back, mirrored.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations

from domain.ledger.accounts import (
    CASH_DIFFERENCES,
    FINES_INCOME,
    FINES_OWED,
    LEVIES,
    LOAN_ADVANCES,
    LOAN_CHARGES_OWED,
    LOAN_FEES,
    LOAN_INTEREST,
    LOAN_INTEREST_OWED,
    LOAN_LOSS_EXPENSE,
    LOAN_LOSS_PROVISION,
    LOAN_PENALTIES,
    LOANS,
    LOANS_RECOVERED,
    LOANS_WRITTEN_OFF,
    MEMBER_SAVINGS,
    MEMBER_SHARES,
    SOCIAL_FUND,
    SOCIAL_FUND_GRANTS,
    SOCIAL_FUND_LOANS,
    AccountType,
    Fund,
)
from domain.policy import KINDS_TO_APPROVE, EntryKind

__all__ = ["LOAN_CLASSES", "SHAPES", "Shape", "Stroke", "account_class", "shape_texts"]

_OF_LOANS = (LOAN_INTEREST, LOAN_FEES, LOAN_PENALTIES, LOANS_RECOVERED)
_LOST_ON_LOANS = (LOANS_WRITTEN_OFF, LOAN_LOSS_EXPENSE)

LOAN_CLASSES = frozenset({LOANS, SOCIAL_FUND_LOANS, LOAN_INTEREST_OWED, LOAN_CHARGES_OWED, LOAN_ADVANCES})
"""What members owe on loans, or paid in advance. The rows of their loans say the same, so that beside opening balances
no kind of entry moves it but those of lending: not even one that two officers approve."""

_BY_CODE = LOAN_CLASSES.union(
    (
        FINES_OWED,
        MEMBER_SAVINGS,
        MEMBER_SHARES,
        SOCIAL_FUND,
        SOCIAL_FUND_GRANTS,
        FINES_INCOME,
        LEVIES,
        CASH_DIFFERENCES,
    ),
    (LOAN_LOSS_PROVISION, *_OF_LOANS, *_LOST_ON_LOANS),
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
class Stroke:
    """A line, as the shapes know it.

    Attributes:
        account: The class of its account.
        names_member: Whether it names the member whom the entry is about.
    """

    account: str
    names_member: bool = False

    def __str__(self) -> str:
        """The class, with a star where the line names the member."""
        return f"{self.account}{'*' * self.names_member}"


@dataclass(frozen=True, slots=True)
class Shape:
    """The lines debited and those credited, each in their order."""

    debits: tuple[Stroke, ...]
    credits: tuple[Stroke, ...]

    def __str__(self) -> str:
        """Debits and credits, as the database writes them."""
        return f"{' '.join(map(str, self.debits))} / {' '.join(map(str, self.credits))}"


def _shape(debits: Iterable[str], credits_: Iterable[str]) -> Shape:
    """The shape with these lines: a star stands for the member, as it does in the database."""
    return Shape(*(tuple(Stroke(each.rstrip("*"), each.endswith("*")) for each in side) for side in (debits, credits_)))


def _pair(debited: str, credited: str) -> Shape:
    return _shape([debited], [credited])


def _turned(shape: Shape) -> Shape:
    return Shape(shape.credits, shape.debits)


def _some(*lines: str) -> Iterator[tuple[str, ...]]:
    """One of the lines or more, in their order: every choice."""
    for count in range(1, len(lines) + 1):
        yield from combinations(lines, count)


_MAIN_CASH, _SOCIAL_CASH = f"{Fund.LOAN_FUND}_CASH", f"{Fund.SOCIAL_FUND}_CASH"
_FINE_OF_MEMBER = _pair(f"{FINES_OWED}*", FINES_INCOME)
_COUNTED_OVER = (_pair(_MAIN_CASH, CASH_DIFFERENCES), _pair(_SOCIAL_CASH, SOCIAL_FUND))

_LENT, _SOCIAL_LENT, _ADVANCE, _SOCIAL_EARNED = (
    f"{code}*" for code in (LOANS, SOCIAL_FUND_LOANS, LOAN_ADVANCES, SOCIAL_FUND)
)
_ACCRUED = (f"{LOAN_INTEREST_OWED}*", f"{LOAN_CHARGES_OWED}*")
_EARNED = (f"{LOAN_INTEREST}*", f"{LOAN_FEES}*", f"{LOAN_PENALTIES}*")
_PAID = (_LENT, *_ACCRUED, *_EARNED)
_PROVIDED = _pair(LOAN_LOSS_EXPENSE, LOAN_LOSS_PROVISION)

_LOAN_SHAPES: Mapping[EntryKind, tuple[Shape, ...]] = {
    EntryKind.LOAN_DISBURSED: (
        _pair(_LENT, _MAIN_CASH),
        _shape([_LENT], [_MAIN_CASH, f"{LOAN_FEES}*"]),
        _pair(_SOCIAL_LENT, _SOCIAL_CASH),
        _shape([_SOCIAL_LENT], [_SOCIAL_CASH, _SOCIAL_EARNED]),
    ),
    EntryKind.LOAN_ACCRUED: (
        _pair(_ACCRUED[0], _EARNED[0]),
        *(_shape([_ACCRUED[1]], charges) for charges in _some(*_EARNED[1:])),
        *(_shape(_ACCRUED, [_EARNED[0], *charges]) for charges in _some(*_EARNED[1:])),
    ),
    EntryKind.LOAN_REPAID: (
        *(_shape([_MAIN_CASH], paid) for paid in _some(*_PAID, _ADVANCE)),
        *(_shape([_SOCIAL_CASH], paid) for paid in _some(_SOCIAL_LENT, _SOCIAL_EARNED)),
    ),
    EntryKind.LOAN_ADVANCE_USED: tuple(_shape([_ADVANCE], paid) for paid in _some(*_PAID)),
    EntryKind.LOAN_ADVANCE_RETURNED: (_pair(_ADVANCE, _MAIN_CASH),),
    EntryKind.LOAN_WRITTEN_OFF: (
        *(_shape([LOANS_WRITTEN_OFF], lost) for lost in _some(_LENT, *_ACCRUED)),
        _pair(SOCIAL_FUND, _SOCIAL_LENT),
    ),
    EntryKind.LOAN_RECOVERED: (_pair(_MAIN_CASH, f"{LOANS_RECOVERED}*"), _pair(_SOCIAL_CASH, _SOCIAL_EARNED)),
    EntryKind.LOAN_PROVISIONED: (_PROVIDED, _turned(_PROVIDED)),
}

SHAPES: Mapping[EntryKind, tuple[Shape, ...]] = {
    EntryKind.SHARE_PURCHASE: (_pair(_MAIN_CASH, f"{MEMBER_SHARES}*"),),
    EntryKind.SAVINGS_DEPOSIT: (_pair(_MAIN_CASH, f"{MEMBER_SAVINGS}*"),),
    EntryKind.SOCIAL_FUND_CONTRIBUTION: (_pair(_SOCIAL_CASH, f"{SOCIAL_FUND}*"),),
    EntryKind.OTHER_CONTRIBUTION: (_pair(_MAIN_CASH, f"{LEVIES}*"), _pair(_SOCIAL_CASH, f"{SOCIAL_FUND}*")),
    EntryKind.FINE_LEVIED: (_FINE_OF_MEMBER,),
    EntryKind.FINE_PAID: (_pair(_MAIN_CASH, f"{FINES_OWED}*"),),
    EntryKind.FINE_WAIVED: (_turned(_FINE_OF_MEMBER),),
    EntryKind.WITHDRAWAL: (_pair(f"{MEMBER_SAVINGS}*", _MAIN_CASH),),
    EntryKind.SHARES_REDEEMED: (_pair(f"{MEMBER_SHARES}*", _MAIN_CASH),),
    EntryKind.SOCIAL_FUND_GRANT: (_pair(f"{SOCIAL_FUND_GRANTS}*", _SOCIAL_CASH),),
    EntryKind.TRANSFER: (_pair(_MAIN_CASH, _MAIN_CASH), _pair(_SOCIAL_CASH, _SOCIAL_CASH)),
    EntryKind.CASH_DIFFERENCE: (*_COUNTED_OVER, *map(_turned, _COUNTED_OVER)),
    EntryKind.OTHER_INCOME: (
        *(_pair(_MAIN_CASH, earned) for earned in (AccountType.INCOME, FINES_INCOME, LEVIES, *_OF_LOANS)),
        _pair(_SOCIAL_CASH, SOCIAL_FUND),
    ),
    EntryKind.OTHER_EXPENSE: (
        *(_pair(spent, _MAIN_CASH) for spent in (AccountType.EXPENSE, CASH_DIFFERENCES, *_LOST_ON_LOANS)),
        _pair(SOCIAL_FUND, _SOCIAL_CASH),
    ),
    **_LOAN_SHAPES,
}
"""The shapes that an entry of each kind may have; a kind that is approved by a second officer has none."""


def shape_texts(kind: EntryKind) -> Iterator[str]:
    """The shapes of a kind as the posting function compares them; the kind alone stands for any lines."""
    if kind in KINDS_TO_APPROVE:
        yield kind.value
    for shape in SHAPES.get(kind, ()):
        yield f"{kind.value} {shape}"
