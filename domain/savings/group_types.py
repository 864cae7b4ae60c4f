"""What a group's own constitution says of a contribution: which types there are, and whether the absent may pay."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from domain.errors import DomainError, ErrorCode
from domain.meetings.rollcall import AttendanceStatus
from domain.savings.records import ContributionItem, ContributionKind

if TYPE_CHECKING:
    from domain.groups import Constitution, ContributionType

__all__ = [
    "NOT_THERE",
    "TYPE_ERRORS",
    "AbsentMemberPays",
    "ContributionTypeMissing",
    "ContributionTypeOnlyForOther",
    "ContributionTypeUnknown",
    "RepresentativeBuysShares",
    "check_presence",
    "type_of",
]

NOT_THERE = frozenset({AttendanceStatus.ABSENT, AttendanceStatus.EXCUSED})


@dataclass(eq=False)
class ContributionTypeMissing(DomainError):
    """A contribution that the group defines does not say which."""

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "Say which of the group's own contributions was paid: give its code."


@dataclass(eq=False)
class ContributionTypeUnknown(DomainError):
    """The constitution in force knows no contribution with this code."""

    code = ErrorCode.NOT_ALLOWED

    constitution_version: int

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return (
            f"The constitution (version {self.constitution_version}) knows no contribution with this code: check the "
            "code, or let the group amend the constitution first."
        )


@dataclass(eq=False)
class ContributionTypeOnlyForOther(DomainError):
    """A contribution that every group knows names a type of the group's."""

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "Only a contribution of kind OTHER has a code of the group's: leave the code out, or say OTHER."


@dataclass(eq=False)
class AbsentMemberPays(DomainError):
    """The roll says that the member is not there, and the constitution takes no money from the absent."""

    code = ErrorCode.NOT_ALLOWED

    constitution_version: int

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return (
            f"The constitution (version {self.constitution_version}) takes no money from a member who is absent: "
            "correct the roll if she is here, or let her pay in the next meeting."
        )


@dataclass(eq=False)
class RepresentativeBuysShares(DomainError):
    """The member is represented, and the constitution sells no shares to whoever came in her place."""

    code = ErrorCode.NOT_ALLOWED

    constitution_version: int

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return (
            f"The constitution (version {self.constitution_version}) sells no shares to whoever comes in a member's "
            "place: let her buy them herself in the next meeting."
        )


TYPE_ERRORS = (
    ContributionTypeMissing,
    ContributionTypeUnknown,
    ContributionTypeOnlyForOther,
    AbsentMemberPays,
    RepresentativeBuysShares,
)
"""What the constitution may have against a contribution, beside its amount."""


def check_presence(item: ContributionItem, presence: AttendanceStatus | None, rules: Constitution) -> None:
    """Refuse what the constitution forbids to whoever is not there herself; None where no roll was called.

    Raises:
        AbsentMemberPays: She is absent or excused, and the constitution takes no money then.
        RepresentativeBuysShares: Somebody came in her place, and may not buy shares.
    """
    if presence in NOT_THERE and not rules.can_absent_members_pay:
        raise AbsentMemberPays(rules.version, path=("memberId",))
    if (
        presence is AttendanceStatus.REPRESENTED
        and item.kind is ContributionKind.SHARE
        and not rules.can_representatives_buy_shares
    ):
        raise RepresentativeBuysShares(rules.version, path=("memberId",))


def type_of(item: ContributionItem, rules: Constitution) -> ContributionType | None:
    """The group's own type that the item names; None for what every group knows.

    Raises:
        ContributionTypeMissing: It is to be one of the group's, and does not say which.
        ContributionTypeUnknown: The constitution knows no such type.
        ContributionTypeOnlyForOther: It is none of the group's.
    """
    if item.kind is not ContributionKind.OTHER:
        if item.type_code is not None:
            raise ContributionTypeOnlyForOther(path=("typeCode",))
        return None
    if item.type_code is None:
        raise ContributionTypeMissing(path=("typeCode",))
    found = rules.contribution_type(item.type_code)
    if found is None:
        raise ContributionTypeUnknown(rules.version, path=("typeCode",))
    return found
