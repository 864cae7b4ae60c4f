"""Where a member stands with her group: what she has, and what she owes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from domain.errors import DomainError, ErrorCode
from domain.groups import Group
from domain.ledger.accounts import account_id
from domain.ledger.journal import Standing
from domain.money import Money

if TYPE_CHECKING:
    from domain.unit_of_work import UnitOfWork

__all__ = ["MemberNotInGroup", "require_active", "require_balance", "require_standing"]


@dataclass(eq=False)
class MemberNotInGroup(DomainError):
    """The item names nobody who takes part in the group."""

    code = ErrorCode.NOT_FOUND

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "No active member of this group has this id: check the member."


async def require_active(work: UnitOfWork, group: Group, member_id: UUID, code: str) -> None:
    """Raise MemberNotInGroup unless the member takes part in the group; `code` is an account that her entry moves."""
    standing = await work.journal.standing(group, member_id, account_id(group.id, code))
    if standing is None or not standing.is_active:
        raise MemberNotInGroup(path=("memberId",))


async def require_balance(work: UnitOfWork, group: Group, member_id: UUID, code: str) -> Money:
    """What the member has, or owes, on the account of the chart with this code, as the book keeps it.

    Whoever has left has, and owes, what she did when she left.

    Raises:
        MemberNotInGroup: The group never had such a member.
    """
    return (await require_standing(work, group, member_id, code)).balance


async def require_standing(work: UnitOfWork, group: Group, member_id: UUID, code: str) -> Standing:
    """As `require_balance`, with the shares that she holds."""
    standing = await work.journal.standing(group, member_id, account_id(group.id, code))
    if standing is None:
        raise MemberNotInGroup(path=("memberId",))
    return standing
