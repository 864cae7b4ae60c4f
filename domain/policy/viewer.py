"""Who is asking, and the decision."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from domain.policy.declaration import ENTRY_KINDS, RULES, Action, EntryKind, Resource
from domain.policy.terms import TENANT_TERMS, Term

__all__ = ["AccessDenied", "Viewer", "acts_for_herself", "allows", "may_post", "readable_tenants"]

_NOBODY: frozenset[UUID] = frozenset()

_ABOUT_USERS = frozenset(
    {Resource.USER, Resource.USER_PRIVATE, Resource.SESSION, Resource.MEMBERSHIP, Resource.JOIN_REQUEST}
)
"""What is about a user; everything else is about a member of a group."""


class AccessDenied(Exception):
    """The viewer may never do this; the boundary answers FORBIDDEN and stores nothing."""

    def __init__(self, resource: Resource, action: Action) -> None:
        super().__init__(f"You may not {action} records of this kind: {resource.replace('_', ' ')}.")
        self.resource = resource
        self.action = action


@dataclass(frozen=True, slots=True)
class Viewer:
    """The facts about whoever makes a request, as the database reported them when the transaction began.

    Attributes:
        user_id: The user; None for a background job and for a machine.
        principal: The session, credential or job through which the request came.
        is_admin: Whether the request runs as an administrator of the platform.
        is_job: Whether the request runs as a background job.
        is_machine: Whether the request comes from a program with a machine credential of its own.
        tenants: For each term that speaks of a tenant, the tenants in which it describes the viewer.
        own_members: Who the viewer is in each group she belongs to, as pairs of the group and the member; a member's id
            alone says nothing, since every group makes its own.
        own_partners: The partners whose staff the viewer is; for a machine, the group or partner that granted it.
    """

    user_id: UUID | None
    principal: UUID
    is_admin: bool = False
    is_job: bool = False
    tenants: Mapping[Term, frozenset[UUID]] = field(default_factory=dict)
    own_members: frozenset[tuple[UUID, UUID]] = frozenset()
    own_partners: frozenset[UUID] = _NOBODY
    is_machine: bool = False

    def sees_as(self, term: Term) -> frozenset[UUID]:
        """The tenants in which `term` describes the viewer."""
        return self.tenants.get(term, _NOBODY)


def _describes(  # noqa: PLR0911 - one return a term reads better than a chain of conditions
    term: Term,
    viewer: Viewer,
    tenant_id: UUID | None,
    shown_to: frozenset[UUID],
    *,
    is_self: bool,
    is_named: bool = False,
) -> bool:
    if term is Term.ADMIN:
        return viewer.is_admin
    if term is Term.JOB:
        return viewer.is_job
    # An administrator's and a job's transaction runs under a database role that knows no other policy than its own.
    if viewer.is_admin or viewer.is_job:
        return False
    if term is Term.SELF:
        return is_self
    if term is Term.NAMED:
        return is_named
    if term is Term.SIGNED_IN:
        return viewer.user_id is not None
    if term is Term.PARTNER_NAMES:
        return tenant_id in viewer.sees_as(term) and not viewer.own_partners.isdisjoint(shown_to)
    if term in TENANT_TERMS:
        return tenant_id in viewer.sees_as(term)
    raise AssertionError(f"the term {term} has no meaning here")


def allows(
    viewer: Viewer,
    action: Action,
    resource: Resource,
    tenant_id: UUID | None = None,
    *,
    about: UUID | None = None,
    shown_to: frozenset[UUID] = _NOBODY,
    named: frozenset[UUID] = _NOBODY,
) -> bool:
    """Whether the viewer may do `action` to a row of `resource`.

    Args:
        viewer: Who is asking.
        action: What is to be done.
        resource: What it is done to.
        tenant_id: The group or partner that the row belongs to.
        about: The member or user whom the row is about.
        shown_to: The partners to whom the member on the row opened her name.
        named: Members whom the row names beside her.
    """
    rule = RULES.get((resource, action))
    if rule is None:
        return False
    is_self = about is not None and (
        about == viewer.user_id if resource in _ABOUT_USERS else (tenant_id, about) in viewer.own_members
    )
    is_named = any((tenant_id, each) in viewer.own_members for each in named)
    return any(_describes(term, viewer, tenant_id, shown_to, is_self=is_self, is_named=is_named) for term in rule.terms)


def acts_for_herself(viewer: Viewer, action: Action, resource: Resource, tenant_id: UUID) -> bool:
    """Whether the viewer may do `action` to rows about herself in the group, whatever she may do to others."""
    return any(
        allows(viewer, action, resource, tenant_id, about=member)
        for tenant, member in viewer.own_members
        if tenant == tenant_id
    )


def readable_tenants(viewer: Viewer, resource: Resource) -> tuple[UUID, ...] | None:
    """The tenants of which the viewer may read rows of `resource`, in order; None for whoever may read all."""
    terms = RULES[resource, Action.READ].terms
    if viewer.is_admin or viewer.is_job:
        return None
    return tuple(sorted(frozenset().union(*(viewer.sees_as(term) for term in terms))))


def may_post(viewer: Viewer, kind: EntryKind, tenant_id: UUID) -> bool:
    """Whether the viewer may post an entry of this kind into the book of the tenant."""
    return any(_describes(term, viewer, tenant_id, _NOBODY, is_self=False) for term in ENTRY_KINDS[kind])
