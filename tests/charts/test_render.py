"""Pictures as bytes: size, format, sameness."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from charts.render import draw
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
