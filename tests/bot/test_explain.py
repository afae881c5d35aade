"""`explain`: what the engine saw at one moment, to the letter, and never with a price it could not have known."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from bot.config import ConfigError
from bot.play.explain import explain, plain, scene
from bot.words.explain import Explained, sections
from bot.words.reasons import why, why_refused
from bot.words.wording import Market, Voice
from engine.engine import Engine
from engine.events import Heartbeat, History, SetupRejected, SignalIssued, Tick
from engine.types import (
    BreakKind,
    Candle,
    ChartView,
    Direction,
    MarketView,
    Missing,
    NoSetup,
    PoolKind,
    SwingKind,
    Timeframe,
    ZoneKind,
    ZoneStatus,
)
from tests.bot.reader import shown, visible
from tests.bot.stage import SYMBOL, config_in, simulated_day
from tests.builders import GOLD, at, broken, candle, gold, pool, setup, signal, sweep, trade, zone

GOLDEN = Path(__file__).parents[1] / "golden" / "explain.txt"
NOW_MS = at("2024-04-03 13:15")
M15_MS = Timeframe.M15.ms
VOICE = Voice(instrument=GOLD, market=Market.REPLAY)
UP, DOWN = Direction.UP, Direction.DOWN


# One moment, drawn by hand


def last(timeframe: Timeframe, close_ms: int = NOW_MS) -> Candle:
    prices = (gold("2272.60"), gold("2274.55"), gold("2271.80"), gold("2273.90"))
    return candle(*prices, open_ms=close_ms - timeframe.ms, timeframe=timeframe)


def chart(timeframe: Timeframe, **changes: object) -> ChartView:
    fields = {"timeframe": timeframe, "is_ready": True, "candles": (last(timeframe),)}
    unknown = dict.fromkeys(("atr", "trend", "last_break", "range_low", "range_high"))
    empty = dict.fromkeys(("zones", "pools", "breaks", "sweeps", "swings"), ())
    return ChartView(**(unknown | empty | fields | changes))


def h4(**changes: object) -> ChartView:
    swing_ms, known_ms = at("2024-04-02 17:00"), at("2024-04-03 01:00")
    bos = broken(BreakKind.BOS, UP, gold("2265.67"), level_formed_ms=swing_ms, known_ms=known_ms)
    fields = {
        "candles": (last(Timeframe.H4, at("2024-04-03 13:00")),),
        "atr": 912.4,
        "trend": UP,
        "last_break": bos,
        "breaks": (broken(BreakKind.CHOCH, UP, gold("2240.10"), known_ms=at("2024-04-01 21:00")), bos),
        "range_low": gold("2228.00"),
        "range_high": gold("2288.00"),
    }
    return chart(Timeframe.H4, **(fields | changes))


def h1() -> ChartView:
    """A gap below, a block around price, an inverted gap above, and a dead one that nobody needs to hear of."""
    known = {"known_ms": at("2024-04-02 15:00")}
    zones = (
        zone(gold("2266.64"), gold("2271.01"), strength=62, status=ZoneStatus.HALF, **known),
        zone(gold("2273.00"), gold("2275.00"), DOWN, ZoneKind.BLOCK, evidence=("volume", "round"), **known),
        zone(gold("2276.00"), gold("2280.96"), DOWN, status=ZoneStatus.BROKEN, **known),
        zone(gold("2282.00"), gold("2283.00"), DOWN, status=ZoneStatus.DEAD, **known),
    )
    return chart(Timeframe.H1, zones=zones, atr=310.0)


def m15(**changes: object) -> ChartView:
    """Two pools at one level are one place to take stops at."""
    swing_ms = at("2024-04-03 11:00")
    choch = broken(BreakKind.CHOCH, UP, gold("2272.48"), level_formed_ms=swing_ms, known_ms=NOW_MS)
    low, high = SwingKind.LOW, SwingKind.HIGH
    fields = {
        "atr": 145.6,
        "trend": UP,
        "last_break": choch,
        "breaks": (choch,),
        "pools": (
            pool(gold("2280.00"), high),
            pool(gold("2280.00"), high, PoolKind.EQUAL),
            pool(gold("2276.10"), high),
            pool(gold("2262.40"), low, PoolKind.DAY),
        ),
        "sweeps": (sweep(pool(gold("2267.64")), gold("2265.41"), formed_ms=at("2024-04-03 12:30"), strength=71),),
    }
    return chart(Timeframe.M15, **(fields | changes))


def view(**changes: object) -> MarketView:
    fields = {"trend": h4(), "setup": h1(), "entry": m15(), "bid": gold("2273.90"), "ask": gold("2274.10")}
    return MarketView(symbol=SYMBOL, time_ms=NOW_MS, **(fields | changes))


def explained(**changes: object) -> Explained:
    fields = {
        "view": view(),
        "asked_ms": NOW_MS,
        "close_ms": NOW_MS,
        "begin_ms": at("2024-04-01 00:00"),
        "ready_after": 40,
        "decided": SignalIssued(NOW_MS, trade()),
        "earlier": None,
    }
    return Explained(**(fields | changes))


def refused(*refusals: tuple[str, tuple[str, str]], **changes: object) -> SetupRejected:
    of = setup(**changes)
    codes, limits = zip(*refusals, strict=True)
    return SetupRejected(of.known_ms, of, codes, limits)


def rows(of: Explained, title: str = "Decision") -> list[tuple[str, str]]:
    """One section as a reader sees it."""
    found = next(section for section in sections(of, VOICE) if section.title.startswith(title))
    return [(name, shown(text)) for name, text in found.rows]


def test_a_signal_is_explained_from_the_trend_down_to_the_gate(request):
    text = plain(sections(explained(), VOICE))

    if request.config.getoption("--bless"):
        GOLDEN.write_text(text, "utf-8")
    assert text == GOLDEN.read_text("utf-8"), "read the difference, then bless it: make test ARGS=--bless"


def test_the_admin_chat_gives_the_same_reasons_line_for_line():
    chat = shown(visible(why(trade(), VOICE))).splitlines()
    told = [line for row in rows(explained()) for line in row]

    assert [line for line in chat[1:] if line and line not in told] == []


def test_a_refused_sell_is_told_with_its_order_and_each_refusal():
    too_low, paused = ("score", ("61", "80")), ("paused", ("paused", "running"))
    prices = {"stop": gold("2283.30"), "targets": (gold("2260.30"), gold("2251.10"))}
    event = refused(too_low, paused, direction=DOWN, score=61, reasons=(), **prices)

    assert rows(explained(decided=event)) == [
        ("Setup", "SELL · Sweep + FVG · smc · score 61/100"),
        ("Trend 0/40", "none"),
        ("Setup 0/35", "none"),
        ("Entry 0/25", "none"),
        ("Against", "Nothing found"),
        ("Entry", "2274.10"),
        ("Stop", "2283.30 · 92.0 pips"),
        ("TP1", "2260.30 · +1.50R · 138.0 pips"),
        ("TP2", "2251.10 · +2.50R · 230.0 pips"),
        ("R:R", "1 : 2.5"),
        ("Gate", "refused: Score under 80: Trend 0/40"),
        ("", "refused: New signals are paused"),
    ]
    for line in visible(why_refused(event, VOICE)).splitlines()[1:]:
        assert f"refused: {line}" in [text for _, text in rows(explained(decided=event))]


@pytest.mark.parametrize(
    ("decided", "sentence"),
    [
        (NoSetup(Missing.QUOTE), "there was no quote yet"),
        (
            NoSetup(Missing.BREAK),
            "this close broke no M15 structure; the last break was CHoCH up 2272.48 · 3 Apr 13:15 UTC",
        ),
        (NoSetup(Missing.MOVEMENT, UP), "M15 broke up, but price stands still: there is no distance for a stop"),
        (
            NoSetup(Missing.NEAR_STOP, DOWN, 1234, 873),
            "M15 broke down, but the stop would be 123.4 pips away, at most 87.3 are allowed",
        ),
        (None, "history only warms up; what is given to be played begins 1 Apr 00:00 UTC"),
    ],
)
def test_no_setup_is_explained_by_what_was_missing(decided, sentence):
    assert rows(explained(decided=decided)) == [
        ("No setup", sentence),
        ("Last setup", "none since 1 Apr 00:00 UTC"),
    ]


def test_a_timeframe_that_is_not_ready_says_how_many_candles_it_lacks():
    young = h4(is_ready=False, candles=(last(Timeframe.H4),) * 28)
    of = explained(view=view(trend=young), decided=NoSetup(Missing.READY))

    assert rows(of, "H4")[0] == ("Ready", "no, 12 more candles needed")
    assert rows(of)[0] == ("No setup", "not ready: H4 needs 12 more")


def test_the_last_setup_before_is_named_with_its_time_score_and_end():
    earlier_ms = NOW_MS - 4 * M15_MS
    issued = SignalIssued(earlier_ms, trade(signal(setup(known_ms=earlier_ms))))
    turned_away = refused(("score", ("61", "80")), known_ms=earlier_ms, score=61, reasons=())
    none = NoSetup(Missing.BREAK)

    assert rows(explained(decided=none, earlier=issued))[1] == (
        "Last setup",
        "3 Apr 12:15 UTC · BUY · Sweep + FVG · score 88/100 · signal XAU_20240403_002",
    )
    assert rows(explained(decided=none, earlier=turned_away))[1] == (
        "Last setup",
        "3 Apr 12:15 UTC · BUY · Sweep + FVG · score 61/100 · refused: Score under 80: Trend 0/40",
    )


def test_a_moment_inside_a_candle_says_which_close_it_stands_on():
    assert rows(explained(asked_ms=NOW_MS + 7 * 60_000), "XAUUSD")[0] == (
        "As of",
        "the last M15 close before it, 3 Apr 13:15 UTC",
    )


def test_a_closed_market_has_no_session():
    saturday_ms = at("2024-04-06 12:00")

    assert rows(explained(asked_ms=saturday_ms), "XAUUSD")[2] == ("Market", "closed")


def test_nothing_is_said_of_a_market_without_candles_but_that_it_is_not_ready():
    empty = chart(Timeframe.H4, is_ready=False, candles=())

    assert rows(explained(view=view(trend=empty)), "H4") == [("Ready", "no, 40 more candles needed")]


def test_a_refused_setup_is_drawn_and_says_so():
    event = refused(("score", ("61", "80")))

    drawn = scene(explained(decided=event), VOICE)

    assert (drawn.order, drawn.title, drawn.id) == ("BUY", "Sweep + FVG · refused", "")
    assert drawn.position is not None
    assert drawn.position.targets[0].note == "138 pips"  # nothing was split: it took no lots


def test_without_a_setup_the_market_is_drawn_with_its_zones_and_levels():
    drawn = scene(explained(decided=NoSetup(Missing.BREAK)), VOICE)

    assert drawn.position is None
    assert {band.label for band in drawn.bands} == {"H1 FVG", "H1 OB"}
    assert {level.label for level in drawn.levels} == {"PDL", "EQH"}


# A stream of ticks


async def seen(at_ms: int) -> tuple[Engine, Explained]:
    """The simulated day explained by an engine of its own."""
    begin_ms, history, live = simulated_day()
    engine = Engine(config_in(Path("unused")).engine_config())
    return engine, await explain(engine, iter([*history, *live]), SYMBOL, at_ms, begin_ms)


def decisions() -> list[SignalIssued | SetupRejected]:
    _, history, live = simulated_day()
    engine = Engine(config_in(Path("unused")).engine_config())
    events = [event for item in [*history, *live] for event in engine.push(item)]
    return [event for event in events if isinstance(event, SignalIssued | SetupRejected)]


async def test_every_decision_of_the_day_is_explained_as_it_was_made():
    made = decisions()
    told = [(await seen(event.time_ms))[1] for event in made]

    assert {type(event) for event in made} == {SignalIssued, SetupRejected}
    assert [each.decided for each in told] == made
    assert [each.earlier for each in told] == [None, *made[:-1]]


async def test_what_comes_after_the_close_changes_nothing_but_the_time_asked_for():
    close_ms = decisions()[1].time_ms
    _, history, live = simulated_day()
    by_hand = Engine(config_in(Path("unused")).engine_config())
    for item in history:
        by_hand.push(item)
    for item in live:
        if isinstance(item, Tick) and item.time_ms < close_ms:
            by_hand.push(item)
    by_hand.push(Heartbeat("simulated", close_ms))

    _, on_the_close = await seen(close_ms)
    _, inside = await seen(close_ms + M15_MS - 1)

    assert on_the_close.view == by_hand.view(SYMBOL)
    assert inside == msgspec.structs.replace(on_the_close, asked_ms=close_ms + M15_MS - 1)


async def test_a_close_between_two_setups_has_none_and_names_the_one_before():
    made = decisions()

    _, between = await seen(made[0].time_ms + M15_MS)

    assert isinstance(between.decided, NoSetup)
    assert between.earlier == made[0]


async def test_before_the_first_live_close_there_is_only_history():
    begin_ms, _, _ = simulated_day()

    _, told = await seen(begin_ms)

    assert (told.decided, told.close_ms) == (None, begin_ms)


async def test_without_a_candle_there_is_nothing_to_explain():
    begin_ms, _, live = simulated_day()
    engine = Engine(config_in(Path("unused")).engine_config())

    with pytest.raises(ConfigError, match="no M15 candle of XAUUSD had closed by then"):
        await explain(engine, live[:100], SYMBOL, begin_ms, begin_ms)


async def test_history_of_another_symbol_does_not_end_the_stream_early():
    """Its files may begin to be played later, so its history reaches beyond the moment asked for."""
    begin_ms, history, live = simulated_day()
    later = History(candle(gold("2300.00"), open_ms=live[-1].time_ms, symbol="EURUSD"))
    engine = Engine(config_in(Path("unused")).engine_config())
    made = decisions()[0]

    told = await explain(engine, [*history, later, *live], SYMBOL, made.time_ms, begin_ms)

    assert told.decided == made
