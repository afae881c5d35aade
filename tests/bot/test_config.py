"""The configuration: read whole or refused with a line that names the key."""

from decimal import Decimal
from pathlib import Path

import pytest

from bot.config import TOKEN_VARIABLE, ConfigError, load_config, read_token

SHIPPED = Path(__file__).parents[2] / "config.toml"
TOKEN = "123456789:" + "a" * 35


def changed(tmp_path: Path, old: str, new: str) -> Path:
    text = SHIPPED.read_text("utf-8")
    assert old in text
    path = tmp_path / "config.toml"
    path.write_text(text.replace(old, new, 1), "utf-8")
    return path


def test_the_shipped_file_is_valid_and_says_what_the_code_says_by_default():
    config = load_config(SHIPPED)

    assert config.instrument("XAUUSD").tick_size == Decimal("0.01")
    engine = config.engine_config()
    assert engine == type(engine)(instruments=config.instruments)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("min_score = 80", "min_scoer = 80", "engine.gate.min_scoer: unknown key"),
        ("min_score = 80", 'min_score = "high"', "engine.gate.min_score: Expected `int`, got `str`, found 'high'"),
        ("trend = 28", "trend = 30", "trend + trend_break + trend_half must sum to 40 points, not 42"),
        ('trend = "H4"', 'trend = "M15"', "timeframes must grow from entry over setup to trend"),
        ('theme = "dark"', 'theme = "drak"', "channels.Gold Signals.theme: 'drak' is neither 'dark' nor 'light'"),
        ('"PAXGUSDT"]', '"PAXGUSD"]', "channels.Gold Signals.symbols: 'PAXGUSD' is no configured instrument"),
        ('zone = "UTC"', 'zone = "Mars"', "channels.Gold Signals.zone: 'Mars' is not a time zone"),
        ('report_at = "17:00"', 'report_at = "25:00"', "channels.Gold Signals.report_at: '25:00' is not a time"),
        ("-1001000000002", "-1001000000001", "channels: chat -1001000000001 appears twice"),
        ('short = "PAXG"', 'short = "XAU"', "instruments must have different shorts; twice: XAU"),
        ('risk_percent = "1.0"', 'risk_percent = "9"', "risk_percent 9 is not between 0.1 and 2.0"),
        ('quote = "JPY"', 'quote = "EUR"', None),
        ('base = "USD"', 'base = "CHF"', "money in USD needs a rate that is not known"),
        ('"17:00 America/New_York"', '"17 America/New_York"', "instruments.XAUUSD.day_start: '17 America/New_York'"),
        ("shares = [50, 50]", "shares = [50, 60]", "shares must be two percentages that sum to 100"),
        ("[telegram]", "[telegram", "not valid TOML"),
        ('symbol = "XAUUSD"', 'symbol = "XAU<b>"', "a symbol has 1 to 29 letters"),
    ],
)
def test_a_mistake_is_told_with_key_value_and_remedy(tmp_path, old, new, said):
    path = changed(tmp_path, old, new)
    if said is None:
        load_config(path)
        return
    with pytest.raises(ConfigError) as error:
        load_config(path)

    assert said in str(error.value)
    assert "\n" not in str(error.value).strip()


def test_a_missing_file_says_what_to_do(tmp_path):
    with pytest.raises(ConfigError, match=r"no such file; copy config\.toml"):
        load_config(tmp_path / "nothing.toml")


def test_the_token_comes_from_the_environment_before_the_file(tmp_path, monkeypatch):
    file = tmp_path / "assay.env"
    file.write_text(f"{TOKEN_VARIABLE}={'2' * 9}:{'b' * 35}\n")
    file.chmod(0o600)
    monkeypatch.delenv(TOKEN_VARIABLE, raising=False)
    assert read_token(tmp_path) == f"{'2' * 9}:{'b' * 35}"

    monkeypatch.setenv(TOKEN_VARIABLE, TOKEN)
    assert read_token(tmp_path) == TOKEN


def test_no_token_anywhere_is_not_an_error(tmp_path, monkeypatch):
    monkeypatch.delenv(TOKEN_VARIABLE, raising=False)
    assert read_token(tmp_path) is None


def test_a_token_others_may_read_is_refused(tmp_path, monkeypatch):
    monkeypatch.delenv(TOKEN_VARIABLE, raising=False)
    file = tmp_path / "assay.env"
    file.write_text(f"{TOKEN_VARIABLE}={TOKEN}\n")
    file.chmod(0o644)
    with pytest.raises(ConfigError, match="others may read the token; run: chmod 600"):
        read_token(tmp_path)


def test_a_token_of_the_wrong_shape_is_never_repeated(tmp_path, monkeypatch):
    monkeypatch.setenv(TOKEN_VARIABLE, "my-secret-nonsense")
    with pytest.raises(ConfigError) as error:
        read_token(tmp_path)
    assert "not a bot token" in str(error.value)
    assert "secret" not in str(error.value)
