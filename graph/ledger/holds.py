"""Money set aside, in the schema."""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import strawberry

from domain.ledger.accounts import Fund, Place
from domain.ledger.holds import HoldPlace, HoldRelease, hold_place, hold_release
from domain.policy import Resource
from domain.service import Service
from graph.connections import PAGE_DEFAULT, After, Asked, First, connection_field
from graph.doers import LazyDoer, member_behind
from graph.engine import RowType
from graph.enums import HoldStatus
from graph.ledger.accounts import Account
from graph.ledger.entries import JournalEntry
from graph.mutations import command_mutation
from graph.nodes import Node
from graph.permissions import reading
from graph.relations import relation
from graph.rows import Money, money
from persistence.reads.accounts import load_accounts_by_key
from persistence.reads.entries import load_entries
from persistence.reads.groups import load_groups
from persistence.reads.holds import GROUP_HOLDS, load_holds

__all__ = ["Hold", "group_holds", "hold_place_mutation", "hold_release_mutation"]

if TYPE_CHECKING:
    from graph.groups import Group

LazyGroup = Annotated["Group", strawberry.lazy("graph.groups")]


@strawberry.type(
    description="Money set aside (reservation, earmark): it stays where it lies, and cannot be spent otherwise."
)
class Hold(RowType, Node):
    """A hold."""

    status: HoldStatus = strawberry.field(description="Whether it stands, or how it ended.")
    amount: Money = money("amount", "How much is set aside.")
    account: Account = relation(
        load_accounts_by_key, lambda row: (row["tenant_id"], row["account_id"]), "The account that it lies on."
    )
    purpose: str = strawberry.field(description="What for.")
    placed_at: datetime = strawberry.field(description="When it was set aside.")
    placed_by: strawberry.ID = strawberry.field(description="The user who set it aside.")
    placed_by_member: LazyDoer | None = member_behind("placed_by", "Who set it aside")
    expires_at: datetime = strawberry.field(description="Until when; from then on it counts no more.")
    ended_at: datetime | None = strawberry.field(description="When it ended; null while it stands.")
    ended_by: strawberry.ID | None = strawberry.field(
        description="The user who used or released it; null while it stands, and where its time was over."
    )
    ended_by_member: LazyDoer | None = member_behind("ended_by", "Who used or released it")
    entry: JournalEntry | None = relation(
        load_entries,
        lambda row: None if row["entry_id"] is None else (row["tenant_id"], row["entry_id"]),
        "The entry that used it.",
        protects=Resource.ENTRY,
    )
    group: LazyGroup = relation(load_groups, lambda row: row["tenant_id"], "The group.")


def _asked(
    first: First = PAGE_DEFAULT,
    after: After = None,
    status: Annotated[HoldStatus | None, strawberry.argument(description="Only those with this status.")] = None,
) -> Asked:
    return Asked(first, after, "NEWEST", status=status)


def group_holds() -> Any:
    """The holds of the group in the row."""
    words = "Money set aside, now and before, the newest first."
    return connection_field(
        GROUP_HOLDS, lambda row: (row["tenant_id"], row["tenant_id"]), _asked, **reading(Resource.HOLD, words)
    )


@strawberry.input(description="Money to be set aside: in a place of a fund, or on an account given by its id.")
class HoldPlaceInput:
    """The input of `holdPlace`."""

    group_id: strawberry.ID = strawberry.field(description="The group.")
    idempotency_key: UUID = strawberry.field(
        description="Made by the client, new for each wish; repeats carry the same."
    )
    id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="The hold's id, if the client makes it; otherwise the idempotency key is."
    )
    fund: Fund | None = strawberry.field(default=strawberry.UNSET, description="Whose money, together with `place`.")
    place: Place | None = strawberry.field(default=strawberry.UNSET, description="Where it lies, with `fund`.")
    account_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="Instead of both, an asset account that has a minimum."
    )
    amount: Decimal = strawberry.field(description="How much, as far as it is free.")
    purpose: str = strawberry.field(description="What for, up to 500 characters.")
    expires_at: datetime = strawberry.field(description="Until when, at most 366 days ahead.")


@strawberry.input(description="Money set aside that is to be let go.")
class HoldReleaseInput:
    """The input of `holdRelease`."""

    group_id: strawberry.ID = strawberry.field(description="The group.")
    idempotency_key: UUID = strawberry.field(
        description="Made by the client, new for each wish; repeats carry the same."
    )
    hold_id: strawberry.ID = strawberry.field(description="The hold.")


def _on_hold(service: Service[Any], given: Any, command: type, description: str) -> Any:
    return command_mutation(
        service,
        given=given,
        command=command,
        record="hold",
        record_type=Hold,
        load=load_holds,
        key=lambda command, outcome: (command.group_id, outcome.id),
        description=description,
    )


hold_place_mutation = _on_hold(
    hold_place,
    HoldPlaceInput,
    HoldPlace,
    "Set money aside (reserve, earmark), as far as it is free. It ends by itself when its time is over.",
)
hold_release_mutation = _on_hold(
    hold_release,
    HoldReleaseInput,
    HoldRelease,
    "Let go of money that was set aside, so that it can be spent otherwise.",
)
