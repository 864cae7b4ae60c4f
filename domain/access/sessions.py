"""Sessions: how a person signs in on a device, stays signed in, and is signed out.

What is answered to a failed sign-in tells nothing: one refusal stands for a wrong password, an unknown login, a
suspended user and a locked login alike.
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from uuid import UUID

from domain.access.attempts import TooManyAttempts
from domain.access.passwords import PasswordTooLong
from domain.contact import PHONE_TEXT_MAX, EmailAddress, NotAnEmailAddress, NotAPhoneNumber, PhoneNumber
from domain.errors import DomainError, ErrorCode
from domain.identifiers import NotAnId

__all__ = [
    "ADDRESS_CHARACTERS_MAX",
    "DEVICE_NAME_MAX",
    "FIRST_LOCK",
    "FORGOTTEN_AFTER",
    "FREE_ATTEMPTS",
    "IDLE_LIFE",
    "LONGEST_LOCK",
    "SESSION_OPEN_RAISES",
    "SESSION_REFRESH_RAISES",
    "SESSION_REVOKE_RAISES",
    "USER_AGENT_MAX",
    "Device",
    "DeviceType",
    "OpenSession",
    "RefreshRefused",
    "RefreshSession",
    "RefreshTokenReused",
    "RevokeSession",
    "SessionNotFound",
    "SessionRole",
    "SignInRefused",
    "TryAgainLater",
    "read_login",
]

FREE_ATTEMPTS = 5
"""Failures with one login until it is locked."""

FIRST_LOCK = timedelta(minutes=1)
"""How long the first lock lasts; each failure after it locks for twice as long."""

LONGEST_LOCK = timedelta(hours=1)

FORGOTTEN_AFTER = timedelta(days=1)
"""Failures count until so long after the last of them."""

IDLE_LIFE = timedelta(days=90)
"""How long a session lives without being refreshed, unless the installation sets it otherwise."""

DEVICE_NAME_MAX = 80
USER_AGENT_MAX = 300

ADDRESS_CHARACTERS_MAX = 64
"""The longest text that is read as an IP address; longer than any, its zone included."""

_PHONE_PUNCTUATION = re.compile(r"[\s()./\-]")
_READ_TIMES = 4
"""How many times the limit is read of a text that is to be cut: what is left out counts for nothing."""


class DeviceType(StrEnum):
    """What a session was opened on, as the device says."""

    UNKNOWN = "UNKNOWN"
    MOBILE = "MOBILE"
    TABLET = "TABLET"
    DESKTOP = "DESKTOP"
    SERVER = "SERVER"


class SessionRole(StrEnum):
    """What a session is for: the user's own groups, or the administration of the platform. It never changes."""

    APP = "APP"
    ADMIN = "ADMIN"


@dataclass(eq=False)
class SignInRefused(DomainError):
    """The login is unknown, suspended or locked, or the password is wrong; which of them, nobody is told."""

    code = ErrorCode.NOT_ALLOWED

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return (
            "You could not be signed in: check the phone number or e-mail address and the password, "
            "and after several failures wait an hour before you try again."
        )


@dataclass(eq=False)
class RefreshRefused(DomainError):
    """The refresh token is unknown, or its session expired, was revoked, or belongs to a suspended user."""

    code = ErrorCode.NOT_ALLOWED

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "This session is over: sign in again."


@dataclass(eq=False)
class RefreshTokenReused(DomainError):
    """The refresh token was exchanged long ago: somebody holds a copy, so the session was revoked."""

    code = ErrorCode.CONFLICT

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "This session was ended because its refresh token was used twice: sign in again."


@dataclass(eq=False)
class SessionNotFound(DomainError):
    """The user has no session with this id."""

    code = ErrorCode.NOT_FOUND

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "You have no such session: check its id in the list of your sessions."


@dataclass(eq=False)
class TryAgainLater(DomainError):
    """Too many passwords are being checked at this moment."""

    code = ErrorCode.TOO_MANY

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "Too many people are signing in at this moment: try again in a few seconds."


SESSION_OPEN_RAISES: tuple[type[DomainError], ...] = (
    SignInRefused,
    PasswordTooLong,
    TooManyAttempts,
    TryAgainLater,
)
SESSION_REFRESH_RAISES: tuple[type[DomainError], ...] = (RefreshRefused, RefreshTokenReused)
SESSION_REVOKE_RAISES: tuple[type[DomainError], ...] = (NotAnId, SessionNotFound)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSession:
    """The wish to sign in.

    Attributes:
        login: A phone number or an e-mail address, as it was typed.
        password: As it was typed.
        device_type: What the session is opened on.
        device_name: What the person calls the device, to find it in the list of sessions.
        region: The ISO 3166-1 code of the country whose national form of phone numbers is read as well.
        as_admin: Whether the session is to administer the platform, which only administrators may.
    """

    login: str = field(repr=False)
    password: str = field(repr=False)
    device_type: DeviceType = DeviceType.UNKNOWN
    device_name: str | None = None
    region: str | None = None
    as_admin: bool = False

    @property
    def role(self) -> SessionRole:
        """The role that the session is to have."""
        return SessionRole.ADMIN if self.as_admin else SessionRole.APP


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshSession:
    """The wish to stay signed in."""

    refresh_token: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokeSession:
    """The wish to end one of one's own sessions, on whatever device."""

    session_id: UUID


@dataclass(frozen=True, slots=True)
class Device:
    """What a session was opened on, to be recognised in a list; nothing is decided by it.

    Attributes:
        type: As the device says.
        name: What the person calls it.
        address: The IP address from which the session was opened.
        user_agent: What the program calls itself.
    """

    type: DeviceType
    name: str | None
    address: str | None
    user_agent: str | None

    @classmethod
    def described(cls, type_: DeviceType, name: str | None, *, address: str | None, user_agent: str | None) -> Device:
        """The device, from what it sent: cleaned, cut to length, and dropped where nothing is left.

        Nobody chooses these texts with care, and no sign-in fails because of one.
        """
        return cls(type_, _label(name, DEVICE_NAME_MAX), _address(address), _label(user_agent, USER_AGENT_MAX))


def read_login(text: str, region: str | None = None) -> PhoneNumber | EmailAddress | None:
    """The phone number or e-mail address that somebody typed to sign in; None if it is neither.

    Args:
        text: A phone number with its country code, or an e-mail address.
        region: The ISO 3166-1 code of the country whose national form of phone numbers is read as well.
    """
    try:
        return EmailAddress.parse(text) if "@" in text else PhoneNumber.parse(text, region)
    except NotAnEmailAddress:
        return None
    except NotAPhoneNumber:
        return _number_of_another_plan(text)


def _number_of_another_plan(text: str) -> PhoneNumber | None:
    """A number that is in no plan any more, but may have been when its owner was entered."""
    if len(text) > PHONE_TEXT_MAX:
        return None
    try:
        return PhoneNumber(_PHONE_PUNCTUATION.sub("", text))
    except NotAPhoneNumber:
        return None


def _label(text: str | None, maximum: int) -> str | None:
    """The printable part of a text, on one line and at most so long; None if nothing is left."""
    if text is None:
        return None
    # Composing is slow on a long run of combining marks, so only a part is read.
    start = text[: maximum * _READ_TIMES]
    printable = "".join(character if character.isprintable() else " " for character in start)
    composed = unicodedata.normalize("NFC", " ".join(printable.split()))
    return composed[:maximum].rstrip() or None


def _address(text: str | None) -> str | None:
    """An IP address in its usual form, without a zone; None if it is none."""
    if text is None or len(text) > ADDRESS_CHARACTERS_MAX:
        return None
    try:
        address = ipaddress.ip_address(text.strip().partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return str(mapped or address)
