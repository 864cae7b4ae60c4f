"""How a constitution can contradict itself, or ask for what no constitution may: one class for each reason."""

from __future__ import annotations

from dataclasses import dataclass

from domain.errors import DomainError

__all__ = [
    "AmountNegative",
    "CodeMalformed",
    "CodeReserved",
    "CodeUsedTwice",
    "ContributionWithoutAmount",
    "ListTooLong",
    "LoanMultiplierOutOfRange",
    "LoanTermOutOfRange",
    "LoanTermsMissing",
    "LoanTermsWithoutLoans",
    "QuorumOutOfRange",
    "RateNegative",
    "RateTooHigh",
    "RateTooPrecise",
    "SharePriceMissing",
    "SharesOutOfOrder",
    "SharesWithoutPrice",
    "WeekdayWithoutFrequency",
]


@dataclass(eq=False)
class SharesOutOfOrder(DomainError):
    """The limits on shares contradict each other."""

    maximum: int

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return (
            "Give a smallest number of shares of 0 or more and a largest that is not below it "
            f"and from 1 to {self.maximum}."
        )


@dataclass(eq=False)
class SharePriceMissing(DomainError):
    """A group whose members save by buying shares has no price for them."""

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "Members of a village savings and loan association save by buying shares: say what one share costs."


@dataclass(eq=False)
class SharesWithoutPrice(DomainError):
    """Shares are limited that the group does not sell."""

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "A group without a share price sells no shares: give the price, or leave the limits on shares out."


@dataclass(eq=False)
class AmountNegative(DomainError):
    """An amount that may be zero is below it."""

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "Give an amount of zero or more."


@dataclass(eq=False)
class RateNegative(DomainError):
    """A rate is below zero, or no number."""

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "Give a rate of zero or more, in per cent."


@dataclass(eq=False)
class RateTooHigh(DomainError):
    """A rate is above what any group may take."""

    maximum: int

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return f"Give a rate of at most {self.maximum} per cent: 10 stands for 10 per cent."


@dataclass(eq=False)
class RateTooPrecise(DomainError):
    """A rate or a multiplier has more decimals than are kept."""

    maximum: int

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return f"Give at most {self.maximum} decimals."


@dataclass(eq=False)
class LoanMultiplierOutOfRange(DomainError):
    """The multiple of her savings that a member may borrow is not one that there can be."""

    maximum: int

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return f"Give a multiple of savings above 0 and up to {self.maximum}, or leave it out."


@dataclass(eq=False)
class LoanTermOutOfRange(DomainError):
    """The longest term of a loan is not one that there can be."""

    maximum: int

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return f"Give a longest term from 1 to {self.maximum} months, or leave it out."


@dataclass(eq=False)
class LoanTermsWithoutLoans(DomainError):
    """Terms of loans are given for a group that does not lend."""

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "This group does not lend: say that it has loans, or leave the terms of loans out."


@dataclass(eq=False)
class LoanTermsMissing(DomainError):
    """A group is to lend, and no rate of interest is given."""

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "Say at what rate of interest the group lends: 0 where it asks for none."


@dataclass(eq=False)
class QuorumOutOfRange(DomainError):
    """The quorum is not a part of the members."""

    maximum: int

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return f"Give a quorum from 0 to {self.maximum} per cent of the members."


@dataclass(eq=False)
class WeekdayWithoutFrequency(DomainError):
    """A group that meets as it likes has a fixed day."""

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "A group that meets as it likes has no fixed day: leave the day out, or say how often the group meets."


@dataclass(eq=False)
class ListTooLong(DomainError):
    """A constitution lists more than it may."""

    maximum: int

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return f"List at most {self.maximum}: leave out what is no longer used."


@dataclass(eq=False)
class CodeMalformed(DomainError):
    """A code is not written as codes are."""

    maximum: int

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return f"Write a code in capitals, digits and underscores, such as CAME_LATE, up to {self.maximum} characters."


@dataclass(eq=False)
class CodeReserved(DomainError):
    """A code stands for something that every group knows."""

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "This code stands for something that every group has: choose another."


@dataclass(eq=False)
class CodeUsedTwice(DomainError):
    """Two things in one list have the same code."""

    duplicate: str

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return f"The code {self.duplicate} stands for two things in this list: give one of them another."


@dataclass(eq=False)
class ContributionWithoutAmount(DomainError):
    """Every member owes a contribution, and it has no amount."""

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "What every member owes needs an amount: give it, or make the contribution voluntary."
