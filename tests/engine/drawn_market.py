"""One drawn market in which everything speaks for a buy, and the makers to change one thing in it.

Gold on 3 April 2024 at 13:15 UTC, 09:15 in New York, quoted 2300.00 / 2300.20; prices here are ticks of a cent. H4
broke upwards and price is in the lower half of its range; an H1 gap at 2294.50–2297.00 was tested and held; M15 raided
a low at 2295.50 ten candles ago and has just closed above 2299.50. One M15 ATR is two dollars.
"""

from __future__ import annotations

import msgspec

from engine.config import ConfluenceConfig, EngineConfig, StrategiesConfig
from engine.confluence import proposals
from engine.evidence import Case, Evidence, case_of, evidence_for
from engine.types import (
    BreakKind,
    ChartView,
    Direction,
    Inducement,
    InducementStatus,
    KeyLevel,
    LiquidityPool,
    MarketView,
    NoSetup,
    Pattern,
    PatternKind,
    PoolKind,
    Readings,
    Reason,
    Regime,
    Role,
    Scale,
    Setup,
    Strategy,
    StructureBreak,
    Sweep,
    SwingKind,
    Timeframe,
    ValueArea,
    Zone,
    ZoneKind,
    ZoneStatus,
)
from tests.builders import at, broken, candle, pool, sweep, zone
from tests.engine.market_data import config

NOW_MS = at("2024-04-03 13:15")
M15_MS, H1_MS, H4_MS = Timeframe.M15.ms, Timeframe.H1.ms, Timeframe.H4.ms
UP, DOWN = Direction.UP, Direction.DOWN
CONTINUATION, REVERSAL, FADE = Strategy
ALL_ON = frozenset(Strategy)
TOUCHED = ZoneStatus.TOUCHED


def ago(candles: int) -> int:
    """The open of the M15 candle that many before the one that has just closed."""
    return NOW_MS - (candles + 1) * M15_MS


def chart(timeframe: Timeframe, **changes: object) -> ChartView:
    """A chart on which nothing was found."""
    fields = {
        "timeframe": timeframe,
        "is_ready": True,
        "candles": (candle(230_000, open_ms=NOW_MS - timeframe.ms, timeframe=timeframe),),
        "atr": 200.0,
        "trend": None,
        "last_break": None,
        "range_low": None,
        "range_high": None,
    }
    empty = dict.fromkeys(("zones", "pools", "breaks", "sweeps", "swings"), ())
    return ChartView(**(fields | empty | changes))


def h4(**changes: object) -> ChartView:
    fields = {
        "trend": UP,
        "last_break": broken(
            BreakKind.BOS, UP, 228_000, level_formed_ms=NOW_MS - 9 * H4_MS, known_ms=NOW_MS - 2 * H4_MS
        ),
        "range_low": 229_000,
        "range_high": 232_000,
        "swing_trend": UP,
        "swing_break": broken(BreakKind.CHOCH, UP, 227_000, known_ms=NOW_MS - 20 * H4_MS),
        "regime": Regime.TRENDING,
        "readings": Readings(ema_fast=229_300.0, ema_slow=228_500.4, adx=31.4),
    }
    return chart(Timeframe.H4, **(fields | changes))


GAP = zone(229_450, 229_700, UP, ZoneKind.GAP, id=1, strength=60, formed_ms=ago(40), known_ms=ago(30), status=TOUCHED)
BLOCK = zone(229_300, 229_500, UP, ZoneKind.BLOCK, id=2, strength=40, known_ms=ago(30), status=TOUCHED)
AHEAD = zone(230_500, 230_650, DOWN, ZoneKind.BLOCK, id=3, known_ms=ago(40))


def h1(**changes: object) -> ChartView:
    fields = {
        "trend": UP,
        "last_break": broken(BreakKind.CHOCH, UP, 228_500, known_ms=NOW_MS - H1_MS),
        "range_low": 229_000,
        "range_high": 230_600,
        "zones": (GAP, BLOCK, AHEAD),
        "pools": (pool(231_100, SwingKind.HIGH),),
        "inducement": induced(),
        "regime": Regime.TRENDING,
        "readings": Readings(rsi=55.0),
    }
    return chart(Timeframe.H1, **(fields | changes))


def induced(status: InducementStatus = InducementStatus.TAKEN, direction: Direction = UP) -> Inducement:
    """Early stops under a pullback of H1; unless they rest, they were taken or given up two and a half hours ago."""
    ended_ms = None if status is InducementStatus.RESTING else ago(9)
    return Inducement(direction, 229_600, ago(20), ago(16), ago(28), status, ended_ms)


def m15(**changes: object) -> ChartView:
    """Twenty-five candles: a fall to the raid ten candles ago, then a rise; the last one breaks 229,950.

    Unless named, the last break of the internal structure is the last of its own among those told.
    """
    raid = candle(229_650, 229_700, 229_500, 229_600, open_ms=ago(10))
    before = [candle(229_800, 229_850, 229_600, 229_650, open_ms=ago(i)) for i in range(24, 10, -1)]
    after = [candle(229_700, 229_900, 229_650, 229_800, open_ms=ago(i)) for i in range(9, 0, -1)]
    last = candle(229_850, 230_010, 229_800, 230_000, open_ms=ago(0))
    fields = {
        "candles": (*before, raid, *after, last),
        "trend": UP,
        "breaks": (shift(),),
        "zones": (zone(229_860, 229_900, UP, ZoneKind.GAP, id=7, formed_ms=ago(2), known_ms=ago(0)),),
        "sweeps": (raided(),),
        "pools": (pool(230_700, SwingKind.HIGH), pool(230_900, SwingKind.HIGH), pool(229_400), pool(229_100)),
        "levels": (KeyLevel(229_520, 3, ago(90), ago(12)),),
        "pattern": Pattern(PatternKind.ENGULFING, UP, ago(0), NOW_MS),
        "readings": Readings(
            band_low=229_850.2,
            band_high=230_400.0,
            rsi=52.0,
            vwap=230_200.6,
            value_area=ValueArea(230_400, 230_800, 230_100, NOW_MS - 16 * H1_MS, NOW_MS - 15 * H1_MS),
        ),
    }
    fields |= changes
    internal = [each for each in fields["breaks"] if each.scale is Scale.INTERNAL]
    return chart(Timeframe.M15, **({"last_break": internal[-1] if internal else None} | fields))


def shift(
    kind: BreakKind = BreakKind.CHOCH,
    direction: Direction = UP,
    *,
    is_displaced: bool = True,
    candles_ago: int = 0,
    level: int = 229_950,
    scale: Scale = Scale.INTERNAL,
) -> StructureBreak:
    """The break of 229,950: a change of character with displacement unless said otherwise, at the last close."""
    made = broken(
        kind,
        direction,
        level,
        level_formed_ms=ago(13),
        formed_ms=ago(candles_ago),
        known_ms=ago(candles_ago) + M15_MS,
        scale=scale,
    )
    return msgspec.structs.replace(made, is_displaced=is_displaced)


def raided(
    of: LiquidityPool | None = None, extreme: int = 229_500, *, candles_ago: int = 10, strength: int = 80
) -> Sweep:
    """The low at 229,550 swept, unless another pool is named."""
    taken = of or pool(229_550, formed_ms=ago(33))
    made = sweep(taken, extreme, formed_ms=ago(candles_ago), strength=strength)
    return msgspec.structs.replace(made, known_ms=ago(candles_ago) + M15_MS)


ROUND_LOW = pool(229_550, kind=PoolKind.ROUND)


def view(**changes: object) -> MarketView:
    fields = {"trend": h4(), "setup": h1(), "entry": m15(), "bid": 230_000, "ask": 230_020, "round_step": 1000}
    return MarketView(symbol="XAUUSD", time_ms=NOW_MS, **(fields | changes))


def volatile(**changes: object) -> MarketView:
    """The same market in the regime a reversal likes best."""
    return view(**({"setup": h1(regime=Regime.VOLATILE), "trend": h4(regime=Regime.VOLATILE)} | changes))


def ranging(**changes: object) -> MarketView:
    """The same market, ranging on H1 between 2299.00 and 2316.00; the last candle swept a low at 2298.50."""
    fields = {"setup": edge(), "trend": h4(regime=Regime.RANGING), "entry": m15(sweeps=(now_swept(),))}
    return view(**(fields | changes))


def edge(**changes: object) -> ChartView:
    return h1(**({"regime": Regime.RANGING, "range_low": 229_900, "range_high": 231_600} | changes))


def now_swept(of: LiquidityPool | None = None, extreme: int = 229_800) -> Sweep:
    return raided(of or pool(229_850, formed_ms=ago(33)), extreme, candles_ago=0)


BEST = {CONTINUATION: view, REVERSAL: volatile, FADE: ranging}


def settings(**confluence: object) -> EngineConfig:
    """The points as shipped; continuations and reversals may trade any regime, so that one market shows all three."""
    shipped = StrategiesConfig()
    strategies = StrategiesConfig(
        *(
            msgspec.structs.replace(each, regimes=tuple(Regime))
            for each in (shipped.trend_continuation, shipped.sweep_reversal)
        ),
        shipped.range_fade,
    )
    return config(confluence=ConfluenceConfig(**confluence), strategies=strategies)


def answer(of: MarketView, strategy: Strategy = CONTINUATION, **confluence: object) -> Setup | NoSetup:
    """What one strategy makes of it."""
    return proposals(of, settings(**confluence), ALL_ON)[strategy]


def proposed(of: MarketView, strategy: Strategy = CONTINUATION, **confluence: object) -> Setup:
    setup = answer(of, strategy, **confluence)
    assert isinstance(setup, Setup), setup
    return setup


def told(reason: Reason) -> tuple[str, str, int, tuple[int, ...], str, int | None]:
    """Role, code, points, prices, detail, strength."""
    return reason.role.value, reason.code.value, reason.points, reason.prices, reason.detail, reason.strength


def against(setup: Setup) -> list[Reason]:
    return [reason for reason in setup.reasons if reason.role is Role.AGAINST]


def case(of: MarketView, direction: Direction = UP, **confluence: object) -> Case:
    return case_of(of, ConfluenceConfig(**confluence), direction)


def evidence(of: MarketView, direction: Direction = UP, **confluence: object) -> dict[str, Evidence]:
    """Each part of the score that something speaks for."""
    found = evidence_for(case(of, direction, **confluence))
    assert len({each.part for each in found}) == len(found), "a part counted twice"
    return {each.part: each for each in found}


def held(**changes: object) -> Zone:
    """The H1 gap with something else about it."""
    return msgspec.structs.replace(GAP, **changes)


def inverted(broken_ms: int = ago(28), **changes: object) -> Zone:
    """A bearish zone where the H1 gap is, which price closed above: it works upwards from then on."""
    return held(**({"direction": DOWN, "status": ZoneStatus.BROKEN, "broken_ms": broken_ms} | changes))
