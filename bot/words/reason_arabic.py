"""The Arabic of reasons. As `reason_english.py`. Terms that Arabic-speaking traders write in Latin stay so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from bot.words.reason_english import ReasonEnglish
from engine.types import PatternKind, PoolKind, ReasonCode, Regime, Role, Strategy


class ReasonArabic(ReasonEnglish):
    STRATEGIES: ClassVar[Mapping[Strategy, str]] = {
        Strategy.TREND_CONTINUATION: "استمرار الاتجاه",
        Strategy.SWEEP_REVERSAL: "انعكاس بعد سحب السيولة",
        Strategy.RANGE_FADE: "ارتداد داخل النطاق",
    }

    BRIEF: ClassVar[Mapping[ReasonCode, str]] = {
        ReasonCode.TREND: "اتجاه {way}، {broken} {level}",
        ReasonCode.TREND_BREAK: "{broken} {level}",
        ReasonCode.TREND_HALF: "{half} من {range}",
        ReasonCode.TREND_SWING: "اتجاه القمم والقيعان {way}",
        ReasonCode.TREND_AVERAGE: "{beyond} المتوسط البطيء EMA {level}",
        ReasonCode.REGIME: "سوق {name}",
        ReasonCode.ZONE_HELD: "{zone} {range} حافظ على السعر",
        ReasonCode.ZONE_STACKED: "{zone} {range} متداخل",
        ReasonCode.OTE: "تصحيح إلى منطقة OTE {range}",
        ReasonCode.INDUCEMENT: "سُحب الاستدراج {level}",
        ReasonCode.RANGE_EDGE: "{quarter} من {range}",
        ReasonCode.STRUCTURE: "{broken} {level}",
        ReasonCode.SWEEP: "سحب سيولة {pool}{level}",
        ReasonCode.ENTRY_ZONE: "دخول عند {zone} {range}",
        ReasonCode.PATTERN: "{pattern}",
        ReasonCode.KEY_LEVEL: "{behind} {level} صامد",
        ReasonCode.VALUE: "السعر {cheap} {value} {level}",
        ReasonCode.STRETCHED: "{stretched}",
        ReasonCode.KILL_ZONE: "نافذة جلسة {name}",
        ReasonCode.OPPOSING_ZONE: "{other_zone} {range} {side}",
        ReasonCode.COUNTER_TREND: "اتجاه {other_way} منذ {level}",
        ReasonCode.WRONG_HALF: "{other_half} من {range}",
        ReasonCode.NO_SWEEP: "أوامر وقف عند {pool}{level}",
        ReasonCode.NO_INDUCEMENT: "لم يُسحب الاستدراج {level}",
        ReasonCode.LEVEL_AHEAD: "{ahead} {level} في الطريق",
        ReasonCode.ROUND_AHEAD: "رقم دائري {level} في الطريق",
        ReasonCode.EXHAUSTED: "{exhausted}{strength}",
    }
    FULL: ClassVar[Mapping[ReasonCode, str]] = {
        ReasonCode.TREND: "{way} منذ {broken} {level}، {when}",
        ReasonCode.TREND_BREAK: "آخر كسر {level} كان {broken}",
        ReasonCode.TREND_HALF: "السعر في {half} من {range}",
        ReasonCode.TREND_SWING: "اتجاه القمم والقيعان {way} منذ {broken} {level}، {when}",
        ReasonCode.TREND_AVERAGE: "أغلق عند {extreme}، {beyond} المتوسط البطيء EMA {level}",
        ReasonCode.REGIME: "سوق {name}{strength}",
        ReasonCode.ZONE_HELD: "{zone} {range} اختُبر وحافظ على السعر",
        ReasonCode.ZONE_STACKED: "{zone} {range} متداخل معه",
        ReasonCode.OTE: "بلغ التصحيح منطقة OTE {range}",
        ReasonCode.INDUCEMENT: "سُحب الاستدراج {level}، وأوامر الوقف المبكرة انتهت",
        ReasonCode.RANGE_EDGE: "السعر في {quarter} من {range}",
        ReasonCode.STRUCTURE: "{broken} {level}، {when}",
        ReasonCode.SWEEP: "سحب سيولة {pool}{level}، الذيل حتى {extreme}{strength}",
        ReasonCode.ENTRY_ZONE: "{zone} {range} عند الدخول",
        ReasonCode.PATTERN: "{pattern}، الشمعة {range}",
        ReasonCode.KEY_LEVEL: "{behind} {level} صامد{strength}",
        ReasonCode.VALUE: "السعر {cheap} {whole_value} {level}",
        ReasonCode.STRETCHED: "{stretched}",
        ReasonCode.KILL_ZONE: "نافذة جلسة {name}",
        ReasonCode.OPPOSING_ZONE: "{other_zone} {range} {side}",
        ReasonCode.COUNTER_TREND: "الاتجاه {other_way} منذ {level}، {when}",
        ReasonCode.WRONG_HALF: "السعر في {other_half} من {range}",
        ReasonCode.NO_SWEEP: "ما زالت أوامر وقف عند {pool}{level}",
        ReasonCode.NO_INDUCEMENT: "لم يُسحب الاستدراج {level}، وأوامر الوقف المبكرة باقية",
        ReasonCode.LEVEL_AHEAD: "{ahead} {level} قبل TP1{strength}",
        ReasonCode.ROUND_AHEAD: "رقم دائري {level} قبل TP1",
        ReasonCode.EXHAUSTED: "قد تكون الحركة منهكة: {exhausted}{strength}",
    }
    TIPS: ClassVar[Mapping[ReasonCode, str]] = {
        ReasonCode.TREND: "{way}",
        ReasonCode.TREND_HALF: "{half}",
        ReasonCode.TREND_SWING: "القمم والقيعان {way}",
        ReasonCode.TREND_AVERAGE: "{beyond} المتوسط البطيء",
        ReasonCode.REGIME: "{name}",
        ReasonCode.RANGE_EDGE: "{quarter} من النطاق",
        ReasonCode.OTE: "بلغ OTE",
        ReasonCode.INDUCEMENT: "سُحب الاستدراج",
        ReasonCode.VALUE: "{cheap} {value}",
        ReasonCode.OPPOSING_ZONE: "{other_zone} {side}",
        ReasonCode.WRONG_HALF: "{other_half}",
        ReasonCode.NO_INDUCEMENT: "الاستدراج باقٍ",
        ReasonCode.ROUND_AHEAD: "{level} في الطريق",
    }
    STRENGTHS: ClassVar[Mapping[ReasonCode, str]] = {
        ReasonCode.SWEEP: "، ارتداد {number}/100",
        ReasonCode.REGIME: "، ADX {number}",
        ReasonCode.KEY_LEVEL: "، لُمس {number}×",
        ReasonCode.LEVEL_AHEAD: "، لُمس {number}×",
        ReasonCode.STRETCHED: "، RSI {number}",
        ReasonCode.EXHAUSTED: "، RSI {number}",
    }
    NOUNS: ClassVar[Mapping[ReasonCode, str]] = {
        ReasonCode.TREND: "{broken} الاتجاه",
        ReasonCode.TREND_BREAK: "كسر الاتجاه",
        ReasonCode.TREND_HALF: "النصف الصحيح",
        ReasonCode.TREND_SWING: "{broken} القمم والقيعان",
        ReasonCode.TREND_AVERAGE: "المتوسط البطيء",
        ReasonCode.REGIME: "سوق {name}",
        ReasonCode.ZONE_HELD: "{zone} صامد",
        ReasonCode.ZONE_STACKED: "{zone} ثانٍ",
        ReasonCode.OTE: "تصحيح OTE",
        ReasonCode.INDUCEMENT: "استدراج مسحوب",
        ReasonCode.RANGE_EDGE: "حافة النطاق",
        ReasonCode.STRUCTURE: "{broken}",
        ReasonCode.SWEEP: "{pool}سحب السيولة",
        ReasonCode.ENTRY_ZONE: "{zone} الدخول",
        ReasonCode.PATTERN: "{pattern}",
        ReasonCode.KEY_LEVEL: "{behind} صامد",
        ReasonCode.VALUE: "{cheap} {value}",
        ReasonCode.STRETCHED: "{stretch}",
        ReasonCode.KILL_ZONE: "نافذة جلسة {name}",
        ReasonCode.OPPOSING_ZONE: "{other_zone} {side}",
        ReasonCode.COUNTER_TREND: "{broken} معاكس",
        ReasonCode.WRONG_HALF: "النصف الخاطئ",
        ReasonCode.NO_SWEEP: "{pool}أوامر وقف باقية",
        ReasonCode.NO_INDUCEMENT: "استدراج باقٍ",
        ReasonCode.LEVEL_AHEAD: "{ahead} في الطريق",
        ReasonCode.ROUND_AHEAD: "رقم دائري",
        ReasonCode.EXHAUSTED: "RSI في {exhausted}",
    }

    ZONES: ClassVar[Mapping[str, tuple[str, str]]] = {
        "FVG": ("نطاق FVG", "نطاق FVG"),
        "IFVG": ("نطاق FVG معكوس", "نطاق FVG معكوس"),
        "OB": ("بلوك أوامر", "بلوك أوامر"),
        "BB": ("بلوك كاسر", "بلوك كاسر"),
        "SD": ("نطاق عرض", "نطاق طلب"),
    }
    POOLS: ClassVar[Mapping[PoolKind, tuple[str, str]]] = {
        PoolKind.EQUAL: ("قيعان متساوية ", "قمم متساوية "),
        PoolKind.DAY: ("قاع اليوم السابق ", "قمة اليوم السابق "),
        PoolKind.WEEK: ("قاع الأسبوع السابق ", "قمة الأسبوع السابق "),
        PoolKind.MONTH: ("قاع الشهر السابق ", "قمة الشهر السابق "),
        PoolKind.SESSION: ("قاع جلسة {name} ", "قمة جلسة {name} "),
        PoolKind.ROUND: ("رقم دائري ", "رقم دائري "),
    }
    PATTERNS: ClassVar[Mapping[PatternKind, str]] = {
        PatternKind.ENGULFING: "ابتلاع {tone}",
        PatternKind.PIN_BAR: "بين بار {tone}",
        PatternKind.INSIDE_BAR: "شمعة داخلية",
        PatternKind.DOJI: "دوجي",
    }
    REGIMES: ClassVar[Mapping[Regime, str]] = {
        Regime.TRENDING: "ذو اتجاه",
        Regime.RANGING: "عرضي",
        Regime.VOLATILE: "متقلب",
        Regime.QUIET: "هادئ",
    }
    SESSIONS: ClassVar[Mapping[str, str]] = {"Asia": "آسيا", "London": "لندن", "New York": "نيويورك"}
    VALUES: ClassVar[Mapping[str, str]] = {"val": "VAL", "vah": "VAH", "vwap": "VWAP"}
    WHOLE_VALUES: ClassVar[Mapping[str, str]] = {
        "val": "VAL لليوم الأخير",
        "vah": "VAH لليوم الأخير",
        "vwap": "VWAP لليوم",
    }
    STRETCHED: ClassVar[Mapping[str, str]] = {
        "band": "عاد داخل نطاق بولنجر {level}",
        "rsi": "{gone}{strength}",
    }
    STRETCHES: ClassVar[Mapping[str, str]] = {"band": "ارتداد من بولنجر", "rsi": "RSI في {gone}"}
    BREAK = "كسر"
    WAYS: tuple[str, ...] = ("هابط", "صاعد")
    TONES: tuple[str, ...] = ("هابط", "صاعد")
    HALVES: tuple[str, ...] = ("النصف العلوي", "النصف السفلي")
    QUARTERS: tuple[str, ...] = ("الربع العلوي", "الربع السفلي")
    SIDES: tuple[str, ...] = ("أسفل السعر", "فوق السعر")
    BEYOND: tuple[str, ...] = ("تحت", "فوق")
    BEHIND: tuple[str, ...] = ("مستوى مقاومة", "مستوى دعم")
    GONE: tuple[str, ...] = ("تشبع شرائي", "تشبع بيعي")
    ROLES: ClassVar[Mapping[Role, str]] = {
        Role.TREND: "الاتجاه",
        Role.SETUP: "النموذج",
        Role.ENTRY: "الدخول",
        Role.AGAINST: "ضد الصفقة",
    }

    BEYOND_PROOF = "وراء {basis} عند {price}"
    SWEPT = "سحب السيولة"
    LEGS: tuple[str, ...] = ("قمة الموجة", "قاع الموجة")
    ZONE_BASIS = "{zone}"

    AGAIN = "مرة أخرى: {before}"
    LAST_SEEN = "شوهدت آخر مرة {time}"
    SINCE_THEN = "شوهدت آخر مرة {time}، ومنذ ذلك الحين {changes}"
    GAINED = "+ {noun}"
    LOST = "− {noun}"
    MORE_CHANGES = "{changes} و {count} أخرى"
