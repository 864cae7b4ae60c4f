"""The floor: REST by hand over the statements of `persistence`, a handler for each question and nothing between.

Transactions, viewer and statements are Kibubu's own. What is left out is what a schema adds: parsing, validation, the
permission decisions in front of the database's, errors and limits. Run as `python -m bench.comparison.rest`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from domain.savings import ContributionItem, ContributionKind, RecordContributions, record_contributions
from graph.services import Services, open_services
from graph.settings import read_settings
from operations.serving import spare_the_collector
from persistence.boundary import perform
from persistence.database import DatabaseRole
from persistence.reads.access import load_users
from persistence.reads.accounts import AsOf, load_fund_balances
from persistence.reads.groups import GROUPS, load_groups, load_member_counts
from persistence.reads.keys import Key
from persistence.reads.meetings import MEETINGS, load_meeting_totals, load_meetings
from persistence.reads.members import MEMBERS, load_member_balances, load_members
from persistence.reads.pages import Page, PageRequest, load_pages
from persistence.reads.savings import GROUP_CONTRIBUTIONS, MEMBER_CONTRIBUTIONS, load_contributions
from persistence.snapshot import Snapshot
from persistence.viewer import Principal

Row = Any
Json = Any
Handler = Callable[[Request], Awaitable[Response]]
Ask = Callable[[Snapshot, Request], Awaitable[Json]]


def _answer(content: Json) -> Response:
    # What is left to the default are decimals, and ids of asyncpg's own class.
    return Response(orjson.dumps(content, default=str), media_type="application/json")


def _services(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


def _principal(request: Request) -> Principal:
    token = request.headers["authorization"].removeprefix("Bearer ")
    return Principal(_services(request).tokens.verify(token).session_id, DatabaseRole.APP)


def _reading(ask: Ask) -> Handler:
    """A handler that reads in one snapshot, its viewer cut to the group that the path names."""

    async def handle(request: Request) -> Response:
        services = _services(request)
        tenants = [UUID(request.path_params["group"])] if "group" in request.path_params else None
        snapshot = Snapshot(services.database, services.keyring, _principal(request), tenants)
        try:
            return _answer(await ask(snapshot, request))
        finally:
            await snapshot.close()

    return handle


def _fields(row: Mapping[str, Json], *names: str) -> dict[str, Json]:
    return {_camel(name): row[name] for name in names}


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _by_id(rows: Sequence[Row | None]) -> dict[Key, Row]:
    return {(row["tenant_id"], row["id"]): row for row in rows if row is not None}


async def _header(snapshot: Snapshot, request: Request) -> Json:
    group_id = UUID(request.path_params["group"])
    viewer = await snapshot.open()
    assert viewer.user_id is not None
    (user,) = await load_users(snapshot, [viewer.user_id])
    (group,) = await load_groups(snapshot, [group_id])
    (count,) = await load_member_counts(snapshot, [group_id])
    assert user is not None
    assert group is not None
    return {
        "viewer": _fields(user, "id", "locale", "created_at"),
        "group": {
            **_fields(group, "id", "name", "kind", "status", "currency", "country", "time_zone", "visibility"),
            **_fields(group, "version", "created_at"),
            "memberCount": count,
            "constitution": {
                "version": group["constitution_version"],
                **_fields(group, "share_price", "shares_max", "meeting_frequency"),
            },
        },
    }


async def _page(snapshot: Snapshot, request: Request) -> Json:
    group_id = UUID(request.path_params["group"])
    whole = [(group_id, group_id)]
    (group,) = await load_groups(snapshot, [group_id])
    (members,) = await load_pages(snapshot, MEMBERS, whole, PageRequest(25, "NUMBER"))
    (meetings,) = await load_pages(snapshot, MEETINGS, whole, PageRequest(10, "NEWEST"))
    member_keys = [(group_id, row["id"]) for row in members.rows]
    balances = await load_member_balances(snapshot, member_keys, AsOf())
    last = await load_pages(snapshot, MEMBER_CONTRIBUTIONS, member_keys, PageRequest(3, "NEWEST"))
    totals = await load_meeting_totals(snapshot, [(group_id, row["id"]) for row in meetings.rows])
    assert group is not None
    return {
        **_fields(group, "id", "name", "currency"),
        "members": [_member(*each) for each in zip(members.rows, balances, last, strict=True)],
        "meetings": [
            {
                **_fields(row, "id", "number", "held_on", "status"),
                "totals": [_fields(each, "kind", "amount", "entry_count") for each in below],
            }
            for row, below in zip(meetings.rows, totals, strict=True)
        ],
    }


def _member(row: Row, balances: Row, last: Page) -> Json:
    return {
        **_fields(row, "id", "number", "name", "status"),
        **_fields(balances, "shares", "shares_value", "social_fund_paid"),
        "contributions": [_fields(each, "id", "kind", "amount", "entry_number", "recorded_at") for each in last.rows],
    }


async def _contributions(snapshot: Snapshot, groups: Sequence[UUID]) -> list[list[Json]]:
    """The last 100 contributions of each group, with their members and meetings."""
    pages = await load_pages(
        snapshot, GROUP_CONTRIBUTIONS, [(group, group) for group in groups], PageRequest(100, "NEWEST")
    )
    rows = [row for page in pages for row in page.rows]
    members = _by_id(await load_members(snapshot, list({(row["tenant_id"], row["member_id"]) for row in rows})))
    meetings = _by_id(await load_meetings(snapshot, list({(row["tenant_id"], row["meeting_id"]) for row in rows})))
    shown_members = {key: _fields(row, "id", "number", "name") for key, row in members.items()}
    shown_meetings = {key: _fields(row, "id", "number", "held_on") for key, row in meetings.items()}
    return [
        [
            {
                "id": row["id"],
                "kind": row["kind"],
                "shares": row["shares"],
                "amount": row["amount"],
                "place": row["place"],
                "entryNumber": row["entry_number"],
                "recordedAt": row["recorded_at"],
                "member": shown_members[row["tenant_id"], row["member_id"]],
                "meeting": shown_meetings[row["tenant_id"], row["meeting_id"]],
            }
            for row in page.rows
        ]
        for page in pages
    ]


async def _hundred(snapshot: Snapshot, request: Request) -> Json:
    group_id = UUID(request.path_params["group"])
    (contributions,) = await _contributions(snapshot, [group_id])
    return {"id": group_id, "contributions": contributions}


async def _thousand(snapshot: Snapshot, _: Request) -> Json:
    page = await _groups(snapshot, 10)
    ids = [row["id"] for row in page.rows]
    below = await _contributions(snapshot, ids)
    return [{"id": each, "contributions": rows} for each, rows in zip(ids, below, strict=True)]


async def _groups(snapshot: Snapshot, first: int) -> Page:
    viewer = await snapshot.open()
    tenants = sorted(frozenset().union(*viewer.tenants.values()))
    (page,) = await load_pages(snapshot, GROUPS, [], PageRequest(first, "NAME", filters=(("tenants", tenants),)))
    return page


async def _list(snapshot: Snapshot, _: Request) -> Json:
    rows = (await _groups(snapshot, 50)).rows
    ids = [row["id"] for row in rows]
    counts = await load_member_counts(snapshot, ids)
    balances = await load_fund_balances(snapshot, ids, AsOf())
    return [
        {
            **_fields(row, "id", "name", "currency", "status"),
            "memberCount": count,
            "fundBalances": _funds(places or ()),
        }
        for row, count, places in zip(rows, counts, balances, strict=True)
    ]


def _funds(places: Sequence[Row]) -> list[Json]:
    sums: dict[str, Decimal] = {}
    for place in places:
        sums[place["fund"]] = sums.get(place["fund"], Decimal(0)) + place["balance"]
    return [{"fund": fund, "balance": balance} for fund, balance in sums.items()]


async def _record(request: Request) -> Response:
    """Record a sheet through the service, and read it back."""
    services = _services(request)
    principal = _principal(request)
    sent = orjson.loads(await request.body())
    group_id = UUID(sent["groupId"])
    command = RecordContributions(
        group_id=group_id,
        idempotency_key=UUID(sent["idempotencyKey"]),
        meeting_id=UUID(sent["meetingId"]),
        items=tuple(
            ContributionItem(
                id=UUID(item["id"]),
                member_id=UUID(item["memberId"]),
                kind=ContributionKind(item["kind"]),
                amount=Decimal(item["amount"]),
            )
            for item in sent["items"]
        ),
    )
    fields = {name: value for name, value in sent.items() if name != "idempotencyKey"}
    outcome = await perform(services.database, services.keyring, principal, record_contributions, command, fields)
    if outcome.error is not None or any(item.error is not None for item in outcome.items):
        return Response(b'{"errors": []}', status_code=409)
    snapshot = Snapshot(services.database, services.keyring, principal, [group_id])
    try:
        rows = await load_contributions(snapshot, [(group_id, item.id) for item in outcome.items])
        members = _by_id(
            await load_members(snapshot, [(group_id, row["member_id"]) for row in rows if row is not None])
        )
    finally:
        await snapshot.close()
    return _answer(
        {
            "items": [
                {
                    **_fields(row, "kind", "shares", "amount", "place"),
                    "member": _fields(members[group_id, row["member_id"]], "id", "number"),
                }
                for row in rows
                if row is not None
            ]
        }
    )


def create_application() -> Starlette:
    """The application, with the settings that Kibubu takes."""

    @asynccontextmanager
    async def lifespan(application: Starlette) -> AsyncIterator[None]:
        async with open_services(read_settings()) as services:
            application.state.services = services
            yield

    routes = [
        Route("/header/{group}", _reading(_header)),
        Route("/page/{group}", _reading(_page)),
        Route("/hundred/{group}", _reading(_hundred)),
        Route("/thousand", _reading(_thousand)),
        Route("/list", _reading(_list)),
        Route("/record", _record, methods=["POST"]),
    ]
    spare_the_collector()
    return Starlette(routes=routes, lifespan=lifespan)


def main() -> None:
    """Serve."""
    settings = read_settings()
    uvicorn.run(
        "bench.comparison.rest:create_application",
        factory=True,
        host=settings.host,
        port=settings.port,
        workers=settings.workers,
        loop="uvloop",
        http="httptools",
        access_log=False,
        server_header=False,
    )


if __name__ == "__main__":
    main()
