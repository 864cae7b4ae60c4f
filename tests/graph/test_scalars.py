"""The scalars: which spellings each takes, in variables and in the document alike, and the one form it answers in."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest

from domain.identifiers import new_id
from tests.support.api import Api, Client, nothing_changes
from tests.support.world import GroupOfPeople, World

NEW_GROUP = {"name": "Tumaini", "kind": "VSLA", "currency": "KES", "country": "KE", "timeZone": "Africa/Nairobi"}

# For each scalar: the mutation and the field that take it, and spellings that are refused as none of it.
REFUSED: dict[str, tuple[str, str, list[Any]]] = {
    "Decimal": (
        "groupCreate",
        "sharePrice",
        [
            1,
            1.5,
            0,
            True,
            "",
            " 1",
            "1 ",
            "+1",
            ".5",
            "5.",
            "1,5",
            "1_000",
            "1e3",
            "0x1",
            "NaN",
            "Infinity",
            "--1",
            "\u0661",
            "9" * 33,
            "1\n",
            "\u22121",
        ],
    ),
    "Date": (
        "meetingOpen",
        "heldOn",
        [
            20260101,
            True,
            "",
            "2026-1-1",
            "20260101",
            "2026-W01-1",
            "2026-02-30",
            "2026-13-01",
            "01/02/2026",
            "today",
            "2026-01-01T00:00:00Z",
            " 2026-01-01",
            "0000-01-01",
            "\u0662\u0660\u0662\u0666-01-01",
        ],
    ),
    "DateTime": (
        "meetingOpen",
        "deviceTime",
        [
            1767258000,
            True,
            "",
            "2026-01-01",
            "2026-01-01T09:00:00",
            "2026-01-01 09:00:00Z",
            "2026-01-01T09:00Z",
            "2026-01-01T24:00:00Z",
            "2026-01-01T09:00:60Z",
            "2026-02-30T09:00:00Z",
            "2026-01-01T09:00:00+3:00",
            "2026-01-01T09:00:00+0300",
            "2026-01-01T09:00:00.1234567Z",
            "2026-01-01T09:00:00,5Z",
            "20260101T090000Z",
            "0001-01-01T00:00:00+01:00",
            "9999-12-31T23:59:59-01:00",
            "2026-01-01T09:00:00+25:00",
        ],
    ),
    "UUID": (
        "meetingOpen",
        "idempotencyKey",
        [
            1,
            True,
            "",
            "x",
            "0197c0de00007000800000000000000a",
            "{0197c0de-0000-7000-8000-00000000000a}",
            "urn:uuid:0197c0de-0000-7000-8000-00000000000a",
            " 0197c0de-0000-7000-8000-00000000000a",
            "0197c0de-0000-7000-8000-00000000000g",
            "0197c0de-0000-7000-8000-00000000000aa",
        ],
    ),
    "CurrencyCode": ("groupCreate", "currency", [404, True, "", "kes", "KSH", "XXX", "XAU", "Kenyan shilling", " KES"]),
    "CountryCode": ("groupCreate", "country", [254, True, "", "ke", "KEN", "ZZ", "Kenya", " KE"]),
    "PhoneNumber": ("memberAdd", "phone", [254712345678, True, 1.5]),
}

SENTENCES = {
    "Decimal": 'Give a decimal as a string of digits, such as "200.00": a JSON number could lose cents.',
    "Date": 'Give a date as YYYY-MM-DD, such as "2026-11-20".',
    "DateTime": 'Give a moment as RFC 3339 has it, with its offset, such as "2026-11-20T09:30:00Z".',
    "UUID": "Give a UUID in its usual form of 36 characters.",
    "CurrencyCode": "Give a current ISO 4217 currency in three capital letters, such as KES.",
    "CountryCode": "Give a country of ISO 3166-1 in two capital letters, such as KE.",
    "PhoneNumber": "Give a phone number as a string.",
}

MALFORMED_DECIMAL = (
    "Write a decimal with digits, and a point where it needs one, such as 200.00: 32 characters at most."
)


def sentence_for(scalar: str, value: Any) -> str:
    return MALFORMED_DECIMAL if scalar == "Decimal" and isinstance(value, str) else SENTENCES[scalar]


@pytest.fixture
async def group(world: World) -> GroupOfPeople:
    return await world.group()


@pytest.fixture
def client(api: Api, group: GroupOfPeople) -> Client:
    return api.client(group.secretary)


def wish(mutation: str, group: GroupOfPeople) -> dict[str, Any]:
    if mutation == "groupCreate":
        return {**NEW_GROUP, "sharePrice": "200", "idempotencyKey": str(new_id())}
    name = {"name": "Njeri"} if mutation == "memberAdd" else {}
    return {"groupId": str(group.id), "idempotencyKey": str(new_id()), **name}


def literal(field: str, value: Any) -> str:
    return str(value) if field == "kind" else json.dumps(value)


@pytest.mark.parametrize("scalar", REFUSED)
async def test_what_is_no_value_of_a_scalar_is_refused_in_one_sentence(
    client: Client, group: GroupOfPeople, world: World, scalar: str
) -> None:
    mutation, field, wrong = REFUSED[scalar]
    async with nothing_changes(world):
        for value in wrong:
            given = wish(mutation, group) | {field: value}
            answer = await client.mutate(mutation, "__typename", **given)
            assert answer.refusal == (
                "BAD_USER_INPUT",
                f"Variable '$input' has invalid value at .{field}: {sentence_for(scalar, value)}",
            ), value
            literals = ", ".join(f"{name}: {literal(name, each)}" for name, each in given.items())
            code, message = await client.refused(f"mutation {{ {mutation}(input: {{ {literals} }}) {{ __typename }} }}")
            assert (code, message) == ("BAD_USER_INPUT", sentence_for(scalar, value)), value


async def test_the_sentences_cover_every_scalar_that_is_not_graphqls_own(client: Client) -> None:
    data = await client.query("{ __schema { types { name kind specifiedByURL } } }")
    scalars = {each["name"]: each["specifiedByURL"] for each in data["__schema"]["types"] if each["kind"] == "SCALAR"}
    own = {"ID", "String", "Int", "Boolean"}
    assert set(scalars) - own == set(SENTENCES)
    assert all(scalars[name].startswith("https://") for name in SENTENCES)


@pytest.mark.parametrize(
    ("currency", "price", "written"),
    [
        ("KES", "200", "200.00"),
        ("KES", "200.5", "200.50"),
        ("KES", "000200.05", "200.05"),
        ("KES", "100000000000000", "100000000000000.00"),
        ("KES", "0.01", "0.01"),
        ("UGX", "200", "200"),
        ("UGX", "1000000", "1000000"),
        ("KWD", "1.5", "1.500"),
        ("UYW", "1.2345", "1.2345"),
    ],
)
async def test_money_has_exactly_the_digits_of_its_currency(
    client: Client, currency: str, price: str, written: str
) -> None:
    made = await client.do(
        "groupCreate",
        "group { constitution { sharePrice { amount currency } socialFundAmount { amount } }"
        " fundBalances { balance { amount } } }",
        **NEW_GROUP | {"currency": currency},
        sharePrice=price,
        socialFundAmount="-0",
    )
    zero = re.sub(r"[1-9]", "0", written.lstrip("0123456789")) if "." in written else ""
    assert made["group"] == {
        "constitution": {
            "sharePrice": {"amount": written, "currency": currency},
            "socialFundAmount": {"amount": f"0{zero}"},
        },
        "fundBalances": [{"balance": {"amount": f"0{zero}"}}] * 2,
    }


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ("2026-01-01T09:30:00Z", "2026-01-01T09:30:00.000000Z"),
        ("2026-01-01t09:30:00z", "2026-01-01T09:30:00.000000Z"),
        ("2026-01-01T09:30:00.5+03:00", "2026-01-01T06:30:00.500000Z"),
        ("2026-01-01T01:30:00.123456+05:45", "2025-12-31T19:45:00.123456Z"),
        ("2026-01-01T09:30:00-00:00", "2026-01-01T09:30:00.000000Z"),
        ("1900-01-01T00:00:00Z", "1900-01-01T00:00:00.000000Z"),
        ("2999-12-31T23:59:59.999999Z", "2999-12-31T23:59:59.999999Z"),
    ],
)
async def test_a_moment_is_answered_in_utc_with_microseconds(
    client: Client, group: GroupOfPeople, world: World, given: str, written: str
) -> None:
    meeting = await world.meeting(group)
    recorded = await client.do(
        "contributionsRecord",
        "items { contribution { deviceTime recordedAt } }",
        groupId=group.id,
        meetingId=meeting,
        items=[{"memberId": group.members[0], "kind": "SHARE", "shares": 1, "deviceTime": given}],
    )
    contribution = recorded["items"][0]["contribution"]
    assert contribution["deviceTime"] == written
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", contribution["recordedAt"])
    assert datetime.fromisoformat(contribution["recordedAt"]).tzinfo == UTC


async def test_a_moment_that_no_clock_shows_is_refused(client: Client, group: GroupOfPeople, world: World) -> None:
    sentence = "Give a moment of the years 1900 to 2999: check the device's clock."
    moments = ["0001-01-01T00:00:00Z", "1900-01-01T00:59:59+01:00", "3000-01-01T00:00:00Z"]
    async with nothing_changes(world):
        for moment in (*moments, "9999-12-31T23:59:59.999999Z"):
            answer = await client.mutate("meetingOpen", "__typename", groupId=group.id, deviceTime=moment)
            message = f"Variable '$input' has invalid value at .deviceTime: {sentence}"
            assert answer.refusal == ("BAD_USER_INPUT", message)


async def test_a_phone_number_is_answered_in_e164_however_it_was_written(client: Client) -> None:
    for phone in ("+254712345678", "0712345678", " 0712 345-678 ", "(0712) 345.678", "+254 712 345 678"):
        made = await client.do("groupCreate", "group { id }", **NEW_GROUP, sharePrice="200")
        added = await client.do("memberAdd", "member { phone }", groupId=made["group"]["id"], name="Njeri", phone=phone)
        assert added["member"] == {"phone": "+254712345678"}


async def test_ids_are_read_in_capitals_and_answered_in_small_letters(client: Client, group: GroupOfPeople) -> None:
    own = str(new_id())
    wish = {"groupId": str(group.id).upper(), "id": own.upper(), "name": "Njeri", "joinedOn": "2026-01-01"}
    added = await client.do("memberAdd", "member { id joinedOn group { id } }", **wish)
    assert added["member"] == {"id": own, "joinedOn": "2026-01-01", "group": {"id": str(group.id)}}
