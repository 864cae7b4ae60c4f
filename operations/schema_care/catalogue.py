"""The page on errors: every code and every reason that a client can meet, from the code that raises them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields

from graphql import GraphQLEnumType, GraphQLSchema

from domain.errors import DomainError, ErrorCode, error_class
from graph.codes import CODES
from graph.subscriptions.protocol import Ending

__all__ = ["error_catalogue"]

_HEAD = """\
# Errors

This page is made from the code: `kibubu errors > docs/errors.md`.

A request can fail in two ways. **Top-level errors** stand in `errors`, each with a code in `extensions.code` and the
`requestId` by which the operator finds it in the log. **Refusals** are data: a mutation, or a query that computes,
answers with `userErrors`, each with its `reason`, the `code` of its family, a `message` to show, and the `path` into
the input. Go by `reason`; one that your program does not know, because it is younger, still has a code that it does.

## Top-level errors

| code | what it means |
|---|---|
"""

_FAMILIES: Mapping[ErrorCode, str] = {
    ErrorCode.INVALID: "The input breaks a rule whatever the state of the group: change it.",
    ErrorCode.NOT_FOUND: "Something named in the input does not exist, or may not be seen.",
    ErrorCode.CONFLICT: "The input disagrees with what is recorded: read again, then decide.",
    ErrorCode.NOT_ALLOWED: "The state or the constitution of the group forbids it.",
    ErrorCode.TOO_MANY: "Too many attempts: wait, then try again.",
}


def error_catalogue(schema: GraphQLSchema) -> str:
    """The page, in Markdown."""
    return "".join(f"{line}\n" for line in [_HEAD.rstrip("\n"), *_lines(schema)])


def _lines(schema: GraphQLSchema) -> Iterator[str]:
    for code, meaning in sorted(CODES.items()):
        yield f"| `{code}` | {_cell(meaning)} |"
    yield from ("", "## Families of refusals", "", "| code | what it means |", "|---|---|")
    for family in ErrorCode:
        yield f"| `{family.value}` | {_FAMILIES[family]} |"
    yield from ("", "## Refusals", "", "| reason | code | what it means | facts | raised by |", "|---|---|---|---|---|")
    for reason, roots in sorted(_raised_by(schema).items()):
        kind = error_class(reason)
        facts = ", ".join(f"`{_camel(item.name)}`" for item in fields(kind) if item.name != "path")
        names = ", ".join(f"`{name}`" for name in roots)
        yield f"| `{reason}` | {kind.code.value} | {_cell(_meaning(kind))} | {facts} | {names} |"
    yield from ("", "## Sockets", "", "How a WebSocket is closed.", "", "| code | what it means |", "|---|---|")
    for ending in sorted(Ending, key=lambda each: (each.code, each.reason)):
        yield f"| {ending.code} | {_cell(ending.reason)} |"


def _raised_by(schema: GraphQLSchema) -> dict[str, list[str]]:
    """For each reason the root fields that may refuse for it."""
    raised: dict[str, list[str]] = {}
    roots = [kind for kind in (schema.query_type, schema.mutation_type) if kind is not None]
    for name in sorted(name for root in roots for name in root.fields):
        reasons = schema.get_type(f"{name[0].upper()}{name[1:]}ErrorReason")
        if isinstance(reasons, GraphQLEnumType):
            for reason in reasons.values:
                raised.setdefault(reason, []).append(name)
    return raised


def _meaning(kind: type[DomainError]) -> str:
    return (kind.__doc__ or "").partition("\n\n")[0].replace("\n", " ")


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(word.capitalize() for word in rest)
