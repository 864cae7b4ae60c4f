"""Records by their id alone, whatever they are."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from domain.identifiers import new_id
from domain.ledger.holds import hold_place
from domain.ledger.manual import draft_entry
from domain.lending.applying import ApplyForLoan, apply_for_loan
from domain.lending.products import AddLoanProduct, add_loan_product
from domain.lending.records import LoanPurpose
from tests.ledger.drafting import manual
from tests.ledger.lending import VSLA
from tests.ledger.test_holds import placing
from tests.support.api import Api, Client
from tests.support.world import GroupOfPeople, World, shares

NODE = "query Q($id: ID!) { node(id: $id) { __typename id } }"
NODES = "query Q($ids: [ID!]!) { nodes(ids: $ids) { __typename id ... on Member { number } } }"


@pytest.fixture
async def group(world: World) -> GroupOfPeople:
    return await world.group()


@pytest.fixture
async def ids(world: World, group: GroupOfPeople) -> dict[str, UUID]:
    """One record of each type."""
    meeting, contribution = await world.meeting(group), new_id()
    await world.record(group, meeting, shares(group.members[4], 1, id=contribution))
    hold = await world.succeed(group.treasurer, hold_place, placing(group, "1"))
    draft = await world.succeed(group.treasurer, draft_entry, manual(group))
    offer = AddLoanProduct(group_id=group.id, idempotency_key=new_id(), name="Ordinary loan", terms=VSLA)
    asked = ApplyForLoan(
        group_id=group.id,
        idempotency_key=new_id(),
        meeting_id=meeting,
        member_id=group.members[4],
        product_id=await world.succeed(group.chair, add_loan_product, offer),
        amount=Decimal(10),
        purpose=LoanPurpose.OTHER,
    )
    loan = await world.succeed(group.secretary, apply_for_loan, asked)
    return {
        "Group": group.id,
        "Member": group.members[4],
        "Meeting": meeting,
        "Contribution": contribution,
        "EntryDraft": draft,
        "Hold": hold,
        "Loan": loan,
    }


@pytest.fixture
def secretary(api: Api, group: GroupOfPeople) -> Client:
    return api.client(group.secretary)


async def test_a_node_of_each_type_is_found_by_its_id(secretary: Client, ids: dict[str, UUID]) -> None:
    schema = await secretary.query('{ __type(name: "Node") { possibleTypes { name } } }')
    assert {each["name"] for each in schema["__type"]["possibleTypes"]} == set(ids)
    for kind, each in ids.items():
        for written in (str(each), str(each).upper()):
            assert await secretary.query(NODE, id=written) == {"node": {"__typename": kind, "id": str(each)}}


async def test_nodes_come_in_the_order_of_their_ids_with_gaps_and_repeats(
    secretary: Client, ids: dict[str, UUID]
) -> None:
    wanted = [ids["Meeting"], new_id(), ids["Member"], ids["Meeting"], ids["Group"], ids["Contribution"]]
    found = (await secretary.query(NODES, ids=wanted))["nodes"]
    assert found == [
        {"__typename": "Meeting", "id": str(ids["Meeting"])},
        None,
        {"__typename": "Member", "id": str(ids["Member"]), "number": 5},
        {"__typename": "Meeting", "id": str(ids["Meeting"])},
        {"__typename": "Group", "id": str(ids["Group"])},
        {"__typename": "Contribution", "id": str(ids["Contribution"])},
    ]
    assert await secretary.query(NODES, ids=[]) == {"nodes": []}


async def test_a_node_of_a_foreign_group_and_one_that_is_none_are_both_null(
    api: Api, world: World, ids: dict[str, UUID], group: GroupOfPeople
) -> None:
    elsewhere = await world.group()
    for client in (await api.someone(), api.client(elsewhere.secretary)):
        for each in (*ids.values(), new_id(), group.secretary.user_id, group.account("3100")):
            answer = await client.send(NODE, id=each)
            assert (answer.data, answer.extensions) == ({"node": None}, {})
        assert await client.query(NODES, ids=list(ids.values())) == {"nodes": [None] * len(ids)}


async def test_a_hundred_nodes_may_be_asked_for_and_no_more(secretary: Client, ids: dict[str, UUID]) -> None:
    assert len((await secretary.query(NODES, ids=[ids["Member"]] * 100))["nodes"]) == 100
    assert await secretary.refused(NODES, ids=[ids["Member"]] * 101) == (
        "BAD_USER_INPUT",
        "Ask for at most 100 records at a time.",
    )


async def test_one_garbage_id_spoils_the_list(secretary: Client, ids: dict[str, UUID]) -> None:
    code, _ = await secretary.refused(NODES, ids=[ids["Member"], "garbage"])
    assert code == "BAD_USER_INPUT"


async def test_two_records_with_one_id_are_null_to_whoever_sees_both(
    api: Api, world: World, group: GroupOfPeople, secretary: Client
) -> None:
    elsewhere = await world.group(secretary=group.secretary)
    shared = group.members[4]
    wish: dict[str, Any] = {"groupId": elsewhere.id, "id": shared, "name": "A namesake of another group"}
    assert (await secretary.do("memberAdd", "member { id }", **wish))["member"] == {"id": str(shared)}
    assert await secretary.query(NODE, id=shared) == {"node": None}
    assert await secretary.query(NODES, ids=[shared, group.id]) == {
        "nodes": [None, {"__typename": "Group", "id": str(group.id)}]
    }
    for officer, number in ((group.chair, 5), (elsewhere.chair, 6)):
        found = await api.client(officer).query(NODES, ids=[shared])
        assert found == {"nodes": [{"__typename": "Member", "id": str(shared), "number": number}]}


async def test_an_id_shared_by_records_of_two_types_is_null_too(
    secretary: Client, group: GroupOfPeople, world: World
) -> None:
    meeting = await world.meeting(group)
    wish: dict[str, Any] = {"groupId": group.id, "id": meeting, "name": "A namesake of the meeting"}
    await secretary.do("memberAdd", "member { id }", **wish)
    assert await secretary.query(NODE, id=meeting) == {"node": None}
    data = await secretary.query(
        f'{{ group(id: "{group.id}") {{ openMeeting {{ id }} members(first: 9) {{ nodes {{ id }} }} }} }}'
    )
    assert data["group"]["openMeeting"] == {"id": str(meeting)}
    assert {"id": str(meeting)} in data["group"]["members"]["nodes"]
