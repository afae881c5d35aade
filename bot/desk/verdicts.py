"""What became of an admin's wish: audited and told in the transaction that makes it true."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery.outbox import Outbox, Priority
from bot.desk.access import Admin
from bot.desk.parts import Parts, desk_key, kind_of
from bot.desk.questions import QuestionState, Wanted, Wish
from bot.desk.settings import SettingsDesk
from bot.recovery import strategies_named
from bot.words import admin_settings, admin_strategies, questions, usage
from bot.words.post import Post
from bot.words.wording import Html, lines, r
from engine.events import (
    BreakerRearmed,
    CloseTrade,
    CommandRefused,
    Event,
    MoveStop,
    Pause,
    Rearm,
    Resume,
    SetMode,
    SetRisk,
    SetSetting,
    SetStrategy,
    SettingChanged,
    StopMoved,
    TradeClosed,
    Withdraw,
)
from engine.settings import SETTINGS
from engine.trades import StopRefusal
from engine.types import CloseReason, Mode, Strategy
from storage.audit import AuditEntry, record

_SETTINGS = {SetRisk: "risk", SetMode: "mode", Pause: "pause", Resume: "pause", SetStrategy: "strategies"}
# Where a setting has another name than its command.
_COMMANDS = {"strategies": "strategy"} | {setting.name: "settings" for setting in SETTINGS}
_REFUSALS: dict[type[Wanted], tuple[str, ...]] = {
    SetRisk: ("out_of_bounds",),
    SetMode: ("live_not_allowed",),
    Rearm: ("not_tripped",),
    Pause: ("unknown_symbol",),
    Resume: ("unknown_symbol",),
    SetSetting: ("bad_setting",),
    CloseTrade: ("no_such_trade",),
    Withdraw: ("no_such_trade", "not_pending"),
    MoveStop: ("no_such_trade", "bad_stop"),
}


class Verdicts:
    def __init__(self, parts: Parts, outbox: Outbox) -> None:
        self._parts = parts
        self._outbox = outbox
        self._settings = SettingsDesk(parts)

    async def told(self, conn: AsyncConnection, event: Event) -> None:
        match event:
            case SettingChanged():
                await self._changed(conn, event)
            case CommandRefused():
                await self._refused(conn, event)
            case TradeClosed(_, trade) if trade.reason in (CloseReason.DESK, CloseReason.CANCELLED):
                await self._closed(conn, event)
            case BreakerRearmed():
                await self._rearmed(conn, event)
            case StopMoved(_, _, _, actor) if actor is not None:
                await self._moved(conn, event, actor)

    async def _changed(self, conn: AsyncConnection, event: SettingChanged) -> None:
        wish = self._parts.pending.take(
            lambda wish: wish.admin.id == event.actor and _setting_of(wish.wanted) == event.name
        )
        await self._audit(conn, event.time_ms, event.actor, event.name, event.before, event.after)
        command = _COMMANDS.get(event.name, event.name)
        admin, key = self._addressee(event.actor, command, event.time_ms, wish)
        if admin is None:
            return
        style, name = self._parts.wording.style, admin.name
        match event.name:
            case "risk":
                before, after = Decimal(event.before), Decimal(event.after)
                post = questions.risk_set(before, after, name, event.time_ms, style)
            case "mode":
                post = questions.mode_set(Mode(event.before), Mode(event.after), name, event.time_ms, style)
            case "strategies":
                post = await self._parts.answers.strategies_in(conn, self._switched(event, wish, name))
            case "pause":
                post = await self._paused_or_resumed(conn, event, wish, name, key)
            case _:
                post = self._set(event, name)
        await self._answer(conn, wish, admin, key, post)

    async def _paused_or_resumed(
        self, conn: AsyncConnection, event: SettingChanged, wish: Wish | None, name: str, key: str
    ) -> Post:
        style = self._parts.wording.style
        if wish is not None and isinstance(wish.wanted, Pause | Resume) and kind_of(key) == "symbols":
            return self._parts.answers.symbols_with(wish.wanted.symbol)
        if wish is not None and kind_of(key) != "status":
            match wish.wanted:
                case Pause(symbol, until_ms):
                    return questions.paused(symbol, until_ms, name, event.time_ms, style)
                case Resume(symbol):
                    return questions.resumed(symbol, name, event.time_ms, style)
        return await self._parts.answers.status_in(conn)

    def _switched(self, event: SettingChanged, wish: Wish | None, name: str) -> Html | None:
        """What is different now; for a wish that came too late, that it is so already; else nothing."""
        style, time_ms = self._parts.wording.style, event.time_ms
        before, after = strategies_named(event.before), strategies_named(event.after)
        notes = [
            admin_strategies.switched(strategy, name, time_ms, style, is_on=strategy in after)
            for strategy in Strategy
            if (strategy in before) is not (strategy in after)
        ]
        if not notes and wish is not None and isinstance(wish.wanted, SetStrategy):
            strategy, is_on = wish.wanted.strategy, wish.wanted.is_on
            notes = [admin_strategies.kept(strategy, name, time_ms, style, is_on=is_on)]
        return lines(*notes) if notes else None

    def _set(self, event: SettingChanged, name: str) -> Post:
        """The setting's page as it is now, and above it what has become of it."""
        style = self._parts.wording.style
        note = admin_settings.changed(
            event.name, event.before, event.after, name, event.time_ms, style, is_default=event.is_default
        )
        return self._settings.value(event.name, note)

    async def _rearmed(self, conn: AsyncConnection, event: BreakerRearmed) -> None:
        """The other admins hear of it from elsewhere."""
        wish = self._parts.pending.take(lambda wish: wish.admin.id == event.actor and isinstance(wish.wanted, Rearm))
        style = self._parts.wording.style
        await self._audit(conn, event.time_ms, event.actor, "rearm", "tripped", f"armed {style.money(event.equity)}")
        admin, key = self._addressee(event.actor, "rearm", event.time_ms, wish)
        if admin is not None:
            await self._answer(
                conn, wish, admin, key, questions.rearmed(event.equity, admin.name, event.time_ms, style)
            )

    async def _moved(self, conn: AsyncConnection, event: StopMoved, actor: int) -> None:
        """The channel hears of it from elsewhere."""
        trade, voice = event.trade, self._parts.voices.of_trade(event.trade)
        wish = self._parts.pending.take(
            lambda wish: wish.admin.id == actor and wish.wanted == MoveStop(trade.id, trade.stop)
        )
        before, after = voice.price(event.before), voice.price(trade.stop)
        await self._audit(conn, event.time_ms, actor, f"move_sl {trade.id}", before, after)
        admin, key = self._addressee(actor, "move_sl", event.time_ms, wish)
        if admin is not None:
            post = questions.stop_moved(trade, event.before, voice, admin.name, event.time_ms)
            await self._answer(conn, wish, admin, key, post)

    async def _refused(self, conn: AsyncConnection, event: CommandRefused) -> None:
        wish = self._parts.pending.take(lambda wish: wish.admin.id == event.actor and _fits(wish, event.why))
        await self._audit(conn, event.time_ms, event.actor, event.why, None, None)
        if wish is None:
            return
        match wish.wanted:
            case CloseTrade(trade_id):
                post = self._parts.wording.not_open(trade_id)
            case Withdraw(trade_id):
                post = self._parts.wording.not_waiting(trade_id)
            case MoveStop(trade_id, stop):
                post = self._stays(trade_id, stop, event.detail)
            case SetSetting(name):
                post = admin_settings.refused(self._settings.figures[name], event.detail)
            case SetRisk(percent):
                account = self._parts.config.engine.account
                low, high = account.min_risk_percent, account.max_risk_percent
                post = usage.risk_out_of_bounds(f"{percent}", low, high, is_above=percent > high)
            case Pause(symbol) | Resume(symbol):
                post = usage.no_such_symbol(symbol or "", self._parts.symbols)
            case SetMode():
                post = usage.live_not_allowed(self._parts.engine.mode)
            case Rearm():
                post = usage.not_tripped()
            case SetStrategy():
                post = usage.usage_strategy()
        await self._answer(conn, wish, wish.admin, wish.key, post)

    def _stays(self, trade_id: str, stop: int, why: str) -> Post:
        """A stop that could not be moved: the price came first."""
        trade = self._parts.wording.running(trade_id)
        if trade is None or why not in list(StopRefusal):
            return self._parts.wording.not_open(trade_id)
        return usage.stop_refused(trade, stop, StopRefusal(why), self._parts.voices.of_trade(trade))

    async def _closed(self, conn: AsyncConnection, event: TradeClosed) -> None:
        """The channel hears of it from elsewhere; a cancellation by the market has no wish, and is not ours to tell."""
        trade = event.trade
        wish = self._parts.pending.take(
            lambda wish: isinstance(wish.wanted, CloseTrade | Withdraw) and wish.wanted.trade_id == trade.id
        )
        if wish is None:
            return
        result = r(trade.result_r) if trade.opened_price is not None else trade.reason
        action, before = ("cancel", "waiting") if isinstance(wish.wanted, Withdraw) else ("close", "open")
        await self._audit(conn, event.time_ms, wish.admin.id, f"{action} {trade.id}", before, f"closed {result}")
        post = questions.close_done(trade, self._parts.voices.of_trade(trade), wish.admin.name, event.time_ms)
        await self._answer(conn, wish, wish.admin, wish.key, post)

    def _addressee(self, actor: int, command: str, time_ms: int, wish: Wish | None) -> tuple[Admin | None, str]:
        """Who wished it, and the message that waits for it. After a crash nobody remembers: he is told anew."""
        if wish is not None:
            return wish.admin, wish.key
        known = self._parts.config.telegram.admin(actor)
        admin = None if known is None else Admin(known.id, known.name, known.id, role=known.role)
        return admin, desk_key(command, f"{actor}/told@{time_ms}")

    async def _answer(self, conn: AsyncConnection, wish: Wish | None, admin: Admin, key: str, post: Post) -> None:
        if wish is not None and wish.question is not None:
            wish.question.state = QuestionState.DONE
        await self._outbox.put(conn, key, admin.chat_id, post, priority=Priority.ADMIN_REPLY, thread_id=admin.thread_id)

    async def _audit(
        self, conn: AsyncConnection, time_ms: int, actor: int, action: str, before: str | None, after: str | None
    ) -> None:
        known = self._parts.config.telegram.admin(actor)
        entry = AuditEntry(
            time_ms=time_ms,
            actor_id=actor or None,
            actor_name="" if known is None else known.name,
            action=action,
            allowed=before is not None or after is not None,
            before=before,
            after=after,
        )
        await record(conn, entry)


def _fits(wish: Wish, why: str) -> bool:
    return why in _REFUSALS.get(type(wish.wanted), ())


def _setting_of(wanted: Wanted) -> str | None:
    """What it is called when it has changed; None for what is done to a trade."""
    return wanted.name if isinstance(wanted, SetSetting) else _SETTINGS.get(type(wanted))
