"""Lending: the terms of a loan and the schedule that follows from them."""

from domain.lending.charges import CHARGES_MAX, ChargeBasis, ChargedAt, ChargeNotPossible, ChargeRule
from domain.lending.periods import DueDatesNotInOrder, LoanPeriod, ScheduleTooLong, loan_periods
from domain.lending.previewing import PREVIEW_RAISES, PreviewSchedule, preview_schedule
from domain.lending.rounding import MultipleNotPossible, RoundingMode
from domain.lending.schedules import Instalment, LoanSchedule, PrincipalTooSmall, make_schedule
from domain.lending.terms import (
    DayCount,
    GraceTooLong,
    InstalmentFrequency,
    InstalmentsOutOfRange,
    InterestMethod,
    IntervalOutOfRange,
    LoanTerms,
    RateOutOfRange,
    RatePeriod,
    Residue,
    ResidueNotPossible,
)

__all__ = [
    "CHARGES_MAX",
    "PREVIEW_RAISES",
    "ChargeBasis",
    "ChargeNotPossible",
    "ChargeRule",
    "ChargedAt",
    "DayCount",
    "DueDatesNotInOrder",
    "GraceTooLong",
    "Instalment",
    "InstalmentFrequency",
    "InstalmentsOutOfRange",
    "InterestMethod",
    "IntervalOutOfRange",
    "LoanPeriod",
    "LoanSchedule",
    "LoanTerms",
    "MultipleNotPossible",
    "PreviewSchedule",
    "PrincipalTooSmall",
    "RateOutOfRange",
    "RatePeriod",
    "Residue",
    "ResidueNotPossible",
    "RoundingMode",
    "ScheduleTooLong",
    "loan_periods",
    "make_schedule",
    "preview_schedule",
]
