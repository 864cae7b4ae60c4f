"""Trusted documents in PostgreSQL: found for every request, written by the command line alone, as the owner."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from persistence.database import Database, DatabaseRole, Isolation
from persistence.roles import OWNER

__all__ = [
    "Manifest",
    "find_document",
    "list_manifests",
    "register_manifest",
    "remove_manifest",
]

_FIND = "SELECT app.find_document($1)"

# Against two commands at once, of which one might remove what the other relies on; requests go on.
_LOCK = "LOCK TABLE app.document_manifests IN SHARE ROW EXCLUSIVE MODE"

_REGISTERED = "SELECT document_ids FROM app.document_manifests WHERE application = $1 AND version = $2"

_ADD_DOCUMENTS = """
INSERT INTO app.trusted_documents (id, document)
SELECT * FROM unnest($1::text[], $2::text[])
ON CONFLICT (id) DO NOTHING
"""

_ADD_MANIFEST = "INSERT INTO app.document_manifests (application, version, document_ids) VALUES ($1, $2, $3)"

_REMOVE_MANIFEST = """
DELETE FROM app.document_manifests WHERE application = $1 AND version = $2 RETURNING document_ids
"""

_REMOVE_DOCUMENTS = """
DELETE FROM app.trusted_documents t
WHERE t.id = ANY ($1) AND NOT EXISTS (SELECT FROM app.document_manifests m WHERE t.id = ANY (m.document_ids))
"""

_LIST = """
SELECT application, version, cardinality(document_ids) AS documents_count, registered_at
FROM app.document_manifests ORDER BY application, registered_at, version
"""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What one version of an application registered.

    Attributes:
        application: Its name.
        version: Its version.
        documents_count: How many documents.
        registered_at: When.
    """

    application: str
    version: str
    documents_count: int
    registered_at: datetime


async def find_document(database: Database, document_id: str) -> str | None:
    """The text of the trusted document with an id; None where there is none.

    Raises:
        DatabaseBusyError: No connection came free in time.
        DatabaseUnavailableError: The database did not answer, or not in time.
    """
    async with database.transaction(DatabaseRole.ANONYMOUS, Isolation.READ) as connection:
        text: str | None = await connection.fetchval(_FIND, document_id)
    return text


async def register_manifest(
    connection: asyncpg.Connection, application: str, version: str, documents: Mapping[str, str]
) -> bool:
    """Register documents for a version of an application.

    Args:
        connection: One whose login may become the owner, as migrations use it.
        application: The application's name.
        version: Its version.
        documents: The texts by their ids.

    Returns:
        Whether they are registered; False if the version has other documents already, which stay.
    """
    async with _owning(connection):
        await connection.execute(_LOCK)
        found = await connection.fetchval(_REGISTERED, application, version)
        if found is not None:
            return set(found) == documents.keys()
        await connection.execute(_ADD_DOCUMENTS, list(documents), list(documents.values()))
        await connection.execute(_ADD_MANIFEST, application, version, sorted(documents))
    return True


async def remove_manifest(connection: asyncpg.Connection, application: str, version: str) -> int | None:
    """Remove what a version registered, but for documents that another one registered as well.

    Args:
        connection: As for `register_manifest`.
        application: The application's name.
        version: Its version.

    Returns:
        How many documents are gone; None where there is no such version.
    """
    async with _owning(connection):
        await connection.execute(_LOCK)
        ids = await connection.fetchval(_REMOVE_MANIFEST, application, version)
        if ids is None:
            return None
        done = await connection.execute(_REMOVE_DOCUMENTS, ids)
    return int(done.rpartition(" ")[2])


async def list_manifests(connection: asyncpg.Connection) -> list[Manifest]:
    """What is registered, by application and age; `connection` is as for `register_manifest`."""
    async with _owning(connection):
        rows = await connection.fetch(_LIST)
    return [Manifest(**row) for row in rows]


@asynccontextmanager
async def _owning(connection: asyncpg.Connection) -> AsyncIterator[None]:
    """A transaction as the owner."""
    async with connection.transaction():
        await connection.execute(f"SET LOCAL ROLE {OWNER}")
        yield
