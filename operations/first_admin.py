"""The first administrator, whom nobody who is signed in could make."""

from __future__ import annotations

import asyncpg

from domain.access.users import CreateUser
from persistence.access import create_first_admin
from persistence.crypto.keyring import Keyring
from persistence.crypto.passwords import PasswordHasher

__all__ = ["make_first_admin"]


async def make_first_admin(owner_address: str, keyring: Keyring, command: CreateUser) -> None:
    """Make the user, in a database without an administrator.

    Args:
        owner_address: The address of a role that may become the owner.
        keyring: The keys of the installation.
        command: Whom to make.

    Raises:
        DomainError: There is an administrator already, or what the command says will not do.
    """
    hasher = PasswordHasher(keyring, workers=1)
    try:
        connection = await asyncpg.connect(owner_address)
        try:
            await create_first_admin(connection, keyring, hasher, command)
        finally:
            await connection.close()
    finally:
        hasher.close()
