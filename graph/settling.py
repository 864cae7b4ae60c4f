"""What a member would be paid if she went, in the schema."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import strawberry

from domain.currencies import currency
from domain.members.settling import Settlement
from domain.money import Money as Amount
from domain.policy import Resource
from graph.engine import RowType
from graph.limits import free
from graph.permissions import Info, may_read
from graph.rows import Money, money_of
from persistence.reads.accounts import AsOf
from persistence.reads.members import load_member_balances

__all__ = ["SETTLEMENT_DESCRIPTION", "MemberSettlement", "settlement_preview"]

SETTLEMENT_DESCRIPTION = (
    "What a member would be paid if she left now, or her next of kin (settlement, exit); nothing is recorded. "
    "`memberLeave` and `memberDeathRecord` pay it. Null where you may not see it."
)


@strawberry.type(description="What a member who goes is paid, and what it is made of (settlement).", directives=[free])
class MemberSettlement(RowType):
    """A settlement."""

    savings: Money = strawberry.field(description="What she has in her savings.")
    shares: int = strawberry.field(description="How many shares she holds.")
    shares_value: Money = strawberry.field(
        description="What was paid for them. Profit is divided among those who are there at the share-out."
    )
    fines_owed: Money = strawberry.field(description="The fines that she owes, which are taken off.")
    available: Money = strawberry.field(
        description="What there is to be paid to her before anything is taken off: her savings, and her shares unless "
        "she keeps them."
    )
    payout: Money = strawberry.field(description="What she is paid.")
    missing: Money = strawberry.field(
        description="What she owes beyond what there is to be paid to her; while there is any, she is not let go."
    )


_AMOUNTS = ("savings", "shares_value", "fines_owed", "available", "payout", "missing")


async def settlement_preview(
    info: Info, group_id: UUID, member_id: UUID, *, is_keeping_shares: bool
) -> dict[str, Any] | None:
    """The settlement of a member as the book stands; None where the viewer may not see her balances."""
    context = info.context
    await context.snapshot.open()
    if not may_read(context, Resource.MEMBER_BALANCE, {"tenant_id": group_id, "id": member_id}, "id"):
        return None
    (row,) = await load_member_balances(context.snapshot, [(group_id, member_id)], AsOf())
    if row is None:
        return None
    unit = currency(row["currency"])
    of = {name: Amount(Decimal(row[name]), unit) for name in ("savings", "shares_value", "fines_owed")}
    found = Settlement(shares=row["shares"], is_keeping_shares=is_keeping_shares, **of)
    amounts = {name: money_of(getattr(found, name).amount, unit.code) for name in _AMOUNTS}
    return {"shares": found.shares, **amounts}
