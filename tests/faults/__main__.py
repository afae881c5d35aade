"""`make faults`: the whole campaign, or with `--seed` one run of it."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from pathlib import Path

import structlog

from tests.faults.campaign import WILD_SEEDS, Case, again, campaign, cases, table, title
from tests.faults.sigkill import kill_runs, kill_table


def main() -> int:
    parser = argparse.ArgumentParser(prog="make faults", description=__doc__)
    parser.add_argument("--seed", type=int, help="run this one again")
    parser.add_argument("--wild", type=int, default=300, help="how many runs of chance")
    parser.add_argument("--kills", type=int, default=100, help="how many processes to kill")
    parser.add_argument("--workers", type=int, default=2)
    given = parser.parse_args()
    if given.seed is not None:
        return _one(given.seed)
    begun = time.monotonic()
    jobs: list[Case | range] = list(cases(all_awaits=True))
    jobs += [range(WILD_SEEDS + n, WILD_SEEDS + min(n + 25, given.wild)) for n in range(0, given.wild, 25)]
    results = campaign(jobs, given.workers)
    seeds = sorted(seed for seed, _ in results)
    print(table(results))
    print(f"{len(results)} runs, seeds {seeds[0]} to {seeds[-1]}, in {time.monotonic() - begun:.0f} s\n", flush=True)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    kills = asyncio.run(kill_runs(range(given.kills)))
    print(kill_table(kills))
    print(f"all in {time.monotonic() - begun:.0f} s")
    return int(any(result.wrong for _, result in results) or any(result.wrong for _, result in kills))


def _one(seed: int) -> int:
    with tempfile.TemporaryDirectory(prefix="assay-faults-") as folder:
        result = asyncio.run(again(seed, Path(folder)))
    print(f"seed {seed}, {title(seed)}\n{result}")
    return int(bool(result.wrong))


if __name__ == "__main__":
    sys.exit(main())
