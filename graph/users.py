"""Users as administrators see to them: found, suspended, let in again."""

from functools import partial
from typing import Annotated, Any
from uuid import UUID

import strawberry

from domain.access.sessions import read_login
from domain.access.standing import (
    STANDING_RAISES,
    USER_REACTIVATE,
    USER_SUSPEND,
    ReactivateUser,
    StandingCommand,
    SuspendUser,
)
from domain.identifiers import NotAnId, parse_id
from domain.policy import Action, Resource
from graph.access import User, plain_mutation
from graph.errors import InvalidArgument
from graph.mutations import build_command, sent_fields
from graph.permissions import Info, reading
from graph.relations import load_one
from persistence.reads.access import find_user, load_users

__all__ = ["UserMutations", "UserQueries"]


@strawberry.input(description="A user who is to sign in no more.")
class UserSuspendInput:
    """The input of `userSuspend`."""

    idempotency_key: UUID = strawberry.field(
        description="Made by the client, new for each wish; repeats carry the same."
    )
    user_id: strawberry.ID = strawberry.field(description="The user.")


@strawberry.input(description="A user who may sign in again.")
class UserReactivateInput:
    """The input of `userReactivate`."""

    idempotency_key: UUID = strawberry.field(
        description="Made by the client, new for each wish; repeats carry the same."
    )
    user_id: strawberry.ID = strawberry.field(description="The user.")


async def _change_standing(kind: type[StandingCommand], info: Info, given: Any) -> dict[str, Any]:
    context = info.context
    outcome = await context.services.access.change_standing(
        context.signed_in, build_command(kind, given), sent_fields(given)
    )
    if outcome.is_replay:
        context.extensions["idempotentReplay"] = True
    if outcome.error is not None:
        raise outcome.error
    await context.snapshot.open()
    (user,) = await load_users(context.snapshot, [outcome.id] if outcome.id is not None else [])
    return {"user": user}


@strawberry.type
class UserQueries:
    """What is asked of users."""

    @strawberry.field(
        **reading(Resource.USER, "A user, by her id or by what she signs in with; null where you may see none.")
    )
    async def user(
        self,
        info: Info,
        id: Annotated[strawberry.ID | None, strawberry.argument(description="The user's id.")] = None,  # noqa: A002
        login: Annotated[
            str | None,
            strawberry.argument(description="Instead, the phone number with its country code, or the e-mail address."),
        ] = None,
    ) -> User | None:
        """A user."""
        if (id is None) == (login is None):
            raise InvalidArgument("Give the id or the login of the user, one of the two.")
        snapshot = info.context.snapshot
        await snapshot.open()
        if login is None:
            try:
                user_id: UUID | None = parse_id(id or "")
            except NotAnId as error:
                raise InvalidArgument(error.message) from None
        else:
            typed = read_login(login)
            user_id = None if typed is None else await find_user(snapshot, typed)
        return None if user_id is None else await load_one(info.context, load_users, user_id)


@strawberry.type
class UserMutations:
    """What is done to users."""

    user_suspend = plain_mutation(
        USER_SUSPEND,
        given=UserSuspendInput,
        raises=STANDING_RAISES,
        fields={"user": (User, "The user.")},
        run=partial(_change_standing, SuspendUser),
        description="Let a user sign in no more (block); her sessions end at once. In her groups nothing changes.",
        need=(Resource.USER, Action.UPDATE),
    )

    user_reactivate = plain_mutation(
        USER_REACTIVATE,
        given=UserReactivateInput,
        raises=STANDING_RAISES,
        fields={"user": (User, "The user.")},
        run=partial(_change_standing, ReactivateUser),
        description="Let a user sign in again (unblock).",
        need=(Resource.USER, Action.UPDATE),
    )
