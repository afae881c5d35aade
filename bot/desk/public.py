"""Groups in which everybody may ask how the signals did, and nothing else: rarely enough that signals never wait."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from bot.clock import Clock
from bot.config import ChannelConfig, Config
from bot.delivery.updates import Said
from bot.desk.parts import Put, desk_key
from bot.desk.results import Results
from bot.desk.words import Typed, read_performance
from bot.words.report_english import Span

PUBLIC_COMMANDS = ("performance", "report")
_MOST_KNOWN = 10_000  # people and chats whose turns are remembered; beyond, nobody new is served


class Turns:
    """So many at once, and one more every `every_ms`; each asker for himself."""

    def __init__(self, at_once: int, every_ms: int) -> None:
        self._at_once = at_once
        self._every_ms = every_ms
        self._free_ms: dict[Hashable, int] = {}  # when all turns of an asker are there again

    def has(self, who: Hashable, now_ms: int) -> bool:
        if who not in self._free_ms and len(self._free_ms) >= _MOST_KNOWN:
            self._free_ms = {known: free_ms for known, free_ms in self._free_ms.items() if free_ms > now_ms}
            if len(self._free_ms) >= _MOST_KNOWN:
                return False
        return self._free_ms.get(who, now_ms) - now_ms <= (self._at_once - 1) * self._every_ms

    def take(self, who: Hashable, now_ms: int) -> None:
        self._free_ms[who] = max(self._free_ms.get(who, now_ms), now_ms) + self._every_ms


class PublicDesk:
    """`people` is the clock of those who ask. Whoever asks too often, or for anything else, hears nothing."""

    def __init__(self, config: Config, results: Results, people: Clock) -> None:
        self._config = config
        self._results = results
        self._people = people
        self._of_user = Turns(at_once=2, every_ms=60_000)
        self._of_chat = Turns(at_once=3, every_ms=20_000)
        self._of_all = Turns(at_once=5, every_ms=5_000)

    def is_meant(self, said: Said, typed: Typed | None) -> bool:
        """A command of ours, written now by somebody in such a group."""
        return (
            typed is not None
            and typed.name in PUBLIC_COMMANDS
            and not said.is_private
            and said.chat_id in self._config.telegram.public_chats
            and not (said.is_bot or said.is_forwarded or said.is_edited)
        )

    async def answer(self, said: Said, typed: Typed) -> Put | None:
        """None where silence is the answer. Wrong words cost no turn."""
        asked = read_performance(typed.words, self._config.instruments)
        if asked is None or (typed.name == "report" and any(word.lower() in list(Span) for word in typed.words)):
            return None
        hearer = self._hearer(said)
        symbols = self._symbols(hearer)
        if asked.symbol is not None:
            symbols = [symbol for symbol in symbols if symbol == asked.symbol]
        if not symbols or not self._take_turn(said):
            return None
        delay_min = self._delay_min(symbols) if hearer is None else hearer.delay_min
        if typed.name == "performance":
            post = await self._results.performance(symbols, asked.span, hearer, delay_min=delay_min)
        else:
            only = await self._results.report(symbols[0], hearer) if len(symbols) == 1 and not delay_min else None
            post = only or await self._results.performance(symbols, Span.TODAY, hearer, delay_min=delay_min)
        key = desk_key("public", f"{said.chat_id}/{said.message_id}@{said.sent_ms}")
        return Put(key, said.chat_id, said.thread_id, post)

    def _hearer(self, said: Said) -> ChannelConfig | None:
        """As whose reader is answered: the topic's channel, else the one of the chat that hears latest."""
        here = [channel for channel in self._config.channels if channel.chat_id == said.chat_id]
        of_topic = [channel for channel in here if channel.thread_id == said.thread_id]
        return max(of_topic or here, key=lambda channel: channel.delay_min, default=None)

    def _symbols(self, hearer: ChannelConfig | None) -> list[str]:
        """Those whose signals go there; a group without signals may ask of all that are published anywhere."""
        channels = self._config.channels if hearer is None else (hearer,)
        carried = {symbol for channel in channels for symbol in channel.symbols}
        return [instrument.symbol for instrument in self._config.instruments if instrument.symbol in carried]

    def _delay_min(self, symbols: Sequence[str]) -> int:
        """How late a group without signals hears of them: as late as the last of the channels that carry one. What
        readers somewhere are to hear later cannot be had here before.
        """
        return max(channel.delay_min for symbol in symbols for channel in self._config.channels_for(symbol))

    def _take_turn(self, said: Said) -> bool:
        """All three must have one. An anonymous administrator speaks as the group."""
        now_ms = self._people.now_ms()
        user = said.user_id if said.sender_chat_id is None else said.sender_chat_id
        turns = ((self._of_user, user), (self._of_chat, said.chat_id), (self._of_all, None))
        if not all(kind.has(who, now_ms) for kind, who in turns):
            return False
        for kind, who in turns:
            kind.take(who, now_ms)
        return True
