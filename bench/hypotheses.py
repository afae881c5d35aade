"""What was to be tried on the strategy, written down before it was tried. The reasons stand in bench/strategy.md.

Nothing here is changed once it has run: a new idea is a new line, and counts.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

Settings = Mapping[str, object]

STRATEGIES = ("trend_continuation", "sweep_reversal", "range_fade")

# Signal mode, and the spread that was allowed before the first round.
AS_SHIPPED: Settings = {"account.mode": "signal", "gate.max_spread_r": "0.15"}
# Every setup becomes a trade, one at a time: only the points and the day's limits are off. The account is so large and
# its risk so small that it never runs dry, and lots of every size can be halved.
EVERY_SETUP: Settings = {
    **AS_SHIPPED,
    "account.balance": "1000000",
    "account.risk_of": "start",
    "account.risk_percent": "0.1",
    "gate.max_signals_a_day": 1000,
    "gate.max_signals_a_day_per_symbol": 1000,
    **{f"strategies.{name}.min_score": 0 for name in STRATEGIES},
}
ONE_STEP_UP: Settings = {"timeframes.entry": "H1", "timeframes.setup": "H4", "timeframes.trend": "D1"}


@dataclasses.dataclass(frozen=True)
class Part:
    """A recording, from its beginning or `begin` to `end`; ISO dates, UTC."""

    file: str
    end: str
    begin: str | None = None


@dataclasses.dataclass(frozen=True)
class Sample:
    name: str
    parts: tuple[Part, ...]
    settings: Settings


# The last year of gold, from END on, is in none of them.
END = "2025-06-01"
MIDDLE = "2023-06-01"
GOLD = "xauusd_m15_mt5_2021-06-14_2026-06-11.csv.gz"

MAIN = Sample("gold, every setup", (Part(GOLD, END),), EVERY_SETUP)
SHIPPED = Sample("gold, points as shipped", (Part(GOLD, END),), AS_SHIPPED)
ELSEWHERE = (
    Sample(
        "EURUSD",
        (
            Part("eurusd_m15_mt5_2022-10-09_2023-10-02.csv.gz", END),
            Part("eurusd_m15_mt5_2025-01-01_2026-07-31.csv.gz", END),
        ),
        EVERY_SETUP,
    ),
    Sample(
        "gold 2006 to 2019, H1",
        (Part("xauusd_h1_oanda_2006-03-20_2019-02-25.csv.gz", END),),
        {**EVERY_SETUP, **ONE_STEP_UP},
    ),
)
SAMPLES = (MAIN, SHIPPED, *ELSEWHERE)


@dataclasses.dataclass(frozen=True)
class Variant:
    """Settings, and maybe only a part of the trades they make: those whose reasons hold `needs`
    (a code, or `code:detail`; one of them is enough), those not of the strategy `without`, or those with so many
    points `above` their strategy's least score in config.toml.
    """

    name: str
    settings: Settings = dataclasses.field(default_factory=dict)
    needs: tuple[str, ...] = ()
    without: str | None = None
    above: int | None = None

    @property
    def is_part(self) -> bool:
        return bool(self.needs) or self.without is not None or self.above is not None


UNCHANGED = Variant("unchanged")
COSTS = Variant("1 costs", {"gate.max_spread_r": "0.05"})
TRAILING: Settings = {"trades.trailing": "structure"}
ROOM: Settings = {"confluence.min_stop_atr": "2.0"}
FIRST = (
    COSTS,
    Variant("2 room", ROOM),
    Variant("3 stop kept", {"trades.after_first": "kept"}),
    Variant(
        "4 far targets",
        {
            "confluence.first_target_r": "2.0",
            "confluence.default_target_r": ["2.0", "4.0"],
            "confluence.max_target_r": "6.0",
        },
    ),
    Variant("5 trailing", TRAILING),
    Variant("6 one day", {"trades.max_hours": 24}),
    Variant("7 limit", {"trades.entry": "limit"}),
    Variant("8 hours", needs=("kill_zone:London", "kill_zone:New York", "kill_zone:London close")),
    Variant("9a H4 trend", needs=("trend",)),
    Variant("9b H4 swings", needs=("trend_swing",)),
    Variant("9c right half", needs=("trend_half",)),
    *(
        Variant(f"10{letter} no {name.replace('_', ' ')}", without=name)
        for letter, name in zip("abc", STRATEGIES, strict=True)
    ),
    Variant("11a enough points", above=0),
    Variant("11b ten more points", above=10),
)

# On top of what the first round adopted: whatever else had p below 0.05 there.
SECOND = (
    Variant("1 + 2 room", {**COSTS.settings, **ROOM}),
    Variant("1 + 5 trailing", {**COSTS.settings, **TRAILING}),
    Variant("1 + 9b H4 swings", COSTS.settings, needs=("trend_swing",)),
    Variant("1 + 10c no range fade", COSTS.settings, without="range_fade"),
)
ROUNDS = ((UNCHANGED, FIRST), (COSTS, SECOND))
