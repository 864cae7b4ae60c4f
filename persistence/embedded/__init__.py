"""The PostgreSQL that comes with Kibubu, for whoever names no other in `DATABASE_URL`."""

from __future__ import annotations

from persistence.embedded.backup import BackupReport, RestoreReport, base_backup, restore_aside
from persistence.embedded.errors import EmbeddedServerError
from persistence.embedded.folders import default_home
from persistence.embedded.server import EmbeddedServer

__all__ = [
    "BackupReport",
    "EmbeddedServer",
    "EmbeddedServerError",
    "RestoreReport",
    "base_backup",
    "default_home",
    "restore_aside",
]
