"""The schedule that a loan would have, asked of the API."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.support.api import Api, Client, nothing_changes
from tests.support.world import World

PREVIEW = """
query Preview($input: LoanSchedulePreviewInput!) {
  loanSchedulePreview(input: $input) {
    schedule {
      principal { amount currency } interest { amount } charges { amount } chargesAtDisbursement { amount }
      total { amount }
      instalments {
        number startsOn dueOn principal { amount } interest { amount } charges { amount } total { amount }
        balance { amount }
      }
    }
    userErrors { code reason message path highest maximum quantum earliestOn currency decimals }
  }
}
"""
PAGE = Path(__file__).parents[2] / "docs" / "lending.md"
EXAMPLE = re.compile(r"```json\n(?P<request>.*?)```\n\n(?P<table>(?:\|[^\n]*\n)+)", re.DOTALL)
SUMS = ("principal", "interest", "charges", "total", "balance")


def asked(terms: dict[str, Any] | None = None, **changed: Any) -> dict[str, Any]:
    """A loan of 3,000 shillings at ten per cent for each four weeks."""
    return {
        "principal": "3000",
        "currency": "KES",
        "disbursedOn": "2026-01-12",
        **changed,
        "terms": {
            "method": "FLAT",
            "rate": "10",
            "ratePeriod": "FOUR_WEEKS",
            "instalments": 2,
            "frequency": "FOUR_WEEKLY",
            **(terms or {}),
        },
    }


@pytest.fixture
async def client(api: Api) -> Client:
    """Somebody who belongs to no group."""
    return await api.someone()


async def refusal(client: Client, given: dict[str, Any]) -> dict[str, Any]:
    """The only reason why a preview is refused, with the facts that it has."""
    payload = (await client.query(PREVIEW, input=given))["loanSchedulePreview"]
    assert payload["schedule"] is None
    (error,) = payload["userErrors"]
    return {name: value for name, value in error.items() if value is not None}


async def test_a_borrower_sees_what_she_would_pay(client: Client, world: World) -> None:
    fees = [
        {"at": "DISBURSEMENT", "basis": "PRINCIPAL", "value": "1"},
        {"at": "INSTALMENT", "basis": "FIXED", "value": "20"},
    ]
    async with nothing_changes(world):
        payload = (await client.query(PREVIEW, input=asked({"charges": fees})))["loanSchedulePreview"]
    assert payload["userErrors"] == []
    schedule = payload["schedule"]
    rows = schedule.pop("instalments")
    assert schedule == {
        "principal": {"amount": "3000.00", "currency": "KES"},
        "interest": {"amount": "600.00"},
        "charges": {"amount": "70.00"},
        "chargesAtDisbursement": {"amount": "30.00"},
        "total": {"amount": "3670.00"},
    }
    assert [(row["number"], row["startsOn"], row["dueOn"]) for row in rows] == [
        (1, "2026-01-12", "2026-02-09"),
        (2, "2026-02-09", "2026-03-09"),
    ]
    assert [[row[name]["amount"] for name in SUMS] for row in rows] == [
        ["1500.00", "300.00", "20.00", "1820.00", "1500.00"],
        ["1500.00", "300.00", "20.00", "1820.00", "0.00"],
    ]


async def test_every_term_that_can_be_given_is_taken(client: Client) -> None:
    terms = {
        "method": "REDUCING_EQUAL_PRINCIPAL",
        "rate": "2",
        "ratePeriod": "MONTH",
        "instalments": 24,
        "frequency": "MONTHLY",
        "every": 1,
        "dayCountRule": "THIRTY_360",
        "principalGrace": 5,
        "interestGrace": 1,
        "interestFree": 1,
        "rounding": "HALF_UP",
        "smallestSum": "100",
        "instalmentMultiple": "100",
        "residue": "LAST",
        "charges": [],
    }
    given = asked(terms, principal="10000000", currency="UGX", disbursedOn="2014-06-02", firstDueOn="2014-07-02")
    schedule = (await client.query(PREVIEW, input=given))["loanSchedulePreview"]["schedule"]
    rows = [(row["principal"]["amount"], row["interest"]["amount"]) for row in schedule["instalments"]]
    # The first period is free, and would have been put off; the rows after it are those of a published table.
    assert rows[:7] == [("0", "0"), *[("0", "200000")] * 4, ("526300", "200000"), ("526300", "189500")]
    assert rows[-1] == ("526600", "10500")


async def test_instalments_keep_to_the_dates_of_meetings(client: Client) -> None:
    given = asked(meetingsOn=["2026-02-10", "2026-03-08"])
    schedule = (await client.query(PREVIEW, input=given))["loanSchedulePreview"]["schedule"]
    assert [row["dueOn"] for row in schedule["instalments"]] == ["2026-02-10", "2026-03-08"]


@pytest.mark.parametrize(
    ("given", "reason", "path", "facts"),
    [
        (asked(principal="0"), "AMOUNT_NOT_POSITIVE", ["principal"], {}),
        (asked(principal="-5"), "AMOUNT_NOT_POSITIVE", ["principal"], {}),
        (asked(principal="0.001"), "AMOUNT_TOO_PRECISE", ["principal"], {"currency": "KES", "decimals": 2}),
        (asked(principal="100000000000001"), "AMOUNT_TOO_LARGE", ["principal"], {}),
        (asked(disbursedOn="1989-12-31"), "DISBURSED_TOO_EARLY", ["disbursedOn"], {"earliestOn": "1990-01-01"}),
        (asked(disbursedOn="9999-12-31"), "SCHEDULE_TOO_LONG", [], {}),
        (asked(firstDueOn="2026-01-12"), "DUE_DATES_NOT_IN_ORDER", [], {}),
        (asked(meetingsOn=["2026-02-10"]), "DUE_DATES_NOT_IN_ORDER", [], {}),
        (asked({"rate": "1000.5"}), "RATE_OUT_OF_RANGE", ["terms", "rate"], {"highest": "1000"}),
        (asked({"rate": "-1"}), "RATE_OUT_OF_RANGE", ["terms", "rate"], {"highest": "1000"}),
        (asked({"instalments": 0}), "INSTALMENTS_OUT_OF_RANGE", ["terms", "instalments"], {"maximum": 520}),
        (asked({"every": 0}), "INTERVAL_OUT_OF_RANGE", ["terms", "every"], {"maximum": 12}),
        (asked({"principalGrace": 2}), "GRACE_TOO_LONG", ["terms", "principalGrace"], {"maximum": 1}),
        (asked({"smallestSum": "0.001"}), "MULTIPLE_NOT_POSSIBLE", ["terms", "smallestSum"], {"quantum": "0.01"}),
        (
            asked({"charges": [{"at": "INSTALMENT", "basis": "INTEREST", "value": "101"}]}),
            "CHARGE_NOT_POSSIBLE",
            ["terms", "charges", "0", "value"],
            {},
        ),
        (
            asked({"method": "REDUCING_EQUAL_INSTALMENTS", "residue": "FIRST"}),
            "RESIDUE_NOT_POSSIBLE",
            ["terms", "residue"],
            {},
        ),
    ],
)
async def test_a_loan_that_cannot_be_says_why(
    client: Client, given: dict[str, Any], reason: str, path: list[str], facts: dict[str, Any]
) -> None:
    error = await refusal(client, given)
    assert error.pop("message")
    assert error == {"code": "INVALID", "reason": reason, "path": path, **facts}


async def test_who_has_not_signed_in_gets_no_schedule(api: Api) -> None:
    code, _ = await api.anonymous.refused(PREVIEW, input=asked())
    assert code == "UNAUTHENTICATED"


async def test_every_loan_of_the_page_has_the_schedule_that_it_shows(client: Client) -> None:
    examples = list(EXAMPLE.finditer(PAGE.read_text(encoding="utf-8")))
    assert len(examples) == 3
    for example in examples:
        answer = (await client.query(PREVIEW, input=json.loads(example["request"])))["loanSchedulePreview"]
        shown = [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in example["table"].splitlines()]
        order = ("principal", "interest", "charges", "total", "balance")
        rows = answer["schedule"]["instalments"]
        assert shown[2:] == [(row["dueOn"], *(row[name]["amount"] for name in order)) for row in rows]
