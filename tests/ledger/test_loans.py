"""The life of a loan from the application to the day on which it is paid out."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from domain.identifiers import new_id
from domain.ledger.accounts import Place
from domain.lending import ChargeBasis, ChargedAt, ChargeRule
from domain.lending.applying import WithdrawLoan, apply_for_loan, withdraw_loan
from domain.lending.deciding import (
    AppraiseLoan,
    ApproveLoan,
    RejectLoan,
    appraise_loan,
    approve_loan,
    reject_loan,
)
from domain.lending.disbursing import DisburseLoan, disburse_loan
from domain.lending.records import ApprovalRule
from domain.lending.steps import TRANSITIONS, LoanStatus, StepKind
from domain.meetings.rollcall import AttendanceStatus, RecordRollCall, RollItem, record_roll_call
from domain.policy import AccessDenied
from domain.savings import RecordWithdrawal, record_withdrawal
from domain.service import Command, Service
from tests.ledger.book import digest
from tests.ledger.lending import lending, with_terms
from tests.ledger.moving import today
from tests.support.world import Person, World

PRESENT, LATE, ABSENT = AttendanceStatus.PRESENT, AttendanceStatus.LATE, AttendanceStatus.ABSENT


async def denied(world: World, who: Person, service: Service[Any], command: Command) -> None:
    """See that somebody is not let through, and that nothing is left behind."""
    before = await digest(world.superuser)
    with pytest.raises(AccessDenied):
        await world.perform(who, service, command)
    assert await digest(world.superuser) == before


async def test_a_loan_is_applied_for_appraised_granted_and_paid_out(world: World) -> None:
    book = await lending(world)
    group = book.group
    loan = await book.applied(description="Maize to sell", guarantor_ids=(group.members[2],))
    await book.succeed(
        appraise_loan,
        await book.step(AppraiseLoan, loan, recommended=Decimal(250), findings="She sells at two markets"),
    )
    await book.succeed(approve_loan, await book.step(ApproveLoan, loan, amount=Decimal(280)))
    wish = await book.step(
        DisburseLoan, loan, amount=Decimal(240), meeting_id=book.meeting, memo="For maize", receipt="7"
    )
    await book.succeed(disburse_loan, wish)
    row = await book.row(loan)
    assert {name: row[name] for name in ("number", "status", "applied", "recommended", "approved", "disbursed")} == {
        "number": 1,
        "status": "ACTIVE",
        "applied": 300,
        "recommended": 250,
        "approved": 280,
        "disbursed": 240,
    }
    assert (row["approved_until"], row["disbursed_on"]) == (today() + timedelta(days=30), today())
    assert await book.steps(loan) == [
        ("APPLICATION", None, "APPLIED"),
        ("APPRAISAL", "APPLIED", "APPRAISED"),
        ("APPROVAL", "APPRAISED", "APPROVED"),
        ("DISBURSEMENT", "APPROVED", "ACTIVE"),
    ]
    assert await book.entry(row["disbursement_id"]) == {
        "kind": "LOAN_DISBURSED",
        "on": today(),
        "meeting": book.meeting,
        "member": book.b,
        "reverses": None,
        "actor": group.treasurer.user_id,
        "words": ("For maize", None, "7"),
        "lines": [("1320", book.b, Decimal(240), None), ("1110", None, Decimal(-240), None)],
    }
    due = await world.superuser.fetch(
        "SELECT number, due_on, principal, interest, charges FROM app.loan_instalments WHERE loan_id = $1 ORDER BY 1",
        loan,
    )
    assert [tuple(each) for each in due] == [
        (number, today() + timedelta(days=28 * number), 80, 24, 0) for number in (1, 2, 3)
    ]
    words = await world.superuser.fetch("SELECT step, words FROM app.loan_words WHERE loan_id = $1 ORDER BY 1", loan)
    assert [tuple(each) for each in words] == [(1, "Maize to sell"), (2, "She sells at two markets")]
    assert await book.balance("1320", book.b) == 240


async def test_a_member_applies_for_herself_and_for_nobody_else(world: World) -> None:
    book = await lending(world)
    plain = book.group.plain
    own = book.group.members[3]
    first = await book.applied()
    loan = await book.applied("100", plain, member_id=own)
    assert (await book.row(loan))["number"] == 2
    for who in (plain, await world.auditor(book.group), await world.partner(book.group, "NAMES")):
        await denied(world, who, apply_for_loan, book.applying())
        if who is not plain:
            await denied(world, who, withdraw_loan, await book.step(WithdrawLoan, first))
    # What she may not see is not found.
    hidden = await book.refused(withdraw_loan, await book.step(WithdrawLoan, first), plain)
    assert hidden == ("LOAN_NOT_FOUND", ("loanId",), {})
    withdrawing = await book.step(WithdrawLoan, loan, reason="My brother lent it to me")
    await book.succeed(withdraw_loan, withdrawing, plain)
    assert await book.steps(loan) == [("APPLICATION", None, "APPLIED"), ("WITHDRAWAL", "APPLIED", "WITHDRAWN")]


async def test_no_step_is_taken_that_does_not_follow(world: World) -> None:
    book = await lending(world)
    chair = book.group.chair
    loan = await book.applied()
    assert await book.refused(disburse_loan, await book.step(DisburseLoan, loan)) == (
        "LOAN_STEP_NOT_POSSIBLE",
        ("loanId",),
        {"loan_status": "APPLIED"},
    )
    stale = await book.step(ApproveLoan, loan)
    await book.succeed(reject_loan, await book.step(RejectLoan, loan, reason="She has no business yet"), chair)
    for service, command in (
        (approve_loan, stale),
        (approve_loan, await book.step(ApproveLoan, loan)),
        (appraise_loan, await book.step(AppraiseLoan, loan)),
        (withdraw_loan, await book.step(WithdrawLoan, loan)),
        (reject_loan, await book.step(RejectLoan, loan, reason="Again")),
        (disburse_loan, await book.step(DisburseLoan, loan)),
    ):
        assert await book.refused(service, command) == (
            "LOAN_STEP_NOT_POSSIBLE",
            ("loanId",),
            {"loan_status": "REJECTED"},
        )
    other = await book.applied()
    early = await book.step(ApproveLoan, other, on=today() - timedelta(days=1))
    assert await book.refused(approve_loan, early) == ("LOAN_STEP_TOO_EARLY", ("on",), {"earliest_on": today()})
    stale = await book.step(ApproveLoan, other)
    await book.succeed(appraise_loan, await book.step(AppraiseLoan, other))
    assert await book.refused(approve_loan, stale) == ("VERSION_STALE", ("expectedVersion",), {"version": 2})


async def test_several_officers_grant_the_least_that_any_of_them_names_and_none_twice_or_her_own(world: World) -> None:
    book = await lending(world, officers_min=2)
    group = book.group
    loan = await book.applied()
    # B is the chair's member.
    own = await book.refused(approve_loan, await book.step(ApproveLoan, loan), group.chair)
    assert own == ("LOAN_IS_YOUR_OWN", ("loanId",), {})
    await book.succeed(approve_loan, await book.step(ApproveLoan, loan, amount=Decimal(200)))
    assert (await book.row(loan))["status"] == "APPLIED"
    again = await book.refused(approve_loan, await book.step(ApproveLoan, loan))
    assert again == ("LOAN_APPROVED_BY_YOU", ("loanId",), {"needed": 2})
    await book.succeed(approve_loan, await book.step(ApproveLoan, loan, amount=Decimal(300)), group.secretary)
    row = await book.row(loan)
    assert (row["status"], row["approved"]) == ("APPROVED", 200)


async def test_the_meeting_grants_by_more_than_half_of_those_present(world: World) -> None:
    book = await lending(world, approval=ApprovalRule.VOTE)
    group = book.group
    items = tuple(
        RollItem(member_id=member, status=status)
        for member, status in zip(group.members, (PRESENT, LATE, PRESENT, PRESENT, ABSENT), strict=True)
    )
    await book.succeed(
        record_roll_call, book.wish(RecordRollCall, meeting_id=book.meeting, items=items), group.secretary
    )
    loan = await book.applied()

    async def vote(**fields: Any) -> ApproveLoan:
        wish: ApproveLoan = await book.step(ApproveLoan, loan, **fields)
        return wish

    version = {"constitution_version": 1}
    assert await book.refused(approve_loan, await vote()) == ("VOTE_MISSING", ("meetingId",), version)
    meeting = {"meeting_id": book.meeting}
    assert await book.refused(approve_loan, await vote(**meeting)) == ("VOTE_MISSING", ("votesFor",), version)
    for pair in ((4, 1), (-1, 2), (3, -1)):
        beyond = await book.refused(approve_loan, await vote(votes_for=pair[0], votes_against=pair[1], **meeting))
        assert beyond == ("VOTES_BEYOND_PRESENT", ("votesFor",), {"present": 4})
    half = await book.refused(approve_loan, await vote(votes_for=2, votes_against=1, **meeting))
    assert half == ("VOTE_NOT_CARRIED", ("votesFor",), {"votes_for": 2, "present": 4, **version})
    await book.succeed(approve_loan, await vote(votes_for=3, votes_against=1, **meeting))
    assert (await book.row(loan))["status"] == "APPROVED"


async def test_an_approval_sets_money_aside_until_it_is_paid_out_or_withdrawn(world: World) -> None:
    book = await lending(world, is_reserving_money=True)
    loan = await book.approved("300")
    held = "SELECT held FROM ledger.account_balances WHERE tenant_id = $1 AND account_id = $2"
    box = book.group.account("1110")

    async def set_aside() -> Decimal:
        amount: Decimal = await world.superuser.fetchval(held, book.group.id, box)
        return amount

    assert await set_aside() == 300
    other = await book.applied("1000", member_id=book.a)
    short = await book.refused(approve_loan, await book.step(ApproveLoan, other))
    assert short == ("LOAN_ABOVE_FUND", ("amount",), {"available": 900, "constitution_version": 1})
    await book.succeed(withdraw_loan, await book.step(WithdrawLoan, loan), book.group.chair)
    assert await set_aside() == 0
    await book.succeed(approve_loan, await book.step(ApproveLoan, other))
    assert await set_aside() == 1000
    await book.succeed(disburse_loan, await book.step(DisburseLoan, other))
    assert (await set_aside(), await book.balance("1110")) == (0, 200)
    outcome = await world.superuser.fetchval(
        "SELECT outcome FROM ledger.holds WHERE id = $1", (await book.row(other))["hold_id"]
    )
    assert outcome == "USED"


async def test_no_more_is_paid_out_than_was_granted_or_lies_there(world: World) -> None:
    book = await lending(world)
    loan = await book.approved("300")
    above = await book.refused(disburse_loan, await book.step(DisburseLoan, loan, amount=Decimal("300.01")))
    assert above == ("LOAN_ABOVE_APPROVAL", ("amount",), {"approved": 300})
    bank = await book.refused(disburse_loan, await book.step(DisburseLoan, loan, place=Place.BANK))
    assert bank == ("LOAN_ABOVE_FUND", ("amount",), {"available": 0, "constitution_version": 1})
    for amount in ("0", "-1"):
        zero = await book.refused(disburse_loan, await book.step(DisburseLoan, loan, amount=Decimal(amount)))
        assert zero == ("AMOUNT_NOT_POSITIVE", ("amount",), {})


async def test_charges_at_disbursement_are_kept_back(world: World) -> None:
    charge = ChargeRule(ChargedAt.DISBURSEMENT, ChargeBasis.PRINCIPAL, Decimal(10))
    book = await lending(world, with_terms(rate=Decimal(0), charges=(charge,)))
    loan = await book.disbursed("300")
    entry = await book.entry((await book.row(loan))["disbursement_id"])
    assert entry["lines"] == [
        ("1320", book.b, Decimal(300), None),
        ("1110", None, Decimal(-270), None),
        ("4120", book.b, Decimal(-30), None),
    ]


async def test_limits_are_cited_with_their_figures(world: World) -> None:
    book = await lending(
        world, principal_min=Decimal(50), principal_max=Decimal(800), savings_multiple=Decimal(3), guarantors_min=1
    )
    group = book.group
    surety = {"guarantor_ids": (group.members[2],)}
    version = {"constitution_version": 1}
    for amount, refusal in (
        ("49.99", ("LOAN_BELOW_MINIMUM", ("amount",), {"smallest": 50, **version})),
        ("800.01", ("LOAN_ABOVE_MAXIMUM", ("amount",), {"largest": 800, **version})),
        ("300.01", ("LOAN_ABOVE_SAVINGS", ("amount",), {"limit": 300, "savings": 100, "multiple": 3, **version})),
        ("0", ("AMOUNT_NOT_POSITIVE", ("amount",), {})),
        ("-5", ("AMOUNT_NOT_POSITIVE", ("amount",), {})),
    ):
        assert await book.refused(apply_for_loan, book.applying(amount, **surety)) == refusal
    missing = await book.refused(apply_for_loan, book.applying("100"))
    assert missing == ("GUARANTORS_MISSING", ("guarantorIds",), {"given": 0, "needed": 1, **version})
    for guarantor, reason in (((book.b,), "GUARANTOR_IS_BORROWER"), ((new_id(),), "GUARANTOR_NOT_IN_GROUP")):
        refused = await book.refused(apply_for_loan, book.applying("100", guarantor_ids=guarantor))
        assert refused == (reason, ("guarantorIds", "0"), {})
    twice = await book.refused(apply_for_loan, book.applying("100", guarantor_ids=(group.members[2],) * 2))
    assert twice == ("GUARANTOR_NAMED_TWICE", ("guarantorIds", "1"), {})
    long = await book.refused(apply_for_loan, book.applying("100", instalments=4, **surety))
    assert long == ("TOO_MANY_INSTALMENTS", ("instalments",), {"maximum": 3, **version})
    loan = await book.applied("300", **surety, instalments=2)
    # Her savings are looked at again when it is granted, and when it is paid out.
    await book.succeed(approve_loan, await book.step(ApproveLoan, loan))
    await book.succeed(record_withdrawal, book.wish(RecordWithdrawal, member_id=book.b, amount=Decimal(1)))
    late = await book.refused(disburse_loan, await book.step(DisburseLoan, loan))
    assert late == ("LOAN_ABOVE_SAVINGS", ("amount",), {"limit": 297, "savings": 99, "multiple": 3, **version})


async def test_who_has_as_many_loans_as_she_may_gets_no_more(world: World) -> None:
    book = await lending(world, open_loans_max=1)
    await book.disbursed("100")
    refused = await book.refused(apply_for_loan, book.applying("100"))
    assert refused == (
        "LOANS_OPEN_ALREADY",
        ("memberId",),
        {"open_loans": 1, "maximum": 1, "constitution_version": 1},
    )
    await book.applied("100", member_id=book.a)


async def test_the_database_moves_loans_by_the_same_table(world: World) -> None:
    for kind in StepKind:
        for status in LoanStatus:
            becomes = await world.superuser.fetchval("SELECT app.loan_becomes($1, $2)", kind.value, status.value)
            assert becomes == TRANSITIONS.get((kind, status)), (kind, status)
    assert await world.superuser.fetchval("SELECT app.loan_becomes('APPLICATION', NULL)") == LoanStatus.APPLIED
