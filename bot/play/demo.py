"""`demo`: one command, no account. A simulated market, the real engine, and a Telegram of our own in the browser."""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn

from bot.config_file import load_config
from bot.play.player import SIMULATED_START_MS, demo_stream, for_replay, open_player, play, scout
from bot.words.wording import Market

SYMBOL = "XAUUSD"
FEED = "simulated"


async def run_demo(options: argparse.Namespace) -> int:
    """Until Ctrl-C. Nothing is kept: each run begins anew from its seed."""
    console = Console(stderr=True)
    config = load_config(options.config)
    port = config.sandbox.port if options.port is None else options.port
    speed = options.speed or 300.0
    with tempfile.TemporaryDirectory(prefix="assay-demo-") as folder:
        played = for_replay(config, [SYMBOL], Path(folder), FEED, by_bid=frozenset())
        instrument = played.instruments[0]
        with Progress(SpinnerColumn(), TextColumn("{task.description}"), console=console, transient=True) as progress:
            task = progress.add_task("The simulated market warms up …")

            def tell(time_ms: int) -> None:
                days = (time_ms - SIMULATED_START_MS) / 86_400_000
                progress.update(task, description=f"The simulated market warms up: {days:.0f} days, unpublished")

            scouted = await asyncio.to_thread(scout, played, instrument, options.seed, tell)
        begin = datetime.fromtimestamp(scouted.begin_ms / 1000, UTC)
        async with open_player(
            played, Market.SIMULATED, scouted.begin_ms, speed=speed, port=port, draws=True, listens=True
        ) as player:
            player.sandbox.pace = f"market time runs {speed:g}×"
            console.print(f"\n[bold]Open {player.sandbox.url}[/bold]\n")
            console.print(
                f"A SIMULATED gold market (seed {options.seed}), not a recording: {begin:%d %b %Y %H:%M} UTC, "
                f"{speed:g} times as fast as the clock.\nThe weeks before ran through the engine unpublished. "
                f"The first signal comes within seconds; a trade lives for a few minutes. Ctrl-C stops."
            )
            try:
                await play(player, demo_stream(instrument, options.seed, scouted))
            except asyncio.CancelledError:
                console.print("Stopped.")
                raise
    return 0
