"""How often one may try what others could try to guess: attempts are counted, whether or not they succeed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv6Address, ip_address, ip_network

from domain.errors import DomainError, ErrorCode

__all__ = ["SIGN_IN_LIMITS", "AttemptLimit", "SignInLimits", "TooManyAttempts", "place_of"]

IPV6_PREFIX = 64
"""Whoever has one address of the sixth version has all of its network, so it counts as one place."""


@dataclass(eq=False)
class TooManyAttempts(DomainError):
    """There were more attempts with this login, or from this place, than one may make in the time."""

    code = ErrorCode.TOO_MANY
    wait_seconds: int

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return f"There were too many attempts to sign in: wait {self.wait_seconds} seconds, then try again."


@dataclass(frozen=True, slots=True)
class AttemptLimit:
    """How often something may be tried.

    Attributes:
        burst: How many attempts may be made at once.
        period: After how long each of them may be made again.
    """

    burst: int
    period: timedelta

    def __post_init__(self) -> None:
        if self.burst < 1 or self.period <= timedelta(0):
            raise ValueError("an attempt can be made, and made again some time later")


@dataclass(frozen=True, slots=True)
class SignInLimits:
    """How often one may try to sign in.

    Attributes:
        of_login: With one login, whether or not anybody has it.
        of_place: From one address, behind which there can be a whole village.
    """

    of_login: AttemptLimit
    of_place: AttemptLimit


SIGN_IN_LIMITS = SignInLimits(
    of_login=AttemptLimit(10, timedelta(minutes=1)),
    of_place=AttemptLimit(30, timedelta(seconds=1)),
)


def place_of(address: str | None) -> str | None:
    """What an IP address counts as: itself, or its network of the sixth version; None for what is no address."""
    try:
        read = ip_address((address or "").partition("%")[0])
    except ValueError:
        return None
    if isinstance(read, IPv6Address):
        return str(read.ipv4_mapped or ip_network((read, IPV6_PREFIX), strict=False))
    return str(read)
