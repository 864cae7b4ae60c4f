"""How far the demonstration data are loaded."""

from __future__ import annotations

from datetime import date

from operations.demonstration.groups import SHOWCASE
from operations.demonstration.meetings import meeting_id
from operations.demonstration.members import group_id, members_of
from operations.demonstration.year import MEETINGS_PER_YEAR
from operations.jobs import VERIFY_JOB
from persistence.database import Database, Isolation
from persistence.viewer import Principal, enter

__all__ = ["founders_joined_on", "is_wanted"]

_IS_WANTED = """
SELECT NOT EXISTS (SELECT FROM ledger.heads)
    OR (
        EXISTS (SELECT FROM ledger.heads WHERE tenant_id = $1)
        AND NOT EXISTS (SELECT FROM app.contributions WHERE tenant_id = $1 AND meeting_id = $2)
    )
"""

_JOINED_ON = "SELECT joined_on FROM app.members WHERE tenant_id = $1 AND id = $2"


async def is_wanted(database: Database) -> bool:
    """Whether there is nothing in the database yet, or loading the demonstration into it was interrupted.

    Raises:
        LoginMissingError: The installation has no login for jobs.
    """
    last_meeting = meeting_id(SHOWCASE, MEETINGS_PER_YEAR[SHOWCASE.frequency])
    async with database.transaction(VERIFY_JOB.role, Isolation.READ) as connection:
        await enter(connection, VERIFY_JOB, None)
        return bool(await connection.fetchval(_IS_WANTED, group_id(SHOWCASE), last_meeting))


async def founders_joined_on(database: Database, administrator: Principal) -> date | None:
    """The first date of what is loaded, from which all others follow; None where nothing is."""
    founder = members_of(SHOWCASE)[0]
    async with database.transaction(administrator.role, Isolation.READ) as connection:
        await enter(connection, administrator, None)
        joined_on: date | None = await connection.fetchval(_JOINED_ON, group_id(SHOWCASE), founder.id)
        return joined_on
