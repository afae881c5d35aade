"""Budgets: no window of Telegram's ever holds more than it allows, and patience leaves room for what is urgent."""

from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from bot.delivery.pacing import Limits, Pace
from bot.delivery.slots import Priority
from bot.delivery.turns import next_turn
from bot.sandbox.flood import FloodControl, FloodLimits
from storage.outbox import Action, RowState, Waiting

CHANNEL, OTHER, DANA = -100, -200, 7
NOW_MS = 1_712_145_600_000


def speak(pace: Pace, chat_id: int, now_ms: int, took_ms: int = 0) -> int:
    """One request, answered after `took_ms`; the time of the answer."""
    pace.note_request(chat_id)
    pace.note_answer(chat_id, now_ms + took_ms)
    return now_ms + took_ms


def test_a_chat_nobody_wrote_to_may_be_written_to_now() -> None:
    assert Pace().may_send_at(CHANNEL, NOW_MS) == NOW_MS


def test_a_second_lies_between_two_messages_of_one_chat() -> None:
    pace = Pace()
    speak(pace, DANA, NOW_MS)

    assert pace.may_send_at(DANA, NOW_MS + 300) == NOW_MS + 1000
    assert pace.may_send_at(CHANNEL, NOW_MS + 300) == NOW_MS + 300


def test_the_second_begins_with_the_answer_since_nobody_knows_when_telegram_heard() -> None:
    pace = Pace()
    speak(pace, DANA, NOW_MS, took_ms=700)

    assert pace.may_send_at(DANA, NOW_MS + 700) == NOW_MS + 1700


def test_a_channel_takes_eighteen_a_minute_and_a_private_chat_one_a_second() -> None:
    channel, private = Pace(), Pace()
    for index in range(18):
        speak(channel, CHANNEL, NOW_MS + index * 1000)
        speak(private, DANA, NOW_MS + index * 1000)

    assert channel.may_send_at(CHANNEL, NOW_MS + 18_000) == NOW_MS + 60_000
    assert private.may_send_at(DANA, NOW_MS + 18_000) == NOW_MS + 18_000


def test_live_edits_flow_evenly_and_leave_five_of_the_minute_free() -> None:
    pace = Pace()
    now_ms, edits = NOW_MS, []
    for _ in range(14):
        now_ms = pace.may_send_at(CHANNEL, now_ms, patient=True)
        edits.append(speak(pace, CHANNEL, now_ms) - NOW_MS)

    assert edits[:3] == [0, 4616, 9232]  # 60 s / 13, rounded up
    assert edits[13] >= 60_000
    assert pace.may_send_at(CHANNEL, now_ms + 1000) == now_ms + 1000, "a signal would go at once"


def test_all_chats_together_stay_under_thirty_a_second() -> None:
    pace = Pace()
    for chat_id in range(1, 26):
        speak(pace, chat_id, NOW_MS + chat_id)

    assert pace.may_send_at(99, NOW_MS + 30) == NOW_MS + 1 + 1000


def test_requests_under_way_count_as_made_now() -> None:
    pace = Pace(Limits(overall_per_second=2))
    pace.note_request(1)
    pace.note_request(2)

    assert pace.may_send_at(3, NOW_MS + 5_000) == NOW_MS + 6_000
    pace.withdraw_request(2)
    assert pace.may_send_at(3, NOW_MS + 5_000) == NOW_MS + 5_000


def test_a_flooded_chat_waits_exactly_as_long_as_told_and_others_do_not() -> None:
    pace = Pace()
    speak(pace, CHANNEL, NOW_MS)
    pace.note_flood(CHANNEL, NOW_MS, 42_000)

    assert pace.may_send_at(CHANNEL, NOW_MS + 2_000) == NOW_MS + 42_000
    assert pace.may_send_at(OTHER, NOW_MS + 2_000) == NOW_MS + 2_000


def test_after_a_flood_a_third_less_and_one_more_with_every_quiet_minute() -> None:
    pace = Pace()
    pace.note_flood(CHANNEL, NOW_MS, 10_000)
    until_ms = NOW_MS + 10_000

    assert pace.allowed_per_minute(CHANNEL, until_ms) == 12
    assert pace.allowed_per_minute(CHANNEL, until_ms + 59_999) == 12
    assert pace.allowed_per_minute(CHANNEL, until_ms + 60_000) == 13
    assert pace.allowed_per_minute(CHANNEL, until_ms + 3_600_000) == 18


def test_however_often_telegram_objects_a_few_a_minute_remain() -> None:
    pace = Pace()
    for index in range(20):
        pace.note_flood(CHANNEL, NOW_MS + index, 1_000)

    assert pace.allowed_per_minute(CHANNEL, NOW_MS + 100) == 4


def test_a_clock_set_back_an_hour_does_not_silence_the_bot_for_an_hour() -> None:
    pace = Pace()
    pace.note_flood(OTHER, NOW_MS, 5_000)
    speak(pace, CHANNEL, NOW_MS)
    earlier_ms = NOW_MS - 3_600_000

    assert pace.may_send_at(CHANNEL, earlier_ms) == earlier_ms + 1_000
    assert pace.may_send_at(OTHER, earlier_ms) == earlier_ms + 5_000


steps = st.lists(
    st.tuples(
        st.sampled_from([CHANNEL, OTHER, DANA, 8]),
        st.integers(0, 4_000),  # ms nobody wants to speak
        st.integers(0, 900),  # ms the request takes
        st.floats(0, 1),  # where in between Telegram hears it
        st.booleans(),
        st.none() | st.integers(1, 20_000),
    ),
    max_size=120,
)


@given(steps)
def test_no_window_of_telegrams_is_ever_overfull(schedule: list[tuple[int, int, int, float, bool, int | None]]) -> None:
    pace, now_ms = Pace(Limits(overall_per_second=3)), NOW_MS
    heard: list[tuple[int, int]] = []
    blocked: dict[int, int] = {}
    for chat_id, idle_ms, took_ms, share, patient, flood_ms in schedule:
        now_ms = pace.may_send_at(chat_id, now_ms + idle_ms, patient=patient)
        assert now_ms >= blocked.get(chat_id, 0)
        heard.append((now_ms + round(took_ms * share), chat_id))
        now_ms = speak(pace, chat_id, now_ms, took_ms)
        if flood_ms is not None:
            pace.note_flood(chat_id, now_ms, flood_ms)
            blocked[chat_id] = now_ms + flood_ms

    for chat_id in (CHANNEL, OTHER, DANA, 8):
        mine = [time_ms for time_ms, chat in heard if chat == chat_id]
        assert fullest(mine, 1_000) <= 1
        if chat_id < 0:
            assert fullest(mine, 60_000) <= 18
    assert fullest(sorted(time_ms for time_ms, _ in heard), 1_000) <= 3


def fullest(times: list[int], window_ms: int) -> int:
    """The most that lie in any `[t, t + window_ms)`."""
    return max((sum(start <= time < start + window_ms for time in times) for start in times), default=0)


class World:
    """Requests that overlap, each heard by Telegram at some moment of its flight; chats are busy until the answer."""

    def __init__(self) -> None:
        self.pace, self.now_ms = Pace(), NOW_MS
        self.heard: list[tuple[int, int]] = []
        self._flying: dict[int, int] = {}  # chat → when the answer comes

    def request(self, chat_id: int, took_ms: int, share: float, *, patient: bool) -> None:
        if chat_id in self._flying:
            self.move_to(self._flying[chat_id])
        while (at_ms := self.pace.may_send_at(chat_id, self.now_ms, patient=patient)) > self.now_ms:
            self.move_to(min([at_ms, *(answer for answer in self._flying.values() if answer > self.now_ms)]))
        self.pace.note_request(chat_id)
        self._flying[chat_id] = self.now_ms + took_ms
        self.heard.append((self.now_ms + round(took_ms * share), chat_id))

    def move_to(self, time_ms: int) -> None:
        for chat_id, answer_ms in sorted(self._flying.items(), key=lambda flight: flight[1]):
            if answer_ms <= time_ms:
                self.pace.note_answer(chat_id, answer_ms)
                del self._flying[chat_id]
        self.now_ms = max(self.now_ms, time_ms)


busy_day = st.lists(
    st.tuples(
        st.integers(-40, 40).filter(bool),  # groups and channels below zero, people above
        st.sampled_from([0, 0, 0, 50, 700, 5_000]),
        st.integers(0, 3_000),
        st.floats(0, 1),
        st.booleans(),
    ),
    max_size=150,
)


@given(busy_day)
def test_within_its_budgets_nothing_meets_the_sandboxs_flood_control(
    schedule: list[tuple[int, int, int, float, bool]],
) -> None:
    world = World()
    for chat_id, idle_ms, took_ms, share, patient in schedule:
        world.move_to(world.now_ms + idle_ms)
        world.request(chat_id, took_ms, share, patient=patient)

    control = FloodControl(FloodLimits(chat_burst=1))
    waits = [control.retry_after_s(chat, is_group=chat < 0, now_ms=at) for at, chat in sorted(world.heard)]
    assert waits == [0] * len(waits)


@given(st.lists(st.tuples(st.integers(0, 600_000), st.none() | st.integers(1, 60_000)), max_size=40))
def test_the_pace_falls_at_once_and_comes_back_one_a_minute(story: list[tuple[int, int | None]]) -> None:
    pace, now_ms = Pace(), NOW_MS
    for idle_ms, flood_ms in story:
        before = pace.allowed_per_minute(CHANNEL, now_ms)
        now_ms += idle_ms
        after = pace.allowed_per_minute(CHANNEL, now_ms)
        assert 4 <= before <= after <= min(18, before + idle_ms // 60_000 + 1)
        if flood_ms is not None:
            pace.note_flood(CHANNEL, now_ms, flood_ms)
            assert pace.allowed_per_minute(CHANNEL, now_ms) <= max(4, after * 2 // 3)
            assert pace.may_send_at(CHANNEL, now_ms) >= now_ms + flood_ms


@given(st.integers(1, 9), st.integers(0, 2**32))
def test_with_n_live_signals_each_gets_its_share(live: int, seed: int) -> None:
    """All always want an edit, and it is chance in which order their marks were written down."""
    chance, pace, now_ms = Random(seed), Pace(), NOW_MS  # noqa: S311 — a schedule, not a secret
    touched = dict.fromkeys(range(live), 0)
    edits = dict.fromkeys(range(live), 0)
    for _ in range(live * 20 + chance.randrange(live)):
        order = chance.sample(range(live), live)
        rows = [mark(number, touched[trade], trade) for number, trade in enumerate(order)]
        now_ms = pace.may_send_at(CHANNEL, now_ms, patient=True)
        row = next_turn(rows, now_ms, (), lambda _, now_ms=now_ms: now_ms).row
        assert row is not None
        trade = int(row.message_key)
        touched[trade] = now_ms = speak(pace, CHANNEL, now_ms, chance.randrange(500))
        edits[trade] += 1

    assert max(edits.values()) - min(edits.values()) <= 1


def mark(number: int, touched_ms: int, trade: int) -> Waiting:
    return Waiting(
        id=number,
        message_key=str(trade),
        chat_id=CHANNEL,
        action=Action.EDIT,
        priority=Priority.PROGRESS,
        state=RowState.PENDING,
        created_ms=0,
        not_before_ms=0,
        has_picture=False,
        reply_to_key=None,
        touched_ms=touched_ms,
        is_delivered=False,
    )
