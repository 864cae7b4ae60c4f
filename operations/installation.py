"""The installation that a command works on: an external PostgreSQL, or the embedded one, started or found running."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

import asyncpg
from pydantic import SecretStr

from graph.settings import Settings
from operations.attached import AttachedServer
from operations.console import CommandError, CommandRefusedError
from operations.owner import create_database
from operations.secrets_store import SecretsStore
from persistence.database import Database, DatabaseRole, Isolation
from persistence.embedded import EmbeddedServer
from persistence.embedded.errors import FolderLockedError
from persistence.migrate import migrate
from persistence.revision import found_revision, needed_revision
from persistence.roles import LOGINS, refuse_old_server

__all__ = [
    "DATABASE",
    "Installation",
    "check_revision",
    "embedded_addresses",
    "migrate_embedded",
    "migrate_external",
    "open_installation",
]

DATABASE = "kibubu"
"""The name of the database in the embedded server."""

CONNECTIONS_BESIDE_POOLS = 30
"""For commands, backups and the superuser, beside what the server's processes hold."""
CONNECTIONS_OF_SMALL_POOLS = 4


@dataclass(frozen=True)
class Installation:
    """What a command works on.

    Attributes:
        settings: The settings, with an address for each login and a place for the master secret.
        server: The embedded server; None where the database is an external one.
        migrate_url: The address for migrations; None where there is none.
        migrated: The revision before and after, where opening it migrated the embedded database.
    """

    settings: Settings
    server: EmbeddedServer | None
    migrate_url: str | None
    migrated: tuple[str | None, str | None] | None = None

    def owner_url(self, purpose: str) -> str:
        """The address for migrations.

        Raises:
            CommandRefusedError: It is not set.
        """
        if self.migrate_url is None:
            raise CommandRefusedError(
                f"KIBUBU_MIGRATE_URL is not set: {purpose} needs the address of a role that may make roles, "
                "or that may become kibubu_owner."
            )
        return self.migrate_url


@contextmanager
def open_installation(settings: Settings, *, alone: bool = False, make: bool = False) -> Iterator[Installation]:
    """The installation that the settings name, usable inside the `with`.

    Args:
        settings: As they were read.
        alone: Whether this process must own the embedded server; otherwise one that runs already is used.
        make: Whether a missing embedded database is made, and an old one migrated.

    Raises:
        EmbeddedServerError: The embedded server cannot run.
        NotReachableError: Another process owns the home, and its server does not answer.
        CommandError: There is no database yet.
        SecretsError: A secret is missing or cannot be kept.
    """
    if not settings.is_embedded:
        address = settings.migrate_url
        yield Installation(settings, None, None if address is None else address.get_secret_value())
        return
    connections = settings.workers * (settings.pool_size + CONNECTIONS_OF_SMALL_POOLS) + CONNECTIONS_BESIDE_POOLS
    server = EmbeddedServer(settings.home, max_connections=connections)
    if not make and not server.data_folder.exists():
        raise _no_database(settings)
    try:
        server.start()
    except FolderLockedError:
        if alone:
            raise
        server = AttachedServer(settings.home)
        server.start()
    with _stopping(server):
        complete = _complete(settings, server, make=make)
        migrated = migrate_embedded(server, SecretsStore(settings.home).ensure_passwords()) if make else None
        yield Installation(complete, server, server.superuser_dsn(DATABASE), migrated)


def _no_database(settings: Settings) -> CommandError:
    return CommandError(f"There is no database in {settings.home} yet: `kibubu serve` or `kibubu migrate` makes it.")


@contextmanager
def _stopping(server: EmbeddedServer) -> Iterator[None]:
    try:
        yield
    finally:
        server.stop()


def _complete(settings: Settings, server: EmbeddedServer, *, make: bool) -> Settings:
    """The settings with what only a running server and its home know; secrets are made only with `make`."""
    store = SecretsStore(settings.home)
    exists = asyncio.run(_has_database(server))
    if not make and not exists:
        raise _no_database(settings)
    passwords = store.ensure_passwords() if make else store.kept_passwords()
    known: dict[str, object] = {
        setting: SecretStr(address) for setting, address in embedded_addresses(server, passwords).items()
    }
    if settings.master_key is None and settings.master_key_file is None:
        known["master_key_file"] = store.ensure_master_key(data_exists=exists)
    return settings.model_copy(update=known)


def embedded_addresses(server: EmbeddedServer, passwords: Mapping[str, str]) -> dict[str, str]:
    """The address of each login in a running embedded server, by the name of its setting."""
    place = urlsplit(server.superuser_dsn(DATABASE))
    names = {
        "database_url": "kibubu_login",
        "admin_url": "kibubu_admin_login",
        "worker_url": "kibubu_worker_login",
    }
    return {
        setting: f"postgresql://{login}:{passwords[login]}@{place.path}?{place.query}"
        for setting, login in names.items()
    }


async def _has_database(server: EmbeddedServer) -> bool:
    connection = await asyncpg.connect(**server.superuser_arguments())
    try:
        found = await connection.fetchval("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", DATABASE)
        return bool(found)
    finally:
        await connection.close()


def migrate_embedded(server: EmbeddedServer, passwords: Mapping[str, str]) -> tuple[str | None, str | None]:
    """Bring the embedded database to the newest revision, from nothing if need be; gives the one before and after."""

    async def work() -> tuple[str | None, str | None]:
        await create_database(server.superuser_dsn(), DATABASE)
        address = server.superuser_dsn(DATABASE)
        return await migrate(address, passwords)

    return asyncio.run(work())


def migrate_external(installation: Installation) -> tuple[str | None, str | None]:
    """Bring an external database to the newest revision; gives the one before and after.

    A login that cannot sign in yet gets the password that its address holds.

    Raises:
        MissingRightError: Roles are missing, and the role of the migration address may not make them.
        CommandRefusedError: There is no address for migrations, or a password there would need quoting.
    """
    address = installation.owner_url("migrating")

    async def work() -> tuple[str | None, str | None]:
        passwords = await _missing_passwords(installation.settings.addresses())
        try:
            return await migrate(address, passwords)
        except ValueError as error:
            raise CommandRefusedError(f"{error}. Change it in the address, then migrate again.") from None

    return asyncio.run(work())


async def _missing_passwords(addresses: Mapping[str, str]) -> dict[str, str]:
    """The passwords of those logins that the server does not let in with them."""
    missing: dict[str, str] = {}
    for login, address in addresses.items():
        parts = urlsplit(address)
        if login not in LOGINS or parts.username != login or not parts.password:
            continue
        try:
            connection = await asyncpg.connect(address)
        except (asyncpg.InvalidPasswordError, asyncpg.InvalidAuthorizationSpecificationError):
            missing[login] = unquote(parts.password)
        else:
            await connection.close()
    return missing


async def check_revision(settings: Settings) -> None:
    """Make sure that the logins are safe and that the database is the one this code was written for.

    Raises:
        UnsafeLoginError: Row-level security does not apply to a login.
        ServerTooOldError: The server is older than what is supported.
        CommandError: The database is of another revision.
    """
    database = await Database.connect(settings.addresses(), size=1)
    try:
        async with database.transaction(DatabaseRole.ANONYMOUS, Isolation.READ) as connection:
            refuse_old_server(connection)
            found = await found_revision(connection)
    finally:
        await database.close()
    newest = needed_revision()
    if found != newest:
        has = "has no tables yet" if found is None else f"is at revision {found}"
        raise CommandError(f"The database {has}, and this release needs {newest}: run `kibubu migrate`.")
