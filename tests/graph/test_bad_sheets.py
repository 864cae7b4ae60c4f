"""Sheets that cannot be recorded as they are: each line is refused for its own reason, and nothing else moves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest

from domain.identifiers import new_id
from tests.support.api import Api, Client, nothing_changes
from tests.support.world import GroupOfPeople, World

ITEMS = "meeting { id } items { id status contribution { id } userErrors { code reason message path } }"


@dataclass(frozen=True)
class Desk:
    """A treasurer at an open meeting."""

    client: Client
    group: GroupOfPeople
    meeting: UUID

    async def record(self, *items: dict[str, Any], **fields: Any) -> dict[str, Any]:
        wish = {"groupId": self.group.id, "meetingId": self.meeting, "items": items, **fields}
        return await self.client.do("contributionsRecord", ITEMS, **wish)

    def shares(self, count: int, member: int = 4, **fields: Any) -> dict[str, Any]:
        return {"memberId": self.group.members[member], "kind": "SHARE", "shares": count, **fields}

    def fund(self, amount: Any, member: int = 4, **fields: Any) -> dict[str, Any]:
        return {"memberId": self.group.members[member], "kind": "SOCIAL_FUND", "amount": amount, **fields}


@pytest.fixture
async def desk(api: Api, world: World) -> Desk:
    group = await world.group()
    return Desk(api.client(group.treasurer), group, await world.meeting(group))


async def only_error(desk: Desk, *items: dict[str, Any]) -> dict[str, Any]:
    """The user error of the last item, which alone is refused."""
    payload = await desk.record(*items)
    *earlier, last = payload["items"]
    assert [item["status"] for item in earlier] == ["ACCEPTED"] * len(earlier)
    assert last["status"] == "REJECTED"
    assert last["contribution"] is None
    (error,) = last["userErrors"]
    return error  # type: ignore[no-any-return]


NOT_POSITIVE = ("INVALID", "AMOUNT_NOT_POSITIVE", "Write an amount above zero.")
TOO_LARGE = (
    "INVALID",
    "AMOUNT_TOO_LARGE",
    "Amounts may not go beyond 100000000000000: check the number of digits.",
)


BAD_AMOUNTS = [
    ("-20", *NOT_POSITIVE),
    ("-0.01", *NOT_POSITIVE),
    ("0", *NOT_POSITIVE),
    ("-0.00", *NOT_POSITIVE),
    ("100000000000000.01", *TOO_LARGE),
    ("9" * 32, *TOO_LARGE),
    (
        "20.001",
        "INVALID",
        "AMOUNT_TOO_PRECISE",
        "KES has 2 decimals: write at most 2 digits after the point.",
    ),
    ("20.000", "INVALID", "AMOUNT_TOO_PRECISE", "KES has 2 decimals: write at most 2 digits after the point."),
]


async def test_an_amount_that_no_book_takes_is_refused_by_itself(desk: Desk, world: World) -> None:
    for amount, code, reason, message in BAD_AMOUNTS:
        async with nothing_changes(world, but_for_keys=True):
            error = await only_error(desk, desk.fund(amount))
        assert error == {"code": code, "reason": reason, "message": message, "path": ["items", "0", "amount"]}, amount


NOT_DECIMAL = 'Give a decimal as a string of digits, such as "200.00": a JSON number could lose cents.'
MALFORMED = "Write a decimal with digits, and a point where it needs one, such as 200.00: 32 characters at most."


async def test_an_amount_that_is_no_decimal_string_never_reaches_a_service(desk: Desk, world: World) -> None:
    wrong: list[Any] = [
        20,
        20.0,
        1e3,
        True,
        [],
        {"amount": "20"},
        "",
        " 20",
        "20,00",
        "1e3",
        "+20",
        "٢٠",
        "NaN",
        "0" * 33,
    ]
    async with nothing_changes(world):
        for amount in wrong:
            answer = await desk.client.mutate(
                "contributionsRecord",
                ITEMS,
                groupId=desk.group.id,
                meetingId=desk.meeting,
                items=[desk.fund(amount)],
            )
            sentence = MALFORMED if isinstance(amount, str) else NOT_DECIMAL
            assert answer.refusal == (
                "BAD_USER_INPUT",
                f"Variable '$input' has invalid value at .items[0].amount: {sentence}",
            )
            assert "data" not in answer.body


async def test_a_number_in_the_document_itself_is_no_amount_either(desk: Desk, world: World) -> None:
    async with nothing_changes(world):
        for literal in ("20", "20.0", "true", "KES", "{}", "[20]"):
            document = f"""mutation {{ contributionsRecord(input: {{
                groupId: "{desk.group.id}", idempotencyKey: "{new_id()}", meetingId: "{desk.meeting}",
                items: [{{ memberId: "{desk.group.members[4]}", kind: SOCIAL_FUND, amount: {literal} }}]
            }}) {{ __typename }} }}"""
            code, message = await desk.client.refused(document)
            assert code == "BAD_USER_INPUT"
            assert message.endswith(MALFORMED if literal == "KES" else NOT_DECIMAL)


async def test_shares_outside_the_constitution_are_refused(desk: Desk, world: World) -> None:
    async with nothing_changes(world, but_for_keys=True):
        for count in (-1, 0, 6, 2_147_483_647, -2_147_483_648):
            assert await only_error(desk, desk.shares(count)) == {
                "code": "NOT_ALLOWED",
                "reason": "SHARES_OUTSIDE_LIMITS",
                "message": "A member buys 1 to 5 shares in a meeting, and between two meetings "
                "(constitution, version 1). Correct the number of shares.",
                "path": ["items", "0", "shares"],
            }


async def test_the_limit_on_shares_counts_what_an_earlier_sheet_of_the_meeting_bought(desk: Desk, world: World) -> None:
    await desk.record(desk.shares(4))
    async with nothing_changes(world, but_for_keys=True):
        error = await only_error(desk, desk.shares(2))
    assert error == {
        "code": "NOT_ALLOWED",
        "reason": "SHARES_OUTSIDE_LIMITS",
        "message": "A member buys 1 to 5 shares in a meeting, and between two meetings (constitution, version 1). "
        "This member has bought 4 of them already. Correct the number of shares.",
        "path": ["items", "0", "shares"],
    }
    assert (await desk.record(desk.shares(1)))["items"][0]["status"] == "ACCEPTED"


async def test_the_limit_on_shares_counts_earlier_lines_of_the_same_sheet(desk: Desk) -> None:
    error = await only_error(desk, desk.shares(4), desk.shares(2))
    assert (error["reason"], error["path"]) == ("SHARES_OUTSIDE_LIMITS", ["items", "1", "shares"])


async def test_a_member_of_another_group_is_nobody_here(desk: Desk, world: World) -> None:
    elsewhere = await world.group()
    item = {"memberId": elsewhere.members[4], "kind": "SHARE", "shares": 1}
    async with nothing_changes(world, but_for_keys=True):
        error = await only_error(desk, item)
    assert error == {
        "code": "NOT_FOUND",
        "reason": "MEMBER_NOT_IN_GROUP",
        "message": "No active member of this group has this id: check the member.",
        "path": ["items", "0", "memberId"],
    }


async def test_a_member_who_left_is_nobody_here_any_more(desk: Desk, world: World) -> None:
    await world.superuser.execute("SET session_replication_role = replica")  # no service lets a member leave yet
    await world.superuser.execute(
        "UPDATE app.members SET left_on = joined_on, status = 'LEFT' WHERE id = $1", desk.group.members[4]
    )
    error = await only_error(desk, desk.shares(1))
    assert (error["reason"], error["path"]) == ("MEMBER_NOT_IN_GROUP", ["items", "0", "memberId"])


CONTRADICTIONS: list[tuple[dict[str, Any], str, str, str]] = [
    ({"kind": "SHARE"}, "SHARES_MISSING", "Say how many shares the member bought.", "shares"),
    (
        {"kind": "SHARE", "shares": None, "amount": "200"},
        "SHARES_MISSING",
        "Say how many shares the member bought.",
        "shares",
    ),
    (
        {"kind": "SOCIAL_FUND", "amount": "20", "shares": 1},
        "SHARES_ONLY_FOR_SHARE_PURCHASE",
        "Only a share purchase counts shares: leave the number of shares out.",
        "shares",
    ),
    ({"kind": "SOCIAL_FUND"}, "AMOUNT_MISSING", "Say how much the member paid.", "amount"),
    (
        {"kind": "SHARE", "shares": 2, "amount": "399.99"},
        "AMOUNT_NOT_SHARES_TIMES_PRICE",
        (
            "These shares cost 400.00 (constitution, version 1): correct the amount or the number of shares, "
            "or leave the amount out."
        ),
        "amount",
    ),
]


async def test_a_line_that_contradicts_itself_is_refused(desk: Desk, world: World) -> None:
    for fields, reason, message, field in CONTRADICTIONS:
        async with nothing_changes(world, but_for_keys=True):
            error = await only_error(desk, {"memberId": desk.group.members[4], **fields})
        assert error == {"code": "INVALID", "reason": reason, "message": message, "path": ["items", "0", field]}


async def test_a_refused_line_leaves_the_others_standing(desk: Desk) -> None:
    payload = await desk.record(desk.shares(1), desk.fund("0"), desk.fund("20"))
    assert [item["status"] for item in payload["items"]] == ["ACCEPTED", "REJECTED", "ACCEPTED"]
    assert [item["contribution"] and item["contribution"]["id"] for item in payload["items"]] == [
        payload["items"][0]["id"],
        None,
        payload["items"][2]["id"],
    ]


async def test_a_known_id_with_other_content_is_refused_and_with_the_same_is_accepted_once_more(
    desk: Desk, world: World
) -> None:
    known = new_id()
    await desk.record(desk.shares(1, id=known))
    async with nothing_changes(world, but_for_keys=True):
        again = await desk.record(desk.shares(1, id=known))
        assert [(item["id"], item["status"]) for item in again["items"]] == [(str(known), "ACCEPTED")]
        for other in (desk.shares(2, id=known), desk.shares(1, member=3, id=known), desk.fund("200", id=known)):
            assert await only_error(desk, other) == {
                "code": "CONFLICT",
                "reason": "ID_ALREADY_USED",
                "message": "This id already belongs to a record with other content: make a new id.",
                "path": ["items", "0", "id"],
            }


async def test_one_id_twice_on_a_sheet_is_refused_the_second_time(desk: Desk) -> None:
    known = new_id()
    error = await only_error(desk, desk.fund("20", id=known), desk.fund("20", id=known))
    assert (error["reason"], error["path"]) == ("ID_ALREADY_USED", ["items", "1", "id"])


@pytest.mark.parametrize(
    ("count", "reason", "message"),
    [
        (0, "SHEET_EMPTY", "The sheet is empty: give at least one contribution."),
        (
            101,
            "SHEET_TOO_LONG",
            "A sheet holds at most 100 contributions: send the rest in another, with a key of its own.",
        ),
    ],
)
async def test_a_sheet_without_lines_or_with_too_many_is_refused_as_a_whole(
    desk: Desk, world: World, count: int, reason: str, message: str
) -> None:
    async with nothing_changes(world, but_for_keys=True):
        error = await desk.client.user_error(
            "contributionsRecord",
            groupId=desk.group.id,
            meetingId=desk.meeting,
            items=[desk.fund("20")] * count,
        )
    assert error == {"code": "INVALID", "reason": reason, "message": message, "path": ["items"]}


async def test_a_sheet_of_a_hundred_lines_is_recorded(desk: Desk) -> None:
    payload = await desk.record(*[desk.fund("0.01")] * 100)
    assert {item["status"] for item in payload["items"]} == {"ACCEPTED"}
    assert len({item["id"] for item in payload["items"]}) == 100


async def test_a_closed_meeting_takes_nothing_more(desk: Desk, world: World) -> None:
    await desk.record(desk.shares(1))
    await world.close_meeting(desk.group, desk.meeting)
    async with nothing_changes(world, but_for_keys=True):
        error = await desk.client.user_error(
            "contributionsRecord", groupId=desk.group.id, meetingId=desk.meeting, items=[desk.shares(1)]
        )
    assert error == {
        "code": "NOT_ALLOWED",
        "reason": "MEETING_CLOSED",
        "message": "This meeting is closed and no longer changes: record a correction in the next meeting.",
        "path": ["meetingId"],
    }


async def test_a_meeting_of_another_group_is_none_here(desk: Desk, world: World) -> None:
    elsewhere = await world.group()
    meeting = await world.meeting(elsewhere)
    async with nothing_changes(world, but_for_keys=True):
        error = await desk.client.user_error(
            "contributionsRecord", groupId=desk.group.id, meetingId=meeting, items=[desk.shares(1)]
        )
    assert error == {
        "code": "NOT_FOUND",
        "reason": "MEETING_NOT_FOUND",
        "message": "The group has no such meeting: check the meeting's id.",
        "path": ["meetingId"],
    }


async def test_a_group_one_has_nothing_to_do_with_is_not_found(desk: Desk, world: World) -> None:
    elsewhere = await world.group()
    meeting = await world.meeting(elsewhere)
    async with nothing_changes(world):
        for group in (elsewhere.id, new_id()):
            error = await desk.client.user_error(
                "contributionsRecord", groupId=group, meetingId=meeting, items=[desk.shares(1)]
            )
            assert error == {
                "code": "NOT_FOUND",
                "reason": "GROUP_NOT_FOUND",
                "message": "There is no such group among those that you may see: check its id.",
                "path": ["groupId"],
            }


async def test_an_id_of_the_wrong_form_is_named(desk: Desk, world: World) -> None:
    places = {"groupId": ["groupId"], "meetingId": ["meetingId"], "memberId": ["items", "0", "memberId"]}
    places["id"] = ["items", "0", "id"]
    async with nothing_changes(world):
        for field, path in places.items():
            for wrong in ("", "5", "not-an-id", "{00000000-0000-0000-0000-000000000000}", 7, "é" * 36, "0" * 100_000):
                item = desk.shares(1)
                fields: dict[str, Any] = {"groupId": desk.group.id, "meetingId": desk.meeting, "items": [item]}
                (item if field in ("memberId", "id") else fields)[field] = wrong
                assert await desk.client.user_error("contributionsRecord", **fields) == {
                    "code": "INVALID",
                    "reason": "NOT_AN_ID",
                    "message": "Give the id as a UUID of 36 characters, as it was answered or minted.",
                    "path": path,
                }


async def test_an_id_that_is_neither_text_nor_whole_number_is_refused_before_anything_runs(
    desk: Desk, world: World
) -> None:
    async with nothing_changes(world):
        for wrong in (7.5, True, ["x"], {}):
            code, message = (
                await desk.client.mutate(
                    "contributionsRecord", ITEMS, groupId=wrong, meetingId=desk.meeting, items=[desk.shares(1)]
                )
            ).refusal
            assert code == "BAD_USER_INPUT"
            assert message.startswith("Variable '$input' has invalid value at .groupId: ID cannot represent ")


async def test_amounts_that_would_overflow_the_book_are_refused_as_a_whole(api: Api, world: World) -> None:
    group = await world.group(share_price="99999999999999.99")
    desk = Desk(api.client(group.treasurer), group, await world.meeting(group))
    assert (await desk.record(desk.shares(1)))["items"][0]["status"] == "ACCEPTED"
    assert (await only_error(desk, desk.shares(2, member=3)))["reason"] == "AMOUNT_TOO_LARGE"
    async with nothing_changes(world, but_for_keys=True):
        error = await desk.client.user_error(
            "contributionsRecord",
            groupId=group.id,
            meetingId=desk.meeting,
            items=[desk.fund("99999999999999.99") for _ in range(20)],
        )
    assert (error["code"], error["reason"], error["message"]) == TOO_LARGE
