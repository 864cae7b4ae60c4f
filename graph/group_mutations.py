"""What can be done to a group itself: begun, changed, verified, and entered by people."""

import strawberry

from graph.cycles import cycle_end, cycle_start
from graph.group_life import group_deactivate, group_reactivate, group_revise, group_suspend, group_verify
from graph.groups import constitution_amend, group_create
from graph.invitations import invitation_accept, invitation_create, invitation_revoke
from graph.joining import join_code_renew, join_code_stop, join_request, join_request_approve, join_request_reject

__all__ = ["GroupMutations"]


@strawberry.type(description="A part of the root of mutations.")
class GroupMutations:
    """What is done to groups."""

    group_create = group_create
    group_revise = group_revise
    group_verify = group_verify
    group_suspend = group_suspend
    group_reactivate = group_reactivate
    group_deactivate = group_deactivate
    constitution_amend = constitution_amend
    cycle_start = cycle_start
    cycle_end = cycle_end
    join_code_renew = join_code_renew
    join_code_stop = join_code_stop
    join_request = join_request
    join_request_approve = join_request_approve
    join_request_reject = join_request_reject
    invitation_create = invitation_create
    invitation_revoke = invitation_revoke
    invitation_accept = invitation_accept
