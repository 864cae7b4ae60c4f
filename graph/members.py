"""Members in the schema."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from uuid import UUID

import strawberry

from domain.members import MemberStatus, NextOfKin, Position, Sex
from domain.policy import Resource, Role
from graph import engine
from graph.attendance_lists import LazyAttendance, member_attendances
from graph.connections import Connection, connection_field
from graph.contribution_lists import LazyContribution, contributions
from graph.dues import ContributionWaiver, Due, member_dues, waivers
from graph.engine import Call, Load, RowType
from graph.fine_lists import LazyFine, fines
from graph.groups import Group
from graph.ledger.entries import EntryLine
from graph.ledger.moments import as_of
from graph.ledger.statements import member_statement
from graph.lending.lists import LazyLoan, loans
from graph.lending.securities import LoanGuarantee, guarantees
from graph.limits import free
from graph.nodes import Node
from graph.overrides import PermissionOverride, overrides
from graph.performance import MemberPerformance, member_performance
from graph.permissions import is_hidden, key_of, protected, reading
from graph.relations import Loader, relation
from graph.rows import Money, money
from graph.scalars import PhoneNumber
from graph.trail import PersonalDataRead, personal_reads_arguments
from graph.vote_lists import LazyBallot, member_ballots
from persistence.reads.dues import MEMBER_WAIVERS
from persistence.reads.fines import MEMBER_FINES
from persistence.reads.groups import load_groups
from persistence.reads.loans import MEMBER_LOANS
from persistence.reads.members import (
    PrivateFacts,
    load_member_balances,
    load_positions,
    load_private,
    load_role_terms,
    load_roles,
)
from persistence.reads.overrides import MEMBER_OVERRIDES
from persistence.reads.savings import MEMBER_CONTRIBUTIONS
from persistence.reads.securities import MEMBER_GUARANTEES
from persistence.reads.trail import MEMBER_PERSONAL_READS

__all__ = ["Member", "MemberBalances", "PositionHeld", "RoleTerm"]

POSITIONS_SIZE = 3
ROLE_TERMS_SIZE = 3
"""What the lists are taken for when the cost of an operation is counted."""

_YEAR_DIGITS = 4


@strawberry.type(description="What a member has, and owes, by the book.")
class MemberBalances:
    """A member's balances."""

    shares: int = strawberry.field(description="How many shares the member holds.")
    shares_value: Money = money("shares_value", "What was paid for them.")
    savings: Money = money("savings", "What the member put aside and may withdraw.")
    social_fund_paid: Money = money("social_fund_paid", "What the member paid into the social fund.")
    social_fund_received: Money = money("social_fund_received", "What the social fund granted the member.")
    fines_owed: Money = money("fines_owed", "The fines that the member has not paid yet.")


def _may_have_private(call: Call, row: Any) -> bool:
    # To whom a member opened what is private is written beside it, so that it is known only once it was read: whom no
    # consent would help is turned away before, and whom this member's consent does not reach afterwards.
    asked = {"tenant_id": row["tenant_id"], "id": row["id"], "shown_to": call.context.viewer.own_partners}
    return not is_hidden(call, Resource.MEMBER_PRIVATE, asked, "id")


def _private(name: str, description: str, value: Callable[[str], Any] = str, *, fact: str | None = None) -> Any:
    """A field with what few may know of a member; that it was read is noted.

    Args:
        name: What the trail calls it.
        description: What the field is; the sentence on who may see it is added.
        value: Makes the field's value of the text that was sealed.
        fact: What is opened, where it is called otherwise.
    """

    def begin(call: Call) -> Load:
        context = call.context

        def opened(key: tuple[UUID, UUID], found: PrivateFacts) -> Any:
            row = {"tenant_id": key[0], "id": key[1], "shown_to": found.shown_to}
            if is_hidden(call, Resource.MEMBER_PRIVATE, row, "id"):
                return None
            text = found.open(fact or name)
            if text is None:
                return None
            context.note_personal_read(key, name)
            return value(text)

        return Load(context.loader((load_private,), Loader, load_private), opened)

    options = reading(Resource.MEMBER_PRIVATE, f"{description} That it was read is noted.")
    return engine.relation(key_of, begin, guard=_may_have_private, **options)


def _birth_date(text: str) -> date | None:
    return None if len(text) == _YEAR_DIGITS else date.fromisoformat(text)


def _kin(text: str) -> dict[str, str | None]:
    found = NextOfKin.from_text(text)
    return {"name": found.name, "relationship": found.relationship, "phone": found.phone}


@strawberry.type(description="Whom the group turns to when a member cannot be asked any more.", directives=[free])
class NextOfKinOfMember(RowType):
    """The next of kin."""

    name: str = strawberry.field(description="What the person is called.")
    relationship: str | None = strawberry.field(description="What she is to the member.")
    phone: PhoneNumber | None = strawberry.field(description="How she is reached.")


@strawberry.type(description="One time that a member held a position that is no role of whoever signs in.")
class PositionHeld(RowType):
    """A position held."""

    id: strawberry.ID = strawberry.field(description="The id of this time, a UUID.")
    position: Position = strawberry.field(description="What the member did, or does.")
    starts_on: date = strawberry.field(description="The first day.")
    ends_on: date | None = strawberry.field(description="The last day; null while she holds it.")
    version: int = strawberry.field(description="Grows with every change of the record.")


@strawberry.type(description="One time that the user of a member holds, held or will hold a role in the group.")
class RoleTerm(RowType):
    """A time in a role."""

    role: Role = strawberry.field(description="What she may do then.")
    starts_at: datetime = strawberry.field(description="From when.")
    ends_at: datetime | None = strawberry.field(description="Until when; null while no last day is set.")


@strawberry.type(description="A person in a group (client, customer), with or without a sign-in of her own.")
class Member(RowType, Node):
    """A member."""

    number: int = strawberry.field(description="The member's number in the group.")
    name: str | None = protected(Resource.MEMBER_NAME, "What the member is called.", lambda row: row["name"])
    photo: str | None = protected(Resource.MEMBER_NAME, "Where the member's picture is kept.", lambda row: row["photo"])
    phone: PhoneNumber | None = _private("phone", "The member's phone number.")
    email: str | None = _private("email", "The member's e-mail address.")
    national_id: str | None = _private(
        "national_id", "The number of the member's identity card.", lambda text: text.partition(":")[2]
    )
    born_on: date | None = _private(
        "birth_date", "When the member was born; null where only the year is known.", _birth_date, fact="birth"
    )
    birth_year: int | None = _private(
        "birth_year", "In which year the member was born.", lambda text: int(text[:_YEAR_DIGITS]), fact="birth"
    )
    address: str | None = _private("address", "Where the member lives.")
    next_of_kin: NextOfKinOfMember | None = _private(
        "next_of_kin", "Whom the group turns to when the member cannot be asked any more.", _kin
    )
    sex: Sex | None = strawberry.field(description="As programmes report it.")
    status: MemberStatus = strawberry.field(description="Whether the member takes part.")
    joined_on: date = strawberry.field(description="The group's date on which the member joined.")
    left_on: date | None = strawberry.field(description="The group's date on which the member left.")
    version: int = strawberry.field(description="Grows with every change of the record.")
    roles: list[Role] | None = relation(
        load_roles, key_of, "What the member's user holds in the group now.", protects=Resource.MEMBERSHIP
    )
    role_terms: list[RoleTerm] | None = relation(
        load_role_terms,
        key_of,
        "The times in office (terms) of the member's user, those that are over or yet to begin included.",
        protects=Resource.MEMBERSHIP,
        size=ROLE_TERMS_SIZE,
    )
    positions: list[PositionHeld] | None = relation(
        load_positions,
        key_of,
        "The positions that the member holds or held beside any role: the box, a key, the counting of money.",
        protects=Resource.POSITION,
        size=POSITIONS_SIZE,
    )
    permission_overrides: Connection[PermissionOverride] = overrides(
        MEMBER_OVERRIDES,
        key_of,
        "What the member may do beside her roles, or may not, and what was asked of that kind, the last first.",
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

    dues: list[Due] | None = member_dues()
    performance: MemberPerformance | None = member_performance()
    contribution_waivers: Connection[ContributionWaiver] = waivers(
        MEMBER_WAIVERS, key_of, "What the member was let off, or is to be."
    )
    guarantees: Connection[LoanGuarantee] = guarantees(
        MEMBER_GUARANTEES, key_of, "The loans of others that the member stands surety for, of what you may see."
    )
    fines: Connection[LazyFine] = fines(MEMBER_FINES, key_of, "The member's fines, of what you may see.")
    loans: Connection[LazyLoan] = loans(MEMBER_LOANS, key_of, "The member's loans, of what you may see.")
    attendance: Connection[LazyAttendance] = member_attendances(key_of)
    ballots: Connection[LazyBallot] = member_ballots(key_of)
    personal_data_reads: Connection[PersonalDataRead] = connection_field(
        MEMBER_PERSONAL_READS,
        key_of,
        personal_reads_arguments,
        **reading(Resource.PERSONAL_READ, "Who read what few may know of the member, the last first."),
    )
    contributions: Connection[LazyContribution] = contributions(
        MEMBER_CONTRIBUTIONS, key_of, "What the member paid in, of what you may see."
    )
