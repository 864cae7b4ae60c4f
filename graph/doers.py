"""Who did something, as the member that her user is in the group: users' names are their own, members' the group's."""

from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from domain.policy import Resource
from graph.relations import relation
from persistence.reads.doers import load_members_of_users

__all__ = ["LazyDoer", "member_behind"]

if TYPE_CHECKING:
    from graph.members import Member

LazyDoer = Annotated["Member", strawberry.lazy("graph.members")]

_NOBODY = "null for whoever is, and was, no member of the group, such as a machine"


def member_behind(column: str, description: str) -> Any:
    """The field with the member whose user a column of the row names.

    Args:
        column: The column with the user's id, which may be null.
        description: Who that is, without a full stop.
    """
    return relation(
        load_members_of_users,
        lambda row: None if row[column] is None else (row["tenant_id"], row[column]),
        f"{description}, as a member of the group; {_NOBODY}.",
        protects=Resource.MEMBERSHIP,
    )
