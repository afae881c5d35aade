"""What is kept of a signal is what decided it: neither the price that came after, nor what later inputs made known."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import msgspec
import pytest
from sqlalchemy.exc import DBAPIError

from bot.clock import MarketClock
from bot.decisions import seen_at_decision
from bot.desk.why import explained_signal
from bot.overview import explained_scene
from bot.play.explain import explain
from bot.words.explain import sections
from bot.words.wording import Market, Voice
from engine.confluence import proposals
from engine.engine import Engine
from engine.events import SetupRejected, SignalIssued, Tick
from engine.types import HOUR_MS, Setup
from storage.database import reading, transaction
from storage.schema import views
from storage.views import Seen, find_view
from tests.bot.stage import SYMBOL, config_in, on_stage, sandbox_for, simulated_day
from tests.builders import GOLD

VOICE = Voice(instrument=GOLD, market=Market.SIMULATED)


class Made(msgspec.Struct):
    """A signal of the simulated day, the live input that revealed it, and what was kept."""

    issued: SignalIssued
    index: int
    seen: Seen


@cache
def made_on_the_day() -> tuple[Made, ...]:
    _, history, live = simulated_day()
    engine = Engine(config_in(Path("unused")).engine_config())
    for item in history:
        engine.push(item)
    found = []
    for index, item in enumerate(live):
        events = engine.push(item)
        kept = seen_at_decision(engine, events)
        found += [Made(e, index, kept[e.trade.id]) for e in events if isinstance(e, SignalIssued)]
    return tuple(found)


def test_what_is_kept_proposes_the_very_setup_again():
    config = config_in(Path("unused")).engine_config()
    made = made_on_the_day()
    assert made

    for each in made:
        setup = each.issued.signal.setup
        again = proposals(each.seen.view, config, frozenset([setup.strategy]))[setup.strategy]
        assert isinstance(again, Setup)
        # The idea that was proposed before is not part of the view: what it was is in the setup.
        assert again == msgspec.structs.replace(setup, again_of_ms=None, changed=())


def test_the_price_that_ended_the_candle_is_not_in_it():
    _, _, live = simulated_day()
    for each in made_on_the_day():
        before, revealing = live[each.index - 1], live[each.index]
        assert isinstance(before, Tick)
        assert isinstance(revealing, Tick)
        view = each.seen.view

        assert (view.bid, view.ask) == (before.bid, before.ask) != (revealing.bid, revealing.ask)
        assert view.time_ms == view.entry.candles[-1].close_ms == each.issued.time_ms < revealing.time_ms
        assert view.unfinished is None


def test_a_signal_that_a_long_silence_buried_under_later_candles_keeps_no_view():
    """Its H4 closed before anybody could look: what it was then is gone."""
    made = next(m for m in made_on_the_day() if m.seen.view.trend.candles[-1].close_ms < m.issued.time_ms)
    _, history, live = simulated_day()
    engine = Engine(config_in(Path("unused")).engine_config())
    for item in [*history, *live[: made.index]]:
        engine.push(item)
    first = next(item for item in live[made.index :] if item.time_ms >= made.issued.time_ms + 4 * HOUR_MS)

    events = engine.push(first)

    assert [e.trade.id for e in events if isinstance(e, SignalIssued)] == [made.issued.trade.id]
    assert seen_at_decision(engine, events) == {}


def test_refusals_and_all_else_keep_nothing():
    _, history, live = simulated_day()
    engine = Engine(config_in(Path("unused")).engine_config())
    refused = 0
    for item in [*history, *live]:
        events = engine.push(item)
        if not any(isinstance(event, SignalIssued) for event in events):
            refused += sum(isinstance(event, SetupRejected) for event in events)
            assert seen_at_decision(engine, events) == {}

    assert refused


@pytest.fixture
async def after_a_batch(tmp_path):
    """A service that took all inputs until an hour after the first signal in one go, as after a busy minute."""
    begin_ms, history, live = simulated_day()
    clock, config = MarketClock(begin_ms), config_in(tmp_path)
    end_ms = made_on_the_day()[0].issued.time_ms + HOUR_MS
    async with sandbox_for(config, clock) as sandbox, on_stage(config, sandbox, clock) as stage:
        await stage.app.service.warm_up(iter(history))
        for item in live:
            if item.time_ms < end_ms:
                stage.app.service.push(item)
        await stage.app.service.commit()
        yield stage


async def test_inputs_heard_before_it_is_stored_do_not_change_it(after_a_batch):
    made = made_on_the_day()[0]

    async with reading(after_a_batch.app.service.database) as conn:
        assert await find_view(conn, made.issued.trade.id) == made.seen


async def test_the_admin_chat_is_told_what_explain_would_find_in_the_recording(after_a_batch):
    begin_ms, history, live = simulated_day()
    made = made_on_the_day()[0]
    engine = Engine(config_in(Path("unused")).engine_config())
    found = await explain(engine, iter([*history, *live]), SYMBOL, made.issued.time_ms, begin_ms)

    async with reading(after_a_batch.app.service.database) as conn:
        told = await explained_signal(conn, made.issued.signal, after_a_batch.app.config.engine)

    assert told is not None
    assert told.decided == found.decided == SignalIssued(made.issued.time_ms, made.issued.trade)
    assert told.view == msgspec.structs.replace(found.view, proposed=told.view.proposed)
    assert told.beside == found.beside
    assert sections(told, VOICE) == sections(found, VOICE)
    assert explained_scene(told, VOICE) == explained_scene(found, VOICE)


async def test_what_could_not_be_stored_is_stored_with_its_view_the_next_time(tmp_path):
    begin_ms, history, live = simulated_day()
    clock, config = MarketClock(begin_ms), config_in(tmp_path)
    made = made_on_the_day()[0]
    async with sandbox_for(config, clock) as sandbox, on_stage(config, sandbox, clock) as stage:
        service = stage.app.service
        await service.warm_up(iter(history))
        for item in live[: made.index + 1]:
            service.push(item)
        async with transaction(service.database) as conn:
            await conn.run_sync(views.drop)
        with pytest.raises(DBAPIError, match="views"):
            await service.commit()
        async with transaction(service.database) as conn:
            await conn.run_sync(views.create)

        await service.commit()

        async with reading(service.database) as conn:
            assert await find_view(conn, made.issued.trade.id) == made.seen
