"""The chat page as a reader sees it, on a phone and on a desk, dark and light: a day's moments, photographed.

`make screens` keeps the pictures, to be looked at; here only what can be measured is: nothing sticks out, nothing is
missing, and the page has nothing to complain of.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from bot.clock import MarketClock
from bot.config import BoardConfig
from bot.delivery.updates import Said
from bot.sandbox.chats import Message
from engine.events import Event, Input, SignalIssued, TargetHit, TradeClosed, TradeMarked
from tests.bot.browser import chromium, pages
from tests.bot.desk_room import DANA
from tests.bot.stage import Stage, config_in, on_stage, sandbox_for, simulated_day

PNG = b"\x89PNG"
GOLD_CHANNEL = -1001000000001


async def test_the_page_shows_a_days_moments_at_every_size_in_both_themes(tmp_path, request):
    kept = request.config.getoption("--screens")
    folder = Path(kept) if kept else tmp_path / "screens"
    begin_ms, history, live = simulated_day()
    clock = MarketClock(begin_ms)
    config = msgspec.structs.replace(config_in(tmp_path), board=BoardConfig(900))
    async with (
        chromium() as browser,
        sandbox_for(config, clock) as sandbox,
        on_stage(config, sandbox, clock, draws=True) as stage,
        pages(browser, sandbox.url) as opened,
    ):
        sandbox.pace = "market time runs 300×"
        await stage.app.service.warm_up(iter(history))
        album = Album(folder, opened, stage)
        inputs = iter(live)

        await until(stage, inputs, lambda event: isinstance(event, SignalIssued))
        await album.take("signal", at=last(stage, "BUY|SELL"))
        await until(stage, inputs, lambda event: isinstance(event, TradeMarked))
        await album.take("live-edit", at=last(stage, "BUY|SELL"))
        await until_said(stage, inputs, "Daily report")
        await album.take("report", at=last(stage, "Daily report"))
        await until(stage, inputs, lambda event: isinstance(event, TargetHit))
        await album.take("tp1", at=last(stage, "BUY|SELL"))
        await until(stage, inputs, lambda event: isinstance(event, TradeClosed))
        await album.take("closed", at=last(stage, "BUY|SELL"))
        await album.take("board", at=last(stage, "Assay · "))
        for number, line in enumerate(("/status", "/risk 0.5"), 1):
            await ask(stage, line, number)
        await album.take("admin", pane="private")

    taken = sorted(folder.glob("*.png"))
    assert len(taken) == 7 * 4
    assert all(path.read_bytes().startswith(PNG) for path in taken)


class Album:
    """Takes one moment on every page."""

    def __init__(self, folder: Path, opened: dict[str, Any], stage: Stage) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._pages, self._stage = folder, opened, stage

    async def take(self, name: str, *, at: Message | None = None, pane: str = "public") -> None:
        """`at` is brought into view; every message must stand on the page by then."""
        for look, page in self._pages.items():
            if look.startswith("phone"):
                await page.click(f'.switch [data-pane="{pane}"]')
            chat_id = DANA if pane == "private" else GOLD_CHANNEL
            newest = self._stage.sandbox.messages(chat_id)[-1].id
            await page.wait_for_selector(f'#{pane} [data-id="{newest}"]', state="attached")
            if at is not None:
                here = page.locator(f'#{pane} [data-id="{at.id}"]')
                await here.evaluate("element => element.scrollIntoView({ block: 'end', behavior: 'instant' })")
            await page.evaluate("Promise.all([...document.images].map(image => image.decode().catch(() => 0)))")
            await page.evaluate("document.fonts.ready")
            await assert_nothing_sticks_out(page)
            if pane == "public" and self._stage.sandbox.chat(GOLD_CHANNEL).pinned:
                assert "open" in (await page.inner_text("#public .pinned")).lower()
            await page.screenshot(path=self._folder / f"{name}-{look}.png")


async def assert_nothing_sticks_out(page: Any) -> None:
    """Sideways nothing scrolls, and no button's words are cut."""
    wide = await page.evaluate(
        """[document.documentElement, ...document.querySelectorAll('.view, .message, .keyboard button')]
             .filter(one => one.offsetParent !== null && one.scrollWidth > one.clientWidth + 1)
             .map(one => one.className + ' ' + one.textContent.slice(0, 40))"""
    )
    assert wide == []


async def until(stage: Stage, inputs: Any, is_it: Callable[[Event], bool]) -> None:
    """Play to the event, and on until what it says has been sent."""
    for item in inputs:
        if any(is_it(event) for event in await stage.market_time.step(item)):
            break
    await settle(stage, inputs)


async def until_said(stage: Stage, inputs: Any, words: str) -> None:
    for item in inputs:
        await stage.market_time.step(item)
        if words in stage.sandbox.messages(GOLD_CHANNEL)[-1].body.text:
            return
    raise AssertionError(f"nobody said {words!r}")


async def settle(stage: Stage, inputs: Any) -> None:
    """A minute of the market: its edits are paced."""
    end_ms = stage.app.service.clock.now_ms() + 60_000
    item: Input
    for item in inputs:
        await stage.market_time.step(item)
        if stage.app.service.clock.now_ms() >= end_ms:
            return


def last(stage: Stage, begins: str) -> Message:
    """The newest message of the channel that begins with one of these words."""
    messages = stage.sandbox.messages(GOLD_CHANNEL)
    return [message for message in messages if message.body.text.startswith(tuple(begins.split("|")))][-1]


async def ask(stage: Stage, line: str, number: int) -> None:
    said = await stage.sandbox.say(line)
    now_ms = stage.app.service.clock.now_ms()
    await stage.app.desk.handle(Said(number, DANA, "Dana", DANA, "Dana", True, said.id, None, line, now_ms))
    await stage.market_time.settle(within_ms=10_000)
