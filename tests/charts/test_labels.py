"""Words in pictures: inside the canvas, off each other, large enough, and harmless whatever they hold."""

from __future__ import annotations

import io
from itertools import accumulate, combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.text import Text
from PIL import Image

from charts.canvas import Canvas
from charts.layout import Box
from charts.picture import Level, Scene
from charts.render import compose, draw
from charts.scene import candle_scene, encode, milestone_scene, signal_scene
from charts.theme import DARK, HEIGHT, WIDTH
from charts.view import view_of
from engine.types import (
    BreakKind,
    Candle,
    CloseReason,
    Direction,
    Instrument,
    Reason,
    ReasonCode,
    Role,
    Setup,
    StructureBreak,
    Swing,
    SwingKind,
    SwingLabel,
    Timeframe,
    Zone,
    ZoneKind,
)
from engine.types import TradeStatus as Status
from tests.charts.makers import (
    GOLD,
    M15,
    MARK,
    NOW,
    SESSIONS,
    candle,
    fill,
    instrument,
    market,
    ms,
    reason,
    setup,
    trade,
    waves,
)

CANVAS = Box(0, 0, WIDTH, HEIGHT)
MID = 227_400


def texts(canvas: Canvas) -> list[Text]:
    """Those we put there: they have a role. The drawing library's own axis labels are never painted."""
    return [text for text in canvas.figure.findobj(Text) if text.get_gid() and text.get_text().strip()]


def ink(canvas: Canvas) -> list[tuple[str, str, Box]]:
    """Role, words and place of each text, as the drawing library measures it: from capitals' top to descenders."""
    found = []
    for text in texts(canvas):
        extent = text.get_window_extent()
        size, base = text.get_fontsize(), text.get_position()[1]
        place = Box(extent.x0, base - 0.75 * size, extent.x1, base + 0.21 * size)
        found.append((str(text.get_gid()), text.get_text(), place))
    return found


def assert_readable(scene: Scene) -> None:
    canvas = compose(scene)
    words = ink(canvas)
    for _, text, place in words:
        assert CANVAS.holds(place), f"{text!r} leaves the picture: {place}"
    for (_, one, here), (_, other, there) in combinations(words, 2):
        assert here.overlap(there) < 1, f"{one!r} at {here} lies on {other!r} at {there}"
    assert min(text.get_fontsize() for text in texts(canvas)) >= 23


codes = st.sampled_from(
    [ReasonCode.ENTRY_ZONE, ReasonCode.ZONE_HELD, ReasonCode.ZONE_STACKED, ReasonCode.OPPOSING_ZONE]
)


@st.composite
def candles(draw: st.DrawFn, at_least: int = 1) -> list[Candle]:
    """A walk that ends at `MID`: tall or flat, long or short, with wicks."""
    height = draw(st.sampled_from([0, 5, 200, 900]))
    steps = draw(st.lists(st.integers(-height, height), min_size=at_least, max_size=90))
    closes = [MID - sum(steps[k:]) for k in range(1, len(steps) + 1)]
    return market(closes, wick=draw(st.sampled_from([0, 3, 150, 4000])))


@st.composite
def zone_reasons(draw: st.DrawFn) -> Reason:
    bottom = MID + draw(st.integers(-3000, 3000))
    return reason(
        draw(codes),
        (bottom, bottom + draw(st.integers(1, 1500))),
        timeframe=draw(st.sampled_from([Timeframe.M15, Timeframe.H1, Timeframe.H4])),
        from_ms=NOW - draw(st.integers(1, 120)) * M15,
        detail=draw(st.sampled_from(["FVG", "OB", "SD", "IFVG", "BB"])),
    )


@st.composite
def setups(draw: st.DrawFn) -> Setup:
    direction = draw(st.sampled_from(list(Direction)))
    sign, entry = direction.sign, MID + draw(st.integers(-60, 60))
    risk = draw(st.integers(30, 2500))
    further = draw(st.lists(st.integers(1, 3 * risk), max_size=4))
    ways = accumulate(further, initial=risk + draw(st.integers(0, risk)))
    marks = [
        reason(ReasonCode.STRUCTURE, (entry - sign * risk // 3,), direction=direction, detail="CHoCH"),
        reason(
            ReasonCode.SWEEP,
            (entry - sign * risk // 2, entry - sign * (risk - 5)),
            direction=direction,
            detail=draw(st.sampled_from(["swing", "London", "round"])),
        ),
        reason(ReasonCode.RANGE_EDGE, (entry - risk, entry + 2 * risk), timeframe=Timeframe.H1, role=Role.SETUP),
        reason(ReasonCode.KEY_LEVEL, (entry - sign * (risk - 3),), strength=2),
    ]
    return setup(
        [*draw(st.lists(zone_reasons(), max_size=6)), *marks],
        direction=direction,
        entry=entry,
        stop=entry - sign * risk,
        targets=tuple(entry + sign * way for way in ways),
        kind=draw(st.sampled_from(["Sweep + FVG", "LIQUIDITY_SWEEP + FVG + OB"])),
    )


def split_of(proposed: Setup) -> tuple[int, ...]:
    """Ten lot steps in parts as equal as can be, the rest at the last target."""
    further = len(proposed.targets) - 1
    return (*(10 // (further + 1) for _ in range(further)), 10 - further * (10 // (further + 1)))


names = st.sampled_from(
    ["PDH", "PDL", "Asia H", "London L", "New York H", "PWH", "IDM", "S/R ×12", "POC", "H1 Range H"]
)
levels = st.lists(
    st.builds(Level, names, st.integers(MID - 4000, MID + 4000), st.integers(NOW - 99 * M15, NOW), st.booleans()),
    max_size=6,
)


@st.composite
def zones(draw: st.DrawFn) -> tuple[Timeframe, Zone]:
    bottom = MID + draw(st.integers(-3000, 3000))
    return draw(st.sampled_from([Timeframe.M15, Timeframe.H1, Timeframe.H4])), Zone(
        id=1,
        kind=draw(st.sampled_from(ZoneKind)),
        direction=draw(st.sampled_from(Direction)),
        top=bottom + draw(st.integers(1, 1500)),
        bottom=bottom,
        strength=50,
        formed_ms=NOW - draw(st.integers(1, 120)) * M15,
        known_ms=NOW,
    )


@st.composite
def breaks(draw: st.DrawFn) -> StructureBreak:
    ago = draw(st.integers(1, 99))
    formed_ms = NOW - ago * M15
    return StructureBreak(
        kind=draw(st.sampled_from(BreakKind)),
        direction=draw(st.sampled_from(Direction)),
        level=MID + draw(st.integers(-2000, 2000)),
        level_formed_ms=formed_ms - draw(st.integers(1, 60)) * M15,
        level_known_ms=formed_ms,
        formed_ms=formed_ms,
        known_ms=formed_ms + M15,
        is_displaced=draw(st.booleans()),
    )


@st.composite
def swings(draw: st.DrawFn, rows: list[Candle]) -> list[Swing]:
    """At the very ends of candles, as swings are."""
    found = []
    for candle_ in draw(st.lists(st.sampled_from(rows), max_size=12)):
        kind = draw(st.sampled_from(SwingKind))
        price = candle_.high if kind is SwingKind.HIGH else candle_.low
        label = draw(st.none() | st.sampled_from(SwingLabel))
        found.append(Swing(kind, price, candle_.open_ms, NOW, label=label))
    return found


@settings(max_examples=40, deadline=None)
@given(candles(), setups(), levels)
def test_words_of_a_signal_never_overlap_or_leave_the_picture(
    rows: list[Candle], proposed: Setup, known: list[Level]
) -> None:
    assert_readable(signal_scene(trade(proposed, split=split_of(proposed)), rows, SESSIONS, GOLD, MARK, known))


@settings(max_examples=30, deadline=None)
@given(
    candles(at_least=40),
    setups(),
    st.integers(1, 39),
    st.sampled_from(["open", "secured", "target", "stop", "breakeven"]),
)
def test_words_of_a_lived_trade_never_overlap_or_leave_the_picture(
    rows: list[Candle], proposed: Setup, ago: int, how: str
) -> None:
    opened_ms = NOW - ago * M15
    life = {"status": Status.OPEN, "opened_ms": opened_ms, "opened_price": proposed.entry, "price_ms": NOW - 1}
    count, split = len(proposed.targets), split_of(proposed)
    taken = [
        fill(price, abs(price - proposed.entry), opened_ms + (NOW - 1 - opened_ms) * k // count, steps, target=k)
        for k, (price, steps) in enumerate(zip(proposed.targets, split, strict=True), 1)
    ]
    hit = taken[: count - 1]
    ends = {
        "open": {},
        "secured": {"status": Status.SECURED if hit else Status.OPEN, "fills": tuple(hit)},
        "target": {"fills": tuple(taken)},
        "stop": {"fills": (fill(proposed.stop, -proposed.risk, NOW - 1, steps=10),)},
        "breakeven": {"fills": (*hit, fill(proposed.entry, 0, NOW - 1, split[-1]))},
    }
    done = {"target": CloseReason.TARGET, "stop": CloseReason.STOP, "breakeven": CloseReason.BREAKEVEN}
    if how in done:
        life |= {"status": Status.CLOSED, "closed_ms": NOW - 1, "reason": done[how]}
    if how in ("secured", "target", "breakeven") and hit:
        life |= {"stop": proposed.entry}
    life |= ends[how]
    life["targets_hit"] = sum(each.target is not None for each in life.get("fills", ()))

    lived = trade(proposed, split=split, **life)
    assert_readable(milestone_scene(lived, rows, SESSIONS, GOLD, MARK, "−$12,345.67"))


@pytest.mark.parametrize(("targets", "notes"), [((228_790, 230_090, 231_390), 2), ((228_790, 228_890, 228_990), 0)])
def test_shares_stand_under_the_targets_ahead_only_where_they_cannot_be_taken_for_another_s(
    targets: tuple[int, ...], notes: int
) -> None:
    proposed = setup(targets=targets)
    first = fill(targets[0], targets[0] - proposed.entry, NOW - 1, steps=4, target=1)
    life = {"opened_ms": NOW - 9 * M15, "opened_price": proposed.entry, "stop": proposed.entry, "targets_hit": 1}
    lived = trade(proposed, split=(4, 3, 3), status=Status.SECURED, fills=(first,), price_ms=NOW - 1, **life)

    canvas = compose(milestone_scene(lived, market(waves(60)), SESSIONS, GOLD, MARK))

    assert sum(text.get_text() == "30 %" for text in texts(canvas)) == notes


@pytest.mark.parametrize(("beyond", "words"), [(0, "Stop at entry"), (1, "Stop moved")])
def test_a_stop_that_went_on_is_not_said_to_be_at_the_entry(beyond: int, words: str) -> None:
    proposed = setup(targets=(228_790, 230_090))
    first = fill(proposed.targets[0], proposed.targets[0] - proposed.entry, NOW - 9, steps=5, target=1)
    life = {"opened_ms": NOW - 9 * M15, "opened_price": proposed.entry, "targets_hit": 1, "price_ms": NOW - 1}
    lived = trade(
        proposed, split=(5, 5), status=Status.SECURED, fills=(first,), stop=proposed.entry + 300 * beyond, **life
    )

    shown = [
        text.get_text() for text in texts(compose(milestone_scene(lived, market(waves(60)), SESSIONS, GOLD, MARK)))
    ]

    assert [each for each in shown if each.startswith("Stop ")] == [words]


@settings(max_examples=30, deadline=None)
@given(candles(), st.lists(zones(), max_size=6), levels, st.lists(breaks(), max_size=5), st.data())
def test_words_of_a_plain_chart_never_overlap_or_leave_the_picture(
    rows: list[Candle],
    known: list[tuple[Timeframe, Zone]],
    named: list[Level],
    broken: list[StructureBreak],
    data: st.DataObject,
) -> None:
    scene = candle_scene(rows, known, named, SESSIONS, GOLD, MARK, NOW, breaks=broken, swings=data.draw(swings(rows)))

    assert_readable(scene)


@settings(max_examples=30, deadline=None)
@given(candles(at_least=20), st.data())
def test_the_name_of_a_swing_hides_no_candle(rows: list[Candle], data: st.DataObject) -> None:
    scene = candle_scene(rows, [], [], SESSIONS, GOLD, MARK, NOW, swings=data.draw(swings(rows)))
    bodies = view_of(scene).candle_boxes()

    for role, words, place in ink(compose(scene)):
        if role == "swing":
            assert not any(place.overlap(candle_) for candle_ in bodies), words


def test_names_at_the_edge_stand_in_the_order_of_what_they_name() -> None:
    """Nine names within the height of six: few keep their place, and still the highest is on top."""
    step = 25
    known = [
        (Timeframe.H1, Zone(k, ZoneKind.BASE, Direction.UP, MID + k * 2 * step + 9, MID + k * 2 * step, 50, 0, 1))
        for k in range(-2, 3)
    ]
    named = [Level(f"S/R ×{k}", MID + (2 * k - 5) * step, 0, is_liquidity=False) for k in range(1, 5)]

    scene = candle_scene(market(waves()), known, named, SESSIONS, GOLD, MARK, NOW)
    column = sorted((place.top, words) for role, words, place in ink(compose(scene)) if role == "column")

    assert [words for _, words in column] == [
        "H1 Demand", "S/R ×4", "H1 Demand", "S/R ×3", "H1 Demand", "S/R ×2", "H1 Demand", "S/R ×1", "H1 Demand",
    ]  # fmt: skip


def test_what_is_no_liquidity_is_not_gold() -> None:
    named = [Level("PDH", MID + 300, 0), Level("POC", MID - 300, 0, is_liquidity=False)]

    scene = candle_scene(market(waves()), [], named, SESSIONS, GOLD, MARK, NOW)
    colors = {text.get_text(): text.get_color() for text in texts(compose(scene)) if text.get_gid() == "column"}

    assert colors == {"PDH": DARK.gold, "POC": DARK.second}


def test_the_name_of_a_session_hides_no_candle_and_gives_way_to_those_at_the_top() -> None:
    rows = market(waves())
    for k in range(-20, -16):  # the first hour of London, as high as the picture
        top = rows[k]
        rows[k] = candle(top.open_ms, top.open, 300_000, top.low, top.close)
    london = [("London", rows[-20].open_ms, NOW)]
    scene = candle_scene(rows, [], [], london, GOLD, MARK, NOW)

    [name] = [place for role, _, place in ink(compose(scene)) if role == "session"]

    assert not any(name.overlap(candle_) for candle_ in view_of(scene).candle_boxes())


def test_the_name_of_a_sweep_does_not_stand_on_its_own_line() -> None:
    """The wick went a hair beyond the level, so beside the ring is on the line."""
    level, extreme = MID - 700, MID - 705
    swept = reason(ReasonCode.SWEEP, (level, extreme), detail="London", from_ms=NOW - 40 * M15)
    scene = signal_of(setup([swept]))
    line = view_of(scene).y(level)

    [name] = [place for _, words, place in ink(compose(scene)) if words == "Sweep London L"]

    assert not name.top < line < name.bottom


def test_a_distance_is_never_cut_its_share_goes_first() -> None:
    far = setup(entry=227_410, stop=217_410, targets=(242_187, 252_187))

    goals = [words for role, words, _ in ink(compose(signal_of(far))) if role == "goal"]

    assert [words for words in goals if "pips" in words] == ["2477.7 pips", "1477.7 pips", "1000 pips"]


def test_where_no_candle_opens_on_a_round_hour_the_first_of_a_date_is_named() -> None:
    """H4 candles of a day that begins at 17:00 in New York open at 01:00, 05:00 … UTC in summer."""
    first_ms, frame = ms("2024-04-01 01:00"), Timeframe.H4
    rows = [
        Candle("XAUUSD", frame, open_ms, open_ms + frame.ms, MID, MID + 50, MID - 50, MID)
        for open_ms in range(first_ms, first_ms + 100 * frame.ms, frame.ms)
    ]
    words = ink(compose(candle_scene(rows, [], [], [], GOLD, MARK, NOW)))

    assert [each for role, each, _ in words if role == "time"] == [
        "2 Apr",
        "5 Apr",
        "8 Apr",
        "11 Apr",
        "14 Apr",
        "17 Apr",
    ]


@pytest.mark.parametrize(
    "traded",
    [
        instrument("1000PEPEUSDT.P", tick="0.0000001", digits=7),
        instrument("BTCUSDT_240628", tick="0.1", digits=2),
        instrument("XAUUSD.micro#.and.then.some.more.letters", tick="0.001", digits=3),
    ],
    ids=lambda traded: traded.symbol,
)
def test_long_symbols_and_long_prices_fit(traded: Instrument) -> None:
    scene = signal_scene(trade(setup(symbol=traded.symbol)), market(waves()), SESSIONS, traded, MARK)

    assert_readable(scene)
    tags = [words for role, words, _ in ink(compose(scene)) if role == "tag"]
    assert sorted(tags) == sorted(scene.price_text(tag.price) for tag in scene.tags)


def test_the_prices_of_the_tags_stand_in_order_beside_their_lines() -> None:
    tight = setup(entry=227_410, stop=227_400, targets=(227_420, 227_430))

    tags = [(place.top, words) for role, words, place in ink(compose(signal_of(tight))) if role == "tag"]

    assert [words for _, words in sorted(tags)] == ["2274.30", "2274.20", "2274.10", "2274.00"]


def test_a_level_out_of_view_becomes_a_tag_with_an_arrow_and_never_stretches_the_scale() -> None:
    far = [Level("PDL", 204_667, NOW - 50 * M15), Level("PWH", 290_000, NOW - 50 * M15)]

    with_far = compose(signal_scene(trade(), market(waves()), SESSIONS, GOLD, MARK, far))
    without = compose(signal_scene(trade(), market(waves()), SESSIONS, GOLD, MARK))

    edges = [words for role, words, _ in ink(with_far) if role == "edge"]
    assert edges == ["PWH 2900.00 ↑", "PDL 2046.67 ↓"]
    assert [each for each in ink(with_far) if each[0] == "tag"] == [each for each in ink(without) if each[0] == "tag"]


def test_a_huge_wick_leaves_the_position_readable() -> None:
    rows = market(waves())
    spike = rows[-5]
    rows[-5] = candle(spike.open_ms, spike.open, 300_000, 150_000, spike.close)

    places = {words: place for role, words, place in ink(compose(signal_of(setup(), rows))) if role == "tag"}

    # The trade still takes more than a third of the picture's height.
    assert places["2264.90"].top - places["2297.10"].top > (856 - 112) / 3


HOSTILE = [
    "$A_{b}^\\frac{1}{0}$",
    "مرحبا بالعالم",
    "🦄🚀",
    "\u202eDSU\u2066",
    "a\nb\tc\x00",
    "W" * 400,
    "<b>&amp;",
    " ",
]


@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_words_are_drawn_as_they_are_and_stay_inside(words: str) -> None:
    scene = signal_scene(
        trade(setup(kind=words, symbol=words)),
        market(waves()),
        [(words, start, end) for _, start, end in SESSIONS],
        instrument(words),
        words,
        [Level(words, 228_000, NOW - 20 * M15)],
    )

    png = draw(encode(scene))

    assert Image.open(io.BytesIO(png)).size == (WIDTH, HEIGHT)
    for _, text, place in ink(compose(scene)):
        assert CANVAS.holds(place), text


def test_a_formula_in_a_symbol_is_not_worked_out() -> None:
    scene = signal_scene(trade(setup(symbol="$X_{1}$")), market(waves()), SESSIONS, GOLD, MARK)
    symbols = [text for text in texts(compose(scene)) if text.get_text() == "$X_{1}$"]

    assert len(symbols) == 1
    assert not symbols[0].get_parse_math()


def signal_of(proposed: Setup, rows: list[Candle] | None = None) -> Scene:
    return signal_scene(trade(proposed), rows or market(waves()), SESSIONS, GOLD, MARK)
