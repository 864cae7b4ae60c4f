"""Relay connections over keyset pages. A cursor says where a page begins by the sort values of a row."""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

import strawberry

from graph.errors import InvalidArgument
from graph.permissions import Info
from graph.relations import load_one
from persistence.reads.pages import Listing, Page, PageRequest, load_counts, load_pages, sort_values
from persistence.snapshot import Snapshot

__all__ = ["PAGE_DEFAULT", "PAGE_MAX", "ROOT", "After", "Connection", "Edge", "First", "PageInfo", "connection"]

ROOT = (UUID(int=0), UUID(int=0))
"""The parent of lists that have none."""

PAGE_DEFAULT = 20
PAGE_MAX = 100
CURSOR_TEXT_MAX = 1024
"""The longest cursor that is read, in characters: the name of a group has up to 480 bytes, a third more in base64."""

_CURSOR_VERSION = 1

First = Annotated[int, strawberry.argument(description="How many, from 1 to 100.")]
After = Annotated[str | None, strawberry.argument(description="The cursor to go on from.")]

NodeType = TypeVar("NodeType")

_READ: dict[str, Callable[[Any], Any]] = {
    "integer": int,
    "bigint": int,
    "text": str,
    "uuid": UUID,
    "date": date.fromisoformat,
    "timestamptz": datetime.fromisoformat,
}
_WIRE: dict[str, type] = {"integer": int, "bigint": int}
_MAX = {"integer": 2**31 - 1, "bigint": 2**63 - 1}


@strawberry.type(description="Where a page lies in its list.")
class PageInfo:
    """The page's place."""

    has_next_page: bool = strawberry.field(description="Whether more follow; ask for them with `after: endCursor`.")
    has_previous_page: bool = strawberry.field(description="Whether the page was asked for with `after`.")
    start_cursor: str | None = strawberry.field(description="The cursor of the first row; null on an empty page.")
    end_cursor: str | None = strawberry.field(description="The cursor of the last row; null on an empty page.")


def _cursor(root: "_Value", index: int) -> str:
    order = root.request.order
    content = [_CURSOR_VERSION, root.name, order, *sort_values(root.listing, order, root.page.rows[index])]
    text = json.dumps(content, separators=(",", ":"), ensure_ascii=False)
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_cursor(listing: Listing, name: str, order: str, cursor: str) -> tuple[Any, ...]:
    """The sort values in a cursor; raises InvalidArgument for one of another list, another order or nobody's."""
    fault = InvalidArgument("This cursor does not belong to this list in this order: take one from an answer to it.")
    if len(cursor) > CURSOR_TEXT_MAX:
        raise fault
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        content = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError):
        raise fault from None
    kinds = [kind for _, kind in listing.orders[order].columns]
    if not isinstance(content, list) or content[:3] != [_CURSOR_VERSION, name, order] or len(content) != len(kinds) + 3:
        raise fault
    try:
        return tuple(_value(kind, value) for kind, value in zip(kinds, content[3:], strict=True))
    except (TypeError, ValueError, OverflowError):
        raise fault from None


def _value(kind: str, value: Any) -> Any:
    if type(value) is not _WIRE.get(kind, str):
        raise TypeError(kind)
    if isinstance(value, str):
        # What PostgreSQL cannot hold: NUL, and half of a surrogate pair, of which encoding makes a ValueError.
        value.encode()
        if "\x00" in value:
            raise ValueError(kind)
    read = _READ[kind](value)
    if isinstance(read, int) and abs(read) > _MAX[kind]:
        raise ValueError(kind)
    if isinstance(read, datetime):
        if read.tzinfo is None:
            raise ValueError(kind)
        return read.astimezone(UTC)
    return read


class _Value:
    """A page with what its fields are made of."""

    __slots__ = ("listing", "name", "page", "parent", "request")

    def __init__(
        self, page: Page, name: str, listing: Listing, parent: tuple[UUID, UUID], request: PageRequest
    ) -> None:
        self.page = page
        self.name = name
        self.listing = listing
        self.parent = parent
        self.request = request


@strawberry.type(description="A row of a list with the cursor from which the list goes on.")
class Edge(Generic[NodeType]):
    """A row with its cursor."""

    cursor: str = strawberry.field(description="Give it as `after` to go on behind this row.")
    node: NodeType = strawberry.field(description="The row.")


def _edges(root: Any):  # type: ignore[no-untyped-def]  # noqa: ANN202 - the type is the field's annotation
    return [{"cursor": _cursor(root, index), "node": row} for index, row in enumerate(root.page.rows)]


def _nodes(root: Any):  # type: ignore[no-untyped-def]  # noqa: ANN202
    return root.page.rows


def _page_info(root: Any):  # type: ignore[no-untyped-def]  # noqa: ANN202
    rows = root.page.rows
    return {
        "has_next_page": root.page.has_next,
        "has_previous_page": root.request.after is not None,
        "start_cursor": _cursor(root, 0) if rows else None,
        "end_cursor": _cursor(root, -1) if rows else None,
    }


async def _total_count(root: Any, info: Info):  # type: ignore[no-untyped-def]  # noqa: ANN202
    return await load_one(info.context, _load_counts, root.parent, root.listing, root.request.filters)


@strawberry.type(description="A list in pages: give `first`, and `after` to go on.")
class Connection(Generic[NodeType]):
    """A page of a list."""

    edges: list[Edge[NodeType]] = strawberry.field(resolver=_edges, description="The rows with their cursors.")
    nodes: list[NodeType] = strawberry.field(resolver=_nodes, description="The rows alone.")
    page_info: PageInfo = strawberry.field(resolver=_page_info, description="Where the page lies.")
    total_count: int | None = strawberry.field(
        resolver=_total_count,
        description="How many rows the whole list has that you may see. Counted anew each time: ask only at need.",
    )


async def _load_pages(snapshot: Snapshot, keys: Sequence[Any], listing: Listing, request: PageRequest) -> list[Page]:
    return await load_pages(snapshot, listing, keys, request)


async def _load_counts(
    snapshot: Snapshot, keys: Sequence[Any], listing: Listing, filters: tuple[tuple[str, Any], ...]
) -> list[int]:
    return await load_counts(snapshot, listing, keys, filters)


async def connection(
    info: Info,
    listing: Listing,
    parent: tuple[UUID, UUID],
    *,
    first: int,
    after: str | None,
    order: str,
    **filters: Any,
) -> Any:
    """The page that a field's arguments ask for, loaded with those of the other parents of its level.

    Raises:
        InvalidArgument: `first` is out of range, or the cursor is not one of this list.
    """
    if not 1 <= first <= PAGE_MAX:
        raise InvalidArgument(f"Give `first` from 1 to {PAGE_MAX}; for more, ask for the next page with `after`.")
    name = f"{info._raw_info.parent_type.name}.{info.field_name}"  # noqa: SLF001 - nowhere else is the type's name
    request = PageRequest(
        first=first,
        order=order,
        after=None if after is None else read_cursor(listing, name, order, after),
        filters=tuple(sorted((name, value) for name, value in filters.items() if value is not None)),
    )
    page = await load_one(info.context, _load_pages, parent, listing, request)
    return _Value(page, name, listing, parent, request)
