"""Points rounded to whole ones."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.strength import whole_points


@pytest.mark.parametrize(
    ("points", "whole"), [(0.0, 0), (0.4999999999999999, 0), (0.5, 0), (1.5, 2), (2.5, 2), (99.5, 100), (100.0, 100)]
)
def test_a_half_goes_to_the_even_number(points, whole):
    assert whole_points(points) == whole


@given(st.floats(0, 1000))
def test_points_are_rounded_as_python_rounds(points):
    assert whole_points(points) == round(points)
