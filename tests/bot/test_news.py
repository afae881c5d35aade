"""News: from the operator's file into the engine, onto the board and into /news; and what hostile titles do not do."""

from __future__ import annotations

import asyncio
import os
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.clock import MarketClock
from bot.config import CalendarConfig, ConfigError, FeedsConfig
from bot.live import bring_news
from bot.news import Calendar, CalendarState, open_calendar
from bot.sandbox.telegram_html import parse_html
from bot.words.admin_news import Coming, NewsFigures, news
from bot.words.board import BoardFigures, board_post
from bot.words.languages import LANGUAGES, LanguageCode
from bot.words.wording import Market, Style, Voice
from engine.config import NewsConfig
from engine.events import NewsItem
from engine.performance import measure
from engine.types import DAY_MS, HOUR_MS, MINUTE_MS, Impact
from tests.bot.desk_room import CHANNEL, CONFIG, NOW_MS
from tests.bot.reader import golden, shown, visible
from tests.bot.test_board import boards_of, show
from tests.bot.test_languages import turned
from tests.builders import GOLD, at

pytest_plugins = ["tests.bot.desk_fixtures"]

STYLE = Style(market=Market.SIMULATED)
CLAIMS = NewsItem(at("2024-04-04 12:30"), "USD", Impact.HIGH, "Unemployment Claims")
TRADE = NewsItem(at("2024-04-04 12:30"), "USD", Impact.HIGH, "Trade Balance")
PAYROLLS = NewsItem(at("2024-04-05 12:30"), "USD", Impact.HIGH, "Non-Farm Employment Change")
SPEECH = NewsItem(at("2024-04-03 18:10"), "USD", Impact.HIGH, "Fed Chair Powell Speaks")
MINOR = NewsItem(at("2024-04-04 14:30"), "USD", Impact.LOW, "Natural Gas Storage")
HOSTILE = "<b>CPI</b> & \u202eסוף\u2066" + "🔥" * 4_096


# The file


def saved(path: Path, *items: NewsItem, time_s: int = 0) -> Path:
    def row(item: NewsItem) -> str:
        moment = datetime.fromtimestamp(item.time_ms // 1000, UTC)
        return f"{moment:%Y-%m-%dT%H:%M:%SZ},{item.currency},{item.impact},{item.title}"

    path.write_text("\n".join(["timestamp_utc,currency,impact,event", *map(row, items)]), "utf-8")
    os.utime(path, (time_s, time_s))
    return path


def test_what_comes_within_a_week_is_handed_on_once(tmp_path):
    far = msgspec.structs.replace(PAYROLLS, time_ms=NOW_MS + 8 * DAY_MS)
    elsewhere = msgspec.structs.replace(CLAIMS, currency="NZD")
    file = saved(tmp_path / "week.csv", CLAIMS, far, elsewhere)
    calendar = Calendar(file, {"XAU", "USD"})

    assert calendar.due(NOW_MS) == [CLAIMS]
    assert calendar.due(NOW_MS + MINUTE_MS) == []
    assert calendar.due(NOW_MS + 2 * DAY_MS) == [far]
    assert calendar.state == CalendarState("week.csv", far.time_ms, 0)


def test_a_newer_file_is_read_while_the_program_runs(tmp_path):
    file = saved(tmp_path / "week.csv", CLAIMS)
    calendar = Calendar(file, {"USD"})
    calendar.due(NOW_MS)
    saved(file, CLAIMS, PAYROLLS, time_s=1)

    assert calendar.due(NOW_MS) == [PAYROLLS]


def test_a_file_that_is_spoilt_later_costs_nothing_that_was_known(tmp_path):
    file = saved(tmp_path / "week.csv", CLAIMS, msgspec.structs.replace(PAYROLLS, time_ms=NOW_MS + 8 * DAY_MS))
    calendar = Calendar(file, {"USD"})
    calendar.due(NOW_MS)

    file.write_text("<html>Request Denied", "utf-8")
    assert calendar.due(NOW_MS) == []
    assert calendar.state is not None
    assert "no calendar, it begins with '<html>Request Denied'" in (calendar.state.trouble or "")
    file.unlink()
    assert len(calendar.due(NOW_MS + 2 * DAY_MS)) == 1
    assert (calendar.state.trouble or "").endswith("week.csv: no such file or directory")
    saved(file, CLAIMS)
    calendar.due(NOW_MS)
    assert calendar.state.trouble is None


def test_a_calendar_that_cannot_be_read_at_the_start_stops_the_start(tmp_path):
    config = msgspec.structs.replace(CONFIG, feeds=FeedsConfig(calendar=CalendarConfig(tmp_path / "none.json")))

    with pytest.raises(ConfigError, match=r"^feeds\.calendar\.file: .*none\.json: no such file .*leave the key out$"):
        open_calendar(config)
    assert open_calendar(CONFIG).state is None


async def test_the_calendar_enters_the_stream_of_inputs(tmp_path):
    inbox: asyncio.Queue = asyncio.Queue()
    calendar = Calendar(saved(tmp_path / "week.csv", CLAIMS), {"USD"})
    task = asyncio.create_task(bring_news(calendar, inbox, MarketClock(NOW_MS)))
    _, item = await inbox.get()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

    assert item == CLAIMS


# /news


def figures(*known: NewsItem, **changes) -> NewsFigures:
    fields = {
        "now_ms": NOW_MS,
        "known": tuple(Coming(item, ("XAUUSD", "EURUSD")) for item in known),
        "rules": NewsConfig(),
        "calendar": CalendarState("week.json", at("2024-04-12 20:00"), 0),
    }
    return NewsFigures(**(fields | changes))


def test_without_a_calendar_news_says_so():
    assert shown(news(figures(calendar=None), STYLE).text) == golden("news")


def test_what_is_ahead_is_told_with_what_the_gate_will_do():
    told = news(figures(SPEECH, TRADE, CLAIMS, MINOR, PAYROLLS), STYLE).text

    assert shown(told) == golden("news_ahead")


def test_trades_that_will_be_closed_are_told_of():
    told = shown(visible(news(figures(CLAIMS, rules=NewsConfig(flat_min=10)), STYLE).text))

    assert "Thu 4 Apr 12:30 UTC · no new signals 12:00–13:00 UTC, trades are closed 12:20" in told
    assert "Open trades are closed 10 min before." in told


def test_a_gate_that_ignores_news_is_not_said_to_hold_anything():
    told = shown(visible(news(figures(CLAIMS, rules=NewsConfig(before_min=0, after_min=0)), STYLE).text))

    assert "no new signals" not in told
    assert "The gate lets every signal pass: before_min and after_min are 0. Open trades stay." in told


@pytest.mark.parametrize(
    ("calendar", "said"),
    [
        (None, "⚠️ No calendar is connected: this was heard before, and nothing new comes in."),
        (
            CalendarState("week.json", at("2024-04-04 12:30"), 0),
            "⚠️ Calendar week.json reaches only until 4 Apr 2024 12:30 UTC. "
            "Save a newer file in its place; it is read by itself.",
        ),
        (
            CalendarState("week.json", at("2024-04-12 20:00"), 3, "week.json: the JSON breaks off"),
            "Calendar week.json reaches until 12 Apr 2024 20:00 UTC.\n⚠️ Rows of it that cannot be read: 3.\n"
            "⚠️ week.json: the JSON breaks off\nWhat was read before still counts.",
        ),
        (
            CalendarState("week.json", None, 2),
            "⚠️ Calendar week.json holds no announcement that can be read. Save another in its place; "
            "it is read by itself.\n⚠️ Rows of it that cannot be read: 2.",
        ),
    ],
)
def test_how_far_the_calendar_can_be_relied_on_is_said(calendar, said):
    assert shown(visible(news(figures(CLAIMS, calendar=calendar), STYLE).text)).endswith(said)


def test_news_that_still_holds_signals_back_is_ahead_too():
    now_ms = CLAIMS.time_ms + 20 * MINUTE_MS
    told = shown(visible(news(figures(CLAIMS, MINOR, now_ms=now_ms), STYLE).text))

    assert "12:30 UTC · no new signals until 13:00 UTC" in told
    assert "12:30" not in shown(news(figures(CLAIMS, now_ms=now_ms + 11 * MINUTE_MS), STYLE).text)


async def test_the_desk_tells_what_the_engine_knows_of_each_symbol(room):
    for item in (CLAIMS, msgspec.structs.replace(CLAIMS, currency="GBP")):
        room.engine.push(item)
    room.engine.push(msgspec.structs.replace(PAYROLLS, currency="All", title="OPEC Meetings"))
    await room.say("/news")

    assert "2 ahead" in room.answer().text
    assert "USD Unemployment Claims · high · XAUUSD" in room.answer().text
    assert "All OPEC Meetings · high · XAUUSD" in room.answer().text
    assert "No calendar is connected: this was heard before" in room.answer().text
    await room.say("/news XAUUSD")
    assert "2 ahead" in room.answer().text
    await room.say("/news EURUSD")
    assert room.answer().text.startswith("No symbol EURUSD.")


# The board


def board(*known: NewsItem, code: LanguageCode = LanguageCode.ENGLISH, zone: str = "UTC", now_ms: int = NOW_MS) -> str:
    voice = Voice(instrument=GOLD, market=Market.SIMULATED, language=LANGUAGES[code], zone=zone)
    nothing = measure([])
    told = BoardFigures(now_ms, ("XAUUSD",), (), nothing, nothing, None, next(iter(known), None))
    return shown(visible(board_post(told, "Gold", lambda _: voice, voice).text))


async def test_the_board_takes_the_next_of_high_impact_of_its_channels_symbols(room):
    boards = boards_of(room)
    past = msgspec.structs.replace(PAYROLLS, time_ms=NOW_MS - MINUTE_MS, title="past")
    for item in (PAYROLLS, CLAIMS, past, msgspec.structs.replace(MINOR, time_ms=NOW_MS + MINUTE_MS)):
        room.engine.push(item)
    await show(room, boards)
    await room.settle()

    assert "\nNews Thu 4 Apr 12:30 UTC · USD Unemployment Claims\n" in room.answer(CHANNEL).text


def test_the_board_tells_what_comes_next_in_the_channels_zone_and_nothing_when_nothing_is_known():
    assert "\nNews Thu 4 Apr 12:30 UTC · USD Unemployment Claims\nUpdated" in board(CLAIMS)
    assert "\nNews Thu 4 Apr 08:30 New York · USD" in board(CLAIMS, zone="America/New_York")
    assert "\nNews 12:30 UTC · USD" in board(CLAIMS, now_ms=at("2024-04-04 00:10"))
    assert "\nNoticia jue 4 abr 12:30 UTC · USD" in board(CLAIMS, code=LanguageCode.SPANISH)
    assert "News" not in board()


# Hostile titles

TITLES = st.text(max_size=60) | st.sampled_from([HOSTILE, "&lt;", "</pre>", "\u2067" * 50, "a" * 5_000, "ا ب +1.50R"])


@given(TITLES)
@example(HOSTILE)
def test_whatever_a_title_holds_board_and_news_stay_sendable(title):
    item = msgspec.structs.replace(CLAIMS, title=title)
    crowd = [msgspec.structs.replace(item, time_ms=CLAIMS.time_ms + n * HOUR_MS) for n in range(60)]
    told = parse_html(news(figures(*crowd), STYLE).text).text

    assert len(told.encode("utf-16-le")) // 2 <= 4096
    assert not set(told) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200f")
    for code in LanguageCode:
        line = next(line for line in board(item, code=code).splitlines() if "12:30" in line)
        assert len(line) < 110
        if not any("\u0590" <= sign <= "\u08ff" for sign in title):
            assert turned(line, (None, 0, 1) if code is LanguageCode.ARABIC else (None,)) == []
