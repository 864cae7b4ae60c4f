"""How people come to a group by its code: they ask, and an officer lets them in or not."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

from domain.calendar import local_date
from domain.errors import DomainError, ErrorCode, faults_at
from domain.identifiers import derived_id
from domain.members.adding import checked_number
from domain.members.records import NewMember, Personal
from domain.members.refusals import (
    MemberNumberInvalid,
    MemberNumberTaken,
    MemberUnknown,
    UserIsAnotherMember,
    UserNotFound,
)
from domain.policy import Action, Resource, Role
from domain.service import IdAlreadyUsed, Outcome, VersionStale, service
from domain.text import PERSON_NAME_MAX, TextNotAllowed, TextTooLong, TextTooShort, clean_text

if TYPE_CHECKING:
    from domain.unit_of_work import UnitOfWork

__all__ = [
    "ApproveJoinRequest",
    "AskToJoin",
    "ChangeJoinCode",
    "JoinAnswer",
    "JoinCodeUnknown",
    "JoinRequest",
    "JoinRequestDecided",
    "JoinRequestNotFound",
    "JoinRequestStatus",
    "JoinStore",
    "MemberAlready",
    "RejectJoinRequest",
    "RequestPending",
    "TooManyGuesses",
    "approve_join_request",
    "ask_to_join",
    "new_join_code",
    "read_join_code",
    "reject_join_request",
    "renew_join_code",
    "stop_join_code",
]

NOTE_MAX = 500
"""The longest word to the officers, in characters."""

_LETTERS = "ABCDEFGHJKMNPQRTUVWXYZ"
_SIGNS = _LETTERS + "2346789"
# No I, L, O, S, 0, 1 and 5, which are taken for each other when a code is read aloud or copied from a wall.
_SPOKEN = str.maketrans({" ": None, "-": None, "\N{EN DASH}": None, "\N{EM DASH}": None})
_HEAD, _TAIL = 3, 4


def new_join_code() -> str:
    """A code that nobody guesses: one of seven thousand million, in the form "MAE-X9K2"."""
    head = "".join(secrets.choice(_LETTERS) for _ in range(_HEAD))
    return f"{head}-{''.join(secrets.choice(_SIGNS) for _ in range(_TAIL))}"


def read_join_code(text: str) -> str:
    """A code as it is kept, of what somebody typed: small letters, spaces and a missing hyphen do not matter."""
    plain = text.translate(_SPOKEN).upper()
    return f"{plain[:_HEAD]}-{plain[_HEAD:]}"[:PERSON_NAME_MAX]


class JoinRequestStatus(StrEnum):
    """Where a request to join is."""

    PENDING = "PENDING"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"


class JoinAnswer(StrEnum):
    """What comes of asking to join with a code."""

    ASKED = "ASKED"
    UNKNOWN = "UNKNOWN"
    MEMBER = "MEMBER"
    PENDING = "PENDING"
    WAIT = "WAIT"


@dataclass(eq=False)
class TooManyGuesses(DomainError):
    """The user tried more codes than one may in the time."""

    code = ErrorCode.TOO_MANY
    wait_seconds: int

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return f"You tried too many codes: wait {self.wait_seconds} seconds, then ask again with a new key."


@dataclass(eq=False)
class JoinCodeUnknown(DomainError):
    """No group that is at work has this code now."""

    code = ErrorCode.NOT_FOUND

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "No group has this code now: check it with the group's secretary."


@dataclass(eq=False)
class MemberAlready(DomainError):
    """The user is a member of the group."""

    code = ErrorCode.CONFLICT

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "You are a member of this group already: look for it among your groups."


@dataclass(eq=False)
class RequestPending(DomainError):
    """The user asked before and was not answered yet."""

    code = ErrorCode.CONFLICT

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "You have asked this group already: an officer has yet to answer."


@dataclass(eq=False)
class JoinRequestNotFound(DomainError):
    """The group has no such request."""

    code = ErrorCode.NOT_FOUND

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "The group has no such request to join: check its id."


@dataclass(eq=False)
class JoinRequestDecided(DomainError):
    """The request was answered already."""

    code = ErrorCode.CONFLICT
    is_of_state = True

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "This request was answered already: read it again."


@dataclass(frozen=True, slots=True)
class JoinRequest:
    """A request to join as services see it."""

    id: UUID
    user_id: UUID
    name: str
    status: JoinRequestStatus
    version: int


class JoinStore(Protocol):
    """Where codes and requests to join are kept."""

    async def change_code(self, group_id: UUID, code: str | None) -> None:
        """Let this be the group's code from now on; None switches it off."""

    async def ask(self, code: str, request_id: UUID, name: str, note: str | None) -> tuple[JoinAnswer, int]:
        """Ask to join as the viewer; what came of it, and for WAIT, after how many seconds one may ask again."""

    async def find(self, group_id: UUID, request_id: UUID) -> JoinRequest | None:
        """The request; None where the group has no such."""

    async def decide(self, group_id: UUID, request_id: UUID, member_id: UUID | None) -> None:
        """Approve the request of whoever is this member now; None rejects it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeJoinCode:
    """The wish for a new code, or for none."""

    group_id: UUID
    idempotency_key: UUID

    def expected_outcome(self) -> Outcome:
        """The outcome when nothing is refused."""
        return Outcome(id=self.group_id)


@service("joinCodeRenew", needs=((Resource.JOIN_CODE, Action.CREATE),), raises=())
async def renew_join_code(work: UnitOfWork, command: ChangeJoinCode) -> Outcome:
    """Give the group a new code; the one before is no longer good."""
    await work.joining.change_code(command.group_id, new_join_code())
    return Outcome(id=command.group_id)


@service("joinCodeStop", needs=((Resource.JOIN_CODE, Action.CREATE),), raises=())
async def stop_join_code(work: UnitOfWork, command: ChangeJoinCode) -> Outcome:
    """Let nobody ask to join by a code."""
    await work.joining.change_code(command.group_id, None)
    return Outcome(id=command.group_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class AskToJoin:
    """The wish of somebody who signed in to be let into a group."""

    idempotency_key: UUID
    id: UUID | None = None
    code: str
    name: str
    note: str | None = None

    @property
    def request_id(self) -> UUID:
        """The id that the request will have: its own where it was given, else the idempotency key."""
        return self.id or self.idempotency_key

    @property
    def group_id(self) -> UUID:
        """The request's own id: which group it is, whoever asks does not know."""
        return self.request_id

    def expected_outcome(self) -> Outcome:
        """The outcome when nothing is refused."""
        return Outcome(id=self.request_id)


@service(
    "joinRequest",
    needs=((Resource.JOIN_REQUEST, Action.CREATE),),
    raises=(
        IdAlreadyUsed,
        TextTooLong,
        TextTooShort,
        TextNotAllowed,
        TooManyGuesses,
        JoinCodeUnknown,
        MemberAlready,
        RequestPending,
    ),
    is_founding=True,
)
async def ask_to_join(work: UnitOfWork, command: AskToJoin) -> Outcome:
    """Ask to be let into the group with this code."""
    with faults_at("name"):
        name = clean_text(command.name, maximum=PERSON_NAME_MAX)
    with faults_at("note"):
        note = None if command.note is None else clean_text(command.note, maximum=NOTE_MAX)
    answer, wait = await work.joining.ask(read_join_code(command.code), command.request_id, name, note)
    if answer is JoinAnswer.WAIT:
        raise TooManyGuesses(wait)
    if answer is JoinAnswer.UNKNOWN:
        raise JoinCodeUnknown(path=("code",))
    if answer is JoinAnswer.MEMBER:
        raise MemberAlready(path=("code",))
    if answer is JoinAnswer.PENDING:
        raise RequestPending(path=("code",))
    return Outcome(id=command.request_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApproveJoinRequest:
    """The wish to let somebody in who asked: as a new member, or as one whom the register has."""

    group_id: UUID
    idempotency_key: UUID
    request_id: UUID
    expected_version: int
    member_id: UUID | None = None
    number: int | None = None

    def expected_outcome(self) -> Outcome:
        """The outcome when nothing is refused."""
        return Outcome(id=self.request_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectJoinRequest:
    """The wish not to let somebody in who asked."""

    group_id: UUID
    idempotency_key: UUID
    request_id: UUID
    expected_version: int

    def expected_outcome(self) -> Outcome:
        """The outcome when nothing is refused."""
        return Outcome(id=self.request_id)


_DECISION_ERRORS = (JoinRequestNotFound, JoinRequestDecided, VersionStale)


async def _pending(work: UnitOfWork, command: ApproveJoinRequest | RejectJoinRequest) -> JoinRequest:
    request = await work.joining.find(command.group_id, command.request_id)
    if request is None:
        raise JoinRequestNotFound(path=("requestId",))
    if request.status is not JoinRequestStatus.PENDING:
        raise JoinRequestDecided(path=("requestId",))
    if request.version != command.expected_version:
        raise VersionStale(request.version, path=("expectedVersion",))
    return request


@service(
    "joinRequestApprove",
    needs=(
        (Resource.JOIN_REQUEST, Action.UPDATE),
        (Resource.MEMBER, Action.CREATE),
        (Resource.MEMBER_NAME, Action.CREATE),
        (Resource.MEMBER_PRIVATE, Action.CREATE),
        (Resource.MEMBERSHIP, Action.CREATE),
    ),
    raises=(
        *_DECISION_ERRORS,
        IdAlreadyUsed,
        MemberUnknown,
        MemberNumberInvalid,
        MemberNumberTaken,
        UserNotFound,
        UserIsAnotherMember,
    ),
)
async def approve_join_request(work: UnitOfWork, command: ApproveJoinRequest) -> Outcome:
    """Let whoever asked in, and tie her to her member in the register, who is made unless one is named."""
    request = await _pending(work, command)
    member_id = command.member_id
    if member_id is None:
        member_id = await _entered(work, command, request)
    else:
        known = await work.members.find(command.group_id, member_id)
        if known is None or known.left_on is not None:
            raise MemberUnknown(path=("memberId",))
    await work.members.link(command.group_id, member_id, request.user_id, frozenset({Role.MEMBER}))
    await work.joining.decide(command.group_id, request.id, member_id)
    return Outcome(id=request.id)


async def _entered(work: UnitOfWork, command: ApproveJoinRequest, request: JoinRequest) -> UUID:
    """Enter whoever asked in the register, by the name that she gave."""
    group = await work.groups.get(command.group_id)
    number = command.number if command.number is not None else await work.members.next_number(group.id)
    member = NewMember(
        id=derived_id(request.id, "member"),
        group_id=group.id,
        number=checked_number(number),
        name=request.name,
        photo=None,
        personal=Personal(),
        sex=None,
        joined_on=local_date(work.now, group.time_zone),
    )
    await work.members.add(member)
    return member.id


@service("joinRequestReject", needs=((Resource.JOIN_REQUEST, Action.UPDATE),), raises=_DECISION_ERRORS)
async def reject_join_request(work: UnitOfWork, command: RejectJoinRequest) -> Outcome:
    """Do not let in whoever asked; she may ask again."""
    request = await _pending(work, command)
    await work.joining.decide(command.group_id, request.id, None)
    return Outcome(id=request.id)
