"""Machine credentials: how a program of a group's or a partner's is let in, for how long and for what.

A credential belongs to the group or partner that granted it, not to the officer who did: it goes on when she leaves her
office, and whoever holds the office then may revoke it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

from domain.errors import DomainError, ErrorCode, faults_at
from domain.identifiers import derived_id
from domain.policy import Action, MachineScope, Resource
from domain.service import IdAlreadyUsed, Outcome, service
from domain.text import TextNotAllowed, TextTooLong, TextTooShort, clean_text

if TYPE_CHECKING:
    from domain.unit_of_work import UnitOfWork

__all__ = [
    "CREDENTIALS_MAX",
    "GRACE_MAX",
    "LIFE_MAX",
    "LIFE_MIN",
    "MACHINE_NAME_MAX",
    "CredentialExpiryInvalid",
    "CredentialGraceInvalid",
    "CredentialScopesMissing",
    "GrantMachine",
    "MachineCredentialNotFound",
    "MachineStore",
    "NewMachine",
    "RevokeMachine",
    "RotateMachine",
    "TooManyCredentials",
    "grant_machine",
    "machine_credential_id",
    "revoke_machine",
    "rotate_machine",
]

LIFE_MAX = timedelta(days=400)
"""How long a credential lives at most: a year, and a month to notice that it is over."""

LIFE_MIN = timedelta(hours=1)

GRACE_MAX = timedelta(days=7)
"""How long the secret before the present one stays good at most."""

GRACE_DAYS_USUAL = 1
CREDENTIALS_MAX = 20
"""Credentials in force that a group may have granted."""

MACHINE_NAME_MAX = 80


@dataclass(eq=False)
class MachineCredentialNotFound(DomainError):
    """No credential with this id reaches the group, or it is over, or another granted it."""

    code = ErrorCode.NOT_FOUND

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "The group has no such credential in force: check its id in the list of its machine credentials."


@dataclass(eq=False)
class CredentialScopesMissing(DomainError):
    """The credential would be for nothing."""

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "Say with at least one scope what the credential is for."


@dataclass(eq=False)
class CredentialExpiryInvalid(DomainError):
    """The end lies in the past, is all but reached, or lies too far ahead."""

    maximum_days: int

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return f"Let the credential end after an hour at the earliest and {self.maximum_days} days at the latest."


@dataclass(eq=False)
class CredentialGraceInvalid(DomainError):
    """The old secret would stay good for too long, or for less than no time."""

    maximum_days: int

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return f"Let the old secret stay good for 0 to {self.maximum_days} days."


@dataclass(eq=False)
class TooManyCredentials(DomainError):
    """The group has as many credentials in force as one may have."""

    code = ErrorCode.NOT_ALLOWED

    maximum: int

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return f"The group has {self.maximum} machine credentials in force already: revoke one that is not used."


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantMachine:
    """The wish to let a program in. `digest` is what its secret is known by; the secret itself goes no further."""

    group_id: UUID
    idempotency_key: UUID
    name: str
    scopes: tuple[MachineScope, ...]
    expires_at: datetime
    digest: bytes = field(default=b"", repr=False)

    @property
    def credential_id(self) -> UUID:
        """The id that the credential will have.

        No client chooses it: entries name a credential as their actor, so it must be nobody else's id.
        """
        return machine_credential_id(self.group_id, self.idempotency_key)

    def expected_outcome(self) -> Outcome:
        """The outcome when nothing is refused."""
        return Outcome(id=self.credential_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class RotateMachine:
    """The wish to give a credential a new secret, with the old one good for some days more."""

    group_id: UUID
    idempotency_key: UUID
    credential_id: UUID
    grace_days: int = GRACE_DAYS_USUAL
    digest: bytes = field(default=b"", repr=False)

    def expected_outcome(self) -> Outcome:
        """The outcome when nothing is refused."""
        return Outcome(id=self.credential_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokeMachine:
    """The wish to let a program in no more."""

    group_id: UUID
    idempotency_key: UUID
    credential_id: UUID

    def expected_outcome(self) -> Outcome:
        """The outcome when nothing is refused."""
        return Outcome(id=self.credential_id)


@dataclass(frozen=True, slots=True)
class NewMachine:
    """A credential that keeps every rule."""

    id: UUID
    group_id: UUID
    name: str
    scopes: tuple[MachineScope, ...]
    expires_at: datetime
    digest: bytes = field(repr=False)


class MachineStore(Protocol):
    """The machine credentials of a group."""

    async def count_in_force(self, group_id: UUID) -> int:
        """How many that the group granted are neither expired nor revoked."""

    async def grant(self, machine: NewMachine) -> None:
        """Keep a new credential."""

    async def rotate(self, group_id: UUID, credential_id: UUID, digest: bytes, grace: timedelta) -> bool:
        """Give it a new secret; False where the group granted no such credential, or it is over."""

    async def revoke(self, group_id: UUID, credential_id: UUID) -> bool:
        """End it in the group; False where it does not reach the group."""


def machine_credential_id(group_id: UUID, idempotency_key: UUID) -> UUID:
    """The id of the credential that a group grants under a key: of version 8, as ids that clients mint never are."""
    return derived_id(idempotency_key, f"machine credential of {group_id}")


@service(
    "machineCredentialCreate",
    needs=((Resource.MACHINE_CREDENTIAL, Action.CREATE),),
    raises=(
        IdAlreadyUsed,
        CredentialScopesMissing,
        CredentialExpiryInvalid,
        TooManyCredentials,
        TextTooLong,
        TextTooShort,
        TextNotAllowed,
    ),
)
async def grant_machine(work: UnitOfWork, command: GrantMachine) -> Outcome:
    """Let a program of the group's in."""
    with faults_at("name"):
        name = clean_text(command.name, maximum=MACHINE_NAME_MAX)
    scopes = _in_order(command.scopes)
    if not LIFE_MIN <= command.expires_at - work.now <= LIFE_MAX:
        raise CredentialExpiryInvalid(LIFE_MAX.days, path=("expiresAt",))
    if await work.machines.count_in_force(command.group_id) >= CREDENTIALS_MAX:
        raise TooManyCredentials(CREDENTIALS_MAX)
    await work.machines.grant(
        NewMachine(command.credential_id, command.group_id, name, scopes, command.expires_at, command.digest)
    )
    return Outcome(id=command.credential_id)


def _in_order(scopes: Sequence[MachineScope]) -> tuple[MachineScope, ...]:
    if not scopes:
        raise CredentialScopesMissing(path=("scopes",))
    return tuple(scope for scope in MachineScope if scope in scopes)


@service(
    "machineCredentialRotate",
    needs=((Resource.MACHINE_CREDENTIAL, Action.UPDATE),),
    raises=(MachineCredentialNotFound, CredentialGraceInvalid),
)
async def rotate_machine(work: UnitOfWork, command: RotateMachine) -> Outcome:
    """Give a credential that the group granted a new secret; its end stays what it was."""
    if not 0 <= command.grace_days <= GRACE_MAX.days:
        raise CredentialGraceInvalid(GRACE_MAX.days, path=("graceDays",))
    grace = timedelta(days=command.grace_days)
    if not await work.machines.rotate(command.group_id, command.credential_id, command.digest, grace):
        raise MachineCredentialNotFound(path=("credentialId",))
    return Outcome(id=command.credential_id)


@service(
    "machineCredentialRevoke",
    needs=((Resource.MACHINE_CREDENTIAL, Action.UPDATE),),
    raises=(MachineCredentialNotFound,),
)
async def revoke_machine(work: UnitOfWork, command: RevokeMachine) -> Outcome:
    """End a credential in the group: one of its own for good, a partner's in this group alone."""
    if not await work.machines.revoke(command.group_id, command.credential_id):
        raise MachineCredentialNotFound(path=("credentialId",))
    return Outcome(id=command.credential_id)
