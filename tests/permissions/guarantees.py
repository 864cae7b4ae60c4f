"""Changes of guarantees, which a plain member makes of her own and of nobody else's."""

from __future__ import annotations

from uuid import UUID

from domain.policy import Action, Resource
from tests.permissions.writes import Attempt, rule


def guarantee_changes(tenant: UUID, *members: UUID) -> list[Attempt]:
    """Accepting what each of the members pledged: whose guarantee it is may do it, and no other plain member."""
    return [
        Attempt(
            f"accept what {member} pledged in {tenant}",
            "UPDATE app.loan_guarantees SET status = 'ACCEPTED' WHERE tenant_id = $1 AND member_id = $2",
            (tenant, member),
            rule(Resource.LOAN_GUARANTEE, Action.UPDATE, tenant, member),
            rows=True,
        )
        for member in members
    ]
