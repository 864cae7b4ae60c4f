"""Reading loan products and their versions."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import asyncpg

from persistence.loan_terms import terms_columns
from persistence.reads.keys import Key, rows_by_key
from persistence.reads.pages import Listing, Order
from persistence.snapshot import Snapshot

__all__ = ["GROUP_LOAN_PRODUCTS", "load_loan_products", "load_product_versions", "load_versions_of_product"]

_COLUMNS = """
p.tenant_id, p.id, p.id AS product_id, p.newest, p.status, p.version, p.created_at, p.created_by
"""

_BY_ID = f"""
SELECT {_COLUMNS} FROM app.loan_products p WHERE p.tenant_id = ANY ($1) AND p.id = ANY ($2)
"""

_VERSIONS = f"""
SELECT v.tenant_id, v.product_id, v.number, v.name, v.fund, v.currency, v.principal_min, v.principal_max,
       v.savings_multiple, v.open_loans_max, v.refuses_late_borrowers, v.guarantors_min, v.approval, v.officers_min,
       v.reserves_money, v.approval_days, v.default_days, v.made_at, v.made_by, v.terms_id, {terms_columns("t")}
FROM app.loan_product_versions v
JOIN app.loan_terms t ON t.tenant_id = v.tenant_id AND t.id = v.terms_id
WHERE v.tenant_id = ANY ($1) AND v.product_id = ANY ($2)
ORDER BY v.number DESC
"""

GROUP_LOAN_PRODUCTS = Listing(
    select=_COLUMNS,
    source="app.loan_products p",
    tenant="p.tenant_id",
    parent=None,
    orders={"OLDEST": Order((("p.created_at", "timestamptz"), ("p.id", "uuid")))},
    filters={"product_status": ("p.status = {}", "text")},
)


async def load_loan_products(snapshot: Snapshot, keys: Sequence[Key]) -> list[asyncpg.Record | None]:
    """The product of each key."""
    return await rows_by_key(snapshot, _BY_ID, keys)


async def load_versions_of_product(snapshot: Snapshot, keys: Sequence[Key]) -> list[list[asyncpg.Record]]:
    """The versions of each product, the newest first."""
    found: dict[Key, list[asyncpg.Record]] = {key: [] for key in keys}
    for row in await snapshot.fetch(_VERSIONS, list({key[0] for key in keys}), list({key[1] for key in keys})):
        versions = found.get((row["tenant_id"], row["product_id"]))
        if versions is not None:
            versions.append(row)
    return [found[key] for key in keys]


async def load_product_versions(
    snapshot: Snapshot, keys: Sequence[tuple[UUID, UUID, int]]
) -> list[asyncpg.Record | None]:
    """The version of each key: tenant, product and number."""
    products = list(dict.fromkeys((tenant, product) for tenant, product, _ in keys))
    versions = dict(zip(products, await load_versions_of_product(snapshot, products), strict=True))
    return [
        next((row for row in versions[tenant, product] if row["number"] == number), None)
        for tenant, product, number in keys
    ]
