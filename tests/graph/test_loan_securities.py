"""What stands in for one loan, below the loan: only its own, and only what one may see."""

from __future__ import annotations

from typing import Any

from domain.policy import Visibility
from tests.graph.test_loans import offered, saved
from tests.support.api import Api
from tests.support.world import World

BELOW = """
query Q($id: ID!) { group(id: $id) { loans(first: 5, orderBy: OLDEST) { nodes { number
  guarantees { totalCount nodes { status amount { amount } guarantor { number } borrower { number } } }
  pledged: guarantees(status: PLEDGED) { totalCount }
  collateral { totalCount nodes { kind value { amount } borrower { number } description } } } } } }
"""


async def test_each_loan_lists_what_stands_in_for_it_and_for_no_other(api: Api, world: World) -> None:
    group = await world.group(visibility=Visibility.OWN_ONLY)
    await saved(world, group)
    chair, plain = api.client(group.chair), api.client(group.plain)
    product = await offered(chair, group)
    wish = {
        "groupId": group.id,
        "productId": product,
        "amount": "100",
        "purpose": "HEALTH",
        "guarantorIds": [group.members[3]],
    }
    first, second = [
        (await chair.do("loanApply", "loan { id }", **wish, memberId=group.members[each]))["loan"]["id"]
        for each in (0, 1)
    ]
    pledge = {"groupId": group.id, "amount": "40", "memberId": group.members[3]}
    await chair.do("loanGuaranteePledge", "guarantee { id }", **pledge, loanId=first)
    await plain.do("loanGuaranteePledge", "guarantee { id }", **pledge, loanId=second)
    goods = {"groupId": group.id, "kind": "LIVESTOCK", "value": "70", "description": "A goat"}
    await chair.do("loanCollateralAdd", "collateral { id }", **goods, loanId=second)

    def guarantee(status: str, borrower: int) -> dict[str, Any]:
        who = {"guarantor": {"number": 4}, "borrower": {"number": borrower}}
        return {"totalCount": 1, "nodes": [{"status": status, "amount": {"amount": "40.00"}, **who}]}

    goat = {"kind": "LIVESTOCK", "value": {"amount": "70.00"}, "borrower": {"number": 2}, "description": "A goat"}
    nothing: dict[str, Any] = {"totalCount": 0, "nodes": []}
    told = (await api.client(group.treasurer).query(BELOW, id=group.id))["group"]["loans"]["nodes"]
    assert told == [
        {"number": 1, "guarantees": guarantee("PLEDGED", 1), "pledged": {"totalCount": 1}, "collateral": nothing},
        {
            "number": 2,
            "guarantees": guarantee("ACCEPTED", 2),
            "pledged": {"totalCount": 0},
            "collateral": {"totalCount": 1, "nodes": [goat]},
        },
    ]
    # Who stands surety sees that she does, and nothing of what else stands in for the loan.
    hers = (await plain.query(BELOW, id=group.id))["group"]["loans"]["nodes"]
    assert [each["guarantees"]["totalCount"] for each in hers] == [1, 1]
    assert [each["collateral"] for each in hers] == [nothing, nothing]
