"""How the declaration of permissions shows and holds on fields: a directive, a sentence, and a check of each row."""

from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

import strawberry
from strawberry.schema_directive import Location

from domain.policy import RULES, AccessDenied, Action, Resource, Term, Viewer, allows
from graph.context import Context

__all__ = [
    "Info",
    "Requires",
    "is_hidden",
    "may_read",
    "protected",
    "reading",
    "reading_field",
    "requirement",
    "sentence",
]

Info = strawberry.Info[Context, None]
Row = Any
"""A row as the database gave it, or a mapping made like one."""

_WORDS = {
    Term.SELF: "the person concerned",
    Term.MEMBER: "members of the group",
    Term.MEMBER_SEES_TOTALS: "members, where the constitution shows them totals",
    Term.MEMBER_SEES_ALL: "members, where the constitution shows them everything",
    Term.OFFICER: "officers of the group",
    Term.CHAIR: "the chair",
    Term.SECRETARY: "the secretary (record-keeper)",
    Term.TREASURER: "the treasurer",
    Term.STAFF: "staff of the institution that owns the branch",
    Term.PARTNER_TOTALS: "partners to whom the group opened totals",
    Term.PARTNER_ROWS: "partners to whom the group opened rows without names",
    Term.PARTNER_NAMES: "partners, where the member consented",
    Term.AUDITOR: "auditors",
    Term.JOB: "background jobs",
    Term.SIGNED_IN: "anyone who signed in",
    Term.ADMIN: "administrators of the platform",
}


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION],
    description="Who may use the field: whoever any of the terms describes. The database enforces the same.",
)
class Requires:
    """The directive on a field."""

    any_of: list[str] = strawberry.directive_field(name="anyOf")


def _terms(needs: Iterable[tuple[Resource, Action]]) -> list[Term]:
    """The terms that satisfy every need at once, in the order of the vocabulary; jobs are no clients."""
    shared = frozenset(Term)
    for resource, action in needs:
        shared &= RULES[resource, action].terms
    return [term for term in Term if term in shared and term is not Term.JOB]


def requirement(*needs: tuple[Resource, Action]) -> Requires:
    """The directive for a field with these needs."""
    return Requires(any_of=[term.name for term in _terms(needs)])


def sentence(*needs: tuple[Resource, Action]) -> str:
    """The sentence for the description of a field with these needs."""
    return f"For {', '.join(_WORDS[term] for term in _terms(needs))}."


def reading(resource: Resource, description: str) -> dict[str, Any]:
    """What a field says that reads a resource: its description with the sentence, and the directive."""
    need = (resource, Action.READ)
    return {"description": f"{description} {sentence(need)}", "directives": [requirement(need)]}


def reading_field(resource: Resource, description: str, resolver: Callable[..., Any]) -> Any:
    """A field that reads a resource, and asks by itself whether it may."""
    return strawberry.field(resolver=resolver, **reading(resource, description))


def may_read(viewer: Viewer, resource: Resource, row: Row, about: str | None) -> bool:
    """Whether the viewer may read what belongs to the row."""
    keys = row.keys()
    return allows(
        viewer,
        Action.READ,
        resource,
        row["tenant_id"] if "tenant_id" in keys else None,
        about=None if about is None else row[about],
        shown_to=frozenset(row["shown_to"]) if "shown_to" in keys else frozenset(),
    )


def is_hidden(info: Info, resource: Resource, row: Row, about: str | None) -> bool:
    """Whether the field is to be left out of this row; if so, the answer names the field once.

    Raises:
        AccessDenied: The viewer is an administrator, and no administrator may ever see the field.
    """
    viewer = info.context.viewer
    if may_read(viewer, resource, row, about):
        return False
    if viewer.is_admin:
        raise AccessDenied(resource, Action.READ)
    info.context.hidden.add(f"{info._raw_info.parent_type.name}.{info.field_name}")  # noqa: SLF001 - nowhere else is it
    return True


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

    def resolve(root: Row, info: Info):  # type: ignore[no-untyped-def]  # noqa: ANN202 - the type is the field's annotation
        return None if is_hidden(info, resource, root, about) else value(root)

    return reading_field(resource, description, resolve)


def key_of(row: Row) -> tuple[UUID, UUID]:
    """The key of a record of a tenant."""
    return row["tenant_id"], row["id"]
