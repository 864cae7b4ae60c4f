"""What the process holds for all requests: pools, keys and the use cases of sign-in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from graph.draining import Draining
from graph.settings import Settings
from graph.telemetry import Telemetry
from persistence.access import Access
from persistence.crypto.keyring import Keyring
from persistence.crypto.passwords import PasswordHasher
from persistence.crypto.tokens import AccessTokens
from persistence.database import Database

__all__ = ["Services", "open_services"]


@dataclass(frozen=True, slots=True)
class Services:
    """Made once at start, shared by all requests.

    Attributes:
        telemetry: What is told of operations.
        draining: Whether the process is about to end.
    """

    settings: Settings
    database: Database
    keyring: Keyring
    tokens: AccessTokens
    access: Access
    telemetry: Telemetry = field(default_factory=Telemetry)
    draining: Draining = field(default_factory=Draining)


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
        yield Services(settings, database, keyring, tokens, access, telemetry or Telemetry(), draining or Draining())
    finally:
        await database.close()
        hasher.close()
