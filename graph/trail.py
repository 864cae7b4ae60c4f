"""The trail in the schema: who changed what, and who read what few may know."""

import json
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import strawberry

from domain.identifiers import NotAnId, parse_id
from domain.policy import Resource
from graph.connections import PAGE_DEFAULT, After, Asked, First, connection_field
from graph.doers import LazyDoer, member_behind
from graph.engine import RowType, computed
from graph.errors import InvalidArgument
from graph.limits import free
from graph.permissions import reading
from graph.relations import relation
from persistence.reads.members import load_members
from persistence.reads.trail import AUDIT, GROUP_PERSONAL_READS

__all__ = ["AuditRecord", "PersonalDataRead", "audit_log", "personal_reads", "personal_reads_arguments"]


@strawberry.type(description="How one field of a record changed.", directives=[free])
class FieldChange:
    """A changed field."""

    field: str = strawberry.field(description="The field, as the schema writes names.")
    before: str | None = strawberry.field(
        description="What it was, as JSON, with amounts as strings; "
        "null where it was empty, or where it is personal or free text."
    )
    after: str | None = strawberry.field(
        description="What it became, as JSON, with amounts as strings; "
        "null where it became empty, or where it is personal or free text."
    )


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(word.capitalize() for word in rest)


def _changes(row: Any) -> list[dict[str, str | None]]:
    # Amounts stay as they were written: a floating number would round the large ones.
    before, after = (json.loads(row[side], parse_float=str) for side in ("before", "after"))
    return [
        {"field": _camel(name), "before": _shown(before.get(name)), "after": _shown(after.get(name))}
        for name in row["fields"]
    ]


def _shown(value: Any) -> str | None:
    return None if value is None else json.dumps(value, ensure_ascii=False)


@strawberry.type(description="That somebody changed a record of the group. Entries of the book are their own trail.")
class AuditRecord(RowType):
    """A record of the trail."""

    id: strawberry.ID = strawberry.field(description="The record's id, a UUID.")
    occurred_at: datetime = strawberry.field(description="When it happened.")
    actor_id: strawberry.ID | None = strawberry.field(
        description="The user or machine credential that did it; null for the system."
    )
    actor_member: LazyDoer | None = member_behind("actor_id", "Who did it")
    roles: list[str] = strawberry.field(description="What the actor was in the group at that moment.")
    session_id: strawberry.ID | None = computed(
        lambda row: row["principal_id"], description="The session or credential through which it came."
    )
    request_id: str | None = strawberry.field(description="The id of the request, as its answer and the logs have it.")
    command: str | None = strawberry.field(description="The mutation.")
    action: str = strawberry.field(description="What happened to the record: CREATE, UPDATE or DELETE.")
    entity: str = strawberry.field(description="What kind of record, such as member or constitution.")
    entity_id: strawberry.ID = strawberry.field(description="Which record.")
    changes: list[FieldChange] = computed(_changes, description="What changed, by the names of the fields.")


@strawberry.type(description="That somebody read what few may know of a member.")
class PersonalDataRead(RowType):
    """A reading of personal data."""

    id: strawberry.ID = strawberry.field(description="The record's id, a UUID.")
    read_at: datetime = strawberry.field(description="When it was read.")
    reader_id: strawberry.ID = strawberry.field(description="The user or machine credential that read it.")
    reader_member: LazyDoer | None = member_behind("reader_id", "Who read it")
    member_id: strawberry.ID = strawberry.field(description="The member whom it is about.")
    member: LazyDoer | None = relation(
        load_members, lambda row: (row["tenant_id"], row["member_id"]), "The member whom it is about."
    )
    request_id: str | None = strawberry.field(description="The id of the request, as its answer and the logs have it.")
    fields: list[str] = computed(
        lambda row: [_camel(name) for name in row["fields"]], description="Which fields were read."
    )


def _id(text: str | None) -> UUID | None:
    if text is None:
        return None
    try:
        return parse_id(text)
    except NotAnId as error:
        raise InvalidArgument(error.message) from None


def _audit_arguments(
    first: First = PAGE_DEFAULT,
    after: After = None,
    entity: Annotated[str | None, strawberry.argument(description="Only records of this kind, such as member.")] = None,
    entity_id: Annotated[strawberry.ID | None, strawberry.argument(description="Only about this record.")] = None,
    actor_id: Annotated[strawberry.ID | None, strawberry.argument(description="Only what this user did.")] = None,
    command: Annotated[str | None, strawberry.argument(description="Only what this mutation did.")] = None,
    from_at: Annotated[datetime | None, strawberry.argument(description="Only from this moment on.")] = None,
    to_at: Annotated[datetime | None, strawberry.argument(description="Only before this moment.")] = None,
) -> Asked:
    return Asked(
        first,
        after,
        "NEWEST",
        entity=entity,
        entity_id=_id(entity_id),
        actor_id=_id(actor_id),
        command=command,
        from_time=from_at,
        to_time=to_at,
    )


def personal_reads_arguments(
    first: First = PAGE_DEFAULT,
    after: After = None,
    reader_id: Annotated[strawberry.ID | None, strawberry.argument(description="Only what this user read.")] = None,
) -> Asked:
    """What the arguments of a list of readings ask for."""
    return Asked(first, after, "NEWEST", reader_id=_id(reader_id))


def _group(row: Any) -> tuple[UUID, UUID]:
    return row["tenant_id"], row["tenant_id"]


def audit_log() -> Any:
    """The field of a group with its trail of changes."""
    return connection_field(
        AUDIT, _group, _audit_arguments, **reading(Resource.AUDIT, "Who changed what, the last first.")
    )


def personal_reads() -> Any:
    """The field of a group with who read what few may know of its members."""
    return connection_field(
        GROUP_PERSONAL_READS,
        _group,
        personal_reads_arguments,
        **reading(Resource.PERSONAL_READ, "Who read what few may know of members, the last first."),
    )
