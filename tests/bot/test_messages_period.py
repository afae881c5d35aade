"""The captions and pictures of weeks, months and longer: golden texts, and limits whatever flows in."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from itertools import combinations

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.sandbox.telegram_html import parse_html
from bot.words.report_english import Span
from bot.words.report_period import period_report
from bot.words.report_period_picture import period_picture
from bot.words.report_rows import PeriodFigures
from bot.words.wording import Market, Style, Voice
from charts.picture import DayCell, GroupRow, decode, encode
from charts.render import compose
from engine.types import Session, Strategy, Trade
from tests.bot.reader import VOICE, golden, shown, units, visible
from tests.builders import GOLD, at, closed, opened, setup, signal
from tests.charts.test_labels import CANVAS, ink, texts

CONTINUATION, REVERSAL, FADE = Strategy
ASIA, LONDON, NEW_YORK = Session


def done(day: date, result_r: float, strategy: Strategy, session: Session, symbol: str = "XAUUSD") -> Trade:
    """A trade of one R = 1000 ticks, closed whole at 14:06."""
    made = setup(
        symbol=symbol,
        entry=100_000,
        stop=99_000,
        targets=(101_000, 102_000),
        strategy=strategy,
        session=session,
    )
    of = opened(signal(made, id=f"XAU_{day:%Y%m%d}_001"))
    return closed(of, price=100_000 + round(1000 * result_r), closed_ms=at(f"{day} 14:06"))


def figures(span: Span, first: date, last: date, *trades: Trade, **changes: object) -> PeriodFigures:
    fields: dict[str, object] = {
        "scope": "XAUUSD",
        "end_ms": at(f"{last} 21:00"),
        "days": tuple(date.fromordinal(719163 + (trade.closed_ms or 0) // 86_400_000) for trade in trades),
        "running": 0,
        "refused": 4,
        "money": Decimal("301.60"),
        "pips": Decimal("343.0"),
        "has_weekends": False,
    }
    return PeriodFigures(span=span, first=first, last=last, trades=trades, **(fields | changes))  # type: ignore[arg-type]


def week(**changes: object) -> PeriodFigures:
    """Five trading days by hand: +2 −1 · 0.5 · −1 −1 · nothing · +2.25."""
    days = [date(2024, 4, day) for day in range(1, 6)]
    trades = (
        done(days[0], 2, CONTINUATION, LONDON),
        done(days[0], -1, REVERSAL, NEW_YORK),
        done(days[1], 0.5, CONTINUATION, LONDON),
        done(days[2], -1, CONTINUATION, LONDON),
        done(days[2], -1, FADE, ASIA),
        done(days[4], 2.25, REVERSAL, NEW_YORK),
    )
    return figures(Span.WEEKLY, date(2024, 3, 30), date(2024, 4, 5), *trades, **changes)


def month() -> PeriodFigures:
    """Thirty trades, ten of each setup: each time +1.5, −1 and 0, over all of April."""
    trades = []
    for number in range(30):
        day = date(2024, 4, 1) + timedelta(days=number)
        result = (1.5, -1.0, 0.0)[number % 3]
        strategy, session = (list(Strategy)[number % 3], list(Session)[number % 2])
        trades.append(done(day, result, strategy, session))
    return figures(Span.MONTHLY, date(2024, 4, 1), date(2024, 4, 30), *trades, running=1)


def test_a_week_reads_as_designed() -> None:
    assert shown(period_report(week(), VOICE).text) == golden("weekly")


def test_a_month_reads_as_designed() -> None:
    assert shown(period_report(month(), VOICE).text) == golden("monthly")


def test_a_week_without_trades_says_so_and_what_was_refused() -> None:
    quiet = figures(Span.WEEKLY, date(2024, 3, 30), date(2024, 4, 5), running=2)

    assert shown(period_report(quiet, VOICE).text) == (
        "<b>Weekly report · XAUUSD</b>\n1–5 Apr 2024\n\n<b>No closed trades.</b> 4 setups refused.\n"
        "2 trades open at the end, not counted\n<b>PAPER · SIMULATED</b>"
    )


def test_a_late_report_says_when_it_was_due() -> None:
    text = shown(period_report(week(due_ms=at("2024-04-05 21:00")), VOICE).text)

    assert text.splitlines()[:3] == [
        "<b>Weekly report · XAUUSD</b>",
        "1–5 Apr 2024",
        "Late: due 5 Apr 2024 21:00 UTC.",
    ]


def test_nothing_is_divided_by_nothing() -> None:
    won = figures(Span.DAYS_7, date(2024, 4, 1), date(2024, 4, 7), done(date(2024, 4, 3), 1, FADE, ASIA))
    flat = figures(Span.DAYS_7, date(2024, 4, 1), date(2024, 4, 7), done(date(2024, 4, 3), 0, FADE, ASIA))

    assert "profit factor" not in period_report(won, VOICE).text
    assert "% won" not in shown(period_report(flat, VOICE).text)
    assert "Drawdown 0.0R" in period_report(won, VOICE).text
    assert [card.value for card in period_picture(flat, VOICE, "dark").cards] == ["–", "–", "0.00R", "0.0R", "0.0R"]


def test_the_picture_of_a_month_is_its_calendar_and_where_it_came_from() -> None:
    picture = period_picture(month(), VOICE, "dark")

    assert (picture.title, picture.subtitle) == ("April 2024", "XAUUSD · monthly report")
    assert picture.mark == "PAPER · SIMULATED"
    assert [week.name for week in picture.weeks] == ["1 Apr", "8 Apr", "15 Apr", "22 Apr", "29 Apr"]
    assert picture.columns == ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"), "there were trades on Saturdays"
    assert picture.weeks[0].days[:4] == (DayCell(1.5), DayCell(-1.0), DayCell(0.0), DayCell(1.5))
    assert picture.weeks[4].days[2:] == (DayCell(None, False),) * 5
    assert picture.right[0].rows == (
        GroupRow("Range fade", 10, "0.00R", 0.0),
        GroupRow("Sweep reversal", 10, "−10.00R", -10.0),
        GroupRow("Trend continuation", 10, "+15.00R", 15.0),
    )
    assert [point.total_r for point in picture.equity][:4] == [1.5, 0.5, 0.5, 2.0]
    assert picture.footnote == "1R = first risk"


def test_drawdown_worst_and_now_are_cards_as_large_as_the_win_rate() -> None:
    """+2 −1 +0.5 −1 −1 +2.25: 2.5 under the high at worst, 0.25 under it now."""
    picture = period_picture(week(), VOICE, "dark")

    assert [(card.name, card.value) for card in picture.cards] == [
        ("Win rate", "50\u00a0%"),
        ("Profit factor", "1.58"),
        ("Per trade", "+0.29R"),
        ("Worst drawdown", "−2.5R"),
        ("Drawdown now", "−0.3R"),
    ]
    assert picture.footnote == "1R = first risk · 6 trades, too few to say anything"


def test_a_long_time_is_told_by_months_and_its_curve_says_how_coarse_it_is() -> None:
    days = [date(2023, 1, 2) + timedelta(days=number) for number in range(500)]
    long = figures(Span.ALL, days[0], days[-1], *(done(day, 1, FADE, ASIA) for day in days))
    picture = period_picture(long, VOICE, "dark")

    assert [row.name.replace("\u00a0", " ") for row in picture.left[0].rows] == [
        "earlier",
        *(
            f"{month} {year}"
            for month, year in (("Dec", 2023), ("Jan", 2024), ("Feb", 2024), ("Mar", 2024), ("Apr", 2024))
        ),
        "May 2024",
    ]
    assert sum(row.count for row in picture.left[0].rows) == 500
    assert picture.equity_note == "one step per 4 closed trades"
    assert (len(picture.equity), picture.equity[-1].total_r) == (125, 500.0)


hostile_names = st.one_of(
    st.text(min_size=1, max_size=60),
    st.sampled_from(["</pre>", "<b>", "&amp;", "\u202e", "🤑" * 60, "a" * 400, "\x00"]),
)
results = st.one_of(st.floats(-3, 5), st.sampled_from([-1.0, 0.0, 2.0, 99_999.0, -99_999.0])).map(lambda r: round(r, 3))


@st.composite
def periods(draw: st.DrawFn) -> PeriodFigures:
    span = draw(st.sampled_from(Span))
    first = draw(st.dates(date(2015, 1, 1), date(2030, 1, 1)))
    length = {Span.TODAY: 1, Span.WEEKLY: 7, Span.DAYS_7: 7, Span.DAYS_30: 30, Span.DAYS_90: 90}.get(span)
    if span is Span.MONTHLY:
        first, length = first.replace(day=1), 28
    length = length or draw(st.integers(1, 2000))
    names = draw(st.lists(hostile_names, min_size=1, max_size=9, unique=True))
    offsets = sorted(draw(st.lists(st.integers(0, length - 1), max_size=60)))
    trades = [
        done(
            first + timedelta(days=offset),
            draw(results),
            draw(st.sampled_from(Strategy)),
            draw(st.sampled_from(Session)),
            draw(st.sampled_from(names)),
        )
        for offset in offsets
    ]
    return figures(
        span,
        first,
        first + timedelta(days=length - 1),
        *trades,
        scope=draw(hostile_names),
        running=draw(st.integers(0, 10**6)),
        refused=draw(st.integers(0, 10**6)),
        money=draw(st.decimals(-(10**12), 10**12, places=2)),
        pips=draw(st.none() | st.decimals(-(10**12), 10**12, places=1)),
        has_weekends=draw(st.booleans()),
        due_ms=draw(st.none() | st.just(at("2024-04-05 21:00"))),
    )


@settings(max_examples=60, deadline=None)
@given(periods())
def test_a_caption_always_fits_and_its_rows_do_not_wrap(of: PeriodFigures) -> None:
    text = period_report(of, Voice(instrument=GOLD, market=Market.REPLAY, currency="<&>")).text

    assert units(text) <= 1024
    assert "PAPER · REPLAY" in visible(text)
    assert not set("\u202e\x00") & set(visible(text))
    if of.trades:
        assert "Drawdown" in text
        assert "Ambiguous fills: 0" in text
    for part in text.split("<pre>")[1:]:
        assert all(len(row) <= 30 for row in parse_html(part.split("</pre>")[0]).text.splitlines())


@settings(max_examples=12, deadline=None)
@given(periods(), st.sampled_from(["dark", "light"]))
def test_words_of_a_picture_never_overlap_or_leave_it(of: PeriodFigures, theme: str) -> None:
    picture = period_picture(of, Style(market=Market.REPLAY), theme)
    canvas = compose(picture)
    found = ink(canvas)

    assert decode(encode(picture)) == picture
    assert min(text.get_fontsize() for text in texts(canvas)) >= 23
    for _, text, place in found:
        assert CANVAS.holds(place), text
    for (_, one, here), (_, other, there) in combinations(found, 2):
        assert here.overlap(there) < 1, f"{one!r} lies on {other!r}"


def test_a_picture_of_everything_stays_small() -> None:
    trades = [
        msgspec.structs.replace(trade, closed_ms=(trade.closed_ms or 0) + number)
        for number, trade in enumerate(month().trades * 10)
    ]
    full = figures(Span.MONTHLY, date(2024, 4, 1), date(2024, 4, 30), *trades, pips=None)

    assert len(compose(period_picture(full, VOICE, "light")).png()) < 200_000, "the larger one of the two"
