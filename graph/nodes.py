"""What everything with an id of its own has in common."""

from typing import Any

import strawberry

__all__ = ["Node"]


@strawberry.interface(description="A record with an id that stands for it everywhere: in lists, inputs and exports.")
class Node:
    """A record with an id."""

    id: strawberry.ID = strawberry.field(description="The record's id, a UUID.")

    @classmethod
    def resolve_type(cls, value: Any, *_: Any) -> str:
        """The type's name, which every statement behind a node selects."""
        name: str = value["node_type"]
        return name
