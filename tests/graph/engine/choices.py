"""Drawn bytes as a source of choices.

One draw of bytes costs far less than a draw for each choice, and shrinks as well: a zero is always the simplest choice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar
from zlib import crc32

__all__ = ["Choices", "Table", "simplest"]

Item = TypeVar("Item")


class Choices:
    """Choices in a row, one byte each; all the simplest when the bytes have run out."""

    def __init__(self, drawn: bytes) -> None:
        self._drawn = iter(drawn)

    def below(self, end: int) -> int:
        return next(self._drawn, 0) % end

    def pick(self, items: Sequence[Item]) -> Item:
        return items[self.below(len(items))]

    def chance(self, percent: int) -> bool:
        return next(self._drawn, 0) * 100 >= 256 * (100 - percent)


class Table:
    """Choices by position instead of by turn: the same for everyone who asks for the position, in any order."""

    def __init__(self, drawn: bytes) -> None:
        self._drawn = drawn

    def byte(self, position: str) -> int:
        return self._drawn[crc32(position.encode()) % len(self._drawn)]

    def chance(self, position: str, percent: int) -> bool:
        return self.byte(position) * 100 >= 256 * (100 - percent)


def simplest(drawn: bytes, fails: Callable[[bytes], bool]) -> bytes:
    """Bytes of the same length that still fail, with simpler choices wherever that does not matter.

    This tries far less than hypothesis would, in seconds instead of minutes: it leaves out choices and makes choices
    zero, in ever smaller parts.
    """
    while (simpler := _simpler(drawn, fails)) != drawn:
        drawn = simpler
    return drawn


def _simpler(drawn: bytes, fails: Callable[[bytes], bool]) -> bytes:
    size = len(drawn)
    while size := size // 2:
        for start in range(0, len(drawn), size):
            before, after = drawn[:start], drawn[start + size :]
            gap = bytes(len(drawn) - len(before) - len(after))
            for tried in (before + after + gap, before + gap + after):
                if tried != drawn and fails(tried):
                    drawn = tried
                    break
    return drawn
