"""How people come to a group by themselves, in the schema: its code, and requests to join."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import strawberry

from domain.groups.joining import (
    ApproveJoinRequest,
    AskToJoin,
    ChangeJoinCode,
    JoinRequestStatus,
    RejectJoinRequest,
    approve_join_request,
    ask_to_join,
    reject_join_request,
    renew_join_code,
    stop_join_code,
)
from domain.policy import Resource
from graph.connections import PAGE_DEFAULT, After, Asked, Connection, First, connection_field
from graph.engine import RowType
from graph.enums import described
from graph.mutations import command_mutation
from graph.permissions import reading
from graph.relations import relation
from persistence.reads.joining import (
    JOIN_REQUESTS,
    load_join_codes,
    load_join_requests,
    load_own_requests,
)
from persistence.reads.members import load_members

__all__ = [
    "JoinRequest",
    "SentJoinRequest",
    "group_join_requests",
    "join_code",
    "join_code_renew",
    "join_code_stop",
    "join_request",
    "join_request_approve",
    "join_request_reject",
    "own_requests",
]

if TYPE_CHECKING:
    from graph.members import Member

LazyMember = Annotated["Member", strawberry.lazy("graph.members")]

_KEY = "Made by the client, new for each wish; repeats carry the same."
_VERSION = "The version that you read; a newer one is refused."
_OWN_SIZE = 5
"""What lists of one's own requests and invitations are taken for when the cost of an operation is counted."""

described(
    JoinRequestStatus,
    "Where a request to join is.",
    {"PENDING": "An officer has yet to answer.", "APPROVED": "She was let in.", "REJECTED": "She was not let in."},
)


def _key(row: Any) -> tuple[UUID, UUID]:
    return row["tenant_id"], row["id"]


def _member_key(row: Any) -> tuple[UUID, UUID] | None:
    return None if row["member_id"] is None else (row["tenant_id"], row["member_id"])


@strawberry.type(description="Somebody who asks to be let into the group (application).")
class JoinRequest(RowType):
    """A request."""

    id: strawberry.ID = strawberry.field(description="The request's id, a UUID.")
    name: str = strawberry.field(description="The name that she gave.")
    note: str | None = strawberry.field(description="What she wrote to the officers.")
    status: JoinRequestStatus = strawberry.field(description="Where it is.")
    asked_at: datetime = strawberry.field(description="When she asked.")
    decided_at: datetime | None = strawberry.field(description="When an officer answered.")
    version: int = strawberry.field(description="Grows with every change of the record.")
    member: LazyMember | None = relation(
        load_members, _member_key, "The member that she is since.", protects=Resource.MEMBER
    )


@strawberry.type(description="A request of the viewer's own to be let into a group.")
class SentJoinRequest:
    """A request, as whoever made it sees it."""

    id: strawberry.ID = strawberry.field(description="The request's id, a UUID.")
    group_name: str = strawberry.field(description="What the group called itself when she asked.")
    status: JoinRequestStatus = strawberry.field(description="Where it is.")
    asked_at: datetime = strawberry.field(description="When she asked.")
    decided_at: datetime | None = strawberry.field(description="When an officer answered.")


def join_code(tenant: Callable[[Any], UUID]) -> Any:
    """The field with the code of a group."""
    words = 'What people ask to join by, such as "MAE-X9K2"; null where it is switched off.'
    return relation(load_join_codes, tenant, words, protects=Resource.JOIN_CODE)


def _requests(
    first: First = PAGE_DEFAULT,
    after: After = None,
    status: Annotated[JoinRequestStatus | None, strawberry.argument(description="Only those with this status.")] = None,
) -> Asked:
    return Asked(first, after, "NEWEST", status=status)


def group_join_requests(parent: Callable[[Any], tuple[UUID, UUID]]) -> Connection[JoinRequest]:
    """The field with the requests to join a group."""
    field: Connection[JoinRequest] = connection_field(
        JOIN_REQUESTS, parent, _requests, **reading(Resource.JOIN_REQUEST, "Who asked to join, the newest first.")
    )
    return field


def own_requests(user: Callable[[Any], UUID]) -> list[SentJoinRequest]:
    """The field with the viewer's own requests."""
    field: list[SentJoinRequest] = relation(
        load_own_requests, user, "The user's own requests to join groups, the newest first.", size=_OWN_SIZE
    )
    return field


@strawberry.input(description="A group whose join code is to change.")
class _CodeInput:
    group_id: strawberry.ID = strawberry.field(description="The group.")
    idempotency_key: UUID = strawberry.field(description=_KEY)


@strawberry.input(description="A group that is to have a new join code.")
class JoinCodeRenewInput(_CodeInput):
    """The input of `joinCodeRenew`."""


@strawberry.input(description="A group that is to have no join code.")
class JoinCodeStopInput(_CodeInput):
    """The input of `joinCodeStop`."""


@strawberry.input(description="A wish to be let into a group.")
class JoinRequestInput:
    """The input of `joinRequest`."""

    idempotency_key: UUID = strawberry.field(description=_KEY)
    id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET,
        description="The request's id, if the client makes it; otherwise the idempotency key is.",
    )
    code: str = strawberry.field(description='The group\'s code, such as "MAE-X9K2"; small letters will do.')
    name: str = strawberry.field(description="By what name the group is to know you, up to 120 characters.")
    note: str | None = strawberry.field(
        default=strawberry.UNSET, description="A word to the officers, up to 500 characters."
    )


@strawberry.input(description="A request to join, to be answered.")
class _DecisionInput:
    group_id: strawberry.ID = strawberry.field(description="The group.")
    idempotency_key: UUID = strawberry.field(description=_KEY)
    request_id: strawberry.ID = strawberry.field(description="The request.")
    expected_version: int = strawberry.field(description=_VERSION)


@strawberry.input(description="Somebody to be let in who asked.")
class JoinRequestApproveInput(_DecisionInput):
    """The input of `joinRequestApprove`."""

    member_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="The member that she is; one is entered in the register if left out."
    )
    number: int | None = strawberry.field(
        default=strawberry.UNSET, description="The number of the member to be entered; the next one if left out."
    )


@strawberry.input(description="Somebody not to be let in.")
class JoinRequestRejectInput(_DecisionInput):
    """The input of `joinRequestReject`."""


def _code_mutation(service: Any, given: Any, description: str) -> Any:
    return command_mutation(
        service,
        given=given,
        command=ChangeJoinCode,
        record="join_code",
        record_type=str,
        load=load_join_codes,
        key=lambda command, _: command.group_id,
        description=description,
    )


join_code_renew = _code_mutation(
    renew_join_code, JoinCodeRenewInput, "Give the group a new join code; the one before is good no longer."
)
join_code_stop = _code_mutation(stop_join_code, JoinCodeStopInput, "Let nobody ask to join by a code.")


async def _load_sent(snapshot: Any, keys: Any) -> list[Any]:
    """The viewer's own requests by their ids, whatever the group."""
    (own,) = await load_own_requests(snapshot, [snapshot.viewer.user_id])
    known = {row["id"]: row for row in own}
    return [known.get(key) for key in keys]


join_request = command_mutation(
    ask_to_join,
    given=JoinRequestInput,
    command=AskToJoin,
    record="join_request",
    record_type=SentJoinRequest,
    load=_load_sent,
    key=lambda command, _: command.request_id,
    description="Ask to be let into the group that has a code. Of wrong guesses, only a few are heard.",
)


def _decision(service: Any, given: Any, command: type, description: str) -> Any:
    return command_mutation(
        service,
        given=given,
        command=command,
        record="join_request",
        record_type=JoinRequest,
        load=load_join_requests,
        key=lambda command, _: (command.group_id, command.request_id),
        description=description,
        shows_current=True,
    )


join_request_approve = _decision(
    approve_join_request,
    JoinRequestApproveInput,
    ApproveJoinRequest,
    "Let somebody in who asked: she is entered in the register, or tied to the member that she is.",
)
join_request_reject = _decision(
    reject_join_request, JoinRequestRejectInput, RejectJoinRequest, "Do not let in somebody who asked."
)
