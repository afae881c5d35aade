"""The part of `setup` about the channel: which it is, whether the bot may speak there, and what it will carry."""

from __future__ import annotations

import re
from collections.abc import Callable

import msgspec

from bot.config import ChannelConfig, Config
from bot.config_rules import check_config
from bot.delivery.outcomes import Delivered, Done
from bot.delivery.telegram_client import Account, CallFailed, TelegramClient
from bot.delivery.updates import ChannelPost, PlaceChanged, Update
from bot.setup.talk import Ear, Operator, SetupStopped, failure, reason
from bot.words.post import Post
from bot.words.wording import tidy

EXAMPLE_CHATS = frozenset({-1001000000001, -1001000000002})  # those of the shipped config.toml
EVERYDAY_NAMES = {"XAU": "gold", "PAXG": "gold", "BTC": "bitcoin"}  # by `Instrument.short`
TEST_POST = Post("Assay can post here. This test disappears at once.", silent=True)


async def choose_channel(
    operator: Operator, ear: Ear, client: TelegramClient, account: Account, patience_s: float
) -> ChannelConfig:
    """The channel the operator means, in which a test message was posted and deleted. It carries no symbols yet."""
    operator.say(
        f"\nNow your channel: under Administrators, add @{account.user_name} with the rights 'Post messages' and "
        "'Edit messages'.\nThen post anything there."
    )
    declined: set[int] = set()
    while True:
        update = await ear.hear(patience_s)
        if update is None:
            raise SetupStopped(
                f"no channel was heard of for {patience_s / 60:.0f} minutes; the bot hears a channel only as its "
                "administrator: add it, post something, and run setup again"
            )
        question = _question(update, operator)
        if question is None or not isinstance(update, PlaceChanged | ChannelPost) or update.chat_id in declined:
            continue
        if operator.agrees(question):
            await _try_until_it_works(operator, client, update.chat_id)
            return ChannelConfig(tidy(update.chat_title) or "Channel", update.chat_id, ())
        declined.add(update.chat_id)
        operator.say("Then post something in the right one.")


def describe_channel(operator: Operator, config: Config, channel: ChannelConfig) -> ChannelConfig:
    """What the channel carries and when it reports, asked for with defaults: those of before, if it was known."""
    known = next((before for before in set_up_before(config) if before.key == channel.key), None)
    base = known or msgspec.structs.replace(channel, symbols=likely_symbols(channel.name, config))
    base = msgspec.structs.replace(base, name=channel.name)
    operator.say(f"\nSymbols that can be carried: {', '.join(i.symbol for i in config.instruments)}")
    base = _ask_until_valid(operator, config, base, "symbols", "Which does this channel carry", _symbols)
    base = _ask_until_valid(operator, config, base, "report_at", "Daily report at", str)
    base = _ask_until_valid(operator, config, base, "report_zone", "in the time zone", str)
    unheard = [symbol for symbol in base.symbols if symbol not in config.feeds.binance.symbols]
    if unheard:
        operator.say(f"Note: no live feed is configured for {', '.join(unheard)}; there will be no signals on it.")
    return base


def set_up_before(config: Config) -> list[ChannelConfig]:
    """The channels somebody meant; those of the shipped file are examples."""
    return [channel for channel in config.channels if channel.chat_id not in EXAMPLE_CHATS]


def likely_symbols(title: str, config: Config) -> tuple[str, ...]:
    """Those the title names; else the first with live prices; else the first."""
    words = set(re.findall(r"\w+", title.casefold()))
    named = [
        instrument.symbol
        for instrument in config.instruments
        if not words.isdisjoint(
            {instrument.symbol.casefold(), instrument.short.casefold(), EVERYDAY_NAMES.get(instrument.short, "")}
        )
    ]
    return tuple(named or [*config.feeds.binance.symbols, *(i.symbol for i in config.instruments)][:1])


def _question(update: Update, operator: Operator) -> str | None:
    """None for what is no offer of a channel. Who let the bot in is told: anybody can, into a channel of their own."""
    match update:
        case ChannelPost():
            return f'Use the channel "{tidy(update.chat_title)}" ({update.chat_id})?'
        case PlaceChanged(chat_kind="channel", status="administrator"):
            by = f"{tidy(update.by_user_name)} ({update.by_user_id})"
            return f'Use the channel "{tidy(update.chat_title)}" ({update.chat_id}), in which {by} let the bot?'
        case PlaceChanged(chat_kind="group" | "supergroup"):
            operator.say(f'"{tidy(update.chat_title)}" is a group; setup looks for a channel.')
    return None


async def _try_until_it_works(operator: Operator, client: TelegramClient, chat_id: int) -> None:
    while True:
        problem = await _try_channel(operator, client, chat_id)
        if problem is None:
            return
        operator.say(problem)
        operator.ask("Press Enter when that is done, to try again")


async def _try_channel(operator: Operator, client: TelegramClient, chat_id: int) -> str | None:
    """Look at the rights, then use them; None when all went well, else what is wrong and would do."""
    try:
        place = await client.place(chat_id)
    except CallFailed as error:
        return f"The bot cannot see this channel ({failure(error)}). Add it as an administrator."
    rights = {"Post messages": place.can_post, "Edit messages": place.can_edit}
    missing = [f"'{right}'" for right, is_given in rights.items() if not is_given]
    if missing:
        return (
            f"The bot lacks the right {' and '.join(missing)}. Open the channel's Administrators, tap it, and allow it."
        )
    sent = await client.send(chat_id, TEST_POST, None)
    if not isinstance(sent, Delivered):
        return f"A test message could not be posted: {reason(sent)}."
    deleted = await client.delete(chat_id, sent.message_id)
    if isinstance(deleted, Done):
        operator.say("A test message was posted and deleted: the channel works.")
    else:
        operator.say(
            f"A test message was posted. It could not be deleted ({reason(deleted)}); please do that yourself."
        )
    return None


def _ask_until_valid(
    operator: Operator,
    config: Config,
    channel: ChannelConfig,
    field: str,
    question: str,
    read: Callable[[str], str | tuple[str, ...]],
) -> ChannelConfig:
    """The channel with one field as answered. Judged by the same rules as the file it will stand in."""
    before = getattr(channel, field)
    shown = before if isinstance(before, str) else ", ".join(before)
    while True:
        answered = msgspec.structs.replace(channel, **{field: read(operator.ask(question, shown))})
        problems = check_config(msgspec.structs.replace(config, channels=(answered,)))
        if not problems:
            return answered
        operator.say("\n".join(tidy(problem, 200) for problem in problems))


def _symbols(answer: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(symbol.upper() for symbol in re.split(r"[\s,;]+", answer) if symbol))
