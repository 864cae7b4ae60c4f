"""What the social fund gives to members in need."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from domain.ledger.accounts import SOCIAL_FUND_GRANTS, Place
from domain.ledger.events import social_fund_grant
from domain.ledger.recording import (
    AMOUNT_ERRORS,
    PLACING_ERRORS,
    TEXT_ERRORS,
    EntryCommand,
    begin_entry,
    post_entry,
    typed_payment,
    typed_voucher,
)
from domain.policy import EntryKind
from domain.savings.standings import MemberNotInGroup, require_active
from domain.service import Outcome, service

if TYPE_CHECKING:
    from domain.unit_of_work import UnitOfWork

__all__ = ["GrantFromSocialFund", "grant_from_social_fund"]


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantFromSocialFund(EntryCommand):
    """The wish to help a member from the social fund."""

    member_id: UUID
    amount: Decimal
    place: Place = Place.BOX
    description: str


@service(
    "socialFundGrant",
    posts=(EntryKind.SOCIAL_FUND_GRANT,),
    raises=(*PLACING_ERRORS, MemberNotInGroup, *AMOUNT_ERRORS, *TEXT_ERRORS),
)
async def grant_from_social_fund(work: UnitOfWork, command: GrantFromSocialFund) -> Outcome:
    """Help a member from the social fund, as far as its money is there. It is not paid back."""
    group, booking = await begin_entry(work, command, typed_voucher(command.description))
    amount = typed_payment(command.amount, group)
    await require_active(work, group, command.member_id, SOCIAL_FUND_GRANTS)
    posting = social_fund_grant(booking, member_id=command.member_id, amount=amount, place=command.place)
    return await post_entry(work, command, posting)
