"""Relations between types: each declared once, with a load function that answers for a whole level."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import nullcontext
from typing import Any

from domain.policy import Resource
from graph import engine
from graph.context import Context
from graph.engine import Call, LevelLoader, Load
from graph.limits import ListSize
from graph.permissions import Row, guarding, reading
from graph.telemetry import current_record
from persistence.snapshot import Snapshot

__all__ = ["LoadFunction", "Loader", "load_many", "load_one", "relation"]

LoadFunction = Callable[..., Awaitable[list[Any]]]
"""Takes the snapshot, the keys of a level and the field's arguments; gives one result for each key."""


class Loader(LevelLoader):
    """Calls a load function with the operation's snapshot."""

    def __init__(self, context: Context, load: LoadFunction, *arguments: Any) -> None:
        super().__init__()
        self._context = context
        self._function = load
        self._arguments = arguments

    async def batch_load_fn(self, keys: Sequence[Any]) -> list[Any]:
        """The results in the order of the keys."""
        snapshot: Snapshot = self._context.snapshot
        record = current_record()
        around = None if record is None else record.around_batch
        with nullcontext() if around is None else around(self._function.__name__.lstrip("_"), len(keys)):
            results: list[Any] = await self._function(snapshot, list(keys), *self._arguments)
        return results


async def load_many(context: Context, load: LoadFunction, keys: Sequence[Any]) -> list[Any]:
    """The results for several keys, loaded together."""
    results = await context.loader((load,), Loader, load).load_level(keys)
    for result in results:
        if isinstance(result, Exception):
            raise result
    return results


async def load_one(context: Context, load: LoadFunction, key: Any) -> Any:
    """The result for one key."""
    return (await load_many(context, load, [key]))[0]


def relation(
    load: LoadFunction,
    key: Callable[[Row], Any],
    description: str,
    *,
    protects: Resource | None = None,
    about: str | None = None,
    shape: Callable[[Any], Any] | None = None,
    arguments: Callable[..., Any] | None = None,
    size: int | None = None,
) -> Any:
    """A field that leads to other rows.

    Args:
        load: Answers for a whole level.
        key: The key of a row; None where there is nothing to load.
        description: What the field is; the sentence on who may see it is added.
        protects: What the loaded rows belong to, where some viewers may not see them: null for those.
        about: The column with the member whom the row is about.
        shape: Makes the field's value of what was loaded.
        arguments: A function whose parameters are the field's arguments; what it returns goes to `load` after the keys.
        size: How many rows a list is taken for when the cost of an operation is counted; None for the usual.
    """

    def begin(call: Call) -> Load:
        asked = () if arguments is None else (call.request,)
        loader = call.context.loader((load, *asked), Loader, load, *asked)
        return Load(loader) if shape is None else Load(loader, lambda _, found: shape(found))

    sizes = [] if size is None else [ListSize(assumed_size=size)]
    if protects is None:
        return engine.relation(key, begin, arguments=arguments, description=description, directives=sizes)
    options = reading(protects, description)
    options["directives"] = [*options["directives"], *sizes]
    return engine.relation(key, begin, guard=guarding(protects, about), arguments=arguments, **options)
