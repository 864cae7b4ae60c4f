"""Who may do what: the one declaration.

From it come the permission on each GraphQL field, the row-level security policies, the right to each kind of ledger
entry, and what a client may ask beforehand. `terms` is the closed vocabulary, `scopes` what of it a machine may be
given, `capabilities` what of it a group's officers may give to a member or take from one of them, `declaration` the
table of rules, `viewer` the facts about who is asking and the decision.
"""

from domain.policy.capabilities import CAPABILITIES, Capability
from domain.policy.declaration import (
    ENTRY_KINDS,
    KINDS_TO_APPROVE,
    LOAN_KINDS,
    RULES,
    Action,
    EntryKind,
    Resource,
    Rule,
)
from domain.policy.scopes import SCOPE_TERMS, MachineScope
from domain.policy.terms import OFFICER_ROLES, Role, Term, Visibility
from domain.policy.viewer import AccessDenied, Viewer, acts_for_herself, allows, may_post, readable_tenants

__all__ = [
    "CAPABILITIES",
    "ENTRY_KINDS",
    "KINDS_TO_APPROVE",
    "LOAN_KINDS",
    "OFFICER_ROLES",
    "RULES",
    "SCOPE_TERMS",
    "AccessDenied",
    "Action",
    "Capability",
    "EntryKind",
    "MachineScope",
    "Resource",
    "Role",
    "Rule",
    "Term",
    "Viewer",
    "Visibility",
    "acts_for_herself",
    "allows",
    "may_post",
    "readable_tenants",
]
