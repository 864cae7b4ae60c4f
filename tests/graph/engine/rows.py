"""The rows of a library: endless, made when they are asked for, and with faults strewn over them.

Every value follows from a drawn table and from where the value stands, so that two readers of the same library who
ask in another order see the same values and the same faults.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any

from graphql import GraphQLError, Undefined

from graph.engine import LevelLoader
from tests.graph.engine.choices import Table

__all__ = ["IDS", "KINDS", "Broken", "ById", "Context", "Genre", "Library", "ListOf", "Row", "matrix_columns", "tome"]

IDS = 4
"""How many rows there are of a kind: few, so that the same keys are loaded in many places."""

KINDS = ("Author", "Book", "Loan")


class Genre(Enum):
    """What a book is; one value has another name than Python gives it."""

    NOVEL = "novel"
    POEM = "poem"
    DRAMA = "play"


class Broken(Exception):
    """A fault that was strewn."""


FAULTS: tuple[Callable[[str], Any], ...] = (
    lambda _at: None,
    Broken,
    lambda at: GraphQLError(f"refused {at}", extensions={"code": at}),
    lambda _at: 2**40,
    lambda _at: "wrong",
    lambda _at: "C-3",
    lambda _at: [],
    lambda _at: [None, 3],
    lambda _at: {},
    lambda _at: float("nan"),
    lambda _at: Undefined,
    lambda _at: True,
    lambda at: Row(Library(bytes(1)), "Stranger", len(at)),
)


class Library:
    """Where all values come from.

    Args:
        drawn: The table that decides; all zeros are the simplest library.
        fault_percent: How many of the positions have a fault.
    """

    def __init__(self, drawn: bytes, fault_percent: int = 0) -> None:
        self._table = Table(drawn)
        self._fault_percent = fault_percent

    def byte(self, at: str) -> int:
        return self._table.byte(at)

    def is_null(self, at: str) -> bool:
        return self._table.chance(at + "?", 10)

    def is_faulty(self, at: str) -> bool:
        return self._table.chance(at + "!", self._fault_percent)

    def fault(self, at: str) -> Any:
        """A value that may not stand there: an error to be found, or something of another type."""
        return FAULTS[self._table.byte(at + "#") % len(FAULTS)](at)

    def check(self, at: str) -> None:
        """Raise where there is a fault.

        Raises:
            Broken: There is a fault.
        """
        if self.is_faulty(at):
            raise Broken(at)

    def row(self, kind: str, at: str) -> Row:
        return Row(self, kind, self.byte(at) % IDS)


Column = Callable[[Library, str], Any]


def _of(make: Callable[[Library, str], Any]) -> Column:
    """A column that is what is made for it, but for the faults."""
    return lambda library, at: library.fault(at) if library.is_faulty(at) else make(library, at)


def _leaf(make: Callable[[int], Any]) -> Column:
    return _of(lambda library, at: make(library.byte(at)))


def _optional(column: Column) -> Column:
    return lambda library, at: None if library.is_null(at) else column(library, at)


def _list(column: Column, longest: int = 3) -> Column:
    def items(library: Library, at: str) -> Sequence[Any]:
        size = library.byte(at) % (longest + 1)
        found = [column(library, f"{at}.{index}") for index in range(size)]
        return tuple(found) if library.byte(at + "t") > 200 else found

    return _of(items)


def _key(library: Library, at: str) -> Any:
    """The id of a row, none, or no key at all: an error is raised where the column is read."""
    library.check(at)
    return None if library.is_null(at) else library.byte(at) % IDS


def tome(library: Library, at: str) -> dict[str, Any]:
    """A row that is a plain dictionary, of a type without a check of its own."""
    return {"at": at, "number": _number(library, at + "/number"), "text": _text(library, at + "/text")}


def _entry(library: Library, at: str) -> Row:
    return library.row(KINDS[library.byte(at + "k") % len(KINDS)], at)


_number = _leaf(lambda byte: byte)
_text = _leaf(lambda byte: f"text {byte}")
_genre = _leaf(lambda byte: (*Genre, "poem")[byte % 4])
_decimal = _leaf(lambda byte: Decimal(byte) / 4)
_day = _leaf(lambda byte: date(2020, 1 + byte % 12, 1))
_mark = _leaf(lambda byte: f"{'AB'[byte % 2]}-{byte}")
_real = _leaf(lambda byte: byte / 8)
_flag = _leaf(lambda byte: byte % 2 == 1)

_COLUMNS: Mapping[str, Column] = {
    "name": _optional(_text),
    "title": _text,
    "rank": _number,
    "worth": _optional(_decimal),
    "born": _optional(_day),
    "mark": _mark,
    "spare_mark": _optional(_mark),
    "genre": _genre,
    "weight": _real,
    "lent": _optional(_flag),
    "words": _list(_optional(_list(_text))),
    "tome": _optional(_of(tome)),
    "tomes": _list(_optional(_of(tome))),
    "twin": _of(_entry),
    "at": _text,
    "number": _number,
    "text": _optional(_text),
    "author_id": _key,
    "book_id": _key,
    "group": _key,
}


def matrix_columns() -> dict[str, Column]:
    """Columns for lists of lists of everything, nullable (n) or required (r) at each depth."""
    inner = {"leaf": _number, "mark": _mark, "tome": _of(tome), "entry": _of(_entry), "find": _of(_entry)}
    columns: dict[str, Column] = {}
    for base, column in inner.items():
        nullable = {"n": _optional(column), "r": column}
        columns |= {f"{base}_{flags}": each for flags, each in nullable.items()}
        for _depth in range(2):
            lists = {flags: _list(each) for flags, each in nullable.items()}
            nullable = {"n" + flags: _optional(each) for flags, each in lists.items()}
            nullable |= {"r" + flags: each for flags, each in lists.items()}
            columns |= {f"{base}_{flags}": each for flags, each in nullable.items()}
    return columns


_MATRIX = matrix_columns()


class Row:
    """A row that makes its columns when they are asked for. A column that it does not have is an error."""

    __slots__ = ("id", "kind", "library")

    def __init__(self, library: Library, kind: str, row_id: int) -> None:
        self.library = library
        self.kind = kind
        self.id = row_id

    def __getitem__(self, name: str) -> Any:
        if name == "id":
            return f"{self.kind}:{self.id}"
        column = _MATRIX[name] if self.kind == "Matrix" else _COLUMNS[name]
        return column(self.library, self.at(name))

    def __repr__(self) -> str:
        return f"<{self.kind} {self.id}>"

    def at(self, name: str) -> str:
        """Where a column of the row stands."""
        return f"{self.kind}/{self.id}/{name}"


class Context:
    """What a viewer brings to an operation. It holds the loaders and what the mutations did, so it is made for each."""

    def __init__(self, library: Library, viewer: str = "anyone") -> None:
        self.library = library
        self.viewer = viewer
        self.done: list[str] = []
        self._loaders: dict[tuple[Any, ...], LevelLoader] = {}

    def loader(self, kind: type[_Loader], *arguments: Any) -> LevelLoader:
        wanted = (kind, *map(repr, arguments))
        if wanted not in self._loaders:
            self._loaders[wanted] = kind(self, *arguments)
        return self._loaders[wanted]


class _Loader(LevelLoader):
    """Loads one result for each key; may fail for some keys, or as a whole."""

    def __init__(self, context: Context, *arguments: Any) -> None:
        super().__init__()
        self._library = context.library
        self._arguments = arguments
        self._name = f"{type(self).__name__}{arguments}"

    async def batch_load_fn(self, keys: Sequence[Any]) -> list[Any]:
        for _turn in range(self._library.byte(self._name) % 3):
            await asyncio.sleep(0)
        self._library.check(self._name)
        return [self._one(key) for key in keys]

    def _one(self, key: Any) -> Any:
        at = f"{self._name}[{key}]"
        return self._library.fault(at) if self._library.is_faulty(at) else self._found(key, at)

    def _found(self, key: Any, at: str) -> Any:
        raise NotImplementedError


class ById(_Loader):
    """Rows of a kind, or of any kind for the kind of none."""

    def _found(self, key: Any, at: str) -> Any:
        if self._library.is_null(at):
            return None
        kind = self._arguments[0] or KINDS[self._library.byte(at) % len(KINDS)]
        return Row(self._library, kind, key % IDS)


class ListOf(_Loader):
    """Lists of rows of a kind."""

    def _found(self, _key: Any, at: str) -> Any:
        kind, longest, *_ = self._arguments
        size = self._library.byte(at) % (longest + 1)
        return [self._item(kind, f"{at}.{index}") for index in range(size)]

    def _item(self, kind: str | None, at: str) -> Any:
        if self._library.is_faulty(at):
            return self._library.fault(at)
        wanted = kind or KINDS[self._library.byte(at + "k") % len(KINDS)]
        return self._library.row(wanted, at)
