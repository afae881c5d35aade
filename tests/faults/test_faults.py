"""A few hundred deaths of the whole campaign (`make faults`), and three of a real process."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.faults.campaign import WILD_SEEDS, Case, again, case_of, enumerate_case, table, wild_run
from tests.faults.run import Result
from tests.faults.sigkill import kill_runs, kill_table
from tests.faults.stories import STORIES, WEATHERS

PLAIN, LOST = WEATHERS[0], WEATHERS[1]


def check(results: list[tuple[int, Result]]) -> None:
    print(table(results))  # with the seeds of what went wrong
    assert [seed for seed, result in results if result.wrong] == []
    assert sum(result.lost + result.doubled for _, result in results) == 0


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
async def test_a_death_at_any_effect_loses_nothing_and_doubles_nothing(tmp_path: Path, story) -> None:  # type: ignore[no-untyped-def]
    results = await enumerate_case(Case(story, PLAIN, awaits=False), tmp_path)
    results += await enumerate_case(Case(story, LOST, awaits=False), tmp_path, every=4)

    check(results)
    if story.has_admins and story.before and not story.protects:
        assert sum(result.marked for _, result in results) == 0, "what can be found is not repeated"


@pytest.mark.parametrize("weather", [w for w in WEATHERS if w.name.startswith("late")], ids=lambda each: each.name)
@pytest.mark.parametrize("story", [s for s in STORIES if s.name.startswith("edit, then")], ids=lambda each: each.name)
async def test_an_edit_that_comes_late_does_not_stay(tmp_path: Path, story, weather) -> None:  # type: ignore[no-untyped-def]
    """Whenever the bot died meanwhile: in the end readers have what the database has."""
    check(await enumerate_case(Case(story, weather, awaits=False), tmp_path, every=6))


async def test_a_protected_send_that_comes_ten_minutes_late_leaves_one_copy_without_a_mark(tmp_path: Path) -> None:
    """It cannot be recognised, so what was sent in its place must say that it may be a repeat."""
    [story] = [story for story in STORIES if story.protects]
    [late] = [weather for weather in WEATHERS if weather.name == "late by 10 min"]

    results = await enumerate_case(Case(story, late, awaits=False), tmp_path)

    check(results)
    assert all(result.marked for _, result in results if result.struck)


async def test_a_death_at_any_suspension_is_a_death_at_an_effect(tmp_path: Path) -> None:
    results = await enumerate_case(Case(STORIES[0], PLAIN, awaits=True), tmp_path, every=3)

    check(results)
    assert len(results) > 20, "the send path waits more often than that"


async def test_a_bad_line_and_several_deaths_lose_nothing(tmp_path: Path) -> None:
    first = random.Random().randrange(10_000_000) + WILD_SEEDS  # noqa: S311
    check([(seed, await wild_run(seed, tmp_path)) for seed in range(first, first + 10)])


async def test_a_run_is_had_again_by_its_seed(tmp_path: Path) -> None:
    case = Case(STORIES[2], LOST, awaits=False)
    results = await enumerate_case(case, tmp_path, every=7)

    for seed, result in results:
        assert case_of(seed)[0] == case
        assert await again(seed, tmp_path) == result


async def test_a_killed_process_is_taken_up_by_the_next() -> None:
    results = await kill_runs(range(3))

    print(kill_table(results))
    assert [seed for seed, result in results if result.wrong] == []
