"""The tables of `docs/permissions.md`; `python -m tests.permissions.page` prints them."""

from __future__ import annotations

from domain.policy import ENTRY_KINDS, RULES, SCOPE_TERMS, Action, Resource, Term
from graph.permissions import _WORDS
from persistence.stores import STORES


def _named(terms: frozenset[Term] | None) -> str:
    return "" if terms is None else ", ".join(f"`{term.name}`" for term in Term if term in terms)


def vocabulary() -> str:
    """Every term with what it means."""
    return "\n".join(["| term | who that is |", "|---|---|", *(f"| `{term.name}` | {_WORDS[term]} |" for term in Term)])


def rules() -> str:
    """Every resource with its table and who may do what."""
    lines = ["| resource | table | read | create | update |", "|---|---|---|---|---|"]
    for resource in Resource:
        cells = [_named(rule.terms if (rule := RULES.get((resource, action))) else None) for action in Action]
        lines.append(f"| {resource.replace('_', ' ')} | `{STORES[resource].table}` | {' | '.join(cells)} |")
    return "\n".join(lines)


def entry_kinds() -> str:
    """Every kind of journal entry with who may post it."""
    lines = ["| kind of entry | who may post it |", "|---|---|"]
    return "\n".join([*lines, *(f"| `{kind}` | {_named(terms)} |" for kind, terms in ENTRY_KINDS.items())])


def scopes() -> str:
    """Every scope of a machine credential with the terms that it gives."""
    lines = ["| scope | the machine is |", "|---|---|"]
    return "\n".join([*lines, *(f"| `{scope}` | {_named(terms)} |" for scope, terms in SCOPE_TERMS.items())])


if __name__ == "__main__":
    print(vocabulary(), rules(), scopes(), entry_kinds(), sep="\n\n")  # noqa: T201 - to be copied into the page
