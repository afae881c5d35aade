"""What must hold between the values of a configuration, beyond the type of each."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TypeVar
from zoneinfo import ZoneInfo

from bot.config import MOST_TARGETS, QUIET_HOURS, BoardConfig, ChannelConfig, Config, TelegramConfig
from engine.hours import parse_day_start
from engine.rates import conversion
from engine.types import Mode

SYMBOL_SHAPE = re.compile(r"[A-Za-z0-9._#+-]{1,29}")
LONGEST_DELAY_MIN = 1440
LEAST_BOARD_S, MOST_BOARD_S = 15, 86_400

T = TypeVar("T", int, str)


def check_config(config: Config) -> list[str]:
    """What is wrong beyond types: one line for each problem, naming the key, the value and a remedy."""
    return [
        *_instruments(config),
        *_telegram(config.telegram),
        *_channels(config),
        *_board(config.board),
        *_engine(config),
        *_feeds(config),
    ]


def _instruments(config: Config) -> Iterator[str]:
    for instrument in config.instruments:
        where = f"instruments.{instrument.symbol}"
        if not SYMBOL_SHAPE.fullmatch(instrument.symbol):
            yield f"{where}: a symbol has 1 to 29 letters, digits or . _ # + -"
        if not SYMBOL_SHAPE.fullmatch(instrument.short):
            yield f"{where}.short: {instrument.short!r} must be 1 to 29 letters, digits or . _ # + -"
        try:
            parse_day_start(instrument.day_start)
        except ValueError as error:
            yield f"{where}.day_start: {error}"
        try:
            conversion(instrument, config.instruments, config.engine.account)
        except ValueError as error:
            remedy = "add an instrument that leads there, change engine.account.currency or leave this one out"
            yield f"{where}: {error}; {remedy}"


def _telegram(telegram: TelegramConfig) -> Iterator[str]:
    if telegram.progress_deadline_s < 10:
        yield f"telegram.progress_deadline_s: {telegram.progress_deadline_s} is under 10 seconds"
    if telegram.outbox_rows < 100:
        yield f"telegram.outbox_rows: {telegram.outbox_rows} is under 100; signals need room"
    for admin_id in _repeated([admin.id for admin in telegram.admins]):
        yield f"telegram.admins: id {admin_id} appears twice"
    for chat_id in telegram.public_chats:
        if chat_id >= 0:
            yield f"telegram.public_chats: {chat_id} is no group; the ids of groups are negative"


def _channels(config: Config) -> Iterator[str]:
    symbols = [instrument.symbol for instrument in config.instruments]
    for channel in config.channels:
        where = f"channels.{channel.name}"
        for symbol in channel.symbols:
            if symbol not in symbols:
                yield f"{where}.symbols: {symbol!r} is no configured instrument; known: {', '.join(symbols)}"
        for name, zone in (("zone", channel.zone), ("report_zone", channel.report_zone)):
            if not _is_zone(zone):
                yield f"{where}.{name}: {zone!r} is not a time zone such as 'UTC' or 'Europe/London'"
        if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", channel.report_at):
            yield f"{where}.report_at: {channel.report_at!r} is not a time such as '17:00'"
        if channel.theme not in ("dark", "light"):
            yield f"{where}.theme: {channel.theme!r} is neither 'dark' nor 'light'"
        yield from _profile(where, channel)
    for key in _repeated([channel.key for channel in config.channels]):
        yield f"channels: chat {key} appears twice"


def _profile(where: str, channel: ChannelConfig) -> Iterator[str]:
    """What a channel is told, when, and how loud."""
    if not 0 <= channel.min_score <= 100:
        yield f"{where}.min_score: {channel.min_score} is no score from 0 to 100"
    if not 0 <= channel.delay_min <= LONGEST_DELAY_MIN:
        yield f"{where}.delay_min: {channel.delay_min} is not from 0 to {LONGEST_DELAY_MIN} minutes"
    if channel.quiet_hours is not None:
        hours = QUIET_HOURS.fullmatch(channel.quiet_hours)
        if hours is None:
            yield f"{where}.quiet_hours: {channel.quiet_hours!r} are no hours such as '22:00-07:00'"
        elif hours["begin"] == hours["end"]:
            yield f"{where}.quiet_hours: {channel.quiet_hours!r} begin where they end; for no sound at all use silent"
    if len(set(channel.silent)) < len(channel.silent):
        yield f"{where}.silent: a kind of message appears twice"


def _board(board: BoardConfig) -> Iterator[str]:
    if board.every_s and not LEAST_BOARD_S <= board.every_s <= MOST_BOARD_S:
        bounds = f"{LEAST_BOARD_S} to {MOST_BOARD_S}, or 0 for no board"
        yield f"board.every_s: {board.every_s} is out of bounds: {bounds}"


def _engine(config: Config) -> Iterator[str]:
    if config.engine.account.mode is Mode.LIVE:  # where nobody was asked and nothing was proven
        remedy = "write 'paper' or 'signal'; an owner then says /mode live in the chat, where allows_live = true"
        yield f"engine.account.mode: 'live' is no mode to begin with; {remedy}"
    traded = {name for each in config.instruments for name in (each.symbol, each.base, each.quote)}
    for group in config.engine.gate.groups:
        for member in group.members:
            if member not in traded:
                remedy = "correct it or leave it out"
                yield f"engine.gate.groups.{group.name}: {member!r} is no symbol and no currency of one; {remedy}"
    shares = list(config.engine.trades.shares)
    if len(shares) > MOST_TARGETS:
        remedy = f"a signal shows at most {MOST_TARGETS} targets, so give 1 to {MOST_TARGETS} shares that sum to 100"
        yield f"engine.trades.shares: {shares} are {len(shares)} shares; {remedy}"


def _feeds(config: Config) -> Iterator[str]:
    served = [instrument.symbol for instrument in config.instruments if instrument.feed == "binance"]
    for symbol in config.feeds.binance.symbols:
        if symbol not in served:
            yield f'feeds.binance.symbols: {symbol!r} is no configured instrument with feed = "binance"'


def _repeated(values: list[T]) -> list[T]:
    return sorted({value for value in values if values.count(value) > 1})


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True
