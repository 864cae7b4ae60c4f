"""What everything with an id of its own has in common."""

from typing import Any

import strawberry

__all__ = ["Node", "Record"]


class Record:
    """Mixed into types whose values are rows: Python's own type says nothing of a row's."""

    @classmethod
    def is_type_of(cls, _value: Any, _info: Any) -> bool:
        """Rows come from the statement that the field names, so they are what the field says."""
        return True


@strawberry.interface(description="A record with an id that stands for it everywhere: in lists, inputs and exports.")
class Node:
    """A record with an id."""

    id: strawberry.ID = strawberry.field(description="The record's id, a UUID.")

    @classmethod
    def resolve_type(cls, value: Any, *_: Any) -> str:
        """The type's name, which every statement behind a node selects."""
        name: str = value["node_type"]
        return name
