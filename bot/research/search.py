"""Which settings did best on a stretch of the past: Optuna over declared ranges, repeatable and resumable.

A study is walked with a seeded sampler, trial by trial. What each came to is kept in a file, so a search that was
interrupted walks the same path again without computing it again, and ends where it would have ended.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from bot.config import ConfigError, SearchRange
from storage.files import write_whole

QUARTERS = 4  # of a window: after each a search that does badly is given up
LEAST_TRADES = 10  # in a window; settings with fewer are not judged
WORTHLESS = -10.0  # the score of settings that cannot be judged
_TRIED_FIRST = 8  # trials before any is given up

Choice = Mapping[str, float]
"""Setting → value."""
Evaluate = Callable[[Choice], Iterator[list[float]]]
"""Settings → R of the trades that ended in each quarter of the window, quarter by quarter; ValueError for settings
that the configuration refuses.
"""


class Evaluated(msgspec.Struct, forbid_unknown_fields=True):
    """What settings came to, as far as it was computed. `is_refused`: the configuration does not allow them."""

    choice: dict[str, float]
    quarters: list[list[float]]
    is_refused: bool = False


def search(ranges: Sequence[SearchRange], evaluate: Evaluate, *, trials: int, seed: int, kept: Path) -> Choice | None:
    """The best settings found; None when none could be judged. `kept` holds what has been evaluated."""
    optuna = _optuna()
    study = optuna.create_study(
        direction="maximize",
        sampler=optuna.samplers.TPESampler(seed=seed, multivariate=True),
        pruner=optuna.pruners.MedianPruner(n_startup_trials=_TRIED_FIRST),
    )
    known = {_name(each.choice): each for each in read_evaluated(kept)}
    for _ in range(trials):
        trial = study.ask()
        choice = {
            each.key: float(trial.suggest_float(each.key, each.low, each.high, step=each.step)) for each in ranges
        }
        found = known.setdefault(_name(choice), Evaluated(choice, []))
        done, is_pruned = len(found.quarters), _walk(trial, found, evaluate)
        if len(found.quarters) > done or found.is_refused:
            write_whole(kept, b"".join(msgspec.json.encode(each) + b"\n" for each in known.values()))
        if found.is_refused:
            study.tell(trial, state=optuna.trial.TrialState.FAIL)
        elif is_pruned:
            study.tell(trial, state=optuna.trial.TrialState.PRUNED)
        else:
            study.tell(trial, score(found.quarters))
    judged = [each for each in study.get_trials() if each.state.name == "COMPLETE" and (each.value or 0) > WORTHLESS]
    return dict(max(judged, key=lambda each: each.value or WORTHLESS).params) if judged else None


def _walk(trial: Any, found: Evaluated, evaluate: Evaluate) -> bool:
    """Quarter by quarter, those known already without computing them. True when the trial is to be given up."""
    fresh: Iterator[list[float]] | None = None
    for quarter in range(QUARTERS):
        if found.is_refused:
            return False
        if quarter == len(found.quarters):
            try:
                if fresh is None:  # a part that is known still has to be passed through
                    fresh = evaluate(found.choice)
                    for _ in range(quarter):
                        next(fresh)
                found.quarters.append(next(fresh))
            except ValueError:
                found.is_refused = True
                return False
        trial.report(score(found.quarters[: quarter + 1]), quarter)
        if quarter + 1 < QUARTERS and trial.should_prune():
            return True
    return False


def score(quarters: Sequence[Sequence[float]]) -> float:
    """How surely the average is above zero: the t statistic of R. It prefers many small proofs to one large one."""
    results = np.concatenate([np.asarray(each, dtype=float) for each in quarters])
    if len(results) < LEAST_TRADES * len(quarters) / QUARTERS or len(results) < 2:
        return WORTHLESS
    deviation = float(results.std(ddof=1))
    if deviation == 0:
        return WORTHLESS
    return max(WORTHLESS, float(results.mean()) / deviation * float(np.sqrt(len(results))))


def _name(choice: Choice) -> str:
    return msgspec.json.encode(sorted(choice.items())).decode()


def read_evaluated(kept: Path) -> list[Evaluated]:
    """What a search left, interrupted or not. A line cut short by a crash cannot be: the file is written whole."""
    if not kept.exists():
        return []
    try:
        return [msgspec.json.decode(line, type=Evaluated) for line in kept.read_bytes().splitlines()]
    except msgspec.DecodeError as error:
        raise ConfigError(f"{kept}: not what a search leaves ({error}); remove it to begin anew") from None


def _optuna() -> Any:
    try:
        import optuna
    except ImportError:
        raise ConfigError("walkforward needs Optuna; install it with: pip install 'assay[research]'") from None
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return optuna
