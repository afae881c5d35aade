"""A start after the configuration changed: the engine is made anew from what is stored, and readers notice nothing."""

import shutil
from datetime import UTC, datetime
from decimal import Decimal

import msgspec
import pytest

from bot.clock import MarketClock
from bot.recovery import recover
from engine.engine import Engine
from engine.events import Command, Pause, SetMode, SetRisk, SignalIssued, TargetHit, TradeClosed
from engine.types import Mode, TradeStatus
from storage import journal, snapshots
from storage.database import open_database
from storage.journal import journal_files
from tests.bot.stage import SYMBOL, config_in, on_stage, sandbox_for, simulated_day, transcript
from tests.bot.test_roof import GOLDEN, index_of_first

DANA = 1001


def changed(config, stall_after_s=301):
    """Another configuration as far as a snapshot is concerned, and the same to every reader of this day."""
    return msgspec.structs.replace(config, engine=msgspec.structs.replace(config.engine, stall_after_s=stall_after_s))


async def recovered_from(config):
    database = await open_database(config.storage.database_url)
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
            shutil.copytree(tmp_path / "first", tmp_path / "left")
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


async def test_risk_mode_and_pause_outlive_a_change_of_configuration(tmp_path):
    begin_ms, history, live = simulated_day()
    clock, config = MarketClock(begin_ms), config_in(tmp_path)
    async with sandbox_for(config, clock) as sandbox:
        async with on_stage(config, sandbox, clock) as stage:
            await stage.app.service.warm_up(iter(history))
            await stage.market_time.step(live[0])
            for action in (SetRisk(Decimal("0.5")), SetMode(Mode.SIGNAL), Pause()):
                stage.app.service.push(Command(DANA, action))
            await stage.app.service.commit()
        async with on_stage(changed(config), sandbox, clock) as stage:
            engine = stage.app.service.engine

            assert stage.app.recovered.is_rebuilt
            assert (engine.risk_percent, engine.mode, engine.is_paused(SYMBOL)) == (Decimal("0.5"), Mode.SIGNAL, True)


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
        shutil.copytree(tmp_path / "first", tmp_path / "left")
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
            shutil.copytree(tmp_path, tmp_path / "left")  # killed before its first hourly snapshot

        recovered = await recovered_from(config_in(tmp_path / "left"))

    assert recovered.is_rebuilt
