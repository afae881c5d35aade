"""One and three targets through the whole service, on a stretch of the simulated market that reaches them all."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from bot.clock import MarketClock
from bot.config import Config
from bot.record.verify import verify
from engine.events import Event, SignalIssued, TargetHit, TradeClosed
from engine.types import CloseReason
from storage.database import reading
from storage.ledger import Entry, EntryKind, entries
from tests.bot.reader import shown
from tests.bot.stage import config_in, on_stage, sandbox_for, simulated_day, transcript

SEED = 249  # within a day a signal, and every target of it


def sharing(folder: Path, shares: tuple[int, ...]) -> Config:
    config = config_in(folder)
    trades = msgspec.structs.replace(config.engine.trades, shares=shares)
    return msgspec.structs.replace(config, engine=msgspec.structs.replace(config.engine, trades=trades))


async def played(config: Config) -> tuple[list[Event], list[str], list[Entry]]:
    """What the engine said, what a reader saw request by request, and the record."""
    begin_ms, history, live = simulated_day(SEED)
    clock = MarketClock(begin_ms)
    async with sandbox_for(config, clock) as sandbox, on_stage(config, sandbox, clock) as stage:
        await stage.app.service.warm_up(iter(history))
        events = await stage.play(live)
        async with reading(stage.app.service.database) as conn:
            return events, transcript(sandbox).split("\n\n"), await entries(conn)


@pytest.mark.parametrize(
    ("shares", "told"),
    [
        (
            (40, 30, 30),  # of 0.17 lot: 7, 5 and 5 steps
            [
                "🎯 <b>TP1 2325.89 reached</b> · +1.49R\n41 % closed: +88.0 pips, +0.61R banked.\n"
                "Move SL to breakeven 2317.09. Next is TP2 2328.83.",
                "🎯 <b>TP2 2328.83 reached</b> · +1.78R\n29 % closed: +117.4 pips, +1.20R banked in all.\n"
                "SL stays at 2317.09. TP3 2331.77 stays.",
                "✅ <b>TP3 2331.77 reached</b> · +1.93R\nAll closed: +113.9 pips · +$193.70 · 4 h 47 min\n"
                "Best +2.49R · worst −0.22R",
            ],
        ),
        (
            (100,),
            [
                "✅ <b>TP1 2331.77 reached</b> · +2.49R\nAll closed: +146.8 pips · +$249.56 · 4 h 47 min\n"
                "Best +2.49R · worst −0.22R",
            ],
        ),
    ],
)
async def test_each_target_is_told_in_one_reply_and_the_record_holds(
    tmp_path: Path, shares: tuple[int, ...], told: list[str]
) -> None:
    events, seen, record = await played(sharing(tmp_path, shares))

    issued = [event.signal for event in events if isinstance(event, SignalIssued)]
    hits = [event.target for event in events if isinstance(event, TargetHit)]
    ends = [event.trade.reason for event in events if isinstance(event, TradeClosed)]
    assert (len(issued), hits, ends) == (1, list(range(1, len(shares))), [CloseReason.TARGET])
    assert sum(issued[0].split) == issued[0].lot_steps

    replies = [request.partition("\n")[2] for request in seen if " as a reply" in request.partition("\n")[0]]
    assert [shown(reply).rstrip("\n") for reply in replies] == told

    assert verify(record, []) == []
    published = next(entry for entry in record if entry.kind == EntryKind.PUBLISHED)
    for number in range(1, len(shares) + 1):
        assert f"\nTP{number} " in published.body["text"]


async def test_a_target_published_otherwise_than_decided_is_found(tmp_path: Path) -> None:
    """The one in the middle too, which the order of two targets does not have."""
    _, _, record = await played(sharing(tmp_path, (40, 30, 30)))
    first, *others = record
    targets = [first.body["targets"][0], "2328.84", first.body["targets"][2]]
    forged = msgspec.structs.replace(first, body=first.body | {"targets": targets})

    found = [finding.what for finding in verify([forged, *others], [])]

    assert f"{first.body['id']} was published with another order than was decided" in found
