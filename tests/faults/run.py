"""One run: a story, a weather, lives that end at given points, and one that does not; then the channel is read."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from bot.clock import MarketClock
from bot.delivery.outbox import Outbox, Priority
from bot.delivery.settling import words
from bot.delivery.slots import decode
from bot.delivery.updates import ChannelPost
from bot.delivery.verdicts import REPEAT_MARK, visible
from bot.sandbox.chats import ADMIN_RIGHTS, CHANNEL_RIGHTS, Chat, ChatKind, Message, Person
from bot.sandbox.line import Line
from bot.sandbox.messenger import Messenger
from bot.words.post import Post
from storage.database import reading, transaction
from storage.doubts import doubtful, find_litter, find_twins
from storage.messages import find_message
from storage.outbox import waiting
from tests.bot.delivery import NOON_MS
from tests.bot.sandbox_bot import png
from tests.databases import Kept, Kind, cut_off, fresh_database, kind, lay_out, remove, take
from tests.faults.crash import NEVER, Killer
from tests.faults.stories import ADMIN, CHANNEL, Put, Story, Weather
from tests.faults.wire import Wire

ME = Person(42, "Assay", "assay_bot", is_bot=True)
CHATTER = "somebody else's words"
RESTART_MS = 2_000
LATER_MS = 3_000
LONGEST_MS = 3 * 3_600_000  # until everything must be quiet


@dataclass(slots=True)
class Result:
    """What readers had at the end. `wrong` has one line for each broken promise."""

    wrong: list[str] = field(default_factory=list)
    struck: bool = False  # the last of the wanted deaths took place
    points: int = 0  # passed in the first life
    found: int = 0  # sends of unknown outcome that were found standing
    twins: int = 0  # late copies deleted
    marked: int = 0
    lost: int = 0
    doubled: int = 0
    strays: int = 0  # forwards left behind in the admins' chat


class World:
    """What stays when the process dies: Telegram, the clock and the file."""

    def __init__(self, path: Path, story: Story) -> None:
        self.path = path
        self.story = story
        self.clock = MarketClock(NOON_MS)
        self.telegram = Messenger(self.clock.now_ms, ME, None)
        rights = {*ADMIN_RIGHTS, *CHANNEL_RIGHTS}
        self.channel = self.telegram.add_chat(Chat(CHANNEL, ChatKind.CHANNEL, "Gold", rights=rights))
        self.admins = self.telegram.private_chat(Person(ADMIN, "Dana"))
        self.line = Line(self.telegram)
        self.found = self.twins = 0
        self.later: tuple[Put, ...] = ()
        self.later_ms = 0
        self._heard = 0

    async def life(self, killer: Killer, wishes: Sequence[Put]) -> None:
        """From start-up until nothing is left to do."""
        engine = await fresh_database(self.path)
        try:
            await killer.live(self._work(engine, killer, wishes))
        finally:
            await engine.dispose()
            await killer.close_files()
            cut_off(self.path)

    async def _work(self, engine: AsyncEngine, killer: Killer, wishes: Sequence[Put]) -> None:
        killer.watch(engine)

        async def draw(picture: bytes) -> bytes:
            killer.pass_by("draw")
            return _png(picture)

        def met(point: str) -> None:
            killer.pass_by(point)
            if point == "request" and self.story.chatter and len(self.channel.messages) < 6:
                self.telegram.hear(self.channel, None, CHATTER)

        wire = Wire(self.line, met)
        probe_chat = ADMIN if self.story.has_admins else None
        outbox = Outbox(engine, wire, self.clock, draw, draw_timeout_s=None, probe_chat=probe_chat)
        try:
            await outbox.recover()
            if wishes:
                await _wish(engine, outbox, wishes, self.story.protects)
            until_ms = self.clock.now_ms() + LONGEST_MS
            while (due_ms := await self._run_due(engine, outbox)) is not None and due_ms <= until_ms:
                self.clock.move_to(due_ms)
                await self._hear(outbox)
        finally:
            outbox.stop()
            self.found += outbox.stats.found
            self.twins += outbox.stats.twins

    async def _run_due(self, engine: AsyncEngine, outbox: Outbox) -> int | None:
        if self.later and self.clock.now_ms() >= self.later_ms:
            await _wish(engine, outbox, self.later, self.story.protects)
            self.later = ()
        due_ms = await outbox.run_due()
        if not self.later:
            return due_ms
        return self.later_ms if due_ms is None else min(due_ms, self.later_ms)

    async def _hear(self, outbox: Outbox) -> None:
        for update in await self.telegram.updates.poll(self._heard, 100, 0):
            post = update.value
            heard = ChannelPost(
                update.id,
                chat_id=CHANNEL,
                chat_title="Gold",
                message_id=int(str(post["message_id"])),
                thread_id=None,
                text=str(post.get("text", "")),
                sent_ms=0,
            )
            await outbox.hear(heard)
            self._heard = update.id + 1


async def _wish(engine: AsyncEngine, outbox: Outbox, wishes: Sequence[Put], protect: bool) -> None:
    async with transaction(engine) as conn:
        for wish in wishes:
            if wish.deletes:
                await outbox.delete(conn, wish.key)
                continue
            await outbox.put(
                conn,
                wish.key,
                CHANNEL,
                Post(wish.text, picture=wish.picture, protect=protect),
                priority=Priority.OPENING_OR_CLOSING,
                reply_to=wish.reply_to,
            )


async def one_run(path: Path, story: Story, weather: Weather, deaths: Sequence[int], *, awaits: bool = False) -> Result:
    """The story in this weather, with a death at each of these points, life by life."""
    world = await ready(path, story)
    for method in story.methods if weather.fault is not None else ():
        world.line.faults.script(method, weather.fault)
    if weather.look is not None:
        world.line.faults.script("forwardMessage", weather.look)
    return await lived(world, deaths, awaits=awaits)


_ready: dict[tuple[Kind, str], tuple[World, Kept]] = {}  # by story; every run begins with a copy


async def ready(path: Path, story: Story) -> World:
    """What was there before stands, and the wishes are in the outbox: the engine's transaction, before any life."""
    name = (kind(), story.name)
    if name not in _ready:
        world = World(path, story)
        await world.life(Killer(), story.before)
        world.clock.move_to(world.clock.now_ms() + 60_000)
        engine = await fresh_database(path)
        outbox = Outbox(engine, Wire(world.line), world.clock, _no_picture)
        await _wish(engine, outbox, story.wishes, story.protects)
        await engine.dispose()
        world.later, world.later_ms = story.later, world.clock.now_ms() + LATER_MS
        _ready[name] = (world, take(path))
    first, database = _ready[name]
    world = deepcopy(first)
    world.path = path
    lay_out(database, path)
    return world


async def lived(world: World, deaths: Sequence[int], *, awaits: bool = False, calm_last: bool = False) -> Result:
    """All lives of a world made ready, and what they come to. With `calm_last` the last one meets no faults."""
    result = Result()
    for number, death in enumerate((*deaths, NEVER)):
        if calm_last and number == len(deaths):
            world.line.faults.calm()
        killer = Killer(death, awaits=awaits)
        await world.life(killer, ())
        result.points = result.points or killer.passed
        if number == len(deaths) - 1:
            result.struck = killer.is_dead
        world.clock.move_to(world.clock.now_ms() + RESTART_MS)
    world.clock.move_to(world.clock.now_ms() + LONGEST_MS)
    await world.line.let_arrive()  # all that is still on its way
    await judge(world, result)
    remove(world.path)
    return result


async def _no_picture(_: bytes) -> bytes:
    raise AssertionError("nothing is drawn before the first life")


async def judge(world: World, result: Result) -> None:
    """Compare what stands in the channel with what should, and with the database."""
    stands = list(world.channel.messages.values())
    ours = [message for message in stands if message.body.text != CHATTER]
    count_copies(world.story, ours, result)
    engine = await fresh_database(world.path)
    async with reading(engine) as conn:
        for row in await waiting(conn):
            result.wrong.append(f"{row.action} of {row.message_key} still waits, {row.state}")
        for key, (_, has_photo) in world.story.ends.items():
            message = await find_message(conn, key)
            if message is None or message.message_id is None or message.sent_body is None:
                result.wrong.append(f"{key} is not known to stand")
                continue
            live = world.channel.messages.get(message.message_id)
            if live is None or live.body.text != visible(decode(message.sent_body)).strip():
                # A marked copy's stored body is shown with its mark, as it stands.
                result.wrong.append(f"{key} differs from the database: {None if live is None else live.body.text!r}")
            elif (live.photo is not None) != has_photo or message.has_photo != has_photo:
                result.wrong.append(f"{key}: picture {live.photo is not None}, database {message.has_photo}")
            elif has_photo and live.photo is not None and live.photo.data != _drawn(world.story, key):
                result.wrong.append(f"{key} shows another picture")
            elif live.reply_to is not None and live.reply_to.id not in world.channel.messages:
                result.wrong.append(f"{key} answers what is not there")
        left = [*await doubtful(conn), *await find_twins(conn), *await find_litter(conn)]
        if left:
            result.wrong.append(f"left in the database: {left}")
    await engine.dispose()
    result.strays = len(world.admins.messages)
    result.found, result.twins = world.found, world.twins


def _drawn(story: Story, key: str) -> bytes:
    """The picture that was wanted last."""
    puts = (*story.before, *story.wishes, *story.later)
    return _png([put.picture for put in puts if put.key == key and put.picture is not None][-1])


def _png(picture: bytes) -> bytes:
    return png(shade=sum(picture) % 256)


def count_copies(story: Story, ours: Sequence[Message], result: Result) -> None:
    texts = [message.body.text for message in ours]
    for key, (wanted, _) in story.ends.items():
        copies = [text for text in texts if words(text) == wanted]
        marked = sum(text.endswith(REPEAT_MARK) for text in copies)
        result.marked += marked
        result.lost += not copies
        result.doubled += max(0, len(copies) - marked - 1)
        if not copies or len(copies) - marked > 1:
            result.wrong.append(f"{key}: {copies}")
    wanted_words = {wanted for wanted, _ in story.ends.values()}
    if others := [text for text in texts if words(text) not in wanted_words]:
        result.wrong.append(f"in the channel: {others}")
