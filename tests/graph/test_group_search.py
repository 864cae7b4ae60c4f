"""Groups are found by what they are called and where they meet, among those that the viewer may see and no others."""

from __future__ import annotations

from typing import Any

import pytest

from domain.groups import CreateGroup, GroupKind, create_group
from domain.identifiers import new_id
from domain.policy import Role
from tests.support.api import Api, Client
from tests.support.world import GroupOfPeople, Person, World

FIND = "query Q($search: String!, $first: Int) { groups(search: $search, first: $first) { totalCount nodes { name } } }"
NAMES = (("Umoja wa Mwanzo", "Kibera"), ("Ng'ombe Sacco", "Ruiru"), ("Éclair", None), ("Tumaini", "Umoja Phase 2"))


@pytest.fixture
async def secretary(world: World) -> Person:
    person = await world.person()
    for name, village in NAMES:
        await world.succeed(
            person,
            create_group,
            CreateGroup(
                idempotency_key=new_id(),
                name=name,
                village=village,
                kind=GroupKind.MIXED,
                currency="KES",
                country="KE",
                time_zone="Africa/Nairobi",
            ),
        )
    return person


async def found(client: Client, search: str) -> list[str]:
    groups = (await client.query(FIND, search=search))["groups"]
    names = [each["name"] for each in groups["nodes"]]
    assert groups["totalCount"] == len(names)
    return names


@pytest.mark.parametrize(
    ("search", "names"),
    [
        ("umoja", ["Tumaini", "Umoja wa Mwanzo"]),
        ("UMO", ["Tumaini", "Umoja wa Mwanzo"]),
        ("mwanzo umoja", ["Umoja wa Mwanzo"]),
        ("umoja ruiru", []),
        ("kibera", ["Umoja wa Mwanzo"]),
        ("ngombe", ["Ng'ombe Sacco"]),
        ("ng'ombe", ["Ng'ombe Sacco"]),
        ("eclair", ["Éclair"]),
        ("tumiani", ["Tumaini"]),
        ("tumani", ["Tumaini"]),
        # Another first letter is another word, and so is a short word with a slip.
        ("dumaini", []),
        ("wb", []),
        ("%%", []),
        ("__", []),
        ("xyzzy", []),
    ],
)
async def test_a_group_is_found_by_the_words_of_its_name_and_village(
    api: Api, secretary: Person, search: str, names: list[str]
) -> None:
    assert await found(api.client(secretary), search) == names


async def test_nobody_finds_what_she_may_not_see(api: Api, world: World, secretary: Person) -> None:
    other: GroupOfPeople = await world.group()
    partner = await world.partner(other, "TOTALS", role=Role.PARTNER_VIEWER)
    stranger = await api.someone()
    for client, names in (
        (api.client(secretary), ["Tumaini", "Umoja wa Mwanzo"]),
        (api.client(other.plain), ["Umoja"]),
        (api.client(partner), ["Umoja"]),
        (stranger, []),
        (api.client(await world.admin()), ["Tumaini", "Umoja", "Umoja wa Mwanzo"]),
    ):
        assert await found(client, "umoja") == names


async def test_what_is_found_is_read_by_pages_and_with_the_other_filters(api: Api, secretary: Person) -> None:
    client = api.client(secretary)
    page: dict[str, Any] = (await client.query(FIND, search="umoja", first=1))["groups"]
    assert page == {"totalCount": 2, "nodes": [{"name": "Tumaini"}]}
    document = '{ groups(search: "umoja", country: "UG") { totalCount } }'
    assert (await client.query(document))["groups"]["totalCount"] == 0
    for search in ("u", " ", "x" * 81):
        assert (await client.refused(FIND, search=search))[0] == "BAD_USER_INPUT"
