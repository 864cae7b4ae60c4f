"""Relations: what is loaded, how often and for which keys, and who is asked first."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import strawberry
from strawberry.schema.config import StrawberryConfig

from graph.engine import Call, EngineSchema, LevelLoader, Load, computed, item, relation
from tests.graph.engine.test_cases_reference import Problem, answers, no_null, problem

Row = dict[str, Any]


class People(LevelLoader):
    """People by number; each call is kept."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world, self.calls = world, []

    async def batch_load_fn(self, keys: list[int]) -> list[Any]:
        self.calls.append(list(keys))
        await asyncio.sleep(0)
        return [self.world.people.get(key) for key in keys]


@dataclass
class World:
    """One request: its people, their loaders, and who was asked what."""

    people: dict[int, Row]
    asked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.loader, self.other = People(self), People(self)

    @property
    def calls(self) -> list[list[int]]:
        return self.loader.calls


def people(call: Call) -> LevelLoader:
    call.context.asked.append(f"load {call.parent_type}.{call.field_name}")
    return call.context.loader


def allowed(call: Call) -> bool:
    call.context.asked.append(f"allow {call.field_name}")
    return True


def refused(call: Call) -> bool:
    call.context.asked.append(f"allow {call.field_name}")
    return False


def forbidden(call: Call) -> bool:
    raise PermissionError(f"{call.field_name} is forbidden")


def open_to(call: Call, row: Row) -> bool:
    call.context.asked.append(f"guard {call.field_name} {row['id']}")
    if row.get("hidden") == "loudly":
        raise PermissionError(f"{row['id']} is hidden")
    return not row.get("hidden")


def boss_of(row: Row) -> int | None:
    return row.get("boss")


@strawberry.type
class Person:
    id: int
    boss: Person | None = relation(boss_of, people)
    also_boss: Person | None = relation(boss_of, people)
    other_boss: Person | None = relation(boss_of, lambda call: call.context.other)
    short: str | None = relation(boss_of, lambda call: Load(people(call), lambda key, found: f"{key}:{found['id']}"))
    open: Person | None = relation(boss_of, people, allow=allowed)
    shut: Person | None = relation(boss_of, people, allow=refused)
    banned: Person | None = relation(boss_of, people, allow=forbidden)
    watched: Person | None = relation(boss_of, people, guard=open_to)
    both: Person | None = relation(boss_of, people, allow=allowed, guard=open_to)
    sure_watched: Person = relation(boss_of, people, guard=open_to)
    secret: int | None = computed(lambda row: row["id"] * 100, guard=open_to)
    public: int | None = computed(lambda row: row["id"] * 10, allow=allowed)
    private: int | None = computed(lambda row: row["id"] * 10, allow=refused)
    outlawed: int | None = computed(lambda row: row["id"], allow=forbidden)

    @strawberry.field
    async def loaded(self: Any, info: strawberry.Info) -> Person | None:
        """The boss by an ordinary resolver, from the same loader."""
        return await info.context.loader.load(self["boss"])


@strawberry.type
class Query:
    people: list[Person | None]

    @strawberry.field
    async def by_id(self, info: strawberry.Info, ids: list[int]) -> list[Person | None]:
        return await info.context.loader.load_many(ids)


schema = EngineSchema(Query, config=StrawberryConfig(default_resolver=item))
PEOPLE = {
    1: {"id": 1, "boss": 7},
    2: {"id": 2, "boss": 8},
    3: {"id": 3, "boss": 7},
    4: {"id": 4, "boss": None},
    5: {"id": 5, "boss": 404},
    7: {"id": 7, "boss": 9},
    8: {"id": 8, "boss": 9},
    9: {"id": 9, "boss": None},
}


def world_of(**changes: Row) -> World:
    return World({**PEOPLE, **{int(name[1:]): {**PEOPLE[int(name[1:])], **row} for name, row in changes.items()}})


async def asked(
    document: str,
    ids: list[int | None],
    data: Any,
    *problems: Problem,
    calls: list[list[int]] | None = None,
    make: Callable[[], World] = world_of,
) -> World:
    """The answer on both, and the world after the engine's; `calls` are the loads that it took there."""
    worlds: list[World] = []

    def context() -> World:
        worlds.append(make())
        return worlds[-1]

    def root() -> Any:
        known = worlds[-1].people
        return {"people": [None if each is None else known[each] for each in ids]}

    await answers(schema, document, data, *problems, context=context, root=root)
    if calls is not None:
        assert [each.calls for each in worlds[1:]] == [calls] * 2
    return worlds[-1]


async def test_each_level_of_a_relation_is_loaded_once_with_each_key_once() -> None:
    await asked(
        "{ people { id boss { id boss { id } } } }",
        [1, 2, 3, 4, 5],
        {
            "people": [
                {"id": 1, "boss": {"id": 7, "boss": {"id": 9}}},
                {"id": 2, "boss": {"id": 8, "boss": {"id": 9}}},
                {"id": 3, "boss": {"id": 7, "boss": {"id": 9}}},
                {"id": 4, "boss": None},
                {"id": 5, "boss": None},
            ]
        },
        calls=[[7, 8, 404], [9]],
    )


async def test_aliases_and_other_fields_on_one_loader_share_what_it_knows() -> None:
    chief = {"id": 7}
    await asked(
        "{ people { a: boss { id } b: boss { id } alsoBoss { id } short } }",
        [1, 3],
        {"people": [{"a": chief, "b": chief, "alsoBoss": chief, "short": "7:7"}] * 2},
        calls=[[7]],
    )


async def test_what_one_level_loaded_the_next_does_not_load_again() -> None:
    loop = {1: {"id": 1, "boss": 2}, 2: {"id": 2, "boss": 1}, 3: {"id": 3, "boss": 2}}
    await asked(
        "{ people { id boss { id boss { id boss { id } } } } }",
        [1, 3],
        {"people": [{"id": first, "boss": {"id": 2, "boss": {"id": 1, "boss": {"id": 2}}}} for first in (1, 3)]},
        calls=[[2], [1]],
        make=lambda: World(loop),
    )


async def test_another_loader_is_asked_for_itself() -> None:
    world = await asked(
        "{ people { boss { id } otherBoss { id } } }",
        [1, 2],
        {"people": [{"boss": {"id": 7}, "otherBoss": {"id": 7}}, {"boss": {"id": 8}, "otherBoss": {"id": 8}}]},
        calls=[[7, 8]],
    )
    assert world.other.calls == [[7, 8]]


async def test_where_there_is_no_key_nothing_is_asked() -> None:
    world = await asked(
        "{ people { boss { id } } }",
        [4, None, 9],
        {"people": [{"boss": None}, None, {"boss": None}]},
        calls=[],
    )
    assert world.asked == []
    await asked("{ people { boss { boss { id } } } }", [], {"people": []}, calls=[])


async def test_a_level_is_opened_once_however_many_rows_it_has() -> None:
    world = await asked(
        "{ people { boss { boss { id } } } }",
        [1, 2, 3, 1, 2, 3],
        {"people": [{"boss": {"boss": {"id": 9}}}] * 6},
        calls=[[7, 8], [9]],
    )
    assert world.asked == ["load Person.boss", "load Person.boss"]


async def test_who_may_see_a_field_is_asked_once_for_a_level() -> None:
    world = await asked(
        "{ people { open { id open { id } } shut { id } public private } }",
        [1, 2, 3],
        {
            "people": [
                {"open": {"id": chief, "open": {"id": 9}}, "shut": None, "public": number, "private": None}
                for chief, number in ((7, 10), (8, 20), (7, 30))
            ]
        },
        calls=[[7, 8], [9]],
    )
    assert sorted(each for each in world.asked if each.startswith("allow")) == [
        "allow open",
        "allow open",
        "allow private",
        "allow public",
        "allow shut",
    ]


async def test_who_is_refused_by_an_error_has_it_in_every_row() -> None:
    await asked(
        "{ people { id banned { id } outlawed } }",
        [1, 2],
        {"people": [{"id": 1, "banned": None, "outlawed": None}, {"id": 2, "banned": None, "outlawed": None}]},
        *(problem("banned is forbidden", f"people.{row}.banned", (1, 15)) for row in range(2)),
        *(problem("outlawed is forbidden", f"people.{row}.outlawed", (1, 29)) for row in range(2)),
        calls=[],
    )


async def test_a_guard_is_asked_for_each_row_and_hidden_rows_are_not_loaded() -> None:
    def some_hidden() -> World:
        return world_of(n2={"hidden": "quietly"}, n3={"hidden": "loudly"})

    world = await asked(
        "{ people { watched { id } } }",
        [1, 2, 3, 5],
        {"people": [{"watched": {"id": 7}}, {"watched": None}, {"watched": None}, {"watched": None}]},
        problem("3 is hidden", "people.2.watched", (1, 12)),
        calls=[[7, 404]],
        make=some_hidden,
    )
    assert world.asked == [f"guard watched {number}" for number in (1, 2, 3, 5)] + ["load Person.watched"]
    await asked(
        "{ people { secret } }",
        [1, 2, 3],
        {"people": [{"secret": 100}, {"secret": None}, {"secret": None}]},
        problem("3 is hidden", "people.2.secret", (1, 12)),
        make=some_hidden,
    )


async def test_if_all_rows_are_hidden_nothing_is_loaded() -> None:
    world = await asked(
        "{ people { both { id } } }",
        [1, 2],
        {"people": [{"both": None}, {"both": None}]},
        calls=[],
        make=lambda: world_of(n1={"hidden": "quietly"}, n2={"hidden": "quietly"}),
    )
    assert world.asked == ["allow both", "guard both 1", "guard both 2"]


async def test_what_is_hidden_is_missing_where_it_must_not_be() -> None:
    await asked(
        "{ people { id sureWatched { id } } }",
        [1, 2, 3],
        {"people": [{"id": 1, "sureWatched": {"id": 7}}, None, None]},
        no_null("Person.sureWatched", "people.1.sureWatched", (1, 15)),
        problem("3 is hidden", "people.2.sureWatched", (1, 15)),
        make=lambda: world_of(n2={"hidden": "quietly"}, n3={"hidden": "loudly"}),
    )


async def test_what_an_ordinary_resolver_loaded_a_level_knows() -> None:
    await asked(
        "{ byId(ids: [7, 1]) { id boss { id } } }",
        [None],
        {"byId": [{"id": 7, "boss": {"id": 9}}, {"id": 1, "boss": {"id": 7}}]},
        calls=[[7, 1], [9]],
    )


async def test_what_a_level_loaded_an_ordinary_resolver_knows() -> None:
    await asked(
        "{ people { boss { boss { id } loaded { id } } } }",
        [1, 2],
        {"people": [{"boss": {"boss": {"id": 9}, "loaded": {"id": 9}}}] * 2},
        calls=[[7, 8], [9]],
    )
    await asked(
        "{ people { boss { id } loaded { id loaded { id } } } }",
        [1, 2],
        {"people": [{"boss": {"id": n}, "loaded": {"id": n, "loaded": {"id": 9}}} for n in (7, 8)]},
        calls=[[7, 8], [9]],
    )


@strawberry.interface
class Named:
    id: int
    head: Person | None = relation(boss_of, people)


@strawberry.type
class Clerk(Named):
    @classmethod
    def is_type_of(cls, row: Row, _info: Any) -> bool:
        return row["id"] % 2 == 1


@strawberry.type
class Cook(Named):
    @classmethod
    def is_type_of(cls, row: Row, _info: Any) -> bool:
        return row["id"] % 2 == 0


@strawberry.type
class Staff:
    staff: list[Named]


async def test_rows_of_several_types_load_through_one_cache() -> None:
    worlds: list[World] = []

    def context() -> World:
        worlds.append(world_of())
        return worlds[-1]

    await answers(
        EngineSchema(Staff, types=[Clerk, Cook], config=StrawberryConfig(default_resolver=item)),
        "{ staff { __typename head { id } } }",
        {
            "staff": [
                {"__typename": "Clerk", "head": {"id": 7}},
                {"__typename": "Cook", "head": {"id": 8}},
                {"__typename": "Clerk", "head": {"id": 7}},
            ]
        },
        context=context,
        root=lambda: {"staff": [PEOPLE[1], PEOPLE[2], PEOPLE[3]]},
    )
    for world in worlds[1:]:
        assert sorted(key for call in world.calls for key in call) == [7, 8]
        assert sorted(world.asked) == ["load Clerk.head", "load Cook.head"]
