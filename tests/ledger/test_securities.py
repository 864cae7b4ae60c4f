"""Guarantees and collateral: pledged, accepted, released; savings that are held stay, whoever asks."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from domain.identifiers import new_id
from domain.lending.applying import WithdrawLoan, withdraw_loan
from domain.lending.collateral import (
    AddCollateral,
    CollateralKind,
    ReleaseCollateral,
    ValueCollateral,
    add_collateral,
    release_collateral,
    value_collateral,
)
from domain.lending.guaranteeing import (
    AcceptGuarantee,
    PledgeGuarantee,
    ReleaseGuarantee,
    accept_guarantee,
    pledge_guarantee,
    release_guarantee,
)
from domain.members.leaving import LeaveGroup, leave_group
from domain.policy import AccessDenied
from domain.savings.withdrawals import RecordWithdrawal, record_withdrawal
from tests.ledger.lending import Lending, lending
from tests.ledger.moving import savings
from tests.ledger.trying import is_denied, outsiders, refusal, sql_state
from tests.support.world import Person, World


def pledging(book: Lending, loan: UUID, member: UUID, amount: str = "100", **fields: Any) -> PledgeGuarantee:
    wish: PledgeGuarantee = book.wish(
        PledgeGuarantee, **{"loan_id": loan, "member_id": member, "amount": Decimal(amount), **fields}
    )
    return wish


async def row(book: Lending, table: str, record: UUID) -> Any:
    return await book.world.superuser.fetchrow(f"SELECT * FROM app.{table} WHERE id = $1", record)


async def on_guarantee(book: Lending, kind: type[Any], guarantee: UUID) -> Any:
    version = (await row(book, "loan_guarantees", guarantee))["version"]
    return book.wish(kind, guarantee_id=guarantee, expected_version=version)


async def on_collateral(book: Lending, kind: type[Any], collateral: UUID, **fields: Any) -> Any:
    version = (await row(book, "loan_collateral", collateral))["version"]
    return book.wish(kind, collateral_id=collateral, expected_version=version, **fields)


def withdrawing(book: Lending, member: UUID, amount: str) -> RecordWithdrawal:
    wish: RecordWithdrawal = book.wish(
        RecordWithdrawal, member_id=member, amount=Decimal(amount), meeting_id=book.meeting
    )
    return wish


async def saver(book: Lending, amount: str = "500") -> Person:
    """The plain member of the group, with savings."""
    person = book.group.plain
    await book.world.record(book.group, book.meeting, savings(book.group.members[3], amount))
    return person


async def test_a_guarantor_accepts_what_was_noted_and_sees_the_loan_while_she_stands_surety(world: World) -> None:
    book = await lending(world)
    guarantor, plain = book.group.members[3], book.group.plain
    loan = await book.applied()
    noted = await book.succeed(pledge_guarantee, pledging(book, loan, guarantor))
    found = await row(book, "loan_guarantees", noted)
    assert (found["status"], found["amount"], found["borrower_id"], found["pledged_by"], found["accepted_by"]) == (
        "PLEDGED",
        Decimal(100),
        book.b,
        book.group.treasurer.user_id,
        None,
    )
    assert (await book.row(loan))["guarantors"] == [guarantor]
    async with world.transaction(plain) as connection:
        assert await connection.fetchval("SELECT count(*) FROM app.loans") == 1
    await book.succeed(accept_guarantee, await on_guarantee(book, AcceptGuarantee, noted), plain)
    found = await row(book, "loan_guarantees", noted)
    assert (found["status"], found["accepted_by"], found["version"]) == ("ACCEPTED", plain.user_id, 2)
    # She does not release herself; an officer does, and then she sees the loan no more.
    with pytest.raises(AccessDenied):
        await world.perform(plain, release_guarantee, await on_guarantee(book, ReleaseGuarantee, noted))
    await book.succeed(release_guarantee, await on_guarantee(book, ReleaseGuarantee, noted))
    found = await row(book, "loan_guarantees", noted)
    assert (found["status"], found["released_by"]) == ("RELEASED", book.group.treasurer.user_id)
    assert (await book.row(loan))["guarantors"] == []
    async with world.transaction(plain) as connection:
        assert await connection.fetchval("SELECT count(*) FROM app.loans") == 0
    for service, kind in ((accept_guarantee, AcceptGuarantee), (release_guarantee, ReleaseGuarantee)):
        told = await refusal(world, book.group.chair, service, await on_guarantee(book, kind, noted))
        assert told == ("GUARANTEE_NOT_POSSIBLE", ("guaranteeId",), {"guarantee_status": "RELEASED"})
    # Another may be pledged then.
    await book.succeed(pledge_guarantee, pledging(book, loan, guarantor))


async def test_what_a_member_pledges_for_herself_is_accepted_and_what_she_declines_never_was(world: World) -> None:
    book = await lending(world)
    guarantor, plain = book.group.members[3], book.group.plain
    loan = await book.applied(guarantor_ids=(guarantor,))
    own = await book.succeed(pledge_guarantee, pledging(book, loan, guarantor), plain)
    assert (await row(book, "loan_guarantees", own))["status"] == "ACCEPTED"
    second = await book.applied("10", member_id=book.a)
    noted = await book.succeed(pledge_guarantee, pledging(book, second, guarantor))
    await book.succeed(release_guarantee, await on_guarantee(book, ReleaseGuarantee, noted), plain)
    found = await row(book, "loan_guarantees", noted)
    assert (found["status"], found["accepted_at"], found["released_by"]) == ("RELEASED", None, plain.user_id)


async def test_savings_that_are_held_for_a_loan_are_not_withdrawn_until_it_is_over(world: World) -> None:
    book = await lending(world)
    guarantor = book.group.members[3]
    await saver(book)
    loan = await book.applied()
    noted = await book.succeed(pledge_guarantee, pledging(book, loan, guarantor, "400", is_holding_savings=True))
    # What is not accepted holds nothing.
    await book.succeed(record_withdrawal, withdrawing(book, guarantor, "50"))
    await book.succeed(accept_guarantee, await on_guarantee(book, AcceptGuarantee, noted))
    told = await refusal(world, book.group.treasurer, record_withdrawal, withdrawing(book, guarantor, "60"))
    assert told == (
        "SAVINGS_HELD_FOR_LOAN",
        ("amount",),
        {"held": Decimal(400), "available": Decimal(50)},
    )
    await book.succeed(record_withdrawal, withdrawing(book, guarantor, "50"))
    other = await book.applied("10", member_id=book.a)
    more = pledging(book, other, guarantor, "1", is_holding_savings=True)
    noted = await book.succeed(pledge_guarantee, more)
    told = await refusal(
        world, book.group.treasurer, accept_guarantee, await on_guarantee(book, AcceptGuarantee, noted)
    )
    assert told == ("SAVINGS_DO_NOT_COVER", ("guaranteeId",), {"available": Decimal(0)})
    told = await refusal(
        world,
        book.group.secretary,
        leave_group,
        book.wish(LeaveGroup, member_id=guarantor, expected_version=await _version(book, guarantor)),
    )
    assert told == ("MEMBER_STANDS_SURETY", ("memberId",), {"held": Decimal(400)})
    await book.succeed(withdraw_loan, await book.step(WithdrawLoan, loan))
    await book.succeed(record_withdrawal, withdrawing(book, guarantor, "400"))
    assert await book.balance("2100", guarantor) == 0


async def _version(book: Lending, member: UUID) -> int:
    version: int = await book.world.superuser.fetchval("SELECT version FROM app.members WHERE id = $1", member)
    return version


async def test_the_database_keeps_what_is_held_whoever_posts(world: World) -> None:
    book = await lending(world)
    guarantor = book.group.members[3]
    await saver(book)
    loan = await book.applied()
    noted = await book.succeed(pledge_guarantee, pledging(book, loan, guarantor, "450", is_holding_savings=True))
    await book.succeed(accept_guarantee, await on_guarantee(book, AcceptGuarantee, noted))
    group = book.group
    for amount, state in (("51", "KB422"), ("50", None)):
        told = await sql_state(
            world,
            group.treasurer,
            group,
            f"SELECT ledger.post('{group.id}', gen_random_uuid(), 1, ARRAY['{new_id()}']::uuid[], ARRAY['WITHDRAWAL'],"
            f" ARRAY[current_date], ARRAY[NULL]::uuid[], ARRAY['{guarantor}']::uuid[], ARRAY[NULL]::uuid[], ARRAY[2],"
            f" ARRAY['{group.account('2100')}', '{group.account('1110')}']::uuid[],"
            f" ARRAY['{guarantor}', NULL]::uuid[], ARRAY[{amount}, -{amount}]::numeric[],"
            " ARRAY[NULL, NULL]::integer[])",
        )
        assert told == state, amount


async def test_who_cannot_stand_surety_is_refused_with_the_reason(world: World) -> None:
    book = await lending(world)
    guarantor, group = book.group.members[3], book.group
    loan = await book.applied()
    await book.succeed(pledge_guarantee, pledging(book, loan, guarantor))
    cases: list[tuple[PledgeGuarantee, tuple[Any, ...]]] = [
        (pledging(book, loan, book.b), ("GUARANTOR_IS_BORROWER", ("memberId",), {})),
        (pledging(book, loan, guarantor), ("GUARANTOR_NAMED_TWICE", ("memberId",), {})),
        (pledging(book, loan, new_id()), ("GUARANTOR_NOT_IN_GROUP", ("memberId",), {})),
        (pledging(book, new_id(), guarantor), ("LOAN_NOT_FOUND", ("loanId",), {})),
        (pledging(book, loan, book.a, "0"), ("AMOUNT_NOT_POSITIVE", ("amount",), {})),
        (pledging(book, loan, book.a, "-5"), ("AMOUNT_NOT_POSITIVE", ("amount",), {})),
        (
            pledging(book, loan, book.a, "0.001"),
            ("AMOUNT_TOO_PRECISE", ("amount",), {"currency": "KES", "decimals": 2}),
        ),
    ]
    for wish, expected in cases:
        assert await refusal(world, group.treasurer, pledge_guarantee, wish) == expected
    own = pledging(book, loan, group.members[0], "501", is_holding_savings=True)
    told = await refusal(world, group.secretary, pledge_guarantee, own)
    assert told == ("SAVINGS_DO_NOT_COVER", ("amount",), {"available": Decimal(500)})
    stale = book.wish(AcceptGuarantee, guarantee_id=new_id(), expected_version=1)
    assert (await refusal(world, group.treasurer, accept_guarantee, stale))[0] == "GUARANTEE_NOT_FOUND"
    await book.succeed(withdraw_loan, await book.step(WithdrawLoan, loan))
    told = await refusal(world, group.treasurer, pledge_guarantee, pledging(book, loan, book.a))
    assert told == ("LOAN_STEP_NOT_POSSIBLE", ("loanId",), {"loan_status": "WITHDRAWN"})


async def test_nobody_else_pledges_or_accepts_for_a_member(world: World) -> None:
    book = await lending(world)
    loan = await book.applied()
    noted = await book.succeed(pledge_guarantee, pledging(book, loan, book.a))
    accepting = await on_guarantee(book, AcceptGuarantee, noted)
    for name, who in (await outsiders(world, book.group)).items():
        if name != "staff":
            assert await is_denied(world, who, pledge_guarantee, pledging(book, loan, book.group.members[4])), name
            outcome = None
            try:
                outcome = await world.perform(who, accept_guarantee, accepting)
            except AccessDenied:
                continue
            # A guarantee that one does not see is not found.
            assert outcome.error is not None, name
            assert outcome.error.reason in {"GROUP_NOT_FOUND", "GUARANTEE_NOT_FOUND"}, name
    assert (await row(book, "loan_guarantees", noted))["status"] == "PLEDGED"


async def test_sql_of_ones_own_makes_no_guarantee_that_the_services_would_not(world: World) -> None:
    book = await lending(world)
    group, guarantor = book.group, book.group.members[3]
    loan = await book.applied()
    closed = await book.applied("20", member_id=book.a)
    await book.succeed(withdraw_loan, await book.step(WithdrawLoan, closed))

    def insert(on: UUID, member: UUID, borrower: UUID, amount: str = "1", more: str = "false, 'PLEDGED'") -> str:
        return (
            "INSERT INTO app.loan_guarantees (tenant_id, id, loan_id, member_id, borrower_id, amount, currency,"
            f" holds_savings, status, pledged_by) VALUES ('{group.id}', '{new_id()}', '{on}', '{member}', '{borrower}',"
            f" {amount}, 'KES', {more}, gen_random_uuid())"
        )

    tried = {
        "the borrower for herself": insert(loan, book.b, book.b),
        "for somebody who is not the borrower": insert(loan, guarantor, book.a),
        "a loan that is over": insert(closed, guarantor, book.a),
        "finer than a coin": insert(loan, guarantor, book.b, "1.001"),
        "nothing": insert(loan, guarantor, book.b, "0"),
    }
    for name, statement in tried.items():
        assert await sql_state(world, group.treasurer, group, statement) in {"KB422", "23514"}, name
    # An officer cannot write that a guarantor has accepted as she pledges, nor a member for another.
    assert (
        await sql_state(world, group.treasurer, group, insert(loan, guarantor, book.b, "1", "false, 'ACCEPTED'"))
        is None
    )
    (found,) = await world.superuser.fetch("SELECT status, accepted_at, pledged_by FROM app.loan_guarantees")
    assert tuple(found) == ("PLEDGED", None, group.treasurer.user_id)
    assert await sql_state(world, group.plain, group, insert(loan, group.members[4], book.b)) == "42501"
    accepted = "UPDATE app.loan_guarantees SET status = 'ACCEPTED'"
    assert await sql_state(world, group.plain, group, accepted) is None
    released = "UPDATE app.loan_guarantees SET status = 'RELEASED'"
    assert await sql_state(world, group.plain, group, released) == "KB403"
    assert await sql_state(world, group.treasurer, group, "UPDATE app.loan_guarantees SET amount = 5") == "42501"
    assert (
        await sql_state(world, group.treasurer, group, "UPDATE app.loan_guarantees SET status = 'PLEDGED'") == "KB405"
    )


def valuing(book: Lending, loan: UUID, **fields: Any) -> AddCollateral:
    wish: AddCollateral = book.wish(
        AddCollateral,
        **{
            "loan_id": loan,
            "kind": CollateralKind.LIVESTOCK,
            "value": Decimal(250),
            "description": "A cow, at her house",
            **fields,
        },
    )
    return wish


async def test_collateral_is_described_valued_and_released(world: World) -> None:
    book = await lending(world)
    loan = await book.applied()
    cow = await book.succeed(add_collateral, valuing(book, loan))
    found = await row(book, "loan_collateral", cow)
    assert (found["member_id"], found["kind"], found["value"], found["status"]) == (
        book.b,
        "LIVESTOCK",
        Decimal(250),
        "HELD",
    )
    words = await row(book, "loan_collateral_words", cow)
    assert (words["member_id"], words["description"]) == (book.b, "A cow, at her house")
    earlier = await on_collateral(
        book, ValueCollateral, cow, value=Decimal(1), valued_on=found["valued_on"] - timedelta(days=1)
    )
    told = await refusal(world, book.group.treasurer, value_collateral, earlier)
    assert told == ("VALUATION_TOO_EARLY", ("valuedOn",), {"earliest_on": found["valued_on"]})
    await book.succeed(value_collateral, await on_collateral(book, ValueCollateral, cow, value=Decimal(310)))
    assert (await row(book, "loan_collateral", cow))["value"] == 310
    await book.succeed(release_collateral, await on_collateral(book, ReleaseCollateral, cow))
    found = await row(book, "loan_collateral", cow)
    assert (found["status"], found["released_by"], found["version"]) == ("RELEASED", book.group.treasurer.user_id, 3)
    again = await on_collateral(book, ReleaseCollateral, cow)
    told = await refusal(world, book.group.treasurer, release_collateral, again)
    assert told == ("COLLATERAL_RELEASED", ("collateralId",), {})
    future = valuing(book, loan, valued_on=found["valued_on"] + timedelta(days=9))
    assert (await refusal(world, book.group.treasurer, add_collateral, future))[:2] == ("DATE_IN_FUTURE", ("valuedOn",))
    for fields, reason in (
        ({"value": Decimal(0)}, "AMOUNT_NOT_POSITIVE"),
        ({"description": " "}, "TEXT_TOO_SHORT"),
        ({"loan_id": new_id()}, "LOAN_NOT_FOUND"),
    ):
        told = await refusal(world, book.group.treasurer, add_collateral, valuing(book, loan, **fields))
        assert told[0] == reason
    assert await is_denied(world, book.group.plain, add_collateral, valuing(book, loan))
    for statement in (
        "UPDATE app.loan_collateral SET status = 'HELD'",
        "UPDATE app.loan_collateral SET value = 9",
        "DELETE FROM app.loan_collateral",
    ):
        assert await sql_state(world, book.group.treasurer, book.group, statement) in {"KB405", "42501"}, statement
