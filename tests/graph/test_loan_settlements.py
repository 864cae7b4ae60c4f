"""Loans over HTTP once they were paid out: repaid, taken back, charged, rescheduled, written off and recovered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from domain.identifiers import new_id
from tests.graph.test_loans import offered, saved
from tests.support.api import Api, Client
from tests.support.world import GroupOfPeople, World

SPLIT = "total { amount } principal { amount } interest { amount } fees { amount } penalties { amount }"
PAYMENT = "payment { id kind amount { amount } principal { amount } interest { amount } fees { amount } "
PAYMENT += "penalties { amount } advance { amount } isReversed }"
LOAN = "loan { id status version outstanding { amount } }"
ACCOUNT = f"""
query Account($id: ID!, $asOf: Date) {{
  node(id: $id) {{ ... on Loan {{
    status disbursedOn
    account(asOf: $asOf) {{ payOff {{ {SPLIT} }} due {{ total {{ amount }} }} overdueDays settledOn }}
    payments {{ id kind amount {{ amount }} principal {{ amount }} interest {{ amount }} isReversed entry {{ kind }} }}
    charges {{ id kind amount {{ amount }} dueOn instalment }}
    schedules {{ number reason principal {{ amount }} instalments {{ number total {{ amount }} }} }}
  }} }}
}}
"""


@dataclass(frozen=True, slots=True)
class Lent:
    """A group that lent 3000.00 to its first member, and who looks after that."""

    group: GroupOfPeople
    treasurer: Client
    loan: str

    async def do(self, mutation: str, selection: str, **fields: Any) -> Any:
        """Something with the loan, as the treasurer."""
        return await self.treasurer.do(mutation, selection, groupId=self.group.id, loanId=self.loan, **fields)

    async def shown(self, **variables: Any) -> Any:
        """The loan as the treasurer sees it."""
        return (await self.treasurer.query(ACCOUNT, id=self.loan, **variables))["node"]


async def lent(api: Api, world: World, **product: Any) -> Lent:
    group = await world.group()
    await saved(world, group)
    secretary, treasurer = api.client(group.secretary), api.client(group.treasurer)
    offer = await offered(secretary, group, **product)
    wish = {"groupId": group.id, "memberId": group.members[0], "productId": offer, "purpose": "OTHER", "amount": "3000"}
    loan = (await secretary.do("loanApply", "loan { id }", **wish))["loan"]["id"]
    at = {"groupId": group.id, "loanId": loan}
    await treasurer.do("loanApprove", "loan { id }", **at, expectedVersion=1)
    await treasurer.do("loanDisburse", "loan { id }", **at, expectedVersion=2)
    return Lent(group, treasurer, loan)


def amounts(split: dict[str, Any]) -> dict[str, str]:
    return {name: value["amount"] for name, value in split.items() if isinstance(value, dict)}


async def test_a_repayment_answers_with_what_it_settled(api: Api, world: World) -> None:
    book = await lent(api, world)
    paid = await book.do(
        "loanRepay",
        f"{LOAN} {PAYMENT} entry {{ kind voucher {{ description receipt }} }}",
        amount="400",
        place="MOBILE_MONEY",
        memo="By telephone",
        receipt="QFT61Z",
    )
    assert amounts(paid["payment"]) == {
        "amount": "400.00",
        "principal": "100.00",
        "interest": "300.00",
        "fees": "0.00",
        "penalties": "0.00",
        "advance": "0.00",
    }
    assert paid["loan"] == {"id": book.loan, "status": "ACTIVE", "version": 3, "outstanding": {"amount": "3500.00"}}
    assert paid["entry"] == {
        "kind": "LOAN_REPAID",
        "voucher": {"description": "By telephone", "receipt": "QFT61Z"},
    }
    shown = await book.shown()
    assert amounts(shown["account"]["payOff"]) == {
        "total": "3500.00",
        "principal": "2900.00",
        "interest": "600.00",
        "fees": "0.00",
        "penalties": "0.00",
    }
    more = await book.treasurer.user_error("loanRepay", groupId=book.group.id, loanId=book.loan, amount="3500.01")
    assert (more["reason"], more["path"]) == ("LOAN_OWES_LESS", ["amount"])
    closed = await book.do("loanRepay", LOAN, amount="3500")
    assert closed["loan"]["status"] == "CLOSED"


async def test_the_figure_that_settles_is_told_for_any_day(api: Api, world: World) -> None:
    to_date = {"method": "FLAT", "rate": "10", "ratePeriod": "FOUR_WEEKS", "instalments": 3, "frequency": "FOUR_WEEKLY"}
    book = await lent(api, world, terms=to_date, rules={"interestOnPayOff": "TO_DATE"})
    paid_out = date.fromisoformat((await book.shown())["disbursedOn"])
    figures = {}
    for days in (0, 14, 28, 56, 84):
        shown = await book.shown(asOf=(paid_out + timedelta(days=days)).isoformat())
        figures[days] = shown["account"]["payOff"]["total"]["amount"]
    assert figures == {0: "3000.00", 14: "3150.00", 28: "3300.00", 56: "3600.00", 84: "3900.00"}


async def test_a_payment_is_taken_back_and_stays_in_the_list(api: Api, world: World) -> None:
    book = await lent(api, world)
    paid = (await book.do("loanRepay", PAYMENT, amount="400"))["payment"]["id"]
    taken = await book.do(
        "loanPaymentReverse", f"{LOAN} entry {{ kind reverses {{ id }} }}", paymentId=paid, reason="Not hers"
    )
    assert taken["entry"] == {"kind": "LOAN_REPAID", "reverses": {"id": paid}}
    assert taken["loan"]["outstanding"] == {"amount": "3900.00"}
    (payment,) = (await book.shown())["payments"]
    assert (payment["id"], payment["isReversed"], payment["entry"]) == (paid, True, {"kind": "LOAN_REPAID"})


async def test_charges_are_added_and_waived(api: Api, world: World) -> None:
    book = await lent(api, world)
    added = await book.do(
        "loanChargeAdd", f"{LOAN} charge {{ id kind amount {{ amount }} instalment }}", kind="PENALTY", amount="25"
    )
    charge = added["charge"]
    assert (charge["kind"], charge["amount"]["amount"], charge["instalment"]) == ("PENALTY", "25.00", None)
    assert added["loan"]["outstanding"] == {"amount": "3925.00"}
    waived = await book.do(
        "loanChargeWaive", f"{LOAN} charge {{ kind waivesId amount {{ amount }} }}", chargeId=charge["id"], amount="5"
    )
    assert waived["charge"] == {"kind": "WAIVER", "waivesId": charge["id"], "amount": {"amount": "5.00"}}
    assert waived["loan"]["outstanding"] == {"amount": "3920.00"}
    assert [each["kind"] for each in (await book.shown())["charges"]] == ["PENALTY", "WAIVER"]


async def test_what_is_left_is_rescheduled_and_an_older_version_is_told(api: Api, world: World) -> None:
    book = await lent(api, world)
    await book.do("loanRepay", LOAN, amount="1300")
    wish = {"groupId": book.group.id, "loanId": book.loan, "reason": "The harvest failed"}
    stale = await book.treasurer.user_error("loanReschedule", **wish, expectedVersion=1)
    assert (stale["reason"], stale["path"]) == ("VERSION_STALE", ["expectedVersion"])
    terms = {"method": "FLAT", "rate": "0", "ratePeriod": "MONTH", "instalments": 2, "frequency": "MONTHLY"}
    done = await book.do("loanReschedule", LOAN, expectedVersion=3, reason="The harvest failed", terms=terms)
    assert (done["loan"]["status"], done["loan"]["outstanding"]) == ("ACTIVE", {"amount": "2600.00"})
    assert [
        (each["number"], each["reason"], each["principal"]["amount"], len(each["instalments"]))
        for each in (await book.shown())["schedules"]
    ] == [(1, "DISBURSEMENT", "3000.00", 3), (2, "RESCHEDULING", "2000.00", 2)]


async def test_a_loan_is_written_off_and_something_recovered(api: Api, world: World) -> None:
    book = await lent(api, world)
    lost = await book.do("loanWriteOff", f"{LOAN} {PAYMENT} entry {{ kind }}", reason="She died")
    assert (lost["loan"]["status"], lost["loan"]["outstanding"]) == ("WRITTEN_OFF", {"amount": "0.00"})
    assert (lost["payment"]["kind"], lost["payment"]["principal"]) == ("WRITE_OFF", {"amount": "3000.00"})
    recovered = await book.do("loanRecover", f"{LOAN} {PAYMENT}", amount="100")
    assert (recovered["payment"]["kind"], recovered["payment"]["amount"]) == ("RECOVERY", {"amount": "100.00"})


async def test_what_is_held_in_advance_is_used_and_given_back(api: Api, world: World) -> None:
    book = await lent(api, world, rules={"overpayment": "ADVANCE"})
    paid = await book.do("loanRepay", f"{LOAN} {PAYMENT}", amount="3950")
    assert (paid["loan"]["status"], paid["payment"]["advance"]) == ("CLOSED", {"amount": "50.00"})
    back = await book.do("loanAdvanceReturn", f"{PAYMENT} entry {{ kind }}", amount="20")
    assert (back["payment"]["kind"], back["entry"]["kind"]) == ("ADVANCE_RETURNED", "LOAN_ADVANCE_RETURNED")
    none = await book.treasurer.user_error("loanAdvanceUse", groupId=book.group.id, loanId=book.loan)
    assert none["reason"] == "LOAN_STEP_NOT_POSSIBLE"


async def test_a_repeat_is_answered_as_the_first_time(api: Api, world: World) -> None:
    book = await lent(api, world)
    key = str(new_id())
    first = await book.do("loanRepay", PAYMENT, amount="10", idempotencyKey=key)
    assert await book.do("loanRepay", PAYMENT, amount="10", idempotencyKey=key) == first
    assert len((await book.shown())["payments"]) == 1


async def test_members_do_not_repay_and_see_what_the_constitution_lets_them(api: Api, world: World) -> None:
    book = await lent(api, world)
    await book.do("loanRepay", LOAN, amount="10")
    plain = api.client(book.group.plain)
    answer = await plain.mutate("loanRepay", "loan { id }", groupId=book.group.id, loanId=book.loan, amount="1")
    assert answer.refusal[0] == "FORBIDDEN"
    assert len((await book.shown())["payments"]) == 1
