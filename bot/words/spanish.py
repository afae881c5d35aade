"""The channel's Spanish. As `english.py`, which says what each name is for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from bot.words.english import English


class Spanish(English):
    MONTHS: tuple[str, ...] = ("ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic")
    WEEKDAYS: tuple[str, ...] = ("lun", "mar", "mié", "jue", "vie", "sáb", "dom")
    MOMENT = "{day}\u00a0{year} {time}"
    UNITS: tuple[str, ...] = ("d", "h", "min", "s")
    PIPS = "{pips} pips"
    LOT = "{lots} lotes"
    COMMA = ", "
    SEMICOLON = "; "

    MODES: ClassVar[Mapping[str, str]] = {"signal": "SEÑAL", "paper": "PAPER", "live": "REAL"}
    MARKETS: ClassVar[Mapping[str, str]] = {"simulated": "SIMULADO", "replay": "REPETICIÓN"}
    DELAYED = "CON {minutes} MIN DE RETRASO"

    ENTERING = "⏳ <b>Entrando a mercado</b> · precio {price}"
    ENTERING_NOTE = "Se abre al próximo precio · caduca {time}"
    WAITING = "⏳ <b>Orden limitada a {price}</b>"
    WAITING_NOTE = "Se abre ahí o mejor · caduca {time}"
    OPEN = "🟢 <b>Abierta {r}</b> · {pips} · {money}"
    SINCE = "Desde {time}"
    SINCE_AT = "Desde {time} a {price}"
    SECURED = "🔒 <b>TP{number} alcanzado {r}</b> · {pips} · {money}"
    HALF_BANKED = "Mitad asegurada {r}"
    SHARES_BANKED = "Asegurado {r}, {share} cerrado"
    NOTHING_BANKED = "Nada cerrado, lote demasiado pequeño para dividir"
    CLOSED_AT_TARGET = "✅ <b>TP{number} alcanzado, cerrada {r}</b> · {pips} · {money}"
    CLOSED_AT_BREAKEVEN = "🔒 <b>Cerrada en breakeven {r}</b> · {pips} · {money}"
    STOPPED = "🔴 <b>Stop alcanzado {r}</b> · {pips} · {money}"
    CLOSED_BY_DESK = "⚪ <b>Cerrada por la mesa {r}</b> · {pips} · {money}"
    CLOSED_BY_TRAIL = "🔒 <b>Stop movido alcanzado, cerrada {r}</b> · {pips} · {money}"
    CLOSED_BY_TIME = "⚪ <b>Se acabó el tiempo {r}</b> · {pips} · {money}"
    CLOSED_FOR_WEEKEND = "⚪ <b>Cerrada antes del fin de semana {r}</b> · {pips} · {money}"
    CLOSED_FOR_NEWS = "⚪ <b>Cerrada antes de noticias {r}</b> · {pips} · {money}"
    EXCURSIONS = "mejor {best} · peor {worst}"
    EXPIRED = "⚪ <b>Caducada, sin ejecutar</b>"
    EXPIRED_NOTE = "No llegó ningún precio antes de {time}. Sin operación ni resultado."
    CANCELLED = "⚪ <b>Cancelada, sin ejecutar</b>"
    CANCELLED_TOO_FAR = "El precio estaba en {price}, demasiado lejos de {entry}, {time}. Sin operación ni resultado."
    CANCELLED_NOTE = "Retirada antes de la entrada, {time}. Sin operación ni resultado."

    PLAN = "Riesgo {stop} · beneficio {rewards}"
    THEN = ", luego "
    PLAN_ONE = "Todo se cierra en TP1 · R:R {ratio}"
    PLAN_HALVES = "Se cierra la mitad en cada objetivo · R:R {ratio}"
    PLAN_SEVERAL = "Cierres de {shares} en {targets} · R:R {ratio}"
    PLAN_WHOLE = "Todo se cierra en TP{number}, nada antes · R:R {ratio}"
    SIZE = "{lots} · riesgo {money} ({percent})"
    SETUP = "<b>{kind} · puntuación {score}/100</b>"
    BET = "{strategy} · {timeframe}"
    BET_IN_SESSION = "{strategy} · {timeframe} · {session}"
    PIP_NOTE = "1 pip = {size}"
    SCORED = "{timeframe} {phrases}\u00a0·\u00a0{points}/{most}"
    AGAINST = "En contra: {items}"
    NOTHING_AGAINST = "nada encontrado"
    MORE_UNDER_WHY = "+{count} más en Por qué"

    TARGET_REACHED = "🎯 <b>TP{number} {price} alcanzado</b> · {r}"
    HALF_CLOSED = "Mitad cerrada: {pips}, {r} asegurado."
    SHARE_CLOSED = "{share} cerrado: {pips}, {r} asegurado."
    FURTHER_CLOSED = "{share} cerrado: {pips}, {r} asegurado en total."
    NONE_CLOSED = "Nada cerrado: {lots} no se pueden dividir."
    MOVE_STOP = "Mueve el SL a breakeven {price}."
    NEXT_TARGET = "El próximo es TP{number} {price}."
    LAST_TARGET = "TP{number} {price} se mantiene."
    BREAKEVEN_REPLY = "🔒 <b>Cerrada en breakeven</b> · {r}"
    REST_LEFT = "El resto salió a {price} después de TP{number}. {pips} · {money} · {duration}"
    ALL_LEFT = "Todo salió a {price} después de TP{number}. {pips} · {money} · {duration}"
    LAST_TARGET_REACHED = "✅ <b>TP{number} {price} alcanzado</b> · {r}"
    ALL_CLOSED = "Todo cerrado: {pips} · {money} · {duration}"
    STOP_HIT = "🔴 <b>Stop {price} alcanzado</b> · {r}"
    STOP_SLIPPED = "🔴 <b>Stop {price} alcanzado, ejecutado a {filled}</b> · {r}"
    JUMPED = "El precio saltó el stop. {pips} · {money} · {duration}"
    BEST_AND_WORST = "Mejor {best} · peor {worst}"
    EXPIRED_REPLY = "⚪ <b>Caducada</b>: no llegó ningún precio antes de {time}. Elimina la orden."
    CANCELLED_TOO_FAR_REPLY = (
        "⚪ <b>Cancelada</b>: el precio estaba en {price}, demasiado lejos de {entry}. Elimina la orden."
    )
    CANCELLED_REPLY = "⚪ <b>Cancelada</b>: retirada antes de la entrada. Elimina la orden."
    DESK_REPLY = "⚪ <b>Cerrada por la mesa</b> a {price} · {r}"
    TRAIL_REPLY = "🔒 <b>Stop movido alcanzado</b> a {price} · {r}"
    TIME_REPLY = "⚪ <b>Se acabó el tiempo: cerrada</b> a {price} · {r}"
    WEEKEND_REPLY = "⚪ <b>Cerrada antes del fin de semana</b> a {price} · {r}"
    NEWS_REPLY = "⚪ <b>Cerrada antes de noticias</b> a {price} · {r}"
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
        "confidence": "confianza inferior a {needed} %",
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
        "closed": "mercado cerrado",
        "rollover": "cerca del cambio de día",
        "stale": "precio demasiado viejo",
        "abnormal_spread": "spread mayor de lo habitual",
        "no_rate": "sin tipo de cambio",
        "notional": "volumen demasiado grande",
        "margin": "margen insuficiente",
        "open_trades": "tope de operaciones abiertas",
        "open_risk": "tope de riesgo abierto",
        "group_risk": "tope de riesgo abierto de su grupo",
        "daily_loss": "límite de pérdida diaria",
        "weekly_loss": "límite de pérdida semanal",
        "losing_streak": "demasiadas pérdidas seguidas",
        "drawdown": "freno de drawdown",
    }
    REFUSED: ClassVar[Mapping[str, str]] = {
        "paused": "Las señales nuevas están en pausa",
        "confidence": "Confianza de reglas y modelo {found} %, necesita {needed} %",
        "risk_reward": "R:R 1 : {found}, necesita 1 : {needed}",
        "spread": "Spread {found}R, como máximo {needed}R",
        "lots": "Incluso el lote más pequeño, {needed}, arriesga demasiado",
        "open_trade": "Ya hay una operación abierta en este sentido",
        "opposite_trade": "Hay una operación abierta en sentido contrario",
        "cooldown": "{found} min después de un stop, necesita {needed} min",
        "day_limit_symbol": "{found} señales hoy, como máximo {needed}",
        "day_limit": "{found} señales hoy en todos los mercados, como máximo {needed}",
        "closing": "El mercado cierra en {found} min",
        "news": "Bloqueo por noticias: {found}",
        "closed": "El mercado está cerrado",
        "rollover": "A {found} min del cambio de día, hacen falta {needed} min",
        "stale": "El último precio tiene {found} s, como máximo {needed} s",
        "abnormal_spread": "Spread {found} veces el habitual, como máximo {needed} veces",
        "no_rate": "Aún sin tipo de cambio desde {found}",
        "notional": "Incluso el lote mínimo, {needed}, mueve más de lo permitido",
        "margin": "Margen insuficiente para el lote mínimo, {needed}",
        "open_trades": "{found} operaciones abiertas, como máximo {needed}",
        "open_risk": "El riesgo abierto sería {found} %, como máximo {needed} %",
        "group_risk": "Riesgo abierto en {found} %, como máximo {needed} %",
        "daily_loss": "Límite de pérdida diaria alcanzado: {found} de {needed}",
        "weekly_loss": "Límite de pérdida semanal alcanzado: {found} de {needed}",
        "losing_streak": "En pausa tras pérdidas seguidas: {found} de {needed} min",
        "drawdown": "El freno de drawdown ha saltado: {found} bajo el máximo, como mucho {needed}",
    }
    BOARD_TITLE = "<b>Assay · {what}</b>"
    BOARD_OPEN = "<b>Abiertas {count}</b> · {r}"
    BOARD_NONE_OPEN = "<b>Sin operaciones abiertas</b>"
    BOARD_MORE = "y {count} más"
    BOARD_ENTERING = "entrando"
    BOARD_TODAY = "<b>Hoy</b> {r} cerrado · ganadas {won}, perdidas {lost}"
    BOARD_TODAY_FLAT = "<b>Hoy</b> {r} cerrado · ganadas {won}, perdidas {lost}, sin resultado {flat}"
    BOARD_NOTHING_CLOSED = "<b>Hoy</b> nada cerrado todavía"
    BOARD_NO_TRADES = "<b>Hoy</b> sin operaciones"
    BOARD_RECENT = "<b>30 días</b> {r} en {trades} · {share} ganadas"
    BOARD_RECENT_FLAT = "<b>30 días</b> {r} en {trades}"
    BOARD_SESSION = "Sesión {name} hasta {time}"
    BOARD_CLOSED = "Mercado cerrado"
    BOARD_NEWS = "Noticia {time} · {currency} {title}"
    BOARD_UPDATED = "Actualizado {time}"
    BOARD_RISK = "Operar es arriesgado. Los resultados pasados no prometen nada."
    COPY_ENTRY = "Entrada"
    COPY_STOP = "SL"
    COPY_TARGET = "TP{number}"
    CHART_COMING = "El gráfico {timeframe} está en camino."
    CHART_SOON = "Este gráfico se acaba de dibujar. Puede cambiar otra vez en {seconds} s."
    CHARTS_SOON = "Aquí se acaban de dibujar muchos gráficos. El próximo puede llegar en {seconds} s."
    NO_CHART = "Ahora no hay gráfico {timeframe}."
    OLD_SIGNAL = "Este botón es de una versión anterior del canal y ya no hace nada."
    STOP_STAYS = "El SL sigue en {price}."
    STOP_MOVED = "<b>Mueve el SL a {price}</b> · antes {before}"
    STOP_MOVED_TO_ENTRY = "<b>Mueve el SL a breakeven {price}</b> · antes {before}"
    STOP_MOVED_NOTE = "Por la mesa. Si se alcanza, la operación termina en {r}."
    LIVED = "Tras {lived}"
    STOP_AT_ENTRY = "stop en la entrada {price}"
    STOP_AT = "stop en {price}"
    HAPPENED_OFFLINE = "Ocurrió a las {time}, mientras no había conexión."
