"""What one term of the vocabulary says of another: whoever is the chair is an officer, and so a member."""

from __future__ import annotations

from collections.abc import Iterable

from domain.policy import Resource, Term

_NEXT = {
    Term.NAMED: (Term.MEMBER,),
    Term.CHAIR: (Term.OFFICER,),
    Term.SECRETARY: (Term.OFFICER,),
    Term.TREASURER: (Term.OFFICER,),
    Term.OFFICER: (Term.BALANCE_VIEWER,),
    Term.CONTRIBUTION_RECORDER: (Term.BALANCE_VIEWER,),
    Term.FINE_RECORDER: (Term.BALANCE_VIEWER,),
    Term.BALANCE_VIEWER: (Term.MEMBER,),
    Term.ROLL_RECORDER: (Term.MEMBER,),
    Term.MEMBER_SEES_ALL: (Term.MEMBER_SEES_TOTALS,),
    Term.MEMBER_SEES_TOTALS: (Term.MEMBER,),
    Term.PARTNER_NAMES: (Term.PARTNER_ROWS,),
    Term.PARTNER_ROWS: (Term.PARTNER_TOTALS,),
    Term.MACHINE_RECORDER: (Term.PARTNER_ROWS,),
}

_OFFICERS = frozenset({Term.CHAIR, Term.SECRETARY, Term.TREASURER})
"""Whoever is an officer is one of these."""

OF_PARTNERS = frozenset(
    {Resource.TENANT, Resource.MEMBERSHIP, Resource.MACHINE_CREDENTIAL, Resource.MACHINE_USE, Resource.AUDIT}
)
"""The resources of which a partner has rows of its own; of any other, its managers see none as that."""


def implied_by(term: Term) -> set[Term]:
    """The term, and every other that describes whomever it describes."""
    found = {term}
    for each in _NEXT.get(term, ()):
        found |= implied_by(each)
    return found


def adds_nothing(term: Term, terms: Iterable[Term]) -> bool:
    """Whether a rule with these terms already lets in whomever the term describes."""
    if term is Term.OFFICER and _OFFICERS.issubset(terms):
        return True
    return not implied_by(term).isdisjoint(terms)
