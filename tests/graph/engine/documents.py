"""Operations for any schema: valid documents with everything that a client may write, and variables for them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    Undefined,
    get_named_type,
    get_nullable_type,
    is_abstract_type,
    is_composite_type,
    is_leaf_type,
    is_required_argument,
    is_required_input_field,
    parse,
    validate,
)
from hypothesis import strategies as st

from tests.graph.engine.choices import Choices

__all__ = ["CHOICES", "GIVEN", "Operation", "operation_from", "operations"]

CHOICES = 320
"""How many bytes are drawn for a document: enough that the largest ones use them up."""

FIELDS_MAX = 40
DEPTH_MAX = 5

Composite = GraphQLObjectType | GraphQLInterfaceType | GraphQLUnionType
Literals = Mapping[str, Sequence[Any]]

GIVEN: Literals = {
    "Int": (1, 2, 0, 3, -1),
    "Float": (0.5, 2, -1.25),
    "String": ("a", "", 'two\n"lines"', "ä"),
    "Boolean": (False, True),
    "ID": ("1", "x", 7),
}
_WRONG: Sequence[Any] = ("no", 2**40, None, [], {"strange": 1}, 1.5)
_ALIASES = ("a", "b", "c", "d")


@dataclass(frozen=True)
class Operation:
    """What a client sends."""

    query: str
    variables: dict[str, Any] = field(default_factory=dict)
    name: str | None = None


class _Name(str):
    """The name of an enum's value, written without quotation marks."""

    __slots__ = ()


class _Variable(str):
    """A variable in the place of a value."""

    __slots__ = ()


@dataclass
class _Fragment:
    name: str
    on: Composite
    depth: int


def operations(
    schema: GraphQLSchema, *, root: str = "query", literals: Literals | None = None, faulty_variables: bool = True
) -> st.SearchStrategy[Operation]:
    """Valid operations for a schema.

    Args:
        schema: The schema.
        root: The kind of operation: query, mutation or subscription.
        literals: What may be given for the schema's own scalars; nothing is given for scalars that are not named.
        faulty_variables: Whether variables may have values that their types do not take.
    """
    given = {**GIVEN, **(literals or {})}

    def make(drawn: bytes) -> Operation:
        return operation_from(schema, drawn, root=root, literals=given, faulty_variables=faulty_variables)

    return st.binary(min_size=CHOICES, max_size=CHOICES).map(make)


def operation_from(
    schema: GraphQLSchema, drawn: bytes, *, root: str, literals: Literals, faulty_variables: bool = True
) -> Operation:
    """The operation that drawn bytes stand for."""
    writer = _Writer(schema, Choices(drawn), literals, is_bold=True, faulty_variables=faulty_variables)
    made = writer.operation(root)
    if writer.was_bold and validate(schema, parse(made.query)):
        made = _Writer(schema, Choices(drawn), literals, is_bold=False, faulty_variables=faulty_variables).operation(
            root
        )
    return made


class _Writer:
    """Writes one document.

    A response name stands for the same field with the same arguments and type wherever it is in the document, which
    keeps fields that are merged from being in conflict. A bold writer now and then gives a name to another field of
    the same type, which is right between objects that exclude each other, and is to be validated.
    """

    def __init__(
        self, schema: GraphQLSchema, choices: Choices, literals: Literals, *, is_bold: bool, faulty_variables: bool
    ) -> None:
        self._schema = schema
        self._choices = choices
        self._literals = literals
        self._is_bold = is_bold
        self._faulty_variables = faulty_variables
        self._budget = 3 + choices.below(FIELDS_MAX - 2)
        self._names: dict[str, tuple[str, str, str]] = {}
        self._calls: dict[tuple[str, str], list[str]] = {}
        self._fragments: list[_Fragment] = []
        self._bodies: list[str] = []
        self._definitions: list[str] = []
        self._variables: dict[str, Any] = {}
        self._typed: dict[str, list[str]] = {}
        self.was_bold = False

    def operation(self, root: str) -> Operation:
        type_: Any = getattr(self._schema, f"{root}_type")
        depth = 2 + self._choices.below(DEPTH_MAX - 1)
        # A subscription has one field at its root, which is there in any case.
        if root == "subscription":
            selections = "{\n" + self._field(type_, depth, may_skip=False) + "\n}"
        else:
            selections = self._selections(type_, depth)
        defined = f"({', '.join(self._definitions)})" if self._definitions else ""
        has_name = self._choices.chance(50)
        operation = f"{root}{' Main' if has_name else ''}{defined} {selections}"
        if root == "query" and not has_name and not defined and self._choices.chance(50):
            operation = selections
        parts = [operation, *self._bodies]
        if has_name and self._choices.chance(30):
            parts.insert(self._choices.below(2), "query Other { __typename }")
        if self._choices.chance(20):
            parts.reverse()
        is_one_of_two = any(part.startswith("query Other") for part in parts)
        name = "Main" if has_name and (is_one_of_two or self._choices.chance(50)) else None
        return Operation("\n".join(parts), self._variables, name)

    # Selections

    def _selections(self, type_: Composite, depth: int) -> str:
        count = 1 + self._choices.below(7) if self._budget > 0 else 1
        lines = [self._selection(type_, depth) for _ in range(count)]
        return "{\n" + "\n".join(lines) + "\n}"

    def _selection(self, type_: Composite, depth: int) -> str:
        self._budget -= 1
        kind = self._choices.below(16)
        if kind < 12 and not isinstance(type_, GraphQLUnionType):
            return self._field(type_, depth)
        if kind == 12 or self._budget < 0:
            return f"{self._alias('__typename', '', 'String!')}__typename{self._directives()}"
        if kind < 15:
            return self._inline(type_, depth)
        return self._spread(type_, depth)

    def _field(self, type_: Any, depth: int, *, may_skip: bool = True) -> str:
        fields = {
            name: each
            for name, each in type_.fields.items()
            if all(self._can_give(argument.type) for argument in each.args.values() if is_required_argument(argument))
        }
        may_go_deeper = depth > 1 and self._budget > 0
        names = list(fields)
        if may_go_deeper and self._choices.chance(60):
            names = [name for name in names if is_composite_type(get_named_type(fields[name].type))] or names
        chosen = self._choices.below(len(names))
        for turn in range(len(names)):
            name = names[(chosen + turn) % len(names)]
            if may_go_deeper or is_leaf_type(get_named_type(fields[name].type)):
                break
        else:
            return f"{self._alias('__typename', '', 'String!')}__typename"
        made = fields[name]
        arguments = self._arguments(type_.name, name, made)
        alias = self._alias(name, arguments, str(made.type))
        named = get_named_type(made.type)
        below = f" {self._selections(named, depth - 1)}" if is_composite_type(named) else ""
        return f"{alias}{name}{arguments}{self._directives() if may_skip else ''}{below}"

    def _alias(self, name: str, arguments: str, type_: str) -> str:
        """The response name before a field, where it is not the field's own."""
        wanted = (name, arguments, type_)
        alias = self._choices.pick(_ALIASES) if self._choices.chance(20) else name
        known = self._names.setdefault(alias, wanted)
        if known != wanted:
            if self._is_bold and known[2] == type_ and self._choices.chance(30):
                self.was_bold = True
            else:
                alias = next((each for each, it in self._names.items() if it == wanted), f"other{len(self._names)}")
                self._names[alias] = wanted
        return "" if alias == name else f"{alias}: "

    def _inline(self, type_: Composite, depth: int) -> str:
        if self._choices.chance(20):
            return f"...{self._directives()} {self._selections(type_, depth)}"
        on = self._choices.pick(self._related(type_))
        return f"... on {on.name}{self._directives()} {self._selections(on, depth)}"

    def _spread(self, type_: Composite, depth: int) -> str:
        related = self._related(type_)
        usable = [each for each in self._fragments if each.depth <= depth and each.on in related]
        if usable and self._choices.chance(60):
            return f"...{self._choices.pick(usable).name}{self._directives()}"
        made = _Fragment(f"F{len(self._bodies)}", self._choices.pick(related), depth)
        self._bodies.append("")
        place = len(self._bodies) - 1
        # Known to others only when it is written, so that no fragment contains itself.
        self._bodies[place] = f"fragment {made.name} on {made.on.name} {self._selections(made.on, depth)}"
        self._fragments.append(made)
        return f"...{made.name}{self._directives()}"

    def _related(self, type_: Composite) -> list[Any]:
        """The types that some object of a type may have, the type itself first."""
        possible = set(self._possible(type_))
        others = [
            each
            for each in self._schema.type_map.values()
            if is_composite_type(each) and each is not type_ and possible & set(self._possible(each))
        ]
        return [type_, *others]

    def _possible(self, type_: Any) -> list[GraphQLObjectType]:
        return list(self._schema.get_possible_types(type_)) if is_abstract_type(type_) else [type_]

    def _directives(self) -> str:
        made = ""
        for name in ("skip", "include"):
            if self._choices.chance(8):
                made += f" @{name}(if: {self._condition()})"
        return made

    def _condition(self) -> str:
        if self._choices.chance(50):
            return self._written(self._variable(self._schema.type_map["Boolean"], is_required=True, has_default=False))
        return self._choices.pick(("false", "true"))

    # Arguments and variables

    def _arguments(self, type_name: str, name: str, made: GraphQLField) -> str:
        if not made.args:
            return ""
        known = self._calls.setdefault((type_name, name), [])
        if known and self._choices.chance(50):
            return self._choices.pick(known)
        given = []
        for each, argument in made.args.items():
            if is_required_argument(argument) or (self._can_give(argument.type) and self._choices.chance(40)):
                given.append(f"{each}: {self._written(self._given(argument))}")
        text = f"({', '.join(given)})" if given else ""
        known.append(text)
        return text

    def _given(self, place: GraphQLArgument | GraphQLInputField) -> Any:
        """A value or a variable for an argument or the field of an input."""
        has_default = place.default_value is not Undefined
        if self._choices.chance(35):
            is_required = isinstance(place.type, GraphQLNonNull)
            return self._variable(get_nullable_type(place.type), is_required=is_required, has_default=has_default)
        return self._value(place.type, may_vary=True)

    def _variable(self, type_: Any, *, is_required: bool, has_default: bool, is_strict: bool = False) -> _Variable:
        """A variable that may stand in a place of a type.

        Args:
            type_: The type without its own "!".
            is_required: Whether null may not stand there.
            has_default: Whether the place has a default, which allows a variable that may be null.
            is_strict: Whether the variable's own default does not allow that either.
        """
        known = self._typed.setdefault(f"{type_} {is_required} {has_default} {is_strict}", [])
        if known and self._choices.chance(40):
            return _Variable(self._choices.pick(known))
        name = f"v{len(self._definitions)}"
        default = self._value(GraphQLNonNull(type_), may_vary=False) if self._choices.chance(40) else Undefined
        may_be_null = not is_required or has_default or default is not Undefined
        is_nullable = may_be_null and not is_strict and self._choices.chance(60)
        mark = "" if is_nullable else "!"
        written = "" if default is Undefined else f" = {self._written(default)}"
        if is_nullable and not is_required and default is Undefined and self._choices.chance(20):
            written = " = null"
        self._definitions.append(f"${name}: {type_}{mark}{written}")
        known.append(name)
        may_be_omitted = is_nullable or default is not Undefined
        if may_be_omitted and self._choices.chance(40):
            return _Variable(name)
        value = None if is_nullable and self._choices.chance(10) else self._value(GraphQLNonNull(type_), may_vary=False)
        if self._faulty_variables and self._choices.chance(2):
            value = self._choices.pick(_WRONG)
        self._variables[name] = _plain(value)
        return _Variable(name)

    def _value(self, type_: Any, *, may_vary: bool) -> Any:
        if not isinstance(type_, GraphQLNonNull):
            if self._choices.chance(15):
                return None
        else:
            type_ = type_.of_type
        if isinstance(type_, GraphQLList):
            return self._list(type_.of_type, may_vary=may_vary)
        if isinstance(type_, GraphQLEnumType):
            return _Name(self._choices.pick(list(type_.values)))
        if isinstance(type_, GraphQLInputObjectType):
            return self._input(type_, may_vary=may_vary)
        return self._choices.pick(self._literals[type_.name])

    def _list(self, item: Any, *, may_vary: bool) -> Any:
        is_nested = isinstance(get_nullable_type(item), GraphQLList)
        if self._choices.chance(20) and not is_nested:
            # One item stands for a list of one. Null would stand for no list.
            return self._value(GraphQLNonNull(get_nullable_type(item)), may_vary=may_vary)
        return [self._item(item, may_vary=may_vary) for _ in range(self._choices.below(3))]

    def _item(self, item: Any, *, may_vary: bool) -> Any:
        if may_vary and self._choices.chance(20):
            is_required = isinstance(item, GraphQLNonNull)
            return self._variable(get_nullable_type(item), is_required=is_required, has_default=False)
        return self._value(item, may_vary=may_vary)

    def _input(self, type_: GraphQLInputObjectType, *, may_vary: bool) -> dict[str, Any]:
        # Strawberry keeps to itself that a type takes one field alone.
        own = type_.extensions.get("strawberry-definition")
        if type_.is_one_of or getattr(own, "is_one_of", False):
            name = self._choices.pick(list(type_.fields))
            inner = get_nullable_type(type_.fields[name].type)
            if may_vary and self._choices.chance(35):
                return {name: self._variable(inner, is_required=True, has_default=False, is_strict=True)}
            return {name: self._value(GraphQLNonNull(inner), may_vary=False)}
        return {
            name: self._given(each) if may_vary else self._value(each.type, may_vary=False)
            for name, each in type_.fields.items()
            if is_required_input_field(each) or (self._can_give(each.type) and self._choices.chance(40))
        }

    def _can_give(self, type_: Any) -> bool:
        """Whether a value of a type is known: one of each scalar that it needs."""
        named = get_named_type(type_)
        if isinstance(named, GraphQLInputObjectType):
            return all(self._can_give(each.type) for each in named.fields.values() if is_required_input_field(each))
        return isinstance(named, GraphQLEnumType) or named.name in self._literals

    def _written(self, value: Any) -> str:
        """A value as a document has it."""
        if isinstance(value, _Variable):
            return f"${value}"
        if isinstance(value, _Name):
            return str(value)
        if isinstance(value, list):
            return f"[{', '.join(map(self._written, value))}]"
        if isinstance(value, dict):
            return "{" + ", ".join(f"{name}: {self._written(each)}" for name, each in value.items()) + "}"
        return json.dumps(value)


def _plain(value: Any) -> Any:
    """A value as it is in JSON."""
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    return str(value) if isinstance(value, str) else value
