"""The channel's Spanish. As `english.py`, which says what each name is for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from bot.words.english import English


class Spanish(English):
    MONTHS: tuple[str, ...] = ("ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic")
    WEEKDAYS: tuple[str, ...] = ("lun", "mar", "mié", "jue", "vie", "sáb", "dom")
    UNITS: tuple[str, ...] = ("d", "h", "min", "s")
    PIPS = "{pips} pips"
    LOT = "{lots} lotes"
    COMMA = ", "
    SEMICOLON = "; "

    MODES: ClassVar[Mapping[str, str]] = {"signal": "SEÑAL", "paper": "PAPER"}
    MARKETS: ClassVar[Mapping[str, str]] = {"simulated": "SIMULADO", "replay": "REPETICIÓN"}
    DELAYED = "CON {minutes} MIN DE RETRASO"

    ENTERING = "⏳ <b>Entrando a mercado</b> · precio {price}"
    ENTERING_NOTE = "Se abre al próximo precio · caduca {time}"
    OPEN = "🟢 <b>Abierta {r}</b> · {pips} · {money}"
    SINCE = "Desde {time}"
    SINCE_AT = "Desde {time} a {price}"
    SECURED = "🔒 <b>TP1 alcanzado {r}</b> · {pips} · {money}"
    STOP_AT_ENTRY = "stop en la entrada {price}"
    STOP_AT = "stop en {price}"
    HALF_BANKED = "Mitad asegurada {r}"
    SHARE_BANKED = "{share} asegurado {r}"
    NOTHING_BANKED = "Nada cerrado, lote demasiado pequeño para dividir"
    CLOSED_AT_TARGET = "✅ <b>Cerrada en TP2 {r}</b> · {pips} · {money}"
    CLOSED_AT_BREAKEVEN = "🔒 <b>Cerrada en breakeven {r}</b> · {pips} · {money}"
    STOPPED = "🔴 <b>Stop alcanzado {r}</b> · {pips} · {money}"
    CLOSED_BY_DESK = "⚪ <b>Cerrada por la mesa {r}</b> · {pips} · {money}"
    EXCURSIONS = "mejor {best} · peor {worst}"
    EXPIRED = "⚪ <b>Caducada, sin ejecutar</b>"
    EXPIRED_NOTE = "No llegó ningún precio antes de {time}. Sin operación ni resultado."
    CANCELLED = "⚪ <b>Cancelada, sin ejecutar</b>"
    CANCELLED_TOO_FAR = "El precio estaba en {price}, demasiado lejos de {entry}, {time}. Sin operación ni resultado."
    CANCELLED_NOTE = "Retirada antes de la entrada, {time}. Sin operación ni resultado."

    PLAN = "SL {stop} · TP1 {first} · TP2 {second}"
    PLAN_HALVES = "Se cierra la mitad en cada objetivo · R:R {ratio}"
    PLAN_SHARES = "{first} se cierra en TP1, {second} en TP2 · R:R {ratio}"
    PLAN_WHOLE = "Todo se cierra en TP2, TP1 mueve el stop · R:R {ratio}"
    SIZE = "{lots} · riesgo {money} ({percent})"
    SETUP = "<b>{kind} · puntuación {score}/100</b>"
    BET = "{strategy} · {timeframe}"
    BET_IN_SESSION = "{strategy} · {timeframe} · {session}"
    PIP_NOTE = "1 pip = {size}"
    SCORED = "{timeframe} {phrases}\u00a0·\u00a0{points}/{most}"
    AGAINST = "En contra: {items}"
    NOTHING_AGAINST = "nada encontrado"
    MORE_UNDER_WHY = "+{count} más en Por qué"

    TP1_REACHED = "🎯 <b>TP1 {price} alcanzado</b> · {r}"
    HALF_CLOSED = "Mitad cerrada: {pips}, {r} asegurado."
    SHARE_CLOSED = "{share} cerrado: {pips}, {r} asegurado."
    NONE_CLOSED = "Nada cerrado: {lots} no se pueden dividir."
    MOVE_STOP = "Mueve el SL a breakeven {price}. TP2 {second} se mantiene."
    BREAKEVEN_REPLY = "🔒 <b>Cerrada en breakeven</b> · {r}"
    REST_LEFT = "El resto salió a {price} después de TP1. {pips} · {money} · {duration}"
    ALL_LEFT = "Todo salió a {price} después de TP1. {pips} · {money} · {duration}"
    TP2_REACHED = "✅ <b>TP2 {price} alcanzado</b> · {r}"
    ALL_CLOSED = "Todo cerrado: {pips} · {money} · {duration}"
    STOP_HIT = "🔴 <b>Stop {price} alcanzado</b> · {r}"
    STOP_SLIPPED = "🔴 <b>Stop {price} alcanzado, ejecutado a {filled}</b> · {r}"
    JUMPED = "El precio saltó por encima del stop. {pips} · {money} · {duration}"
    BEST_AND_WORST = "Mejor {best} · peor {worst}"
    EXPIRED_REPLY = "⚪ <b>Caducada</b>: no llegó ningún precio antes de {time}. Elimina la orden."
    CANCELLED_TOO_FAR_REPLY = (
        "⚪ <b>Cancelada</b>: el precio estaba en {price}, demasiado lejos de {entry}. Elimina la orden."
    )
    CANCELLED_REPLY = "⚪ <b>Cancelada</b>: retirada antes de la entrada. Elimina la orden."
    DESK_REPLY = "⚪ <b>Cerrada por la mesa</b> a {price} · {r}"
    DESK_NOTE = "{pips} · {money} · {duration}"

    WHY_BUTTON = "Por qué"
    COPY_BUTTON = "Copiar"
    CHART_BUTTON = "Gráfico"

    WHY = "<b>Por qué {number} {order} {symbol}</b> · {score}/100"
    WHY_BET = "{strategy} · {kind}"
    WHY_STOP = "Stop {price}, {basis}"
    WHY_ROLE = "{timeframe} {role} {points}/{most}"
    WHY_NO_TIMEFRAME = "{role} {points}/{most}"
    WHY_TIP_AGAINST = "en contra: {items}"
    NO_SIGNAL = "<b>Sin señal: {order} {symbol}</b> · {strategy} · {time} · {score}/100"
    SCORE_UNDER = "Puntuación inferior a {needed}: {weakest}"
    WEAK_TREND = "la tendencia de {timeframe} es {way}, {points}/{most}"
    WEAK_ROLE = "{role} {points}/{most}"

    REFUSED_BRIEF: ClassVar[Mapping[str, str]] = {
        "paused": "en pausa",
        "score": "puntuación inferior a {needed}",
        "risk_reward": "riesgo:beneficio inferior a 1 : {needed}",
        "spread": "spread superior a {needed}R",
        "lots": "demasiado pequeña para un lote",
        "open_trade": "ya hay una operación abierta",
        "opposite_trade": "operación abierta en sentido contrario",
        "cooldown": "espera después de un stop",
        "day_limit_symbol": "límite diario alcanzado",
        "day_limit": "límite diario de todos los mercados alcanzado",
        "closing": "el mercado está a punto de cerrar",
        "news": "bloqueo por noticias",
    }
    REFUSED: ClassVar[Mapping[str, str]] = {
        "paused": "Las señales nuevas están en pausa",
        "risk_reward": "R:R 1 : {found}, necesita 1 : {needed}",
        "spread": "Spread {found}R, como máximo {needed}R",
        "lots": "Incluso el lote más pequeño, {needed}, arriesga demasiado",
        "open_trade": "Ya hay una operación abierta en este sentido",
        "opposite_trade": "Hay una operación abierta en sentido contrario",
        "cooldown": "{found} min después de un stop, necesita {needed} min",
        "day_limit_symbol": "{found} señales hoy, como máximo {needed}",
        "day_limit": "{found} señales hoy en todos los mercados, como máximo {needed}",
        "closing": "El mercado cierra en {found} min",
        "news": "Bloqueo por noticias",
    }
