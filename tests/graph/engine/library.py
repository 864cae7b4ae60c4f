"""A schema about a library, with every kind of field that an executor must know, each of them able to fail.

There is nothing to learn about libraries here: a field exists for what it asks of an executor.
"""

import asyncio
from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import strawberry
from strawberry.schema.config import StrawberryConfig

from graph.engine import EngineSchema, computed, item, relation
from tests.graph.engine.library_types import (
    MARK,
    Author,
    Book,
    BookPage,
    Entry,
    Find,
    Loan,
    Mark,
    Matrix,
    MayWait,
    Pick,
    Tome,
    Where,
    check_field,
    is_allowed,
    many,
    of_root,
    paged,
    slice_of,
    sliced,
    whole,
)
from tests.graph.engine.rows import KINDS, Context, Genre, Row

__all__ = ["LITERALS", "reference", "schema"]

LITERALS: dict[str, tuple[Any, ...]] = {
    "Mark": ("A-1", "B-22", "C-3"),
    "Decimal": ("0", "2.50", "-1"),
    "Date": ("2020-02-29", "1999-12-31"),
}
"""What may be given for the scalars that are not GraphQL's own."""


@strawberry.type
class Query:
    author: Author | None = relation(of_root, whole("Author"))
    some_author: Author = relation(of_root, whole("Author"), allow=is_allowed)
    book: Book | None = relation(of_root, whole("Book"))
    books: list[Book | None] = relation(of_root, sliced, arguments=slice_of)
    book_page: BookPage | None = relation(of_root, paged, arguments=slice_of)
    entry: Entry | None = relation(of_root, whole(None))
    entries: list[Entry] | None = relation(of_root, many(None, 3))
    tomes: list[Tome | None] = relation(of_root, many("Tome", 12))
    motto: str | None = computed(lambda _root: "Quiet, please.", allow=is_allowed)

    @strawberry.field
    def matrix(self, info: strawberry.Info, number: int = 0) -> Matrix | None:
        check_field(self, info)
        return Row(info.context.library, "Matrix", number)

    @strawberry.field
    async def finds(self, info: strawberry.Info) -> list[Find | None]:
        await asyncio.sleep(0)
        at = check_field(self, info)
        found: Any = [info.context.library.row(kind, at) for kind in KINDS]
        return found  # type: ignore[no-any-return] # rows stand for the types

    @strawberry.field
    def find(self, info: strawberry.Info, pick: Pick | None = None) -> Find | None:
        at = f"{check_field(self, info)} {pick}"
        found: Any = (
            info.context.library.fault(at) if pick and pick.number == 0 else info.context.library.row("Book", at)
        )
        return found  # type: ignore[no-any-return] # rows stand for the types

    @strawberry.field
    def echo(
        self,
        number: int,
        real: float = 0.5,
        texts: list[str | None] | None = strawberry.UNSET,
        genre: Genre | None = Genre.POEM,
        where: Where | None = None,
        mark: Mark | None = None,
        pick: Pick | None = strawberry.UNSET,
        key: strawberry.ID | None = None,
        day: date | None = None,
    ) -> str:
        """What came of the arguments."""
        return f"{number!r} {real!r} {texts!r} {genre!r} {where!r} {mark!r} {pick!r} {key!r} {day!r}"

    @strawberry.field
    async def ticks(self, info: strawberry.Info, until: int = 2) -> list[int] | None:
        """A list that is read asynchronously, and that may end with an error."""

        async def ticks() -> AsyncIterator[int]:
            for tick in range(min(until, 3)):
                await asyncio.sleep(0)
                yield tick
            check_field(self, info)

        return ticks()  # type: ignore[return-value] # graphql-core reads it


async def _do(info: strawberry.Info, what: str) -> int:
    """Do one thing in three turns of the loop, so that two things done at once would be seen to mingle."""
    context: Context = info.context
    context.done.append(f"begin {what}")
    await asyncio.sleep(0)
    context.library.check(f"{info.field_name} {what}")
    await asyncio.sleep(0)
    context.done.append(f"end {what}")
    return len(context.done)


@strawberry.type
class Mutation:
    book: Book | None = relation(of_root, whole("Book"))

    @strawberry.mutation
    async def note(self, info: strawberry.Info, text: str = "", where: Where | None = None) -> int | None:
        return await _do(info, f"note {text} {where}")

    @strawberry.mutation
    async def must_note(self, info: strawberry.Info, text: str = "") -> int:
        return await _do(info, f"must note {text}")

    @strawberry.mutation
    def count(self, info: strawberry.Info) -> int:
        info.context.done.append("count")
        return len(info.context.done)

    @strawberry.mutation(permission_classes=[MayWait])
    async def lend(self, info: strawberry.Info, number: int = 0) -> Loan:
        found: Any = info.context.library.row("Loan", f"lent {await _do(info, f'lend {number}')}")
        return found  # type: ignore[no-any-return] # rows stand for the types


def _log_nothing(_schema: Any, _errors: Any, _execution_context: Any = None) -> None:
    """There are more errors than answers here."""


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def arrivals(self, info: strawberry.Info, until: int = 2) -> AsyncIterator[Entry]:
        """Rows, some of them none, until there are no more or there is a fault."""
        context: Context = info.context
        for number in range(min(until, 4)):
            await asyncio.sleep(0)
            context.library.check(f"arrival {number}")
            yield Row(context.library, KINDS[context.library.byte(f"arrives {number}") % len(KINDS)], number)  # type: ignore[misc]

    @strawberry.subscription
    async def prices(self, info: strawberry.Info, where: Where | None = None) -> AsyncIterator[list[int | None]]:
        context: Context = info.context
        yield [1, None, where.span.low if where else 2]
        yield context.library.fault(f"price {where}")


class _Schema(EngineSchema):
    process_errors = _log_nothing


class _Reference(strawberry.Schema):
    process_errors = _log_nothing


_PARTS: dict[str, Any] = {
    "query": Query,
    "mutation": Mutation,
    "subscription": Subscription,
    "types": [Loan],
    "config": StrawberryConfig(default_resolver=item, scalar_map={Mark: MARK}),
}


def schema() -> EngineSchema:
    """A new schema, with nothing planned yet."""
    return _Schema(**_PARTS)


def reference() -> strawberry.Schema:
    """The same types in a schema that knows nothing of the engine."""
    return _Reference(**_PARTS)
