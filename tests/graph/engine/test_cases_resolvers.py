"""Fields with ordinary resolvers: what they may return and raise, what they are told, and beside what they stand."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import strawberry
from graphql import GraphQLError
from strawberry.extensions import FieldExtension
from strawberry.permission import BasePermission

from graph.engine import EngineSchema
from tests.graph.engine.test_cases_reference import answers, no_null, problem


class SpokenError(Exception):
    """An error whose sentence is not its argument."""

    @property
    def message(self) -> str:
        return "said otherwise"


ERRORS = {
    "plain": ValueError("plain"),
    "silent": ValueError(),
    "spoken": SpokenError("not this"),
    "extended": GraphQLError("extended", extensions={"code": "ODD"}),
    "placed": GraphQLError("placed", path=["elsewhere", 3]),
    "key": KeyError("key"),
}


class Nobody(BasePermission):
    message = "nobody may"

    async def has_permission(self, source: Any, info: Any, **kwargs: Any) -> bool:
        del source, info, kwargs
        return False


class Somebody(BasePermission):
    message = "somebody may"

    def has_permission(self, source: Any, info: Any, **kwargs: Any) -> bool:
        del source, info
        return kwargs["name"] == "somebody"


class Louder(FieldExtension):
    def resolve(self, next_: Any, source: Any, info: Any, **kwargs: Any) -> Any:
        return next_(source, info, **kwargs).upper()


class LaterLouder(FieldExtension):
    async def resolve_async(self, next_: Any, source: Any, info: Any, **kwargs: Any) -> Any:
        await asyncio.sleep(0)
        return (await next_(source, info, **kwargs)).upper()


async def later(value: Any, turns: int = 1) -> Any:
    for _ in range(turns):
        await asyncio.sleep(0)
    if isinstance(value, Exception):
        raise value
    return value


@strawberry.type
class Pupil:
    name: str

    @strawberry.field
    def greeting(self, word: str = "hello") -> str:
        return f"{word} {self.name}"

    @strawberry.field
    async def mate(self, name: str) -> Pupil | None:
        await asyncio.sleep(0)
        return Pupil(name=f"{name} of {self.name}")

    @strawberry.field
    def facts(self, info: strawberry.Info) -> list[str]:
        raw = info._raw_info
        asked = sorted(field.name for field in info.selected_fields[0].selections)
        return [
            info.field_name,
            info.python_name,
            raw.parent_type.name,
            str(raw.return_type),
            ".".join(map(str, info.path.as_list())),
            str(info.context),
            str(info.root_value),
            str(info.variable_values),
            raw.operation.name.value,
            ",".join(asked),
            str(len(raw.field_nodes)),
        ]


@strawberry.type
class Query:
    @strawberry.field
    def raising(self, what: str) -> str | None:
        raise ERRORS[what]

    @strawberry.field
    async def raising_later(self, what: str) -> str | None:
        return await later(ERRORS[what])

    @strawberry.field
    def returning(self, what: str) -> str | None:
        return ERRORS[what]  # type: ignore[return-value] - an error as a value

    @strawberry.field
    def promised(self) -> list[Pupil | None]:
        return [later(Pupil(name="a"), 2), Pupil(name="b"), later(None), later(ValueError("c")), later(Pupil(name="d"))]  # type: ignore[list-item]

    @strawberry.field
    def promised_all(self, *, is_bad: bool) -> list[str] | None:
        return [later("a", 3), "b", later(ValueError("c") if is_bad else "c")]  # type: ignore[list-item]

    @strawberry.field
    async def stream(self, *, is_bad: bool) -> list[str] | None:  # type: ignore[misc] - bit by bit
        yield "a"
        await asyncio.sleep(0)
        if is_bad:
            raise ValueError("dry")
        yield "b"

    @strawberry.field
    async def pupils(self, count: int) -> list[Pupil]:
        return [Pupil(name=f"p{index}") for index in range(count)]

    @strawberry.field
    def future_of_text(self) -> str:
        return asyncio.ensure_future(later("done"))  # type: ignore[return-value] - any awaitable will do

    @strawberry.field(permission_classes=[Nobody])
    def forbidden(self) -> str | None:
        return "secret"

    @strawberry.field(permission_classes=[Somebody])
    def private(self, name: str) -> str | None:
        return f"secret of {name}"

    @strawberry.field(extensions=[Louder()])
    def loud(self) -> str:
        return "loud"

    @strawberry.field(extensions=[LaterLouder()])
    async def later_loud(self) -> str:
        return "later"

    @strawberry.field(extensions=[Louder()])
    def too_loud(self) -> str | None:
        return 7  # type: ignore[return-value] - no text


schema = EngineSchema(Query)


@pytest.mark.parametrize("field", ["raising", "raisingLater", "returning"])
@pytest.mark.parametrize(
    ("what", "message"),
    [
        ("plain", "plain"),
        ("silent", ""),
        ("spoken", "said otherwise"),
        ("extended", "extended"),
        ("key", "'key'"),
    ],
)
async def test_an_error_is_told_in_its_words_at_its_place(field: str, what: str, message: str) -> None:
    result = await answers(schema, f'{{ it: {field}(what: "{what}") }}', {"it": None}, problem(message, "it", (1, 3)))
    assert (result.errors[0].extensions or {}) == ({"code": "ODD"} if what == "extended" else {})


@pytest.mark.parametrize("field", ["raising", "raisingLater", "returning"])
async def test_an_error_that_knows_its_place_keeps_it(field: str) -> None:
    await answers(schema, f'{{ {field}(what: "placed") }}', {field: None}, problem("placed", "elsewhere.3"))


async def test_promised_members_of_a_list_are_awaited_in_their_places() -> None:
    await answers(
        schema,
        "{ promised { name } }",
        {"promised": [{"name": "a"}, {"name": "b"}, None, None, {"name": "d"}]},
        problem("c", "promised.3", (1, 3)),
    )
    await answers(schema, "{ promisedAll(isBad: false) }", {"promisedAll": ["a", "b", "c"]})
    await answers(schema, "{ promisedAll(isBad: true) }", {"promisedAll": None}, problem("c", "promisedAll.2", (1, 3)))


async def test_a_list_may_come_bit_by_bit() -> None:
    await answers(schema, "{ stream(isBad: false) }", {"stream": ["a", "b"]})
    await answers(schema, "{ stream(isBad: true) }", {"stream": None}, problem("dry", "stream", (1, 3)))


async def test_any_awaitable_is_awaited() -> None:
    await answers(schema, "{ futureOfText }", {"futureOfText": "done"})


async def test_resolvers_of_a_level_are_awaited_together_and_keep_their_order() -> None:
    await answers(
        schema,
        """{ pupils(count: 3) {
          greeting
          mate(name: "x") { name mate(name: "y") { name } }
          again: greeting(word: "bye")
        } }""",
        {
            "pupils": [
                {
                    "greeting": f"hello p{index}",
                    "mate": {"name": f"x of p{index}", "mate": {"name": f"y of x of p{index}"}},
                    "again": f"bye p{index}",
                }
                for index in range(3)
            ]
        },
    )


async def test_a_resolver_is_told_where_it_stands() -> None:
    document = """query Facts($n: Int!) { list: pupils(count: $n) { which: facts facts: name ...More } }
    fragment More on Pupil { which: facts }"""

    def facts(index: int) -> list[str]:
        where = f"list.{index}.which"
        return ["facts", "facts", "Pupil", "[String!]!", where, "seven", "None", "{'n': 2}", "Facts", "", "2"]

    await answers(
        schema,
        document,
        {"list": [{"which": facts(index), "facts": f"p{index}"} for index in range(2)]},
        variables={"n": 2},
        context=lambda: "seven",
    )


async def test_permissions_of_a_field_are_asked() -> None:
    await answers(
        schema,
        '{ forbidden one: private(name: "somebody") other: private(name: "else") }',
        {"forbidden": None, "one": "secret of somebody", "other": None},
        problem("nobody may", "forbidden", (1, 3)),
        problem("somebody may", "other", (1, 44)),
    )


async def test_extensions_of_a_field_take_part() -> None:
    await answers(
        schema,
        "{ loud laterLoud tooLoud }",
        {"loud": "LOUD", "laterLoud": "LATER", "tooLoud": None},
        problem("'int' object has no attribute 'upper'", "tooLoud", (1, 18)),
    )


async def test_a_late_field_keeps_its_place_among_early_ones() -> None:
    await answers(
        schema,
        '{ laterLoud loud pupils(count: 1) { mate(name: "m") { name } name } none: pupils(count: 0) { name } }',
        {"laterLoud": "LATER", "loud": "LOUD", "pupils": [{"mate": {"name": "m of p0"}, "name": "p0"}], "none": []},
    )


async def test_a_missing_value_of_a_resolver_is_told_as_of_any_field() -> None:
    @strawberry.type
    class Empty:
        @strawberry.field
        def now(self) -> str:
            return None  # type: ignore[return-value] - the point

        @strawberry.field
        async def soon(self) -> str:
            return None  # type: ignore[return-value] - the point

    empty = EngineSchema(Empty)
    await answers(empty, "{ now }", None, no_null("Empty.now", "now", (1, 3)))
    await answers(empty, "{ a: soon }", None, no_null("Empty.soon", "a", (1, 3)))
