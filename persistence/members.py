"""The register of members in PostgreSQL; what is personal is sealed before it leaves the process."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING
from uuid import UUID

import asyncpg

from domain.members import (
    EmailAlreadyInGroup,
    GroupNeedsOfficer,
    HeldPosition,
    MemberField,
    MemberNumberTaken,
    MemberRecord,
    MemberStatus,
    NationalIdAlreadyInGroup,
    NewMember,
    Personal,
    PhoneAlreadyInGroup,
    Position,
    UserIsAnotherMember,
    UserNotFound,
)
from domain.policy import Role
from domain.service import GroupNotAtWork, IdAlreadyUsed
from persistence.constraints import RefusalState, register
from persistence.crypto.blind_index import BlindIndexPurpose, blind_indexes
from persistence.crypto.envelope import PersonCipher, new_person_key

if TYPE_CHECKING:
    from persistence.crypto.keyring import Keyring
    from persistence.unit_of_work import Work

__all__ = ["Members"]

_NEXT_NUMBER = "SELECT coalesce(max(number), 0) + 1 FROM app.members WHERE tenant_id = $1"

_PRIVATE_COLUMNS = (
    "phone_sealed",
    "email_sealed",
    "national_id_sealed",
    "birth_sealed",
    "address_sealed",
    "next_of_kin_sealed",
    "phone_index",
    "email_index",
    "national_id_index",
)

# The three parts of a member in one round trip. The row of the register is written first, so that what it refuses is
# told before what the others refuse.
_INSERT = f"""
WITH named AS (
    INSERT INTO app.member_names (tenant_id, member_id, name, photo) VALUES ($1, $2, $7, $8)
), sealed AS (
    INSERT INTO app.member_private (tenant_id, member_id, person_key, {", ".join(_PRIVATE_COLUMNS)})
    VALUES ($1, $2, $9, {", ".join(f"${number}" for number in range(10, 10 + len(_PRIVATE_COLUMNS)))})
)
INSERT INTO app.members (tenant_id, id, number, sex, joined_on, created_by) VALUES ($1, $2, $3, $4, $5, $6)
"""

# Each column takes its own value again where nothing changes it, so that the statement is constant.
_UPDATE_PRIVATE = f"""
UPDATE app.member_private SET person_key = $3, {
    ", ".join(
        f"{name} = CASE WHEN ${number} THEN ${number + 1} ELSE {name} END"
        for number, name in zip(range(4, 4 + 2 * len(_PRIVATE_COLUMNS), 2), _PRIVATE_COLUMNS, strict=True)
    )
}
WHERE tenant_id = $1 AND member_id = $2
"""

_PERSON_KEY = "SELECT person_key FROM app.member_private WHERE tenant_id = $1 AND member_id = $2"

# An index is compared under every key of the installation: rows from before a change of secret have another.
_SAME_PERSON = """
SELECT m.id, m.number, coalesce(p.phone_index = ANY ($3), false) AS has_phone,
       coalesce(p.email_index = ANY ($4), false) AS has_email
FROM app.member_private p
JOIN app.members m ON m.tenant_id = p.tenant_id AND m.id = p.member_id
WHERE p.tenant_id = $1 AND p.member_id IS DISTINCT FROM $2::uuid
  AND (p.phone_index = ANY ($3) OR p.email_index = ANY ($4) OR p.national_id_index = ANY ($5))
ORDER BY has_phone DESC, has_email DESC, m.number
LIMIT 1
"""

_FIND = """
SELECT m.id, m.number, m.status, m.joined_on, m.left_on, m.version,
       (SELECT x.user_id FROM app.memberships x
        WHERE x.tenant_id = $1 AND x.member_id = $2 AND (x.ends_at IS NULL OR x.ends_at > now()) LIMIT 1) AS user_id,
       ARRAY(SELECT DISTINCT x.role FROM app.memberships x
             WHERE x.tenant_id = $1 AND x.member_id = $2 AND (x.ends_at IS NULL OR x.ends_at > now())) AS roles,
       ARRAY(SELECT p.position FROM app.positions p
             WHERE p.tenant_id = $1 AND p.member_id = $2 AND p.ends_on IS NULL) AS positions
FROM app.members m
WHERE m.tenant_id = $1 AND m.id = $2
"""

_UPDATE_MEMBER = """
UPDATE app.members
SET number = coalesce($3, number), joined_on = coalesce($4, joined_on), sex = CASE WHEN $5 THEN $6 ELSE sex END,
    version = version + 1
WHERE tenant_id = $1 AND id = $2
"""

_UPDATE_NAME = """
UPDATE app.member_names SET name = coalesce($3, name), photo = CASE WHEN $4 THEN $5 ELSE photo END
WHERE tenant_id = $1 AND member_id = $2
"""

_SET_STATUS = """
UPDATE app.members SET status = $3, left_on = $4, version = version + 1 WHERE tenant_id = $1 AND id = $2
"""

_LINK = "SELECT app.link_member($1, $2, $3, $4)"

_GRANT_ROLE = "SELECT app.grant_role($1, $2, $3, $4, $5)"

_END_ROLES = "SELECT app.end_roles($1, $2, $3, $4)"

_CLAIM = "SELECT app.claim_member($1) AS member_id"

_HOLDER = """
SELECT m.id, m.number
FROM app.positions p
JOIN app.members m ON m.tenant_id = p.tenant_id AND m.id = p.member_id
WHERE p.tenant_id = $1 AND p.position = $2 AND p.ends_on IS NULL
"""

_FIND_POSITION = """
SELECT id, member_id, position, starts_on, ends_on, version FROM app.positions WHERE tenant_id = $1 AND id = $2
"""

_INSERT_POSITION = """
INSERT INTO app.positions (tenant_id, id, member_id, position, starts_on, created_by) VALUES ($1, $2, $3, $4, $5, $6)
"""

_END_POSITIONS = """
UPDATE app.positions SET ends_on = greatest($3, starts_on), version = version + 1
WHERE tenant_id = $1 AND member_id = $2 AND ends_on IS NULL AND ($4::uuid IS NULL OR id = $4)
"""

register("members_pkey", lambda _: IdAlreadyUsed(path=("id",)))
register("members_number_once", lambda _: MemberNumberTaken(path=("number",)))
register("positions_pkey", lambda _: IdAlreadyUsed(path=("id",)))


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
        await self.refuse_same_person(member.group_id, member.id, member.personal)
        sex = None if member.sex is None else member.sex.value
        key = new_person_key(work.keyring)
        sealed = _sealed(work.keyring, PersonCipher(work.keyring, key), member.id, member.personal)
        facts = (member.group_id, member.id, member.number, sex, member.joined_on, work.viewer.user_id)
        values = [sealed.get(name) for name in _PRIVATE_COLUMNS]
        await work.write(_INSERT, *facts, member.name, member.photo, key, *values)

    async def find(self, group_id: UUID, member_id: UUID) -> MemberRecord | None:
        """See `domain.members.MemberStore`."""
        row = await self._work.connection.fetchrow(_FIND, group_id, member_id)
        if row is None:
            return None
        return MemberRecord(
            id=row["id"],
            number=row["number"],
            status=MemberStatus(row["status"]),
            joined_on=row["joined_on"],
            left_on=row["left_on"],
            version=row["version"],
            user_id=row["user_id"],
            roles=frozenset(map(Role, row["roles"])),
            positions=frozenset(map(Position, row["positions"])),
        )

    async def change(
        self,
        group_id: UUID,
        member_id: UUID,
        *,
        columns: Mapping[str, object],
        name: str | None,
        photo: str | None,
        personal: Personal,
        cleared: frozenset[MemberField],
    ) -> None:
        """See `domain.members.MemberStore`."""
        work = self._work
        await self.refuse_same_person(group_id, member_id, personal)
        await work.write(
            _UPDATE_MEMBER,
            group_id,
            member_id,
            columns.get("number"),
            columns.get("joined_on"),
            "sex" in columns,
            columns.get("sex"),
        )
        has_photo = photo is not None or MemberField.PHOTO in cleared
        if name is not None or has_photo:
            await work.write(_UPDATE_NAME, group_id, member_id, name, has_photo, photo)
        await self._change_personal(group_id, member_id, personal, cleared)

    async def _change_personal(
        self, group_id: UUID, member_id: UUID, personal: Personal, cleared: frozenset[MemberField]
    ) -> None:
        work = self._work
        emptied = {name for name in _PRIVATE_COLUMNS if MemberField.__members__.get(_field(name)) in cleared}
        if personal == Personal() and not emptied:
            return
        # Of somebody whose data was erased no more than a new key is left to seal with.
        key = await work.connection.fetchval(_PERSON_KEY, group_id, member_id) or new_person_key(work.keyring)
        sealed = _sealed(work.keyring, PersonCipher(work.keyring, key), member_id, personal)
        values = [value for name in _PRIVATE_COLUMNS for value in (name in sealed or name in emptied, sealed.get(name))]
        await work.write(_UPDATE_PRIVATE, group_id, member_id, key, *values)

    async def refuse_same_person(self, group_id: UUID, member_id: UUID | None, personal: Personal) -> None:
        """See `domain.members.MemberStore`."""
        indexes = _indexes(self._work.keyring, personal)
        if not indexes:
            return
        row = await self._work.connection.fetchrow(
            _SAME_PERSON,
            group_id,
            member_id,
            *(indexes.get(name, ()) for name in ("phone_index", "email_index", "national_id_index")),
        )
        if row is None:
            return
        if row["has_phone"]:
            raise PhoneAlreadyInGroup(row["id"], row["number"], path=("phone",))
        if row["has_email"]:
            raise EmailAlreadyInGroup(row["id"], row["number"], path=("email",))
        raise NationalIdAlreadyInGroup(row["id"], row["number"], path=("nationalId",))

    async def set_status(self, group_id: UUID, member_id: UUID, status: MemberStatus, left_on: date | None) -> None:
        """See `domain.members.MemberStore`."""
        await self._work.write(_SET_STATUS, group_id, member_id, status.value, left_on)

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

    async def claim(self, group_id: UUID) -> UUID | None:
        """See `domain.members.MemberStore`."""
        try:
            row = await self._work.write_returning(_CLAIM, group_id)
        except asyncpg.PostgresError as error:
            if error.sqlstate == RefusalState.CONFLICT:
                raise UserIsAnotherMember(path=("groupId",)) from error
            if error.sqlstate == RefusalState.NOT_AT_WORK:
                raise GroupNotAtWork(error.detail or "", path=("groupId",)) from error
            raise
        return row["member_id"]  # type: ignore[no-any-return]

    async def grant_role(
        self, group_id: UUID, member_id: UUID, role: Role, starts_at: datetime, ends_at: datetime | None
    ) -> None:
        """See `domain.members.MemberStore`."""
        await self._work.write(_GRANT_ROLE, group_id, member_id, role.value, starts_at, ends_at)

    async def end_roles(self, group_id: UUID, member_id: UUID, roles: Collection[Role], ends_at: datetime) -> None:
        """See `domain.members.MemberStore`."""
        try:
            await self._work.write(_END_ROLES, group_id, member_id, sorted(role.value for role in roles), ends_at)
        except asyncpg.PostgresError as error:
            if error.sqlstate == RefusalState.CONFLICT:
                raise GroupNeedsOfficer from error
            raise

    async def position_holder(self, group_id: UUID, position: Position) -> tuple[UUID, int] | None:
        """See `domain.members.MemberStore`."""
        row = await self._work.connection.fetchrow(_HOLDER, group_id, position.value)
        return None if row is None else (row["id"], row["number"])

    async def find_position(self, group_id: UUID, position_id: UUID) -> HeldPosition | None:
        """See `domain.members.MemberStore`."""
        row = await self._work.connection.fetchrow(_FIND_POSITION, group_id, position_id)
        if row is None:
            return None
        return HeldPosition(
            row["id"], row["member_id"], Position(row["position"]), row["starts_on"], row["ends_on"], row["version"]
        )

    async def assign(self, group_id: UUID, held: HeldPosition) -> None:
        """See `domain.members.MemberStore`."""
        await self._work.write(
            _INSERT_POSITION,
            group_id,
            held.id,
            held.member_id,
            held.position.value,
            held.starts_on,
            self._work.viewer.user_id,
        )

    async def end_positions(self, group_id: UUID, member_id: UUID, ends_on: date, position_id: UUID | None) -> None:
        """See `domain.members.MemberStore`."""
        await self._work.write(_END_POSITIONS, group_id, member_id, ends_on, position_id)


def _field(column: str) -> str:
    """The field of a member that a private column is part of."""
    return column.removesuffix("_sealed").removesuffix("_index").upper()


def _indexes(keyring: Keyring, personal: Personal) -> dict[str, tuple[bytes, ...]]:
    """Under what the personal facts that tell people apart may be stored, the current index first."""
    indexes = {}
    if personal.phone is not None:
        indexes["phone_index"] = blind_indexes(keyring, BlindIndexPurpose.PHONE, personal.phone.value)
    if personal.email is not None:
        indexes["email_index"] = blind_indexes(keyring, BlindIndexPurpose.EMAIL, personal.email.lookup)
    if personal.national_id is not None:
        indexes["national_id_index"] = blind_indexes(keyring, BlindIndexPurpose.NATIONAL_ID, personal.national_id)
    return indexes


def _sealed(keyring: Keyring, cipher: PersonCipher, member_id: UUID, personal: Personal) -> dict[str, bytes]:
    """The private columns that the personal facts fill."""
    texts = {
        "phone": None if personal.phone is None else personal.phone.value,
        "email": None if personal.email is None else personal.email.value,
        "national_id": personal.national_id,
        "birth": personal.birth,
        "address": personal.address,
        "next_of_kin": None if personal.next_of_kin is None else personal.next_of_kin.to_text(),
    }
    sealed = {f"{name}_sealed": cipher.seal(name, member_id, text) for name, text in texts.items() if text is not None}
    return sealed | {name: found[0] for name, found in _indexes(keyring, personal).items()}
