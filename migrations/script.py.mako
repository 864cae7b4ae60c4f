"""${message}

Revision ID: ${up_revision}
Revises: ${down_revision | comma,n}
"""

from __future__ import annotations

from alembic import op

from migrations.statements import statements_of

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}


def upgrade() -> None:
    """Run the frozen statements."""
    for statement in statements_of(revision):
        op.execute(statement)


def downgrade() -> None:
    """Say how to go back, or refuse."""
    raise NotImplementedError
