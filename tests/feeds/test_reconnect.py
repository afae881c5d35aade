"""When to try again, and when."""

from __future__ import annotations

import ssl
from random import Random

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosedError, InvalidStatus, InvalidURI
from websockets.http11 import Response

from feeds.base import BadMessage, FeedDisconnected
from feeds.reconnect import Backoff, worth_another_try


class _Always(Random):
    """Chance that always falls the same way."""

    def __init__(self, value: float) -> None:
        self.value = value

    def random(self) -> float:
        return self.value


def refused(status: int) -> InvalidStatus:
    return InvalidStatus(Response(status, "", Headers()))


def answered(status: int) -> httpx.HTTPStatusError:
    request = httpx.Request("GET", "http://127.0.0.1")
    return httpx.HTTPStatusError("", request=request, response=httpx.Response(status, request=request))


@pytest.mark.parametrize(
    "error",
    [
        ConnectionClosedError(None, None),
        ConnectionRefusedError(),
        TimeoutError(),
        OSError("no route"),
        EOFError(),
        FeedDisconnected("gone"),
        refused(503),
        refused(429),
        answered(418),
        answered(500),
        httpx.ReadTimeout(""),
        httpx.ConnectError(""),
    ],
)
def test_what_may_pass_by_itself_is_tried_again(error):
    assert worth_another_try(error)


@pytest.mark.parametrize(
    "error",
    [
        InvalidURI("x", "no"),
        refused(404),
        refused(451),  # not served in this country
        answered(400),
        ssl.SSLCertVerificationError(),
        httpx.UnsupportedProtocol(""),
        BadMessage("binance", "frame.json", b""),
        ValueError(),
    ],
)
def test_what_only_a_change_can_cure_is_not(error):
    assert not worth_another_try(error)


def test_the_first_attempt_is_immediate_and_the_others_wait_up_to_twice_as_long_until_half_a_minute():
    backoff = Backoff(_Always(0.999999))
    waits = [backoff.wait_ms(0) for _ in range(9)]
    assert waits == [0, 999, 1999, 3999, 7999, 15999, 29999, 29999, 29999]


def test_waits_are_spread_over_the_whole_range():
    backoff = Backoff(_Always(0.25))
    assert [backoff.wait_ms(0) for _ in range(4)] == [0, 250, 500, 1000]


def test_a_connection_that_held_for_a_minute_makes_the_next_attempt_immediate():
    backoff = Backoff(_Always(0.5))
    assert [backoff.wait_ms(0), backoff.wait_ms(0), backoff.wait_ms(0)] == [0, 500, 1000]
    backoff.succeeded(10_000)
    assert backoff.wait_ms(70_000) == 0
    assert backoff.wait_ms(70_000) == 500


def test_a_connection_that_breaks_at_once_counts_as_a_failure():
    backoff = Backoff(_Always(0.5))
    backoff.wait_ms(0)
    backoff.succeeded(0)
    assert backoff.wait_ms(59_999) == 500


@given(st.integers(), st.lists(st.booleans(), min_size=400, max_size=400), st.integers(0, 2_000))
def test_never_three_hundred_attempts_in_five_minutes_whatever_chance_and_the_venue_do(seed, works, takes_ms):
    backoff = Backoff(Random(seed) if seed % 2 else _Always(0.0))  # noqa: S311
    now_ms, attempts = 0, []
    for did_work in works:
        now_ms += backoff.wait_ms(now_ms)
        attempts.append(now_ms)
        if did_work:
            backoff.succeeded(now_ms)
        now_ms += takes_ms
    for i, at in enumerate(attempts):
        assert sum(at <= later < at + 300_000 for later in attempts[i : i + 301]) <= 100
