"""`check`: a line for each thing, with what is wrong and what would do."""

import json
import shutil
from collections import namedtuple
from collections.abc import AsyncIterator, Iterator
from http import HTTPStatus
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory

from bot.check.command import print_line
from bot.config_file import TOKEN_VARIABLE
from storage.database import MIGRATIONS
from storage.instance import acquire
from tests.bot.checked_house import CLOSED, House, Open, Venue
from tests.bot.newcomer import GOLD, TOKEN, telegram
from tests.bot.sandbox_bot import NOON_MS
from tests.databases import rows, url_of


@pytest.fixture(autouse=True)
def no_token_in_the_environment(monkeypatch) -> Iterator[None]:
    monkeypatch.delenv(TOKEN_VARIABLE, raising=False)


@pytest.fixture
async def quiet(tmp_path: Path) -> AsyncIterator[House]:
    async with Venue().open() as venue:
        yield House(tmp_path, venue)


@pytest.fixture
async def house(quiet: House, tmp_path: Path) -> AsyncIterator[Open]:
    async with telegram() as sandbox:
        chat = sandbox.chat(GOLD)
        chat.member, chat.rights = "administrator", {"can_post_messages", "can_edit_messages"}
        yield Open(tmp_path, quiet.venue, sandbox)


async def test_all_that_is_in_order_gets_its_line(house):
    assert await house.check() == 0

    assert [line[:11] for line in house.lines] == [
        "✓ config   ",
        "✓ token    ",
        "✓ profile  ",
        "✓ telegram ",
        "✓ channel  ",
        "✓ admin    ",
        "✓ folder   ",
        "✓ database ",
        "✓ disk     ",
        "✓ binance  ",
        "✓ binance  ",
        "– calendar ",
        "✓ charts   ",
        "All is well",
    ]
    assert house.about("channel") == [f"✓ channel   Gold ({GOLD}): the bot may post and edit; carries BTCUSDT"]


async def test_nothing_is_posted_and_nothing_is_made(house):
    before = sorted(house.path.parent.rglob("*"))

    await house.check()

    assert sorted(house.path.parent.rglob("*")) == before
    assert set(house.sandbox.accepted) == {"getMe", "getChat", "getChatMember"}


async def test_no_secret_is_told(house):
    house.change('# url = "sqlite', 'url = "postgresql+nodriver://assay:hunter2@db/assay" # "sqlite')

    assert await house.check() == 1

    assert "postgresql+nodriver://assay:***@db/assay cannot be opened" in "\n".join(house.lines)
    assert "hunter2" not in "\n".join(house.lines)
    assert TOKEN not in "\n".join(house.lines)


# The calendar

CLAIMS = "timestamp_utc,currency,impact,event\n2024-04-04T10:30:00Z,USD,high,Unemployment Claims\n"


@pytest.mark.parametrize(
    ("saved", "code", "line"),
    [
        (CLAIMS.replace("-04-04", "-04-05"), 0, "✓ calendar  week.csv reaches until 2024-04-05 10:30 UTC"),
        (CLAIMS, 0, "! calendar  week.csv reaches until 2024-04-04 10:30 UTC; save a newer one there"),
        (CLAIMS.replace("10:30:00Z", "noon"), 1, "✗ calendar  week.csv holds no announcement that can be read; "),
        ("<html>", 1, "✗ calendar  feeds.calendar.file: "),
        (None, 1, "✗ calendar  feeds.calendar.file: "),
    ],
)
async def test_how_far_the_calendar_reaches(house, tmp_path, saved, code, line):
    file = tmp_path / "week.csv"
    if saved is not None:
        file.write_text(saved, "utf-8")
    house.change('# file = "calendar.json"', f'file = "{file.as_posix()}"')

    assert await house.check() == code
    assert house.about("calendar")[0].startswith(line)


# Configuration and token


@pytest.mark.parametrize("spoil", [lambda path: path.unlink(), lambda path: path.write_text("[telegram")])
async def test_a_configuration_that_cannot_be_read_ends_it(quiet, spoil):
    spoil(quiet.path)

    assert await quiet.check() == 2

    assert len(quiet.lines) == 1
    assert quiet.lines[0].startswith(f"✗ config    {quiet.path}: ")


async def test_all_mistakes_are_told_not_only_the_first(quiet):
    quiet.change("min_score = 69", 'min_score = "high"')
    quiet.change("internal_wing", "internal_wng")
    quiet.change('symbols = ["BTCUSDT"]\n', 'symbols = ["BTCUSD"]\nzone = "Mars"\n')

    assert await quiet.check() == 1

    assert quiet.wrong() == [
        "✗ config    engine.detectors.internal_wng: unknown key; remove it or correct the spelling",
        "✗ config    engine.strategies.trend_continuation.min_score: 'high' must be a whole number, without quotes",
        "✗ config    channels.Gold.symbols: 'BTCUSD' is no configured instrument; known: XAUUSD, PAXGUSDT, BTCUSDT, "
        "EURUSD, GBPUSD, USDJPY",
        "✗ config    channels.Gold.zone: 'Mars' is not a time zone such as 'UTC' or 'Europe/London'",
    ]
    assert f"– the rest  mend {quiet.path} first" in quiet.lines


async def test_what_is_wrong_in_lists_is_told_by_its_place(quiet):
    quiet.change('short = "PAXG"\n', "")
    quiet.change(f"chat_id = {GOLD}", 'chat_id = "@gold"')

    assert await quiet.check() == 1

    assert quiet.wrong() == [
        "✗ config    instruments[1].short: missing; it must be set",
        "✗ config    channels[0].chat_id: '@gold' must be a whole number, without quotes",
    ]


@pytest.mark.parametrize(
    ("key", "old", "new", "doubt"),
    [
        (
            "gate.max_open_risk_percent",
            "5",
            "0.05",
            "0.05 % is less than the 1.0 % that a trade risks, so no signal passes",
        ),
        (
            "limits.daily_loss_percent",
            "5",
            "0.05",
            "0.05 % is less than the 1.0 % that a trade risks, so one loser reaches",
        ),
        ("limits.weekly_loss_percent", "10", "0.99", "0.99 % is less than"),
        ("limits.weekly_loss_percent", "10", "1.0", None),
        ("limits.weekly_loss_percent", "10", "0", None),
        ("gate.min_confidence", "75", "0.75", "0.75 is under 1 %"),
        ("gate.min_confidence", "75", "0", None),
        ("gate.max_spread_r", "0.05", "5", "5 lets the spread be as large as the risk; it is a share: 0.05 for 5 %"),
        ("gate.max_spread_r", "0.05", "0.99", None),
    ],
)
async def test_a_share_where_percent_count_is_doubted_and_the_reverse(house, key, old, new, doubt):
    name = key.partition(".")[2]
    house.change(f'\n{name} = "{old}"', f'\n{name} = "{new}"')

    assert await house.check() == 0

    doubts = [line for line in house.about("config") if line.startswith("! ")]
    assert len(doubts) == (doubt is not None)
    assert all(line.startswith(f"! config    engine.{key}: {doubt}") for line in doubts)


async def test_a_group_whose_risk_no_trade_fits_is_doubted(house):
    group = 'groups = [{ name = "gold", members = ["XAU", "PAXG"], max_risk_percent = "0.5" }]'
    house.change("[engine.gate] ", f"[engine.gate]\n{group} #")

    assert await house.check() == 0

    assert "! config    engine.gate.groups.gold: 0.5 % is less than the 1.0 %" in "\n".join(house.lines)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('entry = "market" ', 'entry = "limits" ', "engine.trades.entry: 'limits' is none of 'market', 'limit'"),
        ("shares = [50, 50]", "shares = [50, 60]", "engine.trades: shares must be percentages"),
        ('short = "PAXG"', 'short = "XAU"', "instruments must have different shorts; twice: XAU"),
        ("[telegram]", '"a.b" = 1\n[telegram]', "a.b: unknown key; remove it or correct the spelling"),
        ("[storage]", "[storage]\nsnapshot_every_min = []", "storage.snapshot_every_min"),
    ],
)
async def test_rules_over_several_keys_are_told_as_well(quiet, old, new, told):
    if "snapshot" in new:
        quiet.change("snapshot_every_min = 60", "")
    quiet.change(old, new)

    assert await quiet.check() == 1

    assert told in quiet.wrong()[0]


async def test_what_is_only_unfit_does_not_hide_the_rest(quiet):
    quiet.change('symbols = ["BTCUSDT"]\n', 'symbols = ["BTCUSDT"]\ntheme = "drak"\n')

    assert await quiet.check() == 1

    assert quiet.wrong() == ["✗ config    channels.Gold.theme: 'drak' is neither 'dark' nor 'light'"]
    assert quiet.about("charts")


async def test_without_a_token_the_rest_is_still_looked_at(house):
    house.path.with_name("assay.env").unlink()

    assert await house.check() == 0

    assert house.about("token")[0].startswith("– token     there is none, so `run` speaks to the local sandbox")
    assert not house.sandbox.requests


@pytest.mark.parametrize(("token", "mode", "told"), [("hello", 0o600, "not a bot token"), (TOKEN, 0o644, "chmod 600")])
async def test_a_token_that_is_none_or_that_others_may_read_is_told(house, token, mode, told):
    house.write_token(token, mode)

    assert await house.check() == 1

    (line,) = house.wrong()
    assert line.startswith("✗ token")
    assert told in line


# Telegram


async def test_a_token_telegram_does_not_know_is_told(house):
    house.write_token("123456789:" + "x" * 35)

    assert await house.check() == 1

    assert house.wrong()[0].startswith("✗ telegram  Telegram does not know the token; ask @BotFather")


async def test_a_telegram_out_of_reach_is_told_once(house):
    house.base_url = f"http://{CLOSED}/bot"

    assert await house.check() == 1

    (line,) = house.wrong()
    assert line.startswith("✗ telegram  does not answer (ConnectError")
    assert "– channels  Telegram must answer first" in house.lines


async def test_the_right_a_channel_withholds_is_named(house):
    house.sandbox.chat(GOLD).rights.remove("can_edit_messages")

    assert await house.check() == 1

    assert house.wrong() == [
        f"✗ channel   Gold ({GOLD}): the bot lacks the right 'Edit messages'; allow it under Administrators"
    ]


async def test_a_channel_that_is_not_there_or_is_a_person_is_told(house):
    house.change(f"chat_id = {GOLD}", "chat_id = -100555")
    house.change("[[channels]]", '[[channels]]\nname = "Me"\nchat_id = 1001\nsymbols = []\n\n[[channels]]')

    assert await house.check() == 1

    assert house.wrong() == [
        "✗ channel   Me (1001): this is a person, not a channel; correct chat_id, or run: python run_bot.py setup",
        "✗ channel   Gold (-100555): Bad Request: chat not found; add the bot as an administrator, or correct chat_id",
    ]


async def test_who_may_command_without_an_owner_is_worth_a_thought(house):
    house.change('role = "owner" }]', 'role = "viewer" }]')

    assert await house.check() == 0
    assert house.about("admins") == [
        '! admins    nobody is owner; write role = "owner" at one of telegram.admins, or run: python run_bot.py setup'
    ]
    assert house.about("admin")[-1] == "✓ admin     Dana (1001) may ask the bot as viewer and can be reached"


async def test_an_admin_who_never_wrote_cannot_be_reached(house):
    house.change('"owner" }]', '"owner" }, { id = 2002, name = "Eve\\u001b[2J" }]')

    assert await house.check() == 1

    assert house.wrong() == [
        "✗ admin     Eve [2J (2002): Bad Request: chat not found; they must write /start to the bot once, "
        "or the id is wrong"
    ]


async def test_a_bot_nobody_commands_and_alerts_that_go_nowhere_are_told(house):
    house.change('admins = [{ id = 1001, name = "Dana", role = "owner" }]', "admins = []")
    house.change("alert_chat = 0", "alert_chat = -100556")

    assert await house.check() == 1

    assert [line[:11] for line in house.wrong()] == ["✗ admins   ", "✗ alerts   "]


# This machine


async def test_an_instance_that_runs_is_told_and_is_no_mistake(quiet):
    with acquire(quiet.var, {}, NOON_MS):
        assert await quiet.check() == 0

    assert "in use: another instance uses this data folder" in quiet.about("folder")[0]


async def test_a_database_in_order_is_told_with_its_schema(quiet):
    with_database(quiet)

    assert await quiet.check() == 0

    newest = ScriptDirectory(MIGRATIONS).get_current_head()
    assert f"opens and can be written, schema {newest}" in quiet.about("database")[0]


async def test_a_database_of_a_newer_program_is_told(quiet):
    with_database(quiet)
    rows(quiet.var / "assay.db", "UPDATE alembic_version SET version_num = '9999'")

    assert await quiet.check() == 1

    assert "was made by a newer version (schema 9999)" in quiet.wrong()[0]


def with_database(house):
    house.change('# url = "sqlite', f'url = "{url_of(house.var / "assay.db")}" # "sqlite')


@pytest.mark.sqlite_only("a server keeps its files itself")
async def test_a_file_that_is_no_database_is_told(quiet):
    quiet.var.mkdir()
    (quiet.var / "assay.db").write_bytes(b"not a database, whatever its name says" * 100)

    assert await quiet.check() == 1

    assert "file is not a database; mend or move it" in quiet.wrong()[0]


@pytest.mark.sqlite_only("a server keeps its files itself")
async def test_a_database_with_a_damaged_page_is_told(quiet):
    with_database(quiet)
    file = quiet.var / "assay.db"
    [(root,)] = rows(file, "SELECT rootpage FROM sqlite_master WHERE name = 'ledger'")
    pages = file.read_bytes()
    file.write_bytes(pages[: (root - 1) * 4096] + b"\xff" * 4096 + pages[root * 4096 :])

    assert await quiet.check() == 1

    assert "is damaged (" in quiet.wrong()[0]
    assert quiet.wrong()[0].endswith("); bring a backup back: run_bot.py restore")


async def test_a_data_folder_that_is_a_file_is_told(quiet):
    quiet.var.write_text("")

    assert await quiet.check() == 1

    assert quiet.wrong()[0].startswith(f"✗ folder    {quiet.var} is not a folder one can write in")


async def test_a_full_disk_is_told(quiet, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**12, 10**12, 123_000_000))

    assert await quiet.check() == 1

    assert quiet.wrong()[0].startswith("✗ disk      123 MB free")


# The venue


@pytest.mark.parametrize(
    ("off_ms", "told"), [(-3_200, "3.2 s ahead of the venue's"), (61_000, "61.0 s behind the venue's"), (999, None)]
)
async def test_a_clock_that_is_wrong_is_told(quiet, off_ms, told):
    quiet.venue.body = json.dumps({"serverTime": NOON_MS + off_ms}).encode()

    assert await quiet.check() == (0 if told is None else 1)

    assert [told in line for line in quiet.wrong()] == ([] if told is None else [True])


@pytest.mark.parametrize(
    ("status", "body", "told"),
    [
        (HTTPStatus.UNAVAILABLE_FOR_LEGAL_REASONS, b"{}", "answers HTTP 451"),
        (HTTPStatus.OK, b"<html>", "does not speak as Binance does"),
        (HTTPStatus.OK, b'{"serverTime": null}', "does not speak as Binance does"),
    ],
)
async def test_a_venue_that_answers_something_else_is_told(quiet, status, body, told):
    quiet.venue.status, quiet.venue.body = status, body

    assert await quiet.check() == 1

    (line,) = quiet.wrong()
    assert told in line


async def test_a_venue_out_of_reach_is_told_by_address(quiet):
    quiet.change(f"ws://{quiet.venue.address}", f"ws://{CLOSED}")
    quiet.change(f"http://{quiet.venue.address}", f"http://{CLOSED}")

    assert await quiet.check() == 1

    assert [line.split()[2] for line in quiet.wrong()] == [f"http://{CLOSED}", f"ws://{CLOSED}"]


async def test_addresses_that_are_none_are_told(quiet):
    quiet.change(f"ws://{quiet.venue.address}", "nonsense")
    quiet.change(f"http://{quiet.venue.address}", "nonsense")

    assert await quiet.check() == 1

    assert [line.split()[2] for line in quiet.wrong()] == ["nonsense", "nonsense"]


async def test_a_symbol_without_a_live_feed_is_told_and_is_no_mistake(quiet):
    quiet.change('symbols = ["BTCUSDT"]\n', 'symbols = ["BTCUSDT", "XAUUSD"]\n')

    assert await quiet.check() == 0

    assert quiet.about("feeds") == ["– feeds     no live feed for XAUUSD: no signals on it until one is configured"]


# At the terminal


def test_a_line_stands_as_it_is_however_long_and_whatever_is_in_it(capsys):
    line = "✗ channel   [bold]" + "x" * 300

    print_line(line)
    print_line("All is well.")

    assert capsys.readouterr().out == f"{line}\nAll is well.\n"
