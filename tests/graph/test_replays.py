"""A request that is repeated is answered as the first time, and nothing happens twice."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest

from domain.identifiers import new_id
from tests.support.api import Answer, Api, Client, nothing_changes
from tests.support.world import GroupOfPeople, World

SELECTIONS = {
    "userCreate": "user { id name phone email locale isAdmin createdAt }",
    "groupCreate": "group { id name version createdAt memberCount book { entryCount headHash } accounts { id code } }",
    "memberAdd": "member { id number name roles joinedOn version balances { shares } }",
    "meetingOpen": "meeting { id number status openedAt version }",
    "contributionsRecord": "meeting { id status } items { id status contribution { entryNumber recordedAt amount {"
    " amount } } userErrors { code reason message path } }",
    "meetingClose": "meeting { id status version closedAt cashCounts { moment counted { amount } reason } }",
}

NEW_GROUP = {
    "name": "Tumaini",
    "kind": "VSLA",
    "currency": "KES",
    "country": "KE",
    "timeZone": "Africa/Nairobi",
    "sharePrice": "200",
}


@dataclass(frozen=True)
class Bench:
    """Who may do each thing, and a wish that would be granted."""

    group: GroupOfPeople
    secretary: Client
    admin: Client
    world: World

    def client(self, mutation: str) -> Client:
        return self.admin if mutation == "userCreate" else self.secretary

    async def wish(self, mutation: str) -> dict[str, Any]:
        """The fields, with whatever has to be there before."""
        inside: dict[str, Any] = {"groupId": self.group.id}
        match mutation:
            case "userCreate":
                return {"name": "Juma", "email": "juma@example.org", "password": "mango and rain", "locale": "sw"}
            case "groupCreate":
                return dict(NEW_GROUP)
            case "memberAdd":
                return inside | {"name": "Njeri", "phone": "0712345678", "sex": "FEMALE"}
            case "meetingOpen":
                return inside | {"venue": "Under the tree", "deviceTime": "2026-01-01T09:00:00+03:00"}
            case "contributionsRecord":
                items = [
                    {"memberId": self.group.members[0], "kind": "SHARE", "shares": 2},
                    {"memberId": self.group.members[1], "kind": "SHARE", "shares": 9},
                    {"memberId": self.group.members[1], "kind": "SOCIAL_FUND", "amount": "20"},
                ]
                return inside | {"meetingId": await self.world.meeting(self.group), "items": items}
            case "meetingClose":
                count = {"fund": "LOAN_FUND", "place": "BOX", "amount": "1", "reason": "Found under the table."}
                again = {name: count[name] for name in ("fund", "place", "amount")}
                counts = {"openingCounts": [count], "closingCounts": [again]}
                return inside | counts | {"meetingId": await self.world.meeting(self.group), "expectedVersion": 1}
        raise AssertionError(mutation)

    async def send(self, mutation: str, fields: dict[str, Any], selection: str | None = None) -> Answer:
        return await self.client(mutation).mutate(mutation, selection or SELECTIONS[mutation], **fields)


@pytest.fixture
async def bench(api: Api, world: World) -> Bench:
    group = await world.group()
    return Bench(group, api.client(group.secretary), api.client(await world.admin()), world)


@pytest.mark.parametrize("mutation", SELECTIONS)
async def test_a_repeat_gets_the_same_answer_and_does_nothing(bench: Bench, mutation: str) -> None:
    fields = {"idempotencyKey": new_id(), **await bench.wish(mutation)}
    first = await bench.send(mutation, fields)
    assert first.data[mutation]["userErrors"] == []
    assert first.extensions == {}
    async with nothing_changes(bench.world, but_for_keys=True):
        for _ in range(2):
            again = await bench.send(mutation, fields)
            assert again.data == first.data
            assert again.extensions == {"idempotentReplay": True}


async def test_a_repeat_that_shows_what_few_may_know_is_noted_as_one_more_reading(bench: Bench) -> None:
    fields = {"idempotencyKey": new_id(), **await bench.wish("memberAdd")}
    for count in (1, 2, 3):
        answer = await bench.send("memberAdd", fields, "member { id phone }")
        assert answer.data["memberAdd"]["member"] == {"id": str(fields["idempotencyKey"]), "phone": "+254712345678"}
        reads = await bench.world.superuser.fetch(
            "SELECT member_id, reader_id, fields FROM app.personal_reads WHERE tenant_id = $1", bench.group.id
        )
        assert [tuple(read) for read in reads] == [
            (fields["idempotencyKey"], bench.group.secretary.user_id, ["phone"])
        ] * count


@pytest.mark.parametrize("mutation", SELECTIONS)
async def test_a_repeat_may_ask_for_other_fields(bench: Bench, mutation: str) -> None:
    fields = {"idempotencyKey": new_id(), **await bench.wish(mutation)}
    first = await bench.send(mutation, fields, "__typename")
    assert first.data[mutation]["userErrors"] == []
    again = await bench.send(mutation, fields)
    assert again.extensions == {"idempotentReplay": True}
    record = next(value for name, value in again.data[mutation].items() if name not in ("userErrors", "items"))
    assert record["id"]


@pytest.mark.parametrize("mutation", SELECTIONS)
async def test_the_order_and_spelling_of_fields_make_no_other_request(bench: Bench, mutation: str) -> None:
    key = new_id()
    fields = {"idempotencyKey": key, **await bench.wish(mutation)}
    first = await bench.send(mutation, fields)
    respelled = {name: respell(name, value) for name, value in reversed(fields.items())}
    again = await bench.send(mutation, respelled)
    assert again.data == first.data
    assert again.extensions == {"idempotentReplay": True}


def respell(name: str, value: Any) -> Any:
    if isinstance(value, list):
        return [{inner: respell(inner, each[inner]) for inner in reversed(each)} for each in value]
    match name:
        case "idempotencyKey":
            return str(value).upper()
        case "sharePrice" | "amount":
            return f"{value}.00"
        case "deviceTime":
            return "2026-01-01T06:00:00.000Z"
    return value


@pytest.mark.parametrize("mutation", SELECTIONS)
async def test_a_field_left_out_is_not_a_field_sent_as_null(bench: Bench, mutation: str) -> None:
    optional = {
        "userCreate": "phone",
        "groupCreate": "village",
        "memberAdd": "number",
        "meetingOpen": "number",
    }
    fields = {"idempotencyKey": new_id(), **await bench.wish(mutation)}
    other = dict(fields)
    if mutation in optional:
        other[optional[mutation]] = None
    elif mutation == "contributionsRecord":
        other["items"] = [{**each, "place": None} for each in fields["items"]]
    else:
        other["openingCounts"] = [{**fields["openingCounts"][0], "reason": None}]
    await bench.send(mutation, fields)
    async with nothing_changes(bench.world, but_for_keys=True):
        answer = await bench.send(mutation, other)
    (error,) = answer.data[mutation]["userErrors"]
    assert (error["reason"], error["path"]) == ("IDEMPOTENCY_KEY_REUSED", ["idempotencyKey"])
    assert answer.extensions == {}


async def test_null_stands_for_the_default_as_leaving_out_does(bench: Bench) -> None:
    group = await bench.secretary.do(
        "groupCreate",
        "group { visibility village"
        " constitution { sharesMin sharesMax meetingFrequency socialFundAmount { amount } } }",
        **NEW_GROUP,
        **dict.fromkeys(
            ("id", "visibility", "village", "sharesMin", "sharesMax", "meetingFrequency", "socialFundAmount")
        ),
    )
    assert group["group"] == {
        "visibility": "TOTALS_ONLY",
        "village": None,
        "constitution": {
            "sharesMin": 1,
            "sharesMax": 5,
            "meetingFrequency": "WEEKLY",
            "socialFundAmount": {"amount": "0.00"},
        },
    }
    member = await bench.secretary.do(
        "memberAdd",
        "member { number phone roles }",
        groupId=bench.group.id,
        name="Njeri",
        **dict.fromkeys(("id", "number", "phone", "sex", "joinedOn", "userId", "roles")),
    )
    assert member["member"] == {"number": 6, "phone": None, "roles": []}


@pytest.mark.parametrize("mutation", ["userCreate", "groupCreate", "memberAdd", "meetingOpen"])
async def test_a_record_has_the_key_as_its_id_unless_it_was_given_one(bench: Bench, mutation: str) -> None:
    record = SELECTIONS[mutation].partition(" ")[0]
    key, own = new_id(), new_id()
    wish = await bench.wish(mutation)
    made = await bench.client(mutation).do(mutation, f"{record} {{ id }}", **wish, idempotencyKey=key)
    assert made[record] == {"id": str(key)}
    if mutation == "meetingOpen":
        await bench.world.close_meeting(bench.group, key)
    wish |= {"email": "other@example.org"} if mutation == "userCreate" else {}
    wish |= {"phone": None} if mutation == "memberAdd" else {}
    made = await bench.client(mutation).do(mutation, f"{record} {{ id }}", **wish, id=str(own).upper())
    assert made[record] == {"id": str(own)}


async def test_items_of_a_sheet_keep_their_ids_from_repeat_to_repeat(bench: Bench) -> None:
    own = new_id()
    fields = {"idempotencyKey": new_id(), **await bench.wish("contributionsRecord")}
    fields["items"][0]["id"] = own
    first = await bench.send("contributionsRecord", fields)
    items = first.data["contributionsRecord"]["items"]
    assert [item["status"] for item in items] == ["ACCEPTED", "REJECTED", "ACCEPTED"]
    assert items[0]["id"] == str(own)
    assert len({UUID(item["id"]) for item in items}) == 3
    assert [item["contribution"] and item["contribution"]["entryNumber"] for item in items] == [1, None, 2]
    again = await bench.send("contributionsRecord", fields)
    assert again.data == first.data


async def test_a_refusal_is_repeated_even_when_it_would_no_longer_be_one(bench: Bench, world: World) -> None:
    open_meeting = await world.meeting(bench.group)
    fields = {"idempotencyKey": new_id(), "groupId": bench.group.id}
    first = await bench.send("meetingOpen", fields)
    assert first.data["meetingOpen"]["userErrors"][0]["reason"] == "OTHER_MEETING_OPEN"
    await world.close_meeting(bench.group, open_meeting)
    again = await bench.send("meetingOpen", fields)
    assert again.data == first.data
    assert again.extensions == {"idempotentReplay": True}
    assert (await bench.send("meetingOpen", fields | {"idempotencyKey": new_id()})).data["meetingOpen"]["meeting"]


async def test_a_repeat_shows_the_record_as_it_is_now(bench: Bench, world: World) -> None:
    fields = {"idempotencyKey": new_id(), "groupId": bench.group.id}
    opened = await bench.send("meetingOpen", fields, "meeting { status }")
    assert opened.data["meetingOpen"]["meeting"] == {"status": "OPEN"}
    await world.close_meeting(bench.group, fields["idempotencyKey"])
    again = await bench.send("meetingOpen", fields, "meeting { status }")
    assert again.data["meetingOpen"]["meeting"] == {"status": "CLOSED"}


async def test_a_key_is_one_persons_own(bench: Bench, api: Api) -> None:
    key = new_id()
    chair = api.client(bench.group.chair)
    for client, name in ((bench.secretary, "Njeri"), (chair, "Njoki")):
        made = await client.do(
            "memberAdd", "member { name }", groupId=bench.group.id, idempotencyKey=key, id=new_id(), name=name
        )
        assert made["member"] == {"name": name}


async def test_a_repeat_is_answered_only_to_whoever_may_still_do_it(bench: Bench, world: World) -> None:
    fields = {"idempotencyKey": new_id(), **await bench.wish("memberAdd")}
    await bench.send("memberAdd", fields)
    await world.superuser.execute(
        "UPDATE app.memberships SET ends_at = now() WHERE user_id = $1 AND role = 'SECRETARY'",
        bench.group.secretary.user_id,
    )
    answer = await bench.send("memberAdd", fields)
    assert answer.refusal[0] == "FORBIDDEN"


@pytest.mark.parametrize("mutation", SELECTIONS)
async def test_a_request_sent_many_times_at_once_happens_once(bench: Bench, mutation: str) -> None:
    fields = {"idempotencyKey": new_id(), **await bench.wish(mutation)}
    answers = await asyncio.gather(*(bench.send(mutation, fields) for _ in range(5)))
    assert len({str(answer.data) for answer in answers}) == 1
    assert answers[0].data[mutation]["userErrors"] == []
    assert sorted(answer.extensions.get("idempotentReplay", False) for answer in answers) == [False] + [True] * 4


async def test_a_refusal_of_another_release_whose_reason_is_gone_is_still_answered(bench: Bench) -> None:
    answers = {}
    for mutation, table, wish in (
        ("memberAdd", "app", {"groupId": bench.group.id, "name": "Njeri", "number": 1}),
        ("userCreate", "access", {"name": "Juma", "phone": "12", "password": "mango and rain"}),
    ):
        fields = {"idempotencyKey": new_id(), **wish}
        await bench.send(mutation, fields, "__typename")
        await bench.world.superuser.execute(
            f"UPDATE {table}.idempotency_keys SET outcome = jsonb_set(outcome, '{{error,reason}}', '\"GONE\"')"
            " WHERE key = $1",
            fields["idempotencyKey"],
        )
        answer = await bench.send(mutation, fields, "__typename")
        (answers[mutation],) = answer.data[mutation]["userErrors"]
    assert {name: (error["reason"], error["path"]) for name, error in answers.items()} == {
        "memberAdd": ("REFUSED_BEFORE", ["number"]),
        "userCreate": ("REFUSED_BEFORE", ["phone"]),
    }
