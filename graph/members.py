"""Members in the schema."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

import strawberry

from domain.members import AddMember, MemberStatus, Sex, add_member
from domain.policy import Resource, Role
from graph import engine
from graph.attendance_lists import LazyAttendance, member_attendances
from graph.connections import Connection
from graph.contribution_lists import LazyContribution, contributions
from graph.engine import Call, Load, RowType
from graph.groups import Group
from graph.ledger.entries import EntryLine
from graph.ledger.moments import as_of
from graph.ledger.statements import member_statement
from graph.mutations import command_mutation
from graph.nodes import Node
from graph.permissions import is_hidden, key_of, protected, reading
from graph.relations import Loader, relation
from graph.rows import Money, money
from graph.scalars import PhoneNumber
from persistence.reads.groups import load_groups
from persistence.reads.members import load_member_balances, load_members, load_phones, load_roles
from persistence.reads.savings import MEMBER_CONTRIBUTIONS
from persistence.snapshot import Snapshot

__all__ = ["Member", "MemberBalances", "member_add"]


@strawberry.type(description="What a member has, and owes, by the book.")
class MemberBalances:
    """A member's balances."""

    shares: int = strawberry.field(description="How many shares the member holds.")
    shares_value: Money = money("shares_value", "What was paid for them.")
    savings: Money = money("savings", "What the member put aside and may withdraw.")
    social_fund_paid: Money = money("social_fund_paid", "What the member paid into the social fund.")
    social_fund_received: Money = money("social_fund_received", "What the social fund granted the member.")
    fines_owed: Money = money("fines_owed", "The fines that the member has not paid yet.")


async def _load_phones(snapshot: Snapshot, keys: Sequence[Any]) -> list[dict[str, Any]]:
    return [found or {"phone": None, "shown_to": ()} for found in await load_phones(snapshot, keys)]


def _may_have_phone(call: Call, row: Any) -> bool:
    # To whom a member opened her number is written beside it, so that it is known only once it was read: whom no
    # consent would help is turned away before, and whom this member's consent does not reach afterwards.
    asked = {"tenant_id": row["tenant_id"], "id": row["id"], "shown_to": call.context.viewer.own_partners}
    return not is_hidden(call, Resource.MEMBER_PRIVATE, asked, "id")


def _phones(call: Call) -> Load:
    def phone(key: tuple[UUID, UUID], found: dict[str, Any]) -> Any:
        row = {"tenant_id": key[0], "id": key[1], "shown_to": found["shown_to"]}
        return None if is_hidden(call, Resource.MEMBER_PRIVATE, row, "id") else found["phone"]

    return Load(call.context.loader((_load_phones,), Loader, _load_phones), phone)


@strawberry.type(description="A person in a group (client, customer), with or without a sign-in of her own.")
class Member(RowType, Node):
    """A member."""

    number: int = strawberry.field(description="The member's number in the group.")
    name: str | None = protected(Resource.MEMBER_NAME, "What the member is called.", lambda row: row["name"])
    phone: PhoneNumber | None = engine.relation(
        key_of, _phones, guard=_may_have_phone, **reading(Resource.MEMBER_PRIVATE, "The member's phone number.")
    )
    sex: Sex | None = strawberry.field(description="As programmes report it.")
    status: MemberStatus = strawberry.field(description="Whether the member takes part.")
    joined_on: date = strawberry.field(description="The group's date on which the member joined.")
    left_on: date | None = strawberry.field(description="The group's date on which the member left.")
    version: int = strawberry.field(description="Grows with every change of the record.")
    roles: list[Role] | None = relation(
        load_roles, key_of, "What the member's user holds in the group now.", protects=Resource.MEMBERSHIP
    )
    balances: MemberBalances | None = relation(
        load_member_balances,
        key_of,
        "What the member has, and owes.",
        protects=Resource.MEMBER_BALANCE,
        about="id",
        arguments=as_of,
    )
    statement: Connection[EntryLine] = member_statement(key_of)
    group: Group = relation(load_groups, lambda row: row["tenant_id"], "The group.")

    attendance: Connection[LazyAttendance] = member_attendances(key_of)
    contributions: Connection[LazyContribution] = contributions(
        MEMBER_CONTRIBUTIONS, key_of, "What the member paid in, of what you may see."
    )


@strawberry.input(description="A person to be entered in the register.")
class MemberAddInput:
    """The input of `memberAdd`."""

    group_id: strawberry.ID = strawberry.field(description="The group.")
    idempotency_key: UUID = strawberry.field(
        description="Made by the client, new for each wish; repeats carry the same."
    )
    id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET,
        description="The member's id, if the client makes it; otherwise the idempotency key is.",
    )
    name: str = strawberry.field(description="What the member is called, up to 120 characters.")
    number: int | None = strawberry.field(
        default=strawberry.UNSET, description="The number in the group; the next one if left out."
    )
    phone: PhoneNumber | None = strawberry.field(
        default=strawberry.UNSET, description="In E.164, or as it is written in the group's country."
    )
    sex: Sex | None = strawberry.field(default=strawberry.UNSET, description="As programmes report it.")
    joined_on: date | None = strawberry.field(
        default=strawberry.UNSET, description="The group's date on which the member joined; today if left out."
    )
    user_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET,
        description="The user who is this person, so that she sees the group when she signs in.",
    )
    roles: list[Role] | None = strawberry.field(
        default=strawberry.UNSET, description="What that user holds beside MEMBER: CHAIR, SECRETARY, TREASURER."
    )


def _key(command: Any, outcome: Any) -> tuple[UUID, UUID]:
    return command.group_id, outcome.id


member_add = command_mutation(
    add_member,
    given=MemberAddInput,
    command=AddMember,
    record="member",
    record_type=Member,
    load=load_members,
    key=_key,
    description="Enter a person in the register of members.",
)
