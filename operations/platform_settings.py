"""What holds for the whole platform, decided from the command line."""

from __future__ import annotations

import asyncpg

from domain.access.platform import GroupFounders
from persistence.access.platform import set_platform

__all__ = ["decide_for_platform"]

_FOUNDERS = {
    GroupFounders.ANYONE: "Anyone who signed in begins groups",
    GroupFounders.PARTNERS: "Staff of partners and administrators begin groups",
    GroupFounders.ADMINS: "Administrators alone begin groups",
}


async def decide_for_platform(
    owner_address: str, founders: GroupFounders | None, *, is_verification_required: bool | None
) -> str:
    """Decide, where something is given, and say in words what holds.

    Args:
        owner_address: The address of a role that may become the owner.
        founders: Who begins groups; None leaves it.
        is_verification_required: Whether new groups wait to be verified; None leaves it.
    """
    connection = await asyncpg.connect(owner_address)
    try:
        row = await set_platform(connection, founders, is_verification_required=is_verification_required)
    finally:
        await connection.close()
    waits = "wait until an administrator verified them" if row["is_verification_required"] else "are at work at once"
    return f"{_FOUNDERS[GroupFounders(row['group_founders'])]}. New ones {waits}."
