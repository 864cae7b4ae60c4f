"""The demonstration data in a database of a test's own."""

from __future__ import annotations

from datetime import date
from typing import Any

from operations.demonstration import Report, Scale, load_demonstration
from tests.support.api import Api
from tests.support.cluster import dsn_for

TODAY = date(2026, 11, 20)
"""A Friday."""


async def load(api: Api, scale: Scale, **other: Any) -> Report:
    """Load it into the database that is served."""
    return await load_demonstration(
        api.services, owner_address=dsn_for(api.world.name), scale=scale, **{"today": TODAY, **other}
    )
