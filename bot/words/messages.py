"""What the channel is sent: a signal in its present state, and the replies that tell its milestones.

Values in, posts out. Sentences stand in `english.py`, the caption's shape in `captions.py`.
"""

from __future__ import annotations

from collections.abc import Callable

from bot.words.buttons import Tap, button
from bot.words.captions import copier_block, signal_caption
from bot.words.live_block import excursions, is_half, lived_ms, share_banked, share_closed
from bot.words.post import Button, Post
from bot.words.wording import Html, Style, Voice, join, lines, r, r_at, say
from engine.types import CloseReason, StopBy, Timeframe, Trade

CHART_TIMEFRAMES = (Timeframe.M15, Timeframe.H1, Timeframe.H4)
SECOND_MS = 1_000


def signal_post(trade: Trade, voice: Voice, picture: bytes | None = None) -> Post:
    """The signal as it should stand now. Without a picture the same text is the message."""
    return Post(signal_caption(trade, voice), buttons=_signal_buttons(trade, voice), picture=picture)


def _signal_buttons(trade: Trade, voice: Voice) -> tuple[tuple[Button, ...], ...]:
    """Looking in the first row, copying in the second; of a trade that is over there is nothing to copy."""
    why = button(voice.words.WHY_BUTTON, Tap.WHY, trade.id)
    if trade.is_done:
        return ((why, button(voice.words.CHART_BUTTON, Tap.CHART, trade.signal.setup.timeframe, trade.id)),)
    if voice.delay_min:  # a chart drawn now would show what this channel is to hear later
        return (why,), _copies(trade, voice)
    charts = (button(timeframe, Tap.CHART, timeframe, trade.id) for timeframe in CHART_TIMEFRAMES)
    return (*charts, why), _copies(trade, voice)


def _copies(trade: Trade, voice: Voice) -> tuple[Button, ...]:
    """The order as published, and each price that still has to be typed somewhere: the stop is the one in force."""
    setup = trade.signal.setup
    prices = [] if trade.targets_hit else [(voice.words.COPY_ENTRY, setup.entry)]
    prices.append((voice.words.COPY_STOP, trade.stop))
    for number, price in enumerate(setup.targets, 1):
        if number > trade.targets_hit:
            prices.append((voice.words.COPY_TARGET.format(number=number), price))
    copies = (Button(label, copy=voice.price(price)) for label, price in prices)
    return Button(voice.words.COPY_BUTTON, copy=copier_block(setup, voice)), *copies


def chart_coming(timeframe: Timeframe, style: Style) -> str:
    """A note, like those below: plain text of at most 200 units."""
    return style.directed_plain(style.words.CHART_COMING.format(timeframe=timeframe))


def charts_soon(wait_ms: int, style: Style, *, is_same: bool) -> str:
    """When the picture may change again. `is_same`: it is this very one that was drawn a moment ago."""
    sentence = style.words.CHART_SOON if is_same else style.words.CHARTS_SOON
    return style.directed_plain(sentence.format(seconds=-(-wait_ms // SECOND_MS)))


def no_chart(timeframe: Timeframe, style: Style) -> str:
    return style.directed_plain(style.words.NO_CHART.format(timeframe=timeframe))


def old_signal(style: Style) -> str:
    """Under a message that is not known to show that signal any more."""
    return style.directed_plain(style.words.OLD_SIGNAL)


def target_reply(trade: Trade, voice: Voice) -> Post:
    """The latest target that was reached, with more to come: what closed, where the stop goes, and what is next."""
    number, targets = trade.targets_hit, trade.signal.setup.targets
    happened_ms = next((fill.time_ms for fill in trade.fills if fill.target == number), trade.price_ms)
    where = voice.words.MOVE_STOP if _moved_stop(trade) else voice.words.STOP_STAYS
    following = voice.words.LAST_TARGET if number + 1 == len(targets) else voice.words.NEXT_TARGET
    text = lines(
        say(
            voice.words.TARGET_REACHED,
            number=number,
            price=voice.price(targets[number - 1]),
            r=voice.result(trade).r,
        ),
        _closed_at(trade, number, voice),
        join(
            " ",
            say(where, price=voice.price(trade.stop)),
            say(following, number=number + 1, price=voice.price(targets[number])),
        ),
    )
    return Post(voice.directed(text), if_late=_happened(trade, happened_ms, voice))


def _moved_stop(trade: Trade) -> bool:
    """Whether the target reached just now moved it: the first does, unless it is kept or the desk moved it into profit
    before.
    """
    if trade.targets_hit > 1 or trade.opened_price is None or trade.stop == trade.signal.setup.stop:
        return False
    is_further = (trade.stop - trade.opened_price) * trade.direction.sign > 0
    return not is_further or trade.stop_by is StopBy.BREAKEVEN


def stop_moved_reply(trade: Trade, voice: Voice, before: int) -> Post:
    """The desk moved the stop, and what the trade would come to there. The words are those copiers look for."""
    head = voice.words.STOP_MOVED_TO_ENTRY if trade.stop == trade.opened_price else voice.words.STOP_MOVED
    text = lines(
        say(head, price=voice.price(trade.stop), before=voice.price(before)),
        say(voice.words.STOP_MOVED_NOTE, r=r(r_at(trade, trade.stop))),
    )
    return Post(voice.directed(text))


def closed_reply(trade: Trade, voice: Voice) -> Post:
    """How it ended. ValueError when it has not."""
    if trade.reason is None:
        raise ValueError(f"{trade.id} is still {trade.status}")
    text = voice.directed(_ENDINGS[trade.reason](trade, voice))
    return Post(text, if_late=_happened(trade, trade.closed_ms, voice))


def _happened(trade: Trade, time_ms: int | None, voice: Voice) -> str:
    """When it was, for readers who hear of it only hours later."""
    if time_ms is None:
        return ""
    time = voice.clock_since(time_ms, trade.signal.issued_ms)
    return voice.directed(say(voice.words.HAPPENED_OFFLINE, time=time))


def _closed_at(trade: Trade, number: int, voice: Voice) -> Html:
    share = share_closed(trade, number)
    taken = [fill for fill in trade.fills if fill.target == number]
    if share is None or not taken:
        return say(voice.words.NONE_CLOSED, lots=voice.lots(trade.signal))
    values = {"pips": voice.in_pips(taken[0].ticks), "r": r(trade.banked_r)}
    if is_half(trade):
        return say(voice.words.HALF_CLOSED, **values)
    return say(voice.words.SHARE_CLOSED if number == 1 else voice.words.FURTHER_CLOSED, share=share, **values)


def _target(trade: Trade, voice: Voice) -> Html:
    price = voice.price(trade.signal.setup.targets[-1])
    return lines(
        say(voice.words.LAST_TARGET_REACHED, number=trade.targets_hit, price=price, r=voice.result(trade).r),
        _told(voice.words.ALL_CLOSED, trade, voice),
        excursions(trade, voice.words.BEST_AND_WORST),
    )


def _breakeven(trade: Trade, voice: Voice) -> Html:
    if not trade.targets_hit:  # the desk had put the stop there
        sentence = voice.words.ALL_CLOSED
    else:
        sentence = voice.words.REST_LEFT if share_banked(trade) else voice.words.ALL_LEFT
    return lines(
        say(voice.words.BREAKEVEN_REPLY, r=voice.result(trade).r),
        _told(sentence, trade, voice),
        excursions(trade, voice.words.BEST_AND_WORST),
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


def _left(sentence: str, trade: Trade, voice: Voice) -> Html:
    """It left at some price that was neither its target nor its first stop."""
    return lines(
        say(sentence, price=voice.price(_left_at(trade)), r=voice.result(trade).r),
        _told(voice.words.DESK_NOTE, trade, voice),
        excursions(trade, voice.words.BEST_AND_WORST),
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
        number=trade.targets_hit,
        pips=result.pips,
        money=result.money,
        duration=voice.duration(lived_ms(trade)),
    )


def _left_at(trade: Trade) -> int:
    return trade.fills[-1].price if trade.fills else trade.stop


_ENDINGS: dict[CloseReason, Callable[[Trade, Voice], Html]] = {
    CloseReason.TARGET: _target,
    CloseReason.BREAKEVEN: _breakeven,
    CloseReason.STOP: _stop,
    CloseReason.DESK: lambda trade, voice: _left(voice.words.DESK_REPLY, trade, voice),
    CloseReason.TRAILED: lambda trade, voice: _left(voice.words.TRAIL_REPLY, trade, voice),
    CloseReason.TIME: lambda trade, voice: _left(voice.words.TIME_REPLY, trade, voice),
    CloseReason.WEEKEND: lambda trade, voice: _left(voice.words.WEEKEND_REPLY, trade, voice),
    CloseReason.NEWS: lambda trade, voice: _left(voice.words.NEWS_REPLY, trade, voice),
    CloseReason.EXPIRED: _expired,
    CloseReason.CANCELLED: _cancelled,
}
