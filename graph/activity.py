"""What happens in a group, as it happens: one event for each unit of work that changed something the viewer may see."""

from collections.abc import AsyncGenerator, Iterable, Iterator
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

import strawberry
from strawberry.types.nodes import SelectedField

from domain.identifiers import NotAnId, parse_id
from domain.policy import RULES, Action, Resource, Term, Viewer, allows
from graph.context import Context
from graph.enums import described
from graph.errors import InvalidArgument, NothingToFollow, ResetRequired
from graph.groups import Group
from graph.nodes import Node
from graph.permissions import Info, reading
from graph.relations import load_many, relation
from persistence.reads.changes import Change, Changes, UnitOfChange, load_records, read_changes
from persistence.reads.groups import load_groups

__all__ = ["Subscription"]

_FROM_NOW_ON = 2**62
"""After this number nothing has happened in any group."""

_NODES = frozenset({"group", "constitution", "member", "meeting", "contribution"})
"""What the log names that has a type of its own in the schema."""


class GroupRecordKind(StrEnum):
    """What a change is about: in small letters, the name that the log has for it, and the resource."""

    GROUP = "GROUP"
    CONSTITUTION = "CONSTITUTION"
    MEMBER = "MEMBER"
    MEETING = "MEETING"
    CONTRIBUTION = "CONTRIBUTION"
    ACCOUNT = "ACCOUNT"
    ENTRY = "ENTRY"


class ChangeOperation(StrEnum):
    """What was done to a record."""

    CREATE = "CREATE"
    UPDATE = "UPDATE"
    DELETE = "DELETE"


_OF_THE_LOG = frozenset({"number", "occurredAt", "changes", "kind", "operation", "recordId", "__typename"})
"""The fields of an event that the log alone answers."""

_KINDS = {kind.value.lower(): kind.value for kind in GroupRecordKind}

described(
    GroupRecordKind,
    "What a change is about.",
    {
        "GROUP": "The group itself.",
        "CONSTITUTION": "The rules that it gave itself.",
        "MEMBER": "A member, with name and what is private.",
        "MEETING": "A meeting, with its counts of cash.",
        "CONTRIBUTION": "Money that a member paid in.",
        "ACCOUNT": "An account of the book.",
        "ENTRY": "An entry in the book.",
    },
)
described(
    ChangeOperation,
    "What was done to a record.",
    {"CREATE": "It was made.", "UPDATE": "It, or a part of it, was changed.", "DELETE": "It was removed."},
)


@strawberry.type(description="That a record of a group was written.")
class GroupChange:
    """One change of an event."""

    kind: GroupRecordKind = strawberry.field(description="What it is about.")
    operation: ChangeOperation = strawberry.field(description="What was done.")
    record_id: strawberry.ID = strawberry.field(description="The record's id.")
    node: Node | None = relation(
        load_records,
        lambda row: row["node_key"],
        "The record as it is now; null where it was removed since, and for entries and accounts.",
    )


@strawberry.type(
    description="What one unit of work changed in a group, all of it at once: a sheet of contributions is one event."
)
class GroupActivityEvent:
    """One event."""

    number: int = strawberry.field(
        description="The group's change number. It grows from event to event, with gaps; give the last one that you "
        "received back as `after`."
    )
    occurred_at: datetime = strawberry.field(description="When it was done.")
    changes: list[GroupChange] = strawberry.field(description="What was written, of what you may see; never empty.")
    group: Group = relation(load_groups, lambda row: row["tenant_id"], "The group as it is now.")


def _may_see(viewer: Viewer, tenant_id: UUID, change: Change) -> bool | None:
    """Whether the viewer may see a change; None where the record itself has to be looked at."""
    resource = Resource(change.entity)
    if allows(viewer, Action.READ, resource, tenant_id):
        return True
    is_about_somebody = Term.SELF in RULES[resource, Action.READ].terms
    # Of what is gone nobody can tell any more whom it was about.
    return None if is_about_somebody and change.operation != "DELETE" else False


async def _visible(context: Context, viewer: Viewer, tenant_id: UUID, units: tuple[UnitOfChange, ...]) -> set[Change]:
    """Those of the changes that the viewer may see."""
    answers = {
        change: _may_see(viewer, tenant_id, change)
        for unit in units
        for change in unit.changes
        if change.entity in _KINDS
    }
    asked = [change for change, answer in answers.items() if answer is None]
    if asked:
        keys = [(change.entity, tenant_id, change.entity_id) for change in asked]
        for change, row in zip(asked, await load_many(context, load_records, keys), strict=True):
            answers[change] = row is not None
    return {change for change, answer in answers.items() if answer}


def _change(tenant_id: UUID, change: Change) -> dict[str, Any]:
    has_node = change.entity in _NODES and change.operation != "DELETE"
    return {
        "kind": _KINDS[change.entity],
        "operation": change.operation,
        "record_id": str(change.entity_id),
        "node_key": (change.entity, tenant_id, change.entity_id) if has_node else None,
    }


async def _read(context: Context, tenant_id: UUID, after: int, *, reads_records: bool) -> tuple[Viewer, Changes | None]:
    """Enter anew, and read the log after a number.

    Where records are read as well, that is in a snapshot, which stays open for them; else together with all who wait.
    """
    context.tenants = [tenant_id]
    feed = context.services.feed
    context.turn = feed.turn
    if not reads_records:
        told = await feed.readings.read(context.signed_in, tenant_id, after)
        if told is not None:
            return told.viewer, told.changes
    viewer = await context.snapshot.open()
    if not allows(viewer, Action.READ, Resource.GROUP, tenant_id):
        raise NothingToFollow
    return viewer, await read_changes(context.snapshot, tenant_id, after)


async def _next(
    context: Context, tenant_id: UUID, after: int | None, *, reads_records: bool
) -> tuple[int, list[dict[str, Any]]]:
    """Enter anew, and read what changed after a number: the number to go on from, and the events.

    Raises:
        UnauthenticatedError: The session, or credential, has ended.
        NothingToFollow: The viewer may not see the group.
        ResetRequired: The log does not go back to that number.
    """
    viewer, found = await _read(
        context, tenant_id, _FROM_NOW_ON if after is None else after, reads_records=reads_records
    )
    if found is None or not allows(viewer, Action.READ, Resource.GROUP, tenant_id):
        raise NothingToFollow
    if after is None:
        return found.last, []
    if not found.horizon <= after <= found.last:
        raise ResetRequired
    visible = await _visible(context, viewer, tenant_id, found.units)
    events = []
    for unit in found.units:
        changes = [_change(tenant_id, change) for change in unit.changes if change in visible]
        if changes:
            events.append(
                {
                    "tenant_id": tenant_id,
                    "number": unit.number,
                    "occurred_at": unit.occurred_at,
                    "changes": changes,
                    "is_last": False,
                }
            )
    if events:
        events[-1]["is_last"] = True
    return found.read_up_to, events


async def _follow(
    context: Context, tenant_id: UUID, after: int | None, *, reads_records: bool
) -> AsyncGenerator[dict[str, Any], None]:
    with context.services.feed.follow(tenant_id) as follower:
        is_first = True
        while True:
            if not is_first:
                await follower.beyond(after or 0)
            is_first = False
            after, events = await _next(context, tenant_id, after, reads_records=reads_records)
            for event in events:
                yield event
            await context.forget()


def _names(selections: Iterable[Any]) -> Iterator[str]:
    for each in selections:
        if isinstance(each, SelectedField):
            yield each.name
        yield from _names(each.selections)


def _selects_records(info: Info) -> bool:
    """Whether more is selected of the events than the log answers."""
    return any(not _OF_THE_LOG.issuperset(_names(field.selections)) for field in info.selected_fields)


@strawberry.type(description="What can be followed. Events come until the token expires or the session ends.")
class Subscription:
    """The root of subscriptions."""

    @strawberry.subscription(
        **reading(
            Resource.GROUP,
            "What changes in a group: entries posted, meetings opened and closed, members joined, contributions "
            "recorded. Each event is one unit of work, and is sent once.",
        )
    )
    async def group_activity(
        self,
        info: Info,
        group_id: Annotated[strawberry.ID, strawberry.argument(description="The group.")],
        after: Annotated[
            int | None,
            strawberry.argument(
                description="The number of the last event that you have, or the group's `changeNumber`: what came "
                "later is sent first. From now on if left out."
            ),
        ] = None,
    ) -> AsyncGenerator[GroupActivityEvent, None]:
        """Follow a group."""
        try:
            tenant_id = parse_id(group_id)
        except NotAnId as error:
            raise InvalidArgument(error.message) from None
        if after is not None and after < 0:
            raise InvalidArgument("Give `after` as the number of an event, which is never below zero.")
        async for event in _follow(info.context, tenant_id, after, reads_records=_selects_records(info)):
            yield event  # type: ignore[misc]  # a row, of which the type reads its fields
