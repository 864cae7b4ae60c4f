"""What a password must be, decided before it is hashed.

Length counts, composition does not: no rule asks for digits or capitals. Nothing here knows how passwords are hashed.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from domain.errors import DomainError

__all__ = [
    "COMMON_PASSWORDS",
    "PASSWORD_BYTES_MAX",
    "PASSWORD_CHARACTERS_MIN",
    "PasswordNotAllowed",
    "PasswordTooCommon",
    "PasswordTooLong",
    "PasswordTooShort",
    "check_password",
    "normalise_password",
]

PASSWORD_CHARACTERS_MIN = 8
PASSWORD_BYTES_MAX = 1_024
"""In UTF-8, as typed and as normalised; so that a long text cannot keep the server busy."""

COMMON_PASSWORDS = frozenset(
    """
    00000001 01234567 0123456789 0987654321 102030405060 11112222 11223344 1122334455 12121212 12341234 1234512345
    12345678 123456789 1234567890 12345678910 123456789a 1234567a 1234qwer 123123123 123321123 12344321 123654789
    147258369 19841984 1q2w3e4r 1q2w3e4r5t 1qaz2wsx 20202020 20252025 31415926 55667788 741852963 789456123 87654321
    963852741 987654321 9876543210 a1234567 a12345678 a123456789 aa123456 aa12345678 abc12345 abcd1234 abcdefgh
    abcdefghi admin123 administrator alexander arsenal1 asdf1234 asdfasdf asdfghjk asdfghjkl babygirl baseball blessing
    butterfly changeme charlie1 chelsea1 chocolate computer danielle dragon123 elizabeth football football1
    godisgood godisgreat harambee iloveyou iloveyou1 iloveyou2 internet jambokenya jennifer jesus123 jesuschrist
    jesusislord kenya123 kenya254 kibubu123 liverpool manchester manutd123 michelle mombasa1 mpesa1234 mungu123 nairobi1
    nakupenda nakupenda1 p@ssw0rd pa55word passw0rd password password1 password12 password123 password1234 princess
    princess1 q1w2e3r4 q1w2e3r4t5 qazwsxedc qwer1234 qwert123 qwerty12 qwerty123 qwerty1234 qwertyui qwertyuiop
    safaricom samantha secret123 starwars sunshine sunshine1 superman tanzania test1234 trustno1 uganda256 welcome1
    welcome123 whatever zaq12wsx zxcvbnm1 zxcvbnm123
    """.split()  # noqa: SIM905 - a hundred words read better as a text than as a list of literals
)
"""The commonest passwords that are long enough to be tried, in lower case."""


@dataclass(eq=False)
class PasswordTooShort(DomainError):
    """The password has fewer characters than `minimum`."""

    minimum: int

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return f"Choose a password of at least {self.minimum} characters."


@dataclass(eq=False)
class PasswordTooLong(DomainError):
    """The password has more bytes in UTF-8 than `maximum`."""

    maximum: int

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return f"Choose a password of at most {self.maximum:,} bytes."


@dataclass(eq=False)
class PasswordTooCommon(DomainError):
    """The password is among the first that an attacker tries."""

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "Choose a password that is harder to guess, such as three or four words that do not belong together."


@dataclass(eq=False)
class PasswordNotAllowed(DomainError):
    """The password holds a character that not every device can send alike."""

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "Choose a password of ordinary letters, digits, signs and spaces."


def check_password(text: str) -> str:
    """A new password in the form in which it is hashed.

    Raises:
        PasswordTooLong: It has more than 1,024 bytes.
        PasswordNotAllowed: It holds NUL or half a character.
        PasswordTooShort: It has fewer than 8 characters.
        PasswordTooCommon: It is one character repeated, or among the commonest passwords.
    """
    password = normalise_password(text)
    # One typed sign can unfold into many characters, and many typed signs can fold into few: both must be enough.
    if min(len(text), len(password)) < PASSWORD_CHARACTERS_MIN:
        raise PasswordTooShort(PASSWORD_CHARACTERS_MIN)
    folded = password.casefold()
    if len(set(folded)) == 1 or folded in COMMON_PASSWORDS:
        raise PasswordTooCommon
    return password


def normalise_password(text: str) -> str:
    """A password typed at sign-in, in the form in which it was hashed (Unicode NFKC).

    Keyboards write the same letter in different ways; all of them must open the same account. The rules for new
    passwords are not applied here, since they may have been milder when the password was chosen.

    Raises:
        PasswordTooLong: It has more than 1,024 bytes, so that it cannot be the password of anybody.
        PasswordNotAllowed: It holds NUL or half a character, so that it cannot either.
    """
    _check_size(text)
    password = unicodedata.normalize("NFKC", text)
    _check_size(password)
    return password


def _check_size(text: str) -> None:
    if len(text) > PASSWORD_BYTES_MAX:
        raise PasswordTooLong(PASSWORD_BYTES_MAX)
    try:
        size = len(text.encode())
    except UnicodeEncodeError:
        # The original error carries the password.
        raise PasswordNotAllowed from None
    if size > PASSWORD_BYTES_MAX:
        raise PasswordTooLong(PASSWORD_BYTES_MAX)
    if "\x00" in text:
        raise PasswordNotAllowed
