"""Reading the versions of a group's constitution."""

from __future__ import annotations

from persistence.constitutions import CONSTITUTION_COLUMNS
from persistence.reads.pages import Listing, Order

__all__ = ["CONSTITUTIONS"]

_COLUMNS = f"c.tenant_id, g.currency, {CONSTITUTION_COLUMNS}"

CONSTITUTIONS = Listing(
    select=_COLUMNS,
    source="app.constitutions c JOIN app.groups g ON g.tenant_id = c.tenant_id",
    tenant="c.tenant_id",
    parent=None,
    orders={"NEWEST": Order((("c.version", "integer"),), is_descending=True)},
    filters={},
)
