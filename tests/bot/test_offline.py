"""Results reached while the bot was away: told once, with the time they happened, and in no other case."""

from __future__ import annotations

from bot.clock import MarketClock
from engine.engine import Engine
from engine.events import CandleClosed, History, TargetHit, Tick, TradeClosed
from engine.types import HOUR_MS, MINUTE_MS, Timeframe
from tests.bot.stage import config_in, on_stage, sandbox_for, simulated_day, transcript
from tests.bot.test_roof import index_of_first

CHANNEL = -1001000000001


async def test_a_stop_hit_while_the_bot_was_away_is_told_with_its_time(tmp_path):
    """Killed on a quarter hour with a trade open; what the feed's history fills in later holds its end."""
    begin_ms, history, live = simulated_day()
    config, clock = config_in(tmp_path), MarketClock(begin_ms)
    closed = index_of_first(TradeClosed, history, live, config)
    end_ms = live[closed].time_ms
    away_ms = end_ms - end_ms % Timeframe.M15.ms
    left = next(index for index, item in enumerate(live) if item.time_ms >= away_ms)
    async with sandbox_for(config, clock) as sandbox:
        async with on_stage(config, sandbox, clock) as stage:
            await stage.app.service.warm_up(iter(history))
            await stage.play(live[:left])
        clock.move_to(away_ms + 5 * HOUR_MS)
        async with on_stage(config, sandbox, clock) as stage:
            await stage.play(gap(config, history, live, away_ms, away_ms + HOUR_MS))
        replies = [message.body.text for message in sandbox.messages(CHANNEL) if message.reply_to is not None]

    assert len(replies) == 1
    happened_ms = away_ms + Timeframe.M15.ms  # of a candle only the close is known
    hour, minute = happened_ms // HOUR_MS % 24, happened_ms // MINUTE_MS % 60
    # The signal was issued the evening before, so the day is said too.
    assert replies[0].endswith(f"\nHappened 16\u00a0Jan {hour:02}:{minute:02}\u00a0UTC, while offline.")


async def test_prices_heard_late_after_a_broken_line_say_so_too_and_later_ones_do_not(tmp_path):
    begin_ms, history, live = simulated_day()
    config, clock = config_in(tmp_path), MarketClock(begin_ms)
    first = index_of_first(TradeClosed, history, live, config)
    second = index_of_first(TargetHit, history, live, config)
    assert first < second
    async with sandbox_for(config, clock) as sandbox, on_stage(config, sandbox, clock) as stage:
        await stage.app.service.warm_up(iter(history))
        await stage.play(live[: first - 5])
        clock.move_to(live[first].time_ms + 10 * MINUTE_MS)
        await stage.play(live[first - 5 : second + 1])
        replies = [message.body.text for message in sandbox.messages(CHANNEL) if message.reply_to is not None]

    assert ["while offline" in text for text in replies] == [True, False]


async def test_a_day_without_a_break_never_says_offline(tmp_path):
    begin_ms, history, live = simulated_day()
    config, clock = config_in(tmp_path), MarketClock(begin_ms)
    async with sandbox_for(config, clock) as sandbox, on_stage(config, sandbox, clock) as stage:
        await stage.app.service.warm_up(iter(history))
        await stage.play(live)
        seen = transcript(sandbox)

    assert "🔴" in seen
    assert "offline" not in seen


def gap(config, history, live, from_ms: int, to_ms: int) -> list[History]:
    """The quarter hours of this stretch, as a feed hands them in after a break."""
    engine = Engine(config.engine_config())
    for item in history:
        engine.push(item)
    ticks = (item for item in live if isinstance(item, Tick) and item.time_ms < to_ms + MINUTE_MS)
    candles = [event.candle for tick in ticks for event in engine.push(tick) if isinstance(event, CandleClosed)]
    return [
        History(candle)
        for candle in candles
        if candle.timeframe is Timeframe.M15 and from_ms <= candle.open_ms and candle.close_ms <= to_ms
    ]
