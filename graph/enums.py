"""The enums of the schema: the domain's own, with a description of each value."""

from collections.abc import Mapping
from enum import Enum, StrEnum
from typing import Any, TypeVar

import strawberry

from domain.access.sessions import DeviceType
from domain.groups import Frequency, GroupKind, GroupStatus
from domain.ledger.accounts import AccountType, Fund, Place
from domain.ledger.adjusting import AdjustableBalance, AdjustmentDirection
from domain.ledger.drafts import DraftStatus
from domain.lending import RatePeriod
from domain.meetings import MeetingField, MeetingKind, MeetingMode, MeetingStatus, Moment
from domain.meetings.rollcall import AttendanceStatus
from domain.members import MemberField, MemberStatus, Position, Sex
from domain.policy import EntryKind, Role, Visibility
from domain.savings import ContributionKind
from domain.savings.dues import DueKind
from domain.savings.waivers import WaiverStatus

__all__ = ["ContributionOrder", "EntryOrder", "GroupOrder", "HoldStatus", "ItemStatus", "MeetingOrder", "described"]

EnumType = TypeVar("EnumType", bound=Enum)


def described(kind: type[EnumType], description: str, values: Mapping[str, str]) -> type[EnumType]:
    """Make an enum one of the schema's; every value must be described."""
    strawberry.enum(kind, description=description)
    definition: Any = kind.__strawberry_definition__  # type: ignore[attr-defined]
    for value in definition.values:
        value.description = values[value.name]
    return kind


class GroupOrder(StrEnum):
    """Orders of groups."""

    NAME = "NAME"
    NEWEST = "NEWEST"


class EntryOrder(StrEnum):
    """Orders of journal entries and of their lines."""

    NEWEST = "NEWEST"
    OLDEST = "OLDEST"


class ContributionOrder(StrEnum):
    """Orders of contributions."""

    NEWEST = "NEWEST"
    OLDEST = "OLDEST"


class MeetingOrder(StrEnum):
    """Orders of meetings."""

    NEWEST = "NEWEST"
    LATEST = "LATEST"
    EARLIEST = "EARLIEST"


class HoldStatus(StrEnum):
    """Whether money is set aside still, or how that ended."""

    OPEN = "OPEN"
    USED = "USED"
    RELEASED = "RELEASED"
    EXPIRED = "EXPIRED"


class ItemStatus(StrEnum):
    """Whether an item of a sheet stands."""

    ACCEPTED = "ACCEPTED"
    REJECTED = "REJECTED"


described(
    GroupOrder,
    "The orders of a list of groups.",
    {"NAME": "By name, in the order of Unicode.", "NEWEST": "The newest first."},
)
described(
    EntryOrder,
    "In which order entries and lines come.",
    {"NEWEST": "The last posted first.", "OLDEST": "The first posted first."},
)
described(
    ContributionOrder,
    "The orders of a list of contributions.",
    {"NEWEST": "In the order of entry, the newest first.", "OLDEST": "In the order of entry, the oldest first."},
)
described(
    HoldStatus,
    "Whether money is set aside still, or how that ended.",
    {
        "OPEN": "It is set aside.",
        "USED": "An entry spent it.",
        "RELEASED": "An officer let it go.",
        "EXPIRED": "Its time is over.",
    },
)
described(
    DraftStatus,
    "Where a draft is.",
    {
        "OPEN": "It waits for a second officer.",
        "POSTED": "Another officer than its drafter posted it.",
        "DISCARDED": "An officer laid it aside.",
    },
)
described(
    AdjustableBalance,
    "Which of a member's balances is put right. Shares come and go by a manual entry.",
    {
        "SAVINGS": "Savings that the member may withdraw.",
        "SOCIAL_FUND": "What the member paid into the social fund.",
        "SOCIAL_FUND_GRANTS": "What the social fund granted the member.",
        "FINES_OWED": "Fines that the member owes.",
    },
)
described(
    AdjustmentDirection,
    "Whether a balance grows or shrinks.",
    {"UP": "It grows: she has, or owes, more.", "DOWN": "It shrinks: she has, or owes, less."},
)
described(
    ItemStatus,
    "How an item of a sheet ended.",
    {"ACCEPTED": "It is recorded, now or before.", "REJECTED": "It was refused; the errors say why."},
)
described(
    GroupKind,
    "How a group saves and lends.",
    {
        "VSLA": "Village savings and loan association: members buy shares, borrow, and share out when a cycle ends.",
        "ROSCA": "Rotating savings (merry-go-round, tontine): each round's pot goes to one member.",
        "ASCA": "Accumulating savings (table banking): savings grow with interest over years.",
        "INVESTMENT_CLUB": "Members own units of what the club invests in.",
        "WELFARE": "Members help each other at events such as an illness or a funeral.",
        "CREDIT": "A branch of a microfinance institution; its members are the clients.",
        "MIXED": "Several of these at once.",
    },
)
described(
    GroupStatus,
    "Where a group is in its life.",
    {
        "PENDING_VERIFICATION": "Made, and not yet verified by an administrator.",
        "ACTIVE": "At work.",
        "SUSPENDED": "Stopped for a time.",
        "INACTIVE": "Ended.",
    },
)
described(
    Frequency,
    "How often a group meets.",
    {
        "WEEKLY": "Every week.",
        "FORTNIGHTLY": "Every two weeks.",
        "MONTHLY": "Every month.",
        "QUARTERLY": "Every three months.",
        "YEARLY": "Every year.",
        "FLEXIBLE": "As the group decides.",
    },
)
described(
    Visibility,
    "What the constitution lets members see of each other's balances. Officers see everything.",
    {
        "ALL": "Everything.",
        "TOTALS_ONLY": "The group's totals, and their own balances.",
        "OWN_ONLY": "Their own balances alone.",
    },
)
described(
    AccountType,
    "The five types of account.",
    {
        "ASSET": "What the group has; grows by debits.",
        "LIABILITY": "What it owes; grows by credits.",
        "EQUITY": "What belongs to its members; grows by credits.",
        "INCOME": "What it earns; grows by credits.",
        "EXPENSE": "What it spends; grows by debits.",
    },
)
described(
    Fund,
    "A purse that a group keeps and counts apart.",
    {
        "LOAN_FUND": "Savings and what they earn, from which loans are given (savings box).",
        "SOCIAL_FUND": "Help for members in need (welfare fund, emergency fund).",
    },
)
described(
    Place,
    "Where money lies.",
    {"BOX": "In the cash box.", "BANK": "In a bank account.", "MOBILE_MONEY": "In a mobile money account."},
)
described(
    EntryKind,
    "The business event behind a journal entry.",
    {
        "SHARE_PURCHASE": "A member buys shares.",
        "SAVINGS_DEPOSIT": "A member puts money into her savings, which she may withdraw.",
        "SOCIAL_FUND_CONTRIBUTION": "A member pays into the social fund.",
        "OTHER_CONTRIBUTION": "A member pays a contribution that the group defined (levy).",
        "FINE_LEVIED": "A member is fined, and owes it.",
        "FINE_PAID": "A member pays a fine.",
        "FINE_WAIVED": "The group lets a member off a fine.",
        "WITHDRAWAL": "A member takes money out of her savings.",
        "SHARES_REDEEMED": "A member who goes is paid what her shares cost (redemption, share withdrawal).",
        "SOCIAL_FUND_GRANT": "The social fund helps a member.",
        "TRANSFER": "Money is carried between box, bank and mobile money.",
        "CASH_DIFFERENCE": "More or less was counted than the book had.",
        "OTHER_INCOME": "The group receives money that is no member's.",
        "OTHER_EXPENSE": "The group pays for something.",
        "LOAN_DISBURSED": "A member is paid out a loan (issue of a loan).",
        "LOAN_ACCRUED": "Interest, fees or penalties on a loan have become owed (interest charged).",
        "LOAN_REPAID": "A member pays on her loan (repayment, instalment).",
        "LOAN_ADVANCE_USED": "What a member paid in advance goes to what is due on her loan now.",
        "LOAN_ADVANCE_RETURNED": "A member is given back what she paid in advance on a loan (overpayment refunded).",
        "LOAN_WRITTEN_OFF": "The group gives up what a member owes on a loan (bad debt).",
        "LOAN_RECOVERED": "A member pays after all on a loan that was written off.",
        "LOAN_PROVISIONED": "The provision for losses on loans rises or falls (allowance, impairment).",
        "ADJUSTMENT": "What a member has, or owes, is put right.",
        "MANUAL_ENTRY": "An entry that an officer drafted by hand.",
        "OPENING_BALANCES": "What a running group had and owed when its book began here.",
    },
)
described(
    MeetingStatus,
    "Where a meeting is.",
    {
        "DRAFT": "Planned, and not open yet.",
        "CANCELLED": "Planned once, and not held (called off): it never had a record.",
        "OPEN": "Going on: the roll and the money are recorded.",
        "CONFIRMED": "Confirmed by a second officer: it takes nothing more, and is to be counted and closed.",
        "CLOSED": "Closed for good: corrections go into a later meeting.",
    },
)
described(
    MeetingKind,
    "What a meeting is for.",
    {
        "REGULAR": "One of the group's calendar.",
        "SPECIAL": "Called for one matter.",
        "ANNUAL": "The yearly one of all members (general meeting).",
        "EMERGENCY": "Called at once.",
        "COMMITTEE": "Of the officers.",
    },
)
described(
    MeetingMode,
    "Where people meet.",
    {"PHYSICAL": "In one place.", "VIRTUAL": "Over a link.", "HYBRID": "In a place and over a link."},
)
described(
    MeetingField,
    "What may be emptied again.",
    {
        "VENUE": "The place.",
        "LINK": "The link.",
        "STARTS_AT": "When it begins.",
        "ENDS_AT": "When it ends.",
        "FACILITATOR": "Who leads it.",
        "AGENDA": "The agenda.",
        "NOTES": "The notes.",
    },
)
described(
    MeetingOrder,
    "The orders of a list of meetings.",
    {
        "NEWEST": "By number, the highest first.",
        "LATEST": "By date, the latest first.",
        "EARLIEST": "By date, the earliest first.",
    },
)
described(
    AttendanceStatus,
    "Whether a member was at a meeting.",
    {
        "PRESENT": "Was there in time.",
        "LATE": "Came late.",
        "ABSENT": "Was not there, without an excuse.",
        "EXCUSED": "Was not there, with an excuse that the group took.",
        "REPRESENTED": "Sent somebody in her place.",
    },
)
described(
    DueKind,
    "What is expected of members.",
    {
        "SAVINGS": "What everybody saves each time; buying shares is saving.",
        "SOCIAL_FUND": "The social fund (welfare), in each meeting.",
        "OTHER": "What the constitution defines (levy); `typeCode` says which.",
    },
)
described(
    WaiverStatus,
    "Where a waiver is.",
    {
        "REQUESTED": "It waits for another officer.",
        "APPROVED": "The chair or the treasurer approved it: it counts.",
        "REFUSED": "The chair or the treasurer refused it.",
    },
)
described(Moment, "When cash is counted.", {"OPENING": "As the meeting opens.", "CLOSING": "As the meeting closes."})
described(
    MemberStatus,
    "Whether a member takes part.",
    {
        "ACTIVE": "Takes part.",
        "INACTIVE": "Takes no part for now.",
        "SUSPENDED": "Is stopped for a time.",
        "LEFT": "Has left the group.",
        "DECEASED": "Has died.",
    },
)
described(
    MemberField,
    "What of a member's record may be empty.",
    {
        "SEX": "Her sex.",
        "PHOTO": "Where her picture is kept.",
        "PHONE": "Her phone number.",
        "EMAIL": "Her e-mail address.",
        "NATIONAL_ID": "The number of her identity card.",
        "BIRTH": "When she was born, date and year.",
        "ADDRESS": "Where she lives.",
        "NEXT_OF_KIN": "Her next of kin.",
    },
)
described(
    Position,
    "What a member does for the group that is no role of whoever signs in.",
    {
        "BOX_KEEPER": "Keeps the box; of the committee.",
        "KEY_HOLDER_1": "Keeps the first key of the box; not of the committee.",
        "KEY_HOLDER_2": "Keeps the second key of the box; not of the committee.",
        "KEY_HOLDER_3": "Keeps the third key of the box; not of the committee.",
        "MONEY_COUNTER_1": "Counts the money; of the committee.",
        "MONEY_COUNTER_2": "Counts the money beside the first counter; of the committee.",
    },
)
described(Sex, "As programmes report it.", {"FEMALE": "Female.", "MALE": "Male.", "OTHER": "Neither, or not said."})
described(
    ContributionKind,
    "What a contribution is for.",
    {
        "SHARE": "Shares.",
        "SAVINGS": "Savings that the member may withdraw.",
        "SOCIAL_FUND": "The social fund (welfare).",
        "OTHER": "What the group's constitution defines (levy, special contribution); `typeCode` says which.",
    },
)
described(
    Role,
    "What a user may hold in a group or a partner, several at once.",
    {
        "MEMBER": "A member of the group.",
        "CHAIR": "Leads the group.",
        "SECRETARY": "Keeps the records (record-keeper).",
        "TREASURER": "Keeps the money.",
        "AUDITOR": "Reads everything and changes nothing.",
        "PARTNER_VIEWER": "Staff of a partner who look at what groups opened to it.",
        "FIELD_OFFICER": "Staff of a partner who visit groups (village agent).",
        "PARTNER_MANAGER": "Staff of a partner who run its portfolio.",
        "LOAN_OFFICER": "Staff of a microfinance institution who look after loans.",
        "TELLER": "Staff of a microfinance institution who handle cash.",
        "MANAGER": "Staff of a microfinance institution who run a branch.",
    },
)
described(
    DeviceType,
    "What a session was opened on.",
    {
        "UNKNOWN": "Not said.",
        "MOBILE": "A phone.",
        "TABLET": "A tablet.",
        "DESKTOP": "A computer.",
        "SERVER": "A program of an integrator.",
    },
)
described(
    RatePeriod,
    "The time that a rate is for.",
    {
        "WEEK": "A week, of which a year has 52.",
        "FOUR_WEEKS": "Four weeks (28 days), of which a year has 13.",
        "MONTH": "A month.",
        "YEAR": "A year.",
    },
)
