"""The daily report's picture: figures in, what to draw out."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from bot.words.live_block import is_half, share_banked
from bot.words.report_captions import DailyFigures
from bot.words.wording import DOT, Voice, percent, r, signed
from charts.picture import DailyPicture, EquityPoint, NumberCard, Tone, TradeRow
from engine.types import CloseReason, Trade

_OUTCOMES = {
    CloseReason.TARGET: "TP{number}",
    CloseReason.STOP: "stop",
    CloseReason.BREAKEVEN: "breakeven",
    CloseReason.DESK: "closed by desk",
    CloseReason.TRAILED: "moved stop",
    CloseReason.TIME: "time was up",
    CloseReason.WEEKEND: "before weekend",
    CloseReason.NEWS: "before news",
}


def daily_picture(
    figures: DailyFigures, recent: Sequence[Trade], voice: Voice, from_ms: int, theme: str
) -> DailyPicture:
    """`recent` are the closed trades of the last 30 days, oldest first; the day began at `from_ms`."""
    voice = voice.in_english()
    today = [trade for trade in figures.ended if trade.opened_price is not None]
    total = sum(trade.result_r for trade in today)
    pips = sum((voice.instrument.pips(t.total_steps) / t.signal.lot_steps for t in today), Decimal(0))
    money = sum((voice.result_money(trade) for trade in today), Decimal(0))
    won, lost = sum(t.result_r > 0 for t in today), sum(t.result_r < 0 for t in today)
    numbers = figures.recent
    equity, running = [], 0.0
    for trade in recent:
        running += trade.result_r
        equity.append(EquityPoint(trade.closed_ms or 0, round(running, 6)))
    rows = [_row(trade, voice) for trade in (*today, *figures.running) if trade.opened_price is not None]
    return DailyPicture(
        theme=theme,
        mark=voice.mark(),
        title="Daily report",
        subtitle=f"{voice.instrument.symbol}{DOT}{figures.day:%a} {figures.day.day} {figures.day:%b %Y}",
        headline=r(total),
        tone=_tone(total),
        headline_note=f"{signed(pips, 1)} pips{DOT}{voice.signed_money(money)}",
        cards=(
            NumberCard("Closed today", str(len(today)), f"{won} won{DOT}{lost} lost"),
            NumberCard("Profit factor 30 d", "–" if numbers.profit_factor is None else f"{numbers.profit_factor:.2f}"),
            NumberCard(
                "Win rate 30 d",
                "–" if numbers.win_rate is None else percent(numbers.win_rate * 100, 0),
                f"{numbers.won} of {numbers.won + numbers.lost}",
            ),
            NumberCard("Drawdown 30 d", r(numbers.drawdown_r, 1), f"now {r(numbers.drawdown_now_r, 1)}"),
        ),
        equity_title="Equity, last 30 days",
        equity_note="one step per closed trade",
        equity_total=r(numbers.total_r),
        today_ms=from_ms,
        equity=tuple(equity),
        rows=tuple(rows),
    )


def _row(trade: Trade, voice: Voice) -> TradeRow:
    opened = voice.local(trade.opened_ms or 0)
    if trade.reason is not None:
        outcome = _OUTCOMES[trade.reason].format(number=trade.targets_hit)
    elif taken := share_banked(trade):
        outcome = "open, half taken" if is_half(trade) else f"open, {taken} taken"
    else:
        outcome = "open"
    return TradeRow(
        time=f"{opened:%H:%M}",
        direction=trade.direction,
        kind=trade.signal.setup.kind,
        outcome=outcome,
        result=r(trade.result_r),
        result_r=round(trade.result_r, 6),
        banked_r=None if trade.is_done else round(trade.banked_r, 6),
    )


def _tone(total: float) -> Tone:
    if round(total, 2) == 0:
        return Tone.PLAIN
    return Tone.PROFIT if total > 0 else Tone.LOSS
