"""A bar for each file that is read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn


def bars(console: Console) -> Progress:
    """To be entered while files are read; nothing of it stays on the screen."""
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"))
    return Progress(*columns, TimeRemainingColumn(), console=console, transient=True, disable=not console.is_terminal)


def bar_for_each(progress: Progress, paths: Sequence[Path]) -> Callable[[Path, int], None]:
    """What is told a file and how many of its bytes have been read."""
    tasks: dict[Path, TaskID] = {path: progress.add_task(path.name[:40], total=path.stat().st_size) for path in paths}

    def tell(path: Path, done: int) -> None:
        progress.update(tasks[path], completed=done)

    return tell
