"""How a member and the user who is that person come together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from domain.errors import DomainError, ErrorCode
from domain.members.changing import member_to_change
from domain.members.refusals import MemberGone, MemberUnknown, UserIsAnotherMember, UserNotFound
from domain.policy import Action, Resource, Role
from domain.service import Outcome, service

if TYPE_CHECKING:
    from domain.unit_of_work import UnitOfWork

__all__ = ["ClaimMembership", "LinkMember", "NothingToClaim", "claim_membership", "link_member"]


@dataclass(eq=False)
class NothingToClaim(DomainError):
    """No member of the group has the phone number or e-mail address that the user signs in with."""

    code = ErrorCode.NOT_FOUND

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return (
            "No member of such a group has the phone number or e-mail address that you sign in with: "
            "ask the group's secretary to enter it."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkMember:
    """The wish to tie a member to the user who is that person."""

    group_id: UUID
    idempotency_key: UUID
    member_id: UUID
    user_id: UUID

    def expected_outcome(self) -> Outcome:
        """The outcome when nothing is refused."""
        return Outcome(id=self.member_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimMembership:
    """The wish of a user to be the member whom the group entered with her phone number or e-mail address."""

    group_id: UUID
    idempotency_key: UUID

    def expected_outcome(self) -> Outcome:
        """An outcome that never is: which member it will be, only the database knows."""
        return Outcome()


@service(
    "memberLink",
    needs=((Resource.MEMBERSHIP, Action.CREATE),),
    raises=(MemberUnknown, MemberGone, UserNotFound, UserIsAnotherMember),
)
async def link_member(work: UnitOfWork, command: LinkMember) -> Outcome:
    """Tie a member to the user who is that person, so that she sees the group when she signs in."""
    member = await member_to_change(work, command.group_id, command.member_id, None)
    if member.status.is_gone:
        raise MemberGone(path=("memberId",))
    await work.members.link(command.group_id, member.id, command.user_id, frozenset({Role.MEMBER}))
    return Outcome(id=member.id)


@service(
    "memberClaim",
    needs=((Resource.MEMBERSHIP, Action.CLAIM),),
    raises=(NothingToClaim, UserIsAnotherMember),
    is_founding=True,
)
async def claim_membership(work: UnitOfWork, command: ClaimMembership) -> Outcome:
    """Be the member whom the group entered with the phone number or e-mail address that one signs in with."""
    member_id = await work.members.claim(command.group_id)
    if member_id is None:
        raise NothingToClaim(path=("groupId",))
    return Outcome(id=member_id)
