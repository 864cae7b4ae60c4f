"""Loan products in PostgreSQL."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

from domain.groups import Group
from domain.identifiers import derived_id
from domain.ledger.accounts import Fund
from domain.lending.records import ApprovalRule, LoanProduct, ProductStatus, ProductVersion
from domain.money import Money
from persistence.loan_terms import TERMS_INSERT, rules_from, terms_columns, terms_from, terms_values

if TYPE_CHECKING:
    from persistence.unit_of_work import Work

__all__ = ["VERSION_COLUMNS", "LoanProducts", "version_from"]

VERSION_COLUMNS = """
v.number AS product_version, v.name, v.fund, v.principal_min, v.principal_max, v.savings_multiple,
v.open_loans_max, v.refuses_late_borrowers, v.guarantors_min, v.approval, v.officers_min, v.reserves_money,
v.approval_days, v.default_days
"""

_FIND = f"""
SELECT p.id AS product_id, p.status AS product_status, p.version AS product_lock, {VERSION_COLUMNS},
       {terms_columns("t")}
FROM app.loan_products p
JOIN app.loan_product_versions v ON v.tenant_id = p.tenant_id AND v.product_id = p.id AND v.number = p.newest
JOIN app.loan_terms t ON t.tenant_id = v.tenant_id AND t.id = v.terms_id
WHERE p.tenant_id = $1 AND p.id = $2
"""

_ADD = "INSERT INTO app.loan_products (tenant_id, id, created_by) VALUES ($1, $2, $3)"

_ADD_VERSION = """
INSERT INTO app.loan_product_versions (
    tenant_id, product_id, number, name, terms_id, fund, currency, principal_min, principal_max, savings_multiple,
    open_loans_max, refuses_late_borrowers, guarantors_min, approval, officers_min, reserves_money, approval_days,
    default_days, made_by
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
"""

_REVISE = "UPDATE app.loan_products SET newest = $3 WHERE tenant_id = $1 AND id = $2"

_RETIRE = "UPDATE app.loan_products SET status = 'RETIRED' WHERE tenant_id = $1 AND id = $2"


def version_from(row: Mapping[str, Any], group: Group) -> ProductVersion:
    """The version of a product that a row has, with its terms; those of a loan where the row has those."""

    def money(name: str) -> Money | None:
        return None if row[name] is None else Money(row[name], group.currency)

    return ProductVersion(
        number=row["product_version"],
        name=row["name"],
        terms=terms_from(row),
        rules=rules_from(row),
        fund=Fund(row["fund"]),
        principal_min=money("principal_min"),
        principal_max=money("principal_max"),
        savings_multiple=row["savings_multiple"],
        open_loans_max=row["open_loans_max"],
        is_refusing_late_borrowers=row["refuses_late_borrowers"],
        guarantors_min=row["guarantors_min"],
        approval=ApprovalRule(row["approval"]),
        officers_min=row["officers_min"],
        is_reserving_money=row["reserves_money"],
        approval_days=row["approval_days"],
        default_days=row["default_days"],
    )


class LoanProducts:
    """The store of loan products of one unit of work."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def find(self, group: Group, product_id: UUID) -> LoanProduct | None:
        """See `domain.lending.records.LoanProductStore`."""
        row = await self._work.connection.fetchrow(_FIND, group.id, product_id)
        if row is None:
            return None
        status = ProductStatus(row["product_status"])
        return LoanProduct(row["product_id"], status, version_from(row, group), row["product_lock"])

    async def add(self, group: Group, product_id: UUID, version: ProductVersion) -> None:
        """See `domain.lending.records.LoanProductStore`."""
        await self._work.write(_ADD, group.id, product_id, self._work.viewer.user_id)
        await self._add_version(group, product_id, version)

    async def revise(self, group: Group, product_id: UUID, version: ProductVersion) -> None:
        """See `domain.lending.records.LoanProductStore`."""
        await self._add_version(group, product_id, version)
        await self._work.write(_REVISE, group.id, product_id, version.number)

    async def retire(self, group: Group, product_id: UUID) -> None:
        """See `domain.lending.records.LoanProductStore`."""
        await self._work.write(_RETIRE, group.id, product_id)

    async def _add_version(self, group: Group, product_id: UUID, version: ProductVersion) -> None:
        terms_id = derived_id(product_id, f"terms {version.number}")
        await self._work.write(TERMS_INSERT, group.id, terms_id, *terms_values(version.terms, version.rules))
        await self._work.write(
            _ADD_VERSION,
            group.id,
            product_id,
            version.number,
            version.name,
            terms_id,
            version.fund.value,
            group.currency.code,
            None if version.principal_min is None else version.principal_min.amount,
            None if version.principal_max is None else version.principal_max.amount,
            version.savings_multiple,
            version.open_loans_max,
            version.is_refusing_late_borrowers,
            version.guarantors_min,
            version.approval.value,
            version.officers_min,
            version.is_reserving_money,
            version.approval_days,
            version.default_days,
            self._work.viewer.user_id,
        )
