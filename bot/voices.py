"""Who speaks how: the style of each channel and of the admin chat."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from bot.config import ChannelConfig, Config, Detail
from bot.words.languages import LANGUAGES
from bot.words.wording import Market, Style, Voice, rounded
from engine.rates import conversion, converted
from engine.types import Mode, Price, Trade

_CURRENCY_SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£"}
_LEAST_MONEY_DIGITS = 2  # an account kept in coins has more


class Voices:
    """Makes the `Voice` a text about an instrument needs. `market` says where prices come from."""

    def __init__(self, config: Config, market: Market) -> None:
        self._config = config
        self.market = market
        account = config.engine.account
        self.money_digits = max(account.digits, _LEAST_MONEY_DIGITS)
        symbol = _CURRENCY_SYMBOLS.get(account.currency, account.currency)
        self._purse: dict[str, Any] = {"currency": symbol, "money_digits": self.money_digits}

    def style(self, mode: Mode, channel: ChannelConfig | None = None) -> Style:
        """For what is not about one instrument. Without a channel: as the admin chat is spoken to."""
        return Style(mode=mode, market=self.market, **self._purse, **_manner(channel))

    def of_symbol(self, symbol: str, mode: Mode, price: Price, channel: ChannelConfig | None = None) -> Voice:
        """`price` is where the quote currency is turned into the account's."""
        instrument = self._config.instrument(symbol)
        way = conversion(instrument, self._config.instruments, self._config.engine.account)
        return Voice(
            mode=mode,
            market=self.market,
            **self._purse,
            instrument=instrument,
            rate=converted(way, instrument, price, lambda _: None),  # a cross is left to the trade
            **_manner(channel),
        )

    def of_trade(self, trade: Trade, channel: ChannelConfig | None = None) -> Voice:
        return self.of_symbol(trade.symbol, trade.signal.mode, trade.price or trade.signal.setup.entry, channel)

    def pips_and_money(self, trade: Trade) -> tuple[Decimal, Decimal]:
        """The result so far as readers see it."""
        voice = self.of_trade(trade)
        pips = voice.instrument.pips(trade.total_steps) / trade.signal.lot_steps
        return rounded(pips, 1), rounded(voice.result_money(trade), self.money_digits)


def _manner(channel: ChannelConfig | None) -> dict[str, Any]:
    """What a channel's profile says about how it is spoken to."""
    if channel is None:
        return {}
    return {
        "zone": channel.zone,
        "language": LANGUAGES[channel.language],
        "delay_min": channel.delay_min,
        "is_brief": channel.detail is Detail.BRIEF,
    }
