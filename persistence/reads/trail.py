"""Reading the trail: who changed what, and who read what few may know."""

from __future__ import annotations

from persistence.reads.pages import Listing, Order

__all__ = ["AUDIT", "GROUP_PERSONAL_READS", "MEMBER_PERSONAL_READS"]

AUDIT = Listing(
    select=(
        "a.tenant_id, a.id, a.occurred_at, a.actor_id, a.roles, a.principal_id, a.request_id, a.command, a.action,"
        " a.entity, a.entity_id, a.fields, a.before, a.after"
    ),
    source="app.audit a",
    tenant="a.tenant_id",
    parent=None,
    orders={"NEWEST": Order((("a.occurred_at", "timestamptz"), ("a.id", "uuid")), is_descending=True)},
    filters={
        "entity": ("a.entity = {}", "text"),
        "entity_id": ("a.entity_id = {}", "uuid"),
        "actor_id": ("a.actor_id = {}", "uuid"),
        "command": ("a.command = {}", "text"),
        "from_time": ("a.occurred_at >= {}", "timestamptz"),
        "to_time": ("a.occurred_at < {}", "timestamptz"),
    },
)

_READ_COLUMNS = "r.tenant_id, r.member_id, r.read_at, r.id, r.reader_id, r.request_id, r.fields"
_READ_ORDER = {"NEWEST": Order((("r.read_at", "timestamptz"), ("r.id", "uuid")), is_descending=True)}

GROUP_PERSONAL_READS = Listing(
    select=_READ_COLUMNS,
    source="app.personal_reads r",
    tenant="r.tenant_id",
    parent=None,
    orders=_READ_ORDER,
    filters={"reader_id": ("r.reader_id = {}", "uuid")},
)

MEMBER_PERSONAL_READS = Listing(
    select=_READ_COLUMNS,
    source="app.personal_reads r",
    tenant="r.tenant_id",
    parent="r.member_id",
    orders=_READ_ORDER,
    filters={"reader_id": ("r.reader_id = {}", "uuid")},
)
