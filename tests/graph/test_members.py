"""The register of members: what is known of each, changed by version, and nobody in it twice."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from domain.contact import EmailAddress, PhoneNumber
from domain.identifiers import new_id
from persistence.access.logins import login_indexes
from tests.graph.office import Office
from tests.support.api import Api, nothing_changes
from tests.support.world import Person, World

FACTS = (
    "name photo phone email nationalId bornOn birthYear address nextOfKin { name relationship phone } sex number "
    "status joinedOn leftOn version"
)

ONE = f"query One($id: ID!) {{ node(id: $id) {{ ... on Member {{ {FACTS} }} }} }}"

WANJIKU = {
    "name": "Wanjikũ Kamau",
    "photo": "https://pictures.example.org/wanjiku.jpg",
    "phone": "0712 345 678",
    "email": "Wanjiku@Example.org",
    "nationalId": "ab-123 456",
    "bornOn": "1984-02-29",
    "address": "Plot 7\nKiambu Road",
    "nextOfKin": {"name": "Kamau Njoroge", "relationship": "husband", "phone": "0712 345 679"},
    "sex": "FEMALE",
}


def key() -> str:
    return str(new_id())


async def enter(office: Office, **facts: Any) -> str:
    payload = await office.client.do("memberAdd", "member { id }", groupId=office.group.id, **facts)
    member: str = payload["member"]["id"]
    return member


async def known(office: Office, member: str) -> dict[str, Any]:
    found: dict[str, Any] = (await office.client.query(ONE, id=member))["node"]
    return found


async def change(office: Office, member: str, version: int, **facts: Any) -> dict[str, Any]:
    payload = await office.client.do(
        "memberRevise",
        f"member {{ {FACTS} }}",
        groupId=office.group.id,
        memberId=member,
        expectedVersion=version,
        **facts,
    )
    found: dict[str, Any] = payload["member"]
    return found


async def sign_up(
    world: World, *, phone: str | None = None, email: str | None = None, person: Person | None = None
) -> Person:
    """A user who signs in with these: a new one, unless one is given."""
    person = person or await world.person()
    login = PhoneNumber(phone) if phone is not None else EmailAddress(email or "")
    await world.superuser.execute(
        f"INSERT INTO access.user_private (user_id, {'phone' if phone else 'email'}_index) VALUES ($1, $2)",
        person.user_id,
        login_indexes(world.keyring, login)[0],
    )
    return person


async def test_all_that_is_known_of_a_member_is_kept_and_read(office: Office) -> None:
    member = await enter(office, **WANJIKU)
    assert await known(office, member) == {
        "name": "Wanjikũ Kamau",
        "photo": "https://pictures.example.org/wanjiku.jpg",
        "phone": "+254712345678",
        "email": "Wanjiku@Example.org",
        "nationalId": "AB123456",
        "bornOn": "1984-02-29",
        "birthYear": 1984,
        "address": "Plot 7\nKiambu Road",
        "nextOfKin": {"name": "Kamau Njoroge", "relationship": "husband", "phone": "+254712345679"},
        "sex": "FEMALE",
        "number": 6,
        "status": "ACTIVE",
        "joinedOn": (await known(office, str(office.group.members[0])))["joinedOn"],
        "leftOn": None,
        "version": 1,
    }


async def test_what_is_private_lies_sealed_in_the_database(office: Office) -> None:
    member = await enter(office, **WANJIKU)
    row = await office.world.superuser.fetchval(
        "SELECT to_jsonb(p)::text FROM app.member_private p WHERE p.member_id = $1", UUID(member)
    )
    sealed = bytes(row, "utf-8")
    for secret in ("712345678", "xample.org", "123456", "1984", "Plot", "Njoroge"):
        assert secret.encode() not in sealed
        assert secret.encode().hex().encode() not in sealed


async def test_a_year_of_birth_is_enough(office: Office) -> None:
    found = await known(office, await enter(office, name="Achieng", birthYear=1959))
    assert (found["bornOn"], found["birthYear"]) == (None, 1959)


@pytest.mark.parametrize(
    ("facts", "refusal"),
    [
        ({"email": "nobody"}, ("INVALID", "NOT_AN_EMAIL_ADDRESS", ["email"])),
        ({"nationalId": "1"}, ("INVALID", "NATIONAL_ID_INVALID", ["nationalId"])),
        ({"bornOn": "2999-01-01"}, ("INVALID", "BIRTH_NOT_PLAUSIBLE", ["bornOn"])),
        ({"birthYear": 1700}, ("INVALID", "BIRTH_NOT_PLAUSIBLE", ["birthYear"])),
        ({"bornOn": "1990-01-01", "birthYear": 1991}, ("INVALID", "BIRTH_NOT_PLAUSIBLE", ["bornOn"])),
        ({"photo": "javascript:alert(1)"}, ("INVALID", "PHOTO_NOT_A_REFERENCE", ["photo"])),
        ({"address": "x" * 161}, ("INVALID", "TEXT_TOO_LONG", ["address"])),
        ({"nextOfKin": {"name": "  "}}, ("INVALID", "TEXT_TOO_SHORT", ["nextOfKin", "name"])),
        ({"nextOfKin": {"name": "Ann", "phone": "1"}}, ("INVALID", "NOT_A_PHONE_NUMBER", ["nextOfKin", "phone"])),
        (
            {"nextOfKin": {"name": "Ann", "relationship": "x" * 61}},
            ("INVALID", "TEXT_TOO_LONG", ["nextOfKin", "relationship"]),
        ),
    ],
)
async def test_what_cannot_be_true_of_a_person_is_refused(
    office: Office, facts: dict[str, Any], refusal: tuple[str, str, list[str]]
) -> None:
    assert (await office.refused("memberAdd", name="Achieng", **facts))[:3] == refusal
    member = str(office.group.members[4])
    assert (await office.refused("memberRevise", memberId=member, expectedVersion=1, **facts))[:3] == refusal


@pytest.mark.parametrize(
    ("field", "first", "again", "reason"),
    [
        ("phone", "0712345678", "+254 712 345 678", "PHONE_ALREADY_IN_GROUP"),
        ("email", "Ann@example.org", "ann@EXAMPLE.org", "EMAIL_ALREADY_IN_GROUP"),
        ("nationalId", "AB-123 456", "ab123456", "NATIONAL_ID_ALREADY_IN_GROUP"),
    ],
)
async def test_a_person_entered_from_two_phones_is_refused_the_second_time_and_the_member_is_named(
    office: Office, field: str, first: str, again: str, reason: str
) -> None:
    member = await enter(office, name="Ann", **{field: first})
    document = (
        "mutation($input: MemberAddInput!) { memberAdd(input: $input) { userErrors {"
        " code reason path memberId memberNumber } } }"
    )
    wish = {"groupId": office.group.id, "idempotencyKey": key(), "name": "Anne", field: again}
    refusal = {"code": "CONFLICT", "reason": reason, "path": [field], "memberId": member, "memberNumber": 6}
    async with nothing_changes(office.world, but_for_keys=True):
        assert (await office.client.query(document, input=wish))["memberAdd"]["userErrors"] == [refusal]
        # A repeat is told the same from what was kept.
        assert (await office.client.query(document, input=wish))["memberAdd"]["userErrors"] == [refusal]
    other = str(office.group.members[4])
    error = await office.refused("memberRevise", memberId=other, expectedVersion=1, **{field: again})
    assert error[:3] == ("CONFLICT", reason, [field])


async def test_another_group_may_have_the_same_person(api: Api, office: Office, world: World) -> None:
    elsewhere = await world.group()
    for client, group in ((office.client, office.group), (api.client(elsewhere.secretary), elsewhere)):
        await client.do("memberAdd", "member { id }", groupId=group.id, name="Ann", phone="0712345678")


async def test_a_record_is_put_right_field_by_field(office: Office) -> None:
    member = await enter(office, **WANJIKU)
    before = await known(office, member)
    changes = {"name": "Wanjiku K.", "number": 60, "birthYear": 1985, "joinedOn": "2026-01-05"}
    found = await change(office, member, 1, **changes)
    assert found == {**before, **changes, "bornOn": None, "version": 2}
    # What she has already is no other person's.
    again = await change(office, member, 2, phone="+254712345678")
    assert again == {**found, "version": 3}


async def test_fields_are_cleared_by_name(office: Office) -> None:
    member = await enter(office, **WANJIKU)
    fields = ["SEX", "PHOTO", "PHONE", "EMAIL", "NATIONAL_ID", "BIRTH", "ADDRESS", "NEXT_OF_KIN"]
    found = await change(office, member, 1, clear=fields)
    empty = ("photo", "phone", "email", "nationalId", "bornOn", "birthYear", "address", "nextOfKin", "sex")
    assert {name: found[name] for name in empty} == dict.fromkeys(empty)
    assert found["name"] == "Wanjikũ Kamau"
    # Nothing is left by which the number would still be hers.
    await enter(office, name="Sister", phone="0712345678", email="wanjiku@example.org", nationalId="AB123456")


async def test_a_stale_version_is_refused_and_shows_the_record_as_it_is(office: Office) -> None:
    member = await enter(office, name="Ann")
    await change(office, member, 1, name="Anne")
    async with nothing_changes(office.world, but_for_keys=True):
        answer = await office.client.mutate(
            "memberRevise",
            "member { name version }",
            groupId=office.group.id,
            memberId=member,
            expectedVersion=1,
            name="Anna",
        )
    payload = answer.data["memberRevise"]
    assert payload["member"] == {"name": "Anne", "version": 2}
    (error,) = payload["userErrors"]
    assert (error["reason"], error["path"]) == ("VERSION_STALE", ["expectedVersion"])


async def test_updates_that_make_no_sense_are_refused(office: Office) -> None:
    member, other = str(office.group.members[4]), key()

    async def refused(**fields: Any) -> tuple[str, list[str]]:
        return (await office.refused("memberRevise", **{"memberId": member, "expectedVersion": 1, **fields}))[1:3]

    assert await refused() == ("NOTHING_TO_CHANGE", [])
    assert await refused(memberId=other, name="Ann") == ("MEMBER_UNKNOWN", ["memberId"])
    assert await refused(phone="0712345678", clear=["SEX", "PHONE"]) == ("FIELD_GIVEN_AND_CLEARED", ["clear", "1"])
    assert await refused(number=1) == ("MEMBER_NUMBER_TAKEN", ["number"])
    assert await refused(number=0) == ("MEMBER_NUMBER_INVALID", ["number"])
    assert await refused(name="") == ("TEXT_TOO_SHORT", ["name"])
    assert await refused(joinedOn="1800-01-01") == ("DATE_NOT_PLAUSIBLE", ["joinedOn"])


async def test_who_is_no_registrar_changes_no_record(api: Api, office: Office) -> None:
    fields = {"groupId": office.group.id, "memberId": office.group.members[4], "expectedVersion": 1}
    async with nothing_changes(office.world):
        for who in (office.group.treasurer, office.group.plain):
            client = api.client(who)
            for mutation, more in (
                ("memberRevise", {"name": "Hacked"}),
                ("memberSuspend", {}),
                ("memberDeactivate", {}),
                ("memberReactivate", {}),
            ):
                answer = await client.mutate(mutation, "__typename", **fields, **more)
                assert answer.error["extensions"]["code"] == "FORBIDDEN"


async def test_a_member_pauses_is_suspended_and_comes_back(office: Office) -> None:
    member = str(office.group.members[4])

    async def move(mutation: str, version: int) -> tuple[str, int]:
        payload = await office.client.do(
            mutation,
            "member { status version }",
            groupId=office.group.id,
            memberId=member,
            expectedVersion=version,
        )
        return payload["member"]["status"], payload["member"]["version"]

    assert await move("memberDeactivate", 1) == ("INACTIVE", 2)
    assert await move("memberSuspend", 2) == ("SUSPENDED", 3)
    error = await office.refused("memberDeactivate", memberId=member, expectedVersion=3)
    assert error[:3] == ("NOT_ALLOWED", "STATUS_NOT_POSSIBLE", ["memberId"])
    assert await move("memberReactivate", 3) == ("ACTIVE", 4)
    error = await office.refused("memberReactivate", memberId=member, expectedVersion=4)
    assert error[:3] == ("NOT_ALLOWED", "STATUS_NOT_POSSIBLE", ["memberId"])


@pytest.mark.parametrize(("field", "login"), [("phone", "+254712345678"), ("email", "ann@example.org")])
async def test_whoever_signs_in_claims_the_membership_with_her_number_or_address(
    api: Api, office: Office, world: World, field: str, login: str
) -> None:
    member = await enter(office, name="Ann", **{field: login})
    client = api.client(await sign_up(world, **{field: login}))
    claimable = "{ viewer { claimableMemberships { groupId groupName } } }"
    group = str(office.group.id)
    assert await client.query(claimable) == {
        "viewer": {"claimableMemberships": [{"groupId": group, "groupName": "Umoja"}]}
    }
    wish = {"groupId": group, "idempotencyKey": key()}
    payload = await client.do("memberClaim", "member { id name roles group { id } }", **wish)
    assert payload["member"] == {"id": member, "name": "Ann", "roles": ["MEMBER"], "group": {"id": group}}
    # Once more with the same key, and with another: she is who she is.
    assert await client.do("memberClaim", "member { id name roles group { id } }", **wish) == payload
    assert (await client.do("memberClaim", "member { id }", groupId=group))["member"]["id"] == member
    assert (await client.query(claimable))["viewer"]["claimableMemberships"] == []


async def test_nobody_claims_a_membership_that_is_not_hers(api: Api, office: Office, world: World) -> None:
    await enter(office, name="Ann", phone="+254712345678")
    stranger = api.client(await sign_up(world, phone="+254712345679"))
    someone = await api.someone()
    answers = []
    async with nothing_changes(world, but_for_keys=True):
        for client, group in ((stranger, office.group.id), (stranger, new_id()), (someone, office.group.id)):
            answers.append(await client.user_error("memberClaim", groupId=group))
    # Of a group that does not exist nobody learns more than of one that does not know her.
    assert answers[0] == answers[1] == answers[2]
    assert (answers[0]["code"], answers[0]["reason"], answers[0]["path"]) == (
        "NOT_FOUND",
        "NOTHING_TO_CLAIM",
        ["groupId"],
    )
    assert await stranger.query("{ viewer { claimableMemberships { groupId } } }") == {
        "viewer": {"claimableMemberships": []}
    }


@pytest.mark.parametrize("status", ["SUSPENDED", "INACTIVE"])
async def test_a_membership_of_a_group_that_is_not_at_work_waits(
    api: Api, office: Office, world: World, status: str
) -> None:
    member = await enter(office, name="Ann", phone="+254712345678")
    client = api.client(await sign_up(world, phone="+254712345678"))
    stranger = api.client(await sign_up(world, phone="+254712345679"))
    group = office.group.id
    await world.superuser.execute("SET session_replication_role = replica")
    await world.superuser.execute("UPDATE app.groups SET status = $1", status)
    async with nothing_changes(world, but_for_keys=True):
        error = await client.user_error("memberClaim", groupId=group)
        unknown = await stranger.user_error("memberClaim", groupId=group)
    assert (error["code"], error["reason"], error["path"]) == ("NOT_ALLOWED", "GROUP_NOT_AT_WORK", ["groupId"])
    # How a group stands is told to those whom it knows, and to nobody else.
    assert unknown["reason"] == "NOTHING_TO_CLAIM"
    assert await client.query("{ viewer { claimableMemberships { groupId } } }") == {
        "viewer": {"claimableMemberships": []}
    }
    await world.superuser.execute("UPDATE app.groups SET status = 'ACTIVE'")
    assert (await client.do("memberClaim", "member { id }", groupId=group))["member"]["id"] == member


async def test_an_administrator_has_nothing_to_claim(api: Api, office: Office, world: World) -> None:
    await enter(office, name="Ann", phone="+254712345678")
    admin = api.client(await sign_up(world, phone="+254712345678", person=await world.admin()))
    assert await admin.query("{ viewer { claimableMemberships { groupId groupName } } }") == {
        "viewer": {"claimableMemberships": []}
    }


async def test_a_member_whom_somebody_is_already_is_not_claimed(api: Api, office: Office, world: World) -> None:
    member = await enter(office, name="Ann", phone="+254712345678", userId=(await world.person()).user_id)
    late = api.client(await sign_up(world, phone="+254712345678"))
    async with nothing_changes(world, but_for_keys=True):
        error = await late.user_error("memberClaim", groupId=office.group.id)
    assert (error["code"], error["reason"]) == ("CONFLICT", "USER_IS_ANOTHER_MEMBER")
    assert (await late.query("query($id: ID!) { node(id: $id) { id } }", id=member)) == {"node": None}


async def test_whoever_is_tied_to_one_member_claims_no_other(api: Api, office: Office, world: World) -> None:
    await enter(office, name="Ann", phone="+254712345678")
    await world.superuser.execute(
        "INSERT INTO access.user_private (user_id, phone_index) VALUES ($1, $2)",
        office.group.plain.user_id,
        login_indexes(world.keyring, PhoneNumber("+254712345678"))[0],
    )
    async with nothing_changes(world, but_for_keys=True):
        error = await api.client(office.group.plain).user_error("memberClaim", groupId=office.group.id)
    assert (error["code"], error["reason"]) == ("CONFLICT", "USER_IS_ANOTHER_MEMBER")


async def test_a_secretary_ties_a_member_to_a_user(api: Api, office: Office, world: World) -> None:
    person = await world.person()
    member = str(office.group.members[4])
    payload = await office.client.do(
        "memberLink", "member { id roles }", groupId=office.group.id, memberId=member, userId=person.user_id
    )
    assert payload["member"] == {"id": member, "roles": ["MEMBER"]}
    seen = await api.client(person).query("query($id: ID!) { node(id: $id) { ... on Member { name } } }", id=member)
    assert seen == {"node": {"name": "Member 5"}}
    error = await office.refused("memberLink", memberId=member, userId=(await world.person()).user_id)
    assert error[:3] == ("CONFLICT", "USER_IS_ANOTHER_MEMBER", ["userId"])
    error = await office.refused("memberLink", memberId=member, userId=key())
    assert error[:3] == ("NOT_FOUND", "USER_NOT_FOUND", ["userId"])
