"""The examples of the GraphiQL page, run one after the other on the demonstration data that they name."""

from __future__ import annotations

import json
from typing import Any

import pytest
from graphql import parse, validate

from graph.graphiql import EXAMPLES
from graph.schema import schema
from operations.demonstration import Scale
from tests.support.api import Api, Client
from tests.support.demonstration import load


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.title)
def test_an_example_is_valid_and_named(example: Any) -> None:
    document = parse(example.query)
    assert validate(schema._schema, document) == []
    assert [definition.name is not None for definition in document.definitions] == [True] * len(document.definitions)
    assert isinstance(json.loads(example.variables or "{}"), dict)
    assert isinstance(json.loads(example.headers or "{}"), dict)


async def test_the_examples_work_in_their_order_on_the_demonstration_data(api: Api) -> None:
    await load(api, Scale(groups_count=1))

    async def run(client: Client, at: int) -> dict[str, Any]:
        return await client.query(EXAMPLES[at].query, **json.loads(EXAMPLES[at].variables or "{}"))

    opened = (await run(api.anonymous, 0))["sessionOpen"]
    assert opened["userErrors"] == []
    secretary = Client(api.http, opened["tokens"]["accessToken"])

    viewer = await run(secretary, 1)
    (membership,) = viewer["viewer"]["memberships"]
    assert membership["group"] == {"name": "Umoja Women's Group"}
    assert sorted(membership["roles"]) == ["MEMBER", "SECRETARY"]
    assert membership["member"]["number"] == 2
    assert [group["memberCount"] for group in viewer["groups"]["nodes"]] == [25]

    page = (await run(secretary, 2))["group"]
    assert len(page["members"]["nodes"]) == 25
    assert [meeting["number"] for meeting in page["meetings"]["nodes"]] == list(range(52, 42, -1))
    assert page["openMeeting"]["number"] == 52
    assert {each["fund"]: each["balance"]["amount"] for each in page["fundBalances"]} == {
        "LOAN_FUND": "249330.00",
        "SOCIAL_FUND": "21520.00",
    }

    recorded = (await run(secretary, 3))["contributionsRecord"]
    assert recorded["userErrors"] == []
    assert [item["status"] for item in recorded["items"]] == [*["ACCEPTED"] * 4, "REJECTED"]
    assert [item["contribution"]["member"]["name"] for item in recorded["items"][:4]] == [
        *["Winfred Akinyi"] * 2,
        *["Monicah Aoko"] * 2,
    ]
    assert recorded["items"][4]["userErrors"][0]["reason"] == "SHARES_OUTSIDE_LIMITS"
    assert (await run(secretary, 3))["contributionsRecord"] == recorded

    closed = (await run(secretary, 4))["meetingClose"]
    assert closed["userErrors"] == []
    assert (closed["meeting"]["number"], closed["meeting"]["status"]) == (52, "CLOSED")
    assert [count["reason"] for count in closed["meeting"]["cashCounts"]] == [None] * 4

    verified = (await run(secretary, 5))["bookVerification"]
    assert (verified["isSound"], verified["faults"]) == (True, [])

    operations = (await run(api.anonymous, 6))["__schema"]
    assert "group" in [field["name"] for field in operations["queryType"]["fields"]]
    assert "contributionsRecord" in [field["name"] for field in operations["mutationType"]["fields"]]
