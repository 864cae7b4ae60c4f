"""The closed list of what a machine credential may be given, in the terms of the vocabulary.

A machine is looked at as a partner is: a scope makes it one to whom totals, rows or names were opened, so that the same
rules and the same policies hold for it. Only what it may record has a term of its own.
"""

from __future__ import annotations

from enum import StrEnum

from domain.policy.terms import Term

__all__ = ["SCOPE_TERMS", "MachineScope"]


class MachineScope(StrEnum):
    """What a machine credential is for."""

    READ_TOTALS = "READ_TOTALS"
    READ_ROWS = "READ_ROWS"
    READ_NAMES = "READ_NAMES"
    RECORD_CONTRIBUTIONS = "RECORD_CONTRIBUTIONS"


_TOTALS = frozenset({Term.PARTNER_TOTALS})
_ROWS = _TOTALS | {Term.PARTNER_ROWS}

SCOPE_TERMS: dict[MachineScope, frozenset[Term]] = {
    MachineScope.READ_TOTALS: _TOTALS,
    MachineScope.READ_ROWS: _ROWS,
    MachineScope.READ_NAMES: _ROWS | {Term.PARTNER_NAMES},
    # Whoever records looks the members and the meeting up.
    MachineScope.RECORD_CONTRIBUTIONS: _ROWS | {Term.MACHINE_RECORDER},
}
"""The terms that describe a machine with each scope, in the tenants that it reaches."""
