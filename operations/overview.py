"""What `kibubu status` tells: the server, its revision, how much there is, and room on the disk. Never a secret."""

from __future__ import annotations

import importlib.metadata
import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from operations.installation import Installation
from operations.jobs import VERIFY_JOB, WORKER_LOGIN
from persistence.database import Database, DatabaseRole, Isolation
from persistence.revision import found_revision, needed_revision
from persistence.viewer import enter

__all__ = ["Overview", "overview"]

_SERVER = (
    "SELECT current_setting('server_version') AS version, pg_database_size(current_database()) AS bytes,"
    " inet_server_addr() AS host, current_database() AS name"
)
_COUNTS = """
SELECT (SELECT count(*) FROM app.groups) AS groups,
       (SELECT count(*) FROM app.members) AS members,
       (SELECT count(*) FROM app.meetings) AS meetings,
       (SELECT count(*) FROM app.contributions) AS contributions,
       (SELECT coalesce(sum(entry_number), 0)::bigint FROM ledger.heads) AS entries
"""


@dataclass(frozen=True, slots=True)
class Overview:
    """The state of an installation.

    Attributes:
        server_version: Of PostgreSQL.
        database: Where the database is, without login or password.
        database_bytes: Its size.
        revision: The revision that it is at; None before the first migration.
        newest_revision: The revision that this release needs.
        counts: How many groups, members and so on; empty where no worker's login is known, or before a migration.
        home: The folder of the embedded database; None for an external one.
        home_free_bytes: What is free there.
        versions: Of Kibubu, Python and the system.
    """

    server_version: str
    database: str
    database_bytes: int
    revision: str | None
    newest_revision: str
    counts: Mapping[str, int]
    home: Path | None
    home_free_bytes: int | None
    versions: Mapping[str, str]

    @property
    def is_current(self) -> bool:
        """Whether the database is at the revision that this release needs."""
        return self.revision == self.newest_revision


async def overview(installation: Installation) -> Overview:
    """Ask the database, as the application's own logins, for the state of an installation.

    Raises:
        UnsafeLoginError: Row-level security does not apply to a login.
    """
    settings = installation.settings
    database = await Database.connect(settings.addresses(), size=1)
    try:
        async with database.transaction(DatabaseRole.ANONYMOUS, Isolation.READ) as connection:
            server = await connection.fetchrow(_SERVER)
        async with database.transaction(DatabaseRole.ANONYMOUS, Isolation.READ) as connection:
            revision = await found_revision(connection)
        counts = {}
        if WORKER_LOGIN in settings.addresses() and revision == needed_revision():
            counts = await _counts(database)
    finally:
        await database.close()
    home = None if installation.server is None else settings.home.absolute()
    where = f"embedded, in {home}" if home is not None else f"{server['name']} on {server['host'] or 'this machine'}"
    return Overview(
        server_version=server["version"],
        database=where,
        database_bytes=server["bytes"],
        revision=revision,
        newest_revision=needed_revision(),
        counts=counts,
        home=home,
        home_free_bytes=None if home is None else _free_bytes(home),
        versions={
            "Kibubu": importlib.metadata.version("kibubu"),
            "Python": platform.python_version(),
            "system": f"{platform.system()} {platform.machine()}",
        },
    )


async def _counts(database: Database) -> dict[str, int]:
    async with database.transaction(VERIFY_JOB.role, Isolation.READ) as connection:
        await enter(connection, VERIFY_JOB, None)
        return dict(await connection.fetchrow(_COUNTS))


def _free_bytes(folder: Path) -> int:
    figures = os.statvfs(folder)
    return figures.f_bavail * figures.f_frsize
