"""Where the values of a level stand in the answer. Consulted only when an error needs its path."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

__all__ = ["Field", "Items", "Picked", "Position", "Positions", "Root"]

Position = list[str | int]
"""A path in the answer, as GraphQL writes it."""


class Positions(ABC):
    """The positions of a level's values, which are numbered from 0."""

    __slots__ = ()

    @abstractmethod
    def path(self, number: int) -> Position:
        """The path of a value."""

    @abstractmethod
    def stop(self, number: int) -> Position:
        """Where an error at the value turns into a null: at the value, or above it at the first that may be null."""


class Root(Positions):
    """The one position of an operation's data."""

    __slots__ = ()

    def path(self, number: int) -> Position:  # noqa: ARG002 - there is one only
        """See `Positions`."""
        return []

    def stop(self, number: int) -> Position:  # noqa: ARG002
        """See `Positions`."""
        return []


class Field(Positions):
    """The values of one field, one for each object above."""

    __slots__ = ("is_non_null", "key", "objects")

    def __init__(self, objects: Positions, key: str, *, is_non_null: bool) -> None:
        self.objects = objects
        self.key = key
        self.is_non_null = is_non_null

    def path(self, number: int) -> Position:
        """See `Positions`."""
        return [*self.objects.path(number), self.key]

    def stop(self, number: int) -> Position:
        """See `Positions`."""
        return self.objects.stop(number) if self.is_non_null else self.path(number)


class Picked(Positions):
    """Some of the values of another level."""

    __slots__ = ("numbers", "values")

    def __init__(self, values: Positions, numbers: Sequence[int]) -> None:
        self.values = values
        self.numbers = numbers

    def path(self, number: int) -> Position:
        """See `Positions`."""
        return self.values.path(self.numbers[number])

    def stop(self, number: int) -> Position:
        """See `Positions`."""
        return self.values.stop(self.numbers[number])


class Items(Positions):
    """The items of lists, one list after the other."""

    __slots__ = ("is_non_null", "lengths", "lists")

    def __init__(self, lists: Positions, lengths: Sequence[int], *, is_non_null: bool) -> None:
        self.lists = lists
        self.lengths = lengths
        self.is_non_null = is_non_null

    def _place(self, number: int) -> tuple[int, int]:
        for owner, length in enumerate(self.lengths):
            if number < length:
                return owner, number
            number -= length
        raise IndexError(number)

    def path(self, number: int) -> Position:
        """See `Positions`."""
        owner, place = self._place(number)
        return [*self.lists.path(owner), place]

    def stop(self, number: int) -> Position:
        """See `Positions`."""
        return self.lists.stop(self._place(number)[0]) if self.is_non_null else self.path(number)
