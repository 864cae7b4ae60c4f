"""Many viewers of one schema: plans are shared, and nothing else is."""

import asyncio
import gc
import weakref
from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from itertools import product
from typing import Any, NewType

import pytest
import strawberry
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strawberry.schema.config import StrawberryConfig

from graph.engine import Call, EngineSchema, LevelLoader, computed, item, relation
from tests.graph.engine import library
from tests.graph.engine.compare import Answer, answer_of, differences, everything
from tests.graph.engine.documents import Operation, operations
from tests.graph.engine.rows import Context, Library

Json = NewType("Json", object)
JSON = strawberry.scalar(name="Json", serialize=lambda value: value, parse_value=lambda value: value)


class Viewer:
    """The context of a viewer who waits a little whenever something is loaded for him."""

    def __init__(self, name: str, turns: int = 0) -> None:
        self.name = name
        self.turns = turns
        self.loads = 0
        self.began = asyncio.Event()
        self._loader: Desks | None = None

    def desks(self) -> "Desks":
        self._loader = self._loader or Desks(self)
        return self._loader


class Desks(LevelLoader):
    """Desks that are the viewer's own, as is written on them."""

    def __init__(self, viewer: Viewer) -> None:
        super().__init__()
        self._viewer = viewer

    async def batch_load_fn(self, keys: Sequence[int]) -> list[Any]:
        self._viewer.loads += 1
        self._viewer.began.set()
        for _turn in range(self._viewer.turns):
            await asyncio.sleep(0)
        return [{"owner": self._viewer.name, "number": key} for key in keys]


@strawberry.input
class Paper:
    words: list[str]
    pages: list[list[int]] = strawberry.field(default_factory=list)
    margin: int = 1


PAPER = Paper(words=["two"])


def _spoil(words: list[str], paper: Paper, notes: Json | None = None) -> str:  # type: ignore[valid-type] # a scalar
    """What the arguments are, which are then spoiled for whoever gets them next."""
    seen = f"{words} {paper.words} {paper.pages} {paper.margin} {notes}"
    words.append("spoiled")
    paper.words.append("spoiled")
    paper.pages.append([0])
    paper.margin = 0
    if isinstance(notes, dict):
        notes["spoiled"] = True
    return seen


def _spoil_relation(words: list[str], paper: Paper, notes: Json | None = None) -> str:  # type: ignore[valid-type]
    return _spoil(words, paper, notes)


def _spoil_later(call: Call) -> Any:
    """Spoils the arguments that a call carries, as well as those that its function was given."""
    call.context.seen.append(f"{dict(call.arguments)} {call.request}")
    for value in call.arguments.values():
        if isinstance(value, list):
            value.append("later")
    return call.context.desks()


class Spoiler(Viewer):
    """A viewer who notes what his fields were given."""

    def __init__(self) -> None:
        super().__init__("spoiler")
        self.seen: list[str] = []


@strawberry.type
class Desk:
    owner: str
    number: int
    sign: str = computed(lambda row: f"{row['owner']}'s desk {row['number']}")
    next_desk: "Desk | None" = relation(lambda row: row["number"] + 1, lambda call: call.context.desks())
    spoiled: "Desk | None" = relation(lambda row: row["number"], _spoil_later, arguments=_spoil_relation)

    @strawberry.field
    async def whose(self, info: strawberry.Info, suffix: str = "") -> str:
        await asyncio.sleep(0)
        return f"{info.context.name}{suffix}"


@strawberry.type
class Query:
    desk: Desk = relation(lambda _root: 1, lambda call: call.context.desks())

    @strawberry.field
    def spoil(self, words: list[str], paper: Paper, notes: Json | None = None) -> str:  # type: ignore[valid-type]
        return _spoil(words, paper, notes)

    @strawberry.field
    def with_defaults(
        self,
        words: list[str] = ["one"],  # noqa: B006 - a default that is shared is what may go wrong
        paper: Paper = PAPER,
        number: int | None = strawberry.UNSET,
    ) -> str:
        return f"{_spoil(words, paper)} {number!r}"


def _desks() -> EngineSchema:
    return EngineSchema(query=Query, config=StrawberryConfig(default_resolver=item, scalar_map={Json: JSON}))


OWNERS = """
query ($deep: Boolean!, $suffix: String = "?", $short: Boolean = false) {
  desk {
    sign @skip(if: $short)
    whose(suffix: $suffix)
    nextDesk @include(if: $deep) { owner ...Further nextDesk { ...Further } }
  }
}
fragment Further on Desk { sign whose(suffix: $suffix) @include(if: $deep) }
"""


def _owned(name: str, variables: dict[str, Any]) -> dict[str, Any]:
    whose = f"{name}{variables.get('suffix', '?')}"
    desk: dict[str, Any] = {} if variables.get("short") else {"sign": f"{name}'s desk 1"}
    desk["whose"] = whose
    if variables["deep"]:
        further = {"sign": f"{name}'s desk 3", "whose": whose}
        desk["nextDesk"] = {"owner": name, "sign": f"{name}'s desk 2", "whose": whose, "nextDesk": further}
    return {"desk": desk}


async def test_viewers_who_take_turns_see_only_what_is_their_own() -> None:
    schema = _desks()

    async def look(number: int) -> None:
        viewer = Viewer(f"viewer {number}", turns=number % 7)
        variables: dict[str, Any] = {"deep": number % 2 == 0}
        if number % 3:
            variables["suffix"] = f" number {number}"
        if number % 5 == 0:
            variables["short"] = True
        result = await schema.execute(OWNERS, variables, context_value=viewer)
        assert result.errors is None
        assert result.data == _owned(viewer.name, variables)
        assert list(result.data["desk"]) == list(_owned(viewer.name, variables)["desk"])

    await asyncio.gather(*map(look, range(60)))
    assert schema.uncovered == {}


async def test_the_variables_of_one_request_are_not_those_of_the_next() -> None:
    schema = _desks()
    query = "query ($number: Int, $paper: Paper! = {words: []}) { withDefaults(number: $number, paper: $paper) }"
    given: list[tuple[dict[str, Any], str]] = [
        ({"number": 4, "paper": {"words": ["mine"], "pages": [[1]], "margin": 9}}, "['one'] ['mine'] [[1]] 9 None 4"),
        ({}, "['one'] [] [] 1 None UNSET"),
        ({"number": None}, "['one'] [] [] 1 None None"),
        ({"number": 5}, "['one'] [] [] 1 None 5"),
        ({}, "['one'] [] [] 1 None UNSET"),
    ]
    for variables, seen in given * 2:
        result = await schema.execute(query, variables, context_value=Viewer("anyone"))
        assert (result.data, result.errors) == ({"withDefaults": seen}, None)


async def test_every_combination_of_conditions_has_its_own_plan_however_many_there_are() -> None:
    schema = _desks()
    names = ("a", "b", "c", "d", "e", "f")
    query = f"""
        query ({" ".join(f"${name}: Boolean!" for name in names)}) {{
          desk {{ number {" ".join(f"{name}: number @include(if: ${name})" for name in names)} }}
        }}
    """
    for _time in range(2):
        for chosen in product((False, True), repeat=len(names)):
            result = await schema.execute(query, dict(zip(names, chosen, strict=True)), context_value=Viewer("anyone"))
            wanted = ["number", *(name for name, is_chosen in zip(names, chosen, strict=True) if is_chosen)]
            assert result.data is not None
            assert list(result.data["desk"]) == wanted


SPOILS = {
    "literals": ('{ spoil(words: ["a"], paper: {words: ["b"], pages: [[1]]}, notes: {deep: [1]}) }', {}),
    "aliases": (
        '{ spoil(words: ["a"], paper: {words: ["b"]}) again: spoil(words: ["a"], paper: {words: ["b"]}) }',
        {},
    ),
    "defaults": ("{ withDefaults again: withDefaults }", {}),
    "variables": (
        """query ($words: [String!]!, $paper: Paper!, $notes: Json) {
          spoil(words: $words, paper: $paper, notes: $notes)
        }""",
        {"words": ["a"], "paper": {"words": ["b"], "pages": [[1]]}, "notes": {"deep": [1]}},
    ),
    "defaults of variables": (
        """query ($words: [String!]! = ["a"], $paper: Paper! = {words: ["b"], pages: [[1]]}, $notes: Json = {deep: 1}) {
          spoil(words: $words, paper: $paper, notes: $notes)
        }""",
        {},
    ),
}


@pytest.mark.parametrize("how", SPOILS)
async def test_arguments_that_a_resolver_changes_are_new_for_the_next_run_of_the_plan(how: str) -> None:
    schema = _desks()
    query, variables = SPOILS[how]
    wanted = await strawberry.Schema.execute(_desks(), query, deepcopy(variables), context_value=Viewer("anyone"))
    assert wanted.errors is None
    assert "spoiled" not in str(wanted.data)
    for _time in range(3):
        result = await schema.execute(query, deepcopy(variables), context_value=Viewer("anyone"))
        assert (result.data, result.errors) == (wanted.data, None)


async def test_arguments_that_a_relation_changes_are_new_for_the_next_level_and_the_next_run() -> None:
    schema = _desks()
    spoiled = 'spoiled(words: ["a"], paper: {words: ["b"]}, notes: {deep: 1}) { number }'
    query = f"{{ desk {{ {spoiled} nextDesk {{ {spoiled} again: {spoiled} }} }} }}"
    seen = []
    for _time in range(3):
        viewer = Spoiler()
        result = await schema.execute(query, context_value=viewer)
        assert result.errors is None
        seen.append([each.split("} ")[-1] for each in viewer.seen])
    assert seen == [["['a'] ['b'] [] 1 {'deep': 1}"] * 3] * 3


async def test_the_variables_that_a_caller_gave_are_left_as_they_are() -> None:
    given = {"words": ["a"], "paper": {"words": ["b"], "pages": [[1]]}, "notes": None}
    kept = deepcopy(given)
    await _desks().execute(SPOILS["variables"][0], given, context_value=Viewer("anyone"))
    assert given == kept


async def test_a_request_that_is_cancelled_ends_at_once_and_leaves_the_others_alone() -> None:
    schema = _desks()
    cancelled, others = (
        Viewer("cancelled", turns=1_000_000),
        [Viewer(f"viewer {number}", number) for number in range(9)],
    )
    task = asyncio.create_task(schema.execute(OWNERS, {"deep": True}, context_value=cancelled))
    waiting = [asyncio.create_task(schema.execute(OWNERS, {"deep": True}, context_value=each)) for each in others]
    await cancelled.began.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    for viewer, result in zip(others, await asyncio.gather(*waiting), strict=True):
        assert (result.data, result.errors) == (_owned(viewer.name, {"deep": True}), None)
    assert asyncio.all_tasks() == {asyncio.current_task()}
    assert cancelled.loads == 1


async def test_nothing_of_a_request_is_kept_with_its_plan() -> None:
    schema = _desks()
    for variables in ({"deep": True, "suffix": "!"}, {"deep": False}):
        viewer = Viewer("someone")
        result = await schema.execute(OWNERS, variables, context_value=viewer)
        assert result.errors is None
        gone = weakref.ref(viewer)
        del viewer, result
        gc.collect()
        assert gone() is None


@dataclass(frozen=True)
class Visit:
    """One of several requests at once."""

    which: int
    table: bytes
    fault_percent: int
    cancelled_after: int | None

    def context(self) -> Context:
        """The viewer's context."""
        return Context(Library(self.table, self.fault_percent))


TOYS = library.schema()
REFERENCE = library.reference()
VISITS = st.builds(
    Visit,
    which=st.integers(0, 1),
    table=st.binary(min_size=48, max_size=48),
    fault_percent=st.sampled_from((0, 4)),
    cancelled_after=st.none() | st.integers(0, 6),
)


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


async def _visit(operation: Operation, visit: Visit) -> Answer | None:
    """The engine's answer; none for a visitor who was cancelled before he had it."""
    task = asyncio.ensure_future(_execute(TOYS, operation, visit.context()))
    if visit.cancelled_after is not None:
        for _turn in range(visit.cancelled_after):
            await asyncio.sleep(0)
        task.cancel()
    try:
        return await task
    except asyncio.CancelledError:
        assert visit.cancelled_after is not None
        return None


async def _execute(schema: strawberry.Schema, operation: Operation, context: Context) -> Answer:
    result = await schema.execute(
        operation.query, deepcopy(operation.variables), context_value=context, operation_name=operation.name
    )
    return answer_of(result, context)


async def _visit_together(drawn: list[Operation], visits: list[Visit]) -> None:
    found = await asyncio.gather(*(_visit(drawn[visit.which], visit) for visit in visits))
    assert asyncio.all_tasks() == {asyncio.current_task()}
    for visit, answer in zip(visits, found, strict=True):
        if answer is not None:
            operation = drawn[visit.which]
            alone = await _execute(library.schema(), operation, visit.context())
            possible = await everything(REFERENCE, operation, visit.context())
            assert differences(alone, answer, possible) == []


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(
    drawn=st.lists(operations(TOYS._schema, literals=library.LITERALS, faulty_variables=False), min_size=2, max_size=2),
    visits=st.lists(VISITS, min_size=2, max_size=8),
)
def test_requests_that_run_at_once_are_answered_as_if_each_were_alone(
    runner: asyncio.Runner, drawn: list[Operation], visits: list[Visit]
) -> None:
    runner.run(_visit_together(drawn, visits))
