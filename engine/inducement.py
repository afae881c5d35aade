"""Inducement: the first pullback after a break, beyond which early stops rest."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from engine.swings import stands_above, stands_below
from engine.types import Candle, Direction, Inducement, InducementStatus, Price, StructureBreak


@dataclass(slots=True)
class InducementWatch:
    """Follows the breaks of the internal structure on one timeframe. At most one inducement belongs to each.

    After a break upwards it is the first low that stands out among `wing` candles a side, was made after the breaking
    candle, and lies above the strong low. It is taken when a later candle trades below it, and cancelled when structure
    breaks again, either way, before that. A break that finds no pullback before the next one has no inducement.
    Downwards mirrored.
    Source: variant (a), "first pullback", of the two that are taught. It never moves once it is known. `wing` and the
    cancelling are ours.
    """

    wing: int
    resting: Inducement | None = None
    ended: Inducement | None = None  # the latest, until another rests
    awaited: StructureBreak | None = None  # the break whose pullback is still to come

    @property
    def current(self) -> Inducement | None:
        """The latest, also when it has ended."""
        return self.ended if self.resting is None else self.resting

    def on_candle(self, candle: Candle) -> Inducement | None:
        """The resting inducement that this candle took."""
        resting = self.resting
        if resting is None:
            return None
        if (candle.low >= resting.level) if resting.direction is Direction.UP else (candle.high <= resting.level):
            return None
        return self._end(resting, InducementStatus.TAKEN, candle.close_ms)

    def on_break(self, broken: StructureBreak) -> Inducement | None:
        """The resting inducement that this break cancels. From now on its own pullback is waited for."""
        self.awaited = broken
        if self.resting is None:
            return None
        return self._end(self.resting, InducementStatus.CANCELLED, broken.known_ms)

    def confirm(self, candles: list[Candle], strong: Price | None) -> Inducement | None:
        """The inducement that the last candle makes known.

        `strong` is the trailing extreme the pullback must not reach: after a break upwards the low of the internal
        structure. Where there is none yet, any pullback will do.
        """
        broken = self.awaited
        if broken is None:
            return None
        at = len(candles) - 1 - self.wing
        if at < self.wing:
            return None
        up = broken.direction is Direction.UP
        if not (stands_below(candles, at, self.wing) if up else stands_above(candles, at, self.wing)):
            return None
        pullback = candles[at]
        level = pullback.low if up else pullback.high
        if pullback.open_ms <= broken.formed_ms:
            return None
        if strong is not None and (level <= strong if up else level >= strong):
            return None
        self.awaited = self.ended = None
        self.resting = Inducement(
            broken.direction, level, pullback.open_ms, candles[-1].close_ms, break_known_ms=broken.known_ms
        )
        return self.resting

    def _end(self, resting: Inducement, status: InducementStatus, ended_ms: int) -> Inducement:
        self.resting = None
        self.ended = msgspec.structs.replace(resting, status=status, ended_ms=ended_ms)
        return self.ended
