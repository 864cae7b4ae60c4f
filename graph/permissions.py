"""How the declaration of permissions shows and holds on fields: a directive, a sentence, and a check of each row."""

from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

import strawberry
from strawberry.schema_directive import Location

from domain.policy import CAPABILITIES, ENTRY_KINDS, RULES, AccessDenied, Action, EntryKind, Resource, Term, allows
from graph import engine
from graph.context import Context
from graph.engine import Call

__all__ = [
    "Info",
    "Requires",
    "guarding",
    "is_hidden",
    "may_read",
    "protected",
    "reading",
    "requirement",
    "sentence",
]

Info = strawberry.Info[Context, None]
Row = Any
"""A row as the database gave it, or a mapping made like one."""

_WORDS = {
    Term.SELF: "the person concerned",
    Term.NAMED: "whoever the record names beside that person",
    Term.MEMBER: "members of the group",
    Term.MEMBER_SEES_TOTALS: "members, where the constitution shows them totals",
    Term.MEMBER_SEES_ALL: "members, where the constitution shows them everything",
    Term.OFFICER: "officers of the group",
    Term.CHAIR: "the chair",
    Term.SECRETARY: "the secretary (record-keeper)",
    Term.TREASURER: "the treasurer",
    Term.CONTRIBUTION_RECORDER: "whoever records contributions (the secretary and the treasurer, but for overrides)",
    Term.FINE_RECORDER: "whoever records fines (the secretary and the treasurer, but for overrides)",
    Term.ROLL_RECORDER: "whoever calls the roll (officers of the group, but for overrides)",
    Term.BALANCE_VIEWER: "officers of the group and members whom they let see balances",
    Term.STAFF: "staff of the institution that owns the branch",
    Term.PARTNER_TOTALS: "partners and machines to whom the group opened totals",
    Term.PARTNER_ROWS: "partners and machines to whom the group opened rows without names",
    Term.PARTNER_NAMES: "partners and machines, where the member consented",
    Term.PARTNER_MANAGER: "whoever runs the partner",
    Term.MACHINE_RECORDER: "machines that the group lets record",
    Term.AUDITOR: "auditors",
    Term.JOB: "background jobs",
    Term.SIGNED_IN: "anyone who signed in",
    Term.ADMIN: "administrators of the platform",
}


_OFFICERS = frozenset({Term.CHAIR, Term.SECRETARY, Term.TREASURER})


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION],
    description="Who may use the field: whoever any of the terms describes. The database enforces the same. Where a "
    "field needs several rights at once, a role stands for what comes with it, unless that was taken: ask `can`.",
)
class Requires:
    """The directive on a field."""

    any_of: list[str] = strawberry.directive_field(name="anyOf")


def _terms(needs: Iterable[tuple[Resource, Action]], posts: Iterable[EntryKind]) -> list[Term]:
    """The terms that satisfy every need at once, in the order of the vocabulary; jobs are no clients.

    Where any officer will do, each of them will. Where no term does, a role stands for what comes with it.
    """
    asked = [RULES[need].terms for need in needs] + [ENTRY_KINDS[kind] for kind in posts]
    wanted = [terms | _OFFICERS if Term.OFFICER in terms else terms for terms in asked]
    shared = frozenset(Term).intersection(*wanted)
    if not shared:
        shared = frozenset(Term).intersection(*(terms | _roles_with(terms) for terms in wanted))
    if Term.OFFICER in shared:
        shared -= _OFFICERS
    return [term for term in Term if term in shared and term is not Term.JOB]


def _roles_with(terms: Iterable[Term]) -> frozenset[Term]:
    """The roles that bring one of the terms, unless it was taken from whoever holds them."""
    return frozenset(
        Term(role.value.lower()) for rule in CAPABILITIES.values() if rule.term in terms for role in rule.roles
    )


def requirement(*needs: tuple[Resource, Action], posts: Iterable[EntryKind] = ()) -> Requires:
    """The directive for a field with these needs, which posts entries of these kinds."""
    return Requires(any_of=[term.name for term in _terms(needs, posts)])


def sentence(*needs: tuple[Resource, Action], posts: Iterable[EntryKind] = ()) -> str:
    """The sentence for the description of a field with these needs, which posts entries of these kinds."""
    return f"For {', '.join(_WORDS[term] for term in _terms(needs, posts))}."


def reading(resource: Resource, description: str, *directives: object) -> dict[str, Any]:
    """What a field says that reads a resource: its description with the sentence, and the directives."""
    need = (resource, Action.READ)
    return {"description": f"{description} {sentence(need)}", "directives": [requirement(need), *directives]}


def may_read(context: Context, resource: Resource, row: Row, about: str | None) -> bool:
    """Whether the viewer may read what belongs to the row."""
    tenant = row.get("tenant_id")
    known = context.readable
    if (resource, tenant) not in known:
        known[resource, tenant] = allows(context.viewer, Action.READ, resource, tenant)
    # Whoever may read it in the whole tenant is not asked about each row.
    if known[resource, tenant]:
        return True
    shown_to = row.get("shown_to")
    if about is None and not shown_to:
        return False
    return allows(
        context.viewer,
        Action.READ,
        resource,
        tenant,
        about=None if about is None else row[about],
        shown_to=frozenset(shown_to or ()),
    )


def is_hidden(call: Call, resource: Resource, row: Row, about: str | None) -> bool:
    """Whether the field is to be left out of this row; if so, the answer names the field once.

    Raises:
        AccessDenied: The viewer is an administrator, and no administrator may ever see the field.
    """
    context: Context = call.context
    if may_read(context, resource, row, about):
        return False
    if context.viewer.is_admin:
        raise AccessDenied(resource, Action.READ)
    context.hidden.add(f"{call.parent_type}.{call.field_name}")
    return True


def guarding(resource: Resource, about: str | None = None) -> Callable[[Call, Row], bool]:
    """What a field asks of each row: whether the viewer may read what belongs to it."""
    return lambda call, row: not is_hidden(call, resource, row, about)


def protected(
    resource: Resource,
    description: str,
    value: Callable[[Row], Any],
    *,
    about: str | None = None,
) -> Any:
    """A field whose column some viewers may not see: null for them, without an error.

    Args:
        resource: What the column belongs to.
        description: What the field is; the sentence on who may see it is added.
        value: Takes the value from the row.
        about: The column with the member or user whom the row is about.
    """
    return engine.computed(value, guard=guarding(resource, about), **reading(resource, description))


def key_of(row: Row) -> tuple[UUID, UUID]:
    """The key of a record of a tenant."""
    return row["tenant_id"], row["id"]
