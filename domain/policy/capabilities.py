"""The closed list of what the officers of a group may let a member do, or keep an officer from, beside her roles.

Each capability is a term of the vocabulary: the database fills the term from the roles and from the overrides that hold
now, and the rules speak of the term alone, so that resolver and policy cannot differ about either.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from domain.policy.terms import OFFICER_ROLES, Role, Term

__all__ = ["CAPABILITIES", "Capability", "CapabilityRule"]


class Capability(StrEnum):
    """What may be granted to a member, or taken from an officer."""

    RECORD_CONTRIBUTIONS = "RECORD_CONTRIBUTIONS"
    RECORD_FINES = "RECORD_FINES"
    RECORD_ROLL_CALL = "RECORD_ROLL_CALL"
    VIEW_BALANCES = "VIEW_BALANCES"


@dataclass(frozen=True, slots=True)
class CapabilityRule:
    """Who has a capability, and what comes with it.

    Attributes:
        term: Whom the rules speak of.
        roles: Who has it by her role.
        brings: What whoever it is granted to has as well: she records nothing whose sums she does not see.
        is_takable: Whether it may be taken from an officer.
    """

    term: Term
    roles: frozenset[Role]
    brings: frozenset[Term] = frozenset()
    is_takable: bool = True


_SEES = frozenset({Term.BALANCE_VIEWER})
_RECORDERS = frozenset({Role.SECRETARY, Role.TREASURER})

CAPABILITIES: dict[Capability, CapabilityRule] = {
    Capability.RECORD_CONTRIBUTIONS: CapabilityRule(Term.CONTRIBUTION_RECORDER, _RECORDERS, _SEES),
    Capability.RECORD_FINES: CapabilityRule(Term.FINE_RECORDER, _RECORDERS, _SEES),
    Capability.RECORD_ROLL_CALL: CapabilityRule(Term.ROLL_RECORDER, OFFICER_ROLES),
    # The officers answer for the book, and the services that they use read it with their eyes.
    Capability.VIEW_BALANCES: CapabilityRule(Term.BALANCE_VIEWER, OFFICER_ROLES, is_takable=False),
}
"""What each capability is. `app.fill_viewer` says the same in the database, and a test compares the two."""
