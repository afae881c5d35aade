"""What the channel is sent: a signal in its present state, and the replies that tell its milestones.

Values in, posts out. Sentences stand in `english.py`, the caption's shape in `captions.py`.
"""

from __future__ import annotations

from bot.words.buttons import Tap, button
from bot.words.captions import copier_block, signal_caption
from bot.words.live_block import excursions, is_half, lived_ms, share_closed
from bot.words.post import Button, Post
from bot.words.wording import Html, Voice, lines, r, say
from engine.types import CloseReason, Timeframe, Trade

CHART_TIMEFRAMES = (Timeframe.M15, Timeframe.H1, Timeframe.H4)


def signal_post(trade: Trade, voice: Voice, picture: bytes | None = None) -> Post:
    """The signal as it should stand now. Without a picture the same text is the message."""
    return Post(signal_caption(trade, voice), buttons=(_signal_buttons(trade, voice),), picture=picture)


def _signal_buttons(trade: Trade, voice: Voice) -> tuple[Button, ...]:
    why = button(voice.words.WHY_BUTTON, Tap.WHY, trade.id)
    copy = Button(voice.words.COPY_BUTTON, copy=copier_block(trade.signal.setup, voice))
    if trade.is_done:
        return why, button(voice.words.CHART_BUTTON, Tap.CHART, trade.signal.setup.timeframe, trade.id)
    if voice.delay_min:  # a chart drawn now would show what this channel is to hear later
        return why, copy
    charts = (button(timeframe, Tap.CHART, timeframe, trade.id) for timeframe in CHART_TIMEFRAMES)
    return *charts, why, copy


def first_target_reply(trade: Trade, voice: Voice) -> Post:
    """TP1 and the stop's move to entry, which are one piece of news."""
    setup, result = trade.signal.setup, voice.result(trade)
    moved = trade.stop if trade.stop != setup.stop or trade.opened_price is None else trade.opened_price
    text = lines(
        say(voice.words.TP1_REACHED, price=voice.price(setup.targets[0]), r=result.r),
        _closed_at_first(trade, voice),
        say(voice.words.MOVE_STOP, price=voice.price(moved), second=voice.price(setup.targets[-1])),
    )
    return Post(voice.directed(text))


def closed_reply(trade: Trade, voice: Voice) -> Post:
    """How it ended. ValueError when it has not."""
    if trade.reason is None:
        raise ValueError(f"{trade.id} is still {trade.status}")
    return Post(voice.directed(_ENDINGS[trade.reason](trade, voice)))


def _closed_at_first(trade: Trade, voice: Voice) -> Html:
    share = share_closed(trade, 1)
    taken = [fill for fill in trade.fills if fill.target == 1]
    if share is None or not taken:
        return say(voice.words.NONE_CLOSED, lots=voice.lots(trade.signal))
    values = {"pips": voice.in_pips(taken[0].ticks), "r": r(trade.banked_r)}
    if is_half(trade):
        return say(voice.words.HALF_CLOSED, **values)
    return say(voice.words.SHARE_CLOSED, share=share, **values)


def _target(trade: Trade, voice: Voice) -> Html:
    price = voice.price(trade.signal.setup.targets[-1])
    return lines(
        say(voice.words.TP2_REACHED, price=price, r=voice.result(trade).r),
        _told(voice.words.ALL_CLOSED, trade, voice),
        excursions(trade, voice.words.BEST_AND_WORST),
    )


def _breakeven(trade: Trade, voice: Voice) -> Html:
    sentence = voice.words.REST_LEFT if share_closed(trade, 1) else voice.words.ALL_LEFT
    return lines(
        say(voice.words.BREAKEVEN_REPLY, r=voice.result(trade).r),
        _told(sentence, trade, voice),
    )


def _stop(trade: Trade, voice: Voice) -> Html:
    """A stop filled beyond its price says so: that is where live results differ from promises."""
    filled = _left_at(trade)
    slipped = filled != trade.stop
    head = voice.words.STOP_SLIPPED if slipped else voice.words.STOP_HIT
    return lines(
        say(head, price=voice.price(trade.stop), filled=voice.price(filled), r=voice.result(trade).r),
        _told(voice.words.JUMPED if slipped else voice.words.ALL_CLOSED, trade, voice),
        excursions(trade, voice.words.BEST_AND_WORST),
    )


def _desk(trade: Trade, voice: Voice) -> Html:
    return lines(
        say(voice.words.DESK_REPLY, price=voice.price(_left_at(trade)), r=voice.result(trade).r),
        _told(voice.words.DESK_NOTE, trade, voice),
    )


def _expired(trade: Trade, voice: Voice) -> Html:
    signal = trade.signal
    return say(voice.words.EXPIRED_REPLY, time=voice.clock_since(signal.expires_ms, signal.issued_ms))


def _cancelled(trade: Trade, voice: Voice) -> Html:
    if trade.price is None:
        return say(voice.words.CANCELLED_REPLY)
    entry = voice.price(trade.signal.setup.entry)
    return say(voice.words.CANCELLED_TOO_FAR_REPLY, price=voice.price(trade.price), entry=entry)


def _told(sentence: str, trade: Trade, voice: Voice) -> Html:
    """Pips, money and time of the whole trade, in this sentence."""
    result = voice.result(trade)
    return say(
        sentence,
        price=voice.price(_left_at(trade)),
        pips=result.pips,
        money=result.money,
        duration=voice.duration(lived_ms(trade)),
    )


def _left_at(trade: Trade) -> int:
    return trade.fills[-1].price if trade.fills else trade.stop


_ENDINGS = {
    CloseReason.TARGET: _target,
    CloseReason.BREAKEVEN: _breakeven,
    CloseReason.STOP: _stop,
    CloseReason.DESK: _desk,
    CloseReason.EXPIRED: _expired,
    CloseReason.CANCELLED: _cancelled,
}
