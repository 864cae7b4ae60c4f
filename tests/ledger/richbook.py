"""A book that holds something of everything that a book can hold, made with the database's own functions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from domain.currencies import currency
from domain.identifiers import new_id
from domain.ledger import events
from domain.ledger.accounts import Fund, Place
from domain.ledger.events import Booking, MemberOpening
from domain.ledger.postings import Line, Posting, Voucher
from domain.money import Money
from persistence.ledger import posting_arguments
from tests.ledger.book import SmallBook, small_book
from tests.support.world import GroupOfPeople, Person, World

_DRAFT = """
INSERT INTO app.drafts (
    tenant_id, id, kind, effective_on, meeting_id, member_id, line_accounts, line_members, line_amounts, line_shares,
    description, drafted_by
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'As agreed', $11)
"""
_POST = "SELECT ledger.post($1, $2, 1, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)"
_VOUCHER = "INSERT INTO app.vouchers (tenant_id, id, member_id, description) VALUES ($1, $2, $3, $4)"
_OPEN_ACCOUNT = (
    "SELECT ledger.open_account($1, $2, '490001', 'Sale of seedlings', 'INCOME', $3, true, false, NULL, false, NULL,"
    " NULL, NULL, NULL, false)"
)
_WORDS = Voucher("As agreed")


def kes(amount: int) -> Money:
    return Money(Decimal(amount), currency("KES"))


@dataclass(frozen=True, slots=True)
class RichBook:
    """Opening balances, the small book, and more, in a period that is closed in two steps and open today.

    1: opening balances, drafted by the secretary and posted by the treasurer, 30 days ago; 2 to 8: the small book; then
    the first closing; 9: a fine levied on A; 10: A pays a part of it; 11: that is taken back; 12: so is entry 2, three
    shares of A; 13: a transfer from box to bank; 14: an expense, for which money was held; 15: income on an account of
    the group's own; 16: a manual entry between two members, drafted by the chair; then the second closing.

    A hold is open, one was used and one released; a draft is open, and one was discarded.
    """

    small: SmallBook
    group: GroupOfPeople
    today: date


async def in_book(world: World, group: GroupOfPeople, who: Person, *statements: tuple[object, ...]) -> None:
    """Run statements of somebody's, each with its arguments, in one transaction under the lock of the book."""
    async with world.transaction(who) as connection:
        await connection.execute("SELECT app.enter_write(ARRAY[$1::uuid])", group.id)
        for statement, *arguments in statements:
            await connection.execute(statement, *arguments)


async def post(world: World, group: GroupOfPeople, who: Person, posting: Posting) -> None:
    """Post an entry with its words."""
    statements: list[tuple[object, ...]] = [(_POST, group.id, new_id(), *posting_arguments([posting]))]
    if posting.voucher is not None:
        statements.append((_VOUCHER, group.id, posting.id, posting.member_id, posting.voucher.description))
    await in_book(world, group, who, *statements)


async def draft(world: World, group: GroupOfPeople, who: Person, posting: Posting) -> None:
    """Draft an entry."""
    _, kinds, dates, meetings, members, _, _, *lines = posting_arguments([posting])
    first = (kinds[0], dates[0], meetings[0], members[0])  # type: ignore[index]
    await in_book(world, group, who, (_DRAFT, group.id, posting.id, *first, *lines, who.user_id))


async def approve(world: World, group: GroupOfPeople, who: Person, posting: Posting) -> None:
    """Post what was drafted."""
    await in_book(
        world,
        group,
        who,
        (_POST, group.id, new_id(), *posting_arguments([posting])),
        (_VOUCHER, group.id, posting.id, posting.member_id, "As agreed"),
        ("UPDATE app.drafts SET status = 'POSTED' WHERE tenant_id = $1 AND id = $2", group.id, posting.id),
    )


async def hold(world: World, group: GroupOfPeople, amount: int) -> UUID:
    """Set money of the cash box aside."""
    held = new_id()
    statement = "SELECT ledger.place_hold($1, $2, $3, $4, 'For the trip', clock_timestamp() + interval '1 day')"
    await in_book(
        world, group, group.treasurer, (statement, group.id, held, group.cash(Fund.LOAN_FUND), Decimal(amount))
    )
    return held


async def close_period(world: World, group: GroupOfPeople, through: date) -> None:
    """Close the book through a day."""
    await in_book(world, group, group.treasurer, ("SELECT ledger.close_period($1, $2)", group.id, through))


async def rich_book(world: World) -> RichBook:
    """Make the book."""
    group = await world.group()
    a, b = group.members[:2]
    today: date = await world.superuser.fetchval("SELECT current_date")

    def booking(days: int = 0, *, voucher: Voucher | None = None) -> Booking:
        return Booking(entry_id=new_id(), group_id=group.id, on=today - timedelta(days=days), voucher=voucher)

    opening = events.opening_balances(
        booking(30),
        cash=[(Fund.LOAN_FUND, Place.BOX, kes(3000))],
        members=[
            MemberOpening(member_id=a, shares=2, share_value=kes(400), fines_owed=kes(10)),
            MemberOpening(member_id=b, savings=kes(300)),
        ],
    )
    await draft(world, group, group.secretary, opening)
    await approve(world, group, group.treasurer, opening)
    small = await small_book(world, group)
    await close_period(world, group, today - timedelta(days=20))
    await _everyday(world, group, booking)
    manual = events.manual_entry(
        booking(),
        (
            Line(group.account("3100"), kes(200), a, -1),
            Line(group.account("3100"), -kes(200), b, 1),
        ),
    )
    await draft(world, group, group.chair, manual)
    await approve(world, group, group.treasurer, manual)
    await hold(world, group, 50)
    released = await hold(world, group, 60)
    await in_book(world, group, group.treasurer, ("SELECT ledger.end_hold($1, $2)", group.id, released))
    await close_period(world, group, today - timedelta(days=10))
    for status in ("OPEN", "DISCARDED"):
        waiting = events.manual_entry(
            booking(), (Line(group.account("5200"), kes(5)), Line(group.account("1110"), -kes(5)))
        )
        await draft(world, group, group.chair, waiting)
        if status == "DISCARDED":
            discard = "UPDATE app.drafts SET status = 'DISCARDED' WHERE tenant_id = $1 AND id = $2"
            await in_book(world, group, group.chair, (discard, group.id, waiting.id))
    return RichBook(small, group, today)


async def _everyday(world: World, group: GroupOfPeople, booking: Callable[..., Booking]) -> None:
    a, treasurer = group.members[0], group.treasurer
    box, bank, loan_fund = Place.BOX, Place.BANK, Fund.LOAN_FUND
    await post(world, group, treasurer, events.fine_levied(booking(5, voucher=_WORDS), member_id=a, amount=kes(40)))
    paid = events.fine_paid(booking(5), member_id=a, amount=kes(30), place=box)
    await post(world, group, treasurer, paid)
    await post(world, group, treasurer, events.reversal(booking(voucher=_WORDS), paid))
    bought = await _first_purchase(world, group)
    await post(world, group, treasurer, events.reversal(booking(voucher=_WORDS), bought))
    carried = events.transfer(booking(), fund=loan_fund, source=box, target=bank, amount=kes(500))
    await post(world, group, treasurer, carried)
    held = await hold(world, group, 70)
    spent = events.other_expense(
        booking(voucher=_WORDS), expense_account=group.account("5200"), fund=loan_fund, place=box, amount=kes(70)
    )
    await in_book(
        world,
        group,
        treasurer,
        ("SELECT ledger.end_hold($1, $2, $3)", group.id, held, spent.id),
        (_POST, group.id, new_id(), *posting_arguments([spent])),
        (_VOUCHER, group.id, spent.id, None, "The bus"),
    )
    own_account = new_id()
    await in_book(world, group, treasurer, (_OPEN_ACCOUNT, group.id, own_account, group.account("4000")))
    await post(
        world,
        group,
        treasurer,
        events.other_income(booking(), income_account=own_account, fund=loan_fund, place=bank, amount=kes(90)),
    )


async def _first_purchase(world: World, group: GroupOfPeople) -> Posting:
    """Entry 2 of the book, as it was posted."""
    row = await world.superuser.fetchrow(
        "SELECT id, meeting_id, effective_on FROM ledger.entries WHERE tenant_id = $1 AND number = 2", group.id
    )
    booking = Booking(entry_id=row["id"], group_id=group.id, on=row["effective_on"], meeting_id=row["meeting_id"])
    return events.share_purchase(booking, member_id=group.members[0], shares=3, amount=kes(600), place=Place.BOX)
