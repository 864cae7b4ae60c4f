"""Forgets what nobody can ask for any more: changes of groups that are older than subscribers may come back after."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

from operations.jobs import TIDY_JOB, worker_database
from persistence.database import Isolation
from persistence.viewer import enter

__all__ = ["CHANGES_KEPT", "forget_changes"]

CHANGES_KEPT = timedelta(days=180)
"""How long a device may be away and still go on from where it was. The book itself is kept for good."""

_GROUPS = "SELECT tenant_id FROM ledger.heads ORDER BY tenant_id"
_FORGET = "SELECT app.forget_changes($1, now() - $2::interval)"


async def forget_changes(addresses: Mapping[str, str], *, progress: Callable[[int, int], None] | None = None) -> int:
    """Take what is older than `CHANGES_KEPT` out of the change log of every group, as the job `tidy`.

    Each group is a transaction of its own, and its writers wait for that alone.

    Args:
        addresses: The address of each login; the worker's is used.
        progress: Told the number of groups done and of all groups.

    Returns:
        How many groups had something to forget.

    Raises:
        LoginMissingError: There is no address for the worker's login.
    """
    count = 0
    async with worker_database(addresses, "kibubu tidy") as database:
        async with database.transaction(TIDY_JOB.role, Isolation.READ) as connection:
            await enter(connection, TIDY_JOB, None)
            groups = [row["tenant_id"] for row in await connection.fetch(_GROUPS)]
        for done, group in enumerate(groups, 1):
            async with database.transaction(TIDY_JOB.role, Isolation.WRITE) as connection:
                await enter(connection, TIDY_JOB, None)
                count += await connection.fetchval(_FORGET, group, CHANGES_KEPT) is not None
            if progress is not None:
                progress(done, len(groups))
    return count
