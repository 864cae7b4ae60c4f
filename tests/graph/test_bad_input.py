"""What people and programs get wrong, mutation by mutation: each refused with what to do, and nothing changed."""

from __future__ import annotations

from typing import Any

import pytest

from domain.identifiers import new_id
from tests.graph.office import Office
from tests.support.api import Api, nothing_changes
from tests.support.world import World

NEW_GROUP = {
    "name": "Tumaini",
    "kind": "VSLA",
    "currency": "KES",
    "country": "KE",
    "timeZone": "Africa/Nairobi",
    "sharePrice": "200",
}


TOO_LONG = "Shorten this text to at most 120 characters."
EMPTY = "Write something here: this text may not be empty."


IMPOSSIBLE_GROUPS: list[tuple[dict[str, Any], str, str, str]] = [
    ({"sharePrice": "0"}, "AMOUNT_NOT_POSITIVE", "sharePrice", "Write an amount above zero."),
    ({"sharePrice": "-200"}, "AMOUNT_NOT_POSITIVE", "sharePrice", "Write an amount above zero."),
    (
        {"sharePrice": "100000000000000.01"},
        "AMOUNT_TOO_LARGE",
        "sharePrice",
        "Amounts may not go beyond 100000000000000: check the number of digits.",
    ),
    (
        {"sharePrice": "200.5", "currency": "UGX"},
        "AMOUNT_TOO_PRECISE",
        "sharePrice",
        "UGX has no decimals: write a whole amount.",
    ),
    ({"socialFundAmount": "-1"}, "AMOUNT_NEGATIVE", "socialFundAmount", "Give an amount of zero or more."),
    *(
        (
            limits,
            "SHARES_OUT_OF_ORDER",
            "sharesMax" if "sharesMax" in limits else "sharesMin",
            "Give a smallest number of shares of 0 or more and a largest that is not below it and from 1 to 1000.",
        )
        for limits in (
            {"sharesMin": 6},
            {"sharesMin": -1},
            {"sharesMax": 0, "sharesMin": 0},
            {"sharesMax": 1001},
            {"sharesMax": 2_147_483_647},
        )
    ),
    (
        {"timeZone": "Nairobi"},
        "UNKNOWN_TIME_ZONE",
        "timeZone",
        "This is not a time zone: give a name of the IANA database, such as Africa/Nairobi.",
    ),
    ({"name": ""}, "TEXT_TOO_SHORT", "name", EMPTY),
    ({"name": " \u200b "}, "TEXT_TOO_SHORT", "name", EMPTY),
    ({"name": "n" * 121}, "TEXT_TOO_LONG", "name", TOO_LONG),
    ({"name": "n" * 100_000}, "TEXT_TOO_LONG", "name", TOO_LONG),
    ({"village": "v" * 161}, "TEXT_TOO_LONG", "village", "Shorten this text to at most 160 characters."),
    ({"village": ""}, "TEXT_TOO_SHORT", "village", EMPTY),
    (
        {"county": "Kisumu\u202e"},
        "TEXT_NOT_ALLOWED",
        "county",
        "Remove the character U+202E from this text: it cannot be used here.",
    ),
    (
        {"id": "not-an-id"},
        "NOT_AN_ID",
        "id",
        "Give the id as a UUID of 36 characters, as it was answered or minted.",
    ),
]


async def test_a_group_with_impossible_rules_does_not_begin(api: Api, world: World) -> None:
    client = await api.someone()
    async with nothing_changes(world, but_for_keys=True):
        for fields, reason, path, message in IMPOSSIBLE_GROUPS:
            error = await client.user_error("groupCreate", **NEW_GROUP | fields)
            assert error == {"code": "INVALID", "reason": reason, "path": [path], "message": message}


WRONG_TYPES: list[tuple[str, object, str]] = [
    ("currency", "KSH", "Give a current ISO 4217 currency in three capital letters, such as KES."),
    ("currency", "kes", "Give a current ISO 4217 currency in three capital letters, such as KES."),
    ("currency", "XXX", "Give a current ISO 4217 currency in three capital letters, such as KES."),
    ("currency", 404, "Give a current ISO 4217 currency in three capital letters, such as KES."),
    ("country", "Kenya", "Give a country of ISO 3166-1 in two capital letters, such as KE."),
    ("country", "ZZ", "Give a country of ISO 3166-1 in two capital letters, such as KE."),
    ("kind", "CHAMA", "Value 'CHAMA' does not exist in 'GroupKind' enum."),
    ("sharesMax", 2_147_483_648, "Int cannot represent non 32-bit signed integer value: 2147483648"),
    ("sharesMax", "5", "Int cannot represent non-integer value: '5'"),
    ("sharesMax", 5.5, "Int cannot represent non-integer value: 5.5"),
    ("name", 5, "String cannot represent a non string value: 5"),
    ("name", None, "Expected value of non-null type 'String!' not to be None."),
    ("idempotencyKey", "no-uuid", "Give a UUID in its usual form of 36 characters."),
    ("idempotencyKey", 5, "Give a UUID in its usual form of 36 characters."),
]


async def test_a_value_of_the_wrong_type_is_refused_before_anything_runs(api: Api, world: World) -> None:
    client = await api.someone()
    async with nothing_changes(world):
        for field, value, sentence in WRONG_TYPES:
            answer = await client.mutate("groupCreate", "__typename", **NEW_GROUP | {field: value})
            assert answer.refusal == ("BAD_USER_INPUT", f"Variable '$input' has invalid value at .{field}: {sentence}")
            assert "data" not in answer.body


async def test_a_group_id_that_is_taken_begins_no_second_group(office: Office, api: Api) -> None:
    stranger = Office(await api.someone(), office.group, office.world)
    for each in (office, stranger):
        assert await each.refused("groupCreate", **NEW_GROUP, id=office.group.id) == (
            "CONFLICT",
            "ID_ALREADY_USED",
            ["id"],
            "This id already belongs to a record with other content: make a new id.",
        )


NO_MEMBERS: list[tuple[dict[str, Any], str, str, str, str]] = [
    *(
        (
            {"phone": phone},
            "INVALID",
            "NOT_A_PHONE_NUMBER",
            "phone",
            "This is not a phone number in use: write it with its country code, such as +254 712 345 678.",
        )
        for phone in ("", "12", "+254", "0712 FLOWERS", "+999712345678", "7" * 100_000, "+254712345678x9")
    ),
    (
        {"number": 0},
        "INVALID",
        "MEMBER_NUMBER_INVALID",
        "number",
        "Give a member number from 1 to 1000000, or leave it out to get the next one.",
    ),
    (
        {"number": 1_000_001},
        "INVALID",
        "MEMBER_NUMBER_INVALID",
        "number",
        "Give a member number from 1 to 1000000, or leave it out to get the next one.",
    ),
    (
        {"number": 1},
        "CONFLICT",
        "MEMBER_NUMBER_TAKEN",
        "number",
        "Another member of the group has this number: choose another, or leave it out to get the next one.",
    ),
    ({"name": "n" * 100_000}, "INVALID", "TEXT_TOO_LONG", "name", TOO_LONG),
    (
        {"roles": ["CHAIR"]},
        "INVALID",
        "ROLES_NEED_USER",
        "roles",
        "Roles are held by whoever signs in: give the user's id as well, or leave the roles out.",
    ),
    (
        {"roles": ["AUDITOR"]},
        "INVALID",
        "ROLE_NOT_FOR_MEMBERS",
        "roles",
        "A member of a group can be MEMBER, CHAIR, SECRETARY or TREASURER: leave other roles out.",
    ),
    (
        {"userId": str(new_id())},
        "NOT_FOUND",
        "USER_NOT_FOUND",
        "userId",
        "There is no active user with this id: check it, or add the member without a user.",
    ),
    (
        {"userId": "me"},
        "INVALID",
        "NOT_AN_ID",
        "userId",
        "Give the id as a UUID of 36 characters, as it was answered or minted.",
    ),
]


async def test_a_member_who_cannot_be_entered_is_not(office: Office) -> None:
    for fields, *refusal, path, message in NO_MEMBERS:
        expected = (*refusal, [path], message)
        assert await office.refused("memberAdd", **{"name": "Wanjiku", **fields}) == expected


@pytest.mark.parametrize(
    ("field", "reason", "message"),
    [
        ("name", "TEXT_NOT_ALLOWED", "Remove the character U+0000 from this text: it cannot be used here."),
        (
            "phone",
            "NOT_A_PHONE_NUMBER",
            "This is not a phone number in use: write it with its country code, such as +254 712 345 678.",
        ),
    ],
)
async def test_a_nul_that_the_document_itself_spells_is_refused_by_the_field(
    office: Office, field: str, reason: str, message: str
) -> None:
    given = {"name": "Wanjiku", "phone": "+254712345678"}
    given[field] = f"{given[field]}\\u0000"
    literals = ", ".join(f'{name}: "{value}"' for name, value in given.items())
    document = f"""mutation {{ memberAdd(input: {{
        groupId: "{office.group.id}", idempotencyKey: "{new_id()}", {literals}
    }}) {{ member {{ id }} userErrors {{ code reason path message }} }} }}"""
    async with nothing_changes(office.world, but_for_keys=True):
        data = await office.client.query(document)
    assert data["memberAdd"] == {
        "member": None,
        "userErrors": [{"code": "INVALID", "reason": reason, "path": [field], "message": message}],
    }


async def test_a_phone_number_belongs_to_one_member_of_a_group(office: Office) -> None:
    await office.client.do("memberAdd", "member { id }", groupId=office.group.id, name="Njeri", phone="0712345678")
    assert await office.refused("memberAdd", name="Achieng", phone="+254 712-345 678") == (
        "CONFLICT",
        "PHONE_ALREADY_IN_GROUP",
        ["phone"],
        "Member 6 of this group has this phone number: look at that record, she may be entered already.",
    )


async def test_a_user_is_one_member_of_a_group(office: Office) -> None:
    assert await office.refused("memberAdd", name="Amina", userId=office.group.chair.user_id) == (
        "CONFLICT",
        "USER_IS_ANOTHER_MEMBER",
        ["userId"],
        "This user is already another member of this group: look for that member in the list.",
    )


async def test_a_known_member_id_with_other_content_is_refused(office: Office) -> None:
    assert await office.refused("memberAdd", name="Other", id=office.group.members[0]) == (
        "CONFLICT",
        "ID_ALREADY_USED",
        ["id"],
        "This id already belongs to a record with other content: make a new id.",
    )


async def test_a_day_nobody_can_mean_is_refused(office: Office) -> None:
    for day in ("1989-12-31", "0001-01-01", "9999-12-31"):
        for mutation, field, name in (("memberAdd", "joinedOn", {"name": "Wanjiku"}), ("meetingOpen", "heldOn", {})):
            code, reason, path, message = await office.refused(mutation, **name, **{field: day})
            assert (code, reason, path) == ("INVALID", "DATE_NOT_PLAUSIBLE", [field])
            assert message.startswith("Check the date: it must be from 1990-01-01 to 2")


async def test_a_repeated_key_with_other_content_is_refused_and_changes_nothing(office: Office) -> None:
    key = new_id()
    await office.client.do("memberAdd", "member { id }", groupId=office.group.id, idempotencyKey=key, name="Njeri")
    reused = (
        "CONFLICT",
        "IDEMPOTENCY_KEY_REUSED",
        ["idempotencyKey"],
        "This idempotency key was already used for something else: make a new key for a new request.",
    )
    assert await office.refused("memberAdd", idempotencyKey=key, name="Njoki") == reused
    assert await office.refused("memberAdd", idempotencyKey=key, name="Njeri", sex="FEMALE") == reused
    assert await office.refused("meetingOpen", idempotencyKey=key) == reused


async def test_after_the_highest_member_number_none_is_given_by_itself(office: Office) -> None:
    await office.client.do("memberAdd", "member { id }", groupId=office.group.id, name="Njeri", number=1_000_000)
    assert (await office.refused("memberAdd", name="Njoki"))[1:3] == ("MEMBER_NUMBER_INVALID", ["number"])
