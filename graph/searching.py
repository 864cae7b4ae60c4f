"""What a search may be."""

from domain.errors import DomainError
from domain.text import clean_text
from graph.errors import InvalidArgument

__all__ = ["GROUP_SEARCH_DESCRIPTION", "SEARCH_DESCRIPTION", "searched"]

SEARCH_MIN = 2
SEARCH_MAX = 80

SEARCH_DESCRIPTION = (
    "Beginnings of words of the name, with accents and capitals or without, each word with a slip of the pen at most; "
    "or the number in the group; or the whole phone number. By what you may not see, nobody is found, and of many the "
    "best 200 are."
)


GROUP_SEARCH_DESCRIPTION = (
    "Only those whose name or village has these beginnings of words, with accents and capitals or without, each word "
    "with a slip of the pen after its first letter at most."
)


def searched(text: str | None) -> str | None:
    """The text to look for, or none.

    Raises:
        InvalidArgument: It is too short or too long to look for, or no text.
    """
    if text is None:
        return None
    try:
        found = clean_text(text, maximum=SEARCH_MAX)
    except DomainError as error:
        raise InvalidArgument(error.message) from None
    if len(found) < SEARCH_MIN and not found.isdecimal():
        raise InvalidArgument(f"Give at least {SEARCH_MIN} letters to look for.")
    return found
