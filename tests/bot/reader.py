"""How a subscriber meets a message: golden texts, visible length, and the trades of the design's examples."""

from __future__ import annotations

from pathlib import Path

from bot.sandbox.telegram_html import parse_html
from bot.words.wording import Market, Voice
from engine.types import CloseReason, Trade
from tests.builders import GOLD, at, closed, ended, gold, opened, secured, trade

GOLDEN = Path(__file__).parents[1] / "golden" / "messages"
VOICE = Voice(instrument=GOLD, market=Market.SIMULATED)

_SEEN = {"best": gold("2297.10") - gold("2274.10"), "worst": -248}


def golden(name: str) -> str:
    """The expected text. Files hold plain spaces, since a no-break space cannot be seen in review."""
    return (GOLDEN / f"{name}.html").read_text(encoding="utf-8").removesuffix("\n")


def shown(text: str) -> str:
    """A text with its no-break spaces made plain, to compare with a golden file."""
    return text.replace("\u00a0", " ")


def visible(text: str) -> str:
    """What Telegram shows; fails where Telegram would refuse."""
    return parse_html(text).text


def units(text: str) -> int:
    """Visible length as Telegram counts it."""
    return len(visible(text).encode("utf-16-le")) // 2


def states() -> dict[str, Trade]:
    """The example trade in every state a reader can meet it."""
    stopped = opened(best=377, worst=-920)
    return {
        "entering": trade(),
        "opened": opened(),
        "running": opened(price=gold("2279.62"), price_ms=at("2024-04-03 14:23"), best=600),
        "tp1": secured(),
        "tp2": closed(secured(), gold("2297.10"), CloseReason.TARGET, closed_ms=at("2024-04-03 18:41"), **_SEEN),
        "breakeven": closed(
            secured(), None, CloseReason.BREAKEVEN, closed_ms=at("2024-04-03 16:29"), best=1490, worst=-248
        ),
        "stopped": closed(stopped),
        "desk": closed(
            opened(),
            gold("2281.40"),
            CloseReason.DESK,
            closed_ms=at("2024-04-03 14:50"),
            best=828,
            worst=-248,
        ),
        "expired": ended(CloseReason.EXPIRED, closed_ms=at("2024-04-03 17:15")),
        "cancelled": ended(CloseReason.CANCELLED, price=gold("2278.40")),
    }
