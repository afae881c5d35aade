"""Several channels and topics, each with its own symbols and its own way to show them."""

import re
from itertools import takewhile

import msgspec

from bot.clock import MarketClock
from bot.config import ChannelConfig
from bot.service import known_at_ms
from engine.types import HOUR_MS
from tests.bot.stage import SYMBOL, config_in, on_stage, sandbox_for, simulated_day

FORUM = -1_001_000_000_777


async def test_a_symbol_goes_to_each_of_its_channels_and_topics_and_to_no_other(tmp_path):
    begin_ms, history, live = simulated_day()
    channels = (
        ChannelConfig("Gold", -1_001_000_000_001, (SYMBOL,)),
        ChannelConfig("Gold in the forum", FORUM, (SYMBOL,), thread_id=5, zone="America/New_York"),
        ChannelConfig("Nothing in the forum", FORUM, (), thread_id=6),
    )
    config, clock = msgspec.structs.replace(config_in(tmp_path), channels=channels), MarketClock(begin_ms)
    first_hour = takewhile(lambda item: (known_at_ms(item) or 0) < begin_ms + HOUR_MS, live)

    async with sandbox_for(config, clock) as sandbox, on_stage(config, sandbox, clock) as stage:
        await stage.app.service.warm_up(iter(history))
        await stage.play(first_hour)
        gold, forum = sandbox.messages(-1_001_000_000_001), sandbox.messages(FORUM)

    issued = re.compile(rf"(?:BUY|SELL) {SYMBOL}\n.*(\d\d):\d\d (UTC|New York) · 1 pip", re.DOTALL)
    texts = {(m.chat.id, m.thread_id): m.body.text.replace("\u00a0", " ") for m in (*gold, *forum)}
    signals = {where: found for where, text in texts.items() if (found := issued.match(text))}
    assert list(signals) == [(-1_001_000_000_001, None), (FORUM, 5)]
    utc, new_york = signals.values()
    assert (utc[2], new_york[2]) == ("UTC", "New York")
    assert (int(utc[1]) - int(new_york[1])) % 24 == 5, "winter in New York"
