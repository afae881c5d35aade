"""What a picture shows, as plain data: small enough for a database row, and the same bytes mean the same picture.

Prices are ticks, times milliseconds UTC. Words and money arrive as finished text: charts know nothing of accounts.
"""

from __future__ import annotations

import enum
from decimal import Decimal
from typing import TypeAlias

import msgspec

from engine.types import Direction, Price, Timeframe, Value

CandleRow: TypeAlias = tuple[int, Price, Price, Price, Price]  # open_ms, open, high, low, close


class Tone(enum.StrEnum):
    """How a number is meant. Drawn as colour, and always said by a sign or a word as well."""

    PLAIN = "plain"
    PROFIT = "profit"
    LOSS = "loss"


class Span(Value, frozen=True):
    """A trading session on the time axis, `[from_ms, to_ms)`."""

    name: str
    from_ms: int
    to_ms: int


class Band(Value, frozen=True, omit_defaults=True):
    """A gap, block or base. `is_strong` for those of the highest time frame and for the one the entry stands on."""

    label: str
    direction: Direction
    bottom: Price
    top: Price
    from_ms: int
    is_strong: bool = False


class Level(Value, frozen=True, omit_defaults=True):
    """A price that traders watch, such as `PDH`, `H1 Range L` or `POC`, from the candle that made it.

    `is_liquidity`: stops rest there.
    """

    label: str
    price: Price
    from_ms: int
    is_liquidity: bool = True


class BreakLine(Value, frozen=True):
    """BOS, CHoCH or MSS: from the swing that made the level to the candle that closed beyond it."""

    label: str
    direction: Direction
    price: Price
    from_ms: int
    to_ms: int


class SweepMark(Value, frozen=True, omit_defaults=True):
    """Stops taken: the level they rested at, and how far the wick went. `label` names the level, if it has a name."""

    level: Price
    extreme: Price
    from_ms: int
    at_ms: int
    label: str = ""


class SwingName(Value, frozen=True):
    """`HH`, `HL`, `LH` or `LL` beside the swing it names."""

    label: str
    price: Price
    at_ms: int
    is_high: bool


class Goal(Value, frozen=True):
    """A line of the position with its words: `TP1 +1.5R` and, smaller, `138 pips · 50 %`."""

    price: Price
    title: str
    note: str = ""


class Position(Value, frozen=True):
    """A trade as it was proposed; nothing has happened yet. `targets` are in the order they are reached."""

    direction: Direction
    entry: Goal
    stop: Goal
    targets: tuple[Goal, ...]


class Dot(Value, frozen=True, omit_defaults=True):
    """Something that happened to a trade: its entry or an exit."""

    time_ms: int
    price: Price
    title: str
    note: str = ""
    tone: Tone = Tone.PLAIN


class Journey(Value, frozen=True, omit_defaults=True):
    """A trade as it was lived. `stops` are (from when, where), the first being the first risk.

    `targets` are the prices of all of them, `waiting` the words for those still to come. `ends_ms` is None while open.
    """

    direction: Direction
    entry: Dot
    exits: tuple[Dot, ...]
    stops: tuple[tuple[int, Price], ...]
    targets: tuple[Price, ...]
    waiting: tuple[Goal, ...] = ()
    ends_ms: int | None = None


class TagKind(enum.StrEnum):
    """What a price tag on the axis stands for."""

    TARGET = "target"
    STOP = "stop"
    ENTRY = "entry"


class Tag(Value, frozen=True):
    """A price said on the axis, to the digit of the caption."""

    kind: TagKind
    price: Price


class CardLine(Value, frozen=True, omit_defaults=True):
    """A name and its number on a card."""

    name: str
    value: str
    tone: Tone = Tone.PLAIN


class _Picture(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag=True, omit_defaults=True, gc=False):
    """Base of pictures. `mark` says how real it is: `PAPER · SIMULATED`."""

    theme: str
    mark: str


class Scene(_Picture, frozen=True):
    """Candles and what is said about them.

    `headline` is a score or a result; `is_result` sets it large. `id` stands in the footer. `time_ms` is the moment the
    picture speaks of; no candle is from later. `tick_size` and `digits` turn ticks into the prices of the labels.
    """

    symbol: str
    timeframe: Timeframe
    time_ms: int
    tick_size: Decimal
    digits: int
    candles: tuple[CandleRow, ...]
    order: str = ""  # BUY, SELL, or nothing
    title: str = ""
    headline: str = ""
    tone: Tone = Tone.PLAIN
    is_result: bool = False
    id: str = ""
    sessions: tuple[Span, ...] = ()
    bands: tuple[Band, ...] = ()
    levels: tuple[Level, ...] = ()
    breaks: tuple[BreakLine, ...] = ()
    sweeps: tuple[SweepMark, ...] = ()
    swings: tuple[SwingName, ...] = ()
    tags: tuple[Tag, ...] = ()
    position: Position | None = None
    journey: Journey | None = None
    card: tuple[CardLine, ...] = ()

    def price_text(self, ticks: Price) -> str:
        """As `Instrument.format`: all decimals, no separators."""
        return f"{(self.tick_size * ticks).quantize(Decimal(1).scaleb(-self.digits)):f}"


class NumberCard(Value, frozen=True, omit_defaults=True):
    """One key number of a report, with a small remark beside it."""

    name: str
    value: str
    note: str = ""
    tone: Tone = Tone.PLAIN


class EquityPoint(Value, frozen=True):
    """The running result in R after a trade was closed."""

    time_ms: int
    total_r: float


class TradeRow(Value, frozen=True, omit_defaults=True):
    """One trade of the day. `result_r` makes the bar and `result` is its text.

    `banked_r` is given for an open trade only: that part is filled, the rest is an outline.
    """

    time: str
    direction: Direction
    kind: str
    outcome: str
    result: str
    result_r: float
    banked_r: float | None = None


class DailyPicture(_Picture, frozen=True):
    """The day in R, four numbers, the equity of the last 30 days and the day's trades.

    `equity` holds the closed trades in order, one step each, starting from zero; those closed at or after `today_ms`
    are shaded as today's. `rows` may be many: the picture shows the largest.
    """

    title: str
    subtitle: str
    headline: str
    tone: Tone
    headline_note: str
    cards: tuple[NumberCard, ...]
    equity_title: str
    equity_note: str
    equity_total: str
    today_ms: int
    equity: tuple[EquityPoint, ...] = ()
    rows: tuple[TradeRow, ...] = ()
    rows_title: str = "Today's trades"
    no_equity: str = "No closed trades yet"
    no_rows: str = "No trades today"
    footnote: str = "Equity in R · 1R = first risk"


class DayCell(Value, frozen=True, omit_defaults=True):
    """A day of the calendar: its result, None without a trade. Not `is_inside`: of the month before or after."""

    result_r: float | None = None
    is_inside: bool = True


class Week(Value, frozen=True):
    """A row of the calendar: the name of its first day, then a cell for each column."""

    name: str
    days: tuple[DayCell, ...]


class GroupRow(Value, frozen=True, omit_defaults=True):
    """What one kind of trade came to, and how many there were. `is_rest`: of several kinds, and without a bar."""

    name: str
    count: int
    result: str
    result_r: float
    is_rest: bool = False


class Group(Value, frozen=True):
    """`By setup` and its rows. A losing one looks like a winning one."""

    title: str
    rows: tuple[GroupRow, ...]


class PeriodPicture(_Picture, frozen=True):
    """A week, a month or a longer time: five numbers, the equity from zero, and where it came from.

    On the left a calendar of `weeks` under the names of its `columns`, or, without weeks, the groups `left`; on the
    right the groups `right`.
    """

    title: str
    subtitle: str
    headline: str
    tone: Tone
    headline_note: str
    cards: tuple[NumberCard, ...]
    equity_title: str
    equity_note: str
    equity: tuple[EquityPoint, ...] = ()
    columns: tuple[str, ...] = ()
    weeks: tuple[Week, ...] = ()
    left: tuple[Group, ...] = ()
    right: tuple[Group, ...] = ()
    no_equity: str = "No closed trades"
    footnote: str = "1R = first risk"


Picture: TypeAlias = Scene | DailyPicture | PeriodPicture

_ENCODER = msgspec.json.Encoder(order="deterministic")
_DECODER: msgspec.json.Decoder[Picture] = msgspec.json.Decoder(Picture)


def encode(picture: Picture) -> bytes:
    """Equal pictures give equal bytes."""
    return _ENCODER.encode(picture)


def decode(spec: bytes) -> Picture:
    """ValueError (msgspec's) when it is not what `encode` makes."""
    return _DECODER.decode(spec)
