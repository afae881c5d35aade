"""What `check` says of one thing: well, wrong, worth a thought, or not looked at, and why."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from bot.words.wording import tidy


class Mark(StrEnum):
    WELL = "✓"
    WRONG = "✗"
    DOUBTFUL = "!"
    SKIPPED = "–"


class Finding(NamedTuple):
    """One line. What is wrong is followed by what would do."""

    mark: Mark
    subject: str
    text: str

    def __str__(self) -> str:
        return f"{self.mark} {self.subject:<9} {tidy(self.text, 400)}"  # names and errors come from outside


def well(subject: str, text: str) -> Finding:
    return Finding(Mark.WELL, subject, text)


def wrong(subject: str, text: str) -> Finding:
    return Finding(Mark.WRONG, subject, text)


def doubtful(subject: str, text: str) -> Finding:
    """It runs like this; whether it is meant so, somebody should know."""
    return Finding(Mark.DOUBTFUL, subject, text)


def skipped(subject: str, text: str) -> Finding:
    return Finding(Mark.SKIPPED, subject, text)
