"""A group with some of everything that it can have, so that lists are as long as is wanted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from domain.identifiers import new_id
from domain.lending.applying import ApplyForLoan, apply_for_loan
from domain.lending.collateral import AddCollateral, CollateralKind, add_collateral
from domain.lending.deciding import ApproveLoan, approve_loan
from domain.lending.disbursing import DisburseLoan, disburse_loan
from domain.lending.guaranteeing import PledgeGuarantee, pledge_guarantee
from domain.lending.products import AddLoanProduct, add_loan_product
from domain.lending.records import LoanPurpose
from tests.graph.voting import vote_on_it
from tests.ledger.lending import VSLA
from tests.support.api import Api, Client
from tests.support.world import GroupOfPeople, World, shares, social_fund


async def furnish(world: World, group: GroupOfPeople, *, meetings: int, rows: int) -> list[UUID]:
    """So many meetings, with contributions of so many members in each; the last stays open."""
    opened = []
    for number in range(1, meetings + 1):
        meeting = await world.meeting(group)
        opened.append(meeting)
        members = group.members[:rows]
        await world.record(
            group, meeting, *(shares(each, 1) for each in members), *(social_fund(each, "20") for each in members)
        )
        await vote_on_it(world, group, meeting, rows=rows)
        if number < meetings:
            await world.close_meeting(group, meeting)
    return opened


async def settle_later(api: Api, group: GroupOfPeople, *, rows: int) -> None:
    """So many drafts posted, and others that would take them back, holds that were used, contributions reversed."""
    treasurer, chair = api.client(group.treasurer), api.client(group.chair)

    async def do(client: Client, mutation: str, selection: str, **fields: Any) -> dict[str, Any]:
        return await client.do(mutation, selection, groupId=group.id, **fields)

    newest = """query Q($id: ID!, $first: Int!) {
        group(id: $id) { contributions(first: $first) { nodes { id meeting { id } } } } }"""
    found = (await treasurer.query(newest, id=group.id, first=rows))["group"]["contributions"]["nodes"]
    assert len(found) == rows
    for member in group.members[:rows]:
        draft = await do(
            treasurer,
            "adjustmentDraft",
            "draft { id version }",
            memberId=member,
            balance="SOCIAL_FUND",
            direction="UP",
            amount="3",
            reason="Forgotten",
            meetingId=found[0]["meeting"]["id"],
        )
        await do(
            chair,
            "draftPost",
            "entry { number }",
            draftId=draft["draft"]["id"],
            expectedVersion=draft["draft"]["version"],
        )
        undoing = {"entryId": draft["draft"]["id"], "reason": "Not forgotten", "isDraft": True}
        await do(treasurer, "entryReverse", "draft { id }", **undoing)
        money = {"fund": "LOAN_FUND", "place": "BOX", "amount": "1"}
        placed = await do(
            treasurer,
            "holdPlace",
            "hold { id }",
            **money,
            purpose="Pens",
            expiresAt=(datetime.now(UTC) + timedelta(days=1)).isoformat(),
        )
        await do(
            treasurer,
            "otherExpenseRecord",
            "entry { id }",
            **money,
            holdId=placed["hold"]["id"],
            accountId=group.account("5300"),
            description="Pens",
        )
    for contribution in found:
        await do(
            treasurer,
            "entryReverse",
            "entry { id }",
            entryId=contribution["id"],
            meetingId=contribution["meeting"]["id"],
            reason="Twice",
        )


async def lend(world: World, group: GroupOfPeople, meeting: UUID, *, rows: int) -> None:
    """So many loans paid out, each with a guarantor and collateral, in the open meeting."""
    at: dict[str, Any] = {"group_id": group.id, "meeting_id": meeting}

    def wish(command: type[Any], **fields: Any) -> Any:
        return command(**{**at, "idempotency_key": new_id(), **fields})

    offer = AddLoanProduct(
        group_id=group.id, idempotency_key=new_id(), name="Ordinary loan", terms=VSLA, is_reserving_money=True
    )
    product = await world.succeed(group.chair, add_loan_product, offer)
    for member, other in zip(group.members[:rows], group.members[1:] + group.members[:1], strict=False):
        applying = wish(
            ApplyForLoan,
            member_id=member,
            product_id=product,
            amount=Decimal(10),
            purpose=LoanPurpose.OTHER,
            description="Seed",
            guarantor_ids=(other,),
        )
        loan = await world.succeed(group.secretary, apply_for_loan, applying)
        officer = group.secretary if member == group.members[1] else group.chair
        await world.succeed(officer, approve_loan, wish(ApproveLoan, loan_id=loan, expected_version=1))
        await world.succeed(group.treasurer, disburse_loan, wish(DisburseLoan, loan_id=loan, expected_version=2))
        at_loan = {"group_id": group.id, "loan_id": loan}
        pledge = PledgeGuarantee(**at_loan, idempotency_key=new_id(), member_id=other, amount=Decimal(10))
        await world.succeed(group.treasurer, pledge_guarantee, pledge)
        goods = AddCollateral(
            **at_loan, idempotency_key=new_id(), kind=CollateralKind.OTHER, value=Decimal(10), description="A goat"
        )
        await world.succeed(group.treasurer, add_collateral, goods)
