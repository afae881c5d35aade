"""The whole service and the backtest, as commands on the same files, agree to the cent. `make parity` does the same on
recorded days."""

from __future__ import annotations

from pathlib import Path

from tests.bot.command_line import run
from tests.bot.recordings import simulated_files
from tests.bot.stage import SHIPPED
from tests.databases import rows
from tests.parity import compared, costly


def test_replay_and_backtest_agree_to_the_cent_and_where_they_do_not_it_is_named(tmp_path: Path) -> None:
    config, kept, out = tmp_path / "config.toml", tmp_path / "kept", tmp_path / "out"
    config.write_text(costly(SHIPPED.read_text("utf-8")), "utf-8")
    ticks, candles = simulated_files(tmp_path)
    wanted = (ticks, "--history", candles)

    assert run("replay", *wanted, "--no-charts", "--keep", kept, config=config) == 0
    assert run("backtest", *wanted, "--out", out, "--trials", tmp_path / "trials.jsonl", config=config) == 0

    found = compared(kept, out)
    assert found.differences == []
    assert found.closed == 2  # a stop, and TP1 with breakeven
    assert found.movements == 2 + 3 + 2 + 2  # both openings; the stop after a night; TP1 and breakeven, one day

    for statement, difference in (
        ("UPDATE movements SET amount = amount || '1' WHERE id = 3", "the movements do not add up to the account"),
        ("UPDATE trades SET money = money || '1' WHERE reason = 'stop'", "1 closed trades differ"),
        ("UPDATE account SET body = replace(body, '\"losses\":', '\"losses\":1')", "the account differs"),
        ("UPDATE signals SET body = replace(body, 'XAUUSD', 'XAGUSD')", "signals differ"),
    ):
        rows(kept / "assay.db", statement)
        assert any(difference in told for told in compared(kept, out).differences)
