"""What a benchmark hands back, as a table to read and as JSON to compare."""

from __future__ import annotations

import dataclasses
import json
import os
import platform
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

from rich.console import Console
from rich.table import Table

from bot.compiled import is_in_use

RESULTS = Path(__file__).parent / "results"

Tell = Callable[[str], None]


@dataclasses.dataclass(frozen=True, slots=True)
class Target:
    """What a number must reach. `of` says which one: our own figure, or the ratio."""

    sense: Literal["≥", "≤"]
    value: float
    of: Literal["ours", "ratio"] = "ratio"

    def is_met(self, found: float) -> bool:
        return found >= self.value if self.sense == "≥" else found <= self.value


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    """One line: our figure, theirs in the same unit, and how many times better ours is."""

    what: str
    ours: float
    unit: str
    peer: str | None = None
    theirs: float | None = None
    ratio: float | None = None
    target: Target | None = None

    @property
    def is_met(self) -> bool | None:
        """None when nothing was asked of it."""
        if self.target is None:
            return None
        found = self.ours if self.target.of == "ours" else self.ratio
        return found is not None and self.target.is_met(found)


@dataclasses.dataclass(frozen=True, slots=True)
class Result:
    """All lines of one benchmark, and what was left out with the reason."""

    name: str
    rows: tuple[Row, ...]
    skipped: tuple[str, ...] = ()


def write(result: Result, folder: Path = RESULTS) -> Path:
    """One JSON file a benchmark, the last run's."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{result.name}.json"
    rows = [dataclasses.asdict(row) | {"is_met": row.is_met} for row in result.rows]
    whole = {"name": result.name, "machine": machine(), "rows": rows, "skipped": result.skipped}
    path.write_text(json.dumps(whole, ensure_ascii=False, indent=2) + "\n", "utf-8")
    return path


def engine_in_use() -> str:
    return "compiled" if is_in_use() else "as written"


def machine() -> dict[str, str | int | None]:
    return {
        "python": platform.python_version(),
        "system": platform.system(),
        "architecture": platform.machine(),
        "cores": os.cpu_count(),
        "engine": engine_in_use(),
    }


def show(results: Sequence[Result], console: Console) -> None:
    table = Table(title=f"Assay (engine {engine_in_use()}), measured side by side")
    table.add_column("measured", overflow="fold")
    for heading in ("Assay", "peer", "ratio", "target", ""):
        table.add_column(heading, justify="right")
    for result in results:
        for row in result.rows:
            table.add_row(*_cells(row))
        table.add_section()
    console.print(table)
    for result in results:
        for line in result.skipped:
            console.print(f"{result.name}: left out: {line}")


def _cells(row: Row) -> tuple[str, ...]:
    what = row.what if row.peer is None else f"{row.what}, against {row.peer}"
    theirs = "" if row.theirs is None else f"{figure(row.theirs)} {row.unit}"
    ratio = "" if row.ratio is None else f"{figure(row.ratio)}×"
    target = "" if row.target is None else f"{row.target.sense} {figure(row.target.value)}"
    verdict = {None: "", True: "met", False: "missed"}[row.is_met]
    return what, f"{figure(row.ours)} {row.unit}", theirs, ratio, target, verdict


def figure(value: float) -> str:
    """Three significant digits, thousands apart: 0.0123, 1.05, 24,700."""
    if value == 0:
        return "0"
    if abs(value) >= 100:
        return f"{float(f'{value:.3g}'):,.0f}"
    return f"{value:.3g}"
