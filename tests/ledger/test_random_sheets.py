"""Random sheets beside a small model of what a group's money should be."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.identifiers import new_id
from domain.ledger.accounts import Fund, Place
from domain.savings import ContributionItem, ContributionKind, record_contributions
from tests.ledger.book import both_verifications, posted
from tests.support.world import GroupOfPeople, World, sheet

PRICE, MOST = 200, 5
CASH = {ContributionKind.SHARE: Fund.LOAN_FUND, ContributionKind.SOCIAL_FUND: Fund.SOCIAL_FUND}


@dataclass(frozen=True, slots=True)
class Wish:
    """An item before it is known which group it is for; the sixth member does not exist."""

    member: int
    kind: ContributionKind
    shares: int | None
    cents: int | None
    place: Place

    def item(self, members: tuple[UUID, ...]) -> ContributionItem:
        return ContributionItem(
            id=new_id(),
            member_id=members[self.member],
            kind=self.kind,
            shares=self.shares,
            amount=None if self.cents is None else Decimal(self.cents).scaleb(-2),
            place=self.place,
        )


def share_wishes() -> st.SearchStrategy[Wish]:
    counts = st.none() | st.integers(0, MOST + 1)
    cents = st.none() | st.none() | st.sampled_from([PRICE * 100, PRICE * 200, PRICE * 100 + 1, 0])
    return st.builds(Wish, st.integers(0, 5), st.just(ContributionKind.SHARE), counts, cents, st.sampled_from(Place))


def social_fund_wishes() -> st.SearchStrategy[Wish]:
    counts = st.none() | st.none() | st.integers(0, 2)
    cents = st.none() | st.integers(-100, 5000)
    kind = st.just(ContributionKind.SOCIAL_FUND)
    return st.builds(Wish, st.integers(0, 5), kind, counts, cents, st.sampled_from(Place))


sheets_of_wishes = st.lists(
    st.lists(share_wishes() | social_fund_wishes(), min_size=1, max_size=12), min_size=1, max_size=4
)


@dataclass(slots=True)
class Model:
    """What the group's money should be, in cents; knows nothing of debits and credits."""

    shares: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    bought_in_meeting: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    social_fund: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    cash: dict[tuple[Fund, Place], int] = field(default_factory=lambda: defaultdict(int))
    in_meeting: dict[ContributionKind, int] = field(default_factory=lambda: defaultdict(int))

    def next_meeting(self) -> None:
        self.bought_in_meeting.clear()
        self.in_meeting.clear()

    def take(self, wish: Wish) -> bool:
        """Whether the item stands."""
        if wish.kind is ContributionKind.SHARE:
            paid = PRICE * 100 * (wish.shares or 0)
            stands = bool(
                wish.member < 5
                and wish.shares
                and self.bought_in_meeting[wish.member] + wish.shares <= MOST
                and wish.cents in (None, paid)
            )
            if stands:
                self.shares[wish.member] += wish.shares or 0
                self.bought_in_meeting[wish.member] += wish.shares or 0
        else:
            paid = wish.cents or 0
            stands = wish.member < 5 and wish.shares is None and paid > 0
            if stands:
                self.social_fund[wish.member] += paid
        if stands:
            self.cash[CASH[wish.kind], wish.place] += paid
            self.in_meeting[wish.kind] += paid
        return stands


async def check(world: World, group: GroupOfPeople, meeting: UUID, model: Model) -> None:
    """The book says what the model says."""
    fetch = world.superuser.fetch
    index = {member: number for number, member in enumerate(group.members)}
    balances = await fetch(
        "SELECT a.code, a.fund, a.place, (b.balance * 100)::bigint AS cents FROM ledger.account_balances b"
        " JOIN ledger.accounts a USING (tenant_id) WHERE a.id = b.account_id AND tenant_id = $1 AND b.balance <> 0",
        group.id,
    )
    assert {(row["fund"], row["place"]): row["cents"] for row in balances if row["place"]} == model.cash
    assert {row["code"]: -row["cents"] for row in balances if not row["place"]} == {
        code: total
        for code, total in (
            ("3100", 100 * PRICE * sum(model.shares.values())),
            ("3200", sum(model.social_fund.values())),
        )
        if total
    }
    held = await fetch(
        "SELECT member_id, sum(shares) AS shares FROM app.contributions"
        " WHERE tenant_id = $1 AND kind = 'SHARE' GROUP BY member_id",
        group.id,
    )
    assert {index[row["member_id"]]: row["shares"] for row in held} == model.shares
    for code, of_model in (
        ("3100", {member: 100 * PRICE * count for member, count in model.shares.items()}),
        ("3200", model.social_fund),
    ):
        rows = await fetch(
            "SELECT member_id, (balance * 100)::bigint AS cents FROM ledger.member_balances"
            " WHERE tenant_id = $1 AND account_id = $2",
            group.id,
            group.account(code),
        )
        assert {index[row["member_id"]]: -row["cents"] for row in rows} == of_model
    totals = await fetch(
        "SELECT t.kind, sum(t.amount * 100)::bigint AS cents FROM ledger.movements t"
        " JOIN ledger.accounts a USING (tenant_id) WHERE a.id = t.account_id AND a.place IS NOT NULL"
        " AND tenant_id = $1 AND t.meeting_id = $2 GROUP BY t.kind",
        group.id,
        meeting,
    )
    kinds = {"SHARE_PURCHASE": ContributionKind.SHARE, "SOCIAL_FUND_CONTRIBUTION": ContributionKind.SOCIAL_FUND}
    assert {kinds[row["kind"]]: row["cents"] for row in totals} == model.in_meeting


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(sheets=sheets_of_wishes)
async def test_random_sheets_leave_what_the_model_says(world: World, sheets: list[list[Wish]]) -> None:
    group = await world.group()
    members = (*group.members, new_id())
    model = Model()
    for wishes in sheets:
        meeting = await world.meeting(group)
        model.next_meeting()
        command = sheet(group, meeting, *(wish.item(members) for wish in wishes))
        outcome = await world.perform(group.treasurer, record_contributions, command)
        assert [item.error is None for item in outcome.items] == [model.take(wish) for wish in wishes]
        await check(world, group, meeting, model)
        before = await posted(world.superuser)
        repeated = await world.perform(group.treasurer, record_contributions, command)
        assert repeated.is_replay
        # With a key of its own the sheet is decided anew: what is posted stands, and is not posted twice.
        resent = sheet(group, meeting, *(command.items[n] for n, item in enumerate(outcome.items) if not item.error))
        if resent.items:
            standing = await world.perform(group.secretary, record_contributions, resent)
            assert all(item.error is None for item in standing.items)
        assert await posted(world.superuser) == before
        await world.close_meeting(group, meeting)
    assert await both_verifications(world, group.id) == []


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(sheets=sheets_of_wishes)
async def test_a_sheet_or_a_request_for_each_item_end_the_same(world: World, sheets: list[list[Wish]]) -> None:
    at_once, singly = await world.group(), await world.group()
    for wishes in sheets:
        first, second = await world.meeting(at_once), await world.meeting(singly)
        together = sheet(at_once, first, *(wish.item((*at_once.members, new_id())) for wish in wishes))
        outcome = await world.perform(at_once.treasurer, record_contributions, together)
        reasons = [item.error.reason if item.error else None for item in outcome.items]
        for wish, reason in zip(wishes, reasons, strict=True):
            alone = sheet(singly, second, wish.item((*singly.members, new_id())))
            one = await world.perform(singly.treasurer, record_contributions, alone)
            assert [item.error.reason if item.error else None for item in one.items] == [reason]
        await world.close_meeting(at_once, first)
        await world.close_meeting(singly, second)
    books = []
    for group in (at_once, singly):
        books.append(
            await world.superuser.fetch(
                "SELECT e.number, e.kind, e.ordinal > 0 AS numbered, a.code, m.number AS member, l.amount,"
                " l.account_balance_after, l.member_balance_after FROM ledger.lines l"
                " JOIN ledger.entries e ON e.tenant_id = l.tenant_id AND e.number = l.entry_number"
                " JOIN ledger.accounts a ON a.tenant_id = l.tenant_id AND a.id = l.account_id"
                " LEFT JOIN app.members m ON m.tenant_id = l.tenant_id AND m.id = l.member_id"
                " WHERE l.tenant_id = $1 ORDER BY l.entry_number, l.line_number",
                group.id,
            )
        )
        assert await both_verifications(world, group.id) == []
    assert [tuple(row) for row in books[0]] == [tuple(row) for row in books[1]]
