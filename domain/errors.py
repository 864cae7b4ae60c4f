"""What every refusal of the domain is: a reason with a sentence, raised where its rule stands.

Errors of infrastructure (a lost connection, a bug) are not domain errors and never reach a user as one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

__all__ = ["DomainError", "ErrorCode", "RefusedBefore", "error_class", "error_details", "faults_at", "restore_error"]

_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_classes: dict[str, type[DomainError]] = {}


class ErrorCode(StrEnum):
    """The families of reasons: what a client that does not know a reason can still act on."""

    INVALID = "INVALID"
    """The input breaks a rule whatever the state of the group: change it."""
    NOT_FOUND = "NOT_FOUND"
    """Something named in the input does not exist, or may not be seen."""
    CONFLICT = "CONFLICT"
    """The input disagrees with what is recorded: read again, then decide."""
    NOT_ALLOWED = "NOT_ALLOWED"
    """The state or the constitution of the group forbids it."""
    TOO_MANY = "TOO_MANY"
    """Too many attempts: wait, then try again."""


@dataclass(eq=False)
class DomainError(Exception):
    """A refusal with one reason.

    A subclass is a dataclass: its fields are the facts behind the refusal (plain strings, integers and decimals,
    nothing personal, since they may be stored to answer a repeat), `code` its family, and `message` its sentence,
    which says what to do. The reason is the class name in capitals: `MeetingClosed` is `MEETING_CLOSED`.

    Attributes:
        is_of_state: Whether the record is not, or no more, in the state that the request takes it to be in, so that
            whoever made it is shown how it stands.
        path: Where in the input the fault lies, from the input object down: `("items", "2", "amount")`.
    """

    code: ClassVar[ErrorCode] = ErrorCode.INVALID
    is_of_state: ClassVar[bool] = False
    reason: ClassVar[str] = ""
    path: tuple[str, ...] = field(default=(), kw_only=True)

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.reason = _WORD.sub("_", cls.__name__).upper()
        known = _classes.get(cls.reason)
        # A slotted or decorated class is made twice from one definition; two definitions with one reason are a mistake.
        if known is not None and (known.__module__, known.__qualname__) != (cls.__module__, cls.__qualname__):
            raise TypeError(f"two domain errors share the reason {cls.reason}")
        _classes[cls.reason] = cls

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        raise NotImplementedError

    def __str__(self) -> str:
        """The sentence, so that a log of the exception reads well."""
        return self.message

    def at(self, *path: str) -> DomainError:
        """The same refusal, its path put below `path`."""
        self.path = (*path, *self.path)
        return self


@dataclass(eq=False)
class RefusedBefore(DomainError):
    """The request was refused once, for a reason that this release does not know any more."""

    code = ErrorCode.CONFLICT

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "This request was refused before; send it anew with a new key if it still matters."


@contextmanager
def faults_at(*path: str) -> Iterator[None]:
    """Put the path of every refusal that comes out of the block below `path`."""
    try:
        yield
    except DomainError as error:
        error.at(*path)
        raise


_READ: Mapping[str, Callable[[str], Decimal | date | UUID]] = {
    "Decimal": Decimal,
    "UUID": UUID,
    "date": date.fromisoformat,
}
"""How the facts that JSON keeps as strings are read again, by the annotation of the fact."""


def error_class(reason: str) -> type[DomainError]:
    """The class that raises `reason`; raises KeyError for a reason that no class has."""
    return _classes[reason]


def error_details(error: DomainError) -> dict[str, str | int | None]:
    """The facts behind a refusal, as values that JSON keeps exactly (decimals, dates and ids become strings)."""
    values = ((item.name, getattr(error, item.name)) for item in fields(error) if item.name != "path")
    return {name: str(value) if isinstance(value, Decimal | UUID | date) else value for name, value in values}


def restore_error(reason: str, path: tuple[str, ...], details: dict[str, Any]) -> DomainError:
    """The refusal that was stored, to answer a repeat of the request exactly as the first time.

    Where another release stored it and has since renamed the reason or its facts, it is `RefusedBefore`.
    """
    kind = _classes.get(reason, RefusedBefore)
    facts = {item.name: item.type for item in fields(kind) if item.name != "path"}
    if details.keys() != facts.keys():
        return RefusedBefore(path=path)
    try:
        values = {
            name: read(value) if (read := _READ.get(str(facts[name]))) is not None else value
            for name, value in details.items()
        }
    except (InvalidOperation, TypeError, ValueError):
        return RefusedBefore(path=path)
    return kind(**values, path=path)
