"""`explain`: what the engine saw at one moment, to the letter, and never with a price it could not have known."""

from __future__ import annotations

import io
from pathlib import Path

import msgspec
import pytest
from rich.console import Console

from bot.config import ConfigError
from bot.overview import explained_scene, market_scene
from bot.play.explain import explain, panels, plain
from bot.words.explain import Explained, sections
from bot.words.reasons import why, why_refused
from bot.words.wording import Market, Voice
from engine.engine import Engine
from engine.events import Heartbeat, History, SetupRejected, SignalIssued, Tick
from engine.kill_zones import KillZone
from engine.types import (
    BreakKind,
    Candle,
    ChartView,
    Direction,
    Inducement,
    InducementStatus,
    KeyLevel,
    MarketView,
    Missing,
    NoSetup,
    Pattern,
    PatternKind,
    PoolKind,
    Readings,
    Regime,
    Scale,
    Strategy,
    SwingKind,
    SwingLabel,
    Timeframe,
    ValueArea,
    ZoneKind,
    ZoneStatus,
)
from tests.bot.reader import shown, visible
from tests.bot.stage import SYMBOL, config_in, simulated_day
from tests.builders import GOLD, at, broken, candle, gold, pool, setup, signal, sweep, swing, trade, zone

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
    """Up on the small scale, down on the large one: its low is weak, its high strong."""
    bos = broken(BreakKind.BOS, UP, gold("2265.67"), known_ms=at("2024-04-03 01:00"))
    choch = broken(BreakKind.CHOCH, UP, gold("2240.10"), known_ms=at("2024-04-01 21:00"))
    large = broken(
        BreakKind.CHOCH, DOWN, gold("2230.50"), known_ms=at("2024-03-29 01:00"), scale=Scale.SWING, is_displaced=True
    )
    fields = {
        "candles": (last(Timeframe.H4, at("2024-04-03 13:00")),),
        "atr": 912.4,
        "trend": UP,
        "last_break": bos,
        "breaks": (large, choch, bos),
        "range_low": gold("2228.00"),
        "range_high": gold("2288.00"),
        "swings": (
            swing(SwingKind.LOW, gold("2222.10")),
            swing(SwingKind.HIGH, gold("2288.00"), scale=Scale.SWING),
            swing(SwingKind.HIGH, gold("2279.30"), label=SwingLabel.HIGHER_HIGH),
            swing(SwingKind.LOW, gold("2240.00"), label=SwingLabel.HIGHER_LOW),
        ),
        "swing_trend": DOWN,
        "swing_break": large,
        "swing_low": gold("2222.10"),
        "swing_high": gold("2288.00"),
        "regime": Regime.TRENDING,
        "readings": Readings(
            ema_fast=gold("2260.00"), ema_slow=gold("2241.50"), rsi=61.6, adx=31.4, efficiency=0.423, atr_percentile=64
        ),
    }
    return chart(Timeframe.H4, **(fields | changes))


def h1(**changes: object) -> ChartView:
    """A gap and demand below, a block around price, an inverted gap above; one filled and one dead that hold nothing
    any more.
    """
    known = {"known_ms": at("2024-04-02 15:00")}
    zones = (
        zone(gold("2266.64"), gold("2271.01"), strength=62, status=ZoneStatus.HALF, **known),
        zone(gold("2258.00"), gold("2261.50"), kind=ZoneKind.BASE, status=ZoneStatus.TOUCHED, touches=2, **known),
        zone(gold("2273.00"), gold("2275.00"), DOWN, ZoneKind.BLOCK, evidence=("volume", "round"), **known),
        zone(gold("2276.00"), gold("2280.96"), DOWN, status=ZoneStatus.BROKEN, **known),
        zone(gold("2275.50"), gold("2275.90"), DOWN, status=ZoneStatus.FILLED, **known),
        zone(gold("2282.00"), gold("2283.00"), DOWN, status=ZoneStatus.DEAD, **known),
    )
    taken_ms = at("2024-04-03 12:30")
    fields = {
        "zones": zones,
        "atr": 310.0,
        "inducement": Inducement(UP, gold("2268.40"), 0, 0, 0, InducementStatus.TAKEN, taken_ms),
        "levels": (
            KeyLevel(gold("2262.10"), 2, 0, 0),
            KeyLevel(gold("2269.90"), 1, 0, 0),
            KeyLevel(gold("2281.00"), 4, 0, 0),
        ),
    }
    return chart(Timeframe.H1, **(fields | changes))


def m15(**changes: object) -> ChartView:
    """Two pools at one level are one place to take stops at, and were swept once."""
    mss = broken(BreakKind.CHOCH, UP, gold("2272.48"), known_ms=NOW_MS, is_displaced=True)
    low, high = SwingKind.LOW, SwingKind.HIGH
    noon, half_past = at("2024-04-03 12:00"), at("2024-04-03 12:30")
    rounded, asia = pool(gold("2270.00"), kind=PoolKind.ROUND), pool(gold("2267.64"), kind=PoolKind.SESSION)
    fields = {
        "atr": 145.6,
        "trend": UP,
        "last_break": mss,
        "breaks": (mss,),
        "pools": (
            pool(gold("2280.00"), high),
            pool(gold("2280.00"), high, PoolKind.EQUAL),
            pool(gold("2276.10"), high),
            pool(gold("2262.40"), low, PoolKind.DAY),
        ),
        "sweeps": (
            sweep(msgspec.structs.replace(asia, name="Asia"), gold("2265.41"), formed_ms=noon, strength=71),
            sweep(pool(gold("2267.64")), gold("2265.41"), formed_ms=noon, strength=71),
            sweep(rounded, gold("2269.80"), formed_ms=half_past, strength=20),
        ),
        "pattern": Pattern(PatternKind.ENGULFING, UP, 0, 0),
        "readings": Readings(
            sma=gold("2272.10"),
            band_low=gold("2265.20"),
            band_high=gold("2279.00"),
            vwap=gold("2275.30"),
            value_area=ValueArea(gold("2268.50"), gold("2272.00"), gold("2262.00"), 0, 0),
        ),
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
        "none": ((Strategy.RANGE_FADE, NoSetup(Missing.REGIME)),),
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
    parts = shown(visible(why(trade(), VOICE))).split("\n\n")[1:]
    told = [line for row in rows(explained()) for line in row]

    assert len(parts) == 4
    assert [line for part in parts for line in part.splitlines() if line not in told] == []


def silent(**missing: Missing | NoSetup) -> Explained:
    """A close at which these strategies proposed nothing."""
    nothing = {name: found if isinstance(found, NoSetup) else NoSetup(found) for name, found in missing.items()}
    return explained(decided=None, none=tuple((Strategy(name), found) for name, found in nothing.items()))


def test_a_refused_sell_is_told_with_its_order_and_each_refusal():
    too_low, paused = ("score", ("61", "80")), ("paused", ("paused", "running"))
    prices = {"stop": gold("2283.30"), "targets": (gold("2260.30"), gold("2251.10"))}
    event = refused(
        too_low,
        paused,
        direction=DOWN,
        score=61,
        reasons=(),
        strategy=Strategy.SWEEP_REVERSAL,
        proof=gold("2281.00"),
        stop_basis="SD",
        again_of_ms=NOW_MS - 3 * M15_MS,
        changed=("+sweep:day",),
        **prices,
    )

    assert rows(explained(decided=event)) == [
        ("Setup", "SELL · Sweep + FVG · score 61/100"),
        ("Strategy", "Sweep reversal"),
        ("Again", "last seen 12:30 UTC, since then + previous day high sweep"),
        ("Trend 0/40", "none"),
        ("Setup 0/35", "none"),
        ("Entry 0/25", "none"),
        ("Against", "Nothing found"),
        ("Entry", "2274.10"),
        ("Stop", "2283.30 · 92.0 pips, beyond the supply zone at 2281.00"),
        ("TP1", "2260.30 · +1.50R · 138.0 pips"),
        ("TP2", "2251.10 · +2.50R · 230.0 pips"),
        ("R:R", "1 : 2.5"),
        ("Gate", "refused: Score under 80: Trend 0/40"),
        ("", "refused: New signals are paused"),
        ("Others", "Range fade: does not trade while H1 is of unknown regime"),
    ]
    for line in visible(why_refused(event, VOICE)).splitlines()[1:]:
        assert f"refused: {line}" in [text for _, text in rows(explained(decided=event))]


@pytest.mark.parametrize(
    ("nothing", "sentence"),
    [
        (NoSetup(Missing.QUOTE), "there was no quote yet"),
        (NoSetup(Missing.OFF), "switched off"),
        (NoSetup(Missing.REGIME), "does not trade while H1 is of unknown regime"),
        (NoSetup(Missing.BREAK), "this close broke no M15 structure"),
        (NoSetup(Missing.SWEEP), "no liquidity pool was swept before"),
        (NoSetup(Missing.EDGE), "not at the edge of the H1 range"),
    ],
)
def test_a_strategy_that_proposes_nothing_says_what_was_missing(nothing, sentence):
    assert rows(silent(trend_continuation=nothing))[0] == ("No setup", f"Trend continuation: {sentence}")


@pytest.mark.parametrize(
    ("nothing", "words"),
    [
        (NoSetup(Missing.TREND, DOWN), "(SELL): the H4 trend is not down"),
        (NoSetup(Missing.MOVEMENT, UP), "(BUY): price stands still: there is no distance for a stop"),
        (NoSetup(Missing.FAR_STOP, DOWN, 1234, 873), "(SELL): the stop would be 123.4 pips away, at most 87.3 pips"),
        (NoSetup(Missing.CHANGE, UP), "(BUY): nothing changed since it was last proposed"),
    ],
)
def test_where_something_spoke_for_a_trade_its_way_is_said(nothing, words):
    assert rows(silent(trend_continuation=nothing))[0] == ("No setup", f"Trend continuation {words}")


def test_every_strategy_has_a_row_and_the_words_for_what_it_lacks():
    of = silent(trend_continuation=Missing.BREAK, sweep_reversal=Missing.BREAK, range_fade=Missing.SWEEP)

    assert rows(of) == [
        ("No setup", "Trend continuation: this close broke no M15 structure"),
        ("", "Sweep reversal: no change of character on M15 at this close"),
        ("", "Range fade: this close swept no liquidity pool"),
        ("Last setup", "none since 1 Apr 00:00 UTC"),
    ]


def test_a_strategy_that_does_not_trade_this_regime_names_it():
    of = silent(range_fade=Missing.REGIME)
    trending = msgspec.structs.replace(of, view=view(setup=h1(regime=Regime.TRENDING)))

    assert rows(trending)[0] == ("No setup", "Range fade: does not trade while H1 is trending")


def test_history_only_warms_up():
    assert rows(explained(decided=None, none=())) == [
        ("No setup", "history only warms up; what is played begins 1 Apr 00:00 UTC"),
        ("Last setup", "none since 1 Apr 00:00 UTC"),
    ]


def test_what_other_strategies_proposed_at_the_same_close_stands_beside_and_is_said_once():
    fade = refused(("score", ("57", "80")), strategy=Strategy.RANGE_FADE, direction=DOWN, score=57, reasons=())
    unchanged = NoSetup(Missing.CHANGE)
    of = explained(beside=(fade,), none=((Strategy.TREND_CONTINUATION, unchanged), (Strategy.RANGE_FADE, unchanged)))

    assert rows(of)[-2:] == [
        ("Others", "Range fade: SELL · Sweep + FVG · score 57/100"),
        ("", "  refused: Score under 80: Trend 0/40"),
    ]


def test_a_timeframe_that_is_not_ready_says_how_many_candles_it_lacks():
    young = h4(is_ready=False, candles=(last(Timeframe.H4),) * 28)
    of = msgspec.structs.replace(silent(range_fade=Missing.READY), view=view(trend=young))

    assert rows(of, "H4")[0] == ("Ready", "no, 12 more candles needed")
    assert rows(of)[0] == ("No setup", "Range fade: not ready: H4 needs 12 more")


def test_the_last_setup_before_is_named_with_its_time_score_and_end():
    earlier_ms = NOW_MS - 4 * M15_MS
    issued = SignalIssued(earlier_ms, trade(signal(setup(known_ms=earlier_ms))))
    turned_away = refused(("score", ("61", "80")), known_ms=earlier_ms, score=61, reasons=())

    assert rows(explained(decided=None, earlier=issued))[1:] == [
        ("Last setup", "3 Apr 12:15 UTC · BUY · Sweep + FVG · score 88/100"),
        ("", "  Trend continuation · signal XAU_20240403_002"),
    ]
    assert rows(explained(decided=None, earlier=turned_away))[1:] == [
        ("Last setup", "3 Apr 12:15 UTC · BUY · Sweep + FVG · score 61/100"),
        ("", "  Trend continuation · refused: Score under 80: Trend 0/40"),
    ]


def test_kill_zones_are_those_of_the_configuration():
    lunch = KillZone("Lunch", "09:00", "09:30")

    assert rows(explained(kill_zones=(lunch,)), "XAUUSD")[2] == ("Market", "open · New York session · Lunch kill zone")
    assert rows(explained(kill_zones=()), "XAUUSD")[2] == ("Market", "open · New York session")


def test_a_terminal_of_80_columns_shows_a_usual_moment_without_a_wrapped_line():
    with Console(width=80, record=True, file=io.StringIO()) as console:
        console.print(panels(sections(explained(), VOICE)))
    framed = [line.strip("│ ") for line in console.export_text().splitlines() if line.startswith("│")]
    unwrapped = [
        " ".join(f"{name} {text}".split()) for section in sections(explained(), VOICE) for name, text in section.rows
    ]

    assert [" ".join(line.split()) for line in framed] == [shown(line) for line in unwrapped]


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

    drawn = explained_scene(explained(decided=event), VOICE)

    assert (drawn.order, drawn.title, drawn.id) == ("BUY", "Sweep + FVG · refused", "")
    assert drawn.position is not None
    assert drawn.position.targets[0].note == "138 pips"  # nothing was split: it took no lots


def test_without_a_setup_the_market_is_drawn_with_its_zones_levels_and_breaks():
    drawn = explained_scene(explained(decided=None), VOICE)

    assert drawn.position is None
    assert {band.label for band in drawn.bands} == {"H1 FVG", "H1 OB", "H1 Demand"}
    # The four nearest to 2273.90.
    assert {level.label for level in drawn.levels} == {"VAH", "POC", "EQH", "PDL"}
    assert [line.label for line in drawn.breaks] == []  # its candle is not among those given


def test_an_hours_chart_names_support_resistance_and_the_inducement_that_rests():
    rests = Inducement(UP, gold("2268.40"), 0, 0, 0)
    drawn = market_scene(view(setup=h1(inducement=rests)), Timeframe.H1, VOICE)

    assert drawn is not None
    assert [(level.label, level.is_liquidity) for level in drawn.levels] == [
        ("VAH", False),
        ("POC", False),
        ("IDM", True),
        ("EQH", True),
    ]


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
    closes = sorted({event.time_ms for event in made})
    told = [(await seen(close_ms))[1] for close_ms in closes]

    assert {type(event) for event in made} == {SignalIssued, SetupRejected}
    for close_ms, each in zip(closes, told, strict=True):
        at_close = [event for event in made if event.time_ms == close_ms]
        issued = [event for event in at_close if isinstance(event, SignalIssued)]
        assert each.decided == (issued or at_close)[0]
        assert sorted([each.decided, *each.beside], key=at_close.index) == at_close
    assert [each.earlier for each in told[:1]] == [None]
    assert [each.earlier.time_ms for each in told[1:]] == closes[:-1]


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

    assert between.decided is None
    assert {strategy for strategy, _ in between.none} == set(Strategy)
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
