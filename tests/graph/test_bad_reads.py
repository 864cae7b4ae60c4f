"""Queries with impossible arguments: answered with a code and with what to give instead."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from domain.identifiers import new_id
from tests.support.api import Api, Client, nothing_changes
from tests.support.world import GroupOfPeople, World, social_fund

FIRST = "Give `first` from 1 to 100; for more, ask for the next page with `after`."
CURSOR = "This cursor does not belong to this list in this order: take one from an answer to it."

LISTS = {
    "Query.groups": "query Q($first: Int!, $after: String) { groups(first: $first, after: $after) { %s } }",
    "Viewer.sessions": (
        "query Q($first: Int!, $after: String) { viewer { sessions(first: $first, after: $after) { %s } } }"
    ),
    **{
        f"Group.{field}": (
            "query Q($first: Int!, $after: String, $group: ID!)"
            f" {{ group(id: $group) {{ {field}(first: $first, after: $after) {{ %s }} }} }}"
        )
        for field in ("members", "meetings", "contributions")
    },
    **{
        f"{kind}.contributions": (
            f"query Q($first: Int!, $after: String, ${kind.lower()}: ID!) {{ node(id: ${kind.lower()}) {{ ... on {kind}"
            " { contributions(first: $first, after: $after) { %s } } } }"
        )
        for kind in ("Member", "Meeting")
    },
}
"""Every connection of the schema, as a query for a page of it."""


def cursor_of(*content: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


class Reader:
    """A secretary who looks at her group, with one row or more in each list."""

    def __init__(self, client: Client, group: GroupOfPeople, meeting: Any) -> None:
        self.client = client
        self.ids = {"group": group.id, "member": group.members[4], "meeting": meeting}

    def variables(self, name: str) -> dict[str, Any]:
        return {variable: value for variable, value in self.ids.items() if f"${variable}:" in LISTS[name]}

    async def page(self, name: str, selection: str, **variables: Any) -> dict[str, Any]:
        found: Any = await self.client.query(LISTS[name] % selection, **self.variables(name), **variables)
        while "pageInfo" not in found:
            (found,) = found.values()
        return found  # type: ignore[no-any-return]

    async def refused(self, name: str, **variables: Any) -> tuple[str, str]:
        document = LISTS[name] % "pageInfo { hasNextPage }"
        return await self.client.refused(document, **self.variables(name), **variables)


@pytest.fixture
async def reader(api: Api, world: World) -> Reader:
    group = await world.group()
    meeting = await world.meeting(group)
    await world.record(group, meeting, *(social_fund(group.members[4], "20") for _ in range(3)))
    return Reader(api.client(group.secretary), group, meeting)


async def test_a_page_has_1_to_100_rows(reader: Reader, world: World) -> None:
    async with nothing_changes(world):
        for name in LISTS:
            for first in (0, -1, 101, 2_147_483_647, -2_147_483_648):
                assert await reader.refused(name, first=first) == ("BAD_USER_INPUT", FIRST), (name, first)
            assert (await reader.page(name, "pageInfo { endCursor }", first=100))["pageInfo"]["endCursor"]
            assert (await reader.page(name, "pageInfo { endCursor }", first=1))["pageInfo"]["endCursor"]


NONSENSE = [
    "",
    "garbage",
    "=",
    "é",
    "\ud7ff",
    "A" * 100_000,
    base64.b64encode(b"{}").decode(),
    base64.b64encode(b"\xff\xfe").decode(),
    base64.b64encode(b"[" * 300).decode(),
    cursor_of(),
    cursor_of(1),
    cursor_of(1, "NEWEST"),
    cursor_of(2, "NEWEST", 1, str(new_id())),
]


async def test_a_cursor_that_no_answer_gave_is_refused(reader: Reader, world: World) -> None:
    async with nothing_changes(world):
        for name in LISTS:
            for cursor in NONSENSE:
                refusal = await reader.refused(name, first=2, after=cursor)
                assert refusal == ("BAD_USER_INPUT", CURSOR), (name, cursor[:40])


async def test_a_cursor_with_one_value_exchanged_is_refused_or_is_a_place_in_the_list(reader: Reader) -> None:
    """Whatever stands where a cursor has a value, the answer is a page or a refusal, never an error of ours."""
    exchanged = [
        None,
        True,
        1.5,
        -1,
        2**31,
        -(2**31) - 1,
        2**63,
        10**400,
        "",
        "x",
        "\u0000",
        "\ud800",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "2026-01-01T00:00:00",
        "infinity",
        str(new_id()),
        [],
        {},
    ]
    refused = 0
    for name, document in LISTS.items():
        page = await reader.page(name, "pageInfo { endCursor }", first=1)
        good = page["pageInfo"]["endCursor"]
        content = json.loads(base64.urlsafe_b64decode(good + "=" * (-len(good) % 4)))
        for place in range(len(content)):
            for value in exchanged:
                cursor = cursor_of(*content[:place], value, *content[place + 1 :])
                wish = {**reader.variables(name), "first": 1, "after": cursor}
                answer = await reader.client.send(document % "pageInfo { hasNextPage }", **wish)
                if "errors" in answer.body:
                    assert answer.refusal == ("BAD_USER_INPUT", CURSOR), (name, place, value)
                    refused += 1
    assert refused > 500


async def test_a_cursor_of_another_list_is_refused(reader: Reader) -> None:
    for name in LISTS:
        cursor = (await reader.page(name, "pageInfo { endCursor }", first=1))["pageInfo"]["endCursor"]
        for other in LISTS:
            if other == name:
                assert (await reader.page(other, "pageInfo { hasPreviousPage }", first=1, after=cursor))[
                    "pageInfo"
                ] == {"hasPreviousPage": True}
            else:
                assert await reader.refused(other, first=1, after=cursor) == ("BAD_USER_INPUT", CURSOR), (name, other)


async def test_a_cursor_of_another_order_is_refused(reader: Reader) -> None:
    document = """query Q($group: ID!, $by: ContributionOrder!, $after: String) {
        group(id: $group) { contributions(first: 1, orderBy: $by, after: $after) { pageInfo { endCursor } } } }"""
    group = reader.ids["group"]
    data = await reader.client.query(document, group=group, by="OLDEST")
    cursor = data["group"]["contributions"]["pageInfo"]["endCursor"]
    assert await reader.client.refused(document, group=group, by="NEWEST", after=cursor) == ("BAD_USER_INPUT", CURSOR)


async def test_a_cursor_goes_on_behind_names_of_any_script_and_length(api: Api) -> None:
    client = await api.someone()
    names = sorted(["😀" * 120, "ሰ" * 120, "Ünïty " * 20, "\"\\'" * 40, "a", "A"])
    for name in names:
        await client.do(
            "groupCreate",
            "group { id }",
            name=name,
            kind="VSLA",
            currency="UGX",
            country="UG",
            timeZone="Africa/Kampala",
            sharePrice="1000",
        )
    seen, cursor = [], None
    for _ in names:
        data = await client.query(
            "query Q($after: String) { groups(first: 1, after: $after)"
            " { nodes { name } pageInfo { endCursor hasNextPage } } }",
            after=cursor,
        )
        cursor = data["groups"]["pageInfo"]["endCursor"]
        seen.append(data["groups"]["nodes"][0]["name"])
    assert data["groups"]["pageInfo"]["hasNextPage"] is False
    assert [name.strip() for name in names] == seen


ID = "Give the id as a UUID of 36 characters, as it was answered or minted."


async def test_an_id_that_is_none_is_refused_wherever_it_is_asked_for(reader: Reader, world: World) -> None:
    async with nothing_changes(world):
        for wrong in ("", "7", "group", "{" + str(new_id()) + "}", str(new_id())[:-1], "x" * 100_000):
            for document in (
                "query Q($id: ID!) { group(id: $id) { name } }",
                "query Q($id: ID!) { node(id: $id) { id } }",
                "query Q($id: ID!) { nodes(ids: [$id]) { id } }",
                "query Q($id: ID!) { bookVerification(groupId: $id) { isSound } }",
            ):
                assert await reader.client.refused(document, id=wrong) == ("BAD_USER_INPUT", ID)


async def test_a_filter_that_is_no_value_is_refused(reader: Reader) -> None:
    assert await reader.client.refused('{ groups(country: "Kenya") { totalCount } }') == (
        "BAD_USER_INPUT",
        "Give a country of ISO 3166-1 in two capital letters, such as KE.",
    )
    code, message = await reader.client.refused("{ groups(status: OPEN) { totalCount } }")
    assert code == "GRAPHQL_VALIDATION_FAILED"
    assert message.startswith("Value 'OPEN' does not exist in 'GroupStatus' enum.")
