"""Which channels carry a signal, and what channels with a delay are to be told later.

Signals from before are carried by the channels that have their message.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "carried",
        sa.Column("signal_id", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["signal_id"], ["signals.id"], name=op.f("fk_carried_signal_id")),
        sa.PrimaryKeyConstraint("signal_id", "channel", name=op.f("pk_carried")),
    )
    op.create_table(
        "delayed",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("due_ms", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delayed")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_delayed_due_ms"), "delayed", ["due_ms"])
    op.create_index(op.f("ix_delayed_channel_due_ms"), "delayed", ["channel", "due_ms"])
    _carry_what_was_sent()


def _carry_what_was_sent() -> None:
    """From keys such as `signal:XAU_20240105_001@-100123`."""
    conn = op.get_bind()
    known = set(conn.execute(sa.text("SELECT id FROM signals")).scalars())
    keys = conn.execute(sa.text("SELECT key FROM messages WHERE key LIKE 'signal:%'")).scalars()
    pairs = [key.removeprefix("signal:").rpartition("@") for key in keys]
    rows = [{"signal_id": signal, "channel": channel} for signal, _, channel in pairs if signal in known]
    if rows:
        table = sa.table("carried", sa.column("signal_id", sa.Text()), sa.column("channel", sa.Text()))
        op.bulk_insert(table, rows)
