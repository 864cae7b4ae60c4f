"""Whether a user may sign in: an administrator suspends whoever must not any more, and lets her in again."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from domain.errors import DomainError, ErrorCode, RefusedBefore
from domain.identifiers import NotAnId
from domain.service import IdempotencyKeyReused, Outcome

__all__ = [
    "STANDING_RAISES",
    "USER_REACTIVATE",
    "USER_SUSPEND",
    "ReactivateUser",
    "StandingCommand",
    "SuspendUser",
    "UserIsYourself",
    "UserStatus",
    "UserUnknown",
    "initials_of",
]

USER_SUSPEND = "userSuspend"
USER_REACTIVATE = "userReactivate"
"""The business actions, as the mutations are called."""

INITIALS_MAX = 2
"""How many letters stand for a name where there is no picture."""


class UserStatus(StrEnum):
    """Whether a user may sign in."""

    PENDING = "PENDING"
    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"
    INACTIVE = "INACTIVE"


@dataclass(eq=False)
class UserUnknown(DomainError):
    """There is no such user."""

    code = ErrorCode.NOT_FOUND

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "There is no user with this id: look for the user by phone number or e-mail address."


@dataclass(eq=False)
class UserIsYourself(DomainError):
    """Administrators would shut themselves out."""

    code = ErrorCode.NOT_ALLOWED

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "You cannot do this to yourself: have another administrator do it."


STANDING_RAISES: tuple[type[DomainError], ...] = (
    NotAnId,
    IdempotencyKeyReused,
    RefusedBefore,
    UserUnknown,
    UserIsYourself,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingCommand:
    """The wish that a user may, or may not, sign in. Whoever is there already stays there."""

    operation: ClassVar[str]
    becomes: ClassVar[UserStatus]

    idempotency_key: UUID
    user_id: UUID

    def expected_outcome(self) -> Outcome:
        """The outcome when nothing is refused."""
        return Outcome(id=self.user_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class SuspendUser(StandingCommand):
    """The wish that a user signs in no more; her sessions end at once."""

    operation = USER_SUSPEND
    becomes = UserStatus.SUSPENDED


@dataclass(frozen=True, slots=True, kw_only=True)
class ReactivateUser(StandingCommand):
    """The wish that a user may sign in again."""

    operation = USER_REACTIVATE
    becomes = UserStatus.ACTIVE


def initials_of(name: str | None) -> str | None:
    """The first letters of the first and the last word of a name, in capitals; None without a letter."""
    words = [word for word in (name or "").split() if word[0].isalpha()]
    ends = [words[0], *words[1:][-1:]] if words else []
    return "".join(word[0].upper() for word in ends)[:INITIALS_MAX] or None
