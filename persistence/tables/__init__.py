"""The tables as SQLModel declares them; migrations make them, and a test compares the two."""

from __future__ import annotations

from sqlmodel import SQLModel

from persistence.tables import (
    access,
    audit,
    bookkeeping,
    directory,
    documents,
    groups,
    joining,
    ledger,
    lending,
    loan_accounts,
    loans,
    machines,
    meetings,
    members,
    savings,
    securities,
    sync,
    votes,
)

METADATA = SQLModel.metadata

DIRECTORY_TABLES = frozenset(
    {
        "app.memberships",
        "app.permission_overrides",
        "access.machine_grants",
        "access.machine_uses",
        "app.join_codes",
    }
)
"""Global tables that name a tenant, since they say who belongs where, and what is let in there."""

TENANT_TABLES = frozenset(
    name for name, table in METADATA.tables.items() if "tenant_id" in table.columns and name not in DIRECTORY_TABLES
)
"""Tables whose rows belong to one tenant; by schema and name. They are the ones to distribute by tenant."""

GLOBAL_TABLES = frozenset(METADATA.tables) - TENANT_TABLES
"""Tables that belong to no tenant: the directory, who signs in, and reference data. A closed list."""

__all__ = [
    "DIRECTORY_TABLES",
    "GLOBAL_TABLES",
    "METADATA",
    "TENANT_TABLES",
    "access",
    "audit",
    "bookkeeping",
    "directory",
    "documents",
    "groups",
    "joining",
    "ledger",
    "lending",
    "loan_accounts",
    "loans",
    "machines",
    "meetings",
    "members",
    "savings",
    "securities",
    "sync",
    "votes",
]
