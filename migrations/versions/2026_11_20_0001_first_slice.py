"""The first slice: directory, access, groups, members, meetings, contributions and the ledger.

Revision ID: 0001
Revises: nothing
"""

from __future__ import annotations

from alembic import op

from migrations.statements import statements_of

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Run the frozen statements."""
    for statement in statements_of(revision):
        op.execute(statement)


def downgrade() -> None:
    """Refuse: before the first revision there is nothing to go back to."""
    raise NotImplementedError("there is no release before this one; restore a backup instead")
