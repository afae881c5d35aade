"""`python -m bench [NAME…]`: run those named, or all; tell a line each, then the table."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

from rich.console import Console

from bench import backtests, delivery, growth, latency, smc, ticks
from bench.report import Result, Tell, show, write

BENCHES: dict[str, Callable[[Tell], Result]] = {
    "ticks": ticks.run,
    "latency": latency.run,
    "growth": growth.run,
    "backtests": backtests.run,
    "delivery": delivery.run,
    "smc": smc.run,  # last: it takes minutes
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench", description="How fast the engine is, side by side with others.")
    parser.add_argument("names", nargs="*", metavar="name", help=f"which to run, of {', '.join(BENCHES)}; default: all")
    parser.add_argument("--written", action="store_true", help="measure the engine as written, not the compiled one")
    wanted = parser.parse_args().names or list(BENCHES)
    unknown = [name for name in wanted if name not in BENCHES]
    if unknown:
        parser.error(f"no benchmark is called {unknown[0]!r}; there are {', '.join(BENCHES)}")
    console = Console()
    if not console.is_terminal:
        console.width = 140  # a log has no width of its own
    start = time.monotonic()

    def tell(line: str) -> None:
        console.print(f"{time.monotonic() - start:5.0f} s  {line}", highlight=False)

    results = []
    for name in wanted:
        results.append(BENCHES[name](tell))
        write(results[-1])
    show(results, console)
