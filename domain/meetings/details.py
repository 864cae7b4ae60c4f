"""What is said of a meeting beside its number and date: checked alike when it is planned, opened and changed."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from domain.calendar import TimeZone, local_date
from domain.errors import DomainError, ErrorCode, faults_at
from domain.meetings.records import MeetingChanges, MeetingField, MeetingKind, MeetingMode
from domain.text import NOTE_MAX, PLACE_MAX, TextNotAllowed, TextTooLong, TextTooShort, clean_text

if TYPE_CHECKING:
    from domain.groups import Group
    from domain.unit_of_work import UnitOfWork

__all__ = [
    "DETAIL_ERRORS",
    "FacilitatorNotInGroup",
    "MeetingDetails",
    "MeetingLinkInvalid",
    "MeetingLinkMissing",
    "MeetingStartsOnAnotherDay",
    "MeetingTimesOutOfOrder",
    "checked_changes",
]

LINK_MAX = 500
"""The longest link, in characters."""
AGENDA_MAX = 2 * NOTE_MAX
MINUTES_MAX = 10 * NOTE_MAX
"""The longest notes of a meeting: they may be its minutes."""

_LINK = re.compile(r"https://[^\s/$.?#][^\s]*", re.IGNORECASE)


@dataclass(eq=False)
class MeetingLinkMissing(DomainError):
    """A meeting over the net does not say where it is joined."""

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "Say where a virtual or hybrid meeting is joined: give its link."


@dataclass(eq=False)
class MeetingLinkInvalid(DomainError):
    """The link is not one that can be opened."""

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "Give a link that begins with https:// and has no spaces."


@dataclass(eq=False)
class MeetingTimesOutOfOrder(DomainError):
    """The meeting would end before it begins."""

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "A meeting ends after it begins: correct one of the two times."


@dataclass(eq=False)
class MeetingStartsOnAnotherDay(DomainError):
    """The meeting would begin on another day than it is held on."""

    held_on: date

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return f"The meeting is held on {self.held_on}, where the group is: let it begin on that day."


@dataclass(eq=False)
class FacilitatorNotInGroup(DomainError):
    """Whoever is to lead the meeting is no member of the group on its day."""

    code = ErrorCode.NOT_FOUND

    @property
    def message(self) -> str:
        """The sentence for the person who made the request."""
        return "No member of this group on that day has this id: check who leads the meeting."


DETAIL_ERRORS = (
    MeetingLinkMissing,
    MeetingLinkInvalid,
    MeetingTimesOutOfOrder,
    MeetingStartsOnAnotherDay,
    FacilitatorNotInGroup,
    TextTooLong,
    TextTooShort,
    TextNotAllowed,
)
"""What may be wrong with what is said of a meeting."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingDetails:
    """What is said of a meeting, as it was typed; None where nothing is said.

    Attributes:
        starts_at: When it begins.
        facilitator_id: The member who leads it.
    """

    kind: MeetingKind | None = None
    mode: MeetingMode | None = None
    venue: str | None = None
    link: str | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    facilitator_id: UUID | None = None
    agenda: str | None = None
    notes: str | None = None

    @property
    def said_anything(self) -> bool:
        """Whether anything is said at all."""
        return any(getattr(self, field) is not None for field in _FIELDS)


async def checked_changes(
    work: UnitOfWork,
    group: Group,
    said: MeetingDetails,
    held_on: date,
    known: MeetingChanges | None = None,
    cleared: frozenset[MeetingField] = frozenset(),
) -> MeetingChanges:
    """What is to be kept of what was said, once it agrees with itself, the date and what is known already.

    Args:
        work: The unit of work.
        group: The group.
        said: What was typed.
        held_on: The date on which the meeting is held, or will be after the change.
        known: What is known of the meeting; None for a new one.
        cleared: What is emptied.

    Raises:
        MeetingLinkMissing: It is held over the net, and nobody could join it.
        MeetingLinkInvalid: The link is none.
        MeetingTimesOutOfOrder: It would end before it begins.
        MeetingStartsOnAnotherDay: It would begin on another day than it is held on.
        FacilitatorNotInGroup: Whoever leads it is no member.
    """
    changes = MeetingChanges(
        kind=said.kind,
        mode=said.mode,
        venue=_text(said.venue, "venue", PLACE_MAX),
        link=_link(said.link),
        starts_at=said.starts_at,
        ends_at=said.ends_at,
        facilitator_id=said.facilitator_id,
        agenda=_text(said.agenda, "agenda", AGENDA_MAX),
        notes=_text(said.notes, "notes", MINUTES_MAX),
        cleared=cleared,
    )
    after = _merged(known or MeetingChanges(), changes)
    if after.mode in (MeetingMode.VIRTUAL, MeetingMode.HYBRID) and after.link is None:
        raise MeetingLinkMissing(path=("link",))
    _check_times(after, held_on, group.time_zone)
    if said.facilitator_id is not None and not await work.meetings.takes_part_on(
        group.id, said.facilitator_id, held_on
    ):
        raise FacilitatorNotInGroup(path=("facilitatorId",))
    return changes


def _merged(known: MeetingChanges, changes: MeetingChanges) -> MeetingChanges:
    """What will be known after the change."""
    kept = {field: value for field in _FIELDS if (value := getattr(changes, field)) is not None}
    emptied = {_COLUMNS[field]: None for field in changes.cleared}
    return replace(known, **{**emptied, **kept})


_FIELDS = ("kind", "mode", "venue", "link", "starts_at", "ends_at", "facilitator_id", "agenda", "notes")
_COLUMNS = {
    field: "facilitator_id" if field is MeetingField.FACILITATOR else field.value.lower() for field in MeetingField
}


def _check_times(after: MeetingChanges, held_on: date, zone: TimeZone) -> None:
    if after.starts_at is not None and local_date(after.starts_at, zone) != held_on:
        raise MeetingStartsOnAnotherDay(held_on, path=("startsAt",))
    if after.starts_at is not None and after.ends_at is not None and after.ends_at <= after.starts_at:
        raise MeetingTimesOutOfOrder(path=("endsAt",))


def _text(value: str | None, field: str, maximum: int) -> str | None:
    with faults_at(field):
        return None if value is None else clean_text(value, maximum=maximum)


def _link(value: str | None) -> str | None:
    link = _text(value, "link", LINK_MAX)
    if link is not None and _LINK.fullmatch(link) is None:
        raise MeetingLinkInvalid(path=("link",))
    return link
