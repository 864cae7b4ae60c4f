"""Join codes, requests to join and invitations in PostgreSQL."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING
from uuid import UUID

import asyncpg

from domain.contact import EmailAddress, PhoneNumber
from domain.groups.invitations import Invitation, InvitationStatus, NewInvitation
from domain.groups.joining import JoinAnswer, JoinRequest, JoinRequestStatus
from domain.members.refusals import UserIsAnotherMember
from domain.service import IdAlreadyUsed
from persistence.constraints import RefusalState, register
from persistence.crypto.blind_index import BlindIndexPurpose, blind_index, blind_indexes
from persistence.crypto.envelope import PersonCipher, new_person_key

if TYPE_CHECKING:
    from persistence.unit_of_work import Work

__all__ = ["Invitations", "Joining"]

_CHANGE_CODE = "SELECT app.change_join_code($1, $2)"

_ASK = "SELECT state, wait FROM app.request_join($1, $2, $3, $4)"

_FIND = "SELECT id, user_id, name, status, version FROM app.join_requests WHERE tenant_id = $1 AND id = $2"

_DECIDE = """
UPDATE app.join_requests
SET status = $3, member_id = $4, decided_at = now(), decided_by = $5, version = version + 1
WHERE tenant_id = $1 AND id = $2
"""

_INVITE = """
INSERT INTO app.invitations (
    tenant_id, id, name, member_id, person_key, phone_sealed, email_sealed, phone_index, email_index, expires_at,
    invited_by
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
"""

# An index is compared under every key of the installation: rows from before a change of secret have another.
_OPEN_TO = """
SELECT id FROM app.invitations
WHERE tenant_id = $1 AND status = 'OPEN' AND expires_at > now() AND (phone_index = ANY ($2) OR email_index = ANY ($3))
ORDER BY invited_at LIMIT 1
"""

_REVOKE_OVER = """
UPDATE app.invitations SET status = 'REVOKED', version = version + 1
WHERE tenant_id = $1 AND status = 'OPEN' AND expires_at <= now() AND (phone_index = $2 OR email_index = $3)
"""

_FIND_INVITATION = "SELECT id, status, version FROM app.invitations WHERE tenant_id = $1 AND id = $2"

_REVOKE = "UPDATE app.invitations SET status = 'REVOKED', version = version + 1 WHERE tenant_id = $1 AND id = $2"

_ACCEPT = "SELECT app.accept_invitation($1, $2, $3, $4) AS member_id"

register("join_requests_pkey", lambda _: IdAlreadyUsed(path=("id",)))
register("invitations_pkey", lambda _: IdAlreadyUsed(path=("id",)))


class Joining:
    """The store of codes and requests to join of one unit of work."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def change_code(self, group_id: UUID, code: str | None) -> None:
        """See `domain.groups.joining.JoinStore`."""
        await self._work.write(_CHANGE_CODE, group_id, code)

    async def ask(self, code: str, request_id: UUID, name: str, note: str | None) -> tuple[JoinAnswer, int]:
        """See `domain.groups.joining.JoinStore`."""
        # Not as a writing: a guess that is refused is counted all the same, so nothing of it may be taken back.
        row = await self._work.connection.fetchrow(_ASK, code, request_id, name, note)
        wait = row["wait"]
        return JoinAnswer(row["state"]), 0 if wait is None else ceil(wait.total_seconds())

    async def find(self, group_id: UUID, request_id: UUID) -> JoinRequest | None:
        """See `domain.groups.joining.JoinStore`."""
        row = await self._work.connection.fetchrow(_FIND, group_id, request_id)
        if row is None:
            return None
        return JoinRequest(row["id"], row["user_id"], row["name"], JoinRequestStatus(row["status"]), row["version"])

    async def decide(self, group_id: UUID, request_id: UUID, member_id: UUID | None) -> None:
        """See `domain.groups.joining.JoinStore`."""
        status = JoinRequestStatus.REJECTED if member_id is None else JoinRequestStatus.APPROVED
        work = self._work
        await work.write(_DECIDE, group_id, request_id, status.value, member_id, work.viewer.user_id)


class Invitations:
    """The store of invitations of one unit of work."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def open_to(self, group_id: UUID, phone: PhoneNumber | None, email: EmailAddress | None) -> UUID | None:
        """See `domain.groups.invitations.InvitationStore`."""
        keyring = self._work.keyring
        phones = () if phone is None else blind_indexes(keyring, BlindIndexPurpose.PHONE, phone.value)
        emails = () if email is None else blind_indexes(keyring, BlindIndexPurpose.EMAIL, email.lookup)
        return await self._work.connection.fetchval(_OPEN_TO, group_id, phones, emails)  # type: ignore[no-any-return]

    async def create(self, invitation: NewInvitation) -> None:
        """See `domain.groups.invitations.InvitationStore`."""
        work = self._work
        key = new_person_key(work.keyring)
        cipher = PersonCipher(work.keyring, key)
        phone_sealed = email_sealed = phone_index = email_index = None
        if invitation.phone is not None:
            phone_sealed = cipher.seal("phone", invitation.id, invitation.phone.value)
            phone_index = blind_index(work.keyring, BlindIndexPurpose.PHONE, invitation.phone.value)
        if invitation.email is not None:
            email_sealed = cipher.seal("email", invitation.id, invitation.email.value)
            email_index = blind_index(work.keyring, BlindIndexPurpose.EMAIL, invitation.email.lookup)
        await work.write(_REVOKE_OVER, invitation.group_id, phone_index, email_index)
        await work.write(
            _INVITE,
            invitation.group_id,
            invitation.id,
            invitation.name,
            invitation.member_id,
            key,
            phone_sealed,
            email_sealed,
            phone_index,
            email_index,
            invitation.expires_at,
            work.viewer.user_id,
        )

    async def find(self, group_id: UUID, invitation_id: UUID) -> Invitation | None:
        """See `domain.groups.invitations.InvitationStore`."""
        row = await self._work.connection.fetchrow(_FIND_INVITATION, group_id, invitation_id)
        return None if row is None else Invitation(row["id"], InvitationStatus(row["status"]), row["version"])

    async def revoke(self, group_id: UUID, invitation_id: UUID) -> None:
        """See `domain.groups.invitations.InvitationStore`."""
        await self._work.write(_REVOKE, group_id, invitation_id)

    async def accept(self, group_id: UUID, invitation_id: UUID, member_id: UUID) -> UUID | None:
        """See `domain.groups.invitations.InvitationStore`."""
        work = self._work
        key = new_person_key(work.keyring)
        try:
            row = await work.write_returning(_ACCEPT, group_id, invitation_id, member_id, key)
        except asyncpg.PostgresError as error:
            if error.sqlstate == RefusalState.CONFLICT:
                raise UserIsAnotherMember(path=("invitationId",)) from error
            raise
        return row["member_id"]  # type: ignore[no-any-return]
