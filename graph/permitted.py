"""What the viewer may do, asked of the schema: the answer is the declaration's own, by which the services decide."""

import re
from enum import Enum
from typing import Any
from uuid import UUID

import domain.meetings.voting  # noqa: F401 - declares its services, which the enum has to know
from domain.service import SERVICES
from graph.enums import described
from graph.permissions import Info
from persistence.reads.nodes import find_nodes

__all__ = ["CAN_DESCRIPTION", "Command", "may_do"]

CAN_DESCRIPTION = (
    "Whether you may do something to a record, or in a group or partner, as far as permission goes: whether the state "
    "of the record lets it, only the mutation says. False for what you may not see. Ask once and keep it while your "
    "roles stay."
)

_CAPITAL = re.compile(r"(?<!^)(?=[A-Z])")


def _constant(name: str) -> str:
    return _CAPITAL.sub("_", name).upper()


Command: Any = described(
    Enum("Command", [(_constant(name), name) for name in sorted(SERVICES)], type=str),  # type: ignore[arg-type]  # a class, made by a call
    "What can be done to the records of a group: the mutations of the same names.",
    {_constant(name): f"The mutation `{name}`." for name in SERVICES},
)


async def may_do(info: Info, command: Any, record_id: UUID) -> bool:
    """Whether the viewer may run the command on the record, or in the tenant with this id."""
    viewer = await info.context.snapshot.open()
    (place,) = await find_nodes(info.context.snapshot, [record_id])
    # A partner is no node; by an id that means nothing to her, nobody is allowed anything.
    tenant_id = record_id if place is None else place[1]
    return SERVICES[command.value].is_permitted(viewer, tenant_id)
