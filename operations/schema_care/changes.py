"""What may be taken away from clients: only what was announced, with a date, long enough before.

An element is announced by `@deprecated(reason: "… Removed after YYYY-MM-DD …")`. What is compared with is the schema of
the last release: an announcement counts from when it was released.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from graphql import (
    BreakingChange,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
    find_breaking_changes,
    get_named_type,
    is_abstract_type,
)

from operations.schema_care.elements import Fault, composites, elements

__all__ = [
    "NOTICE_DAYS",
    "faults_of_deprecations",
    "newest_release",
    "removal_date",
    "unannounced_changes",
]

NOTICE_DAYS = 90
"""So long before its removal an element is announced."""

RELEASES = Path(__file__).parents[2] / "docs" / "releases"
"""The schema of each release, named by its version: `0.1.0.graphql`."""

_DATE = re.compile(r"\bRemoved after (\d{4}-\d{2}-\d{2})\b")
_VERSION = re.compile(r"\d+(\.\d+)*")
_COORDINATE = re.compile(r"@?[A-Za-z_]\w*(?:\.\w+)?(?:\(\w+:\))?")
_WORDS_BEFORE = re.compile(r"^(Field|Argument|Enum value|Directive|A required (?:field|argument)) ")


def newest_release(folder: Path = RELEASES, *, but_for: str | None = None) -> tuple[str, GraphQLSchema] | None:
    """The version and the schema of the last release; None before the first.

    Args:
        folder: Where the schemas of releases are kept.
        but_for: A version to pass over.
    """
    found = [file.stem for file in folder.glob("*.graphql") if _VERSION.fullmatch(file.stem) and file.stem != but_for]
    if not found:
        return None
    version = max(found, key=lambda name: [int(part) for part in name.split(".")])
    return version, build_schema((folder / f"{version}.graphql").read_text(encoding="utf-8"))


def removal_date(reason: str) -> date | None:
    """The day after which a deprecated element goes, as its reason says; None where it says none."""
    found = _DATE.search(reason)
    try:
        return None if found is None else date.fromisoformat(found[1])
    except ValueError:
        return None


def faults_of_deprecations(schema: GraphQLSchema) -> Iterator[Fault]:
    """Deprecated elements that do not say when they go."""
    for element in elements(schema):
        if element.deprecation is not None and removal_date(element.deprecation) is None:
            message = "A deprecation says what to use instead and when it goes: “… Removed after YYYY-MM-DD.”"
            yield Fault(element.coordinate, "deprecation", message)


def unannounced_changes(released: GraphQLSchema, schema: GraphQLSchema, today: date) -> list[Fault]:
    """What a client of the last release would miss without having been told in time.

    Args:
        released: The schema of the last release.
        schema: The schema as it is to be released.
        today: The day on which that is.
    """
    gone = {
        element.coordinate
        for element in elements(released)
        if element.deprecation is not None and (due := removal_date(element.deprecation)) is not None and due < today
    }
    unreachable = _unreachable_types(released, gone)
    found = [
        Fault(_coordinate(change), "breaking", f"{change.description} {_HOW}")
        for change in find_breaking_changes(released, schema)
        if not _is_announced(_coordinate(change), gone, unreachable)
    ]
    return sorted({*found, *_short_notices(released, schema, today)}, key=lambda fault: (fault.coordinate, fault.rule))


_HOW = (
    "Keep it, deprecate it with a date at least "
    f"{NOTICE_DAYS} days ahead, and take it away in a release after that date."
)


def _coordinate(change: BreakingChange) -> str:
    """The element that a change is about, as graphql-core's sentence names it."""
    found = _COORDINATE.match(_WORDS_BEFORE.sub("", change.description))
    return "" if found is None else found[0]


def _is_announced(coordinate: str, gone: set[str], unreachable: set[str]) -> bool:
    field, _, _ = coordinate.partition("(")
    kind, _, _ = field.partition(".")
    return bool({coordinate, field} & gone) or kind in unreachable


def _unreachable_types(schema: GraphQLSchema, gone: set[str]) -> set[str]:
    """The types that only elements lead to whose time is over. A type cannot be deprecated itself."""
    reached: set[str] = set()
    roots = (schema.query_type, schema.mutation_type, schema.subscription_type)
    waiting = [kind.name for kind in roots if kind is not None]
    while waiting:
        name = waiting.pop()
        if name in reached:
            continue
        reached.add(name)
        kind = schema.type_map[name]
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
            waiting += [each.name for each in kind.interfaces]
            for field_name, field in kind.fields.items():
                if f"{name}.{field_name}" not in gone:
                    waiting.append(get_named_type(field.type).name)
                    waiting += [
                        get_named_type(argument.type).name
                        for argument_name, argument in field.args.items()
                        if f"{name}.{field_name}({argument_name}:)" not in gone
                    ]
        elif isinstance(kind, GraphQLInputObjectType):
            waiting += [
                get_named_type(field.type).name
                for field_name, field in kind.fields.items()
                if f"{name}.{field_name}" not in gone
            ]
        if is_abstract_type(kind):
            waiting += [each.name for each in schema.get_possible_types(kind) if not _is_held_by_field(schema, each)]
    return set(schema.type_map) - reached


def _is_held_by_field(schema: GraphQLSchema, kind: GraphQLObjectType) -> bool:
    """Whether some field gives the type itself: then it is those fields that say how long it stays."""
    return any(get_named_type(field.type) is kind for each in composites(schema) for field in each.fields.values())


def _short_notices(released: GraphQLSchema, schema: GraphQLSchema, today: date) -> Iterator[Fault]:
    known = {element.coordinate: element.deprecation for element in elements(released)}
    earliest = today + timedelta(days=NOTICE_DAYS)
    for element in elements(schema):
        due = None if element.deprecation is None else removal_date(element.deprecation)
        if due is None:
            continue
        before = known.get(element.coordinate)
        announced = None if before is None else removal_date(before)
        if announced is None and due < earliest:
            message = f"A deprecation that no release had yet names a date from {earliest} on, not {due}."
            yield Fault(element.coordinate, "notice", message)
        elif announced is not None and due < announced:
            message = f"Clients were told {announced}: a removal may be put off, and never brought forward."
            yield Fault(element.coordinate, "notice", message)
