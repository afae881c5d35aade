"""Numbers that cannot work are refused where they are made, by name: what was found, and what would do."""

import re
from collections.abc import Callable
from decimal import Decimal

import pytest

from engine.config import (
    AccountConfig,
    ConfluenceConfig,
    DetectorsConfig,
    EngineConfig,
    GateConfig,
    IndicatorsConfig,
    LimitsConfig,
    NewsConfig,
    ReadinessConfig,
    RegimeConfig,
    TimeframesConfig,
    TradesConfig,
)
from engine.trading_config import Cost, RiskGroup
from engine.types import Mode
from tests.builders import instrument

NAN, ENDLESS = Decimal("NaN"), Decimal("Infinity")
CONFIGS = (
    DetectorsConfig,
    IndicatorsConfig,
    RegimeConfig,
    ConfluenceConfig,
    GateConfig,
    NewsConfig,
    TradesConfig,
    AccountConfig,
    LimitsConfig,
    ReadinessConfig,
)
GOLDS = RiskGroup("gold", ("XAU", "PAXG"), Decimal(2))
SHORT_WINDOW = TimeframesConfig(window=110)


def engine(**changes: object) -> EngineConfig:
    return EngineConfig(**({"instruments": (instrument(),)} | changes))


def refused(
    make: Callable[..., object], said: str, **changes: object
) -> tuple[Callable[..., object], dict[str, object], str]:
    return make, changes, said


@pytest.mark.parametrize(
    ("make", "changes", "said"),
    [
        refused(instrument, "symbol of an instrument must not be empty; XAU/USD has none", symbol="", short="XAU"),
        refused(instrument, "short of an instrument must not be empty; XAU/USD has none", short=""),
        *(
            refused(instrument, f"{name} of XAUUSD must be a finite number above 0, not {found}", **{name: found})
            for name in ("tick_size", "pip_size", "contract_size", "lot_step", "lot_min", "lot_max")
            for found in (Decimal(0), Decimal("-0.01"), NAN, ENDLESS)
        ),
        refused(instrument, "lot_max of XAUUSD must be at least lot_min 0.01, not 0.009", lot_max=Decimal("0.009")),
        refused(instrument, "digits of XAUUSD must be 0 or more, not -1", digits=-1),
        refused(instrument, "typical_spread of XAUUSD must be 0 or more, not -1", typical_spread=-1),
        refused(instrument, "round_step of XAUUSD must be 1 or more, not 0", round_step=0),
        refused(ConfluenceConfig, "lookback must be 1 candle or more, not 0", lookback=0),
        refused(ConfluenceConfig, "stop_buffer_atr must be 0 or more, not -0.1", stop_buffer_atr=Decimal("-0.1")),
        refused(ConfluenceConfig, "0 < min_stop_atr < max_stop_atr, not 0 and 6.0", min_stop_atr=Decimal(0)),
        refused(ConfluenceConfig, "0 < min_stop_atr < max_stop_atr, not 1.0 and 1", max_stop_atr=Decimal(1)),
        refused(ConfluenceConfig, "first_target_r must be above 0, not 0", first_target_r=Decimal(0)),
        *(
            refused(
                ConfluenceConfig,
                f"default_target_r must be two numbers above 0 that grow, not {first} and {second}",
                default_target_r=(Decimal(first), Decimal(second)),
            )
            for first, second in [("0", "1"), ("2", "2"), ("2.5", "1.5")]
        ),
        refused(
            ConfluenceConfig,
            "max_target_r must be at least first_target_r 1.0, not 0.9",
            max_target_r=Decimal("0.9"),
        ),
        refused(AccountConfig, "digits must be 0 or more, not -1", digits=-1),
        refused(AccountConfig, "digits must be 0 to 18, not 19", digits=19),
        refused(GateConfig, "min_risk_reward must be 0 or more, not -1", min_risk_reward=Decimal(-1)),
        *(
            refused(GateConfig, f"min_confidence must be 0 to 100, not {found}", min_confidence=Decimal(found))
            for found in ("-1", "100.1")
        ),
        refused(GateConfig, "cooldown_min must be 0 or more, not -1", cooldown_min=-1),
        refused(GateConfig, "max_signals_a_day must be 1 or more, not 0", max_signals_a_day=0),
        refused(GateConfig, "max_signals_a_day_per_symbol must be 1 or more, not 0", max_signals_a_day_per_symbol=0),
        refused(GateConfig, "max_spread_r must be above 0, not 0", max_spread_r=Decimal(0)),
        refused(GateConfig, "min_open_min must be 0 or more, not -1", min_open_min=-1),
        refused(TradesConfig, "max_slip_r must be 0 or more, not -0.1", max_slip_r=Decimal("-0.1")),
        refused(TradesConfig, "mark_step_r must be above 0, not 0", mark_step_r=Decimal(0)),
        refused(TradesConfig, "entry_expiry_min must be 1 or more, not 0", entry_expiry_min=0),
        *(
            refused(TradesConfig, f"shares must be percentages that sum to 100, not {list(found)}", shares=found)
            for found in ((100, 0), (), (50, 49), (50, 50, 10), (101, -1))
        ),
        refused(TradesConfig, "max_hours must be 0 or more, not -1", max_hours=-1),
        refused(TradesConfig, "limit_expiry_min must be 1 or more, not 0", limit_expiry_min=0),
        refused(TradesConfig, "trail_atr must be above 0, not 0", trail_atr=Decimal(0)),
        refused(
            TradesConfig,
            "breakeven_covers must name spread, commission, or both, each once",
            breakeven_covers=(Cost.SPREAD, Cost.SPREAD),
        ),
        refused(GateConfig, "max_open_trades must be 1 or more, not 0", max_open_trades=0),
        refused(GateConfig, "max_spread_times must be 1 or more, not 0.9", max_spread_times=Decimal("0.9")),
        refused(GateConfig, "groups must have different names, not gold, gold", groups=(GOLDS, GOLDS)),
        refused(RiskGroup, "a group needs a name and members", name="", members=("XAU",), max_risk_percent=Decimal(1)),
        refused(NewsConfig, "flat_min must be 0 or more, not -1", flat_min=-1),
        refused(NewsConfig, "flat_min must be 0 to before_min, which is 30, not 31", flat_min=31),
        refused(LimitsConfig, "max_losses must be 0 or more, not -1", max_losses=-1),
        refused(LimitsConfig, "max_drawdown_percent must be below 100, not 100", max_drawdown_percent=Decimal(100)),
        refused(
            LimitsConfig,
            "reset_at: 'midnight' is not a time and a zone such as '17:00 America/New_York'",
            reset_at="midnight",
        ),
        refused(ReadinessConfig, "min_days must be 1 or more, not 0", min_days=0),
        refused(
            AccountConfig,
            "0.01 ≤ min_risk_percent ≤ max_risk_percent ≤ 5, not 0.1 and 5.1",
            max_risk_percent=Decimal("5.1"),
        ),
        refused(
            AccountConfig,
            "0.01 ≤ min_risk_percent ≤ max_risk_percent ≤ 5, not 0.009 and 2.0",
            min_risk_percent=Decimal("0.009"),
        ),
        refused(AccountConfig, "mode is live, which needs allows_live = true", mode=Mode.LIVE),
        refused(instrument, "leverage of XAUUSD must be 1 or more, not 0.5", leverage=Decimal("0.5")),
        refused(instrument, "swap_long of XAUUSD must be a finite number, not NaN", swap_long=NAN),
        refused(instrument, "commission_per_lot of XAUUSD must be 0 or more, not -7", commission_per_lot=Decimal(-7)),
        refused(AccountConfig, "balance must be positive, not 0", balance=Decimal(0)),
        refused(AccountConfig, "min_risk_percent must be above 0, not 0", min_risk_percent=Decimal(0)),
        refused(AccountConfig, "max_risk_percent must be above 0, not -1", max_risk_percent=Decimal(-1)),
        refused(AccountConfig, "risk_percent 3 is not between 0.1 and 2.0", risk_percent=Decimal(3)),
        *(
            refused(make, f"{name} must be a finite number, not {found}", **{name: found})
            for make in CONFIGS
            for name, default in zip(make.__struct_fields__, make.__struct_defaults__, strict=True)
            for found in (NAN, ENDLESS)
            if isinstance(default, Decimal)
        ),
        refused(
            ConfluenceConfig, "default_target_r must be a finite number, not NaN", default_target_r=(Decimal(1), NAN)
        ),
        refused(
            engine,
            "engine.confluence.lookback must be at most engine.timeframes.window 110, not 111",
            timeframes=SHORT_WINDOW,
            confluence=ConfluenceConfig(lookback=111),
        ),
        refused(engine, "engine.stall_after_s must be 1 second or more, not 0", stall_after_s=0),
        refused(
            engine,
            "instruments must have different shorts; twice: XAU",
            instruments=(instrument(), instrument("XAUEUR")),
        ),
    ],
)
def test_a_number_that_cannot_work_is_refused_by_name(make, changes, said):
    with pytest.raises(ValueError, match=f"^{re.escape(said)}$"):
        make(**changes)


@pytest.mark.parametrize(
    ("make", "changes"),
    [
        (instrument, {"digits": 0, "typical_spread": 0, "round_step": 1}),
        (instrument, {"lot_min": Decimal(1), "lot_max": Decimal(1)}),
        (ConfluenceConfig, {"lookback": 1, "stop_buffer_atr": Decimal(0), "max_target_r": Decimal("1.0")}),
        (
            GateConfig,
            {
                "min_confidence": Decimal(0),
                "min_risk_reward": Decimal(0),
                "cooldown_min": 0,
                "min_open_min": 0,
                "max_signals_a_day": 1,
            },
        ),
        (TradesConfig, {"max_slip_r": Decimal(0), "mark_step_r": Decimal("0.01"), "entry_expiry_min": 1}),
        (AccountConfig, {name: Decimal("0.1") for name in ("min_risk_percent", "risk_percent", "max_risk_percent")}),
        (TradesConfig, {"shares": (100,)}),
        (GateConfig, {"min_confidence": Decimal(100)}),
        (NewsConfig, {"before_min": 15, "flat_min": 15}),
        (TradesConfig, {"shares": (40, 30, 20, 10), "breakeven_covers": (Cost.SPREAD, Cost.COMMISSION)}),
        (AccountConfig, {"min_risk_percent": Decimal("0.01"), "max_risk_percent": Decimal(5)}),
        (AccountConfig, {"mode": Mode.LIVE, "allows_live": True}),
        (LimitsConfig, dict.fromkeys(("max_losses", "losses_pause_min"), 0)),
        (instrument, {"leverage": Decimal(1), "swap_long": Decimal("-3.5"), "swap_short": Decimal("1.2")}),
        (engine, {"timeframes": SHORT_WINDOW, "confluence": ConfluenceConfig(lookback=110), "stall_after_s": 1}),
    ],
)
def test_the_least_that_works_is_taken(make, changes):
    assert make(**changes)
