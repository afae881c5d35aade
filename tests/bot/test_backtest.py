"""The backtest: the live engine's trades to the cent, a report of what they are worth, and the files beside it."""

from __future__ import annotations

import csv
import io
import json
import re
import signal as signals
import subprocess
import sys
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
from rich.console import Console

from bot.clock import MarketClock
from bot.research.backtest import Lived, Run, between, run
from bot.research.command import table, trades_csv, trades_json
from bot.research.drawings import curve, scatter
from bot.research.metrics import daily_equity, figures, grouped, monthly, score_band, weekday
from bot.research.report import About, html, percent, verdict
from bot.research.trials import Trial, TrialError, log_trials, read_trials, tried
from bot.voices import Voices
from bot.words.wording import Market
from engine.account import booked
from engine.backtest import Mark, Play
from engine.engine import Engine
from engine.events import (
    CandleClosed,
    CandleInput,
    Command,
    Event,
    Heartbeat,
    History,
    Pause,
    Resume,
    SignalIssued,
    SwingConfirmed,
)
from engine.types import DAY_MS, Book, Candle, CloseReason, Entry, Mode, Timeframe
from storage.database import reading
from storage.trades import closed_between
from tests.bot.command_line import run as run_command
from tests.bot.stage import SHIPPED, config_in, on_stage, sandbox_for, simulated_day
from tests.bot.test_voices import OUNCES
from tests.builders import START_MS, at, candle, closed, ended, gold, opened, secured, setup, signal, tick

ABOUT = About(("gold.csv",), "abc", "0.1.0", "USD", 2, "{}")


def played(folder: Path) -> Run:
    config = config_in(folder)
    _, history, live = simulated_day()
    voices = Voices(config, Market.SIMULATED)
    return run(Engine(config.engine_config()), [*history, *live], voices, config.engine.account.balance)


async def test_the_whole_service_and_the_backtest_agree_to_the_cent(tmp_path):
    begin_ms, history, live = simulated_day()
    config, clock = config_in(tmp_path), MarketClock(begin_ms)
    async with sandbox_for(config, clock) as sandbox, on_stage(config, sandbox, clock) as stage:
        await stage.app.service.warm_up(iter(history))
        await stage.play(live)
        async with reading(stage.app.service.database) as conn:
            stored = await closed_between(conn, ["XAUUSD"], 0, 2**62)
        voices = stage.app.service.handlers._voices
        service = [(trade, *voices.pips_and_money(trade)) for trade in stored]

    found = played(tmp_path / "other")

    assert service
    assert [(each.trade, each.pips, each.money) for each in found.lived] == service


def test_twice_gives_the_same_bytes(tmp_path):
    pages = []
    for name in ("one", "two"):
        found = played(tmp_path / name)
        voices = Voices(config_in(tmp_path / name), Market.SIMULATED)
        pages.append(html(found, figures(found, 1, None), ABOUT, voices) + trades_csv(found, voices))

    assert pages[0] == pages[1]


def test_the_account_counts_what_open_trades_stand_at(tmp_path):
    found = played(tmp_path)
    banked = [found.start]
    for each in found.lived:
        banked.append(banked[-1] + each.money)

    assert any(mark.equity not in banked for mark in found.marks)
    assert found.still_open or found.marks[-1].equity == banked[-1]


# A stretch of the market


def test_candles_before_the_stretch_warm_up_and_those_after_it_are_not_heard():
    day = [CandleInput(candle(open_ms=START_MS + index * 900_000)) for index in range(4)]

    found = list(between(day, day[1].time_ms, day[3].time_ms))

    assert found == [History(day[0].candle), day[1], day[2]]


def test_ticks_before_the_stretch_are_heard_under_a_pause():
    early, late = tick(time_ms=START_MS), tick(time_ms=START_MS + 60_000)
    beat = Heartbeat("test", START_MS + 30_000)

    found = list(between([early, beat, late], START_MS + 60_000, None))

    assert found == [Command(0, Pause()), early, beat, Command(0, Resume()), late]


# Figures


def a_run(*lived: Lived, marks: tuple[Mark, ...] = (), days: tuple[int, ...] = (19815, 19816)) -> Run:
    return Run(
        from_ms=START_MS,
        to_ms=START_MS + DAY_MS,
        symbols=("XAUUSD",),
        start=Decimal(10_000),
        lived=lived,
        still_open=(),
        signals=len(lived),
        refusals={"score": 3},
        marks=marks,
        days=days,
        candles={"XAUUSD": [candle(gold("2274.00"), open_ms=START_MS + index * 900_000) for index in range(9)]},
        late_inputs=0,
    )


def a_loss(number: int = 1, **changes) -> Lived:
    made = closed(opened(signal(setup(**changes), id=f"XAU_20240403_{number:03}")))
    return Lived(made, Decimal("-92.0"), Decimal("-92.00"), None)


def a_win(number: int = 2) -> Lived:
    made = closed(secured(signal(id=f"XAU_20240403_{number:03}")), gold("2297.10"), CloseReason.TARGET)
    return Lived(made, Decimal("184.0"), Decimal("184.00"), None)


def test_figures_are_what_a_hand_makes_of_three_trades():
    nothing = Lived(ended(), Decimal(0), Decimal(0), None)

    found = figures(a_run(a_loss(1), a_win(2), a_loss(3), nothing), 1, None)

    assert (found.trades, found.won, found.lost, found.never_opened) == (3, 1, 2, 1)
    assert (found.total_r, found.average_r, found.profit_factor) == pytest.approx((0.0, 0.0, 1.0))
    assert (found.drawdown_r, found.streak, found.money) == (-1.0, 1, Decimal("0.00"))


def test_the_account_is_worth_what_it_was_at_the_last_mark_of_a_day():
    marks = (Mark(19815 * DAY_MS + 1, Decimal(9_900)), Mark(19815 * DAY_MS + 2, Decimal(9_950)))

    assert daily_equity(a_run(marks=marks, days=(19815, 19816))) == [10_000, 9_950, 9_950]
    assert daily_equity(a_run(marks=(*marks, Mark(19817 * DAY_MS, Decimal(10_100))), days=(19815, 19816))) == [
        10_000,
        9_950,
        10_100,
    ]


def test_groups_count_what_was_in_the_market_only():
    even = closed(opened(signal(setup(score=50))), gold("2274.10"), CloseReason.BREAKEVEN)
    lived = [a_loss(1, score=79), a_loss(2, score=100), a_win(3)]
    lived += [Lived(each, Decimal(0), Decimal(0), None) for each in (even, ended())]

    found = {group.name: (group.trades, group.won, group.total_r) for group in grouped(lived, score_band)}

    assert found == {
        "70–79": (1, 0, -1.0),
        "100": (1, 0, -1.0),
        "80–89": (1, 1, pytest.approx(2.0)),
        "50–59": (1, 0, 0),
    }
    assert weekday(a_loss()) == "Wednesday"
    assert monthly(a_run(*lived)) == {(2024, 4): pytest.approx(0.0)}


def test_a_handful_of_trades_that_ended_alike_proves_nothing():
    few, enough = ([a_loss(number) for number in range(1, count + 1)] for count in (9, 10))

    assert [group.average_interval for group in grouped(few, score_band)] == [None]
    assert [(group.trades, group.average_interval.high) for group in grouped(enough, score_band)] == [(10, -1.0)]


# What it says


def judged(average: tuple[float, float], trades: int = 200, **changes):
    found = figures(a_run(*[a_loss(n) for n in range(1, 4)]), 1, None)
    interval = msgspec.structs.replace(found.average_interval, low=average[0], high=average[1])
    return msgspec.structs.replace(found, trades=trades, average_interval=interval, **changes)


def test_the_verdict_never_flatters():
    assert "nothing to judge" in verdict(figures(a_run(), 1, None))
    assert "Under 100 trades say nothing" in verdict(judged((0.5, 0.9), trades=99))
    assert "cannot be told from nothing" in verdict(judged((-0.01, 0.9)))
    assert "It loses" in verdict(judged((-0.9, -0.01)))
    tried_often = verdict(judged((0.1, 0.9), trials=40, deflated=0.31))
    assert "The trial log counts 40 variants tried on this market" in tried_often
    assert "is 31%" in tried_often


def test_the_page_shows_every_trade_and_escapes_what_comes_from_outside(tmp_path):
    hostile = setup(kind="<script>alert(1)</script> & co")
    evil = Lived(closed(opened(signal(hostile))), Decimal(0), Decimal(0), None)
    voices = Voices(config_in(tmp_path), Market.REPLAY)

    found = a_run(a_win(7), evil)
    page = html(found, figures(found, 1, None), msgspec.structs.replace(ABOUT, files=("<b>.csv",)), voices)

    assert page.count("<details data-trade") == 2
    assert '<span class="hide">+184.00</span>' in page
    assert "<script>alert" not in page
    assert "&lt;b&gt;.csv" in page
    drawn = [json.loads(text.replace("&#34;", '"')) for text in re.findall(r'data-trade="([^"]*)"', page)]
    assert drawn[0]["stop"] == gold("2264.90")
    assert drawn[0]["targets"] == [gold("2287.90"), gold("2297.10")]
    assert [mark[1] for mark in drawn[0]["marks"]] == [gold("2274.10"), gold("2287.90"), gold("2297.10")]
    assert not re.search(r"""(?:src|href)=["']?(?:https?:)?//""", page), "it needs nothing from anywhere"


def test_the_page_shows_what_was_still_open_and_counts_it_nowhere(tmp_path):
    found = msgspec.structs.replace(a_run(a_win(1)), still_open=(opened(signal(id="XAU_20240403_009")),))

    page = html(found, figures(found, 1, None), ABOUT, Voices(config_in(tmp_path), Market.REPLAY))

    [_, row] = re.findall(r"<details data-trade.*?</summary>", page)
    assert "XAU_20240403_009" in row
    assert "still open" in row
    drawn = json.loads(re.search(r'data-trade="([^"]*)"', row)[1].replace("&#34;", '"'))
    assert len(drawn["candles"]) == 9, "to the last candle there is"
    assert "<b>1</b><span>trades of 1 signals; 0 never filled, 1 open" in page


@pytest.mark.parametrize(
    ("low", "high", "told"),
    [
        (9_400, 10_150, ["9,400", "9,600", "9,800", "10,000"]),
        (-3.2, 1.1, ["−3", "−2", "−1", "0", "1"]),
        (0, 0.7, ["0", "0.2", "0.4", "0.6"]),
        (0, 2.3, ["0", "0.5", "1", "1.5", "2"]),
        (0, 1.3, ["0", "0.2", "0.4", "0.6", "0.8", "1", "1.2"]),
        (0.49992, 0.50031, ["0.5", "0.5001", "0.5002", "0.5003"]),
    ],
)
def test_the_numbers_beside_a_curve_are_round_however_small_the_account(low, high, told):
    drawn = curve([(0, low), (1, high)], [], "")

    assert re.findall(r'text-anchor="end">([^<]*)<', drawn) == told


def test_every_second_label_under_a_curve_can_be_spared():
    drawn = curve([(0, 1), (2, 3)], [(0, "Jan"), (1, "Feb"), (2, "Mar")], "")

    told = re.findall(r'class="([^"]*)"[^>]*text-anchor="middle">([^<]*)<', drawn)
    assert told == [("axis", "Jan"), ("axis spare", "Feb"), ("axis", "Mar")]


def test_losses_have_a_true_minus_in_percent_and_beside_dots():
    assert percent(-0.125, 1) == "−12.5%"
    assert ">−1.2R worst<" in scatter([(-1.2, 0.5, -1.0)], "worst", "best")


def test_the_page_writes_no_number_with_a_hyphen_for_a_minus(tmp_path):
    found = a_run(a_win(1), a_loss(2), a_loss(3))

    page = html(found, figures(found, 1, None), ABOUT, Voices(config_in(tmp_path), Market.REPLAY))

    told = re.findall(r">([^<>]*)<", page.partition("<script")[0].partition("<body>")[2])
    assert any("−1.0" in text for text in told)
    assert [text for text in told if re.search(r"(^|[ (])-\d", text)] == []


def test_the_page_breaks_results_down_by_all_that_may_have_made_them(tmp_path):
    found = a_run(a_win(1), a_loss(2))

    page = html(found, figures(found, 1, None), ABOUT, Voices(config_in(tmp_path), Market.REPLAY))

    ways = ["Strategy", "Setup", "Symbol", "Direction", "Session", "Weekday (UTC)", "Regime (H4)", "Score", "Ending"]
    assert re.findall(r"<h3>(.*?)</h3>", page) == ways
    assert f"<td>{a_win().trade.signal.setup.kind}</td>" in page


def test_money_is_told_with_the_decimals_of_the_account():
    worth = Mark(START_MS + 1, Decimal("9999.959380"))
    found = a_run(msgspec.structs.replace(a_loss(1), money=Decimal("-0.040620")), marks=(worth,))
    judged, ounces = figures(found, 1, None), msgspec.structs.replace(ABOUT, currency="XAU", money_digits=6)
    terminal = Console(file=io.StringIO(), width=120)
    terminal.print(table(found, judged, ounces, 0))

    page = html(found, judged, ounces, Voices(OUNCES, Market.REPLAY))
    assert "−0.040620 XAU on 10000" in page
    assert "<span>−0.040620 XAU · 95 %" in page
    assert '<span class="hide">−0.040620</span>' in page
    assert "−1.00R, −0.040620 XAU" in terminal.file.getvalue()


def rows_of(folder: Path, *lived: Lived) -> list[dict[str, str]]:
    """The CSV, read back."""
    written = trades_csv(a_run(*lived), Voices(config_in(folder), Market.REPLAY))
    return list(csv.DictReader(written.splitlines()))


def test_the_csv_has_a_row_a_trade_that_adds_up(tmp_path):
    rows = rows_of(tmp_path, a_loss(1), a_win(2))

    assert [(row["id"], row["reason"], row["result_r"], row["money"]) for row in rows] == [
        ("XAU_20240403_001", "stop", "-1.000000", "-92.00"),
        ("XAU_20240403_002", "target", "2.000000", "184.00"),
    ]


def test_a_spreadsheet_reads_prices_and_times_in_the_csv(tmp_path):
    late = closed(opened(opened_ms=at("2024-04-03 13:15:30.250")), gold("2264.31"), closed_ms=at("2024-04-04 00:00"))
    never = Lived(ended(), Decimal(0), Decimal(0), None)

    row, unopened = rows_of(tmp_path, Lived(late, Decimal(0), Decimal(0), None), never)

    assert (row["entry"], row["stop"], row["targets"]) == ("2274.10", "2264.90", "2287.90/2297.10")
    assert (row["opened"], row["opened_utc"]) == ("2274.10", "2024-04-03 13:15:30.250")
    assert (row["issued_utc"], row["closed_utc"]) == ("2024-04-03 13:15:00.000", "2024-04-04 00:00:00.000")
    assert (unopened["opened"], unopened["opened_utc"]) == ("", "")


def test_the_json_says_what_a_tick_is_and_gives_the_trades_whole(tmp_path):
    lived = (a_loss(1), a_win(2))

    written = trades_json(a_run(*lived), Voices(config_in(tmp_path), Market.REPLAY))

    assert [each["tick_size"] for each in json.loads(written)] == ["0.01", "0.01"]
    assert msgspec.json.decode(written, type=tuple[Lived, ...]) == lived


def losing_engine(mode: Mode) -> tuple[Engine, list[CandleInput]]:
    """The simulated day on an account that cannot stand its first loss."""
    config = config_in(Path("unused"))
    account = msgspec.structs.replace(config.engine.account, mode=mode)
    limits = msgspec.structs.replace(config.engine.limits, max_drawdown_percent=Decimal("0.01"))
    changed = msgspec.structs.replace(config.engine_config(), account=account, limits=limits)
    _, history, live = simulated_day()
    return Engine(changed), [*history, *live]


def test_a_breaker_that_tripped_is_told_before_everything_else(tmp_path):
    voices = Voices(config_in(tmp_path), Market.SIMULATED)
    found = {}
    for mode in (Mode.PAPER, Mode.SIGNAL):
        engine, inputs = losing_engine(mode)
        found[mode] = run(engine, inputs, voices, Decimal(10_000))

    tripped, free = found[Mode.PAPER], found[Mode.SIGNAL]
    assert tripped.halted_ms is not None
    assert "The drawdown breaker tripped on 2026-01-" in html(tripped, figures(tripped, 1, None), ABOUT, voices)
    assert free.halted_ms is None
    assert "breaker" not in html(free, figures(free, 1, None), ABOUT, voices).partition("<h2>")[0]


# The trial log


def a_trial(variant: str, sharpe: float | None = 0.1, market: tuple[str, ...] = ("XAUUSD",)) -> Trial:
    return Trial(1, variant, market, 0, 1, 10, 1.5, sharpe)


def test_variants_are_counted_once_and_by_market(tmp_path):
    log = tmp_path / "deep" / "trials.jsonl"
    log_trials(log, [a_trial("a", 0.1), a_trial("b", 0.3)])
    log_trials(log, [a_trial("a", 0.5), a_trial("c", market=("BTCUSDT",))])

    assert tried(read_trials(log), ["XAUUSD"]) == (2, pytest.approx(0.02))
    assert tried(read_trials(log), ["EURUSD"]) == (0, None)
    assert read_trials(tmp_path / "none.jsonl") == []


def test_a_confirmation_is_no_further_try_and_its_result_chooses_nothing():
    last_year = msgspec.structs.replace(a_trial("a", 0.9), kind="confirmation")
    unheard_of = msgspec.structs.replace(a_trial("c", 0.2), kind="confirmation")

    assert tried([a_trial("a", 0.1), a_trial("b", 0.3), last_year], ["XAUUSD"]) == (2, pytest.approx(0.02))
    assert tried([a_trial("a", 0.1), unheard_of], ["XAUUSD"]) == (2, pytest.approx(0.005))


def test_a_log_that_cannot_be_read_is_no_empty_log(tmp_path):
    log = tmp_path / "trials.jsonl"
    log.write_text('{"time_ms": 1}\n', "utf-8")

    with pytest.raises(TrialError, match="line 1: not a trial"):
        read_trials(log)


# The command


def gold_file(folder: Path, days: int = 3) -> Path:
    """Days of a market that goes nowhere."""
    path = folder / "xauusd.csv"
    lines = ["timestamp_utc,open,high,low,close,volume"]
    for index in range(96 * days):
        ms = at("2024-04-02 00:00") + index * 900_000
        price = 2270 + (index * 7) % 13
        moment = f"{datetime.fromtimestamp(ms / 1000, UTC):%Y-%m-%dT%H:%M:%SZ}"
        lines.append(f"{moment},{price},{price + 2},{price - 2},{price + 1},{ms % 97}")
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def test_the_command_writes_its_report_logs_the_trial_and_says_how_little_it_shows(tmp_path, capsys):
    log = tmp_path / "trials.jsonl"
    wanted = ("backtest", gold_file(tmp_path), "--out", tmp_path / "out", "--trials", log, "--note", "first")

    assert run_command(*wanted, "--from", "2024-04-03", "--to", "2024-04-04T12:00Z") == 0

    said = capsys.readouterr().out
    assert "Not one trade was closed: there is nothing to judge." in " ".join(said.split())
    assert said.splitlines()[-2:] == [
        f"Report: {tmp_path / 'out' / 'report.html'}",
        f"Trial log: {log}, 1 variant tried",
    ]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "account.json",
        "report.html",
        "trades.csv",
        "trades.json",
    ]
    [trial] = read_trials(log)
    assert (trial.note, trial.trades, trial.from_ms) == ("first", 0, at("2024-04-03 00:00"))
    assert trial.to_ms == at("2024-04-04 12:00")


def test_the_command_says_how_many_variants_its_log_counts(tmp_path, capsys):
    log = tmp_path / "trials.jsonl"
    log_trials(log, [a_trial("a", 0.1)])

    assert run_command("backtest", gold_file(tmp_path), "--out", tmp_path / "out", "--trials", log) == 0
    assert capsys.readouterr().out.splitlines()[-1] == f"Trial log: {log}, 2 variants tried"


def test_ctrl_c_ends_the_command_at_once_and_that_is_no_trial(tmp_path):
    out, log = tmp_path / "out", tmp_path / "trials.jsonl"
    # Files taken at another word than their name's are told of as soon as playing begins: then it is stopped.
    words = ["backtest", gold_file(tmp_path, 365), "--symbol", "PAXGUSDT", "--out", out, "--trials", log]
    command = [sys.executable, "run_bot.py", *map(str, words)]
    with subprocess.Popen(command, cwd=SHIPPED.parent, stderr=subprocess.PIPE, text=True) as started:  # noqa: S603
        try:
            assert "its name says" in started.stderr.readline()
            started.send_signal(signals.SIGINT)
            assert started.wait(30) == 130
            assert started.stderr.read() == ""
        finally:
            started.kill()

    assert not out.exists()
    assert not log.exists()


def test_a_broken_log_stops_the_command_before_it_runs(tmp_path, capsys):
    log = tmp_path / "trials.jsonl"
    log.write_text("nonsense\n", "utf-8")

    assert run_command("backtest", gold_file(tmp_path), "--out", tmp_path / "out", "--trials", log) == 2
    assert "line 1: not a trial" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ("--from", "2024-04-03T00:00Z", "--to", "2024-04-02T12:00Z"),
            "--from 2024-04-03T00:00Z is not before --to 2024-04-02T12:00Z; exchange them",
        ),
        (("--from", "2030-01-01T00:00Z"), "not one M15 candle closed; give longer files, or another --from and --to"),
        (("--mode", "live"), "argument --mode: 'live' is neither signal nor paper"),
        (("--out", SHIPPED), f"--out {SHIPPED}: not a folder; name a new one"),
    ],
)
def test_what_cannot_be_played_is_refused_and_is_no_trial(tmp_path, capsys, words, said):
    log = tmp_path / "trials.jsonl"

    assert run_command("backtest", gold_file(tmp_path), "--out", tmp_path / "out", "--trials", log, *words) == 2
    assert said in " ".join(capsys.readouterr().err.split())
    assert not log.exists()


def test_winners_alone_have_no_profit_factor():
    found = a_run(a_win(1), a_win(2))
    terminal = Console(file=io.StringIO(), width=120)

    terminal.print(table(found, figures(found, 1, None), ABOUT, 0))

    assert re.search(r"Profit factor +│ – ", terminal.file.getvalue())


def test_a_change_can_be_tried_without_writing_it_down(tmp_path):
    log, gold = tmp_path / "trials.jsonl", gold_file(tmp_path)

    def variant(*changes: str) -> str:
        settings = [word for change in changes for word in ("--set", change)]
        assert run_command("backtest", gold, "--out", tmp_path / "out", "--trials", log, *settings) == 0
        return read_trials(log)[-1].variant

    changes = ("gate.max_spread_r=0.1", "trades.shares=[30, 70]", "trades.after_first=kept")
    written = tmp_path / "config.toml"
    text = SHIPPED.read_text("utf-8").replace('max_spread_r = "0.05"', 'max_spread_r = "0.1"')
    text = text.replace("shares = [50, 50]", "shares = [30, 70]").replace('"breakeven"', '"kept"', 1)
    written.write_text(text, "utf-8")
    same = ("backtest", gold, "--out", tmp_path / "out", "--trials", log)
    assert run_command(*same, config=written) == 0

    assert variant(*changes) == read_trials(log)[0].variant != variant()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("gate.max_spread_r", "'gate.max_spread_r' is not KEY=VALUE, such as gate.max_spread_r=0.1"),
        ("gate.max_spread=0.1", "no setting engine.gate.max_spread; engine.gate has min_confidence, min_risk_reward, "),
        (
            "risk_percent=1",
            "--set risk_percent=1: no setting engine.risk_percent; engine has stall_after_s, timeframes, ",
        ),
        ("gate.max_spread_r.x=1", "--set gate.max_spread_r.x=1: no setting engine.gate.max_spread_r.x"),
        ("gate.max_spread_r=0", "--set gate.max_spread_r=0: engine.gate: max_spread_r must be above 0, not 0"),
        ("trades.after_first=gone", "engine.trades.after_first: 'gone' is none of 'breakeven', 'kept'"),
        ("account.risk_percent=1%", "engine.account.risk_percent: '1%' must be a number such as"),
    ],
)
def test_a_change_that_cannot_be_is_refused_by_name(tmp_path, capsys, change, said):
    assert run_command("backtest", gold_file(tmp_path), "--out", tmp_path / "out", "--set", change) == 2
    assert said in " ".join(capsys.readouterr().err.split())
    assert not (tmp_path / "out").exists()


def test_of_what_inputs_made_known_only_what_is_listened_to_is_told_and_nothing_of_history(tmp_path):
    _, history, live = simulated_day()
    config = config_in(tmp_path).engine_config()
    pushed = Engine(config)
    for item in history:
        pushed.push(item)
    expected, closed_candles, marks = list[list[Event]](), list[Candle](), list[Mark]()
    for item in live:
        said = pushed.push(item)
        expected.append([event for event in said if isinstance(event, SwingConfirmed | SignalIssued)])
        closed_now = [event.candle for event in said if isinstance(event, CandleClosed)]
        closed_candles += [candle for candle in closed_now if candle.timeframe is Timeframe.M15]
        if closed_now and pushed.open_trades():
            marks.append(Mark(closed_now[0].close_ms, pushed.equity))

    play = Play(Engine(config), frozenset((SwingConfirmed, SignalIssued)))

    assert list(play.told([*history, *live])) == [events for events in expected if events] != []
    assert play.candles["XAUUSD"] == closed_candles != []
    assert play.marks == marks != []


def test_of_several_words_on_one_moment_the_last_counts(tmp_path):
    engine = Engine(config_in(tmp_path).engine_config())
    play, account = Play(engine, frozenset()), engine.account

    for time_ms, won in ((1, 50), (2, 100), (2, 200)):
        engine.adopt_account(booked(account, [Entry(time_ms, Book.CASH, Book.RESULT, Decimal(won))]))
        play.mark(time_ms)

    assert play.marks == [Mark(1, account.balance + 50), Mark(2, account.balance + 200)]


def test_a_day_with_a_single_candle_at_its_first_moment_is_a_day_with_a_market(tmp_path):
    config = config_in(tmp_path)
    opened_at = ("2024-04-02 23:30", "2024-04-02 23:45", "2024-04-03 00:00", "2024-04-05 00:00", "2024-04-05 00:15")
    inputs = [CandleInput(candle(open_ms=at(moment))) for moment in opened_at]

    found = run(Engine(config.engine_config()), inputs, Voices(config, Market.SIMULATED), Decimal(10_000))

    assert found.days == tuple(at(f"2024-04-0{day} 00:00") // DAY_MS for day in (2, 3, 5))
