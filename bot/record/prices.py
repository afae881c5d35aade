"""Could it have happened? Outcomes of the record against candles of somebody else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

import msgspec

from bot.record.verify import Finding, by_signal
from engine.types import Candle, Instrument
from storage.ledger import Entry, EntryKind


class Checked(msgspec.Struct, frozen=True):
    """How many outcomes the candles cover, how many they do not, and what cannot have happened."""

    covered: int
    outside: int
    findings: tuple[Finding, ...]


def against_prices(
    found: Sequence[Entry], candles: Sequence[Candle], instrument: Instrument, tolerance: int
) -> Checked:
    """Entries, exits and stops of one instrument's trades beside these candles, in their order.

    Each price of the record must lie within the candle of its time, give or take `tolerance` ticks: two brokers never
    quote alike, and candles are of bids where a buyer pays the ask. And no candle between opening and the first exit
    may have gone through the stop.
    """
    by_time = {candle.open_ms: candle for candle in candles}
    issued = by_signal(found, EntryKind.ISSUED)
    findings: list[Finding] = []
    covered = outside = 0
    for name, entry in by_signal(found, EntryKind.CLOSED).items():
        try:
            if entry.body["symbol"] != instrument.symbol or entry.body["opened_ms"] is None or name not in issued:
                continue
            moments = [entry.body["opened_ms"], *(fill["time_ms"] for fill in entry.body["fills"])]
            if not all(_around(by_time, candles, moment) for moment in moments):
                outside += 1
                continue
            findings += _unlikely(name, entry, by_time, candles, instrument, tolerance)
            findings += _survived(name, issued[name], entry, candles, instrument, tolerance)
        except (KeyError, TypeError, ValueError):  # whoever wrote it, it was not this program
            findings.append(Finding(entry.n, f"{name} cannot be compared: its entries lack what such entries hold"))
        covered += 1
    return Checked(covered, outside, tuple(findings))


def _unlikely(
    name: str,
    entry: Entry,
    by_time: Mapping[int, Candle],
    candles: Sequence[Candle],
    instrument: Instrument,
    tolerance: int,
) -> Iterator[Finding]:
    """Prices that were not there at their time."""
    body = entry.body
    told = [("opened", body["opened_ms"], body["opened"])]
    told += [("left", fill["time_ms"], fill["price"]) for fill in body["fills"]]
    for verb, time_ms, price in told:
        around = _around(by_time, candles, time_ms)
        ticks = instrument.to_price(price)
        if not any(candle.low - tolerance <= ticks <= candle.high + tolerance for candle in around):
            low, high = min(c.low for c in around), max(c.high for c in around)
            band = f"{instrument.format(low)}–{instrument.format(high)}"
            yield Finding(entry.n, f"{name} {verb} at {price}, {_utc(time_ms)}; the other source traded {band} then")


def _survived(
    name: str, issued: Entry, closed: Entry, candles: Sequence[Candle], instrument: Instrument, tolerance: int
) -> Iterator[Finding]:
    """A stop that the other source went through while the record kept the trade whole."""
    is_buy = issued.body["order"] == "BUY"
    stop = instrument.to_price(issued.body["stop"])
    exits = [fill["time_ms"] for fill in closed.body["fills"]]
    until_ms = min(exits, default=0)
    for candle in candles:
        if candle.open_ms <= closed.body["opened_ms"] or candle.close_ms >= until_ms:
            continue
        beyond = candle.low < stop - tolerance if is_buy else candle.high > stop + tolerance
        if beyond:
            where = instrument.format(candle.low if is_buy else candle.high)
            yield Finding(
                closed.n,
                f"{name} had its stop at {issued.body['stop']}; the other source traded {where} "
                f"at {_utc(candle.open_ms)}, before its first exit",
            )
            return


def _around(by_time: Mapping[int, Candle], candles: Sequence[Candle], time_ms: int) -> list[Candle]:
    """The candle a moment lies in, and the one that ends with it: a close is told at the end of its candle."""
    if not candles:
        return []
    length = candles[0].close_ms - candles[0].open_ms
    begin = time_ms - time_ms % length
    opens = (begin, begin - length) if time_ms == begin else (begin,)
    return [by_time[open_ms] for open_ms in opens if open_ms in by_time]


def _utc(time_ms: int) -> str:
    return f"{datetime.fromtimestamp(time_ms / 1000, UTC):%Y-%m-%d %H:%M} UTC"
