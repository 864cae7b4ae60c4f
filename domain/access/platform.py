"""What whoever runs the platform decides for all of it: who begins groups, and whether new ones wait to be verified."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from domain.errors import DomainError, RefusedBefore
from domain.service import IdempotencyKeyReused, Outcome, VersionStale

__all__ = [
    "PLATFORM_ID",
    "PLATFORM_REVISE",
    "PLATFORM_REVISE_RAISES",
    "GroupFounders",
    "NothingToRevise",
    "RevisePlatform",
]

PLATFORM_REVISE = "platformRevise"
"""The business action, as the mutation is called."""

PLATFORM_ID = UUID(int=0)
"""What stands for the platform, which has no id, where an outcome is kept."""


class GroupFounders(StrEnum):
    """Who begins groups."""

    ANYONE = "ANYONE"
    PARTNERS = "PARTNERS"
    ADMINS = "ADMINS"


@dataclass(eq=False)
class NothingToRevise(DomainError):
    """No setting was given."""

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "Give at least one setting of the platform that is to be another."


PLATFORM_REVISE_RAISES: tuple[type[DomainError], ...] = (
    IdempotencyKeyReused,
    RefusedBefore,
    VersionStale,
    NothingToRevise,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisePlatform:
    """The wish to decide otherwise for the platform; what is None stays as it is."""

    idempotency_key: UUID
    expected_version: int
    group_founders: GroupFounders | None = None
    is_verification_required: bool | None = None

    def expected_outcome(self) -> Outcome:
        """The outcome when nothing is refused."""
        return Outcome(id=PLATFORM_ID)

    def check(self) -> None:
        """Raise NothingToRevise where nothing is to be another."""
        if self.group_founders is None and self.is_verification_required is None:
            raise NothingToRevise
