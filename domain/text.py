"""One way to clean what people write, so that every name and note is stored, compared and counted alike.

Text is kept in Unicode normal form C, without outer white space, and without characters that break storage or that
make text look other than it is. Lengths are in code points, as PostgreSQL counts them.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from domain.errors import DomainError

__all__ = [
    "GROUP_NAME_MAX",
    "NOTE_MAX",
    "PERSON_NAME_MAX",
    "PLACE_MAX",
    "TextNotAllowed",
    "TextTooLong",
    "TextTooShort",
    "clean_text",
]

PERSON_NAME_MAX = 120
GROUP_NAME_MAX = 120
PLACE_MAX = 160
NOTE_MAX = 2000

_LONGEST_DECOMPOSITION = 4
"""One character of normal form C stands for at most so many code points."""

# Line ends as Windows and old Macs write them.
_LINE_END = re.compile(r"\r\n?")
# Embeddings, overrides and isolates reorder what follows; the marks U+200E and U+200F do not and are needed.
_REORDERING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_REFUSED_CATEGORIES = frozenset({"Cc", "Cs", "Zl", "Zp"})
_INVISIBLE_CATEGORIES = frozenset({"Cc", "Cf", "Zs"})
_ZERO_WIDTH_NO_BREAK_SPACE = "\ufeff"


@dataclass(eq=False)
class TextTooLong(DomainError):
    """The text is longer than its place allows.

    Attributes:
        maximum: The most characters allowed.
    """

    maximum: int

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return f"Shorten this text to at most {self.maximum} characters."


@dataclass(eq=False)
class TextTooShort(DomainError):
    """The text is empty, invisible, or shorter than its place needs.

    Attributes:
        minimum: The fewest characters needed.
    """

    minimum: int

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        if self.minimum == 1:
            return "Write something here: this text may not be empty."
        return f"Write at least {self.minimum} characters here."


@dataclass(eq=False)
class TextNotAllowed(DomainError):
    """The text holds a character that cannot be stored or that hides what the text says.

    Attributes:
        character: The code point, such as `U+0000`.
    """

    character: str

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return f"Remove the character {self.character} from this text: it cannot be used here."


def clean_text(value: str, *, maximum: int, minimum: int = 1, multiline: bool = False) -> str:
    """The text as it is stored: outer white space gone, in normal form C.

    Args:
        value: What was written.
        maximum: The most characters, counted in the cleaned text.
        minimum: The fewest characters. Where it is above zero, something in the text must be visible.
        multiline: Whether tabs and line ends are allowed; line ends become a line feed.

    Raises:
        TextNotAllowed: If there is a control character, a lone surrogate, a noncharacter, a line or paragraph
            separator, a byte order mark, or a character that reorders text.
        TextTooLong: If there are more characters than `maximum`.
        TextTooShort: If there are fewer than `minimum`, or only invisible ones.
    """
    text = value.strip()
    # Normalising is slow on a long run of combining marks, so what is too long however it composes stops here.
    if len(text) > maximum * _LONGEST_DECOMPOSITION:
        raise TextTooLong(maximum)
    if multiline:
        text = _LINE_END.sub("\n", text)
    _check_characters(text, "\n\t" if multiline else "")
    text = unicodedata.normalize("NFC", text)
    if len(text) > maximum:
        raise TextTooLong(maximum)
    if len(text) < minimum or (minimum > 0 and not _is_visible(text)):
        raise TextTooShort(minimum)
    return text


def _check_characters(text: str, allowed: str) -> None:
    """Refuses the first character that may not be stored."""
    # Most text is printable throughout, which one call in C settles.
    if text.isprintable():
        return
    for character in text:
        if character not in allowed and _is_refused(character):
            raise TextNotAllowed(f"U+{ord(character):04X}")


def _is_refused(character: str) -> bool:
    """Whether a character is refused wherever it stands."""
    point = ord(character)
    is_noncharacter = point & 0xFFFE == 0xFFFE or 0xFDD0 <= point <= 0xFDEF  # noqa: PLR2004 - Unicode's own ranges
    return (
        unicodedata.category(character) in _REFUSED_CATEGORIES
        or character in _REORDERING
        or character == _ZERO_WIDTH_NO_BREAK_SPACE
        or is_noncharacter
    )


def _is_visible(text: str) -> bool:
    """Whether at least one character leaves ink."""
    return any(unicodedata.category(character) not in _INVISIBLE_CATEGORIES for character in text)
