"""`python -m bench.strategy DATA`: every hypothesis on every sample, as tables for bench/strategy.md.

What has been run is kept in bench/results/strategy and not run again; each variant is a line of the trial log.
"""

from __future__ import annotations

import argparse
import hashlib
import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import numpy as np
from rich.console import Console

from bench.difference import Difference, Outcome, average, benjamini_hochberg, difference, walk_forward
from bench.hypotheses import ELSEWHERE, END, MAIN, MIDDLE, ROUNDS, SAMPLES, SHIPPED, Part, Sample, Variant
from bench.market import ROOT
from bench.report import RESULTS
from bot.config import Config
from bot.config_file import load_config
from bot.play.tape import recognise_all, tape_of_files
from bot.research.backtest import Run, between, run
from bot.research.report import interval, signed
from bot.research.statistics import bootstrap, mean
from bot.research.trials import Trial, log_trials, read_trials, variant_of
from bot.research.walkforward import with_settings
from bot.voices import Voices
from bot.words.wording import Market
from engine.engine import Engine
from engine.types import DAY_MS, Role

LOG = Path(__file__).parent / "trials.jsonl"
SEED = 20_250_601
FALSE_DISCOVERIES = 0.10  # the share of adopted changes that may be chance


class Kept(msgspec.Struct, frozen=True):
    """What is kept of a run. `days` had a market, as days since 1970."""

    variant: str
    market: tuple[str, ...]
    from_ms: int
    to_ms: int
    days: tuple[int, ...]
    outcomes: tuple[Outcome, ...]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.strategy", description=__doc__)
    parser.add_argument("data", type=Path, help="the folder with the recordings")
    folder = parser.parse_args().data
    console = Console(width=160, highlight=False)
    config = load_config(ROOT / "config.toml")
    for variants in ((base, *changes) for base, changes in ROUNDS):
        found = {sample.name: _sample(sample, variants, config, folder) for sample in SAMPLES}
        console.print(_main_table(found), _elsewhere_table(found), _forward_lines(found), sep="\n\n", soft_wrap=True)


# Running


def _sample(sample: Sample, variants: Sequence[Variant], config: Config, folder: Path) -> dict[str, list[Outcome]]:
    """Variant → its trades, in the order they ended."""
    return {
        variant.name: [each for part in sample.parts for each in _run(sample, part, variant, config, folder).outcomes]
        for variant in variants
    }


def _run(sample: Sample, part: Part, variant: Variant, config: Config, folder: Path) -> Kept:
    changed = with_settings(config, {**sample.settings, **variant.settings})
    file = folder / part.file
    name = hashlib.sha256(f"{variant_of(changed.engine_config())} {part}".encode()).hexdigest()[:16]
    path = RESULTS / "strategy" / f"{name}.json"
    if path.exists():
        kept = msgspec.json.decode(path.read_bytes(), type=Kept)
    else:
        kept = kept_of(played(changed, file, part), variant_of(changed.engine_config()))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(msgspec.json.encode(kept))
    if variant.is_part:
        outcomes = tuple(each for each in kept.outcomes if belongs(each, variant, config))
        kept = msgspec.structs.replace(kept, variant=f"{kept.variant}/{variant.name}", outcomes=outcomes)
    log_once(LOG, trial_of(kept, f"{variant.name}; {sample.name}"))
    return kept


def belongs(outcome: Outcome, variant: Variant, config: Config) -> bool:
    """Whether a trade of the unchanged run is one of this variant's."""
    if variant.needs:
        return any(need in outcome.reasons for need in variant.needs)
    if variant.above is not None:
        least: int = getattr(config.engine.strategies, outcome.strategy).min_score
        return outcome.score >= least + variant.above
    return outcome.strategy != variant.without


def played(config: Config, file: Path, part: Part) -> Run:
    sources = recognise_all([file], config, None)
    tape = tape_of_files(config, sources, [], Path("unused"), skips_bad=False, progress=lambda _path, _count: None)
    inputs = between(tape.inputs, moment_ms(part.begin) if part.begin else None, moment_ms(part.end))
    voices = Voices(tape.config, Market.REPLAY)
    return run(Engine(tape.config.engine_config()), inputs, voices, tape.config.engine.account.balance)


def kept_of(found: Run, variant: str) -> Kept:
    outcomes = []
    for each in found.closed:
        setup = each.trade.signal.setup
        reasons = [reason for reason in setup.reasons if reason.role is not Role.AGAINST]
        outcomes.append(
            Outcome(
                issued_ms=each.trade.signal.issued_ms,
                closed_ms=each.closed_ms,
                r=each.trade.result_r,
                cost_r=setup.spread / setup.risk,
                score=setup.score,
                strategy=setup.strategy.value,
                reasons=(*(r.code.value for r in reasons), *(f"{r.code}:{r.detail}" for r in reasons if r.detail)),
            )
        )
    return Kept(variant, found.symbols, found.from_ms, found.to_ms, found.days, tuple(outcomes))


def trial_of(kept: Kept, note: str) -> Trial:
    results = [each.r for each in kept.outcomes]
    return Trial(
        time_ms=int(time.time() * 1000),
        variant=kept.variant,
        market=kept.market,
        from_ms=kept.from_ms,
        to_ms=kept.to_ms,
        trades=len(results),
        total_r=round(sum(results), 4),
        sharpe=daily_sharpe(kept.outcomes, kept.days),
        note=note,
    )


def log_once(log: Path, trial: Trial) -> None:
    """Whoever runs it again and finds the same adds nothing to what was tried."""
    if not any(msgspec.structs.replace(each, time_ms=trial.time_ms) == trial for each in read_trials(log)):
        log_trials(log, [trial])


def daily_sharpe(outcomes: Iterable[Outcome], days: Sequence[int]) -> float | None:
    """Of R by the day a trade ended, days without one included; None where it is not defined."""
    index = {day: number for number, day in enumerate(days)}
    sums = np.zeros(len(days))
    for each in outcomes:
        if (number := index.get(each.closed_ms // DAY_MS)) is not None:
            sums[number] += each.r
    deviation = float(sums.std(ddof=1)) if len(days) > 1 else 0.0
    return float(sums.mean()) / deviation if deviation > 0 else None


def moment_ms(date: str) -> int:
    """Midnight UTC."""
    return int(datetime.fromisoformat(date).replace(tzinfo=UTC).timestamp() * 1000)


# Telling

Found = dict[str, dict[str, list[Outcome]]]
"""Sample → variant → trades. The first variant is what the others are compared with."""


def _main_table(found: Found) -> str:
    base_name, *names = found[MAIN.name]
    base, middle = found[MAIN.name][base_name], moment_ms(MIDDLE)
    halves = [[each for each in base if (each.issued_ms >= middle) is late] for late in (False, True)]
    against = {name: difference(base, found[MAIN.name][name], seed=SEED) for name in names}
    kept = benjamini_hochberg({name: each.p for name, each in against.items()}, FALSE_DISCOVERIES)
    lines = [
        "| variant | trades | average R | cost R | difference (95 %) | first half | second half | p | kept "
        "| shipped points: trades | average R |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---|---:|---:|",
    ]
    for name, rows in found[MAIN.name].items():
        shipped = found[SHIPPED.name][name]
        cells = [name, str(len(rows)), _average(rows), f"{sum(each.cost_r for each in rows) / len(rows):.3f}"]
        if name == base_name:
            cells += [""] * 5
        else:
            ours = [[each for each in rows if (each.issued_ms >= middle) is late] for late in (False, True)]
            better = [average(own) - average(theirs) for own, theirs in zip(ours, halves, strict=True)]
            cells += [_told(against[name]), *(signed(each, 3) for each in better), f"{against[name].p:.3f}"]
            cells.append("yes" if name in kept and min(better) > 0 else "no")
        lines.append(f"| {' | '.join([*cells, str(len(shipped)), _average(shipped)])} |")
    return "\n".join(lines)


def _elsewhere_table(found: Found) -> str:
    lines = [
        f"| variant | {' | '.join(f'{each.name}: trades | average R | difference (95 %)' for each in ELSEWHERE)} "
        "| together |",
        f"|---|{'---:|---:|---:|' * len(ELSEWHERE)}---:|",
    ]
    base_name, *names = found[MAIN.name]
    for name in (base_name, *names):
        cells, gained, count = [name], 0.0, 0
        for sample in ELSEWHERE:
            base, rows = found[sample.name][base_name], found[sample.name][name]
            against = difference(base, rows, seed=SEED)
            gained, count = gained + against.value * len(rows), count + len(rows)
            cells += [str(len(rows)), signed(average(rows), 3), "" if name == base_name else _told(against)]
        cells.append("" if name == base_name else signed(gained / count, 3))
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _forward_lines(found: Found) -> str:
    """Each quarter the variant that did best in the twelve months before, tried on the quarter."""
    told = []
    for sample in (MAIN, SHIPPED):
        walked = walk_forward(found[sample.name], moment_ms("2021-06-01"), moment_ms(END))
        chosen = [each for quarter in walked for each in quarter.outcomes]
        base = [each for quarter in walked for each in quarter.unchanged]
        told.append(
            f"{sample.name}: chosen {len(chosen)} trades, {_average(chosen)}; without choosing {len(base)}, "
            f"{_average(base)}; {', '.join(quarter.name for quarter in walked)}"
        )
    return "\n".join(told)


def _told(found: Difference) -> str:
    return f"{signed(found.value, 3)} ({signed(found.low, 3)} to {signed(found.high, 3)})"


def _average(rows: Sequence[Outcome]) -> str:
    results = [each.r for each in rows]
    return f"{signed(average(rows), 3)} ({interval(bootstrap(results, mean, seed=SEED))})"


if __name__ == "__main__":
    main()
