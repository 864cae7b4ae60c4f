"""What a viewer may not see: rows are not there, columns are null and named once, and nothing leaks by counting."""

from __future__ import annotations

from typing import Any

import pytest

from domain.identifiers import new_id
from domain.ledger.accounts import GroupKind, chart_for
from domain.policy import Visibility
from tests.support.api import Api, Client
from tests.support.world import GroupOfPeople, Person, World, shares, social_fund

PAGE = """query Page($id: ID!) { group(id: $id) {
    name memberCount
    fundBalances { fund balance { amount } }
    accounts { code balance { amount } }
    openMeeting { number }
    book { entryCount }
    members { totalCount nodes { number name phone roles balances { shares } contributions { totalCount } } }
    meetings { totalCount nodes { number totals { amount { amount } } cashCounts { moment }
        contributions { totalCount } } }
    contributions { totalCount nodes { amount { amount } member { number name } } }
} }"""


@pytest.fixture
async def group(world: World) -> GroupOfPeople:
    return await peopled(world, Visibility.TOTALS_ONLY)


async def peopled(world: World, visibility: Visibility) -> GroupOfPeople:
    """A group whose chair and plain member each paid into the social fund; the chair bought shares too."""
    group = await world.group(visibility=visibility)
    meeting = await world.meeting(group)
    chair, plain = group.members[1], group.members[3]
    await world.record(group, meeting, shares(chair, 2), social_fund(chair, "20"), social_fund(plain, "20"))
    await world.superuser.execute("SET session_replication_role = replica")
    return group


async def look(api: Api, person: Person, group: GroupOfPeople) -> tuple[dict[str, Any], list[str]]:
    answer = await api.client(person).send(PAGE, id=group.id)
    return answer.data["group"], answer.extensions.get("hidden", [])


def seen(page: dict[str, Any]) -> dict[str, Any]:
    """How much of the page is there."""
    members = page["members"]["nodes"]
    return {
        "memberCount": page["memberCount"],
        "funds": page["fundBalances"] and [each["balance"]["amount"] for each in page["fundBalances"]],
        "balances": [each["code"] for each in page["accounts"] if each["balance"]],
        "members": page["members"]["totalCount"],
        "names": [each["number"] for each in members if each["name"]],
        "roles": [each["number"] for each in members if each["roles"] is not None],
        "shares": {each["number"]: each["balances"]["shares"] for each in members if each["balances"]},
        "paid": [each["contributions"]["totalCount"] for each in members],
        "meetings": page["meetings"]["totalCount"],
        "totals": [each["totals"] and len(each["totals"]) for each in page["meetings"]["nodes"]],
        "contributions": page["contributions"]["totalCount"],
    }


ALL_ACCOUNTS = sorted(account.code for account in chart_for(new_id(), GroupKind.VSLA))
EVERYTHING = {
    "memberCount": 5,
    "funds": ["400.00", "40.00"],
    "balances": ALL_ACCOUNTS,
    "members": 5,
    "names": [1, 2, 3, 4, 5],
    "roles": [1, 2, 3, 4, 5],
    "shares": {1: 0, 2: 2, 3: 0, 4: 0, 5: 0},
    "paid": [0, 2, 0, 1, 0],
    "meetings": 1,
    "totals": [2],
    "contributions": 3,
}
OWN = {"shares": {4: 0}, "paid": [0, 0, 0, 1, 0], "contributions": 1}
NO_TOTALS = {"funds": None, "balances": [], "totals": [None]}
HIDDEN_TOTALS = ["Account.balance", "Group.fundBalances", "Meeting.cashCounts", "Meeting.totals"]


async def test_officers_and_auditors_see_everything_but_auditors_no_phone(
    api: Api, world: World, group: GroupOfPeople
) -> None:
    for person in (group.secretary, group.chair, group.treasurer):
        page, hidden = await look(api, person, group)
        assert (seen(page), hidden) == (EVERYTHING, [])
    page, hidden = await look(api, await world.auditor(group), group)
    assert (seen(page), hidden) == (EVERYTHING, ["Member.phone"])


async def test_a_member_sees_what_the_constitution_shows(api: Api, world: World, group: GroupOfPeople) -> None:
    page, hidden = await look(api, group.plain, group)
    assert seen(page) == EVERYTHING | OWN
    assert hidden == ["Member.balances", "Member.phone"]

    page, hidden = await look(api, (everything := await peopled(world, Visibility.ALL)).plain, everything)
    assert (seen(page), hidden) == (EVERYTHING, ["Member.phone"])

    page, hidden = await look(api, (nothing := await peopled(world, Visibility.OWN_ONLY)).plain, nothing)
    assert seen(page) == EVERYTHING | OWN | NO_TOTALS
    assert hidden == sorted([*HIDDEN_TOTALS, "Member.balances", "Member.phone"])


async def test_a_member_without_any_row_hidden_learns_of_no_column(api: Api, group: GroupOfPeople) -> None:
    document = f'{{ node(id: "{group.members[3]}") {{ ... on Member {{ name phone balances {{ shares }} }} }} }}'
    answer = await api.client(group.plain).send(document)
    assert answer.data == {"node": {"name": "Member 4", "phone": None, "balances": {"shares": 0}}}
    assert answer.extensions == {}


async def test_a_partner_sees_as_far_as_the_group_opened_itself(api: Api, world: World, group: GroupOfPeople) -> None:
    page, hidden = await look(api, await world.partner(group, "TOTALS"), group)
    nothing_below = {"members": 0, "names": [], "roles": [], "shares": {}, "paid": [], "meetings": 0, "totals": []}
    assert seen(page) == EVERYTHING | nothing_below | {"memberCount": None, "contributions": 0}
    assert hidden == ["Group.memberCount", "Group.openMeeting"]

    page, hidden = await look(api, await world.partner(group, "ROWS"), group)
    assert seen(page) == EVERYTHING | {"names": [], "roles": []}
    assert hidden == ["Meeting.cashCounts", "Member.name", "Member.phone", "Member.roles"]

    partner = await world.partner(group, "NAMES")
    page, hidden = await look(api, partner, group)
    assert seen(page) == EVERYTHING | {"names": [], "roles": []}
    assert hidden == ["Meeting.cashCounts", "Member.name", "Member.phone", "Member.roles"]
    await world.superuser.execute(
        "UPDATE app.member_names SET shown_to = ARRAY(SELECT tenant_id FROM app.memberships WHERE user_id = $1)"
        " WHERE member_id = $2",
        partner.user_id,
        group.members[1],
    )
    page, hidden = await look(api, partner, group)
    assert seen(page)["names"] == [2]
    assert page["contributions"]["nodes"][-1]["member"] == {"number": 2, "name": "Member 2"}
    assert hidden == ["Meeting.cashCounts", "Member.name", "Member.phone", "Member.roles"]


async def test_staff_of_the_institution_that_owns_the_branch_see_everything(
    api: Api, world: World, group: GroupOfPeople
) -> None:
    page, hidden = await look(api, await world.institution_staff(group), group)
    assert (seen(page), hidden) == (EVERYTHING, [])


async def test_an_administrator_sees_all_but_what_no_administrator_may(
    api: Api, world: World, group: GroupOfPeople
) -> None:
    admin = await world.admin()
    without_phone = PAGE.replace(" phone ", " ")
    page = (await api.client(admin).query(without_phone, id=group.id))["group"]
    assert seen(page) == EVERYTHING
    answer = await api.client(admin).send(PAGE, id=group.id)
    errors = answer.body["errors"]
    assert {(error["extensions"]["code"], error["message"]) for error in errors} == {
        ("FORBIDDEN", "You may not read records of this kind: member private.")
    }
    assert [error["path"] for error in errors] == [["group", "members", "nodes", at, "phone"] for at in range(5)]
    assert answer.body["data"]["group"]["members"]["nodes"][0]["phone"] is None


async def test_a_stranger_finds_nothing_at_all(api: Api, world: World, group: GroupOfPeople) -> None:
    elsewhere = await world.group()
    for client in (await api.someone(), api.client(elsewhere.secretary)):
        answer = await client.send(PAGE, id=group.id)
        assert answer.data == {"group": None}
        assert answer.extensions == {}
        answer = await client.send("query Q($id: ID!) { bookVerification(groupId: $id) { isSound } }", id=group.id)
        assert answer.data == {"bookVerification": None}


async def test_a_phone_is_for_the_person_and_the_officers(api: Api, group: GroupOfPeople) -> None:
    secretary = api.client(group.secretary)
    wish: dict[str, Any] = {"groupId": group.id, "name": "Njeri"}
    added = await secretary.do("memberAdd", "member { id phone }", **wish, phone="0712 345 678")
    assert added["member"]["phone"] == "+254712345678"
    document = f'{{ node(id: "{added["member"]["id"]}") {{ ... on Member {{ phone }} }} }}'
    for person, phone, hidden in (
        (group.chair, "+254712345678", {}),
        (group.plain, None, {"hidden": ["Member.phone"]}),
    ):
        answer = await api.client(person).send(document)
        assert (answer.data, answer.extensions) == ({"node": {"phone": phone}}, hidden)


async def test_a_field_hidden_on_many_rows_is_named_once(api: Api, group: GroupOfPeople) -> None:
    answer = await api.client(group.plain).send(
        """query Q($id: ID!) { group(id: $id) { one: members { nodes { mine: balances { shares } } }
        two: members(first: 2) { nodes { balances { shares } } } } }""",
        id=group.id,
    )
    assert [node["mine"] for node in answer.data["group"]["one"]["nodes"]] == [None, None, None, {"shares": 0}, None]
    assert answer.extensions == {"hidden": ["Member.balances"]}


async def test_whoever_may_not_do_it_is_told_so_and_whoever_sees_nothing_is_not(
    api: Api, world: World, group: GroupOfPeople
) -> None:
    wish = {"groupId": group.id, "name": "Njeri"}

    async def outcome(client: Client) -> tuple[str, str]:
        answer = await client.mutate("memberAdd", "member { id }", **wish, idempotencyKey=new_id())
        if "errors" in answer.body:
            return answer.refusal
        (error,) = answer.data["memberAdd"]["userErrors"]
        return error["reason"], error["message"]

    forbidden = ("FORBIDDEN", "You may not create records of this kind: member.")
    for person in (group.plain, group.treasurer, await world.auditor(group), await world.partner(group, "NAMES")):
        assert await outcome(api.client(person)) == forbidden
    assert await outcome(api.client(await world.admin())) == forbidden
    assert (await outcome(await api.someone()))[0] == "GROUP_NOT_FOUND"
