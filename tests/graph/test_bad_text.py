"""Text that no later step could hold: too long, NUL, half a surrogate pair, wherever a request can carry it."""

from __future__ import annotations

import json
from typing import Any

from domain.identifiers import new_id
from tests.support.api import Api, nothing_changes
from tests.support.world import World

MEBIBYTE = 1024 * 1024
TOO_LARGE = ("PAYLOAD_TOO_LARGE", "The body may have at most 262144 bytes.")

TEXTS = {
    "sessionOpen": ("login", "password", "deviceName", "region"),
    "sessionRefresh": ("refreshToken",),
    "sessionRevoke": ("sessionId",),
    "userCreate": ("id", "name", "phone", "email", "password", "locale"),
    "groupCreate": ("id", "name", "timeZone", "county", "district", "village"),
    "memberAdd": ("groupId", "id", "name", "phone", "userId"),
    "meetingOpen": ("groupId", "id", "venue"),
    "meetingClose": ("groupId", "meetingId"),
    "contributionsRecord": ("groupId", "meetingId"),
}
"""Every input field that takes text of any kind."""

SCALARS = {
    "userCreate": ("idempotencyKey",),
    "groupCreate": ("idempotencyKey", "currency", "country", "sharePrice", "socialFundAmount"),
    "memberAdd": ("idempotencyKey", "joinedOn"),
    "meetingOpen": ("idempotencyKey", "heldOn", "deviceTime"),
    "meetingClose": ("idempotencyKey",),
    "contributionsRecord": ("idempotencyKey",),
}
"""Every input field that takes text of one form alone."""


def wishes(group: Any) -> dict[str, dict[str, Any]]:
    """For each mutation, fields that would do."""
    key = str(new_id())
    return {
        "sessionOpen": {"login": "a@example.org", "password": "mango and rain"},
        "sessionRefresh": {"refreshToken": "kbr_x"},
        "sessionRevoke": {"sessionId": key},
        "userCreate": {"idempotencyKey": key, "name": "A", "email": "a@example.org", "password": "mango and rain"},
        "groupCreate": {
            "idempotencyKey": key,
            "name": "A",
            "currency": "KES",
            "country": "KE",
            "timeZone": "Africa/Nairobi",
            "sharePrice": "1",
        },
        "memberAdd": {"idempotencyKey": key, "groupId": group, "name": "A"},
        "meetingOpen": {"idempotencyKey": key, "groupId": group},
        "meetingClose": {"idempotencyKey": key, "groupId": group, "meetingId": key},
        "contributionsRecord": {"idempotencyKey": key, "groupId": group, "meetingId": key},
    }


CONSTANTS = {
    "groupCreate": "kind: VSLA",
    "meetingClose": "expectedVersion: 1, openingCounts: [], closingCounts: []",
    "contributionsRecord": 'items: [{ memberId: "x", kind: SHARE, shares: 1 }]',
}


def document_of(mutation: str, fields: dict[str, str], field: str, escape: str) -> str:
    """The mutation with literals, one of them with an escape as GraphQL spells it."""
    literals = {name: json.dumps(value, ensure_ascii=False) for name, value in fields.items()}
    literals[field] = f'"{escape}{fields.get(field, "x")}"'
    inside = ", ".join(f"{name}: {literal}" for name, literal in literals.items())
    more = CONSTANTS.get(mutation, "")
    return f"mutation {{ {mutation}(input: {{ {inside} {more} }}) {{ userErrors {{ code reason path message }} }} }}"


async def test_the_table_of_text_fields_is_complete(api: Api) -> None:
    data = await api.anonymous.query(
        """{ __schema { mutationType { fields { name args { type { ofType { inputFields {
            name type { name kind ofType { name kind } } } } } } } } } }"""
    )
    numbers = {"Int", "Boolean", "DeviceType", "GroupKind", "Visibility", "Frequency", "Sex", None}
    for field in data["__schema"]["mutationType"]["fields"]:
        (argument,) = field["args"]
        texts = {
            each["name"]
            for each in argument["type"]["ofType"]["inputFields"]
            if (each["type"]["name"] or each["type"]["ofType"]["name"]) not in numbers
        }
        assert texts == {*TEXTS[field["name"]], *SCALARS.get(field["name"], ())}, field["name"]


async def test_a_nul_in_any_text_of_the_document_is_a_typed_refusal(api: Api, world: World) -> None:
    group = await world.group()
    secretary, admin = api.client(group.secretary), api.client(await world.admin())
    async with nothing_changes(world, but_for_keys=True):
        for mutation, fields in TEXTS.items():
            client = admin if mutation == "userCreate" else secretary
            for field in fields if mutation != "sessionOpen" else ():
                document = document_of(mutation, wishes(str(group.id))[mutation], field, "\\u0000")
                (error,) = (await client.query(document))[mutation]["userErrors"]
                assert error["path"] == ([] if field == "refreshToken" else [field]), (mutation, field)
                assert "\u0000" not in error["message"]
            for field in SCALARS.get(mutation, ()):
                document = document_of(mutation, wishes(str(group.id))[mutation], field, "\\u0000")
                assert (await client.refused(document))[0] == "BAD_USER_INPUT", (mutation, field)


async def test_a_nul_in_a_sign_in_is_refused_like_any_wrong_one(api: Api, world: World) -> None:
    await world.group()
    for field in ("login", "password", "deviceName", "region"):
        document = document_of("sessionOpen", wishes("")["sessionOpen"], field, "\\u0000")
        (error,) = (await api.anonymous.query(document))["sessionOpen"]["userErrors"]
        assert error["reason"] == "SIGN_IN_REFUSED"


async def test_half_a_surrogate_pair_in_the_document_does_not_parse(api: Api, world: World) -> None:
    group = await world.group()
    client = api.client(group.secretary)
    async with nothing_changes(world):
        for escape in ("\\uD800", "\\uDC00", "\\uD800\\uD800", "\\u{D800}"):
            for mutation, fields in TEXTS.items():
                document = document_of(mutation, wishes(str(group.id))[mutation], fields[0], escape)
                code, message = await client.refused(document)
                assert code == "GRAPHQL_PARSE_FAILED"
                assert message.startswith("Syntax Error: Invalid Unicode escape sequence:")


async def test_nul_and_half_a_surrogate_pair_in_json_are_refused_with_their_place(api: Api, world: World) -> None:
    group = await world.group()
    client = api.client(group.secretary)
    ask = "query Q($id: ID!) { group(id: $id) { name } }"
    bodies = {
        json.dumps({"query": ask, "variables": {"id": "\u0000"}}): (
            "The body, at `variables.id`, holds a NUL character, which cannot be stored: remove it."
        ),
        json.dumps({"query": ask + "\u0000"}): (
            "The body, at `query`, holds a NUL character, which cannot be stored: remove it."
        ),
        json.dumps({"query": ask, "operationName": "\ud800"}): (
            "The body holds half of a surrogate pair at character 78: send both halves."
        ),
        json.dumps({"query": ask, "variables": {"id": "\udfff"}}): (
            "The body holds half of a surrogate pair at character 81: send both halves."
        ),
    }
    async with nothing_changes(world):
        for body, message in bodies.items():
            answer = await client.post(body)
            assert answer.status == 400
            assert answer.refusal == ("BAD_REQUEST", message)


async def test_a_mebibyte_of_anything_is_too_large(api: Api, world: World) -> None:
    group = await world.group()
    client = api.client(group.secretary)
    long = "x" * MEBIBYTE
    mutation = "mutation M($input: %sInput!) { %s(input: $input) { __typename } }"
    bodies = [
        json.dumps({"query": mutation % (name[0].upper() + name[1:], name), "variables": {"input": {field: long}}})
        for name, fields in TEXTS.items()
        for field in fields
    ]
    bodies += [json.dumps({"query": f"{{ a{long} }}"}), json.dumps({"query": ME, "operationName": long}), long]
    async with nothing_changes(world):
        for body in bodies:
            with api.statements() as statements:
                answer = await client.post(body)
            assert answer.status == 413
            assert answer.refusal == TOO_LARGE
            assert len(answer.text) < 300
            assert statements.count == 0


ME = "{ viewer { user { id } } }"


async def test_a_long_text_in_any_field_is_the_users_to_shorten(api: Api, world: World) -> None:
    group = await world.group()
    secretary, admin = api.client(group.secretary), api.client(await world.admin())
    async with nothing_changes(world, but_for_keys=True):
        for mutation, fields in TEXTS.items():
            if mutation == "sessionOpen":
                continue
            client = admin if mutation == "userCreate" else secretary
            for field in fields:
                document = document_of(mutation, wishes(str(group.id))[mutation], field, "x" * 100_000)
                answer = await client.send(document)
                (error,) = answer.data[mutation]["userErrors"]
                assert error["path"] in ([field], []), (mutation, field)
                assert len(answer.text) < 500
