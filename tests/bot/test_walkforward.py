"""Walk-forward: a search that can be repeated and resumed, and results from where it never looked."""

from __future__ import annotations

import multiprocessing
import random
import shutil
from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest

from bot.config import ConfigError, SearchConfig, SearchRange
from bot.config_file import load_config
from bot.play.player import for_replay
from bot.research.search import WORTHLESS, Choice, score, search
from bot.research.trials import log_trials, read_trials
from bot.research.walkforward import (
    Walked,
    Window,
    _refuse_another,
    _tried,
    check_ranges,
    joined,
    walk,
    windows,
    with_settings,
)
from engine.backtest import Mark
from engine.events import CandleInput
from engine.types import DAY_MS, HOUR_MS, Timeframe
from tests.bot.command_line import run as run_command
from tests.bot.stage import SHIPPED
from tests.bot.test_backtest import a_run
from tests.builders import at, candle

RANGES = (SearchRange("a", 0, 10, 1), SearchRange("b", 0, 1, 0.25))


class Market:
    """Settings near a = 7 do well; counts how often it was asked, and for how many quarters."""

    def __init__(self) -> None:
        self.asked: list[tuple[float, float]] = []
        self.quarters = 0

    def evaluate(self, choice: Choice) -> Iterator[list[float]]:
        if choice["a"] == 0:
            raise ValueError("the configuration does not allow this")
        self.asked.append((choice["a"], choice["b"]))
        return self._quarters(choice)

    def _quarters(self, choice: Choice) -> Iterator[list[float]]:
        noise = random.Random(str(sorted(choice.items())))  # noqa: S311 — a market, not a secret
        for _ in range(4):
            self.quarters += 1
            yield [noise.gauss(0.5 - abs(choice["a"] - 7) * 0.2, 1.0) for _ in range(20)]


def found(folder: Path, seed: int = 3, trials: int = 25, name: str = "kept") -> tuple[Choice | None, Market]:
    market = Market()
    return search(RANGES, market.evaluate, trials=trials, seed=seed, kept=folder / name), market


def test_a_search_finds_what_does_well(tmp_path):
    choice, _ = found(tmp_path)

    assert choice is not None
    assert 6 <= choice["a"] <= 8


def test_the_same_seed_walks_the_same_path(tmp_path):
    one, other = found(tmp_path, name="one"), found(tmp_path, name="other")

    assert one[0] == other[0]
    assert one[1].asked == other[1].asked


@pytest.mark.parametrize("done", [1, 9, 17])
def test_an_interrupted_search_ends_where_it_would_have_ended_and_computes_nothing_twice(tmp_path, done):
    whole, market = found(tmp_path, name="whole")
    _, first = found(tmp_path, trials=done, name="resumed")
    again, second = found(tmp_path, name="resumed")

    assert again == whole
    assert first.quarters + second.quarters == market.quarters
    assert (tmp_path / "resumed").read_bytes() == (tmp_path / "whole").read_bytes()


def test_settings_that_do_badly_are_given_up_before_the_end(tmp_path):
    _, market = found(tmp_path, trials=40)

    assert market.quarters < 4 * len(market.asked)


def test_settings_with_too_few_trades_are_never_chosen(tmp_path):
    chosen = search(RANGES, lambda _: iter([[5.0, 6.0], [], [], []]), trials=5, seed=1, kept=tmp_path / "few")

    assert chosen is None
    assert score([[5.0, 6.0], [], [], []]) == WORTHLESS


def test_a_score_prefers_many_small_proofs_to_a_lucky_few():
    steady, lucky = [[0.3, 0.5] * 20], [[9.0, -1.0, -1.0, -1.0] * 3]

    assert score(steady) > score(lucky) > 0


def test_windows_follow_each_other_and_never_test_where_they_searched():
    settings = SearchConfig(train_months=12, test_months=3)

    made = windows(at("2021-06-14 00:00"), at("2023-02-01 00:00"), settings)

    assert [window.number for window in made] == [1, 2, 3]
    assert made[0] == Window(1, at("2021-06-14 00:00"), at("2022-06-14 00:00"), at("2022-09-14 00:00"))
    assert all(one.end_ms == other.test_ms for one, other in pairwise(made))
    assert made[-1].end_ms == at("2023-02-01 00:00")
    with pytest.raises(ConfigError, match="train_months = 12"):
        windows(at("2021-06-14 00:00"), at("2022-01-01 00:00"), settings)


def test_a_choice_changes_the_configuration_and_nothing_else():
    config = load_config(SHIPPED)

    changed = with_settings(config, {"strategies.range_fade.min_score": 81, "confluence.stop_buffer_atr": 0.5})

    assert changed.engine.strategies.range_fade.min_score == 81
    assert str(changed.engine.confluence.stop_buffer_atr) == "0.5"
    assert with_settings(changed, {"strategies.range_fade.min_score": 76, "confluence.stop_buffer_atr": 0.25}) == config


@pytest.mark.parametrize(
    ("key", "said"),
    [("strategies.no_such.min_score", "no setting"), ("gate.cooldown", "no setting"), ("detectors.swing_wing", "")],
)
def test_a_range_that_cannot_be_is_refused_before_anything_runs(key, said):
    config = load_config(SHIPPED)

    with pytest.raises(ConfigError, match=f"research.search {key}.*{said}"):
        check_ranges(config, [SearchRange(key, -5, 80, 1)])


def test_the_shipped_ranges_are_allowed():
    config = load_config(SHIPPED)

    check_ranges(config, config.research.search)


# End to end, on a random walk of four months of H1 candles


def a_walk(folder: Path) -> Path:
    chance, price = random.Random(5), 200_000  # noqa: S311 — a market, not a secret
    lines = ["timestamp_utc,open,high,low,close,volume"]
    for hour in range(24 * 120):
        day, clock = divmod(hour, 24)
        month, date = ((1, day), (2, day - 31), (3, day - 59), (4, day - 90))[(day >= 31) + (day >= 59) + (day >= 90)]
        open_, close = price, price + round(chance.gauss(0, 300))
        high, low = max(open_, close) + chance.randrange(200), min(open_, close) - chance.randrange(200)
        cells = ",".join(f"{each / 100:.2f}" for each in (open_, high, low, close))
        lines.append(f"2023-{month:02}-{date + 1:02}T{clock:02}:00:00Z,{cells},100")
        price = close
    path = folder / "btcusdt.csv"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def a_house(folder: Path) -> Path:
    text = SHIPPED.read_text("utf-8")
    for old, new in (
        ('entry = "M15"', 'entry = "H1"'),
        ('setup = "H1"', 'setup = "H4"'),
        ('trend = "H4"', 'trend = "D1"'),
        ("train_months = 12", "train_months = 2"),
        ("test_months = 3", "test_months = 1"),
        ("trials = 40 ", "trials = 3 "),
    ):
        assert old in text
        text = text.replace(old, new)
    path = folder / "config.toml"
    path.write_text(text, "utf-8")
    return path


def test_the_command_tells_only_what_happened_after_each_search(tmp_path, capsys):
    file, config = a_walk(tmp_path), a_house(tmp_path)
    log, pages = tmp_path / "trials.jsonl", []
    for name, processes in (("one", 1), ("two", 2)):
        out = tmp_path / name
        wanted = ("walkforward", file, "--symbol", "BTCUSDT", "--out", out, "--trials", log)
        assert run_command(*wanted, "--processes", processes, config=config) == 0
        pages.append((out / "report.html").read_text("utf-8"))
        kept = [msgspec.json.decode(line) for line in (out / "search" / "window_01.jsonl").read_bytes().splitlines()]
        assert 1 <= len(kept) <= 3
        assert len(read_trials(log)) >= len(kept)

    said = capsys.readouterr().out
    assert "Tried on what no search had seen" in said
    assert "2023-03-01 to 2023-04-01" in said
    assert pages[0] == pages[1], "the same whatever the number of processes"
    entered = [trial.variant for trial in read_trials(log)]
    assert len(entered) == len(set(entered)), "what was tried before is entered once"
    shutil.copytree(tmp_path / "one" / "search", tmp_path / "resumed" / "search")
    elsewhere = [msgspec.structs.replace(trial, market=("XAUUSD",)) for trial in read_trials(log)]
    log_trials(tmp_path / "resumed.jsonl", elsewhere)
    wanted = ("walkforward", file, "--symbol", "BTCUSDT", "--out", tmp_path / "resumed")
    assert run_command(*wanted, "--trials", tmp_path / "resumed.jsonl", config=config) == 0
    resumed = (tmp_path / "resumed" / "report.html").read_text("utf-8")
    assert resumed == pages[0], "what was tried before an interruption counts, what was tried elsewhere does not"
    issued = [row.split(",")[8] for row in (tmp_path / "one" / "trades.csv").read_text("utf-8").splitlines()[1:]]
    assert all(when >= "2023-03-01 00:00" for when in issued)


def test_what_another_search_left_is_not_taken_for_this_one(tmp_path, capsys):
    file, config = a_walk(tmp_path), a_house(tmp_path)
    (tmp_path / "out" / "search").mkdir(parents=True)
    (tmp_path / "out" / "search" / "search.json").write_text("another", "utf-8")
    wanted = ("walkforward", file, "--symbol", "BTCUSDT", "--out", tmp_path / "out", "--trials", tmp_path / "log")

    assert run_command(*wanted, config=config) == 2
    assert "holds another search" in capsys.readouterr().err


def test_only_the_very_same_search_is_gone_on_with(tmp_path):
    config = load_config(SHIPPED)
    dearer = with_settings(config, {"gate.max_spread_r": 0.2})
    longer = msgspec.structs.replace(config, research=msgspec.structs.replace(config.research, trials=9))
    here, elsewhere = ([CandleInput(candle(price, open_ms=at("2024-04-03 00:00")))] for price in (227_400, 227_401))
    _refuse_another(tmp_path, config, here, 1)

    _refuse_another(tmp_path, config, here, 1)
    for other in ((config, elsewhere, 1), (config, here, 2), (dearer, here, 1), (longer, here, 1)):
        with pytest.raises(ConfigError, match="holds another search, of other files, settings, ranges or seed"):
            _refuse_another(tmp_path, *other)


def test_days_on_which_a_stretch_only_waits_for_its_last_trade_are_not_its_own():
    waiting, last = a_run(days=(19815, 19816)), a_run(days=(19818,))
    last = msgspec.structs.replace(last, to_ms=last.to_ms + DAY_MS)
    ends = (19816 * DAY_MS, 19819 * DAY_MS)

    whole = joined(
        [Walked(Window(1, 0, 1, end_ms), None, (), run) for end_ms, run in zip(ends, (waiting, last), strict=True)]
    )

    assert (whole.days, whole.to_ms) == ((19815, 19818), last.to_ms)


def test_what_a_stretchs_last_trades_make_beside_the_next_stretch_is_counted_when_it_is_made():
    worth = ([(1, 10_050), (3, 10_100)], [(2, 9_980), (4, 9_950)])
    runs = [a_run(marks=tuple(Mark(time_ms, Decimal(equity)) for time_ms, equity in marks)) for marks in worth]

    whole = joined([Walked(Window(number, 0, 1, 2), None, (), run) for number, run in enumerate(runs, 1)])

    assert [(mark.time_ms, mark.equity) for mark in whole.marks] == [(1, 10_050), (2, 10_030), (3, 10_080), (4, 10_050)]


def test_an_interruption_ends_the_searches_that_are_under_way(tmp_path):
    config = for_replay(load_config(a_house(tmp_path)), ["BTCUSDT"], tmp_path, None, by_bid=frozenset())
    begin_ms = at("2023-01-01 00:00")
    inputs = [
        CandleInput(
            candle(227_400 + hour % 24, open_ms=begin_ms + hour * HOUR_MS, timeframe=Timeframe.H1, symbol="BTCUSDT")
        )
        for hour in range(24 * 120)
    ]
    found = windows(begin_ms, inputs[-1].candle.close_ms, config.research)

    def interrupted(_: Walked) -> None:
        raise KeyboardInterrupt

    context = multiprocessing.get_context("spawn")
    mine, others = context.Pipe()
    other = context.Process(target=others.recv)
    other.start()
    with pytest.raises(KeyboardInterrupt):
        walk(config, inputs, found, seed=1, folder=tmp_path / "search", processes=1, on_done=interrupted)
    mine.send("end")
    other.join(30)

    assert other.exitcode == 0, "what is not a search is left alone"
    assert len(found) == 2
    assert sorted(path.name for path in (tmp_path / "search").iterdir()) == ["search.json", "window_01.jsonl"]


def test_what_comes_before_a_test_only_warms_up():
    config = for_replay(load_config(SHIPPED), ["XAUUSD"], Path("unused"), None, by_bid=frozenset())
    begin_ms = at("2024-04-03 00:00")
    inputs = [CandleInput(candle(227_400, open_ms=begin_ms + index * 900_000)) for index in range(12)]
    window = Window(1, begin_ms, inputs[4].time_ms, inputs[8].time_ms)

    tried = _tried(config, inputs, window)

    assert (tried.from_ms, tried.to_ms) == (window.test_ms, window.end_ms)
