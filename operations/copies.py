"""Backup of the embedded database, and the restore that verifies before it replaces anything."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import asyncpg

from graph.settings import Settings
from operations.console import CommandError, CommandRefusedError
from operations.installation import DATABASE, embedded_addresses, migrate_embedded
from operations.secrets_store import SecretsStore
from operations.verification import VerificationReport, verify_books
from persistence.crypto.keyring import Keyring
from persistence.embedded import EmbeddedServer, RestoreReport, restore_aside

__all__ = ["BookUnsoundError", "MasterKeyDiffersError", "refuse_external", "restore"]

_KEY_IDS = "SELECT DISTINCT split_part(password_hash, '$', 1) FROM access.credentials"


class BookUnsoundError(CommandError):
    """A book in the copy does not verify."""

    def __init__(self, report: VerificationReport) -> None:
        first = report.faults[0]
        super().__init__(
            f"The book of group {first.group_id} in the copy is not sound: {first.kind} at entry "
            f"{first.entry_number} ({len(report.faults)} faults in all). Restore another backup."
        )


class MasterKeyDiffersError(CommandError):
    """The copy was encrypted with a master secret that is not here."""

    def __init__(self) -> None:
        super().__init__(
            "The backup was encrypted with a master secret that this installation does not have. Put the one that "
            "belongs to it in place first: in secrets/master-key of the home, or in KIBUBU_MASTER_KEY."
        )


def refuse_external(settings: Settings, command: str) -> None:
    """Raise CommandRefusedError unless the database is the embedded one.

    Args:
        settings: As they were read.
        command: The command's name.
    """
    if not settings.is_embedded:
        raise CommandRefusedError(
            f"`kibubu {command}` copies the embedded database only, and DATABASE_URL names an external one. Use "
            "pg_basebackup or pg_dump with pg_restore there, or the backups of whoever runs that server for you. "
            "Keep the master secret with, but apart from, every backup."
        )


def restore(
    settings: Settings, folder: Path, *, progress: Callable[[int, int], None] | None = None
) -> tuple[RestoreReport, VerificationReport]:
    """Replace the embedded database by a backup, after every book in a copy of it was verified.

    Args:
        settings: As they were read; nothing may run on the home.
        folder: The backup.
        progress: Told the number of entries verified and of all entries.

    Raises:
        EmbeddedServerError: The restore failed; the data that was there is untouched.
    """
    store = SecretsStore(settings.home)
    verified: list[VerificationReport] = []

    def verify(server: EmbeddedServer) -> None:
        asyncio.run(_check_key(server, _keyring(settings, store)))
        passwords = store.ensure_passwords()
        migrate_embedded(server, passwords)
        addresses = {"kibubu_worker_login": embedded_addresses(server, passwords)["worker_url"]}
        report = asyncio.run(verify_books(addresses, progress=progress))
        if not report.is_sound:
            raise BookUnsoundError(report)
        verified.append(report)

    done = restore_aside(folder, settings.home, verify)
    return done, verified[0]


def _keyring(settings: Settings, store: SecretsStore) -> Keyring | None:
    if settings.master_key is not None or settings.master_key_file is not None:
        return settings.keyring()
    return Keyring.from_file(store.master_key_file) if store.master_key_file.exists() else None


async def _check_key(server: EmbeddedServer, keyring: Keyring | None) -> None:
    """Make sure that the passwords in the copy were hashed with a key of ours."""
    known = frozenset() if keyring is None else frozenset(keys.key_id.hex() for keys in keyring.every)
    connection = await asyncpg.connect(**server.superuser_arguments(DATABASE))
    try:
        used = frozenset(row[0] for row in await connection.fetch(_KEY_IDS))
    finally:
        await connection.close()
    if not used <= known:
        raise MasterKeyDiffersError
