"""What the process holds for all requests: pools, keys and the use cases of sign-in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial

from graph.draining import Draining
from graph.ledger.verifying import Verifications
from graph.limits import Gate, TrustedProxies
from graph.persisted import DocumentRules, PersistedDocuments
from graph.settings import Settings
from graph.subscriptions.streams import Streams
from graph.telemetry import Telemetry
from persistence.access import Access
from persistence.access.machine_uses import MachineUses
from persistence.crypto.keyring import Keyring
from persistence.crypto.passwords import PasswordHasher
from persistence.crypto.tokens import AccessTokens
from persistence.database import Database
from persistence.documents import find_document
from persistence.feed import Feed

__all__ = ["Services", "open_services"]


@dataclass(frozen=True, slots=True)
class Services:
    """Made once at start, shared by all requests.

    Attributes:
        telemetry: What is told of operations.
        draining: Whether the process is about to end.
        documents: The documents that are run by their ids.
        gate: Lets operations in.
        proxies: The proxies that are believed.
        feed: Tells subscribers of news.
        streams: What is open to clients.
        machine_uses: Notes which machine credentials are in use.
        verifications: Who verifies which book.
    """

    settings: Settings
    database: Database
    keyring: Keyring
    tokens: AccessTokens
    access: Access
    telemetry: Telemetry = field(default_factory=Telemetry)
    draining: Draining = field(default_factory=Draining)
    verifications: Verifications = field(default_factory=Verifications)
    documents: PersistedDocuments = field(init=False)
    gate: Gate = field(init=False)
    proxies: TrustedProxies = field(init=False)
    feed: Feed = field(init=False)
    streams: Streams = field(init=False)

    machine_uses: MachineUses = field(init=False)

    def __post_init__(self) -> None:
        """Make what lives on the rest."""
        object.__setattr__(self, "machine_uses", MachineUses(self.database))
        find = partial(find_document, self.database)
        object.__setattr__(self, "documents", PersistedDocuments(find, _document_rules(self.settings)))
        object.__setattr__(self, "gate", Gate(self.settings.cost_max, counts=self.settings.rate_limits))
        object.__setattr__(self, "proxies", TrustedProxies(self.settings.trusted_proxies))
        # Half of the connections are for requests, whatever there is to be told.
        readers_max = max(1, self.settings.pool_size // 2)
        object.__setattr__(self, "feed", Feed(self.database, readers_max=readers_max))
        object.__setattr__(self, "streams", Streams(self.database, self.settings.streams_max))
        self.draining.on_close(self.streams.close)


def _document_rules(settings: Settings) -> DocumentRules:
    return DocumentRules(
        settings.documents_only, frozenset(settings.documents_only_clients), settings.get_documents_only
    )


@asynccontextmanager
async def open_services(
    settings: Settings, *, telemetry: Telemetry | None = None, draining: Draining | None = None
) -> AsyncIterator[Services]:
    """Connect to the database and derive the keys, and let go of both at the end.

    Args:
        settings: With an address for each login.
        telemetry: What is told of operations; None tells it to the log alone.
        draining: Whether the process is about to end; None where nobody will say so.

    Raises:
        UnsafeLoginError: A database login is one to which row-level security does not apply.
        MasterKeyError: The master key is missing or not one.
    """
    keyring = settings.keyring()
    tokens = AccessTokens(keyring)
    hasher = PasswordHasher(keyring)
    database = await Database.connect(settings.addresses(), size=settings.pool_size)
    try:
        access = Access(database, keyring, hasher, tokens, settings.session_idle_life)
        services = Services(
            settings, database, keyring, tokens, access, telemetry or Telemetry(), draining or Draining()
        )
        try:
            yield services
        finally:
            await services.streams.close()
            await services.feed.close()
    finally:
        await database.close()
        hasher.close()
