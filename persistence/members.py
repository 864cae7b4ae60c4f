"""The register of members in PostgreSQL; what is personal is sealed before it leaves the process."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import asyncpg

from domain.members import MemberNumberTaken, NewMember, PhoneAlreadyInGroup, UserIsAnotherMember, UserNotFound
from domain.policy import Role
from domain.service import IdAlreadyUsed
from persistence.constraints import RefusalState, register
from persistence.crypto.blind_index import BlindIndexPurpose, blind_indexes
from persistence.crypto.envelope import PersonCipher, new_person_key

if TYPE_CHECKING:
    from persistence.unit_of_work import Work

__all__ = ["Members"]

_NEXT_NUMBER = "SELECT coalesce(max(number), 0) + 1 FROM app.members WHERE tenant_id = $1"

_INSERT_MEMBER = """
INSERT INTO app.members (tenant_id, id, number, sex, joined_on, created_by) VALUES ($1, $2, $3, $4, $5, $6)
"""

_INSERT_NAME = "INSERT INTO app.member_names (tenant_id, member_id, name) VALUES ($1, $2, $3)"

_INSERT_PRIVATE = """
INSERT INTO app.member_private (tenant_id, member_id, person_key, phone_sealed, phone_index) VALUES ($1, $2, $3, $4, $5)
"""

_PHONE_KNOWN = "SELECT EXISTS (SELECT FROM app.member_private WHERE tenant_id = $1 AND phone_index = ANY ($2))"

_LINK = "SELECT app.link_member($1, $2, $3, $4)"

register("members_pkey", lambda _: IdAlreadyUsed(path=("id",)))
register("members_number_once", lambda _: MemberNumberTaken(path=("number",)))
register("member_private_phone_once", lambda _: PhoneAlreadyInGroup(path=("phone",)))


class Members:
    """The store of members of one unit of work."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def next_number(self, group_id: UUID) -> int:
        """See `domain.members.MemberStore`."""
        return await self._work.connection.fetchval(_NEXT_NUMBER, group_id)  # type: ignore[no-any-return]

    async def add(self, member: NewMember) -> None:
        """See `domain.members.MemberStore`."""
        work = self._work
        sex = None if member.sex is None else member.sex.value
        await work.write(
            _INSERT_MEMBER, member.group_id, member.id, member.number, sex, member.joined_on, work.viewer.user_id
        )
        await work.write(_INSERT_NAME, member.group_id, member.id, member.name)
        key = new_person_key(work.keyring)
        sealed = index = None
        if member.phone is not None:
            sealed = PersonCipher(work.keyring, key).seal("phone", member.id, member.phone.value)
            index, *earlier = blind_indexes(work.keyring, BlindIndexPurpose.PHONE, member.phone.value)
            # The constraint knows the current index alone; rows from before a change of secret have another.
            if earlier and await work.connection.fetchval(_PHONE_KNOWN, member.group_id, earlier):
                raise PhoneAlreadyInGroup(path=("phone",))
        await work.write(_INSERT_PRIVATE, member.group_id, member.id, key, sealed, index)

    async def link(self, group_id: UUID, member_id: UUID, user_id: UUID, roles: frozenset[Role]) -> None:
        """See `domain.members.MemberStore`."""
        try:
            await self._work.write(_LINK, group_id, member_id, user_id, sorted(role.value for role in roles))
        except asyncpg.PostgresError as error:
            if error.sqlstate == RefusalState.NOT_FOUND:
                raise UserNotFound(path=("userId",)) from error
            if error.sqlstate == RefusalState.CONFLICT:
                raise UserIsAnotherMember(path=("userId",)) from error
            raise
