"""Words can be read: enough contrast everywhere, and a glyph for every sign."""

from __future__ import annotations

import pytest

from charts.theme import DARK, LIGHT, SMALLEST, TRADE, Theme, printable, theme

BOTH = pytest.mark.parametrize("colors", [DARK, LIGHT], ids=["dark", "light"])
ENOUGH = 4.2


def channels(color: str) -> list[float]:
    return [int(color[k : k + 2], 16) / 255 for k in (1, 3, 5)]


def mixed(over: str, alpha: float, under: list[float]) -> list[float]:
    return [alpha * top + (1 - alpha) * below for top, below in zip(channels(over), under, strict=True)]


def luminance(rgb: list[float]) -> float:
    """WCAG 2.1, relative luminance."""
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in rgb)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(ink: str, ground: list[float]) -> float:
    """WCAG 2.1, contrast ratio."""
    light, dark = sorted((luminance(channels(ink)), luminance(ground)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_the_formula_gives_black_on_white_twenty_one():
    assert contrast("#000000", channels("#FFFFFF")) == pytest.approx(21)


@BOTH
def test_every_text_colour_is_readable_on_the_background(colors: Theme):
    for ink in (colors.text, colors.second, colors.up, colors.down, colors.profit, colors.loss, colors.gold):
        assert contrast(ink, channels(colors.background)) >= ENOUGH, ink


@BOTH
@pytest.mark.parametrize("stronger", [1, 1.25])
def test_names_of_zones_and_levels_are_readable_on_the_zones_themselves(colors: Theme, stronger: float):
    shaded = mixed(colors.session, colors.session_alpha, channels(colors.background))
    for fill, ink in ((colors.bullish, colors.bullish_ink), (colors.bearish, colors.bearish_ink)):
        ground = mixed(fill, colors.zone_alpha * stronger, shaded)
        assert contrast(ink, ground) >= ENOUGH, ink
        assert contrast(colors.gold, ground) >= ENOUGH
        assert contrast(colors.second, ground) >= ENOUGH


@BOTH
def test_numbers_are_readable_on_cards(colors: Theme):
    for ink in (colors.text, colors.second, colors.profit, colors.loss):
        assert contrast(ink, channels(colors.card)) >= ENOUGH, ink


@BOTH
def test_tags_and_pills_are_readable(colors: Theme):
    assert contrast(colors.tag_text, channels(colors.tag_green)) >= ENOUGH
    assert contrast(colors.tag_text, channels(colors.tag_red)) >= ENOUGH
    assert contrast(colors.entry_tag_text, channels(colors.entry_tag)) >= ENOUGH


@BOTH
def test_words_in_the_position_box_are_readable(colors: Theme):
    for fill in (colors.profit, colors.loss):
        ground = mixed(fill, colors.box_alpha, channels(colors.background))
        assert contrast(colors.text, ground) >= ENOUGH
        assert contrast(colors.second, ground) >= ENOUGH


def test_nothing_is_set_too_small_for_a_phone():
    assert SMALLEST >= 23
    assert TRADE >= 28


def test_an_unknown_theme_is_refused():
    with pytest.raises(ValueError, match="neither dark nor light"):
        theme("sepia")


def test_signs_without_a_glyph_become_a_box_and_direction_marks_vanish():
    assert printable("XAU\u202eUSD") == "XAUUSD"
    assert printable("a\nb\u00a0c") == "a b c"
    assert printable("金 🦄") == "□ □"
    assert printable("−1R · 50 % ↓ …") == "−1R · 50 % ↓ …"
