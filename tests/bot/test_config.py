"""The configuration: read whole or refused with a line that names the key."""

from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from bot.config import AdminConfig, BoardConfig, ChannelConfig, ConfigError, Role, TelegramConfig
from bot.config_file import TOKEN_VARIABLE, load_config, read_token
from bot.config_rules import check_config
from engine.config import BlockOrigin, GapThreshold, StrategiesConfig
from engine.kill_zones import KillZone
from engine.types import Regime, Strategy

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
    "changes",
    [
        *({"board": BoardConfig(every_s=every_s)} for every_s in (0, 15, 86_400)),
        {"telegram": TelegramConfig(outbox_rows=100, progress_deadline_s=10)},
        *(
            {"channels": (ChannelConfig("Gold", -1, ("XAUUSD",), delay_min=1440, min_score=score),)}
            for score in (0, 100)
        ),
    ],
)
def test_the_bounds_themselves_are_allowed(changes):
    assert check_config(msgspec.structs.replace(load_config(SHIPPED), **changes)) == []


def test_live_is_no_mode_to_begin_with_even_where_it_is_allowed(tmp_path):
    path, text = tmp_path / "config.toml", SHIPPED.read_text("utf-8")
    text = text.replace("allows_live = false", "allows_live = true")
    path.write_text(text, "utf-8")
    assert load_config(path).engine.account.allows_live

    path.write_text(text.replace('mode = "paper"', 'mode = "live"'), "utf-8")
    with pytest.raises(ConfigError, match="mode: 'live' is no mode to begin with; write 'paper' or 'signal'"):
        load_config(path)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("cooldown_min = 45", "cooldown_mins = 45", "engine.gate.cooldown_mins: unknown key"),
        (
            "cooldown_min = 45",
            'cooldown_min = "long"',
            "engine.gate.cooldown_min: 'long' must be a whole number, without quotes",
        ),
        ('mode = "paper"', 'mode = "demo"', "engine.account.mode: 'demo' is none of "),
        ('risk_percent = "1.0"', 'risk_percent = "1%"', "engine.account.risk_percent: '1%' must be a number such as"),
        ('risk_percent = "1.0"', "risk_percent = 0.75", None),
        ("allows_live = false", 'allows_live = "no"', "engine.account.allows_live: 'no' must be true or false"),
        ('currency = "USD"', "currency = 3", "engine.account.currency: 3 must be a text in quotes"),
        ("deadline_s = 3.0", 'deadline_s = "3"', "charts.deadline_s: '3' must be a number, without quotes"),
        ('mode = "paper"', 'mode = "live"', "mode is live, which needs allows_live = true"),
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
        (
            'day_start = "17:00 America/New_York"',
            'day_start = "17 America/New_York"',
            "instruments.XAUUSD.day_start: '17 America/New_York'",
        ),
        (
            "shares = [50, 50]",
            "shares = [20, 20, 20, 20, 10, 10]",
            "engine.trades.shares: [20, 20, 20, 20, 10, 10] are 6 shares; a signal shows at most 5 targets, so",
        ),
        ("shares = [50, 50]", "shares = [20, 20, 20, 20, 20]", None),
        ("shares = [50, 50]", "shares = [100]", None),
        ("shares = [50, 50]", "shares = [50, 60]", "shares must be percentages that sum to 100"),
        (
            "[engine.gate]",
            '[engine.gate]\ngroups = [{ name = "metals", members = ["XAU", "GOLD"], max_risk_percent = "2" }]',
            "engine.gate.groups.metals: 'GOLD' is no symbol and no currency of one; correct it or leave it out",
        ),
        ("[telegram]", "[telegram", "not valid TOML"),
        ('symbol = "XAUUSD"', 'symbol = "XAU<b>"', "a symbol has 1 to 29 letters"),
        ('short = "XAU"', 'short = "XAU~"', "instruments.XAUUSD.short: 'XAU~' must be 1 to 29 letters"),
        (
            "admins = []",
            'admins = [{ id = 1, name = "a", role = "boss" }]',
            "telegram.admins[0].role: 'boss' is none of 'viewer', 'admin', 'owner'",
        ),
        (
            "admins = []",
            'admins = [{ id = 1, name = "a" }, { id = 1, name = "b", role = "owner" }]',
            "telegram.admins: id 1 appears twice",
        ),
        ('symbol = "XAUUSD"', 'symbol = ""', "instruments[0]: symbol of an instrument must not be empty"),
        ("round_step = 1000 ", "round_step = 0 ", "instruments[0]: round_step of XAUUSD must be 1 or more, not 0"),
        (
            'tick_size = "0.01"',
            'tick_size = "NaN"',
            "instruments[0]: tick_size of XAUUSD must be a finite number above 0, not NaN",
        ),
        ('lot_max = "50"', 'lot_max = "0"', "instruments[0]: lot_max of XAUUSD must be a finite number above 0, not 0"),
        ('stop_buffer_atr = "0.25"', 'stop_buffer_atr = "NaN"', "engine.confluence: stop_buffer_atr must be a finite"),
        ('["1.5", "2.5"]', '["2.5", "1.5"]', "engine.confluence: default_target_r must be two numbers above 0 that"),
        (
            "lookback = 20 ",
            "lookback = 201 ",
            "engine.confluence.lookback must be at most engine.timeframes.window 200",
        ),
        ("cooldown_min = 45", "cooldown_min = -1", "engine.gate: cooldown_min must be 0 or more, not -1"),
        ('mark_step_r = "0.1"', 'mark_step_r = "0"', "engine.trades: mark_step_r must be above 0, not 0"),
        (
            'min_risk_percent = "0.1"',
            'min_risk_percent = "0"',
            "engine.account: min_risk_percent must be above 0, not 0",
        ),
        ("stall_after_s = 300", "stall_after_s = 0", "engine.stall_after_s must be 1 second or more, not 0"),
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


FADE = """
[engine.strategies.range_fade]
is_on = false
regimes = ["quiet"]
min_score = 85

[engine.strategies.range_fade.weights]
sweep = 7
pattern = 5

[engine.detectors]
blocks = ["displacement"]
gap_threshold = "auto"
indicators.ema_fast = 21
regime.trend_adx = "28.5"

[[engine.confluence.kill_zones]]
name = "Tokyo fix"
start = "19:45"
end = "20:15"
"""


def of_text(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(f"instruments = []\nchannels = []\n{text}", "utf-8")
    return path


def test_what_a_strategys_table_leaves_out_is_that_strategys_own_default(tmp_path):
    strategies = load_config(of_text(tmp_path, FADE)).engine_config().strategies

    fade = strategies.of(Strategy.RANGE_FADE)
    assert (fade.is_on, fade.regimes, fade.min_score) == (False, (Regime.QUIET,), 85)
    assert fade.best_regime is Regime.RANGING
    assert (fade.weights.sweep, fade.weights.pattern, fade.weights.range_edge) == (7, 5, 8)
    assert strategies.of(Strategy.SWEEP_REVERSAL) == StrategiesConfig().sweep_reversal


def test_tables_within_tables_lists_and_choices_are_read(tmp_path):
    engine = load_config(of_text(tmp_path, FADE)).engine_config()

    assert engine.detectors.blocks == (BlockOrigin.DISPLACEMENT,)
    assert engine.detectors.gap_threshold is GapThreshold.AUTO
    assert (engine.detectors.indicators.ema_fast, engine.detectors.indicators.ema_slow) == (21, 200)
    assert engine.detectors.regime.trend_adx == Decimal("28.5")
    assert engine.confluence.kill_zones == (KillZone("Tokyo fix", "19:45", "20:15"),)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            '"quiet"',
            '"calm"',
            "engine.strategies.range_fade.regimes[0]: 'calm' is none of 'trending', 'ranging', 'volatile', 'quiet'",
        ),
        (
            '["quiet"]',
            '"quiet"',
            "engine.strategies.range_fade.regimes: 'quiet' must stand in a list, ['quiet']",
        ),
        (
            "[engine.strategies.range_fade]",
            "[engine.strategies.fade]",
            "engine.strategies.fade: unknown key; remove it",
        ),
        ("min_score = 85", "min_scoer = 85", "engine.strategies.range_fade.min_scoer: unknown key"),
        (
            "min_score = 85",
            "min_score = 101",
            "engine.strategies.range_fade: min_score must be 0 to 100 points, not 101",
        ),
        (
            "min_score = 85",
            'min_score = "high"',
            "engine.strategies.range_fade.min_score: 'high' must be a whole number, without quotes",
        ),
        ("sweep = 7", "sweep = 8", "engine.strategies.range_fade.weights: the entry parts (structure, sweep, "),
        ("sweep = 7", "sweep = 8", "must sum to 25 points, not 26"),
        ('"auto"', '"automatic"', "engine.detectors.gap_threshold: 'automatic' is none of 'none', 'auto'"),
        (
            '"displacement"',
            '"displaced"',
            "engine.detectors.blocks[0]: 'displaced' is none of 'structure', 'displacement'",
        ),
        (
            "ema_fast = 21",
            "ema_fast = 210",
            "engine.detectors.indicators: ema_fast must be less than ema_slow 200, not",
        ),
        ('"28.5"', '"8.5"', "engine.detectors.regime: trend_adx_stay must be 0 to trend_adx 8.5"),
        ('"19:45"', '"25:00"', "engine.confluence.kill_zones[0]: '25:00' is not a wall time such as '07:30'"),
        ('end = "20:15"', "", "engine.confluence.kill_zones[0].end: missing; it must be set"),
    ],
)
def test_a_mistake_in_a_nested_table_is_told_by_its_whole_key(tmp_path, old, new, said):
    assert old in FADE

    with pytest.raises(ConfigError) as error:
        load_config(of_text(tmp_path, FADE.replace(old, new)))

    assert said in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("text", ["engine = 1", "[engine]\nstrategies = 1", '[engine]\nstrategies.range_fade = "off"'])
def test_a_value_where_a_table_belongs_is_refused(tmp_path, text):
    with pytest.raises(ConfigError, match=r"engine.*: (1|'off') must be a table of keys"):
        load_config(of_text(tmp_path, text))


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


def test_a_token_in_quotes_is_read_as_a_shell_reads_it(tmp_path, monkeypatch):
    monkeypatch.delenv(TOKEN_VARIABLE, raising=False)
    file = tmp_path / "assay.env"
    file.write_text(f'{TOKEN_VARIABLE}="{TOKEN}"\n')
    file.chmod(0o600)

    assert read_token(tmp_path) == TOKEN


def test_no_token_anywhere_is_not_an_error(tmp_path, monkeypatch):
    monkeypatch.delenv(TOKEN_VARIABLE, raising=False)
    assert read_token(tmp_path) is None


@pytest.mark.parametrize("mode", [0o640, 0o604])
def test_a_token_others_may_read_is_refused(tmp_path, monkeypatch, mode):
    monkeypatch.delenv(TOKEN_VARIABLE, raising=False)
    file = tmp_path / "assay.env"
    file.write_text(f"{TOKEN_VARIABLE}={TOKEN}\n")
    file.chmod(mode)
    with pytest.raises(ConfigError, match="others may read the token; run: chmod 600"):
        read_token(tmp_path)


def test_a_token_of_the_wrong_shape_is_never_repeated(tmp_path, monkeypatch):
    monkeypatch.setenv(TOKEN_VARIABLE, "my-secret-nonsense")
    with pytest.raises(ConfigError) as error:
        read_token(tmp_path)
    assert "not a bot token" in str(error.value)
    assert "secret" not in str(error.value)


def test_a_message_in_doubt_is_looked_at_in_the_alert_chat_else_by_the_owner():
    dana, eve, mo = AdminConfig(1, "Dana"), AdminConfig(2, "Eve", Role.OWNER), AdminConfig(3, "Mo", Role.VIEWER)

    assert TelegramConfig((dana, eve), alert_chat=-100).probe_chat == -100
    assert TelegramConfig((dana, eve)).probe_chat == eve.id
    assert TelegramConfig((mo, dana)).probe_chat == dana.id
    assert TelegramConfig((mo,)).probe_chat is None
