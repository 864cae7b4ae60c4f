"""The fines that follow from a roll call, levied in one go: for being absent, and for coming late."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from domain.errors import DomainError, ErrorCode, faults_at
from domain.groups import Constitution, FineReason, Group
from domain.identifiers import derived_id
from domain.ledger.events import Booking, fine_levied
from domain.ledger.postings import AboveMaximum, BelowMinimum, PeriodClosed, Posting, Voucher
from domain.meetings import OPENNESS_ERRORS, MeetingNotFound, require_open
from domain.meetings.rollcall import AttendanceStatus
from domain.money import AmountTooLarge
from domain.policy import Action, EntryKind, Resource
from domain.savings.fine_refusals import FineReasonUnknown
from domain.savings.fines import ABSENT_CODE, LATE_CODE, Fine
from domain.service import ItemOutcome, Outcome, service

if TYPE_CHECKING:
    from domain.unit_of_work import UnitOfWork

__all__ = ["FineRollCall", "NobodyToFine", "fine_roll_call"]


@dataclass(eq=False)
class NobodyToFine(DomainError):
    """The roll has nobody who was absent or late and has not been fined for it."""

    code = ErrorCode.CONFLICT

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "Nobody on the roll was absent or late who has not been fined for it: there is nothing to do."


@dataclass(frozen=True, slots=True, kw_only=True)
class FineRollCall:
    """The wish to fine whoever was absent or late by the roll of a meeting.

    Attributes:
        absent_code: The constitution's reason for being absent.
        late_code: Its reason for coming late.
    """

    group_id: UUID
    idempotency_key: UUID
    meeting_id: UUID
    absent_code: str | None = ABSENT_CODE
    late_code: str | None = LATE_CODE

    def expected_outcome(self) -> Outcome:
        """What nothing ends with: whom the roll has is not known beforehand."""
        return Outcome(id=self.meeting_id)


@service(
    "rollCallFine",
    needs=((Resource.FINE, Action.CREATE),),
    posts=(EntryKind.FINE_LEVIED,),
    raises=(
        MeetingNotFound,
        *OPENNESS_ERRORS,
        FineReasonUnknown,
        NobodyToFine,
        PeriodClosed,
        BelowMinimum,
        AboveMaximum,
        AmountTooLarge,
    ),
)
async def fine_roll_call(work: UnitOfWork, command: FineRollCall) -> Outcome:
    """Fine whoever was absent or late, unless she has been fined for it already.

    What is asked stands in the constitution of the meeting's day.
    A code that is left empty levies nothing for that.
    """
    meeting = require_open(await work.meetings.find(command.group_id, command.meeting_id))
    group = await work.groups.get(command.group_id, on=meeting.held_on)
    reasons = _reasons(command, group.constitution)
    done = await work.fines.fined_in(group.id, meeting.id, [reason.code for reason in reasons.values()])
    roll = await work.attendances.with_status(group.id, meeting.id, list(reasons))
    fines, postings = [], []
    for member_id, status in roll:
        reason = reasons[status]
        if (member_id, reason.code) in done:
            continue
        entry_id = derived_id(command.idempotency_key, f"{reason.code} {member_id}")
        booking = Booking(
            entry_id=entry_id,
            group_id=group.id,
            on=meeting.held_on,
            meeting_id=meeting.id,
            voucher=Voucher(reason.name),
        )
        postings.append(fine_levied(booking, member_id=member_id, amount=reason.amount))
        fines.append(Fine(entry_id, member_id, reason, group.constitution.version))
    await _post(work, command, group, fines, postings)
    return Outcome(id=meeting.id, items=tuple(ItemOutcome(fine.id) for fine in fines))


async def _post(
    work: UnitOfWork, command: FineRollCall, group: Group, fines: list[Fine], postings: list[Posting]
) -> None:
    if not postings:
        raise NobodyToFine(path=("meetingId",))
    with faults_at("meetingId"):
        await work.ledger.post(group.id, command.idempotency_key, postings)
    await work.fines.add(group.id, fines)


def _reasons(command: FineRollCall, rules: Constitution) -> dict[AttendanceStatus, FineReason]:
    found = {}
    for status, code, field in (
        (AttendanceStatus.ABSENT, command.absent_code, "absentCode"),
        (AttendanceStatus.LATE, command.late_code, "lateCode"),
    ):
        if code is None:
            continue
        reason = rules.fine_reason(code)
        if reason is None:
            raise FineReasonUnknown(rules.version, path=(field,))
        found[status] = reason
    return found
