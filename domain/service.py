"""What a use case is: one business action, with all that it may raise and all that it needs to be allowed.

A service is a plain `async` function that takes a unit of work and a command. The decorator keeps its declaration
beside it: the schema makes the mutation's error enum from `raises`, the boundary checks `needs` before it runs, and
nothing else may come out of it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar
from uuid import UUID

from domain.errors import DomainError, ErrorCode, RefusedBefore, error_details, restore_error
from domain.identifiers import NotAnId
from domain.policy import (
    RULES,
    AccessDenied,
    Action,
    EntryKind,
    Resource,
    Term,
    Viewer,
    acts_for_herself,
    allows,
    may_post,
)

if TYPE_CHECKING:
    from domain.unit_of_work import UnitOfWork

__all__ = [
    "SERVICES",
    "Command",
    "GroupNotAtWork",
    "GroupNotFound",
    "IdAlreadyUsed",
    "IdempotencyKeyReused",
    "ItemOutcome",
    "Outcome",
    "PartnerNotFound",
    "Service",
    "UndeclaredError",
    "VersionStale",
    "service",
    "tenant_of",
    "unknown_tenant",
]


@dataclass(eq=False)
class IdempotencyKeyReused(DomainError):
    """The key came before with other content or for another action."""

    code = ErrorCode.CONFLICT

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "This idempotency key was already used for something else: make a new key for a new request."


@dataclass(eq=False)
class IdAlreadyUsed(DomainError):
    """The id stands for a record with other content."""

    code = ErrorCode.CONFLICT

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "This id already belongs to a record with other content: make a new id."


@dataclass(eq=False)
class GroupNotFound(DomainError):
    """There is no such group, or the viewer has nothing to do with it."""

    code = ErrorCode.NOT_FOUND

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "There is no such group among those that you may see: check its id."


@dataclass(eq=False)
class PartnerNotFound(DomainError):
    """There is no such partner, or the viewer has nothing to do with it."""

    code = ErrorCode.NOT_FOUND

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "There is no such partner among those that you work for: check its id."


@dataclass(eq=False)
class VersionStale(DomainError):
    """The record changed since it was read."""

    code = ErrorCode.CONFLICT
    is_of_state = True

    version: int

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return f"The record has changed since you read it and is now at version {self.version}: read it again."


@dataclass(eq=False)
class GroupNotAtWork(DomainError):
    """The group is suspended, or has ended."""

    code = ErrorCode.NOT_ALLOWED

    group_status: str

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "This group is suspended or has ended, and nothing of it changes: ask an administrator of the platform."


ALWAYS: tuple[type[DomainError], ...] = (NotAnId, IdempotencyKeyReused, RefusedBefore, GroupNotFound, GroupNotAtWork)
"""What the boundary itself may raise around every service of a tenant."""


class UndeclaredError(AssertionError):
    """A service raised a domain error that it had not declared: a bug, never shown to a user."""


class Command(Protocol):
    """What every command of a tenant carries, beside `group_id`, or `tenant_id` where it may be a partner's."""

    @property
    def idempotency_key(self) -> UUID:
        """The key under which a repeat is recognised."""

    def expected_outcome(self) -> Outcome:
        """The outcome when nothing is refused.

        It follows from the command alone, since clients may mint every id, and so need not be kept.
        """


def tenant_of(command: Command) -> UUID:
    """The group that a command changes, or the partner where it names one."""
    tenant_id: UUID = command.tenant_id if hasattr(command, "tenant_id") else command.group_id  # type: ignore[attr-defined]
    return tenant_id


def _names_partner(command: Command) -> bool:
    return getattr(command, "partner_id", None) is not None


def unknown_tenant(command: Command) -> DomainError:
    """What whoever has nothing to do with the tenant of a command is told."""
    if _names_partner(command):
        return PartnerNotFound(path=("partnerId",))
    return GroupNotFound(path=("groupId",))


@dataclass(frozen=True, slots=True)
class ItemOutcome:
    """How one item of a sheet ended.

    Attributes:
        id: The record's id, whether it was made or refused.
        error: Why it was refused; None if it stands.
    """

    id: UUID
    error: DomainError | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a command ended: ids and codes only, so that it can be kept and a repeat answered by reading again.

    Attributes:
        id: The record that was made or changed; None if the command was refused.
        items: For a sheet, the outcome of each item, in the order of the input.
        error: Why the whole command was refused.
        is_replay: Whether this is the kept outcome of an earlier request.
    """

    id: UUID | None = None
    items: tuple[ItemOutcome, ...] = ()
    error: DomainError | None = None
    is_replay: bool = False

    def replayed(self) -> Outcome:
        """The same outcome, marked as a replay."""
        return replace(self, is_replay=True)

    def to_stored(self) -> dict[str, Any]:
        """The outcome as JSON keeps it."""
        return {
            "id": None if self.id is None else str(self.id),
            "items": [{"id": str(item.id), "error": _store(item.error)} for item in self.items],
            "error": _store(self.error),
        }

    @classmethod
    def from_stored(cls, stored: Mapping[str, Any]) -> Outcome:
        """The outcome that was kept, marked as a replay."""
        return cls(
            id=None if stored["id"] is None else UUID(stored["id"]),
            items=tuple(ItemOutcome(UUID(item["id"]), _restore(item["error"])) for item in stored["items"]),
            error=_restore(stored["error"]),
            is_replay=True,
        )


def _store(error: DomainError | None) -> dict[str, Any] | None:
    if error is None:
        return None
    return {"reason": error.reason, "path": list(error.path), "details": error_details(error)}


def _restore(stored: Mapping[str, Any] | None) -> DomainError | None:
    if stored is None:
        return None
    return restore_error(stored["reason"], tuple(stored["path"]), stored["details"])


CommandType = TypeVar("CommandType", bound=Command)


@dataclass(frozen=True, slots=True)
class Service(Generic[CommandType]):
    """A use case with its declaration.

    Attributes:
        name: The business action, as the mutation is called.
        run: The function.
        raises: Every domain error that may come out, the boundary's own included.
        needs: What the viewer must be allowed in the command's group.
        posts: The kinds of entry that it posts, each of which the viewer must be allowed to post.
        is_founding: Whether the command makes its tenant, or the viewer's tie to it: there is none to enter before.
    """

    name: str
    run: Callable[[UnitOfWork, CommandType], Awaitable[Outcome]]
    raises: tuple[type[DomainError], ...]
    needs: tuple[tuple[Resource, Action], ...] = ()
    posts: tuple[EntryKind, ...] = ()
    is_founding: bool = False

    @property
    def is_for_admins(self) -> bool:
        """Whether an administrator of the platform may do it, through whom no group's own people act."""
        return bool(self.needs) and all(Term.ADMIN in RULES[need].terms for need in self.needs) and not self.posts

    @property
    def denial(self) -> AccessDenied:
        """What whoever can hold no role in any group is told."""
        if self.needs:
            return AccessDenied(*self.needs[0])
        return AccessDenied(Resource.ENTRY if self.posts else Resource.GROUP, Action.CREATE)

    def check_permission(self, viewer: Viewer, tenant_id: UUID) -> None:
        """Raise AccessDenied unless the viewer is allowed everything that the service needs.

        Who may do it to rows about herself alone passes; whether the row is about her, the service sees to.
        """
        for resource, action in self.needs:
            if not (
                allows(viewer, action, resource, tenant_id) or acts_for_herself(viewer, action, resource, tenant_id)
            ):
                raise AccessDenied(resource, action)
        if not all(may_post(viewer, kind, tenant_id) for kind in self.posts):
            raise AccessDenied(Resource.ENTRY, Action.CREATE)

    def check_tenant(self, viewer: Viewer, command: Command) -> None:
        """Raise GroupNotFound where a partner is named as the group, PartnerNotFound the other way round.

        A machine of a group's is the group's own as staff are their partner's, and sees its totals beside.
        """
        tenant_id = tenant_of(command)
        is_partner = tenant_id in viewer.own_partners - viewer.sees_as(Term.PARTNER_TOTALS)
        # The book of a partner's is audited, too; the rules say what an auditor may change.
        may_be = is_partner or tenant_id in viewer.sees_as(Term.AUDITOR)
        if not may_be if _names_partner(command) else is_partner:
            raise unknown_tenant(command)

    def is_permitted(self, viewer: Viewer, tenant_id: UUID) -> bool:
        """Whether the viewer is allowed everything that the service needs; whether the state lets it is not asked."""
        if viewer.is_admin or viewer.is_job or (viewer.is_machine and self.is_founding):
            return False
        try:
            self.check_permission(viewer, tenant_id)
        except AccessDenied:
            return False
        return True

    async def __call__(self, work: UnitOfWork, command: CommandType) -> Outcome:
        """Run it; raises only what it declared."""
        try:
            return await self.run(work, command)
        except DomainError as error:
            raise self.declared(error)  # noqa: B904 - the same error, or the bug that it is

    def declared(self, error: DomainError) -> DomainError:
        """The error, once it is sure that the service declared it; raises UndeclaredError if not."""
        if not isinstance(error, self.raises):
            raise UndeclaredError(f"{self.name} raised {error.reason} undeclared") from error
        return error


SERVICES: dict[str, Service[Any]] = {}
"""Every service that was declared, by the name of its business action."""


def service(
    name: str,
    *,
    raises: tuple[type[DomainError], ...],
    needs: tuple[tuple[Resource, Action], ...] = (),
    posts: tuple[EntryKind, ...] = (),
    is_founding: bool = False,
) -> Callable[[Callable[[UnitOfWork, CommandType], Awaitable[Outcome]]], Service[CommandType]]:
    """Declare a function a service; see `Service` for the arguments."""

    def declare(run: Callable[[UnitOfWork, CommandType], Awaitable[Outcome]]) -> Service[CommandType]:
        declared = Service(name, run, (*ALWAYS, *raises), needs, posts, is_founding)
        SERVICES[name] = declared
        return declared

    return declare
