"""What is expected of members, and waivers of it, in the schema."""

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import strawberry

from domain.groups import Frequency
from domain.policy import Resource
from domain.savings.dues import Due as DueFacts
from domain.savings.dues import DueKind
from domain.savings.waivers import DecideWaiver, RequestWaiver, WaiverStatus, decide_waiver, request_waiver
from graph.connections import PAGE_DEFAULT, After, Asked, First, connection_field
from graph.doers import LazyDoer, member_behind
from graph.engine import RowType
from graph.limits import free
from graph.mutations import command_mutation
from graph.permissions import key_of, reading
from graph.relations import relation
from graph.rows import Money, money, money_of
from persistence.reads.dues import load_dues, load_waivers
from persistence.reads.members import load_members
from persistence.reads.pages import Listing

if TYPE_CHECKING:
    from graph.members import Member

__all__ = [
    "ContributionWaiver",
    "Due",
    "contribution_waiver_decide",
    "contribution_waiver_request",
    "member_dues",
    "waivers",
]

LazyMember = Annotated["Member", strawberry.lazy("graph.members")]
DUES_SIZE = 4
"""What the list is taken for when the cost of an operation is counted."""


@strawberry.type(description="A period for which something was expected of a member.", directives=[free])
class DuePeriod:
    """A period."""

    starts_on: date = strawberry.field(description="Its first day; for what is due in meetings, the meeting's.")
    due_on: date = strawberry.field(description="Its last day, on which the money is due.")
    expected: Money = strawberry.field(description="How much was expected.")
    paid: Money = strawberry.field(description="What was paid on its days.")
    paid_in_time: Money = strawberry.field(
        description="What of it was paid or waived by its last day: on its days, or before and not needed for older "
        "periods."
    )
    outstanding: Money = strawberry.field(
        description="What is in arrears of it, where all that was paid and waived settles the oldest first."
    )


@strawberry.type(description="What was expected of a member up to a date, beside what she paid (dues, arrears).")
class Due:
    """What is expected."""

    kind: DueKind = strawberry.field(description="What is expected.")
    type_code: str | None = strawberry.field(description="Its code in the constitution; null for what every group has.")
    name: str | None = strawberry.field(description="What the constitution calls it; null for what every group has.")
    frequency: Frequency = strawberry.field(description="How often it is due; FLEXIBLE stands for each meeting.")
    amount: Money = strawberry.field(description="How much each time, by the newest version that expects it.")
    expected: Money = strawberry.field(description="All that fell due.")
    paid: Money = strawberry.field(description="All that she paid.")
    waived: Money = strawberry.field(description="All that she was let off.")
    outstanding: Money = strawberry.field(description="What is in arrears.")
    advance: Money = strawberry.field(description="What she paid beyond what fell due.")
    periods: list[DuePeriod] = strawberry.field(description="The periods, the oldest first.")


def _due(due: DueFacts) -> dict[str, Any]:
    each = due.obligation
    code = each.amount.currency.code

    def shown(amount: Decimal) -> dict[str, str]:
        return money_of(amount, code)

    return {
        "kind": each.kind.value,
        "type_code": each.type_code,
        "name": each.name,
        "frequency": each.frequency.value,
        "amount": shown(each.amount.amount),
        **{name: shown(getattr(due, name)) for name in ("expected", "paid", "waived", "outstanding", "advance")},
        "periods": [
            {
                "starts_on": period.starts_on,
                "due_on": period.due_on,
                "paid_in_time": shown(period.in_time),
                **{name: shown(getattr(period, name)) for name in ("expected", "paid", "outstanding")},
            }
            for period in due.periods
        ],
    }


def _as_of(
    as_of: Annotated[
        date | None, strawberry.argument(description="Up to this date; the group's today if left out.")
    ] = None,
) -> date | None:
    return as_of


def member_dues() -> Any:
    """The field of a member."""
    return relation(
        load_dues,
        key_of,
        "What was expected of the member by the constitution, beside what she paid: computed from the book.",
        protects=Resource.CONTRIBUTION_WAIVER,
        about="id",
        shape=lambda found: [_due(due) for due in found],
        arguments=_as_of,
        size=DUES_SIZE,
    )


@strawberry.type(description="That a member is let off something that is expected of her (exemption).")
class ContributionWaiver(RowType):
    """A waiver."""

    id: strawberry.ID = strawberry.field(description="The waiver's id.")
    kind: DueKind = strawberry.field(description="Of what.")
    type_code: str | None = strawberry.field(description="Its code in the constitution, for OTHER.")
    amount: Money = money("amount", "How much.")
    counts_on: date = strawberry.field(description="The group's date from which it counts.")
    reason: str = strawberry.field(description="Why.")
    status: WaiverStatus = strawberry.field(description="Whether it was decided; only what is approved counts.")
    requested_at: datetime = strawberry.field(description="When it was asked for.")
    requested_by: strawberry.ID = strawberry.field(description="The user who asked for it.")
    requested_by_member: LazyDoer | None = member_behind("requested_by", "Who asked for it")
    decided_at: datetime | None = strawberry.field(description="When it was decided.")
    decided_by: strawberry.ID | None = strawberry.field(description="The user who decided.")
    decided_by_member: LazyDoer | None = member_behind("decided_by", "Who decided")
    version: int = strawberry.field(description="Grows with every change; give it back as `expectedVersion`.")
    member: LazyMember = relation(load_members, lambda row: (row["tenant_id"], row["member_id"]), "The member.")


def _asked(
    first: First = PAGE_DEFAULT,
    after: After = None,
    status: Annotated[WaiverStatus | None, strawberry.argument(description="Only those with this status.")] = None,
) -> Asked:
    return Asked(first, after, "NEWEST", waiver=status)


def waivers(listing: Listing, parent: Any, description: str) -> Any:
    """The field of a type whose rows are the parents of the listing."""
    return connection_field(listing, parent, _asked, **reading(Resource.CONTRIBUTION_WAIVER, description))


@strawberry.input(description="A member to be let off something that is expected of her.")
class ContributionWaiverRequestInput:
    """The input of `contributionWaiverRequest`."""

    group_id: strawberry.ID = strawberry.field(description="The group.")
    idempotency_key: UUID = strawberry.field(
        description="Made by the client, new for each wish; repeats carry the same."
    )
    id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET,
        description="The waiver's id, if the client makes it; otherwise the idempotency key is.",
    )
    member_id: strawberry.ID = strawberry.field(description="The member.")
    kind: DueKind = strawberry.field(description="Of what.")
    type_code: str | None = strawberry.field(
        default=strawberry.UNSET, description="For OTHER only: the code of the contribution in the constitution."
    )
    amount: Decimal = strawberry.field(description="How much.")
    counts_on: date | None = strawberry.field(
        default=strawberry.UNSET, description="The group's date from which it counts; today if left out, never later."
    )
    reason: str = strawberry.field(description="Why, up to 500 characters.")


@strawberry.input(description="What another officer decides on a waiver.")
class ContributionWaiverDecideInput:
    """The input of `contributionWaiverDecide`."""

    group_id: strawberry.ID = strawberry.field(description="The group.")
    idempotency_key: UUID = strawberry.field(
        description="Made by the client, new for each wish; repeats carry the same."
    )
    waiver_id: strawberry.ID = strawberry.field(description="The waiver.")
    expected_version: int = strawberry.field(description="The version that you read; a newer one is refused.")
    is_approved: bool = strawberry.field(description="Whether it is approved; refused if not.")


def _key(command: Any, outcome: Any) -> tuple[UUID, UUID]:
    return command.group_id, outcome.id


contribution_waiver_request = command_mutation(
    request_waiver,
    given=ContributionWaiverRequestInput,
    command=RequestWaiver,
    record="contribution_waiver",
    record_type=ContributionWaiver,
    load=load_waivers,
    key=_key,
    description="Ask for a member to be let off something that the constitution expects of her. It counts once another "
    "officer approved it.",
)

contribution_waiver_decide = command_mutation(
    decide_waiver,
    given=ContributionWaiverDecideInput,
    command=DecideWaiver,
    record="contribution_waiver",
    record_type=ContributionWaiver,
    load=load_waivers,
    key=lambda command, _: (command.group_id, command.waiver_id),
    shows_current=True,
    description="Approve a waiver or refuse it, as another officer than the one who asked for it.",
)
