"""The reports' Arabic. As `report_english.py`. Tables stay Latin: their columns hold no other script."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from bot.words.report_english import ReportEnglish
from engine.types import CloseReason


class ReportArabic(ReportEnglish):
    DAILY = "<b>التقرير اليومي · {symbol}</b>"
    DAY_ENDS = "{day} · ينتهي اليوم {time}"
    HEADLINE = "<b>{r}</b> · {pips} · {money}"
    COUNTS = "{signals}: {parts}"
    # None, one, two, few, many, others.
    SIGNAL_COUNT: tuple[str, ...] = (
        "لا إشارات",
        "إشارة واحدة",
        "إشارتان",
        "{count} إشارات",
        "{count} إشارة",
        "{count} إشارة",
    )
    TRADE_COUNT: tuple[str, ...] = (
        "لا صفقات",
        "صفقة واحدة",
        "صفقتان",
        "{count} صفقات",
        "{count} صفقة",
        "{count} صفقة",
    )
    SETUP_COUNT: tuple[str, ...] = (
        "لم يُرفض أي نموذج",
        "رُفض نموذج واحد",
        "رُفض نموذجان",
        "رُفضت {count} نماذج",
        "رُفض {count} نموذجًا",
        "رُفض {count} نموذج",
    )
    WON = "رابحة {count}"
    LOST = "خاسرة {count}"
    FLAT = "متعادلة {count}"
    STILL_OPEN = "مفتوحة {count}"
    NOT_FILLED = "غير منفذة {count}"
    AND_MORE = "و {count} أخرى"
    BEST_AND_WORST = "الأفضل {best} {best_r} · الأسوأ {worst} {worst_r}"
    HAS_BANKED = "ثبّتت الصفقة {number} ربح {r}؛ يُحتسب عند إغلاقها."

    NO_SIGNALS = "<b>لا إشارات اليوم.</b>"
    NO_SIGNALS_REFUSED = "<b>لا إشارات اليوم.</b> {setups}:"
    REFUSAL = "{count} {name}"

    THIRTY_DAYS = "30 يومًا: <b>{r}</b> في {trades}"
    THIRTY_DAYS_EMPTY = "30 يومًا: لا صفقات مغلقة بعد"
    WIN_RATE = "الرابحة {percent}"
    AVERAGE = "المتوسط {r}"
    PROFIT_FACTOR = "معامل الربح {factor}"
    DRAWDOWN = "أقصى تراجع {r}"
    AMBIGUOUS = "تنفيذات غير مؤكدة: {count}"

    ENDINGS: ClassVar[Mapping[CloseReason, str]] = {
        CloseReason.TARGET: "TP2",
        CloseReason.STOP: "SL",
        CloseReason.BREAKEVEN: "BE",
        CloseReason.DESK: "EXIT",
    }
    OPEN_ROW = "OPEN"
