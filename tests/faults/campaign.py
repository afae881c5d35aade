"""Which runs there are, each with a number it can be had again by, and what they come to in a table."""

from __future__ import annotations

import asyncio
import gc
import logging
import tempfile
import warnings
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from random import Random

import structlog
from sqlalchemy.exc import SAWarning

from tests.faults.run import Result, lived, one_run, ready
from tests.faults.stories import STORIES, WEATHERS, Story, Weather

WILD_SHARE = 0.35  # of requests that meet something
WILD_SEEDS = 1_000_000_000  # and above
AWAITS = 0
LONGEST_WATCHED = 0  # of the stories: the one whose hour of watching is enumerated to its end
MOST_POINTS = 32  # of the others: past the send and its search, into the watch


@dataclass(frozen=True, slots=True)
class Case:
    """A story in a weather, killed at one point after another. `awaits`: at every suspension, too."""

    story: Story
    weather: Weather
    awaits: bool

    @property
    def first_seed(self) -> int:
        place = STORIES.index(self.story) * len(WEATHERS) + WEATHERS.index(self.weather)
        return (place * 2 + int(not self.awaits)) * 10_000


def case_of(seed: int) -> tuple[Case, int]:
    """The enumerated run with this seed: the case, and the point of death."""
    case, point = divmod(seed, 10_000)
    place, kind = divmod(case, 2)
    story, weather = divmod(place, len(WEATHERS))
    return Case(STORIES[story], WEATHERS[weather], kind == AWAITS), point


def cases(*, all_awaits: bool) -> Iterator[Case]:
    """Every story in every weather by its effects; by its suspensions in fair weather, and where an answer is lost."""
    for story in STORIES:
        for weather in WEATHERS:
            if weather.plain_only and story is not STORIES[0]:
                continue
            yield Case(story, weather, awaits=False)
            if all_awaits and (weather.name == "fair" or (weather.name, story.name) == ("answer lost", "send")):
                yield Case(story, weather, awaits=True)


async def enumerate_case(case: Case, folder: Path, every: int = 1) -> list[tuple[int, Result]]:
    """One run for each point, until the life ends before it; with `every` only each so-manieth."""
    found: list[tuple[int, Result]] = []
    point, struck = 0, True
    is_whole = case.awaits or STORIES.index(case.story) == LONGEST_WATCHED
    gc.freeze()  # what was there before need not be looked through after each death
    try:
        while struck and (is_whole or point < MOST_POINTS):
            seed = case.first_seed + point
            result = await one_run(folder / f"{seed}.db", case.story, case.weather, (point,), awaits=case.awaits)
            found.append((seed, result))
            struck, point = result.struck, point + every
    finally:
        gc.unfreeze()
    return found


async def wild_run(seed: int, folder: Path) -> Result:
    """A story of chance on a line of chance, with up to three deaths; calm after them."""
    chance = Random(seed)  # noqa: S311 — a schedule, not a secret
    story = chance.choice(STORIES)
    world = await ready(folder / f"{seed}.db", story)
    world.line.faults.wild(chance, WILD_SHARE)
    deaths = [chance.randrange(1, 60) for _ in range(chance.randrange(1, 4))]
    return await lived(world, deaths, calm_last=True)


async def again(seed: int, folder: Path) -> Result:
    """The run of this seed, once more."""
    if seed >= WILD_SEEDS:
        return await wild_run(seed, folder)
    case, point = case_of(seed)
    return await one_run(folder / f"{seed}.db", case.story, case.weather, (point,), awaits=case.awaits)


def title(seed: int) -> str:
    if seed >= WILD_SEEDS:
        return "wild"
    case, _ = case_of(seed)
    return f"{'every suspension' if case.awaits else 'every effect'}: {case.story.name}"


def work(job: Case | range, every: int = 1) -> list[tuple[int, Result]]:
    """A part of the campaign, in whatever process."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    # Connections that a dropped task leaves are what is meant here.
    logging.getLogger("sqlalchemy.pool").setLevel(logging.CRITICAL + 1)
    warnings.simplefilter("ignore", SAWarning)
    warnings.simplefilter("ignore", RuntimeWarning)

    async def run(folder: Path) -> list[tuple[int, Result]]:
        if isinstance(job, Case):
            return await enumerate_case(job, folder, every)
        return [(seed, await wild_run(seed, folder)) for seed in job]

    with tempfile.TemporaryDirectory(prefix="assay-faults-") as folder:
        return asyncio.run(run(Path(folder)))


def campaign(jobs: list[Case | range], workers: int) -> list[tuple[int, Result]]:
    with ProcessPoolExecutor(workers) as pool:
        return [one for part in pool.map(work, jobs) for one in part]


def table(results: list[tuple[int, Result]]) -> str:
    """A line for each kind of run, and the sum; then every broken promise with its seed."""
    columns = ("runs", "found", "twins deleted", "repeated marked", "lost", "doubled", "forwards left", "wrong")
    rows: dict[str, Counter[str]] = {}
    for seed, result in results:
        values = (
            1,
            result.found,
            result.twins,
            result.marked,
            result.lost,
            result.doubled,
            result.strays,
            bool(result.wrong),
        )
        for name in (title(seed), "all"):
            rows.setdefault(name, Counter()).update(dict(zip(columns, map(int, values), strict=True)))
    rows["all"] = rows.pop("all")
    lines = [f"{'':44}" + "".join(f"{column:>17}" for column in columns)]
    lines += [f"{name:44}" + "".join(f"{row[column]:>17}" for column in columns) for name, row in rows.items()]
    lines += [f"seed {seed}: {'; '.join(result.wrong)}" for seed, result in results if result.wrong]
    return "\n".join(lines)
