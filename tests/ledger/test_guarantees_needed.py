"""A loan is paid out once as many members accepted to stand surety for it as its product asks for."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from domain.identifiers import new_id
from domain.ledger.accounts import Place
from domain.lending.deciding import ApproveLoan, approve_loan
from domain.lending.disbursing import DisburseLoan, disburse_loan
from domain.lending.guaranteeing import (
    AcceptGuarantee,
    PledgeGuarantee,
    ReleaseGuarantee,
    accept_guarantee,
    pledge_guarantee,
    release_guarantee,
)
from tests.ledger.lending import Lending, lending
from tests.ledger.trying import sql_state
from tests.support.world import World


async def asked_for_two(world: World) -> tuple[Lending, UUID, tuple[UUID, UUID]]:
    """An approved loan that needs two guarantors, both named."""
    book = await lending(world, guarantors_min=2)
    named = (book.group.members[2], book.group.members[3])
    loan = await book.applied(guarantor_ids=named)
    await book.succeed(approve_loan, await book.step(ApproveLoan, loan))
    return book, loan, named


async def pledged(book: Lending, loan: UUID, member: UUID) -> UUID:
    wish = book.wish(PledgeGuarantee, loan_id=loan, member_id=member, amount=Decimal(100))
    return await book.succeed(pledge_guarantee, wish, book.group.secretary)


async def moved(book: Lending, service: Any, command: type[Any], guarantee: UUID) -> None:
    version = await book.world.superuser.fetchval("SELECT version FROM app.loan_guarantees WHERE id = $1", guarantee)
    await book.succeed(service, book.wish(command, guarantee_id=guarantee, expected_version=version))


def missing(accepted: int) -> tuple[Any, ...]:
    return ("GUARANTEES_NOT_ACCEPTED", ("loanId",), {"accepted": accepted, "needed": 2, "constitution_version": 1})


async def test_a_loan_waits_for_guarantors_who_accepted_and_were_not_released(world: World) -> None:
    book, loan, (first, second) = await asked_for_two(world)
    cash, before = await book.balance("1110"), await book.steps(loan)

    async def is_refused_with(accepted: int) -> None:
        assert await book.refused(disburse_loan, await book.step(DisburseLoan, loan)) == missing(accepted)
        assert await book.balance("1110") == cash
        assert await book.steps(loan) == before

    # Named is not accepted, and neither is noted by an officer.
    await is_refused_with(0)
    noted = [await pledged(book, loan, first), await pledged(book, loan, second)]
    await is_refused_with(0)
    await moved(book, accept_guarantee, AcceptGuarantee, noted[0])
    await is_refused_with(1)
    await moved(book, accept_guarantee, AcceptGuarantee, noted[1])
    await moved(book, release_guarantee, ReleaseGuarantee, noted[0])
    await is_refused_with(1)
    await moved(book, accept_guarantee, AcceptGuarantee, await pledged(book, loan, first))
    await book.succeed(disburse_loan, await book.step(DisburseLoan, loan))
    assert (await book.row(loan))["status"] == "ACTIVE"
    assert await book.balance("1110") == cash - 300


async def test_guarantors_of_another_loan_do_not_count(world: World) -> None:
    book, loan, named = await asked_for_two(world)
    other = await book.applied("10", member_id=book.a, guarantor_ids=named)
    for each in named:
        await moved(book, accept_guarantee, AcceptGuarantee, await pledged(book, other, each))
    assert await book.refused(disburse_loan, await book.step(DisburseLoan, loan)) == missing(0)


@pytest.mark.parametrize(("accepting", "state"), [(0, "KB422"), (1, "KB422"), (2, None)])
async def test_the_database_counts_them_whoever_writes(world: World, accepting: int, state: str | None) -> None:
    book, loan, named = await asked_for_two(world)
    group = book.group
    for each in named[:accepting]:
        await moved(book, accept_guarantee, AcceptGuarantee, await pledged(book, loan, each))
    entry = new_id()
    on = (await book.row(loan))["applied_on"]
    told = await sql_state(
        world,
        group.treasurer,
        group,
        f"SELECT ledger.post('{group.id}', gen_random_uuid(), 1, ARRAY['{entry}']::uuid[], ARRAY['LOAN_DISBURSED'],"
        f" ARRAY['{on}']::date[], ARRAY[NULL]::uuid[], ARRAY['{book.b}']::uuid[], ARRAY[NULL]::uuid[], ARRAY[2],"
        f" ARRAY['{group.account('1320')}', '{group.account('1110')}']::uuid[],"
        f" ARRAY['{book.b}', NULL]::uuid[], ARRAY[300, -300]::numeric[], ARRAY[NULL, NULL]::integer[])",
        "INSERT INTO app.loan_steps (tenant_id, loan_id, number, member_id, kind, was, became, counts_on, amount,"
        f" entry_id, recorded_by) VALUES ('{group.id}', '{loan}', 3, '{book.b}', 'DISBURSEMENT', 'APPROVED', 'ACTIVE',"
        f" '{on}', 300, '{entry}', '{group.treasurer.user_id}')",
    )
    assert told == state


async def test_a_product_that_asks_for_none_pays_out_without(world: World) -> None:
    book = await lending(world)
    loan = await book.disbursed("100", place=Place.BOX)
    assert (await book.row(loan))["status"] == "ACTIVE"
