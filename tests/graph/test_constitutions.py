"""Constitutions through the API: amended by officers, read in every version, cited by what they refuse."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import asyncpg
import pytest

from domain.groups import SHARES_MAX, GroupKind
from domain.identifiers import new_id
from domain.policy import Visibility
from tests.graph.office import Office
from tests.support.api import Api, nothing_changes
from tests.support.world import Person, World

WHOLE = """
version sharePrice { amount currency } sharesMin sharesMax socialFundAmount { amount }
contributionAmount { amount } contributionFrequency meetingFrequency meetingWeekday
loans { interestRate interestPeriod multiplier termMonthsMax } penaltyRate visibility quorumPercent
canRepresentativesBuyShares canAbsentMembersPay isSecondOfficerRequired
fineReasons { code name amount { amount } }
contributionTypes { code name amount { amount } frequency fund isMandatory } adoptedOn reason
"""
AMENDED = f"group {{ version constitution {{ {WHOLE} }} }}"
READ = """
query Q($id: ID!) { group(id: $id) {
  visibility constitution { version sharesMax }
  constitutions { totalCount nodes { version sharesMax reason adoptedOn } }
} }
"""
RULES: dict[str, Any] = {
    "sharesMax": 3,
    "socialFundAmount": "20",
    "contributionAmount": "100.50",
    "contributionFrequency": "MONTHLY",
    "meetingFrequency": "FORTNIGHTLY",
    "meetingWeekday": "SATURDAY",
    "hasLoans": True,
    "loanInterestRate": "10",
    "loanInterestPeriod": "FOUR_WEEKS",
    "loanMultiplier": "3",
    "loanTermMonthsMax": 3,
    "penaltyRate": "2.50",
    "visibility": "ALL",
    "quorumPercent": 60,
    "canRepresentativesBuyShares": False,
    "canAbsentMembersPay": False,
    "isSecondOfficerRequired": True,
    "fineReasons": [{"code": "LATE", "name": " Came late ", "amount": "50"}],
    "contributionTypes": [
        {"code": "FUNERAL", "name": "Funeral", "amount": "100", "fund": "SOCIAL_FUND", "isMandatory": True},
        {"code": "GIFT", "name": "Gift", "fund": "LOAN_FUND"},
    ],
}


@pytest.fixture
async def office(api: Api, world: World) -> Office:
    """The secretary of a group whose constitution is the usual one."""
    group = await world.group()
    return Office(api.client(group.secretary), group, world)


async def amend(office: Office, version: int = 1, **rules: Any) -> dict[str, Any]:
    fields = {"groupId": office.group.id, "expectedVersion": version, "reason": "We voted", **rules}
    return await office.client.do("constitutionAmend", AMENDED, **fields)


async def today(office: Office) -> date:
    found: date = await office.world.superuser.fetchval("SELECT (now() AT TIME ZONE 'Africa/Nairobi')::date")
    return found


async def test_every_rule_is_amended_and_read_as_it_was_given(office: Office) -> None:
    group = (await amend(office, **RULES))["group"]
    rules = group["constitution"]
    assert group["version"] == 2
    assert rules == {
        "version": 2,
        "sharePrice": {"amount": "200.00", "currency": "KES"},
        "sharesMin": 1,
        "sharesMax": 3,
        "socialFundAmount": {"amount": "20.00"},
        "contributionAmount": {"amount": "100.50"},
        "contributionFrequency": "MONTHLY",
        "meetingFrequency": "FORTNIGHTLY",
        "meetingWeekday": "SATURDAY",
        "loans": {"interestRate": "10", "interestPeriod": "FOUR_WEEKS", "multiplier": "3", "termMonthsMax": 3},
        "penaltyRate": "2.5",
        "visibility": "ALL",
        "quorumPercent": 60,
        "canRepresentativesBuyShares": False,
        "canAbsentMembersPay": False,
        "isSecondOfficerRequired": True,
        "fineReasons": [{"code": "LATE", "name": "Came late", "amount": {"amount": "50.00"}}],
        "contributionTypes": [
            {
                "code": "FUNERAL",
                "name": "Funeral",
                "amount": {"amount": "100.00"},
                "frequency": "FLEXIBLE",
                "fund": "SOCIAL_FUND",
                "isMandatory": True,
            },
            {
                "code": "GIFT",
                "name": "Gift",
                "amount": None,
                "frequency": "FLEXIBLE",
                "fund": "LOAN_FUND",
                "isMandatory": False,
            },
        ],
        "adoptedOn": str(await today(office)),
        "reason": "We voted",
    }


async def test_a_limit_of_loans_is_taken_away_with_null(office: Office) -> None:
    lending = {"hasLoans": True, "loanInterestRate": "10", "loanMultiplier": "3", "loanTermMonthsMax": 3}
    await amend(office, **lending)
    listed = "query Q($id: ID!) { group(id: $id) { constitution { loans { interestRate multiplier termMonthsMax } } } }"

    async def limits() -> tuple[str | None, int | None]:
        loans = (await office.client.query(listed, id=office.group.id))["group"]["constitution"]["loans"]
        assert loans["interestRate"] == "10"
        return loans["multiplier"], loans["termMonthsMax"]

    await amend(office, 2, loanMultiplier=None)
    assert await limits() == (None, 3)
    await amend(office, 3, loanTermMonthsMax=None, loanInterestRate=None)
    assert await limits() == (None, None)
    fields = {"expectedVersion": 4, "reason": "We voted", "loanMultiplier": None}
    assert (await office.refused("constitutionAmend", **fields))[1] == "AMENDMENT_EMPTY"


async def test_every_version_stays_to_be_read_by_whoever_sees_the_group(api: Api, office: Office) -> None:
    await amend(office, sharesMax=4)
    await amend(office, version=2, sharesMax=3, reason="Once more")
    group = (await api.client(office.group.plain).query(READ, id=office.group.id))["group"]
    assert group["constitution"] == {"version": 3, "sharesMax": 3}
    day = str(await today(office))
    assert group["constitutions"] == {
        "totalCount": 3,
        "nodes": [
            {"version": 3, "sharesMax": 3, "reason": "Once more", "adoptedOn": day},
            {"version": 2, "sharesMax": 4, "reason": "We voted", "adoptedOn": day},
            {"version": 1, "sharesMax": 5, "reason": None, "adoptedOn": day},
        ],
    }
    stranger = (await (await api.someone()).query(READ, id=office.group.id))["group"]
    assert stranger is None


async def test_what_the_constitution_refuses_cites_the_version_in_force(office: Office) -> None:
    await amend(office, sharesMax=2)
    meeting = await office.world.meeting(office.group)
    answer = await office.client.mutate(
        "contributionsRecord",
        "items { userErrors { reason constitutionVersion maximum } }",
        groupId=office.group.id,
        meetingId=meeting,
        items=[{"memberId": office.group.members[0], "kind": "SHARE", "shares": 3}],
    )
    (item,) = answer.data["contributionsRecord"]["items"]
    assert item["userErrors"] == [{"reason": "SHARES_OUTSIDE_LIMITS", "constitutionVersion": 2, "maximum": 2}]


async def test_a_group_that_sells_no_shares_says_so_and_cites_its_constitution(api: Api, world: World) -> None:
    group = await world.group(kind=GroupKind.MIXED)
    office = Office(api.client(group.secretary), group, world)
    await amend(office, hasShares=False)
    meeting = await office.world.meeting(office.group)
    answer = await office.client.mutate(
        "contributionsRecord",
        "items { userErrors { reason constitutionVersion path } }",
        groupId=office.group.id,
        meetingId=meeting,
        items=[{"memberId": office.group.members[0], "kind": "SHARE", "shares": 1}],
    )
    (item,) = answer.data["contributionsRecord"]["items"]
    assert item["userErrors"] == [
        {"reason": "SHARES_NOT_SOLD", "constitutionVersion": 2, "path": ["items", "0", "kind"]}
    ]


async def test_a_stale_version_is_refused_and_the_record_shown_as_it_is(office: Office) -> None:
    await amend(office, sharesMax=4)
    fields = {"groupId": office.group.id, "expectedVersion": 1, "reason": "Ours", "sharesMax": 3}
    async with nothing_changes(office.world, but_for_keys=True):
        answer = await office.client.mutate(
            "constitutionAmend", "group { constitution { version sharesMax } }", **fields
        )
    payload = answer.data["constitutionAmend"]
    (error,) = payload["userErrors"]
    assert (error["code"], error["reason"], error["path"]) == ("CONFLICT", "VERSION_STALE", ["expectedVersion"])
    assert payload["group"] == {"constitution": {"version": 2, "sharesMax": 4}}


async def test_an_amendment_for_a_later_day_holds_from_then_on_without_anybody_doing_a_thing(office: Office) -> None:
    day = await today(office)
    ahead = day + timedelta(days=30)
    await amend(office, sharesMax=2, effectiveOn=ahead)
    group = (await office.client.query(READ, id=office.group.id))["group"]
    assert group["constitution"] == {"version": 1, "sharesMax": 5}
    assert group["constitutions"]["nodes"][0] == {
        "version": 2,
        "sharesMax": 2,
        "reason": "We voted",
        "adoptedOn": str(ahead),
    }
    await office.world.superuser.execute("SET session_replication_role = replica")
    await office.world.superuser.execute("UPDATE app.groups SET next_constitution_at = now()")
    await office.world.superuser.execute("UPDATE app.constitutions SET adopted_on = $1 WHERE version = 2", day)
    group = (await office.client.query(READ, id=office.group.id))["group"]
    assert group["constitution"] == {"version": 2, "sharesMax": 2}
    meeting = await office.world.meeting(office.group)
    answer = await office.client.mutate(
        "contributionsRecord",
        "items { userErrors { reason constitutionVersion } }",
        groupId=office.group.id,
        meetingId=meeting,
        items=[{"memberId": office.group.members[0], "kind": "SHARE", "shares": 3}],
    )
    (item,) = answer.data["contributionsRecord"]["items"]
    assert item["userErrors"] == [{"reason": "SHARES_OUTSIDE_LIMITS", "constitutionVersion": 2}]
    # What is adopted ahead of the next goes on from what holds by then.
    await amend(office, version=2, sharesMax=1, effectiveOn=ahead)
    group = (await office.client.query(READ, id=office.group.id))["group"]
    assert group["constitution"] == {"version": 2, "sharesMax": 2}


async def test_an_earlier_amendment_takes_the_place_of_one_adopted_ahead(office: Office) -> None:
    ahead = await today(office) + timedelta(days=30)
    await amend(office, sharesMax=2, effectiveOn=ahead)
    later = {"expectedVersion": 2, "reason": "x", "sharesMax": 3, "effectiveOn": ahead + timedelta(days=1)}
    assert (await office.refused("constitutionAmend", **later))[:3] == (
        "CONFLICT",
        "AMENDMENT_PENDING",
        ["effectiveOn"],
    )
    await amend(office, version=2, socialFundAmount="5")
    group = (await office.client.query(READ, id=office.group.id))["group"]
    assert group["constitution"] == {"version": 3, "sharesMax": 2}
    assert await office.world.superuser.fetchval("SELECT next_constitution_version FROM app.groups") is None


async def test_what_members_see_changes_with_the_amendment_and_at_once(api: Api, office: Office) -> None:
    group = office.group
    meeting = await office.world.meeting(group)
    members = "query Q($id: ID!) { group(id: $id) { fundBalances { fund } contributions { totalCount } } }"
    await office.client.do(
        "contributionsRecord",
        "meeting { id }",
        groupId=group.id,
        meetingId=meeting,
        items=[{"memberId": group.members[0], "kind": "SHARE", "shares": 1}],
    )
    plain = api.client(group.plain)
    before = (await plain.query(members, id=group.id))["group"]
    assert (len(before["fundBalances"]), before["contributions"]["totalCount"]) == (2, 0)
    await amend(office, visibility="ALL")
    assert (await plain.query(members, id=group.id))["group"]["contributions"]["totalCount"] == 1
    await amend(office, version=2, visibility="OWN_ONLY")
    assert (await plain.query(members, id=group.id))["group"] == {
        "fundBalances": None,
        "contributions": {"totalCount": 0},
    }
    ahead = {"expectedVersion": 3, "reason": "x", "visibility": "ALL"}
    refused = await office.refused("constitutionAmend", effectiveOn=await today(office) + timedelta(days=1), **ahead)
    assert refused[:3] == ("INVALID", "VISIBILITY_CHANGES_AT_ONCE", ["visibility"])
    assert await office.world.superuser.fetchval("SELECT visibility FROM app.tenants") == Visibility.OWN_ONLY


@pytest.mark.parametrize(
    ("rules", "reason", "path"),
    [
        ({}, "AMENDMENT_EMPTY", []),
        ({"sharesMax": 5}, "AMENDMENT_EMPTY", []),
        ({"sharesMin": 6}, "SHARES_OUT_OF_ORDER", ["sharesMin"]),
        ({"sharesMin": 6, "sharesMax": 5}, "SHARES_OUT_OF_ORDER", ["sharesMax"]),
        ({"hasShares": False}, "SHARE_PRICE_MISSING", ["hasShares"]),
        ({"sharesMax": SHARES_MAX + 1}, "SHARES_OUT_OF_ORDER", ["sharesMax"]),
        ({"loanMultiplier": "3"}, "LOAN_TERMS_WITHOUT_LOANS", ["loanMultiplier"]),
        ({"hasLoans": True}, "LOAN_TERMS_MISSING", ["loanInterestRate"]),
        ({"hasLoans": True, "loanInterestRate": "-1"}, "RATE_NEGATIVE", ["loanInterestRate"]),
        ({"quorumPercent": 101}, "QUORUM_OUT_OF_RANGE", ["quorumPercent"]),
        ({"reason": ""}, "TEXT_TOO_SHORT", ["reason"]),
        ({"effectiveOn": "2020-01-01"}, "EFFECTIVE_DATE_OUT_OF_RANGE", ["effectiveOn"]),
        ({"effectiveOn": "9999-12-31"}, "EFFECTIVE_DATE_OUT_OF_RANGE", ["effectiveOn"]),
        (
            {"fineReasons": [{"code": each, "name": "x", "amount": "1"} for each in ("A", "B", "A")]},
            "CODE_USED_TWICE",
            ["fineReasons", "2", "code"],
        ),
        (
            {"contributionTypes": [{"code": "DUES", "name": "x", "amount": "1.001", "fund": "LOAN_FUND"}]},
            "AMOUNT_TOO_PRECISE",
            ["contributionTypes", "0", "amount"],
        ),
    ],
)
async def test_a_constitution_that_contradicts_itself_is_refused_whole(
    office: Office, rules: dict[str, Any], reason: str, path: list[str]
) -> None:
    fields = {"expectedVersion": 1, "reason": "We voted", **rules}
    assert (await office.refused("constitutionAmend", **fields))[1:3] == (reason, path)


async def test_only_the_officers_who_keep_the_rules_amend_them(api: Api, office: Office) -> None:
    fields = {"groupId": office.group.id, "expectedVersion": 1, "reason": "x", "sharesMax": 2}
    for who in (office.group.treasurer, office.group.plain, await office.world.auditor(office.group)):
        async with nothing_changes(office.world):
            answer = await api.client(who).mutate("constitutionAmend", "group { id }", **fields)
        assert answer.refusal[0] == "FORBIDDEN"
    done = await api.client(office.group.chair).do("constitutionAmend", AMENDED, **fields)
    assert done["group"]["constitution"]["sharesMax"] == 2


async def test_raw_sql_lets_nobody_choose_the_version_that_holds(office: Office) -> None:
    group = office.group
    await amend(office, sharesMax=2)
    attacks = (
        "UPDATE app.constitutions SET share_price = 1",
        "DELETE FROM app.constitutions",
        "UPDATE app.groups SET constitution_version = 1",
        "UPDATE app.tenants SET visibility = 'ALL'",
    )
    for attack in attacks:
        assert await _attempt(office, group.secretary, attack) == "42501", attack
    adopt = "SELECT app.adopt_constitution($1, $2, NULL)"
    assert await _attempt(office, group.secretary, adopt, group.id, 1) == "KB422"
    assert await _attempt(office, group.secretary, adopt, group.id, 99) == "KB422"
    assert await _attempt(office, group.treasurer, adopt, group.id, 2) == "KB403"
    assert await _attempt(office, group.secretary, adopt, group.id, 2, locks=False) == "KB500"


async def _attempt(office: Office, who: Person, statement: str, *arguments: object, locks: bool = True) -> str | None:
    """The state with which the database refuses a statement; None where it does not."""
    try:
        async with office.world.transaction(who) as connection:
            if locks:
                await connection.execute("SELECT app.enter_write($1)", [office.group.id])
            await connection.execute(statement, *arguments)
    except asyncpg.PostgresError as error:
        return str(error.sqlstate)
    return None


async def test_two_officers_who_amend_at_once_do_not_overwrite_each_other(api: Api, office: Office) -> None:
    fields = {"groupId": office.group.id, "expectedVersion": 1, "reason": "x"}
    chair = api.client(office.group.chair)
    first = await office.client.mutate("constitutionAmend", "group { id }", sharesMax=2, **fields)
    second = await chair.mutate("constitutionAmend", "group { id }", sharesMin=3, **fields)
    assert first.data["constitutionAmend"]["userErrors"] == []
    assert [each["reason"] for each in second.data["constitutionAmend"]["userErrors"]] == ["VERSION_STALE"]


async def test_a_repeat_is_answered_as_the_first_time(office: Office) -> None:
    key = new_id()
    fields = {"groupId": office.group.id, "expectedVersion": 1, "reason": "x", "sharesMax": 2, "idempotencyKey": key}
    await office.client.do("constitutionAmend", "group { version }", **fields)
    async with nothing_changes(office.world, but_for_keys=True):
        again = await office.client.do("constitutionAmend", "group { version }", **fields)
    assert again["group"] == {"version": 2}
