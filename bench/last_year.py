"""`python -m bench.last_year DATA`: the year of gold that was kept apart, once, for what had been chosen before.

The shipped configuration and the one it replaced are played over all the years, so that each year is warmed up by
those before it. The last year of each is a confirmation in the trial log; what was played is kept in bench/results and
not played again.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path

import msgspec
import numpy as np

from bench.difference import Outcome, average
from bench.hypotheses import AS_SHIPPED, END, GOLD, Part, Settings
from bench.market import ROOT
from bench.report import RESULTS
from bench.strategy import LOG, SEED, Kept, kept_of, log_once, moment_ms, played, trial_of
from bot.config_file import load_config
from bot.research.report import interval, signed
from bot.research.statistics import bootstrap, mean, profit_factor
from bot.research.trials import variant_of
from bot.research.walkforward import with_settings

YEARS = ("2021-06-01", "2022-06-01", "2023-06-01", "2024-06-01", END, "2026-07-01")
LOOKS: Mapping[str, Settings] = {"as shipped": {"account.mode": "signal"}, "as it was before": AS_SHIPPED}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.last_year", description=__doc__)
    parser.add_argument("data", type=Path, help="the folder with the recordings")
    folder = parser.parse_args().data
    for name, settings in LOOKS.items():
        kept = _look(name, settings, folder / GOLD)
        print(f"{name}\n\n{_table(kept.outcomes)}\n")


def _look(name: str, settings: Settings, file: Path) -> Kept:
    path = RESULTS / "last_year" / f"{name.replace(' ', '_')}.json"
    if path.exists():
        kept = msgspec.json.decode(path.read_bytes(), type=Kept)
    else:
        config = with_settings(load_config(ROOT / "config.toml"), settings)
        kept = kept_of(played(config, file, Part(GOLD, YEARS[-1])), variant_of(config.engine_config()))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(msgspec.json.encode(kept))
    begin_ms = moment_ms(END)
    last = msgspec.structs.replace(
        kept,
        from_ms=begin_ms,
        days=tuple(day for day in kept.days if day * 86_400_000 >= begin_ms),
        outcomes=tuple(each for each in kept.outcomes if each.issued_ms >= begin_ms),
    )
    log_once(LOG, msgspec.structs.replace(trial_of(last, f"the last year, {name}"), kind="confirmation"))
    return kept


def _table(outcomes: Sequence[Outcome]) -> str:
    spans = [*pairwise(YEARS), (YEARS[0], END), (YEARS[0], YEARS[-1])]
    lines = [
        "| issued | trades | won | result | average R (95 %) | profit factor (95 %) |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for begin, end in spans:
        rows = [each for each in outcomes if moment_ms(begin) <= each.issued_ms < moment_ms(end)]
        results = np.array([each.r for each in rows])
        factor = float(profit_factor(results.reshape(1, -1))[0])
        lines.append(
            f"| {begin} to {end} | {len(rows)} | {(results > 0).mean():.0%} | {signed(float(results.sum()))}R "
            f"| {signed(average(rows))} ({interval(bootstrap(results, mean, seed=SEED))}) "
            f"| {factor:.2f} ({interval(bootstrap(results, profit_factor, seed=SEED), 2, 'plain')}) |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
