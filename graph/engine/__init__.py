"""A breadth-first engine for Strawberry schemas: operations are compiled once and run level by level.

It knows Strawberry and graphql-core, and nothing of what a schema is about. docs/engine.md explains it.
"""

from graph.engine.declarations import WEIGHT, Call, Load, RowType, computed, item, relation, wire_ready
from graph.engine.loaders import LevelLoader
from graph.engine.schema import EngineSchema, Events

__all__ = [
    "WEIGHT",
    "Call",
    "EngineSchema",
    "Events",
    "LevelLoader",
    "Load",
    "RowType",
    "computed",
    "item",
    "relation",
    "wire_ready",
]
