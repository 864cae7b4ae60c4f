"""@skip and @include wherever they may stand, and one document answered again with other variables."""

from __future__ import annotations

from typing import Any

import pytest
import strawberry

from graph.engine import EngineSchema
from tests.graph.engine.test_cases_reference import answers, problem


@strawberry.type
class Leaf:
    a: str = "a"
    b: str = "b"
    c: str = "c"


@strawberry.type
class Tree:
    a: str = "A"
    leaf: Leaf = strawberry.field(default_factory=Leaf)
    leaves: list[Leaf] = strawberry.field(default_factory=lambda: [Leaf(), Leaf(a="z")])


@strawberry.type
class Query:
    tree: Tree = strawberry.field(default_factory=Tree)
    word: str = "word"
    calls: strawberry.Private[list[str]] = strawberry.field(default_factory=list)

    @strawberry.field
    def called(self, name: str) -> str:
        self.calls.append(name)
        return name


schema = EngineSchema(Query)
CONSTANT = [
    ("@include(if: true)", True),
    ("@include(if: false)", False),
    ("@skip(if: false)", True),
    ("@skip(if: true)", False),
    ("@skip(if: false) @include(if: true)", True),
    ("@skip(if: true) @include(if: true)", False),
    ("@skip(if: false) @include(if: false)", False),
    ("@include(if: false) @skip(if: true)", False),
]
BOTH = [(skip, include) for skip in (True, False) for include in (True, False)]


async def answered(document: str, data: Any, *problems: Any, **options: Any) -> Any:
    return await answers(schema, document, data, *problems, root=Query, **options)


@pytest.mark.parametrize(("directive", "is_in"), CONSTANT)
async def test_a_constant_directive_says_whether_a_selection_counts(directive: str, *, is_in: bool) -> None:
    b = {"b": "b"} if is_in else {}
    await answered(f"{{ tree {{ leaf {{ a b {directive} c }} }} }}", {"tree": {"leaf": {"a": "a", **b, "c": "c"}}})
    await answered(
        f"{{ tree {{ leaf {{ a ... {directive} {{ b }} c }} }} }}", {"tree": {"leaf": {"a": "a", **b, "c": "c"}}}
    )
    await answered(
        f"{{ tree {{ leaf {{ a ... on Leaf {directive} {{ b }} c }} }} }}",
        {"tree": {"leaf": {"a": "a", **b, "c": "c"}}},
    )
    await answered(
        f"{{ tree {{ leaf {{ a ...F {directive} c }} }} }} fragment F on Leaf {{ b }}",
        {"tree": {"leaf": {"a": "a", **b, "c": "c"}}},
    )
    leaf = {"leaf": {"a": "a"}} if is_in else {}
    await answered(f"{{ tree {{ a leaf {directive} {{ a }} }} }}", {"tree": {"a": "A", **leaf}})
    tree = {"tree": {"a": "A"}} if is_in else {}
    await answered(f"{{ tree {directive} {{ a }} word }}", {**tree, "word": "word"})


@pytest.mark.parametrize(("skip", "include"), BOTH)
async def test_variables_are_looked_at_anew_for_each_request(*, skip: bool, include: bool) -> None:
    """The document is the same for all, so the plan of one is at hand for the next."""
    document = """
    query Q($skip: Boolean!, $include: Boolean!) {
      tree {
        a @skip(if: $skip)
        leaf { a @include(if: $include) b @skip(if: $skip) @include(if: $include) c }
        ...F @skip(if: $skip)
        ... @include(if: $include) { leaves { a } }
      }
    }
    fragment F on Tree { leaves { b c @include(if: $include) } }
    """
    for is_skipped, is_included in [(skip, include), *BOTH, (skip, include)]:
        tree: dict[str, Any] = {} if is_skipped else {"a": "A"}
        tree["leaf"] = {
            **({"a": "a"} if is_included else {}),
            **({"b": "b"} if is_included and not is_skipped else {}),
            "c": "c",
        }
        columns = ([] if is_skipped else ["b"]) + (["c"] if is_included and not is_skipped else [])
        columns += ["a"] if is_included else []
        if columns:
            tree["leaves"] = [
                {name: name for name in columns},
                {name: "z" if name == "a" else name for name in columns},
            ]
        await answered(document, {"tree": tree}, variables={"skip": is_skipped, "include": is_included})


async def test_a_variable_that_is_not_given_has_its_default() -> None:
    document = """
    query Q($no: Boolean = false, $yes: Boolean! = true) {
      tree { a @include(if: $no) leaf @skip(if: $yes) { a } }
      word
    }
    """
    nothing, both = {"tree": {}, "word": "word"}, {"tree": {"a": "A", "leaf": {"a": "a"}}, "word": "word"}
    await answered(document, nothing)
    await answered(document, both, variables={"no": True, "yes": False})
    await answered(document, nothing, variables={})
    await answered(document, {"tree": {"a": "A"}, "word": "word"}, variables={"no": True})


async def test_a_condition_may_not_be_null() -> None:
    document = "query Q($if: Boolean = true) { word tree { a @skip(if: $if) } }"
    await answered(document, {"word": "word", "tree": {}})
    message = (
        "Argument 'if' has invalid value: Expected variable '$if' provided to non-null type 'Boolean!' not to be None."
    )
    await answered(document, None, problem(message, "tree", (1, 56)), variables={"if": None}, is_covered=False)
    document = "query Q($if: Boolean = true) { word @skip(if: $if) tree { a } }"
    await answered(document, {"tree": {"a": "A"}})
    await answered(document, None, problem(message, None, (1, 47)), variables={"if": None}, is_covered=False)
    await answered(document, {"word": "word", "tree": {"a": "A"}}, variables={"if": False})


async def test_a_fragment_that_is_skipped_once_still_counts_where_it_is_not() -> None:
    fragment = "fragment F on Leaf { a b }"
    for spreads in ("...F @skip(if: true) ...F", "...F ...F @skip(if: true)", "...F @include(if: false) ... { ...F }"):
        await answered(f"{{ tree {{ leaf {{ {spreads} }} }} }} {fragment}", {"tree": {"leaf": {"a": "a", "b": "b"}}})
    document = f"""
    query Q($one: Boolean!, $two: Boolean!) {{ tree {{ leaf {{ ...F @skip(if: $one) c ...F @skip(if: $two) }} }} }}
    {fragment}
    """
    for one, two, keys in ((False, False, "abc"), (False, True, "abc"), (True, False, "cab"), (True, True, "c")):
        leaf = dict(zip(keys, keys, strict=True)) if keys != "abc" else {"a": "a", "b": "b", "c": "c"}
        await answered(document, {"tree": {"leaf": leaf}}, variables={"one": one, "two": two})


async def test_a_fragment_that_is_skipped_inside_a_skipped_one_does_not_count_as_seen() -> None:
    document = """
    query Q($outer: Boolean!) { tree { leaf { ...Outer @include(if: $outer) ...Inner } } }
    fragment Outer on Leaf { b ...Inner @skip(if: true) }
    fragment Inner on Leaf { a }
    """
    await answered(document, {"tree": {"leaf": {"b": "b", "a": "a"}}}, variables={"outer": True})
    await answered(document, {"tree": {"leaf": {"a": "a"}}}, variables={"outer": False})


async def test_a_field_counts_if_any_of_its_nodes_does() -> None:
    document = """
    query Q($v: Boolean!) {
      tree @skip(if: $v) { a }
      tree @include(if: $v) { leaf { a } }
      word
      tree { a @skip(if: $v) }
    }
    """
    await answered(document, {"tree": {"a": "A"}, "word": "word"}, variables={"v": False})
    await answered(document, {"tree": {"leaf": {"a": "a"}}, "word": "word"}, variables={"v": True})


async def test_a_selection_of_which_nothing_is_left_is_empty() -> None:
    await answered("{ tree @skip(if: true) { a } }", {})
    await answered(
        "{ tree { leaf { a @skip(if: true) } leaves { a @skip(if: true) } } }",
        {"tree": {"leaf": {}, "leaves": [{}, {}]}},
    )


async def test_what_is_skipped_is_not_resolved() -> None:
    document = """
    query Q($v: Boolean!) {
      a: called(name: "a") @skip(if: $v)
      ... @include(if: $v) { b: called(name: "b") }
      c: called(name: "c")
    }
    """
    for value, names in ((True, ["b", "c"]), (False, ["a", "c"]), (True, ["b", "c"])):
        root = Query()
        result = await schema.execute(document, {"v": value}, root_value=root)
        assert (result.errors, result.data) == (None, {name: name for name in names})
        assert root.calls == names


async def test_only_the_nodes_that_count_are_named_in_an_error() -> None:
    @strawberry.type
    class Broken:
        @strawberry.field
        def broken(self) -> str | None:
            raise ValueError("out of order")

    document = "query Q($v: Boolean!) { broken @skip(if: $v) broken broken @include(if: $v) }"
    first, second, third = (1, 25), (1, 46), (1, 53)
    broken = EngineSchema(Broken)
    for value, nodes in ((True, [second, third]), (False, [first, second]), (True, [second, third])):
        await answers(
            broken, document, {"broken": None}, problem("out of order", "broken", *nodes), variables={"v": value}
        )
