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
from domain.service import IdAlreadyUsed, Outcome, PartnerNotFound, service
from domain.text import TextNotAllowed, TextTooLong, TextTooShort, clean_text

if TYPE_CHECKING:
    from domain.unit_of_work import UnitOfWork

__all__ = [
    "CREDENTIALS_MAX",
    "GRACE_MAX",
    "LIFE_MAX",
    "LIFE_MIN",
    "MACHINE_NAME_MAX",
    "REACH_MAX",
    "CredentialExpiryInvalid",
    "CredentialGraceInvalid",
    "CredentialReachInvalid",
    "CredentialScopeNotForPartners",
    "CredentialScopesMissing",
    "GrantMachine",
    "GranterNotNamed",
    "GroupNotLinked",
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
"""Credentials in force that a group, or a partner, may have granted."""

REACH_MAX = 1_000
"""Groups that one credential of a partner's reaches."""

MACHINE_NAME_MAX = 80


@dataclass(eq=False)
class MachineCredentialNotFound(DomainError):
    """No credential with this id is the group's or the partner's, or reaches the group; or it is over."""

    code = ErrorCode.NOT_FOUND

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "There is no such credential in force: check its id, which the answer that made it gave."


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
    """The group, or the partner, has as many credentials in force as one may have."""

    code = ErrorCode.NOT_ALLOWED

    maximum: int

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return f"There are {self.maximum} machine credentials in force already: revoke one that is not used."


@dataclass(eq=False)
class GranterNotNamed(DomainError):
    """Neither a group nor a partner is named, or both are."""

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "Say whose credential it is: give groupId for a group's or partnerId for a partner's, and not both."


@dataclass(eq=False)
class GroupNotLinked(DomainError):
    """A group that the credential is to reach is not linked to the partner."""

    code = ErrorCode.NOT_FOUND

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "One of these groups is not linked to the partner: name groups that opened their book to it."


@dataclass(eq=False)
class CredentialReachInvalid(DomainError):
    """A partner's credential reaches no group or too many, or a group's is to reach others."""

    maximum: int

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return (
            f"Name in groupIds from 1 to {self.maximum} groups that a partner's program is let into; leave it out for "
            "a group's, which reaches that group alone."
        )


@dataclass(eq=False)
class CredentialScopeNotForPartners(DomainError):
    """A partner's program is to record, which a group alone lets programs do."""

    code = ErrorCode.NOT_ALLOWED

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "Only a group lets a program record contributions: leave RECORD_CONTRIBUTIONS out."


@dataclass(frozen=True, slots=True, kw_only=True)
class _OfGranter:
    """Whose credential it is: a group's or a partner's, and not both."""

    group_id: UUID | None = None
    partner_id: UUID | None = None

    def __post_init__(self) -> None:
        if (self.group_id is None) is (self.partner_id is None):
            raise GranterNotNamed(path=("groupId",))

    @property
    def tenant_id(self) -> UUID:
        """The group or the partner."""
        tenant_id = self.group_id or self.partner_id
        assert tenant_id is not None  # noqa: S101 - it was checked when the command was made
        return tenant_id


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantMachine(_OfGranter):
    """The wish to let a program in. `digest` is what its secret is known by; the secret itself goes no further."""

    idempotency_key: UUID
    name: str
    scopes: tuple[MachineScope, ...]
    expires_at: datetime
    group_ids: tuple[UUID, ...] = ()
    digest: bytes = field(default=b"", repr=False)

    @property
    def credential_id(self) -> UUID:
        """The id that the credential will have.

        No client chooses it: entries name a credential as their actor, so it must be nobody else's id.
        """
        return machine_credential_id(self.tenant_id, self.idempotency_key)

    def expected_outcome(self) -> Outcome:
        """The outcome when nothing is refused."""
        return Outcome(id=self.credential_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class RotateMachine(_OfGranter):
    """The wish to give a credential a new secret, with the old one good for some days more."""

    idempotency_key: UUID
    credential_id: UUID
    grace_days: int = GRACE_DAYS_USUAL
    digest: bytes = field(default=b"", repr=False)

    def expected_outcome(self) -> Outcome:
        """The outcome when nothing is refused."""
        return Outcome(id=self.credential_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokeMachine(_OfGranter):
    """The wish to let a program in no more."""

    idempotency_key: UUID
    credential_id: UUID

    def expected_outcome(self) -> Outcome:
        """The outcome when nothing is refused."""
        return Outcome(id=self.credential_id)


@dataclass(frozen=True, slots=True)
class NewMachine:
    """A credential that keeps every rule."""

    id: UUID
    tenant_id: UUID
    name: str
    scopes: tuple[MachineScope, ...]
    expires_at: datetime
    digest: bytes = field(repr=False)
    reaches: tuple[UUID, ...] = ()


class MachineStore(Protocol):
    """The machine credentials of a group or a partner."""

    async def count_in_force(self, tenant_id: UUID) -> int:
        """How many that the tenant granted are neither expired nor revoked."""

    async def grant(self, machine: NewMachine) -> None:
        """Keep a new credential.

        Raises:
            GroupNotLinked: A group that it is to reach is not linked to the partner.
        """

    async def rotate(self, tenant_id: UUID, credential_id: UUID, digest: bytes, grace: timedelta) -> bool:
        """Give it a new secret; False where the tenant granted no such credential, or it is over."""

    async def revoke(self, tenant_id: UUID, credential_id: UUID) -> bool:
        """End it: everywhere where the tenant granted it, else in the one group; False where it reaches neither."""


def machine_credential_id(tenant_id: UUID, idempotency_key: UUID) -> UUID:
    """The id of the credential that a tenant grants under a key: of version 8, as ids that clients mint never are."""
    return derived_id(idempotency_key, f"machine credential of {tenant_id}")


@service(
    "machineCredentialCreate",
    needs=((Resource.MACHINE_CREDENTIAL, Action.CREATE),),
    raises=(
        GranterNotNamed,
        PartnerNotFound,
        IdAlreadyUsed,
        CredentialScopesMissing,
        CredentialScopeNotForPartners,
        CredentialReachInvalid,
        GroupNotLinked,
        CredentialExpiryInvalid,
        TooManyCredentials,
        TextTooLong,
        TextTooShort,
        TextNotAllowed,
    ),
)
async def grant_machine(work: UnitOfWork, command: GrantMachine) -> Outcome:
    """Let a program in: a group's own into the group, a partner's into groups that are linked to it."""
    with faults_at("name"):
        name = clean_text(command.name, maximum=MACHINE_NAME_MAX)
    scopes = _in_order(command.scopes)
    if not LIFE_MIN <= command.expires_at - work.now <= LIFE_MAX:
        raise CredentialExpiryInvalid(LIFE_MAX.days, path=("expiresAt",))
    tenant_id, reaches = command.tenant_id, _reached(command)
    if await work.machines.count_in_force(tenant_id) >= CREDENTIALS_MAX:
        raise TooManyCredentials(CREDENTIALS_MAX)
    await work.machines.grant(
        NewMachine(command.credential_id, tenant_id, name, scopes, command.expires_at, command.digest, reaches)
    )
    return Outcome(id=command.credential_id)


def _reached(command: GrantMachine) -> tuple[UUID, ...]:
    """The groups of a partner's that the credential reaches; none beside the group itself for a group's."""
    reaches = tuple(dict.fromkeys(command.group_ids))
    is_partners = command.partner_id is not None
    if is_partners is not bool(reaches) or len(reaches) > REACH_MAX:
        raise CredentialReachInvalid(REACH_MAX, path=("groupIds",))
    if is_partners and MachineScope.RECORD_CONTRIBUTIONS in command.scopes:
        raise CredentialScopeNotForPartners(path=("scopes",))
    return reaches


def _in_order(scopes: Sequence[MachineScope]) -> tuple[MachineScope, ...]:
    if not scopes:
        raise CredentialScopesMissing(path=("scopes",))
    return tuple(scope for scope in MachineScope if scope in scopes)


@service(
    "machineCredentialRotate",
    needs=((Resource.MACHINE_CREDENTIAL, Action.UPDATE),),
    raises=(GranterNotNamed, PartnerNotFound, MachineCredentialNotFound, CredentialGraceInvalid),
)
async def rotate_machine(work: UnitOfWork, command: RotateMachine) -> Outcome:
    """Give a credential a new secret, by the group or partner that granted it; its end stays what it was."""
    if not 0 <= command.grace_days <= GRACE_MAX.days:
        raise CredentialGraceInvalid(GRACE_MAX.days, path=("graceDays",))
    grace = timedelta(days=command.grace_days)
    if not await work.machines.rotate(command.tenant_id, command.credential_id, command.digest, grace):
        raise MachineCredentialNotFound(path=("credentialId",))
    return Outcome(id=command.credential_id)


@service(
    "machineCredentialRevoke",
    needs=((Resource.MACHINE_CREDENTIAL, Action.UPDATE),),
    raises=(GranterNotNamed, PartnerNotFound, MachineCredentialNotFound),
)
async def revoke_machine(work: UnitOfWork, command: RevokeMachine) -> Outcome:
    """End a credential: for good by whoever granted it, a partner's by a group in that group alone."""
    if not await work.machines.revoke(command.tenant_id, command.credential_id):
        raise MachineCredentialNotFound(path=("credentialId",))
    return Outcome(id=command.credential_id)
