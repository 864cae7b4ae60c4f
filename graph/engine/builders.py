"""Row builders: for each selection one function, generated, that makes the answers of all objects of a level.

A builder knows the usual case alone, in which every value is one that may stand in the answer. For anything else it
raises, and the level is completed value by value instead (`graph.engine.completing`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLID,
    GraphQLInt,
    GraphQLString,
    Undefined,
)
from graphql.pyutils import inspect
from strawberry.types.scalar import identity

from graph.engine.declarations import WIRE_READY
from graph.engine.plan import FieldPlan, Leaf, Selection, Source

__all__ = ["finish", "leaf_writer"]

_INT_MIN, _INT_MAX = -(2**31), 2**31 - 1

# For values of exactly this class, the serialised form is the value itself.
_AS_IT_IS: dict[Any, str] = {
    GraphQLString: "{v}.__class__ is str",
    GraphQLID: "{v}.__class__ is str",
    GraphQLBoolean: "{v}.__class__ is bool",
    GraphQLInt: f"{{v}}.__class__ is int and {_INT_MIN} <= {{w}} <= {_INT_MAX}",
}


class _AmissError(Exception):
    """The usual case does not hold."""


def leaf_writer(leaf: Any) -> Callable[[Any], Any]:
    """What serialises a value of a leaf type, which is not null; raises for a value that is none of the type."""
    coerce = leaf.coerce_output_value

    def write(value: Any) -> Any:
        written = coerce(value)
        if written is None or written is Undefined:
            raise TypeError(
                f"Expected `{leaf}.coerce_output_value({inspect(value)})` to return non-nullable value,"
                f" returned: {inspect(written)}"
            )
        return written

    return write


def finish(selection: Selection, default_column: Callable[[str], tuple[str, Any]]) -> None:
    """Decide which fields are read from the objects, and generate the builder.

    Args:
        selection: The selection, with its fields.
        default_column: For a column's name, the expression that reads it from `o` and a function that does.
    """
    names: dict[str, Any] = {"UUID": UUID}
    entries, columns = [], []
    for number, field in enumerate(selection.fields):
        inline = _inline(field, number, names, default_column)
        selection.is_inline.append(inline is not None)
        if inline is None:
            inline = f"c{number}"
            columns.append(number)
            selection.columns.append(field)
        entries.append(f"{field.key!r}: {inline}")
    selection.is_concurrent = sum(field.source is Source.RESOLVER for field in selection.columns) > 1
    each = "".join(f", c{number}" for number in columns)
    levels = "".join(f", l{number}" for number in columns)
    source = f"zip(objects{levels})" if columns else "objects"
    code = f"def build(objects{levels}):\n return [{{{', '.join(entries)}}} for o{each} in {source}]"
    exec(compile(code, f"<builder of {selection.type.name}>", "exec"), names)  # noqa: S102 - names are GraphQL's own
    selection.build = names["build"]


def _inline(
    field: FieldPlan, number: int, names: dict[str, Any], default_column: Callable[[str], tuple[str, Any]]
) -> str | None:
    """The expression of a field that is read from the object; None for one that is made for the whole level."""
    if field.source is Source.TYPE_NAME:
        return repr(field.parent.name)
    if not isinstance(field.shape, Leaf):
        return None
    if field.source is Source.COLUMN:
        read, _ = default_column(field.definition.extensions["strawberry-definition"].python_name)
        if read.startswith("R("):
            names[f"r{number}"] = field.read
            read = f"r{number}(o)"
    elif field.source is Source.COMPUTED and field.declared is not None and field.declared.is_plain:  # type: ignore[union-attr]
        names[f"r{number}"] = field.read
        read = f"r{number}(o)"
    else:
        return None
    write, value = f"w{number}", f"v{number}"
    names[write] = _guarded(field.shape)
    leaf = field.shape.type
    if isinstance(leaf, GraphQLEnumType):
        names[f"m{number}"] = _known_members(leaf)
        return f"(m{number}.get({value} := {read}) or {write}({value}))"
    test = _passes(leaf)
    if test is None:
        return f"{write}({read})"
    # graphql-core writes what is of no built-in class, such as a UUID, with `str`.
    other = (
        f"str({value}) if isinstance({value}, UUID) else {write}({value})" if leaf is GraphQLID else f"{write}({value})"
    )
    return f"({value} if {test.format(v=f'({value} := {read})', w=value)} else {other})"


def _passes(leaf: Any) -> str | None:
    """The test whether a value is its own serialised form; None where there is no such test."""
    if leaf in _AS_IT_IS:
        return _AS_IT_IS[leaf]
    if leaf.serialize is identity:
        return "{v}.__class__ is str"
    ready = getattr(leaf.serialize, WIRE_READY, None)
    return None if ready is None else f"{{v}}.__class__ is {ready.__name__}"


def _guarded(shape: Leaf) -> Callable[[Any], Any]:
    coerce, is_non_null = shape.type.coerce_output_value, shape.is_non_null

    def guarded(value: Any) -> Any:
        if value is None and not is_non_null:
            return None
        if value is None or value is Undefined or isinstance(value, Exception):
            raise _AmissError
        written = coerce(value)
        if written is None or written is Undefined:
            raise _AmissError
        return written

    return guarded


def _known_members(enum: GraphQLEnumType) -> dict[Any, str]:
    """The written form of each value that Python code has for the members."""
    known: dict[Any, str] = {}
    members = [member.value for member in enum.values.values()]
    wrapped = getattr(enum, "wrapped_cls", None)
    for value in [*members, *(wrapped or ())]:
        try:
            known[value] = enum.coerce_output_value(value)
        except Exception:  # noqa: BLE001, S112 - one that is not known is asked for when it comes
            continue
    return known
