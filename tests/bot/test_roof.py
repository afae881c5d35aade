"""The tests that hold the roof, over the whole service: parity, golden, restart, and the same requests at any speed."""

from pathlib import Path

import msgspec
import pytest

from bot.clock import MarketClock
from engine.backtest import backtest
from engine.engine import Engine
from engine.events import EquityMarked, SignalIssued, TargetHit, TradeClosed
from storage.account import marks_between
from storage.database import reading
from tests.bot.schema import official_schema
from tests.bot.stage import config_in, on_stage, sandbox_for, simulated_day, transcript
from tests.databases import left_behind

GOLDEN = Path(__file__).parents[1] / "golden" / "simulated_day.txt"


async def played(folder: Path, *, speed: float | None = None):
    """The simulated day through the service: its events, and the Telegram that heard of them."""
    begin_ms, history, live = simulated_day()
    config, clock = config_in(folder), MarketClock(begin_ms)
    async with sandbox_for(config, clock) as sandbox, on_stage(config, sandbox, clock, speed=speed) as stage:
        await stage.app.service.warm_up(iter(history))
        events = await stage.play(live)
        return events, sandbox


@pytest.mark.both_databases
async def test_readers_see_the_golden_day_and_the_backtest_says_the_same(tmp_path, request):
    _, history, live = simulated_day()
    engine = Engine(config_in(tmp_path).engine_config())
    for item in history:
        engine.push(item)
    expected = list(backtest(engine, live))

    events, sandbox = await played(tmp_path)
    seen = transcript(sandbox)

    assert msgspec.json.encode(events) == msgspec.json.encode(expected)
    assert any(isinstance(event, SignalIssued) for event in events)
    assert any(isinstance(event, TradeClosed) for event in events)
    if request.config.getoption("--bless"):
        GOLDEN.write_text(seen, "utf-8")
    assert seen == GOLDEN.read_text("utf-8"), "read the difference, then bless it: make test ARGS=--bless"


async def test_the_same_requests_go_out_at_any_speed(tmp_path):
    _, sandbox = await played(tmp_path, speed=60_000.0)

    assert transcript(sandbox) == GOLDEN.read_text("utf-8")


async def test_every_request_of_the_day_is_one_the_bot_api_knows(tmp_path):
    schema = official_schema()
    _, sandbox = await played(tmp_path)

    assert [problem for request in sandbox.requests for problem in schema.problems(request)] == []
    assert len(sandbox.requests) > 100


@pytest.mark.both_databases
@pytest.mark.parametrize("share", [0.02, 0.35, 0.93])
@pytest.mark.parametrize("is_crash", [False, True], ids=["stopped", "crashed"])
async def test_a_restart_in_the_middle_changes_nothing_for_readers(tmp_path, share, is_crash):
    begin_ms, history, live = simulated_day()
    config, clock = config_in(tmp_path / "first"), MarketClock(begin_ms)
    async with sandbox_for(config, clock) as sandbox:
        async with on_stage(config, sandbox, clock) as stage:
            await stage.app.service.warm_up(iter(history))
            for item in live[: int(len(live) * share)]:
                await stage.market_time.step(item)
            # What a killed process leaves behind: the files as they are at this moment.
            left_behind(tmp_path / "first", tmp_path / "left")
        config = config_in(tmp_path / ("left" if is_crash else "first"))
        async with on_stage(config, sandbox, clock) as stage:
            await stage.play(live[stage.app.recovered.number - len(history) :])
        seen = transcript(sandbox)

    assert seen == GOLDEN.read_text("utf-8")


class PowerCut(Exception):
    """The machine stops here."""


@pytest.mark.both_databases
@pytest.mark.parametrize("kind", [SignalIssued, TargetHit, TradeClosed])
async def test_what_was_journaled_but_not_stored_before_a_crash_is_said_afterwards(tmp_path, kind):
    begin_ms, history, live = simulated_day()
    fatal = index_of_first(kind, history, live, config_in(tmp_path))
    config, clock = config_in(tmp_path / "first"), MarketClock(begin_ms)
    async with sandbox_for(config, clock) as sandbox:
        with pytest.raises(PowerCut):  # noqa: PT012 — leaving the stage tries to store once more
            async with on_stage(config, sandbox, clock) as stage:
                await stage.app.service.warm_up(iter(history))
                for item in live[:fatal]:
                    await stage.market_time.step(item)
                die_in_the_transaction(stage.app.service)
                with pytest.raises(PowerCut):
                    await stage.market_time.step(live[fatal])
                left_behind(tmp_path / "first", tmp_path / "left")
        config = config_in(tmp_path / "left")
        async with on_stage(config, sandbox, clock) as stage:
            assert stage.app.recovered.number == len(history) + fatal + 1
            await stage.play(live[fatal + 1 :])
            async with reading(stage.app.service.database) as conn:
                marks = await marks_between(conn, 0, 2**60)
        seen = transcript(sandbox)

    assert seen == GOLDEN.read_text("utf-8")
    assert marks == marks_of(history, live, config)


def marks_of(history, live, config) -> list[EquityMarked]:
    """Every mark of an engine that nothing interrupts; of a moment the last."""
    said = backtest(Engine(config.engine_config()), [*history, *live])
    marks = {event.time_ms: event for event in said if isinstance(event, EquityMarked)}
    assert len(marks) > 10
    return list(marks.values())


def index_of_first(kind, history, live, config) -> int:
    """Which live input makes the engine say this for the first time."""
    engine = Engine(config.engine_config())
    for item in history:
        engine.push(item)
    return next(i for i, item in enumerate(live) if any(isinstance(event, kind) for event in engine.push(item)))


def die_in_the_transaction(service) -> None:
    async def die(*_):
        raise PowerCut

    service.handlers.handle = die
