"""Sends of unknown outcome are settled by looking: what is known of each, ids that are not ours, twins to watch for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("outbox", sa.Column("after_id", sa.BigInteger()))
    op.add_column("outbox", sa.Column("doubts", sa.Integer(), nullable=False, server_default=sa.text("0")))
    op.add_column("outbox", sa.Column("doubt_ms", sa.BigInteger()))
    op.add_column("outbox", sa.Column("probes", sa.Integer(), nullable=False, server_default=sa.text("0")))
    op.add_column("outbox", sa.Column("with_photo", sa.Boolean(), nullable=False, server_default=sa.false()))
    # Nothing was written down that would settle them: they are repeated, marked, as the older version would have done.
    op.execute(sa.text("UPDATE outbox SET state = 'repeat' WHERE state = 'unknown'"))
    op.create_table(
        "spent_ids",
        sa.Column("chat_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("message_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("chat_id", "message_id", name=op.f("pk_spent_ids")),
    )
    op.create_table(
        "litter",
        sa.Column("chat_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("message_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("not_before_ms", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("chat_id", "message_id", name=op.f("pk_litter")),
    )
    op.create_table(
        "twins",
        sa.Column("message_key", sa.Text(), nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("after_id", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("with_photo", sa.Boolean(), nullable=False),
        sa.Column("since_ms", sa.BigInteger(), nullable=False),
        sa.Column("probes", sa.Integer(), nullable=False),
        sa.Column("not_before_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("message_key", name=op.f("pk_twins")),
    )
