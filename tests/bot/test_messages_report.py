"""The daily report's caption."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import msgspec

from bot.words.report_captions import DailyFigures, Refused, daily_report
from engine.performance import Performance, measure
from engine.types import CloseReason, Trade
from tests.bot.reader import VOICE, golden, shown, units, visible
from tests.builders import at, bitcoin, closed, ended, gold, opened, secured, setup, signal

RECENT = Performance(
    trades=30,
    won=16,
    lost=14,
    flat=0,
    total_r=6.75,
    win_rate=16 / 30,
    average_r=0.225,
    profit_factor=1.48,
    drawdown_r=-4.5,
    drawdown_now_r=-2.0,
    drawdown_from_ms=at("2024-03-20 12:00"),
    drawdown_to_ms=at("2024-03-26 12:00"),
    losing_run=4,
    ambiguous=0,
)


def numbered(number: int, **changes: object) -> Trade:
    return opened(signal(id=f"XAU_20240403_{number:03}", **changes))


def won(number: int) -> Trade:
    first = secured(signal(id=f"XAU_20240403_{number:03}"))
    return closed(first, gold("2297.10"), CloseReason.TARGET)


def day(*ended_trades: Trade, running: tuple[Trade, ...] = ()) -> DailyFigures:
    return DailyFigures(date(2024, 4, 3), at("2024-04-03 21:00"), ended_trades, running, RECENT)


def test_a_day_reads_as_designed() -> None:
    running = (secured(signal(id="XAU_20240403_003")),)
    post = daily_report(day(closed(numbered(1)), won(2), running=running), VOICE, picture=b"{}")

    assert shown(post.text) == golden("daily")
    assert post.picture == b"{}"


def test_a_day_without_signals_says_what_was_refused() -> None:
    quiet = DailyFigures(
        date(2024, 4, 10),
        at("2024-04-10 21:00"),
        (),
        (),
        msgspec.structs.replace(RECENT, trades=29, total_r=6.5),
        refused=4,
        refusals=(Refused("score", "80", 2), Refused("news", "", 1), Refused("risk_reward", "1.5", 1)),
    )

    assert shown(daily_report(quiet, VOICE).text) == golden("daily_quiet")


def test_breakeven_counts_as_won_and_an_exact_zero_as_flat() -> None:
    unsplit = secured(signal(lots=Decimal("0.01"), lot_steps=1, split=(0, 1)))
    figures = day(
        closed(secured(), None, CloseReason.BREAKEVEN),
        closed(unsplit, None, CloseReason.BREAKEVEN),
        ended(CloseReason.EXPIRED),
    )

    assert "3 signals: 1 won, 0 lost, 1 flat, 1 not filled" in daily_report(figures, VOICE).text


def test_a_sell_and_large_numbers_keep_their_columns_within_a_phone() -> None:
    coin = bitcoin()
    big = setup(symbol="BTCUSDT", entry=6_000_000, stop=4_600_000, targets=(7_400_000, 9_000_000))
    trades = [closed(opened(signal(big, id=f"BTC_20240403_{index:03}"))) for index in (1, 12)]
    text = visible(daily_report(day(*trades), msgspec.structs.replace(VOICE, instrument=coin)).text)
    rows = [line for line in text.splitlines() if line.startswith(("001", "012"))]

    assert rows == ["001 BUY stop  −1.00R  −14000.0", "012 BUY stop  −1.00R  −14000.0"]
    assert all(len(row) <= 30 for row in rows)


def test_a_busy_day_shows_the_largest_results_and_how_many_more_there_are() -> None:
    figures = day(*(closed(numbered(index)) for index in range(1, 31)), won(31))
    post = daily_report(figures, VOICE)

    assert units(post.text) <= 1024
    assert "and 19 more" in post.text
    assert "031 BUY TP2   +2.00R" in post.text


def test_the_first_month_has_nothing_to_divide_by() -> None:
    nothing = measure([])
    first_day = msgspec.structs.replace(day(running=(opened(),)), recent=nothing)

    assert "30 days: no closed trades yet\n<b>PAPER" in daily_report(first_day, VOICE).text
    assert (
        "No signals today.</b>\n\n30 days: no closed trades yet\n"
        in daily_report(msgspec.structs.replace(first_day, running=()), VOICE).text
    )


def test_zero_has_no_sign() -> None:
    assert shown(daily_report(day(running=(opened(),)), VOICE).text).splitlines()[3] == (
        "<b>0.00R</b> · 0.0 pips · $0.00"
    )
