"""Users: the people who sign in, made by an administrator or, the first of them, from the command line."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar
from uuid import UUID

from domain.access.passwords import (
    PasswordNotAllowed,
    PasswordTooCommon,
    PasswordTooLong,
    PasswordTooShort,
    check_password,
)
from domain.access.sessions import TryAgainLater
from domain.contact import EmailAddress, NotAnEmailAddress, NotAPhoneNumber, PhoneNumber
from domain.errors import DomainError, ErrorCode, RefusedBefore
from domain.identifiers import NotAnId
from domain.service import IdAlreadyUsed, IdempotencyKeyReused, Outcome
from domain.text import PERSON_NAME_MAX, TextNotAllowed, TextTooLong, TextTooShort, clean_text

__all__ = [
    "USER_CREATE",
    "USER_CREATE_RAISES",
    "AdminExists",
    "CreateUser",
    "EmailTaken",
    "LoginMissing",
    "NewUser",
    "NotALocale",
    "PhoneTaken",
]

USER_CREATE = "userCreate"
"""The business action, as the mutation is called."""

_LOCALE = re.compile(r"[a-z]{2,3}(-[A-Z]{2})?")

_Value = TypeVar("_Value")


@dataclass(eq=False)
class LoginMissing(DomainError):
    """The user has neither a phone number nor an e-mail address."""

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "Give a phone number or an e-mail address: a user signs in with one of them."


@dataclass(eq=False)
class PhoneTaken(DomainError):
    """Another user signs in with the phone number."""

    code = ErrorCode.CONFLICT

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "Another user signs in with this phone number: check it, or look for the user."


@dataclass(eq=False)
class EmailTaken(DomainError):
    """Another user signs in with the e-mail address."""

    code = ErrorCode.CONFLICT

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "Another user signs in with this e-mail address: check it, or look for the user."


@dataclass(eq=False)
class NotALocale(DomainError):
    """The text does not name a language."""

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "This is not a locale: give a language such as sw, with a country if need be, such as en-KE."


@dataclass(eq=False)
class AdminExists(DomainError):
    """The platform has an administrator, who makes all further users."""

    code = ErrorCode.CONFLICT

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "There is an administrator already: have that administrator make the user."


USER_CREATE_RAISES: tuple[type[DomainError], ...] = (
    NotAnId,
    IdempotencyKeyReused,
    RefusedBefore,
    IdAlreadyUsed,
    LoginMissing,
    PhoneTaken,
    EmailTaken,
    NotALocale,
    NotAPhoneNumber,
    NotAnEmailAddress,
    TextTooLong,
    TextTooShort,
    TextNotAllowed,
    PasswordTooShort,
    PasswordTooLong,
    PasswordTooCommon,
    PasswordNotAllowed,
    TryAgainLater,
)


@dataclass(frozen=True, slots=True)
class NewUser:
    """A person who is to sign in, with everything but the password.

    Attributes:
        id: The user's id.
        name: What the person is called.
        phone: What the person signs in with, or
        email: what the person signs in with; one of them at least.
        locale: The language in which the person is addressed, such as `sw` or `en-KE`.
        is_admin: Whether the person administers the platform.

    Raises:
        LoginMissing: There is neither a phone number nor an e-mail address.
        NotALocale: The locale is none.
    """

    id: UUID
    name: str = field(repr=False)
    phone: PhoneNumber | None
    email: EmailAddress | None
    locale: str
    is_admin: bool

    def __post_init__(self) -> None:
        if self.phone is None and self.email is None:
            raise LoginMissing(path=("phone",))
        if not _LOCALE.fullmatch(self.locale):
            raise NotALocale(path=("locale",))


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateUser:
    """The wish to let a person sign in. What is personal does not print."""

    idempotency_key: UUID
    id: UUID | None = None
    name: str = field(repr=False)
    phone: str | None = field(default=None, repr=False)
    email: str | None = field(default=None, repr=False)
    password: str = field(repr=False)
    locale: str = "en"
    is_admin: bool = False

    @property
    def user_id(self) -> UUID:
        """The id that the user will have: its own where it was given, else the idempotency key."""
        return self.id or self.idempotency_key

    def expected_outcome(self) -> Outcome:
        """The outcome when nothing is refused."""
        return Outcome(id=self.user_id)

    def checked(self) -> tuple[NewUser, str]:
        """The user, and the password in the form in which it is hashed.

        Raises:
            LoginMissing: There is neither a phone number nor an e-mail address.
            NotALocale: The locale is none.
            NotAPhoneNumber: The phone number is none in use, or lacks its country code.
            NotAnEmailAddress: The e-mail address is none.
            TextTooLong: The name is too long.
            TextTooShort: The name is empty.
            TextNotAllowed: The name holds a character that may not be stored.
            PasswordTooShort: The password has fewer than 8 characters.
            PasswordTooLong: It has more than 1,024 bytes.
            PasswordTooCommon: It is among the commonest.
            PasswordNotAllowed: It holds NUL or half a character.
        """
        user = NewUser(
            id=self.user_id,
            name=_at("name", lambda: clean_text(self.name, maximum=PERSON_NAME_MAX)),
            phone=_at("phone", lambda: None if self.phone is None else PhoneNumber.parse(self.phone)),
            email=_at("email", lambda: None if self.email is None else EmailAddress.parse(self.email)),
            locale=self.locale,
            is_admin=self.is_admin,
        )
        return user, _at("password", lambda: check_password(self.password))


def _at(field_name: str, read: Callable[[], _Value]) -> _Value:
    """What `read` returns; its refusal names the field."""
    try:
        return read()
    except DomainError as error:
        raise error.at(field_name) from None
