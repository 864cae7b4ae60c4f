"""Fines over HTTP: of the constitution's amounts, paid at once or later, waived, and outstanding by the book."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from domain.groups import FineReasonWish
from domain.identifiers import new_id
from tests.graph.office import Office
from tests.support.api import Api, Client
from tests.support.world import GroupOfPeople, World

REASONS = (
    FineReasonWish(code="LATE", name="Came late", amount=Decimal(20)),
    FineReasonWish(code="ABSENT", name="Stayed away", amount=Decimal(50)),
)
FINE = "fine { id amount { amount } outstanding { amount } reasonCode reasonName constitutionVersion reason leviedOn }"
FINES = """
query Fines($id: ID!) {
  group(id: $id) {
    members(first: 5) { nodes { number balances { finesOwed { amount } }
      fines(first: 5, orderBy: OLDEST) { totalCount nodes { id reasonCode amount { amount } outstanding { amount } } }
    } }
    meetings(first: 1) { nodes { fines(first: 5) { totalCount nodes {
      member { number } reversedBy { number } outstanding { amount }
    } } } }
  }
}
"""


async def fined(client: Client, group: GroupOfPeople, member: int, code: str, **fields: Any) -> str:
    payload = await client.do(
        "fineLevy", FINE, groupId=group.id, memberId=group.members[member], reasonCode=code, **fields
    )
    fine: str = payload["fine"]["id"]
    return fine


async def outstanding(client: Client, group: GroupOfPeople, member: int) -> list[tuple[str, str]]:
    answer = await client.query(FINES, id=group.id)
    nodes = answer["group"]["members"]["nodes"][member]["fines"]["nodes"]
    return [(node["reasonCode"], node["outstanding"]["amount"]) for node in nodes]


@pytest.fixture
async def strict(api: Api, world: World) -> Office:
    """The treasurer of a group whose constitution lists reasons."""
    group = await world.group(fine_reasons=REASONS)
    return Office(api.client(group.treasurer), group, world)


async def test_a_fine_is_of_the_constitution_s_amount_and_cites_its_version(strict: Office, world: World) -> None:
    meeting = await world.meeting(strict.group)
    payload = await strict.client.do(
        "fineLevy",
        f"{FINE} entry {{ kind voucher {{ description }} }}",
        groupId=strict.group.id,
        meetingId=meeting,
        memberId=strict.group.members[4],
        reasonCode="LATE",
    )
    day = await world.superuser.fetchval("SELECT held_on FROM app.meetings")
    assert payload["fine"] == {
        "id": payload["fine"]["id"],
        "amount": {"amount": "20.00"},
        "outstanding": {"amount": "20.00"},
        "reasonCode": "LATE",
        "reasonName": "Came late",
        "constitutionVersion": 1,
        "reason": "Came late",
        "leviedOn": day.isoformat(),
    }
    assert payload["entry"] == {"kind": "FINE_LEVIED", "voucher": {"description": "Came late"}}


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        (
            {"reasonCode": "SLEPT"},
            (
                "NOT_ALLOWED",
                "FINE_REASON_UNKNOWN",
                ["reasonCode"],
                (
                    "The constitution (version 1) knows no fine for this reason: check the code, or let the group "
                    "amend the constitution first."
                ),
            ),
        ),
        (
            {"amount": "5", "reason": "I do not like her"},
            (
                "NOT_ALLOWED",
                "FINE_REASON_MISSING",
                ["reasonCode"],
                (
                    "Members are fined for the reasons of the constitution (version 1): give the code of one of them; "
                    "where it lists none, say in words what the fine is for."
                ),
            ),
        ),
        (
            {"reasonCode": "LATE", "amount": "25"},
            (
                "NOT_ALLOWED",
                "FINE_AMOUNT_DIFFERS",
                ["amount"],
                (
                    "The constitution (version 1) asks 20.00 for this: leave the amount out. "
                    "What is too much can be waived."
                ),
            ),
        ),
    ],
)
async def test_there_is_no_fine_that_the_constitution_does_not_know(
    fields: dict[str, Any], refusal: tuple[str, str, list[str], str], strict: Office
) -> None:
    assert await strict.refused("fineLevy", memberId=strict.group.members[4], **fields) == refusal


async def test_where_the_constitution_lists_no_reasons_a_fine_is_in_words(office: Office) -> None:
    member = office.group.members[4]
    assert (await office.refused("fineLevy", memberId=member, amount="5"))[1] == "FINE_REASON_MISSING"
    assert (await office.refused("fineLevy", memberId=member, reason="Late"))[1] == "FINE_AMOUNT_MISSING"
    assert (await office.refused("fineLevy", memberId=member, reasonCode="LATE"))[1] == "FINE_REASON_UNKNOWN"
    payload = await office.client.do(
        "fineLevy", FINE, groupId=office.group.id, memberId=member, amount="5", reason="Late"
    )
    assert payload["fine"]["reasonCode"] is None
    assert payload["fine"]["reason"] == "Late"
    assert payload["fine"]["outstanding"] == {"amount": "5.00"}


async def test_what_names_no_fine_settles_the_oldest_and_what_names_one_settles_that(api: Api, strict: Office) -> None:
    group, treasurer = strict.group, strict.client
    first = await fined(treasurer, group, 4, "LATE")
    second = await fined(treasurer, group, 4, "ABSENT")
    third = await fined(treasurer, group, 4, "LATE")
    wish = {"groupId": group.id, "memberId": group.members[4]}
    await treasurer.do("finePay", "entry { number }", **wish, amount="15", fineId=second)
    assert await outstanding(treasurer, group, 4) == [("LATE", "20.00"), ("ABSENT", "35.00"), ("LATE", "20.00")]
    await treasurer.do("finePay", "entry { number }", **wish, amount="30")
    assert await outstanding(treasurer, group, 4) == [("LATE", "0.00"), ("ABSENT", "25.00"), ("LATE", "20.00")]
    chair = api.client(group.chair)
    await chair.do("fineWaive", "entry { number }", **wish, amount="20", fineId=third, reason="She was ill")
    assert await outstanding(treasurer, group, 4) == [("LATE", "0.00"), ("ABSENT", "25.00"), ("LATE", "0.00")]
    for fine, owed in ((first, None), (second, "25.00"), (third, None)):
        sentence = (
            "Nothing is outstanding of this fine any more: check which fine it is."
            if owed is None
            else f"Of this fine {owed} is outstanding: give at most that."
        )
        assert await strict.refused("finePay", memberId=group.members[4], amount="26", fineId=fine) == (
            "NOT_ALLOWED",
            "FINE_OWED_LESS",
            ["amount"],
            sentence,
        )
    assert (await strict.refused("finePay", memberId=group.members[3], amount="1", fineId=second))[1:3] == (
        "FINE_NOT_FOUND",
        ["fineId"],
    )
    await treasurer.do("finePay", "entry { number }", **wish, amount="25")
    assert await outstanding(treasurer, group, 4) == [("LATE", "0.00"), ("ABSENT", "0.00"), ("LATE", "0.00")]


async def test_a_fine_that_is_paid_at_once_is_outstanding_no_more(strict: Office) -> None:
    group = strict.group
    await fined(strict.client, group, 4, "ABSENT", isPaid=True)
    await fined(strict.client, group, 4, "LATE")
    answer = (await strict.client.query(FINES, id=group.id))["group"]["members"]["nodes"][4]
    assert answer["balances"] == {"finesOwed": {"amount": "20.00"}}
    assert [node["outstanding"]["amount"] for node in answer["fines"]["nodes"]] == ["0.00", "20.00"]


async def test_a_fine_or_a_payment_that_is_taken_back_counts_no_more(strict: Office) -> None:
    group = strict.group
    first = await fined(strict.client, group, 4, "LATE")
    second = await fined(strict.client, group, 4, "ABSENT")
    paid = await strict.client.do(
        "finePay", "entry { id }", groupId=group.id, memberId=group.members[4], amount="50", fineId=second
    )
    await strict.client.do(
        "entryReverse", "entry { number }", groupId=group.id, entryId=paid["entry"]["id"], reason="Not hers"
    )
    assert await outstanding(strict.client, group, 4) == [("LATE", "20.00"), ("ABSENT", "50.00")]
    await strict.client.do("entryReverse", "entry { number }", groupId=group.id, entryId=first, reason="She was there")
    assert await outstanding(strict.client, group, 4) == [("LATE", "0.00"), ("ABSENT", "50.00")]
    assert (await strict.refused("finePay", memberId=group.members[4], amount="1", fineId=first))[1] == "FINE_NOT_FOUND"


async def test_the_roll_is_fined_in_one_go_and_nobody_twice(strict: Office, world: World) -> None:
    group = strict.group
    meeting = await world.meeting(group)
    statuses = ("PRESENT", "LATE", "ABSENT", "EXCUSED", "LATE")
    await strict.client.do(
        "rollCallRecord",
        "meeting { id }",
        groupId=group.id,
        meetingId=meeting,
        items=[{"memberId": who, "status": status} for who, status in zip(group.members, statuses, strict=True)],
    )
    await fined(strict.client, group, 1, "LATE", meetingId=meeting)
    key = new_id()
    selection = "fines { reasonCode amount { amount } member { number } }"
    wish = {"groupId": group.id, "meetingId": meeting}
    payload = await strict.client.do("rollCallFine", selection, **wish, idempotencyKey=key)
    assert payload["fines"] == [
        {"reasonCode": "ABSENT", "amount": {"amount": "50.00"}, "member": {"number": 3}},
        {"reasonCode": "LATE", "amount": {"amount": "20.00"}, "member": {"number": 5}},
    ]
    assert await strict.client.do("rollCallFine", selection, **wish, idempotencyKey=key) == payload
    assert await strict.refused("rollCallFine", meetingId=meeting) == (
        "CONFLICT",
        "NOBODY_TO_FINE",
        ["meetingId"],
        "Nobody on the roll was absent or late who has not been fined for it: there is nothing to do.",
    )
    assert (await strict.refused("rollCallFine", meetingId=meeting, lateCode="SLEPT"))[1:3] == (
        "FINE_REASON_UNKNOWN",
        ["lateCode"],
    )
    answer = await strict.client.query(FINES, id=group.id)
    (held,) = answer["group"]["meetings"]["nodes"]
    assert held["fines"] == {
        "totalCount": 3,
        "nodes": [
            {"member": {"number": number}, "reversedBy": None, "outstanding": {"amount": amount}}
            for number, amount in ((5, "20.00"), (3, "50.00"), (2, "20.00"))
        ],
    }


@pytest.mark.parametrize("code", ["LATE", "ABSENT"])
async def test_nobody_is_fined_twice_in_a_meeting_for_what_the_roll_says_once(
    strict: Office, world: World, code: str
) -> None:
    group = strict.group
    meeting = await world.meeting(group)
    first = await fined(strict.client, group, 4, code, meetingId=meeting)
    wish = {"memberId": group.members[4], "reasonCode": code}
    error = await strict.refused("fineLevy", meetingId=meeting, **wish)
    assert error[:3] == ("CONFLICT", "FINED_ALREADY", ["reasonCode"])
    levy = "mutation($input: FineLevyInput!) { fineLevy(input: $input) { userErrors { fineId } } }"
    again = {"groupId": group.id, "idempotencyKey": new_id(), "meetingId": meeting, **wish}
    assert (await strict.client.query(levy, input=again))["fineLevy"]["userErrors"] == [{"fineId": first}]
    # Another member, another reason and another day are something else.
    await fined(strict.client, group, 3, code, meetingId=meeting)
    await fined(strict.client, group, 4, {"LATE": "ABSENT", "ABSENT": "LATE"}[code], meetingId=meeting)
    await fined(strict.client, group, 4, code)
    # What was taken back was no fine.
    await strict.client.do("entryReverse", "entry { kind }", groupId=group.id, entryId=first, reason="Not her")
    await fined(strict.client, group, 4, code, meetingId=meeting)


async def test_raw_sql_fines_nobody_twice_for_what_the_roll_says_once(office: Office, world: World) -> None:
    group, meeting = office.group, await world.meeting(office.group)
    wish = {"groupId": group.id, "meetingId": meeting, "memberId": group.members[4], "amount": "1", "reason": "x"}
    fines = [UUID((await office.client.do("fineLevy", "entry { id }", **wish))["entry"]["id"]) for _ in range(3)]

    async def say(fine: UUID, code: str) -> None:
        async with world.transaction(group.secretary) as connection:
            await connection.execute("SELECT app.enter_write($1)", [group.id])
            await connection.execute(
                "INSERT INTO app.fines VALUES ($1, $2, $3, $4, 'x', 1)", group.id, fine, group.members[4], code
            )

    await say(fines[0], "ABSENT")
    with pytest.raises(asyncpg.UniqueViolationError, match="was fined for this"):
        await say(fines[1], "ABSENT")
    await say(fines[2], "LATE")
    assert await world.superuser.fetchval("SELECT count(*) FROM app.fines") == 2


async def test_whoever_is_absent_pays_no_fine_where_the_constitution_takes_none(api: Api, world: World) -> None:
    group = await world.group(fine_reasons=REASONS, can_absent_members_pay=False)
    office = Office(api.client(group.treasurer), group, world)
    meeting = await world.meeting(group)
    statuses = ("PRESENT", "ABSENT", "EXCUSED", "REPRESENTED", "LATE")
    items = [
        {"memberId": who, "status": status, **({"representative": "Her son"} if status == "REPRESENTED" else {})}
        for who, status in zip(group.members, statuses, strict=True)
    ]
    await office.client.do("rollCallRecord", "meeting { id }", groupId=group.id, meetingId=meeting, items=items)
    refusal = ("NOT_ALLOWED", "ABSENT_MEMBER_PAYS", ["memberId"])
    for index, status in enumerate(statuses):
        await fined(office.client, group, index, "LATE", meetingId=meeting)
        wish = {"memberId": group.members[index], "meetingId": meeting}
        at_once = {**wish, "reasonCode": "ABSENT", "isPaid": True}
        if status in ("ABSENT", "EXCUSED"):
            assert (await office.refused("finePay", amount="5", **wish))[:3] == refusal
            assert (await office.refused("fineLevy", **at_once))[:3] == refusal
            await office.client.do(
                "finePay", "entry { kind }", groupId=group.id, memberId=group.members[index], amount="5"
            )
        else:
            await office.client.do("finePay", "entry { kind }", groupId=group.id, amount="5", **wish)
            await office.client.do("fineLevy", "fine { id }", groupId=group.id, **at_once)


async def test_whoever_may_not_waive_waives_nothing(strict: Office, api: Api) -> None:
    group = strict.group
    fine = await fined(strict.client, group, 4, "LATE")
    for who in (group.secretary, group.plain):
        refused = await api.client(who).mutate(
            "fineWaive",
            "entry { id }",
            groupId=group.id,
            memberId=group.members[4],
            amount="20",
            fineId=fine,
            reason="A friend",
        )
        assert refused.refusal[0] == "FORBIDDEN"
    assert await outstanding(strict.client, group, 4) == [("LATE", "20.00")]


async def test_a_member_sees_her_own_fines_and_not_another_s(strict: Office, api: Api) -> None:
    group = strict.group
    await fined(strict.client, group, 3, "LATE")
    await fined(strict.client, group, 4, "ABSENT")
    answer = await api.client(group.plain).query(FINES, id=group.id)
    assert [node["fines"]["totalCount"] for node in answer["group"]["members"]["nodes"]] == [0, 0, 0, 1, 0]
