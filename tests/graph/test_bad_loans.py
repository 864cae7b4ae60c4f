"""Loans that cannot be: each refusal by its reason and path, and nothing is left behind."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from tests.graph.office import Office
from tests.graph.test_loans import TERMS, offered, saved
from tests.ledger.moving import today
from tests.support.api import Api
from tests.support.world import World


@pytest.mark.parametrize(
    ("fields", "reason", "path"),
    [
        ({"terms": {**TERMS, "rate": "1000.01"}}, "RATE_OUT_OF_RANGE", ["terms", "rate"]),
        ({"terms": {**TERMS, "rate": "-1"}}, "RATE_OUT_OF_RANGE", ["terms", "rate"]),
        ({"terms": {**TERMS, "rate": "1.00001"}}, "RATE_TOO_PRECISE", ["terms", "rate"]),
        ({"terms": {**TERMS, "instalments": 0}}, "INSTALMENTS_OUT_OF_RANGE", ["terms", "instalments"]),
        ({"terms": {**TERMS, "instalments": 521}}, "INSTALMENTS_OUT_OF_RANGE", ["terms", "instalments"]),
        ({"terms": {**TERMS, "every": 0}}, "INTERVAL_OUT_OF_RANGE", ["terms", "every"]),
        ({"terms": {**TERMS, "smallestSum": "0.001"}}, "MULTIPLE_NOT_POSSIBLE", ["terms", "smallestSum"]),
        ({"name": " "}, "TEXT_TOO_SHORT", ["name"]),
        ({"name": "x" * 81}, "TEXT_TOO_LONG", ["name"]),
        ({"principalMin": "0"}, "AMOUNT_NOT_POSITIVE", ["principalMin"]),
        ({"principalMin": "2", "principalMax": "1"}, "PRINCIPAL_LIMITS_OUT_OF_ORDER", ["principalMin"]),
        ({"savingsMultiple": "0"}, "PRODUCT_LIMIT_OUT_OF_RANGE", ["savingsMultiple"]),
        ({"openLoansMax": 0}, "PRODUCT_LIMIT_OUT_OF_RANGE", ["openLoansMax"]),
        ({"officersMin": 11}, "PRODUCT_LIMIT_OUT_OF_RANGE", ["officersMin"]),
        ({"approvalDays": 366}, "PRODUCT_LIMIT_OUT_OF_RANGE", ["approvalDays"]),
        ({"rules": {"allocation": {"due": ["FEE"]}}}, "ALLOCATION_ORDER_INCOMPLETE", ["rules", "allocation", "due"]),
        (
            {"rules": {"penalty": {"basis": "FIXED", "value": "0"}}},
            "PENALTY_NOT_POSSIBLE",
            ["rules", "penalty", "value"],
        ),
        ({"rules": {"overdueInterest": "ON_BALANCE"}}, "RULES_DO_NOT_FIT_TERMS", ["rules", "overdueInterest"]),
        ({"fund": "SOCIAL_FUND", "rules": {"overpayment": "ADVANCE"}}, "SOCIAL_FUND_LOAN_NOT_POSSIBLE", ["fund"]),
    ],
)
async def test_a_product_that_cannot_be_is_refused(
    office: Office, fields: dict[str, Any], reason: str, path: list[str]
) -> None:
    given = {"name": "Ordinary loan", "terms": TERMS, **fields}
    _, found, where, _ = await office.refused("loanProductAdd", **given)
    assert (found, where) == (reason, path)


async def test_what_law_forbids_is_refused_with_the_ceiling(api: Api, world: World) -> None:
    group = await world.group()
    await world.superuser.execute("SET session_replication_role = replica")
    await world.superuser.execute("UPDATE app.groups SET country = 'SN' WHERE tenant_id = $1", group.id)
    client = api.client(group.secretary)
    monthly = {**TERMS, "ratePeriod": "MONTH", "frequency": "MONTHLY", "method": "REDUCING_EQUAL_INSTALMENTS"}
    given = {"groupId": group.id, "name": "Ordinary loan"}
    refused = await client.user_error("loanProductAdd", **given, terms={**monthly, "rate": "2.1"})
    assert (refused["reason"], refused["path"]) == ("INTEREST_ABOVE_CAP", ["terms", "rate"])
    assert "25.2" in refused["message"]
    assert "24" in refused["message"]
    await client.do("loanProductAdd", "product { id }", **given, terms={**monthly, "rate": "2"})


async def test_dates_and_periods_are_kept(api: Api, world: World) -> None:
    group = await world.group()
    await saved(world, group)
    secretary, treasurer = api.client(group.secretary), api.client(group.treasurer)
    product = await offered(secretary, group)
    wish = {
        "groupId": group.id,
        "memberId": group.members[0],
        "productId": product,
        "amount": "100",
        "purpose": "OTHER",
    }
    tomorrow = today() + timedelta(days=2)
    future = await treasurer.user_error("loanApply", **wish, on=str(tomorrow))
    assert (future["reason"], future["path"]) == ("DATE_IN_FUTURE", ["on"])
    past = today() - timedelta(days=9)
    loan = (await treasurer.do("loanApply", "loan { id }", **wish, on=str(past)))["loan"]["id"]
    at: dict[str, Any] = {"groupId": group.id, "loanId": loan}
    early = await treasurer.user_error("loanApprove", **at, expectedVersion=1, on=str(past - timedelta(days=1)))
    assert (early["reason"], early["path"]) == ("LOAN_STEP_TOO_EARLY", ["on"])
    await treasurer.do("loanApprove", "loan { id }", **at, expectedVersion=1, on=str(past))
    through = past + timedelta(days=1)
    await treasurer.do("periodClose", "book { closedThrough }", groupId=group.id, through=str(through))
    closed = await treasurer.user_error("loanDisburse", **at, expectedVersion=2, on=str(past))
    assert (closed["reason"], closed["path"]) == ("PERIOD_CLOSED", ["on"])
    repaid = await treasurer.user_error("loanRepay", **at, amount="1")
    assert (repaid["reason"], repaid["path"]) == ("LOAN_STEP_NOT_POSSIBLE", ["loanId"])


async def test_of_two_officers_who_approve_at_once_one_does(api: Api, world: World) -> None:
    group = await world.group()
    await saved(world, group)
    product = await offered(api.client(group.secretary), group)
    wish = {
        "groupId": group.id,
        "memberId": group.members[3],
        "productId": product,
        "amount": "100",
        "purpose": "OTHER",
    }
    loan = (await api.client(group.secretary).do("loanApply", "loan { id }", **wish))["loan"]["id"]
    answers = await asyncio.gather(
        *(
            api.client(who).mutate(
                "loanApprove", "loan { status }", groupId=group.id, loanId=loan, expectedVersion=1, amount=amount
            )
            for who, amount in ((group.chair, "90"), (group.treasurer, "80"))
        )
    )
    errors = [answer.data["loanApprove"]["userErrors"] for answer in answers]
    assert sorted(len(each) for each in errors) == [0, 1]
    (refused,) = [each[0] for each in errors if each]
    assert refused["reason"] == "LOAN_STEP_NOT_POSSIBLE"
    steps = await world.superuser.fetchval("SELECT count(*) FROM app.loan_steps WHERE kind = 'APPROVAL'")
    assert steps == 1
