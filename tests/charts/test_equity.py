"""The day's picture: equity as steps, one row a trade, and days on which nothing happened."""

from __future__ import annotations

import io
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.colors import to_hex
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from PIL import Image

from charts.picture import DailyPicture, EquityPoint, NumberCard, Tone, TradeRow, encode
from charts.render import compose, draw
from charts.theme import DARK
from engine.types import DAY_MS, Direction
from tests.charts.makers import MARK, NOW
from tests.charts.test_labels import CANVAS, ink, texts

UP, DOWN = Direction.UP, Direction.DOWN
CARDS = (
    NumberCard("Closed today", "2", "1 won · 1 lost"),
    NumberCard("Profit factor 30 d", "1.48"),
    NumberCard("Win rate 30 d", "53 %", "16 of 30"),
    NumberCard("Drawdown 30 d", "−4.5R", "worst"),
)


def row(result_r: float, banked_r: float | None = None, direction: Direction = UP) -> TradeRow:
    return TradeRow("07:31", direction, "Sweep + FVG", "open, half taken", f"{result_r:+.2f}R", result_r, banked_r)


def day(rows: tuple[TradeRow, ...] = (), totals: tuple[float, ...] = (), theme: str = "dark") -> DailyPicture:
    """One closed trade a day, the last one today."""
    equity = tuple(EquityPoint(NOW - (len(totals) - 1 - k) * DAY_MS, total) for k, total in enumerate(totals))
    return DailyPicture(
        theme=theme,
        mark=MARK,
        title="Daily report",
        subtitle="XAUUSD · Wed 3 Apr 2024 · day ends 21:00 UTC",
        headline="+1.00R",
        tone=Tone.PROFIT,
        headline_note="+128.0 pips · +$94.40",
        cards=CARDS,
        equity_title="Equity, last 30 days",
        equity_note="one step per closed trade",
        equity_total="+6.75R",
        today_ms=NOW - NOW % DAY_MS,
        equity=equity,
        rows=rows,
    )


def words(picture: DailyPicture) -> list[str]:
    return [text.get_text() for text in texts(compose(picture))]


def boxes(picture: DailyPicture, color: str) -> list[Rectangle]:
    found = compose(picture).figure.findobj(Rectangle)
    return [each for each in found if to_hex(each.get_facecolor()).upper() == color and each.get_alpha() is not None]


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_a_day_is_a_picture_of_the_promised_size(theme: str) -> None:
    png = draw(encode(day((row(-1.0), row(2.0)), (0.75, -0.25, 1.75), theme)))

    assert Image.open(io.BytesIO(png)).size == (1280, 960)
    assert len(png) < 200_000


def test_the_curve_has_one_step_a_closed_trade_and_begins_at_zero() -> None:
    picture = compose(day(totals=(1.0, 0.0, 2.0)))
    curve = next(line for line in picture.figure.findobj(Line2D) if line.get_linewidth() == pytest.approx(3.4))
    xs, ys = curve.get_xdata(), curve.get_ydata()

    zero, one, again, two = ys[0], ys[2], ys[4], ys[6]
    assert len(xs) == 8  # four levels: zero and three trades
    assert zero == again
    assert zero - two == pytest.approx(2 * (zero - one))


def test_drawdown_is_shaded_only_below_the_old_high() -> None:
    assert len(boxes(day(totals=(1.0, 2.0, 3.0)), DARK.loss)) == 0
    assert len(boxes(day(totals=(1.0, 0.0, 0.5, 3.0)), DARK.loss)) == 2


def test_today_is_shaded_in_gold_when_something_was_closed_today() -> None:
    yesterday = day(totals=(1.0, 2.0))
    quiet = DailyPicture(
        **{name: getattr(yesterday, name) for name in yesterday.__struct_fields__} | {"today_ms": NOW + 1}
    )

    # The brand's sign in the footer is gold too.
    assert len(boxes(yesterday, DARK.gold)) == 2
    assert len(boxes(quiet, DARK.gold)) == 1


def test_more_than_four_trades_show_the_three_largest_either_way() -> None:
    results = (0.5, -1.0, 2.0, 0.1, 1.5, -0.2)

    shown = words(day(tuple(row(result) for result in results)))

    assert [text for text in shown if text in {f"{result:+.2f}R" for result in results}] == [
        "-1.00R",
        "+2.00R",
        "+1.50R",
    ]
    assert "and 3 more" in shown


def test_four_trades_are_all_shown() -> None:
    shown = words(day((row(1.0), row(2.0), row(3.0), row(4.0))))

    assert {"+1.00R", "+2.00R", "+3.00R", "+4.00R"} < set(shown)
    assert not any("more" in text for text in shown)


def test_a_day_without_trades_says_so() -> None:
    shown = words(day())

    assert "No trades today" in shown
    assert "No closed trades yet" in shown


def test_of_an_open_trade_only_the_banked_part_is_filled() -> None:
    picture = compose(day((row(2.0), row(1.9, banked_r=0.75))))
    bars = [each for each in picture.figure.findobj(Rectangle) if each.get_height() in (27, 24)]  # 24: within its edge
    filled = sorted(bar.get_width() for bar in bars if bar.get_facecolor()[3] == 1)
    outlined = [bar.get_width() for bar in bars if bar.get_facecolor()[3] == 0]

    assert filled == pytest.approx([0.75 * filled[1] / 2, filled[1]])
    assert outlined == pytest.approx([1.9 * filled[1] / 2 - 3])  # less its edge of three pixels


results = st.floats(-9, 9).map(lambda value: round(value, 2))
rows = st.lists(st.builds(row, results, st.none() | results, st.sampled_from([UP, DOWN])), max_size=7).map(tuple)


@settings(max_examples=25, deadline=None)
@given(rows, st.lists(st.floats(-40, 40), max_size=60).map(tuple))
def test_words_of_a_day_never_overlap_or_leave_the_picture(
    trades: tuple[TradeRow, ...], totals: tuple[float, ...]
) -> None:
    found = ink(compose(day(trades, totals)))

    for _, text, place in found:
        assert CANVAS.holds(place), text
    for (_, one, here), (_, other, there) in combinations(found, 2):
        assert here.overlap(there) < 1, f"{one!r} lies on {other!r}"
