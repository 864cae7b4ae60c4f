"""Every statement of `persistence.reads`, caught while its load functions run as somebody, and its plans."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

import asyncpg

from persistence.crypto.keyring import Keyring
from persistence.reads import access, groups, ledger, machines, meetings, members, nodes, savings
from persistence.reads.pages import Listing, PageRequest, load_counts, load_pages, sort_values

LISTINGS = {
    "sessions": access.SESSIONS,
    "groups": groups.GROUPS,
    "machines": machines.MACHINES,
    "members": members.MEMBERS,
    "meetings": meetings.MEETINGS,
    "contributions of a group": savings.GROUP_CONTRIBUTIONS,
    "contributions of a meeting": savings.MEETING_CONTRIBUTIONS,
    "contributions of a member": savings.MEMBER_CONTRIBUTIONS,
}
MODULES = (access, groups, ledger, machines, meetings, members, nodes, savings)
_VALUES = {
    "status": "ACTIVE",
    "country": "KE",
    "kind": "SHARE",
    "is_live": True,
    "in_force": True,
}
_KINDS = {"uuid": UUID, "timestamptz": datetime.fromisoformat, "integer": int, "bigint": int, "text": str}


@dataclass(frozen=True, slots=True)
class Sent:
    """A statement with its arguments."""

    words: str
    statement: str
    arguments: tuple[Any, ...]


@dataclass(slots=True)
class Catcher:
    """Stands where a snapshot does; answers, and keeps what was asked."""

    connection: asyncpg.Connection
    keyring: Keyring = field(default_factory=lambda: Keyring.from_secret(bytes(range(32))))
    sent: list[Sent] = field(default_factory=list)
    words: str = ""

    async def fetch(self, statement: str, *arguments: Any) -> list[asyncpg.Record]:
        self.sent.append(Sent(self.words, statement, arguments))
        return await self.connection.fetch(statement, *arguments)  # type: ignore[no-any-return]


async def read_everything(catcher: Catcher, user: UUID, tenants: list[UUID]) -> None:
    """Run every load function for some of the tenants, as a page of the API would."""
    page = tenants[:20]
    rows = {
        name: await _pages(catcher, name, _parents(name, user, page, {}))
        for name in ("sessions", "groups", "machines", "members", "meetings")
    }
    for name in ("contributions of a group", "contributions of a meeting", "contributions of a member"):
        rows[name] = await _pages(catcher, name, _parents(name, user, page, rows))
    keyed = {
        name: [(row["tenant_id"], row["id"]) for row in rows[name]][:100]
        for name in ("members", "meetings", "contributions of a group")
    }
    assert all(keyed.values())
    for load, keys in (
        (access.load_users, [user]),
        (access.load_memberships, [user]),
        (groups.load_groups, page),
        (groups.load_member_counts, page),
        (groups.load_change_numbers, page),
        (ledger.load_accounts, page),
        (ledger.load_fund_balances, page),
        (ledger.load_books, page),
        (meetings.load_open_meetings, page),
        (meetings.load_meetings, keyed["meetings"]),
        (meetings.load_meeting_totals, keyed["meetings"]),
        (meetings.load_cash_counts, keyed["meetings"]),
        (machines.load_machines, [(tenant, tenant) for tenant in page]),
        (members.load_members, keyed["members"]),
        (members.load_phones, keyed["members"]),
        (members.load_roles, keyed["members"]),
        (members.load_member_balances, keyed["members"]),
        (savings.load_contributions, keyed["contributions of a group"]),
        (nodes.find_nodes, [key[1] for key in keyed["members"]][:100]),
    ):
        for some, many in ((keys[:1], "one key"), (keys, "many keys")):
            catcher.words = f"{load.__name__}, {many}"
            await load(catcher, some)  # type: ignore[operator]


def _parents(name: str, user: UUID, page: list[UUID], rows: dict[str, list[Any]]) -> list[tuple[UUID, UUID]]:
    if name == "sessions":
        return [(user, user)]
    of = {"contributions of a meeting": "meetings", "contributions of a member": "members"}.get(name)
    if of is not None:
        return [(row["tenant_id"], row["id"]) for row in rows[of]][:20]
    return [(tenant, tenant) for tenant in page]


async def _pages(catcher: Catcher, name: str, parents: list[tuple[UUID, UUID]]) -> list[Any]:
    """Every page that a listing has: each order, first and next, for one parent and many, filtered and not; counts."""
    listing, found = LISTINGS[name], []
    # A list without a parent names the tenants that its viewer may see.
    always = (("tenants", tuple(tenant for tenant, _ in parents)),) if "tenants" in listing.filters else ()
    chosen = (((each, _VALUES[each]),) for each in listing.filters if each != "tenants")
    filtered = [always, *(tuple(sorted((*each, *always))) for each in chosen)]
    for some, many in ((parents[:1], "one parent"), (parents, "many parents")):
        for filters in filtered:
            for order in listing.orders:
                catcher.words = f"{name} by {order}, {many}, {dict(filters)}"
                request = PageRequest(10, order, None, filters)
                pages = await load_pages(catcher, listing, some, request)  # type: ignore[arg-type]
                rows = [row for each in pages for row in each.rows]
                found += rows if filters == always else []
                if rows:
                    after = _after(listing, order, rows[0])
                    catcher.words += ", next page"
                    await load_pages(catcher, listing, some, PageRequest(10, order, after, filters))  # type: ignore[arg-type]
            catcher.words = f"count of {name}, {many}, {dict(filters)}"
            await load_counts(catcher, listing, some, filters)  # type: ignore[arg-type]
    return found


def _after(listing: Listing, order: str, row: Any) -> tuple[Any, ...]:
    kinds = [kind for _, kind in listing.orders[order].columns]
    return tuple(_KINDS[kind](value) for kind, value in zip(kinds, sort_values(listing, order, row), strict=True))  # type: ignore[operator]


def _literal(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return f"'{{{', '.join(str(each) for each in value)}}}'"
    assert isinstance(value, str | UUID | date)
    return f"'{value}'"


async def plans_of(connection: asyncpg.Connection, sent: Sent, *, is_generic: bool, is_run: bool) -> dict[str, Any]:
    """The plan of a statement, made for its arguments or for any."""
    mode = "force_generic_plan" if is_generic else "force_custom_plan"
    options = "FORMAT JSON, VERBOSE, COSTS OFF" + (", ANALYZE, TIMING OFF" if is_run else "")
    await connection.execute(f"SET LOCAL plan_cache_mode = {mode}")
    await connection.execute(f"PREPARE looked_at AS {sent.statement}")
    arguments = ", ".join(_literal(each) for each in sent.arguments)
    text = await connection.fetchval(f"EXPLAIN ({options}) EXECUTE looked_at{f'({arguments})' if arguments else ''}")
    await connection.execute("DEALLOCATE looked_at")
    plan: dict[str, Any] = json.loads(text)[0]["Plan"]
    return plan


def nodes_of(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The plan's nodes, the root first."""
    yield plan
    for below in plan.get("Plans", ()):
        yield from nodes_of(below)
