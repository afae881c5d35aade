"""config.toml is changed where it is meant, and nowhere else."""

import tomllib
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.config import AdminConfig, ChannelConfig, Detail, MessageKind
from bot.setup.config_edit import channel_table, toml_string, with_admins, with_channel
from bot.words.languages import LanguageCode

SHIPPED = (Path(__file__).parents[2] / "config.toml").read_text("utf-8")
DANA = AdminConfig(1001, "Dana")
names = st.text(st.characters(exclude_categories=["Cs"])) | st.sampled_from(
    ['"', "\\", '"]\n[engine]\nx = 1 #', "'''", '"""', "\x7f\x1b[31m", "\\u0000", "# not a comment", "]"]
)


def channel(name: str = "Gold", chat_id: int = -100777, *symbols: str) -> ChannelConfig:
    return ChannelConfig(name, chat_id, symbols or ("XAUUSD",))


@given(names)
def test_any_name_reads_back_as_it_was(name):
    assert tomllib.loads(f"name = {toml_string(name)}\nnext = 1") == {"name": name, "next": 1}


@given(st.lists(names, max_size=3), names)
def test_whatever_people_and_channels_are_called_all_other_settings_stay(admin_names, title):
    admins = [AdminConfig(number, name) for number, name in enumerate(admin_names)]
    before = tomllib.loads(SHIPPED)

    text = with_channel(with_admins(SHIPPED, admins), channel(title), {"-1001000000001", "-1001000000002"})

    after = tomllib.loads(text)
    assert after["telegram"].pop("admins") == [{"id": admin.id, "name": admin.name} for admin in admins]
    (table,) = after.pop("channels")
    assert (table["name"], table["chat_id"], table["symbols"]) == (title, -100777, ["XAUUSD"])
    del before["telegram"]["admins"], before["channels"]
    assert after == before


@given(names, names)
def test_a_second_change_takes_back_the_first(first, second):
    once = with_admins(SHIPPED, [AdminConfig(7, second)])

    assert with_admins(with_admins(SHIPPED, [AdminConfig(6, first), DANA]), [AdminConfig(7, second)]) == once


def test_every_comment_stays():
    text = with_channel(with_admins(SHIPPED, [DANA]), channel(), {"-1001000000001", "-1001000000002"})

    comments = {line.partition("#")[2] for line in SHIPPED.splitlines() if "#" in line}
    assert len(comments) > 50
    assert {comment for comment in comments if comment not in text} == set()


def test_only_the_lines_meant_are_others():
    text = with_channel(with_admins(SHIPPED, [DANA]), channel(), {"-1001000000001", "-1001000000002"})

    head, _, rest = SHIPPED.partition("[[channels]]")
    tail = rest[rest.index("[feeds.binance]") :]
    assert (
        text
        == head.replace("admins = []", 'admins = [{ id = 1001, name = "Dana" }]')
        + (
            "[[channels]]\n"
            'name = "Gold"\n'
            "chat_id = -100777\n"
            "# thread_id = 5                 # a topic of a forum group\n"
            'symbols = ["XAUUSD"]\n'
            'theme = "dark"                  # or "light"\n'
            'zone = "UTC"                    # in which times are told, by name\n'
            'reports = ["daily", "weekly", "monthly"]   # or some of them; [] for none\n'
            'report_at = "17:00"             # when a day is over (before noon: the day before), local time of '
            "report_zone\n"
            'report_zone = "America/New_York"\n'
            'report_weekday = "Fri"          # the last day of a week; the monthly report goes out on the 1st\n'
            "\n"
        )
        + tail
    )


def test_a_channel_that_stays_keeps_its_lines_and_comments():
    text = with_channel(SHIPPED, channel(), {"-1001000000002"})

    assert [table["chat_id"] for table in tomllib.loads(text)["channels"]] == [-100777, -1001000000001]
    _, _, first = SHIPPED.partition("[[channels]]")
    assert first.partition("\n\n[[channels]]")[0] in text


def test_a_channel_set_up_again_keeps_its_profile():
    free = msgspec.structs.replace(
        channel(),
        language=LanguageCode.ARABIC,
        detail=Detail.BRIEF,
        min_score=85,
        delay_min=15,
        quiet_hours="22:00-07:00",
        silent=(MessageKind.REPORT, MessageKind.RESULT),
        protect_content=True,
    )
    (table,) = tomllib.loads(channel_table(free))["channels"]

    assert msgspec.convert(table, ChannelConfig) == free


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("[telegram]\nadmins = []\n", '[telegram]\nadmins = [{ id = 1001, name = "Dana" }]\n'),
        ("[telegram]\nadmins = []  # me", '[telegram]\nadmins = [{ id = 1001, name = "Dana" }]  # me\n'),
        (
            '[telegram]\n# who\nadmins = [\n  { id = 5, name = "a # ] b" },  # him\n]  # all\nalert_chat = 3\n',
            '[telegram]\n# who\nadmins = [{ id = 1001, name = "Dana" }]  # all\nalert_chat = 3\n',
        ),
        (
            "[telegram] # people\nalert_chat = 3\n",
            '[telegram] # people\nadmins = [{ id = 1001, name = "Dana" }]\nalert_chat = 3\n',
        ),
        ("[telegram]", '[telegram]\nadmins = [{ id = 1001, name = "Dana" }]\n'),
        ("[engine]\n", '[engine]\n\n[telegram]\nadmins = [{ id = 1001, name = "Dana" }]\n'),
        (
            'note = """\n[telegram]\nadmins = []\n"""\n[telegram]\n',
            'note = """\n[telegram]\nadmins = []\n"""\n[telegram]\nadmins = [{ id = 1001, name = "Dana" }]\n',
        ),
    ],
)
def test_admins_are_found_however_they_are_written(old, new):
    assert with_admins(old, [DANA]) == new


def test_a_file_without_channels_gets_its_first_at_the_end():
    text = with_channel("[engine]\nstall_after_s = 300", channel(), ())

    assert text.startswith("[engine]\nstall_after_s = 300\n\n[[channels]]\n")
    assert [table["chat_id"] for table in tomllib.loads(text)["channels"]] == [-100777]


def test_line_ends_of_windows_are_no_hindrance():
    text = with_channel(with_admins(SHIPPED.replace("\n", "\r\n"), [DANA]), channel(), {"-1001000000001"})

    assert [table["chat_id"] for table in tomllib.loads(text)["channels"]] == [-100777, -1001000000002]
