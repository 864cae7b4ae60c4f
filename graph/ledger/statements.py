"""Lists of entries and of lines, with the arguments that narrow them: one declaration for each place."""

from collections.abc import Callable
from datetime import date
from typing import Annotated, Any
from uuid import UUID

import strawberry

from domain.identifiers import NotAnId, parse_id
from domain.policy import EntryKind, Resource
from graph.connections import PAGE_DEFAULT, After, Asked, First, connection_field
from graph.enums import EntryOrder
from graph.errors import InvalidArgument
from graph.permissions import reading
from persistence.reads.entries import ACCOUNT_LINES, GROUP_ENTRIES, MEETING_ENTRIES, MEMBER_LINES

__all__ = ["account_statement", "group_entries", "meeting_entries", "member_statement"]

_Kind = Annotated[EntryKind | None, strawberry.argument(description="Only of this kind of event.")]
_Member = Annotated[strawberry.ID | None, strawberry.argument(description="Only those with a line of this member.")]
_Account = Annotated[strawberry.ID | None, strawberry.argument(description="Only those with a line on this account.")]
_Meeting = Annotated[strawberry.ID | None, strawberry.argument(description="Only those of this meeting.")]
_From = Annotated[date | None, strawberry.argument(name="from", description="Only what counts for this date or later.")]
_To = Annotated[date | None, strawberry.argument(name="to", description="Only what counts for this date or earlier.")]
_OrderBy = Annotated[EntryOrder, strawberry.argument(description="The order, by the numbers of the entries.")]

_Parent = Callable[[Any], tuple[UUID, UUID]]


def _id(text: str | None) -> UUID | None:
    if text is None:
        return None
    try:
        return parse_id(text)
    except NotAnId as error:
        raise InvalidArgument(error.message) from None


def _entries(
    first: First = PAGE_DEFAULT,
    after: After = None,
    kind: _Kind = None,
    member_id: _Member = None,
    account_id: _Account = None,
    meeting_id: _Meeting = None,
    from_date: _From = None,
    to_date: _To = None,
    order_by: _OrderBy = EntryOrder.NEWEST,
) -> Asked:
    return Asked(
        first,
        after,
        order_by.value,
        kind=kind,
        member=_id(member_id),
        account=_id(account_id),
        meeting=_id(meeting_id),
        from_date=from_date,
        to_date=to_date,
    )


def _entries_of_meeting(
    first: First = PAGE_DEFAULT,
    after: After = None,
    kind: _Kind = None,
    member_id: _Member = None,
    account_id: _Account = None,
    order_by: _OrderBy = EntryOrder.NEWEST,
) -> Asked:
    return Asked(first, after, order_by.value, kind=kind, member=_id(member_id), account=_id(account_id))


def _lines_of_account(
    first: First = PAGE_DEFAULT,
    after: After = None,
    kind: _Kind = None,
    member_id: _Member = None,
    from_date: _From = None,
    to_date: _To = None,
    order_by: _OrderBy = EntryOrder.NEWEST,
) -> Asked:
    return Asked(first, after, order_by.value, kind=kind, member=_id(member_id), from_date=from_date, to_date=to_date)


def _lines_of_member(
    first: First = PAGE_DEFAULT,
    after: After = None,
    kind: _Kind = None,
    account_id: _Account = None,
    from_date: _From = None,
    to_date: _To = None,
    order_by: _OrderBy = EntryOrder.NEWEST,
) -> Asked:
    return Asked(first, after, order_by.value, kind=kind, account=_id(account_id), from_date=from_date, to_date=to_date)


def group_entries(parent: _Parent) -> Any:
    """The journal of a group."""
    words = "The journal: every entry of the book, of those that you may see."
    return connection_field(GROUP_ENTRIES, parent, _entries, **reading(Resource.ENTRY, words))


def meeting_entries(parent: _Parent) -> Any:
    """The entries of a meeting."""
    words = "The entries of the book that belong to the meeting, of those that you may see."
    return connection_field(MEETING_ENTRIES, parent, _entries_of_meeting, **reading(Resource.ENTRY, words))


def account_statement(parent: _Parent) -> Any:
    """The lines of an account, each with the balance after it."""
    words = "The account's statement: its lines with the balance after each, of those that you may see."
    return connection_field(ACCOUNT_LINES, parent, _lines_of_account, **reading(Resource.LINE, words))


def member_statement(parent: _Parent) -> Any:
    """The lines that name a member, each with the balance after it."""
    words = "The member's statement (passbook): every line in her name with her balance after it."
    return connection_field(MEMBER_LINES, parent, _lines_of_member, **reading(Resource.LINE, words))
