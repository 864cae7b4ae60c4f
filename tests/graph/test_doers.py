"""Who did something is named as the member that she is in the group, for whoever may know that."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from domain.policy import Role, Visibility
from tests.graph.office import Office
from tests.support.api import Api
from tests.support.world import World

PAGE = """query Q($id: ID!) { group(id: $id) {
    contributions { nodes { recordedByMember { number } } }
    meetings { nodes { openedBy closedBy openedByMember { number name } closedByMember { number name } } }
} }"""

TERMS = "query Q($id: ID!) { node(id: $id) { ... on Member { roleTerms { role startsAt endsAt } } } }"


async def furnish(api: Api, world: World, office: Office) -> None:
    meeting = await world.meeting(office.group)
    await api.client(office.group.treasurer).do(
        "contributionsRecord",
        "items { status }",
        groupId=office.group.id,
        meetingId=meeting,
        items=[{"memberId": office.group.members[4], "kind": "SOCIAL_FUND", "amount": "20"}],
    )
    await world.close_meeting(office.group, meeting)


async def test_who_recorded_opened_and_closed_is_told_by_name(api: Api, office: Office, world: World) -> None:
    await furnish(api, world, office)
    group = office.group
    found = (await api.client(group.plain).query(PAGE, id=group.id))["group"]
    # What is paid in is not hers to see; who held the meeting is.
    assert found["contributions"]["nodes"] == []
    secretary = {"number": 1, "name": found["meetings"]["nodes"][0]["openedByMember"]["name"]}
    assert secretary["name"]
    user = str(group.secretary.user_id)
    assert found["meetings"]["nodes"] == [
        {"openedBy": user, "closedBy": user, "openedByMember": secretary, "closedByMember": secretary}
    ]
    found = (await api.client(group.chair).query(PAGE, id=group.id))["group"]
    assert found["contributions"]["nodes"] == [{"recordedByMember": {"number": 3}}]


async def test_whoever_left_is_still_named_in_what_she_did(api: Api, office: Office, world: World) -> None:
    await furnish(api, world, office)
    group = office.group
    await office.client.do(
        "memberLeave", "member { status }", groupId=group.id, memberId=group.members[2], expectedVersion=1
    )
    found = (await office.client.query(PAGE, id=group.id))["group"]
    assert found["contributions"]["nodes"] == [{"recordedByMember": {"number": 3}}]


async def test_a_partner_who_sees_rows_is_not_told_who_did_it(api: Api, office: Office, world: World) -> None:
    await furnish(api, world, office)
    viewer = await world.partner(office.group, "ROWS", role=Role.PARTNER_VIEWER)
    answer = await api.client(viewer).send(PAGE, id=office.group.id)
    assert answer.data["group"]["contributions"]["nodes"] == [{"recordedByMember": None}]
    assert answer.data["group"]["meetings"]["nodes"][0]["openedByMember"] is None
    assert answer.extensions["hidden"] == [
        "Contribution.recordedByMember",
        "Meeting.closedByMember",
        "Meeting.openedByMember",
    ]


async def test_the_trail_and_the_readings_name_members(api: Api, office: Office) -> None:
    group, member = office.group, office.group.members[4]
    await api.client(group.treasurer).query(
        "query Q($id: ID!) { node(id: $id) { ... on Member { phone } } }", id=member
    )
    await office.client.do(
        "memberRevise",
        "member { phone }",
        groupId=group.id,
        memberId=member,
        expectedVersion=1,
        phone="0712345678",
    )
    found = (
        await office.client.query(
            """query Q($id: ID!) { group(id: $id) {
                auditLog(first: 1) { nodes { command actorMember { number } } }
                personalDataReads { nodes { fields readerMember { number } member { number } } } } }""",
            id=group.id,
        )
    )["group"]
    assert found["auditLog"]["nodes"] == [{"command": "memberRevise", "actorMember": {"number": 1}}]
    assert found["personalDataReads"]["nodes"] == [
        {"fields": ["phone"], "readerMember": {"number": 1}, "member": {"number": 5}}
    ]


async def test_the_terms_of_a_role_are_told_with_their_days(office: Office, world: World) -> None:
    today = await world.superuser.fetchval("SELECT (now() AT TIME ZONE 'Africa/Nairobi')::date")
    wish: dict[str, Any] = {"groupId": office.group.id, "memberId": office.group.members[3]}

    async def terms() -> list[tuple[str, Any]]:
        found = (await office.client.query(TERMS, id=office.group.members[3]))["node"]["roleTerms"]
        return [(each["role"], each["endsAt"]) for each in found]

    assert await terms() == [("MEMBER", None)]
    coming, last = today + timedelta(days=3), today + timedelta(days=9)
    await office.client.do("roleGrant", "member { id }", **wish, role="CHAIR", startsOn=coming, endsOn=last)
    midnight = f"{last}T21:00:00.000000Z"
    assert await terms() == [("MEMBER", None), ("CHAIR", midnight)]
    # What was ended before it began never was; what was held stays to be read.
    await office.client.do("roleEnd", "member { id }", **wish, role="CHAIR")
    await office.client.do("roleGrant", "member { id }", **wish, role="TREASURER")
    await office.client.do("roleEnd", "member { id }", **wish, role="TREASURER")
    assert [role for role, _ in await terms()] == ["MEMBER", "TREASURER"]


@pytest.mark.parametrize("visibility", [Visibility.OWN_ONLY])
async def test_amounts_in_the_trail_are_not_rounded(api: Api, world: World, visibility: Visibility) -> None:
    group = await world.group(visibility=visibility)
    client = api.client(group.secretary)
    amount = "90071992547409.93"
    await client.do(
        "constitutionAmend",
        "group { id }",
        groupId=group.id,
        expectedVersion=1,
        reason="Voted",
        contributionAmount=amount,
    )
    found = await client.query(
        'query Q($id: ID!) { group(id: $id) { auditLog(entity: "constitution", first: 1)'
        " { nodes { changes { field after } } } } }",
        id=group.id,
    )
    (record,) = found["group"]["auditLog"]["nodes"]
    (after,) = [each["after"] for each in record["changes"] if each["field"] == "contributionAmount"]
    assert after == '"90071992547409.9300"'
