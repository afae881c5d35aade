"""An artificial gold market for the demo and for tests: seeded, endless, and labelled SIMULATED wherever it shows.

It is a random walk whose pace follows the trading sessions and remembers its own turbulence, pushed about by moods:
trends of impulses and pullbacks, ranges with raids on the stops beyond their edges, and news. Nothing in it knows
what the engine looks for. The numbers were chosen so that M15 candles resemble those of gold near 2300 USD: true range,
its tails and its memory, run lengths, share of gaps, of raids and of breaks.

The same seed gives the same ticks on every machine: only arithmetic that IEEE 754 defines to the last bit (no
logarithms, no cosines) and nothing of `random` but `Random.random()`.
"""

from __future__ import annotations

import datetime as dt
import math
from collections import deque
from collections.abc import Iterator
from random import Random
from typing import NamedTuple
from zoneinfo import ZoneInfo

from engine.events import Tick
from engine.types import HOUR_MS, MINUTE_MS, Instrument

LEVEL_USD = 2300.0
_PACE_USD = 0.40  # standard deviation of a minute at average activity
_NEW_YORK = ZoneInfo("America/New_York")
_LONDON = ZoneInfo("Europe/London")
_SHANGHAI = ZoneInfo("Asia/Shanghai")

# What each city adds to the pace of the market, by hour of its own wall clock.
_BACKGROUND = 0.46
_ACTIVITY = (
    (_SHANGHAI, {8: 0.25, 9: 0.55, 10: 0.40, 11: 0.25, 12: 0.15, 13: 0.25, 14: 0.25, 15: 0.20}),
    (_LONDON, {7: 0.30, 8: 0.50, 9: 0.45, 10: 0.35, 11: 0.35, 12: 0.40, 13: 0.40, 14: 0.40, 15: 0.30, 16: 0.15}),
    (_NEW_YORK, {8: 0.55, 9: 0.95, 10: 1.00, 11: 0.70, 12: 0.55, 13: 0.50, 14: 0.45, 15: 0.30}),
)


class _Hour(NamedTuple):
    """What the clock says about an hour."""

    is_open: bool
    pace: float  # 1.0 is an average hour
    new_york: int  # hour of the day there
    weekday: int  # there; Monday is 0


class _Push(NamedTuple):
    """What a mood does to a minute: a drift and a factor on the pace, the drift in standard deviations."""

    drift: float
    pace: float


def simulated(instrument: Instrument, *, seed: int, start_ms: int) -> Iterator[Tick]:
    """Quotes from `start_ms` on, without end, in gold's hours: 18:00 Sunday to 17:00 Friday New York, with a break from
    17:00 to 18:00 every day. Six to thirty ticks a minute, each of volume 1, so that a candle's volume counts ticks.
    """
    return _ticks(_Market(Random(seed)), instrument, start_ms)  # noqa: S311 - a market, not a secret


def _ticks(market: _Market, instrument: Instrument, start_ms: int) -> Iterator[Tick]:
    chance, symbol = market.chance, instrument.symbol
    per_usd = 1 / float(instrument.tick_size)
    hour_ms = start_ms - start_ms % HOUR_MS
    was_open = True
    while True:
        hour = _hour(hour_ms)
        if hour.is_open and not was_open:
            market.reopen(weekend=hour.weekday == 6)
        was_open = hour.is_open
        for minute in range(60 if hour.is_open else 0):
            minute_ms = hour_ms + minute * MINUTE_MS
            count, drift, noise = market.pass_minute(hour, minute)
            spread = market.spread_factor(hour, minute) * instrument.typical_spread
            price, highest, lowest = market.price, 0.0, math.inf
            slot_ms = MINUTE_MS / count
            for i in range(count):
                price += drift + (chance() + chance() - 1) * noise
                if price > highest:
                    highest = price
                if price < lowest:
                    lowest = price
                bid = int(price * per_usd + 0.5)
                time_ms = minute_ms + int((i + chance()) * slot_ms)
                if time_ms >= start_ms:
                    width = int(spread * (0.85 + 0.3 * chance()) + 0.5)
                    yield Tick(symbol, time_ms, bid, bid + (width or 1), None, 1.0)
            market.remember(price, highest, lowest)
        hour_ms += HOUR_MS


class _Market:
    """The hidden state: price, turbulence and mood. Moves one minute at a time."""

    def __init__(self, random: Random) -> None:
        self.chance = random.random
        self.price = LEVEL_USD
        self._turbulence = 0.8 + 0.4 * self.chance()  # reverts to 1 within a day
        self._season = 0.8 + 0.4 * self.chance()  # reverts to 1 within weeks
        self._shock = 0.0  # what is left of the last news
        self._echo = 0.0  # the part of the price that will be taken back, USD
        self._highs: deque[float] = deque([self.price], maxlen=300)
        self._lows: deque[float] = deque([self.price], maxlen=300)
        self._sigma = _PACE_USD
        self._mood = self._next_mood()

    def pass_minute(self, hour: _Hour, minute: int) -> tuple[int, float, float]:
        """Number of ticks, drift per tick and half the width of the noise per tick, in USD."""
        normal = self._normal()
        self._turbulence += 0.003 * (1 - self._turbulence) + 0.024 * self._turbulence * normal
        self._turbulence = min(max(self._turbulence, 0.35), 3.5)
        self._season += 0.0002 * (1 - self._season) + 0.006 * self._season * self._normal()
        self._shock *= 0.965
        self._news(hour, minute)
        push = next(self._mood, None)
        if push is None:
            self._mood = self._next_mood()
            push = next(self._mood)
        lively = hour.pace * self._turbulence * self._season * push.pace + self._shock
        self._sigma = _PACE_USD * lively * (self.price / LEVEL_USD)
        count = min(max(round(5 + 5 * lively), 6), 20 if self._shock < 1 else 30)
        home = (LEVEL_USD - self.price) * 4e-6  # half of the way in about a year
        # Part of every move is taken back within minutes; that is where wicks come from.
        echo = 0.8 * self._echo + 0.55 * self._sigma * self._normal()
        drift = push.drift * self._sigma + home + echo - self._echo
        self._echo = echo
        # Two uniform numbers have a standard deviation of 1/√6 of their width.
        return count, drift / count, self._sigma * math.sqrt(6 / count)

    def remember(self, price: float, highest: float, lowest: float) -> None:
        self.price = max(price, LEVEL_USD / 4)
        self._highs.append(highest)
        self._lows.append(lowest)

    def reopen(self, *, weekend: bool) -> None:
        """The first price after a break; after a weekend it may be far from the last."""
        self.price += self._normal() * _PACE_USD * self._season * (9 if weekend else 1)
        if weekend and self.chance() < 0.15:
            self.price += self._normal() * 9

    def spread_factor(self, hour: _Hour, minute: int) -> float:
        """Dealers step back around the daily break and while news is fresh."""
        factor = 1 + min(self._shock, 4.0) * 0.7
        if (hour.new_york == 16 and minute >= 50) or (hour.new_york == 18 and minute < 10):
            factor *= 2.5
        return factor

    def _news(self, hour: _Hour, minute: int) -> None:
        """Figures at half past eight in New York on some weekdays, and now and then something nobody expected."""
        release = hour.new_york == 8 and minute == 30 and hour.weekday < 5
        if self.chance() < (0.3 if release else 0.00025):
            size = 1.0 + 2.2 * self.chance()
            self.price += self._normal() * size
            self._shock += size

    def _next_mood(self) -> Iterator[_Push]:
        return self._trend() if self.chance() < 0.45 else self._range()

    def _trend(self) -> Iterator[_Push]:
        """Impulses that begin with a displacement, each followed by a pullback."""
        # Far from home the market would rather turn back, so that years stay plausible.
        up = self.chance() < 0.5 + min(max((LEVEL_USD - self.price) / 1500, -0.3), 0.3)
        way = 1.0 if up else -1.0
        for _ in range(1 + self._between(0, 4)):
            yield from [_Push(way * 0.48, 1.6)] * self._between(3, 12)
            yield from [_Push(way * 0.17, 1.0)] * self._between(15, 60)
            yield from [_Push(-way * 0.09, 0.9)] * self._between(20, 90)

    def _range(self) -> Iterator[_Push]:
        """Back and forth around a middle; sometimes a raid on what rests beyond the recent high or low."""
        middle = self.price
        half_width = self._sigma * self._between(8, 16)
        for _ in range(self._between(90, 540)):
            if self.chance() < 1 / 130:
                yield from self._raid()
            pull = (middle - self.price) / half_width
            yield _Push(min(max(0.05 * pull, -0.25), 0.25), 0.9)

    def _raid(self) -> Iterator[_Push]:
        """A run beyond the recent high or low, and the way back."""
        above = self.chance() < 0.5
        way = 1.0 if above else -1.0
        beyond = self._sigma * (0.5 + 2.5 * self.chance())
        target = max(self._highs) + beyond if above else min(self._lows) - beyond
        if abs(target - self.price) > 14 * self._sigma:
            return  # too far for a raid
        for _ in range(25):
            if (self.price - target) * way >= 0:
                break
            yield _Push(way * 0.7, 1.1)
        yield from [_Push(-way * 0.6, 1.3)] * self._between(5, 16)

    def _between(self, low: int, high: int) -> int:
        return low + int(self.chance() * (high - low + 1))

    def _normal(self) -> float:
        """Nearly normal with standard deviation 1: the sum of six uniform numbers."""
        chance = self.chance
        return (chance() + chance() + chance() + chance() + chance() + chance() - 3) * math.sqrt(2)


def _hour(hour_ms: int) -> _Hour:
    moment = dt.datetime.fromtimestamp(hour_ms // 1000, dt.UTC)
    new_york = moment.astimezone(_NEW_YORK)
    weekday, hour = new_york.weekday(), new_york.hour
    is_closed = hour == 17 or weekday == 5 or (weekday == 4 and hour > 17) or (weekday == 6 and hour < 18)
    pace = _BACKGROUND + sum(by_hour.get(moment.astimezone(zone).hour, 0.0) for zone, by_hour in _ACTIVITY)
    return _Hour(not is_closed, pace, hour, weekday)
