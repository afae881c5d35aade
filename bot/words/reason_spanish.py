"""The Spanish of reasons. As `reason_english.py`. Terms that Spanish-speaking traders use in English stay English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from bot.words.reason_english import ReasonEnglish
from engine.types import PatternKind, PoolKind, ReasonCode, Regime, Role, Strategy


class ReasonSpanish(ReasonEnglish):
    STRATEGIES: ClassVar[Mapping[Strategy, str]] = {
        Strategy.TREND_CONTINUATION: "A favor de tendencia",
        Strategy.SWEEP_REVERSAL: "Giro tras barrido",
        Strategy.RANGE_FADE: "Regreso al rango",
    }

    BRIEF: ClassVar[Mapping[ReasonCode, str]] = {
        ReasonCode.TREND: "tendencia {way}, {broken} {level}",
        ReasonCode.TREND_BREAK: "{broken} {level}",
        ReasonCode.TREND_HALF: "{half} de {range}",
        ReasonCode.TREND_SWING: "tendencia de swings {way}",
        ReasonCode.TREND_AVERAGE: "{beyond} la EMA lenta {level}",
        ReasonCode.REGIME: "mercado {name}",
        ReasonCode.ZONE_HELD: "{zone} {range} respetado",
        ReasonCode.ZONE_STACKED: "{zone} {range} superpuesto",
        ReasonCode.OTE: "retroceso a la OTE {range}",
        ReasonCode.INDUCEMENT: "inducement {level} tomado",
        ReasonCode.RANGE_EDGE: "{quarter} de {range}",
        ReasonCode.STRUCTURE: "{broken} {level}",
        ReasonCode.SWEEP: "barrido de {pool}{level}",
        ReasonCode.ENTRY_ZONE: "entrada en {zone} {range}",
        ReasonCode.PATTERN: "{pattern}",
        ReasonCode.KEY_LEVEL: "{behind} {level} respetado",
        ReasonCode.VALUE: "precio {cheap} {value} {level}",
        ReasonCode.STRETCHED: "{stretched}",
        ReasonCode.KILL_ZONE: "kill zone de {name}",
        ReasonCode.OPPOSING_ZONE: "{other_zone} {range} {side}",
        ReasonCode.COUNTER_TREND: "tendencia {other_way} desde {level}",
        ReasonCode.WRONG_HALF: "{other_half} de {range}",
        ReasonCode.NO_SWEEP: "quedan stops en {pool}{level}",
        ReasonCode.NO_INDUCEMENT: "inducement {level} sin tomar",
        ReasonCode.LEVEL_AHEAD: "{ahead} {level} por delante",
        ReasonCode.ROUND_AHEAD: "número redondo {level} por delante",
        ReasonCode.EXHAUSTED: "{exhausted}{strength}",
    }
    FULL: ClassVar[Mapping[ReasonCode, str]] = {
        ReasonCode.TREND: "{way} desde {broken} {level}, {when}",
        ReasonCode.TREND_BREAK: "la última ruptura {level} fue un {broken}",
        ReasonCode.TREND_HALF: "precio en el {half} de {range}",
        ReasonCode.TREND_SWING: "tendencia de swings {way} desde {broken} {level}, {when}",
        ReasonCode.TREND_AVERAGE: "cierre en {extreme}, {beyond} la EMA lenta {level}",
        ReasonCode.REGIME: "mercado {name}{strength}",
        ReasonCode.ZONE_HELD: "{zone} {range} probado y respetado",
        ReasonCode.ZONE_STACKED: "{zone} {range} se superpone",
        ReasonCode.OTE: "el retroceso llegó a la banda OTE {range}",
        ReasonCode.INDUCEMENT: "inducement {level} tomado, los stops tempranos ya no están",
        ReasonCode.RANGE_EDGE: "precio en el {quarter} de {range}",
        ReasonCode.STRUCTURE: "{broken} {level}, {when}",
        ReasonCode.SWEEP: "barrido de {pool}{level}, mecha hasta {extreme}{strength}",
        ReasonCode.ENTRY_ZONE: "{zone} {range} en la entrada",
        ReasonCode.PATTERN: "{pattern}, vela {range}",
        ReasonCode.KEY_LEVEL: "{behind} {level} respetado{strength}",
        ReasonCode.VALUE: "precio {cheap} {whole_value} {level}",
        ReasonCode.STRETCHED: "{stretched}",
        ReasonCode.KILL_ZONE: "kill zone de {name}",
        ReasonCode.OPPOSING_ZONE: "{other_zone} {range} {side}",
        ReasonCode.COUNTER_TREND: "la tendencia es {other_way} desde {level}, {when}",
        ReasonCode.WRONG_HALF: "precio en el {other_half} de {range}",
        ReasonCode.NO_SWEEP: "todavía quedan stops en {pool}{level}",
        ReasonCode.NO_INDUCEMENT: "inducement {level} sin tomar, los stops tempranos siguen ahí",
        ReasonCode.LEVEL_AHEAD: "{ahead} {level} antes de TP1{strength}",
        ReasonCode.ROUND_AHEAD: "número redondo {level} antes de TP1",
        ReasonCode.EXHAUSTED: "el movimiento puede estar agotado: {exhausted}{strength}",
    }
    TIPS: ClassVar[Mapping[ReasonCode, str]] = {
        ReasonCode.TREND: "{way}",
        ReasonCode.TREND_HALF: "{half}",
        ReasonCode.TREND_SWING: "swing {way}",
        ReasonCode.TREND_AVERAGE: "{beyond} la EMA lenta",
        ReasonCode.REGIME: "{name}",
        ReasonCode.RANGE_EDGE: "{quarter} del rango",
        ReasonCode.OTE: "OTE alcanzada",
        ReasonCode.INDUCEMENT: "inducement tomado",
        ReasonCode.VALUE: "{cheap} {value}",
        ReasonCode.OPPOSING_ZONE: "{other_zone} {side}",
        ReasonCode.WRONG_HALF: "{other_half}",
        ReasonCode.NO_INDUCEMENT: "inducement pendiente",
        ReasonCode.ROUND_AHEAD: "{level} por delante",
    }
    STRENGTHS: ClassVar[Mapping[ReasonCode, str]] = {
        ReasonCode.SWEEP: ", giro {number}/100",
        ReasonCode.REGIME: ", ADX {number}",
        ReasonCode.KEY_LEVEL: ", tocado {number}×",
        ReasonCode.LEVEL_AHEAD: ", tocado {number}×",
        ReasonCode.STRETCHED: ", RSI {number}",
        ReasonCode.EXHAUSTED: ", RSI {number}",
    }
    NOUNS: ClassVar[Mapping[ReasonCode, str]] = {
        ReasonCode.TREND: "tendencia {broken}",
        ReasonCode.TREND_BREAK: "ruptura de tendencia",
        ReasonCode.TREND_HALF: "mitad correcta",
        ReasonCode.TREND_SWING: "swing {broken}",
        ReasonCode.TREND_AVERAGE: "EMA lenta",
        ReasonCode.REGIME: "mercado {name}",
        ReasonCode.ZONE_HELD: "{zone} respetado",
        ReasonCode.ZONE_STACKED: "segundo {zone}",
        ReasonCode.OTE: "retroceso OTE",
        ReasonCode.INDUCEMENT: "inducement tomado",
        ReasonCode.RANGE_EDGE: "borde del rango",
        ReasonCode.STRUCTURE: "{broken}",
        ReasonCode.SWEEP: "{pool}barrido",
        ReasonCode.ENTRY_ZONE: "{zone} de entrada",
        ReasonCode.PATTERN: "{pattern}",
        ReasonCode.KEY_LEVEL: "{behind} respetado",
        ReasonCode.VALUE: "{cheap} {value}",
        ReasonCode.STRETCHED: "{stretch}",
        ReasonCode.KILL_ZONE: "kill zone de {name}",
        ReasonCode.OPPOSING_ZONE: "{other_zone} {side}",
        ReasonCode.COUNTER_TREND: "{broken} en contra",
        ReasonCode.WRONG_HALF: "mitad equivocada",
        ReasonCode.NO_SWEEP: "{pool}con stops pendientes",
        ReasonCode.NO_INDUCEMENT: "inducement pendiente",
        ReasonCode.LEVEL_AHEAD: "{ahead} por delante",
        ReasonCode.ROUND_AHEAD: "número redondo",
        ReasonCode.EXHAUSTED: "RSI en {exhausted}",
    }

    ZONES: ClassVar[Mapping[str, tuple[str, str]]] = {
        "FVG": ("gap", "gap"),
        "IFVG": ("gap invertido", "gap invertido"),
        "OB": ("order block", "order block"),
        "BB": ("breaker", "breaker"),
        "SD": ("bloque de oferta", "bloque de demanda"),
    }
    POOLS: ClassVar[Mapping[PoolKind, tuple[str, str]]] = {
        PoolKind.EQUAL: ("mínimos iguales ", "máximos iguales "),
        PoolKind.DAY: ("mínimo del día anterior ", "máximo del día anterior "),
        PoolKind.WEEK: ("mínimo de la semana anterior ", "máximo de la semana anterior "),
        PoolKind.MONTH: ("mínimo del mes anterior ", "máximo del mes anterior "),
        PoolKind.SESSION: ("mínimo de {name} ", "máximo de {name} "),
        PoolKind.ROUND: ("número redondo ", "número redondo "),
    }
    PATTERNS: ClassVar[Mapping[PatternKind, str]] = {
        PatternKind.ENGULFING: "envolvente {tone}",
        PatternKind.PIN_BAR: "pin bar {tone}",
        PatternKind.INSIDE_BAR: "inside bar",
        PatternKind.DOJI: "doji",
    }
    REGIMES: ClassVar[Mapping[Regime, str]] = {
        Regime.TRENDING: "en tendencia",
        Regime.RANGING: "en rango",
        Regime.VOLATILE: "volátil",
        Regime.QUIET: "tranquilo",
    }
    SESSIONS: ClassVar[Mapping[str, str]] = {"Asia": "Asia", "London": "Londres", "New York": "Nueva York"}
    VALUES: ClassVar[Mapping[str, str]] = {"val": "VAL", "vah": "VAH", "vwap": "VWAP"}
    WHOLE_VALUES: ClassVar[Mapping[str, str]] = {
        "val": "VAL del último día",
        "vah": "VAH del último día",
        "vwap": "VWAP de hoy",
    }
    STRETCHED: ClassVar[Mapping[str, str]] = {
        "band": "de vuelta dentro de la banda de Bollinger {level}",
        "rsi": "{gone}{strength}",
    }
    STRETCHES: ClassVar[Mapping[str, str]] = {"band": "giro en la banda", "rsi": "RSI en {gone}"}
    BREAK = "ruptura"
    WAYS: tuple[str, ...] = ("bajista", "alcista")
    TONES: tuple[str, ...] = ("bajista", "alcista")
    HALVES: tuple[str, ...] = ("premium", "descuento")
    QUARTERS: tuple[str, ...] = ("cuarto superior", "cuarto inferior")
    SIDES: tuple[str, ...] = ("por debajo", "por encima")
    BEYOND: tuple[str, ...] = ("por debajo de", "por encima de")
    BEHIND: tuple[str, ...] = ("nivel de resistencia", "nivel de soporte")
    GONE: tuple[str, ...] = ("sobrecompra", "sobreventa")
    ROLES: ClassVar[Mapping[Role, str]] = {
        Role.TREND: "tendencia",
        Role.SETUP: "configuración",
        Role.ENTRY: "entrada",
        Role.AGAINST: "En contra",
    }

    BEYOND_PROOF = "tras {basis}, en {price}"
    SWEPT = "el barrido"
    LEGS: tuple[str, ...] = ("el máximo del tramo", "el mínimo del tramo")
    ZONE_BASIS = "el {zone}"

    AGAIN = "Otra vez: {before}"
    LAST_SEEN = "vista por última vez {time}"
    SINCE_THEN = "vista por última vez {time}, desde entonces {changes}"
    GAINED = "+ {noun}"
    LOST = "− {noun}"
    MORE_CHANGES = "{changes} y {count} más"
