"""The enums of lending: the domain's own, with a description of each value."""

from enum import StrEnum

from domain.lending import (
    ChargeBasis,
    ChargedAt,
    Component,
    DayCount,
    InAdvance,
    InstalmentFrequency,
    InterestMethod,
    InterestOnPayOff,
    OverdueInterest,
    Overpayment,
    PenaltyBasis,
    RecognisedOn,
    Residue,
    RollOver,
    RoundingMode,
)
from domain.lending.records import ApprovalRule, LoanPurpose, ProductStatus
from domain.lending.settlements import PaymentKind, ScheduleReason
from domain.lending.steps import LoanStatus, StepKind
from graph.enums import described

__all__ = ["LoanOrder"]


class LoanOrder(StrEnum):
    """Orders of loans."""

    NEWEST = "NEWEST"
    OLDEST = "OLDEST"


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
described(
    LoanStatus,
    "Where a loan is.",
    {
        "APPLIED": "Asked for.",
        "APPRAISED": "Looked into; a sum may be recommended.",
        "APPROVED": "Granted and not paid out yet.",
        "REJECTED": "Turned down.",
        "WITHDRAWN": "The member does not want it any more.",
        "EXPIRED": "Granted, and not paid out in time.",
        "ACTIVE": "Paid out, and owed.",
        "CLOSED": "Paid back (completed).",
        "DEFAULTED": "Overdue for so long that the group takes it for bad.",
        "WRITTEN_OFF": "Given up as lost; what comes in after all is a recovery.",
    },
)
described(
    StepKind,
    "What is done with a loan.",
    {
        "APPLICATION": "A member asked for it.",
        "APPRAISAL": "An officer looked into it.",
        "ENDORSEMENT": "One of several officers approved; others are still to.",
        "APPROVAL": "It was granted.",
        "REJECTION": "It was turned down.",
        "WITHDRAWAL": "The member took her application back.",
        "EXPIRY": "The time in which it had to be paid out is over.",
        "DISBURSEMENT": "It was paid out (issued).",
        "DISBURSEMENT_REVERSAL": "It was not paid out after all.",
        "RESCHEDULING": "What is left is repaid otherwise from a day on (restructuring).",
        "CLOSURE": "The last coin was paid.",
        "REOPENING": "A payment was taken back, and it is owed again.",
        "DEFAULT": "It was marked as bad.",
        "CURE": "It is no longer bad.",
        "WRITE_OFF": "The group gave it up as lost.",
        "WRITE_OFF_REVERSAL": "The write-off was taken back.",
        "RECOVERY": "Something of what was written off came in.",
    },
)
described(
    LoanPurpose,
    "What a loan is for.",
    {
        "BUSINESS": "Trade, a shop, a workshop.",
        "AGRICULTURE": "Seed, fertiliser, land.",
        "LIVESTOCK": "Animals and their feed.",
        "EDUCATION": "School fees and what goes with them.",
        "HEALTH": "Treatment, medicine.",
        "HOUSING": "Building, repairing, rent.",
        "HOUSEHOLD": "What a household uses up.",
        "ASSETS": "Tools, a vehicle, equipment.",
        "EMERGENCY": "What could not wait.",
        "CEREMONY": "A wedding, a funeral.",
        "REFINANCING": "Paying another debt.",
        "OTHER": "Anything else.",
    },
)
described(
    ApprovalRule,
    "Who grants a loan.",
    {
        "OFFICERS": "So many officers, none of them the borrower.",
        "VOTE": "The meeting, by more than half of those who are there.",
    },
)
described(
    ProductStatus,
    "Whether a loan product is offered.",
    {"ACTIVE": "It is offered.", "RETIRED": "It is not offered any more; its loans go on."},
)
described(
    Component,
    "What a payment settles a part of.",
    {
        "PENALTY": "What is charged for being late.",
        "FEE": "What is charged beside interest, whoever pays when.",
        "INTEREST": "The service charge.",
        "PRINCIPAL": "What was lent.",
    },
)
described(
    InAdvance,
    "What a payment settles once nothing is due any more; the next instalment first.",
    {
        "SAME_ORDER": "The next instalment in the order of what is due.",
        "PRINCIPAL_FIRST": "The next instalment's principal, then its penalties, fees and interest.",
    },
)
described(
    Overpayment,
    "What happens with more than is owed.",
    {"REFUSE": "The payment is refused.", "ADVANCE": "The rest is held for the member as a payment in advance."},
)
described(
    PenaltyBasis,
    "What a penalty is counted on.",
    {
        "FIXED": "The value is the amount itself.",
        "PRINCIPAL": "The value is per cent of the overdue principal.",
        "PRINCIPAL_AND_INTEREST": "The value is per cent of the overdue principal and interest together.",
    },
)
described(
    RollOver,
    "What follows when the term ends and principal is left.",
    {
        "NONE": "Nothing: it is overdue.",
        "CHARGE_AGAIN": "The service charge is owed once more on it for each further period that begins.",
    },
)
described(
    RecognisedOn,
    "When interest and charges become income.",
    {
        "CASH": "When they are paid: the custom of savings groups.",
        "ACCRUAL": "When they are due: the custom of branches of an MFI.",
    },
)
described(
    InterestOnPayOff,
    "Which interest is owed by who settles a loan before its end.",
    {
        "TO_DATE": "That of the days until then.",
        "TO_PERIOD_END": "That of the running period, whole, and of those before.",
        "WHOLE": "All that was agreed, as is usual with a flat service charge.",
    },
)
described(
    OverdueInterest,
    "Whether interest follows what is really owed.",
    {
        "AS_SCHEDULED": "Interest is what the schedule says, whoever pays when.",
        "ON_BALANCE": "Interest counts the days on what is really owed.",
    },
)
described(
    PaymentKind,
    "What settled a loan, or came to be owed on it in the book.",
    {
        "REPAYMENT": "Money that was paid (instalment paid).",
        "ADVANCE_USED": "What was held for the member went to what was due.",
        "ADVANCE_RETURNED": "What was held for the member was given back to her.",
        "ACCRUAL": "Interest and charges became owed, where they count when they are due; nothing was paid.",
        "WRITE_OFF": "The rest was given up as lost.",
        "RECOVERY": "Something of what was written off came in.",
    },
)
described(
    ScheduleReason,
    "Why a schedule was made.",
    {"DISBURSEMENT": "The loan was paid out.", "RESCHEDULING": "What was left is repaid otherwise."},
)
described(
    LoanOrder, "In which order loans come.", {"NEWEST": "The highest number first.", "OLDEST": "The lowest first."}
)
