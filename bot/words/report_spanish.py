"""The reports' Spanish. As `report_english.py`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from bot.words.report_english import ReportEnglish, Span
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
    DRAWDOWN = "drawdown {r}, ahora {now}"
    AMBIGUOUS = "Ejecuciones ambiguas: {count}"

    ENDINGS: ClassVar[Mapping[CloseReason, str]] = {
        CloseReason.TARGET: "TP{number}",
        CloseReason.STOP: "stop",
        CloseReason.BREAKEVEN: "BE",
        CloseReason.DESK: "mesa",
        CloseReason.TRAILED: "TS",
        CloseReason.TIME: "tpo",
        CloseReason.WEEKEND: "FDS",
        CloseReason.NEWS: "noti",
    }
    OPEN_ROW = "viva"
    TOO_FEW = "demasiado pocas para decir algo"
    LATE = "Con retraso: correspondía al {moment}."
    PERIODS: ClassVar[Mapping[Span, str]] = {
        Span.TODAY: "Hoy hasta ahora",
        Span.WEEKLY: "Informe semanal",
        Span.MONTHLY: "Informe mensual",
        Span.DAYS_7: "Rendimiento, 7 días",
        Span.DAYS_30: "Rendimiento, 30 días",
        Span.DAYS_90: "Rendimiento, 90 días",
        Span.ALL: "Rendimiento, todo",
    }
    PERIOD_TITLE = "<b>{title} · {scope}</b>"
    UNTIL = "{days} · {time}"
    FROM_TO = "{first} – {last}"
    MONTHS: tuple[str, ...] = (
        "Enero",
        "Febrero",
        "Marzo",
        "Abril",
        "Mayo",
        "Junio",
        "Julio",
        "Agosto",
        "Septiembre",
        "Octubre",
        "Noviembre",
        "Diciembre",
    )
    PERIOD_HEADLINE = "<b>{r}</b> · {money}"
    PERIOD_COUNTS = "{trades}: {parts}"
    NO_TRADES = "<b>Sin operaciones cerradas.</b>"
    NO_TRADES_REFUSED = "<b>Sin operaciones cerradas.</b> {setups}."
    WORST_DRAWDOWN = "Peor drawdown {r} ({days}), ahora {now}"
    NO_DRAWDOWN = "Drawdown 0.0R"
    LOSING_RUN: tuple[str, ...] = (
        "Racha perdedora más larga: {count} operación",
        "Racha perdedora más larga: {count} operaciones",
    )
    BEST = "Mejor {r} · {name}"
    WORST = "Peor {r} · {name}"
    OPEN_COUNT: tuple[str, ...] = (
        "{count} operación abierta al final, no contada",
        "{count} operaciones abiertas al final, no contadas",
    )
    DAY_COLUMN = "Día"
    MONTH_COLUMN = "Mes"
    SETUP_COLUMN = "Tipo"
    SESSION_COLUMN = "Sesión"
    SYMBOL_COLUMN = "Símbolo"
    COUNT_COLUMN = "n"
    R_COLUMN = "R"
    OTHERS = "{count} más"
    EARLIER = "antes"
    RECORD = "Registro <code>{head}</code>"
