"""A start after the configuration changed: the engine is made anew from what is stored, and readers notice nothing."""

from datetime import UTC, datetime
from decimal import Decimal

import msgspec
import pytest

from bot.clock import MarketClock
from bot.recovery import recover, strategies_named
from engine.account import booked, new_account
from engine.config import StrategiesConfig
from engine.engine import Engine
from engine.events import (
    BreakerTripped,
    Command,
    Pause,
    SetMode,
    SetRisk,
    SetSetting,
    SetStrategy,
    SignalIssued,
    TargetHit,
    TradeClosed,
)
from engine.types import Mode, Strategy, TradeStatus
from storage import journal, snapshots
from storage.account import movements_between
from storage.database import open_database, reading
from storage.journal import journal_files
from storage.signals import latest_signals
from storage.views import find_view
from tests.bot.stage import SYMBOL, config_in, on_stage, sandbox_for, simulated_day, transcript
from tests.bot.test_roof import GOLDEN, PowerCut, die_in_the_transaction, index_of_first
from tests.databases import left_behind, placed

DANA = 1001


def changed(config, stall_after_s=301):
    """Another configuration as far as a snapshot is concerned, and the same to every reader of this day."""
    return msgspec.structs.replace(config, engine=msgspec.structs.replace(config.engine, stall_after_s=stall_after_s))


async def recovered_from(config):
    database = await open_database(placed(config).storage.database_url)
    try:
        return await recover(config.engine_config(), config.storage.folder, database)
    finally:
        await database.dispose()


def until(seen: str, end_ms: int) -> list[str]:
    """The entries of a transcript before a moment."""
    end = f"{datetime.fromtimestamp(end_ms / 1000, UTC):%Y-%m-%d %H:%M:%S}"
    return [entry.strip() for entry in seen.split("\n\n") if entry < end]


@pytest.mark.parametrize("is_crash", [False, True], ids=["stopped", "crashed"])
async def test_a_change_of_configuration_just_after_tp1_changes_nothing_for_readers(tmp_path, is_crash):
    begin_ms, history, live = simulated_day()
    clock, config = MarketClock(begin_ms), config_in(tmp_path / "first")
    hit = index_of_first(TargetHit, history, live, config) + 1
    closed = index_of_first(TradeClosed, history, live, config) + 50
    async with sandbox_for(config, clock) as sandbox:
        async with on_stage(config, sandbox, clock) as stage:
            await stage.app.service.warm_up(iter(history))
            for item in live[:hit]:
                await stage.market_time.step(item)
            left_behind(tmp_path / "first", tmp_path / "left")
        config = changed(config_in(tmp_path / ("left" if is_crash else "first")))
        async with on_stage(config, sandbox, clock) as stage:
            assert stage.app.recovered.is_rebuilt
            assert [t.status for t in stage.app.service.engine.open_trades()] == [TradeStatus.SECURED]
            # In the middle of a candle: prices before TP1 must not be fetched and met again with the stop at entry.
            assert stage.app.service.engine.heard_until_ms(SYMBOL) == live[hit - 1].time_ms
            await stage.app.desk.announce(stage.app.recovered)
            await stage.play(live[hit:closed])
        alert = sandbox.messages(DANA)[-1].body.text

    end_ms = live[closed - 1].time_ms
    assert until(transcript(sandbox), end_ms) == until(GOLDEN.read_text("utf-8"), end_ms)
    assert "Restarted" in alert
    assert "configuration changed" in alert


async def test_risk_mode_pause_and_strategies_outlive_a_change_of_configuration(tmp_path):
    begin_ms, history, live = simulated_day()
    clock, config = MarketClock(begin_ms), config_in(tmp_path)
    async with sandbox_for(config, clock) as sandbox:
        async with on_stage(config, sandbox, clock) as stage:
            await stage.app.service.warm_up(iter(history))
            await stage.market_time.step(live[0])
            wishes = (SetRisk(Decimal("0.5")), SetMode(Mode.SIGNAL), Pause(), SetStrategy(Strategy.RANGE_FADE, False))
            for action in wishes:
                stage.app.service.push(Command(DANA, action))
            await stage.app.service.commit()
        async with on_stage(changed(config), sandbox, clock) as stage:
            engine = stage.app.service.engine

            assert stage.app.recovered.is_rebuilt
            assert (engine.risk_percent, engine.mode, engine.is_paused(SYMBOL)) == (Decimal("0.5"), Mode.SIGNAL, True)
            assert engine.strategies_on == {Strategy.TREND_CONTINUATION, Strategy.SWEEP_REVERSAL}


async def test_changed_numbers_outlive_a_change_of_configuration_and_those_put_back_follow_it(tmp_path):
    begin_ms, _, live = simulated_day()
    clock, config = MarketClock(begin_ms), config_in(tmp_path)
    wishes = {
        "confluence.max_stop_atr": "9",
        "confluence.min_stop_atr": "8",  # only beside the one above, and tried before it
        "gate.cooldown_min": "60",
        "gate.max_spread_r": "0.2",
    }
    async with sandbox_for(config, clock) as sandbox:
        async with on_stage(config, sandbox, clock) as stage:
            await stage.market_time.step(live[0])
            for name, value in [*wishes.items(), ("gate.max_spread_r", None)]:
                stage.app.service.push(Command(DANA, SetSetting(name, value)))
            await stage.app.service.commit()
        gate = msgspec.structs.replace(config.engine.gate, max_spread_r=Decimal("0.3"), max_signals_a_day=99)
        other = msgspec.structs.replace(config, engine=msgspec.structs.replace(config.engine, gate=gate))
        async with on_stage(other, sandbox, clock) as stage:
            engine = stage.app.service.engine

            assert stage.app.recovered.is_rebuilt
            del wishes["gate.max_spread_r"]
            assert engine.settings == wishes
            assert engine.in_force.gate.max_spread_r == Decimal("0.3")


@pytest.mark.parametrize("on", [frozenset(), frozenset(Strategy)], ids=["all off", "all on"])
async def test_strategies_are_as_an_admin_left_them_and_not_as_another_configuration_begins(tmp_path, on):
    begin_ms, _, live = simulated_day()
    clock, config = MarketClock(begin_ms), config_in(tmp_path)
    async with sandbox_for(config, clock) as sandbox:
        async with on_stage(config, sandbox, clock) as stage:
            await stage.market_time.step(live[0])
            for strategy in Strategy:
                stage.app.service.push(Command(DANA, SetStrategy(strategy, strategy in on)))
            await stage.app.service.commit()
        begins = StrategiesConfig(range_fade=msgspec.structs.replace(StrategiesConfig().range_fade, is_on=False))
        other = msgspec.structs.replace(config, engine=msgspec.structs.replace(config.engine, strategies=begins))
        async with on_stage(other, sandbox, clock) as stage:
            assert stage.app.recovered.is_rebuilt
            assert stage.app.service.engine.strategies_on == on


async def test_without_an_admins_word_strategies_are_as_the_new_configuration_says(tmp_path):
    begin_ms, _, live = simulated_day()
    clock, config = MarketClock(begin_ms), config_in(tmp_path)
    begins = StrategiesConfig(range_fade=msgspec.structs.replace(StrategiesConfig().range_fade, is_on=False))
    async with sandbox_for(config, clock) as sandbox:
        async with on_stage(config, sandbox, clock) as stage:
            await stage.market_time.step(live[0])
        other = msgspec.structs.replace(config, engine=msgspec.structs.replace(config.engine, strategies=begins))
        async with on_stage(other, sandbox, clock) as stage:
            assert Strategy.RANGE_FADE not in stage.app.service.engine.strategies_on


def test_a_stored_name_that_is_no_strategy_any_more_is_left_out():
    assert strategies_named("trend_continuation, scalping,range_fade") == {
        Strategy.TREND_CONTINUATION,
        Strategy.RANGE_FADE,
    }
    assert strategies_named("none") == frozenset()


async def test_a_signal_that_was_journaled_and_not_stored_keeps_what_was_seen_all_the_same(tmp_path):
    begin_ms, history, live = simulated_day()
    clock, config = MarketClock(begin_ms), config_in(tmp_path / "first")
    fatal = index_of_first(SignalIssued, history, live, config)
    async with sandbox_for(config, clock) as sandbox:
        with pytest.raises(PowerCut):  # noqa: PT012 — leaving the stage tries to store once more
            async with on_stage(config, sandbox, clock) as stage:
                await stage.app.service.warm_up(iter(history))
                die_in_the_transaction(stage.app.service)
                for item in live[: fatal + 20]:  # as in one busy minute
                    stage.app.service.push(item)
                try:
                    await stage.app.service.commit()
                finally:
                    left_behind(tmp_path / "first", tmp_path / "left")
        left = config_in(tmp_path / "left")
        async with on_stage(left, sandbox, clock) as stage, reading(stage.app.service.database) as conn:
            assert stage.app.recovered.number == len(history) + fatal + 20
            [signal] = await latest_signals(conn, [SYMBOL], 10)
            seen = await find_view(conn, signal.id)

    assert seen is not None
    assert (seen.view.bid, seen.view.ask) == (live[fatal - 1].bid, live[fatal - 1].ask)
    assert seen.view.entry.candles[-1].close_ms == signal.issued_ms


@pytest.fixture
async def killed(tmp_path):
    """What is left of a process that was killed in its first hour, in the middle of a trade: no snapshot yet."""
    begin_ms, history, live = simulated_day()
    clock, config = MarketClock(begin_ms), config_in(tmp_path / "first")
    opened = index_of_first(SignalIssued, history, live, config) + 100
    async with sandbox_for(config, clock) as sandbox, on_stage(config, sandbox, clock) as stage:
        await stage.app.service.warm_up(iter(history))
        for item in live[:opened]:
            await stage.market_time.step(item)
        left_behind(tmp_path / "first", tmp_path / "left")
    config = config_in(tmp_path / "left")
    assert snapshots.load(config.storage.folder / "snapshots").snapshot is None
    on_disk = [item for path in journal_files(config.storage.folder / "journal") for _, item in journal.read(path)]
    assert on_disk == [*history, *live[:opened]][: len(on_disk)]
    assert len(on_disk) > len(history)
    return config, on_disk


async def test_without_a_snapshot_the_journal_is_heard_from_its_beginning(killed):
    config, on_disk = killed
    expected = Engine(config.engine_config())
    for item in on_disk:
        expected.push(item)

    recovered = await recovered_from(config)

    assert recovered.engine.snapshot() == expected.snapshot()
    assert recovered.number == len(on_disk)


async def test_another_configuration_does_not_hear_the_journal_as_if_it_had_been_in_force_then(killed):
    """It might have decided otherwise: what was said is in the database, and counts."""
    config, on_disk = killed

    recovered = await recovered_from(changed(config))

    assert recovered.is_rebuilt
    assert len(recovered.engine.open_trades()) == 1
    assert recovered.number == len(on_disk)


async def test_when_journals_were_taken_away_trades_are_read_from_the_database(killed):
    config, _ = killed
    for path in journal_files(config.storage.folder / "journal"):
        path.unlink()

    recovered = await recovered_from(config)

    assert recovered.is_rebuilt
    assert len(recovered.engine.open_trades()) == 1


async def test_a_journal_that_cannot_be_read_does_not_keep_a_new_configuration_from_starting(killed):
    config, _ = killed
    path = journal_files(config.storage.folder / "journal")[-1]
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:-2], b"garbage\n", lines[-1]]))

    recovered = await recovered_from(changed(config))

    assert recovered.is_rebuilt
    assert len(recovered.engine.open_trades()) == 1


async def test_going_back_to_the_first_configuration_does_not_bring_its_old_snapshot_back(tmp_path):
    """Else the engine would go on where it was before the other configuration, without what that one said."""
    begin_ms, history, live = simulated_day()
    clock, config = MarketClock(begin_ms), config_in(tmp_path)
    async with sandbox_for(config, clock) as sandbox:
        async with on_stage(config, sandbox, clock) as stage:
            await stage.app.service.warm_up(iter(history))
            await stage.play(live[:10])
        async with on_stage(changed(config), sandbox, clock) as stage:
            for item in live[10:20]:
                await stage.market_time.step(item)
            left_behind(tmp_path, tmp_path / "left")  # killed before its first hourly snapshot

        recovered = await recovered_from(config_in(tmp_path / "left"))

    assert recovered.is_rebuilt


async def test_the_account_and_its_tripped_breaker_outlive_a_change_of_configuration(tmp_path):
    """A breaker that trips at the first loss, and books that go on with what was lost."""
    begin_ms, history, live = simulated_day()
    clock = MarketClock(begin_ms)
    config = config_in(tmp_path)
    limits = msgspec.structs.replace(config.engine.limits, max_drawdown_percent=Decimal("0.01"))
    config = msgspec.structs.replace(config, engine=msgspec.structs.replace(config.engine, limits=limits))
    tripped = index_of_first(BreakerTripped, history, live, config) + 1
    async with sandbox_for(config, clock) as sandbox:
        async with on_stage(config, sandbox, clock) as stage:
            await stage.app.service.warm_up(iter(history))
            await stage.play(live[:tripped])
            before = stage.app.service.engine.account
        alerts = [message.body.text for message in sandbox.messages(DANA)]
        async with on_stage(changed(config), sandbox, clock) as stage:
            assert stage.app.recovered.is_rebuilt
            after = stage.app.service.engine.account
            async with reading(stage.app.service.database) as conn:
                entries = [entry for entry, _ in await movements_between(conn, 0, 2**60)]

    assert before.is_tripped
    assert after == before
    assert any("Drawdown breaker tripped" in text for text in alerts)
    assert booked(new_account(config.engine.account), entries).balance == after.balance
