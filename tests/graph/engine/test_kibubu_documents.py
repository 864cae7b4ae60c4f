"""The repository's own documents all take the compiled path, and so does every field of the schema."""

from __future__ import annotations

import ast
import builtins
import json
import os
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from types import ModuleType
from typing import Any, cast

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLError,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLScalarType,
    OperationDefinitionNode,
    OperationType,
    get_named_type,
    is_introspection_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_required_argument,
    parse,
    type_from_ast,
    validate,
)
from graphql.execution.values import VariableValues, get_variable_values
from strawberry.types.execution import PreExecutionError

from graph.engine import EngineSchema, builders
from graph.engine.compiling import Facts
from graph.engine.documents import Operation, find_operation
from graph.engine.plan import Abstract, FieldPlan, ListOf, Object, Selection, Source
from graph.graphiql import EXAMPLES
from graph.schema import schema
from tests.support.api import USER_ERRORS

CORE = schema._schema
QUERY, MUTATION, SUBSCRIPTION = (
    cast("GraphQLObjectType", each) for each in (CORE.query_type, CORE.mutation_type, CORE.subscription_type)
)
ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs" / "engine.md"

FOLDERS = ("bench", "operations", "tests")
PASSED_OVER = {"__pycache__", "node_modules", "graph/engine", "graph/http", "graph/limits"}
"""Below `tests/graph/engine` and `tests/graph/http` schemas of their own are asked, below `limits` too much."""

ASKS_OTHERS = {
    "bench/comparison/documents.py": "half of them are for PostGraphile",
    "tests/clients/test_audits.py": "one asks for what is not there",
    "tests/clients/test_gql.py": "one asks for what is not there",
    "tests/graph/telemetry/test_lines.py": "two ask for what is not there",
    "tests/graph/telemetry/test_metrics.py": "one asks for what is not there",
    "tests/graph/test_bad_reads.py": "some have arguments that are none",
    "tests/graph/test_malformed.py": "one has a fragment within itself",
    "tests/graph/test_operations.py": "some ask for what is not there",
    "tests/graph/subscriptions/test_protocol.py": "some ask for what is not there",
    "tests/graph/subscriptions/test_event_streams.py": "one asks for what is not there",
    "tests/graph/subscriptions/test_lines.py": "one asks for what is not there",
    "tests/operations/test_documents.py": "some are there to be refused",
    "tests/permissions/test_entry.py": "arrays of PostgreSQL that look like selections",
}
"""The files with documents that the schema does not take, and why."""

INTROSPECTION = {
    "graph/graphiql/examples.py",
    "tests/graph/telemetry/test_metrics.py",
    "tests/graph/test_bad_text.py",
    "tests/graph/test_nodes.py",
    "tests/graph/test_scalars.py",
    "tests/graph/test_sessions.py",
    "tests/graph/test_statements.py",
}
"""The files with documents that ask for the schema itself: those go to graphql-core, and are counted."""

ORDINARY = {
    "Session.isCurrent": "whether a session is the request's own is not in its row",
}
"""The fields below the roots that have a resolver of their own, which is called for each object, and why."""

Step = tuple[str, GraphQLField, str]
Way = tuple[str, list[Step]]

_BEGINS = re.compile(r"(\s|#[^\n]*\n)*((query|mutation|subscription|fragment)\b|\{\s*[\w.])")
_VALUES: dict[str, Any] = {
    "Boolean": True,
    "CountryCode": "KE",
    "CurrencyCode": "KES",
    "Date": "2026-01-05",
    "DateTime": "2026-01-05T09:30:00Z",
    "Decimal": "20.00",
    "ID": "0199d2f0-5c1e-7c3a-9d51-3f0a3f6f7a10",
    "Int": 3,
    "PhoneNumber": "+254712345678",
    "String": "text",
    "UUID": "0199d2f0-5c1e-7c3a-9d51-3f0a3f6f7a10",
}


@dataclass(frozen=True)
class Document:
    """A document with the file that it stands in, and the variables that stand beside it."""

    file: str
    text: str
    variables: Mapping[str, Any] = field(default_factory=dict)


def python_files() -> Iterator[Path]:
    for folder in FOLDERS:
        for parent, below, names in os.walk(ROOT / folder):
            here = Path(parent)
            below[:] = [each for each in below if each not in PASSED_OVER and f"{here.name}/{each}" not in PASSED_OVER]
            yield from sorted(here / name for name in names if name.endswith(".py"))


def texts_in(file: Path) -> Iterator[str]:
    """The texts of a file that are GraphQL operations; those that are put together at run time are not seen."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    parts = {id(part) for each in ast.walk(tree) if isinstance(each, ast.JoinedStr) for part in each.values}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in parts:
            text = node.value
            if _BEGINS.match(text) and operations_in(text):
                yield text


def operations_in(text: str) -> list[OperationDefinitionNode]:
    try:
        return [each for each in parse(text).definitions if isinstance(each, OperationDefinitionNode)]
    except GraphQLError:
        return []


def documents_in_python() -> Iterator[Document]:
    for file in python_files():
        yield from (Document(file.relative_to(ROOT).as_posix(), text) for text in texts_in(file))


def documents_in_pages() -> Iterator[Document]:
    for file in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))):
        if file == PAGE:
            continue  # its example is of another schema; it has a test of its own
        name, page = file.relative_to(ROOT).as_posix(), file.read_text(encoding="utf-8")
        for body in re.findall(r"curl [^\n]*-d '(\{.*?\})'", page, re.DOTALL):
            request = json.loads(body)
            yield Document(name, request["query"], request.get("variables", {}))
        for text in re.findall(r"^```graphql\n(.*?)^```", page, re.DOTALL | re.MULTILINE):
            yield Document(name, text)


def documents_of_graphiql() -> Iterator[Document]:
    for each in EXAMPLES:
        yield Document("graph/graphiql/examples.py", each.query, json.loads(each.variables or "{}"))


def documents_of_clients() -> Iterator[Document]:
    """What `Client.mutate` sends."""
    for name, mutation in MUTATION.fields.items():
        given = mutation.args["input"].type
        yield Document(
            "tests/support/api.py",
            f"mutation M($input: {given}) {{ {name}(input: $input) {{ __typename {USER_ERRORS} }} }}",
        )


FOUND = [*documents_of_graphiql(), *documents_in_pages(), *documents_in_python(), *documents_of_clients()]
DOCUMENTS = [each for each in FOUND if not validate(CORE, parse(each.text))]


def value_for(kind: Any) -> Any:
    """A value that a variable of a type can have."""
    if is_non_null_type(kind):
        return value_for(kind.of_type)
    if is_list_type(kind):
        return [value_for(kind.of_type)]
    if isinstance(kind, GraphQLInputObjectType):
        return {name: value_for(each.type) for name, each in kind.fields.items()}
    if isinstance(kind, GraphQLEnumType):
        return next(iter(kind.values))
    assert isinstance(kind, GraphQLScalarType)
    return _VALUES[kind.name]


def variables_for(operation: Operation, given: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Values for the variables of an operation, with every answer to what `@skip` and `@include` ask."""
    declared = {each.variable.name.value: each for each in operation.node.variable_definitions or ()}
    values = {
        name: given[name] if name in given else value_for(type_from_ast(CORE, each.type))
        for name, each in declared.items()
    }
    conditions = Facts.of(operation.node, operation.fragments).conditions
    for answers in product((False, True), repeat=len(conditions)):
        yield values | dict(zip(conditions, answers, strict=True))


def coerced(operation: Operation, variables: dict[str, Any]) -> VariableValues:
    found = get_variable_values(CORE, operation.node.variable_definitions or (), variables)
    assert isinstance(found, VariableValues), found
    return found


def fields_of(selection: Selection) -> Iterator[FieldPlan]:
    """All fields of a plan: what is below an object is compiled when somebody asks for it."""
    for each in selection.fields:
        yield each
        shape = each.shape
        while isinstance(shape, ListOf):
            shape = shape.item
        if isinstance(shape, Object):
            yield from fields_of(shape.select(shape.type))
        elif isinstance(shape, Abstract):
            for kind in CORE.get_possible_types(shape.type):
                yield from fields_of(shape.select(kind))


def ordinary_in(fields: list[FieldPlan]) -> set[str]:
    """The fields below the roots whose resolver is called for each object."""
    return {
        f"{each.parent.name}.{each.name}"
        for each in fields
        if each.source is Source.RESOLVER and each.parent not in (QUERY, MUTATION, SUBSCRIPTION)
    }


def test_the_documents_of_the_repository_are_found_and_fit_the_schema() -> None:
    files = [each.file for each in DOCUMENTS]
    assert {"README.md", "bench/reading.py", "tests/support/api.py", "tests/permissions/answers.py"} <= set(files)
    assert files.count("graph/graphiql/examples.py") == len(EXAMPLES) > 5
    assert files.count("tests/support/api.py") == len(MUTATION.fields) > 5
    assert len(files) > 60
    strangers = {each.file for each in FOUND} - set(ASKS_OTHERS)
    assert [each for each in FOUND if each not in DOCUMENTS and each.file in strangers] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda each: f"{each.file}-{' '.join(each.text.split())[:40]}")
async def test_a_document_of_the_repository_takes_the_compiled_path(document: Document) -> None:
    asks_for_schema = bool(re.search(r"\b__(schema|type)\b", document.text))
    assert not asks_for_schema or document.file in INTROSPECTION
    for node in operations_in(document.text):
        name = node.name.value if node.name else None
        operation = find_operation(parse(document.text), name)
        assert operation is not None
        for variables in variables_for(operation, document.variables):
            given = coerced(operation, variables)
            before = schema.uncovered.copy()
            if node.operation is OperationType.SUBSCRIPTION:
                # Its events are run from the plan; what opens it, is graphql-core's.
                assert list(fields_of(operation.plan(schema.compiler, given)))
                continue
            # Without a context every root resolver fails; which way the operation goes is decided before.
            result = await schema.execute(document.text, variables, operation_name=name)
            assert not isinstance(result, PreExecutionError), result.errors
            assert dict(schema.uncovered - before) == ({"introspection": 1} if asks_for_schema else {})
            if not asks_for_schema:
                planned = list(fields_of(operation.plan(schema.compiler, given)))
                # Nothing is planned only where `@skip` and `@include` leave nothing.
                assert planned or result.data == {}
                assert ordinary_in(planned) <= set(ORDINARY)


def _call(name: str, definition: GraphQLField, variables: dict[str, tuple[str, Any]]) -> str:
    """A field with the arguments that it must have, each a variable."""
    given = []
    for argument, each in definition.args.items():
        if is_required_argument(each):
            variable = f"v{len(variables)}"
            variables[variable] = (str(each.type), value_for(each.type))
            given.append(f"{argument}: ${variable}")
    return f"{name}({', '.join(given)})" if given else name


def ways() -> dict[GraphQLObjectType, Way]:
    """For each type of objects a shortest way to it: the kind of operation, and the fields with the type below."""
    found: dict[GraphQLObjectType, Way] = {}
    waiting: list[tuple[GraphQLObjectType, str, list[Step]]] = [
        (QUERY, "query", []),
        (MUTATION, "mutation", []),
        (SUBSCRIPTION, "subscription", []),
    ]
    while waiting:
        kind, operation, way = waiting.pop(0)
        if kind in found:
            continue
        found[kind] = operation, way
        for name, definition in kind.fields.items():
            below = get_named_type(definition.type)
            if not is_leaf_type(below):
                types = CORE.get_possible_types(below) if isinstance(below, GraphQLInterfaceType) else [below]
                waiting += [(each, operation, [*way, (name, definition, each.name)]) for each in types]
    return found


WAYS = ways()


def whole(kind: GraphQLObjectType) -> tuple[str, dict[str, Any]]:
    """An operation that leads to a type and asks for every field of it."""
    operation, way = WAYS[kind]
    variables: dict[str, tuple[str, Any]] = {}
    steps = [f"{_call(name, definition, variables)} {{ ... on {below} {{ " for name, definition, below in way]
    fields = [
        _call(name, each, variables) + ("" if is_leaf_type(get_named_type(each.type)) else " { __typename }")
        for name, each in kind.fields.items()
    ]
    declared = ", ".join(f"${name}: {text}" for name, (text, _) in variables.items())
    head = f"{operation} W({declared})" if declared else operation
    return f"{head} {{ {''.join(steps)}{' '.join(fields)}{' } }' * len(way)} }}", {
        name: value for name, (_, value) in variables.items()
    }


def test_every_type_of_objects_can_be_asked_for() -> None:
    kinds = {
        each
        for each in CORE.type_map.values()
        if isinstance(each, GraphQLObjectType) and not is_introspection_type(each)
    }
    assert set(WAYS) == kinds
    assert len(kinds) > 40


@pytest.mark.parametrize("kind", WAYS, ids=lambda kind: kind.name)
def test_every_field_below_the_roots_is_declared_for_the_engine(kind: GraphQLObjectType) -> None:
    text, variables = whole(kind)
    assert validate(CORE, parse(text)) == []
    operation = find_operation(parse(text), None)
    assert operation is not None
    planned = [
        each
        for each in fields_of(operation.plan(schema.compiler, coerced(operation, variables)))
        if each.parent is kind and each.name != "__typename"
    ]
    assert {each.name for each in planned} == set(kind.fields)
    assert ordinary_in(planned) == {each for each in ORDINARY if each.startswith(f"{kind.name}.")}


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", page, re.DOTALL | re.MULTILINE)


def _bare(code: str) -> str:
    """Code without what formatting changes."""
    return re.sub(r"\s+", "", code).replace("'", '"').replace(",}", "}")


async def test_the_example_of_the_engines_page_is_what_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    page = PAGE.read_text(encoding="utf-8")
    code, printed = blocks(page, "python")
    (document,) = blocks(page, "graphql")
    (answer,) = blocks(page, "json")
    generated: list[str] = []

    def listen(source: str, *rest: Any) -> Any:
        generated.append(source)
        return builtins.compile(source, *rest)

    monkeypatch.setattr(builders, "compile", listen, raising=False)
    module = ModuleType("the_example_of_the_engines_page")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    exec(compile(code, str(PAGE), "exec"), vars(module))  # noqa: S102 - the repository's own page
    context = {"authors": module.Loader(module.AUTHORS.get), "books": module.Loader(module.books_of)}
    assert isinstance(module.schema, EngineSchema)
    result = await module.schema.execute(document, context_value=context)
    assert result.errors is None
    assert json.dumps(result.data) == json.dumps(json.loads(answer))
    assert module.schema.uncovered.total() == 0
    assert _bare(generated[1]) == _bare(printed)
    for name, loader in context.items():
        (keys,) = loader.asked
        assert f"`{name}` is asked once, for `{keys}`" in page
