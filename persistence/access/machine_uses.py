"""Noting that machine credentials are in use: once an hour, never with every read."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from uuid import UUID

from persistence.database import Database, DatabaseBusyError, DatabaseUnavailableError, Isolation
from persistence.viewer import Principal, UnauthenticatedError, enter

__all__ = ["NOTED_EVERY_SECONDS", "REMEMBERED_MAX", "MachineUses"]

NOTED_EVERY_SECONDS = 3_600
REMEMBERED_MAX = 4_096
"""Credentials remembered in a process; one that was forgotten is noted anew, where the database keeps to the hour."""

_NOTE = "SELECT access.note_machine_use()"


class MachineUses:
    """Notes the use of credentials in the database.

    Args:
        database: The pools.
        clock: Seconds that only go forwards.
    """

    def __init__(self, database: Database, clock: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._clock = clock
        self._noted: OrderedDict[UUID, float] = OrderedDict()

    async def note(self, principal: Principal) -> None:
        """Note that the machine was let in, unless that was done within the hour.

        Nothing comes of a failure: the next request after the hour notes it.
        """
        now, noted = self._clock(), self._noted.get(principal.id)
        if noted is not None and now - noted < NOTED_EVERY_SECONDS:
            return
        self._noted[principal.id] = now
        self._noted.move_to_end(principal.id)
        if len(self._noted) > REMEMBERED_MAX:
            self._noted.popitem(last=False)
        try:
            async with self._database.transaction(principal.role, Isolation.WRITE) as connection:
                await enter(connection, principal, [])
                await connection.execute(_NOTE)
        except UnauthenticatedError:
            # Whoever sends a wrong secret must not keep the right one's use from being noted.
            self._noted.pop(principal.id, None)
        except (DatabaseBusyError, DatabaseUnavailableError):
            return
