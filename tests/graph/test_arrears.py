"""The portfolio at risk and the late loans over GraphQL, at any date and for whoever may see them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from domain.currencies import currency
from domain.lending.portfolio import Ageing, PortfolioPart, portfolio_of
from domain.money import Money
from tests.ledger.repaying import day, repaying
from tests.support.api import Api
from tests.support.world import World

PARTS = "loanCount lateLoanCount outstanding { amount } overduePrincipal { amount } overdueInterest { amount }"
PORTFOLIO = f"""query Portfolio($id: ID!, $asOf: Date) {{ group(id: $id) {{ loanPortfolio(asOf: $asOf) {{
    countedOn portfolio {{ {PARTS} lateBalance {{ amount currency }} atRisk1 atRisk30 atRisk60 atRisk90
        ageing {{ ageing loanCount outstanding {{ amount }} }} }}
    officers {{ officerId portfolio {{ {PARTS} }} }} }} }} }}"""
LATE = """query Late($id: ID!, $asOf: Date, $daysMin: Int) { group(id: $id) {
    lateLoans(asOf: $asOf, daysMin: $daysMin) { totalCount nodes {
        loanId number days oldestDueOn ageing outstanding { amount } overduePrincipal { amount }
        overdueInterest { amount } countedOn member { number } } } } }"""


async def test_a_group_sees_how_much_of_what_it_lent_is_late_at_any_date(api: Api, world: World) -> None:
    book = await repaying(world)
    await book.pays("100", 40)
    client = api.client(book.group.treasurer)

    async def asked(days_ago: int | None) -> dict[str, Any]:
        as_of = None if days_ago is None else day(days_ago).isoformat()
        found: dict[str, Any] = (await client.query(PORTFOLIO, id=book.group.id, asOf=as_of))["group"]["loanPortfolio"]
        return found

    now = await asked(None)
    whole = now["portfolio"]
    assert now["countedOn"] in {day(0).isoformat(), day(-1).isoformat()}
    assert (whole["loanCount"], whole["lateLoanCount"]) == (1, 1)
    assert whole["outstanding"] == {"amount": "230.00"}
    assert whole["overduePrincipal"] == {"amount": "130.00"}
    assert whole["overdueInterest"] == {"amount": "30.00"}
    assert whole["lateBalance"] == {"amount": "230.00", "currency": "KES"}
    assert [whole[f"atRisk{days}"] for days in (1, 30, 60, 90)] == ["1.0000", "1.0000", "0.0000", "0.0000"]
    assert [part["loanCount"] for part in whole["ageing"]] == [0, 0, 1, 0, 0]
    (officer,) = now["officers"]
    assert officer["officerId"] == str(book.group.secretary.user_id)
    assert officer["portfolio"] == {name: whole[name] for name in officer["portfolio"]}
    then = (await asked(45))["portfolio"]
    assert (then["loanCount"], then["lateLoanCount"], then["atRisk1"]) == (1, 0, "0.0000")
    before = await asked(90)
    assert before["officers"] == []
    assert (before["portfolio"]["loanCount"], before["portfolio"]["atRisk1"]) == (0, None)


async def test_late_loans_are_listed_with_whom_to_call(api: Api, world: World) -> None:
    book = await repaying(world)
    client = api.client(book.group.treasurer)

    async def asked(**variables: Any) -> dict[str, Any]:
        found: dict[str, Any] = (await client.query(LATE, id=book.group.id, **variables))["group"]["lateLoans"]
        return found

    assert await asked(asOf=day(0).isoformat()) == {
        "totalCount": 1,
        "nodes": [
            {
                "loanId": str(book.loan),
                "number": 1,
                "days": 42,
                "oldestDueOn": day(42).isoformat(),
                "ageing": "DAYS_31_TO_60",
                "outstanding": {"amount": "300.00"},
                "overduePrincipal": {"amount": "200.00"},
                "overdueInterest": {"amount": "60.00"},
                "countedOn": day(0).isoformat(),
                "member": {"number": 2},
            }
        ],
    }
    assert (await asked(asOf=day(42).isoformat()))["totalCount"] == 0
    assert (await asked(asOf=day(0).isoformat(), daysMin=43))["nodes"] == []
    assert len((await asked(daysMin=42))["nodes"]) == 1
    # What one may not see is not listed; the totals are.
    plain = api.client(book.group.plain)
    assert (await plain.query(LATE, id=book.group.id))["group"]["lateLoans"] == {"totalCount": 0, "nodes": []}
    told = (await plain.query(PORTFOLIO, id=book.group.id))["group"]["loanPortfolio"]["portfolio"]
    assert told["lateLoanCount"] == 1


def test_the_portfolio_at_risk_over_days_is_that_of_loans_late_for_more() -> None:
    kes = currency("KES")

    def part(ageing: Ageing, outstanding: int) -> PortfolioPart:
        amounts = (Money(Decimal(each), kes) for each in (outstanding, outstanding // 2, 1))
        return PortfolioPart(ageing, 1, *amounts)

    parts = [part(each, amount) for each, amount in zip(Ageing, (1000, 200, 300, 400, 100), strict=True)]
    found = portfolio_of([*parts, part(Ageing.CURRENT, 1000)], Money.zero(kes))
    assert (found.loans, found.late_loans, found.outstanding.amount) == (6, 5 - 1, 3000)
    assert [found.at_risk(days).amount for days in (1, 31, 61, 91)] == [1000, 800, 500, 100]
    assert [found.ratio(days) for days in (1, 31, 61, 91)] == [
        Decimal("0.3333"),
        Decimal("0.2667"),
        Decimal("0.1667"),
        Decimal("0.0333"),
    ]
    assert portfolio_of([], Money.zero(kes)).ratio(1) is None
