"""The types of the library, each with every kind of field that an executor must know, all of them able to fail."""

import asyncio
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from itertools import product
from typing import Annotated, Any, NewType

import strawberry
from strawberry.extensions import FieldExtension
from strawberry.permission import BasePermission

from graph.engine import Call, Load, computed, relation
from tests.graph.engine.rows import Broken, ById, Genre, ListOf, Row

__all__ = [
    "MARK",
    "Author",
    "Book",
    "BookPage",
    "Entry",
    "Find",
    "Loan",
    "Mark",
    "Matrix",
    "MayWait",
    "Pick",
    "Tome",
    "Where",
    "check_field",
    "is_allowed",
    "many",
    "of_root",
    "paged",
    "slice_of",
    "sliced",
    "whole",
]


def _serialize_mark(value: Any) -> Any:
    if not isinstance(value, str) or value == "wrong":
        raise Broken(f"no mark: {type(value).__name__}")
    return None if value == "C-3" else {"shelf": value[0], "place": int(value[2:])}


def _parse_mark(value: Any) -> str:
    if not isinstance(value, str) or "-" not in value:
        raise ValueError("a mark has a dash")
    return value.lower()


Mark = NewType("Mark", str)
MARK = strawberry.scalar(name="Mark", serialize=_serialize_mark, parse_value=_parse_mark)
strawberry.enum(Genre)


@strawberry.input
class Span:
    low: int = 0
    high: int | None = None


@strawberry.input
class Where:
    genre: Genre | None = strawberry.UNSET
    marks: list[Mark] | None = None
    span: Span = strawberry.field(default_factory=Span)
    nested: list[list[Span | None]] = strawberry.field(default_factory=list)
    word: str


@strawberry.input(one_of=True)
class Pick:
    mark: Mark | None = strawberry.UNSET
    number: int | None = strawberry.UNSET


def _at(call: Call, row: Any = None) -> str:
    return f"{call.parent_type}.{call.field_name}:{getattr(row, 'id', '')}"


def is_allowed(call: Call) -> bool:
    """Whether the viewer may see the field at all; asking may fail."""
    library, at = call.context.library, "allow " + _at(call)
    library.check(at)
    return not library.is_null(at)


def _guard(call: Call, row: Any) -> bool:
    """Whether the viewer may see the field of this row; asking may fail."""
    library, at = call.context.library, "guard " + _at(call, row)
    library.check(at)
    return not library.is_null(at)


def whole(kind: str | None) -> Any:
    """Loads a row by its key."""
    return lambda call: call.context.loader(ById, kind)


def _shaped(call: Call) -> Load:
    """Loads a row and makes a text of it, or fails to."""

    def shape(key: Any, found: Any) -> str:
        call.context.library.check(f"shape {key}")
        return f"{found['name']} by {key}"

    call.context.library.check("load " + _at(call))
    return Load(call.context.loader(ById, "Author"), shape)


def many(kind: str | None, longest: int = 3) -> Any:
    """Loads the list that belongs to a key."""
    return lambda call: call.context.loader(ListOf, kind, longest)


def slice_of(first: int = 3, genre: Genre | None = None, where: Where | None = None) -> tuple[Any, ...]:
    if first < 0:
        raise Broken(f"fewer than none: {first}")
    return first, genre, where


def sliced(call: Call) -> Load:
    """Loads a list by the field's arguments, which are a part of what tells the loaders apart."""
    first, genre, where = call.request
    return Load(call.context.loader(ListOf, "Book", min(first, 3), genre, where))


def paged(call: Call) -> Load:
    """Loads a page: a list with something around it."""
    first, *_ = call.request
    loader = call.context.loader(ListOf, "Book", min(first, 3), "page")
    return Load(loader, lambda key, found: {"key": key, "rows": found, "first": first})


def _group(row: Any) -> Any:
    return row["group"]


def _odd_key(row: Any) -> Any:
    """A key that may be of any class, also of one that cannot be one."""
    key = row["rank"]
    if isinstance(key, Exception):
        raise key
    return key


def of_root(_root: Any) -> int:
    return 1


def check_field(row: Any, info: strawberry.Info) -> str:
    """Where a resolver stands, if it is to succeed there."""
    at = f"resolve {info.field_name} {getattr(row, 'id', '')}"
    info.context.library.check(at)
    return at


def _place(info: strawberry.Info) -> str:
    """What a resolver is told, but for the place in a list: rows that are the same may be answered once for several."""
    told = info._raw_info
    path = "/".join(key for key in told.path.as_list() if isinstance(key, str))
    return f"{path} {told.parent_type}.{told.field_name}: {told.return_type} in {told.operation.operation.value}"


class MayLook(BasePermission):
    message = "You may not look."

    def has_permission(self, source: Any, info: strawberry.Info, **_arguments: Any) -> bool:
        return not info.context.library.is_null(f"look {info.field_name} {getattr(source, 'id', '')}")


class MayWait(BasePermission):
    message = "You may not wait."

    async def has_permission(self, source: Any, info: strawberry.Info, **_arguments: Any) -> bool:
        await asyncio.sleep(0)
        return not info.context.library.is_null(f"wait {info.field_name} {getattr(source, 'id', '')}")


class Doubled(FieldExtension):
    def resolve(self, next_: Any, source: Any, info: strawberry.Info, **arguments: Any) -> Any:
        return next_(source, info, **arguments) * 2


class _Checked:
    """A type that says which rows are its own."""

    @classmethod
    def is_type_of(cls, value: Any, _info: Any) -> bool:
        return getattr(value, "kind", None) == cls.__name__


@strawberry.interface
class Entry:
    id: strawberry.ID
    name: str | None
    rank: int
    next_entry: "Entry | None" = relation(lambda row: row["group"], whole(None))
    entries: list["Entry"] | None = relation(_group, many(None))
    writer: "Author | None" = relation(lambda row: row["author_id"], whole("Author"))

    @classmethod
    def resolve_type(cls, value: Any, *_: Any) -> Any:
        """The type of a row; for a row that is none: nothing, no name, no type of the schema, and another's."""
        if isinstance(value, Row) and value.kind != "Stranger":
            return value.kind
        if isinstance(value, bool):
            raise Broken("no type")
        others: dict[type, Any] = {str: "Tome", int: 7, list: "Nowhere", float: "Mark"}
        return others.get(type(value))


@strawberry.type
class Tome:
    """A type whose rows are dictionaries and are not checked."""

    at: str
    number: int
    text: str | None
    heavy: bool = computed(lambda row: row["number"] > 100)
    half: float | None = computed(lambda row: row["number"] / 2)
    sequel: "Tome | None" = relation(lambda row: row["number"] % 5, whole("Tome"))
    parts: list["Tome"] | None = relation(lambda row: row["number"] % 3, many("Tome"))

    @strawberry.field
    def place(self, info: strawberry.Info) -> str:
        """Where the field is, as its resolver is told."""
        return _place(info)


@strawberry.type
class Author(_Checked, Entry):
    name: str
    born: date | None
    worth: Decimal | None
    words: list[list[str] | None]
    tomes: list[Tome | None] | None
    books: list["Book"] = relation(_group, sliced, arguments=slice_of)
    book_page: "BookPage" = relation(_odd_key, paged, arguments=slice_of)
    initials: str | None = computed(lambda row: row["name"][:2])
    secret: str | None = computed(lambda row: row["title"], allow=is_allowed, guard=_guard)
    sealed: int = computed(lambda row: row["rank"], guard=_guard)
    debts: list["Loan | None"] = relation(_group, many("Loan"), allow=is_allowed, guard=_guard)

    @strawberry.field
    def place(self, info: strawberry.Info, mark: str = "-") -> str | None:
        return f"{_place(info)} {mark} {len(info._raw_info.field_nodes)}"

    @strawberry.field
    def shout(self, info: strawberry.Info, times: int = 1, mark: Mark | None = None) -> str:
        return f"{check_field(self, info)} {times} {mark}!"

    @strawberry.field
    async def whisper(self: Any, info: strawberry.Info) -> str | None:
        await asyncio.sleep(0)
        return f"{check_field(self, info)} {self['rank']}"


@strawberry.type
class Book(_Checked, Entry):
    title: str
    genre: Genre
    mark: Mark
    spare_mark: Mark | None
    tome: Tome | None
    twin: Entry
    author: Author = relation(lambda row: row["author_id"], whole("Author"), allow=is_allowed)
    byline: str | None = relation(lambda row: row["author_id"], _shaped)
    loans: list["Loan"] | None = relation(_group, many("Loan"))
    label: str = computed(lambda row: f"{row['title']} {row['mark']}")
    spoiled: str | None = computed(lambda row: row["no such column"])

    @strawberry.field(permission_classes=[MayLook])
    def shelf(self, info: strawberry.Info) -> str | None:
        return check_field(self, info)

    @strawberry.field(permission_classes=[MayWait])
    async def queue(self, info: strawberry.Info) -> list[str]:
        return [check_field(self, info)]

    @strawberry.field(extensions=[Doubled()])
    def stamp(self: Any) -> str:
        found: str = self["title"]
        return found

    @strawberry.field
    def counts(self: Any, info: strawberry.Info) -> list[int | None]:
        """A generator that may end with an error."""

        def numbers() -> Iterator[Any]:
            yield from (1, self["rank"])
            check_field(self, info)

        return numbers()  # type: ignore[return-value] # any iterable is a list of GraphQL

    @strawberry.field
    def later(self: Any, info: strawberry.Info) -> list[int] | None:
        """A list of values that are to be awaited."""

        async def number(index: int) -> Any:
            await asyncio.sleep(0)
            info.context.library.check(f"later {self['id']} {index}")
            return index

        return [number(index) for index in range(2)]  # type: ignore[misc] # graphql-core awaits them

    @strawberry.field
    async def rival(self: Any, info: strawberry.Info) -> Author | None:
        """A resolver that loads for itself, from the loader of the relations."""
        found: Any = await info.context.loader(ById, "Author").load(self["rank"] % 5)
        return found  # type: ignore[no-any-return] # rows stand for the types

    @strawberry.field
    async def copies(self: Any, info: strawberry.Info) -> list["Book | None"]:
        at = check_field(self, info)
        return [info.context.library.row("Book", f"{at}.{index}") for index in range(2)]


@strawberry.type
class Loan(_Checked, Entry):
    lent: bool | None
    weight: float
    book: Book | None = relation(lambda row: row["book_id"], whole("Book"), guard=_guard)
    borrower: Author = relation(lambda row: row["author_id"], whole("Author"))
    torn: int = computed(lambda row: row["no such column"])
    fee: Decimal = computed(lambda row: Decimal(row["rank"]) / 8)

    @strawberry.field
    async def subject(
        self: Any, info: strawberry.Info
    ) -> Annotated["Author | Book | None", strawberry.union("Subject")]:
        found: Any = info.context.library.row("Author" if self["lent"] else "Book", check_field(self, info))
        return found  # type: ignore[no-any-return]


Find = Annotated[Author | Book | Loan, strawberry.union("Find")]


@strawberry.type
class PageInfo:
    has_next: bool = computed(lambda page: len(page["rows"]) >= page["first"])
    end: str | None = computed(lambda page: f"{page['key']}" if page["rows"] else None)


@strawberry.type
class BookEdge:
    cursor: str = computed(lambda edge: f"{edge[0]}")
    node: Book = computed(lambda edge: edge[1])


@strawberry.type
class BookPage:
    edges: list[BookEdge] = computed(lambda page: list(enumerate(page["rows"])))
    nodes: list[Book | None] = computed(lambda page: page["rows"])
    page_info: PageInfo = computed(lambda page: page)
    first_author: Author | None = relation(lambda page: page["key"], whole("Author"))


def _nested(type_: Any, flags: str) -> Any:
    """The type with a flag for each list from the outermost and one for what is in the innermost."""
    made = type_ if len(flags) == 1 else list[_nested(type_, flags[1:])]
    return made | None if flags[0] == "n" else made


def _matrix() -> type:
    """A type with lists of lists of everything, nullable (n) or required (r) at each depth."""
    annotations = {
        f"{base}_{''.join(flags)}": _nested(type_, "".join(flags))
        for base, type_ in {"leaf": int, "mark": Mark, "tome": Tome, "entry": Entry, "find": Find}.items()
        for depth in (1, 2, 3)
        for flags in product("nr", repeat=depth)
    }
    return strawberry.type(type("Matrix", (), {"__annotations__": annotations, "__module__": __name__}))


Matrix: Any = _matrix()
