"""Every kind of message, and every note at a tap, that the admin chat can get, by the function that writes it: for the
golden file. English, as the admin chat is everywhere.
"""

from __future__ import annotations

from decimal import Decimal

import msgspec

from bot.config import Role
from bot.delivery.attempts import AlertKind
from bot.words import (
    admin_audit,
    admin_house,
    admin_messages,
    admin_news,
    admin_settings,
    admin_strategies,
    admin_symbols,
    admin_why,
    alert_english,
    alerts,
    board,
    questions,
    readiness,
    usage,
)
from bot.words.alert_english import ChannelProblem
from bot.words.post import Post
from bot.words.wording import Html, Market, Style, Voice
from engine.events import BreakerRearmed, BreakerTripped, FeedRecovered, FeedStalled, LimitHit
from engine.readiness import Criterion
from engine.trades import StopRefusal
from engine.types import CloseReason, Mode, Regime, Session, Strategy
from storage.audit import AuditEntry
from tests.bot.test_messages_admin import FIGURES as STATUS
from tests.bot.test_messages_desk import FIGURES as SETTINGS
from tests.bot.test_messages_desk import moved
from tests.bot.test_news import CLAIMS, MINOR, PAYROLLS, SPEECH, TRADE
from tests.bot.test_news import figures as ahead
from tests.builders import GOLD, at, bitcoin, closed, gold, opened, secured, signal, trade

STYLE = Style(market=Market.SIMULATED)
VOICE = Voice(instrument=GOLD, market=Market.SIMULATED)
COIN = Voice(instrument=bitcoin(feed="binance"), market=Market.SIMULATED)
NOW_MS = at("2024-04-03 17:45:02")
UNTIL_MS = at("2024-04-03 17:47")
IDS = ["XAU_20240403_002", "XAU_20240403_003"]
ONE, HALF = Decimal(1), Decimal("0.5")
THIRD = signal(id="XAU_20240403_003")
DANA = ("Dana", NOW_MS, STYLE)


def admin_posts() -> dict[str, Post | str]:
    """`function` or `function, in what case` → what it writes."""
    return _pages() | _news() | _settings() | _questions() | _answers() | _usage() | _toasts() | _alerts()


def _pages() -> dict[str, Post | str]:
    voices = {"XAUUSD": VOICE}
    open_trades = [secured(price=gold("2295.00")), opened(THIRD, price=gold("2281.83")), trade()]
    symbols = [
        admin_symbols.SymbolFigures(VOICE, "ok", Session.NEW_YORK, gold("2292.00"), gold("2292.20"), 400),
        admin_symbols.SymbolFigures(COIN, "warming", Session.NEW_YORK, is_paused=True),
    ]
    strategies = [
        admin_strategies.StrategyFigures(strategy, is_on, tuple(Regime)[:count], 70, 1, 4)
        for strategy, is_on, count in zip(Strategy, (True, False, True), (4, 1, 2), strict=True)
    ]
    checks = [admin_messages.Check("Feed", True, "tick 0.2 s ago"), admin_messages.Check("Charts", False, "no answer")]
    entry = AuditEntry(NOW_MS, 1001, "Dana", "risk", True, before="1.0", after="0.5")
    turned_away = AuditEntry(
        NOW_MS, 6666, "Mallory", "command", False, detail={"text": "/close 002", "why": "stranger"}
    )
    return {
        "start": admin_messages.start(["XAUUSD"], STYLE),
        "help_text": admin_messages.help_text(),
        "welcome, simulated": admin_messages.welcome(["XAUUSD"], STYLE),
        "welcome, replay": admin_messages.welcome(["XAUUSD"], Style(market=Market.REPLAY)),
        "welcome, live": admin_messages.welcome(["XAUUSD"], Style()),
        "status": admin_messages.status(STATUS, STYLE),
        "status, paused": admin_messages.status(msgspec.structs.replace(STATUS, is_paused=True), STYLE),
        "trades_page": admin_messages.trades_page(open_trades, voices, 1, NOW_MS, STYLE),
        "trades_page, none": admin_messages.trades_page([], voices, 1, NOW_MS, STYLE),
        "signals_page": admin_messages.signals_page([opened(THIRD), closed()], voices, 1, NOW_MS, STYLE),
        "signals_page, none": admin_messages.signals_page([], voices, 1, NOW_MS, STYLE),
        "health": admin_messages.health(checks, NOW_MS, STYLE),
        "health, all well": admin_messages.health(checks[:1], NOW_MS, STYLE),
        "symbols_page": admin_symbols.symbols_page(symbols, 1, NOW_MS, STYLE, all_paused=False),
        "strategies_page": admin_strategies.strategies_page(strategies, None, NOW_MS, STYLE),
        "why_short": admin_why.why_short(trade(), VOICE),
        "audit_page": admin_audit.audit_page([turned_away, entry], 1, 1, 50, "", NOW_MS, STYLE),
        "audit_page, empty": admin_audit.audit_page([], 1, 1, 50, "Dana", NOW_MS, STYLE),
        "version": admin_house.version(
            admin_house.VersionFigures("0.1.0", "3.11.7", 11 * 3_600_000, "0007", "ee95c0618b63", 2, 18), STYLE
        ),
    }


def _news() -> dict[str, Post | str]:
    return {
        "news": admin_news.news(ahead(SPEECH, TRADE, CLAIMS, MINOR, PAYROLLS), STYLE),
        "news, nothing known": admin_news.news(ahead(), STYLE),
        "news, no calendar": admin_news.news(ahead(calendar=None), STYLE),
    }


def _settings() -> dict[str, Post | str]:
    figure = msgspec.structs.replace(SETTINGS["gate.cooldown_min"], now="60")
    note = admin_settings.changed("gate.cooldown_min", "45", "60", "Dana", NOW_MS, STYLE)
    pages = {f"settings_page, {n}": admin_settings.settings_page(SETTINGS, n, NOW_MS, STYLE) for n in (1, 2, 3, 4)}
    values = {
        f"value_page, {name}": admin_settings.value_page(of, None, NOW_MS, STYLE) for name, of in SETTINGS.items()
    }
    return {
        **pages,
        **values,
        "value_page, just changed": admin_settings.value_page(figure, note, NOW_MS, STYLE),
        "refused": admin_settings.refused(figure, "240 is above 120"),
        "type_it": admin_settings.type_it(figure, in_group=False),
        "type_it, in a group": admin_settings.type_it(figure, in_group=True),
        "no_such_setting": admin_settings.no_such_setting("colour"),
        "which_setting": admin_settings.which_setting("max", list(SETTINGS.values())[:2]),
    }


def _questions() -> dict[str, Post | str]:
    criteria = [Criterion("days", 12.0, 30.0, False), Criterion("drawdown", 4.2, 10.0, True)]
    equity = (Decimal("8990.00"), Decimal("10000.00"), Decimal("9000.00"))
    return {
        "risk_question": questions.risk_question(ONE, HALF, Decimal(50), "1", UNTIL_MS, STYLE),
        "mode_question": questions.mode_question(Mode.PAPER, Mode.SIGNAL, "1", UNTIL_MS, STYLE),
        "rearm_question": questions.rearm_question(*equity, "1", UNTIL_MS, STYLE),
        "close_question": questions.close_question(opened(THIRD, price=gold("2285.14")), VOICE, "1", UNTIL_MS),
        "cancel_question": questions.cancel_question(trade(), "1", UNTIL_MS, STYLE),
        "move_question": questions.move_question(opened(price=gold("2281.00")), gold("2270.00"), VOICE, "1", UNTIL_MS),
        "not_ready": readiness.not_ready(criteria, at("2024-03-22 00:00"), Mode.PAPER, *DANA),
        "not_ready, not begun": readiness.not_ready(criteria, None, Mode.PAPER, *DANA),
        "live_question": readiness.live_question(
            criteria[1:], at("2024-03-22 00:00"), Mode.PAPER, "1", UNTIL_MS, STYLE
        ),
        "live_question_again": readiness.live_question_again(Mode.PAPER, "1", UNTIL_MS, STYLE),
    }


def _answers() -> dict[str, Post | str]:
    done = closed(opened(THIRD), gold("2281.40"), CloseReason.DESK)
    return {
        "risk_set": questions.risk_set(ONE, HALF, *DANA),
        "risk_kept": questions.risk_kept(ONE, *DANA),
        "mode_set": questions.mode_set(Mode.PAPER, Mode.SIGNAL, *DANA),
        "mode_kept": questions.mode_kept(Mode.PAPER, *DANA),
        "rearmed": questions.rearmed(Decimal("8990.00"), *DANA),
        "rearm_kept": questions.rearm_kept(*DANA),
        "close_done": questions.close_done(done, VOICE, "Dana", NOW_MS),
        "close_kept": questions.close_kept(opened(THIRD), *DANA),
        "cancel_kept": questions.cancel_kept(trade(), *DANA),
        "stop_moved": questions.stop_moved(moved("2270.00"), gold("2264.90"), VOICE, "Dana", NOW_MS),
        "stop_kept": questions.stop_kept(opened(), VOICE, "Dana", NOW_MS),
        "paused": questions.paused(None, None, *DANA),
        "paused, one for a time": questions.paused("XAUUSD", at("2024-04-03 19:45"), *DANA),
        "resumed": questions.resumed("XAUUSD", *DANA),
        "too_late": questions.too_late(),
        "muted": admin_house.muted(at("2024-04-03 19:45"), *DANA, in_group=True),
        "muted, until it is taken back": admin_house.muted(None, *DANA, in_group=False),
        "unmuted": admin_house.unmuted(*DANA),
        "backed_up": admin_house.backed_up(48_230_400, 2_340, "backups/assay-20240403T174502Z.db"),
        "not_backed_up": admin_house.not_backed_up("OSError: no space left"),
        "backing_up": admin_house.backing_up(),
    }


def _usage() -> dict[str, Post | str]:
    refused = opened(price=gold("2281.00"))
    found: dict[str, Post | str] = {
        f"stop_refused, {why.name.lower()}": usage.stop_refused(refused, gold("2282.00"), why, VOICE)
        for why in StopRefusal
    }
    for role in (None, *Role):
        found[f"not_allowed, {role}"] = usage.not_allowed(role)
    return found | {
        "usage_risk": usage.usage_risk(Decimal("0.1"), Decimal("2.0"), ONE),
        "risk_out_of_bounds, above": usage.risk_out_of_bounds("5", Decimal("0.1"), Decimal(2), is_above=True),
        "risk_out_of_bounds, under": usage.risk_out_of_bounds("0.01", Decimal("0.1"), Decimal(2), is_above=False),
        "usage_performance": usage.usage_performance("XAUUSD"),
        "live_not_allowed": usage.live_not_allowed(Mode.PAPER),
        "not_tripped": usage.not_tripped(),
        "usage_mode": usage.usage_mode(Mode.PAPER),
        "no_such_trade": usage.no_such_trade("9", IDS),
        "no_such_trade, none open": usage.no_such_trade("9", []),
        "no_such_signal": usage.no_such_signal("9", IDS),
        "usage_close": usage.usage_close(IDS),
        "usage_cancel": usage.usage_cancel(IDS[:1]),
        "no_such_waiting": usage.no_such_waiting("9", []),
        "not_open_yet": usage.not_open_yet(IDS[0]),
        "open_already": usage.open_already(IDS[0]),
        "usage_move": usage.usage_move("2270.00", IDS),
        "off_grid": usage.off_grid("2270.001", opened(), VOICE),
        "usage_mute": usage.usage_mute(),
        "usage_why": usage.usage_why(IDS),
        "usage_chart": usage.usage_chart("XAUUSD"),
        "usage_pause": usage.usage_pause("XAUUSD"),
        "usage_audit": usage.usage_audit(),
        "usage_strategy": usage.usage_strategy(),
        "usage_switch": usage.usage_switch(Strategy.RANGE_FADE, is_on=True),
        "no_such_strategy": usage.no_such_strategy("martingale"),
        "no_such_symbol": usage.no_such_symbol("GBP", ["XAUUSD"]),
        "unknown_command": usage.unknown_command(),
    }


def _toasts() -> dict[str, Post | str]:
    return {
        "not_allowed_toast": usage.not_allowed_toast(Role.OWNER),
        "old_keyboard_toast": usage.old_keyboard_toast(NOW_MS, "trades", STYLE),
        "expired_keyboard_toast": usage.expired_keyboard_toast("trades"),
        "not_yours_toast": usage.not_yours_toast("Dana"),
        "risk_done_toast": usage.risk_done_toast(HALF),
        "mode_done_toast": usage.mode_done_toast(Mode.SIGNAL),
        "rearm_done_toast, tripped": usage.rearm_done_toast(is_tripped=True),
        "rearm_done_toast, re-armed": usage.rearm_done_toast(is_tripped=False),
        "close_done_toast": usage.close_done_toast(IDS[0]),
        "cancel_done_toast": usage.cancel_done_toast(IDS[0]),
        "move_done_toast": usage.move_done_toast(IDS[0], "2270.00"),
        "strategy_done_toast": usage.strategy_done_toast(Strategy.RANGE_FADE, is_on=False),
        "too_late_toast": usage.too_late_toast(),
        "done_toast, all paused": admin_symbols.done_toast(None, is_paused=True),
        "done_toast, one running": admin_symbols.done_toast("XAUUSD", is_paused=False),
        "asked_again_toast": readiness.asked_again_toast(),
    }


def _alerts() -> dict[str, Post | str]:
    stalled = FeedStalled(at("2024-04-03 17:45:32"), "XAUUSD", NOW_MS, gold("2294.87"))
    found: dict[str, Post | str] = {
        f"channel_broken, {problem.name.lower()}": alerts.channel_broken("Gold", problem, 3)
        for problem in ChannelProblem
    }
    troubles = (AlertKind.REFUSED, AlertKind.MARKUP, AlertKind.PICTURE, AlertKind.MOVED, AlertKind.TOKEN_REFUSED)
    for kind in troubles:
        found[f"message_trouble, {kind}"] = alerts.message_trouble("Signal 004", "Gold", kind.value, "Bad Request", 2)
    for why in alert_english.REASONS:
        reason = alerts.restart_reason(why, "OSError")
        figures = alerts.RestartFigures(at("2024-04-03 17:48:31"), 42_000, reason, 2, 2, 0, 0, replayed=7, left_out=1)
        found[f"restarted, {why}"] = alerts.restarted(figures, STYLE)
    limits = {"daily_loss": ("512.00 USD", "500.00 USD"), "weekly_loss": ("1,012.00 USD", "1,000.00 USD")}
    running = [secured(price=gold("2295.00")), opened(THIRD, price=gold("2281.83"))]
    for code, numbers in (limits | {"losing_streak": ("5", "240")}).items():
        event, until_ms = LimitHit(NOW_MS, code, *numbers), at("2024-04-03 21:00")
        found[f"limit_alert, {code}"] = alerts.limit_alert(event, STYLE, running, until_ms)
    over = (alert_english.CLOCK_OVER, alert_english.DATABASE_OVER, alert_english.DISK_OVER, alert_english.OUTBOX_OVER)
    found |= {f"all_clear, {n}": alerts.all_clear(sentence) for n, sentence in enumerate(over, 1)}
    return found | {
        "limit_alert, tripped": alerts.limit_alert(BreakerTripped(1, Decimal("8990.00"), Decimal("9000.00")), STYLE),
        "limit_alert, re-armed": alerts.limit_alert(BreakerRearmed(1, 1001, Decimal("8990.00")), STYLE),
        "feed_stalled": alerts.feed_stalled(stalled, VOICE, 2, 1),
        "feed_back": alerts.feed_back(FeedRecovered(NOW_MS, "XAUUSD", 72_000), 2, 1),
        "no_backup": alerts.no_backup("OSError: no space left"),
        "clock_off": alerts.clock_off(-4_200, 0),
        "database_slow": alerts.database_slow(2_300, 1),
        "disk_low": alerts.disk_low(212, 0),
        "disk_full": alerts.disk_full(),
        "database_locked": alerts.database_locked(),
        "database_damaged": alerts.database_damaged(),
        "outbox_old": alerts.outbox_old(312_000, 14, 3),
        "channel_mended": alerts.channel_mended("Gold", 3),
        "outbox_full": alerts.outbox_full(2_000),
        "maybe_doubled": alerts.maybe_doubled("Signal 004", "Gold", 1),
        "not_pinned": board.not_pinned("Gold"),
    }


def words_of(said: Post | str) -> str:
    """With the buttons below, row by row."""
    if isinstance(said, str):
        return said
    rows = (" · ".join(f"[{button.label}]" for button in row) for row in said.buttons)
    return Html("\n".join([said.text, *rows]))
