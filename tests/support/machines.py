"""Programs for tests: credentials straight into the tables, as officers or a partner's manager would grant them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from domain.identifiers import new_id
from domain.policy import MachineScope
from persistence.crypto.machine_secrets import MachineToken, new_machine_token
from persistence.database import DatabaseRole
from persistence.viewer import Principal
from tests.support.world import World

_A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Machine:
    """A credential with its secret."""

    token: MachineToken
    granter: UUID

    @property
    def id(self) -> UUID:
        return self.token.credential_id

    @property
    def principal(self) -> Principal:
        return Principal(self.id, DatabaseRole.APP, self.token.digest)

    async def revoke(self, world: World, tenant: UUID | None = None) -> None:
        """End it in a tenant; where none is named, for good."""
        await world.superuser.execute(
            "UPDATE access.machine_grants SET revoked_at = now() WHERE credential_id = $1 AND tenant_id = $2",
            self.id,
            tenant or self.granter,
        )


async def make_machine(
    world: World,
    granter: UUID,
    scopes: Sequence[MachineScope],
    *,
    reaches: Collection[UUID] = (),
    lives: timedelta = _A_DAY,
    secret_lives: timedelta = _A_DAY,
) -> Machine:
    """A credential, past all policies; it may have begun long ago, so that it has ended."""
    token = new_machine_token(world.keyring, new_id())
    for tenant in (granter, *reaches):
        await world.superuser.execute(
            "INSERT INTO access.machine_grants (tenant_id, credential_id, granter_id, name, scopes, created_at,"
            " created_by, expires_at) VALUES ($1, $2, $3, 'Program', $4, now() - interval '2 days', $2, now() + $5)",
            tenant,
            token.credential_id,
            granter,
            [scope.value for scope in scopes],
            lives,
        )
    await world.superuser.execute(
        "INSERT INTO access.machine_secrets (digest, credential_id, granter_id, expires_at)"
        " VALUES ($1, $2, $3, now() + $4)",
        token.digest,
        token.credential_id,
        granter,
        secret_lives,
    )
    return Machine(token, granter)


async def spoilt_machines(world: World, group: UUID) -> dict[str, Principal]:
    """Credentials with every reading scope, each spoilt in one way, by what is wrong with them."""
    reading = [MachineScope.READ_NAMES]
    past = timedelta(seconds=-1)
    good = await make_machine(world, group, reading)
    other = await make_machine(world, group, reading)
    revoked = await make_machine(world, group, reading)
    await revoked.revoke(world)
    forged = new_machine_token(world.keyring, good.id)
    return {
        "an unknown machine": replace(good.principal, id=new_id()),
        "a machine with a made-up secret": replace(good.principal, proof=forged.digest),
        "a machine with another's secret": replace(good.principal, proof=other.token.digest),
        "a revoked machine": revoked.principal,
        "an expired machine": (await make_machine(world, group, reading, lives=past)).principal,
        "a machine with a secret that is over": (
            await make_machine(world, group, reading, secret_lives=past)
        ).principal,
    }
