"""The same half hour of gold, written down in every way that `replay` reads: prices anybody can work out by hand."""

import gzip
from datetime import UTC, datetime, timedelta
from pathlib import Path

from engine.events import Tick
from feeds.formats import Format
from tests.bot.stage import config_in, simulated_day

BEGIN = datetime(2026, 1, 5, tzinfo=UTC)  # a Monday, in winter time everywhere
MINUTES = 30
LIVE = 11_200  # ticks of the simulated day


def bid(second: int) -> float:
    """A saw between 2299.00 and 2301.00."""
    return 2300 + (second // 10 * 7 % 41 - 20) / 20


def _moments(step_s: int) -> list[tuple[int, datetime]]:
    return [(second, BEGIN + timedelta(seconds=second)) for second in range(0, MINUTES * 60, step_s)]


def _ms(moment: datetime) -> int:
    return int(moment.timestamp()) * 1000


def bar(second: int, length_s: int) -> tuple[float, float, float, float]:
    """Open, high, low and close of the bids from `second` on."""
    inside = [bid(second + k) for k in range(0, length_s, 10)]
    return inside[0], max(inside), min(inside), inside[-1]


def _minute(second: int) -> tuple[str, ...]:
    return tuple(f"{price:.2f}" for price in bar(second, 60))


def _ticks() -> list[str]:
    rows = [f"{_ms(at)},{bid(s):.2f},{bid(s) + 0.2:.2f},1" for s, at in _moments(10)]
    return ["timestamp_utc_ms,bid,ask,volume", *rows]


def _book() -> list[str]:
    rows = [f"{_ms(at)},{bid(s):.2f},{bid(s) + 0.2:.2f},3,4,{s}" for s, at in _moments(10)]
    return ["timestamp_utc_ms,bid,ask,bid_volume,ask_volume,update_id", *rows]


def _trades() -> list[str]:
    rows = [f"{_ms(at)},{bid(s):.2f},0.5,true,{s}" for s, at in _moments(10)]
    return ["timestamp_utc_ms,price,qty,buyer_is_maker,trade_id", *rows]


def _candles() -> list[str]:
    rows = [f"{at:%Y-%m-%dT%H:%M:%SZ},{','.join(_minute(s))},6,20" for s, at in _moments(60)]
    return ["timestamp_utc,open,high,low,close,volume,spread_points", *rows]


def _mt5_ticks() -> list[str]:
    """On the clock of a broker two hours east of Greenwich."""
    rows = [
        f"{at + timedelta(hours=2):%Y.%m.%d\t%H:%M:%S.000}\t{bid(s):.2f}\t{bid(s) + 0.2:.2f}\t\t\t6"
        for s, at in _moments(10)
    ]
    return ["<DATE>\t<TIME>\t<BID>\t<ASK>\t<LAST>\t<VOLUME>\t<FLAGS>", *rows]


def _mt5_bars() -> list[str]:
    rows = [
        f"{at + timedelta(hours=2):%Y.%m.%d\t%H:%M:%S}\t" + "\t".join(_minute(s)) + "\t6\t0\t20"
        for s, at in _moments(60)
    ]
    return ["<DATE>\t<TIME>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<VOL>\t<SPREAD>", *rows]


def _histdata() -> list[str]:
    """New York winter time, without a header."""
    return [f"{at - timedelta(hours=5):%Y%m%d %H%M%S};{';'.join(_minute(s))};0" for s, at in _moments(60)]


_WRITERS = {
    Format.TICKS: _ticks,
    Format.BOOK: _book,
    Format.TRADES: _trades,
    Format.CANDLES: _candles,
    Format.MT5_TICKS: _mt5_ticks,
    Format.MT5_BARS: _mt5_bars,
    Format.HISTDATA_M1: _histdata,
}


def recording(folder: Path, kind: Format, *, line: str | None = None, at: int = 4, packed: bool = False) -> Path:
    """The half hour as a file; with `line` the line of that number (from 1) is replaced by it."""
    rows = _WRITERS[kind]()
    if line is not None:
        rows[at - 1] = line
    content = ("\n".join(rows) + "\n").encode()
    path = folder / ("xauusd.csv.gz" if packed else "xauusd.csv")
    path.write_bytes(gzip.compress(content) if packed else content)
    return path


def simulated_files(folder: Path) -> tuple[Path, Path]:
    """Some hours of the simulated market, and the days before as M15 candles: a stop, TP1 and breakeven."""
    gold = config_in(folder).instruments[0]
    _, history, live = simulated_day()
    ticks, candles = folder / "xauusd_ticks.csv", folder / "xauusd_m15.csv"
    rows = [f"{t.time_ms},{gold.format(t.bid)},{gold.format(t.ask)},1" for t in live[:LIVE] if isinstance(t, Tick)]
    ticks.write_text("\n".join(["timestamp_utc_ms,bid,ask,volume", *rows, ""]))
    bars = [
        f"{_iso(c.open_ms)},{','.join(map(gold.format, (c.open, c.high, c.low, c.close)))},{c.volume:g}"
        for c in (item.candle for item in history)
    ]
    candles.write_text("\n".join(["timestamp_utc,open,high,low,close,volume", *bars, ""]))
    return ticks, candles


def _iso(time_ms: int) -> str:
    return f"{datetime.fromtimestamp(time_ms / 1000, UTC):%Y-%m-%dT%H:%M:%SZ}"
