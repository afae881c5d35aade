"""Pictures as bytes: size, format, sameness."""

from __future__ import annotations

import gc
import io
import multiprocessing
from concurrent.futures import ProcessPoolExecutor

import matplotlib.pyplot as plt
import msgspec
import pytest
from matplotlib.figure import Figure
from PIL import Image

from charts.render import draw, warm
from charts.scene import encode, signal_scene
from tests.charts.makers import GOLD, MARK, SESSIONS, market, trade, waves


def signal_spec(theme: str = "dark") -> bytes:
    return encode(signal_scene(trade(), market(waves()), SESSIONS, GOLD, MARK, theme=theme))


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_a_picture_is_a_png_of_the_promised_size_and_weight(theme: str) -> None:
    png = draw(signal_spec(theme))

    image = Image.open(io.BytesIO(png))
    assert image.format == "PNG"
    assert image.size == (1280, 960)
    assert len(png) < 200_000


def test_the_same_bytes_in_give_the_same_bytes_out() -> None:
    assert draw(signal_spec()) == draw(signal_spec())


def test_a_spec_is_small_enough_for_a_database_row() -> None:
    assert len(signal_spec()) < 12_000


def test_another_process_draws_the_same_picture() -> None:
    spec = signal_spec()

    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), initializer=warm) as pool:
        assert pool.submit(draw, spec).result(timeout=60) == draw(spec)


def test_no_figure_stays_behind() -> None:
    def figures() -> int:
        gc.collect()
        return sum(isinstance(each, Figure) for each in gc.get_objects())

    draw(signal_spec())
    before = figures()
    for _ in range(5):
        draw(signal_spec())

    assert figures() == before
    assert plt.get_fignums() == []


@pytest.mark.parametrize("spec", [b"", b"{}", b'{"type":"Scene"}', b"\x89PNG"])
def test_bytes_that_are_no_picture_are_refused(spec: bytes) -> None:
    with pytest.raises((ValueError, msgspec.MsgspecError)):
        draw(spec)


def test_a_trade_without_any_candle_is_still_a_picture() -> None:
    scene = signal_scene(trade(), [], SESSIONS, GOLD, MARK)

    assert Image.open(io.BytesIO(draw(encode(scene)))).size == (1280, 960)
