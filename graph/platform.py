"""The platform's settings in the schema."""

from datetime import datetime
from typing import Any
from uuid import UUID

import strawberry

from domain.access.platform import PLATFORM_REVISE, PLATFORM_REVISE_RAISES, GroupFounders, RevisePlatform
from domain.policy import AccessDenied, Action, Resource
from domain.service import VersionStale
from graph.engine import RowType
from graph.enums import described
from graph.mutations import build_command, error_value, input_argument, payload_type, sent_fields
from graph.permissions import Info, requirement, sentence
from graph.relations import load_one
from persistence.access.platform import load_platform, revise_platform
from persistence.database import DatabaseRole

__all__ = ["PLATFORM_DESCRIPTION", "Platform", "PlatformMutations", "read_platform"]

PLATFORM_DESCRIPTION = "What holds for the whole platform. For anyone who signed in."

_NEED = (Resource.GROUP_STATUS, Action.CREATE)
"""Whoever takes groups through their lives decides how they begin."""

described(
    GroupFounders,
    "Who begins groups on the platform.",
    {
        "ANYONE": "Anyone who signed in.",
        "PARTNERS": "Staff of partners (NGO, MFI), and administrators.",
        "ADMINS": "Administrators of the platform alone.",
    },
)


@strawberry.type(description="What whoever runs the platform decided for all of it (settings).")
class Platform(RowType):
    """The settings."""

    group_founders: GroupFounders = strawberry.field(description="Who begins groups.")
    is_verification_required: bool = strawberry.field(
        description="Whether a new group waits until an administrator verified it."
    )
    version: int = strawberry.field(description="Grows with every change; give it back as `expectedVersion`.")
    changed_at: datetime = strawberry.field(description="When it was last decided.")


@strawberry.input(description="What is to hold for the whole platform; what is left out stays.")
class PlatformReviseInput:
    """The input of `platformRevise`."""

    idempotency_key: UUID = strawberry.field(
        description="Made by the client, new for each wish; repeats carry the same."
    )
    expected_version: int = strawberry.field(description="The version that you read; a newer one is refused.")
    group_founders: GroupFounders | None = strawberry.field(
        default=strawberry.UNSET, description="Who is to begin groups."
    )
    is_verification_required: bool | None = strawberry.field(
        default=strawberry.UNSET, description="Whether new groups are to wait until an administrator verified them."
    )


async def read_platform(info: Info) -> Any:
    """The settings as they are now."""
    await info.context.snapshot.open()
    return await load_one(info.context, load_platform, "platform")


_Payload = payload_type(
    PLATFORM_REVISE,
    PLATFORM_REVISE_RAISES,
    {
        "platform": (
            Platform,
            "The settings as they are now; null if the request was refused, unless they changed since you read them.",
        )
    },
)


async def _resolve(info: Any, input: Any) -> Any:  # noqa: A002 - the argument's name in the schema
    context = info.context
    await context.forget()
    principal = context.signed_in
    if principal.role is not DatabaseRole.ADMIN:
        raise AccessDenied(*_NEED)
    services = context.services
    outcome = await revise_platform(
        services.database, services.keyring, principal, build_command(RevisePlatform, input), sent_fields(input)
    )
    if outcome.is_replay:
        context.extensions["idempotentReplay"] = True
    value: dict[str, Any] = {"platform": None, "user_errors": []}
    if outcome.error is not None:
        value["user_errors"] = [error_value(outcome.error, PLATFORM_REVISE_RAISES)]
    if outcome.error is None or isinstance(outcome.error, VersionStale):
        value["platform"] = await read_platform(info)
    return value


_resolve.__annotations__ = {"info": Info, "input": input_argument(PlatformReviseInput), "return": _Payload}


@strawberry.type(description="A part of the root of mutations.")
class PlatformMutations:
    """What is decided for the platform."""

    platform_revise = strawberry.mutation(
        resolver=_resolve,
        description=f"Decide otherwise who begins groups, and whether new ones wait to be verified. {sentence(_NEED)}",
        directives=[requirement(_NEED)],
    )
