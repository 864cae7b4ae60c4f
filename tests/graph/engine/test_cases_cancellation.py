"""An operation that is cancelled cancels what it waits for, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import gc
from typing import Any

import pytest
import strawberry

from graph.engine import Call, EngineSchema, LevelLoader, relation
from tests.graph.engine.test_cases_reference import answers, any_of, problem, quiet


class Waiting:
    """What was begun, what was cancelled, and what came to its end."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.cancelled: list[str] = []
        self.ended: list[str] = []
        self.gate = asyncio.Event()
        self.loader = Slow(self)

    async def wait(self, name: str) -> str:
        self.begun.append(name)
        try:
            await self.gate.wait()
        except asyncio.CancelledError:
            self.cancelled.append(name)
            raise
        self.ended.append(name)
        return name


class Slow(LevelLoader):
    """Loads nothing before the gate opens."""

    def __init__(self, waiting: Waiting) -> None:
        super().__init__()
        self.waiting = waiting

    async def batch_load_fn(self, keys: list[str]) -> list[Any]:
        await self.waiting.wait(f"load {','.join(keys)}")
        return [Part(name=key) for key in keys]


def slow(call: Call) -> LevelLoader:
    return call.context.loader


@strawberry.type
class Part:
    name: str
    next: Part | None = relation(lambda part: f"{part.name}+", slow)

    @strawberry.field
    async def later(self, info: strawberry.Info) -> str:
        return await info.context.wait(f"later {self.name}")

    @strawberry.field
    async def loaded(self, info: strawberry.Info) -> Part:
        return await info.context.loader.load(f"{self.name}*")

    @strawberry.field
    def broken(self) -> str:
        raise ValueError("broken")

    @strawberry.field
    async def later_broken(self) -> str:
        await asyncio.sleep(0)
        raise ValueError("later broken")


@strawberry.type
class Query:
    @strawberry.field
    def parts(self) -> list[Part]:
        return [Part(name="a"), Part(name="b")]

    @strawberry.field
    def part(self) -> Part | None:
        return Part(name="p")

    @strawberry.field
    async def slow(self, info: strawberry.Info) -> Part:
        await info.context.wait("slow")
        return Part(name="s")


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def first(self, info: strawberry.Info) -> Part:
        await info.context.wait("first")
        return Part(name="f")

    @strawberry.mutation
    async def second(self, info: strawberry.Info) -> str:
        return await info.context.wait("second")


schema = EngineSchema(Query, Mutation)


async def begun(document: str) -> tuple[Waiting, asyncio.Task[Any], set[asyncio.Task[Any]]]:
    """The operation, come to where it waits."""
    waiting, before = Waiting(), asyncio.all_tasks()
    task = asyncio.create_task(schema.execute(document, context_value=waiting))
    await quiet()
    assert not task.done()
    return waiting, task, before


CASES = {
    "{ parts { later } }": ["later a", "later b"],
    "{ parts { next { name } } }": ["load a+,b+"],
    "{ parts { later next { name } } }": None,
    "{ parts { next { name } later loaded { name } } slow { name } }": None,
    "{ parts { loaded { name } } }": ["load a*,b*"],
    "{ slow { name later } }": ["slow"],
    "mutation { first { later } second }": ["first"],
}


@pytest.mark.parametrize(("document", "waits"), CASES.items())
async def test_what_is_waited_for_is_cancelled_with_the_operation(document: str, waits: list[str] | None) -> None:
    waiting, task, before = await begun(document)
    if waits is not None:
        assert sorted(waiting.begun) == waits
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    # A loader's own batch is no part of the operation: it was begun by whoever asked for a key.
    own = [each for each in waiting.begun if "*" not in each]
    await quiet()
    assert sorted(each for each in waiting.cancelled if "*" not in each) == sorted(own)
    assert waiting.ended == []
    waiting.gate.set()
    assert await quiet() <= before
    assert sorted(each for each in waiting.ended) == sorted(each for each in waiting.begun if "*" in each)
    gc.collect()


async def test_an_operation_that_is_cancelled_before_it_begins_leaves_nothing() -> None:
    before, waiting = asyncio.all_tasks(), Waiting()
    task = asyncio.create_task(schema.execute("{ parts { later next { later } } }", context_value=waiting))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert waiting.begun == []
    assert await quiet() <= before
    gc.collect()


@pytest.mark.parametrize("turns", range(12))
async def test_an_operation_may_be_cancelled_at_any_turn(turns: int) -> None:
    before, waiting = asyncio.all_tasks(), Waiting()
    waiting.gate.set()
    document = "{ slow { later next { later loaded { next { name } } } } parts { later loaded { later } } }"
    task = asyncio.create_task(schema.execute(document, context_value=waiting))
    for _ in range(turns):
        await asyncio.sleep(0)
    task.cancel()
    done = (await asyncio.gather(task, return_exceptions=True))[0]
    assert isinstance(done, asyncio.CancelledError) or done.errors is None
    assert await quiet() <= before
    gc.collect()


async def test_what_was_cancelled_may_be_asked_again() -> None:
    waiting, task, _ = await begun("{ parts { next { name } } }")
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    waiting.gate.set()
    result = await asyncio.wait_for(schema.execute("{ parts { next { name } } }", context_value=waiting), 5)
    assert (result.errors, result.data) == (None, {"parts": [{"next": {"name": "a+"}}, {"next": {"name": "b+"}}]})


async def test_a_time_limit_around_an_operation_ends_it() -> None:
    waiting, before = Waiting(), asyncio.all_tasks()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await schema.execute("{ parts { later next { name } } slow { name } }", context_value=waiting)
    assert sorted(waiting.cancelled) == sorted(waiting.begun)
    assert await quiet() <= before
    gc.collect()


async def test_a_resolver_that_is_cancelled_from_within_ends_the_operation() -> None:
    @strawberry.type
    class Gone:
        @strawberry.field
        async def gone(self) -> str | None:
            raise asyncio.CancelledError

        @strawberry.field
        async def other(self) -> str | None:
            await asyncio.sleep(0)
            return "other"

    before = asyncio.all_tasks()
    for document in ("{ gone }", "{ gone other }", "{ other gone }"):
        for execute in (strawberry.Schema.execute, EngineSchema.execute):
            with pytest.raises(asyncio.CancelledError):
                await execute(EngineSchema(Gone), document)
    assert await quiet() <= before
    gc.collect()


async def test_what_is_awaited_beside_an_error_leaves_no_task() -> None:
    def open_gate() -> Waiting:
        waiting = Waiting()
        waiting.gate.set()
        return waiting

    document = "{ part { later broken next { name later } laterBroken loaded { name } } }"
    await answers(
        schema,
        document,
        {"part": None},
        any_of(problem("broken", "part.broken", (1, 16)), problem("later broken", "part.laterBroken", (1, 43))),
        context=open_gate,
    )
    gc.collect()
