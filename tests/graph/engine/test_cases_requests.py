"""What Strawberry answers and does around an operation stays so: refusals, rules, extensions and the log of errors."""

from __future__ import annotations

from typing import Any

import pytest
import strawberry
from graphql import GraphQLError
from strawberry.exceptions import MissingQueryError
from strawberry.extensions import AddValidationRules, MaskErrors, QueryDepthLimiter, SchemaExtension
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.exceptions import InvalidOperationTypeError
from strawberry.types.execution import PreExecutionError
from strawberry.types.graphql import OperationType

from graph.engine import EngineSchema, item
from tests.graph.engine.test_cases_plans import ROOT, Query, root, schema, schema_of
from tests.graph.engine.test_cases_reference import answers, as_problem, problem


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("{ rows { name ", "Syntax Error: Expected Name, found <EOF>."),
        ("", None),
        ("{ nothing }", "Cannot query field 'nothing' on type 'Query'."),
        ("{ rows }", "Field 'rows' of type '[Row!]!' must have a selection of subfields. Did you mean 'rows { ... }'?"),
        ("{ word(a: 1) }", "Unknown argument 'a' on field 'Query.word'."),
        ("{ ...F }", "Unknown fragment 'F'."),
        ("query A { word } query A { word }", "There can be only one operation named 'A'."),
        ("{ word @upper }", "Unknown directive '@upper'."),
    ],
)
async def test_a_document_with_errors_has_strawberrys_own_answer(document: str, message: str | None) -> None:
    if message is None:
        for execute in (strawberry.Schema.execute, EngineSchema.execute):
            with pytest.raises(MissingQueryError):
                await execute(schema, document)
        return
    reference = await strawberry.Schema.execute(schema, document)
    for _ in range(2):
        result = await schema.execute(document, root_value=ROOT)
        assert isinstance(result, PreExecutionError)
        assert (result.data, [error.message for error in result.errors or ()]) == (None, [message])
        assert [as_problem(error) for error in result.errors or ()] == [
            as_problem(error) for error in reference.errors or ()
        ]


async def test_an_operation_that_is_not_there_is_refused_as_by_strawberry() -> None:
    document = "query A { word } query B { rows { name } }"
    await answers(schema, document, {"word": "yes"}, operation="A", root=root)
    for name in ("C", None):
        told = []
        for execute in (strawberry.Schema.execute, EngineSchema.execute):
            try:
                result = await execute(schema, document, operation_name=name)
            except Exception as error:  # noqa: BLE001 - whatever it is, both do it
                told.append((type(error), str(error)))
            else:
                told.append((type(result), str(result.errors)))
        assert told[0] == told[1]
    await answers(schema, document, {"rows": [{"name": "a"}, {"name": "b"}]}, operation="B", root=root)


async def test_kinds_of_operations_that_are_not_allowed_are_refused_also_when_known() -> None:
    for _ in range(2):
        result = await schema.execute("mutation { change }", allowed_operation_types=[OperationType.MUTATION])
        assert result.data == {"change": "changed"}
        for execute in (strawberry.Schema.execute, EngineSchema.execute):
            with pytest.raises(InvalidOperationTypeError):
                await execute(schema, "mutation { change }", allowed_operation_types=[OperationType.QUERY])


async def test_rules_of_the_schema_hold_for_known_documents_as_well() -> None:
    limited = schema_of(extensions=[lambda: QueryDepthLimiter(max_depth=1), lambda: AddValidationRules([])])
    for _ in range(2):
        result = await limited.execute("{ rows { rows { rows { name } } } }", root_value=ROOT)
        assert result.data is None
        assert [error.message for error in result.errors or ()] == ["'anonymous' exceeds maximum operation depth of 1"]
        assert (await limited.execute("{ rows { name } }", root_value=ROOT)).data == {
            "rows": [{"name": "a"}, {"name": "b"}]
        }


async def test_an_extension_that_stands_around_execution_is_asked_each_time() -> None:
    told: list[str] = []

    class Around(SchemaExtension):
        def on_execute(self) -> Any:
            told.append("before")
            yield
            told.append("after")

        def get_results(self) -> dict[str, Any]:
            return {"told": len(told)}

    around = schema_of(extensions=[Around])
    for number in (1, 2):
        result = await around.execute("{ word }", root_value=ROOT)
        assert (result.data, result.extensions) == ({"word": "yes"}, {"told": 2 * number})
    assert around.uncovered.total() == 2


async def test_an_extension_that_stands_around_operations_is_asked_each_time() -> None:
    told: list[str] = []

    class Around(SchemaExtension):
        def on_operation(self) -> Any:
            told.append("before")
            yield
            told.append("after")

    around = schema_of(extensions=[Around])
    for number in (1, 2, 3):
        result = await around.execute("{ word }", root_value=ROOT)
        assert result.data == {"word": "yes"}
        assert told == ["before", "after"] * number


async def test_an_extension_that_hides_errors_hides_them_each_time() -> None:
    masking = schema_of(extensions=[MaskErrors])
    for _ in range(2):
        result = await masking.execute("{ rows { size } }", root_value={"rows": [{"size": ValueError("secret")}]})
        assert result.data == {"rows": [{"size": None}]}
        assert [error.message for error in result.errors or ()] == ["Unexpected error."]


async def test_an_operation_that_is_too_deep_has_an_answer() -> None:
    endless: dict[str, Any] = {"name": "a"}
    endless["rows"] = [endless]
    for depth in (20, 60, 120, 180):
        document = "{ " + "rows { " * depth + "name" + " }" * depth + " }"
        result = await schema.execute(document, root_value=endless)
        assert result.data is None or list(result.data) == ["rows"]


async def test_errors_are_handed_to_the_schema_once() -> None:
    told: list[list[str]] = []

    class Listening(EngineSchema):
        def process_errors(self, errors: list[GraphQLError], execution_context: Any = None) -> None:
            del execution_context
            told.append([error.message for error in errors])

    listening = Listening(Query, config=StrawberryConfig(default_resolver=item))
    for _ in range(2):
        result = await listening.execute("{ word }", root_value={"word": ValueError("no word")})
        assert result.data is None
    assert told == [["no word"], ["no word"]]
    await listening.execute("{ word ")
    await listening.execute("query Q($v: Int!) { word }")
    assert len(told) == 4


async def test_only_so_many_wrong_variables_are_told() -> None:
    @strawberry.type
    class Sum:
        @strawberry.field
        def total(self, numbers: list[int]) -> int:
            return sum(numbers)

    result = await answers(
        EngineSchema(Sum),
        "query Q($n: [Int!]!) { total(numbers: $n) }",
        None,
        *(
            problem(
                f"Variable '$n' has invalid value at [{index}]: Int cannot represent non-integer value: 'x'",
                None,
                (1, 9),
            )
            for index in range(50)
        ),
        problem("Too many errors processing variables, error limit reached. Execution aborted."),
        variables={"n": ["x"] * 60},
    )
    assert len(result.errors) == 51
