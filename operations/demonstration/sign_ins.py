"""Who can sign in to the demonstration, and with what. Everybody may know these passwords; no other data may."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from uuid import UUID

from domain.access.users import CreateUser
from domain.policy import Role
from operations.demonstration.draws import identifier
from operations.demonstration.groups import SHOWCASE, Sketch
from operations.demonstration.members import OFFICERS, PLAIN_NUMBER, SECRETARY_NUMBER, Person, members_of
from operations.demonstration.names import PEOPLES

__all__ = ["ADMINISTRATOR", "PASSWORD", "SIGN_INS", "SignIn", "login_of", "user_of"]

PASSWORD = "demonstration-only"  # noqa: S105 - of people who do not exist, in data that nobody needs to protect

ADMINISTRATOR = CreateUser(
    idempotency_key=identifier("administrator"),
    name="Agnes Nyambura Odera",
    email="admin@kibubu.example",
    password=PASSWORD,
    is_admin=True,
)
"""Who makes the users. The domain .example belongs to nobody."""

_EMAILS: Mapping[int, str] = MappingProxyType(
    {number: f"{role.value.lower()}@kibubu.example" for number, role in {**OFFICERS, PLAIN_NUMBER: Role.MEMBER}.items()}
)


@dataclass(frozen=True, slots=True)
class SignIn:
    """One person to sign in as.

    Attributes:
        login: An e-mail address or a phone number.
        password: In the clear, since nothing is behind it.
        role: What the person is, as people say it.
        name: What the person is called.
        user_id: The user's id.
    """

    login: str
    password: str
    role: str
    name: str
    user_id: UUID


def login_of(sketch: Sketch, person: Person) -> str:
    """What a person who has a user signs in with: an e-mail address if there is one, else the phone number."""
    return (_EMAILS.get(person.number) if sketch is SHOWCASE else None) or person.phone or ""


def user_of(sketch: Sketch, person: Person, user_id: UUID) -> CreateUser:
    """The wish to let the person sign in."""
    return CreateUser(
        idempotency_key=user_id,
        name=person.name,
        phone=person.phone,
        email=_EMAILS.get(person.number) if sketch is SHOWCASE else None,
        password=PASSWORD,
        locale=PEOPLES[sketch.people].locale,
    )


def _sign_ins() -> tuple[SignIn, ...]:
    people = {person.number: person for person in members_of(SHOWCASE)}
    # The secretary first: most of what there is to try, the secretary does.
    order = (SECRETARY_NUMBER, *(number for number in _EMAILS if number != SECRETARY_NUMBER))
    listed = [
        SignIn(login_of(SHOWCASE, people[number]), PASSWORD, _role(number), people[number].name, user_id)
        for number in order
        if (user_id := people[number].user_id) is not None
    ]
    administrator = SignIn(
        str(ADMINISTRATOR.email), PASSWORD, "Administrator", ADMINISTRATOR.name, ADMINISTRATOR.user_id
    )
    return (*listed, administrator)


def _role(number: int) -> str:
    return OFFICERS.get(number, Role.MEMBER).value.capitalize()


SIGN_INS = _sign_ins()
"""One sign-in for each role that can be had so far, all in one group but for the administrator.

Auditors and the staff of partners are missing: nothing in the application gives anybody their roles yet.
"""
