"""What holds for every trade under every choice: only legal steps, stops that never loosen, all lots closed once."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.config import TradesConfig
from engine.engine import Engine
from engine.events import CloseTrade, Command, TradeClosed
from engine.trades import LEGAL
from engine.trading_config import AfterFirst, Trailing
from engine.types import CloseReason, Order, StopBy, Trade
from tests.engine.following import BUY, ENTRY, SELL, lived, minute, pending, quote
from tests.engine.market_data import MONDAY_MS, config
from tests.engine.test_trade_properties import PATHS

SPLITS = st.sampled_from([(10,), (0, 7), (5, 5), (3, 3, 4), (1, 2, 3, 4), (0, 0, 1)])
CHOICES = st.builds(
    TradesConfig,
    after_first=st.sampled_from(AfterFirst),
    trailing=st.sampled_from(Trailing),
    max_hours=st.sampled_from([0, 1]),
    flat_before_weekend_min=st.sampled_from([0, 30]),
)


def life(config_: TradesConfig, of: Trade, path: list[int], is_candles: bool) -> list[Trade]:
    """All states of the trade, the pending one first; at the end an admin closes what is left."""
    engine = Engine(config(trades=config_))
    engine.adopt([of])
    if is_candles:
        moves = [path[i : i + 3] for i in range(0, len(path), 3)]
        inputs = [minute(of.direction, each, i * 7) for i, each in enumerate(moves)]
    else:
        inputs = [quote(of.direction, move, MONDAY_MS + i * 400_000) for i, move in enumerate(path)]
    said = lived(engine, [*inputs, Command(1, CloseTrade(of.id))])
    return [of, *(event.trade for event in said if hasattr(event, "trade"))]


@settings(max_examples=250)
@given(
    st.sampled_from([BUY, SELL]),
    CHOICES,
    SPLITS,
    st.sampled_from(Order),
    st.integers(0, 30),
    PATHS,
    st.booleans(),
)
def test_a_life_is_legal_its_stop_never_loosens_and_its_lots_close_once(
    way, choices, split, order, cushion, path, is_candles
):
    targets = tuple(100 + 40 * n for n in range(len(split)))
    of = pending(way, targets=targets, split=split, order=order, cushion=cushion, expires_ms=MONDAY_MS + 10**9)

    states = life(choices, of, path, is_candles)

    last = states[-1]
    assert last.is_done
    for before, after in pairwise(states):
        assert after.reason in LEGAL[(before.status, after.status)] or before.status is after.status
        assert (after.stop - before.stop) * way.sign >= 0
        assert after.targets_hit >= before.targets_hit
        assert after.fills[: len(before.fills)] == before.fills
    if last.opened_price is None:
        assert last.reason in (CloseReason.CANCELLED, CloseReason.EXPIRED)
        assert last.fills == ()
        return
    assert sum(fill.lot_steps for fill in last.fills) == last.signal.lot_steps
    assert last.total_steps == sum(fill.lot_steps * (fill.price - last.opened_price) * way.sign for fill in last.fills)
    assert order is Order.MARKET or (ENTRY - last.opened_price) * way.sign >= 0
    if last.reason is CloseReason.STOP:
        assert last.stop == of.stop
    elif last.reason is CloseReason.BREAKEVEN:
        assert (last.stop_by, choices.after_first) == (StopBy.BREAKEVEN, AfterFirst.BREAKEVEN)


@given(CHOICES, SPLITS, PATHS)
def test_nothing_is_said_of_a_trade_after_its_end(choices, split, path):
    targets = tuple(100 + 40 * n for n in range(len(split)))
    of = pending(BUY, targets=targets, split=split)
    engine = Engine(config(trades=choices))
    engine.adopt([of])

    said = lived(engine, [quote(BUY, move, MONDAY_MS + i * 400_000) for i, move in enumerate([*path, *path])])

    ends = [number for number, event in enumerate(said) if isinstance(event, TradeClosed)]
    assert ends in ([], [len(said) - 1])
