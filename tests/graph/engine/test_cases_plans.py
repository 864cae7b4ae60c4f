"""What is kept between requests, what goes to graphql-core, and what plain columns cost."""

from __future__ import annotations

import gc
import sys
from typing import Any

import strawberry
from strawberry.schema.config import StrawberryConfig

from graph.engine import EngineSchema, item
from graph.engine.documents import DOCUMENT_CHARACTERS_MAX, DOCUMENTS_MAX, PLANS_MAX
from tests.graph.engine.test_cases_reference import answers

MANY = 2_000
ROOT = {"rows": [{"name": "a", "size": 1}, {"name": "b", "size": 2}], "word": "yes"}


@strawberry.type
class Row:
    name: str
    size: int | None
    rows: list[Row] | None


@strawberry.type
class Looping:
    word: str = "yes"

    @strawberry.field
    def again(self) -> Looping:
        return Looping()


@strawberry.type
class Query:
    rows: list[Row]
    word: str


@strawberry.type
class Mutation:
    @strawberry.mutation
    def change(self) -> str:
        return "changed"


def schema_of(**options: Any) -> EngineSchema:
    return EngineSchema(Query, Mutation, config=StrawberryConfig(default_resolver=item), **options)


schema = schema_of()


def root() -> Any:
    return ROOT


async def test_introspection_is_answered_by_graphql_core_and_counted() -> None:
    fresh = schema_of()
    document = '{ __schema { queryType { name } } __type(name: "Row") { name fields { name type { name kind } } } }'
    fields = [
        {"name": "name", "type": {"name": None, "kind": "NON_NULL"}},
        {"name": "size", "type": {"name": "Int", "kind": "SCALAR"}},
        {"name": "rows", "type": {"name": None, "kind": "LIST"}},
    ]
    data = {"__schema": {"queryType": {"name": "Query"}}, "__type": {"name": "Row", "fields": fields}}
    assert fresh.uncovered.total() == 0
    await answers(fresh, document, data, is_covered=False)
    assert fresh.uncovered.total() == 2
    assert fresh.introspect()["__schema"]["mutationType"]["name"] == "Mutation"


async def test_introspection_and_data_in_one_operation_are_both_answered() -> None:
    document = """
    query Q($with: Boolean!) {
      word
      ... @include(if: $with) { __type(name: "Mutation") { name } }
      rows { __typename name }
    }
    """
    rows = [{"__typename": "Row", "name": "a"}, {"__typename": "Row", "name": "b"}]
    fresh = schema_of()
    await answers(
        fresh,
        document,
        {"word": "yes", "__type": {"name": "Mutation"}, "rows": rows},
        variables={"with": True},
        root=root,
        is_covered=False,
    )
    assert fresh.uncovered.total() == 2
    # What its text asks for decides, not what its conditions leave of that.
    left = {"word": "yes", "rows": rows}
    await answers(fresh, document, left, variables={"with": False}, root=root, is_covered=False)


async def test_the_schema_may_be_asked_for_below_a_field_that_leads_back_to_the_root() -> None:
    found = await EngineSchema(Looping).execute('{ again { again { __type(name: "Looping") { name } word } } }')
    assert found.errors is None
    assert found.data == {"again": {"again": {"__type": {"name": "Looping"}, "word": "yes"}}}


async def test_the_name_of_a_type_is_no_introspection() -> None:
    await answers(
        schema,
        "{ __typename rows { t: __typename } again: __typename }",
        {"__typename": "Query", "rows": [{"t": "Row"}, {"t": "Row"}], "again": "Query"},
        root=root,
    )


async def test_a_column_costs_no_call_for_a_row_where_it_is_an_item() -> None:
    rows = [{"name": f"n{index}", "size": index} for index in range(MANY)]
    calls: dict[str, int] = {}
    document = "{ rows { name size } }"
    await schema.execute(document, root_value=ROOT)

    def count(frame: Any, event: str, _argument: Any) -> None:
        if event == "call":
            name = frame.f_code.co_qualname
            calls[name] = calls.get(name, 0) + 1

    sys.setprofile(count)
    try:
        result = await schema.execute(document, root_value={"rows": rows})
    finally:
        sys.setprofile(None)
    assert result.data == {"rows": rows}
    assert {name: times for name, times in calls.items() if times >= MANY} == {}


async def test_a_default_resolver_of_another_kind_is_called_for_each_value() -> None:
    asked: list[str] = []

    def loud(row: Any, name: str) -> Any:
        asked.append(name)
        return row[name.upper()]

    @strawberry.type
    class Loud:
        word: str
        other: str | None

    await answers(
        EngineSchema(Loud, config=StrawberryConfig(default_resolver=loud)),
        "{ word other again: word }",
        {"word": "w", "other": None, "again": "w"},
        root=lambda: {"WORD": "w", "OTHER": None},
    )
    assert sorted(asked) == ["other"] * 3 + ["word"] * 6


async def test_a_plan_leaves_nothing_of_a_request_behind() -> None:
    class Kept:
        pass

    document = "{ rows { name } word }"
    kept = Kept()
    await schema.execute(document, context_value=kept, root_value=ROOT)
    gc.collect()
    assert [each for each in gc.get_referrers(kept) if each is not sys._getframe()] == []


async def test_many_documents_are_not_all_kept() -> None:
    fresh = schema_of()
    for index in range(DOCUMENTS_MAX + 20):
        result = await fresh.execute(f"{{ a{index}: word }}", root_value=ROOT)
        assert result.data == {f"a{index}": "yes"}
    assert len(fresh._operations) == DOCUMENTS_MAX
    await answers(fresh, "{ a0: word }", {"a0": "yes"}, root=root)


async def test_a_document_that_is_too_long_is_answered_and_not_kept() -> None:
    fresh = schema_of()
    names = [f"alias_number_{index}" for index in range(DOCUMENT_CHARACTERS_MAX // 20)]
    document = "{ " + " ".join(f"{name}: word" for name in names) + " }"
    assert len(document) > DOCUMENT_CHARACTERS_MAX
    await answers(fresh, document, dict.fromkeys(names, "yes"), root=root)
    assert len(fresh._operations) == 0


async def test_many_combinations_of_conditions_are_not_all_kept() -> None:
    names = [f"v{index}" for index in range(6)]
    declared = ", ".join(f"${name}: Boolean!" for name in names)
    fields = " ".join(
        f"{name}: word @{'skip' if index % 2 else 'include'}(if: ${name})" for index, name in enumerate(names)
    )
    document, fresh = f"query Q({declared}) {{ {fields} }}", schema_of()
    for bits in range(2 ** len(names)):
        given = {name: bool(bits >> index & 1) for index, name in enumerate(names)}
        result = await fresh.execute(document, given, root_value=ROOT)
        expected = {name: "yes" for index, name in enumerate(names) if given[name] is not bool(index % 2)}
        assert (result.data, result.errors) == (expected, None)
    (operation,) = fresh._operations._kept.values()
    assert len(operation._plans) == PLANS_MAX < 2 ** len(names)
