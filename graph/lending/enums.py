"""The enums of lending: the domain's own, with a description of each value."""

from domain.lending import (
    ChargeBasis,
    ChargedAt,
    DayCount,
    InstalmentFrequency,
    InterestMethod,
    Residue,
    RoundingMode,
)
from graph.enums import described

__all__: list[str] = []

described(
    InterestMethod,
    "What interest is counted on, and how principal is spread.",
    {
        "FLAT": "On the sum borrowed, all through the loan; principal and interest in equal parts (service charge).",
        "REDUCING_EQUAL_INSTALMENTS": "On what is still owed; principal and interest together are the same each time "
        "(annuity, declining balance).",
        "REDUCING_EQUAL_PRINCIPAL": "On what is still owed; the same principal each time.",
        "COMPOUND": "On the sum borrowed and the interest of the periods before; both in equal parts.",
    },
)
described(
    InstalmentFrequency,
    "The period between instalments.",
    {
        "DAILY": "Every day.",
        "WEEKLY": "Every 7 days.",
        "TWO_WEEKLY": "Every 14 days (fortnightly).",
        "FIFTEEN_DAYS": "Every 15 days, of which a year has 24.",
        "FOUR_WEEKLY": "Every 28 days.",
        "MONTHLY": "On the same day of each month, or its last where it has no such day.",
    },
)
described(
    DayCount,
    "How much of a year lies between two dates.",
    {
        "SAME_AS_PERIOD": "A month is a twelfth of a year, a week a 52nd and a day a 365th, whatever the year.",
        "THIRTY_360": "A month has 30 days and a year 360; weeks count their days (30/360).",
        "ACTUAL_360": "The days there are, of 360.",
        "ACTUAL_365": "The days there are, of 365.",
        "ACTUAL_ACTUAL": "The days there are, each of the days that its own calendar year has.",
    },
)
described(
    RoundingMode,
    "Which neighbour a computed amount becomes.",
    {
        "HALF_EVEN": "The nearer; exactly halfway, the even one (banker's rounding).",
        "HALF_UP": "The nearer; exactly halfway, the larger.",
        "UP": "The larger.",
        "DOWN": "The smaller.",
    },
)
described(
    Residue,
    "Which instalment takes what rounding leaves over.",
    {"LAST": "The last one.", "FIRST": "The first one."},
)
described(
    ChargedAt,
    "When a fee is due.",
    {"DISBURSEMENT": "When the loan is paid out.", "INSTALMENT": "With each instalment."},
)
described(
    ChargeBasis,
    "What a fee is counted on: of the whole loan at disbursement, else of the instalment.",
    {
        "FIXED": "The value is the amount itself.",
        "PRINCIPAL": "The value is per cent of the principal.",
        "INTEREST": "The value is per cent of the interest.",
        "PRINCIPAL_AND_INTEREST": "The value is per cent of both together.",
    },
)
