"""Machine credentials in the schema: what programs are let in with."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

import strawberry

from domain.access.machines import (
    GRACE_DAYS_USUAL,
    GRACE_MAX,
    LIFE_MAX,
    REACH_MAX,
    GrantMachine,
    RevokeMachine,
    RotateMachine,
    grant_machine,
    revoke_machine,
    rotate_machine,
)
from domain.policy import MachineScope, Resource
from domain.service import Outcome, Service
from graph.connections import PAGE_DEFAULT, After, Asked, Connection, First, connection_field
from graph.engine import RowType
from graph.enums import described
from graph.mutations import command_mutation, error_value, input_argument, payload_type, read_back, run_command
from graph.permissions import Info, reading, requirement, sentence
from persistence.crypto.machine_secrets import MachineToken, new_machine_token
from persistence.reads.machines import MACHINES, load_machines

__all__ = [
    "MachineCredential",
    "machine_credential_create",
    "machine_credential_revoke",
    "machine_credential_rotate",
    "machine_credentials",
]

described(
    MachineScope,
    "What a machine credential is for. A partner's shows no more than the group opened to that partner.",
    {
        "READ_TOTALS": "To read the group, its book and its totals.",
        "READ_ROWS": "To read members, meetings and contributions without names as well.",
        "READ_NAMES": "To read also the names and phone numbers of the members who opened them.",
        "RECORD_CONTRIBUTIONS": "To record contributions, and to read what READ_ROWS reads. For a group's own alone.",
    },
)


@strawberry.type(description="What a program is let in with, in place of a person's session (API key, token).")
class MachineCredential(RowType):
    """A machine credential."""

    id: strawberry.ID = strawberry.field(description="The credential's id, a UUID; records name it as who made them.")
    name: str = strawberry.field(description="What the program is called.")
    scopes: list[MachineScope] = strawberry.field(description="What it is for.")
    is_own: bool = strawberry.field(
        description="Whether it is shown where it was granted; otherwise a partner's, which reaches this group."
    )
    created_at: datetime = strawberry.field(description="When it was granted.")
    expires_at: datetime = strawberry.field(description="When it ends by itself.")
    revoked_at: datetime | None = strawberry.field(description="When it was ended here, if it was.")
    last_used_on: date | None = strawberry.field(
        description="The day, in UTC, on which it was last used, if it was; not told of a partner's."
    )


def _arguments(
    first: First = PAGE_DEFAULT,
    after: After = None,
    in_force: Annotated[
        bool | None, strawberry.argument(description="Only those in force, or only those that are over.")
    ] = None,
) -> Asked:
    return Asked(first, after, "NEWEST", in_force=in_force)


def machine_credentials(parent: Callable[[Any], tuple[UUID, UUID]]) -> Connection[MachineCredential]:
    """The field with the credentials that reach a group."""
    words = "The programs that are let in here, the group's own and partners', the newest first."
    field: Connection[MachineCredential] = connection_field(
        MACHINES, parent, _arguments, **reading(Resource.MACHINE_CREDENTIAL, words)
    )
    return field


@strawberry.input(description="A program to be let in.")
class MachineCredentialCreateInput:
    """The input of `machineCredentialCreate`."""

    group_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="The group whose officers grant it; either this or `partnerId`."
    )
    partner_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="The partner that grants it, in place of `groupId`."
    )
    idempotency_key: UUID = strawberry.field(
        description="Made by the client, new for each wish; repeats carry the same."
    )
    name: str = strawberry.field(description="What the program is called, up to 80 characters.")
    scopes: list[MachineScope] = strawberry.field(description="What it is for: no more than it needs.")
    expires_at: datetime = strawberry.field(
        description=f"When it ends by itself: after an hour at the earliest, and {LIFE_MAX.days} days at the latest."
    )
    group_ids: list[strawberry.ID] | None = strawberry.field(
        default=strawberry.UNSET,
        description=f"For a partner's: the groups that it reaches, linked to the partner, from 1 to {REACH_MAX}. It"
        " sees no more of each than the group opened to the partner. A group's own reaches that group alone.",
    )


@strawberry.input(description="A credential that is to get a new secret.")
class MachineCredentialRotateInput:
    """The input of `machineCredentialRotate`."""

    group_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="The group that granted it; either this or `partnerId`."
    )
    partner_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="The partner that granted it, in place of `groupId`."
    )
    idempotency_key: UUID = strawberry.field(
        description="Made by the client, new for each wish; repeats carry the same."
    )
    credential_id: strawberry.ID = strawberry.field(description="The credential.")
    grace_days: int | None = strawberry.field(
        default=strawberry.UNSET,
        description=f"For how many days the old secret stays good as well, from 0 to {GRACE_MAX.days};"
        f" {GRACE_DAYS_USUAL} if left out. One before it ends at once.",
    )


@strawberry.input(description="A program to be let in no more.")
class MachineCredentialRevokeInput:
    """The input of `machineCredentialRevoke`."""

    group_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="The group; either this or `partnerId`."
    )
    partner_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="The partner, in place of `groupId`."
    )
    idempotency_key: UUID = strawberry.field(
        description="Made by the client, new for each wish; repeats carry the same."
    )
    credential_id: strawberry.ID = strawberry.field(
        description="The credential. Whoever granted it ends it for good, everywhere; a partner's that a group ends"
        " reaches that group no more."
    )


def _key(command: Any, outcome: Outcome) -> tuple[UUID, UUID]:
    return command.tenant_id, outcome.id  # type: ignore[return-value]  # what is not refused has an id


_FIELDS: dict[str, tuple[Any, str]] = {
    "machine_credential": (MachineCredential, "The credential as it is now; null if the request was refused."),
    "secret": (
        str,
        "What the program sends as `Authorization: Bearer …`. It is shown this once: keep it where secrets are kept.",
    ),
    "is_secret_shown_before": (
        bool,
        "Whether this repeats a request whose answer showed the secret. It is kept nowhere: if it was lost, rotate.",
    ),
}


def _secret_mutation(service: Service[Any], given: Any, kind: type, description: str) -> Any:
    """A mutation that gives a new secret, once."""
    payload = payload_type(service.name, service.raises, _FIELDS)

    async def resolve(info: Any, input: Any) -> Any:  # noqa: A002 - the argument's name in the schema
        made: list[MachineToken] = []

        def with_secret(command: Any) -> Any:
            made.append(new_machine_token(info.context.services.keyring, command.credential_id))
            return replace(command, digest=made[0].digest)

        built, outcome = await run_command(info, service, kind, input, with_secret)
        value: dict[str, Any] = {**dict.fromkeys(_FIELDS), "user_errors": []}
        if outcome.error is not None:
            return value | {"user_errors": [error_value(outcome.error, service.raises)]}
        return value | {
            "machine_credential": await read_back(info, load_machines, _key(built, outcome)),
            "secret": None if outcome.is_replay else made[0].text,
            "is_secret_shown_before": outcome.is_replay,
        }

    resolve.__annotations__ = {"info": Info, "input": input_argument(given), "return": payload}
    typed: Callable[..., Awaitable[Any]] = resolve
    return strawberry.mutation(
        resolver=typed,
        description=f"{description} {sentence(*service.needs)}",
        directives=[requirement(*service.needs)],
    )


machine_credential_create = _secret_mutation(
    grant_machine,
    MachineCredentialCreateInput,
    GrantMachine,
    "Let a program of a group's or a partner's in, with a secret that is shown once. It goes on when the officer or"
    " manager who granted it leaves.",
)

machine_credential_rotate = _secret_mutation(
    rotate_machine,
    MachineCredentialRotateInput,
    RotateMachine,
    "Give a machine credential a new secret, shown once, for the group or partner that granted it. It ends when it"
    " would have ended.",
)

machine_credential_revoke = command_mutation(
    revoke_machine,
    given=MachineCredentialRevokeInput,
    command=RevokeMachine,
    record="machine_credential",
    record_type=MachineCredential,
    load=load_machines,
    key=_key,
    description="Let a program in no more, from its next request on.",
)
