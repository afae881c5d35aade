"""Symbols with their switches, and the house itself: mute, backup, version, news."""

import re
import sqlite3
import threading
from contextlib import closing

import msgspec
import pytest
from structlog.testing import capture_logs

from bot.config import AdminConfig, TelegramConfig
from bot.delivery.outbox import Alert, AlertKind
from bot.desk import house
from bot.recovery import Recovered
from bot.words.post import Post
from engine.events import FeedStalled
from engine.types import HOUR_MS
from storage.backup import Backup
from storage.database import reading, transaction
from storage.settings import all_settings
from tests.bot.desk_room import CHANNEL, CONFIG, DANA, DESK_GROUP, NOOR, OWEN, open_room, two_trades
from tests.builders import GOLD, bitcoin, gold

pytest_plugins = ["tests.bot.desk_fixtures"]

OWN_CHATS = msgspec.structs.replace(
    CONFIG, telegram=TelegramConfig(admins=(AdminConfig(DANA, "Dana"), AdminConfig(NOOR, "Noor")))
)
BOTH = msgspec.structs.replace(CONFIG, instruments=(GOLD, bitcoin()))


# Symbols


async def test_symbols_show_price_spread_session_and_state(room):
    await room.say("/symbols")

    assert room.answer().text == (
        "<b>1 symbol</b>\n\n"
        "🟢 <b>XAUUSD</b> · signals on\n"
        "2292.00 · spread 2.0 pips · New York\n"
        "Feed test: warming up, 10 s ago\n\n"
        "17:45:00 UTC"
    )
    assert room.answer().labels == ["Pause XAUUSD", "‹", "1/1", "›", "Refresh"]


async def test_one_symbol_is_paused_and_resumed_in_the_list(stages, tmp_path):
    async with open_room(stages, tmp_path, [], BOTH) as room:
        await room.say("/symbols")
        page = room.answer()
        assert "<b>BTCUSDT</b> · signals on\nno price yet" in page.text

        assert await room.tap(page, "Pause BTCUSDT") == ""
        assert "⚪ <b>BTCUSDT</b> · paused until /resume" in page.text
        assert [room.engine.is_paused(symbol) for symbol in ("XAUUSD", "BTCUSDT")] == [False, True]

        await room.tap(page, "Resume BTCUSDT")
        assert not room.engine.is_paused("BTCUSDT")
        await room.tap(page, "Pause all")
        assert page.labels == ["Resume all", "‹", "1/1", "›", "Refresh"]
        await room.tap(page, "Resume all")
        assert page.text.count("signals on") == 2
        assert room.answers() == [page]


async def test_a_pause_with_an_end_says_until_when(room):
    await room.say("/pause xau 2h")
    await room.say("/symbols")

    assert "⚪ <b>XAUUSD</b> · paused until 19:45 UTC" in room.answer().text


async def test_an_old_switch_does_what_it_says(room):
    await room.say("/symbols")
    page = room.answer()
    pause = page.data("Pause XAUUSD")
    await room.say("/pause xau", by=NOOR)

    assert await room.tap_data(pause, DANA, page.message_id) == "Already done: XAUUSD paused."
    assert room.engine.is_paused("XAUUSD")
    assert "paused until /resume" in page.text


@pytest.mark.parametrize("data", ["b:pause:EURUSD", "b:close:XAUUSD", "b:pause:<b>"])
async def test_data_that_no_switch_of_ours_sends_changes_nothing(room, data):
    await room.say("/symbols")
    toast = await room.tap_data(data, DANA, room.answer().message_id)

    assert toast == "This keyboard is from before 17:45 UTC. Send /symbols again."
    assert not room.engine.is_paused("XAUUSD")


# News and version


async def test_without_a_calendar_news_is_not_invented(room):
    await room.say("/news")

    assert room.answer().text.startswith("<b>No calendar is connected.</b>")


async def test_version_tells_program_schema_configuration_and_how_long_it_runs(room):
    room.pass_ms(2 * HOUR_MS)
    await room.say("/settings cooldown 60")
    await room.say("/version")

    text = room.answer().text
    first, *rows, changed, _ = text.splitlines()
    assert re.fullmatch(r"<b>Assay \d[\w.+]*</b> · Python 3\.\d+\.\d+", first)
    assert re.fullmatch(r"<pre>Up      2 h 00 min,Schema  \d{4},Config  [0-9a-f]{12}", ",".join(rows))
    assert changed == "Changed 1 of 18 settings</pre>"


async def test_another_configuration_has_another_digest(stages, tmp_path):
    texts = []
    for number, config in enumerate((CONFIG, OWN_CHATS)):
        folder = tmp_path / f"{number}"
        folder.mkdir()
        async with open_room(stages, folder, config=config) as room:
            await room.say("/version")
            texts.append(room.answer().text)

    assert texts[0] != texts[1]


# Backup


@pytest.mark.sqlite_only("a server is copied with its own tools")
async def test_a_backup_is_made_and_can_be_read(room, tmp_path):
    await room.say("/backup")

    (path,) = (tmp_path / "backups").iterdir()
    assert path.name == "assay-20240403T174500Z.db"
    assert re.fullmatch(
        r"<b>Backup made</b> in [\d.]+ m?s and checked: \d+ kB\nbackups/assay-20240403T174500Z\.db", room.answer().text
    )
    with closing(sqlite3.connect(path)) as copy:
        assert copy.execute("SELECT count(*) FROM trades").fetchone() == (2,)


@pytest.mark.postgresql_only("a file is copied")
async def test_of_a_server_no_backup_is_made_and_the_answer_says_why(room, tmp_path):
    await room.say("/backup")

    assert room.answer().text.startswith("⚠️ <b>No backup:</b> the database is not a SQLite file; use its server's own")
    assert not (tmp_path / "backups").exists()


@pytest.mark.sqlite_only("a server is copied with its own tools")
async def test_a_backup_that_fails_says_why(room, tmp_path):
    (tmp_path / "backups").write_text("a file where a folder should be")
    await room.say("/backup")

    assert room.answer().text.startswith("⚠️ <b>No backup:</b> FileExistsError")


@pytest.fixture
def may_end(monkeypatch) -> threading.Event:
    """A backup takes until this is set."""
    done = threading.Event()

    def slow(_url, folder, _time_ms):
        done.wait(10)
        return Backup(folder / "assay-slow.db", 3_000_000_000)

    monkeypatch.setattr(house, "back_up", slow)
    monkeypatch.setattr(house, "PATIENCE_S", 0.0)
    return done


async def test_a_slow_backup_keeps_nobody_waiting_and_is_told_when_it_is_done(room, may_end):
    await room.say("/backup")
    asked = room.answer()
    assert asked.text == "A backup is being made. Its answer comes when it is done."
    await room.say("/trades")
    assert room.answer().text.startswith("<b>2 open trades</b>")
    await room.say("/backup", by=NOOR)
    assert room.answer(NOOR).text == "A backup is being made. Its answer comes when it is done."

    may_end.set()
    await room.desk._requests._house._telling
    await room.settle()
    assert asked.text.endswith("and checked: 3.0 GB\nbackups/assay-slow.db")


async def test_a_slow_backup_that_cannot_be_told_of_is_logged(room, may_end):
    await room.say("/backup")
    async with transaction(room.database) as conn:
        await conn.exec_driver_sql("DROP TABLE outbox")

    with capture_logs() as logs:
        may_end.set()
        await room.desk._requests._house._telling

    assert [line["event"] for line in logs if line["log_level"] == "error"] == ["backup not told"]


# Mute


@pytest.fixture
async def own_chats(stages, tmp_path):
    """Alerts go to each admin's own chat."""
    async with open_room(stages, tmp_path, two_trades(), OWN_CHATS) as room:
        yield room


async def alert(room, event: FeedStalled | Alert) -> dict[int, bool]:
    """Chat → whether the alert made no sound there."""
    before = len(room.telegram.messages)
    async with transaction(room.database) as conn:
        if isinstance(event, Alert):
            await room.handlers.trouble(conn, event, room.clock.now_ms())
        else:
            await room.handlers.handle(conn, [event])
    await room.settle()
    return {message.chat_id: message.silent for message in room.telegram.messages[before:]}


def trouble(kind: AlertKind = AlertKind.PICTURE) -> Alert:
    """Of each kind one is told in a while."""
    return Alert(kind, "signal:XAU_20240403_002", CHANNEL, "why")


STALLED = FeedStalled(2, "XAUUSD", 1, gold("2292.00"))


async def test_lesser_alerts_make_no_sound_for_the_one_who_muted_until_then(own_chats):
    await own_chats.say("/mute for 2h")
    assert own_chats.answer().text.startswith("Alerts of lower importance make no sound until 19:45 UTC.")
    assert await alert(own_chats, trouble()) == {DANA: True, NOOR: False}

    own_chats.pass_ms(2 * HOUR_MS)
    assert await alert(own_chats, trouble(AlertKind.MARKUP)) == {DANA: False, NOOR: False}


async def test_a_stalled_feed_rings_all_the_same(own_chats):
    await own_chats.say("/mute")

    assert await alert(own_chats, STALLED) == {DANA: False, NOOR: False}


async def test_lost_messages_ring_too(own_chats):
    await own_chats.say("/mute")

    assert await alert(own_chats, trouble(AlertKind.REFUSED)) == {DANA: False, NOOR: False}


async def test_a_restart_makes_no_sound_where_it_is_muted(own_chats):
    await own_chats.say("/mute")
    await own_chats.desk.announce(Recovered(own_chats.engine))
    await own_chats.settle()

    assert [own_chats.answer(admin).silent for admin in (DANA, NOOR)] == [True, False]


async def test_mute_off_and_its_button_ring_again(own_chats):
    await own_chats.say("/mute")
    await own_chats.tap(own_chats.answer(), "Ring again")
    assert own_chats.answer().text == "All alerts ring again. Dana, 17:45:00 UTC."
    assert await alert(own_chats, trouble()) == {DANA: False, NOOR: False}

    await own_chats.say("/mute")
    await own_chats.say("/mute off")
    async with reading(own_chats.database) as conn:
        assert [name for name in await all_settings(conn) if name.startswith("mute")] == []


async def test_the_alert_chat_falls_silent_when_all_its_admins_have_muted(room):
    await room.say("/mute")
    assert "it falls silent when all its admins have muted" in room.answer().text
    assert await alert(room, trouble()) == {DESK_GROUP: False}

    await room.say("/mute", by=NOOR)
    await room.say("/mute", by=OWEN)
    assert await alert(room, trouble(AlertKind.MARKUP)) == {DESK_GROUP: True}


async def test_a_mute_outlives_a_restart(own_chats):
    await own_chats.say("/mute 2h")

    assert await alert(own_chats.restarted(), trouble()) == {DANA: True, NOOR: False}


async def test_an_alert_that_is_silent_by_itself_stays_so(own_chats):
    async with transaction(own_chats.database) as conn:
        await own_chats.handlers.tell_admins(conn, "quiet", Post("hush", silent=True))
    await own_chats.settle()

    assert own_chats.answer().silent
