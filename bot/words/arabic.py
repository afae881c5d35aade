"""The channel's Arabic. As `english.py`, which says what each name is for. Numbers are set apart by `direction.py`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from bot.words.english import English


class Arabic(English):
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
    WEEKDAYS: tuple[str, ...] = ("الاثنين", "الثلاثاء", "الأربعاء", "الخميس", "الجمعة", "السبت", "الأحد")
    MOMENT = "{day}\u00a0{year}، {time}"
    UNITS: tuple[str, ...] = ("ي", "س", "د", "ث")
    PIPS = "{pips} نقطة"
    LOT = "{lots} لوت"
    COMMA = "، "
    SEMICOLON = "؛ "

    MODES: ClassVar[Mapping[str, str]] = {"signal": "إشارة", "paper": "تداول ورقي", "live": "حقيقي"}
    MARKETS: ClassVar[Mapping[str, str]] = {"simulated": "سوق محاكاة", "replay": "أسعار مسجلة"}
    DELAYED = "متأخر {minutes} دقيقة"

    ENTERING = "⏳ <b>دخول بسعر السوق</b> · السعر {price}"
    ENTERING_NOTE = "تُفتح عند السعر التالي · تنتهي صلاحيتها {time}"
    WAITING = "⏳ <b>أمر معلّق عند {price}</b>"
    WAITING_NOTE = "يُفتح هناك أو بسعر أفضل · تنتهي صلاحيته {time}"
    OPEN = "🟢 <b>مفتوحة {r}</b> · {pips} · {money}"
    SINCE = "منذ {time}"
    SINCE_AT = "منذ {time} عند {price}"
    SECURED = "🔒 <b>تحقق الهدف TP{number} · {r}</b> · {pips} · {money}"
    STOP_AT_ENTRY = "الوقف عند سعر الدخول {price}"
    STOP_AT = "الوقف عند {price}"
    HALF_BANKED = "تم تثبيت ربح النصف {r}"
    SHARES_BANKED = "تم تثبيت ربح {r}، وأُغلق {share}"
    NOTHING_BANKED = "لم يُغلق شيء، حجم اللوت أصغر من أن يُقسم"
    CLOSED_AT_TARGET = "✅ <b>تحقق الهدف TP{number} وأُغلقت {r}</b> · {pips} · {money}"
    CLOSED_AT_BREAKEVEN = "🔒 <b>أُغلقت عند نقطة التعادل {r}</b> · {pips} · {money}"
    STOPPED = "🔴 <b>ضُرب الوقف {r}</b> · {pips} · {money}"
    CLOSED_BY_DESK = "⚪ <b>أغلقتها إدارة القناة {r}</b> · {pips} · {money}"
    CLOSED_BY_TRAIL = "🔒 <b>ضُرب الوقف المنقول وأُغلقت {r}</b> · {pips} · {money}"
    CLOSED_BY_TIME = "⚪ <b>انتهى الوقت {r}</b> · {pips} · {money}"
    CLOSED_FOR_WEEKEND = "⚪ <b>أُغلقت قبل عطلة نهاية الأسبوع {r}</b> · {pips} · {money}"
    CLOSED_FOR_NEWS = "⚪ <b>أُغلقت قبل الأخبار {r}</b> · {pips} · {money}"
    EXCURSIONS = "الأفضل {best} · الأسوأ {worst}"
    EXPIRED = "⚪ <b>انتهت صلاحيتها دون تنفيذ</b>"
    EXPIRED_NOTE = "لم يصل أي سعر حتى {time}. لا صفقة ولا نتيجة."
    CANCELLED = "⚪ <b>أُلغيت دون تنفيذ</b>"
    CANCELLED_TOO_FAR = "كان السعر عند {price}، بعيدًا جدًا عن {entry}، {time}. لا صفقة ولا نتيجة."
    CANCELLED_NOTE = "سُحبت قبل الدخول، {time}. لا صفقة ولا نتيجة."

    PLAN = "المخاطرة {stop} · العائد {rewards}"
    THEN = " ثم "
    PLAN_ONE = "يُغلق الكل عند TP1 · المخاطرة إلى العائد {ratio}"
    PLAN_HALVES = "يُغلق النصف عند كل هدف · المخاطرة إلى العائد {ratio}"
    PLAN_SEVERAL = "يُغلق {shares} عند {targets} على التوالي · المخاطرة إلى العائد {ratio}"
    PLAN_WHOLE = "يُغلق الكل عند TP{number} ولا شيء قبله · المخاطرة إلى العائد {ratio}"
    SIZE = "{lots} · المخاطرة {money} ({percent})"
    SETUP = "<b>{kind} · التقييم {score}/100</b>"
    BET = "{strategy} · {timeframe}"
    BET_IN_SESSION = "{strategy} · {timeframe} · {session}"
    PIP_NOTE = "النقطة الواحدة = {size}"
    SCORED = "{timeframe} {phrases}\u00a0·\u00a0{points}/{most}"
    AGAINST = "ضد الصفقة: {items}"
    NOTHING_AGAINST = "لم يُعثر على شيء"
    MORE_UNDER_WHY = "+{count} أخرى تحت زر لماذا"

    TARGET_REACHED = "🎯 <b>تحقق الهدف TP{number} {price}</b> · {r}"
    HALF_CLOSED = "أُغلق النصف: {pips}، تم تثبيت {r}."
    SHARE_CLOSED = "أُغلق {share}: {pips}، تم تثبيت {r}."
    FURTHER_CLOSED = "أُغلق {share}: {pips}، وإجمالي ما تم تثبيته {r}."
    NONE_CLOSED = "لم يُغلق شيء: لا يمكن تقسيم {lots}."
    MOVE_STOP = "انقل وقف الخسارة إلى سعر الدخول {price}."
    NEXT_TARGET = "الهدف التالي TP{number} {price}."
    LAST_TARGET = "يبقى الهدف TP{number} {price}."
    BREAKEVEN_REPLY = "🔒 <b>أُغلقت عند نقطة التعادل</b> · {r}"
    REST_LEFT = "خرج الباقي عند {price} بعد TP{number}. {pips} · {money} · {duration}"
    ALL_LEFT = "خرج الكل عند {price} بعد TP{number}. {pips} · {money} · {duration}"
    LAST_TARGET_REACHED = "✅ <b>تحقق الهدف TP{number} {price}</b> · {r}"
    ALL_CLOSED = "أُغلق الكل: {pips} · {money} · {duration}"
    STOP_HIT = "🔴 <b>ضُرب الوقف {price}</b> · {r}"
    STOP_SLIPPED = "🔴 <b>ضُرب الوقف {price} ونُفذ عند {filled}</b> · {r}"
    JUMPED = "قفز السعر متجاوزًا الوقف. {pips} · {money} · {duration}"
    BEST_AND_WORST = "الأفضل {best} · الأسوأ {worst}"
    EXPIRED_REPLY = "⚪ <b>انتهت الصلاحية</b>: لم يصل أي سعر حتى {time}. احذف الأمر."
    CANCELLED_TOO_FAR_REPLY = "⚪ <b>أُلغيت</b>: كان السعر عند {price}، بعيدًا جدًا عن {entry}. احذف الأمر."
    CANCELLED_REPLY = "⚪ <b>أُلغيت</b>: سُحبت قبل الدخول. احذف الأمر."
    DESK_REPLY = "⚪ <b>أغلقتها إدارة القناة</b> عند {price} · {r}"
    TRAIL_REPLY = "🔒 <b>بلغ السعر الوقف المنقول</b> عند {price} · {r}"
    TIME_REPLY = "⚪ <b>انتهى الوقت: أُغلقت</b> عند {price} · {r}"
    WEEKEND_REPLY = "⚪ <b>أُغلقت قبل عطلة نهاية الأسبوع</b> عند {price} · {r}"
    NEWS_REPLY = "⚪ <b>أُغلقت قبل الأخبار</b> عند {price} · {r}"
    DESK_NOTE = "{pips} · {money} · {duration}"

    WHY_BUTTON = "لماذا"
    COPY_BUTTON = "نسخ"
    CHART_BUTTON = "الرسم البياني"

    WHY = "<b>لماذا {number} {order} {symbol}</b> · {score}/100"
    WHY_BET = "{strategy} · {kind}"
    WHY_STOP = "الوقف {price}، {basis}"
    WHY_ROLE = "{timeframe} {role} {points}/{most}"
    WHY_NO_TIMEFRAME = "{role} {points}/{most}"
    WHY_TIP_AGAINST = "ضد الصفقة: {items}"
    NO_SIGNAL = "<b>لا إشارة: {order} {symbol}</b> · {strategy} · {time} · {score}/100"
    SCORE_UNDER = "التقييم أقل من {needed}: {weakest}"
    WEAK_TREND = "اتجاه {timeframe} {way}، {points}/{most}"
    WEAK_ROLE = "{role} {points}/{most}"

    REFUSED_BRIEF: ClassVar[Mapping[str, str]] = {
        "paused": "متوقفة مؤقتًا",
        "score": "التقييم أقل من {needed}",
        "confidence": "الثقة أقل من {needed} %",
        "risk_reward": "المخاطرة إلى العائد أقل من 1 : {needed}",
        "spread": "السبريد أكبر من {needed}R",
        "lots": "أصغر من لوت واحد",
        "open_trade": "صفقة مفتوحة بالفعل",
        "opposite_trade": "صفقة مفتوحة في الاتجاه المعاكس",
        "cooldown": "انتظار بعد ضرب الوقف",
        "day_limit_symbol": "بلوغ الحد اليومي",
        "day_limit": "بلوغ الحد اليومي لجميع الأسواق",
        "closing": "السوق على وشك الإغلاق",
        "news": "حظر بسبب الأخبار",
        "closed": "السوق مغلق",
        "rollover": "قرب وقت التبييت",
        "stale": "السعر قديم",
        "abnormal_spread": "السبريد أوسع من المعتاد",
        "no_rate": "لا يوجد سعر صرف",
        "notional": "الحجم أكبر من المسموح",
        "margin": "الهامش غير كافٍ",
        "open_trades": "بلوغ حد الصفقات المفتوحة",
        "open_risk": "بلوغ حد المخاطرة المفتوحة",
        "group_risk": "بلوغ حد المخاطرة المفتوحة لمجموعتها",
        "daily_loss": "حد الخسارة اليومية",
        "weekly_loss": "حد الخسارة الأسبوعية",
        "losing_streak": "خسائر متتالية كثيرة",
        "drawdown": "قاطع التراجع",
    }
    REFUSED: ClassVar[Mapping[str, str]] = {
        "paused": "الإشارات الجديدة متوقفة مؤقتًا",
        "confidence": "ثقة القواعد والنموذج معًا {found} %، المطلوب {needed} %",
        "risk_reward": "المخاطرة إلى العائد 1 : {found}، المطلوب 1 : {needed}",
        "spread": "السبريد {found}R، والحد الأقصى {needed}R",
        "lots": "حتى أصغر لوت، {needed}، يخاطر بأكثر مما يجب",
        "open_trade": "توجد صفقة مفتوحة في هذا الاتجاه",
        "opposite_trade": "توجد صفقة مفتوحة في الاتجاه المعاكس",
        "cooldown": "مرت {found} دقيقة بعد ضرب الوقف، المطلوب {needed} دقيقة",
        "day_limit_symbol": "عدد الإشارات اليوم {found}، والحد الأقصى {needed}",
        "day_limit": "عدد الإشارات اليوم في جميع الأسواق {found}، والحد الأقصى {needed}",
        "closing": "يغلق السوق خلال {found} دقيقة",
        "news": "حظر بسبب الأخبار: {found}",
        "closed": "السوق مغلق",
        "rollover": "تبقى {found} دقيقة عن وقت التبييت، المطلوب {needed} دقيقة",
        "stale": "عمر آخر سعر {found} ثانية، الحد الأقصى {needed} ثانية",
        "abnormal_spread": "السبريد {found} أضعاف المعتاد، الحد الأقصى {needed} أضعاف",
        "no_rate": "لا يوجد سعر صرف من {found} بعد",
        "notional": "حتى أصغر لوت، {needed}، أكبر من المسموح",
        "margin": "الهامش لا يكفي لأصغر لوت، {needed}",
        "open_trades": "صفقات مفتوحة: {found}، الحد الأقصى {needed}",
        "open_risk": "ستبلغ المخاطرة المفتوحة {found} %، الحد الأقصى {needed} %",
        "group_risk": "المخاطرة المفتوحة في {found} %، الحد الأقصى {needed} %",
        "daily_loss": "بلوغ حد الخسارة اليومية: {found} من {needed}",
        "weekly_loss": "بلوغ حد الخسارة الأسبوعية: {found} من {needed}",
        "losing_streak": "توقف بعد خسائر متتالية: {found} من {needed} دقيقة",
        "drawdown": "فُعّل قاطع التراجع: {found} تحت القمة، الحد الأقصى {needed}",
    }
    BOARD_TITLE = "<b>Assay · {what}</b>"
    BOARD_OPEN = "<b>مفتوحة {count}</b> · {r}"
    BOARD_NONE_OPEN = "<b>لا صفقات مفتوحة</b>"
    BOARD_MORE = "و {count} أخرى"
    BOARD_ENTERING = "قيد الدخول"
    BOARD_TODAY = "<b>اليوم</b> أُغلق {r} · رابحة {won}، خاسرة {lost}"
    BOARD_TODAY_FLAT = "<b>اليوم</b> أُغلق {r} · رابحة {won}، خاسرة {lost}، متعادلة {flat}"
    BOARD_NOTHING_CLOSED = "<b>اليوم</b> لم يُغلق شيء بعد"
    BOARD_NO_TRADES = "<b>اليوم</b> لا صفقات"
    BOARD_RECENT = "<b>30 يومًا</b> {r} في {trades} · الرابحة {share}"
    BOARD_RECENT_FLAT = "<b>30 يومًا</b> {r} في {trades}"
    BOARD_SESSION = "جلسة {name} حتى {time}"
    BOARD_CLOSED = "السوق مغلق"
    BOARD_NEWS = "خبر {time} · {currency} {title}"
    BOARD_UPDATED = "آخر تحديث {time}"
    BOARD_RISK = "التداول محفوف بالمخاطر. النتائج السابقة لا تعد بشيء."
    COPY_ENTRY = "الدخول"
    COPY_STOP = "SL"
    COPY_TARGET = "TP{number}"
    CHART_COMING = "الرسم البياني {timeframe} في الطريق."
    CHART_SOON = "رُسم هذا الرسم البياني للتو. يمكن تحديثه بعد {seconds} ث."
    CHARTS_SOON = "رُسمت هنا رسوم بيانية كثيرة للتو. يمكن أن يأتي التالي بعد {seconds} ث."
    NO_CHART = "لا يوجد رسم بياني {timeframe} الآن."
    OLD_SIGNAL = "هذا الزر من إصدار سابق للقناة ولم يعد يفعل شيئًا."
    STOP_STAYS = "يبقى وقف الخسارة عند {price}."
    STOP_MOVED = "<b>انقل وقف الخسارة إلى {price}</b> · كان {before}"
    STOP_MOVED_TO_ENTRY = "<b>انقل وقف الخسارة إلى سعر الدخول {price}</b> · كان {before}"
    STOP_MOVED_NOTE = "من إدارة القناة. إذا ضُرب هناك تنتهي الصفقة عند {r}."
    LIVED = "بعد {lived}"
    HAPPENED_OFFLINE = "حدث ذلك {time} أثناء انقطاع الاتصال."
