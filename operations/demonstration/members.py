"""The members of the demonstration's groups: who they are, what they hold, how they save."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID, uuid5

from domain.members import Sex
from domain.members.facts import KinGiven
from domain.policy import Role
from operations.demonstration.draws import chance, draw, identifier
from operations.demonstration.groups import SHOWCASE, SKETCHES, Sketch
from operations.demonstration.names import PEOPLES, person_name

__all__ = ["CHAIR_NUMBER", "OFFICERS", "PLAIN_NUMBER", "SECRETARY_NUMBER", "Habit", "Person", "group_id", "members_of"]

CHAIR_NUMBER, SECRETARY_NUMBER, TREASURER_NUMBER, PLAIN_NUMBER = 1, 2, 3, 4
"""The numbers of those who sign in; the plain member does so in one group only."""

OFFICERS: Mapping[int, Role] = MappingProxyType(
    {CHAIR_NUMBER: Role.CHAIR, SECRETARY_NUMBER: Role.SECRETARY, TREASURER_NUMBER: Role.TREASURER}
)

_PHONE_PREFIXES = MappingProxyType({"KE": "+254700", "UG": "+256700", "TZ": "+255710"})
_PHONE_DIGITS = 6
_WITHOUT_PHONE_PERCENT = 14
_LATE_PERCENT = 9
_MOBILE_MONEY_PERCENT = 25
_BIRTH_KNOWN_PERCENT, _KIN_PERCENT = 75, 80
_BORN_FIRST, _BORN_SPAN = 1957, 46
_RELATIONS = (
    ("Sister", Sex.FEMALE),
    ("Brother", Sex.MALE),
    ("Daughter", Sex.FEMALE),
    ("Son", Sex.MALE),
    ("Mother", Sex.FEMALE),
)
_ATTENDANCE_MIN, _ATTENDANCE_SPAN = 76, 23


class Habit(StrEnum):
    """How a member saves."""

    SMALL = "SMALL"
    """One share, seldom two."""
    STEADY = "STEADY"
    """About half of what may be bought, meeting after meeting."""
    SEASONAL = "SEASONAL"
    """Much after the harvests, little between them."""
    STRONG = "STRONG"
    """As much as may be bought."""


_HABITS = (*[Habit.SMALL] * 6, *[Habit.STEADY] * 8, *[Habit.SEASONAL] * 4, *[Habit.STRONG] * 3)


@dataclass(frozen=True, slots=True)
class Person:
    """A member.

    Attributes:
        id: The member's id.
        number: In the group, from 1.
        phone: None for those who have none.
        user_id: The user's id, for those who sign in.
        roles: What the person holds in the group beside being a member.
        habit: How the person saves.
        attendance_percent: To how many of a hundred meetings the person comes.
        late_percent: After how many of a hundred meetings of the year the person joined; 0 for a founder.
        uses_mobile_money: Whether the person pays into the group's mobile money account.
        birth_year: None where nobody knows it.
        next_of_kin: Whom the group turns to; None where the person named nobody.
    """

    id: UUID
    number: int
    name: str
    sex: Sex
    phone: str | None
    user_id: UUID | None
    roles: tuple[Role, ...]
    habit: Habit
    attendance_percent: int
    late_percent: int
    uses_mobile_money: bool
    birth_year: int | None
    next_of_kin: KinGiven | None


def group_id(sketch: Sketch) -> UUID:
    """The id of the group."""
    return identifier("group", sketch.name)


def members_of(sketch: Sketch) -> tuple[Person, ...]:
    """The members in the order of their numbers, which is always the same."""
    taken: set[str] = set()
    people = []
    for number in range(1, sketch.members_count + 1):
        person = _person(sketch, number, taken)
        taken.add(person.name)
        people.append(person)
    return tuple(people)


def _person(sketch: Sketch, number: int, taken: set[str]) -> Person:
    of = (sketch.name, "member", number)
    is_plain = sketch is SHOWCASE and number == PLAIN_NUMBER
    signs_in = number in OFFICERS or is_plain
    sex = Sex.FEMALE if chance(sketch.women_percent, *of, "sex") else Sex.MALE
    member_id = uuid5(group_id(sketch), f"member {number}")
    return Person(
        id=member_id,
        number=number,
        name=person_name(PEOPLES[sketch.people], sex, taken, *of),
        sex=sex,
        phone=None if not signs_in and chance(_WITHOUT_PHONE_PERCENT, *of, "phone") else _phone(sketch, number),
        user_id=uuid5(member_id, "user") if signs_in else None,
        roles=(OFFICERS[number],) if number in OFFICERS else (),
        habit=_HABITS[draw(len(_HABITS), *of, "habit")],
        attendance_percent=_ATTENDANCE_MIN + draw(_ATTENDANCE_SPAN, *of, "attendance"),
        late_percent=0 if signs_in or not chance(_LATE_PERCENT, *of, "late") else 5 + draw(50, *of, "late by"),
        uses_mobile_money=sketch.has_mobile_money and chance(_MOBILE_MONEY_PERCENT, *of, "mobile money"),
        birth_year=_BORN_FIRST + draw(_BORN_SPAN, *of, "born") if chance(_BIRTH_KNOWN_PERCENT, *of, "birth") else None,
        next_of_kin=_kin(sketch, of) if chance(_KIN_PERCENT, *of, "kin") else None,
    )


def _kin(sketch: Sketch, of: tuple[object, ...]) -> KinGiven:
    """Somebody near, who bears a name of the same people."""
    relationship, sex = _RELATIONS[draw(len(_RELATIONS), *of, "kin", "relation")]
    return KinGiven(name=person_name(PEOPLES[sketch.people], sex, (), *of, "kin"), relationship=relationship)


def _phone(sketch: Sketch, number: int) -> str:
    """A number that is in the country's plan; beginning with zeros, it looks like what it is."""
    before = sum(other.members_count for other in SKETCHES[: SKETCHES.index(sketch)])
    return f"{_PHONE_PREFIXES[sketch.country]}{before + number:0{_PHONE_DIGITS}d}"
