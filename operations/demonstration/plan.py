"""How much is loaded, and what of each group."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from uuid import UUID, uuid5

from domain.access.users import CreateUser
from domain.countries import local_defaults
from domain.groups import CreateGroup
from domain.meetings import open_meeting
from domain.meetings.rollcall import record_roll_call
from domain.members import AddMember
from domain.savings import RecordContributions, record_contributions
from operations.demonstration.affairs import (
    Step,
    claimants_of,
    cycle_begins,
    cycle_ends,
    offices,
    question_of_today,
    waivers_asked_for,
    waivers_decided,
)
from operations.demonstration.draws import draw
from operations.demonstration.groups import SHOWCASE, SKETCHES, Sketch
from operations.demonstration.lending import Lending
from operations.demonstration.loan_wishes import wishes_of
from operations.demonstration.meetings import (
    Meeting,
    fine_reasons,
    held_meetings,
    is_late,
    opening_of,
    roll_of,
    sheet_of_the_meeting_that_goes_on,
)
from operations.demonstration.members import CHAIR_NUMBER, SECRETARY_NUMBER, Person, group_id, members_of
from operations.demonstration.sign_ins import login_of, user_of
from operations.demonstration.year import DAYS_PER_WEEK, MEETINGS_PER_YEAR, MONTHS_PER_YEAR, meeting_dates

__all__ = ["FULL", "GroupPlan", "Scale", "last_day", "plans"]

_WEEKS_OF_A_MONTH = 4
_QUORUM_PERCENT = 60
_JOINED_BEFORE = timedelta(weeks=1)
"""How long before its first meeting a group's founders joined."""


@dataclass(frozen=True, slots=True)
class Scale:
    """How much is loaded.

    Attributes:
        groups_count: The first so many of the groups.
        months: How many months of meetings; the showcase, whose figures the examples of GraphiQL name, has a year.

    Raises:
        ValueError: There are not so many groups, or the months are not from 1 to 12.
    """

    groups_count: int = len(SKETCHES)
    months: int = MONTHS_PER_YEAR

    def __post_init__(self) -> None:
        if not 1 <= self.groups_count <= len(SKETCHES):
            raise ValueError(f"there are from 1 to {len(SKETCHES)} groups")
        if not 1 <= self.months <= MONTHS_PER_YEAR:
            raise ValueError("a year has from 1 to 12 months")


FULL = Scale()
"""All groups, and meetings of a year."""


@dataclass(frozen=True)
class GroupPlan:
    """The commands that make one group, in the order in which they are to be given.

    Attributes:
        sketch: The group in outline.
        today: The day up to which there are meetings.
        months: How many months of meetings.
        members: Its members, in the order of their numbers.
    """

    sketch: Sketch
    today: date
    months: int
    members: tuple[Person, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "members", members_of(self.sketch))

    @property
    def id(self) -> UUID:
        """The group's id."""
        return group_id(self.sketch)

    @property
    def is_showcase(self) -> bool:
        """Whether it is the group that holds a meeting now."""
        return self.sketch is SHOWCASE

    @cached_property
    def dates(self) -> tuple[date, ...]:
        """The days of its meetings, the one that goes on included."""
        name = self.sketch.name
        return meeting_dates(
            self.sketch.frequency,
            self._planned,
            self.today,
            weekday=self.today.weekday() if self.is_showcase else draw(DAYS_PER_WEEK, name, "weekday"),
            week=draw(_WEEKS_OF_A_MONTH, name, "week"),
        )

    @property
    def _planned(self) -> int:
        return max(1, MEETINGS_PER_YEAR[self.sketch.frequency] * self.months // MONTHS_PER_YEAR)

    @property
    def secretary_login(self) -> str:
        """What the secretary signs in with."""
        return login_of(self.sketch, self.members[SECRETARY_NUMBER - 1])

    @property
    def chair_login(self) -> str:
        """What the chair signs in with."""
        return login_of(self.sketch, self.members[CHAIR_NUMBER - 1])

    @property
    def commands_count(self) -> int:
        """How many commands make the group, the sign-in of its secretary not counted."""
        affairs = (self.affairs_before, self.affairs_after, self.decisions, self.going_on)
        beside = len(self.claimants) + sum(len(list(steps())) for steps in affairs)
        held = sum(len(meeting.steps) for meeting in self.held())
        return len(list(self.users())) + 1 + len(self.members) + held + beside

    def users(self) -> Iterator[CreateUser]:
        """Those of its members who sign in."""
        for person in self.members:
            if person.user_id is not None:
                yield user_of(self.sketch, person, person.user_id)
        for person in self.claimants:
            yield user_of(self.sketch, person, uuid5(person.id, "user"))

    def founding(self) -> CreateGroup:
        """The group itself."""
        sketch = self.sketch
        local = local_defaults(sketch.country)
        assert local is not None, sketch.country  # noqa: S101 - the groups are in three countries of East Africa
        county, district, village = sketch.place
        return CreateGroup(
            idempotency_key=self.id,
            name=sketch.name,
            kind=sketch.kind,
            currency=local.currency.code,
            country=sketch.country,
            time_zone=local.time_zone.name,
            county=county,
            district=district,
            village=village,
            visibility=sketch.visibility,
            share_price=sketch.share_price,
            shares_min=1,
            shares_max=sketch.shares_max,
            social_fund_amount=sketch.social_fund,
            meeting_frequency=sketch.frequency,
            quorum_percent=_QUORUM_PERCENT,
            fine_reasons=fine_reasons(sketch),
        )

    def register(self) -> Iterator[AddMember]:
        """Its members."""
        for person in self.members:
            yield AddMember(
                group_id=self.id,
                idempotency_key=person.id,
                name=person.name,
                number=person.number,
                phone=person.phone,
                sex=person.sex,
                birth_year=person.birth_year,
                address=self.sketch.place[2],
                next_of_kin=person.next_of_kin,
                joined_on=self._joined_on(person),
                user_id=person.user_id,
                roles=person.roles,
            )

    def _joined_on(self, person: Person) -> date:
        if person.late_percent == 0:
            return self.dates[0] - _JOINED_BEFORE
        attended = [day for number, day in enumerate(self.dates, 1) if not is_late(person, number, self._planned)]
        return attended[0]

    def held(self) -> Iterator[Meeting]:
        """Its meetings that are over, in order."""
        return self._held_with(self._lending())

    def _held_with(self, lending: Lending) -> Iterator[Meeting]:
        return held_meetings(self.sketch, self.members, lending, planned=self._planned)

    def _lending(self) -> Lending:
        over = self.dates[:-1] if self.is_showcase else self.dates
        return Lending(self.sketch, self.members, over)

    @cached_property
    def _lent(self) -> Lending:
        """Its loans as they are after the last meeting that is over."""
        lending = self._lending()
        if wishes_of(self.sketch):
            deque(self._held_with(lending), maxlen=0)
        return lending

    @property
    def claimants(self) -> tuple[Person, ...]:
        """Members who claim to be who they are, once they are in the register."""
        return claimants_of(self.sketch, self.members)

    def affairs_before(self) -> Iterator[Step]:
        """What the secretary does before the first meeting."""
        yield from offices(self.sketch, self.members, self.dates[0] - _JOINED_BEFORE)
        yield cycle_begins(self.sketch, self.dates[0])
        yield from self._lending().products()

    def affairs_after(self) -> Iterator[Step]:
        """What the secretary does after the last meeting that is over."""
        yield from cycle_ends(self.sketch, self.dates[-1])
        yield from waivers_asked_for(self.sketch, self.members, self.dates[-1] - _JOINED_BEFORE)

    def decisions(self) -> Iterator[Step]:
        """What the chair decides after that."""
        yield from waivers_decided(self.sketch, self.members)
        yield from self._lent.losses()

    def going_on(self) -> Iterator[Step]:
        """The meeting that is held now, if one is; it is not closed, and its sheet is the last that is loaded."""
        if not self.is_showcase:
            return
        number = len(self.dates)
        roll = roll_of(self.sketch, self.members, number, planned=self._planned)
        yield open_meeting, opening_of(self.sketch, number, self.dates[-1])
        yield record_roll_call, roll
        yield from question_of_today(roll)
        yield from self._lent.recoveries(roll.meeting_id)
        yield record_contributions, self.sheet_of_today()

    def sheet_of_today(self) -> RecordContributions:
        """What was paid in so far in the meeting that is held now."""
        return sheet_of_the_meeting_that_goes_on(self.sketch, self.members, len(self.dates), planned=self._planned)


def plans(scale: Scale, today: date) -> tuple[GroupPlan, ...]:
    """What is loaded, the showcase first.

    Args:
        scale: How much.
        today: The day up to which there are meetings.
    """
    return tuple(
        GroupPlan(sketch, today, MONTHS_PER_YEAR if sketch is SHOWCASE else scale.months)
        for sketch in SKETCHES[: scale.groups_count]
    )


def last_day(joined_on: date) -> date:
    """The day on which the demonstration was loaded whose founders joined the showcase on `joined_on`."""
    return joined_on + _JOINED_BEFORE + timedelta(weeks=MEETINGS_PER_YEAR[SHOWCASE.frequency] - 1)
