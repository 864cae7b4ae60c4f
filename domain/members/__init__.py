"""The register of members: persons in a group, with or without a sign-in of their own.

`records` holds what is kept, `refusals` why a wish is refused, `facts` checks what is written of a person; `adding`,
`changing`, `claiming`, `holding` and `leaving` are what happens to a member, in that order.
"""

from domain.members.adding import AddMember, add_member
from domain.members.changing import (
    DeactivateMember,
    ReactivateMember,
    SuspendMember,
    UpdateMember,
    deactivate_member,
    reactivate_member,
    suspend_member,
    update_member,
)
from domain.members.claiming import ClaimMembership, LinkMember, claim_membership, link_member
from domain.members.holding import (
    AssignPosition,
    EndPosition,
    EndRole,
    GrantRole,
    assign_position,
    end_position,
    end_role,
    grant_role,
)
from domain.members.leaving import LeaveGroup, RecordDeath, leave_group, record_death
from domain.members.records import (
    HeldPosition,
    MemberField,
    MemberRecord,
    MemberStatus,
    MemberStore,
    NewMember,
    NextOfKin,
    Personal,
    Position,
    Sex,
)
from domain.members.refusals import (
    EmailAlreadyInGroup,
    GroupNeedsOfficer,
    MemberNumberTaken,
    NationalIdAlreadyInGroup,
    PhoneAlreadyInGroup,
    UserIsAnotherMember,
    UserNotFound,
)

__all__ = [
    "AddMember",
    "AssignPosition",
    "ClaimMembership",
    "DeactivateMember",
    "EmailAlreadyInGroup",
    "EndPosition",
    "EndRole",
    "GrantRole",
    "GroupNeedsOfficer",
    "HeldPosition",
    "LeaveGroup",
    "LinkMember",
    "MemberField",
    "MemberNumberTaken",
    "MemberRecord",
    "MemberStatus",
    "MemberStore",
    "NationalIdAlreadyInGroup",
    "NewMember",
    "NextOfKin",
    "Personal",
    "PhoneAlreadyInGroup",
    "Position",
    "ReactivateMember",
    "RecordDeath",
    "Sex",
    "SuspendMember",
    "UpdateMember",
    "UserIsAnotherMember",
    "UserNotFound",
    "add_member",
    "assign_position",
    "claim_membership",
    "deactivate_member",
    "end_position",
    "end_role",
    "grant_role",
    "leave_group",
    "link_member",
    "reactivate_member",
    "record_death",
    "suspend_member",
    "update_member",
]
