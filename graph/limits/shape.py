"""How big a document is, before it is validated: no schema is needed, and nothing here can run out of stack.

Every definition is walked once, with a stack of its own. What fragments bring in is added up from fragment to
fragment, so that a document that would be huge if its fragments were written out costs no more than any other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    ListTypeNode,
    ListValueNode,
    NonNullTypeNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    TypeNode,
    ValueNode,
)

from graph.limits.refusals import (
    EmptySelection,
    FragmentCycle,
    FragmentTwice,
    IntrospectionTooDeep,
    LimitExceeded,
    NestedTooDeep,
    QueryTooDeep,
    TooManyAliases,
    TooManyDirectives,
    TooManyRepeats,
    TooManyRootFields,
)

__all__ = [
    "ALIASES_MAX",
    "DEPTH_MAX",
    "DIRECTIVES_MAX",
    "INTROSPECTION_DEPTH_MAX",
    "INTROSPECTION_LISTS_MAX",
    "REPEATS_MAX",
    "ROOT_FIELDS_MAX",
    "SELECTION_NESTING_MAX",
    "VALUE_NESTING_MAX",
    "check_shape",
]

DEPTH_MAX = 15
"""Fields from the root down to the deepest leaf, both counted; introspection has its own limit."""

INTROSPECTION_DEPTH_MAX = 15
"""From `__schema` or `__type` down: what the introspection query of graphql-js needs."""

INTROSPECTION_LISTS_MAX = 3
"""Lists within lists below `__schema` or `__type`: each multiplies what comes out."""

ALIASES_MAX = 20
DIRECTIVES_MAX = 30
ROOT_FIELDS_MAX = 20

REPEATS_MAX = 100
"""How often a document may name a field again in the same braces: validation compares each with each."""

SELECTION_NESTING_MAX = 40
"""Selections within each other, those of fragments included, which add no depth."""

VALUE_NESTING_MAX = 12
"""Lists and objects within each other in an argument, a default or a type."""

_COUNT_MAX = 1_000_000
"""Beyond every limit; sums through fragments stop here."""

_SCHEMA_FIELDS = frozenset({"__schema", "__type"})
_SCHEMA_LISTS = frozenset(
    {"types", "fields", "args", "inputFields", "enumValues", "interfaces", "possibleTypes", "directives"}
)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a selection stands in its definition.

    Attributes:
        depth: The fields above it.
        nesting: The selections around it.
        introspected: The fields above it from `__schema` or `__type` on; 0 outside introspection.
        lists: The introspection lists above it.
    """

    depth: int = 0
    nesting: int = 0
    introspected: int = 0
    lists: int = 0

    def below(self, node: FieldNode) -> _Place:
        """The place below a field."""
        name = node.name.value
        is_schema = self.introspected > 0 or name in _SCHEMA_FIELDS
        return _Place(
            depth=self.depth + (not is_schema),
            nesting=self.nesting + 1,
            introspected=self.introspected + is_schema,
            lists=self.lists + (name in _SCHEMA_LISTS),
        )


@dataclass(slots=True)
class _Size:
    """What a definition comes to: by itself at first, and then with what its fragments bring in."""

    depth: int = 0
    nesting: int = 0
    introspected: int = 0
    lists: int = 0
    lists_introspected: int = 0
    values: int = 0
    aliases: int = 0
    directives: int = 0
    root_fields: int = 0
    repeats: int = 0
    spreads: list[tuple[str, _Place]] = field(default_factory=list)

    def add(self, place: _Place, other: _Size) -> None:
        """Add a fragment that is spread at a place."""
        inside = place.introspected > 0
        self.nesting = max(self.nesting, place.nesting + other.nesting)
        self.lists = max(self.lists, place.lists + other.lists)
        self.introspected = max(self.introspected, other.introspected)
        self.lists_introspected = max(self.lists_introspected, other.lists_introspected)
        if inside:
            self.introspected = max(self.introspected, place.introspected + other.depth)
            self.lists_introspected = max(self.lists_introspected, place.lists + other.lists)
        else:
            self.depth = max(self.depth, place.depth + other.depth)
        if place.depth == 0 and not inside:
            self.root_fields = min(self.root_fields + other.root_fields, _COUNT_MAX)
        self.aliases = min(self.aliases + other.aliases, _COUNT_MAX)
        self.directives = min(self.directives + other.directives, _COUNT_MAX)

    def refusal(self) -> LimitExceeded | None:
        """Why a definition of this size is refused, or an operation; None if it is not."""
        is_schema_too_deep = (
            self.introspected > INTROSPECTION_DEPTH_MAX or self.lists_introspected > INTROSPECTION_LISTS_MAX
        )
        crossed: tuple[tuple[bool, LimitExceeded], ...] = (
            (self.nesting > SELECTION_NESTING_MAX, NestedTooDeep("Selections", SELECTION_NESTING_MAX)),
            (self.values > VALUE_NESTING_MAX, NestedTooDeep("Values and types", VALUE_NESTING_MAX)),
            (self.depth > DEPTH_MAX, QueryTooDeep(self.depth, DEPTH_MAX)),
            (is_schema_too_deep, IntrospectionTooDeep()),
            (self.aliases > ALIASES_MAX, TooManyAliases(ALIASES_MAX)),
            (self.directives > DIRECTIVES_MAX, TooManyDirectives(DIRECTIVES_MAX)),
        )
        return next((refusal for is_crossed, refusal in crossed if is_crossed), None)


def check_shape(document: DocumentNode) -> None:
    """Raise for a document of which any operation or fragment crosses a limit.

    Fragments are held to the limits too, whether or not an operation uses them: validation looks at them all.

    Raises:
        LimitExceeded: The first limit that is crossed.
    """
    fragments: dict[str, _Size] = {}
    operations: list[_Size] = []
    repeats = 0
    for definition in document.definitions:
        if not isinstance(definition, OperationDefinitionNode | FragmentDefinitionNode):
            continue
        size = _measure(definition)
        repeats += size.repeats
        if isinstance(definition, FragmentDefinitionNode):
            if definition.name.value in fragments:
                raise FragmentTwice(definition.name.value)
            fragments[definition.name.value] = size
        else:
            operations.append(size)
    if repeats > REPEATS_MAX:
        raise TooManyRepeats(REPEATS_MAX)
    for size in (*_with_fragments(fragments), *operations):
        _take_in(size, fragments)
        refusal = size.refusal()
        if refusal is not None:
            raise refusal
    if any(size.root_fields > ROOT_FIELDS_MAX for size in operations):
        raise TooManyRootFields(ROOT_FIELDS_MAX)


def _take_in(size: _Size, fragments: dict[str, _Size]) -> None:
    # One that is not defined is for validation to tell of.
    for name, place in size.spreads:
        if name in fragments:
            size.add(place, fragments[name])
    size.spreads = []


def _with_fragments(fragments: dict[str, _Size]) -> Iterable[_Size]:
    """The fragments, each after all those that it spreads."""
    waiting = {name: {each for each, _ in size.spreads if each in fragments} for name, size in fragments.items()}
    users: dict[str, list[str]] = {name: [] for name in fragments}
    for name, needed in waiting.items():
        for each in needed:
            users[each].append(name)
    ready = [name for name, needed in waiting.items() if not needed]
    done = 0
    while ready:
        name = ready.pop()
        done += 1
        yield fragments[name]
        for user in users[name]:
            waiting[user].discard(name)
            if not waiting[user]:
                ready.append(user)
    if done < len(fragments):
        raise FragmentCycle(next(name for name, needed in waiting.items() if needed))


def _measure(definition: OperationDefinitionNode | FragmentDefinitionNode) -> _Size:
    size = _Size()
    _note_directives(size, definition.directives)
    for variable in definition.variable_definitions or ():
        _note_directives(size, variable.directives)
        size.values = max(size.values, _type_nesting(variable.type))
        if variable.default_value is not None:
            size.values = max(size.values, _value_nesting([variable.default_value]))
    stack: list[tuple[SelectionSetNode, _Place]] = [(definition.selection_set, _Place(nesting=1))]
    while stack:
        selection_set, place = stack.pop()
        size.nesting = max(size.nesting, place.nesting)
        if not selection_set.selections:
            raise EmptySelection
        _note_selections(size, selection_set, place, stack)
    return size


def _note_selections(
    size: _Size, selection_set: SelectionSetNode, place: _Place, stack: list[tuple[SelectionSetNode, _Place]]
) -> None:
    keys: Counter[str] = Counter()
    for node in selection_set.selections:
        _note_directives(size, node.directives)
        if isinstance(node, FieldNode):
            keys[node.alias.value if node.alias else node.name.value] += 1
            _note_field(size, node, place, stack)
        elif isinstance(node, FragmentSpreadNode):
            size.spreads.append((node.name.value, place))
        elif isinstance(node, InlineFragmentNode):
            inner = _Place(place.depth, place.nesting + 1, place.introspected, place.lists)
            stack.append((node.selection_set, inner))
    size.repeats += sum(keys.values()) - len(keys)


def _note_field(size: _Size, node: FieldNode, place: _Place, stack: list[tuple[SelectionSetNode, _Place]]) -> None:
    below = place.below(node)
    size.depth = max(size.depth, below.depth)
    size.introspected = max(size.introspected, below.introspected)
    size.lists = max(size.lists, below.lists)
    if below.introspected:
        size.lists_introspected = max(size.lists_introspected, below.lists)
    if place.depth == 0 and place.introspected == 0:
        size.root_fields += 1
    size.aliases += node.alias is not None
    if node.arguments:
        size.values = max(size.values, _value_nesting([each.value for each in node.arguments]))
    if node.selection_set is not None:
        stack.append((node.selection_set, below))


def _note_directives(size: _Size, directives: Sequence[Any] | None) -> None:
    for each in directives or ():
        size.directives += 1
        if each.arguments:
            size.values = max(size.values, _value_nesting([argument.value for argument in each.arguments]))


def _value_nesting(values: list[ValueNode]) -> int:
    """How many lists and objects stand within each other."""
    deepest = 0
    stack = [(value, 0) for value in values]
    while stack:
        value, depth = stack.pop()
        deepest = max(deepest, depth)
        if isinstance(value, ListValueNode):
            stack += [(each, depth + 1) for each in value.values]
            deepest = max(deepest, depth + 1)
        elif isinstance(value, ObjectValueNode):
            stack += [(each.value, depth + 1) for each in value.fields]
            deepest = max(deepest, depth + 1)
    return deepest


def _type_nesting(kind: TypeNode) -> int:
    depth = 0
    while isinstance(kind, ListTypeNode | NonNullTypeNode):
        depth += isinstance(kind, ListTypeNode)
        kind = kind.type
    return depth
