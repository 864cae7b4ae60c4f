"""Loans over HTTP: products, the steps up to the payout, what is shown of them, and to whom."""

from __future__ import annotations

from typing import Any

from domain.identifiers import new_id
from domain.policy import Visibility
from tests.ledger.moving import savings
from tests.support.api import Api, Client
from tests.support.world import GroupOfPeople, World

TERMS = {"method": "FLAT", "rate": "10", "ratePeriod": "FOUR_WEEKS", "instalments": 3, "frequency": "FOUR_WEEKLY"}
LOAN = "loan { id status version number applied { amount } }"
PAGE = """
query Loans($id: ID!) {
  group(id: $id) {
    loanProducts(first: 5) { totalCount nodes { id status version
      newest { number name fund savingsMultiple principalMax { amount }
        terms { method rate instalments charges { value } allocation penalty { basis value graceDays } overpayment } }
      versions { number name } } }
    loans(first: 5) { totalCount nodes {
      id number status purpose description fund applied { amount currency } approved { amount } disbursed { amount }
      appliedOn expiresOn disbursedOn constitutionVersion version terms { rate instalments }
      product { id } productVersion { number name } member { number } guarantors { number }
      steps { number kind was became amount { amount } words meeting { number } entry { kind } }
      disbursement { kind } outstanding { amount }
      schedules { number reason principal { amount } interest { amount } instalments { number total { amount } } }
      account { outstanding { total { amount } principal { amount } } overdueDays settledOn
        instalments { number due { amount } outstanding { amount } principal { outstanding { amount } } } }
      payments { id }
    } }
  }
}
"""


async def offered(client: Client, group: GroupOfPeople, **fields: Any) -> str:
    """A product that the group offers."""
    given = {"name": "Ordinary loan", "terms": TERMS, **fields}
    made = await client.do("loanProductAdd", "product { id version }", groupId=group.id, **given)
    product: str = made["product"]["id"]
    return product


async def saved(world: World, group: GroupOfPeople) -> None:
    """Give the group money: the first member saves 4000.00."""
    await world.record(group, await world.meeting(group), savings(group.members[0], "4000"))


async def test_a_loan_is_shown_as_it_was_agreed_and_paid_out(api: Api, world: World) -> None:
    group = await world.group()
    await saved(world, group)
    secretary, treasurer = api.client(group.secretary), api.client(group.treasurer)
    product = await offered(
        secretary,
        group,
        savingsMultiple="3",
        principalMax="10000",
        rules={"penalty": {"basis": "FIXED", "value": "2.50", "graceDays": 3}, "overpayment": "ADVANCE"},
    )
    borrower = {"groupId": group.id, "memberId": group.members[0]}
    applied = await treasurer.do(
        "loanApply",
        LOAN,
        **borrower,
        productId=product,
        amount="3000",
        purpose="AGRICULTURE",
        description="Seed",
        guarantorIds=[group.members[4]],
    )
    assert applied["loan"] == {
        "id": applied["loan"]["id"],
        "status": "APPLIED",
        "version": 1,
        "number": 1,
        "applied": {"amount": "3000.00"},
    }
    at: dict[str, Any] = {"groupId": group.id, "loanId": applied["loan"]["id"]}
    appraised = await treasurer.do(
        "loanAppraise", LOAN, **at, expectedVersion=1, recommended="2500", findings="Her field is good"
    )
    assert appraised["loan"]["status"] == "APPRAISED"
    approved = await treasurer.do("loanApprove", LOAN, **at, expectedVersion=2, amount="2500")
    assert approved["loan"]["status"] == "APPROVED"
    paid = await treasurer.do("loanDisburse", f"{LOAN} entry {{ kind number }}", **at, expectedVersion=3)
    assert (paid["loan"]["status"], paid["entry"]["kind"]) == ("ACTIVE", "LOAN_DISBURSED")
    page = (await secretary.query(PAGE, id=group.id))["group"]
    (shown,) = page["loanProducts"]["nodes"]
    assert shown == {
        "id": product,
        "status": "ACTIVE",
        "version": 1,
        "versions": [{"number": 1, "name": "Ordinary loan"}],
        "newest": {
            "number": 1,
            "name": "Ordinary loan",
            "fund": "LOAN_FUND",
            "savingsMultiple": "3",
            "principalMax": {"amount": "10000.00"},
            "terms": {
                "method": "FLAT",
                "rate": "10",
                "instalments": 3,
                "charges": [],
                "allocation": ["PENALTY", "FEE", "INTEREST", "PRINCIPAL"],
                "penalty": {"basis": "FIXED", "value": "2.5", "graceDays": 3},
                "overpayment": "ADVANCE",
            },
        },
    }
    (loan,) = page["loans"]["nodes"]
    assert page["loans"]["totalCount"] == 1
    assert (loan["description"], loan["guarantors"], loan["member"]) == ("Seed", [{"number": 5}], {"number": 1})
    assert [(each["kind"], each["was"], each["became"], each["words"]) for each in loan["steps"]] == [
        ("APPLICATION", None, "APPLIED", "Seed"),
        ("APPRAISAL", "APPLIED", "APPRAISED", "Her field is good"),
        ("APPROVAL", "APPRAISED", "APPROVED", None),
        ("DISBURSEMENT", "APPROVED", "ACTIVE", None),
    ]
    assert loan["outstanding"] == {"amount": "3250.00"}
    assert loan["account"]["outstanding"] == {"total": {"amount": "3250.00"}, "principal": {"amount": "2500.00"}}
    assert [
        (each["number"], each["due"]["amount"], each["outstanding"]["amount"])
        for each in loan["account"]["instalments"]
    ] == [(1, "1083.33", "1083.33"), (2, "1083.33", "1083.33"), (3, "1083.34", "1083.34")]
    assert loan["schedules"][0]["instalments"][2] == {"number": 3, "total": {"amount": "1083.34"}}
    assert new_id() != loan["id"]


async def test_a_revised_product_is_for_new_loans_and_a_retired_one_for_none(api: Api, world: World) -> None:
    group = await world.group()
    await saved(world, group)
    chair = api.client(group.chair)
    product = await offered(chair, group)
    wish = {
        "groupId": group.id,
        "memberId": group.members[0],
        "productId": product,
        "amount": "100",
        "purpose": "OTHER",
    }
    first = (await chair.do("loanApply", "loan { id }", **wish))["loan"]["id"]
    at = {"groupId": group.id, "productId": product}
    revised = await chair.do(
        "loanProductRevise",
        "product { version newest { number terms { rate } } }",
        **at,
        expectedVersion=1,
        name="Dearer loan",
        terms={**TERMS, "rate": "12.5"},
    )
    assert revised["product"] == {"version": 2, "newest": {"number": 2, "terms": {"rate": "12.5"}}}
    second = (await chair.do("loanApply", "loan { id }", **wish))["loan"]["id"]
    rates = await chair.query(
        "query R($ids: [ID!]!) { nodes(ids: $ids) { ... on Loan { terms { rate } productVersion { number name } } } }",
        ids=[first, second],
    )
    assert rates["nodes"] == [
        {"terms": {"rate": "10"}, "productVersion": {"number": 1, "name": "Ordinary loan"}},
        {"terms": {"rate": "12.5"}, "productVersion": {"number": 2, "name": "Dearer loan"}},
    ]
    stale = await chair.user_error("loanProductRetire", **at, expectedVersion=1)
    assert (stale["reason"], stale["path"]) == ("VERSION_STALE", ["expectedVersion"])
    retired = await chair.do("loanProductRetire", "product { status version }", **at, expectedVersion=2)
    assert retired["product"] == {"status": "RETIRED", "version": 3}
    refused = await chair.user_error("loanApply", **wish)
    assert (refused["reason"], refused["path"]) == ("LOAN_PRODUCT_RETIRED", ["productId"])


async def test_members_see_loans_as_the_constitution_says_and_guarantors_what_they_guarantee(
    api: Api, world: World
) -> None:
    fields = "number steps { kind } outstanding { amount }"
    seen = f"query Q($id: ID!) {{ group(id: $id) {{ loans(first: 5) {{ nodes {{ {fields} }} }} }} }}"
    for visibility, sees_all in ((Visibility.ALL, True), (Visibility.TOTALS_ONLY, False), (Visibility.OWN_ONLY, False)):
        group = await world.group(visibility=visibility)
        await saved(world, group)
        chair, plain = api.client(group.chair), api.client(group.plain)
        product = await offered(chair, group)
        wish = {"groupId": group.id, "productId": product, "amount": "100", "purpose": "HEALTH"}
        await chair.do("loanApply", "loan { id }", **wish, memberId=group.members[0])
        await chair.do("loanApply", "loan { id }", **wish, memberId=group.members[1], guarantorIds=[group.members[3]])
        await plain.do("loanApply", "loan { id }", **wish, memberId=group.members[3])
        answer = await plain.send(seen, id=group.id)
        nodes = answer.data["group"]["loans"]["nodes"]
        assert [each["number"] for each in nodes] == ([3, 2, 1] if sees_all else [3, 2])
        # Of a loan that she stands surety for, she sees no more than the loan.
        assert nodes[1]["steps"] == ([{"kind": "APPLICATION"}] if sees_all else None)
        assert nodes[0]["steps"] == [{"kind": "APPLICATION"}]
        hidden = [] if sees_all else ["Loan.outstanding", "Loan.steps"]
        assert sorted(answer.extensions.get("hidden", [])) == hidden


async def test_loans_are_listed_by_status_officer_and_purpose(api: Api, world: World) -> None:
    group = await world.group()
    await saved(world, group)
    chair, secretary = api.client(group.chair), api.client(group.secretary)
    product = await offered(chair, group)
    wish = {"groupId": group.id, "productId": product, "amount": "100", "memberId": group.members[0]}
    one = (await chair.do("loanApply", "loan { id }", **wish, purpose="HEALTH"))["loan"]["id"]
    await secretary.do("loanApply", "loan { id }", **wish, purpose="BUSINESS")
    await chair.do("loanReject", "loan { id }", groupId=group.id, loanId=one, expectedVersion=1, reason="No money left")
    listed = """
    query Q($id: ID!, $status: LoanStatus, $officerId: ID, $purpose: LoanPurpose, $isOverdue: Boolean) {
      group(id: $id) {
        loans(first: 9, status: $status, officerId: $officerId, purpose: $purpose, isOverdue: $isOverdue) {
          nodes { number } }
        members(first: 1) { nodes { loans(first: 9, orderBy: OLDEST) { totalCount nodes { number } } } } } }
    """
    for asked, numbers in (
        ({}, [2, 1]),
        ({"status": "REJECTED"}, [1]),
        ({"status": "ACTIVE"}, []),
        ({"officerId": group.chair.user_id}, [1]),
        ({"purpose": "BUSINESS"}, [2]),
        ({"isOverdue": True}, []),
        ({"isOverdue": False}, [2, 1]),
    ):
        page = (await chair.query(listed, id=group.id, **asked))["group"]
        assert [each["number"] for each in page["loans"]["nodes"]] == numbers, asked
        own = page["members"]["nodes"][0]["loans"]
        assert (own["totalCount"], [each["number"] for each in own["nodes"]]) == (2, [1, 2])
