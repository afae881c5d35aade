"""The reports' Spanish. As `report_english.py`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from bot.words.report_english import ReportEnglish
from engine.types import CloseReason


class ReportSpanish(ReportEnglish):
    DAILY = "<b>Informe diario · {symbol}</b>"
    DAY_ENDS = "{day} · el día termina {time}"
    HEADLINE = "<b>{r}</b> · {pips} · {money}"
    COUNTS = "{signals}: {parts}"
    SIGNAL_COUNT: tuple[str, ...] = ("{count} señal", "{count} señales")
    TRADE_COUNT: tuple[str, ...] = ("{count} operación", "{count} operaciones")
    SETUP_COUNT: tuple[str, ...] = ("{count} configuración rechazada", "{count} configuraciones rechazadas")
    WON = "ganadas {count}"
    LOST = "perdidas {count}"
    FLAT = "sin resultado {count}"
    STILL_OPEN = "abiertas {count}"
    NOT_FILLED = "sin ejecutar {count}"
    AND_MORE = "y {count} más"
    BEST_AND_WORST = "Mejor {best} {best_r} · peor {worst} {worst_r}"
    HAS_BANKED = "{number} ha asegurado {r}; cuenta cuando se cierre."

    NO_SIGNALS = "<b>Hoy no hubo señales.</b>"
    NO_SIGNALS_REFUSED = "<b>Hoy no hubo señales.</b> {setups}:"
    REFUSAL = "{count} {name}"

    THIRTY_DAYS = "30 días: <b>{r}</b> en {trades}"
    THIRTY_DAYS_EMPTY = "30 días: todavía sin operaciones cerradas"
    WIN_RATE = "{percent} ganadas"
    AVERAGE = "Media {r}"
    PROFIT_FACTOR = "factor de beneficio {factor}"
    DRAWDOWN = "drawdown {r}"
    AMBIGUOUS = "Ejecuciones ambiguas: {count}"

    ENDINGS: ClassVar[Mapping[CloseReason, str]] = {
        CloseReason.TARGET: "TP2",
        CloseReason.STOP: "stop",
        CloseReason.BREAKEVEN: "BE",
        CloseReason.DESK: "mesa",
    }
    OPEN_ROW = "viva"
