"""`replay` of every format it names: the candles it keeps are those anybody can work out from the file."""

from pathlib import Path

import pytest

from feeds.formats import Format
from tests.bot.command_line import run
from tests.bot.recordings import BEGIN, bar, recording
from tests.databases import rows

BEGIN_MS = int(BEGIN.timestamp()) * 1000
QUARTER_S = 900
BY_HAND = [
    (BEGIN_MS + begin_s * 1000, *(round(price * 100) for price in bar(begin_s, QUARTER_S)))
    for begin_s in (0, QUARTER_S)
]


def kept_candles(folder: Path) -> list[tuple[int, ...]]:
    candles = "SELECT open_ms, open, high, low, close FROM candles WHERE timeframe = 'M15' ORDER BY open_ms"
    return rows(folder / "assay.db", candles)


@pytest.mark.parametrize("kind", Format, ids=lambda kind: kind.name.lower())
def test_half_an_hour_gives_its_two_candles_however_it_is_written(tmp_path, capsys, kind):
    path, kept = recording(tmp_path, kind), tmp_path / "kept"

    assert run("replay", path, "--no-charts", "--keep", kept) == 0
    assert kept_candles(kept) == BY_HAND
    assert "2026-01-05 00:00 to 2026-01-05 00:30 UTC" in capsys.readouterr().out


@pytest.mark.parametrize("packed", [False, True], ids=["csv", "gz"])
def test_a_broken_line_in_the_middle_is_named_and_with_skip_bad_it_is_counted(tmp_path, capsys, packed):
    high_below_low = "2026-01-05T00:02:00Z,2300.00,2299.00,2301.00,2300.00,6,20"
    path = recording(tmp_path, Format.CANDLES, line=high_below_low, at=4, packed=packed)

    assert run("replay", path, "--no-charts") == 2
    complaint = capsys.readouterr().err.splitlines()[-1]
    assert complaint.startswith(f"assay: {path}, line 4, column high: found '2299.00'; ")

    assert run("replay", path, "--no-charts", "--skip-bad") == 0
    told = capsys.readouterr()
    assert "Broken lines skipped │ 1 " in told.out
    assert "assay:" not in told.err
