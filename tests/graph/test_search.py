"""Members are found by name, number or phone, by whoever may see what they are found by, and by nobody else."""

from __future__ import annotations

from uuid import UUID

import pytest

from domain.identifiers import new_id
from tests.graph.office import Office
from tests.support.api import Api, Client
from tests.support.world import World

IN_GROUP = (
    "query($id: ID!, $search: String) { group(id: $id) { members(search: $search) { totalCount nodes { number } } } }"
)
ANYWHERE = (
    "query($search: String!, $first: Int, $after: String) { members(search: $search, first: $first, after: $after) {"
    " totalCount nodes { id name number } pageInfo { hasNextPage endCursor } } }"
)

NAMES = ("Achieng Otieno", "Wanjikũ wa Kamau", "N'gang'a Mwangi", "José Ochieng", "Otieno Were", "Élodie Müller-Kamau")


@pytest.fixture
async def names(office: Office) -> Office:
    """Members 6 to 11, with these names and a phone number each."""
    for index, name in enumerate(NAMES):
        await office.client.do(
            "memberAdd", "member { id }", groupId=office.group.id, name=name, phone=f"071234567{index}"
        )
    return office


async def found(client: Client, group: UUID, search: str) -> list[int]:
    members = (await client.query(IN_GROUP, id=group, search=search))["group"]["members"]
    numbers = [each["number"] for each in members["nodes"]]
    assert members["totalCount"] == len(numbers)
    return numbers


@pytest.mark.parametrize(
    ("search", "numbers"),
    [
        ("otieno", [6, 10]),
        ("OTI", [6, 10]),
        ("otieno ach", [6]),
        ("ach otieno", [6]),
        ("otieno kamau", []),
        # Accents, capitals and apostrophes make no difference.
        ("wanjiku", [7]),
        ("WANJIKŨ", [7]),
        ("nganga", [8]),
        ("N\u2019gang\u2019a", [8]),
        ("jose", [9]),
        ("elodie muller", [11]),
        ("kamau", [7, 11]),
        # A slip of the pen: a letter too many, too few, another, two changed places.
        ("ottieno", [6, 10]),
        ("otino", [6, 10]),
        ("otiemo", [6, 10]),
        ("otieon", [6, 10]),
        ("achieg", [6]),
        ("wanjiuk kamua", [7]),
        # Two slips are another name, and a short word has none.
        ("otxxno", []),
        ("wx", []),
        # By number in the group and by phone, as it is written here or anywhere.
        ("8", [8]),
        ("0712345672", [8]),
        ("+254 712 345 672", [8]),
        ("0712345699", []),
        ("07123", []),
        ("%", []),
        ("___", []),
        ("' OR true --", []),
        ("~otieno", [6, 10]),
    ],
)
async def test_members_of_a_group_are_found(names: Office, search: str, numbers: list[int]) -> None:
    if len(search) < 2 and not search.isdecimal():
        assert (await names.client.refused(IN_GROUP, id=names.group.id, search=search))[0] == "BAD_USER_INPUT"
        return
    assert await found(names.client, names.group.id, search) == numbers


async def test_a_new_name_is_found_and_the_old_one_no_more(names: Office) -> None:
    member = (await names.client.query(ANYWHERE, search="jose"))["members"]["nodes"][0]["id"]
    await names.client.do(
        "memberRevise",
        "member { id }",
        groupId=names.group.id,
        memberId=member,
        expectedVersion=1,
        name="Peter Ouma",
    )
    assert await found(names.client, names.group.id, "jose") == []
    assert await found(names.client, names.group.id, "ouma") == [9]


async def test_searches_that_are_none_are_refused(names: Office) -> None:
    for search in ("", " ", "a", "x" * 81):
        assert (await names.client.refused(ANYWHERE, search=search))[0] == "BAD_USER_INPUT"


async def test_whoever_sees_several_groups_finds_in_all_of_them_the_best_first(
    api: Api, names: Office, world: World
) -> None:
    other = await world.group()
    for name in ("Otiena Abel", "Otieno Zuma"):
        await api.client(other.secretary).do("memberAdd", "member { id }", groupId=other.id, name=name)
    reader = await world.person()
    for group in (names.group, other):
        await world.superuser.execute(
            "INSERT INTO app.memberships (id, user_id, tenant_id, role) VALUES ($1, $2, $3, 'AUDITOR')",
            new_id(),
            reader.user_id,
            group.id,
        )
    client = api.client(reader)
    page = (await client.query(ANYWHERE, search="otieno", first=2))["members"]
    assert [node["name"] for node in page["nodes"]] == ["Achieng Otieno", "Otieno Were"]
    assert page["totalCount"] == 4
    after = page["pageInfo"]["endCursor"]
    rest = (await client.query(ANYWHERE, search="otieno", first=5, after=after))["members"]
    assert [node["name"] for node in rest["nodes"]] == ["Otieno Zuma", "Otiena Abel"]
    assert rest["pageInfo"]["hasNextPage"] is False


@pytest.mark.parametrize("consent", ["TOTALS", "ROWS", "NAMES"])
async def test_a_partner_finds_nobody_by_a_name_that_it_may_not_know(
    api: Api, names: Office, world: World, consent: str
) -> None:
    partner = await world.partner(names.group, consent)
    client = api.client(partner)
    rows = consent != "TOTALS"
    for search in ("otieno", "ottieno", "0712345670", "+254712345670"):
        assert (await client.query(ANYWHERE, search=search))["members"] == {
            "totalCount": 0,
            "nodes": [],
            "pageInfo": {"hasNextPage": False, "endCursor": None},
        }
    by_number = (await client.query(ANYWHERE, search="6"))["members"]["nodes"]
    assert [(node["name"], node["number"]) for node in by_number] == ([(None, 6)] if rows else [])


async def test_a_partner_finds_by_name_only_whoever_opened_hers_to_it(api: Api, names: Office, world: World) -> None:
    partner = await world.partner(names.group, "NAMES")
    (own,) = [
        row["tenant_id"]
        for row in await world.superuser.fetch(
            "SELECT tenant_id FROM app.memberships WHERE user_id = $1", partner.user_id
        )
    ]
    member = (await names.client.query(ANYWHERE, search="achieng"))["members"]["nodes"][0]["id"]
    async with world.superuser.transaction():
        await world.superuser.execute("SET LOCAL session_replication_role = DEFAULT")
        await world.superuser.execute("UPDATE ledger.heads SET writer = pg_current_xact_id()")
        await world.superuser.execute(
            "UPDATE app.member_names SET shown_to = $2 WHERE member_id = $1", UUID(member), [own]
        )
    client = api.client(partner)
    assert [node["name"] for node in (await client.query(ANYWHERE, search="otieno"))["members"]["nodes"]] == [
        "Achieng Otieno"
    ]


@pytest.mark.usefixtures("names")
async def test_strangers_and_members_of_other_groups_find_nobody(api: Api, world: World) -> None:
    other = await world.group()
    for client in (api.client(other.secretary), await api.someone()):
        for search in ("otieno", "0712345670"):
            assert (await client.query(ANYWHERE, search=search))["members"]["nodes"] == []
        # A number is any group's: of those that she may see.
        nodes = (await client.query(ANYWHERE, search="11"))["members"]["nodes"]
        assert nodes == []


async def test_keys_are_read_and_written_by_nobody(names: Office, world: World) -> None:
    async with world.transaction(names.group.secretary) as connection:
        assert not await connection.fetchval(
            "SELECT has_any_column_privilege('app.member_keys', 'SELECT, INSERT, UPDATE')"
            " OR has_table_privilege('app.member_keys', 'DELETE')"
        )
        assert len(await connection.fetch("SELECT * FROM app.find_by_name('otieno', NULL)")) == 2
    partner = await world.partner(names.group, "ROWS")
    async with world.transaction(partner) as connection:
        assert await connection.fetch("SELECT * FROM app.find_members('{otieno}', NULL)") == []
        assert await connection.fetch("SELECT * FROM app.find_by_name('otieno', $1)", [names.group.id]) == []


async def test_a_search_is_as_many_statements_as_a_list(api: Api, names: Office) -> None:
    group = names.group.id
    plain = await api.count_statements(names.client, IN_GROUP, id=group, search=None)
    by_name = await api.count_statements(names.client, IN_GROUP, id=group, search="otieno")
    anywhere = await api.count_statements(names.client, ANYWHERE, search="otieno")
    assert (plain.count, by_name.count, anywhere.count) == (4, 4, 3)
