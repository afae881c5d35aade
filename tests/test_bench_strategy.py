"""How the strategy is judged: differences, choosing by the past, and that the last year is kept apart."""

import msgspec
import pytest

from bench.difference import Outcome, benjamini_hochberg, difference, walk_forward
from bench.hypotheses import END, ROUNDS, SAMPLES, Variant
from bench.market import ROOT
from bench.strategy import belongs, daily_sharpe, log_once
from bot.config_file import load_config
from bot.research.trials import Trial, read_trials
from bot.research.walkforward import with_settings
from engine.types import DAY_MS
from tests.builders import at

CONFIG = load_config(ROOT / "config.toml")


def trade(when: str, r: float, *, closed: str | None = None, **facts: object) -> Outcome:
    return Outcome(issued_ms=at(when), closed_ms=at(closed or when), r=r, **facts)


def test_no_sample_reaches_into_the_last_year():
    assert END == "2025-06-01"
    assert {part.end for sample in SAMPLES for part in sample.parts} == {END}


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_every_variant_changes_settings_that_there_are(sample):
    for base, changes in ROUNDS:
        for variant in (base, *changes):
            with_settings(CONFIG, {**sample.settings, **variant.settings})


def test_what_is_better_by_the_same_every_month_is_better_for_sure():
    base = [trade("2024-01-10 12:00", -1.0), trade("2024-02-10 12:00", 3.0), trade("2024-02-20 12:00", 1.0)]
    better = [Outcome(each.issued_ms, each.closed_ms, each.r + 0.5) for each in base]

    found = difference(base, better, seed=1)

    assert (found.value, found.low, found.high) == (pytest.approx(0.5), pytest.approx(0.5), pytest.approx(0.5))
    assert found.p == pytest.approx(1 / 20_001)
    assert difference(base, base, seed=1).p == 1.0


def test_a_month_is_drawn_whole():
    """Of two months, each resample holds one of them twice, or both: averages 0, 1 (weighted 2 to 1) or 1.5."""
    base = [trade("2024-01-10 12:00", 0.0), trade("2024-02-10 12:00", 0.0)]
    other = [trade("2024-01-10 12:00", 0.0), trade("2024-02-10 12:00", 1.0), trade("2024-02-20 12:00", 2.0)]

    found = difference(base, other, seed=1)

    assert (found.value, found.low, found.high) == (1.0, 0.0, 1.5)
    assert found.p == pytest.approx(0.25, abs=0.02)  # both draws January


@pytest.mark.parametrize(
    ("p", "kept"),
    [
        ({"a": 0.03, "b": 0.04}, {"a", "b"}),  # the second is within 5 %, which carries the first
        ({"a": 0.03, "b": 0.06}, set()),  # the first alone had to be within 2.5 %
        ({"a": 0.02, "b": 0.9}, {"a"}),
        ({}, set()),
    ],
)
def test_false_discoveries_are_kept_at_five_in_a_hundred(p, kept):
    assert benjamini_hochberg(p, 0.05) == kept


def test_each_quarter_trades_what_did_best_in_the_year_before_as_far_as_it_was_known():
    def year(good: float, bad: float) -> list[Outcome]:
        return [trade(f"2023-{month:02}-10 12:00", r) for month in range(1, 13) for r in (good, bad)]

    ahead = [trade("2024-02-10 12:00", 7.0)]
    # Better than all others by trades that nobody knew the end of when 2024 began.
    late = [trade(f"2023-12-{day} 12:00", 2.0, closed="2024-01-02 12:00") for day in range(20, 28)]
    found = {"plain": [*year(1.0, -1.0), *ahead], "good": [*year(2.0, -1.0)], "late": [*year(1.9, -1.0), *late, *ahead]}

    [quarter] = walk_forward(found, at("2023-01-01 00:00"), at("2024-04-01 00:00"))

    assert (quarter.name, quarter.outcomes, [each.r for each in quarter.unchanged]) == ("good", (), [7.0])


def test_with_nothing_to_choose_by_nothing_is_changed():
    found = {"plain": [trade("2024-02-10 12:00", 1.0)], "other": [trade("2023-05-10 12:00", 9.0)]}

    [quarter] = walk_forward(found, at("2023-01-01 00:00"), at("2024-04-01 00:00"))

    assert quarter.name == "plain"


def test_the_daily_sharpe_ratio_counts_days_without_a_trade():
    first = at("2024-01-10 00:00") // DAY_MS
    outcomes = [trade("2024-01-10 09:00", 2.0), trade("2024-01-10 15:00", 1.0)]

    # 3, 0, 0: mean 1, deviation √3.
    assert daily_sharpe(outcomes, [first, first + 1, first + 2]) == pytest.approx(3**-0.5)
    assert daily_sharpe([], [first, first + 1]) is None
    assert daily_sharpe(outcomes, [first]) is None


def test_who_finds_the_same_again_adds_nothing_to_what_was_tried(tmp_path):
    log, trial = tmp_path / "trials.jsonl", Trial(1, "a", ("XAUUSD",), 0, 1, 10, 1.5, 0.1)

    for each in (trial, msgspec.structs.replace(trial, time_ms=2), msgspec.structs.replace(trial, total_r=1.6)):
        log_once(log, each)

    assert [(each.time_ms, each.total_r) for each in read_trials(log)] == [(1, 1.5), (1, 1.6)]


def test_a_part_of_a_run_is_what_was_asked_for():
    swept = trade("2024-01-10 12:00", 1.0, score=76, strategy="range_fade", reasons=("sweep", "sweep:day"))

    def is_in(**asked: object) -> bool:
        return belongs(swept, Variant("asked", **asked), CONFIG)

    assert is_in(needs=("sweep",))
    assert is_in(needs=("trend", "sweep:day"))
    assert not is_in(needs=("trend", "sweep:week"))
    assert is_in(without="sweep_reversal")
    assert not is_in(without="range_fade")
    assert is_in(above=0)
    assert not is_in(above=1)
