"""Reading when a book was closed, and through which date."""

from __future__ import annotations

from persistence.reads.pages import Listing, Order

__all__ = ["CLOSINGS"]

CLOSINGS = Listing(
    select="c.tenant_id, c.closed_through, c.entry_number, c.entry_hash, c.closed_at, c.closed_by",
    source="ledger.closings c",
    tenant="c.tenant_id",
    parent=None,
    orders={"NEWEST": Order((("c.closed_through", "date"),), is_descending=True)},
    filters={},
)
