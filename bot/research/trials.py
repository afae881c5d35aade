"""The trial log: every variant that was ever tried on a market, because the best of many is expected to look good.

One JSON line a run, appended, never edited. A variant is a configuration; running it again is no new one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal

import msgspec
import numpy as np

from engine.config import EngineConfig


class Trial(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`variant` tells configurations apart, `market` what it was tried on; `sharpe` is daily, not annualised.

    A confirmation is the one look at a stretch that was kept apart: what was to be chosen had been chosen before.
    """

    time_ms: int
    variant: str
    market: tuple[str, ...]
    from_ms: int
    to_ms: int
    trades: int
    total_r: float
    sharpe: float | None
    note: str = ""
    kind: Literal["trial", "confirmation"] = "trial"


class TrialError(Exception):
    """The log cannot be read, so nobody knows how much was tried."""


def variant_of(config: EngineConfig) -> str:
    """Sixteen digits by which configurations are told apart: any other value, be it of the account, is another one."""
    return hashlib.sha256(msgspec.json.encode(config)).hexdigest()[:16]


def read_trials(path: Path) -> list[Trial]:
    """Oldest first; none where there is no log yet. TrialError names the line that is none."""
    if not path.exists():
        return []
    found = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        try:
            found.append(msgspec.json.decode(line, type=Trial))
        except msgspec.DecodeError as error:
            raise TrialError(
                f"{path}, line {number}: not a trial ({error}); mend the line or name another log"
            ) from None
    return found


def log_trials(path: Path, trials: Iterable[Trial]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.writelines(msgspec.json.encode(trial).decode() + "\n" for trial in trials)


def tried(trials: Sequence[Trial], market: Iterable[str]) -> tuple[int, float | None]:
    """How many variants were tried on any of these symbols, and the variance of their Sharpe ratios; None where it is
    not known. Of a variant that ran several times its last run counts; a confirmation only where it is the only one.
    """
    wanted, last = set(market), dict[str, Trial]()
    for trial in trials:
        if wanted & set(trial.market) and (trial.kind == "trial" or trial.variant not in last):
            last[trial.variant] = trial
    ratios = [trial.sharpe for trial in last.values() if trial.sharpe is not None]
    return len(last), float(np.var(ratios, ddof=1)) if len(ratios) > 1 else None
