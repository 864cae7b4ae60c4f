"""Groups: what they are, the rules they gave themselves, and how both begin and change.

`constitution` holds the rules of one version, `contradictions` what they may be refused for, `wishes` the rules as they
were typed, `records` a group as other rooms see it, `creating` how one begins, `amending` how its
rules change, `life` how it is verified, suspended and ended, `cycles` its cycles from one share-out to the next.
"""

from domain.groups.amending import AmendConstitution, amend_constitution
from domain.groups.constitution import (
    SHARES_MAX,
    Constitution,
    ContributionType,
    FineReason,
    Frequency,
    LoanTerms,
    RatePeriod,
    Weekday,
)
from domain.groups.contradictions import AmountNegative, SharesOutOfOrder
from domain.groups.creating import CreateGroup, FoundersLimited, create_group
from domain.groups.records import Group, GroupRecord, GroupStatus, GroupStore, NewGroup, typed_amount
from domain.groups.wishes import ContributionTypeWish, FineReasonWish, RuleWishes
from domain.ledger.accounts import GroupKind

__all__ = [
    "SHARES_MAX",
    "AmendConstitution",
    "AmountNegative",
    "Constitution",
    "ContributionType",
    "ContributionTypeWish",
    "CreateGroup",
    "FineReason",
    "FineReasonWish",
    "FoundersLimited",
    "Frequency",
    "Group",
    "GroupKind",
    "GroupRecord",
    "GroupStatus",
    "GroupStore",
    "LoanTerms",
    "NewGroup",
    "RatePeriod",
    "RuleWishes",
    "SharesOutOfOrder",
    "Weekday",
    "amend_constitution",
    "create_group",
    "typed_amount",
]
