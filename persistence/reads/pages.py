"""Pages of a list in keyset order: a page begins after the last row of the one before, never at a count.

One listing serves a single parent, with a limit that an index answers, and many parents at once, with such a limit for
each. Statements are put together from the listing's own constants and kept; values only ever travel as arguments.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from typing import Any
from uuid import UUID

import asyncpg

from persistence.snapshot import Snapshot

__all__ = ["Listing", "Order", "Page", "PageRequest", "load_counts", "load_pages"]


@dataclass(frozen=True, slots=True)
class Order:
    """One way to sort a listing. All columns run the same way, so that one row comparison finds where a page begins.

    Attributes:
        columns: The columns, the last of them an id, with their SQL types.
        is_descending: Whether the greatest comes first.
    """

    columns: tuple[tuple[str, str], ...]
    is_descending: bool = False

    @property
    def sql(self) -> str:
        """The sort clause."""
        direction = " DESC" if self.is_descending else ""
        return ", ".join(f"{column}{direction}" for column, _ in self.columns)


@dataclass(frozen=True)
class Listing:
    """A list of rows below parents.

    Attributes:
        select: The columns of a row.
        source: Tables and joins, without WHERE.
        tenant: The column with the tenant's id.
        parent: The column with the parent's id; None where the tenant itself is the parent, or there is none.
        orders: The ways to sort, by name.
        filters: A condition for each filter by name, with `{}` where its value stands, and the value's SQL type.
        is_rooted: Whether the list has no parent at all: every row that the viewer may see.
        joins: For a filter that asks a function of the database, the join with it, with `{value}` where its value
            stands and `{tenants}` where the tenants do.
        prepare: For a filter, what makes the value that the statement takes of the one that was asked for.
    """

    select: str
    source: str
    tenant: str
    parent: str | None
    orders: Mapping[str, Order]
    filters: Mapping[str, tuple[str, str]]
    is_rooted: bool = False
    joins: Mapping[str, str] = field(default_factory=dict)
    prepare: Mapping[str, Callable[[Snapshot, Any], Awaitable[Any]]] = field(default_factory=dict)

    def __hash__(self) -> int:
        """By identity: listings are constants of their modules."""
        return id(self)

    def __eq__(self, other: object) -> bool:
        """By identity: listings are constants of their modules."""
        return self is other


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which page.

    Attributes:
        first: How many rows at most.
        order: The name of the order.
        after: The sort values of the row that the page follows; None for the first page.
        filters: The filters that are set, as sorted pairs of name and value.
    """

    first: int
    order: str
    after: tuple[Any, ...] | None = None
    filters: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """A page of rows.

    Attributes:
        rows: The rows.
        has_next: Whether more follow.
    """

    rows: tuple[asyncpg.Record, ...]
    has_next: bool


def sort_values(listing: Listing, order: str, row: asyncpg.Record) -> tuple[int | str, ...]:
    """The sort values of a row, as a cursor can hold them."""
    values = (row[f"sort_{index}"] for index in range(len(listing.orders[order].columns)))
    return tuple(value if isinstance(value, int) else _text(value) for value in values)


def _text(value: date | datetime | UUID | str) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


def _conditions(listing: Listing, names: Sequence[str], order: Order, *, after: bool, start: int) -> list[str]:
    conditions = []
    number = start
    for name in names:
        condition, kind = listing.filters[name]
        if condition:
            conditions.append(condition.format(f"${number}::{kind}"))
        number += 1
    if after:
        columns = ", ".join(column for column, _ in order.columns)
        values = ", ".join(f"${number + index}::{kind}" for index, (_, kind) in enumerate(order.columns))
        conditions.append(f"({columns}) {'<' if order.is_descending else '>'} ({values})")
    return conditions


def _source(listing: Listing, names: Sequence[str], start: int, tenants: str) -> str:
    """Tables and joins, and with them the functions that filters ask.

    Args:
        listing: The list.
        names: The filters that are set, whose values begin at the argument `start`.
        start: The number of that argument.
        tenants: The tenants of the parents, in SQL.
    """
    joins = [
        listing.joins[name].format(value=f"${number}::{listing.filters[name][1]}", tenants=tenants)
        for number, name in enumerate(names, start)
        if name in listing.joins
    ]
    return " ".join([listing.source, *joins])


@cache
def _one_parent(listing: Listing, order_name: str, names: tuple[str, ...], *, after: bool) -> str:
    order = listing.orders[order_name]
    sort = ", ".join(f"{column} AS sort_{index}" for index, (column, _) in enumerate(order.columns))
    keys = [] if listing.is_rooted else [f"{listing.tenant} = $2"]
    if listing.parent is not None:
        keys.append(f"{listing.parent} = $3")
    start = 2 + len(keys)
    where = " AND ".join([*keys, *_conditions(listing, names, order, after=after, start=start)]) or "true"
    source = _source(listing, names, start, "NULL" if listing.is_rooted else "ARRAY[$2::uuid]")
    return f"SELECT {listing.select}, {sort} FROM {source} WHERE {where} ORDER BY {order.sql} LIMIT $1"


@cache
def _many_parents(listing: Listing, order_name: str, names: tuple[str, ...], *, after: bool) -> str:
    order = listing.orders[order_name]
    sort = ", ".join(f"{column} AS sort_{index}" for index, (column, _) in enumerate(order.columns))
    below, columns = "$2::uuid[]", "tenant"
    keys, named = [f"{listing.tenant} = below.tenant"], "below.tenant AS page_tenant"
    if listing.parent is not None:
        below, columns = "$2::uuid[], $3::uuid[]", "tenant, parent"
        keys.append(f"{listing.parent} = below.parent")
        named += ", below.parent AS page_parent"
    start = 3 if listing.parent is None else 4
    where = " AND ".join([*keys, *_conditions(listing, names, order, after=after, start=start)])
    # A limit for each parent, which the index answers; numbering the rows would read all that each parent ever had. The
    # join goes through the parents one by one and leaves the rows of each in their order.
    return (
        f"SELECT page.* FROM unnest({below}) below ({columns}) CROSS JOIN LATERAL ("
        f"SELECT {listing.select}, {sort}, {named} FROM {_source(listing, names, start, '$2::uuid[]')} WHERE {where}"
        f" ORDER BY {order.sql} LIMIT $1) page"
    )


@cache
def _counts(listing: Listing, names: tuple[str, ...]) -> str:
    order = next(iter(listing.orders.values()))
    if listing.is_rooted:
        where = " AND ".join(_conditions(listing, names, order, after=False, start=1)) or "true"
        return f"SELECT count(*) AS total FROM {_source(listing, names, 1, 'NULL')} WHERE {where}"
    keys = [f"{listing.tenant} = ANY ($1)"]
    grouped = listing.tenant
    if listing.parent is not None:
        keys.append(f"{listing.parent} = ANY ($2)")
        grouped = f"{listing.tenant}, {listing.parent}"
    where = " AND ".join([*keys, *_conditions(listing, names, order, after=False, start=1 + len(keys))])
    parent = f", {listing.parent} AS page_parent" if listing.parent is not None else ""
    return (
        f"SELECT {listing.tenant} AS page_tenant{parent}, count(*) AS total"
        f" FROM {_source(listing, names, 1 + len(keys), '$1::uuid[]')} WHERE {where} GROUP BY {grouped}"
    )


def _page(rows: Sequence[asyncpg.Record], first: int) -> Page:
    return Page(tuple(rows[:first]), len(rows) > first)


async def _values(snapshot: Snapshot, listing: Listing, filters: Sequence[tuple[str, Any]]) -> list[Any]:
    return [
        value if (prepare := listing.prepare.get(name)) is None else await prepare(snapshot, value)
        for name, value in filters
    ]


async def load_pages(
    snapshot: Snapshot, listing: Listing, parents: Sequence[tuple[UUID, UUID]], request: PageRequest
) -> list[Page]:
    """The page of each parent, a parent being a tenant's id and an id within it (twice the tenant's for the tenant)."""
    names = tuple(name for name, _ in request.filters)
    values = await _values(snapshot, listing, request.filters)
    after = request.after is not None
    tail = [*values, *(request.after or ())]
    if listing.is_rooted or len(parents) == 1:
        statement = _one_parent(listing, request.order, names, after=after)
        keys: list[UUID] = [] if listing.is_rooted else [parents[0][0]]
        if listing.parent is not None:
            keys.append(parents[0][1])
        rows = await snapshot.fetch(statement, request.first + 1, *keys, *tail)
        return [_page(rows, request.first)]
    statement = _many_parents(listing, request.order, names, after=after)
    lists = [[tenant for tenant, _ in parents]]
    if listing.parent is not None:
        lists.append([parent for _, parent in parents])
    below: dict[tuple[UUID, UUID], list[asyncpg.Record]] = {parent: [] for parent in parents}
    for row in await snapshot.fetch(statement, request.first + 1, *lists, *tail):
        tenant = row["page_tenant"]
        group = below.get((tenant, row["page_parent"] if listing.parent is not None else tenant))
        if group is not None:
            group.append(row)
    return [_page(below[parent], request.first) for parent in parents]


async def load_counts(
    snapshot: Snapshot,
    listing: Listing,
    parents: Sequence[tuple[UUID, UUID]],
    filters: tuple[tuple[str, Any], ...],
) -> list[int]:
    """How many rows each parent has that the viewer may see."""
    statement = _counts(listing, tuple(name for name, _ in filters))
    values = await _values(snapshot, listing, filters)
    if listing.is_rooted:
        return [(await snapshot.fetch(statement, *values))[0]["total"]]
    lists = [list({tenant for tenant, _ in parents})]
    if listing.parent is not None:
        lists.append(list({parent for _, parent in parents}))
    totals = {
        (row["page_tenant"], row["page_parent"] if listing.parent is not None else row["page_tenant"]): row["total"]
        for row in await snapshot.fetch(statement, *lists, *values)
    }
    return [totals.get(parent, 0) for parent in parents]
