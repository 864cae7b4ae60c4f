"""A member leaves or dies: savings and shares are paid out, fines taken off, and the book stays sound."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import asyncpg
import pytest

from domain.identifiers import new_id
from domain.ledger.accounts import Place
from domain.ledger.events import Booking, shares_redeemed
from domain.savings import LevyFine, levy_fine
from tests.graph.office import Office
from tests.ledger.book import both_verifications
from tests.ledger.moving import savings
from tests.ledger.richbook import kes, post
from tests.support.api import Api, nothing_changes
from tests.support.world import shares

MEMBER = (
    "member { status leftOn version roles positions { endsOn }"
    " balances { savings { amount } finesOwed { amount } sharesValue { amount } } }"
    " entries { id kind meeting { id } lines { account { code } debit { amount } credit { amount } } }"
)

PREVIEW = """
query($group: ID!, $member: ID!, $keeps: Boolean!) {
  memberSettlement(groupId: $group, memberId: $member, isKeepingShares: $keeps) {
    shares sharesValue { amount } savings { amount } finesOwed { amount }
    available { amount } payout { amount } missing { amount }
  }
}
"""
BOX = "SELECT balance FROM ledger.account_balances WHERE tenant_id = $1 AND account_id = $2"


async def prepare(office: Office, *, saved: str = "500", fined: str | None = None) -> tuple[str, str]:
    """A member with a share and savings, maybe a fine; the member and the open meeting."""
    world, group = office.world, office.group
    member = group.members[3]
    meeting = await world.meeting(group)
    await world.record(group, meeting, shares(member, 1), savings(member, saved))
    if fined is not None:
        wish = LevyFine(
            group_id=group.id, idempotency_key=new_id(), member_id=member, amount=Decimal(fined), reason="Late"
        )
        await world.succeed(group.treasurer, levy_fine, wish)
    return str(member), str(meeting)


def lines(entry: dict[str, Any]) -> list[tuple[str, str | None, str | None]]:
    """Account, debit and credit of each line."""
    return [
        (line["account"]["code"], *(line[side] and line[side]["amount"] for side in ("debit", "credit")))
        for line in entry["lines"]
    ]


async def leave(office: Office, mutation: str = "memberLeave", **fields: Any) -> dict[str, Any]:
    fields = {"groupId": office.group.id, "expectedVersion": 1, **fields}
    return await office.client.do(mutation, MEMBER, **fields)


@pytest.mark.parametrize(("mutation", "status"), [("memberLeave", "LEFT"), ("memberDeathRecord", "DECEASED")])
async def test_savings_and_shares_are_paid_out_and_fines_taken_off(
    api: Api, office: Office, mutation: str, status: str
) -> None:
    member, meeting = await prepare(office, fined="30")
    await office.client.do(
        "positionAssign", "member { id }", groupId=office.group.id, memberId=member, position="KEY_HOLDER_1"
    )
    wish = {"memberId": member, "meetingId": meeting, "isNettingFines": True, "idempotencyKey": str(new_id())}
    payload = await leave(office, mutation, payee="Her sister", **wish)
    found = payload["member"]
    assert (found["status"], found["version"], found["roles"]) == (status, 2, [])
    assert found["positions"] == [{"endsOn": found["leftOn"]}]
    assert found["balances"] == {
        "savings": {"amount": "0.00"},
        "finesOwed": {"amount": "0.00"},
        "sharesValue": {"amount": "0.00"},
    }
    assert [(entry["kind"], entry["meeting"]["id"], lines(entry)) for entry in payload["entries"]] == [
        ("FINE_PAID", meeting, [("1110", "30.00", None), ("1310", None, "30.00")]),
        ("WITHDRAWAL", meeting, [("2100", "500.00", None), ("1110", None, "500.00")]),
        ("SHARES_REDEEMED", meeting, [("3100", "200.00", None), ("1110", None, "200.00")]),
    ]
    assert await both_verifications(office.world, office.group.id) == []
    # A repeat answers the same and pays nothing more.
    async with nothing_changes(office.world, but_for_keys=True):
        assert await leave(office, mutation, payee="Her sister", **wish) == payload
    # And she sees the group no more.
    gone = await api.client(office.group.plain).query("query($id: ID!) { group(id: $id) { name } }", id=office.group.id)
    assert gone == {"group": None}


async def test_fines_that_nobody_nets_keep_her_with_the_figures(office: Office) -> None:
    member, _ = await prepare(office, saved="500", fined="30")
    document = (
        "mutation($input: MemberLeaveInput!) { memberLeave(input: $input) { member { id } userErrors {"
        " code reason path owed available message } } }"
    )
    wish = {"groupId": office.group.id, "idempotencyKey": new_id(), "memberId": member, "expectedVersion": 1}
    async with nothing_changes(office.world, but_for_keys=True):
        payload = (await office.client.query(document, input=wish))["memberLeave"]
    assert payload == {
        "member": None,
        "userErrors": [
            {
                "code": "NOT_ALLOWED",
                "reason": "FINES_NOT_SETTLED",
                "path": ["isNettingFines"],
                "owed": "30.00",
                "available": "700.00",
                "message": "The member owes 30.00 in fines and is to be paid 700.00: "
                "let the fines be taken off it, or have them paid or waived first.",
            }
        ],
    }


async def test_who_owes_more_than_she_has_is_not_let_go(office: Office) -> None:
    member, _ = await prepare(office, saved="20", fined="220.01")
    error = await office.refused("memberLeave", memberId=member, expectedVersion=1, isNettingFines=True)
    assert error[:3] == ("NOT_ALLOWED", "SETTLEMENT_TOO_SMALL", ["isNettingFines"])
    # What she keeps is not paid to her, so nothing is taken off it.
    wish = {"memberId": member, "expectedVersion": 1, "isNettingFines": True, "isKeepingShares": True}
    assert await office.refused("memberLeave", **wish) == (
        "NOT_ALLOWED",
        "SETTLEMENT_TOO_SMALL",
        ["isNettingFines"],
        "The member owes 220.01 in fines and is to be paid only 20.00: have the rest paid or waived first.",
    )


async def test_fines_of_all_that_she_has_leave_nothing_to_pay(office: Office) -> None:
    member, _ = await prepare(office, saved="30", fined="230")
    box = await office.world.superuser.fetchval(BOX, office.group.id, office.group.account("1110"))
    payload = await leave(office, memberId=member, isNettingFines=True)
    assert [(entry["kind"], entry["meeting"]) for entry in payload["entries"]] == [
        ("FINE_PAID", None),
        ("WITHDRAWAL", None),
        ("SHARES_REDEEMED", None),
    ]
    assert payload["member"]["balances"]["savings"] == {"amount": "0.00"}
    assert await office.world.superuser.fetchval(BOX, office.group.id, office.group.account("1110")) == box


async def test_she_may_keep_her_shares_until_the_share_out(office: Office) -> None:
    member, _ = await prepare(office)
    payload = await leave(office, memberId=member, isKeepingShares=True)
    assert [entry["kind"] for entry in payload["entries"]] == ["WITHDRAWAL"]
    assert payload["member"]["balances"]["sharesValue"] == {"amount": "200.00"}


@pytest.mark.parametrize(
    ("saved", "fined", "keeps", "shown"),
    [
        ("500", "30", False, ("700.00", "670.00", "0.00")),
        ("500", "30", True, ("500.00", "470.00", "0.00")),
        ("20", "230", False, ("220.00", "0.00", "10.00")),
        ("20", "230", True, ("20.00", "0.00", "210.00")),
        ("0.01", None, False, ("200.01", "200.01", "0.00")),
    ],
)
async def test_the_settlement_is_shown_before_it_is_made(
    office: Office, saved: str, fined: str | None, shown: tuple[str, str, str], *, keeps: bool
) -> None:
    member, _ = await prepare(office, saved=saved, fined=fined)
    async with nothing_changes(office.world):
        answer = await office.client.query(PREVIEW, group=office.group.id, member=member, keeps=keeps)
    found = answer["memberSettlement"]
    assert found["shares"] == 1
    assert tuple(found[name]["amount"] for name in ("available", "payout", "missing")) == shown
    if shown[2] != "0.00":
        return
    box = await office.world.superuser.fetchval(BOX, office.group.id, office.group.account("1110"))
    await leave(office, memberId=member, isNettingFines=True, isKeepingShares=keeps)
    left = await office.world.superuser.fetchval(BOX, office.group.id, office.group.account("1110"))
    assert box - left == Decimal(shown[1])
    assert await both_verifications(office.world, office.group.id) == []


async def test_a_settlement_is_shown_to_her_and_to_whoever_sees_what_members_have(api: Api, office: Office) -> None:
    world, group = office.world, office.group
    member, _ = await prepare(office)
    wish = {"group": group.id, "member": member, "keeps": False}
    for who, sees in (
        (group.plain, True),
        (group.treasurer, True),
        (await world.auditor(group), True),
        (await world.partner(group, "ROWS"), True),
        (await world.partner(group, "TOTALS"), False),
        (await world.person(), False),
    ):
        answer = await api.client(who).query(PREVIEW, **wish)
        assert (answer["memberSettlement"] is not None) is sees
    others = {**wish, "member": group.members[4]}
    assert await api.client(group.plain).query(PREVIEW, **others) == {"memberSettlement": None}
    # Of a member whom the group does not have, nothing is shown to anybody.
    assert await office.client.query(PREVIEW, **{**wish, "member": new_id()}) == {"memberSettlement": None}


async def test_a_settlement_is_read_with_one_statement(api: Api, office: Office) -> None:
    member, _ = await prepare(office)
    wish = {"group": office.group.id, "member": member, "keeps": False}
    # One to enter, one to read.
    assert (await api.count_statements(office.client, PREVIEW, **wish)).count == 2


async def test_what_was_redeemed_by_mistake_is_taken_back_whole(office: Office) -> None:
    member, _ = await prepare(office)
    payload = await leave(office, memberId=member)
    entry = payload["entries"][-1]["id"]
    treasurer_wish = {"groupId": office.group.id, "entryId": entry, "reason": "She stays"}
    await office.client.do("entryReverse", "entry { kind }", **treasurer_wish)
    answer = await office.client.query(PREVIEW, group=office.group.id, member=member, keeps=False)
    assert (answer["memberSettlement"]["shares"], answer["memberSettlement"]["payout"]) == (1, {"amount": "200.00"})
    assert await both_verifications(office.world, office.group.id) == []


@pytest.mark.parametrize(("count", "amount"), [(1, 200), (2, 399), (2, 401), (1, 400)])
async def test_the_database_redeems_shares_only_whole_and_at_what_they_cost(
    office: Office, count: int, amount: int
) -> None:
    world, group = office.world, office.group
    meeting = await world.meeting(group)
    await world.record(group, meeting, shares(group.members[3], 2), shares(group.members[4], 2))
    today = await world.superuser.fetchval("SELECT current_date")
    booking = Booking(entry_id=new_id(), group_id=group.id, on=today, meeting_id=meeting)
    member, place = group.members[3], Place.BOX
    wish = shares_redeemed(booking, member_id=member, amount=kes(amount), shares=count, place=place)
    async with nothing_changes(world):
        with pytest.raises(asyncpg.PostgresError) as refusal:
            await post(world, group, group.treasurer, wish)
    # More than she has is refused as it is of any balance.
    assert refusal.value.sqlstate == ("KB410" if amount > 400 else "KB422")


async def test_whoever_has_nothing_goes_without_an_entry(office: Office) -> None:
    payload = await leave(office, memberId=str(office.group.members[4]))
    assert (payload["member"]["status"], payload["entries"]) == ("LEFT", [])


async def test_money_that_is_not_in_the_place_is_not_paid(office: Office) -> None:
    member, _ = await prepare(office)
    error = await office.refused("memberLeave", memberId=member, expectedVersion=1, place=Place.BANK.value)
    assert error[1:3] == ("BELOW_MINIMUM", ["place"])


async def test_goings_that_make_no_sense_are_refused(office: Office) -> None:
    member = str(office.group.members[4])

    async def refused(**fields: Any) -> tuple[str, list[str]]:
        return (await office.refused("memberLeave", **{"memberId": member, "expectedVersion": 1, **fields}))[1:3]

    assert await refused(expectedVersion=2) == ("VERSION_STALE", ["expectedVersion"])
    assert await refused(memberId=new_id()) == ("MEMBER_UNKNOWN", ["memberId"])
    assert await refused(meetingId=new_id()) == ("MEETING_NOT_FOUND", ["meetingId"])
    assert await refused(on="2999-01-01") == ("DATE_IN_FUTURE", ["on"])
    assert await refused(on="2020-01-01") == ("DATE_BEFORE_JOINING", ["on"])
    assert await refused(memo="\u202e") == ("TEXT_NOT_ALLOWED", ["memo"])
    await leave(office, memberId=member)
    assert await refused(expectedVersion=2) == ("STATUS_NOT_POSSIBLE", ["memberId"])


async def test_whoever_left_is_given_nothing_until_she_is_taken_in_again(office: Office) -> None:
    member = str(office.group.members[4])
    await leave(office, memberId=member)
    user = (await office.world.person()).user_id
    for mutation, fields in (
        ("positionAssign", {"position": "BOX_KEEPER"}),
        ("roleGrant", {"role": "CHAIR"}),
        ("memberLink", {"userId": user}),
    ):
        error = await office.refused(mutation, memberId=member, **fields)
        assert error[:3] == ("NOT_ALLOWED", "MEMBER_GONE", ["memberId"])
    payload = await office.client.do(
        "memberReactivate", "member { status leftOn }", groupId=office.group.id, memberId=member, expectedVersion=2
    )
    assert payload["member"] == {"status": "ACTIVE", "leftOn": None}
    await office.client.do(
        "positionAssign", "member { id }", groupId=office.group.id, memberId=member, position="BOX_KEEPER"
    )
