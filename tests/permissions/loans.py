"""Loans in the groups of the cast, and well-formed rows of their tables."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg

from domain.identifiers import new_id
from domain.lending.applying import ApplyForLoan, apply_for_loan
from domain.lending.collateral import AddCollateral, CollateralKind, add_collateral
from domain.lending.deciding import ApproveLoan, approve_loan
from domain.lending.disbursing import DisburseLoan, disburse_loan
from domain.lending.guaranteeing import PledgeGuarantee, pledge_guarantee
from domain.lending.products import AddLoanProduct, add_loan_product
from domain.lending.records import LoanPurpose
from domain.lending.repaying import RepayLoan, repay_loan
from domain.policy import Resource
from tests.ledger.lending import VSLA
from tests.support.world import GroupOfPeople, World

_A_DAY = date(2026, 1, 31)


async def lend_to_members(world: World, group: GroupOfPeople) -> None:
    """The plain member and another owe a loan each, for which the plain member stands surety, and asked for another."""

    def wish(command: type[Any], **fields: Any) -> Any:
        return command(group_id=group.id, idempotency_key=new_id(), **fields)

    product = await world.succeed(group.chair, add_loan_product, wish(AddLoanProduct, name="Ordinary loan", terms=VSLA))
    plain, other = group.members[3:]
    owed = {}
    for member, guarantors in ((plain, ()), (other, (plain,))):
        asked = {
            "member_id": member,
            "product_id": product,
            "amount": Decimal(10),
            "purpose": LoanPurpose.HEALTH,
            "description": "Her child is ill",
            "guarantor_ids": guarantors,
        }
        owed[member] = loan = await world.succeed(group.secretary, apply_for_loan, wish(ApplyForLoan, **asked))
        await world.succeed(group.chair, approve_loan, wish(ApproveLoan, loan_id=loan, expected_version=1))
        await world.succeed(group.treasurer, disburse_loan, wish(DisburseLoan, loan_id=loan, expected_version=2))
        await world.succeed(group.treasurer, repay_loan, wish(RepayLoan, loan_id=loan, amount=Decimal(2)))
        await world.succeed(group.secretary, apply_for_loan, wish(ApplyForLoan, **{**asked, "guarantor_ids": ()}))
        await world.superuser.execute(
            "INSERT INTO app.loan_charges (tenant_id, id, loan_id, member_id, sequence, kind, counts_on, due_on,"
            " amount, recorded_by) VALUES ($1, $2, $3, $4, 99, 'FEE', current_date, current_date, 1, $2)",
            group.id,
            new_id(),
            loan,
            member,
        )
        house = wish(
            AddCollateral, loan_id=loan, kind=CollateralKind.BUILDING, value=Decimal(9), description="Her house"
        )
        await world.succeed(group.secretary, add_collateral, house)
    # The plain member's own, one that stands in for her loan, and one with which she has nothing to do.
    for guarantor, borrower in ((plain, other), (other, plain), (group.members[0], other)):
        pledge = wish(PledgeGuarantee, loan_id=owed[borrower], member_id=guarantor, amount=Decimal(1))
        await world.succeed(group.treasurer, pledge_guarantee, pledge)


async def loan_row(connection: asyncpg.Connection, resource: Resource, tenant: UUID, member: UUID) -> dict[str, Any]:
    """A row about the plain member's loans, as they stand, that the policies of the table would take."""
    version = await connection.fetchrow("SELECT * FROM app.loan_product_versions WHERE tenant_id = $1", tenant)
    loans = {
        row["status"]: row["id"]
        for row in await connection.fetch(
            "SELECT id, status FROM app.loans WHERE tenant_id = $1 AND member_id = $2", tenant, member
        )
    }
    made = {"tenant_id": tenant, "member_id": member}
    if resource is Resource.LOAN_GUARANTEE:
        return await _guarantee(connection, tenant, member)
    if resource is Resource.LOAN_COLLATERAL_WORDS:
        house = await connection.fetchval(
            "SELECT id FROM app.loan_collateral WHERE tenant_id = $1 AND member_id = $2", tenant, member
        )
        return {**made, "id": house, "description": "New"}
    owed = {**made, "loan_id": loans["ACTIVE"]}
    if resource is Resource.LOAN_TERMS:
        terms = await connection.fetchrow(
            "SELECT * FROM app.loan_terms WHERE tenant_id = $1 AND id = $2", tenant, version["terms_id"]
        )
        return {**terms, "id": new_id()}
    rows: dict[Resource, dict[str, Any]] = {
        Resource.LOAN_PRODUCT: {"tenant_id": tenant, "id": new_id(), "created_by": new_id()},
        Resource.LOAN_PRODUCT_VERSION: {**version, "number": 99},
        Resource.LOAN: {
            **made,
            "id": new_id(),
            "number": 99,
            "product_id": version["product_id"],
            "product_version": 1,
            "terms_id": version["terms_id"],
            "fund": "LOAN_FUND",
            "currency": "KES",
            "purpose": "OTHER",
            "applied": Decimal(1),
            "applied_on": _A_DAY,
            "applied_by": new_id(),
            "constitution_version": 1,
        },
        Resource.LOAN_STEP: {
            **made,
            "loan_id": loans["APPLIED"],
            "number": 99,
            "kind": "WITHDRAWAL",
            "became": "WITHDRAWN",
            "counts_on": date(2027, 1, 1),
            "recorded_by": new_id(),
        },
        Resource.LOAN_WORDS: {**owed, "step": 2, "words": "New"},
        Resource.LOAN_SCHEDULE: {
            **owed,
            "number": 99,
            "terms_id": version["terms_id"],
            "reason": "RESCHEDULING",
            "starts_on": _A_DAY,
            "principal": Decimal(1),
            "charges_at_start": Decimal(0),
            "instalments": 1,
            "made_by": new_id(),
        },
        Resource.LOAN_INSTALMENT: {
            **owed,
            "schedule": 1,
            "number": 99,
            "starts_on": _A_DAY,
            "due_on": _A_DAY,
            "principal": Decimal(0),
            "interest": Decimal(0),
            "charges": Decimal(0),
        },
        Resource.LOAN_CHARGE: {
            **owed,
            "id": new_id(),
            "sequence": 999,
            "kind": "FEE",
            "counts_on": _A_DAY,
            "due_on": _A_DAY,
            "amount": Decimal(1),
            "recorded_by": new_id(),
        },
        Resource.LOAN_PAYMENT: {
            **owed,
            "id": new_id(),
            "sequence": 999,
            "kind": "REPAYMENT",
            "effective_on": _A_DAY,
            "amount": Decimal(1),
            **dict.fromkeys(("penalties", "fees", "interest", "advance"), Decimal(0)),
            "principal": Decimal(1),
            "recorded_by": new_id(),
        },
        Resource.LOAN_COLLATERAL: {
            **owed,
            "id": new_id(),
            "kind": "LAND",
            "value": Decimal(1),
            "currency": "KES",
            "valued_on": _A_DAY,
            "recorded_by": new_id(),
        },
    }
    return rows[resource]


async def _guarantee(connection: asyncpg.Connection, tenant: UUID, member: UUID) -> dict[str, Any]:
    """A pledge of the member's for what somebody else asked for."""
    loan = await connection.fetchrow(
        "SELECT id, member_id FROM app.loans WHERE tenant_id = $1 AND member_id <> $2 AND status = 'APPLIED'",
        tenant,
        member,
    )
    return {
        "tenant_id": tenant,
        "id": new_id(),
        "loan_id": loan["id"],
        "member_id": member,
        "borrower_id": loan["member_id"],
        "amount": Decimal(1),
        "currency": "KES",
        "holds_savings": False,
        "pledged_by": new_id(),
    }
