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
    RegimeConfig,
    TimeframesConfig,
    TradesConfig,
)
from tests.builders import instrument

NAN, ENDLESS = Decimal("NaN"), Decimal("Infinity")
CONFIGS = (
    DetectorsConfig,
    IndicatorsConfig,
    RegimeConfig,
    ConfluenceConfig,
    GateConfig,
    TradesConfig,
    AccountConfig,
)
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
        refused(GateConfig, "min_risk_reward must be 0 or more, not -1", min_risk_reward=Decimal(-1)),
        refused(GateConfig, "cooldown_min must be 0 or more, not -1", cooldown_min=-1),
        refused(GateConfig, "max_signals_a_day must be 1 or more, not 0", max_signals_a_day=0),
        refused(GateConfig, "max_signals_a_day_per_symbol must be 1 or more, not 0", max_signals_a_day_per_symbol=0),
        refused(GateConfig, "max_spread_r must be above 0, not 0", max_spread_r=Decimal(0)),
        refused(GateConfig, "min_open_min must be 0 or more, not -1", min_open_min=-1),
        refused(TradesConfig, "max_slip_r must be 0 or more, not -0.1", max_slip_r=Decimal("-0.1")),
        refused(TradesConfig, "mark_step_r must be above 0, not 0", mark_step_r=Decimal(0)),
        refused(TradesConfig, "entry_expiry_min must be 1 or more, not 0", entry_expiry_min=0),
        refused(TradesConfig, "shares must be two percentages that sum to 100, not [100, 0]", shares=(100, 0)),
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
        (GateConfig, {"min_risk_reward": Decimal(0), "cooldown_min": 0, "min_open_min": 0, "max_signals_a_day": 1}),
        (TradesConfig, {"max_slip_r": Decimal(0), "mark_step_r": Decimal("0.01"), "entry_expiry_min": 1}),
        (AccountConfig, {name: Decimal("0.1") for name in ("min_risk_percent", "risk_percent", "max_risk_percent")}),
        (engine, {"timeframes": SHORT_WINDOW, "confluence": ConfluenceConfig(lookback=110), "stall_after_s": 1}),
    ],
)
def test_the_least_that_works_is_taken(make, changes):
    assert make(**changes)
