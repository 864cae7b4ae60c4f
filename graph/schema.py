"""The schema, put together: the root fields and everything below them."""

from math import ceil
from typing import Annotated, Any
from uuid import UUID

import strawberry
from graphql import FieldNode
from strawberry.extensions import MaxTokensLimiter, ParserCache, SchemaExtension
from strawberry.schema.config import StrawberryConfig

from domain.groups import GroupStatus
from domain.identifiers import NotAnId, parse_id
from domain.members import MemberStatus
from domain.policy import Resource, readable_tenants
from graph.access import Viewer, session_open, session_refresh, session_revoke, user_create
from graph.activity import Subscription
from graph.connections import PAGE_DEFAULT, PAGE_MAX, ROOT, After, Asked, Connection, First, connection
from graph.context import Context
from graph.engine import WEIGHT, EngineSchema, item
from graph.enums import GroupOrder
from graph.errors import InvalidArgument
from graph.group_mutations import GroupMutations
from graph.groups import Group
from graph.ledger.books import (
    CHECK_DESCRIPTION,
    VERIFY_DESCRIPTION,
    VERIFY_WEIGHT,
    BookVerification,
    ClosingCodeCheck,
    check_closing_code,
    verify_book,
)
from graph.ledger.drafts import EntryDraft
from graph.ledger.entries import JournalEntry
from graph.ledger.holds import Hold
from graph.ledger.mutations import LedgerMutations
from graph.lending.loans import Loan
from graph.lending.mutations import LoanMutations
from graph.lending.previews import (
    PREVIEW_DESCRIPTION,
    PREVIEW_WEIGHT,
    LoanSchedulePreviewInput,
    SchedulePreview,
    preview,
)
from graph.lending.security_mutations import SecurityMutations
from graph.lending.settling import LoanSettlements
from graph.limits import ARGUMENT_DESCRIPTIONS, Cost, CostModel, ListSize, Weights
from graph.limits.validation import Validation
from graph.machines import machine_credential_create, machine_credential_revoke, machine_credential_rotate
from graph.meeting_mutations import MeetingMutations
from graph.meetings import (
    Meeting,
)
from graph.member_mutations import MemberMutations
from graph.members import Member
from graph.nodes import Node
from graph.overrides import OverrideMutations
from graph.permissions import Info, reading
from graph.permitted import CAN_DESCRIPTION, Command, may_do
from graph.platform import PLATFORM_DESCRIPTION, Platform, PlatformMutations, read_platform
from graph.relations import LoadFunction, load_many, load_one
from graph.savings import Contribution
from graph.scalars import SCALARS, CountryCode
from graph.searching import GROUP_SEARCH_DESCRIPTION, SEARCH_DESCRIPTION, searched
from graph.settling import SETTLEMENT_DESCRIPTION, MemberSettlement, settlement_preview
from graph.users import UserMutations, UserQueries
from persistence.reads.drafts import load_drafts
from persistence.reads.entries import load_entries
from persistence.reads.groups import GROUPS, load_groups
from persistence.reads.holds import load_holds
from persistence.reads.loans import load_loans
from persistence.reads.meetings import load_meetings
from persistence.reads.members import FOUND_MEMBERS, load_members
from persistence.reads.nodes import find_nodes
from persistence.reads.savings import load_contributions

__all__ = ["COST_MODEL", "TOKENS_MAX", "schema"]

TOKENS_MAX = 1_500
"""The most tokens that a document may have."""

_NODE_LOADS: dict[str, LoadFunction] = {
    "Group": load_groups,
    "Member": load_members,
    "Meeting": load_meetings,
    "Contribution": load_contributions,
    "EntryDraft": load_drafts,
    "Hold": load_holds,
    "Loan": load_loans,
}


def _id(text: str) -> UUID:
    try:
        return parse_id(text)
    except NotAnId as error:
        raise InvalidArgument(error.message) from None


async def _find(info: Info, ids: list[UUID]) -> list[Any]:
    """The records with these ids, those of one type loaded together."""
    await info.context.snapshot.open()
    places = await find_nodes(info.context.snapshot, ids)
    found: list[Any] = [None] * len(ids)
    for kind, load in _NODE_LOADS.items():
        numbers = [number for number, place in enumerate(places) if place is not None and place[0] == kind]
        keys = [_node_key(kind, places[number], ids[number]) for number in numbers]
        for number, row in zip(numbers, await load_many(info.context, load, keys) if keys else (), strict=True):
            found[number] = row
    return found


def _node_key(kind: str, place: Any, node_id: UUID) -> Any:
    return place[1] if kind == "Group" else (place[1], node_id)


def _is_alone(info: Info) -> bool:
    """Whether the field is the only one that the operation asks for at its root."""
    (root, *others) = info._raw_info.operation.selection_set.selections  # noqa: SLF001 - nowhere else is the operation
    return not others and isinstance(root, FieldNode)


@strawberry.type(description="What can be asked. Every field needs a session, but for the mutations that open one.")
class Query(UserQueries):
    """The root of queries."""

    @strawberry.field(description="Whoever makes the request. For anyone who signed in.")
    async def viewer(self, info: Info) -> Viewer:
        """The viewer."""
        viewer = await info.context.snapshot.open()
        # A machine is no user, nor is its id one's: it finds no row.
        return {"user_id": viewer.user_id or viewer.principal}  # type: ignore[return-value]

    @strawberry.field(description=PLATFORM_DESCRIPTION)
    async def platform(self, info: Info) -> Platform:
        """The platform's settings."""
        return await read_platform(info)  # type: ignore[no-any-return]

    @strawberry.field(description="The record with an id, whatever it is; null where there is none that you may see.")
    async def node(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="The record's id.")],  # noqa: A002
    ) -> Node | None:
        """A record."""
        return (await _find(info, [_id(id)]))[0]  # type: ignore[no-any-return]

    @strawberry.field(
        description="The records with these ids, in their order; null where there is none that you may see.",
        directives=[ListSize(slicing_arguments=["ids"])],
    )
    async def nodes(
        self,
        info: Info,
        ids: Annotated[list[strawberry.ID], strawberry.argument(description="The records' ids, up to 100.")],
    ) -> list[Node | None]:
        """Several records."""
        if len(ids) > PAGE_MAX:
            raise InvalidArgument(f"Ask for at most {PAGE_MAX} records at a time.")
        return await _find(info, [_id(each) for each in ids])

    @strawberry.field(**reading(Resource.GROUP, "A group; null where there is none that you may see."))
    async def group(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="The group's id.")],  # noqa: A002
    ) -> Group | None:
        """A group."""
        group_id = _id(id)
        if _is_alone(info):
            # From a group no field leads to what is not its own, and a viewer's lists of one group are soon read.
            info.context.tenants = [group_id]
        await info.context.snapshot.open()
        return await load_one(info.context, load_groups, group_id)  # type: ignore[no-any-return]

    @strawberry.field(**reading(Resource.GROUP, "The groups that you may see."))
    async def groups(
        self,
        info: Info,
        first: First = PAGE_DEFAULT,
        after: After = None,
        order_by: Annotated[GroupOrder, strawberry.argument(description="The order.")] = GroupOrder.NAME,
        status: Annotated[GroupStatus | None, strawberry.argument(description="Only those with this status.")] = None,
        country: Annotated[CountryCode | None, strawberry.argument(description="Only those in this country.")] = None,
        search: Annotated[str | None, strawberry.argument(description=GROUP_SEARCH_DESCRIPTION)] = None,
    ) -> Connection[Group]:
        """The groups."""
        viewer = await info.context.snapshot.open()
        return await connection(  # type: ignore[no-any-return]
            info,
            GROUPS,
            ROOT,
            Asked(
                first,
                after,
                order_by.value,
                status=status,
                country=country,
                search=searched(search),
                tenants=readable_tenants(viewer, Resource.GROUP),
            ),
        )

    @strawberry.field(description=f"{CAN_DESCRIPTION} For anyone who signed in.")
    async def can(
        self,
        info: Info,
        action: Annotated[Command, strawberry.argument(description="What is to be done.")],
        id: Annotated[strawberry.ID, strawberry.argument(description="The record's, group's or partner's id.")],  # noqa: A002
    ) -> bool:
        """Whether the viewer may."""
        return await may_do(info, action, _id(id))

    @strawberry.field(**reading(Resource.MEMBER, "The members whom a search finds in any group that you may see."))
    async def members(
        self,
        info: Info,
        search: Annotated[str, strawberry.argument(description=SEARCH_DESCRIPTION)],
        first: First = PAGE_DEFAULT,
        after: After = None,
        status: Annotated[MemberStatus | None, strawberry.argument(description="Only those with this status.")] = None,
    ) -> Connection[Member]:
        """The members that a search finds."""
        await info.context.snapshot.open()
        asked = Asked(first, after, "BEST", status=status, search=searched(search))
        return await connection(info, FOUND_MEMBERS, ROOT, asked)  # type: ignore[no-any-return]

    @strawberry.field(**reading(Resource.MEMBER_BALANCE, SETTLEMENT_DESCRIPTION))
    async def member_settlement(
        self,
        info: Info,
        group_id: Annotated[strawberry.ID, strawberry.argument(description="The group.")],
        member_id: Annotated[strawberry.ID, strawberry.argument(description="The member.")],
        *,
        is_keeping_shares: Annotated[
            bool, strawberry.argument(description="Whether her shares stay hers until the share-out.")
        ] = False,
    ) -> MemberSettlement | None:
        """A settlement that nobody has made yet."""
        keeps = is_keeping_shares
        return await settlement_preview(info, _id(group_id), _id(member_id), is_keeping_shares=keeps)  # type: ignore[return-value]

    @strawberry.field(**reading(Resource.BOOK, VERIFY_DESCRIPTION, Cost(weight=VERIFY_WEIGHT)))
    async def book_verification(
        self,
        info: Info,
        group_id: Annotated[strawberry.ID, strawberry.argument(description="The group whose book it is.")],
    ) -> BookVerification | None:
        """Verify a book."""
        return await verify_book(info, _id(group_id))  # type: ignore[no-any-return]

    @strawberry.field(**reading(Resource.BOOK, CHECK_DESCRIPTION))
    async def closing_code_check(
        self,
        info: Info,
        group_id: Annotated[strawberry.ID, strawberry.argument(description="The group whose book it is.")],
        code: Annotated[str, strawberry.argument(description="The six characters, as somebody wrote them down.")],
    ) -> ClosingCodeCheck | None:
        """Check a closing code."""
        return await check_closing_code(info, _id(group_id), code)  # type: ignore[no-any-return]

    @strawberry.field(**reading(Resource.ENTRY, "A journal entry; null where there is none that you may see."))
    async def journal_entry(
        self,
        info: Info,
        group_id: Annotated[strawberry.ID, strawberry.argument(description="The group in whose book it is.")],
        id: Annotated[strawberry.ID, strawberry.argument(description="The entry's id.")],  # noqa: A002
    ) -> JournalEntry | None:
        """An entry."""
        await info.context.snapshot.open()
        return await load_one(info.context, load_entries, (_id(group_id), _id(id)))  # type: ignore[no-any-return]

    @strawberry.field(description=PREVIEW_DESCRIPTION, directives=[Cost(weight=PREVIEW_WEIGHT)])
    async def loan_schedule_preview(
        self,
        info: Info,
        input: Annotated[  # noqa: A002 - the argument's name in the schema
            LoanSchedulePreviewInput, strawberry.argument(description="The loan.")
        ],
    ) -> SchedulePreview:
        """A schedule."""
        return await preview(info, input)


@strawberry.type(description="What can be done. A repeat with the same idempotency key answers as the first time.")
class Mutation(
    GroupMutations,
    LedgerMutations,
    LoanMutations,
    LoanSettlements,
    MeetingMutations,
    MemberMutations,
    OverrideMutations,
    PlatformMutations,
    SecurityMutations,
    UserMutations,
):
    """The root of mutations."""

    session_open = session_open
    session_refresh = session_refresh
    session_revoke = session_revoke
    user_create = user_create
    machine_credential_create = machine_credential_create
    machine_credential_rotate = machine_credential_rotate
    machine_credential_revoke = machine_credential_revoke


def _extensions() -> list[type[SchemaExtension] | Any]:
    return [ParserCache, Validation, lambda: MaxTokensLimiter(TOKENS_MAX)]


class KibubuSchema(EngineSchema):
    """The schema; errors are shaped and logged where the answer is made, not here."""

    def process_errors(self, errors: list[Any], execution_context: Any = None) -> None:
        """Nothing: a client's mistake is no event for the log, and ours are logged by `graph.errors`."""

    def note_weight(self, context: Any, weight: int) -> None:
        """Keep it with the operation, whose cost it is."""
        if isinstance(context, Context):
            context.weight = (context.weight or 0) + weight


schema = KibubuSchema(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    types=[Group, Member, Meeting, Contribution, EntryDraft, Hold, Loan],
    extensions=_extensions(),
    config=StrawberryConfig(default_resolver=item, scalar_map=SCALARS),
)


def _describe_directives() -> None:
    """Strawberry has no place for the description of a directive's argument, so it is put where it belongs."""
    for directive in schema._schema.directives:  # noqa: SLF001 - the schema that Strawberry prints
        if directive.name == "requires":
            directive.args["anyOf"].description = "The terms of the vocabulary, each of which is enough."
        elif directive.name in ARGUMENT_DESCRIPTIONS:
            for name, words in ARGUMENT_DESCRIPTIONS[directive.name].items():
                directive.args[name].description = words


_describe_directives()

COST_MODEL = CostModel(Weights(schema._schema))  # noqa: SLF001 - the schema that Strawberry made
"""What operations cost."""


def _weigh_types() -> None:
    """Tell the engine what objects weigh."""
    for kind in schema._schema.type_map.values():  # noqa: SLF001 - the schema that the engine runs
        kind.extensions[WEIGHT] = ceil(COST_MODEL.weights.of_type(kind))


_weigh_types()
