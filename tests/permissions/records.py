"""What a group of the cast has beside members and meetings, so that every table has rows to be seen or hidden."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from domain.groups.joining import new_join_code
from domain.identifiers import new_id
from domain.ledger import events
from domain.ledger.accounts import Fund, Place
from domain.ledger.events import Booking
from domain.ledger.postings import Line, Voucher
from domain.meetings.rollcall import AttendanceStatus, RecordRollCall, RollItem, record_roll_call
from domain.meetings.votes import VoteMethod
from domain.meetings.voting import BallotItem, OpenVote, RecordBallots, open_vote, record_ballots
from domain.savings import LevyFine, PayFine, levy_fine, pay_fine
from domain.savings.dues import DueKind
from domain.savings.waivers import RequestWaiver, request_waiver
from tests.ledger.richbook import close_period, draft, hold, kes, post
from tests.support.world import GroupOfPeople, World


async def call_roll(world: World, group: GroupOfPeople, meeting: UUID) -> None:
    """A roll on which everybody but the secretary stands, with words about the plain member and another."""
    statuses = (AttendanceStatus.PRESENT, AttendanceStatus.ABSENT, AttendanceStatus.LATE, AttendanceStatus.LATE)
    items = tuple(
        RollItem(member_id=member, status=status, excuse="Ill" if number > 1 else None)
        for number, (member, status) in enumerate(zip(group.members[1:], statuses, strict=True))
    )
    wish = RecordRollCall(group_id=group.id, idempotency_key=new_id(), meeting_id=meeting, items=items)
    await world.succeed(group.secretary, record_roll_call, wish)


async def vote(world: World, group: GroupOfPeople, meeting: UUID) -> None:
    """A question of which the plain member's ballot and another's are written down, and one to be counted by hands."""
    ids = []
    for method in (VoteMethod.HANDS, VoteMethod.BALLOTS):
        wish = OpenVote(
            group_id=group.id, idempotency_key=new_id(), meeting_id=meeting, question="Shall Ann pay?", method=method
        )
        ids.append(await world.succeed(group.secretary, open_vote, wish))
    ballots = RecordBallots(
        group_id=group.id,
        idempotency_key=new_id(),
        vote_id=ids[1],
        expected_version=1,
        items=(BallotItem(member_id=group.members[3]), BallotItem(member_id=group.members[4], option=1)),
    )
    await world.succeed(group.secretary, record_ballots, ballots)


async def fine_members(world: World, group: GroupOfPeople) -> None:
    """For the plain member and another: a fine for a reason, one payment that names it, and a waiver of what is due."""
    for member in group.members[3:]:
        levy = LevyFine(group_id=group.id, idempotency_key=new_id(), member_id=member, reason_code="LATE")
        fine = await world.succeed(group.treasurer, levy_fine, levy)
        paid = PayFine(group_id=group.id, idempotency_key=new_id(), member_id=member, amount=Decimal(5), fine_id=fine)
        await world.succeed(group.treasurer, pay_fine, paid)
        waiver = RequestWaiver(
            group_id=group.id,
            idempotency_key=new_id(),
            member_id=member,
            kind=DueKind.SOCIAL_FUND,
            amount=Decimal(20),
            reason="Her house burnt down",
        )
        await world.succeed(group.secretary, request_waiver, waiver)


async def live(world: World, group: GroupOfPeople) -> None:
    """A step of its life, a cycle, a code, an invitation; and the plain member's request to join beside another's."""
    run, tenant = world.superuser.execute, group.id
    await run(
        "INSERT INTO app.group_statuses (tenant_id, group_version, was, became, changed_by)"
        " VALUES ($1, 1, 'PENDING_VERIFICATION', 'ACTIVE', $1)",
        tenant,
    )
    await run(
        "INSERT INTO app.cycles (tenant_id, id, number, starts_on, created_by) VALUES ($1, $2, 1, current_date, $1)",
        tenant,
        new_id(),
    )
    await run("INSERT INTO app.join_codes (tenant_id, code, made_by) VALUES ($1, $2, $1)", tenant, new_join_code())
    for person in (group.plain, group.chair):
        await run(
            "INSERT INTO app.join_requests (tenant_id, id, user_id, group_name, name) VALUES ($1, $2, $3, 'x', 'Her')",
            tenant,
            new_id(),
            person.user_id,
        )
    await run(
        "INSERT INTO app.invitations (tenant_id, id, name, person_key, phone_sealed, phone_index, expires_at,"
        " invited_by) VALUES ($1, $2, 'Her', 'x', 'x', 'x', now() + interval '1 day', $1)",
        tenant,
        new_id(),
    )


async def ask_for_overrides(world: World, group: GroupOfPeople) -> None:
    """For the plain member: something that an officer who is gone wanted to let her do, and nobody decided yet."""
    await world.superuser.execute(
        "INSERT INTO app.permission_overrides (tenant_id, id, member_id, capability, effect, starts_at, ends_at,"
        " requested_by) VALUES ($1, $2, $3, 'RECORD_ROLL_CALL', 'GRANTED', '1999-01-01', '2100-01-01', $2)",
        group.id,
        new_id(),
        group.members[3],
    )


async def hold_and_read(world: World, group: GroupOfPeople) -> None:
    """The plain member and another hold a key each, and somebody read what few may know of them."""
    for number, member in enumerate(group.members[3:], 1):
        await world.superuser.execute(
            "INSERT INTO app.positions (tenant_id, id, member_id, position, starts_on, created_by)"
            " VALUES ($1, $2, $3, $4, current_date, $2)",
            group.id,
            new_id(),
            member,
            f"KEY_HOLDER_{number}",
        )
        await world.superuser.execute(
            "INSERT INTO app.personal_reads (tenant_id, member_id, read_at, id, reader_id, principal_id, fields)"
            " VALUES ($1, $2, now(), $3, $3, $3, '{phone}')",
            group.id,
            member,
            new_id(),
        )


async def keep_books(world: World, group: GroupOfPeople) -> None:
    """Words about the plain member, another and nobody in particular; a draft, a hold and a closed period."""
    today: date = await world.superuser.fetchval("SELECT current_date")

    def booking(words: str | None) -> Booking:
        voucher = None if words is None else Voucher(words)
        return Booking(entry_id=new_id(), group_id=group.id, on=today, voucher=voucher)

    fines = [events.fine_levied(booking("Came late"), member_id=each, amount=kes(10)) for each in group.members[3:]]
    spent = events.other_expense(
        booking("Two pens"),
        expense_account=group.account("5100"),
        fund=Fund.LOAN_FUND,
        place=Place.BOX,
        amount=kes(20),
    )
    for posting in (*fines, spent):
        await post(world, group, group.treasurer, posting)
    lines = (Line(group.account("5200"), kes(5)), Line(group.account("1110"), -kes(5)))
    await draft(world, group, group.chair, events.manual_entry(booking(None), lines))
    await hold(world, group, 50)
    await close_period(world, group, today - timedelta(days=10))
