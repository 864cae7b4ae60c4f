"""Interfaces and unions: of which type a value is, what is selected of it, and values that are of none."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Annotated, Any

import pytest
import strawberry
from strawberry.schema.config import StrawberryConfig

from graph.engine import Call, EngineSchema, LevelLoader, item, relation
from tests.graph.engine.test_cases_reference import answers, any_of, problem

Row = dict[str, Any]


class Beings(LevelLoader):
    """Beings by name; those that nobody knows are null."""

    async def batch_load_fn(self, keys: list[str]) -> list[Any]:
        return [BEINGS.get(key) for key in keys]


def by_name(call: Call) -> LevelLoader:
    return call.context


@strawberry.interface
class Being:
    name: str
    friend: Being | None = relation(lambda row: row.get("friend"), by_name)

    @classmethod
    def resolve_type(cls, row: Row, _info: Any, _type: Any) -> Any:
        return row["type"]


@strawberry.interface
class Slow:
    name: str

    @classmethod
    async def resolve_type(cls, row: Row, _info: Any, _type: Any) -> Any:
        await asyncio.sleep(0)
        return row["type"]


def made_for(name: str) -> Callable[[Any, Any], bool]:
    return lambda row, _info: row["type"] == name


@strawberry.type
class Cat(Being, Slow):
    name: str
    lives: int
    enemy: Dog | None = relation(lambda row: row.get("friend"), by_name)
    is_type_of = staticmethod(made_for("Cat"))


@strawberry.type
class Dog(Being, Slow):
    name: str
    loud: bool
    is_type_of = staticmethod(made_for("Dog"))


@strawberry.type
class Stone:
    weight: int
    is_type_of = staticmethod(made_for("Stone"))


Pet = Annotated[Cat | Dog, strawberry.union("Pet")]
Thing = Annotated[Cat | Stone, strawberry.union("Thing")]


@strawberry.type
class Query:
    being: Being | None
    beings: list[Being | None]
    sure: list[Being] | None
    slow: list[Slow | None]
    pets: list[Pet | None]
    thing: Thing | None
    things: list[Thing] | None
    cat: Cat | None
    cats: list[Cat | None]


schema = EngineSchema(Query, types=[Cat, Dog, Stone], config=StrawberryConfig(default_resolver=item))
TOM: Row = {"type": "Cat", "name": "Tom", "lives": 9, "friend": "Rex"}
REX: Row = {"type": "Dog", "name": "Rex", "loud": True, "friend": "Tom"}
ZOE: Row = {"type": "Cat", "name": "Zoe", "lives": 3, "friend": "nobody"}
BEINGS = {"Tom": TOM, "Rex": REX, "Zoe": ZOE}
ROCK: Row = {"type": "Stone", "weight": 7}


def root(**columns: Any) -> dict[str, Any]:
    return {"context": Beings, "root": lambda: columns}


@pytest.mark.parametrize("field", ["beings", "slow", "pets"])
async def test_members_of_a_list_are_each_of_their_type(field: str) -> None:
    await answers(
        schema,
        f"""{{ {field} {{
            kind: __typename
            ... on Being {{ name }}
            ... on Cat {{ lives }}
            ... on Dog {{ loud friend {{ __typename name ... on Cat {{ lives }} }} }}
        }} }}""",
        {
            field: [
                {"kind": "Cat", "name": "Tom", "lives": 9},
                {
                    "kind": "Dog",
                    "name": "Rex",
                    "loud": True,
                    "friend": {"__typename": "Cat", "name": "Tom", "lives": 9},
                },
                None,
                {"kind": "Cat", "name": "Zoe", "lives": 3},
            ]
        },
        **root(**{field: [TOM, REX, None, ZOE]}),
    )


async def test_a_member_of_which_nothing_is_selected_is_empty() -> None:
    await answers(schema, "{ pets { ... on Dog { loud } } }", {"pets": [{}, {"loud": True}]}, **root(pets=[TOM, REX]))
    await answers(schema, "{ being { ... on Cat { lives } } }", {"being": {}}, **root(being=REX))


async def test_an_abstract_field_of_one_value_or_of_none() -> None:
    document = "{ being { name } thing { __typename ... on Stone { weight } } }"
    rock = {"__typename": "Stone", "weight": 7}
    await answers(schema, document, {"being": {"name": "Rex"}, "thing": rock}, **root(being=REX, thing=ROCK))
    await answers(schema, document, {"being": None, "thing": None}, **root(being=None, thing=None))


async def test_relations_of_an_interface_go_on_whatever_the_type() -> None:
    await answers(
        schema,
        "{ beings { friend { name friend { name __typename } } ... on Cat { enemy { loud } } } }",
        {
            "beings": [
                {"friend": {"name": "Rex", "friend": {"name": "Tom", "__typename": "Cat"}}, "enemy": {"loud": True}},
                {"friend": {"name": "Tom", "friend": {"name": "Rex", "__typename": "Dog"}}},
                {"friend": None, "enemy": None},
            ]
        },
        **root(beings=[TOM, REX, ZOE]),
    )


async def test_a_fragment_counts_where_its_type_is_that_of_the_value_or_above_it() -> None:
    document = """
    { beings { ...OnSlow ...OnPet ... on Thing { ... on Cat { thing: name } } } }
    fragment OnSlow on Slow { slow: name }
    fragment OnPet on Pet { ... on Dog { dog: name } ... on Being { being: name } }
    """
    await answers(
        schema,
        document,
        {"beings": [{"slow": "Tom", "being": "Tom", "thing": "Tom"}, {"slow": "Rex", "dog": "Rex", "being": "Rex"}]},
        **root(beings=[TOM, REX]),
    )


@pytest.mark.parametrize("field", ["beings", "slow"])
@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("Unicorn", "Abstract type '{type}' was resolved to a type 'Unicorn' that does not exist inside the schema."),
        ("Stone", "Runtime Object type 'Stone' is not a possible type for '{type}'."),
        ("Pet", "Abstract type '{type}' was resolved to a non-object type 'Pet'."),
        ("Int", "Abstract type '{type}' was resolved to a non-object type 'Int'."),
        (
            None,
            (
                "{must} for field 'Query.{field}'. Either the '{type}' type should provide a 'resolve_type' function"
                " or each possible type should provide an 'is_type_of' function."
            ),
        ),
        (
            7,
            (
                "{must} for field 'Query.{field}' with value {{'type': 7}}, received '7',"
                " which is not a valid Object type name."
            ),
        ),
    ],
)
async def test_a_value_of_no_possible_type_is_an_error_in_its_place(field: str, given: Any, message: str) -> None:
    kind = {"beings": "Being", "slow": "Slow"}[field]
    must = f"Abstract type '{kind}' must resolve to an Object type at runtime"
    message = message.format(type=kind, field=field, must=must)
    await answers(
        schema,
        f"{{ {field} {{ name }} }}",
        {field: [{"name": "Tom"}, None, {"name": "Rex"}]},
        problem(message, f"{field}.1", (1, 3)),
        **root(**{field: [TOM, {"type": given}, REX]}),
    )


async def test_a_type_that_cannot_be_told_is_an_error_in_its_place() -> None:
    await answers(
        schema,
        "{ beings { name } slow { name } sure { name } }",
        {"beings": [None, {"name": "Tom"}], "slow": [{"name": "Tom"}, None], "sure": None},
        problem("'type'", "beings.0", (1, 3)),
        problem("'type'", "slow.1", (1, 19)),
        any_of(problem("'type'", "sure.0", (1, 33)), problem("'type'", "sure.2", (1, 33))),
        **root(beings=[{}, TOM], slow=[TOM, {}], sure=[{}, TOM, {}]),
    )


async def test_an_object_of_another_type_is_an_error_in_its_place() -> None:
    message = "Expected value of type 'Cat' but got: {'type': 'Dog', 'name': 'Rex', 'loud': True, 'friend': 'Tom'}."
    await answers(
        schema,
        "{ cat { name } cats { name } }",
        {"cat": None, "cats": [{"name": "Tom"}, None, None]},
        problem(message, "cat", (1, 3)),
        problem(message, "cats.1", (1, 16)),
        **root(cat=REX, cats=[TOM, REX, None]),
    )


async def test_a_member_of_no_type_of_a_union_is_an_error_in_its_place() -> None:
    field = 'The type "<class \'dict\'>" cannot be resolved for the field "{}" , are you using a strawberry.field?'
    await answers(
        schema,
        "{ pets { __typename } thing { __typename } things { __typename } }",
        {"pets": [{"__typename": "Cat"}, None, {"__typename": "Dog"}], "thing": None, "things": None},
        problem(field.format("pets"), "pets.1", (1, 3)),
        problem(field.format("thing"), "thing", (1, 23)),
        problem(field.format("things"), "things.1", (1, 44)),
        **root(pets=[TOM, ROCK, REX], thing=REX, things=[ROCK, REX]),
    )


async def test_errors_of_members_stand_where_the_members_are() -> None:
    await answers(
        schema,
        "{ beings { name ... on Cat { lives } ... on Dog { loud } } sure { name } }",
        {"beings": [None, {"name": "Rex", "loud": True}, None], "sure": None},
        problem("Cannot return null for non-nullable field Cat.lives.", "beings.0.lives", (1, 30)),
        problem("Cannot return null for non-nullable field Dog.name.", "beings.2.name", (1, 12)),
        problem("Cannot return null for non-nullable field Query.sure.", "sure.1", (1, 60)),
        **root(beings=[{**TOM, "lives": None}, REX, {**REX, "name": None}], sure=[TOM, None]),
    )


@strawberry.interface
class Shape:
    sides: int


@strawberry.type
class Square(Shape):
    edge: float


@strawberry.type
class Circle(Shape):
    radius: float


@strawberry.type
class Shapes:
    @strawberry.field
    def shapes(self) -> list[Shape]:
        return [Circle(sides=0, radius=1.5), Square(sides=4, edge=2.0), Circle(sides=0, radius=0.5)]

    @strawberry.field
    def either(self, *, is_square: bool) -> Square | Circle:
        return Square(sides=4, edge=1.0) if is_square else Circle(sides=0, radius=1.0)

    @strawberry.field
    def wrong(self) -> Square | Circle | None:
        return Stone(weight=1)  # type: ignore[return-value] - the point


async def test_objects_of_strawberry_types_are_what_they_are() -> None:
    await answers(
        EngineSchema(Shapes, types=[Square, Circle]),
        """{
          shapes { __typename sides ... on Circle { radius } ... on Square { edge } }
          square: either(isSquare: true) { ... on Shape { sides } ... on Square { edge } }
          circle: either(isSquare: false) { __typename ... on Square { edge } }
        }""",
        {
            "shapes": [
                {"__typename": "Circle", "sides": 0, "radius": 1.5},
                {"__typename": "Square", "sides": 4, "edge": 2.0},
                {"__typename": "Circle", "sides": 0, "radius": 0.5},
            ],
            "square": {"sides": 4, "edge": 1.0},
            "circle": {"__typename": "Circle"},
        },
    )
    result = await answers(
        EngineSchema(Shapes, types=[Square, Circle, Stone]),
        "{ __typename wrong { __typename } }",
        {"__typename": "Shapes", "wrong": None},
        any_of(*(problem(UNALLOWED.format(names), "wrong", (1, 14)) for names in (SQUARE_FIRST, CIRCLE_FIRST))),
    )
    assert result.data["wrong"] is None


UNALLOWED = (
    'The type "<class \'tests.graph.engine.test_cases_abstract.Stone\'>" of the field "wrong" is not in the list of'
    ' the types of the union: "[{}]"'
)
SQUARE_FIRST = "'Square', 'Circle'"
CIRCLE_FIRST = "'Circle', 'Square'"
