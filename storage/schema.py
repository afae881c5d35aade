"""The tables. Columns are what reports and questions ask for; `body` holds the whole value as JSON, by msgspec.

Times are milliseconds UTC. Exact numbers (money, pips, lots) are decimal text, because SQLite has no decimal type and
a float would lose a cent. Names and states are the text of the enums in `engine.types`. Every change here needs a
migration: a test compares the two.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

# Named constraints, so that a later migration can drop or change them on any database.
metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)

# SQLite numbers rows by itself only where the key is declared INTEGER.
RowId = BigInteger().with_variant(Integer(), "sqlite")

signals = Table(
    "signals",
    metadata,
    Column("id", Text, primary_key=True),  # as readers see it: XAU_20240105_001
    Column("key", Text, nullable=False, unique=True),  # Setup.key: the same inputs give the same signal
    Column("symbol", Text, nullable=False),
    Column("timeframe", Text, nullable=False),
    Column("strategy", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("direction", Text, nullable=False),
    Column("score", Integer, nullable=False),
    Column("entry", BigInteger, nullable=False),  # ticks
    Column("stop", BigInteger, nullable=False),  # ticks
    Column("issued_ms", BigInteger, nullable=False),
    Column("mode", Text, nullable=False),
    Column("body", Text, nullable=False),  # Signal
    Index(None, "symbol", "issued_ms"),
)

trades = Table(
    "trades",
    metadata,
    Column("signal_id", Text, ForeignKey("signals.id"), primary_key=True),
    Column("symbol", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("opened_ms", BigInteger),
    Column("closed_ms", BigInteger),
    Column("reason", Text),
    Column("result_r", Float, nullable=False),  # for queries; the exact result is `result_steps`
    Column("result_steps", BigInteger, nullable=False),  # ticks times lot steps, banked and floating
    Column("pips", Text, nullable=False),  # decimal
    Column("money", Text, nullable=False),  # decimal, account currency
    Column("session", Text, nullable=False),
    Column("body", Text, nullable=False),  # Trade
    Column("updated_ms", BigInteger, nullable=False),
    Index(None, "status"),
    Index(None, "symbol", "closed_ms"),
)

views = Table(
    "views",
    metadata,
    Column("signal_id", Text, ForeignKey("signals.id"), primary_key=True),
    Column("body", LargeBinary, nullable=False),  # Seen, as msgpack in zlib: as JSON it would be six times as large
)

carried = Table(
    "carried",
    metadata,
    Column("signal_id", Text, ForeignKey("signals.id"), primary_key=True),
    Column("channel", Text, primary_key=True),  # ChannelConfig.key
)

partial_closes = Table(
    "partial_closes",
    metadata,
    Column("signal_id", Text, ForeignKey("trades.signal_id"), primary_key=True),
    Column("seq", Integer, primary_key=True),  # from 1, in the order they were filled
    Column("price", BigInteger, nullable=False),  # ticks
    Column("lot_steps", Integer, nullable=False),
    Column("ticks", BigInteger, nullable=False),  # in the trade's favour
    Column("time_ms", BigInteger, nullable=False),
    Column("target", Integer),  # 1 for TP1; NULL when it was not a target
)

candles = Table(
    "candles",
    metadata,
    Column("symbol", Text, primary_key=True),
    Column("timeframe", Text, primary_key=True),
    Column("open_ms", BigInteger, primary_key=True, autoincrement=False),
    Column("close_ms", BigInteger, nullable=False),
    Column("open", BigInteger, nullable=False),  # this and the next three in ticks
    Column("high", BigInteger, nullable=False),
    Column("low", BigInteger, nullable=False),
    Column("close", BigInteger, nullable=False),
    Column("volume", Float),  # NULL where the source has none
    Column("ticks", BigInteger, nullable=False),
    Column("spread", BigInteger),  # ticks
)

rejections = Table(
    "rejections",
    metadata,
    Column("key", Text, primary_key=True),  # Setup.key
    Column("symbol", Text, nullable=False),
    Column("known_ms", BigInteger, nullable=False),
    Column("score", Integer, nullable=False),
    Column("refusals", Text, nullable=False),  # JSON list of codes
    Column("body", Text, nullable=False),  # SetupRejected
    Index(None, "symbol", "known_ms"),
)

messages = Table(
    "messages",
    metadata,
    Column("key", Text, primary_key=True),  # signal:XAU_20240105_001@-100123
    Column("chat_id", BigInteger, nullable=False),
    Column("thread_id", BigInteger),
    Column("message_id", BigInteger),  # NULL until Telegram has answered
    Column("reply_to_key", Text),
    Column("state", Text, nullable=False),
    Column("sent_body", Text),  # the Post last delivered
    Column("picture_sha", Text),
    Column("has_photo", Boolean, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("sent_ms", BigInteger),
    Column("edited_ms", BigInteger),
    UniqueConstraint("chat_id", "message_id"),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("message_key", Text, ForeignKey("messages.key"), nullable=False),
    Column("chat_id", BigInteger, nullable=False),
    Column("action", Text, nullable=False),  # send | edit | delete
    Column("priority", Integer, nullable=False),
    Column("body", Text, nullable=False),  # Post
    Column("picture", LargeBinary),
    Column("state", Text, nullable=False),  # pending | sending | unknown | repeat | failed
    Column("attempts", Integer, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("not_before_ms", BigInteger, nullable=False),
    Column("expires_ms", BigInteger),
    Column("error", Text),
    Column("after_id", BigInteger),  # the highest id known in the chat before the first request in doubt
    Column("doubts", Integer, nullable=False, server_default=text("0")),  # requests of unknown outcome
    Column("doubt_ms", BigInteger),  # of the last one
    Column("probes", Integer, nullable=False, server_default=text("0")),  # rounds of looking for it
    Column("with_photo", Boolean, nullable=False, server_default=false()),  # one of the requests had one
    Index(None, "state", "priority", "id"),
    Index(None, "message_key"),
    sqlite_autoincrement=True,  # ids of removed rows never come back, so order by id is order of writing
)

delayed = Table(
    "delayed",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("channel", Text, nullable=False),  # ChannelConfig.key
    Column("due_ms", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),  # what was put, as `bot/delivery/channels.py` has it
    Index(None, "due_ms"),
    Index(None, "channel", "due_ms"),
    sqlite_autoincrement=True,
)

spent_ids = Table(
    "spent_ids",
    metadata,
    Column("chat_id", BigInteger, primary_key=True, autoincrement=False),
    Column("message_id", BigInteger, primary_key=True, autoincrement=False),
)

litter = Table(
    "litter",
    metadata,
    Column("chat_id", BigInteger, primary_key=True, autoincrement=False),
    Column("message_id", BigInteger, primary_key=True, autoincrement=False),
    Column("not_before_ms", BigInteger, nullable=False),
    Column("attempts", Integer, nullable=False),
)

twins = Table(
    "twins",
    metadata,
    Column("message_key", Text, primary_key=True),
    Column("chat_id", BigInteger, nullable=False),
    Column("after_id", BigInteger, nullable=False),
    Column("body", Text, nullable=False),  # Post
    Column("with_photo", Boolean, nullable=False),
    Column("since_ms", BigInteger, nullable=False),
    Column("probes", Integer, nullable=False),
    Column("not_before_ms", BigInteger, nullable=False),
)

settings = Table(
    "settings",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),  # JSON
    Column("changed_ms", BigInteger, nullable=False),
    Column("changed_by", BigInteger),  # Telegram id; NULL when the program did it
)

audit = Table(
    "audit",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("time_ms", BigInteger, nullable=False),
    Column("actor_id", BigInteger),
    Column("actor_name", Text, nullable=False),
    Column("chat_id", BigInteger),
    Column("action", Text, nullable=False),
    Column("detail", Text, nullable=False),  # JSON
    Column("before", Text),
    Column("after", Text),
    Column("allowed", Boolean, nullable=False),
    Index(None, "time_ms"),
    sqlite_autoincrement=True,
)

daily_performance = Table(
    "daily_performance",
    metadata,
    Column("day", Text, primary_key=True),  # 2024-04-03, the trading day the report is named for
    Column("channel", Text, primary_key=True),
    Column("from_ms", BigInteger, nullable=False),
    Column("to_ms", BigInteger, nullable=False),
    Column("signals", Integer, nullable=False),
    Column("won", Integer, nullable=False),
    Column("lost", Integer, nullable=False),
    Column("even", Integer, nullable=False),
    Column("open", Integer, nullable=False),
    Column("refused", Integer, nullable=False),
    Column("ambiguous", Integer, nullable=False),
    Column("result_r", Float, nullable=False),
    Column("pips", Text, nullable=False),  # decimal
    Column("money", Text, nullable=False),  # decimal, account currency
    Column("numbers", Text, nullable=False),  # JSON: whatever else the report showed
    Column("saved_ms", BigInteger, nullable=False),
)

boards = Table(
    "boards",
    metadata,
    Column("channel", Text, primary_key=True),  # ChannelConfig.key
    Column("number", Integer, nullable=False),  # of the message: a board that somebody deleted has a successor
    Column("pinned_id", BigInteger),  # the message id that we pinned; what people do with the pin is theirs
    Column("is_told", Boolean, nullable=False),  # admins know that it cannot be pinned
)

applied = Table(
    "applied",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),  # always 1: there is one row
    Column("number", BigInteger, nullable=False),  # of the last journaled input whose events are stored
    Column("time_ms", BigInteger, nullable=False),
)

account = Table(
    "account",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),  # always 1: there is one row
    Column("body", Text, nullable=False),  # Account
    Column("changed_ms", BigInteger, nullable=False),
)

movements = Table(
    "movements",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("time_ms", BigInteger, nullable=False),
    Column("trade_id", Text),
    Column("debit", Text, nullable=False),  # a book, and so is the next
    Column("credit", Text, nullable=False),
    Column("amount", Text, nullable=False),  # decimal, account currency, above 0
    Column("balance", Text, nullable=False),  # decimal, after this movement
    Index(None, "time_ms"),
)

equity_marks = Table(
    "equity_marks",
    metadata,
    Column("time_ms", BigInteger, primary_key=True, autoincrement=False),
    Column("balance", Text, nullable=False),  # decimal, account currency, and so is the next
    Column("equity", Text, nullable=False),
)

schedules = Table(
    "schedules",
    metadata,
    Column("name", Text, primary_key=True),  # daily:-100123
    Column("last_done", Text, nullable=False),  # the day or period last done, in a form that sorts
    Column("done_ms", BigInteger, nullable=False),
)

ledger = Table(
    "ledger",
    metadata,
    Column("n", BigInteger, primary_key=True, autoincrement=False),  # from 1, without a gap
    Column("time_ms", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),  # issued | published | closed | reported
    Column("signal_id", Text, index=True),  # NULL for a report
    Column("body", Text, nullable=False),  # JSON, keys sorted
    Column("previous", Text, nullable=False),
    Column("hash", Text, nullable=False, unique=True),
)
