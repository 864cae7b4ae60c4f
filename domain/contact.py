"""How a person is reached: phone numbers and e-mail addresses, checked, in one form, and masked wherever they print.

Neither prints itself whole: what ends in a log or a traceback shows enough to recognise, not enough to use. The value
itself is `value`.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

import phonenumbers

from domain.errors import DomainError

__all__ = [
    "EMAIL_ADDRESS_MAX",
    "PHONE_TEXT_MAX",
    "EmailAddress",
    "NotAPhoneNumber",
    "NotAnEmailAddress",
    "PhoneNumber",
]

PHONE_TEXT_MAX = 40
"""The longest text that is read as a phone number, in characters."""

EMAIL_ADDRESS_MAX = 254
"""The longest e-mail address, in bytes of UTF-8: what fits the path of RFC 5321."""

_LOCAL_PART_MAX = 64
_LABEL_MAX = 63
_CALLING_CODE_MAX = 3
_SHOWN_DIGITS = 3

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
# Letters are left out on purpose: the library reads them as the digits of a keypad.
_PHONE_TEXT = re.compile(r"\+?[\d ()./\-\u00a0\u2010\u2011]+")
_ATEXT = frozenset("!#$%&'*+-/=?^_`{|}~")


class NotAPhoneNumber(DomainError):
    """The text is not a phone number that anyone could have."""

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "This is not a phone number in use: write it with its country code, such as +254 712 345 678."


class NotAnEmailAddress(DomainError):
    """The text is not an e-mail address."""

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "This is not an e-mail address: write it as name@example.org."


@dataclass(frozen=True, slots=True, repr=False)
class PhoneNumber:
    """A phone number in the form of E.164.

    Only `parse` asks whether the number can exist: numbering plans change, and a number that was accepted once must
    stay readable.

    Attributes:
        value: `+`, country code and national number, without anything between: `+254712345678`.

    Raises:
        NotAPhoneNumber: If the value does not have the form.
    """

    value: str

    def __post_init__(self) -> None:
        if not _E164.fullmatch(self.value):
            raise NotAPhoneNumber

    @classmethod
    def parse(cls, text: str, default_region: str | None = None) -> PhoneNumber:
        """Reads a number as people write it, with spaces, hyphens, dots, slashes or brackets.

        Args:
            text: With `+` and the country code; where there is a region, the national form is read too.
            default_region: The ISO 3166-1 code of the country whose national form is meant, such as `KE`.

        Raises:
            NotAPhoneNumber: If it is not a number in use by the plan of its country, or has an extension.
        """
        written = text.strip()
        if len(written) > PHONE_TEXT_MAX or not _PHONE_TEXT.fullmatch(written):
            raise NotAPhoneNumber
        try:
            number = phonenumbers.parse(written, default_region)
        except phonenumbers.NumberParseException:
            raise NotAPhoneNumber from None
        if not phonenumbers.is_valid_number(number):
            raise NotAPhoneNumber
        return cls(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))

    def __repr__(self) -> str:
        """Masked: the country code and the last three digits."""
        return f"PhoneNumber(+{_calling_code(self.value)}…{self.value[-_SHOWN_DIGITS:]})"


@dataclass(frozen=True, slots=True, repr=False)
class EmailAddress:
    """An e-mail address, as its owner writes it.

    Mail goes to `value`; search and uniqueness go by `lookup`, since people do not keep to capitals.

    Attributes:
        value: The address in normal form C, without outer white space.

    Raises:
        NotAnEmailAddress: If it is not `local@domain` with a domain of at least two labels. Quoted local parts,
            comments and bare IP addresses, which the standard allows and nobody uses, are refused.
    """

    value: str

    def __post_init__(self) -> None:
        if not _is_email_address(self.value):
            raise NotAnEmailAddress

    @classmethod
    def parse(cls, text: str) -> EmailAddress:
        """Reads an address, dropping white space around it.

        Raises:
            NotAnEmailAddress: If it is none.
        """
        written = text.strip()
        # Before normalising, which is slow on a long run of combining marks; a character is one byte at least.
        if len(written) > EMAIL_ADDRESS_MAX:
            raise NotAnEmailAddress
        return cls(unicodedata.normalize("NFC", written))

    @property
    def lookup(self) -> str:
        """The address in small letters, to find it by."""
        return unicodedata.normalize("NFC", self.value.lower())

    def __repr__(self) -> str:
        """Masked: the first character of a longer local part, and the domain."""
        local, _, domain = self.value.rpartition("@")
        return f"EmailAddress({local[:1] if len(local) > 1 else ''}…@{domain})"


def _calling_code(value: str) -> str:
    """The country code of a number; the plan makes no code the beginning of another."""
    for length in range(1, _CALLING_CODE_MAX + 1):
        if int(value[1 : 1 + length]) in phonenumbers.COUNTRY_CODE_TO_REGION_CODE:
            return value[1 : 1 + length]
    return ""


def _is_email_address(value: str) -> bool:
    """Whether the text has the form of an address."""
    local, _, domain = value.rpartition("@")
    labels = domain.split(".")
    return (
        _fits(value, EMAIL_ADDRESS_MAX)
        and _fits(local, _LOCAL_PART_MAX)
        and unicodedata.is_normalized("NFC", value)
        and all(atom and all(map(_is_local, atom)) for atom in local.split("."))
        and len(labels) > 1
        and all(map(_is_label, labels))
        and not labels[-1].isdecimal()
    )


def _fits(text: str, maximum: int) -> bool:
    """Whether the text takes at most so many bytes; a lone surrogate, which has none, counts as one."""
    return len(text) <= maximum and len(text.encode("utf-8", "replace")) <= maximum


def _is_local(character: str) -> bool:
    """Whether a character may stand in a local part."""
    return character in _ATEXT or _is_word(character)


def _is_label(label: str) -> bool:
    """Whether the text may stand between the dots of a domain."""
    has_letters = bool(label) and all(character == "-" or _is_word(character) for character in label)
    return has_letters and not label.startswith("-") and not label.endswith("-") and _fits(label, _LABEL_MAX)


def _is_word(character: str) -> bool:
    """Whether a character is a letter, a digit or a mark on one, in any script."""
    return unicodedata.category(character)[0] in "LMN"
