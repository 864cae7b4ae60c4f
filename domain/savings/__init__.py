"""What members pay in and take out: contributions, withdrawals, fines, and grants from the social fund."""

from domain.savings.contributions import (
    SHEET_ITEMS_MAX,
    AmountMissing,
    AmountNotSharesTimesPrice,
    SharesMissing,
    SharesOnlyForSharePurchase,
    SharesOutsideLimits,
    SheetEmpty,
    SheetRefused,
    SheetTooLong,
    record_contributions,
)
from domain.savings.fine_refusals import FineNotFound, FineOwedLess, FinesOwedLess
from domain.savings.fines import (
    LevyFine,
    PayFine,
    WaiveFine,
    levy_fine,
    pay_fine,
    waive_fine,
)
from domain.savings.grants import GrantFromSocialFund, grant_from_social_fund
from domain.savings.records import (
    Contribution,
    ContributionItem,
    ContributionKind,
    ContributionStore,
    RecordContributions,
    SheetFacts,
)
from domain.savings.roll_fines import FineRollCall, fine_roll_call
from domain.savings.standings import MemberNotInGroup
from domain.savings.withdrawals import RecordWithdrawal, SavingsTooSmall, record_withdrawal

__all__ = [
    "SHEET_ITEMS_MAX",
    "AmountMissing",
    "AmountNotSharesTimesPrice",
    "Contribution",
    "ContributionItem",
    "ContributionKind",
    "ContributionStore",
    "FineNotFound",
    "FineOwedLess",
    "FineRollCall",
    "FinesOwedLess",
    "GrantFromSocialFund",
    "LevyFine",
    "MemberNotInGroup",
    "PayFine",
    "RecordContributions",
    "RecordWithdrawal",
    "SavingsTooSmall",
    "SharesMissing",
    "SharesOnlyForSharePurchase",
    "SharesOutsideLimits",
    "SheetEmpty",
    "SheetFacts",
    "SheetRefused",
    "SheetTooLong",
    "WaiveFine",
    "fine_roll_call",
    "grant_from_social_fund",
    "levy_fine",
    "pay_fine",
    "record_contributions",
    "record_withdrawal",
    "waive_fine",
]
