"""The schema as it is published: the file is current, and everything in it is described."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    build_schema,
    get_named_type,
    is_introspection_type,
    is_specified_directive,
    is_specified_scalar_type,
)

from graph.schema import schema

FILE = Path(__file__).parents[2] / "schema.graphql"


def descriptions() -> Iterator[tuple[str, str | None]]:
    """Every element that a client can name, with its description."""
    for directive in build_schema(FILE.read_text()).directives:
        if not is_specified_directive(directive):
            yield f"@{directive.name}", directive.description
            yield from ((f"@{directive.name}({name}:)", each.description) for name, each in directive.args.items())
    for name, each in schema._schema.type_map.items():
        if is_introspection_type(each) or is_specified_scalar_type(each):
            continue
        yield name, each.description
        if isinstance(each, GraphQLObjectType | GraphQLInterfaceType):
            for field_name, field in each.fields.items():
                yield f"{name}.{field_name}", field.description
                yield from (
                    (f"{name}.{field_name}({argument_name}:)", argument.description)
                    for argument_name, argument in field.args.items()
                )
        elif isinstance(each, GraphQLInputObjectType):
            yield from ((f"{name}.{field_name}", field.description) for field_name, field in each.fields.items())
        elif isinstance(each, GraphQLEnumType):
            yield from ((f"{name}.{value_name}", value.description) for value_name, value in each.values.items())


def test_the_file_is_the_schema() -> None:
    assert FILE.read_text() == f"{schema.as_str()}\n"


def test_every_element_of_the_schema_is_described_in_a_sentence() -> None:
    found = dict(descriptions())
    assert len(found) > 400
    assert {"@requires", "@requires(anyOf:)", "Query.groups(first:)", "Mutation.memberAdd(input:)"} <= set(found)
    assert [name for name, text in found.items() if not text or not text.strip()] == []
    assert [name for name, text in found.items() if text and not text.strip().endswith(".")] == []
    assert [name for name, text in found.items() if text and text != text.strip()] == []


def test_the_types_of_payloads_and_errors_are_all_reachable() -> None:
    """What no field gives and no argument takes, and no interface stands for, can never be asked for: a mistake."""
    types = build_schema(FILE.read_text()).type_map
    used: set[str] = set()
    for each in types.values():
        if isinstance(each, GraphQLObjectType | GraphQLInterfaceType):
            used |= {interface.name for interface in each.interfaces}
            for field in each.fields.values():
                used |= {get_named_type(field.type).name}
                used |= {get_named_type(argument.type).name for argument in field.args.values()}
        elif isinstance(each, GraphQLInputObjectType):
            used |= {get_named_type(field.type).name for field in each.fields.values()}
    made_by_an_interface = {
        name
        for name, each in types.items()
        if isinstance(each, GraphQLObjectType) and used & {interface.name for interface in each.interfaces}
    }
    own = {name for name, each in types.items() if not is_introspection_type(each)}
    assert own - used - made_by_an_interface == {"Query", "Mutation", "Subscription"}
