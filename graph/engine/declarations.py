"""How a schema declares fields that the engine answers level by level, and graphql-core from the same declaration."""

import asyncio
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import strawberry
from graphql import GraphQLObjectType

from graph.engine.loaders import LevelLoader

__all__ = [
    "DECLARATION",
    "WEIGHT",
    "WIRE_READY",
    "Call",
    "Computed",
    "Load",
    "Relation",
    "RowType",
    "check_of",
    "computed",
    "item",
    "relation",
    "wire_ready",
]

WIRE_READY = "graph_engine_wire_ready"

WEIGHT = "graph.engine.weight"
"""The key of what an object of a type weighs, in the type's extensions; 1 where there is none."""

DECLARATION = "graph.engine"
"""The key of a field's declaration in its metadata."""

Row = Any
"""Whatever the objects of a type are: a record, a mapping, an object."""


def item(row: Row, name: str) -> Any:
    """A default resolver for rows that are records or mappings: the column of the field's name."""
    return row[name]


def wire_ready(kind: type) -> Callable[[Callable[[Any], Any]], Callable[[Any], Any]]:
    """Says of a scalar's serialiser that it gives values of exactly this built-in class back as they are."""

    def mark(serialize: Callable[[Any], Any]) -> Callable[[Any], Any]:
        setattr(serialize, WIRE_READY, kind)
        return serialize

    return mark


class RowType:
    """Mixed into types whose values are rows: Python's own type says nothing of a row's, so nothing is asked of it."""

    @classmethod
    def is_type_of(cls, _value: Any, _info: Any) -> bool:
        """Rows come from where the field says, so they are what it says."""
        return True


def check_of(kind: GraphQLObjectType) -> Callable[[Any, Any], Any] | None:
    """What asks whether a value is of the type; None where it is certain."""
    check = kind.is_type_of
    certain = RowType.__dict__["is_type_of"].__func__
    return None if check is None or getattr(check, "__func__", None) is certain else check


@dataclass(frozen=True, slots=True)
class Call:
    """A field that is answered for a whole level.

    Attributes:
        context: The operation's context.
        arguments: The field's arguments by their Python names.
        parent_type: The type that has the field.
        field_name: The field's name in the schema.
        request: What the declaration's `arguments` made of the arguments.
    """

    context: Any
    arguments: Mapping[str, Any]
    parent_type: str
    field_name: str
    request: Any = None


@dataclass(frozen=True, slots=True)
class Load:
    """What a relation loads from at a level.

    Attributes:
        loader: The loader.
        shape: Makes the field's value of a key and what was found for it; None for what was found itself.
    """

    loader: LevelLoader
    shape: Callable[[Any, Any], Any] | None = None


Allow = Callable[[Call], bool]
Guard = Callable[[Call, Row], bool]


@dataclass(frozen=True, slots=True)
class Computed:
    """A field whose value is made of its row alone."""

    value: Callable[[Row], Any]
    allow: Allow | None = None
    guard: Guard | None = None

    @property
    def is_plain(self) -> bool:
        """Whether nobody is asked."""
        return self.allow is None and self.guard is None


@dataclass(frozen=True, slots=True)
class Relation:
    """A field that leads to other rows."""

    key: Callable[[Row], Any]
    load: Callable[[Call], Load | LevelLoader]
    allow: Allow | None = None
    guard: Guard | None = None
    arguments: Callable[..., Any] | None = None

    def begin(self, call: Call) -> Load:
        """What to load from at this level."""
        if self.arguments is not None:
            request = self.arguments(**call.arguments)
            call = Call(call.context, call.arguments, call.parent_type, call.field_name, request)
        load = self.load(call)
        return load if isinstance(load, Load) else Load(load)


def _call(info: Any, arguments: Mapping[str, Any]) -> Call:
    raw = info._raw_info  # noqa: SLF001 - nowhere else is the type's name
    return Call(info.context, arguments, raw.parent_type.name, raw.field_name)


def _is_open(declared: Computed | Relation, call: Call, row: Row) -> bool:
    if declared.allow is not None and not declared.allow(call):
        return False
    return declared.guard is None or declared.guard(call, row)


def computed(
    value: Callable[[Row], Any], *, allow: Allow | None = None, guard: Guard | None = None, **options: Any
) -> Any:
    """A field whose value is made of its row alone.

    Args:
        value: Makes the value; it may be called more than once for a row.
        allow: Asked once for the field at a level; null everywhere where it says no.
        guard: Asked for each row; null for those where it says no.
        options: What `strawberry.field` takes.
    """
    declared = Computed(value, allow, guard)

    def resolve(root, info: strawberry.Info):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202 - the field's annotation
        return value(root) if declared.is_plain or _is_open(declared, _call(info, {}), root) else None

    return strawberry.field(resolver=resolve, metadata={DECLARATION: declared}, **options)


def relation(
    key: Callable[[Row], Any],
    load: Callable[[Call], Load | LevelLoader],
    *,
    allow: Allow | None = None,
    guard: Guard | None = None,
    arguments: Callable[..., Any] | None = None,
    **options: Any,
) -> Any:
    """A field that leads to other rows.

    Args:
        key: The key of a row; None where there is nothing to load.
        load: Says from what to load at a level; asked once, and only where a row has a key.
        allow: Asked once for the field at a level; null everywhere where it says no.
        guard: Asked for each row; null for those where it says no, and nothing is loaded for them.
        arguments: A function whose parameters are the field's arguments; called once for a level, `load` finds what it
            returns as `Call.request`.
        options: What `strawberry.field` takes.
    """
    declared = Relation(key, load, allow, guard, arguments)

    async def resolve(root, info: strawberry.Info, **given):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN003, ANN202
        call = _call(info, given)
        if not _is_open(declared, call, root) or (wanted := key(root)) is None:
            return None
        if isinstance(wanted, Exception):
            raise wanted
        begun = declared.begin(call)
        # Whoever else waits for the key is not to lose it because this field was cancelled.
        found = await asyncio.shield(begun.loader.load(wanted))
        return found if begun.shape is None or found is None else begun.shape(wanted, found)

    _take_parameters(resolve, arguments)
    return strawberry.field(resolver=resolve, metadata={DECLARATION: declared}, **options)


def _take_parameters(resolve: Any, arguments: Callable[..., Any] | None) -> None:
    """Give the resolver the parameters of the arguments' function, which Strawberry reads the schema's from."""
    own = list(inspect.signature(resolve).parameters.values())[:2]
    given = [] if arguments is None else list(inspect.signature(arguments).parameters.values())
    given = [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in given]
    resolve.__signature__ = inspect.Signature([*own, *given])
    resolve.__annotations__ = {
        each.name: each.annotation for each in (*own, *given) if each.annotation is not each.empty
    }
    if arguments is not None:
        resolve.__module__ = arguments.__module__
