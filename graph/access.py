"""Users, their memberships and their sessions in the schema."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import strawberry

from domain.access.sessions import (
    SESSION_OPEN_RAISES,
    SESSION_REFRESH_RAISES,
    SESSION_REVOKE_RAISES,
    DeviceType,
    OpenSession,
    RefreshSession,
    RevokeSession,
)
from domain.access.standing import UserStatus, initials_of
from domain.access.users import USER_CREATE, USER_CREATE_RAISES, CreateUser
from domain.errors import DomainError
from domain.policy import AccessDenied, Action, Resource, Role
from graph.connections import PAGE_DEFAULT, After, Asked, Connection, First, connection_field
from graph.engine import computed
from graph.enums import described
from graph.groups import Group
from graph.invitations import ReceivedInvitation, own_invitations
from graph.joining import SentJoinRequest, own_requests
from graph.members import Member, MemberBalances
from graph.mutations import build_command, error_value, input_argument, payload_type, sent_fields
from graph.permissions import Info, requirement, sentence
from graph.relations import relation
from graph.scalars import CurrencyCode, PhoneNumber
from persistence.access import SignedIn
from persistence.database import DatabaseRole
from persistence.reads.access import SESSIONS, load_last_sign_ins, load_memberships, load_users
from persistence.reads.groups import load_groups
from persistence.reads.members import load_claimable, load_members
from persistence.reads.summaries import load_own_totals

__all__ = ["User", "Viewer", "plain_mutation", "session_open", "session_refresh", "session_revoke", "user_create"]

CLAIMABLE_SIZE = 2
TOTALS_SIZE = 2
"""What the lists are taken for when the cost of an operation is counted."""


described(
    UserStatus,
    "Whether a user may sign in.",
    {
        "PENDING": "Not yet.",
        "ACTIVE": "Yes.",
        "SUSPENDED": "No, since an administrator decided so.",
        "INACTIVE": "No more.",
    },
)


@strawberry.type(description="A person who signs in.")
class User:
    """A user."""

    id: strawberry.ID = strawberry.field(description="The user's id, a UUID.")
    name: str | None = strawberry.field(description="What the user is called.")
    phone: PhoneNumber | None = strawberry.field(description="The phone number that the user signs in with.")
    email: str | None = strawberry.field(description="The e-mail address that the user signs in with.")
    locale: str = strawberry.field(description="The language of messages, such as en or sw-KE.")
    is_admin: bool = computed(
        lambda row: row["platform_role"] == "ADMIN", description="Whether the user may administer the platform."
    )
    initials: str | None = computed(
        lambda row: initials_of(row["name"]), description="Two letters to show where there is no picture (avatar)."
    )
    status: UserStatus = strawberry.field(description="Whether the user may sign in.")
    created_at: datetime = strawberry.field(description="When the user was made.")
    last_signed_in_at: datetime | None = relation(
        load_last_sign_ins,
        lambda row: row["id"],
        "When the user last signed in (last login); null if never or long ago.",
    )


@strawberry.type(description="What a user is in a group.")
class Membership:
    """A membership."""

    roles: list[Role] = strawberry.field(description="The roles held now.")
    starts_at: datetime = strawberry.field(description="Since when.")
    group: Group | None = relation(
        load_groups, lambda row: row["tenant_id"], "The group; null for a membership of a partner."
    )
    member: Member | None = relation(
        load_members,
        lambda row: None if row["member_id"] is None else (row["tenant_id"], row["member_id"]),
        "The user as a member of the group, where the register has her.",
    )


@strawberry.type(description="A device on which a user is signed in.")
class Session:
    """A session."""

    id: strawberry.ID = strawberry.field(description="The session's id, a UUID.")
    device_type: DeviceType = strawberry.field(description="What it was opened on.")
    device_name: str | None = strawberry.field(description="What the person calls the device.")
    address: str | None = strawberry.field(description="The IP address from which it was opened.")
    user_agent: str | None = strawberry.field(description="What the program calls itself.")
    created_at: datetime = strawberry.field(description="When it was opened.")
    last_used_at: datetime = strawberry.field(description="When it was last refreshed.")
    expires_at: datetime = strawberry.field(description="When it ends if it is not refreshed.")

    @strawberry.field(description="Whether this request came through it.")
    def is_current(self, info: Info) -> bool:
        """Whether it is the request's own."""
        row: Any = self
        return bool(row["id"] == info.context.signed_in.id)


@strawberry.type(description="A member of a group with the phone number or e-mail address that the user signs in with.")
class ClaimableMembership:
    """A membership to claim."""

    group_id: strawberry.ID = computed(lambda row: row["tenant_id"], description="The group, for `memberClaim`.")
    group_name: str = strawberry.field(description="What the group calls itself.")


def _sessions(first: First = PAGE_DEFAULT, after: After = None) -> Asked:
    return Asked(first, after, "NEWEST", is_live=True)


def _user_id(row: Any) -> Any:
    return row["user_id"]


@strawberry.type(description="What the user has, and owes, in all groups that keep their books in one currency.")
class OwnTotals:
    """Totals in a currency."""

    currency: CurrencyCode = strawberry.field(description="The currency.")
    group_count: int = strawberry.field(description="In how many groups with this currency she is a member.")
    balances: MemberBalances = computed(lambda row: row, description="The sums of her balances in those groups.")


@strawberry.type(description="Whoever makes the request.")
class Viewer:
    """The viewer."""

    user: User | None = relation(load_users, _user_id, "The user; null for a program with a machine credential.")
    memberships: list[Membership] = relation(load_memberships, _user_id, "What the user is, and where.")

    totals: list[OwnTotals] = relation(
        load_own_totals, _user_id, "What the user has and owes in all her groups together.", size=TOTALS_SIZE
    )
    claimable_memberships: list[ClaimableMembership] = relation(
        load_claimable,
        _user_id,
        "The groups whose register has a member with the user's phone number or e-mail address whom nobody is yet.",
        size=CLAIMABLE_SIZE,
    )
    join_requests: list[SentJoinRequest] = own_requests(_user_id)
    invitations: list[ReceivedInvitation] = own_invitations(_user_id)
    sessions: Connection[Session] = connection_field(
        SESSIONS,
        lambda row: (row["user_id"], row["user_id"]),
        _sessions,
        description="The devices on which the user is signed in, the newest first.",
    )


@strawberry.type(description="What a device keeps to stay signed in. Show these to nobody.")
class Tokens:
    """The tokens of a session."""

    session_id: strawberry.ID = strawberry.field(description="The session's id.")
    access_token: str = strawberry.field(description="Send it as `Authorization: Bearer …` with every request.")
    access_expires_at: datetime = strawberry.field(description="When the access token ends: refresh before.")
    refresh_token: str = strawberry.field(
        description="Gets the next tokens by `sessionRefresh`. If that answer is lost, ask again with the same."
    )
    refresh_expires_at: datetime = strawberry.field(description="When the session ends if it is not refreshed.")


def _tokens(signed_in: SignedIn) -> dict[str, Any]:
    return {name: getattr(signed_in, name) for name in Tokens.__annotations__}


@strawberry.input(description="A person to be signed in on a device.")
class SessionOpenInput:
    """The input of `sessionOpen`."""

    login: str = strawberry.field(description="The phone number, with its country code, or the e-mail address.")
    password: str = strawberry.field(description="The password.")
    device_type: DeviceType | None = strawberry.field(
        default=strawberry.UNSET, description="What the session is opened on."
    )
    device_name: str | None = strawberry.field(
        default=strawberry.UNSET, description="What the person calls the device, to find it in the list."
    )
    region: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="The country whose national form of phone numbers is read as well, such as KE.",
    )
    as_admin: bool | None = strawberry.field(
        default=strawberry.UNSET, description="Whether to administer the platform, which only administrators may."
    )


@strawberry.input(description="A session to be kept.")
class SessionRefreshInput:
    """The input of `sessionRefresh`."""

    refresh_token: str = strawberry.field(description="The refresh token that the device holds.")


@strawberry.input(description="A session to be ended.")
class SessionRevokeInput:
    """The input of `sessionRevoke`."""

    session_id: strawberry.ID = strawberry.field(description="One of your own sessions; your present one to sign out.")


@strawberry.input(description="A user to be made.")
class UserCreateInput:
    """The input of `userCreate`."""

    idempotency_key: UUID = strawberry.field(
        description="Made by the client, new for each wish; repeats carry the same."
    )
    id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="The user's id, if the client makes it; otherwise the idempotency key is."
    )
    name: str = strawberry.field(description="What the user is called, up to 120 characters.")
    phone: PhoneNumber | None = strawberry.field(default=strawberry.UNSET, description="In E.164; to sign in with.")
    email: str | None = strawberry.field(default=strawberry.UNSET, description="To sign in with.")
    password: str = strawberry.field(description="At least 8 characters, and none of the commonest.")
    locale: str | None = strawberry.field(
        default=strawberry.UNSET, description="The language of messages; en if left out."
    )
    is_admin: bool | None = strawberry.field(
        default=strawberry.UNSET, description="Whether the user may administer the platform; false if left out."
    )


def plain_mutation(
    name: str,
    *,
    given: Any,
    raises: tuple[type[DomainError], ...],
    fields: dict[str, tuple[Any, str]],
    run: Callable[[Info, Any], Awaitable[dict[str, Any]]],
    description: str,
    need: tuple[Resource, Action] | None = None,
) -> Any:
    """A mutation outside any group: run it, and give its refusal as data."""
    payload = payload_type(name, raises, fields)

    async def resolve(info: Any, input: Any) -> Any:  # noqa: A002 - the argument's name in the schema
        await info.context.forget()
        value: dict[str, Any] = {**dict.fromkeys(fields), "user_errors": []}
        try:
            value |= await run(info, input)
        except DomainError as error:
            value["user_errors"] = [error_value(error, raises)]
        return value

    resolve.__annotations__ = {"info": Info, "input": input_argument(given), "return": payload}
    words = description if need is None else f"{description} {sentence(need)}"
    return strawberry.mutation(
        resolver=resolve, description=words, directives=[] if need is None else [requirement(need)]
    )


def _refuse_machines(info: Info, action: Action) -> None:
    """Sessions are people's: a machine opens none for them and ends none.

    Raises:
        AccessDenied: The request comes with a machine credential.
    """
    principal = info.context.principal
    if principal is not None and principal.is_machine:
        raise AccessDenied(Resource.SESSION, action)


async def _open(info: Info, given: Any) -> dict[str, Any]:
    _refuse_machines(info, Action.CREATE)
    facts = info.context.facts
    signed_in = await info.context.services.access.open_session(
        build_command(OpenSession, given), address=info.context.address, user_agent=facts.headers.get("user-agent")
    )
    return {"tokens": _tokens(signed_in)}


async def _refresh(info: Info, given: Any) -> dict[str, Any]:
    _refuse_machines(info, Action.UPDATE)
    signed_in = await info.context.services.access.refresh_session(build_command(RefreshSession, given))
    return {"tokens": _tokens(signed_in)}


async def _revoke(info: Info, given: Any) -> dict[str, Any]:
    _refuse_machines(info, Action.UPDATE)
    command = build_command(RevokeSession, given)
    await info.context.services.access.revoke_session(info.context.signed_in, command.session_id)
    return {"session_id": command.session_id}


async def _create_user(info: Info, given: Any) -> dict[str, Any]:
    context = info.context
    principal = context.signed_in
    if principal.role is not DatabaseRole.ADMIN:
        raise AccessDenied(Resource.USER, Action.CREATE)
    # Without the password: what is kept to recognise a repeat must not be a quick way to try passwords.
    sent = {name: value for name, value in sent_fields(given).items() if name != "password"}
    outcome = await context.services.access.create_user(principal, build_command(CreateUser, given), sent)
    if outcome.is_replay:
        context.extensions["idempotentReplay"] = True
    if outcome.error is not None:
        raise outcome.error
    await context.snapshot.open()
    (user,) = await load_users(context.snapshot, [outcome.id] if outcome.id is not None else [])
    return {"user": user}


session_open = plain_mutation(
    "sessionOpen",
    given=SessionOpenInput,
    raises=SESSION_OPEN_RAISES,
    fields={"tokens": (Tokens, "What the device keeps to stay signed in.")},
    run=_open,
    description="Sign in (log in) with a phone number or an e-mail address and a password.",
)

session_refresh = plain_mutation(
    "sessionRefresh",
    given=SessionRefreshInput,
    raises=SESSION_REFRESH_RAISES,
    fields={"tokens": (Tokens, "What the device keeps from now on.")},
    run=_refresh,
    description="Get the next access token and refresh token. Each refresh token is for one use.",
)

session_revoke = plain_mutation(
    "sessionRevoke",
    given=SessionRevokeInput,
    raises=SESSION_REVOKE_RAISES,
    fields={"session_id": (strawberry.ID, "The session that has ended.")},
    run=_revoke,
    description="End one of your own sessions at once (sign out, log out).",
)

user_create = plain_mutation(
    USER_CREATE,
    given=UserCreateInput,
    raises=USER_CREATE_RAISES,
    fields={"user": (User, "The user.")},
    run=_create_user,
    description="Make a user who can sign in.",
    need=(Resource.USER, Action.CREATE),
)
