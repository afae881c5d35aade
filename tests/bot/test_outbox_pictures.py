"""Pictures: drawn when sent, uploaded once, never in the way of the words."""

from __future__ import annotations

import asyncio
from pathlib import Path

from bot.delivery.outbox import AlertKind, Priority
from bot.delivery.outcomes import Refused
from bot.delivery.pictures import Pictures, patience_s
from bot.words.post import Post
from tests.bot.delivery import CHANNEL, NOON_MS, OTHER, desk, drawn, seconds

SIGNAL = Priority.OPENING_OR_CLOSING
ENTRY = Post("opened", picture=b"entry")


class Easel:
    """Draws when the test lets it; fails as often as it is told to."""

    def __init__(self, failures: int = 0) -> None:
        self.failures = failures
        self.asked: list[bytes] = []
        self.dry = asyncio.Event()
        self.dry.set()

    async def draw(self, picture: bytes) -> bytes:
        self.asked.append(picture)
        await self.dry.wait()
        if self.failures > 0:
            self.failures -= 1
            raise OSError("the worker died")
        return await drawn(picture)


async def test_a_signal_goes_out_with_its_chart(tmp_path: Path) -> None:
    async with desk(tmp_path) as (service, telegram):
        await service.put("signal:1", ENTRY, priority=SIGNAL)
        await service.settle()

        assert telegram.methods() == ["sendPhoto"]
        assert telegram.messages(CHANNEL)[0].png == b"png of entry"
        assert (await service.message("signal:1")).has_photo


async def test_a_mark_changes_the_caption_without_an_upload(tmp_path: Path) -> None:
    async with desk(tmp_path) as (service, telegram):
        await service.put("signal:1", ENTRY, priority=SIGNAL)
        await service.settle()
        await service.put("signal:1", "+0.1 R", keep_picture=True)
        await service.settle()
        await service.put("signal:1", Post("+0.2 R", picture=b"entry"))
        await service.settle()

        assert telegram.methods() == ["sendPhoto", "editMessageCaption", "editMessageCaption"]
        assert telegram.messages(CHANNEL)[0].png == b"png of entry"


async def test_a_milestone_swaps_the_picture(tmp_path: Path) -> None:
    async with desk(tmp_path) as (service, telegram):
        await service.put("signal:1", ENTRY, priority=SIGNAL)
        await service.settle()
        await service.put("signal:1", Post("TP1", picture=b"tp1"), priority=SIGNAL)
        await service.settle()

        assert telegram.methods() == ["sendPhoto", "editMessageMedia"]
        assert telegram.messages(CHANNEL)[0].png == b"png of tp1"


async def test_a_mark_behind_a_waiting_milestone_keeps_its_picture(tmp_path: Path) -> None:
    async with desk(tmp_path) as (service, telegram):
        await service.put("signal:1", ENTRY, priority=SIGNAL)
        await service.run_due()
        await service.put("signal:1", Post("TP1", picture=b"tp1"), priority=SIGNAL)
        await service.put("signal:1", "TP1, +1.2 R", keep_picture=True)
        await service.settle()

        assert telegram.methods() == ["sendPhoto", "editMessageMedia"]
        assert telegram.texts(CHANNEL) == ["TP1, +1.2 R"]


async def test_a_text_that_wants_a_picture_later_becomes_a_photo(tmp_path: Path) -> None:
    async with desk(tmp_path) as (service, telegram):
        await service.put("signal:1", "opened", priority=SIGNAL)
        await service.settle()
        await service.put("signal:1", Post("opened", picture=b"entry"))
        await service.settle()

        assert telegram.methods() == ["sendMessage", "editMessageMedia"]


async def test_when_drawing_fails_the_words_go_first_and_the_picture_follows(tmp_path: Path) -> None:
    easel = Easel(failures=1)
    async with desk(tmp_path, draw=easel.draw) as (service, telegram):
        await service.put("signal:1", ENTRY, priority=SIGNAL)
        await service.run_due()
        assert [(message.text, message.png) for message in telegram.messages(CHANNEL)] == [("opened", None)]
        await service.settle()

        assert telegram.methods() == ["sendMessage", "editMessageMedia"]
        assert telegram.messages(CHANNEL)[0].png == b"png of entry"


async def test_a_late_chart_does_not_hold_the_signal_back_and_is_drawn_once(tmp_path: Path) -> None:
    easel = Easel()
    async with desk(tmp_path, draw=easel.draw, draw_timeout_s=0.02) as (service, telegram):
        easel.dry.clear()
        await service.put("signal:1", ENTRY, priority=SIGNAL)
        await service.run_due()
        assert telegram.methods() == ["sendMessage"]
        easel.dry.set()
        await service.settle()

        assert telegram.messages(CHANNEL)[0].png == b"png of entry"
        assert easel.asked == [b"entry"]


def test_a_picture_is_waited_for_only_so_long_that_the_words_are_out_in_time() -> None:
    assert patience_s(3.0, 0.0) == 2.6
    assert patience_s(3.0, 0.5) == 2.1
    assert patience_s(3.0, 2.0) == patience_s(3.0, 60.0) == 1.0


async def test_news_before_the_late_chart_take_it_along(tmp_path: Path) -> None:
    async with desk(tmp_path, draw=Easel(failures=1).draw) as (service, telegram):
        await service.put("signal:1", ENTRY, priority=SIGNAL)
        await service.run_due()
        await service.put("signal:1", "+0.1 R", keep_picture=True)
        await service.settle()

        assert telegram.methods() == ["sendMessage", "editMessageMedia"]
        assert telegram.texts(CHANNEL) == ["+0.1 R"]


async def test_a_picture_that_cannot_be_drawn_is_given_up_and_told(tmp_path: Path) -> None:
    async with desk(tmp_path, draw=Easel(failures=1_000).draw) as (service, telegram):
        await service.put("signal:1", ENTRY, priority=SIGNAL)
        await service.settle()

        assert telegram.methods() == ["sendMessage"]
        assert [alert.kind for alert in service.alerts] == [AlertKind.PICTURE]
        assert service.clock.now_ms() - NOON_MS < seconds(300)


async def test_a_picture_telegram_refuses_does_not_cost_the_signal(tmp_path: Path) -> None:
    async with desk(tmp_path) as (service, telegram):
        telegram.faults.append(Refused(400, "Bad Request: PHOTO_INVALID_DIMENSIONS"))
        await service.put("signal:1", ENTRY, priority=SIGNAL)
        await service.settle()

        assert telegram.methods() == ["sendPhoto", "sendMessage"]
        assert [alert.kind for alert in service.alerts] == [AlertKind.PICTURE]


async def test_a_caption_too_long_for_a_photo_goes_out_as_text(tmp_path: Path) -> None:
    async with desk(tmp_path) as (service, telegram):
        telegram.faults.append(Refused(400, "Bad Request: message caption is too long"))
        await service.put("signal:1", ENTRY, priority=SIGNAL)
        await service.settle()

        assert telegram.texts(CHANNEL) == ["opened"]


async def test_a_photo_believed_to_be_text_is_found_out(tmp_path: Path) -> None:
    async with desk(tmp_path) as (service, telegram):
        await service.put("signal:1", "opened", priority=SIGNAL)
        await service.settle()
        telegram.messages(CHANNEL)[0].png = b"of an edit nobody heard the answer of"
        await service.put("signal:1", "+0.1 R")
        await service.settle()

        assert telegram.methods() == ["sendMessage", "editMessageText", "editMessageCaption"]
        assert telegram.texts(CHANNEL) == ["+0.1 R"]


async def test_the_same_picture_for_two_channels_is_drawn_once(tmp_path: Path) -> None:
    easel = Easel()
    async with desk(tmp_path, draw=easel.draw) as (service, telegram):
        await service.put("signal:1@a", ENTRY, chat=CHANNEL, priority=SIGNAL)
        await service.put("signal:1@b", ENTRY, chat=OTHER, priority=SIGNAL)
        await service.settle()

        assert telegram.methods() == ["sendPhoto", "sendPhoto"]
        assert easel.asked == [b"entry"]


async def test_only_the_newest_pictures_are_kept() -> None:
    easel = Easel()
    pictures = Pictures(easel.draw, timeout_s=None, kept=2)
    for picture in (b"a", b"b", b"a", b"c", b"a", b"b"):
        await pictures.png(picture, waited_s=0)

    assert easel.asked == [b"a", b"b", b"c", b"b"]
