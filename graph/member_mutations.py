"""What can be done to the register of members: entered, changed, given offices, gone."""

import strawberry

from graph.holding import member_death_record, member_leave, position_assign, position_end, role_end, role_grant
from graph.registering import (
    member_add,
    member_claim,
    member_deactivate,
    member_link,
    member_reactivate,
    member_revise,
    member_suspend,
)

__all__ = ["MemberMutations"]


@strawberry.type(description="A part of the root of mutations.")
class MemberMutations:
    """What is done to members."""

    member_add = member_add
    member_revise = member_revise
    member_suspend = member_suspend
    member_deactivate = member_deactivate
    member_reactivate = member_reactivate
    member_link = member_link
    member_claim = member_claim
    member_leave = member_leave
    member_death_record = member_death_record
    role_grant = role_grant
    role_end = role_end
    position_assign = position_assign
    position_end = position_end
