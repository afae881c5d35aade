"""/why in the admin chat: all that was seen at a signal, in messages that fit, with the chart of that moment."""

from __future__ import annotations

import re

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from bot.clock import MarketClock
from bot.delivery.updates import Said
from bot.sandbox.telegram_html import parse_html
from bot.words.admin_why import MOST_ENTITIES, MOST_UNITS, why_posts
from bot.words.explain import Section
from charts.picture import Scene, decode
from charts.render import draw
from engine.events import SetupRejected, SignalIssued, Tick
from engine.types import Missing, NoSetup, Strategy, Trade
from storage.database import transaction
from storage.views import Seen
from tests.bot.desk_room import DANA, Room
from tests.bot.reader import units, visible
from tests.bot.stage import config_in, on_stage, sandbox_for, simulated_day
from tests.bot.test_roof import index_of_first
from tests.builders import at, setup, signal, trade

pytest_plugins = ["tests.bot.desk_fixtures"]

PARTS = (("H4", "trend"), ("H1", "setup"), ("M15", "entry"))
NOW_MS = at("2024-04-03 17:30")
TOLD = [
    Section("XAUUSD · 3 Apr", (("Quote", "2274.00 / 2274.10"),)),
    Section("H4 · trend", (("Trend", "up"), ("Zones", "gap <1>"), ("", "  fresh"), ("", "gap 2"), ("Levels", "none"))),
    Section("Decision", (("Gate", "passed"),)),
]
ROWS = st.tuples(st.sampled_from(["", "Zones", "Sweeps & swings"]), st.text("ab <&·−", max_size=400))
SECTIONS = st.lists(
    st.builds(Section, st.just("§"), st.lists(ROWS, min_size=1, max_size=70).map(tuple)),
    min_size=1,
    max_size=6,
)


# How it is laid out


def test_all_but_the_decision_fold_away_and_names_are_bold():
    [post] = why_posts(trade(), TOLD, None)

    assert post.text == (
        "<b>Why 002 BUY XAUUSD</b> · 88/100\n\n"
        "<b>XAUUSD · 3 Apr</b>\n"
        "<blockquote expandable><b>Quote</b> 2274.00 / 2274.10</blockquote>\n\n"
        "<b>H4 · trend</b>\n"
        "<blockquote expandable><b>Trend</b> up\n"
        "<b>Zones</b>\n"
        "• gap &lt;1&gt; · fresh\n"
        "• gap 2\n"
        "<b>Levels</b> none</blockquote>\n\n"
        "<b>Decision</b>\n"
        "<b>Gate</b> passed"
    )


def test_the_chart_comes_first_and_its_caption_says_what_follows():
    chart, text = why_posts(trade(), TOLD, b"picture")

    assert (chart.picture, text.picture) == (b"picture", None)
    assert chart.text == "<b>Why 002 BUY XAUUSD</b> · 88/100\nWhat was seen then, part by part below."
    assert text.text.startswith("<b>XAUUSD · 3 Apr</b>\n")


def test_a_section_that_does_not_fit_beside_others_gets_a_message_of_its_own():
    long = Section("H1 · setup", tuple(("Zone", "x" * 101) for _ in range(38)))

    texts = [post.text for post in why_posts(trade(), [TOLD[0], long, TOLD[2]], b"")][1:]

    assert [visible(text).split("\n")[0] for text in texts] == ["XAUUSD · 3 Apr", "H1 · setup", "Decision"]


def test_a_section_longer_than_a_message_goes_on_in_the_next():
    long = Section("H1 · setup", tuple(("Zone", "x" * 100) for _ in range(50)))

    texts = [visible(post.text) for post in why_posts(trade(), [long, TOLD[2]], b"")][1:]

    assert [text.split("\n")[0] for text in texts] == ["H1 · setup", "H1 · setup, goes on"]
    assert sum(text.count("Zone x") for text in texts) == 50


def test_more_bold_words_than_telegram_marks_in_a_message_begin_another():
    short = Section("H1 · setup", tuple((f"Zone {number}", "x") for number in range(120)))

    texts = [parse_html(post.text) for post in why_posts(trade(), [short, TOLD[2]], b"")][1:]

    assert [len(text.entities) for text in texts] == [100, 26]  # title and quote each; 120 names; title and name
    assert texts[1].text.startswith("H1 · setup, goes on\nZone 98 x\n")


@given(SECTIONS, st.booleans())
def test_nothing_is_lost_and_telegram_takes_every_message_as_it_is(told, is_drawn):
    posts = why_posts(trade(), told, b"picture" if is_drawn else None)

    for post in posts:
        assert 0 < units(post.text) <= MOST_UNITS
        assert len(parse_html(post.text).entities) <= MOST_ENTITIES
    said = "\n".join(visible(post.text) for post in posts[is_drawn:]).removeprefix("Why 002 BUY XAUUSD · 88/100")
    wanted = "".join(name + text for section in told for name, text in section.rows)
    assert re.sub(r"\s|[•·]|§(, goes on)?", "", said) == re.sub(r"\s|·", "", wanted)


# What is asked


async def issue(room: Room, *, is_kept: bool = True) -> Trade:
    """A signal of now, 004, decided on what the room's engine sees."""
    made = trade(signal(setup(known_ms=NOW_MS), id="XAU_20240403_004", issued_ms=NOW_MS))
    view = msgspec.structs.replace(room.engine.view("XAUUSD"), time_ms=NOW_MS, unfinished=None)
    kept = Seen(view, ((Strategy.SWEEP_REVERSAL, NoSetup(Missing.BREAK)),))
    async with transaction(room.database) as conn:
        await room.handlers.handle(conn, [SignalIssued(NOW_MS, made)], {made.id: kept} if is_kept else None)
    await room.settle()
    return made


def told_of(room: Room) -> str:
    return "\n".join(message.text for message in room.answers())


async def test_why_shows_the_chart_of_that_moment_and_every_part(room):
    await issue(room)

    await room.say("/why 004")

    chart = room.answers()[0]
    drawn = decode(chart.png or b"")
    assert isinstance(drawn, Scene)
    assert (drawn.id, drawn.order, drawn.headline) == ("XAU_20240403_004", "BUY", "Score 88 / 100")
    assert draw(chart.png or b"").startswith(b"\x89PNG")
    assert chart.text.startswith("<b>Why 004 BUY XAUUSD</b> · 88/100\n")
    titles = re.findall(r"<b>([^<]*)</b>\n<blockquote", told_of(room))
    assert titles == ["XAUUSD · 3 Apr 2024 17:30 UTC", "H4 · trend", "H1 · setup", "M15 · entry"]
    assert "<b>H4 trend 40/40</b>\n" in told_of(room)
    assert "Sweep reversal" in told_of(room)


async def test_why_tells_of_the_moment_of_the_signal_and_not_of_now(room):
    await issue(room)
    await room.say("/why 004")
    first = [(message.text, message.png) for message in room.answers()]

    room.pass_ms(60_000)
    await room.push(Tick("XAUUSD", at("2024-04-03 17:46"), 228_400, 228_420))
    await room.say("/why 004")

    assert [(message.text, message.png) for message in room.answers()][len(first) :] == first


async def test_what_was_refused_at_the_same_close_stands_beside(room):
    await issue(room)
    other = setup(known_ms=NOW_MS, strategy=Strategy.RANGE_FADE, score=71)
    async with transaction(room.database) as conn:
        await room.handlers.handle(conn, [SetupRejected(NOW_MS, other, ("score",), (("71", "80"),))])

    await room.say("/why 004")

    assert "Range fade" in told_of(room)
    assert "71/100" in told_of(room)


async def test_a_signal_from_before_views_were_kept_is_told_by_its_reasons_and_says_so(room):
    await issue(room, is_kept=False)

    await room.say("/why 004")

    [answer] = room.answers()
    assert answer.png is None
    assert answer.text.startswith("<b>Why 004 BUY XAUUSD</b> · 88/100\n")
    assert "<b>H4 trend 40/40</b>\n" in answer.text
    assert answer.text.endswith(
        "\n\n<i>What else was seen then was not kept for this signal, so there is no more to tell and no chart.</i>"
    )


async def test_a_why_heard_twice_is_answered_once(room):
    await issue(room)
    update = room.said("/why 004")

    await room.hear(update)
    count = len(room.answers())
    await room.hear(update)

    assert len(room.answers()) == count


async def test_telegram_takes_all_that_is_told_of_a_real_moment(tmp_path):
    begin_ms, history, live = simulated_day()
    clock, config = MarketClock(begin_ms), config_in(tmp_path)
    async with sandbox_for(config, clock) as sandbox, on_stage(config, sandbox, clock) as stage:
        await stage.app.service.warm_up(iter(history))
        for item in live[: index_of_first(SignalIssued, history, live, config) + 1]:
            await stage.market_time.step(item)
        asked = Said(1, DANA, "Dana", DANA, "Dana", True, 10_001, None, "/why 001", clock.now_ms())
        await stage.app.desk.handle(asked)
        await stage.market_time.settle()
        told = [message.body.text for message in sandbox.messages(DANA)]

    assert told[0].startswith("Why 001 ")
    assert [sum(f"{frame} · {part}\n" in text for text in told) for frame, part in PARTS] == [1, 1, 1]
    assert "Decision at the M15 close of " in told[-1]
    assert not sandbox.refused
