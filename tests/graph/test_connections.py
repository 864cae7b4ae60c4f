"""Every list in pages: however it is cut, sorted and filtered, the pages are the list, without gap or repeat."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest

from domain.groups import GroupKind
from domain.identifiers import new_id
from domain.policy import Visibility
from tests.support.api import Api, Client
from tests.support.world import GroupOfPeople, Person, World, shares, social_fund

PAGE = """totalCount nodes { id } edges { cursor node { id } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"""


@dataclass(frozen=True)
class List:
    """A connection, with how to ask for it.

    Attributes:
        around: The fields above it.
        arguments: What it takes beside `first` and `after`, as literals.
    """

    name: str
    around: str
    arguments: Mapping[str, str] = field(default_factory=dict)

    def document(self) -> str:
        given = ", ".join(
            ["first: $first", "after: $after", *(f"{key}: {value}" for key, value in self.arguments.items())]
        )
        inner = f"{self.name}({given}) {{ {PAGE} }}"
        return f"query Q($first: Int!, $after: String) {{ {self.around % inner} }}"

    async def page(self, client: Client, first: int, after: str | None = None) -> dict[str, Any]:
        found: Any = await client.query(self.document(), first=first, after=after)
        while "edges" not in found:
            (found,) = found.values()
        return found  # type: ignore[no-any-return]

    async def walk(self, client: Client, first: int) -> list[str]:
        """The ids of all pages of so many rows, every page checked on the way."""
        ids: list[str] = []
        after = None
        while True:
            page = await self.page(client, first, after)
            rows = [edge["node"]["id"] for edge in page["edges"]]
            cursors = [edge["cursor"] for edge in page["edges"]]
            assert [node["id"] for node in page["nodes"]] == rows
            assert page["pageInfo"]["hasPreviousPage"] is (after is not None)
            assert page["pageInfo"]["startCursor"] == (cursors[0] if cursors else None)
            assert page["pageInfo"]["endCursor"] == (cursors[-1] if cursors else None)
            assert len(set(cursors)) == len(rows) <= first
            ids += rows
            if not page["pageInfo"]["hasNextPage"]:
                assert page["totalCount"] == len(ids)
                return ids
            assert len(rows) == first
            assert page["totalCount"] > len(ids)
            after = page["pageInfo"]["endCursor"]


def lists_of(group: UUID, meeting: UUID, member: UUID) -> list[List]:
    """Every connection under every order and filter."""
    inside = f'group(id: "{group}") {{ %s }}'
    below = {
        "Meeting": f'node(id: "{meeting}") {{ ... on Meeting {{ %s }} }}',
        "Member": f'node(id: "{member}") {{ ... on Member {{ %s }} }}',
    }
    kinds: list[dict[str, str]] = [{}, {"kind": "SHARE"}, {"kind": "SOCIAL_FUND"}]
    orders: list[dict[str, str]] = [{}, {"orderBy": "NEWEST"}, {"orderBy": "OLDEST"}]
    return [
        *(
            List("groups", "%s", order | some)
            for order in ({}, {"orderBy": "NAME"}, {"orderBy": "NEWEST"})
            for some in (
                {},
                {"country": '"KE"'},
                {"country": '"UG"'},
                {"status": "PENDING_VERIFICATION"},
                {"status": "ACTIVE"},
            )
        ),
        List("sessions", "viewer { %s }"),
        *(List("members", inside, some) for some in ({}, {"status": "ACTIVE"}, {"status": "INACTIVE"})),
        *(List("meetings", inside, some) for some in ({}, {"status": "OPEN"}, {"status": "CLOSED"})),
        *(
            List("contributions", around, kind | order)
            for around in (inside, *below.values())
            for kind in kinds
            for order in orders
        ),
    ]


@dataclass(frozen=True)
class Scene:
    """A secretary with several groups, one of which has had four meetings."""

    client: Client
    person: Person
    group: GroupOfPeople
    meetings: tuple[UUID, ...]
    others: tuple[UUID, ...]


async def begin(client: Client, name: str, country: str = "KE") -> UUID:
    made = await client.do(
        "groupCreate",
        "group { id }",
        name=name,
        kind=GroupKind.ROSCA,
        currency="KES",
        country=country,
        timeZone="Africa/Nairobi",
        sharePrice="50",
    )
    return UUID(made["group"]["id"])


@pytest.fixture
async def scene(api: Api, world: World) -> Scene:
    secretary = await world.person()
    client = api.client(secretary)
    group = await world.group(secretary=secretary, members=6, visibility=Visibility.ALL)
    others = [
        await begin(client, name, land) for name, land in (("b", "UG"), ("Umoja", "UG"), ("B", "KE"), ("Umoja", "KE"))
    ]
    for _ in range(4):
        await world.make_session(secretary.user_id)
    meetings = []
    for _ in range(4):
        meeting = await world.meeting(group)
        meetings.append(meeting)
        items = [item for member in group.members[:3] for item in (shares(member, 2), social_fund(member, "20"))]
        await world.record(group, meeting, *items)
        if len(meetings) < 4:
            await world.close_meeting(group, meeting)
    return Scene(client, secretary, group, tuple(meetings), tuple(others))


async def truth(world: World, scene: Scene) -> dict[str, list[str]]:
    """The lists as the tables have them, in ascending order."""
    statements = {
        "groups": 'SELECT tenant_id AS id FROM app.groups ORDER BY name COLLATE "C", tenant_id',
        "sessions": "SELECT id FROM access.sessions WHERE user_id = $1 ORDER BY created_at DESC, id DESC",
        "members": "SELECT id FROM app.members WHERE tenant_id = $1 ORDER BY number",
        "meetings": "SELECT id FROM app.meetings WHERE tenant_id = $1 ORDER BY number DESC",
        "contributions": "SELECT id FROM app.contributions WHERE tenant_id = $1 ORDER BY entry_number DESC",
    }
    arguments: dict[str, list[UUID]] = {name: [scene.group.id] for name in statements}
    arguments |= {"groups": [], "sessions": [scene.person.user_id]}
    return {
        name: [str(row["id"]) for row in await world.superuser.fetch(statement, *arguments[name])]
        for name, statement in statements.items()
    }


async def test_the_pages_of_every_list_are_the_list(scene: Scene, world: World) -> None:
    lists = lists_of(scene.group.id, scene.meetings[1], scene.group.members[2])
    sizes = {}
    for each in lists:
        whole = [edge["node"]["id"] for edge in (await each.page(scene.client, 100))["edges"]]
        assert len(set(whole)) == len(whole)
        for first in (1, 2, 3):
            assert await each.walk(scene.client, first) == whole, each
        sizes[each.name, each.around[:6], *sorted(each.arguments.values())] = len(whole)
    expected = await truth(world, scene)
    found = {
        each.name: [edge["node"]["id"] for edge in (await each.page(scene.client, 100))["edges"]]
        for each in lists
        if not each.arguments and each.around.startswith(("%s", "viewer", "group"))
    }
    assert found == expected
    assert {name: len(ids) for name, ids in expected.items()} == {
        "groups": 5,
        "sessions": 5,
        "members": 6,
        "meetings": 4,
        "contributions": 24,
    }
    assert sizes["groups", "%s", '"KE"'] == 3
    assert sizes["groups", "%s", "ACTIVE"] + sizes["groups", "%s", "PENDING_VERIFICATION"] == 5
    assert sizes["members", "group(", "INACTIVE"] == 0
    assert (sizes["meetings", "group(", "OPEN"], sizes["meetings", "group(", "CLOSED"]) == (1, 3)
    assert sizes["contributions", "group(", "OLDEST", "SHARE"] == 12


async def test_a_list_sorted_the_other_way_is_the_list_reversed(scene: Scene) -> None:
    inside = f'group(id: "{scene.group.id}") {{ %s }}'
    newest = await List("contributions", inside, {"orderBy": "NEWEST"}).walk(scene.client, 5)
    oldest = await List("contributions", inside, {"orderBy": "OLDEST"}).walk(scene.client, 5)
    assert oldest == newest[::-1]


async def test_a_page_of_twenty_is_what_one_gets_without_asking(scene: Scene) -> None:
    data = await scene.client.query(
        f'{{ group(id: "{scene.group.id}") {{ contributions {{ nodes {{ id }} pageInfo {{ hasNextPage }} }} }} }}'
    )
    contributions = data["group"]["contributions"]
    assert len(contributions["nodes"]) == 20
    assert contributions["pageInfo"]["hasNextPage"] is True


async def test_rows_that_come_while_one_walks_neither_repeat_nor_hide_others(scene: Scene, world: World) -> None:
    inside = f'group(id: "{scene.group.id}") {{ %s }}'
    growing = {
        "OLDEST": List("contributions", inside, {"orderBy": "OLDEST"}),
        "NEWEST": List("contributions", inside, {"orderBy": "NEWEST"}),
    }
    for order, each in growing.items():
        before = await each.walk(scene.client, 100)
        added: list[str] = []
        seen: list[str] = []
        after = None
        while True:
            page = await each.page(scene.client, 2, after)
            seen += [node["id"] for node in page["nodes"]]
            if not page["pageInfo"]["hasNextPage"]:
                break
            after = page["pageInfo"]["endCursor"]
            if len(added) < 3:
                known = new_id()
                await world.record(scene.group, scene.meetings[3], social_fund(scene.group.members[4], "1", id=known))
                added.append(str(known))
        assert seen == (before + added if order == "OLDEST" else before)


async def test_groups_that_begin_while_one_walks_appear_only_behind_the_cursor(scene: Scene) -> None:
    by_name = List("groups", "%s")
    first = await by_name.page(scene.client, 2)
    assert len(first["nodes"]) == 2
    await begin(scene.client, "A")
    late = str(await begin(scene.client, "z"))
    rest = []
    after = first["pageInfo"]["endCursor"]
    while after:
        page = await by_name.page(scene.client, 2, after)
        rest += [node["id"] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"] if page["pageInfo"]["hasNextPage"] else None
    assert len(rest) == 4
    assert rest[-1] == late


async def test_an_empty_list_has_no_cursors_and_counts_nothing(api: Api) -> None:
    page = await List("groups", "%s").page(await api.someone(), 20)
    assert page == {
        "totalCount": 0,
        "nodes": [],
        "edges": [],
        "pageInfo": {"hasNextPage": False, "hasPreviousPage": False, "startCursor": None, "endCursor": None},
    }


async def test_lists_below_many_parents_are_those_that_each_parent_has_alone(scene: Scene) -> None:
    group = f'group(id: "{scene.group.id}")'
    for parent, arguments in (
        ("members", ""),
        ("members", ", orderBy: OLDEST"),
        ("members", ", kind: SHARE"),
        ("meetings", ", kind: SOCIAL_FUND, orderBy: OLDEST"),
        ("meetings", ""),
    ):
        rows = (
            f"contributions(first: 2{arguments}) {{ totalCount nodes {{ id }} pageInfo {{ hasNextPage endCursor }} }}"
        )
        together = await scene.client.query(f"{{ {group} {{ {parent} {{ nodes {{ id {rows} }} }} }} }}")
        nodes = together["group"][parent]["nodes"]
        assert len(nodes) > 3
        for node in nodes:
            kind = parent[:-1].capitalize()
            alone = await scene.client.query(f'{{ node(id: "{node["id"]}") {{ ... on {kind} {{ id {rows} }} }} }}')
            assert alone["node"] == node
    assert any(node["contributions"]["pageInfo"]["hasNextPage"] for node in nodes)


async def test_two_pages_of_one_list_can_be_asked_for_at_once(scene: Scene) -> None:
    data = await scene.client.query(
        f"""{{ group(id: "{scene.group.id}") {{
            one: members(first: 1) {{ nodes {{ number }} totalCount }}
            two: members(first: 2) {{ nodes {{ number }} totalCount }}
            none: members(status: INACTIVE) {{ nodes {{ number }} totalCount }}
        }} }}"""
    )
    assert data["group"] == {
        "one": {"nodes": [{"number": 1}], "totalCount": 6},
        "two": {"nodes": [{"number": 1}, {"number": 2}], "totalCount": 6},
        "none": {"nodes": [], "totalCount": 0},
    }


async def test_one_sees_only_ones_own_sessions_and_groups(api: Api, scene: Scene) -> None:
    stranger = await api.someone()
    data = await stranger.query("{ groups { totalCount } viewer { sessions { totalCount nodes { isCurrent } } } }")
    assert data == {
        "groups": {"totalCount": 0},
        "viewer": {"sessions": {"totalCount": 1, "nodes": [{"isCurrent": True}]}},
    }
    mine = await scene.client.query("{ groups { totalCount } viewer { sessions { totalCount } } }")
    assert mine == {"groups": {"totalCount": 5}, "viewer": {"sessions": {"totalCount": 5}}}
