"""The rules of style of the schema, all of them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from graphql import GraphQLSchema

from operations.schema_care.changes import faults_of_deprecations
from operations.schema_care.elements import Element, Fault, elements
from operations.schema_care.names import faults_of_names
from operations.schema_care.shapes import faults_of_shapes

__all__ = ["lint"]

_SENTENCE = re.compile(r"[A-Z0-9`\"'].*[.!?][\"')`]?", re.DOTALL)


def lint(schema: GraphQLSchema) -> list[Fault]:
    """What in a schema breaks its rules of style, in the order of the coordinates."""
    found = {
        *faults_of_names(schema),
        *faults_of_shapes(schema),
        *faults_of_deprecations(schema),
        *(fault for element in elements(schema) for fault in _description(element)),
    }
    return sorted(found, key=lambda fault: (fault.coordinate, fault.rule, fault.message))


def _description(element: Element) -> Iterator[Fault]:
    text = element.definition.description
    if not text:
        yield Fault(element.coordinate, "description", "It has no description: say what a client has to know.")
    elif not _SENTENCE.fullmatch(text):
        message = "A description is one or more sentences: a capital letter, a full stop, no blanks around."
        yield Fault(element.coordinate, "description", message)
