"""Relay connections over keyset pages. A cursor says where a page begins by the sort values of a row."""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

import strawberry

from graph import engine
from graph.context import Context
from graph.engine import Call, LevelLoader, Load, computed
from graph.errors import InvalidArgument
from graph.limits import Cost, free
from graph.permissions import Info
from graph.relations import Loader
from persistence.reads.pages import Listing, Page, PageRequest, load_counts, load_pages, sort_values
from persistence.snapshot import Snapshot

__all__ = [
    "PAGE_DEFAULT",
    "PAGE_MAX",
    "ROOT",
    "After",
    "Asked",
    "Connection",
    "Edge",
    "First",
    "PageInfo",
    "connection",
    "connection_field",
]

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


@strawberry.type(description="Where a page lies in its list.", directives=[free])
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


@strawberry.type(description="A row of a list with the cursor from which the list goes on.", directives=[free])
class Edge(Generic[NodeType]):
    """A row with its cursor."""

    cursor: str = computed(
        lambda edge: _cursor(edge["page"], edge["index"]), description="Give it as `after` to go on behind this row."
    )
    node: NodeType = strawberry.field(description="The row.")


def _edges(root: _Value) -> list[dict[str, Any]]:
    return [{"page": root, "index": index, "node": row} for index, row in enumerate(root.page.rows)]


def _page_info(root: _Value) -> dict[str, Any]:
    rows = root.page.rows
    return {
        "has_next_page": root.page.has_next,
        "has_previous_page": root.request.after is not None,
        "start_cursor": _cursor(root, 0) if rows else None,
        "end_cursor": _cursor(root, -1) if rows else None,
    }


async def _count(
    snapshot: Snapshot, keys: Sequence[Any], listing: Listing, filters: tuple[tuple[str, Any], ...]
) -> list[int]:
    return await load_counts(snapshot, listing, keys, filters)


class _Counts(LevelLoader):
    """The counts of pages; pages of one level are of one list."""

    def __init__(self, context: Context) -> None:
        super().__init__(get_cache_key=lambda root: (root.listing, root.parent, root.request.filters))
        self._context = context

    async def batch_load_fn(self, keys: Sequence[_Value]) -> list[int]:
        """The counts in the order of the pages."""
        counts: dict[int, int] = {}
        for (listing, filters), pages in _by_list(keys).items():
            loader = self._context.loader((_count, listing, filters), Loader, _count, listing, filters)
            found = await loader.load_level([page.parent for page in pages])
            counts.update(zip(map(id, pages), found, strict=True))
        return [counts[id(page)] for page in keys]


def _by_list(pages: Sequence[_Value]) -> dict[tuple[Listing, tuple[tuple[str, Any], ...]], list[_Value]]:
    lists: dict[tuple[Listing, tuple[tuple[str, Any], ...]], list[_Value]] = {}
    for page in pages:
        lists.setdefault((page.listing, page.request.filters), []).append(page)
    return lists


@strawberry.type(description="A list in pages: give `first`, and `after` to go on.", directives=[free])
class Connection(Generic[NodeType]):
    """A page of a list."""

    edges: list[Edge[NodeType]] = computed(_edges, description="The rows with their cursors.")
    nodes: list[NodeType] = computed(lambda root: root.page.rows, description="The rows alone.")
    page_info: PageInfo = computed(_page_info, description="Where the page lies.")
    total_count: int | None = engine.relation(
        lambda root: root,
        lambda call: call.context.loader((_Counts,), _Counts),
        description="How many rows the whole list has that you may see. Counted anew each time: ask only at need.",
        directives=[Cost(weight="1")],
    )


async def _load_pages(snapshot: Snapshot, keys: Sequence[Any], listing: Listing, request: PageRequest) -> list[Page]:
    return await load_pages(snapshot, listing, keys, request)


class Asked:
    """What the arguments of a connection ask for.

    Raises:
        InvalidArgument: `first` is out of range.
    """

    def __init__(self, first: int, after: str | None, order: str, **filters: Any) -> None:
        if not 1 <= first <= PAGE_MAX:
            raise InvalidArgument(f"Give `first` from 1 to {PAGE_MAX}; for more, ask for the next page with `after`.")
        self.first = first
        self.after = after
        self.order = order
        self.filters = tuple(sorted((name, value) for name, value in filters.items() if value is not None))

    def of(self, listing: Listing, name: str) -> PageRequest:
        """The request to a listing, whose cursors bear the name; raises InvalidArgument for a cursor of another."""
        after = None if self.after is None else read_cursor(listing, name, self.order, self.after)
        return PageRequest(first=self.first, order=self.order, after=after, filters=self.filters)


def _begin(call: Call, listing: Listing, asked: Asked) -> Load:
    name = f"{call.parent_type}.{call.field_name}"
    request = asked.of(listing, name)
    loader = call.context.loader((_load_pages, listing, request), Loader, _load_pages, listing, request)
    return Load(loader, lambda parent, page: _Value(page, name, listing, parent, request))


def connection_field(
    listing: Listing, parent: Callable[[Any], tuple[UUID, UUID]], arguments: Callable[..., Asked], **options: Any
) -> Any:
    """A field with a page of a list below each row.

    Args:
        listing: The list.
        parent: The list's parent, from the row.
        arguments: A function with the field's arguments that says what they ask for.
        options: What `strawberry.field` takes.
    """
    return engine.relation(parent, lambda call: _begin(call, listing, call.request), arguments=arguments, **options)


async def connection(info: Info, listing: Listing, parent: tuple[UUID, UUID], asked: Asked) -> Any:
    """The page that a root field's arguments ask for.

    Raises:
        InvalidArgument: The cursor is not one of this list.
    """
    raw = info._raw_info  # noqa: SLF001 - nowhere else is the type's name
    begun = _begin(Call(info.context, {}, raw.parent_type.name, raw.field_name), listing, asked)
    (page,) = await begun.loader.load_level([parent])
    if isinstance(page, Exception):
        raise page
    return begun.shape(parent, page) if begun.shape is not None else page
