"""Text that no later step could hold: too long, NUL, half a surrogate pair, wherever a request can carry it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from domain.identifiers import new_id
from tests.support.api import Api, nothing_changes
from tests.support.world import World

MEBIBYTE = 1024 * 1024
TOO_LARGE = ("PAYLOAD_TOO_LARGE", "The body may have at most 262144 bytes.")

OF_CONSTITUTIONS = (
    *("fineReasons.0.code", "fineReasons.0.name"),
    *("contributionTypes.0.code", "contributionTypes.0.name"),
)

TEXTS = {
    "sessionOpen": ("login", "password", "deviceName", "region"),
    "sessionRefresh": ("refreshToken",),
    "sessionRevoke": ("sessionId",),
    "userCreate": ("id", "name", "phone", "email", "password", "locale"),
    "groupCreate": ("id", "name", "timeZone", "county", "district", "village", *OF_CONSTITUTIONS),
    "memberAdd": (
        *("groupId", "id", "name", "phone", "userId", "photo", "email", "nationalId", "address"),
        *("nextOfKin.name", "nextOfKin.relationship", "nextOfKin.phone"),
    ),
    "meetingOpen": ("groupId", "id", "venue", "link", "facilitatorId", "agenda", "notes", "plannedId"),
    "meetingClose": ("groupId", "meetingId", "openingCounts.0.reason", "closingCounts.0.reason"),
    "contributionsRecord": ("groupId", "meetingId", "items.0.id", "items.0.memberId"),
}
"""Every input field that takes text of any kind, by its path; of a list, its first element stands for all."""

AMOUNTS_OF_CONSTITUTIONS = (
    *("contributionAmount", "loanInterestRate", "loanMultiplier", "penaltyRate"),
    *("fineReasons.0.amount", "contributionTypes.0.amount"),
)

SCALARS = {
    "userCreate": ("idempotencyKey",),
    "groupCreate": (
        "idempotencyKey",
        "currency",
        "country",
        "sharePrice",
        "socialFundAmount",
        *AMOUNTS_OF_CONSTITUTIONS,
    ),
    "memberAdd": ("idempotencyKey", "joinedOn", "bornOn"),
    "meetingOpen": ("idempotencyKey", "heldOn", "deviceTime", "startsAt", "endsAt"),
    "meetingClose": ("idempotencyKey", "openingCounts.0.amount", "closingCounts.0.amount"),
    "contributionsRecord": ("idempotencyKey", "on", "items.0.amount", "items.0.deviceTime"),
}
"""Every input field that takes text of one form alone."""

OF_ITEMS = {"contributionsRecord": ("items.0.typeCode",)}
"""Every input field whose text is refused with its item, while the rest of the sheet is recorded."""


class Word(str):
    """What a document has without quotes: the value of an enum."""

    __slots__ = ()


def wishes(group: Any, meeting: Any = None) -> dict[str, dict[str, Any]]:
    """For each mutation, fields that would do."""
    key = str(new_id())
    meeting = str(meeting or key)
    count = {"fund": Word("LOAN_FUND"), "place": Word("BOX"), "amount": "0"}
    return {
        "sessionOpen": {"login": "a@example.org", "password": "mango and rain"},
        "sessionRefresh": {"refreshToken": "kbr_x"},
        "sessionRevoke": {"sessionId": key},
        "userCreate": {"idempotencyKey": key, "name": "A", "email": "a@example.org", "password": "mango and rain"},
        "groupCreate": {
            "idempotencyKey": key,
            "name": "A",
            "kind": Word("VSLA"),
            "currency": "KES",
            "country": "KE",
            "timeZone": "Africa/Nairobi",
            "sharePrice": "1",
            "fineReasons": [{"code": "LATE", "name": "A", "amount": "1"}],
            "contributionTypes": [{"code": "A", "name": "A", "fund": Word("SOCIAL_FUND")}],
        },
        "memberAdd": {"idempotencyKey": key, "groupId": group, "name": "A", "nextOfKin": {"name": "A"}},
        "meetingOpen": {"idempotencyKey": key, "groupId": group},
        "meetingClose": {
            "idempotencyKey": key,
            "groupId": group,
            "meetingId": meeting,
            "expectedVersion": 1,
            "openingCounts": [dict(count)],
            "closingCounts": [dict(count)],
        },
        "contributionsRecord": {
            "idempotencyKey": key,
            "groupId": group,
            "meetingId": meeting,
            "items": [{"memberId": key, "kind": Word("SHARE"), "shares": 1}],
        },
    }


def spoilt(fields: dict[str, Any], field: str, before: str) -> dict[str, Any]:
    """The fields, with `before` put before what one of them says."""
    wish = deepcopy(fields)
    *way, last = field.split(".")
    inside: Any = wish
    for step in way:
        inside = inside[int(step) if step.isdecimal() else step]
    inside[last] = f"{before}{inside.get(last, 'x')}"
    return wish


def literal(value: Any) -> str:
    """A value as a document spells it; a NUL or half a surrogate pair stays the escape that it is in JSON."""
    match value:
        case dict():
            return f"{{ {', '.join(f'{name}: {literal(each)}' for name, each in value.items())} }}"
        case list():
            return f"[{', '.join(map(literal, value))}]"
        case Word():
            return str(value)
    return json.dumps(value, ensure_ascii=False)


MARK = "<escape>"


def document_of(mutation: str, fields: dict[str, Any], field: str, escape: str) -> str:
    """The mutation with literals, one of them with an escape as GraphQL spells it."""
    given = literal(spoilt(fields, field, MARK)).replace(MARK, escape)
    return f"mutation {{ {mutation}(input: {given}) {{ userErrors {{ code reason path message }} }} }}"


def texts_within(inputs: dict[str, Any], type_name: str) -> Iterator[str]:
    """The paths of all fields of an input object that take text, however deep they lie."""
    for field in inputs[type_name]:
        kind, way = field["type"], field["name"]
        while kind["ofType"] is not None:
            way += ".0" if kind["kind"] == "LIST" else ""
            kind = kind["ofType"]
        if kind["kind"] == "INPUT_OBJECT":
            yield from (f"{way}.{inner}" for inner in texts_within(inputs, kind["name"]))
        elif kind["kind"] == "SCALAR" and kind["name"] not in {"Int", "Float", "Boolean"}:
            yield way


async def test_the_table_of_text_fields_is_complete(api: Api) -> None:
    data = await api.anonymous.query(
        """{ __schema {
            mutationType { fields { name args { type { ofType { name } } } } }
            types { name inputFields { name type { ...T ofType { ...T ofType { ...T ofType { ...T } } } } } }
        } }
        fragment T on __Type { name kind ofType { name } }"""
    )
    inputs = {each["name"]: each["inputFields"] for each in data["__schema"]["types"]}
    for field in data["__schema"]["mutationType"]["fields"]:
        (argument,) = field["args"]
        if field["name"] in TEXTS:
            texts = set(texts_within(inputs, argument["type"]["ofType"]["name"]))
            name = field["name"]
            assert texts == {*TEXTS[name], *SCALARS.get(name, ()), *OF_ITEMS.get(name, ())}, name
    assert TEXTS.keys() <= {field["name"] for field in data["__schema"]["mutationType"]["fields"]}


async def test_a_nul_in_any_text_of_the_document_is_a_typed_refusal(api: Api, world: World) -> None:
    group = await world.group()
    meeting = await world.meeting(group)
    secretary, admin = api.client(group.secretary), api.client(await world.admin())
    async with nothing_changes(world, but_for_keys=True):
        for mutation, fields in TEXTS.items():
            client = admin if mutation == "userCreate" else secretary
            for field in fields if mutation != "sessionOpen" else ():
                document = document_of(mutation, wishes(str(group.id), meeting)[mutation], field, "\\u0000")
                errors = (await client.query(document))[mutation]["userErrors"]
                assert len(errors) == 1, (mutation, field)
                (error,) = errors
                assert error["path"] == ([] if field == "refreshToken" else field.split(".")), (mutation, field)
                assert "\u0000" not in error["message"]
            for field in SCALARS.get(mutation, ()):
                document = document_of(mutation, wishes(str(group.id), meeting)[mutation], field, "\\u0000")
                assert (await client.refused(document))[0] == "BAD_USER_INPUT", (mutation, field)


async def test_a_bad_code_of_a_type_is_refused_with_its_item(api: Api, world: World) -> None:
    group = await world.group()
    wish = wishes(str(group.id), await world.meeting(group))["contributionsRecord"]
    wish["items"] = [{"memberId": str(group.members[1]), "kind": Word("OTHER"), "amount": "1"}]
    client = api.client(group.secretary)
    async with nothing_changes(world, but_for_keys=True):
        for before in ("\\u0000", "x" * 100_000):
            wish["idempotencyKey"] = str(new_id())
            document = document_of("contributionsRecord", wish, "items.0.typeCode", before)
            answer = await client.send(
                document.replace("userErrors", "items { userErrors { reason path } } userErrors")
            )
            assert answer.data["contributionsRecord"] == {
                "items": [
                    {"userErrors": [{"reason": "CONTRIBUTION_TYPE_UNKNOWN", "path": ["items", "0", "typeCode"]}]}
                ],
                "userErrors": [],
            }
            assert len(answer.text) < 500


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
                for field in fields:
                    document = document_of(mutation, wishes(str(group.id))[mutation], field, escape)
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
        json.dumps(
            {
                "query": mutation % (name[0].upper() + name[1:], name),
                "variables": {"input": spoilt(wishes(str(group.id))[name], field, long)},
            }
        )
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
    meeting = await world.meeting(group)
    secretary, admin = api.client(group.secretary), api.client(await world.admin())
    async with nothing_changes(world, but_for_keys=True):
        for mutation, fields in TEXTS.items():
            if mutation == "sessionOpen":
                continue
            client = admin if mutation == "userCreate" else secretary
            for field in fields:
                document = document_of(mutation, wishes(str(group.id), meeting)[mutation], field, "x" * 100_000)
                answer = await client.send(document)
                (error,) = answer.data[mutation]["userErrors"]
                assert error["path"] in (field.split("."), []), (mutation, field)
                assert len(answer.text) < 500
