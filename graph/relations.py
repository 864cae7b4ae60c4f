"""Relations between types: each declared once, with a load function that answers for a whole level."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import strawberry
from aiodataloader import DataLoader

from domain.policy import Resource
from graph.context import Context
from graph.permissions import Info, Row, is_hidden, reading_field
from persistence.snapshot import Snapshot

__all__ = ["Load", "Loader", "load_one", "relation"]

Load = Callable[..., Awaitable[list[Any]]]
"""Takes the snapshot, the keys of a level and the field's arguments; gives one result for each key."""


class Loader(DataLoader[Any, Any]):
    """Gathers the keys of a level and calls the load function once."""

    def __init__(self, context: Context, load: Load, *arguments: Any) -> None:
        super().__init__()
        self._context = context
        self._load = load
        self._arguments = arguments

    async def batch_load_fn(self, keys: Sequence[Any]) -> list[Any]:
        """The results in the order of the keys."""
        snapshot: Snapshot = self._context.snapshot
        results: list[Any] = await self._load(snapshot, list(keys), *self._arguments)
        return results


async def load_one(context: Context, load: Load, key: Any, *arguments: Any) -> Any:
    """The result for one key, loaded with all others of the level that ask for the same."""
    return await context.loader((load, *arguments), Loader, load, *arguments).load(key)


def relation(
    load: Load,
    key: Callable[[Row], Any],
    description: str,
    *,
    protects: Resource | None = None,
    about: str | None = None,
    shape: Callable[[Any], Any] | None = None,
) -> Any:
    """A field that leads to other rows.

    Args:
        load: Answers for a whole level.
        key: The key of a row; None where there is nothing to load.
        description: What the field is; the sentence on who may see it is added.
        protects: What the loaded rows belong to, where some viewers may not see them: null for those.
        about: The column with the member whom the row is about.
        shape: Makes the field's value of what was loaded.
    """

    async def resolve(root: Row, info: Info):  # type: ignore[no-untyped-def]  # noqa: ANN202 - the type is the field's annotation
        if protects is not None and is_hidden(info, protects, root, about):
            return None
        wanted = key(root)
        found = None if wanted is None else await load_one(info.context, load, wanted)
        return found if shape is None or found is None else shape(found)

    if protects is None:
        return strawberry.field(resolver=resolve, description=description)
    return reading_field(protects, description, resolve)
