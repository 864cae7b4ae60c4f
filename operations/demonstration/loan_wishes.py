"""What members of the demonstration want to borrow for, and what becomes of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from domain.groups import Frequency
from domain.ledger.accounts import Fund
from domain.lending.collateral import CollateralKind
from domain.lending.records import LoanPurpose
from operations.demonstration.draws import chance
from operations.demonstration.groups import SHOWCASE, Sketch

__all__ = ["PAID_ONCE", "PENDING", "WRITTEN_OFF", "Fate", "Wish", "wishes_of"]

_LENDING_PERCENT = 30


class Fate(StrEnum):
    """What becomes of a loan."""

    APPLIED = "APPLIED"
    APPRAISED = "APPRAISED"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    WITHDRAWN = "WITHDRAWN"
    REPAID = "REPAID"
    """Each instalment in its time: closed by now, or active."""
    LATE = "LATE"
    """After the first instalment nothing came in, and a penalty was charged."""
    RESCHEDULED = "RESCHEDULED"
    """The last instalment is to be paid in three."""
    LOST = "LOST"
    """After the first instalment nothing came in, and it was written off."""
    RECOVERED = "RECOVERED"
    """Written off, and something comes in after all in the meeting that goes on."""


PENDING = frozenset({Fate.APPLIED, Fate.APPRAISED, Fate.REJECTED, Fate.WITHDRAWN})
PAID_ONCE = frozenset({Fate.LATE, Fate.LOST, Fate.RECOVERED})
WRITTEN_OFF = frozenset({Fate.LOST, Fate.RECOVERED})


@dataclass(frozen=True, slots=True)
class Wish:
    """A loan in outline.

    Attributes:
        fate: What becomes of it.
        days: How many days before the last meeting it is asked for.
        percent: How much, of a hundred parts of her shares.
        purpose: What for.
        words: The same in her words.
        is_guaranteed: Whether two members stand surety.
        collateral: What stands in for it.
        fund: Whose money it is.
    """

    fate: Fate
    days: int
    percent: int
    purpose: LoanPurpose
    words: str
    is_guaranteed: bool = False
    collateral: tuple[CollateralKind, str] | None = None
    fund: Fund = Fund.LOAN_FUND


_COW = (CollateralKind.LIVESTOCK, "A dairy cow, brown with a white forehead.")
_WISHES = (
    Wish(Fate.REPAID, 36, 150, LoanPurpose.BUSINESS, "Sugar, flour and soap for the kiosk.", is_guaranteed=True),
    Wish(Fate.LATE, 77, 100, LoanPurpose.BUSINESS, "A second-hand sewing machine."),
    Wish(Fate.LATE, 63, 80, LoanPurpose.AGRICULTURE, "Seed and fertiliser for the long rains."),
    Wish(Fate.REPAID, 240, 200, LoanPurpose.EDUCATION, "School fees for the second term.", is_guaranteed=True),
    Wish(Fate.LOST, 280, 150, LoanPurpose.LIVESTOCK, "Thirty chicks and their feed."),
    Wish(Fate.APPROVED, 0, 100, LoanPurpose.HOUSING, "Iron sheets for the roof."),
    Wish(Fate.APPLIED, 0, 120, LoanPurpose.EDUCATION, "A uniform and books for two children."),
    Wish(Fate.REJECTED, 15, 290, LoanPurpose.CEREMONY, "A wedding."),
)
_SHOWCASE_WISHES = (
    *_WISHES,
    Wish(Fate.REPAID, 70, 200, LoanPurpose.LIVESTOCK, "A calf to fatten.", collateral=_COW),
    Wish(Fate.REPAID, 160, 150, LoanPurpose.BUSINESS, "Fish to smoke and sell at Kisumu market."),
    Wish(Fate.RESCHEDULED, 75, 180, LoanPurpose.AGRICULTURE, "To rent a plot and plough it."),
    Wish(Fate.RECOVERED, 200, 150, LoanPurpose.ASSETS, "A bicycle to carry water."),
    Wish(Fate.APPRAISED, 0, 200, LoanPurpose.BUSINESS, "A deep freezer for the shop."),
    Wish(Fate.WITHDRAWN, 20, 100, LoanPurpose.HOUSEHOLD, "A water tank."),
    Wish(Fate.REPAID, 40, 10, LoanPurpose.HEALTH, "Medicine for a sick child.", fund=Fund.SOCIAL_FUND),
)


def wishes_of(sketch: Sketch) -> tuple[Wish, ...]:
    """What is asked for in the group; nothing where it does not lend."""
    if sketch is SHOWCASE:
        return _SHOWCASE_WISHES
    meets_often = sketch.frequency is not Frequency.MONTHLY
    return _WISHES if meets_often and chance(_LENDING_PERCENT, sketch.name, "lends money") else ()
