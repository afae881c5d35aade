"""The same half hour of gold, written down in every way that `replay` reads: prices anybody can work out by hand."""

import gzip
from datetime import UTC, datetime, timedelta
from pathlib import Path

from feeds.formats import Format

BEGIN = datetime(2026, 1, 5, tzinfo=UTC)  # a Monday, in winter time everywhere
MINUTES = 30


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
