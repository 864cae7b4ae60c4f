"""A secretary's client beside her group, for tests of what she is refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.support.api import Client, nothing_changes
from tests.support.world import GroupOfPeople, World


@dataclass(frozen=True)
class Office:
    """A secretary with her group."""

    client: Client
    group: GroupOfPeople
    world: World

    async def refused(self, mutation: str, **fields: Any) -> tuple[str, str, list[str], str]:
        """Code, reason, path and message of the one user error; nothing but the key is kept."""
        if mutation != "groupCreate":
            fields = {"groupId": self.group.id, **fields}
        async with nothing_changes(self.world, but_for_keys=True):
            error = await self.client.user_error(mutation, **fields)
        return error["code"], error["reason"], error["path"], error["message"]
