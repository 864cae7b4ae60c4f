"""What one operation carries from field to field."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from uuid import UUID

from domain.policy import Resource, Viewer
from graph.errors import NotSignedIn
from persistence.personal_reads import note_personal_reads
from persistence.snapshot import Snapshot
from persistence.viewer import Principal

if TYPE_CHECKING:
    from graph.http import RequestFacts
    from graph.limits import Admission
    from graph.relations import Loader
    from graph.services import Services

__all__ = ["Context"]


class Context:
    """One operation: who asks, what it reads, and what it must tell beside the data.

    Attributes:
        services: What the process holds.
        principal: Through what the request came; None where nobody signed in.
        facts: What the transport knows of the request.
        readable: Whether the viewer may read a resource in the whole of a tenant, as far as it was asked.
        hidden: The columns that were left out of some rows, as `Type.field`.
        extensions: What the answer carries beside data and errors.
        tenants: Where all that is read lies, once the operation has said in which group; None for anywhere.
        statements_count: How many statements its snapshots sent.
        failure: The error of a statement, which ends the whole operation; None where none failed.
        address: Where the request came from, before the proxies that are known.
        admission: What the operation was let in for; None before it was.
        weight: What the objects of the answer cost; None where nobody counted them.
        personal_reads: The names of the fields that were read of what few may know, by group and member.
        turn: What is held while the snapshot is open; None for what waits for no turn.
    """

    def __init__(self, services: Services, principal: Principal | None, facts: RequestFacts) -> None:
        self.services = services
        self.principal = principal
        self.facts = facts
        self.readable: dict[tuple[Resource, UUID | None], bool] = {}
        self.hidden: set[str] = set()
        self.extensions: dict[str, Any] = {}
        self.tenants: list[UUID] | None = None
        self.statements_count = 0
        self.failure: Exception | None = None
        self.address = services.proxies.client(facts.client_host, facts.headers.get("x-forwarded-for"))
        self.admission: Admission | None = None
        self.weight: int | None = None
        self.personal_reads: dict[tuple[UUID, UUID], set[str]] = {}
        self.turn: asyncio.Semaphore | None = None
        self._snapshot: Snapshot | None = None
        self._loaders: dict[tuple[Any, ...], Loader] = {}

    @property
    def signed_in(self) -> Principal:
        """Through what the request came; raises NotSignedIn where nobody did."""
        if self.principal is None:
            raise NotSignedIn
        return self.principal

    @property
    def snapshot(self) -> Snapshot:
        """What the operation reads from; made at the first need."""
        if self._snapshot is None:
            self._snapshot = Snapshot(
                self.services.database, self.services.keyring, self.signed_in, self.tenants, self.turn
            )
        return self._snapshot

    @property
    def viewer(self) -> Viewer:
        """Who asks, as the database reported it; known below any root field."""
        return self.snapshot.viewer

    def note_personal_read(self, key: tuple[UUID, UUID], field: str) -> None:
        """Keep in mind that a field of a member was read which few may know; not where it is the viewer's own."""
        if key not in self.viewer.own_members:
            self.personal_reads.setdefault(key, set()).add(field)

    async def keep_personal_reads(self) -> None:
        """Write down what was read, before it leaves.

        Raises:
            UnauthenticatedError: The session was revoked meanwhile.
            DatabaseUnavailableError: The database did not answer, so nothing may leave.
        """
        if self.personal_reads:
            reads, self.personal_reads = self.personal_reads, {}
            services = self.services
            await note_personal_reads(services.database, self.signed_in, self.facts.request_id, reads)
            self.statements_count += 2

    def loader(self, key: tuple[Any, ...], make: type[Loader], *arguments: Any) -> Loader:
        """The loader that the operation keeps under the key."""
        loader = self._loaders.get(key)
        if loader is None:
            loader = self._loaders[key] = make(self, *arguments)
        return loader

    def forget_loaded(self) -> None:
        """Load anew from the same snapshot: each event of a subscription has loaders of its own."""
        self._loaders.clear()

    async def forget(self) -> None:
        """End the snapshot and what was loaded from it: before a mutation, and at the end."""
        self._loaders.clear()
        self.readable.clear()
        self.tenants = None
        if self._snapshot is not None:
            snapshot, self._snapshot = self._snapshot, None
            self.statements_count += snapshot.statements_count
            self.failure = self.failure or snapshot.failure
            await snapshot.close()
