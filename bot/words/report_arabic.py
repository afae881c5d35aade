"""The reports' Arabic. As `report_english.py`. Tables stay Latin: their columns hold no other script."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from bot.words.report_english import ReportEnglish, Span
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
    BEST_AND_WORST = "الأفضل {best} بنتيجة {best_r} · الأسوأ {worst} بنتيجة {worst_r}"
    HAS_BANKED = "ثبّتت الصفقة {number} ربح {r}؛ يُحتسب عند إغلاقها."

    NO_SIGNALS = "<b>لا إشارات اليوم.</b>"
    NO_SIGNALS_REFUSED = "<b>لا إشارات اليوم.</b> {setups}:"
    REFUSAL = "{count} {name}"

    THIRTY_DAYS = "30 يومًا: <b>{r}</b> في {trades}"
    THIRTY_DAYS_EMPTY = "30 يومًا: لا صفقات مغلقة بعد"
    WIN_RATE = "الرابحة {percent}"
    AVERAGE = "المتوسط {r}"
    PROFIT_FACTOR = "معامل الربح {factor}"
    DRAWDOWN = "أقصى تراجع {r}، الآن {now}"
    AMBIGUOUS = "تنفيذات ملتبسة: {count}"

    ENDINGS: ClassVar[Mapping[CloseReason, str]] = {
        CloseReason.TARGET: "TP{number}",
        CloseReason.STOP: "SL",
        CloseReason.BREAKEVEN: "BE",
        CloseReason.DESK: "EXIT",
        CloseReason.TRAILED: "TRL",
        CloseReason.TIME: "TIME",
        CloseReason.WEEKEND: "WKND",
        CloseReason.NEWS: "NEWS",
    }
    OPEN_ROW = "OPEN"
    TOO_FEW = "عددها أقل من أن يدل على شيء"
    LATE = "متأخر: كان موعده {moment}."
    PERIODS: ClassVar[Mapping[Span, str]] = {
        Span.TODAY: "اليوم حتى الآن",
        Span.WEEKLY: "التقرير الأسبوعي",
        Span.MONTHLY: "التقرير الشهري",
        Span.DAYS_7: "الأداء، 7 أيام",
        Span.DAYS_30: "الأداء، 30 يومًا",
        Span.DAYS_90: "الأداء، 90 يومًا",
        Span.ALL: "الأداء، الكل",
    }
    PERIOD_TITLE = "<b>{title} · {scope}</b>"
    UNTIL = "{days} · {time}"
    FROM_TO = "{first} إلى {last}"  # a dash between a year and a day would be read the wrong way round
    MONTHS: tuple[str, ...] = (
        "يناير",
        "فبراير",
        "مارس",
        "أبريل",
        "مايو",
        "يونيو",
        "يوليو",
        "أغسطس",
        "سبتمبر",
        "أكتوبر",
        "نوفمبر",
        "ديسمبر",
    )
    PERIOD_HEADLINE = "<b>{r}</b> · {money}"
    PERIOD_COUNTS = "{trades}: {parts}"
    NO_TRADES = "<b>لا صفقات مغلقة.</b>"
    NO_TRADES_REFUSED = "<b>لا صفقات مغلقة.</b> {setups}."
    WORST_DRAWDOWN = "أسوأ تراجع {r} ({days})، الآن {now}"
    NO_DRAWDOWN = "التراجع 0.0R"
    LOSING_RUN: tuple[str, ...] = (
        "لا سلسلة خسائر",
        "أطول سلسلة خسائر: صفقة واحدة",
        "أطول سلسلة خسائر: صفقتان",
        "أطول سلسلة خسائر: {count} صفقات",
        "أطول سلسلة خسائر: {count} صفقة",
        "أطول سلسلة خسائر: {count} صفقة",
    )
    BEST = "الأفضل {r} · {name}"
    WORST = "الأسوأ {r} · {name}"
    OPEN_COUNT: tuple[str, ...] = (
        "لا صفقات مفتوحة في النهاية",
        "صفقة واحدة مفتوحة في النهاية، غير محتسبة",
        "صفقتان مفتوحتان في النهاية، غير محتسبتين",
        "{count} صفقات مفتوحة في النهاية، غير محتسبة",
        "{count} صفقة مفتوحة في النهاية، غير محتسبة",
        "{count} صفقة مفتوحة في النهاية، غير محتسبة",
    )
    DAY_COLUMN = "Day"
    MONTH_COLUMN = "Month"
    SETUP_COLUMN = "Setup"
    SESSION_COLUMN = "Session"
    SYMBOL_COLUMN = "Symbol"
    COUNT_COLUMN = "n"
    R_COLUMN = "R"
    OTHERS = "{count} others"
    EARLIER = "earlier"
    RECORD = "السجل <code>{head}</code>"
