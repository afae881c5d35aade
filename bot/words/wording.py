"""How values are written for people: numbers with true signs, times in a named zone, outside text made harmless."""

from __future__ import annotations

import enum
import html
import re
from collections.abc import Iterable
from datetime import datetime
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from typing import Self
from zoneinfo import ZoneInfo

import msgspec

from bot.words.direction import set_apart, set_apart_html
from bot.words.english import English
from bot.words.languages import ENGLISH, Language
from bot.words.reason_english import ReasonEnglish
from bot.words.report_english import ReportEnglish
from engine.account import floating
from engine.types import Instrument, Mode, Signal, Trade

MINUS = "\u2212"
NBSP = "\u00a0"  # keeps a number and its unit on one line
DOT = " · "

# Direction marks could turn a price around on the reader's screen; control characters and lone surrogates are refused
# by Telegram or end a line of the copier block.
_BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_TAG = re.compile(r"<[^>]*>")


class Html(str):
    """Telegram HTML in which every value has been escaped."""

    __slots__ = ()


class Market(enum.StrEnum):
    """Where the prices come from; anything but a live market is said in every text."""

    LIVE = "live"
    SIMULATED = "simulated"
    REPLAY = "replay"


class Style(msgspec.Struct, frozen=True, kw_only=True):
    """How this house speaks. `zone` is an IANA name; `currency` is the account's symbol, or its code, and its amounts
    are told with `money_digits` decimals.

    `delay_min` is how much later than elsewhere a channel hears; its mark says so. `is_brief` leaves reasons out.
    """

    mode: Mode = Mode.PAPER
    market: Market = Market.LIVE
    currency: str = "$"
    money_digits: int = 2
    zone: str = "UTC"
    language: Language = ENGLISH
    delay_min: int = 0
    is_brief: bool = False

    @property
    def words(self) -> type[English]:
        return self.language.signals

    @property
    def reason_words(self) -> type[ReasonEnglish]:
        return self.language.reasons

    @property
    def report_words(self) -> type[ReportEnglish]:
        return self.language.reports

    def mark(self, mode: Mode | None = None) -> str:
        """`PAPER · SIMULATED`: what a result is worth. A trade keeps the mode it was issued in."""
        words = [self.words.MODES[mode or self.mode]]
        if self.market is not Market.LIVE:
            words.append(self.words.MARKETS[self.market])
        if self.delay_min:
            words.append(self.words.DELAYED.format(minutes=self.delay_min))
        return DOT.join(words)

    def in_english(self) -> Self:
        """The same voice for a picture: these are English everywhere, see `charts/wording.py`."""
        return msgspec.structs.replace(self, language=ENGLISH)

    def directed(self, text: Html) -> Html:
        """A finished text, made safe to read from right to left where that is the language's way."""
        return Html(set_apart_html(text)) if self.language.is_right_to_left else text

    def directed_plain(self, text: str) -> str:
        """The same for what is no HTML."""
        return set_apart(text) if self.language.is_right_to_left else text

    def duration(self, ms: int) -> str:
        """As `duration`, with the language's units."""
        return duration(ms, self.words.UNITS)

    def local(self, time_ms: int) -> datetime:
        return datetime.fromtimestamp(time_ms // 1000, ZoneInfo(self.zone))

    @property
    def zone_name(self) -> str:
        """The place alone is what people say: `New York`, not `America/New_York`."""
        if self.zone.startswith("Etc/"):
            return self.zone
        return self.zone.rpartition("/")[2].replace("_", NBSP)

    def clock(self, time_ms: int) -> str:
        """`13:15 UTC`."""
        return f"{self.local(time_ms):%H:%M}{NBSP}{self.zone_name}"

    def clock_s(self, time_ms: int) -> str:
        """`17:45:02 UTC`."""
        return f"{self.local(time_ms):%H:%M:%S}{NBSP}{self.zone_name}"

    def day(self, time_ms: int) -> str:
        """`3 Apr`."""
        moment = self.local(time_ms)
        return f"{moment.day}{NBSP}{self.words.MONTHS[moment.month - 1]}"

    def moment(self, time_ms: int) -> str:
        """`3 Apr 2024 13:15 UTC`."""
        return self.words.MOMENT.format(day=self.day(time_ms), year=self.local(time_ms).year, time=self.clock(time_ms))

    def clock_since(self, time_ms: int, known_ms: int) -> str:
        """The clock alone on the day the reader already knows, with the day in front on another."""
        if self.local(time_ms).date() == self.local(known_ms).date():
            return self.clock(time_ms)
        return f"{self.day(time_ms)} {self.clock(time_ms)}"

    def clock_ahead(self, time_ms: int, now_ms: int) -> str:
        """The clock alone today, with the day of the week in front on another: `Thu 4 Apr 12:30 UTC`."""
        moment = self.local(time_ms)
        if moment.date() == self.local(now_ms).date():
            return self.clock(time_ms)
        return f"{self.words.WEEKDAYS[moment.weekday()]} {self.day(time_ms)} {self.clock(time_ms)}"

    def money(self, amount: Decimal) -> str:
        """`$92.00`: an amount without a sign."""
        return f"{self._symbol}{rounded(abs(amount), self.money_digits):,f}"

    def signed_money(self, amount: Decimal) -> str:
        return f"{sign(amount, self.money_digits)}{self.money(amount)}"

    @property
    def _symbol(self) -> str:
        name = tidy(self.currency)
        return f"{name}{NBSP}" if name[-1:].isalpha() else name


class Voice(Style, frozen=True, kw_only=True):
    """How this house speaks of one instrument. `rate` is account currency for one unit of the quote currency; None
    where that hangs on the price of another instrument: then a trade's own counts.
    """

    instrument: Instrument
    rate: Decimal | None = Decimal(1)

    def price(self, ticks: int) -> str:
        return self.instrument.format(ticks)

    def prices(self, low: int, high: int) -> str:
        """A band: `2266.64–2271.01`."""
        return f"{self.price(low)}–{self.price(high)}"

    def pips(self, ticks: Decimal | int) -> str:
        """`+138.0`, without the unit."""
        return signed(self.instrument.tick_size * ticks / self.instrument.pip_size, 1)

    def in_pips(self, ticks: Decimal | int) -> str:
        """`+138.0 pips`."""
        return self.words.PIPS.format(pips=self.pips(ticks)).replace(" ", NBSP)

    def result(self, trade: Trade) -> Result:
        """What a trade stands at or came to, all its parts together."""
        lot_steps = trade.signal.lot_steps
        ticks = Decimal(trade.total_steps) / lot_steps
        return Result(
            r=r(steps_r(trade, trade.total_steps)),
            pips=self.in_pips(ticks),
            money=self.signed_money(self.result_money(trade)),
        )

    def result_money(self, trade: Trade) -> Decimal:
        """Account currency: what was booked, with commission and swap, and what is still open.

        A trade of which nothing was booked is told by its price moves alone.
        """
        rate = trade.signal.rate if self.rate is None else self.rate
        if trade.money is None:
            return self.instrument.money(trade.total_steps, trade.signal.lots) / trade.signal.lot_steps * rate
        return trade.money + floating(trade, self.instrument, rate, trade.price_ms or 0, self.money_digits)

    def lots(self, signal: Signal, lot_steps: int | None = None) -> str:
        """`0.10 lot`: the signal's size, or so many of its lot steps."""
        lots = signal.lots if lot_steps is None else signal.lots * lot_steps / signal.lot_steps
        size = f"{lots.quantize(self.instrument.lot_step, ROUND_HALF_UP):f}"
        return self.words.LOT.format(lots=size).replace(" ", NBSP)

    def pip_note(self) -> str:
        """Others count gold in pips of 0.01, so the size is said: `1 pip = 0.10`."""
        size = self.instrument.pip_size.normalize()
        digits = max(2, -int(size.as_tuple().exponent))
        return self.words.PIP_NOTE.format(size=f"{size:.{digits}f}").replace(" ", NBSP)


class Result(msgspec.Struct, frozen=True):
    """A result in the order readers meet it, written out."""

    r: str
    pips: str
    money: str


def say(sentence: str, **values: object) -> Html:
    """Fill a sentence. What is not Html already is escaped on the way in."""
    return Html(sentence.format(**{name: escape(value) for name, value in values.items()}))


def lines(*parts: str | None) -> Html:
    """The lines that are there, one under the other."""
    return Html("\n".join(escape(part) for part in parts if part is not None))


def join(between: str, *parts: str | None) -> Html:
    """The parts that are there, side by side."""
    return Html(escape(between).join(escape(part) for part in parts if part is not None))


def counted(count: int, forms: tuple[str, ...]) -> Html:
    """`1 trade`, `2 trades`: one form for one and one for all else, or the six of Arabic."""
    return say(forms[count != 1 if len(forms) == 2 else _arabic_form(count)], count=count)


def _arabic_form(count: int) -> int:
    """None, one, two, few, many, others. Source: Unicode CLDR, Language Plural Rules."""
    if count < 3:
        return count
    return 3 if 3 <= count % 100 <= 10 else 4 if count % 100 > 10 else 5


def escape(value: object) -> Html:
    return value if isinstance(value, Html) else Html(html.escape(str(value), quote=False))


def bold(value: object) -> Html:
    return Html(f"<b>{escape(value)}</b>")


def table(rows: Iterable[str]) -> Html:
    """Rows in one typeface, aligned by the caller; at most 30 characters, or a phone wraps them."""
    return Html(f"<pre>{escape(chr(10).join(rows))}</pre>")


def tidy(text: str, most: int = 48) -> str:
    """Text from outside as one short, left-to-right line. Not escaped yet: `say` does that."""
    flat = " ".join(_UNPRINTABLE.sub(" ", _BIDI.sub("", text)).split())
    return flat if len(flat) <= most else flat[: most - 1].rstrip() + "…"


def visible_length(text: str) -> int:
    """UTF-16 units that remain when Telegram has taken the tags away: what its limits count."""
    return utf16_length(html.unescape(_TAG.sub("", text)))


def utf16_length(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def steps_r(trade: Trade, steps: int) -> Decimal:
    """Ticks times lot steps → R, exact until it is written."""
    return Decimal(steps) / (trade.signal.lot_steps * trade.risk)


def r_at(trade: Trade, price: int) -> Decimal:
    """What the whole trade would come to in R if what is left of it were closed at this price."""
    move = (price - (trade.opened_price or 0)) * trade.direction.sign
    return steps_r(trade, trade.banked_steps + move * trade.open_steps)


def r(value: Decimal | float, digits: int = 2) -> str:
    """`+1.50R`."""
    return f"{signed(value, digits)}R"


def signed(value: Decimal | float, digits: int) -> str:
    """A number with a true sign; what rounds to zero has none."""
    number = Decimal(value)
    return f"{sign(number, digits)}{rounded(abs(number), digits):f}"


def sign(value: Decimal, digits: int) -> str:
    told = rounded(value, digits)
    return "" if not told else "+" if told > 0 else MINUS


def percent(value: Decimal | float, digits: int = 2) -> str:
    return f"{rounded(Decimal(value), digits):f}{NBSP}%"


def ratio(value: Decimal) -> str:
    """`1 : 2.5`, rounded down: a setup must not look better than it is."""
    return f"1{NBSP}:{NBSP}{value.quantize(Decimal('0.1'), ROUND_DOWN):f}"


def duration(ms: int, units: tuple[str, ...] = English.UNITS) -> str:
    """`42 s`, `1 min 12 s` up to ten minutes, then `47 min`, `1 h 04 min`, `2 d 3 h`."""
    day, hour, minute, second = units
    seconds = max(ms, 0) // 1000
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86_400
    if minutes < 1:
        text = f"{seconds} {second}"
    elif minutes < 10 and seconds % 60:
        text = f"{minutes} {minute} {seconds % 60} {second}"
    elif hours < 1:
        text = f"{minutes} {minute}"
    elif days < 1:
        text = f"{hours} {hour} {minutes % 60:02} {minute}"
    else:
        text = f"{days} {day} {hours % 24} {hour}"
    return text.replace(" ", NBSP)


def number(trade_id: str) -> str:
    """The short number people use: `002` of `XAU_20240403_002`."""
    return tidy(trade_id).rpartition("_")[2]


def rounded(value: Decimal, digits: int) -> Decimal:
    """As every number is told: halves away from zero."""
    return value.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
