"""Alerts to admins: what, since when and how much, what happens now. The all-clear is one quiet line."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from bot.words import alert_english as english
from bot.words.alert_english import ChannelProblem
from bot.words.post import Post
from bot.words.wording import Html, Style, Voice, counted, duration, lines, number, r, say, tidy
from engine.events import BreakerRearmed, BreakerTripped, FeedRecovered, FeedStalled, LimitHit
from engine.types import Trade

_MOST_NAMED = 8


class RestartFigures(msgspec.Struct, frozen=True):
    """What a restart found and did. `filled_from_ms` is None where no prices had to be filled in."""

    time_ms: int
    away_ms: int
    reason: str
    trades_resumed: int
    messages_edited: int
    messages_lost: int
    messages_doubled: int
    filled_from_ms: int | None = None
    trades_moved: int = 0
    replayed: int = 0  # inputs heard again
    migrations: tuple[str, ...] = ()  # steps the database was taken through
    left_out: int = 0  # restarts nobody was told of


def feed_stalled(event: FeedStalled, voice: Voice, open_trades: int, left_out: int = 0) -> Post:
    waiting = counted(open_trades, english.TRADES_WAIT) if open_trades else ""
    return Post(
        lines(
            say(english.FEED_STALLED, symbol=tidy(event.symbol)),
            say(
                english.FEED_STALLED_SINCE,
                silent=duration(event.time_ms - event.last_ms),
                price=voice.price(event.last_price),
                time=voice.clock_s(event.last_ms),
            ),
            say(english.NO_NEW_SIGNALS, waiting=waiting),
            _left_out(left_out),
        )
    )


def feed_back(event: FeedRecovered, trades_checked: int = 0, trades_moved: int = 0) -> Post:
    """`trades_moved` counts those the prices of the gap took to a target or stop."""
    checked: Html | str = ""
    if trades_checked:
        hit = say(english.MISSED, count=trades_moved) if trades_moved else english.NOTHING_MISSED
        checked = say(english.CHECKED[trades_checked != 1], count=trades_checked, hit=hit)
    text = say(english.FEED_BACK, symbol=tidy(event.symbol), silent=duration(event.silent_ms), checked=checked)
    return Post(text, silent=True)


def no_backup(why: str) -> Post:
    return Post(say(english.NO_BACKUP, why=tidy(why, 200)))


def restarted(figures: RestartFigures, style: Style) -> Post:
    filled = None
    if figures.filled_from_ms is not None:
        hit = counted(figures.trades_moved, english.HIT) if figures.trades_moved else english.NOTHING_HIT
        filled = say(english.RESTART_FILLED, time=style.clock_s(figures.filled_from_ms), hit=hit)
    return Post(
        lines(
            say(english.RESTARTED, time=style.clock_s(figures.time_ms), away=duration(figures.away_ms)),
            say(english.RESTART_REASON, reason=tidy(figures.reason, 120)),
            say(
                english.RESTART_COUNTS,
                trades=counted(figures.trades_resumed, english.TRADES),
                messages=counted(figures.messages_edited, english.MESSAGES),
                lost=figures.messages_lost,
                doubled=figures.messages_doubled,
            ),
            filled,
            counted(figures.replayed, english.REPLAYED) if figures.replayed else None,
            _migrated(figures.migrations),
            _left_out(figures.left_out),
        )
    )


def clock_off(skew_ms: int, left_out: int) -> Post:
    """`skew_ms` is above 0 when ours is ahead."""
    way = english.AHEAD if skew_ms > 0 else english.BEHIND
    head = say(english.CLOCK, off=duration(abs(skew_ms)), way=way)
    return Post(lines(head, say(english.CLOCK_NOTE), _left_out(left_out)))


def database_slow(took_ms: int, left_out: int) -> Post:
    note = say(english.DATABASE_NOTE, time=duration(took_ms))
    return Post(lines(say(english.DATABASE), note, _left_out(left_out)))


def disk_low(free_mb: int, left_out: int) -> Post:
    head = say(english.DISK, free=free_mb)
    return Post(lines(head, say(english.DISK_NOTE), _left_out(left_out)))


def disk_full() -> Post:
    return Post(lines(say(english.DISK_FULL), say(english.DISK_FULL_NOTE)))


def database_locked() -> Post:
    return Post(lines(say(english.DATABASE_LOCKED), say(english.DATABASE_LOCKED_NOTE)))


def database_damaged() -> Post:
    return Post(lines(say(english.DATABASE_DAMAGED), say(english.DATABASE_DAMAGED_NOTE)))


def outbox_old(age_ms: int, waiting: int, left_out: int) -> Post:
    head = say(english.OUTBOX, age=duration(age_ms))
    return Post(lines(head, say(english.OUTBOX_NOTE, waiting=waiting), _left_out(left_out)))


def all_clear(sentence: str) -> Post:
    return Post(say(sentence), silent=True)


def restart_reason(why: str, error: str = "") -> str:
    """Plain text, for `RestartFigures`."""
    return english.REASONS[why].format(error=tidy(error))


def limit_alert(
    event: LimitHit | BreakerTripped | BreakerRearmed,
    style: Style,
    running: Sequence[Trade] = (),
    until_ms: int | None = None,
) -> Post:
    """A limit on loss was reached, or the breaker let go again. `running` are the trades that go on all the same;
    `until_ms` is when the limit lets signals pass again.
    """
    match event:
        case LimitHit(time_ms, code, found, needed):
            head, note = english.LIMITS[code]
            until = "" if until_ms is None else english.LIMIT_UNTIL.format(time=style.clock_since(until_ms, time_ms))
            values = {"found": tidy(found), "needed": tidy(needed), "until": until}
        case BreakerTripped(_, equity, floor):
            head, note = english.BREAKER_TRIPPED, english.BREAKER_NOTE
            values = {"found": style.money(equity), "needed": style.money(floor)}
        case BreakerRearmed(_, _, equity):
            return Post(say(english.BREAKER_REARMED, equity=style.money(equity)))
    return Post(lines(say(head, **values), say(note, **values), _going_on(running)))


def _going_on(running: Sequence[Trade]) -> Html:
    """`2 open trades go on: 002 +1.89R, 003 +0.84R`."""
    if not running:
        return say(english.NO_TRADE_GOES_ON)
    named = [f"{number(trade.id)} {r(trade.result_r)}" for trade in running[:_MOST_NAMED]]
    if len(running) > _MOST_NAMED:
        named.append(english.MORE_TRADES.format(count=len(running) - _MOST_NAMED))
    return say(english.TRADES_GO_ON[len(running) != 1], count=len(running), trades=", ".join(named))


def channel_broken(channel: str, problem: ChannelProblem, waiting: int) -> Post:
    """Telegram refuses what we send; the messages wait in the outbox."""
    return Post(
        lines(
            say(english.CHANNEL_BROKEN, channel=tidy(channel), problem=english.CHANNEL_PROBLEMS[problem]),
            say(
                "{waiting} {remedy}",
                waiting=counted(waiting, english.MESSAGES_WAIT),
                remedy=english.CHANNEL_REMEDIES[problem],
            ),
        )
    )


def channel_mended(channel: str, waiting: int) -> Post:
    """It can be written to again; one quiet line."""
    text = say(english.CHANNEL_MENDED, channel=tidy(channel), waiting=counted(waiting, english.MESSAGES_GO))
    return Post(text, silent=True)


def outbox_full(waiting: int) -> Post:
    """More waits than the outbox is to hold, since Telegram takes nothing, or too slowly."""
    return Post(lines(say(english.OUTBOX_FULL, waiting=waiting), say(english.OUTBOX_FULL_NOTE)))


def maybe_doubled(what: str, channel: str, left_out: int = 0) -> Post:
    """A send whose outcome is unknown was repeated. `what` names it: `Signal 004`."""
    return Post(
        lines(
            say(english.MAYBE_DOUBLED),
            say(english.MAYBE_DOUBLED_NOTE, what=tidy(what), channel=tidy(channel)),
            _left_out(left_out),
        )
    )


def message_trouble(what: str, channel: str, trouble: str, detail: str, left_out: int = 0) -> Post:
    """A message did not go out as it was meant to. `detail` has Telegram's own words."""
    return Post(
        lines(
            say(
                english.MESSAGE_TROUBLE,
                what=tidy(what),
                channel=tidy(channel),
                trouble=english.MESSAGE_TROUBLES.get(trouble, trouble),
            ),
            tidy(detail, 200) or None,
            _left_out(left_out),
        )
    )


def message_name(key: str) -> str:
    """What people call the message of an outbox key: `signal:XAU_20240403_002@-100…` is `Signal XAU_20240403_002`."""
    kind, _, rest = key.partition("@")[0].partition(":")
    # Behind the trade's id stands when its stop was moved, or which further target was reached.
    name, _, which = rest.partition(":") if kind in ("stop", "tp1") else (rest, "", "")
    return f"{english.MESSAGE_NAMES.get(kind, 'Message').format(number=which or 1)} {name}".strip()


def _left_out(count: int) -> Html | None:
    return counted(count, english.LEFT_OUT) if count else None


def _migrated(steps: tuple[str, ...]) -> Html | None:
    return say(english.MIGRATED, steps="; ".join(tidy(step, 80) for step in steps[:10])) if steps else None
