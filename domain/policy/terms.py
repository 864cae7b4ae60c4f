"""The closed vocabulary in which permissions are declared."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["MEMBER_ROLES", "OFFICER_ROLES", "TENANT_TERMS", "Role", "Term", "Visibility"]


class Role(StrEnum):
    """What a user may hold in a tenant, several at once, each from a day to a day.

    The first four are held in a group, AUDITOR in a group or a partner, the next three by a partner's staff and the
    last three by the staff of a microfinance institution that owns branches.
    """

    MEMBER = "MEMBER"
    CHAIR = "CHAIR"
    SECRETARY = "SECRETARY"
    TREASURER = "TREASURER"
    AUDITOR = "AUDITOR"
    PARTNER_VIEWER = "PARTNER_VIEWER"
    FIELD_OFFICER = "FIELD_OFFICER"
    PARTNER_MANAGER = "PARTNER_MANAGER"
    LOAN_OFFICER = "LOAN_OFFICER"
    TELLER = "TELLER"
    MANAGER = "MANAGER"


OFFICER_ROLES = frozenset({Role.CHAIR, Role.SECRETARY, Role.TREASURER})
MEMBER_ROLES = OFFICER_ROLES | {Role.MEMBER}


class Visibility(StrEnum):
    """What the constitution lets members see of each other's balances and arrears."""

    ALL = "ALL"
    TOTALS_ONLY = "TOTALS_ONLY"
    OWN_ONLY = "OWN_ONLY"


class Term(StrEnum):
    """Who a rule speaks of. The value is the name of the setting that lists the viewer's tenants for the term."""

    SELF = "self"
    """The user, or the member of the group, that the row is about."""
    NAMED = "named"
    """A member whom the row names beside the one whom it is about: who stands surety for a loan."""
    MEMBER = "member"
    """Any member of the group, officers included."""
    MEMBER_SEES_TOTALS = "member_sees_totals"
    """A member of a group whose constitution shows its members the totals."""
    MEMBER_SEES_ALL = "member_sees_all"
    """A member of a group whose constitution shows its members everything."""
    OFFICER = "officer"
    """The chair, the secretary or the treasurer of the group."""
    CHAIR = "chair"
    SECRETARY = "secretary"
    TREASURER = "treasurer"
    CONTRIBUTION_RECORDER = "contribution_recorder"
    """Whoever records what members pay in: the secretary, the treasurer, and as the officers decided otherwise."""
    FINE_RECORDER = "fine_recorder"
    """Whoever records fines and their payment: the secretary, the treasurer, and as the officers decided otherwise."""
    ROLL_RECORDER = "roll_recorder"
    """Whoever calls the roll: the officers, and as they decided otherwise."""
    BALANCE_VIEWER = "balance_viewer"
    """Whoever sees what each member has and owes: the officers, and whom they let see it, or record money."""
    STAFF = "staff"
    """Staff of the microfinance institution that owns the branch."""
    PARTNER_TOTALS = "partner_totals"
    """Staff of a partner to whom the group's officers opened totals; or a machine credential, by its scopes."""
    PARTNER_ROWS = "partner_rows"
    """Staff of a partner to whom the group's officers opened rows without names; or a machine credential."""
    PARTNER_NAMES = "partner_names"
    """Staff of a partner, or a machine credential, where the member named on the row consented."""
    PARTNER_MANAGER = "partner_manager"
    """Whoever runs the partner that the row belongs to."""
    MACHINE_RECORDER = "machine_recorder"
    """A machine credential that the group lets record contributions."""
    AUDITOR = "auditor"
    JOB = "job"
    """A background job of the system."""
    SIGNED_IN = "signed_in"
    ADMIN = "admin"
    """An administrator of the platform."""


TENANT_TERMS = (
    Term.MEMBER,
    Term.MEMBER_SEES_TOTALS,
    Term.MEMBER_SEES_ALL,
    Term.OFFICER,
    Term.CHAIR,
    Term.SECRETARY,
    Term.TREASURER,
    Term.CONTRIBUTION_RECORDER,
    Term.FINE_RECORDER,
    Term.ROLL_RECORDER,
    Term.BALANCE_VIEWER,
    Term.STAFF,
    Term.PARTNER_TOTALS,
    Term.PARTNER_ROWS,
    Term.PARTNER_NAMES,
    Term.PARTNER_MANAGER,
    Term.MACHINE_RECORDER,
    Term.AUDITOR,
)
"""The terms that are answered by a list of tenants, in the order in which the database reports them."""
