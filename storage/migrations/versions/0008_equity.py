"""What the account was worth with its open trades, as their results moved. Of before, only bookings are known."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "equity_marks",
        sa.Column("time_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("balance", sa.Text(), nullable=False),
        sa.Column("equity", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("time_ms", name=op.f("pk_equity_marks")),
    )
