"""A headless Chromium for the chat page. Without one, whoever asks for it is skipped and told why."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

SYSTEM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
QUIET = ("--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync")
SIZES = {"phone": (390, 844), "desktop": (1440, 900)}
THEMES = ("dark", "light")


@asynccontextmanager
async def chromium() -> AsyncIterator[Any]:
    """The one that Playwright installed, else the system's."""
    playwright = pytest.importorskip(
        "playwright.async_api", reason="no Playwright; `make screens` installs it and runs this"
    )
    # As root Chromium starts only without its own sandbox; the page it opens is ours.
    arguments = [*QUIET, *(["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else [])]
    async with playwright.async_playwright() as driver:
        own = driver.chromium.executable_path
        found = own if os.path.exists(own) else next(filter(None, map(shutil.which, SYSTEM)), None)  # noqa: PTH110, ASYNC240
        if found is None:
            pytest.skip("no Chromium; try: python -m playwright install chromium")
        browser = await driver.chromium.launch(executable_path=found, args=arguments)
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def pages(browser: Any, url: str) -> AsyncIterator[dict[str, Any]]:
    """The page at every size and in both themes, by names such as `phone-dark`; what it complains of fails the test."""
    complaints: list[str] = []
    opened = {}
    for size, (width, height) in SIZES.items():
        for theme in THEMES:
            page = await browser.new_page(viewport={"width": width, "height": height}, color_scheme=theme)
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
            await page.goto(url)
            opened[f"{size}-{theme}"] = page
    yield opened
    assert complaints == []
