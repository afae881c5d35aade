"""What the engine saw when it issued a signal. Signals from before have none."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "views",
        sa.Column("signal_id", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["signal_id"], ["signals.id"], name=op.f("fk_views_signal_id")),
        sa.PrimaryKeyConstraint("signal_id", name=op.f("pk_views")),
    )
