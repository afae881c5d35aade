"""The part of `check` that asks the venues: do they answer, and does their clock agree with ours?"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import httpx
import msgspec
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidHandshake, InvalidURI

from bot.check.findings import Finding, doubtful, skipped, well, wrong
from bot.clock import Clock
from bot.config import BinanceConfig, Config, ConfigError
from bot.news import open_calendar
from engine.types import DAY_MS

TIMEOUT_S = 10.0
MOST_SKEW_MS = 1_000


class _Time(msgspec.Struct):
    serverTime: int  # noqa: N815 — the venue's name


async def feed_findings(config: Config, clock: Clock) -> AsyncIterator[Finding]:
    binance = config.feeds.binance
    if binance.symbols:
        yield await _rest(binance, clock)
        yield await _stream(binance)
    else:
        yield skipped("binance", "no symbols under feeds.binance.symbols")
    yield calendar_finding(config, clock.now_ms())
    carried = dict.fromkeys(symbol for channel in config.channels for symbol in channel.symbols)
    unheard = [symbol for symbol in carried if symbol not in binance.symbols]
    if unheard:
        yield skipped("feeds", f"no live feed for {', '.join(unheard)}: no signals on it until one is configured")


def calendar_finding(config: Config, now_ms: int) -> Finding:
    """Whether news will be known tomorrow."""
    try:
        state = open_calendar(config).state
    except ConfigError as error:
        return wrong("calendar", str(error))
    if state is None:
        return skipped("calendar", "none is connected: no news is known; name a file under feeds.calendar")
    broken = f"; {state.unreadable} rows cannot be read" if state.unreadable else ""
    if state.until_ms is None:
        return wrong("calendar", f"{state.name} holds no announcement that can be read{broken}; save another")
    until = f"{state.name} reaches until {datetime.fromtimestamp(state.until_ms / 1000, UTC):%Y-%m-%d %H:%M} UTC"
    if state.until_ms < now_ms + DAY_MS:
        return doubtful("calendar", f"{until}{broken}; save a newer one there")
    return doubtful("calendar", until + broken) if broken else well("calendar", until)


async def _rest(binance: BinanceConfig, clock: Clock) -> Finding:
    """The server's time, taken as that of the middle between question and answer."""
    # As the feed does: no proxy from the environment.
    async with httpx.AsyncClient(timeout=TIMEOUT_S, trust_env=False) as client:
        asked_ms = clock.now_ms()
        try:
            response = await client.get(f"{binance.rest_url}/api/v3/time")
            response.raise_for_status()
            server_ms = msgspec.json.decode(response.content, type=_Time).serverTime
        except httpx.HTTPStatusError as error:
            refused = f"{binance.rest_url} answers HTTP {error.response.status_code}"
            return wrong("binance", f"{refused}; see whether this place may use it, or change feeds.binance.rest_url")
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            why = str(error) or type(error).__name__
            return wrong("binance", f"{binance.rest_url} does not answer ({why}); check connection and firewall")
        except msgspec.MsgspecError:
            return wrong(
                "binance", f"{binance.rest_url} does not speak as Binance does; correct feeds.binance.rest_url"
            )
        answered_ms = clock.now_ms()
    skew_ms = (asked_ms + answered_ms) // 2 - server_ms
    if abs(skew_ms) > MOST_SKEW_MS + (answered_ms - asked_ms) // 2:
        way = "ahead of" if skew_ms > 0 else "behind"
        off = f"this machine's clock is {abs(skew_ms) / 1000:.1f} s {way} the venue's"
        return wrong("binance", f"{off}; turn on time synchronisation (NTP)")
    return well("binance", f"history answers in {answered_ms - asked_ms} ms; the clocks agree within a second")


async def _stream(binance: BinanceConfig) -> Finding:
    url = f"{binance.stream_url}/stream?streams={binance.symbols[0].lower()}@bookTicker"
    try:
        async with connect(url, open_timeout=TIMEOUT_S, close_timeout=1, proxy=None):
            pass
    except (OSError, TimeoutError, InvalidHandshake, InvalidURI) as error:
        why = str(error) or type(error).__name__
        return wrong("binance", f"{binance.stream_url} takes no connection ({why}); check firewall and address")
    return well("binance", f"prices: {binance.stream_url} takes a connection")
