"""What is written of a member, checked and brought into the one form in which it is kept."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from domain.contact import EmailAddress, NotAnEmailAddress, NotAPhoneNumber, PhoneNumber
from domain.errors import DomainError, faults_at
from domain.members.records import NextOfKin, Personal
from domain.text import PERSON_NAME_MAX, PLACE_MAX, TextNotAllowed, TextTooLong, TextTooShort, clean_text

__all__ = [
    "FACT_ERRORS",
    "BirthNotPlausible",
    "FactsGiven",
    "KinGiven",
    "NationalIdInvalid",
    "PhotoNotAReference",
    "checked_name",
    "checked_personal",
    "checked_photo",
]

AGE_MAX = 130
"""Nobody is older, in years."""

NATIONAL_ID_MIN = 4
NATIONAL_ID_MAX = 32
PHOTO_MAX = 500
RELATIONSHIP_MAX = 60

_NOT_IN_NATIONAL_ID = re.compile(r"[\s./-]+")
_NATIONAL_ID = re.compile(rf"[0-9A-Z]{{{NATIONAL_ID_MIN},{NATIONAL_ID_MAX}}}")
_PHOTO = re.compile(r"(https://|[\w.-]+/)\S+|[\w.-]+")


@dataclass(eq=False)
class NationalIdInvalid(DomainError):
    """The text is no number of an identity card or passport."""

    minimum: int
    maximum: int

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return f"Write the national id with {self.minimum} to {self.maximum} letters and digits."


@dataclass(eq=False)
class BirthNotPlausible(DomainError):
    """Nobody who can be a member was born then, or year and date contradict each other."""

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "Check the birth date or year: it must be in the past, and one of the two is enough."


@dataclass(eq=False)
class PhotoNotAReference(DomainError):
    """The text does not say where a picture is."""

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "Say where the picture is kept: an address that begins with https://, or the name of a stored file."


FACT_ERRORS = (
    TextTooLong,
    TextTooShort,
    TextNotAllowed,
    NotAPhoneNumber,
    NotAnEmailAddress,
    NationalIdInvalid,
    BirthNotPlausible,
    PhotoNotAReference,
)
"""What may be wrong with what is written of a member."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KinGiven:
    """The next of kin as written."""

    name: str
    relationship: str | None = None
    phone: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FactsGiven:
    """What few may know of a member, as written; part of the commands that enter or change one."""

    phone: str | None = None
    email: str | None = None
    national_id: str | None = None
    born_on: date | None = None
    birth_year: int | None = None
    address: str | None = None
    next_of_kin: KinGiven | None = None


def checked_name(value: str) -> str:
    """What a member is called."""
    with faults_at("name"):
        return clean_text(value, maximum=PERSON_NAME_MAX)


def checked_photo(value: str | None) -> str | None:
    """Where a member's picture is."""
    if value is None:
        return None
    with faults_at("photo"):
        text = clean_text(value, maximum=PHOTO_MAX)
        if not _PHOTO.fullmatch(text):
            raise PhotoNotAReference
        return text


def checked_personal(given: FactsGiven, country: str, today: date) -> Personal:
    """What few may know of a member, each in its one form.

    Args:
        given: As it was written.
        country: The group's, whose way to write phone numbers is taken, and whose ids the national ids are.
        today: The group's date.

    Raises:
        DomainError: Any of `FACT_ERRORS`, with the path of the field.
    """
    return Personal(
        phone=_phone(given.phone, country),
        email=_email(given.email),
        national_id=_national_id(given.national_id, country),
        birth=_birth(given, today),
        address=_address(given.address),
        next_of_kin=_kin(given.next_of_kin, country),
    )


def _phone(value: str | None, country: str) -> PhoneNumber | None:
    with faults_at("phone"):
        return None if value is None else PhoneNumber.parse(value, country)


def _email(value: str | None) -> EmailAddress | None:
    with faults_at("email"):
        return None if value is None else EmailAddress.parse(value)


def _national_id(value: str | None, country: str) -> str | None:
    if value is None:
        return None
    text = _NOT_IN_NATIONAL_ID.sub("", value).upper()
    if not _NATIONAL_ID.fullmatch(text):
        raise NationalIdInvalid(NATIONAL_ID_MIN, NATIONAL_ID_MAX, path=("nationalId",))
    return f"{country}:{text}"


def _birth(given: FactsGiven, today: date) -> str | None:
    born, year = given.born_on, given.birth_year
    field = "birthYear" if born is None else "bornOn"
    if born is not None and year is not None and born.year != year:
        raise BirthNotPlausible(path=(field,))
    if born is not None and born > today:
        raise BirthNotPlausible(path=(field,))
    known = year if born is None else born.year
    if known is None:
        return None
    if not today.year - AGE_MAX <= known <= today.year:
        raise BirthNotPlausible(path=(field,))
    return f"{known:04}" if born is None else born.isoformat()


def _address(value: str | None) -> str | None:
    with faults_at("address"):
        return None if value is None else clean_text(value, maximum=PLACE_MAX, multiline=True)


def _kin(given: KinGiven | None, country: str) -> NextOfKin | None:
    if given is None:
        return None
    with faults_at("nextOfKin"):
        phone = _phone(given.phone, country)
        with faults_at("relationship"):
            relationship = (
                None if given.relationship is None else clean_text(given.relationship, maximum=RELATIONSHIP_MAX)
            )
        return NextOfKin(
            name=checked_name(given.name), relationship=relationship, phone=None if phone is None else phone.value
        )
